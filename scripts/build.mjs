// Builds the Worker into build/: cargo, wasm-bindgen for the JavaScript around it, wasm-opt, then its size against the budget.
// Options: --out DIR, --features NAME (a second Worker for tests).
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { environment, exclusively, Failure, main, nodeTool, root, run, rustTool, seconds } from "./tools.mjs";

// Of the whole Worker, gzipped, as it is uploaded. 1 KB = 1000 bytes.
const BUDGET_KB = 220;

// Those that rustc enables, and vectors; with more, wasm-opt may write encodings the runtime does not know yet.
const WASM_FEATURES = ["mutable-globals", "sign-ext", "nontrapping-float-to-int", "bulk-memory", "multivalue", "reference-types", "exception-handling", "simd"];

const WASM = "wasm32-unknown-unknown";

// What is uploaded as it is, the entry first.
export const SCRIPTS = ["guard", "cloudflare/instance", "cloudflare/message", "cloudflare/operation", "cloudflare/passage", "cloudflare/stream"].map((name) => `src/${name}.js`);

const INPUTS = ["src", "Cargo.toml", "Cargo.lock", "package-lock.json", "scripts/build.mjs"];

export async function build({ out = "build", features = "" } = {}) {
  for (const tool of [rustTool("wasm-bindgen"), nodeTool("wasm-opt"), nodeTool("esbuild")]) {
    if (!existsSync(tool)) throw new Failure(`${relative(root, tool)} is missing: run \`npm run setup\` first.`);
  }
  const started = Date.now();
  const built = await exclusively("build", async () => {
    if (isCurrent(out, features)) return false;
    await compile(out, features);
    return true;
  });
  console.log(`${out}/: ${built ? `built in ${seconds(started)}` : "up to date"}`);
  measure(out, features);
}

// Written last, so that a build that was interrupted counts as none.
const stampOf = (out) => join(root, out, ".complete");

function isCurrent(out, features) {
  const stamp = stampOf(out);
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== features) return false;
  return INPUTS.every((input) => changedAt(join(root, input)) < statSync(stamp).mtimeMs);
}

// The latest change of a file, or of a folder and all that is in it: a removed file changes its folder.
function changedAt(path) {
  const entry = statSync(path);
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(entry.mtimeMs, ...readdirSync(path).map((name) => changedAt(join(path, name))));
}

async function compile(out, features) {
  rmSync(stampOf(out), { force: true });
  // Taken before the compiler reads: what changes meanwhile is built next time.
  const readAt = new Date();
  const target = join(root, "target");
  // Panics name source files; those of dependencies must not name this machine's folders.
  const sources = join(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "registry", "src");
  // With vectors, SHA-2 takes two thirds of the time and 3 KB less.
  const env = environment({ RUSTFLAGS: `${process.env.RUSTFLAGS ?? ""} --remap-path-prefix=${sources}=crates -Ctarget-feature=+simd128`.trim() });
  await tool("cargo", ["build", "--release", "--locked", "--lib", "--target", WASM, "--target-dir", target, ...(features ? ["--features", features] : [])], env);
  // A panic ends an instance: src/guard.js asks for a new one.
  const glue = ["--target", "module", "--experimental-reset-state-function", "--no-typescript", "--remove-name-section", "--remove-producers-section"];
  await tool(rustTool("wasm-bindgen"), [join(target, WASM, "release", "hookgate.wasm"), "--out-dir", join(root, out), "--out-name", "index", ...glue]);
  const index = join(root, out, "index.js");
  // Workers have no source phase imports: an import of wasm is its module.
  writeFileSync(index, readFileSync(index, "utf8").replace(/^import source /m, "import "));
  await tool(nodeTool("esbuild"), [index, "--minify", "--log-level=warning", "--allow-overwrite", `--outfile=${index}`]);
  const wasm = join(root, out, "index_bg.wasm");
  // The lowest kilobyte is the far end of the stack, so no address computed by wrapping round can be meant.
  const flags = ["-O", "--low-memory-unused", "--strip-debug", ...WASM_FEATURES.map((feature) => `--enable-${feature}`)];
  await tool(nodeTool("wasm-opt"), [wasm, "-o", wasm, ...flags]);
  writeFileSync(stampOf(out), features);
  utimesSync(stampOf(out), readAt, readAt);
}

async function tool(command, args, env = environment()) {
  if ((await run(command, args, { env })) !== 0) throw new Failure(`${relative(root, command)} failed, see above.`);
}

function measure(out, features) {
  const files = [join(out, "index_bg.wasm"), join(out, "index.js"), ...SCRIPTS];
  const sizes = files.map((file) => {
    const bytes = readFileSync(join(root, file));
    return { file, raw: bytes.length, gzipped: gzipSync(bytes, { level: 9 }).length };
  });
  const total = (key) => sizes.reduce((sum, size) => sum + size[key], 0);
  for (const size of [...sizes, { file: "total", raw: total("raw"), gzipped: total("gzipped") }]) {
    console.log(`  ${size.file.padEnd(24)} ${kb(size.raw).padStart(10)} ${kb(size.gzipped).padStart(10)} gzipped`);
  }
  if (features) console.log(`  (with ${features}: for tests, never uploaded, so outside the budget of ${BUDGET_KB} KB)`);
  else if (total("gzipped") > BUDGET_KB * 1000) {
    throw new Failure(`The Worker has ${kb(total("gzipped"))} gzipped, more than its budget of ${BUDGET_KB} KB.`);
  }
}

const kb = (bytes) => `${(bytes / 1000).toFixed(1)} KB`;

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(async () => {
    const options = { out: { type: "string" }, features: { type: "string" } };
    await build(parseArgs({ options }).values);
  });
}
