// Promise: an unauthenticated request costs no storage and reaches nobody.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { API_KEY, BASIC, SECRETS, SHA1, SHA256, basic, hmac, hook, startGate } from "./harness/gate.mjs";
import { assertReply } from "./harness/replies.mjs";

const CHUNK = "x".repeat(64 * 1024);
const LIMIT = 64 * 1024 * 1024;
const BODY = '{"event":"paid"}';
const sign = (body, secret = SECRETS.HMAC_SECRET, hash = "sha256") => `${hash}=${hmac(hash, secret, body)}`;
const signed = (value) => ({ signed: false, headers: { "x-hub-signature-256": value } });
const good = sign(BODY);

const NOT_FOUND = [404, "Unknown hook code"];
const REFUSED = [401, "Authentication failed"];
const INSECURE = [403, "HTTPS required"];
const UNSUPPORTED = [415, "Unsupported media type"];
const TOO_LARGE = [413, "Payload too large"];

// Each kind: what is sent instead of a good delivery to `main`, and what comes back.
const KINDS = {
  "unknown id": [{ hook: "nobody" }, NOT_FOUND],
  "disabled hook": [{ hook: "disabled" }, NOT_FOUND],
  "upper-case id": [{ hook: "MAIN" }, NOT_FOUND],
  "percent-encoded id": [{ hook: "m%61in" }, NOT_FOUND],
  "id followed by a slash": [{ hook: "main/" }, NOT_FOUND],
  "id followed by a segment": [{ hook: "main/more" }, NOT_FOUND],
  "id of 65 characters": [{ hook: "a".repeat(65) }, NOT_FOUND],
  "empty id": [{ hook: "" }, NOT_FOUND],
  "other slug": [{ target: "/hook/main" }, NOT_FOUND],
  "doubled slash": [{ target: "//wa-hook/main" }, NOT_FOUND],
  "root path": [{ target: "/" }, NOT_FOUND],
  "wrong method": [{ method: "PUT" }, [405, "Method not allowed"]],
  "wrong media type": [{ type: "text/plain" }, UNSUPPORTED],
  "multipart form": [{ type: "multipart/form-data; boundary=x" }, UNSUPPORTED],
  "gzip body": [{ headers: { "content-encoding": "gzip" } }, UNSUPPORTED],
  "unheard-of content coding": [{ headers: { "content-encoding": "identity, br" } }, UNSUPPORTED],
  "declared size over the cap": [{ hook: "small", body: "x".repeat(101) }, TOO_LARGE],
  "chunked size over the cap": [{ hook: "small", body: "x".repeat(101), chunked: true }, TOO_LARGE],
  "no signature": [{ signed: false }, REFUSED],
  "empty signature": [signed(""), REFUSED],
  "signature with another secret": [signed(sign(BODY, "some other secret")), REFUSED],
  "signature of another body": [signed(sign(`${BODY} `)), REFUSED],
  "signature header twice": [{ signed: false, headers: [["x-hub-signature-256", good], ["x-hub-signature-256", good]] }, REFUSED],
  "wrong prefix": [signed(good.replace("sha256=", "sha1=")), REFUSED],
  "upper-case prefix": [signed(good.replace("sha256=", "SHA256=")), REFUSED],
  "no prefix": [signed(good.slice(7)), REFUSED],
  "upper-case hex": [signed(`sha256=${good.slice(7).toUpperCase()}`), REFUSED],
  "truncated signature": [signed(good.slice(0, -2)), REFUSED],
  "signature and more": [signed(`${good}00`), REFUSED],
  "junk inside the hex": [signed(`${good.slice(0, 20)}zz${good.slice(20)}`), REFUSED],
  "not hex": [signed(`sha256=${"g".repeat(64)}`), REFUSED],
  "good sha1, bad sha256": [{ hook: "old", ...both(sign(BODY, undefined, "sha1"), sign("other")) }, REFUSED],
  "bad sha1, good sha256": [{ hook: "old", ...both(sign("other", undefined, "sha1"), good) }, REFUSED],
  "one of two mechanisms": [{ hook: "two" }, REFUSED],
  "no credentials": [{ hook: "basic", signed: false }, REFUSED],
  "wrong password": [credentials(basic("shop", "not the password")), REFUSED],
  "wrong user": [credentials(basic("shops", SECRETS.BASIC_PASSWORD)), REFUSED],
  "password cut at its colon": [credentials(basic("shop", "basic")), REFUSED],
  "credentials without a colon": [credentials(`Basic ${Buffer.from("shop").toString("base64")}`), REFUSED],
  "credentials not base64": [credentials("Basic ***"), REFUSED],
  "credentials of another scheme": [credentials(basic("shop", SECRETS.BASIC_PASSWORD).replace("Basic", "Bearer")), REFUSED],
  "no api key": [{ hook: "key", signed: false }, REFUSED],
  "wrong api key": [apiKey("not the api key"), REFUSED],
  "start of the api key": [apiKey(SECRETS.API_KEY.slice(0, -1)), REFUSED],
  "api key and more": [apiKey(`${SECRETS.API_KEY}x`), REFUSED],
  "plain http": [{ edge: { scheme: "http" } }, INSECURE],
  "TLS 1.0": [{ edge: { cf: { tlsVersion: "TLSv1" } } }, INSECURE],
  "TLS 1.1": [{ edge: { cf: { tlsVersion: "TLSv1.1" } } }, INSECURE],
  "no TLS version": [{ edge: { cf: {} } }, INSECURE],
  "no request.cf": [{ edge: { cf: null } }, INSECURE],
  "unheard-of TLS version": [{ edge: { cf: { tlsVersion: "TLSv9" } } }, INSECURE],
};

function both(sha1, sha256) {
  return { signed: false, headers: { "x-hub-signature": sha1, "x-hub-signature-256": sha256 } };
}

function credentials(authorization) {
  return { hook: "basic", signed: false, headers: { authorization } };
}

function apiKey(value) {
  return { hook: "key", signed: false, headers: { "x-api-key": value } };
}

let gate;
before(async () => {
  gate = await startGate({
    hooks: [
      hook("main"),
      hook("hasty", { body_timeout: "1s" }),
      hook("disabled", { enabled: undefined }),
      hook("small", { max_body: "100B" }),
      hook("old", { auth: [SHA1] }),
      hook("two", { auth: [SHA256, API_KEY] }),
      hook("basic", { auth: [BASIC] }),
      hook("key", { auth: [API_KEY] }),
    ],
  });
});
after(() => gate?.stop());

test("over a thousand hostile requests of every kind cost no KV operation and no origin fetch", async () => {
  const rounds = Math.ceil(1000 / Object.keys(KINDS).length);
  const rays = new Set();
  for (let round = 0; round < rounds; round++) {
    await Promise.all(Object.entries(KINDS).map(async ([kind, [request, expected]]) => {
      const reply = await gate.deliver({ body: BODY, ...request });
      rays.add(reply.ray);
      try {
        assertReply(reply, ...expected);
      } catch (error) {
        throw new Error(`${kind}: ${error.message}`, { cause: error });
      }
    }));
  }
  const stalled = await Promise.all(Array.from({ length: 20 }, () => stall(rays)));
  for (const reply of stalled) assertReply(reply, 408, "Request timeout");

  assert.ok(rays.size >= 1000);
  assert.ok(Object.keys(KINDS).length >= 20);
  await gate.lines.atLeast(rays.size);
  const entries = gate.lines.all.map((line) => JSON.parse(line));
  assert.equal(entries.length, rays.size, "one audit entry per request, and nothing else printed");
  for (const entry of entries) {
    assert.ok(rays.delete(entry.ray), "one audit entry per request");
    assert.equal(entry.outcome, "rejected");
    assert.equal(entry.reference, null);
  }
  assert.equal(gate.kvOperations, 0);
  assert.equal(gate.origin.requests.length, 0);
});

async function stall(rays) {
  const connection = await gate.open({ hook: "hasty", headers: { "content-length": BODY.length, "x-hub-signature-256": good } });
  rays.add(connection.ray);
  connection.write(BODY.slice(0, 5));
  const reply = await connection.reply();
  connection.close();
  return reply;
}

test("an unknown hook, a disabled one and a refused signature tell nothing apart that a sender could use", async () => {
  const unknown = await gate.deliver({ hook: "nobody" });
  const disabled = await gate.deliver({ hook: "disabled" });
  assert.equal(unknown.body, disabled.body);
  assert.deepEqual(...[unknown, disabled].map(({ headers }) => headers.filter(([name]) => name !== "Connection")));
  assert.deepEqual([(await disabled.audit()).hook, (await unknown.audit()).hook], [null, null]);
});

test("a refused request says which scheme or method it should have used", async () => {
  assert.equal((await gate.deliver({ signed: false })).header("www-authenticate"), "Webhook");
  assert.equal((await gate.deliver({ method: "PUT" })).header("allow"), "POST");
});

test("a body without end is refused, its connection ends, and memory stays bounded", async () => {
  await gate.deliver({ signed: false });
  const before = residentMegabytes();
  const sent = await Promise.all(Array.from({ length: 8 }, pourUntilClosed));
  for (const { reply, bytes } of sent) {
    assertReply(reply, 413, "Payload too large");
    assert.ok(bytes < LIMIT, "the connection was still open after 64 MiB");
  }
  const growth = residentMegabytes() - before;
  assert.ok(growth < 40, `resident memory grew by ${growth} MB`);
});

// Past the cap by one byte it waits for the reply: a write that meets a closed connection would lose what is there to be read.
async function pourUntilClosed() {
  const connection = await gate.open({ headers: { "transfer-encoding": "chunked", "x-hub-signature-256": good } });
  for (let sent = 0; sent < 256 * 1024; sent += CHUNK.length) connection.write(chunk(CHUNK));
  connection.write(chunk("x"));
  const reply = await connection.reply();
  let bytes = 0;
  while (!connection.closed && bytes < LIMIT) {
    connection.write(chunk(CHUNK));
    bytes += CHUNK.length;
    await connection.drained();
    await setImmediate();
  }
  connection.close();
  return { reply, bytes };
}

function chunk(content) {
  return `${content.length.toString(16)}\r\n${content}\r\n`;
}

function residentMegabytes() {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${gate.pid}/status`, "utf8"))[1]) / 1024;
}
