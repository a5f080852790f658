// The WordPress site as a raw socket server: it records what reaches it and behaves, per request, as badly as a test asks.
import { createServer } from "node:net";
import { MessageReader } from "./message.mjs";
import { Queue } from "./queue.mjs";

export async function startOrigin() {
  const origin = new Origin();
  await origin.listen();
  return origin;
}

class Origin {
  requests = new Queue("a request at the origin");
  behaviour = accept();
  #planned = [];
  #sockets = new Set();
  #server = createServer((socket) => this.#serve(socket));

  async listen() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.port = this.#server.address().port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  // Behaviours for the next requests, in order; after them `behaviour` applies again.
  plan(...behaviours) {
    this.#planned.push(...behaviours);
  }

  reset() {
    this.requests.clear();
    this.#planned.length = 0;
    this.behaviour = accept();
  }

  async stop() {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(socket) {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    const reader = new MessageReader(socket);
    try {
      for (let message; (message = await reader.head()) !== null; ) {
        const body = await reader.body(message.headers);
        const [method, target] = message.start.split(" ");
        const request = { method, target, headers: message.headers, head: message.head.toString("latin1"), body: body.toString() };
        this.requests.push(request);
        await (this.#planned.shift() ?? this.behaviour)(socket, request);
      }
    } catch {
      socket.destroy();
    }
  }
}

export function answer(status, { headers = {}, body = "" } = {}) {
  return (socket) => void socket.write(`${head(status, { "content-length": Buffer.byteLength(body), ...headers })}${body}`);
}

// What the connector answers: a JSON object with its own code.
export function connectorAnswer(status, code, headers = {}) {
  const body = JSON.stringify({ code, message: "made for a test", data: { status } });
  return answer(status, { headers: { "content-type": "application/json", ...headers }, body });
}

// What the connector says when the workflow has run.
export function accept() {
  return connectorAnswer(200, "hookgate_accepted");
}

export function hang() {
  return () => {};
}

export function reset() {
  return (socket) => void socket.resetAndDestroy();
}

export function closeWithoutAnswer() {
  return (socket) => void socket.end();
}

export function truncate() {
  return (socket) => void socket.end(`${head(200, { "content-length": 500 })}{"code":`);
}

export function stallAfterHeaders() {
  return (socket) => void socket.write(head(200, { "content-length": 500 }));
}

// One byte of the answer at a time, never to its end.
export function drip(milliseconds) {
  return (socket) => {
    socket.write(head(200, { "content-length": 100000 }));
    const timer = setInterval(() => socket.write(" "), milliseconds);
    socket.on("close", () => clearInterval(timer));
  };
}

export function endless() {
  return (socket) => {
    socket.write(head(200, { "transfer-encoding": "chunked" }));
    const chunk = `4000\r\n${" ".repeat(0x4000)}\r\n`;
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    };
    socket.on("drain", pump);
    pump();
  };
}

export function garbage() {
  return (socket) => void socket.end("this is not HTTP\r\n\r\n");
}

export function redirect(status, location) {
  return answer(status, { headers: { location } });
}

// Holds the answer back until `release()`; `arrived` resolves when the request is there.
export function hold(behaviour = accept()) {
  let release;
  const released = new Promise((resolve) => (release = resolve));
  const held = async (socket) => {
    await released;
    return behaviour(socket);
  };
  return Object.assign(held, { release });
}

function head(status, headers) {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Made for a test\r\n${lines.join("")}\r\n`;
}
