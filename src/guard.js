// The Worker's entry module. On stable Rust a panic ends the wasm instance, and whatever was in flight in it would never get
// an answer: this module gives those requests theirs.
import { DurableObject } from "cloudflare:workers";
import { createLedger, ledger } from "../build/index.js";
import { enter } from "./cloudflare/instance.js";
import { Passage } from "./cloudflare/passage.js";

export default {
  fetch(request, env, context) {
    const reply = answer(request, env);
    // A sender that hangs up must not cancel a delivery half way.
    context.waitUntil(reply);
    return reply;
  },
};

async function answer(request, env) {
  const started = Date.now();
  const reply = await Passage.deliver(request, env);
  if (reply !== undefined) return reply;
  console.log(auditEntry(request, Date.now() - started));
  return unavailable(request);
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
      const waits = this.#run(() => createLedger(this.ctx.storage.sql));
      this.#wakesAt = (await context.storage.getAlarm()) ?? Infinity;
      // The platform gives up an alarm whose object cannot even start, as after a bad deploy.
      if (waits && this.#wakesAt === Infinity) this.#wake(Date.now() + TROUBLE);
    });
  }

  // A call is a text, and so is its answer. Nothing is awaited: what it writes and the alarm it sets are one.
  ask(call) {
    const [answer, wake] = this.#run(() => ledger(this.ctx.storage.sql, call));
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
      const next = await Passage.release(this, this.env, this.ctx.id.name);
      if (next === undefined) throw new Error("wasm ended");
      if (next === Infinity) return;
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
      return this.ctx.storage.transactionSync(() => enter(act));
    } catch {
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
