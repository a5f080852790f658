// Sends requests over a fixed number of connections, each as soon as the one before it is answered.
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

const HEAD_END = Buffer.from("\r\n\r\n");

export class Load {
  #port;
  #connections;
  #sockets = [];

  constructor(port, connections) {
    [this.#port, this.#connections] = [port, connections];
  }

  async open() {
    const opened = Array.from({ length: this.#connections }, () => new Promise((resolve, reject) => {
      const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
      socket.once("connect", () => resolve(socket)).once("error", reject);
    }));
    this.#sockets = await Promise.all(opened);
  }

  // Sends all, a repeat when what it repeats is answered; how often each status came, the milliseconds of each request, and of
  // all together.
  async send(requests) {
    const [statuses, times, replies] = [{}, [], []];
    let next = 0;
    const started = performance.now();
    await Promise.all(this.#sockets.map(async (socket) => {
      while (next < requests.length) {
        const index = next++;
        const { bytes, repeats } = requests[index];
        if (repeats !== undefined) await replies[repeats];
        const from = performance.now();
        const { status } = await (replies[index] = exchange(socket, bytes));
        times.push(performance.now() - from);
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    }));
    return { statuses, times, took: performance.now() - started };
  }

  close() {
    for (const socket of this.#sockets) socket.destroy();
  }
}

// One request and its reply.
export function exchange(socket, request) {
  return new Promise((resolve, reject) => {
    let bytes = null;
    const done = (act, value) => {
      socket.off("data", read).off("error", fail).off("close", fail);
      act(value);
    };
    const fail = (error) => done(reject, error instanceof Error ? error : new Error("the gate closed the connection"));
    const read = (chunk) => {
      bytes = bytes === null ? chunk : Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(HEAD_END);
      if (end < 0) return;
      const head = bytes.toString("latin1", 0, end);
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return;
      done(resolve, { status: Number(head.slice(9, 12)), head, body: bytes.toString("latin1", end + 4, end + 4 + length) });
    };
    socket.on("data", read).on("error", fail).on("close", fail);
    socket.write(request);
  });
}
