// Promise: whoever has the token sees and does everything that an operator needs, over HTTP and with the command line; for
// anybody else there is nothing here.
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ADMIN_TOKEN, SECRETS, hook, startGate } from "./harness/gate.mjs";
import { accept, answer, hold, reset, startOrigin } from "./harness/origin.mjs";
import { startLocations } from "./harness/race.mjs";
import { assertReply } from "./harness/replies.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const HOUR = 3_600_000;
const ROUTE = { kind: "rest", site: "shop", route: "/wp-json/x/v1/events" };
const SITE_PASSWORD = "abcd efgh ijkl mnop qrst uvwx";

// Each test of each client has hooks of its own.
const WAYS = ["http", "cli"];
const KINDS = {
  strict: { replay: "strict", on_failure: "keep", purpose: "Mark orders paid" },
  kv: { on_failure: "keep" },
  route: { replay: "strict", on_failure: "keep", origin: ROUTE },
  parts: { replay: "strict", on_failure: "keep", shards: 3 },
};
const TESTS = {
  status: ["strict", "kv", "route", "parts"],
  deliveries: ["strict", "kv"],
  held: ["strict", "kv", "route"],
  release: ["route"],
  all: ["strict", "kv", "route", "parts"],
  resolve: ["strict", "kv", "route"],
  abandon: ["strict", "kv", "route"],
  forget: ["strict", "kv"],
  stop: ["strict", "kv", "route", "parts"],
  errors: ["strict", "kv", "parts"],
};
const HOOKS = WAYS.flatMap((way) => Object.entries(TESTS).flatMap(([name, kinds]) => kinds.map((kind) => hook(`${way}-${name}-${kind}`, KINDS[kind]))));

let origin;
let gate;
before(async () => {
  execFileSync("cargo", ["build", "--quiet", "--locked", "--bin", "hookgate"], { cwd: root, stdio: "inherit" });
  origin = await startOrigin();
  const ORIGINS = { shop: { url: origin.url, user: "gate", password: "SITE_PASSWORD" } };
  const others = [hook("off", { enabled: false }), hook("broken", { wrong: 1 })];
  gate = await startLocations(2, { hooks: [...HOOKS, ...others], variables: { ORIGINS }, secrets: { ...SECRETS, SITE_PASSWORD }, adminToken: ADMIN_TOKEN, origin, control: true });
  // An isolate that has just begun is slower than KV may be.
  await gate.admin("GET", "status");
});
after(async () => {
  await gate?.stop();
  await origin?.stop();
});
beforeEach(() => forget());

// How the next forward of an event ends, once; whatever else is on its way succeeds.
const endings = new Map();
const accepted = accept();

function forget() {
  origin.reset();
  endings.clear();
  origin.behaviour = (socket, request) => {
    const { event } = JSON.parse(request.body).fields ?? JSON.parse(request.body);
    const ending = endings.get(event) ?? accepted;
    endings.delete(event);
    return ending(socket, request);
  };
}

// Two ways to ask for the same: `ask(command, { hook, ref, … })` gives { ok, json }.
const clients = {
  async http(command, { at = 0, ...asked } = {}) {
    const questions = ["status", "deliveries", "held", "show"];
    const reply = questions.includes(command)
      ? await gate.admin("GET", `${command}${Object.keys(asked).length ? `?${new URLSearchParams(asked)}` : ""}`, undefined, { at })
      : await gate.admin("POST", command, { by: "tests", ...asked }, { at });
    assert.equal(reply.header("cache-control"), "no-store");
    assert.match(reply.header("content-type"), /^application\/json/);
    return { ok: reply.status === 200, json: reply.json };
  },
  async cli(command, { hook: id, ref, all, at = 0, ...more } = {}) {
    const positional = ref ?? (all ? undefined : id);
    const options = Object.entries({ ...more, ...((ref || all) && id && { hook: id }) }).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const acts = !["status", "deliveries", "held", "show"].includes(command);
    const args = [command, ...(positional ? [positional] : []), ...(all ? ["--all"] : []), ...options, ...(acts ? ["--by", "tests"] : []), ...(command === "stop" && !id ? ["--yes"] : []), "--json"];
    const { code, stdout, stderr } = await hookgate(args, { at });
    assert.ok(code === 0 || code === 1, `${args.join(" ")}: ${stderr}`);
    return { ok: code === 0, json: JSON.parse(stdout) };
  },
};

function hookgate(args, { at = 0, token = ADMIN_TOKEN } = {}) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, HOOKGATE_URL: `http://127.0.0.1:${gate.ports[at]}`, HOOKGATE_ADMIN_TOKEN: token };
  return new Promise((resolve) => {
    execFile(join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug", "hookgate"), args, { env, cwd: gate.ledger }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, stdout, stderr }));
  });
}

const body = (event) => JSON.stringify({ event, card: "4242424242424242" });
const refOf = (reply) => reply.header("hookgate-reference");
const forwarded = (event) => origin.requests.all.filter((request) => request.body.includes(`"${event}"`)).length;
const states = async (object) => (await gate.held(object)).map(({ state }) => state);

async function held(id, event, failure = answer(503, { headers: { "retry-after": "3600" } })) {
  endings.set(event, failure);
  const reply = await gate.deliver({ hook: id, body: body(event) });
  assertReply(reply, 202, "Held");
  return refOf(reply);
}

for (const way of WAYS) {
  const ask = clients[way];
  const done = async (command, asked) => {
    const { ok, json } = await ask(command, asked);
    assert.deepEqual([ok, json.done], [true, true], JSON.stringify(json));
    return json;
  };
  const refused = async (command, asked, error) => {
    const { ok, json } = await ask(command, asked);
    assert.deepEqual([ok, json.done, json.error], [false, false, error], JSON.stringify(json));
  };

  test(`${way}: status tells how every hook stands`, async () => {
    const id = `${way}-status-strict`;
    assertReply(await gate.deliver({ hook: id, body: body("status") }), 200, "Success");
    await held(id, "status held");
    const { json } = await ask("status");
    assert.equal(json.switch, null);
    const hooks = Object.fromEntries(json.hooks.map((each) => [each.id, each]));
    assert.deepEqual([hooks.off.state, hooks.broken.state], ["disabled", "misconfigured"]);
    const { ledger: [{ held: lines, last, stop }], ...strict } = hooks[id];
    assert.ok(strict.switch_age >= 0);
    delete strict.switch_age;
    assert.deepEqual(strict, { id, state: "open", owner: "Tests <tests@example.com>", purpose: "Mark orders paid", guarantee: "strict", on_failure: "keep", on_stop: "hold", origin: "connector", switch: null });
    assert.deepEqual([stop, lines.map(({ state, count }) => [state, count])], [null, [["waiting", 1]]]);
    assert.deepEqual([last.delivered, last.held, last.entry.outcome, last.entry.reason], [1, 1, "held", "origin-busy"]);
    assert.equal(hooks[`${way}-status-parts`].ledger.length, 3);
    assert.deepEqual([hooks[`${way}-status-kv`].guarantee, hooks[`${way}-status-route`].origin], ["kv", "rest"]);
  });

  test(`${way}: deliveries are the latest endings, as they were audited`, async () => {
    for (const kind of ["strict", "kv"]) {
      const id = `${way}-deliveries-${kind}`;
      const first = await gate.deliver({ hook: id, body: body("first") });
      const ref = await held(id, "second");
      const { json } = await ask("deliveries", { hook: id });
      const [second, other] = json.map(({ entry }) => entry);
      assert.deepEqual([second.outcome, second.reason, second.reference], ["held", "origin-busy", ref]);
      const { ms, ...audited } = await first.audit();
      const { ms: noted, ...entry } = other;
      assert.deepEqual(entry, audited);
    }
  });

  test(`${way}: held and show tell what is kept, and nothing that is not allowlisted`, async () => {
    for (const kind of ["strict", "kv", "route"]) {
      const id = `${way}-held-${kind}`;
      const ref = await held(id, "held", kind === "route" ? reset() : undefined);
      const { json: [row, ...others] } = await ask("held", { hook: id });
      assert.deepEqual([row.key.slice(0, 16), row.state, row.attempts, others], [ref, kind === "route" ? "uncertain" : "waiting", 1, []]);
      const { json: { found: [one, ...more] } } = await ask("show", { ref });
      assert.deepEqual([one.hook, one.ledger.key, more], [id, row.key, []]);
      assert.deepEqual(one.record?.outcome, kind === "kv" ? "held" : undefined);
      assert.match(one.ledger.payload, /held/);
      assert.doesNotMatch(JSON.stringify(one), /4242/);
    }
  });

  test(`${way}: release sends what waits for an operator, once`, async () => {
    const id = `${way}-release-route`;
    const ref = await held(id, "release", reset());
    await gate.forward(24 * HOUR);
    assert.deepEqual(await states(id), ["uncertain"]);
    await done("release", { ref });
    await gate.heldUntil((rows) => rows.length === 0, id);
    assert.equal(forwarded("release"), 2);
    await refused("release", { ref }, "not-held");
    assertReply(await gate.deliver({ hook: id, body: body("release") }), 200, "Duplicate delivery", { first: "delivered" });
    const { json } = await ask("deliveries", { hook: id });
    const released = json.map(({ entry }) => entry).find(({ outcome }) => outcome === "released");
    assert.deepEqual([released.by, released.reference], ["tests", ref]);
  });

  test(`${way}: release of all sends what waits, and nothing that is uncertain`, async () => {
    for (const kind of ["strict", "kv", "parts"]) {
      const id = `${way}-all-${kind}`;
      for (const event of ["one", "two", "three"]) await held(id, event);
      await done("release", { all: true, hook: id });
      const objects = kind === "parts" ? [0, 1, 2].map((part) => `${id}/${part}`) : [id];
      for (const object of objects) await gate.heldUntil((rows) => rows.length === 0, object);
      assert.deepEqual(["one", "two", "three"].map(forwarded), [2, 2, 2]);
      forget();
    }
    const id = `${way}-all-route`;
    await held(id, "uncertain", reset());
    await done("release", { all: true, hook: id });
    await gate.forward(HOUR);
    assert.deepEqual([await states(id), forwarded("uncertain")], [["uncertain"], 1]);
  });

  for (const [name, as] of [["resolve", "delivered"], ["abandon", "abandoned"]]) {
    test(`${way}: what is resolved as ${as} is not forwarded any more, and its repeat is told so`, async () => {
      for (const kind of ["strict", "kv", "route"]) {
        const id = `${way}-${name}-${kind}`;
        const ref = await held(id, name, kind === "route" ? reset() : undefined);
        await done("resolve", { ref, as, because: "seen in the shop" });
        await gate.forward(2 * HOUR);
        assert.deepEqual([await states(id), forwarded(name)], [[], 1]);
        for (const at of [0, 1]) assertReply(await gate.deliver({ hook: id, body: body(name), at }), 200, "Duplicate delivery", { first: as });
        // Where KV knows it as well, and may have missed it, it can be said again.
        if (kind === "kv") await done("resolve", { ref, as, because: "again" });
        else await refused("resolve", { ref, as, because: "again" }, "not-held");
        forget();
      }
    });
  }

  test(`${way}: the repeat of what is forgotten runs as if it were new`, async () => {
    for (const kind of ["strict", "kv"]) {
      const id = `${way}-forget-${kind}`;
      const reply = await gate.deliver({ hook: id, body: body("forget") });
      assertReply(reply, 200, "Success");
      assertReply(await gate.deliver({ hook: id, body: body("forget") }), 200, "Duplicate delivery", { first: "delivered" });
      await done("forget", { ref: refOf(reply) });
      assertReply(await gate.deliver({ hook: id, body: body("forget") }), 200, "Success");
      assert.equal(forwarded("forget"), 2);
      forget();
    }
  });

  test(`${way}: a stop reaches strict hooks everywhere at once, and resume opens them again`, async () => {
    for (const kind of ["strict", "parts"]) {
      const id = `${way}-stop-${kind}`;
      // The other location keeps what it read.
      for (const at of [0, 1]) assertReply(await gate.deliver({ hook: id, body: body(`open ${at}`), at }), 200, "Success");
      await done("stop", { hook: id, mode: "reject", because: "doubled orders" });
      for (const at of [0, 1]) assertReply(await gate.deliver({ hook: id, body: body(`stopped ${at}`), at }), 503, "Paused");
      const { json } = await ask("status");
      const { switch: told, ledger } = json.hooks.find((each) => each.id === id);
      assert.deepEqual([told.mode, told.reason, told.by], ["reject", "doubled orders", "tests"]);
      for (const { stop } of ledger) assert.deepEqual([stop.mode, stop.reason, stop.by, stop.until], ["reject", "doubled orders", "tests", null]);
      await done("resume", { hook: id });
      assertReply(await gate.deliver({ hook: id, body: body("stopped 0") }), 200, "Success");
    }
  });

  test(`${way}: a stop of everything stops kv hooks here at once, elsewhere within KV's delay, and holds where hooks keep`, async () => {
    const id = `${way}-stop-kv`;
    assertReply(await gate.deliver({ hook: id, body: body("open"), at: 1 }), 200, "Success");
    await done("stop", { because: "the shop is being moved" });
    assertReply(await gate.deliver({ hook: id, body: body("stopped"), at: 0 }), 202, "Held");
    assertReply(await gate.deliver({ hook: `${way}-stop-route`, body: body("stopped, too"), at: 1 }), 202, "Held");
    gate.views[1].switches.forget();
    await gate.forward(10_000);
    assertReply(await gate.deliver({ hook: id, body: body("stopped later"), at: 1 }), 202, "Held");
    assert.equal(forwarded("stopped"), 0);
    await done("resume");
    for (const object of [id, `${way}-stop-route`]) await gate.heldUntil((rows) => rows.length === 0, object);
    assert.deepEqual([forwarded("stopped"), forwarded("stopped later"), forwarded("stopped, too")], [1, 1, 1]);
    gate.views[1].switches.forget();
    await gate.forward(10_000);
    assertReply(await gate.deliver({ hook: id, body: body("open again"), at: 1 }), 200, "Success");
  });

  test(`${way}: what cannot be done is said, and nothing is changed`, async () => {
    const id = `${way}-errors-strict`;
    const ref = await held(id, "errors");
    await refused("release", { ref: "0".repeat(16) }, "unknown-reference");
    await refused("resume", { hook: `${way}-nobody` }, "unknown-hook");
    await refused("stop", { hook: `${way}-nobody`, because: "x" }, "unknown-hook");
    const waits = hold();
    endings.set("in flight", waits);
    const reply = gate.deliver({ hook: `${way}-errors-parts`, body: body("in flight") });
    const request = await origin.requests.find(({ body }) => body.includes('"in flight"'));
    const [, id64] = request.headers.find(([name]) => name.toLowerCase() === "webhook-id");
    await refused("forget", { ref: id64 }, "in-flight");
    waits.release();
    assertReply(await reply, 200, "Success");
    await refused("resolve", { ref: id64, as: "delivered", because: "x" }, "not-held");
    await gate.control("fault", { how: "fails", calls: ["stop", "release"] });
    await refused("stop", { hook: id, mode: "reject", because: "x" }, "store-unreachable");
    await refused("release", { ref }, "store-unreachable");
    await gate.control("fault", { how: null, calls: [] });
    await done("resume", { hook: id });
    assert.deepEqual(await states(id), ["waiting"]);
  });
}

test("the command line says that a token is wrong, and shows none", async () => {
  const wrong = `${ADMIN_TOKEN}x`;
  const { code, stdout, stderr } = await hookgate(["status"], { token: wrong });
  assert.equal(code, 1);
  assert.match(stderr, /token is wrong/);
  assert.ok(!`${stdout}${stderr}`.includes(ADMIN_TOKEN));
});

test("the command line's tables name every hook", async () => {
  const { code, stdout } = await hookgate(["status"]);
  assert.equal(code, 0);
  for (const { id } of HOOKS) assert.ok(stdout.includes(id), id);
});

test("every action is one line of the log, without the token", async () => {
  const reply = await gate.admin("POST", "stop", { hook: "http-errors-kv", mode: "reject", because: "audited", by: "the auditor" });
  assert.equal(reply.status, 200);
  const entry = JSON.parse(await gate.lines.find((line) => line.includes('"admin":"stop"') && line.includes("the auditor")));
  assert.deepEqual([entry.hook, entry.by, entry.because, entry.done], ["http-errors-kv", "the auditor", "audited", true]);
  await gate.admin("POST", "resume", { hook: "http-errors-kv" });
  assert.ok(gate.lines.all.every((line) => !line.includes(ADMIN_TOKEN)));
});

// What is nearly a request of an operator: [method, target, headers], with the right token unless it says otherwise.
const bearer = (token) => [["authorization", `Bearer ${token}`]];
const TRICKS = {
  "no token": ["GET", "/_hookgate/status", []],
  "another token": ["GET", "/_hookgate/status", bearer("another-token-of-more-than-32-characters-for-tests")],
  "the start of the token": ["GET", "/_hookgate/status", bearer(ADMIN_TOKEN.slice(0, -1))],
  "the token and more": ["GET", "/_hookgate/status", bearer(`${ADMIN_TOKEN}x`)],
  "the token in upper case": ["GET", "/_hookgate/status", bearer(ADMIN_TOKEN.toUpperCase())],
  "an empty token": ["GET", "/_hookgate/status", bearer("")],
  "the token as a password": ["GET", "/_hookgate/status", [["authorization", `Basic ${Buffer.from(`:${ADMIN_TOKEN}`).toString("base64")}`]]],
  "the token without its scheme": ["GET", "/_hookgate/status", [["authorization", ADMIN_TOKEN]]],
  "the token twice": ["GET", "/_hookgate/status", [...bearer(ADMIN_TOKEN), ...bearer(ADMIN_TOKEN)]],
  "the token in the query": ["GET", `/_hookgate/status?token=${encodeURIComponent(ADMIN_TOKEN)}`, []],
  "the token in a cookie": ["GET", "/_hookgate/status", [["cookie", `authorization=${ADMIN_TOKEN}`]]],
  "a question as POST": ["POST", "/_hookgate/status"],
  "an act as GET": ["GET", "/_hookgate/stop"],
  "HEAD": ["HEAD", "/_hookgate/status"],
  "PUT": ["PUT", "/_hookgate/stop"],
  "DELETE": ["DELETE", "/_hookgate/stop"],
  "OPTIONS": ["OPTIONS", "/_hookgate/status"],
  "no name": ["GET", "/_hookgate"],
  "an empty name": ["GET", "/_hookgate/"],
  "an unknown name": ["GET", "/_hookgate/secrets"],
  "a slash in front": ["GET", "//_hookgate/status"],
  "a slash within": ["GET", "/_hookgate//status"],
  "a slash at the end": ["GET", "/_hookgate/status/"],
  "an escape": ["GET", "/_hookgate/%73tatus"],
  "an escaped slash": ["GET", "/_hookgate%2fstatus"],
  "a way round": ["GET", "/x/../_hookgate/status"],
  "an escaped way round": ["GET", "/x/%2e%2e/_hookgate/status"],
  "a way to itself": ["GET", "/_hookgate/./status"],
  "a backslash": ["GET", "/_hookgate\\status"],
  "a dot at the end": ["GET", "/_hookgate/status."],
  "a parameter of the path": ["GET", "/_hookgate/status;x=1"],
  "a tab": ["GET", "/_hookgate/status%09"],
  "upper case": ["GET", "/_HOOKGATE/STATUS"],
  "another slug": ["GET", "/wa-hook/status"],
  "below a hook": ["GET", "/wa-hook/_hookgate/status"],
};

async function assertNothingThere(gate, [method, target, headers = bearer(ADMIN_TOKEN)], context) {
  const strip = (reply) => [reply.status, reply.body, reply.headers.filter(([name]) => name.toLowerCase() !== "date").map(([name, value]) => `${name}: ${value}`).sort()];
  const more = method === "POST" || method === "PUT" ? { body: '{"because":"x"}', headers: [...headers, ["content-type", "application/json"]] } : { headers };
  const unknown = strip(await gate.send({ method, target: "/nothing/here", ...more }));
  await gate.control("startCounting");
  gate.startCounting();
  assert.deepEqual(strip(await gate.send({ method, target, ...more })), unknown, context);
  assert.equal(unknown[0], 404, context);
  assert.equal(gate.kvOperations, 0, context);
  assert.deepEqual(await gate.control("counted"), { requests: 0, alarms: 0, alarmsSet: 0, rows: 0 }, context);
  assert.equal(gate.origin.requests.length, 0, context);
}

for (const [secret, adminToken] of [["a token", ADMIN_TOKEN], ["no token", undefined], ["a token of 31 characters", ADMIN_TOKEN.slice(0, 31)]]) {
  test(`with ${secret} set, whoever does not ask exactly right finds what is at any unknown path, at no cost`, async () => {
    const alone = await startGate({ hooks: [hook("main", { replay: "strict" })], adminToken, control: true });
    try {
      for (const [name, trick] of Object.entries(TRICKS)) await assertNothingThere(alone, trick, name);
      if (adminToken === ADMIN_TOKEN) {
        assert.equal((await alone.admin("GET", "status")).status, 200);
        assert.equal(alone.switches.operations.length, 1);
      } else {
        for (const token of [ADMIN_TOKEN, ADMIN_TOKEN.slice(0, 31), ""]) await assertNothingThere(alone, ["GET", "/_hookgate/status", bearer(token)], `the token "${token}"`);
      }
    } finally {
      await alone.stop();
    }
  });
}

test("the right token over http or old TLS is refused as any request is, at no cost", async () => {
  gate.startCounting();
  for (const edge of [{ scheme: "http" }, { cf: { tlsVersion: "TLSv1.1" } }, { cf: {} }]) {
    const reply = await gate.admin("GET", "status", undefined, { edge });
    assertReply(reply, 403, "HTTPS required");
  }
  assert.equal(gate.kvOperations, 0);
});
