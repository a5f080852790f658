// Promise: what README has operators type when something goes wrong does what it says, in that order, as it stands there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { afterEach, before, beforeEach, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { Console, section } from "./harness/console.mjs";
import { ADMIN_TOKEN, SECRETS, SHA256, hmac, hook, startGate } from "./harness/gate.mjs";
import { answer, reset, startOrigin } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

const HOUR = 3_600_000;
const OLD = "the secret that leaks, for tests";
const ROUTE = { kind: "rest", site: "shop", route: "/wp-json/x/v1/events" };
const AUTH = [{ ...SHA256, secrets: ["PAYMENTS_SECRET"] }];
const HOOKS = ["strict", "kv"].flatMap((replay) => [
  hook(replay, { replay, on_failure: "keep", auth: AUTH }),
  hook(`${replay}-route`, { replay, on_failure: "keep", auth: AUTH, origin: ROUTE }),
]);

let origin;
let gate;
let secret;
let consoles;
before(() => execFileSync("cargo", ["build", "--quiet", "--locked", "--bin", "hookgate"], { cwd: root, stdio: "inherit" }));
beforeEach(async () => {
  [secret, consoles] = [OLD, []];
  origin = await startOrigin();
  gate = await startAt(ADMIN_TOKEN);
});
afterEach(async () => {
  await gate?.stop();
  await origin?.stop();
  for (const each of consoles) each.close();
});

function startAt(adminToken, hooks = HOOKS) {
  const ORIGINS = { shop: { url: origin.url, user: "gate", password: "SITE_PASSWORD" } };
  const secrets = { ...SECRETS, PAYMENTS_SECRET: OLD, SITE_PASSWORD: "abcd efgh ijkl mnop qrst uvwx" };
  return startGate({ hooks, variables: { ORIGINS }, secrets, adminToken, origin, control: true });
}

function at(heading, { token = ADMIN_TOKEN, of = gate } = {}) {
  consoles.push(new Console(heading, of, token));
  return consoles.at(-1);
}

const body = (event) => JSON.stringify({ event });
const events = () => origin.requests.all.map((request) => (JSON.parse(request.body).fields ?? JSON.parse(request.body)).event);
const deliver = (id, event, by = secret) => gate.deliver({ hook: id, body: body(event), signed: false, headers: { "x-hub-signature-256": `sha256=${hmac("sha256", by, body(event))}` } });
const delivered = (id) => gate.heldUntil((held) => held.length === 0, id);

// Delivers, and returns the reference.
async function told(id, event, status, message, first) {
  const reply = await deliver(id, event);
  assertReply(reply, status, message, { first });
  return reply.header("hookgate-reference");
}

// Switches as wrangler has them now, KV's own delay later.
async function takeOver(keys) {
  for (const key of [...gate.switches.values.keys()]) gate.switches.delete(key);
  for (const [key, value] of keys) gate.switches.put(key, value);
  await gate.forward(10_000);
}

test("what is to be done once gives operators their way in", async () => {
  const operator = at("When something goes wrong", { of: undefined });
  const token = (await operator.type("openssl rand", {})).trim();
  assert.ok(token.length >= 32);
  await operator.type("npx wrangler secret put ADMIN_TOKEN", {}, { input: `${token}\n` });
  operator.skip("cargo install");
  for (const variable of ["HOOKGATE_URL", "HOOKGATE_ADMIN_TOKEN"]) operator.skip(`export ${variable}=`);
  const open = await startAt(operator.secret("ADMIN_TOKEN"), [hook("one"), hook("two")]);
  try {
    operator.reach(open, token);
    await operator.type("hookgate status", {});
  } finally {
    await open.stop();
  }
  operator.end();
});

for (const id of ["strict", "kv"]) {
  test(`${id}: a hook that is doing damage is stopped, loses nothing, and goes on without what is not wanted`, async () => {
    const operator = at("A hook is doing damage");
    await told(id, "doubled", 200, "Success");
    await operator.type("hookgate status", { HOOK: id });
    await operator.type("hookgate stop HOOK", { HOOK: id });
    const fill = { HOOK: id, REF: await told(id, "doubled again", 202, "Held") };
    for (const event of ["second", "third"]) await told(id, event, 202, "Held");
    await operator.type("hookgate status", fill);
    assert.match(await operator.type("hookgate deliveries", fill), /delivered/);
    assert.match(await operator.type("hookgate held", fill), new RegExp(fill.REF));
    await operator.type("hookgate resolve", fill);
    assert.deepEqual(events(), ["doubled"]);
    await operator.type("hookgate resume", fill);
    await delivered(id);
    await operator.type("hookgate held", fill);
    assert.deepEqual(events(), ["doubled", "second", "third"]);
    await told(id, "doubled again", 200, "Duplicate delivery", "abandoned");
    await told(id, "fourth", 200, "Success");
    operator.end();
  });

  test(`${id}: a secret that leaked proves nothing any more, and nothing that it signed runs`, async () => {
    const operator = at("A secret leaked");
    origin.plan(answer(503, { headers: { "retry-after": "3600" } }));
    const fill = { HOOK: id, REF: await told(id, "forged before", 202, "Held") };
    await operator.type("hookgate stop", fill);
    assertReply(await deliver(id, "forged meanwhile"), 503, "Paused");
    assertReply(await deliver(id, "genuine"), 503, "Paused");
    const next = (await operator.type("openssl rand", fill)).trim();
    await operator.type("npx wrangler secret put PAYMENTS_SECRET", fill, { input: `${next}\n` });
    // A new secret is a new version of the Worker.
    await gate.kill();
    await gate.start({ PAYMENTS_SECRET: operator.secret("PAYMENTS_SECRET") });
    secret = next;
    await operator.type("hookgate deliveries", fill);
    assert.match(await operator.type("hookgate held", fill), new RegExp(fill.REF));
    assert.match(await operator.type("hookgate show", fill), /forged before/);
    await operator.type("hookgate resolve", fill);
    origin.requests.clear();
    await operator.type("hookgate resume", fill);
    await gate.forward(HOUR);
    assertReply(await deliver(id, "forged after", OLD), 401, "Authentication failed");
    await told(id, "genuine", 200, "Success");
    assert.match(await operator.type("hookgate status", fill), /hmac\[0\]/);
    await gate.forward(24 * HOUR);
    assert.deepEqual(events(), ["genuine"]);
    operator.end();
  });

  test(`${id}: while the origin is down deliveries wait, and when it is well they arrive, once`, async () => {
    const operator = at("The origin is down");
    const fill = { HOOK: id };
    origin.behaviour = answer(503, { headers: { "retry-after": "3600" } });
    for (const event of ["first", "second"]) await told(id, event, 202, "Held");
    await operator.type("hookgate status", fill);
    assert.match(await operator.type("hookgate held", fill), /origin|failure/);
    await operator.type("hookgate stop --yes", fill);
    await told(id, "while it is repaired", 202, "Held");
    await gate.forward(2 * HOUR);
    const before = origin.requests.length;
    origin.reset();
    await operator.type("hookgate resume", fill);
    await operator.type("hookgate release --all", fill);
    await delivered(id);
    await operator.type("hookgate held", fill);
    assert.equal(before, 2);
    assert.deepEqual(events().sort(), ["first", "second", "while it is repaired"]);
    operator.end();
  });

  test(`${id}: what is uncertain is found, and after a look at the site it is over`, async () => {
    const operator = at("What waits for you");
    origin.plan(reset());
    const fill = { HOOK: `${id}-route`, REF: await told(`${id}-route`, "perhaps", 202, "Held") };
    await operator.type("hookgate held", fill);
    await operator.type("hookgate resolve", fill);
    await gate.forward(24 * HOUR);
    assert.deepEqual(events(), ["perhaps"]);
    await told(`${id}-route`, "perhaps", 200, "Duplicate delivery", "delivered");
    operator.end();
  });
}

test("whether a delivery ran is told of every hook, and what is forgotten runs again", async () => {
  const operator = at("Did this delivery run?");
  const refs = {};
  for (const id of ["strict", "kv"]) refs[id] = await told(id, "ran", 200, "Success");
  for (const HOOK of ["strict", "kv"]) await operator.type("hookgate show", { HOOK, REF: refs[HOOK] });
  await operator.type("hookgate show", { REF: "0123456789abcdef" }, { code: 1 });
  await operator.type("hookgate forget", { HOOK: "strict", REF: refs.strict });
  await told("strict", "ran", 200, "Success");
  assert.deepEqual(events(), ["ran", "ran", "ran"]);
  operator.end();
});

test("wrangler alone stops a hook and lets it go on, strict or not", async () => {
  const operator = at("Without the command line");
  await operator.type("npx wrangler kv key put", { HOOK: "strict" });
  const keys = await operator.keys("SWITCHES");
  await takeOver(new Map([...keys, ["stop:kv", keys.get("stop:strict")]]));
  for (const id of ["strict", "kv"]) for (const event of ["first", "second"]) await told(id, `${id} ${event}`, 202, "Held");
  await operator.type("npx wrangler kv key delete", { HOOK: "strict" });
  await takeOver(await operator.keys("SWITCHES"));
  await gate.forward(120_000);
  for (const id of ["strict", "kv"]) {
    await delivered(id);
    assert.deepEqual(events().filter((event) => event.startsWith(id)), [`${id} first`, `${id} second`]);
  }
  operator.end();
});

test("every command in a sentence or a table is one, with all that it needs", async () => {
  const operator = at("All commands");
  const page = section("When something goes wrong", { deep: true });
  const inSentences = [...page.matchAll(/`(hookgate [^`]+)`/g)].map(([, command]) => command);
  const inTable = [...section("All commands").matchAll(/^\| (`.*?`) \|/gm)].flatMap(([, cell]) => cell.split(", ")).map((cell) => `hookgate ${cell.replaceAll("`", "")}`);
  assert.ok(inSentences.length >= 10 && inTable.length === 10);
  for (const command of [...inSentences, ...inTable]) {
    // Without a HOOK or `--yes` it asks.
    if (command === "hookgate stop") continue;
    const { code, printed } = await operator.unasked(command.replace("[HOOK]", "HOOK").replaceAll("REF", "0123456789abcdef").replaceAll("…", "x"));
    assert.equal(code, 2, command);
    assert.match(printed, /say which gate is meant/, command);
  }
});
