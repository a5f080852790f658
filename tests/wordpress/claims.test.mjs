// Promise: a delivery is done once, its answer is kept, and what has not ended well may be tried again. The audit shows every attempt.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { assertAnswer, attempts, endLease, extended, hangUp, onEachEngine, runsOf, until, withoutTable, WRITE_ON } from "./harness/connector.mjs";
import { newId, now, ROUTE, signed, startSite } from "./harness/site.mjs";

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

  async function assertCopyWaits() {
    const { id, delivery, release } = held();
    const first = on.site.deliver(delivery);
    await until(() => runsOf(on.site, id).length === 1);
    assertAnswer(await on.site.deliver(delivery), "hookgate_in_progress", { retryAfter: "10" });
    release();
    assertAnswer(await first, "hookgate_accepted");
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted", { replayed: true });
    assert.equal(runsOf(on.site, id).length, 1);
    assert.deepEqual(await states(id), [[1, "done", 200]]);
  }

  test("a copy of a running delivery is told to come back, and gets the answer when it is there", assertCopyWaits);

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
    const short = "add_filter('hookgate_lease', fn ($lease, $hook) => $lease === 300 && $hook === 'short' ? 60 : $lease, 10, 2);";
    await extended(on.site, short, async () => {
      const { id, delivery, release } = held({ hook: "short" });
      const first = on.site.deliver(delivery);
      await until(() => runsOf(on.site, id).length === 1);
      const [{ started, lease }] = await attempts(on.site, id);
      // A second may pass between the two.
      assert.ok([60, 61].includes(lease - started), `${lease - started}`);
      assertAnswer(await on.site.deliver(delivery), "hookgate_in_progress", { retryAfter: "10" });
      await endLease(on.site, id, 8);
      const early = await on.site.deliver(delivery);
      assert.ok(Number(early.headers["retry-after"]) >= 1 && Number(early.headers["retry-after"]) <= 8, early.headers["retry-after"]);
      await endLease(on.site, id, 0);
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

  test("a workflow's class without a name is logged without its path", async () => {
    const reply = await extended(on.site, "add_action('hookgate_delivery_nameless', function () { throw new class extends Exception {}; });",
      () => on.site.expecting(/^Hookgate: hook nameless, delivery [0-9a-f]{16}, attempt 1: Exception@anonymous at \S+extension\.php:3$/, () => on.site.deliver({ hook: "nameless" })));
    assertAnswer(reply, "hookgate_workflow_failed");
  });

  test("a workflow leads the gate nowhere else", () => extended(on.site,
    "add_action('hookgate_delivery_leads', function ($delivery) { wp_redirect('https://elsewhere.example/'); if ($delivery->field('/do') === 'stop') { exit; } });",
    async () => {
      const led = await on.site.deliver({ hook: "leads" });
      assertAnswer(led, "hookgate_accepted");
      const stopped = await on.site.expecting(/ attempt 1: the workflow ended the request$/, () => on.site.deliver({ hook: "leads", fields: { do: "stop" } }));
      assertAnswer(stopped, "hookgate_workflow_failed");
      for (const { headers } of [led, stopped]) assert.equal(headers.location, undefined);
    }));

  test("a gate that hangs up does not stop the workflow", async () => {
    const id = newId();
    const body = JSON.stringify({ hook: "talkative", objects: {}, fields: {} });
    await extended(on.site, `add_action('hookgate_delivery_talkative', function ($delivery) { ${WRITE_ON} update_option('talkative', $delivery->id()); });`, async () => {
      // What the callback writes goes before the answer's headers.
      await on.site.expecting(/^PHP Warning: +Cannot modify header information/, async () => {
        await hangUp(on.site, ROUTE, { headers: { "content-type": "application/json", ...signed({ id, body }) }, body }, () => runsOf(on.site, id).length === 1);
        await until(async () => (await attempts(on.site, id))[0].state !== "running");
        assert.deepEqual(await states(id), [[1, "done", 200]]);
        await until(() => on.site.phpLog().includes("Cannot modify header information"));
      });
    });
    assert.equal(await on.site.php("return get_option('talkative');"), id);
  });

  test("a workflow that leaves WordPress on another site, telling its errors, is settled where it was claimed", () => extended(on.site,
    "add_action('hookgate_delivery_astray', function ($delivery) { $GLOBALS['wpdb']->set_prefix('other_'); $GLOBALS['wpdb']->show_errors(); if ($delivery->field('/do') === 'fail') { throw new Exception(); } });",
    async () => {
      const [id, failing] = [newId(), newId()];
      for (const replayed of [false, true]) assertAnswer(await on.site.deliver({ id, hook: "astray" }), "hookgate_accepted", { replayed });
      const failed = await on.site.expecting(/ attempt 1: Exception at /, () => on.site.deliver({ id: failing, hook: "astray", fields: { do: "fail" } }));
      assertAnswer(failed, "hookgate_workflow_failed");
      assert.deepEqual([await states(id), await states(failing)], [[[1, "done", 200]], [[1, "failed", 500]]]);
      assert.equal(runsOf(on.site, id).length, 1);
    }));

  test("what the database says of the end is not in the answer, though a workflow had it show errors", () => extended(on.site,
    "add_action('hookgate_delivery_tells', function () { $GLOBALS['wpdb']->show_errors(); });",
    async () => {
      const { id, delivery, release } = held({ hook: "tells" });
      const first = on.site.deliver(delivery);
      await until(() => runsOf(on.site, id).length === 1);
      await withoutTable(on.site, "hookgate_deliveries", () => on.site.expecting([LOST_TABLE, / attempt 1: could not be marked done$/], async () => {
        release();
        assertAnswer(await first, "hookgate_accepted");
      }));
    }));

  test("a transaction that a workflow leaves open is committed with its success, and rolled back with its failure", () => extended(on.site,
    `add_action('hookgate_delivery_opens', function ($delivery) {
        $GLOBALS['wpdb']->query($delivery->field('/open'));
        update_post_meta($delivery->post()->ID, 'opened', $delivery->field('/mark'));
        switch ($delivery->field('/end')) { case 'throw': throw new Exception(); case 'exit': exit; }
    });`,
    async () => {
      const objects = { post: { id: String(on.site.ids.post) } };
      const meta = () => on.site.php(`return get_post_meta(${on.site.ids.post}, 'opened', true);`);
      const work = (open, mark, end) => ({ id: newId(), hook: "opens", objects, fields: { open, mark, end } });
      // SQLite has no transaction without its own statement.
      for (const open of ["START TRANSACTION", ...(on.site.engine === "mariadb" ? ["SET autocommit = 0"] : [])]) {
        const good = work(open, `${open} kept`);
        for (const replayed of [false, true]) assertAnswer(await on.site.deliver(good), "hookgate_accepted", { objects: { post: on.site.ids.post }, replayed });
        assert.deepEqual([await states(good.id), await meta()], [[[1, "done", 200]], `${open} kept`]);
        for (const [end, log] of [["throw", /: Exception at /], ["exit", /: the workflow ended the request$/]]) {
          const bad = work(open, `${open} ${end}`, end);
          assertAnswer(await on.site.expecting(log, () => on.site.deliver(bad)), "hookgate_workflow_failed");
          assert.deepEqual([await states(bad.id), await meta()], [[[1, "failed", 500]], `${open} kept`]);
        }
      }
    }));

  test("a transaction that was open before hides no claim", () => extended(on.site,
    "add_action('init', function () { $GLOBALS['wpdb']->query('START TRANSACTION'); });",
    assertCopyWaits));

  test("a lease lasts from one second to one day", async () => {
    for (const [lease, expected] of [["PHP_INT_MAX", 86400], ["86401", 86400], ["86400", 86400], ["1", 1], ["0", 1], ["-5", 1], ["'x'", 1]]) {
      const id = newId();
      await extended(on.site, `add_filter('hookgate_lease', fn () => ${lease});`, async () => assertAnswer(await on.site.deliver({ id }), "hookgate_accepted"));
      const [row] = await attempts(on.site, id);
      // A second may pass between the two.
      assert.ok([0, 1].includes(row.started + expected - row.lease), `${lease}: ${row.lease - row.started}`);
    }
  });

  test("another plugin that drops the route's answer does not make it run twice", () => extended(on.site, "add_filter('rest_pre_dispatch', '__return_null');", async () => {
    const [id, failing] = [newId(), newId()];
    assertAnswer(await on.site.deliver({ id }), "hookgate_accepted");
    assertAnswer(await on.site.deliver({ id }), "hookgate_accepted", { replayed: true });
    assertAnswer(await on.site.expecting(/: RuntimeException at /, () => on.site.deliver({ id: failing, fields: { do: "throw" } })), "hookgate_workflow_failed");
    assert.deepEqual([runsOf(on.site, id).length, runsOf(on.site, failing).length], [1, 1]);
    assert.deepEqual([await states(id), await states(failing)], [[[1, "done", 200]], [[1, "failed", 500]]]);
  }));

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
    const [two, one] = await on.site.php("return [Hookgate\\Deliveries::recent(2), Hookgate\\Deliveries::recent(1)];");
    assert.equal(two.length, 2);
    assert.deepEqual(one, [two[0]]);
    assert.ok(two[0].started >= two[1].started);
  });

  test("of attempts that began in the same second, the last comes first", async () => {
    const id = newId();
    await on.site.php(`foreach ([2, 3, 1] as $attempt) {
        $GLOBALS['wpdb']->insert(Hookgate\\Deliveries::table(), ['delivery' => '${id}', 'attempt' => $attempt, 'hook' => 'main', 'state' => 'failed', 'objects' => '{}', 'status' => 500, 'answer' => '{}', 'started' => time() + 100, 'lease' => 0, 'ended' => 0, 'skew' => 0]);
    }
    return true;`);
    const first = await on.site.php("return array_column(Hookgate\\Deliveries::recent(3), 'attempt');");
    assert.deepEqual(first, [3, 2, 1]);
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
