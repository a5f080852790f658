// One round: every gate is started anew, and gets the same requests as the others, slice by slice in turn.
import { startCold } from "./cold.mjs";
import { deliveries } from "./deliveries.mjs";
import { startGate } from "./gates.mjs";
import { checkLikeness } from "./likeness.mjs";
import { Run } from "./run.mjs";

// A spell in which the machine is slow is to hit all gates.
const SLICES = 5;
// Before a cell, so much of what it will get; and before all, until the compilers of JavaScript and wasm have done their best.
const WARM_UP = 0.2;
const FIRST_WARM_UP = [["valid", 1_000, 3000], ["wrong", 1_000, 3000], ["valid", 10_000, 1500], ["wrong", 10_000, 1000], ["repeats", 10_000, 1000], ["valid", 100_000, 300]];

// `cells` are mixes, sizes and counts. The results: for each cell a run of each gate, and for each gate its cold start, if that is
// wanted.
export async function playRound(made, peers, cells, { cold, progress }) {
  const gates = [];
  try {
    for (const gate of made) gates.push(await startGate(gate, peers));
    const starts = [];
    for (const gate of cold ? gates : []) {
      starts.push(await startCold(gate, peers));
      await gate.restart();
    }
    await checkLikeness(gates, peers);
    for (const [mix, size, count] of FIRST_WARM_UP) await play(gates, peers, [deliveries(mix, size, count)]);
    const runs = [];
    for (const { mix, size, count } of cells) {
      const make = (share) => deliveries(mix, size, Math.max(16, Math.round(count * share)));
      await play(gates, peers, [make(WARM_UP)]);
      runs.push(await play(gates, peers, Array.from({ length: SLICES }, () => make(1 / SLICES))));
      progress();
    }
    return { runs, starts };
  } finally {
    for (const gate of gates) await gate.stop();
  }
}

async function play(gates, peers, slices) {
  const runs = gates.map((gate) => new Run(gate, peers));
  for (const run of runs) await run.begin();
  for (const [turn, slice] of slices.entries()) {
    for (const place of gates.keys()) await runs[(turn + place) % runs.length].slice(slice);
  }
  const ended = [];
  for (const run of runs) ended.push(await run.end());
  return ended;
}
