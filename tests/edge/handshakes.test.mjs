// Promise: what providers ask before they deliver is answered by the Worker alone: in the media type they expect, or with no body at
// all, never as a page, and without the origin and the stores.
import assert from "node:assert/strict";
import { createHmac, generateKeyPairSync, sign } from "node:crypto";
import { after, before, beforeEach, test } from "node:test";
import { SECRETS, hook, startGate } from "./harness/gate.mjs";
import { assertReply, assertStandingHeaders } from "./harness/replies.mjs";
import { newRay } from "./harness/sender.mjs";

const ed25519 = generateKeyPairSync("ed25519");
const SECRET = "a secret of a provider, for tests";
const TOKEN = "a verify token & more, for tests";
const TEXT = "text/plain; charset=utf-8";
const provider = (scheme, more = {}) => hook(scheme, { auth: [{ scheme, secrets: ["PROVIDER_SECRET"], ...more }] });

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      ...["slack", "zoom", "twitch", "dropbox", "woocommerce", "xero", "microsoft-graph"].map((scheme) => provider(scheme)),
      provider("meta", { verify_token: "META_TOKEN" }),
      ...["trello", "mandrill"].map((scheme) => provider(scheme, { url: `https://hooks.example.com/wa-hook/${scheme}` })),
      // A secret of X is nobody else's.
      hook("x-twitter", { auth: [{ scheme: "x-twitter", secrets: ["X_SECRET"] }] }),
      hook("discord", { auth: [{ scheme: "discord", secrets: ["DISCORD_KEY"] }] }),
    ],
    secrets: {
      ...SECRETS,
      PROVIDER_SECRET: SECRET,
      X_SECRET: SECRET,
      META_TOKEN: TOKEN,
      DISCORD_KEY: ed25519.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex"),
    },
  });
  // Everything is stopped: a provider must be answered all the same.
  gate.switches.put("stop", "the tests have stopped everything");
});
after(() => gate?.stop());
beforeEach(() => gate.startCounting());

const mac = (text, encoding = "hex", hash = "sha256") => createHmac(hash, SECRET).update(text).digest(encoding);
const seconds = () => String(Math.floor(Date.now() / 1000));
async function ask(id, query, { method = "GET", headers = [] } = {}) {
  const ray = newRay();
  const reply = await gate.send({ target: `/wa-hook/${id}${query}`, method, headers, edge: { ray } });
  return Object.assign(reply, { audit: () => gate.audit(ray) });
}
const post = (id, body, headers = {}, more = {}) => gate.deliver({ hook: id, body, headers, signed: false, ...more });

// The whole reply, and that nothing but the Worker took part in it.
async function assertAnswer(reply, status, type, body, reason) {
  assert.equal(reply.status, status);
  assert.equal(reply.header("content-type"), type);
  assert.equal(reply.body, body);
  assert.equal(reply.header("content-security-policy"), "default-src 'none'");
  assert.equal(reply.header("hookgate-reference"), undefined);
  assertStandingHeaders(reply);
  const entry = await reply.audit();
  assert.deepEqual([entry.outcome, entry.reason, entry.reference, entry.bytes_out], ["handshake", reason, null, 0]);
  assertUntouched();
}

function assertUntouched() {
  assert.equal(gate.kvOperations, 0);
  assert.equal(gate.origin.requests.length, 0);
}

test("Slack gets its challenge back as text", async () => {
  const body = JSON.stringify({ type: "url_verification", token: "t", challenge: "3eZbrw1aBm2rZgRNFdxV2595" });
  const time = seconds();
  const signed = { "x-slack-request-timestamp": time, "x-slack-signature": `v0=${mac(`v0:${time}:${body}`)}` };
  await assertAnswer(await post("slack", body, signed), 200, TEXT, "3eZbrw1aBm2rZgRNFdxV2595", "slack");
  assertReply(await post("slack", body, { ...signed, "x-slack-signature": `v0=${mac("guess")}` }), 401, "Authentication failed");
  assertUntouched();
});

test("Zoom gets its token and the token's HMAC as JSON", async () => {
  const body = JSON.stringify({ event: "endpoint.url_validation", payload: { plainToken: "qgg8vlvZRS6UYooatFL8Aw" } });
  const time = seconds();
  const signed = { "x-zm-request-timestamp": time, "x-zm-signature": `v0=${mac(`v0:${time}:${body}`)}` };
  const answer = { plainToken: "qgg8vlvZRS6UYooatFL8Aw", encryptedToken: mac("qgg8vlvZRS6UYooatFL8Aw") };
  await assertAnswer(await post("zoom", body, signed), 200, "application/json", JSON.stringify(answer), "zoom");
});

test("Twitch gets its challenge back as text", async () => {
  const body = JSON.stringify({ challenge: "pogchamp-kappa-360noscope-vohiyo", subscription: { status: "webhook_callback_verification_pending" } });
  const [id, time] = ["e76c6bd4-55c9-4987-8304-da1588d8988b", new Date().toISOString()];
  const signed = {
    "twitch-eventsub-message-id": id,
    "twitch-eventsub-message-timestamp": time,
    "twitch-eventsub-message-type": "webhook_callback_verification",
    "twitch-eventsub-message-signature": `sha256=${mac(id + time + body)}`,
  };
  await assertAnswer(await post("twitch", body, signed), 200, TEXT, "pogchamp-kappa-360noscope-vohiyo", "twitch");
});

for (const [name, body, status, type, answer, reason] of [
  ["interactions are ponged", '{"id":"1","token":"t","type":1}', 200, "application/json", '{"type":1}', "discord"],
  ["events are answered 204, which has no body", '{"application_id":"1","type":0}', 204, undefined, "", "discord-events"],
]) {
  test(`Discord: ${name}`, async () => {
    const time = seconds();
    const signed = { "x-signature-ed25519": sign(null, Buffer.from(time + body), ed25519.privateKey).toString("hex"), "x-signature-timestamp": time };
    await assertAnswer(await post("discord", body, signed), status, type, answer, reason);
    assertReply(await post("discord", body, { ...signed, "x-signature-timestamp": String(Number(time) + 1) }), 401, "Authentication failed");
    assertUntouched();
  });
}

test("Meta gets its challenge back if it knows the token", async () => {
  const query = (token) => `?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${encodeURIComponent(token)}`;
  await assertAnswer(await ask("meta", query(TOKEN)), 200, TEXT, "1158201444", "meta");
  for (const guess of ["", "guess", TOKEN.slice(1), `${TOKEN} `]) assertReply(await ask("meta", query(guess)), 405, "Method not allowed");
  assertUntouched();
});

test("X gets its token signed, and nothing that could be a delivery", async () => {
  const answer = JSON.stringify({ response_token: `sha256=${mac("challenge_string", "base64")}` });
  await assertAnswer(await ask("x-twitter", "?crc_token=challenge_string&nonce=n"), 200, "application/json", answer, "x-twitter");
  for (const token of ['{"a":1}', '"a"', "a b", "a&b", "a:b"]) assertReply(await ask("x-twitter", `?crc_token=${encodeURIComponent(token)}`), 405, "Method not allowed");
  for (const body of ["42", "true", "null"]) {
    const signed = { "x-twitter-webhooks-signature": `sha256=${mac(body, "base64")}` };
    assertReply(await post("x-twitter", body, signed), 401, "Authentication failed");
  }
  assertUntouched();
});

test("Dropbox and Microsoft get back what they ask with, as text that no browser takes for a page", async () => {
  await assertAnswer(await ask("dropbox", "?challenge=abc_123-XYZ"), 200, TEXT, "abc_123-XYZ", "dropbox");
  const token = "Validation: Testing client application reachability for subscription Request-Id: 522a8e7e";
  const query = `?validationToken=${encodeURIComponent(token).replaceAll("%20", "+")}`;
  await assertAnswer(await ask("microsoft-graph", query, { method: "POST", headers: [["content-type", TEXT], ["content-length", "0"]] }), 200, TEXT, token, "microsoft-graph");
  await assertAnswer(await ask("microsoft-graph", query), 200, TEXT, token, "microsoft-graph");
  for (const wrong of ["<script>alert(1)</script>", "%3Cb%3E", "a\nb", "grüße", "a".repeat(513), ""]) {
    assertReply(await ask("dropbox", `?challenge=${encodeURIComponent(wrong)}`), 405, "Method not allowed");
  }
  assertReply(await ask("slack", "?challenge=abc"), 405, "Method not allowed");
  assertReply(await ask("nobody", "?challenge=abc"), 404, "Unknown hook code");
  assertUntouched();
});

test("Trello and Mandrill look with HEAD, and other hooks have none", async () => {
  const head = (id) => ask(id, "", { method: "HEAD" });
  for (const scheme of ["trello", "mandrill"]) await assertAnswer(await head(scheme), 200, undefined, "", scheme);
  for (const other of ["slack", "dropbox", "meta"]) assert.equal((await head(other)).status, 405);
  assertUntouched();
});

test("WooCommerce pings with a form that nobody signs, and gets an empty 200", async () => {
  const form = { type: "application/x-www-form-urlencoded" };
  await assertAnswer(await post("woocommerce", "webhook_id=5", {}, form), 200, undefined, "", "woocommerce");
  for (const body of ["webhook_id=5&id=7", "id=7", `webhook_id=${"1".repeat(100_000)}`]) {
    assertReply(await post("woocommerce", body, {}, { ...form, chunked: true }), 415, "Unsupported media type");
  }
  assertUntouched();
});

test("Xero's intent to receive is answered by status alone", async () => {
  const body = '{"events":[],"lastEventSequence":0,"firstEventSequence":0,"entropy":"S0m3r4Nd0mt3xt"}';
  await assertAnswer(await post("xero", body, { "x-xero-signature": mac(body, "base64") }), 200, undefined, "", "xero");
  const refused = await post("xero", body, { "x-xero-signature": mac("guess", "base64") });
  assert.deepEqual([refused.status, refused.body, refused.header("content-type")], [401, "", undefined]);
  assertUntouched();
});
