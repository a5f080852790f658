// Promise: the ledger's claims are exclusive, and what it holds outlives whatever happens to the process.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { removeFolder, scratchFolder } from "../../scripts/processes.mjs";
import { startLedger } from "./harness/object.mjs";

const folders = [];
const newFolder = () => folders[folders.push(scratchFolder("hookgate-ledger-")) - 1];
after(() => folders.forEach(removeFolder));

let ledger;
before(async () => void (ledger = await startLedger(newFolder())));
after(() => ledger?.stop());

const key = (name) => createHash("sha256").update(name).digest("hex");
const claim = (name, token, more = {}) => ({ call: "claim", key: key(name), token, lease: 20_000, repeatable: true, payload: '{"fields":{}}', ...more });
const end = (name, token, fact, more = {}) => ({ call: "end", key: key(name), token, fact, window: 259_200_000, ...more });
const due = (token, lease = 20_000) => ({ call: "due", token, lease, repeatable: true });
const KEEP = { keep: 259_200_000 };

test("of a thousand simultaneous claims of one delivery exactly one wins, twenty times over", async () => {
  for (let round = 0; round < 20; round++) {
    const claims = Array.from({ length: 1000 }, (_, index) => claim(`round ${round}`, `t${index}`));
    // From four requests at once, so that not only one of them asks.
    const parts = [0, 250, 500, 750].map((from) => ledger.atOnce("race", claims.slice(from, from + 250)));
    const answers = (await Promise.all(parts)).flat().map(({ answer }) => answer);
    assert.equal(answers.filter((answer) => answer === "claimed").length, 1, `round ${round}`);
    assert.equal(answers.filter((answer) => answer === "in-flight").length, 999, `round ${round}`);
  }
});

test("while one delivery is claimed, ended and claimed again by many, only one success is told", async () => {
  const calls = Array.from({ length: 300 }, (_, index) => [claim("busy", `t${index}`), end("busy", `t${index}`, "failed")]).flat();
  const answers = await ledger.atOnce("busy", [...calls, claim("busy", "last"), end("busy", "last", "delivered"), claim("busy", "late")]);
  assert.deepEqual(answers.slice(-2).map(({ answer }) => answer), ["settled", "duplicate"]);
});

test("what is no call changes nothing, and the next call is answered", async () => {
  for (const text of ["", "claim", "{}", '{"call":"drop"}', '{"call":"claim"}']) {
    assert.equal(await ledger.ask("odd", text), "The ledger did not do it", text);
  }
  assert.equal((await ledger.ask("odd", claim("odd", "a"))).answer, "claimed");
});

test("the rows of each operation, as Durable Objects count them", async () => {
  const entry = { entry: '{"outcome":"delivered"}' };
  const rows = async (call) => (await ledger.written("rows", call)).rows;
  const counted = {};
  const count = async (name, call) => void (counted[name] = await rows(call));
  await count("claim", claim("a", "a"));
  await count("claim again", claim("a", "b"));
  await count("end with an entry", end("a", "a", "delivered", entry));
  await count("repeat", claim("a", "c"));
  await count("claim with its payload", claim("b", "a", KEEP));
  await count("end without an entry", end("b", "a", "delivered"));
  for (let slot = 1; slot < 100; slot++) await rows({ call: "note", ...entry });
  await count("entry over an older one", { call: "note", ...entry });
  await rows(claim("c", "a", KEEP));
  await count("failure that is held", end("c", "a", "failed"));
  await count("release", { call: "release", key: key("c") });
  await count("held delivery leaves", due("b"));
  await count("held delivery is delivered", end("c", "b", "delivered"));
  await count("stop", { call: "stop", mode: "hold" });
  await count("hold", claim("d", "a"));
  await count("resume", { call: "resume" });
  await count("status", { call: "status" });
  await ledger.ask("rows", claim("e", "a"));
  await ledger.ask("rows", { call: "release", key: key("d") });
  await ledger.ask("rows", due("b"));
  await ledger.ask("rows", end("d", "b", "delivered", { window: 0 }));
  await count("sweep of one that is over", { call: "sweep" });
  assert.deepEqual(counted, {
    claim: 1,
    "claim again": 0,
    "end with an entry": 2,
    repeat: 0,
    "claim with its payload": 1,
    "end without an entry": 1,
    "entry over an older one": 1,
    // The row, its place in the line, and the circuit.
    "failure that is held": 3,
    release: 1,
    "held delivery leaves": 1,
    // The row, and the circuit, which closes; that its place in the line is free costs nothing.
    "held delivery is delivered": 2,
    stop: 1,
    hold: 2,
    resume: 1,
    status: 0,
    "sweep of one that is over": 1,
  });
});

test("what was claimed and held is there after the process was killed, and goes on in order", async () => {
  const folder = newFolder();
  let process = await startLedger(folder);
  try {
    await process.ask("kill", claim("done", "a"));
    await process.ask("kill", end("done", "a", "delivered"));
    await process.ask("kill", { call: "stop", mode: "hold", reason: "doubled orders", by: "ops" });
    const names = ["first", "second", "third"];
    for (const name of names) assert.equal((await process.ask("kill", claim(name, "a", KEEP))).answer, "held");
    await process.ask("kill", { call: "resume" });
    // Its lease is over soon after the restart: it was on the way when the process died.
    assert.equal((await process.ask("kill", due("dies", 1))).key, key("first"));
    assert.equal((await process.ask("kill", claim("in flight", "a"))).answer, "claimed");
    await process.stop();

    process = await startLedger(folder);
    assert.equal((await process.ask("kill", claim("done", "b"))).answer, "duplicate");
    assert.deepEqual((await process.ask("kill", { call: "held" })).report.map((row) => row.key), names.map(key));
    assert.equal((await process.ask("kill", claim("in flight", "b"))).answer, "in-flight");
    // The interrupted one is first, once its wait is over, and the others behind it.
    const next = await process.ask("kill", due("again"));
    assert.equal(next.answer, "idle");
    await process.ask("kill", { call: "release", key: key("first").slice(0, 16) });
    for (const name of names) {
      assert.equal((await process.ask("kill", due("again"))).key, key(name));
      assert.equal((await process.ask("kill", end(name, "again", "delivered"))).answer, "settled");
    }
  } finally {
    await process.stop();
  }
});

test("an object wakes by itself to forget what is over", async () => {
  await ledger.ask("alarm", claim("over", "a"));
  await ledger.ask("alarm", end("over", "a", "delivered", { window: 500 }));
  assert.equal((await ledger.ask("alarm", { call: "show", key: key("over") })).answer, "report");
  const deadline = Date.now() + 10_000;
  while ((await ledger.ask("alarm", { call: "show", key: key("over") })).answer !== "unknown") {
    assert.ok(Date.now() < deadline, "the alarm has not come");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await ledger.alarm("alarm"), null, "an object with nothing in it is left in peace");
});

test("an alarm survives the process", async () => {
  const folder = newFolder();
  let process = await startLedger(folder);
  try {
    await process.ask("alarm", { call: "stop", mode: "hold", until: Date.now() + 3_600_000 });
    const at = await process.alarm("alarm");
    assert.ok(at > Date.now() + 3_000_000);
    await process.stop();
    process = await startLedger(folder);
    assert.equal(await process.alarm("alarm"), at);
    await process.ask("alarm", claim("a", "a"));
    assert.equal(await process.alarm("alarm"), at, "an earlier alarm is not put off");
  } finally {
    await process.stop();
  }
});
