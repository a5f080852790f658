// The sender of webhooks on a raw socket: exact bytes, bodies that stall or never end, and connections torn down.
import { createHmac, randomBytes } from "node:crypto";
import { connect } from "node:net";
import { MessageReader, headerOf } from "./message.mjs";

// What Cloudflare's edge would add. The host is public, so the scheme and the TLS version count.
export function edgeHeaders({ scheme = "https", cf = { tlsVersion: "TLSv1.3" }, ray = newRay() } = {}) {
  const headers = [["cf-ray", ray]];
  if (scheme) headers.push(["x-forwarded-proto", scheme]);
  if (cf) headers.push(["x-cf-blob", JSON.stringify(cf)]);
  return headers;
}

export function newRay() {
  return `${randomBytes(8).toString("hex")}-AMS`;
}

export function hmac(hash, secret, body) {
  return createHmac(hash, secret).update(body).digest("hex");
}

export function basic(user, password) {
  return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
}

export async function openConnection(port) {
  const socket = connect(port, "127.0.0.1");
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  socket.setNoDelay(true);
  return new Connection(socket);
}

class Connection {
  #socket;
  #reader;

  constructor(socket) {
    this.#socket = socket;
    this.#reader = new MessageReader(socket);
    // Writing may fail because the gate has answered and closed; the reply tells.
    socket.on("error", () => {});
  }

  // What is written inside goes out together.
  together(write) {
    this.#socket.cork();
    write();
    this.#socket.uncork();
  }

  get closed() {
    return this.#socket.destroyed;
  }

  write(bytes) {
    return this.#socket.write(bytes);
  }

  async drained() {
    if (!this.#socket.writableNeedDrain || this.closed) return;
    await new Promise((resolve) => {
      this.#socket.once("drain", resolve);
      this.#socket.once("close", resolve);
    });
  }

  // `headers` as pairs, so that one can be sent twice.
  writeHead(method, target, headers) {
    this.write(`${method} ${target} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
  }

  // A reply to HEAD ends with its head, and so does one that may have no content (RFC 9112 §6.3).
  async reply({ method } = {}) {
    const message = await this.#reader.head();
    if (message === null) throw new Error("the gate closed the connection without a reply");
    const status = Number(message.start.split(" ")[1]);
    const body = method === "HEAD" || status === 204 ? "" : await this.#reader.body(message.headers, { untilClose: true });
    return { status, headers: message.headers, body: body.toString(), header: (name) => headerOf(message.headers, name) };
  }

  end() {
    this.#socket.end();
  }

  close() {
    this.#socket.destroy();
  }

  // A plain close is not noticed by workerd while a request is under way; a reset is.
  reset() {
    this.#socket.resetAndDestroy();
  }
}

// One whole request and its reply. Headers given here come after the edge's own.
export async function send(port, { method = "POST", target, host = "hooks.example.com", headers = [], body, chunked = false, edge } = {}) {
  const connection = await openConnection(port);
  try {
    const bytes = body === undefined ? undefined : Buffer.from(body);
    const framing = bytes === undefined ? [] : chunked ? [["transfer-encoding", "chunked"]] : [["content-length", bytes.length]];
    connection.together(() => {
      connection.writeHead(method, target, [["host", host], ...edgeHeaders(edge), ...framing, ...pairs(headers)]);
      if (bytes !== undefined) connection.write(chunked ? chunks(bytes) : bytes);
    });
    return await connection.reply({ method });
  } finally {
    connection.close();
  }
}

export function pairs(headers) {
  return Array.isArray(headers) ? headers : Object.entries(headers);
}

function chunks(bytes) {
  const body = bytes.length ? [Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")] : [];
  return Buffer.concat([...body, Buffer.from("0\r\n\r\n")]);
}
