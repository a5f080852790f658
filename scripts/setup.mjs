// Installs what the project needs and is missing, all inside this folder except the wasm target of rustup's toolchain.
// Why each thing is needed:
//   wrangler      deploys, and runs the Worker with `npm run dev`
//   workerd       the runtime itself, for `npm start` and the tests
//   node-*        node 22, which wrangler needs, for machines with an older one
//   wasm-bindgen  writes the JavaScript around the compiled crate; must match the crate of that name exactly
//   binaryen      wasm-opt, which makes the result smaller and faster
//   esbuild       makes that JavaScript smaller
//   smol-toml     reads wrangler.toml in scripts and tests
//   cargo-deny    licences and sources of the dependencies, in `npm test` only
//   g++           compiles libFuzzer, in `npm test -- long` only
//   WordPress     with PHP, for `npm start -- --wordpress` and, with what debian.mjs lists, for tests
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { logged } from "./installer.mjs";
import { ask, environment, exclusively, Failure, main, nodeTool, root, rustTool, seconds, toolsDir } from "./tools.mjs";
import { wordpressSteps } from "./wordpress.mjs";

const OLDEST = { node: 18, rustc: [1, 95] };
const WASM = "wasm32-unknown-unknown";

const wasmBindgen = { crate: "wasm-bindgen-cli", version: () => lockedVersion("wasm-bindgen"), binary: "wasm-bindgen", flags: ["--no-default-features"] };
const cargoDeny = { crate: "cargo-deny", version: () => "0.20.2", binary: "cargo-deny", flags: ["--no-default-features"] };

// Tools run for seconds: compiled without optimisation and checks they are there in half the time.
const QUICK_BUILD = {
  CARGO_PROFILE_DEV_DEBUG: "0",
  CARGO_PROFILE_DEV_DEBUG_ASSERTIONS: "false",
  CARGO_PROFILE_DEV_INCREMENTAL: "false",
  CARGO_PROFILE_DEV_OVERFLOW_CHECKS: "false",
};

// `deny`, `fuzz`: also what these checks need. `wordpress`: "site" is what a site needs, "tests" what its tests need too.
export async function setUp({ deny = false, fuzz = false, wordpress } = {}) {
  checkNode();
  const sysroot = await checkRust();
  let compilesCpp = !fuzz || (await ask("c++", ["--version"])) !== null;
  const installCpp = async (say) => {
    await installSystemPackages("libFuzzer", "a C++ compiler", ["g++"], say);
    compilesCpp = true;
  };
  const tools = [wasmBindgen, ...(deny ? [cargoDeny] : [])];
  const steps = () => [
    ...(packagesCurrent() ? [] : [PACKAGES]),
    ...(hasWasmTarget(sysroot) ? [] : [[`rustup target ${WASM}`, addWasmTarget]]),
    ...tools.filter((tool) => !installed(tool)).map((tool) => [`${tool.crate} ${tool.version()}`, (say) => installTool(tool, say)]),
    ...(compilesCpp ? [] : [["g++", installCpp]]),
    ...(wordpress ? wordpressSteps({ forTests: wordpress === "tests" }) : []),
  ];
  await take(steps);
}

// The node packages alone: the connector is packed without Rust.
export async function setUpPackages() {
  checkNode();
  await take(() => (packagesCurrent() ? [] : [PACKAGES]));
}

// Asked again once no other set-up runs: it may have done them.
async function take(steps) {
  if (steps().length === 0) return;
  await exclusively("set-up", async () => {
    const missing = steps();
    for (const [index, [name, install]] of missing.entries()) {
      await step(`[${index + 1}/${missing.length}] ${name}`, install);
    }
    rmSync(join(toolsDir, "target"), { recursive: true, force: true });
  });
}

// Prints that a step goes on: on a terminal by rewriting one line, elsewhere by a line now and then.
async function step(title, install) {
  const started = Date.now();
  const terminal = process.stdout.isTTY;
  let printed = Date.now();
  if (!terminal) console.log(`${title} …`);
  const say = (progress) => {
    if (Date.now() - printed < (terminal ? 100 : 10_000)) return;
    printed = Date.now();
    const line = `${title} … ${progress}, ${Math.round((Date.now() - started) / 1000)} s`;
    if (terminal) process.stdout.write(`\r\x1b[K${line}`);
    else console.log(line);
  };
  if (terminal) process.stdout.write(`${title} …`);
  await install(say);
  console.log(`${terminal ? "\r\x1b[K" : ""}${title}: ready after ${seconds(started)}`);
}

function checkNode() {
  if (Number(process.versions.node.split(".")[0]) >= OLDEST.node) return;
  throw new Failure(`node ${process.versions.node} is too old: ${OLDEST.node} or newer is needed. Get it from https://nodejs.org or your system's packages.`);
}

async function checkRust() {
  const [version, cargo, sysroot] = await Promise.all([ask("rustc", ["--version"]), ask("cargo", ["--version"]), ask("rustc", ["--print", "sysroot"])]);
  if (!version || !cargo || !sysroot) {
    throw new Failure("No Rust toolchain (rustc and cargo) in PATH. Get one from https://rustup.rs, then `rustup default stable`.");
  }
  const [, major, minor] = version.match(/(\d+)\.(\d+)/).map(Number);
  if (major < OLDEST.rustc[0] || (major === OLDEST.rustc[0] && minor < OLDEST.rustc[1])) {
    throw new Failure(`${version} is too old: ${OLDEST.rustc.join(".")} or newer is needed. Run \`rustup update stable\`.`);
  }
  return sysroot;
}

// Package managers leave no record of the lock file they followed, so set-up leaves its own.
const packagesStamp = join(root, "node_modules", ".lock-hash");
const lockHash = () => createHash("sha256").update(readFileSync(join(root, "package-lock.json"))).update(`${process.platform} ${process.arch}`).digest("hex");

function packagesCurrent() {
  return existsSync(packagesStamp) && readFileSync(packagesStamp, "utf8") === lockHash();
}

async function installPackages(say) {
  const env = environment({ nodeModules: false });
  if ((await ask("npm", ["--version"], env)) === null) throw new Failure("npm is not in PATH. It comes with node from https://nodejs.org; on Debian: apt-get install npm");
  const timer = setInterval(() => say("downloading"), 1000);
  try {
    await logged("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { env });
  } finally {
    clearInterval(timer);
  }
  if ((await ask(nodeTool("node"), ["--version"])) === null && Number(process.versions.node.split(".")[0]) < 22) {
    throw new Failure(`wrangler needs node 22, which npm has no package of for ${process.platform} ${process.arch}: install node 22 or newer from https://nodejs.org`);
  }
  writeFileSync(packagesStamp, lockHash());
}

const PACKAGES = ["node packages", installPackages];

const hasWasmTarget = (sysroot) => existsSync(join(sysroot, "lib", "rustlib", WASM));

async function addWasmTarget() {
  if ((await ask("rustup", ["--version"])) === null) {
    throw new Failure(`The Rust toolchain cannot compile for ${WASM}, and there is no rustup to add it. Get rustup from https://rustup.rs, or your system's package of that target.`);
  }
  await logged("rustup", ["target", "add", WASM]);
}

// Cargo's own record of what it installed, and the binary itself.
function installed({ crate, version, binary }) {
  const record = join(toolsDir, ".crates.toml");
  return existsSync(rustTool(binary)) && existsSync(record) && readFileSync(record, "utf8").includes(`"${crate} ${version()} (`);
}

async function installTool({ crate, version, binary, flags }, say) {
  if ((await ask("cc", ["--version"])) === null) await installSystemPackages(crate, "a C compiler", ["gcc", "libc6-dev"], say);
  const args = ["install", "--locked", "--debug", "--root", toolsDir, "--target-dir", join(toolsDir, "target"), `${crate}@${version()}`, "--bin", binary, ...flags];
  const env = environment({ ...QUICK_BUILD, CARGO_TERM_PROGRESS_WHEN: "always", CARGO_TERM_PROGRESS_WIDTH: "80", CARGO_TERM_COLOR: "never" });
  const onLine = (line) => {
    const [, done, all] = line.match(/Building \[.*\] (\d+)\/(\d+)/) ?? [];
    if (all) say(`${done} of ${all} crates`);
    else if (/Download/.test(line)) say("downloading");
  };
  await logged("cargo", args, { env, onLine });
}

// What a crate needs of the system: installed where that is Debian and this is root, else asked for.
async function installSystemPackages(crate, wanted, packages, say) {
  if (process.getuid?.() !== 0 || (await ask("apt-get", ["--version"])) === null) {
    throw new Failure(`${crate} needs ${wanted}. On Debian: apt-get install ${packages.join(" ")}`);
  }
  say(`apt-get install ${packages.join(" ")}`);
  const env = environment({ DEBIAN_FRONTEND: "noninteractive" });
  await logged("apt-get", ["update"], { env });
  await logged("apt-get", ["install", "--yes", "--no-install-recommends", ...packages], { env });
}

function lockedVersion(crate) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`name = "${crate}"\\nversion = "(.*)"`));
  if (!found) throw new Failure(`Cargo.lock does not name ${crate}.`);
  return found[1];
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const started = Date.now();
  main(async () => {
    const wants = (flag) => process.argv.includes(flag);
    if (wants("--packages")) await setUpPackages();
    else await setUp({ deny: wants("--test"), fuzz: wants("--fuzz"), wordpress: wants("--test") ? "tests" : wants("--wordpress") ? "site" : undefined });
    console.log(`set-up complete (${seconds(started)})`);
  });
}
