// The Workers that are compared, each in a workerd of its own: the same binary, pinned to one core, the same bindings.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { removeFolder, scratchFolder } from "../scripts/processes.mjs";
import { nodeTool } from "../scripts/tools.mjs";
import { modulesOf } from "../tests/edge/harness/gate.mjs";
import { startWorkerd } from "../tests/edge/harness/workerd.mjs";
import { SECRETS } from "./deliveries.mjs";

export const GATE_CORE = 0;
export const CONNECTIONS = 16;

const HOOK = {
  id: "bench",
  enabled: true,
  owner: "Bench <bench@example.com>",
  max_body: "4MiB",
  on_failure: "reply",
  auth: [{ scheme: "standard-webhooks", secrets: ["BENCH_SECRET"] }],
  objects: { order: { at: "/id", by: ["id"], required: true } },
  fields: [
    { at: "/id", type: "integer" },
    { at: "/status", type: "string" },
    { at: "/currency", type: "string", max: 3 },
    { at: "/total", type: "string" },
    { at: "/line_items/*/sku", type: "string" },
  ],
  replay: { window: "72h" },
};

// What there is to start: a name, modules with the entry first, bindings of its own.
export function hookgate(name, build) {
  return { name, modules: modulesOf(build), variables: { HOOKS: [HOOK] }, hasLedger: true };
}

export function plain() {
  const file = join(scratchFolder("hookgate-plain-"), "plain.js");
  execFileSync(nodeTool("esbuild"), [fileURLToPath(new URL("plain.ts", import.meta.url)), "--bundle", "--format=esm", "--target=esnext", "--log-level=warning", `--outfile=${file}`], { stdio: "inherit" });
  return { name: "plain", modules: { "plain.js": file }, variables: {}, hasLedger: false };
}

// As it is uploaded, gzipped.
export function sizeOf({ modules }) {
  return Object.values(modules).reduce((sum, file) => sum + gzipSync(readFileSync(file), { level: 9 }).length, 0);
}

export async function startGate({ name, modules, variables, hasLedger }, peers) {
  const ledger = scratchFolder("hookgate-objects-");
  const lines = new Lines();
  const worker = await startWorkerd({
    modules,
    variables: { ORIGIN: peers.origin, ...variables, ...SECRETS },
    kv: peers.kv,
    objects: hasLedger ? { LEDGER: { className: "Ledger", folder: ledger } } : {},
    before: ["taskset", "-c", String(GATE_CORE)],
    lines,
  });
  return {
    name,
    lines,
    worker,
    restart: async () => {
      await worker.kill();
      await worker.start();
    },
    stop: async () => {
      await worker.stop();
      removeFolder(ledger);
    },
  };
}

// What a gate prints: audit entries are counted, anything else is kept to be shown.
class Lines {
  entries = 0;
  latest = null;
  all = [];

  push(line) {
    if (!line.startsWith('{"hook":"bench"')) return void this.all.push(line);
    this.entries++;
    this.latest = line;
  }
}
