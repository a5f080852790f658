// What one request, or one alarm, asks of the platform. Wasm begins an operation, gets its number, and is resumed once the
// operation has ended: no promise and no closure crosses the border, and few texts. See passage.rs.
import * as wasm from "../../build/index.js";
import { enter, numberOf, underWay } from "./instance.js";
import { parts, receive, recordOf, responseOf } from "./message.js";
import { DONE, FAILED, LATE, WAITING, keepBytes, keepNothing, keepText, keepTexts, newOperation, stateOf } from "./operation.js";
import { LARGE, behind, hasRoom, restore } from "./stream.js";

// Most bytes of the origin's answer that wasm looks into.
const ANSWER = 4096;
// Milliseconds after which it is looked at the latest whether an operation is late.
const WATCH = 1_500;

export class Passage {
  #env;
  #request;
  #headers;
  #object;
  #operations = [];
  #task;
  #timer;
  // When the timer goes off.
  #due = Infinity;
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
    const passage = new Passage(env, request);
    return passage.#run(() => wasm.deliver(passage, numberOf(env), passage.#head()));
  }

  // When an object of the ledger is to be woken next, in milliseconds since 1970 or never; nothing if the instance ends first.
  static release(object, env, name) {
    const passage = new Passage(env, undefined, object);
    return passage.#run(() => wasm.release(passage, numberOf(env), name));
  }

  #run(begin) {
    const { promise, resolve } = Promise.withResolvers();
    this.#resolve = resolve;
    underWay.add(this);
    this.#enter(() => (this.#task = begin()));
    return promise;
  }

  #enter(act) {
    try {
      enter(act);
    } catch {
      // All that was under way has its end.
    }
  }

  // What comes of it.
  end(result) {
    clearTimeout(this.#timer);
    // Nobody has looked into a body that was refused.
    for (const operation of this.#operations) if (operation.bytes !== null) this.#release(operation);
    underWay.delete(this);
    this.#resolve(result);
  }

  // Nothing comes of it. Another request may say so: the timer is out of its reach, and goes off in vain.
  abandon() {
    underWay.delete(this);
    this.#resolve();
  }

  reply(status, message, reference) {
    try {
      this.end(responseOf(status, message, reference));
    } catch {
      // An error that went on into wasm would take all that is under way with it.
      this.abandon();
    }
  }

  get env() {
    return this.#env;
  }

  // See HEAD in inbound.rs.
  #head() {
    const { method, url, cf } = this.#request;
    const [headers, tls] = [this.#headers, cf?.tlsVersion];
    const line = (value) => (value === null ? "\n" : `\n ${value}`);
    const names = line(headers.get("content-type")) + line(headers.get("content-encoding")) + line(headers.get("content-length")) + line(headers.get("cf-ray"));
    return ` ${method}\n ${url}${line(typeof tls === "string" ? tls : null)}${names}`;
  }

  header(name) {
    return this.#headers.get(name) ?? undefined;
  }

  either(one, other) {
    const [value, another] = [this.#headers.get(one), this.#headers.get(other)];
    return (value === null ? another : another === null ? value : null) ?? undefined;
  }

  readBody(cap, limit) {
    return this.#begin((operation) => receive(operation, this.#request, cap), keepBytes, limit);
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
      const [url, block, body] = parts(message);
      const signal = AbortSignal.timeout(limit);
      const response = await fetch(url, { method: "POST", headers: recordOf(block), body, redirect: "manual", signal });
      operation.status = response.status;
      operation.texts = [response.headers.get("content-type"), response.headers.get("retry-after")];
      try {
        return await receive(operation, response, ANSWER);
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

  sign(key, message, body) {
    return this.#begin(() => crypto.subtle.sign("HMAC", key, this.#whole(message, body)), keepBytes);
  }

  digest(message, body) {
    return this.#begin(() => crypto.subtle.digest("SHA-256", this.#whole(message, body)), keepBytes);
  }

  // A message, or what precedes a body that was read and is kept, and that body.
  #whole(message, body) {
    return body === undefined ? message : behind(message, this.#operations[body].bytes);
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

  // How many bytes there are, if they have room before them; else 0.
  kept(operation) {
    const { bytes } = this.#operations[operation];
    return hasRoom(bytes) ? bytes.length : 0;
  }

  // To be called once.
  bytes(operation) {
    return this.#release(this.#operations[operation]);
  }

  // Whoever is given the bytes copies them before anything else can be read.
  #release(operation) {
    const { bytes } = operation;
    operation.bytes = null;
    restore(bytes);
    return bytes;
  }

  // `start` gives a promise, and `keep` what wasm may ask of its value. Whatever goes wrong, a binding that is missing too,
  // is the end of the operation and of nothing else.
  #begin(start, keep, limit) {
    const operation = newOperation();
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

  #watch(operation, limit) {
    operation.deadline = performance.now() + limit;
    this.#lookBy(operation.deadline);
  }

  // One timer for all operations: each costs as much as a small body, and hardly ever goes off. It looks before it has to, so
  // that the next operation seldom needs an earlier one.
  #lookBy(deadline) {
    const now = performance.now();
    const due = Math.min(deadline, now + WATCH);
    if (due >= this.#due) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => this.#look(), due - now);
  }

  #look() {
    const now = performance.now();
    this.#due = Infinity;
    for (const operation of this.#operations) if (operation.deadline <= now) this.#end(operation, LATE);
    const next = Math.min(...this.#operations.map(({ state, deadline }) => (state === WAITING ? deadline : Infinity)));
    if (next < Infinity && underWay.has(this)) this.#lookBy(next);
  }
}

// Of WebCrypto: HMAC by the name of its hash, the others by their own.
function parametersOf(algorithm) {
  if (algorithm.startsWith("SHA-")) return { name: "HMAC", hash: algorithm };
  return algorithm === "P-256" ? { name: "ECDSA", namedCurve: algorithm, hash: "SHA-256" } : { name: algorithm };
}
