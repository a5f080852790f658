// `npm run costs`: what a delivery reads and writes, counted in workerd, and what a million of them cost on Cloudflare's paid
// plan beyond what it includes. README has the table.
import { setTimeout } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { hook } from "./harness/gate.mjs";
import { answer } from "./harness/origin.mjs";
import { startLocations } from "./harness/race.mjs";

// US dollars for each of them, a million times; developers.cloudflare.com/workers/platform/pricing and
// /durable-objects/platform/pricing, November 2026.
const PRICES = { request: 0.3, "CPU, 1 ms": 0.02, "KV read": 0.5, "KV write": 5, "ledger request": 0.15, "row written": 1 };
const EACH = PRICES.request + PRICES["CPU, 1 ms"];

const COUNT = 40;
// Longer than a site that says nothing of it is left alone.
const WAIT = 75_000;
const HEAD = ["delivery", "KV reads", "KV writes", "ledger requests", "rows written", "$ per million"];

// [[delivery, KV reads, KV writes, ledger requests, rows written, dollars], …], each for one delivery.
export async function countCosts() {
  const hooks = ["kv", "strict"].map((id) => hook(id, { replay: id, on_failure: "keep" }));
  const gate = await startLocations(1, { hooks, control: true });
  try {
    const rows = [];
    for (const { id } of hooks) {
      const deliver = (event) => gate.deliver({ hook: id, body: JSON.stringify({ event }) });
      // Once a minute the ledger is told that a hook is alive; what follows has been told.
      await deliver("warm");
      const first = await counted(gate, (n) => deliver(`event ${n}`));
      const repeat = await counted(gate, (n) => deliver(`event ${n}`));
      const kept = await counted(gate, async (n) => {
        gate.origin.plan(answer(503));
        await deliver(`kept ${n}`);
        await gate.forward(WAIT);
        await gate.heldUntil((held) => held.length === 0, id);
        while (!(await gate.control("rests", { object: id }))) await setTimeout(20);
      });
      // The row of a delivery is deleted when its window is over, long after this.
      const swept = ({ reads, writes, requests, rows }) => [reads, writes, requests, rows + 1];
      const [one, other, third] = [id === "strict" ? swept(first) : Object.values(first), Object.values(repeat), swept(kept)];
      rows.push([`\`${id}\`, delivered`, ...one], [`\`${id}\`, a repeat`, ...other], [`\`${id}\`, held after a failure, delivered a minute later`, ...third]);
    }
    return rows.map((row) => [...row, dollars(row)]);
  } finally {
    await gate.stop();
  }
}

// What `act` costs, on average: reads of records, writes of records, requests to the ledger and alarms, rows.
async function counted(gate, act) {
  await gate.control("startCounting");
  gate.startCounting();
  for (let n = 0; n < COUNT; n++) await act(n);
  const { requests, alarms, alarmsSet, rows } = await gate.control("counted");
  const each = (number) => Math.round(number / COUNT);
  return { reads: each(gate.replay.count("get")), writes: each(gate.replay.count("put")), requests: each(requests + alarms), rows: each(rows + alarmsSet) };
}

function dollars([, reads, writes, requests, rows]) {
  const sum = EACH + reads * PRICES["KV read"] + writes * PRICES["KV write"] + requests * PRICES["ledger request"] + rows * PRICES["row written"];
  return sum.toFixed(2);
}

// As README has it.
export function table(rows) {
  return [HEAD, HEAD.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(table(await countCosts()));
