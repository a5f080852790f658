// The Worker's entry module. On stable Rust a panic ends the wasm instance: worker-build's shim makes a new one for
// the next request, but whatever was in flight never gets an answer. This module gives those requests theirs.
import { DurableObject } from "cloudflare:workers";
import Gate from "../build/index.js";

// The shim's own record of its instance; private to worker-build, hence the exact pin and tests/edge/panics.test.mjs.
const instance = globalThis.__worker_init_state;

// One function for each request in flight: it ends the wait without a response.
const inFlight = new Set();

function abandonAll() {
  for (const abandon of inFlight) abandon();
  inFlight.clear();
}

// What an instance that ended leaves behind (timers, fetches) fails on its own and says nothing of the present one.
const LEFTOVER = "Cannot invoke closure from previous WASM instance";

// Runs after the shim's listener. Errors nobody caught come from wasm: a trap, or an exception that went through it.
addEventListener("error", (event) => {
  // The runtime would report its message, which may quote the sender.
  event.preventDefault();
  if (event.error?.message === LEFTOVER) return;
  console.error("wasm ended:", event.error?.name);
  instance.criticalError = true;
  abandonAll();
});

export default {
  fetch(request, env, context) {
    const reply = answer(request, env, context);
    // A sender that hangs up must not cancel a delivery half way.
    context.waitUntil(reply);
    return reply;
  },
};

// What `act` comes to, unless the wasm instance that it waits for ends.
async function outlive(act) {
  // Resolved with nothing: what one request throws is of no use to another.
  const { promise: abandoned, resolve: abandon } = Promise.withResolvers();
  inFlight.add(abandon);
  const ended = abandoned.then(() => {
    throw new Error("wasm ended");
  });
  try {
    return await Promise.race([act(), ended]);
  } catch (error) {
    // A trap before the first await ends here, and the instance with it.
    if (instance.criticalError) abandonAll();
    throw error;
  } finally {
    inFlight.delete(abandon);
  }
}

async function answer(request, env, context) {
  const started = Date.now();
  try {
    return await outlive(() => new Gate(context, env).fetch(request));
  } catch {
    // What is thrown may quote the sender.
    console.log(auditEntry(request, Date.now() - started));
    return unavailable(request);
  }
}

// For how long, in milliseconds, and how many held deliveries one alarm releases (the platform grants 15 minutes, and on its
// Free plan 50 fetches: one more would fail as if the origin were silent), and the pause between two.
const RELEASING = 600_000;
const RELEASES = 40;
const PAUSE = 100;
// How often, in milliseconds, the ledger is swept; and how long it waits after something went wrong.
const SWEEP = 3_600_000;
const TROUBLE = 60_000;

// The ledger of one hook, see src/ledger.rs: who may forward a delivery, and what is held.
export class Ledger extends DurableObject {
  #wakesAt = Infinity;
  #sweptAt = -Infinity;

  constructor(context, env) {
    super(context, env);
    context.blockConcurrencyWhile(async () => {
      const waits = this.#run((gate) => gate.createLedger(this.ctx.storage.sql));
      this.#wakesAt = (await context.storage.getAlarm()) ?? Infinity;
      // The platform gives up an alarm whose object cannot even start, as after a bad deploy.
      if (waits && this.#wakesAt === Infinity) this.#wake(Date.now() + TROUBLE);
    });
  }

  // A call is a text, and so is its answer. Nothing is awaited: what it writes and the alarm it sets are one.
  ask(call) {
    const [answer, wake] = this.#run((gate) => gate.ledger(this.ctx.storage.sql, call));
    if (wake !== undefined) this.#wake(wake);
    return answer;
  }

  async alarm() {
    this.#wakesAt = Infinity;
    try {
      await this.#release();
      await this.#sweep();
    } catch {
      // The platform gives up an alarm that fails a few times.
      this.#wake(Date.now() + TROUBLE);
    }
  }

  // Forwards what is due, one delivery after the other.
  async #release() {
    const end = Date.now() + RELEASING;
    for (let releases = 0; releases < RELEASES && Date.now() < end; releases++, await scheduler.wait(PAUSE)) {
      const next = await outlive(() => new Gate(this.ctx, this.env).release(this.env, this, this.ctx.id.name));
      if (next === undefined) return;
      if (next > Date.now()) return this.#wake(next);
    }
    this.#wake(Date.now());
  }

  async #sweep() {
    if (Date.now() < this.#sweptAt + SWEEP / 2) return this.#wake(this.#sweptAt + SWEEP);
    for (let after; ; await scheduler.wait(0)) {
      ({ after } = JSON.parse(this.ask(JSON.stringify({ call: "sweep", after }))));
      if (after === undefined) break;
    }
    this.#sweptAt = Date.now();
  }

  #wake(at) {
    if (at >= this.#wakesAt) return;
    this.#wakesAt = at;
    this.ctx.storage.setAlarm(at);
  }

  // What a call wrote before it failed is taken back, also if it ended the wasm instance.
  #run(act) {
    try {
      return this.ctx.storage.transactionSync(() => act(new Gate(this.ctx, this.env)));
    } catch {
      if (instance.criticalError) abandonAll();
      throw new Error("The ledger did not do it");
    }
  }
}

// The reply and the audit entry as src/reply.rs and src/audit.rs write them.
function unavailable(request) {
  const [essence] = (request.headers.get("content-type") ?? "").toLowerCase().split(";");
  const json = /^application\/(json|.*\+json)$/.test(essence.trim());
  const [status, code, message] = [503, "fail", "Unavailable"];
  const body = json
    ? JSON.stringify({ code, message, data: { status } })
    : `code: ${code}\nmessage: ${message}\nstatus: ${status}\n`;
  const headers = {
    "content-type": json ? "application/json" : "text/plain; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "strict-transport-security": "max-age=31536000",
    "retry-after": "5",
  };
  return new Response(body, { status, headers });
}

function auditEntry(request, ms) {
  const ray = request.headers.get("cf-ray")?.match(/^[0-9a-f]{16}(-[A-Z]{3})?$/)?.[0] ?? null;
  const unknown = { origin_status: null, ms, ray, reference: null };
  return JSON.stringify({ hook: null, owner: null, outcome: "failed", reason: "panic", auth: [], bytes_in: 0, bytes_out: 0, ...unknown });
}
