// Promise: however many copies of a delivery arrive at once, the workflow runs once, and nobody hears of a success before it did.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { hook } from "../edge/harness/gate.mjs";
import { startKv, startKvLocation } from "../edge/harness/kv.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { nothingToComplainOf, until } from "./harness/connector.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { ENGINES, startSite } from "./harness/site.mjs";

const ROUNDS = 60;
// Each an isolate of its own behind KV caches of its own, so that only the site can tell that ten forwards are one delivery.
const GATES = 10;
const SENDERS_PER_GATE = 5;
// The longest that the site asks anyone to wait.
const LONGEST_WAIT = 10;

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    let site, store, locations, gates;
    before(async () => {
      site = await startSite({ engine, workers: 16, muPlugins: ["workflow", "woocommerce", "answers"] });
      store = await startKv();
      locations = await Promise.all(Array.from({ length: GATES }, () => startKvLocation(store)));
      const hooks = [hook("main", { fields: ["/event", "/do", "/seconds", "/file"] })];
      gates = await Promise.all(locations.map((replay) => startGateTo(site, { kv: { replay }, hooks })));
    });
    after(async () => {
      for (const started of [...(gates ?? []), ...(locations ?? []), store, site]) await started?.stop();
    });

    test(`of ${GATES * SENDERS_PER_GATE} at once, ${ROUNDS} times over, one runs the workflow, and each sender hears Success, Duplicate or when to try again`, async () => {
      const runsOf = (event) => site.runs().filter((run) => run.fields.event === event).length;
      for (let round = 1; round <= ROUNDS; round++) {
        const event = `round ${round}`;
        // A workflow that is over at once lets stragglers find a stored answer, one that takes its time an attempt under way.
        const body = JSON.stringify({ event, ...(round % 2 && { do: "sleep", seconds: 0.05 }) });
        const senders = gates.flatMap((gate) => Array(SENDERS_PER_GATE).fill(gate));
        const replies = await Promise.all(senders.map(async (gate) => {
          const reply = await gate.deliver({ body });
          if (reply.status === 200) assert.ok(runsOf(event) > 0, `${event}: told of a success before the workflow ran`);
          return reply;
        }));
        for (const reply of replies) assertFair(reply);
        assert.ok(replies.some((reply) => reply.status === 200), `${event}: nobody succeeded`);
        assert.equal(runsOf(event), 1, event);
      }

      // Without several forwards of one delivery the site would have had nothing to decide.
      const answers = site.answers();
      assert.ok(answers.length >= 3 * ROUNDS, `only ${answers.length} forwards reached the site`);
      assert.deepEqual(answers.filter((status) => status !== 200 && status !== 409), []);
      assert.ok(answers.includes(409), "no two forwards were at the site at once");
      const rows = await site.php("return $GLOBALS['wpdb']->get_results(\"SELECT state, attempt, COUNT(*) AS total FROM {$GLOBALS['wpdb']->prefix}hookgate_deliveries GROUP BY state, attempt\");");
      assert.deepEqual(rows.map(({ state, attempt, total }) => [state, Number(attempt), Number(total)]), [["done", 1, ROUNDS]]);
    });

    test("who was told to wait succeeds afterwards, without a second run", async () => {
      const go = join(site.contentFolder, "uploads/go");
      const body = JSON.stringify({ event: "afterwards", do: "wait", file: go });
      const [first, ...others] = gates;
      const succeeds = first.deliver({ body });
      await until(() => site.runs().some((run) => run.fields.event === "afterwards"));
      for (const reply of await Promise.all(others.map((gate) => gate.deliver({ body })))) assertReply(reply, 409, "In progress");
      writeFileSync(go, "");
      assertReply(await succeeds, 200, "Success");
      const later = await Promise.all(gates.map((gate) => gate.deliver({ body })));
      assert.deepEqual(later.map((reply) => reply.status), Array(GATES).fill(200));
      assert.equal(site.runs().filter((run) => run.fields.event === "afterwards").length, 1);
    });

    nothingToComplainOf(() => site);
  });
}

function assertFair(reply) {
  if (reply.status === 409) {
    assertReply(reply, 409, "In progress");
    assert.match(reply.header("retry-after"), /^[1-9]\d*$/);
    assert.ok(Number(reply.header("retry-after")) <= LONGEST_WAIT);
  } else if (JSON.parse(reply.body).message === "Success") {
    assertReply(reply, 200, "Success");
  } else {
    assertReply(reply, 200, "Duplicate delivery", { first: "delivered" });
  }
}
