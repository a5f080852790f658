// `npm run bench`: the CPU time that a delivery takes Hookgate, beside a plain Worker in TypeScript that does the same. It needs
// Linux and two cores: one is the gate's alone. Options:
//   --rounds 5                   each with processes of its own
//   --mixes valid,repeats,wrong
//   --sizes 1,10,100,1000        of bodies, in KB
//   --scale 1                    so many times the usual number of requests
//   --starts 5                   cold starts, at most one in each round
//   --build DIR, --against DIR   Hookgate as built there, and another build of it
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { ask, Failure, main, seconds } from "../scripts/tools.mjs";
import { pinSelf } from "./cpu.mjs";
import { MIXES } from "./deliveries.mjs";
import { GATE_CORE, hookgate, plain, sizeOf } from "./gates.mjs";
import { startPeers } from "./peers.mjs";
import { printCells, printStarts } from "./report.mjs";
import { playRound } from "./round.mjs";

// Requests of one round, by the size of their bodies.
const COUNTS = { 1_000: 3000, 10_000: 3000, 100_000: 1200, 1_000_000: 320 };

const options = {
  rounds: { type: "string", default: "5" },
  mixes: { type: "string", default: MIXES.join() },
  sizes: { type: "string", default: "1,10,100,1000" },
  scale: { type: "string", default: "1" },
  starts: { type: "string", default: "5" },
  build: { type: "string", default: "build" },
  against: { type: "string" },
};

main(async () => {
  const { values } = parseArgs({ options });
  const [rounds, starts, scale] = [values.rounds, values.starts, values.scale].map(Number);
  const cells = cellsOf(values.mixes.split(","), values.sizes.split(","), scale);
  await checkMachine();
  pinSelf(1 - GATE_CORE);
  const started = Date.now();
  const gates = [plain(), hookgate("hookgate", values.build), ...(values.against ? [hookgate("against", values.against)] : [])];
  const peers = await startPeers();
  const played = [];
  try {
    for (let round = 0; round < rounds; round++) {
      played.push(await playRound(gates, peers, cells, { cold: round < starts, progress: () => process.stderr.write(".") }));
      process.stderr.write(` round ${round + 1} of ${rounds}, ${seconds(started)}\n`);
    }
  } finally {
    await peers.stop();
  }
  const names = gates.map(({ name }) => name);
  printCells(names, cells.map((cell, index) => ({ ...cell, rounds: played.map(({ runs }) => runs[index]) })));
  printStarts(gates.map((gate, index) => ({ name: gate.name, size: sizeOf(gate), starts: played.flatMap((round) => round.starts[index] ?? []) })));
  console.log(`\n${seconds(started)}. Replies, forwards, KV operations and audit entries were counted after every slice: none is missing.`);
});

function cellsOf(mixes, sizes, scale) {
  for (const mix of mixes) if (!MIXES.includes(mix)) throw new Failure(`There is no mix ${mix}, but ${MIXES.join(", ")}.`);
  return mixes.flatMap((mix) => sizes.map((kilobytes) => {
    const size = Number(kilobytes) * 1000;
    if (!(size >= 1000 && size <= 4_000_000)) throw new Failure(`A body may have 1 to 4000 KB, not ${kilobytes}.`);
    return { mix, size, count: Math.round((COUNTS[size] ?? 160_000 / Math.sqrt(size)) * scale) };
  }));
}

async function checkMachine() {
  if (process.platform !== "linux") throw new Failure("The benchmark reads CPU times from /proc: it needs Linux.");
  if (cpus().length < 2) throw new Failure("The benchmark needs two cores: one for the gate alone, one for all else.");
  if ((await ask("taskset", ["--version"])) === null) throw new Failure("The benchmark pins processes to cores with taskset, of util-linux, which is missing.");
}
