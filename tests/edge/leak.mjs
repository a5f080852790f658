// `npm run leak`: of a thousand simultaneous repeats of one delivery, how many reach the origin? For hooks with `replay = "kv"`
// and "strict", on one isolate of the gate and on several, as Cloudflare spreads requests.
import { parseArgs } from "node:util";
import { hook } from "./harness/gate.mjs";
import { accept } from "./harness/origin.mjs";
import { atOnce, startLocations, tally, warmUp } from "./harness/race.mjs";

const { values } = parseArgs({ options: { repeats: { type: "string", default: "1000" }, rounds: { type: "string", default: "20" } } });
const [repeats, rounds] = [Number(values.repeats), Number(values.rounds)];
// What a WordPress takes over a workflow, at the least.
const WORK = 100;

const hooks = ["kv", "strict"].map((id) => hook(id, { replay: id, on_failure: "reply" }));
console.log(`${repeats} simultaneous repeats of one delivery, ${rounds} times: how often it reached the origin, at the least and at the most`);
console.log(`${"isolates".padEnd(10)}${hooks.map(({ id }) => id.padEnd(10)).join("")}`);
for (const isolates of [1, 2, 4, 8]) {
  const gate = await startLocations(isolates, { hooks, control: true });
  const accepted = accept();
  gate.origin.behaviour = async (socket) => {
    await new Promise((resolve) => setTimeout(resolve, WORK));
    accepted(socket);
  };
  const cells = [];
  let unavailable = 0;
  for (const { id } of hooks) {
    const counts = [];
    for (let round = 0; round < rounds; round++) {
      await warmUp(gate, id);
      gate.origin.requests.clear();
      const replies = await atOnce(gate, repeats, { hook: id, body: `{"event":"round ${round}"}` }).atLeast(repeats);
      unavailable += tally(replies)["503 Unavailable"] ?? 0;
      counts.push(gate.origin.requests.length);
    }
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    cells.push(least === most ? `${least}` : `${least}–${most}`);
  }
  console.log(`${String(isolates).padEnd(10)}${cells.map((cell) => cell.padEnd(10)).join("")}${unavailable ? `${unavailable} of all were answered 503, for KV's stand-in was too slow` : ""}`);
  await gate.stop();
}
