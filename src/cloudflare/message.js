// Requests and replies, as wasm writes them and as the platform has them.
import { SMALL, read } from "./stream.js";

// A message as wasm writes it: the URL, lines of headers, an empty line, the body.
export function parts(message) {
  const [start, end] = [message.indexOf("\n"), message.indexOf("\n\n")];
  return [message.slice(0, start), message.slice(start + 1, end), message.slice(end + 2)];
}

export function recordOf(block) {
  const record = {};
  for (const line of block.split("\n")) {
    const colon = line.indexOf(": ");
    record[line.slice(0, colon)] = line.slice(colon + 2);
  }
  return record;
}

// A reply; the reference is the one header that differs from delivery to delivery.
export function responseOf(status, message, reference) {
  const [, block, body] = parts(message);
  let headers = headersOf(block);
  if (reference !== undefined) {
    headers = new Headers(headers);
    headers.set("hookgate-reference", reference);
  }
  // An empty text would still be a body: it would be given a media type, and a 204 may have none.
  return new Response(body === "" ? null : body, { status, headers });
}

// Headers of replies, of which there are few: made once, for that costs more than all else of a reply.
const known = new Map();
const MOST_KNOWN = 64;

function headersOf(block) {
  const found = known.get(block);
  if (found !== undefined) return found;
  const headers = new Headers(recordOf(block));
  // Such as one for each second that a stop still has.
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(block, headers);
  return headers;
}

// The promise of the whole body of a request or response, in a buffer or as a part of one; the reader of a long body stays with
// the operation.
export function receive(operation, message, cap) {
  const { headers } = message;
  // The runtime sees to it that no more comes than was declared; what is encoded may become longer.
  const expected = headers.has("content-encoding") ? Infinity : Number(headers.get("content-length") ?? Infinity);
  // Without a look at the stream, which would make one.
  if (expected <= Math.min(cap, SMALL)) return message.arrayBuffer();
  if (message.body === null) return Promise.resolve(new ArrayBuffer(0));
  operation.reader = message.body.getReader({ mode: "byob" });
  return read(operation.reader, cap, expected);
}
