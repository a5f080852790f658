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

async function answer(request, env, context) {
  const started = Date.now();
  // Resolved with nothing: a Response belongs to the request that made it.
  const { promise: abandoned, resolve: abandon } = Promise.withResolvers();
  inFlight.add(abandon);
  try {
    const response = await Promise.race([new Gate(context, env).fetch(request), abandoned]);
    if (response) return response;
  } catch {
    // A trap before the first await ends here, and the instance with it. What it says may quote the sender.
    if (instance.criticalError) abandonAll();
  } finally {
    inFlight.delete(abandon);
  }
  console.log(auditEntry(request, Date.now() - started));
  return unavailable(request);
}

// The ledger of one hook, see src/ledger.rs: who may forward a delivery, and what is held.
export class Ledger extends DurableObject {
  #wakesAt = Infinity;

  constructor(context, env) {
    super(context, env);
    context.blockConcurrencyWhile(async () => {
      this.#run((gate) => gate.createLedger(this.ctx.storage.sql));
      this.#wakesAt = (await context.storage.getAlarm()) ?? Infinity;
    });
  }

  // A call is a text, and so is its answer. Nothing is awaited: what it writes and the alarm it sets are one.
  ask(call) {
    const [answer, wake] = this.#run((gate) => gate.ledger(this.ctx.storage.sql, call));
    if (wake < this.#wakesAt) this.#wake(wake);
    return answer;
  }

  async alarm() {
    this.#wakesAt = Infinity;
    try {
      for (let after; ; await scheduler.wait(0)) {
        ({ after } = JSON.parse(this.ask(JSON.stringify({ call: "sweep", after }))));
        if (after === undefined) return;
      }
    } catch {
      // The platform gives up an alarm that fails a few times.
      this.#wake(Date.now() + 60_000);
    }
  }

  #wake(at) {
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
