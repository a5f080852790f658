// The operator after it all: waits until nothing waits, looks at what is listed, and says what became of it.

// So long may it take until nothing waits any more.
const PATIENCE = 240_000;
// Without any progress for so long, what waits waits for time to pass.
const STILL = 1_200;
const HOUR = 3_600_000;

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export class Operator {
  #gate;
  #parts;
  #trouble;
  // Of what was listed, by its id.
  #keys = new Map();

  constructor(gate, hooks, trouble) {
    [this.#gate, this.#trouble] = [gate, trouble];
    this.#parts = hooks.flatMap(({ id, shards = 1 }) => Array.from({ length: shards }, (_, part) => ({ hook: id, part, object: shards > 1 ? `${id}/${part}` : id })));
  }

  // Until every sender is content, and nothing waits but for an operator.
  async drain(senders) {
    let content = false;
    senders.then(() => (content = true));
    const deadline = Date.now() + PATIENCE;
    for (let [before, since, passed] = [undefined, Date.now(), 0]; ; await sleep(100)) {
      const waiting = await this.#waiting();
      if (content && waiting === 0 && !(await this.#releaseGivenUp())) return;
      if (Date.now() > deadline) return console.log(`after ${PATIENCE / 1000} s ${waiting} still wait, and ${content ? "no" : "some"} sender still tries`);
      if (waiting !== before) [before, since] = [waiting, Date.now()];
      if (Date.now() - since < STILL) continue;
      // First the leases end, then every wait.
      await this.#trouble.pass(passed++ === 0 ? 30_000 : HOUR);
      since = Date.now();
    }
  }

  async #waiting() {
    const counts = await Promise.all(this.#parts.map(async ({ object }) => this.#count(object, ["waiting", "in-flight"])));
    return counts.reduce((sum, each) => sum + each, 0);
  }

  async #count(object, states) {
    const { report } = await this.#gate.ask(object, { call: "status" });
    return (report.held ?? []).filter(({ state }) => states.includes(state)).reduce((sum, { count }) => sum + count, 0);
  }

  // What a healthy site would take now. True if there was any at a site that can be asked again.
  async #releaseGivenUp() {
    const counts = await Promise.all(this.#parts.map(({ object }) => this.#count(object, ["given-up"])));
    const hooks = new Set(this.#parts.filter((_, index) => counts[index] > 0).map(({ hook }) => hook));
    for (const hook of hooks) await this.#do("release", { all: true, hook, by: "tests", because: "the site is back" });
    return hooks.size > 0;
  }

  // The state of each delivery that is held, by its id.
  async listed() {
    const found = new Map();
    for (const { hook, part, object } of this.#parts) {
      for (let after = 0; ; ) {
        const { json } = await this.#gate.admin("GET", `held?hook=${hook}&part=${part}&after=${after}`);
        if (json.length === 0) break;
        after = json.at(-1).place;
        for (const { key, state } of json) {
          const { report } = await this.#gate.ask(object, { call: "show", key });
          const [, id] = /"event\\*":\\*"(d\d+)/.exec(JSON.stringify(report.payload));
          found.set(id, state);
          this.#keys.set(id, key);
        }
      }
    }
    return found;
  }

  // Of each held delivery: it has arrived, or it is to go again.
  async settle(held, byId, sites) {
    for (const [id, state] of held) {
      const delivery = byId.get(id);
      const ref = this.#keys.get(id);
      if (sites.runs(id) > 0) await this.#do("resolve", { ref, hook: delivery.hook, as: "delivered", because: `the site has it, the gate says ${state}`, by: "tests" });
      else await this.#do("release", { ref, hook: delivery.hook, because: "the site does not have it", by: "tests" });
    }
    await this.drain(Promise.resolve());
  }

  async #do(what, body) {
    const reply = await this.#gate.admin("POST", what, body);
    if (!reply.json?.done) throw new Error(`${what} ${JSON.stringify(body)}: ${reply.status} ${reply.body}`);
  }
}
