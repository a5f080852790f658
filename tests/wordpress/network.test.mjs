// Promise: on a network of sites each has its own deliveries, knows its own members only, and is left clean.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { extended } from "./harness/connector.mjs";
import { newId, startSite } from "./harness/site.mjs";

const withPlugin = (what) => `require_once ABSPATH . 'wp-admin/includes/plugin.php'; $plugin = 'hookgate/hookgate.php'; ${what} return true;`;

let site, second;
before(async () => {
  site = await startSite({ muPlugins: ["workflow"] });
  await site.php(withPlugin("deactivate_plugins($plugin);"));
  await site.php(`require_once ABSPATH . 'wp-admin/includes/upgrade.php';
    require_once ABSPATH . 'wp-admin/includes/network.php';
    foreach ($GLOBALS['wpdb']->tables('ms_global') as $name => $table) {
        $GLOBALS['wpdb']->$name = $table;
    }
    install_network();
    return populate_network(1, '127.0.0.1', 'admin@example.com', 'Tests', '/', false);`);
  site.setConstants({ MULTISITE: true, SUBDOMAIN_INSTALL: false, DOMAIN_CURRENT_SITE: "127.0.0.1", PATH_CURRENT_SITE: "/", SITE_ID_CURRENT_SITE: 1, BLOG_ID_CURRENT_SITE: 1 });
  second = await site.php("$_SERVER['REMOTE_ADDR'] = '127.0.0.1'; return wpmu_create_blog('127.0.0.1', '/second/', 'Second', 1);");
  await site.php(withPlugin("activate_plugin($plugin, '', true);"));
});
after(() => site?.stop());

// What a site of the network answers to a signed delivery.
const deliver = (blog, objects, id = newId()) => site.php(`switch_to_blog(${blog});
  Hookgate\\Schema::ensure();
  Hookgate\\Purge::schedule();
  $body = '${JSON.stringify({ hook: "main", objects, fields: {} })}';
  $time = (string) time();
  $request = new WP_REST_Request('POST', '/hookgate/v1/deliveries');
  $request->set_body($body);
  $request->set_header('webhook-id', '${id}');
  $request->set_header('webhook-timestamp', $time);
  $request->set_header('webhook-signature', 'v1,' . base64_encode(hash_hmac('sha256', "${id}.$time.$body", Hookgate\\Secrets::keys()[0], true)));
  return rest_do_request($request)->get_data();`);

test("a user is found on the sites that he is a member of", async () => {
  const { user } = site.ids;
  assert.deepEqual((await deliver(1, { user: { login: "adam" } })).data, { status: 200, objects: { user } });
  for (const identifiers of [{ login: "adam" }, { email: "adam@example.com" }, { id: String(user) }]) {
    assert.deepEqual((await deliver(second, { user: identifiers })).data, { status: 200, objects: {} });
  }
  assert.deepEqual((await deliver(second, { user: { login: "admin" } })).data, { status: 200, objects: { user: 1 } });
});

test("each site claims for itself", async () => {
  const id = newId();
  for (const blog of [1, second]) assert.equal((await deliver(blog, {}, id)).code, "hookgate_accepted");
  assert.deepEqual(site.runs().filter((run) => run.id === id).map((run) => run.attempt), [1, 1]);
});

test("a workflow that goes to another site and stays there is settled where it was claimed", () => extended(site,
  "add_action('hookgate_delivery', function () { switch_to_blog(get_current_blog_id() === 1 ? 2 : 1); }, 20);",
  async () => {
    const id = newId();
    for (const _ of [1, 2]) assert.equal((await deliver(1, {}, id)).code, "hookgate_accepted");
    assert.deepEqual(site.runs().filter((run) => run.id === id).map((run) => run.attempt), [1]);
  }));

test("deactivating and uninstalling clean every site", async () => {
  const left = () => site.php(`return array_map(function ($blog) {
      switch_to_blog($blog);
      $options = $GLOBALS['wpdb']->get_col("SELECT option_name FROM {$GLOBALS['wpdb']->options} WHERE option_name LIKE 'hookgate%'");
      $tables = preg_grep("/^{$GLOBALS['wpdb']->prefix}hookgate/", $GLOBALS['wpdb']->get_col('SHOW TABLES'));
      $next = wp_next_scheduled('hookgate_purge');
      restore_current_blog();
      return [count($options), count($tables), (bool) $next];
  }, [1, ${second}]);`);
  await deliver(1, {});
  await deliver(second, {});
  assert.deepEqual(await left(), [[1, 1, true], [1, 1, true]]);
  await site.php(withPlugin("deactivate_plugins($plugin, false, true);"));
  assert.deepEqual(await left(), [[1, 1, false], [1, 1, false]]);
  await site.php(withPlugin("uninstall_plugin($plugin);"));
  assert.deepEqual(await left(), [[0, 0, false], [0, 0, false]]);
  await site.php(withPlugin("activate_plugin($plugin, '', true);"));
});
