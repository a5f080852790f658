// Promise: large messages are hashed by WebCrypto and small ones by the Worker, and nobody can tell which of them it was.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { SECRETS, hmac, hook, startGate } from "./harness/gate.mjs";
import { headerOf } from "./harness/message.mjs";
import { assertReply } from "./harness/replies.mjs";

// From how many bytes on WebCrypto is asked.
const FROM = { sha1: 10_240, sha256: 4_096, sha512: 17_408 };
const KEYS = [4, 20, 64, 65, 128, 129, 200];
const SEED = 20_261_121;
// More than there is room for before a body.
const LONG = "long".repeat(150);

// xorshift32: the same numbers in each run.
function numbers(seed) {
  let state = seed;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  const below = (limit) => next() % limit;
  return { below, bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))) };
}

const random = numbers(SEED);
const secrets = { ...SECRETS };
const keys = {};
// One hook for each hash and each length of a key; the sender's second secret is the one before a rotation.
const hooks = Object.keys(FROM).flatMap((hash) => KEYS.map((length, index) => {
  const id = `${hash}-${length}`;
  keys[id] = [random.bytes(length), random.bytes(length)];
  const names = keys[id].map((key, number) => `${hash}_${length}_${number}`.toUpperCase());
  names.forEach((name, number) => (secrets[name] = `whsec_${keys[id][number].toString("base64")}`));
  const timed = { content: "{id}.{timestamp}.{body}", id: { header: "X-Id" }, timestamp: { header: "X-Time", unit: "s" } };
  const content = [{}, timed, { content: `${LONG}{body}` }, { content: `{body}${LONG}` }][index % 4];
  const mechanism = { scheme: "hmac", hash, key: "whsec", header: "X-Signature", secrets: names, ...content };
  return hook(id, { auth: [mechanism], max_body: "512KiB" });
}));

let natively;
let inWasm;
before(async () => {
  [natively, inWasm] = await Promise.all([1, 2].map(() => startGate({ hooks: [...hooks, hook("main")], secrets, control: true })));
  await inWasm.control("webCrypto", { faults: { sign: "throw", digest: "throw" } });
});
beforeEach(() => Promise.all([natively, inWasm].map((gate) => gate.control("asked"))));
after(() => Promise.all([natively?.stop(), inWasm?.stop()]));

// JSON of a length.
const padded = (length, pad = "x".repeat(length)) => `{"event":"e","pad":"${pad.slice(0, length - 22)}"}`;

// The same with arbitrary text in it, or bytes that are no JSON.
function bodyOf(length) {
  const bytes = random.bytes(length);
  return length < 22 || random.below(4) === 0 ? bytes : Buffer.from(padded(length, bytes.toString("base64")));
}

// A delivery that is signed with the key of this number, or with none of them; then the signature is of another key.
function signed(id, body, number) {
  const hash = id.split("-")[0];
  const { content = "{body}", timestamp } = hooks.find((hook) => hook.id === id).auth[0];
  const [own, time] = [`msg-${body.length}`, String(Math.floor(Date.now() / 1000))];
  const key = keys[id][number] ?? random.bytes(20);
  const [before, after] = content.replace("{id}", own).replace("{timestamp}", time).split("{body}");
  const headers = { "x-signature": createHmac(hash, key).update(before).update(body).update(after).digest("hex") };
  if (timestamp) Object.assign(headers, { "x-id": own, "x-time": time });
  return { size: before.length + body.length + after.length, named: timestamp !== undefined, request: { hook: id, body, signed: false, headers } };
}

const seen = ({ status, body, header }) => ({ status, body, reference: header("hookgate-reference") });

test("a body of any length, with a key of any length, comes to the same in WebCrypto and in wasm", async () => {
  const statuses = new Map();
  for (const { id } of hooks) {
    const from = FROM[id.split("-")[0]];
    const around = Object.values(FROM).flatMap((from) => [from - random.below(60), from - 1, from]);
    for (const length of [0, 1 + random.below(60), ...around, 20_000 + random.below(280_000)]) {
      const number = random.below(4);
      const { size, named, request } = signed(id, bodyOf(length), number);
      const [reply, other] = await Promise.all([natively.deliver(request), inWasm.deliver(request)]);
      assert.deepEqual(seen(other), seen(reply), `${id}, ${length} bytes, key ${number}`);
      assert.equal(reply.status === 401, number > 1, `${id}, ${length} bytes, key ${number}: ${reply.body}`);
      assert.equal(reply.header("hookgate-reference") !== undefined, number < 2 && (length > 0 || named), reply.body);
      statuses.set(reply.status, (statuses.get(reply.status) ?? 0) + 1);
      // Each of the two secrets is tried, whichever is right.
      const { sign } = await natively.control("asked");
      assert.deepEqual(sign, size >= from ? [size, size] : [], `${id}, ${length} bytes`);
    }
  }
  for (const status of [200, 400, 401]) assert.ok(statuses.get(status) >= 10, `few replies of ${status}, seed ${SEED}`);
});

test("what has left for the origin is the same", () => {
  const sent = (gate) => gate.origin.requests.all.map((request) => [request.body.toString(), headerOf(request.headers, "webhook-id")]);
  assert.ok(sent(natively).length >= 10);
  for (const [, id] of sent(natively)) assert.match(id, /^[0-9a-f]{64}$/);
  assert.deepEqual(sent(inWasm), sent(natively));
});

test("a small body asks WebCrypto nothing, and a large one imports a key once", async () => {
  assertReply(await natively.deliver({ body: padded(4_000) }), 200, "Success");
  assert.deepEqual(await natively.control("asked"), { importKey: [], sign: [], digest: [], verify: [] });

  const sizes = [4_096, 5_000, 100_000];
  for (const size of sizes) assertReply(await natively.deliver({ body: padded(size) }), 200, "Success");
  const { importKey, sign, digest } = await natively.control("asked");
  assert.deepEqual([importKey, sign], [[SECRETS.HMAC_SECRET.length], sizes]);
  assert.deepEqual(digest.map((size, index) => size - sizes[index]), Array(3).fill(3 * 8 + "main".length + "body".length));
});

test("where WebCrypto refuses to import, to sign or to hash, the Worker does it", async () => {
  const gate = await startGate({ control: true });
  try {
    // Each of three deliveries is signed; the two that are right have an idempotency key.
    for (const [index, [method, times]] of [["importKey", 3], ["sign", 3], ["digest", 2]].entries()) {
      await gate.control("webCrypto", { faults: { [method]: "throw" } });
      const body = padded(50_000 + index);
      assertReply(await gate.deliver({ body }), 200, "Success");
      assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
      assertReply(await gate.deliver({ body: `${body} `, signed: false, headers: gate.signed(body) }), 401, "Authentication failed");
      assert.equal((await gate.control("asked"))[method].length, times, method);
    }
  } finally {
    await gate.stop();
  }
});

test("what WebCrypto says of a large body counts, and of a small one it is not asked", async () => {
  const gate = await startGate({ control: true });
  try {
    await gate.control("webCrypto", { faults: { sign: "lie" } });
    assertReply(await gate.deliver({ body: padded(4_095) }), 200, "Success");
    assertReply(await gate.deliver({ body: padded(4_096) }), 401, "Authentication failed");
  } finally {
    await gate.stop();
  }
});

test("a secret that is revoked without a new isolate signs nothing more, whoever hashes", async () => {
  const gate = await startGate({ control: true });
  const deliver = (size, secret) => {
    const body = padded(size);
    return gate.deliver({ body, signed: false, headers: { "x-hub-signature-256": `sha256=${hmac("sha256", secret, body)}` } });
  };
  try {
    assertReply(await deliver(50_000, SECRETS.HMAC_SECRET), 200, "Success");
    const successor = "the successor of the hmac secret";
    await gate.control("environment", { variables: { HMAC_SECRET: successor } });
    for (const size of [1_000, 50_001]) {
      assertReply(await deliver(size, SECRETS.HMAC_SECRET), 401, "Authentication failed");
      assertReply(await deliver(size, successor), 200, "Success");
    }
    assert.deepEqual((await gate.control("asked")).importKey, [SECRETS.HMAC_SECRET.length, successor.length]);
  } finally {
    await gate.stop();
  }
});
