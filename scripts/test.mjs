// `npm test`: every check, in order, up to the first that fails. `npm test -- edge clippy` runs the named ones and what
// they need; `npm test -- long` what takes too long for every time.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { isDebian } from "./debian.mjs";
import { checkFuzz, fuzz } from "./fuzz.mjs";
import { checkPhp } from "./php.mjs";
import { setUp } from "./setup.mjs";
import { environment, Failure, main, nodeTool, root, run, rustTool, seconds } from "./tools.mjs";

const WASM = ["--target", "wasm32-unknown-unknown"];
const DENY_WARNINGS = ["--", "-D", "warnings"];

const needs = { "dry-run": ["build"], edge: ["build", "build-fault"], chaos: ["build"], start: ["build"], wordpress: ["build"], "start-wordpress": ["build"] };
// Not part of `npm test`: only when it is named, or all of it is as `long`.
const LONG = ["fuzz-lint", "fuzz"];
// Made of Debian's packages.
const ON_DEBIAN = ["php", "wordpress", "start-wordpress"];

const checks = {
  setup: (names) => setUp({ fuzz: names.includes("fuzz"), deny: names.includes("deny"), wordpress: isDebian() && ON_DEBIAN.some((name) => names.includes(name)) ? "tests" : undefined }),
  format: () => command("cargo", ["fmt", "--check"]),
  // With what only the fuzz targets see.
  clippy: () => command("cargo", ["clippy", "--locked", "--all-targets", "--features", "fuzzing", ...DENY_WARNINGS]),
  "clippy-wasm": () => command("cargo", ["clippy", "--locked", ...WASM, "--lib", ...DENY_WARNINGS]),
  // What the targets of `long` run: a change of the core must not break it unseen.
  "clippy-fuzz": () => command("cargo", ["clippy", "--locked", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target", "--lib", ...DENY_WARNINGS]),
  doc: () => command("cargo", ["doc", "--locked", "--no-deps"], { RUSTDOCFLAGS: "-D warnings" }),
  unit: () => command("cargo", ["test", "--locked"]),
  // Advisories need the network at every run: see deny.toml.
  deny: () => command(rustTool("cargo-deny"), ["check", "bans", "licenses", "sources"]),
  build: () => build(),
  "build-fault": () => build({ out: "build-fault", features: "fault-injection" }),
  "dry-run": () => command(nodeTool("wrangler"), ["deploy", "--dry-run"]),
  edge: () => command(nodeTool("node"), ["--test", "--test-reporter=spec", ...testsIn("edge")]),
  // A short one; the long one is `npm run chaos`.
  chaos: () => command(nodeTool("node"), ["tests/chaos/chaos.mjs", "--seed", "42", "--deliveries", "400"]),
  start: () => command("npm", ["start", "--", "--once"]),
  php: () => checkPhp(),
  // Each file starts sites of its own, most of whose time goes to waiting: two at a time suit two cores.
  wordpress: () => command(nodeTool("node"), ["--test", "--test-reporter=spec", "--test-concurrency=2", ...testsIn("wordpress")]),
  "start-wordpress": () => command("npm", ["start", "--", "--wordpress", "--once"]),
  "fuzz-lint": () => checkFuzz(),
  // A minute for each target, two at a time.
  fuzz: () => fuzz(),
};

// Named one by one: the runner takes a pattern that fits nothing for a success.
function testsIn(name) {
  const folder = join(root, "tests", name);
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".test.mjs")) : [];
  if (files.length === 0) throw new Failure(`tests/${name} holds no *.test.mjs`);
  return files.sort().map((file) => join("tests", name, file));
}

async function command(program, args, more = {}) {
  const code = await run(program, args, { env: environment(more) });
  if (code !== 0) throw new Failure(`\`${[program.replace(root, ""), ...args].join(" ")}\` ended with status ${code}`);
}

main(async () => {
  const wanted = process.argv.slice(2).flatMap((name) => (name === "long" ? LONG : name));
  const unknown = wanted.find((name) => !(name in checks));
  if (unknown) throw new Failure(`There is no check "${unknown}". There are: ${Object.keys(checks).join(", ")}, long`);
  const chosen = wanted.length === 0 ? Object.keys(checks).filter((name) => !LONG.includes(name)) : ["setup", ...wanted, ...wanted.flatMap((name) => needs[name] ?? [])];
  const names = Object.keys(checks).filter((name) => chosen.includes(name));
  const times = [];
  for (const name of names) {
    console.log(`\n==> ${name}`);
    const started = Date.now();
    try {
      if (ON_DEBIAN.includes(name) && !isDebian()) throw new Failure(notHere(name));
      await checks[name](names);
    } catch (error) {
      times.push([name, seconds(started), "FAILED"]);
      summary(times, names.slice(times.length));
      throw error;
    }
    times.push([name, seconds(started), "ok"]);
  }
  summary(times, []);
});

function notHere(name) {
  const others = Object.keys(checks).filter((other) => ![...ON_DEBIAN, ...LONG].includes(other));
  return `"${name}" needs a WordPress made of Debian's packages, and this is not Debian. The others run here too: npm test -- ${others.join(" ")}`;
}

function summary(times, skipped) {
  console.log("");
  for (const [name, time, end] of times) console.log(`${name.padEnd(16)} ${time.padStart(9)}  ${end}`);
  for (const name of skipped) console.log(`${name.padEnd(16)} ${"".padStart(9)}  not run`);
}
