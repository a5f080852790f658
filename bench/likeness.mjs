// Whether two gates do the same: one delivery, its repeat and a wrong one to each, and everything that can be seen of them.
import { connect } from "node:net";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Failure } from "../scripts/tools.mjs";
import { deliveries } from "./deliveries.mjs";
import { exchange } from "./load.mjs";

export async function checkLikeness(gates, peers) {
  const [right] = deliveries("valid", 10_000, 1).requests;
  const [wrong] = deliveries("wrong", 10_000, 1).requests;
  const seen = [];
  for (const gate of gates) {
    await peers.reset();
    const acts = [];
    for (const request of [right, right, wrong]) acts.push(await watch(gate, peers, request));
    seen.push(acts);
  }
  for (const [index, acts] of seen.entries()) {
    if (!isDeepStrictEqual(acts, seen[0])) throw new Failure(`${gates[0].name} does ${JSON.stringify(seen[0], null, 1)}\nand ${gates[index].name} does ${JSON.stringify(acts, null, 1)}`);
  }
}

async function watch(gate, peers, { bytes }) {
  const socket = connect({ port: gate.worker.port, host: "127.0.0.1", noDelay: true });
  const { status, head, body } = await exchange(socket, bytes);
  socket.destroy();
  const { kv: { gets, puts }, origin } = await peers.counts();
  // The entry may come after the reply.
  for (let wait = 0; gate.lines.latest === null && wait < 100; wait++) await setTimeout(20);
  const { ms, ...entry } = JSON.parse(gate.lines.latest);
  gate.lines.latest = null;
  const forwarded = origin.latest && { head: lasting(origin.latest.head), body: origin.latest.body };
  return { status, head: lasting(head), body, gets, puts, forwards: origin.forwards, forwarded, entry };
}

// The lines of a head in one order, without what may differ: the time and who says it is the sender.
function lasting(head) {
  return head.toLowerCase().split("\r\n").filter((line) => !/^(user-agent|webhook-timestamp|webhook-signature|date):/.test(line)).sort();
}
