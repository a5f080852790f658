// CPU time and memory of a process, from /proc.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";

const PATIENCE = 10_000;

// Nanoseconds of all threads, as the scheduler counts them; of one that has ended, as far as it was last seen. The process's own
// clock (/proc/PID/stat) says the same, but in ticks of 10 ms.
export class CpuClock {
  #pid;
  #threads = new Map();

  constructor(pid) {
    this.#pid = pid;
  }

  read() {
    for (const thread of readdirSync(`/proc/${this.#pid}/task`)) {
      try {
        const [ran] = readFileSync(`/proc/${this.#pid}/task/${thread}/schedstat`, "utf8").split(" ", 1);
        this.#threads.set(thread, Number(ran));
      } catch (error) {
        if (error.code !== "ENOENT" && error.code !== "ESRCH") throw error;
      }
    }
    return [...this.#threads.values()].reduce((sum, ran) => sum + ran, 0);
  }

  // When it has not run for so many milliseconds: the work that a reply leaves behind is done as well.
  async quiet(pause = 100) {
    const deadline = Date.now() + PATIENCE;
    for (let last = this.read(); Date.now() < deadline; ) {
      await setTimeout(pause);
      const now = this.read();
      if (now === last) return now;
      last = now;
    }
    throw new Error(`process ${this.#pid} does not come to rest`);
  }
}

// Bytes: resident now, and at the most since `forgetPeak`.
export function memory(pid) {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)[1]) * 1024;
  return { resident: of("VmRSS"), peak: of("VmHWM") };
}

export function forgetPeak(pid) {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

// This process and all that it starts from now on.
export function pinSelf(core) {
  execFileSync("taskset", ["-a", "-p", "-c", String(core), String(process.pid)], { stdio: "ignore" });
}
