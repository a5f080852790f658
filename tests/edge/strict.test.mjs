// Promise: a strict hook forwards a delivery once, however often it is sent, wherever, and whatever dies meanwhile.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { SECRETS, hook } from "./harness/gate.mjs";
import { answer, hold, startOrigin } from "./harness/origin.mjs";
import { atOnce, startLocations, tally, warmUp } from "./harness/race.mjs";
import { assertReply } from "./harness/replies.mjs";

const ROUNDS = 20;
const REPEATS = 1000;
// Where each reads KV, whose stand-in is not fast enough for more at once.
const FEW = 200;
// The hooks allow their origin 10 s, and a claim holds for 10 s more.
const LEASE = 20_000;
const HOUR = 3_600_000;

const strict = (id, more = {}) => hook(id, { replay: "strict", on_failure: "reply", ...more });
const ROUTE = { kind: "rest", site: "shop", route: "/wp-json/x/v1/events" };
const HOOKS = [
  strict("main"),
  strict("parts", { shards: 4 }),
  hook("kv", { on_failure: "reply" }),
  ...["keep", "keep-alone"].map((id) => strict(id, { on_failure: "keep" })),
  ...["route", "route-alone"].map((id) => strict(id, { origin: ROUTE })),
];

// Two locations, each an isolate of its own, so that every promise is tried between them.
let origin;
let gate;
before(async () => {
  origin = await startOrigin();
  const ORIGINS = { shop: { url: origin.url, user: "gate", password: "SITE_PASSWORD" } };
  gate = await startLocations(2, { hooks: HOOKS, variables: { ORIGINS }, secrets: { ...SECRETS, SITE_PASSWORD: "abcd efgh ijkl mnop qrst uvwx" }, origin, control: true });
});
after(async () => {
  await gate?.stop();
  await origin?.stop();
});
beforeEach(() => forget());

function forget() {
  for (const { replay, switches } of gate.views) [replay, switches].forEach(({ operations }) => operations.clear());
  origin.reset();
}

const webhookIds = () => origin.requests.all.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === "webhook-id")[1]);
const recordOperations = () => gate.views.reduce((sum, { replay }) => sum + replay.operations.length, 0);

// A delivery whose forward is at the origin when the process dies. Its sender learns nothing.
async function killWhileForwarding(delivery) {
  origin.plan(hold());
  const reply = gate.deliver(delivery).catch((error) => error);
  await origin.requests.atLeast(1);
  await gate.kill();
  assert.ok((await reply) instanceof Error);
  await gate.start();
}

for (const [id, rounds] of [["main", ROUNDS], ["parts", 2]]) {
  test(`${id}: of ${REPEATS} simultaneous repeats at two locations one is forwarded and all others are told to wait, ${rounds} times over`, async () => {
    for (let round = 0; round < rounds; round++) {
      await warmUp(gate, id);
      forget();
      const held = hold();
      origin.plan(held);
      const replies = atOnce(gate, REPEATS, { hook: id, body: `{"event":"${id} ${round}"}` });
      await replies.atLeast(REPEATS - 1);
      held.release();
      assert.deepEqual(tally(await replies.atLeast(REPEATS)), { "200 Success": 1, "409 In progress": REPEATS - 1 }, `round ${round}`);
      assert.equal(origin.requests.length, 1);
      assert.equal(recordOperations(), 0);
    }
  });
}

test("of a thousand repeats that overtake the success of the first, none is forwarded", async () => {
  await warmUp(gate, "main");
  forget();
  const replies = await atOnce(gate, REPEATS, { body: '{"event":"overtaken"}' }).atLeast(REPEATS);
  const { "200 Success": first, "409 In progress": waiting = 0, "200 Duplicate delivery": repeats = 0, ...others } = tally(replies);
  assert.deepEqual([first, waiting + repeats, others], [1, REPEATS - 1, {}]);
  assert.equal(origin.requests.length, 1);
});

test("of many repeats of a kv hook one for each isolate is forwarded", async () => {
  await warmUp(gate, "kv");
  forget();
  const held = hold();
  origin.plan(held, held);
  const replies = atOnce(gate, FEW, { hook: "kv", body: '{"event":"leaks"}' });
  await replies.atLeast(FEW - 2);
  held.release();
  assert.deepEqual(tally(await replies.atLeast(FEW)), { "200 Success": 2, "409 In progress": FEW - 2 });
  assert.equal(origin.requests.length, 2);
  assert.equal(new Set(webhookIds()).size, 1);
});

test("the other location knows a success at once, whatever its view of KV", async () => {
  const body = '{"event":"two locations"}';
  origin.plan(answer(500));
  assertReply(await gate.deliver({ body, at: 1 }), 502, "Delivery failed");
  assertReply(await gate.deliver({ body, at: 0 }), 200, "Success");
  for (const at of [1, 0]) assertReply(await gate.deliver({ body, at }), 200, "Duplicate delivery", { first: "delivered" });
  assert.equal(origin.requests.length, 2);
  assert.equal(recordOperations(), 0);
});

test("a failure is not remembered, and its retry is forwarded at once", async () => {
  const body = '{"event":"fails three times"}';
  origin.plan(answer(500), answer(404), answer(302));
  for (let attempt = 0; attempt < 3; attempt++) assertReply(await gate.deliver({ body }), 502, "Delivery failed", { retryAfter: 60 });
  assertReply(await gate.deliver({ body }), 200, "Success");
  assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  assert.equal(origin.requests.length, 4);
  assert.equal(new Set(webhookIds()).size, 1);
});

for (const how of ["fails", "hangs"]) {
  test(`while the ledger ${how} nothing is forwarded, and the next try is`, async () => {
    const body = `{"event":"the ledger ${how}"}`;
    await gate.control("fault", { how, calls: ["claim"] });
    const reply = await gate.deliver({ body });
    await gate.control("fault", { how: null, calls: [] });
    assertReply(reply, 503, "Unavailable");
    assert.match(reply.header("retry-after"), /^[1-9][0-9]*$/);
    const { outcome, reason } = await reply.audit();
    assert.deepEqual([outcome, reason], ["failed", "ledger-unreachable"]);
    assert.equal(origin.requests.length, 0);
    assertReply(await gate.deliver({ body }), 200, "Success");
  });
}

test("a claim whose answer is lost forwards nothing, and the retry is forwarded when its lease is over", async () => {
  const body = '{"event":"claimed unheard"}';
  await gate.control("fault", { how: "deafens", calls: ["claim"] });
  assertReply(await gate.deliver({ body }), 503, "Unavailable");
  await gate.control("fault", { how: null, calls: [] });
  assertReply(await gate.deliver({ body }), 409, "In progress", { retryAfter: 5 });
  assert.equal(origin.requests.length, 0);
  await gate.forward(LEASE);
  assertReply(await gate.deliver({ body }), 200, "Success");
  assert.equal(origin.requests.length, 1);
});

test("a success that the ledger does not take is told as one, and its audit entry says what is missing", async () => {
  const body = '{"event":"end unheard"}';
  await gate.control("fault", { how: "fails", calls: ["end"] });
  const reply = await gate.deliver({ body });
  await gate.control("fault", { how: null, calls: [] });
  assertReply(reply, 200, "Success");
  assert.equal((await reply.audit()).reason, "repeat-guard-missing");
  assertReply(await gate.deliver({ body }), 409, "In progress");
  assert.equal(origin.requests.length, 1);
  await gate.forward(LEASE);
  assertReply(await gate.deliver({ body }), 200, "Success");
  assert.equal(new Set(webhookIds()).size, 1);
});

for (const id of ["main", "keep"]) {
  test(`${id}: killed between claim and end, a delivery is forwarded again when its lease is over, under the same webhook-id`, async () => {
    const body = `{"event":"killed ${id}"}`;
    await killWhileForwarding({ hook: id, body });
    for (const at of [0, 1]) assertReply(await gate.deliver({ hook: id, body, at }), 409, "In progress", { retryAfter: 5 });
    assert.equal(origin.requests.length, 1);
    await gate.forward(LEASE);
    assertReply(await gate.deliver({ hook: id, body, at: 1 }), 200, "Success");
    assertReply(await gate.deliver({ hook: id, body }), 200, "Duplicate delivery", { first: "delivered" });
    assert.equal(origin.requests.length, 2);
    assert.equal(new Set(webhookIds()).size, 1);
  });
}

test("killed between claim and end, a delivery whose sender never tries again is found and delivered by the ledger", async () => {
  await killWhileForwarding({ hook: "keep-alone", body: '{"event":"nobody comes back"}' });
  await gate.forward(2 * HOUR);
  await gate.heldUntil((held) => held.length === 1 && held[0].state === "waiting", "keep-alone");
  await gate.forward(HOUR);
  await origin.requests.atLeast(2);
  await gate.heldUntil((held) => held.length === 0, "keep-alone");
  assert.equal(origin.requests.length, 2);
  assert.equal(new Set(webhookIds()).size, 1);
});

test("killed between claim and end, a delivery to an origin without keys is held, listed and never sent again by itself", async () => {
  const body = '{"event":"no keys"}';
  await killWhileForwarding({ hook: "route", body });
  assertReply(await gate.deliver({ hook: "route", body }), 409, "In progress", { retryAfter: 5 });
  await gate.forward(LEASE);
  const reply = await gate.deliver({ hook: "route", body, at: 1 });
  assertReply(reply, 202, "Held");
  const { outcome, reason } = await reply.audit();
  assert.deepEqual([outcome, reason], ["held", "uncertain"]);
  for (let day = 0; day < 4; day++) {
    await gate.forward(24 * HOUR);
    assertReply(await gate.deliver({ hook: "route", body }), 202, "Held");
    const [held, ...others] = await gate.held("route");
    assert.deepEqual([held.state, others], ["uncertain", []]);
    assert.ok(held.key.startsWith(reply.header("hookgate-reference")));
  }
  assert.equal(origin.requests.length, 1);
});

test("killed between claim and end, a delivery to an origin without keys is found and listed, though nobody asks for it", async () => {
  await killWhileForwarding({ hook: "route-alone", body: '{"event":"no keys, no retry"}' });
  await gate.forward(2 * HOUR);
  const held = await gate.heldUntil((held) => held.length === 1, "route-alone");
  assert.deepEqual(held.map(({ state }) => state), ["uncertain"]);
  assert.equal(origin.requests.length, 1);
});
