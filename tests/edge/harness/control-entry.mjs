// Runs in workerd around the Worker, which it hands on as it is: a second entrypoint, on a port of its own, lets a test move
// the clock, change the environment, ask the ledger, break it, and count what it and WebCrypto do.
import { env } from "cloudflare:workers";
import { clock } from "./clock.js";
import gate, { Ledger as Real } from "./src/guard.js";
import { takeAsked, webCrypto } from "./webcrypto.js";

// The Worker as it is, whose requests to the ledger are counted.
let counting;
let changed = {};
export default {
  fetch(request, env, context) {
    counting ??= { ...env, ...changed, LEDGER: { getByName: (name) => ({ ask: (call) => (counted.requests++, env.LEDGER.getByName(name).ask(call)) }) } };
    return gate.fetch(request, counting, context);
  },
};

// Pauses are this many times shorter, where a test has more to release than time.
const { wait } = scheduler;
scheduler.wait = (milliseconds, ...more) => wait.call(scheduler, milliseconds / (env.HURRY ?? 1), ...more);

// What the ledger does to certain calls: `fails`, `hangs`, or `deafens`, which does what was asked and never answers.
let fault = { how: null, calls: [] };

// Requests and alarms that reach objects, alarms that are set, and rows.
const NOTHING = { requests: 0, alarms: 0, alarmsSet: 0 };
const counted = { ...NOTHING, cursors: null };
// Alarms that are under way.
let awake = 0;

export class Ledger extends Real {
  #getAlarm;
  #setAlarm;

  constructor(context, env) {
    const { storage } = context;
    const { sql } = storage;
    const getAlarm = storage.getAlarm.bind(storage);
    const setAlarm = storage.setAlarm.bind(storage);
    const own = {
      sql: { exec: (statement, ...values) => count(sql.exec(statement, ...values)) },
      // Alarms are by the real clock.
      getAlarm: async () => {
        const at = await getAlarm();
        return at === null ? null : at + clock.ahead;
      },
      setAlarm: (at) => {
        counted.alarmsSet++;
        return setAlarm(Math.max(at - clock.ahead, 1));
      },
    };
    for (const [name, value] of Object.entries(own)) Object.defineProperty(storage, name, { value });
    super(context, env);
    [this.#getAlarm, this.#setAlarm] = [getAlarm, setAlarm];
  }

  ask(call) {
    const is = (how) => fault.how === how && fault.calls.includes(JSON.parse(call).call);
    if (is("fails")) throw new Error("made for a test");
    if (is("hangs")) return new Promise(() => {});
    const answer = super.ask(call);
    return is("deafens") ? new Promise(() => {}) : answer;
  }

  async alarm(...info) {
    counted.alarms++;
    awake++;
    await super.alarm(...info).finally(() => awake--);
  }

  // What the object was to be woken for comes sooner by as much.
  async clockMoved(by) {
    const at = await this.#getAlarm();
    if (at !== null) await this.#setAlarm(Math.max(at - by, 1));
  }

  async alarmTime() {
    return await this.ctx.storage.getAlarm();
  }

  // As the platform does with an alarm that has failed for minutes.
  async loseAlarm() {
    await this.ctx.storage.deleteAlarm();
  }
}

function count(cursor) {
  counted.cursors?.push(cursor);
  return cursor;
}

const commands = {
  clock: async ({ ahead, objects }, env) => {
    const by = ahead - clock.ahead;
    clock.ahead = ahead;
    await Promise.all(objects.map((name) => env.LEDGER.getByName(name).clockMoved(by)));
  },
  ask: ({ object, call }, env) => env.LEDGER.getByName(object).ask(JSON.stringify(call)).then(JSON.parse),
  alarm: ({ object }, env) => env.LEDGER.getByName(object).alarmTime(),
  loseAlarm: ({ object }, env) => env.LEDGER.getByName(object).loseAlarm(),
  // Whether no alarm is under way or due.
  rests: async ({ object }, env) => awake === 0 && ((await env.LEDGER.getByName(object).alarmTime()) ?? Infinity) > Date.now() + 1_000,
  // Variables and secrets change, as without a new isolate.
  environment: ({ variables }) => void ([counting, changed] = [undefined, variables]),
  // How methods of WebCrypto fail from now on, see webcrypto.mjs; and what they were asked since the last time.
  webCrypto: ({ faults }) => void (webCrypto.faults = faults),
  asked: () => takeAsked(),
  fault: ({ how, calls }) => void (fault = { how, calls }),
  startCounting: () => void Object.assign(counted, { ...NOTHING, cursors: [] }),
  // Rows as they are paid for.
  counted: () => {
    const { cursors, ...rest } = counted;
    return { ...rest, rows: cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0) };
  },
};

export const control = {
  async fetch(request, env) {
    const { command, ...more } = await request.json();
    try {
      return Response.json({ result: await commands[command](more, env) });
    } catch (error) {
      return Response.json({ error: error.message });
    }
  },
};
