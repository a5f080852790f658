// Child processes that cannot outlive the one that started them, whatever way it ends.
import { spawn } from "node:child_process";

const groups = new Set();

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

process.on("exit", () => groups.forEach(kill));
for (const [signal, number] of [["SIGHUP", 1], ["SIGINT", 2], ["SIGTERM", 15]]) process.on(signal, () => process.exit(128 + number));
