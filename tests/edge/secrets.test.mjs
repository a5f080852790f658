// Promise: secrets can be rotated without a gap, and no mistake in the configuration opens a hook.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { API_KEY, BASIC, SECRETS, SHA1, SHA256, basic, hmac, hook, startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

const BODY = () => `{"event":"${Math.random()}"}`;

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      hook("rotated", { auth: [{ ...SHA256, secrets: ["HMAC_SECRET", "HMAC_SECRET_NEXT"] }] }),
      hook("three", { auth: [SHA256, BASIC, API_KEY] }),
      hook("hub", { auth: [SHA1] }),
      hook("bare", { auth: [{ scheme: "hmac", hash: "sha1", header: "X_HUB_SIGNATURE", secrets: ["HMAC_SECRET"] }] }),
      hook("anyone", { auth: "none", reason: "a form that cannot sign", replay: { key: "request" } }),
    ],
  });
});
after(() => gate?.stop());

async function signedWith(secret) {
  const body = BODY();
  return gate.deliver({ hook: "rotated", body, signed: false, headers: { "x-hub-signature-256": `sha256=${hmac("sha256", secret, body)}` } });
}

test("the audit entry names the secret that matched, also during a rotation", async () => {
  for (const [secret, name] of [[SECRETS.HMAC_SECRET, "hmac[0]"], [SECRETS.HMAC_SECRET_NEXT, "hmac[1]"]]) {
    const reply = await signedWith(secret);
    assertReply(reply, 200, "Success");
    assert.deepEqual((await reply.audit()).auth, [name]);
  }
});

test("of three mechanisms all must pass", async () => {
  const all = { authorization: basic("shop", SECRETS.BASIC_PASSWORD), "x-api-key": SECRETS.API_KEY };
  const reply = await gate.deliver({ hook: "three", headers: all });
  assertReply(reply, 200, "Success");
  assert.deepEqual((await reply.audit()).auth, ["hmac[0]", "basic[0]", "api-key[0]"]);
  assertReply(await gate.deliver({ hook: "three", headers: all, signed: false }), 401, "Authentication failed");
  for (const missing of Object.keys(all)) {
    const headers = { ...all };
    delete headers[missing];
    assertReply(await gate.deliver({ hook: "three", headers }), 401, "Authentication failed");
  }
});

test("a sender that presents both of GitHub's headers must be right in both", async () => {
  const body = BODY();
  const sha1 = `sha1=${hmac("sha1", SECRETS.HMAC_SECRET, body)}`;
  const sha256 = `sha256=${hmac("sha256", SECRETS.HMAC_SECRET, body)}`;
  const deliver = (headers) => gate.deliver({ hook: "hub", body, signed: false, headers });
  assertReply(await deliver({ "x-hub-signature": sha1, "x-hub-signature-256": sha256.replace(/.$/, "x") }), 401, "Authentication failed");
  assertReply(await deliver({ "x-hub-signature-256": sha256 }), 401, "Authentication failed");
  assertReply(await deliver({ "x-hub-signature": sha1, "x-hub-signature-256": sha256 }), 200, "Success");
  assertReply(await deliver({ "x-hub-signature": sha1 }), 200, "Duplicate delivery", { first: "delivered" });
});

test("a header named with underscores is the header named with dashes, and bare hex is taken where no prefix is set", async () => {
  const body = BODY();
  const reply = await gate.deliver({ hook: "bare", body, signed: false, headers: { "x-hub-signature": hmac("sha1", SECRETS.HMAC_SECRET, body) } });
  assertReply(reply, 200, "Success");
});

test("the Basic scheme's name may be in any case", async () => {
  const credentials = basic("shop", SECRETS.BASIC_PASSWORD).replace("Basic", "bAsIc");
  const headers = { authorization: credentials, "x-api-key": SECRETS.API_KEY };
  assertReply(await gate.deliver({ hook: "three", headers }), 200, "Success");
});

test("a hook that authenticates nobody says so in each audit entry", async () => {
  const reply = await gate.deliver({ hook: "anyone", signed: false });
  assertReply(reply, 200, "Success");
  assert.deepEqual((await reply.audit()).auth, ["none"]);
});

// What is wrong with a hook or its secrets, and what the log must name.
const MISTAKES = {
  "a secret that is not there": [{}, {}, /HOOKS\[0\].*"main".*auth\[0\]\.secrets\[0\]/],
  "an empty secret": [{}, { HMAC_SECRET: "" }, /auth\[0\]\.secrets\[0\]/],
  "a blank secret": [{}, { HMAC_SECRET: " ".repeat(20) }, /auth\[0\]\.secrets\[0\]/],
  "a secret of 11 bytes": [{}, { HMAC_SECRET: "elevenbytes" }, /auth\[0\]\.secrets\[0\]/],
  "a second secret that is too short": [{ auth: [{ ...SHA256, secrets: ["HMAC_SECRET", "NEXT"] }] }, { HMAC_SECRET: SECRETS.HMAC_SECRET, NEXT: "short" }, /auth\[0\]\.secrets\[1\]/],
  "no owner": [{ owner: undefined }, SECRETS, /HOOKS\[0\].*owner/],
  "no authentication": [{ auth: undefined }, SECRETS, /HOOKS\[0\].*auth/],
  "an empty list of mechanisms": [{ auth: [] }, SECRETS, /HOOKS\[0\].*auth/],
  "no authentication and no reason": [{ auth: "none" }, SECRETS, /HOOKS\[0\].*reason/],
  "an unknown key": [{ fieldz: ["/x"] }, SECRETS, /HOOKS\[0\].*fieldz/],
  "an unknown scheme": [{ auth: [{ scheme: "magic", secrets: ["HMAC_SECRET"] }] }, SECRETS, /HOOKS\[0\].*scheme/],
  "unheard-of stop mode": [{ on_stop: "pause" }, SECRETS, /HOOKS\[0\].*on_stop/],
};

for (const [what, [more, secrets, logged]] of Object.entries(MISTAKES)) {
  test(`${what} closes the hook, without a KV operation, and the log names the place`, async () => {
    const closed = await startGate({ hooks: [hook("main", more)], secrets: { ORIGIN_SECRET: SECRETS.ORIGIN_SECRET, ...secrets } });
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        const reply = await closed.deliver();
        assertReply(reply, 503, "Unavailable");
        assert.equal((await reply.audit()).reason, "misconfigured");
      }
      assert.deepEqual([closed.kvOperations, closed.origin.requests.length], [0, 0]);
      const mistakes = closed.lines.all.filter((line) => line.startsWith('{"config":'));
      assert.equal(mistakes.length, 1, mistakes.join("\n"));
      assert.match(JSON.parse(mistakes[0]).config, logged);
      for (const line of closed.lines.all) assert.ok(!line.includes("elevenbytes") && !line.includes('"short"'), line);
    } finally {
      await closed.stop();
    }
  });
}

test("a mistake in one hook does not close its neighbour", async () => {
  const half = await startGate({ hooks: [hook("main"), hook("broken", { auth: [{ ...SHA256, secrets: ["NOWHERE"] }] })] });
  try {
    assertReply(await half.deliver(), 200, "Success");
    assertReply(await half.deliver({ hook: "broken" }), 503, "Unavailable");
  } finally {
    await half.stop();
  }
});

test("an origin secret that is missing or malformed closes every hook", async () => {
  for (const secret of [undefined, "", "not whsec_", "whsec_c2hvcnQ=", "whsec_***"]) {
    const secrets = { HMAC_SECRET: SECRETS.HMAC_SECRET, ...(secret !== undefined && { ORIGIN_SECRET: secret }) };
    const closed = await startGate({ secrets });
    try {
      assertReply(await closed.deliver(), 503, "Unavailable");
      assert.equal(closed.origin.requests.length, 0);
    } finally {
      await closed.stop();
    }
  }
});
