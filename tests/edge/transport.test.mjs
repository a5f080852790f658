// Promise: nothing but https with a modern TLS version is listened to, and every reply says so.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { hook, startGate } from "./harness/gate.mjs";
import { assertReply, assertStandingHeaders } from "./harness/replies.mjs";

let gate;
let strict;
before(async () => {
  gate = await startGate();
  strict = await startGate({ variables: { MIN_TLS: "1.3" }, kv: gate, origin: gate.origin });
});
after(async () => {
  await strict?.stop();
  await gate?.stop();
});

const REFUSED = {
  "plain http": [{ scheme: "http" }, "insecure-transport"],
  "plain http that claims TLS 1.3": [{ scheme: "http", cf: { tlsVersion: "TLSv1.3" } }, "insecure-transport"],
  "TLS 1.0": [{ cf: { tlsVersion: "TLSv1" } }, "old-tls"],
  "TLS 1.0, spelled out": [{ cf: { tlsVersion: "TLSv1.0" } }, "old-tls"],
  "TLS 1.1": [{ cf: { tlsVersion: "TLSv1.1" } }, "old-tls"],
  "SSL 3": [{ cf: { tlsVersion: "SSLv3" } }, "old-tls"],
  "no TLS version": [{ cf: { tlsCipher: "AEAD-AES128-GCM-SHA256" } }, "old-tls"],
  "an empty TLS version": [{ cf: { tlsVersion: "" } }, "old-tls"],
  "a TLS version that is no string": [{ cf: { tlsVersion: 1.3 } }, "old-tls"],
  "no request.cf": [{ cf: null }, "old-tls"],
};

for (const [what, [edge, reason]] of Object.entries(REFUSED)) {
  test(`${what} is refused before a byte of the body is read`, async () => {
    // The head promises a body that never comes: a reply means that nobody waited for it.
    const connection = await gate.open({ headers: { "content-length": 1000 }, edge });
    try {
      assertReply(await connection.reply(), 403, "HTTPS required");
    } finally {
      connection.close();
    }
    const entry = await gate.audit(connection.ray);
    assert.deepEqual([entry.outcome, entry.reason, entry.bytes_in], ["rejected", reason, 0]);
  });
}

test("TLS 1.2 and 1.3 are heard", async () => {
  for (const tlsVersion of ["TLSv1.2", "TLSv1.3"]) {
    assertReply(await gate.deliver({ edge: { cf: { tlsVersion } } }), 200, "Success");
  }
});

test("MIN_TLS = 1.3 refuses TLS 1.2", async () => {
  const reply = await strict.deliver({ edge: { cf: { tlsVersion: "TLSv1.2" } } });
  assertReply(reply, 403, "HTTPS required");
  assertReply(await strict.deliver({ edge: { cf: { tlsVersion: "TLSv1.3" } } }), 200, "Success");
});

test("a loopback host may speak plain http, and only a loopback host", async () => {
  const edge = { scheme: "http", cf: null };
  for (const host of [`127.0.0.1:${gate.port}`, `localhost:${gate.port}`, `[::1]:${gate.port}`]) {
    assertReply(await gate.deliver({ host, edge }), 200, "Success");
  }
  for (const host of ["localhost.example.com", "127.0.0.1.example.com", "example.com", "10.0.0.1", "notlocalhost"]) {
    assertReply(await gate.deliver({ host, edge }), 403, "HTTPS required");
  }
});

test("every reply, good or bad, carries HSTS, no-store and nosniff", async () => {
  const replies = [
    await gate.deliver(),
    await gate.deliver({ signed: false }),
    await gate.deliver({ hook: "nobody" }),
    await gate.deliver({ method: "PUT" }),
    await gate.deliver({ type: "text/plain" }),
    await gate.deliver({ body: "{" }),
    await gate.deliver({ edge: { scheme: "http" } }),
    await gate.send({ method: "GET", target: "/" }),
    await gate.send({ method: "OPTIONS", target: "/wa-hook/main" }),
  ];
  for (const reply of replies) assertStandingHeaders(reply);
  assert.deepEqual(replies.map((reply) => reply.status), [200, 401, 404, 405, 415, 400, 403, 404, 405]);
});
