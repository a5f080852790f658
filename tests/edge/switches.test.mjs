// Promise: a hook is stopped by one KV write, loses nothing, and nobody's typing error opens it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { hook, startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

// One hook per test: an isolate keeps what it read of a hook's switches for ten seconds.
const HOOKS = ["plain", "json", "drop", "gone", "own-gone", "own-drop", "past", "future", "slow", "resumed", "other", ...Array.from({ length: 8 }, (_, n) => `odd${n}`)];

// Milliseconds for the requests that find out, on a busy machine.
const PROBES = 5_000;

let gate;
before(async () => {
  gate = await startGate({
    hooks: HOOKS.map((id) => hook(id, id === "own-gone" ? { on_stop: "gone" } : id === "own-drop" ? { on_stop: "drop" } : {})),
  });
});
after(() => gate?.stop());

const stop = (id, value) => gate.switches.put(`stop:${id}`, typeof value === "string" ? value : JSON.stringify(value));
const forwarded = (id) => gate.origin.requests.all.filter((request) => JSON.parse(request.body).hook === id).length;

async function assertPaused(id) {
  const reply = await gate.deliver({ hook: id });
  assertReply(reply, 503, "Paused");
  assert.match(reply.header("retry-after"), /^[1-9][0-9]*$/);
  const entry = await reply.audit();
  assert.deepEqual([entry.hook, entry.outcome, entry.reason], [id, "rejected", "stopped"]);
  assert.equal(forwarded(id), 0);
}

test("a plain reason pauses its hook and no other", async () => {
  stop("plain", "the shop is being moved");
  await assertPaused("plain");
  assertReply(await gate.deliver({ hook: "other" }), 200, "Success");
});

test("a JSON switch without a mode pauses", async () => {
  stop("json", { reason: "maintenance", by: "ops" });
  await assertPaused("json");
});

test("mode drop says 200 and is audited", async () => {
  stop("drop", { mode: "drop", reason: "flood" });
  const reply = await gate.deliver({ hook: "drop" });
  assertReply(reply, 200, "Dropped");
  assert.equal((await reply.audit()).outcome, "dropped");
  assert.equal(forwarded("drop"), 0);
});

test("mode gone says 410", async () => {
  stop("gone", { mode: "gone" });
  const reply = await gate.deliver({ hook: "gone" });
  assertReply(reply, 410, "Gone");
  assert.equal((await reply.audit()).reason, "stopped-gone");
  assert.equal(forwarded("gone"), 0);
});

test("a plain reason takes the hook's own on_stop", async () => {
  stop("own-gone", "retired");
  assertReply(await gate.deliver({ hook: "own-gone" }), 410, "Gone");
  stop("own-drop", "flood");
  assertReply(await gate.deliver({ hook: "own-drop" }), 200, "Dropped");
});

test("a switch is over after its until, and not before", async () => {
  stop("past", { mode: "reject", until: "2020-01-01T00:00:00Z" });
  assertReply(await gate.deliver({ hook: "past" }), 200, "Success");
  stop("future", { mode: "reject", until: "2999-01-01T00:00:00Z" });
  await assertPaused("future");
});

test("a switch that cannot be understood stops its hook", async () => {
  const garbage = ['{"mode":', '{"mode":"off"}', '{"mode":"pause"}', '{"mode":3}', '{"until":"soon"}', '{"until":"2020-01-01"}', '{"unknown":1}', ""];
  for (const [index, value] of garbage.entries()) {
    stop(`odd${index}`, value);
    const reply = await gate.deliver({ hook: `odd${index}` });
    assert.equal(reply.status, 503, `${JSON.stringify(value)} opened the hook`);
    assert.equal(forwarded(`odd${index}`), 0);
  }
});

test("stop stops every hook", async () => {
  const all = await startGate({ hooks: [hook("main"), hook("other")] });
  try {
    all.switches.put("stop", "everything");
    for (const id of ["main", "other"]) assertReply(await all.deliver({ hook: id }), 503, "Paused");
    assert.equal(all.origin.requests.length, 0);
  } finally {
    await all.stop();
  }
});

test("a switch takes effect on a warm isolate within ten seconds, and its deletion as well", async () => {
  assertReply(await gate.deliver({ hook: "slow" }), 200, "Success");
  stop("resumed", "on its way");
  await assertPaused("resumed");
  const started = Date.now();
  stop("slow", "stop it");
  gate.switches.delete("stop:resumed");
  const stopped = until(async () => (await gate.deliver({ hook: "slow" })).status === 503);
  const resumed = until(async () => (await gate.deliver({ hook: "resumed" })).status === 200);
  await Promise.all([stopped, resumed]);

  async function until(probe) {
    while (!(await probe())) {
      assert.ok(Date.now() - started < 10_000 + PROBES, "it did not take effect");
      await setTimeout(200);
    }
  }
});

test("what a stop rejected is delivered when the sender tries again after it", async () => {
  const body = '{"event":"patient"}';
  const patient = await startGate();
  try {
    patient.switches.put("stop:main", "wait");
    assertReply(await patient.deliver({ body }), 503, "Paused");
    patient.switches.delete("stop:main");
    const later = await startGate({ kv: patient, origin: patient.origin });
    try {
      assertReply(await later.deliver({ body }), 200, "Success");
    } finally {
      await later.stop();
    }
  } finally {
    await patient.stop();
  }
});
