// The built Worker before a real site.
import { startGate } from "../../edge/harness/gate.mjs";

// PHP on a busy machine takes seconds over what it otherwise does in one: the gate waits as long as it can, which is 25 s.
export function startGateTo(site, { hooks, ...more } = {}) {
  return startGate({ origin: { url: site.url }, hooks: hooks.map((hook) => ({ timeout: "25s", ...hook })), ...more });
}
