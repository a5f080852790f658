// Child processes and folders that do not outlive the process that made them, unless it is killed outright.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const groups = new Set();
const folders = new Set();

export function spawnGroup(command, args, options) {
  const child = spawn(command, args, { ...options, detached: true });
  groups.add(child.pid);
  child.on("exit", () => {
    groups.delete(child.pid);
    // Whom it leaves behind.
    kill(child.pid);
  });
  return child;
}

// SIGKILL: a terminated workerd drains, and one hung request would keep it alive and its port taken.
export function killGroup(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  kill(child.pid);
  return gone;
}

function kill(pid) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Already gone.
  }
}

export function scratchFolder(prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  folders.add(folder);
  return folder;
}

// A process that has just been killed may still be writing.
export function removeFolder(folder) {
  folders.delete(folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

process.on("exit", () => {
  groups.forEach(kill);
  folders.forEach(removeFolder);
});
for (const [signal, number] of [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]]) process.on(signal, () => process.exit(128 + number));
