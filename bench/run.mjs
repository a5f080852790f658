// One run of deliveries to one gate, in slices, between which others may have their turn: what they took, and whether the gate
// did all of the work.
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../scripts/tools.mjs";
import { CpuClock, memory } from "./cpu.mjs";
import { CONNECTIONS } from "./gates.mjs";
import { Load } from "./load.mjs";

// An isolate reads the switches once in so many milliseconds, and whoever comes before the answer reads them, too.
const SWITCHES_KEPT = 10_000;
// Milliseconds of rest after a slice: the next one runs on the same core.
const REST = 20;

export class Run {
  #gate;
  #peers;
  #load;
  #clock;
  #before;
  #times = [];
  #took = 0;

  constructor(gate, peers) {
    [this.#gate, this.#peers] = [gate, peers];
    this.#load = new Load(gate.worker.port, CONNECTIONS);
    this.#clock = new CpuClock(gate.worker.pid);
  }

  async begin() {
    await this.#load.open();
    this.#before = await this.#clock.quiet();
  }

  async slice({ requests, expected }) {
    await this.#peers.reset();
    this.#gate.lines.entries = 0;
    const { statuses, times, took } = await this.#load.send(requests);
    await this.#clock.quiet(REST);
    check(this.#gate, { ...expected, entries: requests.length }, { statuses, took, ...(await this.#peers.counts()) });
    this.#times.push(...times);
    this.#took += took;
  }

  // CPU in seconds for each delivery, deliveries per second, milliseconds, bytes. What the process did between its slices counts.
  async end() {
    const spent = (await this.#clock.quiet()) - this.#before;
    this.#load.close();
    const times = this.#times.sort((one, other) => one - other);
    const share = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
    const { resident } = memory(this.#gate.worker.pid);
    return { cpu: spent / 1e9 / times.length, rate: (times.length / this.#took) * 1000, p50: share(0.5), p99: share(0.99), resident };
  }
}

function check(gate, expected, { statuses, took, kv, origin }) {
  const { gets, puts } = kv;
  const { forwards, bytes } = origin;
  const done = { statuses, forwards, bytes, gets, puts, entries: gate.lines.entries, others: kv.others + origin.others };
  const due = { ...expected, others: 0 };
  const mostBulks = expected.gets === 0 ? 0 : CONNECTIONS * (1 + Math.ceil(took / SWITCHES_KEPT));
  if (isDeepStrictEqual(done, due) && kv.bulks <= mostBulks && gate.lines.all.length === 0) return;
  const told = gate.lines.all.splice(0).slice(-5).join("\n");
  throw new Failure(`${gate.name} did ${JSON.stringify({ ...done, bulks: kv.bulks })}\nwhere it had to do ${JSON.stringify({ ...due, bulks: `at most ${mostBulks}` })}\n${told}`);
}
