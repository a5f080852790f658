// Promise: what is held leaves as soon as it may, whatever becomes of an alarm, and no alarm does more than the platform lets it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ADMIN_TOKEN, hook, startGate } from "./harness/gate.mjs";
import { answer } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

const HOUR = 3_600_000;
const HOOKS = ["kv", "strict"].map((replay) => hook(replay, { replay, on_failure: "keep" }));

let gate;
beforeEach(async () => void (gate = await startGate({ hooks: HOOKS, adminToken: ADMIN_TOKEN, control: true })));
afterEach(() => gate?.stop());

const events = () => gate.origin.requests.all.map((request) => JSON.parse(request.body).fields.event);

for (const id of ["kv", "strict"]) {
  test(`${id}: an object that has lost its alarm sets one as soon as it starts again`, async () => {
    gate.origin.plan(answer(503, { headers: { "retry-after": "60" } }));
    assertReply(await gate.deliver({ hook: id, body: '{"event":"held"}' }), 202, "Held");
    await gate.control("loseAlarm", { object: id });
    await gate.kill();
    await gate.start();
    assert.equal((await gate.held(id)).length, 1);
    await gate.forward(HOUR);
    await gate.heldUntil((held) => held.length === 0, id);
    assert.deepEqual(events(), ["held", "held"]);
  });

  test(`${id}: one alarm makes no more than forty fetches, and the next goes on`, async () => {
    await gate.admin("POST", "stop", { hook: id, mode: "hold", because: "a test" });
    const names = Array.from({ length: 90 }, (_, n) => `${n}`);
    for (const event of names) assertReply(await gate.deliver({ hook: id, body: JSON.stringify({ event }) }), 202, "Held");
    await gate.control("startCounting");
    await gate.admin("POST", "resume", { hook: id });
    await gate.heldUntil((held) => held.length === 0, id);
    assert.deepEqual(events(), names);
    assert.ok((await gate.control("counted")).alarms >= 3);
  });
}
