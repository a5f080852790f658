// Promise: the connector comes with one folder, keeps its house in order, and leaves nothing behind.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { assertAnswer, attempts, extended, onEachEngine } from "./harness/connector.mjs";
import { ENGINES, newId, startSite } from "./harness/site.mjs";

const PLUGIN = "hookgate/hookgate.php";
const WITHIN = "require_once ABSPATH . 'wp-admin/includes/plugin.php';";
const DAY = 86400;

async function onSite(options, work) {
  const site = await startSite(options);
  try {
    return await work(site);
  } finally {
    await site.stop();
  }
}

// Everything in a site that has a name: options, tables, scheduled events, users' settings.
function contents(site) {
  return site.php(`global $wpdb;
    wp_cache_flush();
    $events = array_unique(array_merge(...array_map('array_keys', array_values(array_filter(_get_cron_array(), 'is_array')))));
    sort($events);
    return [
        'options' => $wpdb->get_col("SELECT option_name FROM {$wpdb->options} WHERE option_name NOT LIKE '%\\\\_transient\\\\_%' ORDER BY option_name"),
        'tables' => $wpdb->get_col('SHOW TABLES'),
        'events' => $events,
        'usermeta' => $wpdb->get_col("SELECT DISTINCT meta_key FROM {$wpdb->usermeta} ORDER BY meta_key"),
    ];`);
}

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    test("uninstalling leaves no option, table, event or setting behind", () => onSite({ engine, install: null, muPlugins: ["workflow"], secret: null }, async (site) => {
      const plugins = join(site.contentFolder, "plugins");
      const before = await contents(site);
      mkdirSync(plugins, { recursive: true });
      cpSync(join(root, "wordpress/hookgate"), join(plugins, "hookgate"), { recursive: true });
      await site.php(`${WITHIN} return activate_plugin('${PLUGIN}');`);
      const secret = await site.php("return Hookgate\\Secrets::create();");
      assertAnswer(await site.deliver({ secret }), "hookgate_accepted");
      await site.deliver({ secret, timestamp: 1 });
      await site.php("Hookgate\\Pause::set('before the end', 'admin'); update_option('hookgate_guard', 1); return true;");
      const between = await contents(site);
      assert.deepEqual(between.options.filter((name) => name.startsWith("hookgate_")), ["hookgate_guard", "hookgate_pause", "hookgate_schema", "hookgate_secrets", "hookgate_skew"]);
      assert.ok(between.tables.includes("wp_hookgate_deliveries") && between.events.includes("hookgate_purge"));

      await site.php(`${WITHIN} deactivate_plugins('${PLUGIN}'); return true;`);
      assert.deepEqual((await contents(site)).events, before.events);
      await site.php(`${WITHIN} uninstall_plugin('${PLUGIN}'); return true;`);
      rmSync(join(plugins, "hookgate"), { recursive: true });
      assert.deepEqual(await contents(site), before);
    }));

    test("as a must-use plugin it needs no activation, and no WooCommerce", () => onSite({ engine, install: "mu-plugin", muPlugins: ["workflow"] }, async (site) => {
      const id = newId();
      assertAnswer(await site.deliver({ id, objects: { post: { id: String(site.ids.post) } } }), "hookgate_accepted", { objects: { post: site.ids.post } });
      for (const order of [{ id: String(site.ids.order) }, { key: site.ids.orderKey }]) {
        assertAnswer(await site.deliver({ objects: { order }, required: ["order"] }), "hookgate_objects_not_found");
        assertAnswer(await site.deliver({ objects: { order } }), "hookgate_accepted");
      }
      assert.equal((await attempts(site, id)).length, 1);
      assert.ok((await contents(site)).events.includes("hookgate_purge"));
    }));

    test("simultaneous first requests find the table made, and nothing in the log", () => onSite({ engine, install: "mu-plugin", muPlugins: ["workflow"] }, async (site) => {
      const replies = await Promise.all(Array.from({ length: 8 }, () => site.deliver()));
      for (const reply of replies) assertAnswer(reply, "hookgate_accepted");
      assert.equal((await attempts(site)).length, 8);
    }));

    test("no visitor's page makes the table, an admin's does", () => onSite({ engine, install: "mu-plugin", muPlugins: ["workflow"] }, async (site) => {
      const isThere = async () => (await contents(site)).tables.includes("wp_hookgate_deliveries");
      assert.equal((await site.get("/")).status, 200);
      assert.equal(await isThere(), false);
      assert.equal((await (await site.login())("/wp-admin/profile.php")).status, 200);
      assert.equal(await isThere(), true);
    }));
  });
}

onEachEngine((on) => {
  // Attempts as they were left some days ago.
  const insert = (id, ages, { lease = 300, state = "failed" } = {}) => on.site.php(`global $wpdb;
    foreach (json_decode('${JSON.stringify(ages)}') as $before => $age) {
        $at = time() - (int) ($age * ${DAY});
        $wpdb->insert(Hookgate\\Deliveries::table(), ['delivery' => '${id}', 'attempt' => $before + 1, 'hook' => 'old', 'state' => '${state}', 'objects' => '{}', 'status' => 0, 'answer' => '{}', 'started' => $at, 'lease' => $at + ${lease}, 'ended' => $at, 'skew' => 0]);
    }
    return true;`);
  const countOf = async (id) => (await attempts(on.site, id)).length;

  // WordPress' cron, asked from outside as a system's cron does, with the daily event due and all others tomorrow.
  const runCron = async () => {
    await on.site.php(`$events = _get_cron_array();
      _set_cron_array(array_combine(array_map(fn ($time) => is_int($time) ? $time + ${DAY} : $time, array_keys($events)), $events));
      wp_clear_scheduled_hook('hookgate_purge');
      return wp_schedule_event(time() - 10, 'daily', 'hookgate_purge');`);
    assert.equal((await on.site.get("/wp-cron.php")).status, 200);
    assert.ok((await on.site.php("return wp_next_scheduled('hookgate_purge') - time();")) > DAY / 2);
  };

  test("cron forgets deliveries after thirty days, whole or not at all", async () => {
    const [old, young, retried, running] = [newId(), newId(), newId(), newId()];
    await insert(old, [40, 31]);
    await insert(young, [29]);
    await insert(retried, [40, 35, 1]);
    await insert(running, [31], { lease: 40 * DAY, state: "running" });
    const recent = newId();
    await on.site.deliver({ id: recent });
    await runCron();
    assert.deepEqual(await Promise.all([old, young, retried, running, recent].map(countOf)), [0, 1, 3, 1, 1]);
    assertAnswer(await on.site.deliver({ id: recent }), "hookgate_accepted", { replayed: true });
  });

  test("a site may keep deliveries for less long, but not for less than a day", () => extended(on.site, "add_filter('hookgate_retention', '__return_zero');", async () => {
    const [old, young] = [newId(), newId()];
    await insert(old, [1.1]);
    await insert(young, [0.9]);
    await runCron();
    assert.deepEqual(await Promise.all([old, young].map(countOf)), [0, 1]);
  }));

  test("the event is there once, daily", async () => {
    const events = await on.site.php("return array_merge(...array_map(fn ($hooks) => array_values($hooks['hookgate_purge'] ?? []), array_values(array_filter(_get_cron_array(), 'is_array'))));");
    assert.deepEqual(events, [{ schedule: "daily", args: [], interval: DAY }]);
  });

  test("activating the plugin again brings back a lost table", async () => {
    await on.site.php("$GLOBALS['wpdb']->query('DROP TABLE ' . Hookgate\\Deliveries::table()); return true;");
    const reply = await on.site.expecting(/^WordPress database error .*hookgate_deliveries/s, () => on.site.deliver());
    assertAnswer(reply, "hookgate_unavailable");
    await on.site.php(`${WITHIN} deactivate_plugins('${PLUGIN}'); return activate_plugin('${PLUGIN}');`);
    assertAnswer(await on.site.deliver(), "hookgate_accepted");
  });

  test("the table is made the same twice, and no request but the first makes it", async () => {
    const made = await on.site.php(`require_once ABSPATH . 'wp-admin/includes/upgrade.php';
      $statement = '';
      add_filter('dbdelta_queries', function ($queries) use (&$statement) { $statement = $queries[0]; return $queries; });
      Hookgate\\Schema::create();
      $asked = false;
      add_filter('dbdelta_queries', function ($queries) use (&$asked) { $asked = true; return $queries; });
      $again = dbDelta($statement);
      $asked = false;
      Hookgate\\Schema::ensure();
      return [$again, $asked];`);
    assert.deepEqual(made, [[], false]);
  });

  test("who asks for a class that the connector does not have is told so", async () => {
    const names = ["Hookgate\\\\Other", "Hookgate\\\\Admin\\\\Other", "Hookgate\\\\Admin", "Hookgate\\\\Claim"];
    assert.deepEqual(await on.site.php(`return array_map('class_exists', ['${names.join("', '")}']);`), [false, false, false, true]);
  });

  test("the route is not shown to who asks what there is, and holds no secret", async () => {
    const index = (await on.site.get("/wp-json/")).json;
    assert.ok(index.namespaces.includes("hookgate/v1"));
    assert.deepEqual(Object.keys(index.routes).filter((path) => path.includes("deliveries")), []);
    assert.equal((await on.site.get("/wp-json/hookgate/v1")).text.includes("whsec_"), false);
  });
});
