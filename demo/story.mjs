// What `npm start` shows, step by step: which recording is sent, and how exactly it must end.

const ORDER = '{"hook":"demo-orders","objects":{"order":{"id":"1042"}},"required":["order"],"fields":{"status":"paid"}}';
const PAYMENT = '{"hook":"demo-payments","objects":{"order":{"id":"1042"}},"required":["order"],"fields":{"type":"charge.succeeded","data":{"object":{"amount":14990,"currency":"eur"}}}}';
const COMMENT = '{"hook":"demo-comments","objects":{"comment":{"id":"31"}},"required":["comment"],"fields":{"action":"approved"}}';

// `forwarded` is the body that leaves the gate, null where nothing may.
export const STORY = [
  { title: "accepted", recording: "demo/1-order", says: "a signed order goes through, cut down to what the hook allows", status: 200, message: "Success", forwarded: ORDER },
  { title: "duplicate", recording: "demo/1-order", says: "the sender repeats it: it is known", status: 200, message: "Duplicate delivery", forwarded: null },
  { title: "tampered refused", recording: "demo/2-order-tampered", says: "the same signature over another order", status: 401, message: "Authentication failed", forwarded: null },
  { title: "projected", recording: "demo/3-broad-payment", says: "a broad payment event becomes three fields and an order", status: 200, message: "Success", forwarded: PAYMENT },
  { title: "stopped", recording: "demo/4-comment", stops: "demo-comments", says: "an operator has stopped this hook", status: 503, message: "Paused", forwarded: null },
  { title: "resumed", recording: "demo/4-comment", resumes: "demo-comments", says: "the same delivery again, after the stop", status: 200, message: "Success", forwarded: COMMENT },
];

// What the demo's workflow has left on order 1042 of a real WordPress by the end of it, see wordpress/workflow.php.
export const META = { payment_status: "paid", payment_amount: "149.90 EUR" };

// How a step ended differently from how it should have; empty if it did not. `forwarded` is undefined where the origin cannot be asked.
export function differences(step, reply, forwarded) {
  const expected = { status: step.status, message: step.message, forwarded: step.forwarded };
  const got = { status: reply.status, message: messageOf(reply), forwarded };
  return Object.keys(expected)
    .filter((what) => got[what] !== undefined && got[what] !== expected[what])
    .map((what) => `${what}: ${JSON.stringify(got[what])} instead of ${JSON.stringify(expected[what])}`);
}

function messageOf({ body }) {
  try {
    return JSON.parse(body).message;
  } catch {
    return body;
  }
}
