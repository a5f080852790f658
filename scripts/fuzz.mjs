// `node scripts/fuzz.mjs`: builds the fuzz targets for libFuzzer, on stable Rust, and runs each for a minute, two at a
// time. `node scripts/fuzz.mjs gateway --seconds 600` runs some of them for longer; a file as the last word replays it.
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ask, environment, Failure, main, root, run, seconds as since } from "./tools.mjs";

const FOLDER = join(root, "fuzz");
const TARGET_DIR = join(root, "target", "fuzz");
const MINUTE = 60;
// A slow input is a finding, too: the gate has some milliseconds for one.
const LIMITS = ["-timeout=10", "-rss_limit_mb=2048", "-max_len=4096"];

// What `cargo fuzz` passes for `--sanitizer none`: counters at the edges of the control flow, and what is compared.
const COVERAGE = [
  "-Cpasses=sancov-module",
  "-Cllvm-args=-sanitizer-coverage-level=4",
  "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
  "-Cllvm-args=-sanitizer-coverage-pc-table",
  "-Cllvm-args=-sanitizer-coverage-trace-compares",
  "--cfg",
  "fuzzing",
];

export const targets = readdirSync(join(FOLDER, "targets")).filter((file) => file.endsWith(".rs")).map((file) => file.slice(0, -3)).sort();

// Runs `names`, all by default; the first finding of each ends it, and any fails the whole.
export async function fuzz({ names = targets, limit = MINUTE } = {}) {
  const folder = await build();
  const waiting = [...names];
  const ended = [];
  const lane = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) ended.push(await explore(folder, name, limit));
  };
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, lane));
  console.log("");
  for (const { name, line } of ended.sort((a, b) => (a.name < b.name ? -1 : 1))) console.log(`${name.padEnd(14)} ${line}`);
  const found = ended.flatMap(({ name, findings }) => findings.map((file) => `  node scripts/fuzz.mjs ${name} ${relative(root, file)}`));
  if (found.length > 0) throw new Failure(`${found.length === 1 ? "A finding" : "Findings"}, to be replayed by\n${found.join("\n")}`);
}

// The format and the lints of the targets, which are a crate of their own, and of what the core opens to them.
export async function checkFuzz() {
  const lint = (...what) => ["clippy", "--locked", ...what, "--", "-D", "warnings"];
  const own = { cwd: FOLDER, env: environment({ CARGO_TARGET_DIR: TARGET_DIR }) };
  for (const [args, options] of [[["fmt", "--check"], own], [lint("--all-targets", "--features", "engine"), own], [lint("--lib", "--features", "fuzzing"), {}]]) {
    if ((await run("cargo", args, options)) !== 0) throw new Failure(`\`cargo ${args.join(" ")}\` fails for the fuzz targets.`);
  }
}

async function build() {
  const host = (await ask("rustc", ["-vV"]))?.match(/^host: (.*)$/m)?.[1];
  if (!host) throw new Failure("No Rust toolchain (rustc and cargo) in PATH. Get one from https://rustup.rs, then `rustup default stable`.");
  // With `--target`, build scripts are compiled without the counters, for which they have no runtime.
  const args = ["build", "--locked", "--release", "--bins", "--features", "engine", "--target", host];
  const env = environment({ CARGO_TARGET_DIR: TARGET_DIR, RUSTFLAGS: COVERAGE.join(" ") });
  if ((await run("cargo", args, { cwd: FOLDER, env })) !== 0) throw new Failure("The fuzz targets do not build.");
  return join(TARGET_DIR, host, "release");
}

// One target for `limit` seconds. What it has learnt stays in target/fuzz, and is where it goes on the next time.
async function explore(folder, name, limit) {
  const own = join(TARGET_DIR, "work", name);
  const [corpus, findings, seeds] = ["corpus", "findings", "seeds"].map((part) => join(own, part));
  // Seeds are made anew: the recordings may have changed.
  for (const old of [findings, seeds]) rmSync(old, { recursive: true, force: true });
  for (const empty of [corpus, findings]) mkdirSync(empty, { recursive: true });
  const program = join(folder, name);
  const said = [];
  if ((await run(program, [], { env: environment({ HOOKGATE_SEEDS: own }), onLine: (line) => said.push(line) })) !== 0) {
    throw new Failure(`The seeds of ${name} cannot be made:\n${said.join("\n")}`);
  }
  const started = Date.now();
  const lines = [];
  console.log(`${name}: ${limit} s …`);
  const args = [`-max_total_time=${limit}`, ...LIMITS, `-dict=${join(own, "words.dict")}`, `-artifact_prefix=${findings}/`, "-print_final_stats=1", corpus, seeds];
  const code = await run(program, args, { cwd: own, onLine: (line) => lines.push(line) });
  const files = readdirSync(findings).map((file) => join(findings, file));
  if (code !== 0) {
    // Of a panic what it says, of anything else what libFuzzer says of it.
    const from = lines.findIndex((line) => /panicked at|^==\d+==/.test(line));
    console.log(`${name}:\n${lines.slice(Math.max(from, 0)).slice(0, 60).join("\n")}`);
    if (files.length === 0) throw new Failure(`${name} ended with status ${code}.`);
  }
  return { name, findings: files, line: `${summary(lines)}, ${since(started)}${code === 0 ? "" : "  FOUND SOMETHING"}` };
}

// libFuzzer's last figures: edges and features reached, inputs kept, runs.
function summary(lines) {
  const progress = lines.findLast((line) => /^#\d+.*\bcov: \d+/.test(line)) ?? "";
  const [, coverage = "?"] = progress.match(/cov: (\d+)/) ?? [];
  const [, features = "?"] = progress.match(/ft: (\d+)/) ?? [];
  const [, inputs = "?"] = progress.match(/corp: (\d+)/) ?? [];
  const [, edges = "?"] = lines.find((line) => /inline 8-bit counters/.test(line))?.match(/\((\d+) inline/) ?? [];
  const [, runs = progress.match(/^#(\d+)/)?.[1] ?? "?"] = lines.find((line) => /number_of_executed_units/.test(line))?.match(/: (\d+)/) ?? [];
  return `${runs} runs, ${coverage} of ${edges} edges, ${features} features, ${inputs} inputs`;
}

async function replay(name, file) {
  const code = await run(join(await build(), name), [...LIMITS, file], { env: environment({ RUST_BACKTRACE: "1" }) });
  if (code !== 0) throw new Failure(`${name} still finds fault with ${file}.`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(async () => {
    const words = process.argv.slice(2);
    const flag = words.indexOf("--seconds");
    const [, limit] = flag < 0 ? [] : words.splice(flag, 2);
    if (limit !== undefined && !/^[1-9][0-9]*$/.test(limit)) throw new Failure("--seconds takes a number.");
    const last = words.at(-1);
    const file = words.length === 2 && !targets.includes(last) && existsSync(last) ? words.pop() : undefined;
    const unknown = words.find((name) => !targets.includes(name));
    if (unknown) throw new Failure(`There is no fuzz target "${unknown}". There are: ${targets.join(", ")}`);
    if (file) await replay(words[0], resolve(file));
    else await fuzz({ names: words.length > 0 ? words : targets, limit: Number(limit ?? MINUTE) });
  });
}
