// One thing that wasm asks of the platform: how it stands, and what it has come to.
import { LARGE } from "./stream.js";

// How an operation stands, as passage.rs reads it.
export const WAITING = 0;
export const DONE = 1;
export const FAILED = 2;
export const LATE = 3;
const TOO_LARGE = 4;

// `reader` is that of a stream which is being read, `deadline` by the clock of `performance`.
export function newOperation() {
  return { state: WAITING, texts: null, bytes: null, status: 0, key: null, reader: null, deadline: Infinity };
}

export function stateOf(error) {
  if (error === LARGE) return TOO_LARGE;
  return error?.name === "TimeoutError" ? LATE : FAILED;
}

// What wasm may ask of what an operation has come to.
export const keepNothing = () => {};

// Values of KV and of the ledger: a text, or `null` where there is none. Anything else is no answer.
export const keepText = (operation, text) => keepTexts(operation, [text]);

export function keepTexts(operation, texts) {
  if (!texts.every((text) => text === null || typeof text === "string")) throw new TypeError("no text");
  operation.texts = texts;
}

// A buffer, or a part of one.
export function keepBytes(operation, bytes) {
  operation.bytes = ArrayBuffer.isView(bytes) ? bytes : new Uint8Array(bytes);
}
