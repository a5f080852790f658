// The tables: ratios first, what they are made of below.
import { kilobytes, megabytes, milliseconds, named, table } from "./table.mjs";

const least = (runs, measure) => Math.min(...runs.map((run) => run[measure]));
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// Each cell has its rounds, each round a run of each gate.
export function printCells(names, cells) {
  const sizes = [...new Set(cells.map(({ size }) => size))];
  const mixes = [...new Set(cells.map(({ mix }) => mix))];
  for (const [index, name] of names.entries()) {
    for (const [base, other] of names.slice(0, index).entries()) {
      console.log(`\nCPU time of a delivery, ${name} ÷ ${other}: the best rounds of each (all rounds, ± standard error)`);
      const cell = (mix, size) => ratio(cells.find((cell) => cell.mix === mix && cell.size === size).rounds, index, base);
      console.log(table(["", ...sizes.map(named)], mixes.map((mix) => [mix, ...sizes.map((size) => cell(mix, size))])));
    }
  }
  console.log("\nThe best of each; slowest: CPU time of the slowest round ÷ that of the best");
  const head = ["", "", "CPU s per 10,000", "slowest", "per s", "p50 ms", "p99 ms", "resident MB"];
  console.log(table(head, cells.flatMap((cell) => names.map((name, index) => [`${cell.mix}, ${named(cell.size)}`, name, ...figures(cell.rounds.map((round) => round[index]))]))));
}

function ratio(rounds, index, base) {
  const of = (gate) => rounds.map((round) => round[gate].cpu);
  const best = Math.min(...of(index)) / Math.min(...of(base));
  return `${best.toFixed(2)} (${(mean(of(index)) / mean(of(base))).toFixed(2)}${rounds.length > 1 ? ` ± ${error(of(index).map((cpu, round) => cpu / of(base)[round])).toFixed(2)}` : ""})`;
}

const error = (values) => Math.sqrt(mean(values.map((value) => (value - mean(values)) ** 2)) / (values.length - 1));

function figures(runs) {
  const slowest = Math.max(...runs.map(({ cpu }) => cpu)) / least(runs, "cpu");
  const rate = Math.max(...runs.map((run) => run.rate));
  return [
    (least(runs, "cpu") * 1e4).toFixed(2), slowest.toFixed(2), rate.toFixed(0),
    milliseconds(least(runs, "p50")), milliseconds(least(runs, "p99")), megabytes(least(runs, "resident")),
  ];
}

export function printStarts(gates) {
  console.log("\nFrom its start; the best of each");
  const head = ["", "gzipped KB", "spawn → 200 ms", "first request ms", "resident MB", "at most with 16 × 1 MB at once"];
  const rows = gates.map(({ name, size, starts }) => {
    const times = starts.length === 0 ? ["", "", "", ""] : [milliseconds(least(starts, "spawned")), milliseconds(least(starts, "first")), megabytes(least(starts, "resident")), megabytes(least(starts, "loaded"))];
    return [name, kilobytes(size), ...times];
  });
  console.log(table(head, rows));
}
