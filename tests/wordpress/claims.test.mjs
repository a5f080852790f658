// Promise: a delivery is done once, its answer is kept, and what has not ended well may be tried again. The audit shows every attempt.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertAnswer, attempts, extended, onEachEngine, runsOf, until, withoutTable } from "./harness/connector.mjs";
import { newId, now, startSite } from "./harness/site.mjs";

const LOST_TABLE = /^WordPress database error .*hookgate_deliveries/s;

onEachEngine((on) => {
  // The workflow of this delivery runs until `release` is called.
  function held({ id = newId(), hook = "main" } = {}) {
    const file = join(on.site.contentFolder, `released-${id}`);
    const delivery = { id, hook, fields: { do: "wait", file } };
    return { ...delivery, delivery, release: () => writeFileSync(file, "") };
  }

  const states = async (id) => (await attempts(on.site, id)).map(({ attempt, state, status }) => [attempt, state, status]);

  test("a repeat gets the stored answer, says so, and runs nothing", async () => {
    const delivery = { id: newId(), objects: { post: { id: String(on.site.ids.post) } }, fields: { a: [1, "two", null] } };
    const objects = { post: on.site.ids.post };
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted", { objects });
    for (const timestamp of [now(), now() - 60]) assertAnswer(await on.site.deliver({ ...delivery, timestamp }), "hookgate_accepted", { objects, replayed: true });
    assertAnswer(await on.site.deliver({ id: delivery.id, hook: "other" }), "hookgate_accepted", { objects, replayed: true });
    assert.equal(runsOf(on.site, delivery.id).length, 1);

    const [row, ...more] = await attempts(on.site, delivery.id);
    assert.deepEqual(more, []);
    const { delivery: id, attempt, hook, state, objects: found, status, answer, started, lease, ended, skew } = row;
    assert.deepEqual({ id, attempt, hook, state, found, status }, { id: delivery.id, attempt: 1, hook: "main", state: "done", found: JSON.stringify(objects), status: 200 });
    assert.deepEqual(JSON.parse(answer).data.objects, objects);
    assert.ok(ended >= started && now() - started < 60 && lease === started + 300 && skew >= 0 && skew < 30, JSON.stringify(row));
  });

  test("a workflow gets the hook, the reference, the objects and the fields with all their digits", async () => {
    const id = newId();
    const fields = '{"big":12345678901234567890,"text":"\\u00e4 <b>\\\\","deep":{"a/b":{"~":[7,{"x":true}]}},"0":"zero"}';
    const found = "return ['/big', '/deep/a~1b/~0/1/x', '/deep/a~1b/~0/0', '/0', '/deep/none', '/text/0', ''];";
    await extended(on.site, `add_action('hookgate_delivery_pointers', function ($delivery) {
        $read = array_map(fn ($pointer) => $delivery->field($pointer, 'default'), (function () { ${found} })());
        update_option('pointers', [$delivery->id(), $delivery->reference(), $read]);
    });`, async () => {
      assertAnswer(await on.site.deliver({ id, body: `{"hook":"pointers","objects":{},"fields":${fields}}` }), "hookgate_accepted");
    });
    const all = { big: "12345678901234567890", text: "ä <b>\\", deep: { "a/b": { "~": [7, { x: true }] } }, 0: "zero" };
    assert.deepEqual(await on.site.php("return get_option('pointers');"), [id, id.slice(0, 16), [all.big, true, 7, "zero", "default", "default", all]]);
    const [{ hook, reference, attempt, fields: given }] = runsOf(on.site, id);
    assert.deepEqual({ hook, reference, attempt, given }, { hook: "pointers", reference: id.slice(0, 16), attempt: 1, given: all });
  });

  test("a copy of a running delivery is told to come back, and gets the answer when it is there", async () => {
    const { id, delivery, release } = held();
    const first = on.site.deliver(delivery);
    await until(() => runsOf(on.site, id).length === 1);
    assertAnswer(await on.site.deliver(delivery), "hookgate_in_progress", { retryAfter: "10" });
    release();
    assertAnswer(await first, "hookgate_accepted");
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted", { replayed: true });
    assert.equal(runsOf(on.site, id).length, 1);
    assert.deepEqual(await states(id), [[1, "done", 200]]);
  });

  test("of twenty copies at once one runs", async () => {
    const { id, delivery, release } = held();
    const copies = Array.from({ length: 20 }, () => on.site.deliver(delivery));
    await until(() => runsOf(on.site, id).length === 1);
    release();
    const replies = await Promise.all(copies);
    for (const reply of replies) {
      if (reply.status === 409) assertAnswer(reply, "hookgate_in_progress", { retryAfter: "10" });
      else assertAnswer(reply, "hookgate_accepted", { replayed: "idempotent-replayed" in reply.headers });
    }
    assert.equal(replies.filter((reply) => reply.status === 200 && !("idempotent-replayed" in reply.headers)).length, 1);
    assert.equal(runsOf(on.site, id).length, 1);
    assert.deepEqual(await states(id), [[1, "done", 200]]);
  });

  test("a run that outlives its lease is taken over once, and cannot overwrite what follows it", async () => {
    const short = "add_filter('hookgate_lease', fn ($lease, $hook) => $lease === 300 && $hook === 'short' ? 3 : $lease, 10, 2);";
    await extended(on.site, short, async () => {
      const { id, delivery, release } = held({ hook: "short" });
      const first = on.site.deliver(delivery);
      await until(() => runsOf(on.site, id).length === 1);
      const early = await on.site.deliver(delivery);
      assert.ok(Number(early.headers["retry-after"]) >= 1 && Number(early.headers["retry-after"]) <= 3, early.headers["retry-after"]);
      const [{ lease }] = await attempts(on.site, id);
      await until(() => now() > lease);
      const others = Array.from({ length: 5 }, () => on.site.deliver({ ...delivery, fields: {} }));
      const replies = await Promise.all(others);
      assert.equal(replies.filter((reply) => reply.status === 200 && !("idempotent-replayed" in reply.headers)).length, 1);
      release();
      const late = await on.site.expecting(/^Hookgate: hook short, delivery [0-9a-f]{16}, attempt 1: ended after its lease/, () => first);
      assertAnswer(late, "hookgate_accepted");
      assert.deepEqual(runsOf(on.site, id).map((run) => run.attempt), [1, 2]);
      assert.deepEqual(await states(id), [[1, "abandoned", 0], [2, "done", 200]]);
    });
  });

  for (const [way, log] of [
    ["throw", /^Hookgate: hook main, delivery [0-9a-f]{16}, attempt \d+: RuntimeException at \S+workflow\.php:\d+$/],
    ["exit", /^Hookgate: hook main, delivery [0-9a-f]{16}, attempt \d+: the workflow ended the request$/],
    ["fatal", /^Hookgate: hook main, delivery [0-9a-f]{16}, attempt \d+: Error at \S+workflow\.php:\d+$/],
  ]) {
    test(`a workflow that ends with ${way} has failed, and a retry runs it again`, async () => {
      const delivery = { id: newId(), objects: { user: { login: "adam" } }, fields: { do: way, secret: "never in the log" } };
      for (const attempt of [1, 2]) {
        assertAnswer(await on.site.expecting(log, () => on.site.deliver(delivery)), "hookgate_workflow_failed");
        assert.equal(runsOf(on.site, delivery.id).length, attempt);
      }
      assertAnswer(await on.site.deliver({ ...delivery, fields: {} }), "hookgate_accepted", { objects: { user: on.site.ids.user } });
      assert.deepEqual(await states(delivery.id), [[1, "failed", 500], [2, "failed", 500], [3, "done", 200]]);
      assert.deepEqual((await attempts(on.site, delivery.id)).map((row) => JSON.parse(row.objects)), Array(3).fill({ user: on.site.ids.user }));
      assert.doesNotMatch(on.site.phpLog(), /never in the log|as it was asked to/);
    });
  }

  test("a workflow that runs out of memory has failed", async () => {
    const id = newId();
    const log = [/^PHP Fatal error: +Allowed memory size/, /^Hookgate: hook greedy, delivery [0-9a-f]{16}, attempt 1: the workflow ended the request$/];
    const reply = await extended(on.site, "add_action('hookgate_delivery_greedy', function () { for ($all = 'x';; $all .= $all); });",
      () => on.site.expecting(log, () => on.site.deliver({ id, hook: "greedy" })));
    assert.equal(reply.status, 500);
    assert.deepEqual(await states(id), [[1, "failed", 500]]);
  });

  test("what a workflow prints is not in the answer", () => extended(on.site,
    "add_action('hookgate_delivery_noisy', function ($delivery) { echo '<p>noise'; ob_start(); echo 'more'; if ($delivery->field('/do') === 'stop') { exit('end'); } });",
    async () => {
      assertAnswer(await on.site.deliver({ hook: "noisy" }), "hookgate_accepted");
      const stopped = await on.site.expecting(/^Hookgate: hook noisy, delivery [0-9a-f]{16}, attempt 1: the workflow ended the request$/,
        () => on.site.deliver({ hook: "noisy", fields: { do: "stop" } }));
      assertAnswer(stopped, "hookgate_workflow_failed");
    }));

  test("a delivery whose objects are not found is released, and accepted once they are there", async () => {
    const login = `late-${on.site.engine}`;
    const delivery = { id: newId(), objects: { user: { login } }, required: ["user"] };
    for (const _ of [1, 2]) assertAnswer(await on.site.deliver(delivery), "hookgate_objects_not_found");
    const user = await on.site.php(`return wp_insert_user(['user_login' => '${login}', 'user_email' => 'late@example.com', 'user_pass' => 'x']);`);
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted", { objects: { user } });
    assert.deepEqual(await states(delivery.id), [[1, "refused", 400], [2, "refused", 400], [3, "done", 200]]);
    assert.equal(runsOf(on.site, delivery.id).length, 1);
  });

  test("a paused site takes nothing, tells who is unsigned nothing, and goes on where it stopped", async () => {
    const delivery = { id: newId() };
    await on.site.php("Hookgate\\Pause::set('moving house', 'admin'); return true;");
    try {
      assertAnswer(await on.site.deliver(delivery), "hookgate_paused");
      assertAnswer(await on.site.deliver({ headers: { "webhook-signature": "v1,AAAA" } }), "hookgate_unauthorized");
      assert.deepEqual(await attempts(on.site, delivery.id), []);
    } finally {
      await on.site.php("Hookgate\\Pause::clear(); return true;");
    }
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted");
    assert.equal(runsOf(on.site, delivery.id).length, 1);
  });

  test("a database error is told as nothing but unavailable, even where WordPress shows errors", async () => {
    const delivery = { id: newId() };
    on.site.setConstants({ WP_DEBUG_DISPLAY: true });
    try {
      const reply = await on.site.expecting(LOST_TABLE, () => withoutTable(on.site, "hookgate_deliveries", () => on.site.deliver(delivery)));
      assertAnswer(reply, "hookgate_unavailable");
    } finally {
      on.site.setConstants({ WP_DEBUG_DISPLAY: false });
    }
    assert.deepEqual(runsOf(on.site, delivery.id), []);
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted");
  });

  test("a workflow that has run is not run again because its end could not be written down", async () => {
    const { id, delivery, release } = held();
    const first = on.site.deliver(delivery);
    await until(() => runsOf(on.site, id).length === 1);
    const log = [LOST_TABLE, /^Hookgate: hook main, delivery [0-9a-f]{16}, attempt 1: could not be marked done$/];
    await withoutTable(on.site, "hookgate_deliveries", () => on.site.expecting(log, async () => {
      release();
      assertAnswer(await first, "hookgate_accepted");
    }));
    assertAnswer(await on.site.deliver(delivery), "hookgate_in_progress", { retryAfter: "10" });
    assert.equal(runsOf(on.site, id).length, 1);
  });

  test("the newest attempts come first, and no more than are asked for", async () => {
    const ids = [newId(), newId()];
    for (const id of ids) await on.site.deliver({ id });
    const recent = await on.site.php("return [Hookgate\\Deliveries::recent(2), Hookgate\\Deliveries::last()];");
    assert.equal(recent[0].length, 2);
    assert.deepEqual(recent[0][0], recent[1]);
    assert.ok(recent[0][0].started >= recent[0][1].started);
  });
});

test("a delivery that the site has no workflow for is not lost: it is refused until there is one", async () => {
  const site = await startSite({ muPlugins: [] });
  try {
    const delivery = { id: newId(), hook: "orders" };
    const tried = async () => (await attempts(site, delivery.id)).map(({ attempt, state, status }) => [attempt, state, status]);
    assertAnswer(await site.deliver(delivery), "hookgate_no_workflow");
    await extended(site, "add_action('hookgate_delivery_others', '__return_true');", async () => {
      assertAnswer(await site.deliver(delivery), "hookgate_no_workflow");
    });
    assert.deepEqual(await tried(), [[1, "failed", 503], [2, "failed", 503]]);
    for (const action of ["hookgate_delivery_orders", "hookgate_delivery"]) {
      await extended(site, `add_action('${action}', '__return_true');`, async () => {
        assertAnswer(await site.deliver({ hook: "orders" }), "hookgate_accepted");
        assert.equal((await site.deliver(delivery)).status, 200);
      });
    }
    assert.deepEqual(await tried(), [[1, "failed", 503], [2, "failed", 503], [3, "done", 200]]);
  } finally {
    await site.stop();
  }
});
