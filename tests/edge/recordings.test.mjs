// Promise: the built Worker in workerd does what the core does on paper: every recorded delivery that needs no clock of its own
// ends as recorded, in its reply, its audit entry and what reaches the origin.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startGate } from "./harness/gate.mjs";
import { headerOf } from "./harness/message.mjs";
import * as origin from "./harness/origin.mjs";
import { configuration, readRecordings } from "./harness/recordings.mjs";
import { edgeHeaders, newRay, openConnection } from "./harness/sender.mjs";

// Set by the clock, by the connection or by the release.
const REPLY_OWN = ["connection", "content-length", "transfer-encoding"];
const FORWARDED_OWN = ["host", "content-length", "webhook-timestamp", "webhook-signature", "user-agent"];

let stub;
before(async () => void (stub = await origin.startOrigin()));
after(() => stub?.stop());

// What only the core can show.
const ELSEWHERE = {
  "bounds/a-length-beyond-all-numbers-is-too-large": "workerd itself refuses such a request",
  "switches/a-stop-until-later-says-when-to-retry": "the seconds until then depend on the clock",
};

const recordings = readRecordings().filter((recording) => recording.showable && !(recording.name in ELSEWHERE));

test("most deliveries are recorded in a way workerd can show", () => assert.ok(recordings.length >= 200, String(recordings.length)));

for (const [index, crew] of crews(recordings).entries()) {
  test(`recordings, gate ${index + 1}: ${crew.length === 1 ? crew[0].name : `${crew.length} deliveries`}`, async () => {
    const gate = await startWith(crew[0].world);
    try {
      const differences = [];
      for (const recording of crew) {
        await play(gate, recording).catch((error) => differences.push(`fixtures/${recording.name}: ${error.message}`));
      }
      assert.equal(differences.length, 0, differences.join("\n\n"));
    } finally {
      await gate.stop();
    }
  });
}

// Recordings that can share an isolate, which remembers switches and what it delivered: none that changes configuration or what is
// in KV, and none after another that settled the same key.
function crews(all) {
  const alone = all.filter(({ world }) => world.vars || world.secrets || world.switches || world.replay);
  const together = all.filter((recording) => !alone.includes(recording));
  const settles = ({ audit }) => ["delivered", "duplicate"].includes(audit.outcome);
  const shared = [];
  for (const recording of [...together.filter((one) => !settles(one)), ...together.filter(settles)]) {
    const { reference } = recording.audit;
    let crew = shared.find(({ settled }) => !settled.has(reference));
    if (!crew) shared.push((crew = { settled: new Set(), members: [] }));
    crew.members.push(recording);
    if (settles(recording)) crew.settled.add(reference);
  }
  return [...shared.map(({ members }) => members), ...alone.map((recording) => [recording])];
}

// They are recorded without a ledger: what it would keep, its sender is told of.
async function startWith({ vars, secrets, switches = {}, replay = {} }) {
  const gate = await startGate({ ...configuration(stub, { vars, secrets }), hooks: [], origin: stub, ledger: false });
  for (const [store, values] of [[gate.switches, switches], [gate.replay, replay]]) {
    if (values === "unreadable") store.failReads = true;
    else if (values === "unwritable") store.failWrites = true;
    else fill(store, values);
  }
  return gate;
}

function fill(store, values) {
  for (const [key, value] of Object.entries(values)) store.put(key, typeof value === "string" ? value : JSON.stringify(value));
}

async function play(gate, { world, request, reply, forwarded, audit }) {
  gate.startCounting();
  stub.reset();
  stub.plan(...(world.origin ?? []).map(behaviour));
  const { scheme = "https", tls = "TLSv1.3" } = world;
  const ray = audit.ray ?? newRay();
  const got = await sendRaw(gate.port, request, edgeHeaders({ scheme, cf: tls ? { tlsVersion: tls } : null, ray: audit.ray ? null : ray }));
  const entry = await gate.audit(ray);

  assert.equal(`HTTP/1.1 ${got.status}`, reply.start);
  assert.equal(got.body, isHead(request) ? "" : reply.body);
  assert.deepEqual(comparable(got.headers, REPLY_OWN), comparable(reply.headers, REPLY_OWN));
  assert.deepEqual({ ...entry, ms: 0, ray: audit.ray }, { ...audit, ms: 0 });
  assert.equal(stub.requests.length, forwarded ? 1 : 0);
  if (!forwarded) return;
  const [sent] = stub.requests.all;
  assert.equal(`${sent.method} ${sent.target} HTTP/1.1`, forwarded.start);
  assert.equal(sent.body, forwarded.body);
  assert.deepEqual(comparable(sent.headers, FORWARDED_OWN), comparable(forwarded.headers, FORWARDED_OWN));
  for (const name of FORWARDED_OWN.slice(2)) assert.equal(headerOf(sent.headers, name) !== undefined, forwarded.header(name) !== undefined, name);
}

function behaviour({ broken, status, content_type: type = "application/json", retry_after: retryAfter, body }) {
  const headers = { "content-type": type ?? undefined, "retry-after": retryAfter };
  return broken ? origin.reset() : origin.answer(status, { headers: Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)), body });
}

function comparable(headers, without) {
  return headers.map(([name, value]) => `${name.toLowerCase()}: ${value}`).filter((line) => !without.includes(line.split(":")[0])).sort();
}

function isHead(request) {
  return request.subarray(0, 5).toString() === "HEAD ";
}

// The recorded bytes, with what Cloudflare's edge adds after the request line.
async function sendRaw(port, request, added) {
  const connection = await openConnection(port);
  try {
    const start = request.indexOf("\r\n") + 2;
    connection.write(Buffer.concat([
      request.subarray(0, start),
      Buffer.from(added.filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}\r\n`).join("")),
      request.subarray(start),
    ]));
    // Whoever declared more than this has hung up.
    connection.end();
    return await connection.reply({ method: isHead(request) ? "HEAD" : undefined });
  } finally {
    connection.close();
  }
}
