// What one request, or one alarm, asks of the platform. Wasm begins an operation, gets its number, and is resumed once the
// operation has ended: no promise and no closure crosses the border, and few texts. See passage.rs.
import * as wasm from "../../build/index.js";
import { LARGE, SMALL, read, restore } from "./stream.js";

// How an operation stands.
const WAITING = 0;
const DONE = 1;
const FAILED = 2;
const LATE = 3;
const TOO_LARGE = 4;

// Most bytes of the origin's answer that wasm looks into.
const ANSWER = 4096;
// Milliseconds after which it is first looked whether an operation is late.
const WATCH = 1_500;

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
  #headers;
  #object;
  #operations = [];
  #task;
  #timer;
  #resolve;

  // `request` of a sender, or the object of the ledger that is awake.
  constructor(env, request, object) {
    this.#env = env;
    this.#request = request;
    this.#headers = request?.headers;
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

  // What comes of it. Another request may end it: nothing but a value can be told across requests.
  end(result) {
    underWay.delete(this);
    clearTimeout(this.#timer);
    this.#resolve(result);
  }

  reply(status, message) {
    const [, headers, body] = parts(message);
    // An empty text would still be a body: it would be given a media type, and a 204 may have none.
    this.end(new Response(body === "" ? null : body, { status, headers }));
  }

  get env() {
    return this.#env;
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
    return this.#headers.get(name) ?? undefined;
  }

  readBody(cap, limit) {
    const receive = (operation) => receiveAll(operation, this.#request, cap);
    return this.#begin(receive, keepBytes, limit);
  }

  readRecord(key, limit) {
    return this.#begin(() => this.#env.REPLAY.get(key), keepText, limit);
  }

  writeRecord(key, value, expirationTtl, limit) {
    return this.#begin(() => this.#env.REPLAY.put(key, value, { expirationTtl }), keepNothing, limit);
  }

  removeRecord(key, limit) {
    return this.#begin(() => this.#env.REPLAY.delete(key), keepNothing, limit);
  }

  findRecords(prefix, limit) {
    const names = (operation, { keys }) => keepTexts(operation, keys.map(({ name }) => name));
    return this.#begin(() => this.#env.REPLAY.list({ prefix, limit: 2 }), names, limit);
  }

  readSwitches(one, other, limit) {
    const both = (operation, values) => keepTexts(operation, [values.get(one), values.get(other)]);
    return this.#begin(() => this.#env.SWITCHES.get([one, other]), both, limit);
  }

  writeSwitch(key, value, limit) {
    const write = () => (value === undefined ? this.#env.SWITCHES.delete(key) : this.#env.SWITCHES.put(key, value));
    return this.#begin(write, keepNothing, limit);
  }

  ask(name, call, limit) {
    const ask = async () => {
      // What an object asks that is awake is its own: not at once, for wasm answers it, which is still making this call.
      await undefined;
      return (this.#object ?? this.#env.LEDGER.getByName(name)).ask(call);
    };
    return this.#begin(ask, keepText, limit);
  }

  // The signal covers the whole answer.
  send(message, limit) {
    const exchange = async (operation) => {
      const [url, headers, body] = parts(message);
      const signal = AbortSignal.timeout(limit);
      const response = await fetch(url, { method: "POST", headers, body, redirect: "manual", signal });
      operation.status = response.status;
      operation.texts = [response.headers.get("content-type"), response.headers.get("retry-after")];
      try {
        return await receiveAll(operation, response, ANSWER);
      } catch (error) {
        // Of such an answer only the status counts.
        if (error === LARGE) return new Uint8Array(0);
        throw error;
      }
    };
    return this.#begin(exchange, keepBytes);
  }

  // Bytes of wasm are there for the moment of a call alone, in which WebCrypto takes what it needs of them.
  importKey(algorithm, key) {
    const usage = algorithm.startsWith("SHA-") ? "sign" : "verify";
    const keepKey = (operation, imported) => (operation.key = imported);
    return this.#begin(() => crypto.subtle.importKey("raw", key, parametersOf(algorithm), false, [usage]), keepKey);
  }

  verify(algorithm, key, signature, message) {
    const keepVerdict = (operation, verified) => (operation.status = verified ? 1 : 0);
    return this.#begin(() => crypto.subtle.verify(parametersOf(algorithm), key, signature, message), keepVerdict);
  }

  sign(key, message) {
    return this.#begin(() => crypto.subtle.sign("HMAC", key, message), keepBuffer);
  }

  digest(message) {
    return this.#begin(() => crypto.subtle.digest("SHA-256", message), keepBuffer);
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

  key(operation) {
    return this.#operations[operation].key;
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

  // `start` gives a promise, and `keep` what wasm may ask of its value. Whatever goes wrong, a binding that is missing too,
  // is the end of the operation and of nothing else.
  #begin(start, keep, limit) {
    const operation = { state: WAITING, texts: null, bytes: null, status: 0, key: null, reader: null, deadline: Infinity };
    try {
      start(operation).then(
        (value) => this.#settle(operation, value, keep),
        (error) => this.#end(operation, stateOf(error)),
      );
      if (limit !== undefined) this.#watch(operation, limit);
    } catch {
      operation.state = FAILED;
    }
    return this.#operations.push(operation) - 1;
  }

  #settle(operation, value, keep) {
    try {
      keep(operation, value);
    } catch {
      return this.#end(operation, FAILED);
    }
    this.#end(operation, DONE);
  }

  #end(operation, state) {
    if (operation.state !== WAITING || !underWay.has(this)) return;
    operation.state = state;
    // Nobody waits for a stream that is given up.
    if (state !== DONE) operation.reader?.cancel().catch(() => {});
    this.#enter(() => wasm.resume(this.#task));
  }

  // One timer for all operations: it costs as much as a small body, and hardly ever goes off.
  #watch(operation, limit) {
    operation.deadline = performance.now() + limit;
    this.#timer ??= setTimeout(() => this.#look(), Math.min(limit, WATCH));
  }

  #look() {
    const now = performance.now();
    this.#timer = undefined;
    for (const operation of this.#operations) if (operation.deadline <= now) this.#end(operation, LATE);
    const next = Math.min(...this.#operations.map(({ state, deadline }) => (state === WAITING ? deadline : Infinity)));
    if (next < Infinity && underWay.has(this)) this.#timer ??= setTimeout(() => this.#look(), next - now);
  }
}

function stateOf(error) {
  if (error === LARGE) return TOO_LARGE;
  return error?.name === "TimeoutError" ? LATE : FAILED;
}

const keepNothing = () => {};

// Values of KV and of the ledger: a text, or `null` where there is none. Anything else is no answer.
const keepText = (operation, text) => keepTexts(operation, [text]);

function keepTexts(operation, texts) {
  if (!texts.every((text) => text === null || typeof text === "string")) throw new TypeError("no text");
  operation.texts = texts;
}

function keepBytes(operation, bytes) {
  operation.bytes = bytes;
}

const keepBuffer = (operation, buffer) => keepBytes(operation, new Uint8Array(buffer));

// Of WebCrypto: HMAC by the name of its hash, the others by their own.
function parametersOf(algorithm) {
  if (algorithm.startsWith("SHA-")) return { name: "HMAC", hash: algorithm };
  return algorithm === "P-256" ? { name: "ECDSA", namedCurve: algorithm, hash: "SHA-256" } : { name: algorithm };
}

// The whole body of a request or response.
async function receiveAll(operation, message, cap) {
  if (message.body === null) return new Uint8Array(0);
  // The runtime sees to it that no more comes than was declared.
  const declared = Number(message.headers.get("content-length") ?? Infinity);
  if (declared <= Math.min(cap, SMALL) && !message.headers.has("content-encoding")) return new Uint8Array(await message.arrayBuffer());
  operation.reader = message.body.getReader({ mode: "byob" });
  return read(operation.reader, cap);
}

// A message as wasm writes it: the URL, lines of headers, an empty line, the body.
function parts(message) {
  const end = message.indexOf("\n\n");
  const [url, ...lines] = message.slice(0, end).split("\n");
  const headers = {};
  for (const line of lines) {
    const colon = line.indexOf(": ");
    headers[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return [url, headers, message.slice(end + 2)];
}
