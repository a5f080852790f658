// A stand-in for the WordPress connector: verifies the gate's signature, claims each delivery once, resolves a handful of known
// objects and answers as the connector does. It remembers what it received, so that a story can show what left the gate.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const ROUTE = "/wp-json/hookgate/v1/deliveries";
const TOLERANCE_SECONDS = 300;
const MAX_BODY = 1024 * 1024;

// What this site knows. WordPress would look these up in its tables.
const KNOWN = {
  post: [{ id: "999", slug: "hello-world" }],
  user: [{ id: "7", email: "adam@example.com", login: "adam" }, { id: "123", email: "eve@example.com", login: "eve" }],
  comment: [{ id: "31" }, { id: "32" }],
  order: [{ id: "1042", key: "wc_order_demo1042" }, { id: "1043", key: "wc_order_demo1043" }],
};

export async function startOrigin(secret) {
  const origin = { received: [] };
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const claims = new Map();
  const server = createServer(async (request, response) => {
    const { status, headers, ...answer } = await respond(request, key, claims, origin.received);
    response.writeHead(status, { "content-type": "application/json", ...headers });
    response.end(JSON.stringify({ ...answer, data: { status, ...answer.data } }));
  });
  await new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  origin.url = `http://127.0.0.1:${server.address().port}`;
  return origin;
}

async function respond(request, key, claims, received) {
  if (request.method !== "POST" || request.url !== ROUTE) return refusal(404, "rest_no_route", "No route was found");
  const body = await read(request);
  const id = request.headers["webhook-id"] ?? "";
  if (body === null || !verify(key, id, request.headers, body)) return refusal(401, "hookgate_unauthorized", "Authentication failed");
  // Claimed by id: a gate that had no answer may ask again, and must not start the workflow twice. The work is over at once, so
  // that nobody ever finds it in progress.
  if (claims.has(id)) return { ...claims.get(id), headers: { "idempotent-replayed": "true" } };
  received.push({ id, body: body.toString() });
  const given = answer(JSON.parse(body));
  // What was refused is not done: the claim is released.
  if (given.status === 200) claims.set(id, given);
  return given;
}

// A required object must be there; another one is absent for the workflow if it is not.
function answer({ objects, required = [] }) {
  const resolved = Object.entries(objects).map(([kind, identifiers]) => [kind, resolve(KNOWN[kind], identifiers)]);
  if (resolved.some(([kind, found]) => !found && required.includes(kind))) return refusal(400, "hookgate_objects_not_found", "Objects not found");
  const ids = resolved.filter(([, found]) => found).map(([kind, found]) => [kind, Number(found.id)]);
  return { status: 200, code: "hookgate_accepted", message: "Accepted", data: { objects: Object.fromEntries(ids) } };
}

// The identifiers come in the order in which they are to be tried.
function resolve(known, identifiers) {
  for (const [name, value] of Object.entries(identifiers)) {
    const found = known.find((object) => object[name] === value);
    if (found) return found;
  }
  return null;
}

// Standard Webhooks: one of the listed signatures must be that of `id.timestamp.body`, and the timestamp recent.
function verify(key, id, headers, body) {
  const timestamp = headers["webhook-timestamp"] ?? "";
  if (!/^[0-9a-f]{64}$/.test(id)) return false;
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest();
  const given = (headers["webhook-signature"] ?? "").split(" ").filter((part) => part.startsWith("v1,"));
  return given.map((part) => Buffer.from(part.slice(3), "base64")).some((mac) => mac.length === expected.length && timingSafeEqual(mac, expected));
}

async function read(request) {
  const parts = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > MAX_BODY) return null;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function refusal(status, code, message) {
  return { status, code, message };
}
