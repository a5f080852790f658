// Recorded deliveries: fixtures/<group>/<name>/request.http, sent again byte for byte.
import { readFileSync } from "node:fs";
import { request } from "node:http";

export function readRecording(name) {
  const bytes = readFileSync(new URL(`../fixtures/${name}/request.http`, import.meta.url));
  const end = bytes.indexOf("\r\n\r\n");
  const [start, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const [method, target] = start.split(" ");
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()]));
  return { method, target, headers, body: bytes.subarray(end + 4) };
}

// The host is the one thing that changes: the gate takes plain http on a loopback host only.
export function send(gate, { method, target, headers, body }) {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: gate.hostname, port: gate.port, method, path: target, headers: { ...headers, Host: gate.host }, agent: false, timeout: 30_000 }, (reply) => {
      const parts = [];
      reply.on("data", (part) => parts.push(part));
      reply.on("error", reject);
      reply.on("end", () => resolve({ status: reply.statusCode, body: Buffer.concat(parts).toString() }));
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the gate did not answer within 30 s")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
