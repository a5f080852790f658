// `npm run bench`: the CPU time that a delivery takes Hookgate, beside a plain Worker in TypeScript that does the same. It needs
// Linux and two cores: one is the gate's alone. Options: --rounds 5, --mixes valid,repeats,wrong, --sizes 1,10,100,1000 (KB),
// --starts 5, --build DIR, --against DIR (another build of Hookgate), --scale 1 (as many requests).
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { ask, Failure, main, seconds } from "../scripts/tools.mjs";
import { startCold } from "./cold.mjs";
import { pinSelf } from "./cpu.mjs";
import { deliveries, MIXES } from "./deliveries.mjs";
import { GATE_CORE, hookgate, plain, sizeOf, startGate } from "./gates.mjs";
import { checkLikeness } from "./likeness.mjs";
import { startPeers } from "./peers.mjs";
import { printCold, printRuns } from "./report.mjs";
import { run } from "./run.mjs";
import { named } from "./table.mjs";

// Requests of one run, by the size of their bodies.
const COUNTS = { 1_000: 1500, 10_000: 1500, 100_000: 800, 1_000_000: 160 };
// Before a comparison, so much of a run; and before all of them, until the compilers of JavaScript and wasm have done their best.
const WARM_UP = 0.2;
const FIRST_WARM_UP = [["valid", 1_000, 1500], ["wrong", 10_000, 300], ["repeats", 100_000, 300]];

const options = {
  rounds: { type: "string", default: "5" },
  mixes: { type: "string", default: MIXES.join() },
  sizes: { type: "string", default: "1,10,100,1000" },
  starts: { type: "string", default: "5" },
  scale: { type: "string", default: "1" },
  build: { type: "string", default: "build" },
  against: { type: "string" },
};

main(async () => {
  const { values } = parseArgs({ options });
  const [rounds, starts, scale] = [values.rounds, values.starts, values.scale].map(Number);
  const mixes = values.mixes.split(",").filter((mix) => MIXES.includes(mix));
  const sizes = values.sizes.split(",").map((size) => Number(size) * 1000);
  await checkMachine();
  pinSelf(1 - GATE_CORE);
  const started = Date.now();
  const made = [plain(), hookgate("hookgate", values.build), ...(values.against ? [hookgate("against", values.against)] : [])];
  const stops = [];
  try {
    const peers = await startPeers();
    stops.push(peers.stop);
    const gates = [];
    for (const gate of made) {
      gates.push(await startGate(gate, peers));
      stops.push(gates.at(-1).stop);
    }
    await checkLikeness(gates, peers);
    for (const [mix, size, count] of FIRST_WARM_UP) {
      for (const gate of gates) await run(gate, peers, deliveries(mix, size, count));
    }
    const cells = [];
    for (const mix of mixes) {
      for (const size of sizes) {
        process.stderr.write(`${mix}, ${named(size)} `);
        const count = (COUNTS[size] ?? 1_500_000 / Math.sqrt(size)) * scale;
        cells.push({ mix, size, runs: await compare(gates, peers, rounds, (share) => deliveries(mix, size, Math.max(20, Math.round(count * share)))) });
        process.stderr.write(` ${seconds(started)}\n`);
      }
    }
    printRuns(gates.map(({ name }) => name), cells);
    const cold = gates.map(() => []);
    for (let start = 0; start < starts; start++) {
      for (const [index, gate] of gates.entries()) cold[index].push(await startCold(gate, peers));
    }
    printCold(made.map((gate, index) => ({ name: gate.name, size: sizeOf(gate), starts: cold[index] })));
    console.log(`\n${rounds} rounds in ${seconds(started)}. Forwards, KV operations and audit entries were counted after every run: none was missing.`);
  } finally {
    for (const stop of stops) await stop();
  }
});

// In every round each gate gets the same requests, in turn first and last. The result: for each gate its runs.
async function compare(gates, peers, rounds, make) {
  for (const gate of gates) await run(gate, peers, make(WARM_UP));
  const runs = gates.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const batch = make(1);
    const order = [...gates.keys()];
    for (const index of round % 2 === 0 ? order : order.reverse()) runs[index].push(await run(gates[index], peers, batch));
    process.stderr.write(".");
  }
  return runs;
}

async function checkMachine() {
  if (process.platform !== "linux") throw new Failure("The benchmark reads CPU times from /proc: it needs Linux.");
  if (cpus().length < 2) throw new Failure("The benchmark needs two cores: one for the gate alone, one for all else.");
  if ((await ask("taskset", ["--version"])) === null) throw new Failure("The benchmark pins processes to cores with taskset, of util-linux, which is missing.");
}
