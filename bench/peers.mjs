// What stands around the gates, KV and the origin, each a process of its own.
import { fileURLToPath } from "node:url";
import { killGroup, spawnGroup } from "../scripts/processes.mjs";

export async function startPeers() {
  const [kv, origin] = await Promise.all(["kv.mjs", "origin.mjs"].map(start));
  return {
    kv: kv.ports,
    origin: `http://127.0.0.1:${origin.ports.ORIGIN}`,
    // What was counted since it was last asked to forget.
    counts: async () => ({ kv: await kv.ask("counts"), origin: await origin.ask("counts") }),
    reset: () => Promise.all([kv.ask("reset"), origin.ask("reset")]),
    stop: () => Promise.all([kv.stop(), origin.stop()]),
  };
}

async function start(file) {
  const child = spawnGroup(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const next = () => new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`bench/${file} has ended`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message);
    });
  });
  const { ports } = await next();
  const ask = async (command) => {
    child.send(command);
    return (await next()).counts;
  };
  return { ports, ask, stop: () => killGroup(child) };
}
