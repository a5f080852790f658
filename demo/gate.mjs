// The gate in `wrangler dev`: the built Worker in workerd with local KV, on a free loopback port, without network or questions.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { killGroup, spawnGroup } from "../scripts/processes.mjs";
import { Failure, environment, nodeTool, root } from "../scripts/tools.mjs";

const CONFIG = "fixtures/wrangler.toml";
const SECRETS = "fixtures/.dev.vars";
const READY_SECONDS = 60;

const wrangler = nodeTool("wrangler");

// `secrets` stand in for those of the same name in the fixtures.
export async function startGate({ origin, secrets = {} }) {
  mkdirSync(join(root, ".wrangler"), { recursive: true });
  const folder = mkdtempSync(join(root, ".wrangler/start-"));
  process.on("exit", () => {
    for (const scratch of [folder, join(root, "fixtures/.wrangler")]) rmSync(scratch, { recursive: true, force: true });
  });
  const state = relative(root, join(folder, "state"));
  const log = join(folder, "wrangler.log");
  const environmentFile = join(folder, "secrets.env");
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
  // Of two lines for one name the later counts.
  writeFileSync(environmentFile, readFileSync(join(root, SECRETS), "utf8") + lines.join(""), { mode: 0o600 });
  const env = environment({
    CI: "1",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: folder,
    // Killed, it leaves its scratch files behind: in here they go when this folder goes.
    TMPDIR: folder,
    XDG_CONFIG_HOME: folder,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
  });

  const output = openSync(log, "a");
  const child = spawnGroup(
    wrangler,
    ["dev", "-c", CONFIG, "--env-file", environmentFile, "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0", "--persist-to", state,
      "--show-interactive-dev-session=false", "--var", `ORIGIN:${origin}`],
    { cwd: root, env, stdio: ["ignore", output, output] },
  );
  closeSync(output);

  return {
    url: await ready(child, log),
    // What an operator types to stop a hook, and to let it go on.
    switchCommand: {
      stop: (hook, reason) => ["kv", "key", "put", ...where(state), `stop:${hook}`, reason],
      resume: (hook) => ["kv", "key", "delete", ...where(state), `stop:${hook}`],
    },
    run(args) {
      const { status, stdout, stderr } = spawnSync(wrangler, args, { cwd: root, env, encoding: "utf8" });
      if (status !== 0) throw new Failure(`wrangler ${args.join(" ")} failed:\n${stdout}${stderr}`);
    },
    lastLines: (count) => readFileSync(log, "utf8").trimEnd().split("\n").slice(-count).join("\n"),
    stop: () => killGroup(child),
  };
}

function where(state) {
  return ["-c", CONFIG, "--local", "--persist-to", state, "--binding", "SWITCHES"];
}

async function ready(child, log) {
  const deadline = Date.now() + READY_SECONDS * 1000;
  for (;;) {
    const printed = readFileSync(log, "utf8");
    const url = /Ready on (http:\/\/\S+)/.exec(printed);
    if (url) return new URL(url[1]);
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await killGroup(child);
      throw new Failure(`wrangler dev did not start. It said:\n${printed}`);
    }
    await setTimeout(50);
  }
}
