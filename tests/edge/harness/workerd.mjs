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
// `kv` maps KV bindings to ports, `objects` bindings of Durable Objects to their class and a folder of their own. `elsewhere`
// lists the KV bindings of other locations: the same Worker in isolates of their own, with the objects of the first.
// `control` names an entrypoint that gets a port of its own in each. `before` is what a command line begins with.
export async function startWorkerd({ modules, variables, kv, objects = {}, elsewhere = [], control, before = [], lines = new Queue("a line of workerd") }) {
  const folder = scratchFolder("hookgate-edge-");
  const worker = new Workerd(folder, [...before, workerd, "serve", "config.capnp", "--control-fd=3"], lines, (more) => config(Object.keys(modules), { ...variables, ...more }, [kv, ...elsewhere], objects, control));
  try {
    for (const [name, file] of Object.entries(modules)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      copyFileSync(file, join(folder, name));
    }
    await worker.start();
    return worker;
  } catch (error) {
    await worker.stop();
    throw error;
  }
}

class Workerd {
  #folder;
  #command;
  #config;
  #child = null;

  constructor(folder, command, lines, config) {
    this.#folder = folder;
    this.#command = command;
    this.#config = config;
    // Everything it printed, also before it was killed and started again.
    this.lines = lines;
  }

  // Starts it, again after `kill()`, on the folders of before; `more` are further variables.
  async start(more = {}) {
    const { text, sockets } = this.#config(more);
    writeFileSync(join(this.#folder, "config.capnp"), text);
    const [command, ...args] = this.#command;
    const child = spawnGroup(command, args, { cwd: this.#folder, stdio: ["ignore", "pipe", "pipe", "pipe"] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    const ports = new Map();
    await new Promise((resolve, reject) => {
      createInterface({ input: child.stdio[3] }).on("line", (line) => {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen") ports.set(socket, port);
        if (ports.size === sockets.length) resolve();
      });
      child.once("error", reject);
      child.once("exit", () => reject(new Error(`workerd ended before it listened:\n${this.lines.all.slice(-20).join("\n")}`)));
    });
    const portsOf = (kind) => sockets.filter((name) => name.startsWith(kind)).map((name) => ports.get(name));
    [this.ports, this.controlPorts] = [portsOf("http"), portsOf("control")];
  }

  get port() {
    return this.ports[0];
  }

  get pid() {
    return this.#child.pid;
  }

  // SIGKILL, at once and to the whole group.
  async kill() {
    if (this.#child) await killGroup(this.#child);
  }

  stop = async () => {
    await this.kill();
    removeFolder(this.#folder);
  };
}

function config(names, variables, locations, objects, control) {
  const modules = names.map((name) => `(name = ${text(name)}, ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed ${text(name)})`);
  const classes = Object.entries(objects);
  const durable = classes.map(([name, { className }]) => `(className = ${text(className)}, uniqueKey = ${text(name)}, enableSql = true)`);
  const storage = classes.length ? `, durableObjectNamespaces = [${durable.join(", ")}], durableObjectStorage = (localDisk = "objects")` : "";
  const services = [];
  const sockets = [];
  for (const [index, kv] of locations.entries()) {
    const name = `gate-${index}`;
    const bindings = Object.entries(variables).map(([key, value]) =>
      typeof value === "string" ? `(name = ${text(key)}, text = ${text(value)})` : `(name = ${text(key)}, json = ${text(JSON.stringify(value))})`,
    );
    for (const [binding, port] of Object.entries(kv)) {
      bindings.push(`(name = ${text(binding)}, kvNamespace = ${text(`${name}-${binding}`)})`);
      services.push(`(name = ${text(`${name}-${binding}`)}, external = (address = "127.0.0.1:${port}", http = ()))`);
    }
    bindings.push(...classes.map(([binding, { className }]) => `(name = ${text(binding)}, durableObjectNamespace = (className = ${text(className)}, serviceName = "gate-0"))`));
    services.push(`(name = ${text(name)}, worker = (modules = [${modules.join(", ")}], compatibilityDate = ${text(compatibilityDate)},
      bindings = [${bindings.join(",\n      ")}]${index === 0 ? storage : ""}))`);
    sockets.push([`http-${index}`, text(name), `(cfBlobHeader = "x-cf-blob", forwardedProtoHeader = "x-forwarded-proto")`]);
    if (control) sockets.push([`control-${index}`, `(name = ${text(name)}, entrypoint = ${text(control)})`, "()"]);
  }
  services.push(...classes.map(([, { folder }]) => `(name = "objects", disk = (path = ${text(folder)}, writable = true))`));
  // The stand-in origin listens on loopback, which a Worker may not reach by default.
  services.push(`(name = "internet", network = (allow = ["public", "private"]))`);
  const listening = sockets.map(([name, service, http]) => `(name = ${text(name)}, address = "127.0.0.1:0", service = ${service}, http = ${http})`);
  return {
    text: `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    ${services.join(",\n    ")}
  ],
  sockets = [
    ${listening.join(",\n    ")}
  ]
);
`,
    sockets: sockets.map(([name]) => name),
  };
}

// A Cap'n Proto text literal: like C, so anything beyond plain ASCII goes in as escaped bytes.
function text(value) {
  const escaped = [...Buffer.from(value)].map((byte) =>
    byte === 0x22 || byte === 0x5c ? `\\${String.fromCharCode(byte)}` : byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, "0")}` : String.fromCharCode(byte),
  );
  return `"${escaped.join("")}"`;
}
