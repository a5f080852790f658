// Everything that goes wrong besides the sites and the senders: kills, KV that fails, a ledger that does, time that passes, and
// operators who stop and resume.
import { dice } from "./dice.mjs";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
// Windows are three days: what comes again after them would be another delivery.
const LONGEST = 30 * 60 * MINUTE;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Trouble {
  counts = { kills: 0, stops: 0, "KV failures": 0, "ledger failures": 0, "clock jumps": 0, "origin down": 0 };
  // When time passed.
  jumps = [];
  #gate;
  #sites;
  #hooks;
  #story;
  #seed;
  #isOver = false;
  #loops = [];
  // One at a time: a process that is killed answers no command.
  #turn = Promise.resolve();

  constructor({ gate, sites, hooks, story, seed }) {
    [this.#gate, this.#sites, this.#hooks, this.#story, this.#seed] = [gate, sites, hooks, story, seed];
  }

  start() {
    const troubles = { kill: [700, 4000], clock: [200, 900], records: [500, 2500], switches: [1000, 4000], ledger: [1000, 4000], stop: [600, 3000], dashboard: [4000, 9000], views: [300, 1500], origin: [4000, 12000] };
    this.#loops = Object.entries(troubles).map(async ([name, [least, most]]) => {
      const own = dice(this.#seed, "trouble", name);
      while (!this.#isOver) {
        await sleep(own.between(least, most));
        if (!this.#isOver) await this[`_${name}`](own);
      }
    });
  }

  // Ends it all: sites, KV and ledger are well again, and everything is resumed.
  async end() {
    this.#isOver = true;
    await Promise.all(this.#loops);
    this.#sites.healthy = true;
    for (const { switches } of this.#gate.views) switches.forget();
    await this.#resume(undefined);
    this.#story.tellAll("all trouble is over");
  }

  #alone(act) {
    const done = this.#turn.then(act);
    this.#turn = done.catch(() => {});
    return done;
  }

  async _kill(own) {
    await this.#alone(async () => {
      this.counts.kills++;
      this.#story.tellAll("the gate is killed");
      await this.#gate.kill();
      await sleep(own.chance(0.2) ? own.between(50, 400) : 0);
      await this.#gate.start();
      this.#story.tellAll("the gate is started again");
    });
  }

  async _clock(own) {
    const passed = { short: own.between(1, 15) * SECOND, long: own.between(15, 120) * SECOND, longer: own.between(5, 20) * MINUTE }[own.weighted({ short: 70, long: 25, longer: 5 })];
    if (this.#gate.ahead + passed > LONGEST) return;
    await this.pass(passed);
  }

  async pass(milliseconds) {
    this.counts["clock jumps"]++;
    this.#story.tellAll(`${milliseconds / SECOND} s pass`);
    const from = Date.now();
    await this.#alone(() => this.#gate.forward(milliseconds));
    this.jumps.push({ from, to: Date.now() });
  }

  async #breakKv(own, kv, name, ways) {
    const way = own.pick(ways);
    this.counts["KV failures"]++;
    this.#story.tellAll(`KV (${name}): ${way}`);
    kv[way] = way === "delay" ? own.between(50, 500) : true;
    await sleep(own.between(50, 500));
    kv[way] = way === "delay" ? 0 : false;
    this.#story.tellAll(`KV (${name}) is well`);
  }

  async _records(own) {
    const at = own.between(0, 1);
    await this.#breakKv(own, this.#gate.views[at].replay, `records at ${at}`, ["failReads", "failWrites", "hangs", "delay"]);
  }

  async _switches(own) {
    const at = own.between(0, 1);
    await this.#breakKv(own, this.#gate.views[at].switches, `switches at ${at}`, ["failReads", "failWrites", "hangs", "delay", "forgetsKeys"]);
  }

  async _views(own) {
    const view = own.pick(this.#gate.views);
    own.pick([view.replay, view.switches]).forget();
  }

  async _ledger(own) {
    const how = own.pick(["fails", "hangs", "deafens"]);
    const calls = own.pick([["claim"], ["end"], ["keep"], ["due"], ["claim", "end", "keep", "due", "note"]]);
    this.counts["ledger failures"]++;
    this.#story.tellAll(`the ledger ${how} at ${calls.join(", ")}`);
    await this.#alone(() => this.#gate.control("fault", { how, calls }));
    await sleep(own.between(30, 300));
    await this.#alone(() => this.#gate.control("fault", { how: null, calls: [] }));
    this.#story.tellAll("the ledger is well");
  }

  async _origin(own) {
    this.counts["origin down"]++;
    this.#story.tellAll("the sites are down");
    this.#sites.down = true;
    await sleep(own.between(100, 800));
    this.#sites.down = false;
    this.#story.tellAll("the sites are up");
  }

  async _stop(own) {
    const hook = own.chance(0.85) ? own.pick(this.#hooks).id : undefined;
    const mode = own.pick(["hold", "hold", "reject", undefined]);
    this.counts.stops++;
    this.#story.tellAll(`an operator stops ${hook ?? "everything"}, mode ${mode}`);
    await this.#admin("POST", "stop", { ...(hook && { hook }), ...(mode && { mode }), because: "chaos", by: "tests" });
    await sleep(own.between(100, 900));
    await this.#resume(hook);
    if (own.chance(0.3)) await this.#admin("GET", "status");
    if (own.chance(0.2)) await this.#admin("POST", "release", { all: true, hook: own.pick(this.#hooks).id, by: "tests" });
  }

  async #resume(hook) {
    const body = { ...(hook && { hook }), by: "tests" };
    while (!(await this.#admin("POST", "resume", body))?.json?.done) await sleep(100);
    this.#story.tellAll(`an operator has resumed ${hook ?? "everything"}`);
  }

  // A switch set past the admin API, for some time.
  async _dashboard(own) {
    const { id } = own.pick(this.#hooks);
    this.#story.tellAll(`a switch for ${id} is set in KV`);
    this.#gate.stores.switches.put(`stop:${id}`, JSON.stringify({ mode: own.pick(["hold", "reject"]), reason: "chaos" }));
    await sleep(own.between(200, 1000));
    this.#gate.stores.switches.delete(`stop:${id}`);
    this.#story.tellAll(`the switch for ${id} is taken out of KV`);
  }

  // Its reply, or nothing if the gate died meanwhile.
  async #admin(method, path, body) {
    const reply = await this.#gate.admin(method, path, body).catch(() => undefined);
    if (reply && ![200, 503].includes(reply.status)) throw new Error(`${method} ${path}: ${reply.status} ${reply.body}`);
    return reply;
  }
}
