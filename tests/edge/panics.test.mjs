// Promise: a panic in one request costs no other request its answer, and tells nothing of its sender.
// Needs the build with the `x-hookgate-fault` header compiled in.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startGate } from "./harness/gate.mjs";
import { hold } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

let gate;
before(async () => void (gate = await startGate({ build: "build-fault" })));
after(() => gate?.stop());

const panic = () =>
  gate.deliver({
    body: '{"event":"canary-panic-body"}',
    query: "?note=canary-panic-query",
    headers: { "x-hookgate-fault": "panic", "x-note": "canary-panic-header" },
  });

test("a panic gives its own request and every request in flight a clean 503, and the next one works", async () => {
  const held = hold();
  gate.origin.plan(...Array(10).fill(held));
  const inFlight = Array.from({ length: 10 }, () => gate.deliver());
  await gate.origin.requests.atLeast(10);

  const started = Date.now();
  for (const reply of [await panic(), ...(await Promise.all(inFlight))]) {
    assertReply(reply, 503, "Unavailable");
    assert.match(reply.header("retry-after"), /^[1-9][0-9]*$/);
    const entry = await reply.audit();
    assert.deepEqual([entry.outcome, entry.reason], ["failed", "panic"]);
  }
  assert.ok(Date.now() - started < 9_000, "answered at once, not when the origin got round to it");
  held.release();

  assertReply(await gate.deliver(), 200, "Success");
});

test("a panic can happen again and again", async () => {
  for (let round = 0; round < 5; round++) {
    assertReply(await panic(), 503, "Unavailable");
    const body = `{"event":"after panic ${round}"}`;
    assertReply(await gate.deliver({ body }), 200, "Success");
    assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
  }
});

test("a panic logs where it happened, and neither its message nor its sender", async () => {
  assertReply(await panic(), 503, "Unavailable");
  await gate.lines.find((line) => /panic/i.test(line) && /\.rs:\d+/.test(line));
  for (const line of gate.lines.all) assert.ok(!line.includes("canary-panic"), line);
});
