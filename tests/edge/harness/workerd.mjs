// The Worker in plain workerd: no proxy in between, request.cf per request, and bindings a test can break.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { parse } from "smol-toml";
import { killGroup, removeFolder, scratchFolder, spawnGroup } from "../../../scripts/processes.mjs";
import { Queue } from "./queue.mjs";

const workerd = createRequire(import.meta.url)("workerd").default;
const { compatibility_date: compatibilityDate } = parse(readFileSync(new URL("../../../fixtures/wrangler.toml", import.meta.url), "utf8"));

// `modules` maps module names to files, the entry first; `variables` become text or json bindings as wrangler makes them;
// `kv` maps KV bindings to ports, `objects` bindings of Durable Objects to their class and a folder of their own.
export async function startWorkerd({ modules, variables, kv, objects = {} }) {
  const folder = scratchFolder("hookgate-edge-");
  try {
    for (const [name, file] of Object.entries(modules)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      copyFileSync(file, join(folder, name));
    }
    writeFileSync(join(folder, "config.capnp"), config(Object.keys(modules), variables, kv, objects));
    return await serve(folder);
  } catch (error) {
    removeFolder(folder);
    throw error;
  }
}

async function serve(folder) {
  const child = spawnGroup(workerd, ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const lines = new Queue("a line of workerd");
  const ended = new Promise((resolve) => child.once("exit", resolve));
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", (line) => lines.push(line));
  const listening = new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] }).on("line", (line) => {
      const event = JSON.parse(line);
      if (event.event === "listen") resolve(event.port);
    });
    child.once("error", reject);
    ended.then(() => reject(new Error(`workerd ended before it listened:\n${lines.all.join("\n")}`)));
  });
  const stop = async () => {
    await killGroup(child);
    removeFolder(folder);
  };
  try {
    return { port: await listening, pid: child.pid, lines, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function config(names, variables, kv, objects) {
  const modules = names.map((name) => `(name = ${text(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(name)})`);
  const bindings = Object.entries(variables).map(([name, value]) =>
    typeof value === "string" ? `(name = ${text(name)}, text = ${text(value)})` : `(name = ${text(name)}, json = ${text(JSON.stringify(value))})`,
  );
  const stores = Object.entries(kv);
  bindings.push(...stores.map(([name]) => `(name = ${text(name)}, kvNamespace = ${text(`kv-${name}`)})`));
  const classes = Object.entries(objects);
  bindings.push(...classes.map(([name, { className }]) => `(name = ${text(name)}, durableObjectNamespace = ${text(className)})`));
  const durable = classes.map(([name, { className }]) => `(className = ${text(className)}, uniqueKey = ${text(name)}, enableSql = true)`);
  const storage = classes.length ? `, durableObjectNamespaces = [${durable.join(", ")}], durableObjectStorage = (localDisk = "objects")` : "";
  const services = [
    `(name = "gate", worker = (modules = [${modules.join(", ")}], compatibilityDate = ${text(compatibilityDate)},
      bindings = [${bindings.join(",\n      ")}]${storage}))`,
    ...classes.map(([, { folder }]) => `(name = "objects", disk = (path = ${text(folder)}, writable = true))`),
    // The stand-in origin listens on loopback, which a Worker may not reach by default.
    `(name = "internet", network = (allow = ["public", "private"]))`,
    ...stores.map(([name, port]) => `(name = ${text(`kv-${name}`)}, external = (address = "127.0.0.1:${port}", http = ()))`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")}
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", service = "gate",
    http = (cfBlobHeader = "x-cf-blob", forwardedProtoHeader = "x-forwarded-proto"))]
);
`;
}

// A Cap'n Proto text literal: like C, so anything beyond plain ASCII goes in as escaped bytes.
function text(value) {
  const escaped = [...Buffer.from(value)].map((byte) =>
    byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte),
  );
  return `"${escaped.join("")}"`;
}
