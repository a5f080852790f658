// Deliveries as complete HTTP/1.1 requests, each with an id, a body and a signature of its own, made before any clock starts.
import { createHmac, randomBytes } from "node:crypto";
import { dice } from "../tests/chaos/dice.mjs";
import { order } from "./order.mjs";

export const SECRETS = {
  BENCH_SECRET: `whsec_${Buffer.from("a sender's secret for the bench").toString("base64")}`,
  ORIGIN_SECRET: `whsec_${Buffer.from("an origin's secret for the bench").toString("base64")}`,
};

// Deliveries that are new, each of them twice, or with a bit of the signature turned over.
export const MIXES = ["valid", "repeats", "wrong"];

// So many deliveries lie between one and its repeat, which is more than are under way at once.
const DISTANCE = 40;

// `count` requests of `size` bytes of body, and what a gate must do with them.
export function deliveries(mix, size, count) {
  const unique = mix === "repeats" ? Math.floor(count / 2) : count;
  const throws = dice("bench", mix, size, randomBytes(8).toString("hex"));
  const made = Array.from({ length: unique }, () => delivery(throws, size, mix === "wrong"));
  const requests = mix === "repeats" ? repeated(made) : made.map(({ bytes }) => ({ bytes }));
  const forwards = mix === "wrong" ? 0 : unique;
  const statuses = { [mix === "wrong" ? 401 : 200]: requests.length };
  const bytes = mix === "wrong" ? 0 : made.reduce((sum, { thin }) => sum + thin, 0);
  return { requests, expected: { statuses, forwards, bytes, gets: mix === "wrong" ? 0 : requests.length, puts: forwards } };
}

function delivery(throws, size, isWrong) {
  const number = throws.between(100_000, 999_999_999);
  const { json, kept } = order(number, size, throws);
  const body = Buffer.from(json);
  const id = `msg_${randomBytes(12).toString("hex")}`;
  const time = Math.floor(Date.now() / 1000);
  const code = createHmac("sha256", Buffer.from(SECRETS.BENCH_SECRET.slice("whsec_".length), "base64")).update(`${id}.${time}.`).update(body).digest();
  if (isWrong) code[throws.between(0, 31)] ^= 1 << throws.between(0, 7);
  const head = [
    "POST /wa-hook/bench HTTP/1.1",
    "host: hooks.example.com",
    // What Cloudflare's edge says of a request.
    `cf-ray: ${randomBytes(8).toString("hex")}-AMS`,
    "x-forwarded-proto: https",
    `x-cf-blob: {"tlsVersion":"TLSv1.3"}`,
    "user-agent: Standard-Webhooks/1.0",
    "accept: */*",
    "content-type: application/json",
    `content-length: ${body.length}`,
    `webhook-id: ${id}`,
    `webhook-timestamp: ${time}`,
    `webhook-signature: v1,${code.toString("base64")}`,
  ];
  const payload = { hook: "bench", objects: { order: { id: String(number) } }, required: ["order"], fields: kept };
  return { bytes: Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), body]), thin: JSON.stringify(payload).length };
}

// Each twice; the second says which the first is.
function repeated(made) {
  const requests = [];
  const firsts = [];
  for (let index = 0; index < made.length + DISTANCE; index++) {
    if (index < made.length) firsts[index] = requests.push({ bytes: made[index].bytes }) - 1;
    if (index >= DISTANCE && index - DISTANCE < made.length) requests.push({ bytes: made[index - DISTANCE].bytes, repeats: firsts[index - DISTANCE] });
  }
  return requests;
}
