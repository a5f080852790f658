// Many simultaneous repeats of one delivery, sent to one or more isolates of the gate.
import { hook, startGate } from "./gate.mjs";
import { startKv, startKvLocation } from "./kv.mjs";
import { Queue } from "./queue.mjs";

// For so long an isolate keeps what it read of switches, in milliseconds.
const SWITCHES_KEPT = 10_000;

// A gate in so many locations, each an isolate with a view of KV of its own; all share the ledger and the origin.
export async function startLocations(count, { hooks = [hook("main")], ...more } = {}) {
  const [records, switches] = [await startKv(), await startKv()];
  const views = [];
  for (let location = 0; location < count; location++) {
    views.push({ replay: await startKvLocation(records), switches: await startKvLocation(switches) });
  }
  const [here, ...elsewhere] = views;
  const stores = [records, switches, ...views.flatMap(Object.values)];
  const stopStores = () => Promise.all(stores.map((kv) => kv.stop()));
  try {
    const gate = await startGate({ hooks, kv: here, elsewhere, ...more });
    const stop = gate.stop.bind(gate);
    return Object.assign(gate, { views, stores: { records, switches }, stop: () => stop().then(stopStores) });
  } catch (error) {
    await stopStores();
    throw error;
  }
}

// Has each location read the hook's switches just now: what it keeps of them outlives a race, and a thousand reads at once are
// too many for the stand-in of KV.
export async function warmUp(gate, hook) {
  await gate.forward(SWITCHES_KEPT);
  for (const at of gate.views.keys()) await gate.deliver({ hook, at });
}

// The replies, as they come, to so many repeats, sent at once, in turn to each location.
export function atOnce(gate, count, delivery) {
  const replies = new Queue("a reply");
  const locations = gate.views?.length ?? 1;
  for (let index = 0; index < count; index++) {
    gate.deliver({ ...delivery, at: index % locations }).then(
      (reply) => replies.push(reply),
      (error) => replies.push({ status: 0, body: JSON.stringify({ message: error.message }) }),
    );
  }
  return replies;
}

// How often each reply came: { "200 Success": 1, "409 In progress": 999 }.
export function tally(replies) {
  const counts = {};
  for (const { status, body } of replies) {
    const name = `${status} ${JSON.parse(body).message}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}
