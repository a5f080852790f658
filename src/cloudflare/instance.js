// The instance of wasm: a panic ends it, and a new one takes its place.
import { __wbg_reset_state as replace } from "../../build/index.js";

// What is under way in the present instance of wasm.
export const underWay = new Set();

// Enters wasm. An error that is not the `null` of ledger.rs comes from a trap, or from an exception that went through wasm: it
// has ended the instance. The next call finds a new one.
export function enter(act) {
  try {
    return act();
  } catch (error) {
    if (error !== null) {
      // Its message may quote the sender.
      console.error("wasm ended:", error?.name);
      replace();
      for (const passage of underWay) passage.abandon();
    }
    throw error;
  }
}

// Environments by number: a warm isolate may be given a new one.
let [environment, number] = [undefined, 0];

export function numberOf(env) {
  if (env !== environment) [environment, number] = [env, number + 1];
  return number;
}
