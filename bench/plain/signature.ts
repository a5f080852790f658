// Standard Webhooks, and the key of a delivery, with WebCrypto.
const HMAC = { name: "HMAC", hash: "SHA-256" };
const TOLERANCE = 300_000;
const MOST_SIGNATURES = 16;
const encoder = new TextEncoder();

type Bytes = Uint8Array<ArrayBuffer>;

export function importKey(secret: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", secret, HMAC, false, ["sign", "verify"]);
}

export function decodeSecret(text: string): Bytes {
  return decode(text.replace(/^whsec_/, ""));
}

// The id of a request that the sender signed lately, or null.
export async function verify(key: CryptoKey, headers: Headers, body: Bytes, now: number): Promise<string | null> {
  const id = headers.get("webhook-id") ?? "";
  const timestamp = headers.get("webhook-timestamp") ?? "";
  if (!/^[!-~]{1,256}$/.test(id) || !/^[1-9][0-9]*$/.test(timestamp)) return null;
  if (Math.abs(Number(timestamp) * 1000 - now) > TOLERANCE) return null;
  const signatures = (headers.get("webhook-signature") ?? "").split(" ").filter((item) => /^v1,[A-Za-z0-9+/]{43}=$/.test(item));
  if (signatures.length > MOST_SIGNATURES) return null;
  const content = contentOf(id, timestamp, body);
  for (const item of signatures) {
    if (await crypto.subtle.verify("HMAC", key, decode(item.slice(3)), content)) return id;
  }
  return null;
}

// The value of `webhook-signature`.
export async function sign(key: CryptoKey, id: string, timestamp: string, body: Bytes): Promise<string> {
  const code = new Uint8Array(await crypto.subtle.sign("HMAC", key, contentOf(id, timestamp, body)));
  return `v1,${btoa(String.fromCharCode(...code))}`;
}

// The SHA-256 of some texts in hex. Each is preceded by its length, so that no byte can move from one to the next.
export async function hash(texts: string[]): Promise<string> {
  const parts = texts.map((text) => encoder.encode(text));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + 8 + part.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at + 4, part.length);
    bytes.set(part, at + 8);
    at += 8 + part.length;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => HEX[byte]).join("");
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function contentOf(id: string, timestamp: string, body: Bytes): Bytes {
  const head = encoder.encode(`${id}.${timestamp}.`);
  const content = new Uint8Array(head.length + body.length);
  content.set(head);
  content.set(body, head.length);
  return content;
}

function decode(base64: string): Bytes {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
