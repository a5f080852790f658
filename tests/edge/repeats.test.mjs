// Promise: a success is never repeated, and a failure is never remembered as one.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { hook, startGate } from "./harness/gate.mjs";
import { startKv, startKvLocation } from "./harness/kv.mjs";
import { answer, hold } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

let gate;
before(async () => void (gate = await startGate()));
after(() => gate?.stop());
beforeEach(() => {
  gate.startCounting();
  gate.origin.reset();
});

test("200 repeats of one delivery reach the origin once", async () => {
  const body = '{"event":"two hundred"}';
  assertReply(await gate.deliver({ body }), 200, "Success");
  for (let repeat = 1; repeat < 200; repeat++) {
    assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  }
  assert.equal(gate.origin.requests.length, 1);
  assert.equal(gate.replay.count("put"), 1);
});

for (const failures of [1, 3]) {
  test(`with an origin that fails ${failures} times first, 200 repeats reach it exactly ${failures + 1} times`, async () => {
    const body = `{"event":"fails ${failures} times"}`;
    gate.origin.plan(...Array(failures).fill(answer(500)));
    for (let attempt = 0; attempt < 200; attempt++) {
      const reply = await gate.deliver({ body });
      if (attempt < failures) assertReply(reply, 502, "Delivery failed", { retryAfter: 60 });
      else if (attempt === failures) assertReply(reply, 200, "Success");
      else assertReply(reply, 200, "Duplicate delivery", { first: "delivered" });
    }
    assert.equal(gate.origin.requests.length, failures + 1);
    assert.equal(gate.replay.count("put"), 1);
  });
}

test("a repeat on the heels of its delivery is a duplicate while KV is still writing", async () => {
  gate.replay.delay = 25;
  try {
    for (let round = 0; round < 25; round++) {
      const body = `{"event":"on the heels ${round}"}`;
      assertReply(await gate.deliver({ body }), 200, "Success");
      assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
    }
    assert.equal(gate.origin.requests.length, 25);
  } finally {
    gate.replay.delay = 0;
  }
});

test("a delivery settled by one isolate is a duplicate for the next", async () => {
  const body = '{"event":"settled"}';
  assertReply(await gate.deliver({ body }), 200, "Success");
  await gate.replay.operations.find((operation) => operation.kind === "put");
  const other = await startGate({ kv: gate, origin: gate.origin });
  try {
    assertReply(await other.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
    assert.equal(gate.origin.requests.length, 1);
  } finally {
    await other.stop();
  }
});

test("the record of a delivery holds its outcome and nothing of its sender, for the hook's window", async () => {
  const reply = await gate.deliver({ body: '{"event":"recorded"}' });
  const { keys, value, ttl } = await gate.replay.operations.find((operation) => operation.kind === "put");
  assert.match(keys[0], /^main:[0-9a-f]{64}$/);
  assert.ok(keys[0].startsWith(`main:${reply.header("hookgate-reference")}`));
  const { outcome, at, ...rest } = JSON.parse(value);
  assert.deepEqual([outcome, rest], ["delivered", {}]);
  assert.ok(Math.abs(at - Date.now() / 1000) < 10);
  assert.equal(ttl, 72 * 3600);
});

test("of two at once the second is told to wait while the origin works, and is a duplicate afterwards", async () => {
  const body = '{"event":"two at once"}';
  const held = hold();
  gate.origin.plan(held);
  const first = gate.deliver({ body });
  await gate.origin.requests.atLeast(1);
  const second = await gate.deliver({ body });
  assertReply(second, 409, "In progress", { retryAfter: 5 });
  assert.equal((await second.audit()).reason, "in-progress");
  held.release();
  assertReply(await first, 200, "Success");
  assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  assert.equal(gate.origin.requests.length, 1);
});

test("of fifty at once one reaches the origin", async () => {
  const body = '{"event":"fifty at once"}';
  const held = hold();
  gate.origin.plan(held);
  const replies = Array.from({ length: 50 }, () => gate.deliver({ body }));
  const waiting = Promise.all(replies.map(async (reply) => (await reply).status));
  await gate.origin.requests.atLeast(1);
  held.release();
  const statuses = await waiting;
  assert.equal(gate.origin.requests.length, 1);
  assert.ok(statuses.every((status) => status === 200 || status === 409), String(statuses));
  assert.ok(statuses.includes(200));
});

test("a sender that hangs up while the origin works does not stop its delivery, and its retry is a duplicate", async () => {
  const body = '{"event":"hung up"}';
  const held = hold();
  gate.origin.plan(held);
  const connection = await gate.open({ headers: { "content-length": body.length, ...gate.signed(body) } });
  connection.write(body);
  await gate.origin.requests.atLeast(1);
  connection.reset();
  // Another request through the whole gate: by then workerd has seen the reset.
  assertReply(await gate.deliver(), 200, "Success");
  held.release();
  const entry = await gate.audit(connection.ray);
  assert.deepEqual([entry.outcome, entry.reason], ["delivered", null]);
  assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  assert.equal(gate.origin.requests.all.filter((request) => request.body.includes("hung up")).length, 1);
});

test("two locations may both forward one delivery while KV's caches disagree, under one webhook-id the origin can claim", async () => {
  const store = await startKv();
  const here = await startKvLocation(store);
  const there = await startKvLocation(store);
  const gates = [];
  try {
    for (const replay of [here, there]) gates.push(await startGate({ kv: { replay }, origin: gate.origin }));
    const [first, second] = gates;
    const body = '{"event":"two locations"}';
    // The other location has looked already, and remembers that there was nothing.
    gate.origin.plan(answer(500));
    assertReply(await second.deliver({ body }), 502, "Delivery failed");
    assertReply(await first.deliver({ body }), 200, "Success");
    assertReply(await second.deliver({ body }), 200, "Success");
    const ids = gate.origin.requests.all.map((request) => request.headers.find(([name]) => name.toLowerCase() === "webhook-id")[1]);
    assert.equal(ids.length, 3);
    assert.equal(new Set(ids).size, 1);

    const later = await startGate({ kv: { replay: there }, origin: gate.origin });
    gates.push(later);
    there.forget();
    assertReply(await later.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  } finally {
    for (const started of gates) await started.stop();
    for (const kv of [here, there, store]) await kv.stop();
  }
});

test("an observed hook verifies and audits, and forwards and records nothing", async () => {
  const observed = await startGate({ hooks: [hook("main", { mode: "observe" })] });
  try {
    const reply = await observed.deliver();
    assertReply(reply, 200, "Observed");
    assert.equal((await reply.audit()).outcome, "observed");
    assert.equal(observed.origin.requests.length, 0);
    assert.equal(observed.replay.count("put"), 0);
  } finally {
    await observed.stop();
  }
});
