// Promise: "ok" means that the origin has accepted; whatever else the origin does has its own answer, and the retry is processed.
import assert from "node:assert/strict";
import { createHmac, timingSafeEqual } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { ORIGIN_SECRET, hook, startGate } from "./harness/gate.mjs";
import * as origin from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

let gate;
let elsewhere;
before(async () => {
  elsewhere = await origin.startOrigin();
  gate = await startGate({ hooks: [hook("main"), hook("hasty", { timeout: "1s" })] });
});
after(async () => {
  await gate?.stop();
  await elsewhere?.stop();
});
beforeEach(() => {
  gate.startCounting();
  gate.origin.reset();
  elsewhere.reset();
});

const BUSY = [503, "Unavailable"];
const FAILED = [502, "Delivery failed"];
const LATE = [504, "Delivery timed out"];
// Milliseconds: a hook that names no time gives its origin ten seconds.
const LESS_THAN_BY_DEFAULT = 9_000;

// What the origin does: [behaviour, reply, Retry-After, reason, origin_status].
const FAILURES = {
  "says 503 and when to come back": [origin.answer(503, { headers: { "retry-after": 17 } }), BUSY, 17, "origin-busy", 503],
  "says 429 and when to come back": [origin.answer(429, { headers: { "retry-after": 120 } }), BUSY, 120, "origin-busy", 429],
  "says 500": [origin.answer(500, { body: "<b>Fatal error</b>" }), FAILED, 60, "origin-error", 500],
  "says 502": [origin.answer(502), FAILED, 60, "origin-error", 502],
  "says 504": [origin.answer(504), FAILED, 60, "origin-error", 504],
  "says 404": [origin.connectorAnswer(404, "rest_no_route"), FAILED, 60, "origin-refused", 404],
  "says 401": [origin.connectorAnswer(401, "rest_forbidden"), FAILED, 60, "origin-refused", 401],
  "says 403": [origin.answer(403), FAILED, 60, "origin-refused", 403],
  "says 400 without a code": [origin.answer(400, { body: "no" }), FAILED, 60, "origin-refused", 400],
  "says 400 with another code": [origin.connectorAnswer(400, "rest_invalid_json"), FAILED, 60, "origin-refused", 400],
  "says 409 with another code": [origin.connectorAnswer(409, "rest_conflict", { "retry-after": 7 }), FAILED, 60, "origin-refused", 409],
  "says 200 as a parked domain does": [origin.answer(200, { body: "<!doctype html>" }), FAILED, 60, "origin-unrecognized", 200],
  "says 200 with another code": [origin.connectorAnswer(200, "success"), FAILED, 60, "origin-unrecognized", 200],
  "says 204": [origin.answer(204), FAILED, 60, "origin-unrecognized", 204],
  "says 200 without end": [origin.endless(), FAILED, 60, "origin-unrecognized", 200],
  "resets the connection": [origin.reset(), FAILED, 60, "origin-broken", null],
  "closes without an answer": [origin.closeWithoutAnswer(), FAILED, 60, "origin-broken", null],
  "answers with garbage": [origin.garbage(), FAILED, 60, "origin-broken", null],
  "truncates its answer": [origin.truncate(), FAILED, 60, "origin-broken", 200],
  "hangs": [origin.hang(), LATE, 60, "origin-timeout", null],
  "stalls after its headers": [origin.stallAfterHeaders(), LATE, 60, "origin-timeout", 200],
  "drips its answer": [origin.drip(50), LATE, 60, "origin-timeout", 200],
};

for (const [what, [behaviour, [status, message], retryAfter, reason, originStatus]] of Object.entries(FAILURES)) {
  test(`an origin that ${what} is a ${status}, and the retry is processed`, async () => {
    const body = JSON.stringify({ event: what });
    const id = status === 504 ? "hasty" : "main";
    gate.origin.plan(behaviour);
    const started = Date.now();
    const failed = await gate.deliver({ hook: id, body });
    assert.ok(Date.now() - started < LESS_THAN_BY_DEFAULT, "answered within the hook's time");
    assertReply(failed, status, message, { retryAfter });
    const entry = await failed.audit();
    assert.deepEqual([entry.outcome, entry.reason], ["failed", reason]);
    assert.ok(entry.origin_status === originStatus || entry.origin_status === null, `origin_status ${entry.origin_status}`);
    assert.equal(gate.replay.count("put"), 0);

    const retried = await gate.deliver({ hook: id, body });
    assertReply(retried, 200, "Success");
    assert.equal((await retried.audit()).outcome, "delivered");
    assert.equal(gate.origin.requests.length, 2);
  });
}

test("a busy origin that names no time is given one", async () => {
  gate.origin.plan(origin.answer(503));
  const reply = await gate.deliver();
  assertReply(reply, ...BUSY);
  assert.match(reply.header("retry-after"), /^[1-9][0-9]*$/);
});

test("a busy origin's Retry-After is passed on only as a number of seconds", async () => {
  for (const value of ["soon", "-1", "1e9", "17; injected", "9".repeat(40)]) {
    gate.origin.plan(origin.answer(503, { headers: { "retry-after": value } }));
    const reply = await gate.deliver();
    assertReply(reply, ...BUSY);
    assert.match(reply.header("retry-after"), /^[1-9][0-9]{0,6}$/);
    assert.notEqual(reply.header("retry-after"), value);
  }
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect with ${status} is not followed, and its target sees nothing`, async () => {
    const body = `{"event":"redirected with ${status}"}`;
    gate.origin.plan(origin.redirect(status, `${elsewhere.url}/elsewhere`));
    const reply = await gate.deliver({ body });
    assertReply(reply, ...FAILED, { retryAfter: 60 });
    const entry = await reply.audit();
    assert.deepEqual([entry.reason, entry.origin_status], ["origin-redirect", status]);
    assert.equal(reply.header("location"), undefined);
    assert.equal(elsewhere.requests.length, 0);
    assertReply(await gate.deliver({ body }), 200, "Success");
  });
}

test("objects the origin does not know are the sender's mistake", async () => {
  gate.origin.plan(origin.connectorAnswer(400, "hookgate_objects_not_found"));
  const reply = await gate.deliver();
  assertReply(reply, 400, "Objects not found");
  const entry = await reply.audit();
  assert.deepEqual([entry.outcome, entry.reason, entry.origin_status], ["rejected", "objects-not-found", 400]);
  assert.equal(gate.replay.count("put"), 0);
});

test("a delivery that the origin is still running is in progress, for as long as the origin says", async () => {
  const body = '{"event":"at once through two isolates"}';
  gate.origin.plan(origin.connectorAnswer(409, "hookgate_in_progress", { "retry-after": 7 }));
  const reply = await gate.deliver({ body });
  assertReply(reply, 409, "In progress", { retryAfter: 7 });
  const entry = await reply.audit();
  assert.deepEqual([entry.outcome, entry.reason, entry.origin_status], ["rejected", "in-progress", 409]);
  assert.equal(gate.replay.count("put"), 0);
  assertReply(await gate.deliver({ body }), 200, "Success");
});

test("any 2xx with the connector's code is accepted, and none of the origin's words reach the sender", async () => {
  for (const status of [200, 201, 202]) {
    gate.origin.plan(origin.connectorAnswer(status, "hookgate_accepted", { "x-powered-by": "the origin", "set-cookie": "a=b" }));
    const reply = await gate.deliver();
    assertReply(reply, 200, "Success");
    assert.equal((await reply.audit()).origin_status, status);
    assert.ok(!reply.headers.some(([name]) => ["x-powered-by", "set-cookie"].includes(name.toLowerCase())));
  }
});

test("an origin that is not there is a 502", async () => {
  const gone = await origin.startOrigin();
  await gone.stop();
  const lonely = await startGate({ variables: { ORIGIN: gone.url } });
  try {
    const reply = await lonely.deliver();
    assertReply(reply, ...FAILED, { retryAfter: 60 });
    assert.equal((await reply.audit()).reason, "origin-broken");
  } finally {
    await lonely.stop();
  }
});

test("the origin receives the thin payload, signed, and no header of the sender's", async () => {
  const body = '{"event":"paid","secret":"not for the origin"}';
  const reply = await gate.deliver({ body, query: "?token=nope", headers: { "x-sender": "nope", cookie: "nope", referer: "https://nope.example", "user-agent": "nope" } });
  assertReply(reply, 200, "Success");
  const [request] = await gate.origin.requests.atLeast(1);
  assert.deepEqual([request.method, request.target], ["POST", "/wp-json/hookgate/v1/deliveries"]);
  assert.equal(request.body, '{"hook":"main","objects":{},"fields":{"event":"paid"}}');
  assert.ok(!request.head.includes("nope"));
  const headers = Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));
  const expected = ["accept", "content-length", "content-type", "host", "user-agent", "webhook-id", "webhook-signature", "webhook-timestamp"];
  assert.deepEqual(Object.keys(headers).sort(), expected);
  assert.match(headers["user-agent"], /^hookgate\/\d/);
  assert.deepEqual([headers.accept, headers["content-type"]], ["application/json", "application/json"]);
  assert.match(headers["webhook-id"], /^[0-9a-f]{64}$/);
  assert.ok(Math.abs(Number(headers["webhook-timestamp"]) - Date.now() / 1000) < 10);
  const key = Buffer.from(ORIGIN_SECRET.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${request.body}`).digest();
  const [version, given] = headers["webhook-signature"].split(",");
  assert.equal(version, "v1");
  assert.ok(timingSafeEqual(Buffer.from(given, "base64"), mac));
  const entry = await reply.audit();
  assert.deepEqual([entry.bytes_in, entry.bytes_out], [body.length, request.body.length]);
  assert.equal(entry.reference, headers["webhook-id"].slice(0, 16));
});

test("an origin that wants an application password gets one, and a second origin its own secret", async () => {
  const secret = `whsec_${Buffer.from("the second origin's own secret").toString("base64")}`;
  const several = await startGate({
    hooks: [hook("main"), hook("shop", { origin: "shop" })],
    variables: { ORIGIN_USER: "gate", ORIGINS: { shop: { url: `${elsewhere.url}/blog`, secret: "SHOP_ORIGIN_SECRET" } } },
    secrets: { HMAC_SECRET: "hmac secret for tests", ORIGIN_SECRET, ORIGIN_PASSWORD: "abcd efgh ijkl mnop qrst uvwx", SHOP_ORIGIN_SECRET: secret },
  });
  try {
    assertReply(await several.deliver(), 200, "Success");
    const [first] = several.origin.requests.all;
    assert.match(first.head, /^authorization: Basic Z2F0ZTphYmNkIGVmZ2ggaWprbCBtbm9wIHFyc3QgdXZ3eA==\r$/im);
    assertReply(await several.deliver({ hook: "shop" }), 200, "Success");
    const [second] = elsewhere.requests.all;
    assert.equal(second.target, "/blog/wp-json/hookgate/v1/deliveries");
    assert.doesNotMatch(second.head, /^authorization:/im);
    const headers = Object.fromEntries(second.headers.map(([name, value]) => [name.toLowerCase(), value]));
    const key = Buffer.from(secret.slice("whsec_".length), "base64");
    const mac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${second.body}`).digest("base64");
    assert.equal(headers["webhook-signature"], `v1,${mac}`);
  } finally {
    await several.stop();
  }
});
