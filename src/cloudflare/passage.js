// What one request, or one alarm, asks of the platform. Wasm begins an operation, gets its number, and is resumed once the
// operation has ended: no promise and no closure crosses the border, and few texts. See passage.rs.
import * as wasm from "../../build/index.js";
import { LARGE, read, restore } from "./stream.js";

// How an operation stands.
const WAITING = 0;
const DONE = 1;
const FAILED = 2;
const LATE = 3;
const TOO_LARGE = 4;

// Most bytes of the origin's answer that wasm looks into.
const ANSWER = 4096;

// What is under way in the present instance of wasm.
const underWay = new Set();

// Enters wasm. An error that is not the `null` of ledger.rs comes from a trap, or from an exception that went through wasm: it
// has ended the instance. The next call finds a new one.
export function enter(act) {
  try {
    return act();
  } catch (error) {
    if (error !== null) {
      // Its message may quote the sender.
      console.error("wasm ended:", error?.name);
      wasm.__wbg_reset_state();
      for (const passage of underWay) passage.end();
    }
    throw error;
  }
}

export class Passage {
  #env;
  #request;
  #object;
  #operations = [];
  #task;
  #resolve;

  // `request` of a sender, or the object of the ledger that is awake.
  constructor(env, request, object) {
    this.#env = env;
    this.#request = request;
    this.#object = object;
  }

  // The reply to a request; nothing if the instance ends first.
  static deliver(request, env) {
    return new Passage(env, request).#run(wasm.deliver);
  }

  // When an object of the ledger is to be woken next, in milliseconds since 1970 or never; nothing if the instance ends first.
  static release(object, env, name) {
    return new Passage(env, undefined, object).#run((passage) => wasm.release(passage, name));
  }

  #run(begin) {
    const { promise, resolve } = Promise.withResolvers();
    this.#resolve = resolve;
    underWay.add(this);
    this.#enter(() => (this.#task = begin(this)));
    return promise;
  }

  #enter(act) {
    try {
      enter(act);
    } catch {
      // All that was under way has its end.
    }
  }

  // What comes of it; also to a request that did not make the call, so that nothing but a value may be told.
  end(result) {
    underWay.delete(this);
    this.#resolve(result);
  }

  get env() {
    return this.#env;
  }

  reply(status, headers, body) {
    // An empty text would still be a body: it would be given a media type, and a 204 may have none.
    this.end(new Response(body === "" ? null : body, { status, headers: pairs(headers) }));
  }

  get method() {
    return this.#request.method;
  }

  get url() {
    return this.#request.url;
  }

  get tlsVersion() {
    const version = this.#request.cf?.tlsVersion;
    return typeof version === "string" ? version : undefined;
  }

  header(name) {
    return this.#request.headers.get(name) ?? undefined;
  }

  readBody(cap, limit) {
    return this.#begin(limit, (operation) => receive(operation, this.#request.body, cap));
  }

  readRecord(key, limit) {
    return this.#texts(limit, async () => [await this.#env.REPLAY.get(key)]);
  }

  writeRecord(key, value, expirationTtl, limit) {
    return this.#begin(limit, () => this.#env.REPLAY.put(key, value, { expirationTtl }));
  }

  removeRecord(key, limit) {
    return this.#begin(limit, () => this.#env.REPLAY.delete(key));
  }

  findRecords(prefix, limit) {
    return this.#texts(limit, async () => {
      const { keys } = await this.#env.REPLAY.list({ prefix, limit: 2 });
      return keys.map(({ name }) => name);
    });
  }

  readSwitches(one, other, limit) {
    return this.#texts(limit, async () => {
      const values = await this.#env.SWITCHES.get([one, other]);
      return [values.get(one), values.get(other)];
    });
  }

  writeSwitch(key, value, limit) {
    return this.#begin(limit, () => (value === undefined ? this.#env.SWITCHES.delete(key) : this.#env.SWITCHES.put(key, value)));
  }

  // What an object asks that is awake is its own.
  ask(name, call, limit) {
    return this.#texts(limit, async () => {
      // Not at once, for its answer is made by wasm, which is still making this call.
      await undefined;
      return [await (this.#object ?? this.#env.LEDGER.getByName(name)).ask(call)];
    });
  }

  // The time limit covers the whole answer.
  send(url, headers, body, limit) {
    return this.#begin(undefined, async (operation) => {
      const signal = AbortSignal.timeout(limit);
      const response = await fetch(url, { method: "POST", headers: pairs(headers), body, redirect: "manual", signal });
      operation.status = response.status;
      operation.texts = ["content-type", "retry-after"].map((name) => response.headers.get(name));
      await receive(operation, response.body, ANSWER).catch((error) => {
        // Of such an answer only the status counts.
        if (error !== LARGE) throw error;
        operation.bytes = new Uint8Array(0);
      });
    });
  }

  // Bytes of wasm are there for the moment of the call alone.
  verify(algorithm, key, signature, message) {
    [key, signature, message] = [key.slice(), signature.slice(), message.slice()];
    const parameters = algorithm === "Ed25519" ? { name: algorithm } : { name: "ECDSA", namedCurve: algorithm, hash: "SHA-256" };
    return this.#begin(undefined, async (operation) => {
      const imported = await crypto.subtle.importKey("raw", key, parameters, false, ["verify"]);
      operation.status = (await crypto.subtle.verify(parameters, imported, signature, message)) ? 1 : 0;
    });
  }

  state(operation) {
    return this.#operations[operation].state;
  }

  count(operation) {
    return this.#operations[operation].texts.length;
  }

  text(operation, index) {
    return this.#operations[operation].texts[index] ?? undefined;
  }

  status(operation) {
    return this.#operations[operation].status;
  }

  // To be called once.
  bytes(operation) {
    const { bytes } = this.#operations[operation];
    restore(bytes);
    return bytes;
  }

  #begin(limit, act) {
    const operation = { state: WAITING, texts: null, bytes: null, status: 0, reader: null };
    const end = (state) => {
      if (operation.state !== WAITING) return;
      operation.state = state;
      clearTimeout(timer);
      // Nobody waits for a stream that is given up.
      if (state !== DONE) operation.reader?.cancel().catch(() => {});
      if (underWay.has(this)) this.#enter(() => wasm.resume(this.#task));
    };
    const timer = limit === undefined ? undefined : setTimeout(end, limit, LATE);
    perform(act, operation).then(
      () => end(DONE),
      (error) => end(error === LARGE ? TOO_LARGE : error?.name === "TimeoutError" ? LATE : FAILED),
    );
    return this.#operations.push(operation) - 1;
  }

  // Values of KV and of the ledger: a text, or `null` where there is none. Anything else is no answer.
  #texts(limit, act) {
    return this.#begin(limit, async (operation) => {
      const texts = await act();
      if (!texts.every((text) => text === null || typeof text === "string")) throw new TypeError("no text");
      operation.texts = texts;
    });
  }
}

// The whole of a stream.
async function receive(operation, stream, cap) {
  if (stream === null) return void (operation.bytes = new Uint8Array(0));
  operation.reader = stream.getReader({ mode: "byob" });
  operation.bytes = await read(operation.reader, cap);
}

// Whatever goes wrong, a binding that is missing too, is the end of the operation and of nothing else.
async function perform(act, operation) {
  await act(operation);
}

// Headers as wasm writes them: `name: value` lines, without a newline in either.
function pairs(headers) {
  return headers.split("\n").map((line) => {
    const colon = line.indexOf(": ");
    return [line.slice(0, colon), line.slice(colon + 2)];
  });
}
