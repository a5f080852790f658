// What a sender may be told, byte for byte.
import assert from "node:assert/strict";
import { headerOf } from "./message.mjs";

// The reply is exactly this one, in JSON or text as its own type says.
export function assertReply(reply, status, message, { retryAfter, first } = {}) {
  const reference = headerOf(reply.headers, "hookgate-reference");
  if (reference !== undefined) assert.match(reference, /^[0-9a-f]{16}$/);
  const code = status < 300 ? "ok" : "fail";
  const data = { status, ...(reference && { reference }), ...(first && { first }) };
  const type = headerOf(reply.headers, "content-type");
  const expected = type === "application/json"
    ? JSON.stringify({ code, message, data })
    : `code: ${code}\nmessage: ${message}\n${Object.entries(data).map(([key, value]) => `${key}: ${value}\n`).join("")}`;
  assert.equal(reply.body, expected);
  assert.ok(type === "application/json" || type === "text/plain; charset=utf-8", `type ${type}`);
  assert.equal(reply.status, status);
  if (retryAfter !== undefined) assert.equal(headerOf(reply.headers, "retry-after"), String(retryAfter));
  assertStandingHeaders(reply);
}

// What every reply carries, whatever it says.
export function assertStandingHeaders(reply) {
  assert.equal(headerOf(reply.headers, "cache-control"), "no-store");
  assert.equal(headerOf(reply.headers, "x-content-type-options"), "nosniff");
  assert.equal(headerOf(reply.headers, "strict-transport-security"), "max-age=31536000");
}
