// Promise: what WunderAutomation documents for its webhook trigger holds at the gate, its four replies byte for byte.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { API_KEY, BASIC, SECRETS, basic, hmac, hook, startGate } from "./harness/gate.mjs";
import { connectorAnswer } from "./harness/origin.mjs";
import { assertReply } from "./harness/replies.mjs";

const POST_AND_USER = { post: { at: "/post_id", required: true }, user: { at: "/user_id" } };
const trigger = (auth, more = {}) => ({ auth, objects: POST_AND_USER, fields: [], methods: ["GET", "POST"], ...more });
const X_HUB_SIGNATURE = { scheme: "hmac", hash: "sha1", header: "X_HUB_SIGNATURE", secrets: ["HMAC_SECRET"] };

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      hook("abc123abc123", trigger([BASIC])),
      hook("key123key123", trigger([API_KEY])),
      hook("mac123mac123", trigger([X_HUB_SIGNATURE])),
      hook("form12form12", trigger([X_HUB_SIGNATURE], { media: "form" })),
      hook("who123who123", { auth: [BASIC], objects: { user: { at: "/user", required: true } }, fields: [], methods: ["GET"] }),
      hook("all123all123", {
        auth: [BASIC],
        objects: { post: { at: "/p" }, user: { at: "/u" }, comment: { at: "/c" }, order: { at: "/o" } },
        fields: [],
        methods: ["GET"],
      }),
    ],
  });
});
after(() => gate?.stop());
beforeEach(() => {
  gate.startCounting();
  gate.origin.reset();
});

const AUTHORIZED = { authorization: basic("shop", SECRETS.BASIC_PASSWORD) };
const KEYED = { "x-api-key": SECRETS.API_KEY };

function ask(target, { method = "GET", headers = AUTHORIZED, type, body } = {}) {
  return gate.send({ method, target, headers: { ...headers, ...(type && { "content-type": type }) }, body });
}

async function received() {
  const [request] = await gate.origin.requests.atLeast(1);
  return JSON.parse(request.body);
}

// Post 999 and user 123 of the documented URL; an id may also be a slug or a login, so these come along, after it.
const OBJECTS = { post: { id: "999", slug: "999" }, user: { id: "123", login: "123" } };

const FORMS = {
  "query parameters, GET, Basic": ["/wa-hook/abc123abc123?post_id=999&user_id=123", {}],
  "query parameters, POST, Basic": ["/wa-hook/abc123abc123?post_id=999&user_id=123", { method: "POST" }],
  "query parameters, GET, API key": ["/wa-hook/key123key123?post_id=999&user_id=123", { headers: KEYED }],
  "query parameters, POST, API key": ["/wa-hook/key123key123?post_id=999&user_id=123", { method: "POST", headers: KEYED }],
  "a form body, Basic": ["/wa-hook/abc123abc123", { method: "POST", type: "application/x-www-form-urlencoded", body: "post_id=999&user_id=123" }],
  "a JSON body, API key": ["/wa-hook/key123key123", { method: "POST", headers: KEYED, type: "application/json", body: '{"post_id":999,"user_id":"123"}' }],
  "a JSON body, HMAC": ["/wa-hook/mac123mac123", signed('{"post_id":999,"user_id":123}', "application/json; charset=utf-8")],
  "a form body, HMAC": ["/wa-hook/form12form12", signed("post_id=999&user_id=123", "application/x-www-form-urlencoded")],
};

function signed(body, type) {
  return { method: "POST", type, body, headers: { "x-hub-signature": hmac("sha1", SECRETS.HMAC_SECRET, body) } };
}

for (const [form, [target, request]] of Object.entries(FORMS)) {
  test(`post_id=999&user_id=123 as ${form}`, async () => {
    const reply = await ask(`${target}${target.includes("?") ? "&" : "?"}${unique(request)}`, request);
    assert.equal(reply.status, 200, reply.body);
    const { objects, required, fields } = await received();
    assert.deepEqual([objects, required, fields], [OBJECTS, ["post"], {}]);
  });
}

// The signed forms have no query of their own; the others get one that no hook allows, so that each is a new delivery.
let serial = 0;
function unique(request) {
  return request.headers?.["x-hub-signature"] ? "" : `n=${++serial}`;
}

test("user=adam is looked up as a login only: it is neither an id nor an email address", async () => {
  assert.equal((await ask("/wa-hook/who123who123?user=adam")).status, 200);
  assert.deepEqual((await received()).objects, { user: { login: "adam" } });
  gate.startCounting();
  assert.equal((await ask("/wa-hook/who123who123?user=adam%40example.com")).status, 200);
  assert.deepEqual((await received()).objects, { user: { email: "adam@example.com", login: "adam@example.com" } });
});

test("each of the four object types is identified as documented", async () => {
  const reply = await ask("/wa-hook/all123all123?p=hello-world&u=7&c=31&o=wc_order_5f3a9b2c1d0e4");
  assert.equal(reply.status, 200, reply.body);
  assert.deepEqual((await received()).objects, {
    post: { slug: "hello-world" },
    user: { id: "7", login: "7" },
    comment: { id: "31" },
    order: { key: "wc_order_5f3a9b2c1d0e4" },
  });
});

test("a signature does not cover the query, so the query identifies nothing", async () => {
  const request = signed('{"user_id":123}', "application/json");
  assertReply(await ask("/wa-hook/mac123mac123?post_id=999", request), 400, "Malformed payload");
  assert.equal(gate.origin.requests.length, 0);
});

// The four documented replies. A delivery that was let in carries its reference too.
const json = (status, code, message, reference) =>
  `{"code":"${code}","message":"${message}","data":{"status":${status}${reference ? `,"reference":"${reference}"` : ""}}}`;
const plain = (status, code, message, reference) =>
  `code: ${code}\nmessage: ${message}\nstatus: ${status}\n${reference ? `reference: ${reference}\n` : ""}`;

for (const [kind, type, reply, body] of [
  ["JSON", "application/json", json, (n) => `{"post_id":${n}}`],
  ["text", "application/x-www-form-urlencoded", plain, (n) => `post_id=${n}`],
]) {
  const post = (target, number, headers = AUTHORIZED) => ask(target, { method: "POST", headers, type, body: body(number) });
  const expect = (got, status, code, message) => {
    assert.equal(got.status, status);
    assert.equal(got.header("content-type"), kind === "JSON" ? "application/json" : "text/plain; charset=utf-8");
    assert.equal(got.body, reply(status, code, message, got.header("hookgate-reference")));
  };

  test(`Success in ${kind}`, async () => {
    const got = await post("/wa-hook/abc123abc123", 41);
    expect(got, 200, "ok", "Success");
    assert.match(got.header("hookgate-reference"), /^[0-9a-f]{16}$/);
  });

  test(`Unknown hook code in ${kind}`, async () => {
    const got = await post("/wa-hook/nobody", 42);
    assert.equal(got.header("hookgate-reference"), undefined);
    expect(got, 404, "fail", "Unknown hook code");
  });

  test(`Authentication failed in ${kind}`, async () => {
    const got = await post("/wa-hook/abc123abc123", 43, {});
    assert.equal(got.header("hookgate-reference"), undefined);
    expect(got, 401, "fail", "Authentication failed");
  });

  test(`Objects not found in ${kind}, whether the gate or the origin finds it out`, async () => {
    expect(await ask("/wa-hook/abc123abc123", { method: "POST", type, body: kind === "JSON" ? '{"other":1}' : "other=1" }), 400, "fail", "Objects not found");
    assert.equal(gate.origin.requests.length, 0);
    gate.origin.plan(connectorAnswer(400, "hookgate_objects_not_found"));
    expect(await post("/wa-hook/abc123abc123", 44), 400, "fail", "Objects not found");
    assert.equal(gate.origin.requests.length, 1);
  });
}
