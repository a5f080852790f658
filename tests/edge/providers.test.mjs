// Promise: what providers sign is verified in the runtime itself, also where that takes the runtime's own cryptography.
import assert from "node:assert/strict";
import { createHash, createHmac, generateKeyPairSync, sign } from "node:crypto";
import { after, before, test } from "node:test";
import { SECRETS, hook, startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

const ed25519 = generateKeyPairSync("ed25519");
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
// A key is the end of its DER.
const raw = (key) => key.export({ type: "spki", format: "der" }).subarray(-32);
const spki = p256.publicKey.export({ type: "spki", format: "der" });
// A point that is not on the curve.
const nowhere = Buffer.from(spki);
nowhere[nowhere.length - 1] ^= 1;

const keys = {
  DISCORD_KEY: raw(ed25519.publicKey).toString("hex"),
  TELNYX_KEY: raw(ed25519.publicKey).toString("base64"),
  SENDGRID_KEY: spki.toString("base64"),
  NOWHERE_KEY: nowhere.toString("base64"),
  PLAID_KEY: JSON.stringify({ ...p256.publicKey.export({ format: "jwk" }), alg: "ES256", kid: "current", expired_at: null }),
  // The same numbers under another name.
  PLAID_KEY_OLD: JSON.stringify({ ...p256.publicKey.export({ format: "jwk" }), kid: "old" }),
  MESSAGEBIRD_KEY: "a signing key of a sender",
  TWILIO_TOKEN: "a token of twilio, for tests",
  MAILGUN_KEY: "a key of mailgun, for tests",
  CONTENTFUL_SECRET: "a secret of contentful, for tests",
  WHSEC: `whsec_${Buffer.from("a secret of a sender, for tests").toString("base64")}`,
};

const URL_AS_SENT = "https://hooks.example.com/wa-hook/messagebird?tenant=7";
const urlOf = (id) => `https://hooks.example.com/wa-hook/${id}`;

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      hook("discord", { auth: [{ scheme: "discord", secrets: ["DISCORD_KEY"] }] }),
      hook("telnyx", { auth: [{ scheme: "telnyx", secrets: ["TELNYX_KEY"] }] }),
      hook("sendgrid", { auth: [{ scheme: "sendgrid", secrets: ["NOWHERE_KEY", "SENDGRID_KEY"] }] }),
      hook("plaid", { auth: [{ scheme: "plaid", secrets: ["PLAID_KEY_OLD", "PLAID_KEY"] }] }),
      hook("messagebird", { auth: [{ scheme: "messagebird", secrets: ["MESSAGEBIRD_KEY"], url: URL_AS_SENT }] }),
      hook("twilio", { auth: [{ scheme: "twilio", secrets: ["TWILIO_TOKEN"], url: urlOf("twilio") }], fields: ["/Body"] }),
      hook("mailgun", { auth: [{ scheme: "mailgun", secrets: ["MAILGUN_KEY"] }], fields: ["/event-data/event"], unsigned_fields: true }),
      hook("contentful", { auth: [{ scheme: "contentful", secrets: ["CONTENTFUL_SECRET"], url: urlOf("contentful") }] }),
      hook("svix", { auth: [{ scheme: "svix", secrets: ["WHSEC"] }] }),
    ],
    secrets: { ...SECRETS, ...keys },
  });
});
after(() => gate?.stop());

const now = () => Math.floor(Date.now() / 1000);
const body = (id) => JSON.stringify({ id, data: { id }, event: id });
const deliver = (id, text, headers) => gate.deliver({ hook: id, body: text, headers, signed: false });

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
const jwt = (head, claims, signature) => {
  const content = `${base64url(head)}.${base64url(claims)}`;
  return `${content}.${signature(content).toString("base64url")}`;
};

const senders = {
  plaid: (text, time = now()) => ({
    "plaid-verification": jwt({ alg: "ES256", kid: "current" }, { iat: time, request_body_sha256: sha256(text) }, (content) =>
      sign("sha256", Buffer.from(content), { key: p256.privateKey, dsaEncoding: "ieee-p1363" }),
    ),
  }),
  messagebird: (text, time = now()) => ({
    "messagebird-signature-jwt": jwt(
      { alg: "HS256" },
      { iss: "MessageBird", nbf: time, exp: time + 60, jti: JSON.parse(text).id, url_hash: sha256(URL_AS_SENT), payload_hash: sha256(text) },
      (content) => createHmac("sha256", keys.MESSAGEBIRD_KEY).update(content).digest(),
    ),
  }),
  discord: (text, time = now()) => ({
    "x-signature-ed25519": sign(null, Buffer.from(`${time}${text}`), ed25519.privateKey).toString("hex"),
    "x-signature-timestamp": String(time),
  }),
  telnyx: (text, time = now()) => ({
    "telnyx-signature-ed25519": sign(null, Buffer.from(`${time}|${text}`), ed25519.privateKey).toString("base64"),
    "telnyx-timestamp": String(time),
  }),
  sendgrid: (text, time = now()) => ({
    "x-twilio-email-event-webhook-signature": sign("sha256", Buffer.from(`${time}${text}`), p256.privateKey).toString("base64"),
    "x-twilio-email-event-webhook-timestamp": String(time),
  }),
  svix: (text, time = now()) => ({
    "svix-id": `msg_${JSON.parse(text).id}`,
    "svix-timestamp": String(time),
    "svix-signature": `v1,${createHmac("sha256", Buffer.from(keys.WHSEC.slice(6), "base64")).update(`msg_${JSON.parse(text).id}.${time}.${text}`).digest("base64")}`,
  }),
};

for (const [name, signed] of Object.entries(senders)) {
  test(`${name}: what its sender signed passes, and once`, async () => {
    const text = body("a");
    assertReply(await deliver(name, text, signed(text)), 200, "Success");
    assertReply(await deliver(name, text, signed(text, now() - 1)), 200, "Duplicate delivery", { first: "delivered" });
  });

  test(`${name}: what its sender did not sign, or long ago, is refused`, async () => {
    const text = body("b");
    for (const headers of [{}, signed(body("c")), signed(text, now() - 400), signed(text, now() + 400)]) {
      assertReply(await deliver(name, text, headers), 401, "Authentication failed");
    }
  });
}

test("a key beside the curve proves nothing and breaks nothing, and the audit entry names the one that did", async () => {
  const text = body("d");
  const reply = await deliver("sendgrid", text, senders.sendgrid(text));
  assertReply(reply, 200, "Success");
  assert.deepEqual((await reply.audit()).auth, ["sendgrid[1]"]);
});

test("plaid: of two keys the one counts that the token names", async () => {
  const text = body("e");
  const reply = await deliver("plaid", text, senders.plaid(text));
  assertReply(reply, 200, "Success");
  assert.deepEqual((await reply.audit()).auth, ["plaid[1]"]);
});

test("twilio: a form passes once, in whatever order it is written, and no other form does", async () => {
  const signature = createHmac("sha1", keys.TWILIO_TOKEN).update(`${urlOf("twilio")}BodyhelloFrom+1555`).digest("base64");
  const post = (form) => gate.deliver({ hook: "twilio", type: "application/x-www-form-urlencoded", body: form, headers: { "x-twilio-signature": signature }, signed: false });
  assertReply(await post("Body=other&From=%2B1555"), 401, "Authentication failed");
  assertReply(await post("Body=hello&From=%2B1555"), 200, "Success");
  assertReply(await post("From=%2b1555&Body=%68ello"), 200, "Duplicate delivery", { first: "delivered" });
});

test("mailgun: a token is spent once, whatever is said with it", async () => {
  const timestamp = String(now());
  const signature = createHmac("sha256", keys.MAILGUN_KEY).update(`${timestamp}a1`).digest("hex");
  const body = (token, event) => JSON.stringify({ signature: { timestamp, token, signature }, "event-data": { event } });
  assertReply(await deliver("mailgun", body("a2", "delivered"), {}), 401, "Authentication failed");
  assertReply(await deliver("mailgun", body("a1", "delivered"), {}), 200, "Success");
  assertReply(await deliver("mailgun", body("a1", "complained"), {}), 200, "Duplicate delivery", { first: "delivered" });
});

test("contentful: method, path, listed headers and body are signed together", async () => {
  const list = "content-type,x-contentful-signed-headers,x-contentful-timestamp";
  const text = body("a");
  const headers = (time) => {
    const signed = `content-type:application/json;x-contentful-signed-headers:${list};x-contentful-timestamp:${time}`;
    return {
      "x-contentful-signature": createHmac("sha256", keys.CONTENTFUL_SECRET).update(`POST\n/wa-hook/contentful\n${signed}\n${text}`).digest("hex"),
      "x-contentful-signed-headers": list,
      "x-contentful-timestamp": String(time),
    };
  };
  for (const wrong of [{}, headers(Date.now() - 40_000), { ...headers(Date.now()), "x-contentful-timestamp": String(Date.now() + 5) }]) {
    assertReply(await deliver("contentful", text, wrong), 401, "Authentication failed");
  }
  assertReply(await deliver("contentful", text, headers(Date.now())), 200, "Success");
});
