// A gate from its start: until it answers, and what memory it takes.
import { connect } from "node:net";
import { performance } from "node:perf_hooks";
import { CONNECTIONS } from "./gates.mjs";
import { CpuClock, forgetPeak, memory } from "./cpu.mjs";
import { deliveries } from "./deliveries.mjs";
import { exchange, Load } from "./load.mjs";

// Milliseconds from its start to the first 200, and of that request alone; bytes after that, and at the most while it has as many
// bodies of 1 MB at once as there are connections.
export async function startCold(gate, peers) {
  await peers.reset();
  const [first] = deliveries("valid", 1_000, 1).requests;
  const large = deliveries("valid", 1_000_000, 4 * CONNECTIONS).requests;
  await gate.worker.kill();
  const spawned = performance.now();
  await gate.worker.start();
  const listening = performance.now();
  const socket = connect({ port: gate.worker.port, host: "127.0.0.1", noDelay: true });
  const { status } = await exchange(socket, first.bytes);
  const answered = performance.now();
  socket.destroy();
  if (status !== 200) throw new Error(`${gate.name} answers its first request with ${status}`);
  await new CpuClock(gate.worker.pid).quiet();
  const { resident } = memory(gate.worker.pid);
  forgetPeak(gate.worker.pid);
  const load = new Load(gate.worker.port, CONNECTIONS);
  await load.open();
  const { statuses } = await load.send(large);
  load.close();
  const { peak } = memory(gate.worker.pid);
  if (statuses[200] !== large.length) throw new Error(`${gate.name} answers bodies of 1 MB with ${JSON.stringify(statuses)}`);
  return { spawned: answered - spawned, first: answered - listening, resident, loaded: peak };
}
