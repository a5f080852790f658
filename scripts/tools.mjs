// Where the project's tools are, and how scripts run them. Node's own modules only: this loads before `npm ci`.
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../", import.meta.url));
export const toolsDir = join(root, ".tools");
const nodeBin = join(root, "node_modules", ".bin");

export const rustTool = (name) => join(toolsDir, "bin", name);
export const nodeTool = (name) => join(nodeBin, name);

// node_modules/.bin holds the pinned node 22 that wrangler needs; what runs during `npm ci` must not come from it.
export function environment({ nodeModules = true, ...more } = {}) {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => !entry.endsWith(join("node_modules", ".bin")));
  if (nodeModules) path.unshift(nodeBin);
  return { ...process.env, PATH: path.join(delimiter), WRANGLER_SEND_METRICS: "false", ...more };
}

// An error whose message is all a reader needs.
export class Failure extends Error {}

// Runs a command with its output passed on. The promise gives the exit code; a signal counts as 1.
export function run(command, args, { env = environment(), cwd = root, stdio = "inherit", onLine } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: onLine ? ["ignore", "pipe", "pipe"] : stdio });
    for (const stream of onLine ? [child.stdout, child.stderr] : []) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text) => {
        const lines = (rest + text).split(/[\r\n]+/);
        rest = lines.pop();
        for (const line of lines) onLine(line);
      });
      stream.on("end", () => rest && onLine(rest));
    }
    child.on("error", (error) => {
      reject(error.code === "ENOENT" ? new Failure(`${command} is not installed or not in PATH.`) : error);
    });
    child.on("close", (code) => resolve(code ?? 1));
  });
}

// The trimmed output of a command, or null if it is missing or fails.
export async function ask(command, args, env = environment()) {
  const lines = [];
  const code = await run(command, args, { env, onLine: (line) => lines.push(line) }).catch(() => 1);
  return code === 0 ? lines.join("\n").trim() : null;
}

// One set-up or build at a time in this folder; a lock whose owner is gone does not count.
export async function exclusively(name, work) {
  const lock = join(toolsDir, `${name}.lock`);
  mkdirSync(dirname(lock), { recursive: true });
  for (let said = false; ; ) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (!ownerLives(lock)) rmSync(lock, { force: true });
    else {
      if (!said) console.log(`waiting for another ${name} in this folder …`);
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  const release = () => rmSync(lock, { force: true });
  const interrupt = () => process.exit(130);
  process.on("exit", release);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    return await work();
  } finally {
    release();
    process.off("exit", release).off("SIGINT", interrupt).off("SIGTERM", interrupt);
  }
}

function ownerLives(lock) {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // Empty: its owner is just writing it.
    if (pid) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

// Runs a script's main part: a Failure is printed as text, anything else as the bug it is.
export async function main(work) {
  try {
    await work();
  } catch (error) {
    console.error(`\n${error instanceof Failure ? error.message : error.stack}`);
    process.exitCode = 1;
  }
}

export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
