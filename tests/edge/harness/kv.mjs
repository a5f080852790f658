// Workers KV as workerd asks for it over HTTP: in memory, every operation counted, and breakable.
import { createServer } from "node:http";
import { Queue } from "./queue.mjs";

export async function startKv() {
  return listen(new Store());
}

// One location's view of a store: a read-through cache that remembers misses too, as KV's own caches do.
// Two locations are two of these in front of one store. `forget()` is the cache's time running out.
export async function startKvLocation(store) {
  return listen(new Location(store));
}

class Kv {
  operations = new Queue("a KV operation");
  delay = 0;
  failReads = false;
  failWrites = false;
  hangs = false;
  // Answers many keys at once with none of them.
  forgetsKeys = false;

  count(kind) {
    return this.operations.all.filter((operation) => operation.kind === kind).length;
  }

  // Answers one request of workerd: `[status, body]`.
  async perform(kind, keys, value, ttl) {
    this.operations.push({ kind, keys, value, ttl });
    if (this.hangs) await new Promise(() => {});
    if (this.delay) await new Promise((resolve) => setTimeout(resolve, this.delay));
    if (kind === "put") return this.failWrites ? [500, ""] : [this.put(keys[0], value, ttl), ""];
    if (kind === "delete") return [this.delete(keys[0]), ""];
    if (this.failReads) return [500, ""];
    if (kind === "bulk" && this.forgetsKeys) return [200, "{}"];
    if (kind === "list") return [200, JSON.stringify({ keys: this.list(keys[0]).map((name) => ({ name })), list_complete: true })];
    const values = keys.map((key) => this.get(key));
    if (kind === "get") return values[0] === null ? [404, ""] : [200, values[0]];
    return [200, JSON.stringify(Object.fromEntries(keys.map((key, index) => [key, values[index]])))];
  }
}

class Store extends Kv {
  values = new Map();
  limitsWrites = false;
  #written = new Map();

  get(key) {
    return this.values.get(key)?.value ?? null;
  }

  list(prefix) {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  // KV's own bounds: a lifetime of at least 60 s, and one write per key and second.
  put(key, value, ttl) {
    if (ttl !== undefined && !(ttl >= 60)) return 400;
    const last = this.#written.get(key) ?? -Infinity;
    if (this.limitsWrites && Date.now() - last < 1000) return 429;
    this.#written.set(key, Date.now());
    this.values.set(key, { value, ttl });
    return 200;
  }

  delete(key) {
    this.values.delete(key);
    return 200;
  }
}

class Location extends Kv {
  #store;
  #cache = new Map();

  constructor(store) {
    super();
    this.#store = store;
  }

  get(key) {
    if (!this.#cache.has(key)) this.#cache.set(key, this.#store.get(key));
    return this.#cache.get(key);
  }

  put(key, value, ttl) {
    this.#cache.set(key, value);
    return this.#store.put(key, value, ttl);
  }

  delete(key) {
    this.#cache.delete(key);
    return this.#store.delete(key);
  }

  list(prefix) {
    return this.#store.list(prefix);
  }

  forget() {
    this.#cache.clear();
  }
}

async function listen(kv) {
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part) => (body += part));
    request.on("end", async () => {
      const url = new URL(request.url, "http://kv");
      const key = decodeURIComponent(url.pathname.slice(1));
      const ttl = url.searchParams.get("expiration_ttl");
      const bulk = request.method === "POST" && key === "bulk/get";
      const list = request.method === "GET" && key === "";
      const kind = bulk ? "bulk" : list ? "list" : request.method.toLowerCase();
      const keys = bulk ? JSON.parse(body).keys : [list ? url.searchParams.get("prefix") ?? "" : key];
      const [status, answer] = await kv.perform(kind, keys, body, ttl === null ? undefined : Number(ttl));
      response.writeHead(status).end(answer);
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  kv.port = server.address().port;
  kv.stop = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return kv;
}
