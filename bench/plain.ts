// What Hookgate is measured against: a Worker written by hand for the one hook of the benchmark, with the same duties and
// replies. It takes the care that a good author takes; time limits around KV and the body it leaves to the platform.
import { Memory } from "./plain/memory";
import { decodeSecret, hash, importKey, sign, verify } from "./plain/signature";
import { thin } from "./plain/thin";

interface Kv {
  get(key: string): Promise<string | null>;
  get(keys: string[]): Promise<Map<string, string | null>>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

interface Env {
  REPLAY: Kv;
  SWITCHES: Kv;
  ORIGIN: string;
  ORIGIN_SECRET: string;
  BENCH_SECRET: string;
}

interface Context {
  waitUntil(promise: Promise<unknown>): void;
}

interface Ending {
  outcome: "delivered" | "duplicate" | "rejected" | "failed";
  reason: string | null;
  status: number;
  message: string;
  headers?: Record<string, string>;
}

const HOOK = "bench";
const OWNER = "Bench <bench@example.com>";
const MOST_BYTES = 4 * 1024 * 1024;
const WINDOW = 72 * 3600;
const SWITCHES_KEPT = 10_000;
const TIMEOUT = 10_000;
const encoder = new TextEncoder();
const RAY = /^[0-9a-f]{16}(-[A-Z]{3})?$/;

const rejected = (status: number, message: string, reason: string, headers?: Record<string, string>): Ending => ({ outcome: "rejected", reason, status, message, headers });
const failed = (status: number, message: string, reason: string, wait = "60"): Ending => ({ outcome: "failed", reason, status, message, headers: { "retry-after": wait } });
const DELIVERED: Ending = { outcome: "delivered", reason: null, status: 200, message: "Success" };
const DUPLICATE: Ending = { outcome: "duplicate", reason: null, status: 200, message: "Duplicate delivery" };
const IN_PROGRESS = rejected(409, "In progress", "in-progress", { "retry-after": "5" });

// What an isolate keeps: both keys, what it read of the switches, the deliveries it knows.
let keys: { sender: CryptoKey; origin: CryptoKey } | undefined;
let switches = { stopped: false, readAt: -Infinity };
const memory = new Memory();

class Entry {
  hook: string | null = null;
  owner: string | null = null;
  auth: string[] = [];
  bytes_in = 0;
  bytes_out = 0;
  origin_status: number | null = null;
  reference: string | null = null;
}

export default {
  fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const reply = answer(request, env);
    // A sender that hangs up must not cancel a delivery half way.
    context.waitUntil(reply);
    return reply;
  },
};

async function answer(request: Request, env: Env): Promise<Response> {
  const started = Date.now();
  const entry = new Entry();
  const ending = await deliver(request, env, entry).catch(() => failed(503, "Unavailable", "panic", "5"));
  const { hook, owner, auth, bytes_in, bytes_out, origin_status, reference } = entry;
  const ray = request.headers.get("cf-ray");
  const ms = Date.now() - started;
  const { outcome, reason, status, message } = ending;
  console.log(JSON.stringify({ hook, owner, outcome, reason, auth, bytes_in, bytes_out, origin_status, ms, ray: ray && RAY.test(ray) ? ray : null, reference }));
  const headers: Record<string, string> = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
    "content-type": "application/json",
    ...ending.headers,
  };
  if (reference) headers["hookgate-reference"] = reference;
  const first = outcome === "duplicate" ? "delivered" : undefined;
  const body = { code: status < 300 ? "ok" : "fail", message, data: { status, reference: reference ?? undefined, first } };
  return new Response(JSON.stringify(body), { status, headers });
}

async function deliver(request: Request, env: Env, entry: Entry): Promise<Ending> {
  const { pathname, protocol } = new URL(request.url);
  const tls = (request as Request & { cf?: { tlsVersion?: string } }).cf?.tlsVersion;
  if (protocol !== "https:") return rejected(403, "HTTPS required", "insecure-transport");
  if (tls !== "TLSv1.2" && tls !== "TLSv1.3") return rejected(403, "HTTPS required", "old-tls");
  if (pathname !== `/wa-hook/${HOOK}`) return rejected(404, "Unknown hook code", "unknown-hook");
  [entry.hook, entry.owner] = [HOOK, OWNER];
  const { headers } = request;
  if (request.method !== "POST") return rejected(405, "Method not allowed", "method", { allow: "POST" });
  if (!isJson(headers.get("content-type"))) return rejected(415, "Unsupported media type", "media-type");
  if ((headers.get("content-encoding") ?? "identity").toLowerCase() !== "identity") return rejected(415, "Unsupported media type", "content-encoding");
  if (Number(headers.get("content-length") ?? 0) > MOST_BYTES) return rejected(413, "Payload too large", "too-large");
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.length > MOST_BYTES) return rejected(413, "Payload too large", "too-large");
  entry.bytes_in = body.length;

  keys ??= { sender: await importKey(decodeSecret(env.BENCH_SECRET)), origin: await importKey(decodeSecret(env.ORIGIN_SECRET)) };
  const id = await verify(keys.sender, headers, body, Date.now());
  if (id === null) return rejected(401, "Authentication failed", "authentication", { "www-authenticate": "Webhook" });
  entry.auth = ["standard-webhooks[0]"];
  const key = await hash([HOOK, "id", id]);
  entry.reference = key.slice(0, 16);

  const [stopped, record] = await Promise.all([isStopped(env), env.REPLAY.get(`${HOOK}:${key}`)]);
  if (stopped) return rejected(503, "Paused", "stopped", { "retry-after": "300" });
  if (record !== null) return isRecord(record) ? DUPLICATE : failed(503, "Unavailable", "replay-unreadable");

  const payload = thin(HOOK, body);
  if ("malformed" in payload) return rejected(400, "Malformed payload", payload.malformed);
  if (payload.json === null) return rejected(400, "Objects not found", "objects-not-found");

  const known = memory.claim(key, Date.now());
  if (known !== "new") return known === "settled" ? DUPLICATE : IN_PROGRESS;
  try {
    const ending = await forward(env, keys.origin, key, payload.json, entry);
    if (ending !== DELIVERED) return ending;
    memory.settle(key, Date.now());
    const value = JSON.stringify({ outcome: "delivered", at: Math.floor(Date.now() / 1000) });
    const written = await env.REPLAY.put(`${HOOK}:${key}`, value, { expirationTtl: WINDOW }).then(() => true, () => false);
    return written ? DELIVERED : { ...DELIVERED, reason: "repeat-guard-missing" };
  } finally {
    memory.release(key);
  }
}

async function forward(env: Env, key: CryptoKey, id: string, json: string, entry: Entry): Promise<Ending> {
  const body = encoder.encode(json);
  entry.bytes_out = body.length;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "user-agent": "hookgate-bench/0",
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": await sign(key, id, timestamp, body),
  };
  let status: number;
  let text: string;
  try {
    const response = await fetch(`${env.ORIGIN}/wp-json/hookgate/v1/deliveries`, { method: "POST", headers, body, redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    entry.origin_status = status = response.status;
    text = await response.text();
  } catch (error) {
    return (error as Error).name === "TimeoutError" ? failed(504, "Delivery timed out", "origin-timeout") : failed(502, "Delivery failed", "origin-broken");
  }
  const code = codeOf(text);
  if (status >= 200 && status < 300) return code === "hookgate_accepted" ? DELIVERED : failed(502, "Delivery failed", "origin-unrecognized");
  if (status === 400 && code === "hookgate_objects_not_found") return rejected(400, "Objects not found", "objects-not-found");
  if (status === 409 && code === "hookgate_in_progress") return IN_PROGRESS;
  if (status === 429 || status === 503) return failed(503, "Unavailable", "origin-busy");
  return failed(502, "Delivery failed", status >= 500 ? "origin-error" : status >= 400 ? "origin-refused" : "origin-redirect");
}

function codeOf(text: string): unknown {
  try {
    return JSON.parse(text)?.code;
  } catch {
    return undefined;
  }
}

// Whether an operator has stopped everything or this hook.
async function isStopped(env: Env): Promise<boolean> {
  if (Date.now() - switches.readAt >= SWITCHES_KEPT) {
    const values = await env.SWITCHES.get(["stop", `stop:${HOOK}`]);
    switches = { stopped: [...values.values()].some((value) => value !== null), readAt: Date.now() };
  }
  return switches.stopped;
}

function isRecord(text: string): boolean {
  const record = JSON.parse(text);
  return record?.outcome === "delivered" && typeof record.at === "number";
}

function isJson(type: string | null): boolean {
  const [essence, ...parameters] = (type ?? "").toLowerCase().split(";").map((part) => part.trim());
  return /^application\/(json|.+\+json)$/.test(essence) && parameters.every((part) => !part.startsWith("charset=") || /^charset="?utf-8"?$/.test(part));
}
