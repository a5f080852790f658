// One run: some deliveries to one gate, what they took, and whether the gate did all of the work.
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../scripts/tools.mjs";
import { CpuClock, forgetPeak, memory } from "./cpu.mjs";
import { CONNECTIONS } from "./gates.mjs";
import { Load } from "./load.mjs";

// An isolate reads the switches once in so many milliseconds, and whoever comes before the answer reads them, too.
const SWITCHES_KEPT = 10_000;

// CPU in seconds for each delivery, deliveries per second, milliseconds, bytes.
export async function run(gate, peers, { requests, expected }) {
  await peers.reset();
  gate.lines.entries = 0;
  const load = new Load(gate.worker.port, CONNECTIONS);
  await load.open();
  try {
    forgetPeak(gate.worker.pid);
    const clock = new CpuClock(gate.worker.pid);
    const before = await clock.quiet();
    const { statuses, times, took } = await load.send(requests);
    const spent = (await clock.quiet()) - before;
    check(gate, expected, { statuses, took, ...(await peers.counts()) }, requests.length);
    times.sort((one, other) => one - other);
    const share = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))];
    return { cpu: spent / 1e9 / requests.length, rate: (requests.length / took) * 1000, p50: share(0.5), p99: share(0.99), ...memory(gate.worker.pid) };
  } finally {
    load.close();
  }
}

function check(gate, expected, { statuses, took, kv, origin }, entries) {
  const { gets, puts } = kv;
  const { forwards, bytes } = origin;
  const done = { statuses, forwards, bytes, gets, puts, entries: gate.lines.entries, others: kv.others + origin.others };
  const due = { ...expected, entries, others: 0 };
  const mostBulks = expected.gets === 0 ? 0 : CONNECTIONS * (2 + Math.floor(took / SWITCHES_KEPT));
  if (isDeepStrictEqual(done, due) && kv.bulks <= mostBulks && gate.lines.all.length === 0) return;
  const told = gate.lines.all.splice(0).slice(-5).join("\n");
  throw new Failure(`${gate.name} did ${JSON.stringify({ ...done, bulks: kv.bulks })}\nwhere it had to do ${JSON.stringify({ ...due, bulks: `at most ${mostBulks}` })}\n${told}`);
}
