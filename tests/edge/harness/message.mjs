// HTTP/1.1 messages read off a raw socket, so that tests see the exact bytes instead of a library's idea of them.

export class MessageReader {
  #buffer = Buffer.alloc(0);
  #ended = false;
  #error = null;
  #wake = null;

  constructor(socket) {
    socket.on("data", (chunk) => {
      this.#buffer = Buffer.concat([this.#buffer, chunk]);
      this.#wake?.();
    });
    socket.on("end", () => this.#finish(null));
    socket.on("close", () => this.#finish(null));
    socket.on("error", (error) => this.#finish(error));
  }

  // { start: "POST /x HTTP/1.1", headers: [[name, value], …], head: Buffer }, or null when the peer closed between messages.
  async head() {
    let end;
    while ((end = this.#buffer.indexOf("\r\n\r\n")) < 0) {
      if (!(await this.#more())) {
        if (this.#buffer.length === 0 && !this.#error) return null;
        throw this.#error ?? new Error("the connection closed inside a message head");
      }
    }
    const head = this.#take(end + 4);
    const [start, ...lines] = head.toString("latin1").slice(0, -4).split("\r\n");
    const headers = lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]);
    return { start, headers, head };
  }

  // `untilClose` is how a response without any length ends; a request without one has no body.
  async body(headers, { untilClose = false } = {}) {
    if (/\bchunked\b/i.test(headerOf(headers, "transfer-encoding") ?? "")) return this.#chunked();
    const length = headerOf(headers, "content-length");
    if (length !== undefined) return this.#exactly(Number(length));
    if (!untilClose) return Buffer.alloc(0);
    while (await this.#more());
    return this.#take(this.#buffer.length);
  }

  async #chunked() {
    const parts = [];
    for (;;) {
      const size = parseInt((await this.#line()).split(";")[0], 16);
      if (size === 0) {
        while ((await this.#line()) !== "");
        return Buffer.concat(parts);
      }
      parts.push(await this.#exactly(size));
      await this.#exactly(2);
    }
  }

  async #line() {
    let end;
    while ((end = this.#buffer.indexOf("\r\n")) < 0) await this.#require();
    return this.#take(end + 2).toString("latin1").slice(0, -2);
  }

  async #exactly(length) {
    while (this.#buffer.length < length) await this.#require();
    return this.#take(length);
  }

  async #require() {
    if (!(await this.#more())) throw this.#error ?? new Error("the connection closed inside a message body");
  }

  // True when bytes arrived, false when none will come any more.
  async #more() {
    if (this.#ended) return false;
    const before = this.#buffer.length;
    await new Promise((resolve) => (this.#wake = resolve));
    return this.#buffer.length > before;
  }

  #take(length) {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  #finish(error) {
    this.#ended = true;
    this.#error ??= error;
    this.#wake?.();
  }
}

export function headerOf(headers, name) {
  return headers.find(([key]) => key.toLowerCase() === name)?.[1];
}
