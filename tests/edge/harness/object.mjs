// The built Worker's ledger, reached directly: an entry module of the tests' own hands calls on to it.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { SECRETS, hook, modulesOf } from "./gate.mjs";
import { startWorkerd } from "./workerd.mjs";

const entry = fileURLToPath(new URL("./object-entry.mjs", import.meta.url));

// `folder` holds what the objects store; whoever starts again with it finds it.
export async function startLedger(folder) {
  const worker = await startWorkerd({
    modules: { "entry.js": entry, ...modulesOf("build") },
    // An object that is called so is that of an open hook; others are of hooks that are gone, which leave what they hold alone.
    variables: { ORIGIN: "http://127.0.0.1:9", HOOKS: [hook("alarm")], ...SECRETS },
    kv: {},
    objects: { LEDGER: { className: "Ledger", folder } },
  });
  return new Objects(worker);
}

class Objects {
  #worker;

  constructor(worker) {
    this.#worker = worker;
  }

  stop = () => this.#worker.stop();

  get lines() {
    return this.#worker.lines;
  }

  // The answers to calls that are all made at once.
  async atOnce(object, calls, path = "") {
    const response = await fetch(`http://127.0.0.1:${this.#worker.port}/${path}`, {
      method: "POST",
      body: JSON.stringify({ object, calls: calls.map((call) => (typeof call === "string" ? call : JSON.stringify(call))) }),
    });
    if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()).map((answer) => (answer.startsWith("{") ? JSON.parse(answer) : answer));
  }

  async ask(object, call) {
    return (await this.atOnce(object, [call]))[0];
  }

  // What a call writes: an answer, and rows as they are paid for.
  async written(object, call) {
    return (await this.atOnce(object, [call], "written"))[0];
  }

  // When the object wants to be woken, in milliseconds since 1970.
  async alarm(object) {
    return (await this.atOnce(object, [], "alarm"))[0]?.at ?? null;
  }
}
