// Promise: a body is bounded in size and time before anything is done with it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { after, before, beforeEach, test } from "node:test";
import { hook, startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

const CAP = 1024;
// Milliseconds: a hook that names no time has ten seconds.
const LESS_THAN_BY_DEFAULT = 9_000;

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      hook("main", { max_body: "1KiB" }),
      hook("hasty", { max_body: "1KiB", body_timeout: "1s" }),
      hook("large", { max_body: "25MiB" }),
      hook("default"),
    ],
  });
});
after(() => gate?.stop());
beforeEach(() => gate.startCounting());

// A JSON body of exactly this many bytes, different each time.
let serial = 0;
function bodyOf(bytes) {
  const start = `{"event":"${++serial}","padding":"`;
  return `${start}${"x".repeat(bytes - start.length - 2)}"}`;
}

for (const chunked of [false, true]) {
  const how = chunked ? "chunked" : "declared";
  test(`a ${how} body of exactly the cap passes, one byte more does not`, async () => {
    const passed = await gate.deliver({ body: bodyOf(CAP), chunked });
    assertReply(passed, 200, "Success");
    assert.equal((await passed.audit()).bytes_in, CAP);
    gate.startCounting();
    const refused = await gate.deliver({ body: bodyOf(CAP + 1), chunked });
    assertReply(refused, 413, "Payload too large");
    assert.equal((await refused.audit()).reason, "too-large");
    assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
  });
}

test("a declared length over the cap is refused before the body comes", async () => {
  const connection = await gate.open({ headers: { "content-length": CAP + 1 } });
  assertReply(await connection.reply(), 413, "Payload too large");
  connection.close();
});

test("the cap is 256 KiB where a hook names none, and can be 25 MiB", async () => {
  assertReply(await gate.deliver({ hook: "default", body: bodyOf(256 * 1024) }), 200, "Success");
  assertReply(await gate.deliver({ hook: "default", body: bodyOf(256 * 1024 + 1), chunked: true }), 413, "Payload too large");
  assertReply(await gate.deliver({ hook: "large", body: bodyOf(25 * 1024 * 1024) }), 200, "Success");
  assertReply(await gate.deliver({ hook: "large", body: bodyOf(3 * 1024 * 1024), chunked: true }), 200, "Success");
});

test("a sender that stalls inside its body is told so when its time is up", async () => {
  for (const framing of [{ "content-length": 100 }, { "transfer-encoding": "chunked" }]) {
    const connection = await gate.open({ hook: "hasty", headers: framing });
    connection.write(framing["content-length"] ? "{" : "1\r\n{\r\n");
    const started = Date.now();
    assertReply(await connection.reply(), 408, "Request timeout");
    const waited = Date.now() - started;
    assert.ok(waited >= 900 && waited < LESS_THAN_BY_DEFAULT, `after ${waited} ms`);
    connection.close();
    assert.equal((await gate.audit(connection.ray)).reason, "body-timeout");
  }
  assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
});

test("a sender that drips its body is told so as well: the time is for the whole body", async () => {
  const connection = await gate.open({ hook: "hasty", headers: { "content-length": 1000 } });
  const drip = setInterval(() => connection.write(" "), 100);
  try {
    assertReply(await connection.reply(), 408, "Request timeout");
  } finally {
    clearInterval(drip);
    connection.close();
  }
});

// Milliseconds: a body that takes longer than a look at the clock, and what KV may take, with slack.
const SLOW = 2_000;
const KV_GIVEN_UP = 4_000;

test("a KV that hangs is given up on as soon after a slow body as after a fast one", async () => {
  const body = bodyOf(400);
  const connection = await gate.open({ hook: "default", headers: { "content-length": body.length, ...gate.signed(body) } });
  gate.replay.hangs = true;
  try {
    connection.write(body.slice(0, 200));
    await new Promise((resolve) => setTimeout(resolve, SLOW));
    const started = Date.now();
    connection.write(body.slice(200));
    assertReply(await connection.reply(), 503, "Unavailable");
    assert.ok(Date.now() - started < KV_GIVEN_UP, `${Date.now() - started} ms`);
  } finally {
    gate.replay.hangs = false;
    connection.close();
  }
});

test("nobody gets memory for declaring a large body", async () => {
  const patient = await startGate({ hooks: [hook("main", { max_body: "25MiB", body_timeout: "1s" })] });
  try {
    await patient.deliver();
    const before = peakMegabytes(patient);
    const stalled = await Promise.all(Array.from({ length: 40 }, async () => {
      const connection = await patient.open({ headers: { "content-length": 25 * 1024 * 1024 } });
      connection.write("{");
      return connection;
    }));
    for (const connection of stalled) {
      assertReply(await connection.reply(), 408, "Request timeout");
      connection.close();
    }
    const growth = peakMegabytes(patient) - before;
    assert.ok(growth < 60, `memory grew by ${growth} MB at its peak`);
  } finally {
    await patient.stop();
  }
});

function peakMegabytes({ pid }) {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;
}

test("an encoded body is refused even if its signature fits, and identity is no encoding", async () => {
  const body = gzipSync('{"event":"packed"}');
  for (const coding of ["gzip", "GZIP", "deflate", "br", "identity, gzip"]) {
    const reply = await gate.deliver({ body, headers: { "content-encoding": coding } });
    assertReply(reply, 415, "Unsupported media type");
    assert.equal((await reply.audit()).reason, "content-encoding");
  }
  assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
  assertReply(await gate.deliver({ headers: { "content-encoding": "identity" } }), 200, "Success");
});

test("a body its sender ends too early is not delivered", async () => {
  const body = bodyOf(500);
  const connection = await gate.open({ headers: { "content-length": 900, ...gate.signed(body) } });
  connection.write(body);
  connection.end();
  const entry = await gate.audit(connection.ray);
  assert.deepEqual([entry.outcome, entry.reason], ["rejected", "body-broken"]);
  assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
});

test("a connection reset inside the body delivers nothing", async () => {
  const body = bodyOf(500);
  const connection = await gate.open({ headers: { "content-length": 900, ...gate.signed(body) } });
  connection.write(body);
  // The first request is under way when a later one has been answered; the reset ends it, and nobody is left to reply to.
  assertReply(await gate.deliver({ hook: "nobody" }), 404, "Unknown hook code");
  connection.reset();
  assertReply(await gate.deliver({ hook: "nobody" }), 404, "Unknown hook code");
  assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
});

test("a body cut off inside its chunks is not delivered", async () => {
  const body = bodyOf(500);
  const connection = await gate.open({ headers: { "transfer-encoding": "chunked", ...gate.signed(body) } });
  connection.write(`1f4\r\n${body}\r\n`);
  connection.end();
  assert.equal((await gate.audit(connection.ray)).reason, "body-broken");
  assert.deepEqual([gate.kvOperations, gate.origin.requests.length], [0, 0]);
});

test("a delivery without a body is measured as empty", async () => {
  const reply = await gate.deliver({ body: "", headers: gate.signed(""), signed: false });
  assertReply(reply, 400, "Malformed payload");
  assert.equal((await reply.audit()).bytes_in, 0);
});

// Buffers of bodies are used again.
test("bodies that come at once, in all sizes, do not mix", async () => {
  const sizes = [200, 4_000, 16_384, 20_000, 65_536, 300_000, 1_048_575, 1_048_576, 3_000_000];
  for (let round = 0; round < 3; round++) {
    gate.origin.requests.clear();
    const bodies = sizes.flatMap((size, place) => [bodyOf(size + round), bodyOf(size + place)]);
    const sent = bodies.flatMap((body, place) => [gate.deliver({ hook: "large", body, chunked: place % 3 === 0 }), gate.deliver({ hook: "main", body: bodyOf(900) })]);
    const refused = sizes.map((size) => gate.deliver({ hook: "large", body: bodyOf(size), signed: false }));
    for (const reply of await Promise.all(sent)) assertReply(reply, 200, "Success");
    for (const reply of await Promise.all(refused)) assertReply(reply, 401, "Authentication failed");
    const events = gate.origin.requests.all.map(({ body }) => JSON.parse(body)).filter((one) => one.hook === "large").map(({ fields }) => fields.event);
    assert.deepEqual(events.sort(), bodies.map((body) => JSON.parse(body).event).sort());
  }
});
