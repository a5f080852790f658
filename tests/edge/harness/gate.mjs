// The built Worker with its surroundings: KV, an origin, and senders who know the secrets.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startKv } from "./kv.mjs";
import { startOrigin } from "./origin.mjs";
import { basic, hmac, newRay, openConnection, edgeHeaders, pairs, send } from "./sender.mjs";
import { startWorkerd } from "./workerd.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));

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

export async function startGate({ hooks = [hook("main")], variables = {}, secrets = SECRETS, build = "build", kv, origin } = {}) {
  const stops = [];
  try {
    const surroundings = { replay: kv?.replay, switches: kv?.switches, origin };
    for (const [name, start] of [["replay", startKv], ["switches", startKv], ["origin", startOrigin]]) {
      if (surroundings[name]) continue;
      surroundings[name] = await start();
      stops.unshift(surroundings[name].stop.bind(surroundings[name]));
    }
    const worker = await startWorkerd({
      modules: modulesOf(build),
      variables: { ORIGIN: surroundings.origin.url, HOOKS: hooks, ...variables, ...secrets },
      kv: { REPLAY: surroundings.replay.port, SWITCHES: surroundings.switches.port },
    });
    stops.unshift(worker.stop);
    return new Gate(worker, surroundings, stops);
  } catch (error) {
    for (const stop of stops) await stop();
    throw error;
  }
}

// `build` is a folder that worker-build wrote. The entry module imports it as ../build/.
export function modulesOf(build) {
  const modules = {
    "src/guard.js": join(root, "src/guard.js"),
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

  constructor(worker, { replay, switches, origin }, stops) {
    this.#worker = worker;
    this.#stops = stops;
    Object.assign(this, { replay, switches, origin });
  }

  get port() {
    return this.#worker.port;
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

  send(request) {
    return send(this.port, request);
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
  async open({ hook: id = "main", method = "POST", headers = {}, edge } = {}) {
    const connection = await openConnection(this.port);
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

export { basic, hmac };
