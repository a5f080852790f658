// The built Worker with its surroundings: KV, an origin, and senders who know the secrets.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SCRIPTS } from "../../../scripts/build.mjs";
import { removeFolder, scratchFolder } from "../../../scripts/processes.mjs";
import { startKv } from "./kv.mjs";
import { startOrigin } from "./origin.mjs";
import { basic, hmac, newRay, openConnection, edgeHeaders, pairs, send } from "./sender.mjs";
import { startWorkerd } from "./workerd.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const here = fileURLToPath(new URL("./", import.meta.url));

export const ORIGIN_SECRET = `whsec_${Buffer.from("origin secret made for tests only").toString("base64")}`;
export const SECRETS = {
  ORIGIN_SECRET,
  HMAC_SECRET: "hmac secret for tests",
  HMAC_SECRET_NEXT: "the next hmac secret for tests",
  BASIC_PASSWORD: "basic:password for tests",
  API_KEY: "api key for tests",
};

export const SHA256 = { scheme: "hmac", hash: "sha256", header: "X-Hub-Signature-256", prefix: "sha256=", secrets: ["HMAC_SECRET"] };
export const SHA1 = { scheme: "hmac", hash: "sha1", header: "X-Hub-Signature", prefix: "sha1=", secrets: ["HMAC_SECRET"] };
export const BASIC = { scheme: "basic", user: "shop", secrets: ["BASIC_PASSWORD"] };
export const API_KEY = { scheme: "api-key", header: "X_API_KEY", secrets: ["API_KEY"] };

// A hook as wrangler.toml would hold it, signed with SHA-256 unless a test says otherwise.
export function hook(id, more = {}) {
  return { id, enabled: true, owner: "Tests <tests@example.com>", on_failure: "reply", auth: [SHA256], fields: ["/event"], ...more };
}

export const ADMIN_TOKEN = "an-admin-token-of-more-than-32-characters-for-tests";

// `kv` and `origin` are those of another gate, which stops them. `elsewhere` lists the KVs of further locations, which share the
// ledger, unless there is none: `deliver({ at: 1 })` is at the first of them. With `control` a test moves the clock and breaks the ledger.
export async function startGate({ hooks = [hook("main")], variables = {}, secrets = SECRETS, adminToken, build = "build", kv, origin, elsewhere = [], ledger: hasLedger = true, control = false, lines } = {}) {
  const stops = [];
  try {
    const surroundings = { replay: kv?.replay, switches: kv?.switches, origin };
    for (const [name, start] of [["replay", startKv], ["switches", startKv], ["origin", startOrigin]]) {
      if (surroundings[name]) continue;
      surroundings[name] = await start();
      stops.unshift(surroundings[name].stop.bind(surroundings[name]));
    }
    const ledger = scratchFolder("hookgate-objects-");
    stops.unshift(() => removeFolder(ledger));
    const bindings = ({ replay, switches }) => ({ REPLAY: replay.port, SWITCHES: switches.port });
    const worker = await startWorkerd({
      modules: modulesOf(build, control),
      variables: { ORIGIN: surroundings.origin.url, HOOKS: hooks, ...variables, ...secrets, ...(adminToken && { ADMIN_TOKEN: adminToken }) },
      kv: bindings(surroundings),
      elsewhere: elsewhere.map((there) => bindings({ ...surroundings, ...there })),
      objects: hasLedger ? { LEDGER: { className: "Ledger", folder: ledger } } : {},
      control: control ? "control" : undefined,
      lines,
    });
    stops.unshift(worker.stop);
    const objects = hooks.flatMap(({ id, shards = 1 }) => (shards > 1 ? Array.from({ length: shards }, (_, part) => `${id}/${part}`) : [id]));
    return new Gate(worker, { ...surroundings, ledger, objects, adminToken }, stops);
  } catch (error) {
    for (const stop of stops) await stop();
    throw error;
  }
}

// `build` is a folder that the build wrote. The entry module imports it as ../build/.
export function modulesOf(build, control = false) {
  const modules = {
    ...(control && { "control.js": join(here, "control-entry.mjs"), "clock.js": join(here, "clock.mjs"), "webcrypto.js": join(here, "webcrypto.mjs") }),
    ...Object.fromEntries(SCRIPTS.map((script) => [script, join(root, script)])),
    "build/index.js": join(root, build, "index.js"),
    "build/index_bg.wasm": join(root, build, "index_bg.wasm"),
  };
  for (const file of Object.values(modules)) {
    if (!existsSync(file)) throw new Error(`${file} is missing: run \`npm run build\` first`);
  }
  return modules;
}

class Gate {
  #worker;
  #stops;

  #adminToken;
  #objects;
  #ahead = 0;

  constructor(worker, { replay, switches, origin, ledger, objects, adminToken }, stops) {
    this.#worker = worker;
    this.#stops = stops;
    [this.#adminToken, this.#objects] = [adminToken, objects];
    // `ledger` is the folder in which the objects are.
    Object.assign(this, { replay, switches, origin, ledger });
  }

  get port() {
    return this.#worker.port;
  }

  // Those of all locations.
  get ports() {
    return this.#worker.ports;
  }

  get pid() {
    return this.#worker.pid;
  }

  // Everything the Worker printed, line by line.
  get lines() {
    return this.#worker.lines;
  }

  async stop() {
    for (const stop of this.#stops) await stop();
  }

  // SIGKILL of the Worker alone: KV, origin and what the ledger has on disk live on.
  kill() {
    return this.#worker.kill();
  }

  // After `kill()`: on the same ledger, at the same time of day; `variables` stand in for those of the same names.
  start(variables = {}) {
    return this.#worker.start({ ...variables, ...(this.#ahead && { CLOCK_AHEAD: this.#ahead }) });
  }

  // `at` is the location.
  send({ at = 0, ...request }) {
    return send(this.#worker.ports[at], request);
  }

  // A request to the admin API, with the gate's own token unless `token` is another or null.
  async admin(method, path, body, { token = this.#adminToken, headers = {}, ...more } = {}) {
    const reply = await this.send({
      method,
      target: `/_hookgate/${path}`,
      headers: [...(token === null ? [] : [["authorization", `Bearer ${token}`]]), ...(body === undefined ? [] : [["content-type", "application/json"]]), ...pairs(headers)],
      body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      ...more,
    });
    return Object.assign(reply, { json: parsed(reply.body) });
  }

  // Puts the clock forward, everywhere; what objects are to be woken for comes sooner by as much.
  async forward(milliseconds) {
    this.#ahead += milliseconds;
    for (const at of this.#worker.controlPorts.keys()) await this.control("clock", { ahead: this.#ahead, objects: at === 0 ? this.#objects : [] }, at);
  }

  // How far the gate's clock is ahead of the real one.
  get ahead() {
    return this.#ahead;
  }

  // See control-entry.mjs.
  async control(command, more = {}, at = 0) {
    const port = this.#worker.controlPorts[at];
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body: JSON.stringify({ command, ...more }) });
    const { result, error } = await response.json();
    if (error !== undefined) throw new Error(error);
    return result;
  }

  // A call to an object of the ledger, past the Worker.
  ask(object, call) {
    return this.control("ask", { object, call });
  }

  async held(object = "main") {
    return (await this.ask(object, { call: "held" })).report;
  }

  // What an object holds, as soon as it is what a test waits for: alarms run meanwhile.
  async heldUntil(wanted, object = "main", milliseconds = 30_000) {
    const deadline = Date.now() + milliseconds;
    for (;;) {
      const held = await this.held(object);
      if (wanted(held)) return held;
      if (Date.now() > deadline) throw new Error(`what was awaited did not come: ${JSON.stringify(held)}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  // A delivery its hook accepts unless `headers` or `signed: false` spoil it; the reply knows its audit entry.
  async deliver({ hook: id = "main", body = `{"event":"${newRay()}"}`, type = "application/json", query = "", headers = {}, signed = true, edge, ...more } = {}) {
    const ray = newRay();
    const reply = await this.send({
      target: `/wa-hook/${id}${query}`,
      headers: [["content-type", type], ...(signed ? pairs(this.signed(body)) : []), ...pairs(headers)],
      body,
      ...more,
      edge: { ray, ...edge },
    });
    return Object.assign(reply, { ray, audit: () => this.audit(ray) });
  }

  signed(body) {
    return { "x-hub-signature-256": `sha256=${hmac("sha256", SECRETS.HMAC_SECRET, body)}` };
  }

  // A connection with a request's head already written, the body left to the test.
  async open({ hook: id = "main", method = "POST", headers = {}, edge, at = 0 } = {}) {
    const connection = await openConnection(this.#worker.ports[at]);
    const ray = newRay();
    connection.writeHead(method, `/wa-hook/${id}`, [["host", "hooks.example.com"], ...edgeHeaders({ ray, ...edge }), ["content-type", "application/json"], ...pairs(headers)]);
    return Object.assign(connection, { ray });
  }

  // The one audit entry of a request.
  async audit(ray) {
    return JSON.parse(await this.lines.find((line) => line.startsWith("{") && line.includes(`"ray":"${ray}"`)));
  }

  get kvOperations() {
    return this.replay.operations.length + this.switches.operations.length;
  }

  // Forgets what was counted so far, not what is stored.
  startCounting() {
    this.replay.operations.clear();
    this.switches.operations.clear();
    this.origin.requests.clear();
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export { basic, hmac };
