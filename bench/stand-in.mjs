// A server on a raw socket, for what stands around a gate: as little work as it can do, for it shares a core with the load.
// It runs in a process of its own, and its counts are asked for and forgotten by messages from its parent.
import { createServer } from "node:net";

const HEAD_END = Buffer.from("\r\n\r\n");

// `answer({ method, target, body })` gives the whole response as a text.
export function listen(answer) {
  return new Promise((resolve) => {
    const server = createServer({ noDelay: true }, (socket) => serve(socket, answer));
    server.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
}

export function serveCounts(ports, counts, reset) {
  process.on("message", (command) => {
    if (command === "reset") reset();
    process.send({ counts: { ...counts } });
  });
  process.on("disconnect", () => process.exit());
  process.send({ ports });
}

export function response(status, body = "", headers = "") {
  return `HTTP/1.1 ${status}\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
}

function serve(socket, answer) {
  let rest = null;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    let bytes = rest === null ? chunk : Buffer.concat([rest, chunk]);
    for (let message; bytes.length > 0 && (message = read(bytes)) !== null; bytes = bytes.subarray(message.length)) socket.write(answer(message), "latin1");
    rest = bytes.length > 0 ? bytes : null;
  });
}

// The first message in `bytes`, or null if it is not there as a whole.
function read(bytes) {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = bytes.toString("latin1", 0, end);
  if (/\r\ntransfer-encoding:/i.test(head)) throw new Error(`this stand-in reads no chunks:\n${head}`);
  const declared = /\r\ncontent-length: *(\d+)/i.exec(head);
  const length = end + 4 + (declared ? Number(declared[1]) : 0);
  if (bytes.length < length) return null;
  const [method, target] = head.split(" ", 2);
  return { method, target, head, body: bytes.toString("latin1", end + 4, length), length };
}
