// Promise: what the gate says it holds arrives, once and in order, whatever dies meanwhile; or waits, listed, for an operator.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, beforeEach, test } from "node:test";
import { ADMIN_TOKEN, SECRETS, hook, startGate } from "./harness/gate.mjs";
import { answer, closeWithoutAnswer, hang, hold, reset, startOrigin, truncate } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

const SECOND = 1000;
const HOUR = 3_600_000;
const LEASE = 11 * SECOND;

const ROUTE = { kind: "rest", site: "shop", route: "/wp-json/x/v1/events" };
const HOOKS = ["kv", "strict"].flatMap((replay) => [
  hook(replay, { replay, on_failure: "keep", timeout: "1s" }),
  hook(`${replay}-route`, { replay, on_failure: "keep", timeout: "1s", origin: ROUTE }),
]);

// A gate of its own for each test, so that nothing else is held.
let origin;
let gate;
beforeEach(async () => {
  origin = await startOrigin();
  const ORIGINS = { shop: { url: origin.url, user: "gate", password: "SITE_PASSWORD" } };
  gate = await startGate({ hooks: HOOKS, variables: { ORIGINS }, secrets: { ...SECRETS, SITE_PASSWORD: "abcd efgh ijkl mnop qrst uvwx" }, adminToken: ADMIN_TOKEN, origin, control: true });
});
afterEach(async () => {
  await gate?.stop();
  await origin?.stop();
});

const body = (event) => JSON.stringify({ event });
const events = () => origin.requests.all.map((request) => (JSON.parse(request.body).fields ?? JSON.parse(request.body)).event);
const webhookIds = () => new Set(origin.requests.all.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === "webhook-id")[1]));
const released = (reference) => gate.lines.find((line) => line.includes('"reason":"released"') && line.includes(reference));

async function assertHeld(delivery, reason) {
  const reply = await gate.deliver(delivery);
  assertReply(reply, 202, "Held");
  const entry = await reply.audit();
  assert.deepEqual([entry.outcome, entry.reason], ["held", reason]);
  return reply;
}

// Just before the first of the held deliveries is due; the alarm is by the real clock from here.
async function forwardUntilDue(id, before = 0) {
  const [{ until }] = await gate.held(id);
  const left = until - (Date.now() + gate.ahead) - before;
  if (left > 0) await gate.forward(left);
}

async function delivered(id) {
  await gate.heldUntil((held) => held.length === 0, id);
}

for (const id of ["kv", "strict"]) {
  test(`${id}: what a busy origin refused is held, waits as long as the origin asked, and is delivered once`, async () => {
    origin.plan(answer(503, { headers: { "retry-after": "120" } }));
    const before = Date.now();
    const reply = await assertHeld({ hook: id, body: body("busy") }, "origin-busy");
    const [held] = await gate.held(id);
    assert.deepEqual([held.state, held.attempts], ["waiting", 1]);
    assert.ok(held.until >= before + 120 * SECOND);
    assertReply(await gate.deliver({ hook: id, body: body("busy") }), 202, "Held");
    await gate.forward(60 * SECOND);
    assertReply(await gate.deliver({ hook: id, body: body("busy") }), 202, "Held");
    assert.equal(origin.requests.length, 1);
    await forwardUntilDue(id);
    await origin.requests.atLeast(2);
    const entry = JSON.parse(await released(reply.header("hookgate-reference")));
    assert.deepEqual([entry.hook, entry.outcome], [id, "delivered"]);
    await delivered(id);
    assertReply(await gate.deliver({ hook: id, body: body("busy") }), 200, "Duplicate delivery", { first: "delivered" });
    await gate.forward(24 * HOUR);
    assert.deepEqual(events(), ["busy", "busy"]);
    assert.equal(webhookIds().size, 1);
  });

  for (const [name, failure, reason] of [
    ["500", answer(500), "origin-error"],
    ["silence", hang(), "origin-timeout"],
    ["a reset", reset(), "origin-broken"],
    ["a close", closeWithoutAnswer(), "origin-broken"],
    ["a truncated answer", truncate(), "origin-broken"],
    ["200 of something else", answer(200, { body: "<html>" }), "origin-unrecognized"],
  ]) {
    test(`${id}: after ${name} a delivery is held and sent again under its webhook-id`, async () => {
      origin.plan(failure);
      await assertHeld({ hook: id, body: body(name) }, reason);
      await gate.forward(HOUR);
      await origin.requests.atLeast(2);
      await delivered(id);
      assert.deepEqual(events(), [name, name]);
      assert.equal(webhookIds().size, 1);
    });

    test(`${id}: after ${name} of an origin without keys a delivery waits for an operator`, async () => {
      origin.plan(failure);
      await assertHeld({ hook: `${id}-route`, body: body(name) }, reason);
      for (let day = 0; day < 4; day++) await gate.forward(24 * HOUR);
      const [{ state }, ...others] = await gate.held(`${id}-route`);
      assert.deepEqual([state, others], ["uncertain", []]);
      assert.deepEqual(events(), [name]);
    });
  }

  test(`${id}: held deliveries outlive a kill, and leave though nobody calls`, async () => {
    origin.plan(...Array(3).fill(answer(503, { headers: { "retry-after": "60" } })));
    for (const event of ["a", "b", "c"]) await assertHeld({ hook: id, body: body(event) }, "origin-busy");
    // Due only after the restart, so that nothing but the alarm can wake the object.
    await forwardUntilDue(id, 300);
    await gate.kill();
    assert.equal(origin.requests.length, 3);
    origin.requests.clear();
    await gate.start();
    await origin.requests.atLeast(1);
    await gate.forward(HOUR);
    await delivered(id);
    assert.deepEqual(events().sort(), ["a", "b", "c"]);
    for (const event of ["a", "b", "c"]) assertReply(await gate.deliver({ hook: id, body: body(event) }), 200, "Duplicate delivery", { first: "delivered" });
  });

  test(`${id}: what a stop held is released in order of arrival, also across a kill`, async () => {
    const stopped = await gate.admin("POST", "stop", { hook: id, mode: "hold", because: "doubled orders", by: "tests" });
    assert.equal(stopped.json.done, true);
    const names = Array.from({ length: 12 }, (_, n) => `${n}`);
    for (const event of names) await assertHeld({ hook: id, body: body(event) }, "stopped");
    await gate.kill();
    await gate.start();
    await assertHeld({ hook: id, body: body("after the kill") }, "stopped");
    assert.equal(origin.requests.length, 0);
    assert.equal((await gate.admin("POST", "resume", { hook: id, by: "tests" })).json.done, true);
    await origin.requests.atLeast(1);
    await delivered(id);
    assert.deepEqual(events(), [...names, "after the kill"]);
  });

  test(`${id}: killed while a released delivery is on its way, the gate releases it again, and the others after it`, async () => {
    await gate.admin("POST", "stop", { hook: id, mode: "hold", because: "tests" });
    for (const event of ["first", "second", "third"]) await assertHeld({ hook: id, body: body(event) }, "stopped");
    origin.plan(hold());
    await gate.admin("POST", "resume", { hook: id });
    await origin.requests.atLeast(1);
    await gate.kill();
    await gate.start();
    assert.deepEqual((await gate.held(id)).map(({ state }) => state), ["in-flight", "waiting", "waiting"]);
    assertReply(await gate.deliver({ hook: id, body: body("first") }), 202, "Held");
    await gate.forward(LEASE + 10 * SECOND);
    await gate.forward(HOUR);
    await delivered(id);
    assert.deepEqual(events(), ["first", "first", "second", "third"]);
    assert.equal(webhookIds().size, 3);
  });

  test(`${id}: killed while a released delivery is on its way to an origin without keys, the gate sends it never again`, async () => {
    const route = `${id}-route`;
    await gate.admin("POST", "stop", { hook: route, mode: "hold", because: "tests" });
    for (const event of ["first", "second", "third"]) await assertHeld({ hook: route, body: body(event) }, "stopped");
    origin.behaviour = answer(204);
    origin.plan(hold());
    await gate.admin("POST", "resume", { hook: route });
    await origin.requests.atLeast(1);
    await gate.kill();
    await gate.start();
    await gate.forward(LEASE + 10 * SECOND);
    await origin.requests.atLeast(3);
    const [{ state }, ...others] = await gate.heldUntil((held) => held.length === 1, route);
    assert.deepEqual([state, others], ["uncertain", []]);
    await gate.forward(24 * HOUR);
    assert.deepEqual(events(), ["first", "second", "third"]);
  });
}

test("a switch set in KV alone holds, and what it held leaves in order soon after it is gone", async () => {
  for (const id of ["kv", "strict"]) gate.switches.put(`stop:${id}`, JSON.stringify({ mode: "hold", reason: "set in the dashboard" }));
  for (const event of ["first", "second"]) for (const id of ["kv", "strict"]) await assertHeld({ hook: id, body: body(`${id} ${event}`) }, "stopped");
  await gate.forward(HOUR);
  for (const id of ["kv", "strict"]) gate.switches.delete(`stop:${id}`);
  assert.equal(origin.requests.length, 0);
  await gate.forward(HOUR);
  for (const id of ["kv", "strict"]) {
    await delivered(id);
    assert.deepEqual(events().filter((event) => event.startsWith(id)), [`${id} first`, `${id} second`]);
  }
});

test("a kv hook whose failure the ledger does not take tells its sender of the failure", async () => {
  await gate.control("fault", { how: "fails", calls: ["keep"] });
  origin.plan(answer(500), answer(503, { headers: { "retry-after": "7" } }));
  assertReply(await gate.deliver({ hook: "kv", body: body("not kept") }), 502, "Delivery failed");
  assertReply(await gate.deliver({ hook: "kv", body: body("not kept") }), 503, "Unavailable", { retryAfter: 7 });
  await gate.control("fault", { how: null, calls: [] });
  assertReply(await gate.deliver({ hook: "kv", body: body("not kept") }), 200, "Success");
});

test("a delivery that fails for three days is given up, listed, and goes again when an operator says so", async () => {
  origin.behaviour = answer(500);
  await assertHeld({ hook: "strict", body: body("given up") }, "origin-error");
  for (let day = 0; day < 5; day++) {
    const before = origin.requests.length;
    await gate.forward(24 * HOUR);
    if (day >= 3) continue;
    await origin.requests.atLeast(before + 1);
    // The clock moves on only when the object knows how that attempt has ended.
    await gate.heldUntil(([{ attempts }]) => attempts === origin.requests.length, "strict");
  }
  const [{ state, attempts }] = await gate.heldUntil(([{ state }]) => state === "given-up", "strict");
  assert.deepEqual([state, attempts], ["given-up", origin.requests.length]);
  origin.reset();
  assert.equal((await gate.admin("POST", "release", { all: true, hook: "strict" })).json.done, true);
  await delivered("strict");
  assert.deepEqual(events(), ["given up"]);
});

test("five failures in a row open the circuit: the origin is left alone, and then asked by one delivery at a time", async () => {
  origin.behaviour = answer(500);
  for (let failure = 0; failure < 5; failure++) await assertHeld({ hook: "strict", body: body(`failure ${failure}`) }, "origin-error");
  // The first probe waits a random time, up to ten seconds.
  const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => gate.deliver({ hook: "strict", body: body(`later ${n}`) })));
  for (const reply of replies) assertReply(reply, 202, "Held");
  assert.ok(events().filter((event) => event.startsWith("later")).length <= 1);
  origin.reset();
  await gate.forward(HOUR);
  await delivered("strict");
  assert.equal(events().length, 25);
  assert.equal(new Set(events()).size, 25);
});

// Allowlisted values may be on disk; they show that the search would find what is there.
test("only thin payloads are on disk", async () => {
  const canary = "cAnArY5eedFee1Dead";
  const delivery = (event) => ({ body: JSON.stringify({ event, [canary]: canary, customer: { email: `${canary}@example.com` } }), headers: { "x-note": canary, cookie: canary }, query: `?note=${canary}` });
  for (const { id } of HOOKS) {
    await gate.admin("POST", "stop", { hook: id, mode: "hold", because: "canary", by: "tests" });
    await assertHeld({ hook: id, ...delivery(`allowed-${id}-stopped`) }, "stopped");
    await gate.admin("POST", "resume", { hook: id });
    await delivered(id);
    origin.plan(hang());
    await assertHeld({ hook: id, ...delivery(`allowed-${id}-silence`) }, "origin-timeout");
  }
  await gate.kill();
  const files = readdirSync(gate.ledger, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const disk = Buffer.concat(files.map((file) => readFileSync(join(file.parentPath ?? file.path, file.name)))).toString("latin1");
  for (const { id } of HOOKS) assert.ok(disk.includes(`allowed-${id}-silence`), id);
  for (const shape of [canary, Buffer.from(canary).toString("hex"), SECRETS.HMAC_SECRET, ADMIN_TOKEN]) assert.ok(!disk.includes(shape), shape);
});
