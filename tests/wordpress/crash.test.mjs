// Promise: a workflow whose PHP is killed runs once more when its lease is over, not before, and both attempts stay on record.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, test } from "node:test";
import { hook } from "../edge/harness/gate.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { endLease, until } from "./harness/connector.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { ENGINES, startSite } from "./harness/site.mjs";

const LEASE_SECONDS = 60;
// The longest that the site asks anyone to wait.
const LONGEST_WAIT = 10;
// What is left of the lease once everything that must happen within it has happened.
const REST_SECONDS = 3;
const FAR_TOO_LONG = 60_000;

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    test("a killed worker's delivery is refused until its lease is over, then runs once more", async () => {
      const site = await startSite({ engine, muPlugins: ["workflow", "woocommerce", "lease"], constants: { HOOKGATE_TEST_LEASE: LEASE_SECONDS } });
      const gate = await startGateTo(site, { hooks: [hook("main", { fields: ["/event", "/do", "/file"] })] });
      try {
        const go = join(site.contentFolder, "uploads/go");
        const waiting = (event) => JSON.stringify({ event, do: "wait", file: go });
        const runs = (event) => site.runs().filter((run) => run.fields.event === event);

        // Two workflows wait in two workers: one of the two is not the parent of all. A worker that runs one takes no other.
        const events = ["one", "other"];
        const replies = [];
        for (const event of events) {
          replies.push(gate.deliver({ body: waiting(event) }));
          await until(() => runs(event).length === 1);
        }
        const pids = events.map((event) => runs(event)[0].pid);
        const killed = pids.findIndex((pid) => pid !== site.parentPid);
        process.kill(pids[killed], "SIGKILL");
        const event = events[killed];
        const body = waiting(event);
        assertReply(await replies[killed], 502, "Delivery failed", { retryAfter: 60 });
        assert.deepEqual(await attempts(site, runs(event)[0].id), [[1, "running"]]);

        const early = await gate.deliver({ body });
        assertReply(early, 409, "In progress");
        const wait = Number(early.header("retry-after"));
        assert.ok(wait >= 1 && wait <= LONGEST_WAIT, String(wait));
        assert.equal(runs(event).length, 1);
        assertReply(await gate.deliver({ body: '{"event":"another"}' }), 200, "Success");

        writeFileSync(go, "");
        assertReply(await replies[1 - killed], 200, "Success");
        const { id } = runs(event)[0];
        assert.equal((await attempts(site, id)).length, 1);
        await endLease(site, id, REST_SECONDS);
        let last = await gate.deliver({ body });
        for (const deadline = Date.now() + FAR_TOO_LONG; last.status === 409 && Date.now() < deadline; ) {
          await setTimeout(Number(last.header("retry-after")) * 1000);
          last = await gate.deliver({ body });
        }
        assertReply(last, 200, "Success");
        assert.deepEqual(runs(event).map((run) => run.attempt), [1, 2]);
        assert.equal(new Set(runs(event).map((run) => run.id)).size, 1);
        assert.deepEqual(await attempts(site, runs(event)[0].id), [[1, "abandoned"], [2, "done"]]);
        const [abandoned, done] = await rows(site, runs(event)[0].id);
        assert.ok(Number(done.started) >= Number(abandoned.lease));

        assertReply(await gate.deliver({ body }), 200, "Duplicate delivery", { first: "delivered" });
        assert.equal(runs(event).length, 2);
      } finally {
        await gate.stop();
        await site.stop();
      }
    });
  });
}

const rows = (site, id) =>
  site.php(`global $wpdb;

    return $wpdb->get_results("SELECT * FROM {$wpdb->prefix}hookgate_deliveries WHERE delivery = '${id}' ORDER BY attempt");`);

const attempts = async (site, id) => (await rows(site, id)).map(({ attempt, state }) => [Number(attempt), state]);
