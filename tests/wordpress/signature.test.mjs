// Promise: nothing but the gate's own signature, made just now, opens the route; all else gets one answer, and costs nothing.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { ORIGIN_SECRET } from "../edge/harness/gate.mjs";
import { assertAnswer, attempts, extended, onEachEngine, runsOf } from "./harness/connector.mjs";
import { newId, now, ROUTE, signed } from "./harness/site.mjs";

const OTHER = `whsec_${Buffer.from("another secret made for tests only").toString("base64")}`;
const OPEN = { HOOKGATE_SECRET: ORIGIN_SECRET };
const BODY = '{"hook":"main","objects":{},"fields":{}}';

function mac({ id, timestamp, body = BODY, secret = ORIGIN_SECRET, hash = "sha256", encoding = "base64" }) {
  return createHmac(hash, Buffer.from(secret.slice("whsec_".length), "base64")).update(`${id}.${timestamp}.${body}`).digest(encoding);
}

// Headers of a request that is right but for what the test changes after or before signing.
function headers({ id = newId(), timestamp = String(now()), signature = (right) => `v1,${right}`, ...more } = {}) {
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature(mac({ id, timestamp, ...more }), { id, timestamp }) };
}

function without(name) {
  const { [name]: _, ...rest } = headers();
  return rest;
}

const refused = () => ({
  "no signature at all": {},
  "no id": without("webhook-id"),
  "no timestamp": without("webhook-timestamp"),
  "no list of signatures": without("webhook-signature"),
  "an empty list": headers({ signature: () => "" }),
  "another secret": headers({ secret: OTHER }),
  "another body": headers({ body: `${BODY} ` }),
  "another id": { ...headers(), "webhook-id": newId() },
  "another timestamp": { ...headers({ timestamp: String(now() - 1) }), "webhook-timestamp": String(now()) },
  "an id in upper case": headers({ id: newId().toUpperCase().replace(/^./, "A") }),
  "an id of 63 digits": headers({ id: newId().slice(1) }),
  "an id of 65 digits": headers({ id: `${newId()}0` }),
  "two ids": headers({ id: `${newId()},${newId()}` }),
  "a timestamp with a sign": headers({ timestamp: `+${now()}` }),
  "a timestamp with a fraction": headers({ timestamp: `${now()}.0` }),
  "a timestamp with an exponent": headers({ timestamp: `${now()}e0` }),
  "a timestamp in hexadecimal": headers({ timestamp: `0x${now().toString(16)}` }),
  "a timestamp in milliseconds": headers({ timestamp: String(Date.now()) }),
  "a timestamp too large for any clock": headers({ timestamp: "9".repeat(30) }),
  "a timestamp too old": headers({ timestamp: String(now() - 330) }),
  "a timestamp too new": headers({ timestamp: String(now() + 600) }),
  "a signature without a version": headers({ signature: (right) => right }),
  "a signature of another version": headers({ signature: (right) => `v2,${right}` }),
  "a version in upper case": headers({ signature: (right) => `V1,${right}` }),
  "signatures listed with commas": headers({ signature: (right) => `v1,${right},v1,${right}` }),
  "a signature cut short": headers({ signature: (right) => `v1,${right.slice(0, -1)}` }),
  "a signature with more behind it": headers({ signature: (right) => `v1,${right}=` }),
  "a signature in hexadecimal": headers({ signature: (_, signing) => `v1,${mac({ ...signing, encoding: "hex" })}` }),
  "a signature with SHA-1": headers({ signature: (_, signing) => `v1,${mac({ ...signing, hash: "sha1" })}` }),
  "a right signature behind a kilobyte of others": headers({ signature: (right) => `${"v1,AAAA ".repeat(200)}v1,${right}` }),
});

onEachEngine((on) => {
  test("whatever is not signed right gets the same 401 and leaves no trace", async () => {
    const before = [await attempts(on.site), on.site.runs()];
    for (const [what, given] of Object.entries(refused())) {
      const reply = await on.site.post(ROUTE, { headers: { "content-type": "application/json", ...given }, body: BODY });
      assertAnswer(reply, "hookgate_unauthorized", { what });
    }
    assert.deepEqual([await attempts(on.site), on.site.runs()], before);
  });

  test("what is signed right is accepted, within five minutes and among other signatures", async () => {
    for (const given of [
      headers(),
      headers({ timestamp: String(now() - 240) }),
      headers({ timestamp: String(now() + 240) }),
      headers({ signature: (right) => `v1a,${right} v1,AAAA v1,${right}` }),
    ]) {
      assertAnswer(await on.site.post(ROUTE, { headers: { "content-type": "application/json", ...given }, body: BODY }), "hookgate_accepted");
      assert.equal(runsOf(on.site, given["webhook-id"]).length, 1);
    }
  });

  test("no other method and no other spelling of the route gets past the signature", async () => {
    for (const method of ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      assertAnswer(await on.site.send(method, ROUTE, { headers: headers(), body: BODY }), "hookgate_unauthorized");
    }
    const spellings = [ROUTE, `${ROUTE}/`, `${ROUTE}//`, ROUTE.replace("deliveries", "DELIVERIES"), `${ROUTE}?_envelope=1`,
      ...["", "/", "%0A", "%0A/"].map((end) => `/?rest_route=/hookgate/v1/deliveries${end}`)];
    for (const path of spellings) {
      // Malformed JSON shows who is asked first.
      for (const body of [BODY, "{"]) {
        const reply = await on.site.post(path, { headers: { "content-type": "application/json" }, body });
        assert.equal(JSON.parse(reply.text).body?.code ?? JSON.parse(reply.text).code, "hookgate_unauthorized", `${path} ${body}`);
      }
    }
  });

  test("the clocks may differ by three hundred seconds, either way, and by no more", async () => {
    const accepted = await on.site.php(`$key = Hookgate\\Secrets::keys()[0];
      $id = str_repeat('a', 64);
      do {
          $now = time();
          $accepted = [];
          foreach ([-301, -300, 300, 301] as $skew) {
              $time = (string) ($now - $skew);
              $signature = 'v1,' . base64_encode(hash_hmac('sha256', "$id.$time.body", $key, true));
              $accepted[] = Hookgate\\Signature::verify($id, $time, $signature, 'body', [$key]) !== null;
          }
      } while (time() !== $now);
      delete_option('hookgate_skew');
      return $accepted;`);
    assert.deepEqual(accepted, [false, true, true, false]);
  });

  test("another plugin finds what is unsigned already refused", () => extended(on.site,
    "add_filter('rest_pre_dispatch', function ($answer) { update_option('found', $answer === null ? 'nothing' : $answer->get_status()); return $answer; }, 0);",
    async () => {
      assertAnswer(await on.site.post(ROUTE, { headers: { "content-type": "application/json" }, body: BODY }), "hookgate_unauthorized");
      assert.equal(Number(await on.site.php("return get_option('found');")), 401);
      await on.site.get("/wp-json/");
      assert.equal(await on.site.php("return get_option('found');"), "nothing");
    }));

  test("malformed JSON is unauthorized unless it is signed, and malformed if it is", async () => {
    const malformed = [
      "", "{", "[]", "null", "1", '"main"', "{}",
      BODY.replace('"main"', '"Main"'), BODY.replace('"main"', "7"), BODY.replace('"main"', '""'), BODY.replace('"main"', `"${"m".repeat(65)}"`),
      '{"hook":"main","objects":{}}', '{"hook":"main","fields":{}}', '{"objects":{},"fields":{}}',
      BODY.replace('"fields":{}', '"fields":"x"'), BODY.replace('"fields":{}', '"fields":{},"more":1'),
      BODY.replace('"objects":{}', '"objects":null'), BODY.replace('"objects":{}', '"objects":{"post":"7"}'),
      BODY.replace('"objects":{}', '"objects":{"post":{}}'), BODY.replace('"objects":{}', '"objects":{"post":{"id":7}}'),
      BODY.replace('"objects":{}', '"objects":{"post":{"email":"a@example.com"}}'), BODY.replace('"objects":{}', '"objects":{"page":{"id":"7"}}'),
      BODY.replace('"fields"', '"required":"post","fields"'), BODY.replace('"fields"', '"required":["page"],"fields"'),
      BODY.replace('"fields"', '"required":{"0":"post","2":"user"},"fields"'), BODY.replace('"fields"', '"required":[7],"fields"'),
      BODY.replace('"fields":{}', `"fields":${"[".repeat(100)}${"]".repeat(100)}`),
    ];
    const before = await attempts(on.site);
    for (const body of malformed) {
      const unsigned = await on.site.post(ROUTE, { headers: { "content-type": "application/json" }, body });
      assertAnswer(unsigned, "hookgate_unauthorized", { what: body });
      assertAnswer(await on.site.deliver({ body }), "hookgate_malformed", { what: body });
    }
    assert.deepEqual(await attempts(on.site), before);
  });

  test("a body of 128 KiB is verified, a longer one is not", async () => {
    const body = (length) => BODY.replace("{}}", `{"a":"${"x".repeat(length - BODY.length - '"a":""'.length)}"}}`);
    assertAnswer(await on.site.deliver({ body: body(128 * 1024) }), "hookgate_accepted");
    assertAnswer(await on.site.deliver({ body: body(128 * 1024 + 1) }), "hookgate_unauthorized");
  });

  test("a right signature with a wrong clock is noted, at most once a minute, and a wrong one is not", async () => {
    const noted = () => on.site.php("return get_option('hookgate_skew', null);");
    await on.site.php("return delete_option('hookgate_skew');");
    await on.site.deliver({ timestamp: now() - 4000, secret: OTHER });
    assert.equal(await noted(), null);
    await on.site.deliver({ timestamp: now() - 4000 });
    const first = await noted();
    assert.ok(Math.abs(first.seconds - 4000) <= 30 && now() - first.at <= 30, JSON.stringify(first));
    await on.site.deliver({ timestamp: now() + 9000 });
    assert.deepEqual(await noted(), first);
    await on.site.php("return update_option('hookgate_skew', ['seconds' => 4000, 'at' => time() - 61]);");
    await on.site.deliver({ timestamp: now() + 9000 });
    assert.ok(Math.abs((await noted()).seconds + 9000) <= 30);
  });

  test("while one secret replaces another, both are valid; afterwards one", async () => {
    try {
      on.site.setConstants({ HOOKGATE_SECRET: [OTHER, ORIGIN_SECRET] });
      for (const secret of [ORIGIN_SECRET, OTHER]) assertAnswer(await on.site.deliver({ secret }), "hookgate_accepted");
      on.site.setConstants({ HOOKGATE_SECRET: OTHER });
      assertAnswer(await on.site.deliver({ secret: OTHER }), "hookgate_accepted");
      assertAnswer(await on.site.deliver({ secret: ORIGIN_SECRET }), "hookgate_unauthorized");
    } finally {
      on.site.setConstants(OPEN);
    }
  });

  test("without a secret, or with any that is invalid, the route is closed", async () => {
    const secret = (bytes) => `whsec_${Buffer.alloc(bytes, "x").toString("base64")}`;
    const closed = [undefined, "", "whsec_", 7, [], [""], secret(23), secret(65), ORIGIN_SECRET.replace("whsec_", ""), ORIGIN_SECRET.replace("whsec_", "WHSEC_"), `${ORIGIN_SECRET}\n`, `${ORIGIN_SECRET.slice(0, -3)}*==`, [ORIGIN_SECRET, secret(8)], [ORIGIN_SECRET, null]];
    try {
      for (const value of closed) {
        on.site.setConstants({ HOOKGATE_SECRET: value });
        assertAnswer(await on.site.deliver(), "hookgate_closed");
      }
      for (const bytes of [24, 64]) {
        on.site.setConstants({ HOOKGATE_SECRET: secret(bytes) });
        assertAnswer(await on.site.deliver({ secret: secret(bytes) }), "hookgate_accepted");
      }
    } finally {
      on.site.setConstants(OPEN);
    }
  });

  test("without the constant the option holds the secrets: made, added, shown by fingerprint, removed", async () => {
    try {
      on.site.setConstants({ HOOKGATE_SECRET: undefined });
      const made = await on.site.php("return Hookgate\\Secrets::create();");
      assert.match(made, /^whsec_[A-Za-z0-9+/]{43}=$/);
      assert.equal(await on.site.php(`return Hookgate\\Secrets::add('${OTHER}');`), true);
      assert.equal(await on.site.php("return Hookgate\\Secrets::add('whsec_short');"), false);
      for (const secret of [made, OTHER]) assertAnswer(await on.site.deliver({ secret }), "hookgate_accepted");
      assert.equal(await on.site.php(`return Hookgate\\Secrets::remove(Hookgate\\Secrets::fingerprint('${made}'));`), true);
      assert.deepEqual(await on.site.php("return Hookgate\\Secrets::configured();"), [OTHER]);
      assertAnswer(await on.site.deliver({ secret: made }), "hookgate_unauthorized");
      assertAnswer(await on.site.deliver({ secret: OTHER }), "hookgate_accepted");
      assert.equal(await on.site.php("global $wpdb; return $wpdb->get_var(\"SELECT autoload FROM {$wpdb->options} WHERE option_name = 'hookgate_secrets'\");"), "no");
      on.site.setConstants(OPEN);
      assertAnswer(await on.site.deliver({ secret: OTHER }), "hookgate_unauthorized");
      assertAnswer(await on.site.deliver(), "hookgate_accepted");
      assert.equal(await on.site.php("return Hookgate\\Secrets::add(Hookgate\\Secrets::configured()[0]);"), false);
    } finally {
      await on.site.php("return delete_option('hookgate_secrets');");
      on.site.setConstants(OPEN);
    }
  });

  test("no user is needed, and an application password beside the signature changes nothing, right or wrong", async () => {
    const password = await on.site.php("return WP_Application_Passwords::create_new_application_password(1, ['name' => 'tests'])[0];");
    for (const given of [password, "wrong"]) {
      const authorization = `Basic ${Buffer.from(`admin:${given}`).toString("base64")}`;
      assertAnswer(await on.site.deliver({ headers: { authorization } }), "hookgate_accepted");
      const unsigned = await on.site.post(ROUTE, { headers: { authorization, "content-type": "application/json" }, body: BODY });
      assertAnswer(unsigned, "hookgate_unauthorized");
    }
  });
});

test("the harness signs as Standard Webhooks says", () => {
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  const body = '{"test": 2432232314}';
  assert.deepEqual(signed({ id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1614265330, secret, body }), {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  });
});
