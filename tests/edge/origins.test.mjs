// Promise: a delivery can go to WunderAutomation's own trigger or to a REST route of the site, each asked exactly as it wants to be.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { ORIGIN_SECRET, SECRETS, hook, startGate } from "./harness/gate.mjs";
import * as origin from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";
import { basic, hmac, send } from "./harness/sender.mjs";
import { restRoute, trigger } from "./harness/wordpress.mjs";

const OWN = {
  TRIGGER_PASSWORD: "password: of the trigger",
  TRIGGER_KEY: "key of the trigger",
  TRIGGER_SECRET: "signing key of the trigger",
  TRIGGER_SECRET_OLD: "the trigger's former secret",
  TRIGGER_SPLIT: "a key of two lines\r\nx-injected: yes",
  SITE_PASSWORD: "abcd efgh ijkl mnop qrst uvwx",
};

// What the gate is told of the trigger, and what the trigger was told to check.
const MECHANISMS = {
  basic: [{ user: "gate", password: "TRIGGER_PASSWORD" }, { user: "gate", password: OWN.TRIGGER_PASSWORD }],
  key: [{ header: "X_API_KEY", secret: "TRIGGER_KEY" }, { header: "X-Api-Key", secret: OWN.TRIGGER_KEY }],
  hmac: [{ header: "X-Hub-Signature", secret: "TRIGGER_SECRET" }, { header: "X_HUB_SIGNATURE", secret: OWN.TRIGGER_SECRET }],
};
const COMBINATIONS = { basic: ["basic"], key: ["key"], mac: ["hmac"], all: ["basic", "key", "hmac"] };
const told = (names) => Object.fromEntries(names.map((name) => [name, MECHANISMS[name][0]]));
const checked = (names) => Object.fromEntries(names.map((name) => [name, MECHANISMS[name][1]]));

// The workflow and what the site knows.
const WORKFLOW = {
  code: "abc123abc123",
  objects: [{ type: "post", parameter: "post_id", required: true }, { type: "order", parameter: "shop_order" }],
  known: { post: ["999", "größe"], order: ["1042", "wc_order_9ITaKB99M4jVF"] },
};
const OBJECTS = { post: { at: "/post", required: true }, order: { at: "/order" } };
const FIELDS = ["/event", "/items/*/sku", { at: "/amount", type: "number" }];
const PARAMETERS = { order: "shop_order" };

const toTrigger = (id, more) =>
  hook(id, { objects: OBJECTS, fields: FIELDS, origin: { kind: "wunderautomation", site: "plain", code: WORKFLOW.code, parameters: PARAMETERS, ...more } });
const toRoute = (id, object, more = {}) =>
  hook(id, { objects: { [object]: { at: "/object", by: ["id"], required: true } }, origin: { kind: "rest", site: "opened", route: `/wp-json/x/v1/things/{${object}}`, ...more } });
const toQuery = (id, object) =>
  hook(id, { objects: { [object]: { at: "/object", required: true } }, origin: { kind: "rest", site: "opened", route: `/wp-json/x/v1/things/1?known=as&by={${object}}` } });
const toUser = (id) =>
  hook(id, { objects: { user: { at: "/user", required: true } }, origin: { kind: "wunderautomation", site: "plain", code: WORKFLOW.code, ...told(["hmac"]) } });

let site;
let elsewhere;
let gate;
before(async () => {
  [site, elsewhere] = [await origin.startOrigin(), await origin.startOrigin()];
  gate = await startGate({
    hooks: [
      ...Object.entries(COMBINATIONS).map(([id, names]) => toTrigger(id, told(names))),
      toTrigger("signed", { site: "default", ...told(["hmac"]) }),
      toTrigger("slug", { slug: "flows", ...told(["key"]) }),
      toTrigger("wrong-code", { code: "abc123abc12", ...told(["hmac"]) }),
      toTrigger("wrong-basic", { basic: { user: "gate", password: "TRIGGER_SECRET_OLD" } }),
      toTrigger("split", { key: { header: "X_API_KEY", secret: "TRIGGER_SPLIT" } }),
      toTrigger("wrong-key", { key: { header: "X_API_KEY", secret: "TRIGGER_SECRET_OLD" } }),
      toTrigger("wrong-mac", { hmac: { header: "X-Hub-Signature", secret: "TRIGGER_SECRET_OLD" } }),
      toUser("user"),
      toRoute("order", "order"),
      toRoute("person", "user"),
      toQuery("by-order", "order"),
      toQuery("by-page", "post"),
      toQuery("by-author", "user"),
      toRoute("signed-route", "order", { site: "both" }),
      toRoute("wrong-password", "order", { site: "mistaken" }),
    ],
    variables: {
      ORIGIN: site.url,
      ORIGINS: {
        plain: { url: `${site.url}/shop` },
        opened: { url: site.url, user: "gate", password: "SITE_PASSWORD" },
        mistaken: { url: site.url, user: "gate", password: "TRIGGER_PASSWORD" },
        both: { url: site.url, user: "gate", password: "SITE_PASSWORD", secret: "ORIGIN_SECRET" },
      },
    },
    secrets: { ...SECRETS, ...OWN },
    origin: site,
  });
});
after(async () => {
  await gate?.stop();
  await site?.stop();
  await elsewhere?.stop();
});
beforeEach(() => {
  site.reset();
  gate.startCounting();
});

let serial = 0;
const delivery = (more = {}) => JSON.stringify({ event: `paid ${++serial}`, post: 999, order: "1042", amount: 19.90, items: [{ sku: "A", price: 7 }], note: "kept from the site", ...more });
const headersOf = (request) => Object.fromEntries(request.headers.map(([name, value]) => [name.toLowerCase(), value]));

for (const [id, names] of Object.entries(COMBINATIONS)) {
  test(`a trigger that checks ${names.join(", ")} runs with objects and fields, once`, async () => {
    const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked(names) }));
    const body = delivery();
    assertReply(await gate.deliver({ hook: id, body }), 200, "Success");
    assertReply(await gate.deliver({ hook: id, body }), 200, "Duplicate delivery", { first: "delivered" });
    assert.deepEqual(workflow.runs, [
      { objects: { post: "999", order: "1042" }, parameters: { post_id: "999", shop_order: "1042", event: `paid ${serial}`, amount: 19.9, items: [{ sku: "A" }] } },
    ]);
    const [request] = site.requests.all;
    assert.deepEqual([site.requests.length, request.method, request.target], [1, "POST", "/shop/wa-hook/abc123abc123"]);
    const own = { basic: "authorization", key: "x-api-key", hmac: "x-hub-signature" };
    const expected = ["accept", "content-length", "content-type", "host", "user-agent", ...names.map((name) => own[name])];
    assert.deepEqual(Object.keys(headersOf(request)).sort(), expected.sort());
  });
}

test("a trigger on a site that shares a secret with the gate gets the gate's signature, too", async () => {
  const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked(["hmac"]) }));
  assertReply(await gate.deliver({ hook: "signed", body: delivery() }), 200, "Success");
  assert.equal(workflow.runs.length, 1);
  assertSigned(site.requests.all[0]);
});

test("a trigger may have another slug", async () => {
  const workflow = (site.behaviour = trigger({ ...WORKFLOW, slug: "flows", ...checked(["key"]) }));
  assertReply(await gate.deliver({ hook: "slug", body: delivery() }), 200, "Success");
  assert.equal(workflow.runs.length, 1);
});

test("a post that is named by an escaped slug reaches the trigger in letters, and a missing optional object not at all", async () => {
  const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked(["hmac"]) }));
  assertReply(await gate.deliver({ hook: "mac", body: delivery({ post: "gr%c3%b6%c3%9fe", order: undefined }) }), 200, "Success");
  assertReply(await gate.deliver({ hook: "mac", body: delivery({ order: "1043" }) }), 200, "Success");
  assert.deepEqual(workflow.runs.map(({ objects }) => objects), [{ post: "größe" }, { post: "999" }]);
});

test("a post that the trigger does not know is the sender's mistake", async () => {
  const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked(["hmac"]) }));
  const reply = await gate.deliver({ hook: "mac", body: delivery({ post: 1000 }) });
  assertReply(reply, 400, "Objects not found");
  const entry = await reply.audit();
  assert.deepEqual([entry.reason, entry.origin_status, workflow.runs.length, gate.replay.count("put")], ["objects-not-found", 400, 0, 0]);
});

// Each is a text that the trigger would take for an ID, or would be left with an ID of.
const MISREAD = { post: ["101abc", "1e0", "%ff999"], user: ["1e0", "1.0", ".1e1", "1."], order: ["1e0", "1042e0", "007"] };

test("a name that the trigger would take for a number is nobody's name, and an ID is still one", async () => {
  const workflow = (site.behaviour = trigger({ code: WORKFLOW.code, ...checked(["hmac"]), objects: [{ type: "user", parameter: "user_id", required: true }], known: { user: ["1", "1e0@example.com"] } }));
  for (const user of MISREAD.user) {
    const reply = await gate.deliver({ hook: "user", body: JSON.stringify({ event: `${++serial}`, user }) });
    assertReply(reply, 400, "Objects not found");
    assert.equal((await reply.audit()).origin_status, null, user);
  }
  assert.deepEqual([site.requests.length, gate.replay.count("put")], [0, 0]);
  for (const user of ["1", "1e0@example.com"]) assertReply(await gate.deliver({ hook: "user", body: JSON.stringify({ event: `${++serial}`, user }) }), 200, "Success");
  assert.deepEqual(workflow.runs.map(({ objects }) => objects.user), ["1", "1e0@example.com"]);
});

test("a slug or an order key that the trigger would take for a number never reaches it", async () => {
  const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked(["hmac"]), known: { post: ["1", "101", "999"], order: ["1", "7", "1042"] } }));
  for (const post of MISREAD.post) assertReply(await gate.deliver({ hook: "mac", body: delivery({ post }) }), 400, "Objects not found");
  assert.equal(site.requests.length, 0);
  for (const order of MISREAD.order) assertReply(await gate.deliver({ hook: "mac", body: delivery({ order }) }), 200, "Success");
  assert.deepEqual(workflow.runs.map(({ objects }) => objects), MISREAD.order.map(() => ({ post: "999" })));
});

// What the gate has wrong: its hook, what the trigger checks, how it answers.
const WRONG = { code: ["wrong-code", "hmac", 404], password: ["wrong-basic", "basic", 401], key: ["wrong-key", "key", 401], "signing secret": ["wrong-mac", "hmac", 401] };

for (const [what, [id, mechanism, status]] of Object.entries(WRONG)) {
  test(`a gate with a wrong ${what} tells the sender to come back and the operator the truth`, async () => {
    const workflow = (site.behaviour = trigger({ ...WORKFLOW, ...checked([mechanism]) }));
    const reply = await gate.deliver({ hook: id, body: delivery() });
    assertReply(reply, 502, "Delivery failed", { retryAfter: 60 });
    const entry = await reply.audit();
    assert.deepEqual([entry.reason, entry.origin_status, workflow.runs.length], ["origin-refused", status, 0]);
  });
}

test("a page in the trigger's place is no success: whether anything ran is unknown, and it is held", async () => {
  site.plan(origin.answer(200, { body: "<!doctype html><title>Shop</title>" }));
  const body = delivery();
  const reply = await gate.deliver({ hook: "mac", body });
  assertReply(reply, 202, "Held");
  assert.equal((await reply.audit()).reason, "origin-unrecognized");
  assertReply(await gate.deliver({ hook: "mac", body }), 202, "Held");
  assert.equal(site.requests.length, 1);
});

// The double proves something only if it refuses what the plugin refuses.
const RIGHT = '{"post_id":"999"}';
const SIGNED = { "content-type": "application/json", "x-hub-signature": hmac("sha1", OWN.TRIGGER_SECRET, RIGHT) };
const VARIATIONS = {
  "as the gate sends it": [{}, 200, "success"],
  "with a signature in upper case": [{ headers: { ...SIGNED, "x-hub-signature": SIGNED["x-hub-signature"].toUpperCase() } }, 401, "Authentication failed"],
  "with GitHub's prefix": [{ headers: { ...SIGNED, "x-hub-signature": `sha1=${SIGNED["x-hub-signature"]}` } }, 401, "Authentication failed"],
  "with a body that nobody signed": [{ body: '{"post_id":"998"}' }, 401, "Authentication failed"],
  "with a charset in its type": [{ headers: { ...SIGNED, "content-type": "application/json; charset=utf-8" } }, 400, "All required objects not found"],
  "with an upper-case letter in the code": [{ target: "/wa-hook/abc123ABC123" }, 404, "Unkown hook code"],
  "with a post that only begins like an ID": [{ body: '{"post_id":"999abc"}', headers: { ...SIGNED, "x-hub-signature": hmac("sha1", OWN.TRIGGER_SECRET, '{"post_id":"999abc"}') } }, 200, "success"],
  "with the code in the query": [{ target: "/?x=/wa-hook/abc123abc123" }, 200, "success"],
};
for (const [what, [more, status, message]] of Object.entries(VARIATIONS)) {
  test(`a trigger answers a request ${what} with ${status}`, async () => {
    site.plan(trigger({ ...WORKFLOW, ...checked(["hmac"]) }));
    const reply = await send(site.port, { target: "/wa-hook/abc123abc123", headers: SIGNED, body: RIGHT, ...more });
    assert.deepEqual([reply.status, JSON.parse(reply.body).message], [status, message]);
  });
}

test("a trigger compares Basic credentials as a whole, and answers in text who sends none of JSON", async () => {
  site.behaviour = trigger({ ...WORKFLOW, ...checked(["basic"]) });
  const right = basic("gate", OWN.TRIGGER_PASSWORD);
  for (const [authorization, status] of [[right, 400], [right.replace("Basic", "basic"), 401], [`${right} `.replace("Basic ", "Basic  "), 401]]) {
    const reply = await send(site.port, { method: "GET", target: "/wa-hook/abc123abc123", headers: { authorization } });
    assert.equal(reply.body.split("\n")[2], `status: ${status}`);
  }
});

const route = (known, unknown = [400, "woocommerce_rest_shop_order_invalid_id"]) => restRoute({ path: "/wp-json/x/v1/things/", user: "gate", password: OWN.SITE_PASSWORD, known, unknown });

test("a REST route gets the identifier in its path, the fields as its body, and the application password", async () => {
  const things = (site.behaviour = route(["1042"]));
  const body = JSON.stringify({ event: "paid", object: 1042, note: "kept from the site" });
  const reply = await gate.deliver({ hook: "order", body });
  assertReply(reply, 200, "Success");
  assertReply(await gate.deliver({ hook: "order", body }), 200, "Duplicate delivery", { first: "delivered" });
  assert.deepEqual(things.runs, [{ identifier: "1042", query: undefined, fields: { event: "paid" } }]);
  const names = Object.keys(headersOf(site.requests.all[0])).sort();
  assert.deepEqual(names, ["accept", "authorization", "content-length", "content-type", "host", "user-agent"]);
  assert.equal((await reply.audit()).bytes_out, '{"event":"paid"}'.length);
});

test("a REST route on a site that shares a secret with the gate gets the gate's signature, too", async () => {
  const things = (site.behaviour = route(["1042"]));
  assertReply(await gate.deliver({ hook: "signed-route", body: `{"event":"${++serial}","object":1042}` }), 200, "Success");
  assert.equal(things.runs.length, 1);
  assertSigned(site.requests.all[0]);
});

const IDENTIFIERS = {
  "by-order": ["1042", "wc_order_9ITaKB99M4jVF"],
  "by-page": ["über-uns/anfahrt", "gr%c3%b6%c3%9fe", "a_b"],
  "by-author": ["adam@example.com", "o'hara+a/../b?c#d&e=%2e%2e~@example.com", "a *.-_@ b", "...a", "{user}@example.com"],
};
for (const [id, identifiers] of Object.entries(IDENTIFIERS)) {
  test(`each kind of identifier reaches the query of a REST route whole, and nothing but its place: ${id}`, async () => {
    const things = (site.behaviour = route(["1"]));
    for (const identifier of identifiers) {
      const reply = await gate.deliver({ hook: id, body: JSON.stringify({ event: `${++serial}`, object: identifier }) });
      assertReply(reply, 200, "Success");
      assert.equal(site.requests.all.at(-1).target.split("&").length, 2);
      const { identifier: got, query } = things.runs.at(-1);
      assert.deepEqual([got, query], ["1", `known=as&by=${identifier}`]);
    }
  });
}

test("nothing but an ID gets into the path of a REST route", async () => {
  const elsewhere = { order: ["batch", "wc_order_9ITaKB99M4jVF", "101/autosaves", "101%2fautosaves", "1042e0"], person: ["me", "adam@example.com", ".", "..", "%2e%2e"] };
  const things = (site.behaviour = route(Object.values(elsewhere).flat()));
  for (const [hook, identifiers] of Object.entries(elsewhere)) {
    for (const object of identifiers) {
      assertReply(await gate.deliver({ hook, body: JSON.stringify({ event: `${++serial}`, object }) }), 400, "Objects not found");
    }
  }
  assert.deepEqual([site.requests.length, things.runs], [0, []]);
});

test("the front page of a site that has no such routes is no success, and held; an answer without content is a success", async () => {
  site.plan(origin.answer(200, { headers: { "content-type": "text/html; charset=UTF-8" }, body: "<!doctype html><title>Shop</title>" }), origin.answer(204));
  const body = () => `{"event":"${++serial}","object":1042}`;
  const unknown = await gate.deliver({ hook: "order", body: body() });
  assertReply(unknown, 202, "Held");
  const entry = await unknown.audit();
  assert.deepEqual([entry.outcome, entry.reason, entry.origin_status], ["held", "origin-unrecognized", 200]);
  assertReply(await gate.deliver({ hook: "order", body: body() }), 200, "Success");
});

test("what a REST route does not know is the sender's mistake, whether it says so with 400 or 404", async () => {
  for (const unknown of [[400, "woocommerce_rest_shop_order_invalid_id"], [404, "rest_post_invalid_id"]]) {
    site.behaviour = route(["1042"], unknown);
    const reply = await gate.deliver({ hook: "order", body: `{"event":"${++serial}","object":1043}` });
    assertReply(reply, 400, "Objects not found");
    assert.equal((await reply.audit()).origin_status, unknown[0]);
  }
  assert.equal(gate.replay.count("put"), 0);
});

test("a gate with a wrong application password, or a route that is not there, is a 502 and the truth in the audit", async () => {
  const things = (site.behaviour = route(["1042"]));
  const refused = await gate.deliver({ hook: "wrong-password", body: `{"event":"${++serial}","object":1042}` });
  assertReply(refused, 502, "Delivery failed", { retryAfter: 60 });
  const entry = await refused.audit();
  assert.deepEqual([entry.reason, entry.origin_status], ["origin-refused", 401]);
  site.behaviour = restRoute({ path: "/wp-json/y/", user: "gate", password: OWN.SITE_PASSWORD, known: ["1042"], unknown: [404, "rest_post_invalid_id"] });
  const lost = await gate.deliver({ hook: "order", body: `{"event":"${++serial}","object":1042}` });
  assertReply(lost, 502, "Delivery failed", { retryAfter: 60 });
  assert.deepEqual([(await lost.audit()).origin_status, things.runs.length], [404, 0]);
});

test("credentials of other kinds of origin follow no redirect, either", async () => {
  for (const id of ["order", "all"]) {
    site.plan(origin.redirect(307, `${elsewhere.url}/elsewhere`));
    const body = id === "order" ? `{"event":"${++serial}","object":1042}` : delivery();
    const reply = await gate.deliver({ hook: id, body });
    assertReply(reply, 502, "Delivery failed");
    assert.equal((await reply.audit()).reason, "origin-redirect");
  }
  assert.equal(elsewhere.requests.length, 0);
});

test("the log says at the start which live hooks go to an origin that keeps no idempotency keys, and shows no secret", async () => {
  const notices = gate.lines.all.filter((line) => line.startsWith('{"notice":')).map((line) => JSON.parse(line).notice);
  assert.equal(notices.length, 18, "one for each hook of this gate");
  assert.match(notices[0], /^hook basic goes to a wunderautomation origin, which keeps no idempotency keys: /);
  for (const line of gate.lines.all) assert.ok(Object.values(OWN).every((secret) => !line.includes(secret)), line);
});

function assertSigned(request) {
  const headers = headersOf(request);
  const key = Buffer.from(ORIGIN_SECRET.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key).update(`${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${request.body}`).digest("base64");
  assert.equal(headers["webhook-signature"], `v1,${mac}`);
}

test("a secret that would become a header of its own is not sent", async () => {
  assertReply(await gate.deliver({ hook: "split", body: `{"post":"999"}` }), 503, "Unavailable");
  assert.deepEqual([site.requests.length, elsewhere.requests.length], [0, 0]);
});
