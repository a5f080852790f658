// The tables: ratios first, what they are made of below.
import { kilobytes, median, megabytes, milliseconds, named, table } from "./table.mjs";

const best = (runs, measure) => Math.min(...runs.map((one) => one[measure]));

// `cells` has for each mix and size the runs of each gate, the plain one first.
export function printRuns(names, cells) {
  const sizes = [...new Set(cells.map(({ size }) => size))];
  const mixes = [...new Set(cells.map(({ mix }) => mix))];
  for (const [index, name] of names.entries()) {
    for (const [base, other] of names.slice(0, index).entries()) {
      console.log(`\nCPU time of a delivery, ${name} ÷ ${other}: the best of each (the median of rounds)`);
      const cell = (mix, size) => {
        const runs = cells.find((cell) => cell.mix === mix && cell.size === size)?.runs;
        const rounds = runs[index].map((one, round) => one.cpu / runs[base][round].cpu);
        return `${(best(runs[index], "cpu") / best(runs[base], "cpu")).toFixed(2)} (${median(rounds).toFixed(2)})`;
      };
      console.log(table(["", ...sizes.map(named)], mixes.map((mix) => [mix, ...sizes.map((size) => cell(mix, size))])));
    }
  }
  console.log("\nThe best of each");
  const head = ["", "gate", "CPU s per 10,000", "spread", "per s", "p50 ms", "p99 ms", "resident MB"];
  const rows = cells.flatMap(({ mix, size, runs }) => runs.map((own, index) => {
    const spread = Math.max(...own.map(({ cpu }) => cpu)) / best(own, "cpu");
    const rate = Math.max(...own.map((one) => one.rate));
    return [
      `${mix}, ${named(size)}`, names[index], (best(own, "cpu") * 1e4).toFixed(2), spread.toFixed(2), rate.toFixed(0),
      milliseconds(best(own, "p50")), milliseconds(best(own, "p99")), megabytes(best(own, "resident")),
    ];
  }));
  console.log(table(head, rows));
}

export function printCold(gates) {
  console.log("\nFrom its start: the best of each");
  const head = ["", "gzipped KB", "spawn → 200 ms", "first request ms", "resident MB", "16 × 1 MB at once MB"];
  const rows = gates.map(({ name, size, starts }) => [
    name, kilobytes(size), ...(starts.length === 0 ? ["", "", "", ""] : [
      milliseconds(best(starts, "spawned")), milliseconds(best(starts, "first")), megabytes(best(starts, "resident")), megabytes(best(starts, "loaded")),
    ]),
  ]);
  console.log(table(head, rows));
}
