// Promise: no state of KV opens the gate, and none swallows a delivery.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

// A fresh gate for each test: an isolate remembers switches and settled deliveries.
let gate;
beforeEach(async () => void (gate = await startGate()));
afterEach(() => gate?.stop());

for (const [store, reason] of [["replay", "replay-unreadable"], ["switches", "switches-unreadable"]]) {
  test(`${store}: while KV cannot be read the gate is closed, and open again afterwards`, async () => {
    const body = '{"event":"unreadable"}';
    gate[store].failReads = true;
    const reply = await gate.deliver({ body });
    assertReply(reply, 503, "Unavailable");
    assert.match(reply.header("retry-after"), /^[1-9][0-9]*$/);
    assert.equal((await reply.audit()).reason, reason);
    assert.equal(gate.origin.requests.length, 0);
    assert.equal(gate.replay.count("put"), 0);
    gate[store].failReads = false;
    assertReply(await gate.deliver({ body }), 200, "Success");
  });

  test(`${store}: a KV that hangs is given up on in bounded time`, async () => {
    gate[store].hangs = true;
    const started = Date.now();
    const reply = await gate.deliver();
    const waited = Date.now() - started;
    assertReply(reply, 503, "Unavailable");
    assert.equal((await reply.audit()).reason, reason);
    assert.ok(waited < 30_000, `after ${waited} ms`);
    assert.equal(gate.origin.requests.length, 0);
  });

  test(`${store}: a slow KV slows a delivery and changes nothing else`, async () => {
    const body = '{"event":"slow"}';
    gate[store].delay = 300;
    assertReply(await gate.deliver({ body }), 200, "Success");
    assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
    assert.equal(gate.origin.requests.length, 1);
  });
}

test("an answer that leaves a switch out is not an answer that there is none", async () => {
  gate.switches.put("stop:main", "doubled orders");
  gate.switches.forgetsKeys = true;
  const reply = await gate.deliver();
  assertReply(reply, 503, "Unavailable");
  assert.equal((await reply.audit()).reason, "switches-unreadable");
  assert.equal(gate.origin.requests.length, 0);
});

test("a record that cannot be written is no failure to the sender, and the audit entry says what is missing", async () => {
  const body = '{"event":"unwritable"}';
  gate.replay.failWrites = true;
  const reply = await gate.deliver({ body });
  assertReply(reply, 200, "Success");
  const entry = await reply.audit();
  assert.deepEqual([entry.outcome, entry.reason], ["delivered", "repeat-guard-missing"]);
  assert.equal(gate.origin.requests.length, 1);
});

test("a write that KV refuses with 429 is treated alike", async () => {
  const body = '{"event":"too many writes"}';
  const reply = await gate.deliver({ body });
  const { keys } = await gate.replay.operations.find((operation) => operation.kind === "put");
  assert.equal((await reply.audit()).reason, null);
  // The same key again within the second: the record is gone, and so is the isolate that remembered.
  gate.replay.limitsWrites = true;
  gate.replay.put(keys[0], "written by somebody else", 60);
  gate.replay.delete(keys[0]);
  const other = await startGate({ kv: gate, origin: gate.origin });
  try {
    const second = await other.deliver({ body });
    assertReply(second, 200, "Success");
    assert.deepEqual([(await second.audit()).outcome, (await second.audit()).reason], ["delivered", "repeat-guard-missing"]);
  } finally {
    await other.stop();
  }
});

test("the isolate guards against repeats while the record is missing", async () => {
  const body = '{"event":"guarded by memory"}';
  gate.replay.failWrites = true;
  assertReply(await gate.deliver({ body }), 200, "Success");
  assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  assert.equal(gate.origin.requests.length, 1);
});

test("a delivery costs one read of its record and one write, and the switches one read in ten seconds", async () => {
  for (let delivery = 0; delivery < 3; delivery++) assertReply(await gate.deliver(), 200, "Success");
  await gate.replay.operations.atLeast(6);
  assert.deepEqual([gate.replay.count("get"), gate.replay.count("put"), gate.replay.operations.length], [3, 3, 6]);
  assert.deepEqual(gate.switches.operations.all.map(({ kind, keys }) => [kind, keys]), [["bulk", ["stop", "stop:main"]]]);
});

test("a record no gate wrote closes the hook for that delivery: it is neither forwarded nor called a duplicate", async () => {
  const body = '{"event":"odd record"}';
  assertReply(await gate.deliver({ body }), 200, "Success");
  const { keys } = await gate.replay.operations.find((operation) => operation.kind === "put");
  for (const record of ["not JSON", "{}", '{"outcome":"lost","at":1}']) {
    gate.replay.put(keys[0], record, 60);
    const other = await startGate({ kv: gate, origin: gate.origin });
    try {
      const reply = await other.deliver({ body });
      assertReply(reply, 503, "Unavailable");
      assert.equal((await reply.audit()).reason, "replay-unreadable");
    } finally {
      await other.stop();
    }
  }
  assert.equal(gate.origin.requests.length, 1);
});
