// The WordPress site with the connector, which accepts everything at once: what reaches it is counted, and the latest kept.
import { listen, response, serveCounts } from "./stand-in.mjs";

const ACCEPTED = response("200 OK", JSON.stringify({ code: "hookgate_accepted", message: "Accepted", data: { status: 200 } }), "content-type: application/json\r\n");
const counts = { forwards: 0, bytes: 0, others: 0, latest: null };

const ORIGIN = await listen(({ method, target, head, body }) => {
  if (method !== "POST" || target !== "/wp-json/hookgate/v1/deliveries") {
    counts.others++;
    return response("404 Not Found");
  }
  counts.forwards++;
  counts.bytes += body.length;
  counts.latest = { head, body };
  return ACCEPTED;
});

serveCounts({ ORIGIN }, counts, () => Object.assign(counts, { forwards: 0, bytes: 0, others: 0, latest: null }));
