// Promise: an admin, and nobody else, sees whether deliveries can arrive and what became of them, and can pause them.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { ORIGIN_SECRET } from "../edge/harness/gate.mjs";
import { extended } from "./harness/connector.mjs";
import { newId, now, startSite } from "./harness/site.mjs";

const PAGE = "/wp-admin/tools.php?page=hookgate";
const POST = "/wp-admin/admin-post.php";
const OTHER_SECRET = `whsec_${Buffer.from("another secret made for tests only").toString("base64")}`;
const CLEAN = `global $wpdb;
  $wpdb->query("DELETE FROM {$wpdb->prefix}hookgate_deliveries");
  foreach (['secrets', 'pause', 'guard', 'skew'] as $name) delete_option("hookgate_$name");
  update_option('permalink_structure', '/%postname%/');
  return true;`;

let site;
let admin;
before(async () => {
  site = await startSite({ workers: 3 });
  admin = await site.login();
});
after(() => site?.stop());
beforeEach(async () => {
  site.setConstants({ HOOKGATE_SECRET: ORIGIN_SECRET });
  await site.php(CLEAN);
});

async function page(browse = admin) {
  const reply = await browse(PAGE);
  assert.equal(reply.status, 200);
  return reply.text;
}

// The page's own part of an admin page, as a reader gets it: [first cell, …] of every row under a caption.
function rows(html, caption) {
  const table = html.split("<table").find((part) => text(part.match(/<caption.*?<\/caption>/s)?.[0] ?? "").endsWith(caption));
  assert.ok(table, `there is no table "${caption}"`);
  return [...table.split("</table>")[0].matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => [...row.matchAll(/<t[hd]\b.*?<\/t[hd]>/gs)].map(([cell]) => text(cell)));
}

const attempts = (html) => rows(html, "The last attempts, newest first").slice(1);
const status = (html) => Object.fromEntries(rows(html, "Status"));

const ENTITIES = { amp: "&", lt: "<", gt: ">", quot: '"', "#039": "'" };
function text(html) {
  const plain = html.replace(/<[^>]*>/g, "").replace(/\s+/g, " ").trim();
  return plain.replace(/&(amp|lt|gt|quot|#039);/g, (_, name) => ENTITIES[name]);
}

// The hidden fields of the form whose button has this label.
function formOf(html, button) {
  const form = html.match(/<form\b.*?<\/form>/gs).find((part) => text(part.match(/<button.*<\/button>/s)?.[0] ?? "") === button);
  assert.ok(form, `there is no form "${button}"`);
  const fields = [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]);
  const { pathname, search } = new URL(form.match(/action="([^"]*)"/)[1]);
  return { path: pathname + search, fields: Object.fromEntries(fields) };
}

// Fills the form in and sends it as the button would; gives the page it leads to.
async function press(button, more = {}, html = undefined) {
  const { path, fields } = formOf(html ?? (await page()), button);
  const reply = await admin(path, { form: { ...fields, ...more } });
  if (reply.status === 200) return reply.text;
  assert.equal(reply.status, 303);
  const { pathname, search } = new URL(reply.headers.location);
  return (await admin(pathname + search)).text;
}

const notices = (html) => [...html.matchAll(/<div class="notice[^>]*role="(?:status|alert)".*?<\/div>/gs)].map(([notice]) => text(notice));

function insert(row) {
  const full = { delivery: newId(), attempt: 1, hook: "main", state: "done", objects: "{}", status: 200, answer: "{}", started: now(), lease: now() + 300, ended: now(), skew: 0, ...row };
  return site.php(`global $wpdb;
    return $wpdb->insert("{$wpdb->prefix}hookgate_deliveries", json_decode(${php(JSON.stringify(full))}, true));`);
}

const php = (value) => `'${value.replace(/[\\']/g, "\\$&")}'`;
const health = () => site.php("return Hookgate\\Admin\\Health::test();");
const state = () => site.php("return array_map('get_option', ['hookgate_pause', 'hookgate_secrets', 'hookgate_guard']);");

describe("the last attempts", () => {
  test("show hook, reference, attempt, objects, outcome, status and time of a delivery, and nothing it contained", async () => {
    const id = newId();
    const { post, user, order } = site.ids;
    const objects = { post: { id: `${post}` }, user: { id: `${user}` }, order: { id: `${order}` } };
    const reply = await site.deliver({ id, hook: "orders", objects, fields: { note: "cAnArY" } });
    assert.equal(reply.status, 200);
    const html = await page();
    const [[hook, reference, attempt, found, outcome, code, started, duration], ...others] = attempts(html);
    assert.deepEqual([hook, reference, attempt, outcome, code], ["orders", id.slice(0, 16), "1", "Done", "200"]);
    assert.equal(found, `post ${post}, user ${user}, order ${order}`);
    assert.match(started, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.match(duration, /^(under 1|\d+) s$/);
    assert.deepEqual(others, []);
    assert.ok(!html.includes("cAnArY"));
    assert.match(status(html)["Last delivery"], /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d – Done$/);
  });

  test("link an object to where it is edited, unless it is gone", async () => {
    const { post, user, comment } = site.ids;
    await insert({ objects: JSON.stringify({ post, user, comment }) });
    await insert({ objects: '{"post":999999,"user":999999,"comment":999999,"order":999999}' });
    const html = await page();
    for (const url of [`post.php?post=${post}&amp;action=edit`, `user-edit.php?user_id=${user}`, `comment.php?action=editcomment&amp;c=${comment}`]) {
      assert.ok(html.replaceAll("&#038;", "&amp;").includes(`/wp-admin/${url}`), url);
    }
    assert.ok(attempts(html).some(([, , , objects]) => objects === "post 999999, user 999999, comment 999999, order 999999"));
    assert.ok(!html.includes("=999999"));
  });

  test("say in words what became of each", async () => {
    const past = now() - 1000;
    await insert({ hook: "a", state: "running", status: 0, lease: now() + 300 });
    await insert({ hook: "b", state: "running", status: 0, started: past, lease: past + 300 });
    await insert({ hook: "c", state: "abandoned", status: 0, started: past });
    await insert({ hook: "d", state: "failed", status: 500, started: now() - 7 });
    await insert({ hook: "e", state: "refused", status: 400 });
    await insert({ hook: "f", state: "failed", status: 503, answer: '{"code":"hookgate_no_workflow"}' });
    await insert({ hook: "g", state: "failed", status: 503, answer: '{"code":"hookgate_unavailable"}' });
    await insert({ hook: "h", state: "failed", status: 404, answer: '{"code":"hookgate_wunderautomation_failed"}' });
    const shown = attempts(await page()).map(([hook, , , , outcome, code, , duration]) => [hook, outcome, code, duration]);
    assert.deepEqual(shown.sort(), [
      ["a", "Running", "–", "–"],
      ["b", "Crashed; the next retry runs it again", "–", "–"],
      ["c", "Crashed; taken over by the next attempt", "–", "–"],
      ["d", "Failed: the workflow broke off", "500", shown.find(([hook]) => hook === "d")[3]],
      ["e", "Refused: objects not found", "400", "under 1 s"],
      ["f", "Failed: the site has no workflow for this hook", "503", "under 1 s"],
      ["g", "Failed: the database did not answer", "503", "under 1 s"],
      ["h", "Failed: WunderAutomation did not succeed", "404", "under 1 s"],
    ]);
    assert.match(shown.find(([hook]) => hook === "d")[3], /^[7-9] s$/);
  });

  test("are the newest hundred, newest first", async () => {
    await site.php(`global $wpdb;
      for ($n = 0; $n < 105; $n++) {
          $wpdb->insert("{$wpdb->prefix}hookgate_deliveries", ['delivery' => hash('sha256', "$n"), 'attempt' => 1, 'hook' => "h$n", 'state' => 'done',
              'objects' => '{}', 'status' => 200, 'answer' => '{}', 'started' => 1700000000 + $n, 'lease' => 0, 'ended' => 1700000000 + $n, 'skew' => 0]);
      }
      return true;`);
    const hooks = attempts(await page()).map(([hook]) => hook);
    assert.deepEqual(hooks, Array.from({ length: 100 }, (_, n) => `h${104 - n}`));
  });

  test("tell the time of the site's zone, and the zone to machines", async () => {
    await insert({ started: Date.UTC(2026, 6, 1, 22, 30, 5) / 1000 });
    await site.php("return update_option('timezone_string', 'Europe/Berlin');");
    try {
      assert.ok((await page()).includes('<time datetime="2026-07-01T22:30:05+00:00">2026-07-02 00:30:05</time>'));
    } finally {
      await site.php("return update_option('timezone_string', '');");
    }
  });

  test("never turn a text into markup", async () => {
    const evil = `<img src=x onerror=alert(1)>"'`;
    await insert({ hook: evil, delivery: `<b>${newId()}`.slice(0, 64), state: "<i>odd</i>", objects: JSON.stringify({ [evil]: 1, [`${evil}2`]: evil }) });
    await site.php(`Hookgate\\Pause::set(${php(evil)}, ${php(evil)}); return true;`);
    const html = await page();
    for (const tag of ["<img", "<b>", "<i>"]) assert.ok(!html.split('id="wpbody-content"')[1].includes(tag), tag);
    assert.equal(attempts(html)[0][0], evil);
    assert.equal(attempts(html)[0][3], `${evil} 1, ${evil}2`);
    assert.ok(!(await health()).description.includes("<img"));
  });

  test("give a newcomer the next step where there are none", async () => {
    const html = await page();
    assert.ok(text(html).includes("Nothing has been delivered yet. What comes next:"));
    assert.ok(text(html).includes(`ORIGIN = "${site.url}"`));
    assert.equal(status(html)["Last delivery"], "None yet.");
    assert.equal(status(html).Address, `${site.url}/wp-json/hookgate/v1/deliveries`);
  });
});

describe("who may", () => {
  const PRESSES = ["hookgate_pause", "hookgate_resume", "hookgate_add_secret", "hookgate_remove_secret", "hookgate_guard"];
  const FIELDS = { reason: "x", secret: OTHER_SECRET, guard: "1" };

  // Cookies and valid nonces of a user, made where the user could not have got them.
  function session(login) {
    return site.php(`$user = get_user_by('login', ${php(login)});
      wp_set_current_user($user->ID);
      $expiry = time() + 600;
      $token = WP_Session_Tokens::get_instance($user->ID)->create($expiry);
      $_COOKIE[LOGGED_IN_COOKIE] = wp_generate_auth_cookie($user->ID, $expiry, 'logged_in', $token);
      $auth = wp_generate_auth_cookie($user->ID, $expiry, 'auth', $token);
      $nonces = array_map('wp_create_nonce', array_combine(${`['${PRESSES.join("','")}']`}, ${`['${PRESSES.join("','")}']`}));
      return ['cookie' => LOGGED_IN_COOKIE . "={$_COOKIE[LOGGED_IN_COOKIE]}; " . AUTH_COOKIE . "=$auth",
          'nonces' => $nonces, 'create' => wp_create_nonce(Hookgate\\Admin\\Actions::createNonce())];`);
  }

  const form = (fields) => ({ "content-type": "application/x-www-form-urlencoded", body: new URLSearchParams(fields).toString() });
  const send = (path, cookie, fields) => {
    const { body, ...headers } = form(fields);
    return site.post(path, { headers: { ...headers, cookie }, body });
  };

  test("see the page: an admin; an editor and a subscriber get 403", async () => {
    for (const login of ["eve", "adam"]) {
      const { cookie } = await session(login);
      assert.equal((await site.get("/wp-admin/profile.php", { headers: { cookie } })).status, 200);
      assert.equal((await site.get(PAGE, { headers: { cookie } })).status, 403);
    }
    const stranger = await site.get(PAGE);
    assert.equal(stranger.status, 302);
    assert.match(stranger.headers.location, /wp-login\.php/);
  });

  test("change anything: nobody without the capability, even with a valid nonce", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    const before = await state();
    const { cookie, nonces, create } = await session("eve");
    for (const action of PRESSES) {
      const reply = await send(POST, cookie, { action, _wpnonce: nonces[action], ...FIELDS });
      assert.equal(reply.status, 403, action);
    }
    assert.equal((await send(PAGE, cookie, { _wpnonce: create })).status, 403);
    assert.deepEqual(await state(), before);
  });

  test("change anything: an admin only with that form's own nonce, in a POST", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    const before = await state();
    const { cookie, nonces, create } = await session("admin");
    for (const [index, action] of PRESSES.entries()) {
      for (const nonce of [undefined, "", "0123456789", nonces[PRESSES.at(index - 1)], create]) {
        const reply = await send(POST, cookie, { action, ...(nonce !== undefined && { _wpnonce: nonce }), ...FIELDS });
        assert.equal(reply.status, 403, `${action} with ${nonce}`);
      }
      const query = new URLSearchParams({ action, _wpnonce: nonces[action], ...FIELDS });
      assert.equal((await site.get(`${POST}?${query}`, { headers: { cookie } })).status, 405, action);
    }
    for (const nonce of ["", "0123456789", nonces.hookgate_pause]) assert.equal((await send(PAGE, cookie, { _wpnonce: nonce })).status, 403);
    assert.deepEqual(await state(), before);
  });

  test("change anything: no stranger", async () => {
    const before = await state();
    for (const action of PRESSES) await send(POST, "", { action, _wpnonce: "0123456789", ...FIELDS });
    assert.deepEqual(await state(), before);
  });
});

describe("the pause", () => {
  test("answers deliveries 503 until it is over, and shows who paused, when and why", async () => {
    const paused = await press("Pause", { reason: "the shop's move" });
    assert.deepEqual(notices(paused), ["Paused. Deliveries are answered 503 until you resume."]);
    assert.match(text(paused), /Paused since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d by admin\. Reason: the shop's move/);
    assert.match(status(paused).Pause, /^Look at this: Paused since .* by admin\./);
    const id = newId();
    const refused = await site.deliver({ id });
    assert.deepEqual([refused.status, refused.json.code], [503, "hookgate_paused"]);
    assert.match(refused.headers["retry-after"], /^[1-9]\d*$/);

    const resumed = await press("Resume");
    assert.deepEqual(notices(resumed), ["Resumed. Deliveries run again."]);
    assert.equal(status(resumed).Pause, "Good: Not paused.");
    assert.equal((await site.deliver({ id })).status, 200);
  });

  test("keeps two hundred characters of a reason", async () => {
    await press("Pause", { reason: "ä".repeat(250) });
    assert.equal((await site.php("return Hookgate\\Pause::current();")).reason, "ä".repeat(200));
  });

  test("needs no reason", async () => {
    assert.match(text(await press("Pause")), /by admin\. Reason: none given/);
    assert.equal((await site.deliver()).status, 503);
  });

  test("holds as well if its option cannot be understood", async () => {
    await site.php("return update_option('hookgate_pause', 'by hand');");
    assert.equal((await site.deliver()).json.code, "hookgate_paused");
    await press("Resume");
    assert.equal((await site.deliver()).status, 200);
  });
});

describe("the secrets", () => {
  const created = (html) => html.match(/<input type="text" id="hookgate-created"[^>]*value="(whsec_[^"]*)"/)?.[1];
  const fingerprints = (html) => rows(html, "Secrets").slice(1).map(([fingerprint]) => fingerprint);

  test("without one the route is closed and the page says what to do", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    assert.equal(status(await page()).Secret, "Critical: None is set. The route is closed and answers 503.");
    assert.equal((await site.deliver()).json.code, "hookgate_closed");
  });

  test("a created one is shown once, works, and works no more when it is removed", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    const first = await page();
    const answer = await press("Create a secret", {}, first);
    const secret = created(answer);
    assert.match(answer, /npx wrangler secret put ORIGIN_SECRET/);
    assert.equal((await site.deliver({ secret })).status, 200);

    // A reload of the answer sends the form again.
    const { path, fields } = formOf(first, "Create a secret");
    assert.equal((await admin(path, { form: fields })).status, 403);
    const later = await page();
    assert.ok(!later.includes(secret.slice(6)));
    assert.equal(fingerprints(later).length, 1);
    assert.equal(status(later).Secret, "Good: Valid, from the database.");

    assert.deepEqual(notices(await press("Remove")), ["The secret was removed."]);
    assert.equal((await site.deliver({ secret })).json.code, "hookgate_closed");
    assert.equal((await state())[1], false);
  });

  test("the answer that shows one may not be kept by a browser", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    const { path, fields } = formOf(await page(), "Create a secret");
    const reply = await admin(path, { form: fields });
    assert.ok(created(reply.text));
    assert.equal(reply.headers["cache-control"], "no-store");
  });

  test("one that exists can be added beside another, and is never printed", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    await press("Add", { secret: ORIGIN_SECRET });
    const html = await press("Add", { secret: ` ${OTHER_SECRET}\n` });
    assert.deepEqual(notices(html), ["The secret was added."]);
    assert.equal(fingerprints(html).length, 2);
    for (const secret of [ORIGIN_SECRET, OTHER_SECRET]) {
      assert.ok(!html.includes(secret.slice(6)));
      assert.equal((await site.deliver({ secret })).status, 200);
    }
  });

  test("what is not a secret is not added", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    for (const secret of ["", "whsec_", "whsec_c2hvcnQ=", OTHER_SECRET.slice(6), `${OTHER_SECRET}!`]) {
      assert.deepEqual(notices(await press("Add", { secret })), ["The secret was not added: it is not valid."]);
    }
    assert.equal((await state())[1], false);
  });

  test("one that is not there is not removed", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    await press("Add", { secret: OTHER_SECRET });
    assert.deepEqual(notices(await press("Remove", { fingerprint: "00000000" })), ["The secret was not removed. Is it still in the list?"]);
    assert.deepEqual((await state())[1], [OTHER_SECRET]);
  });

  test("an invalid one is pointed out, for it closes the route", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    await site.php(`return update_option('hookgate_secrets', [${php(OTHER_SECRET)}, 'whsec_short']);`);
    const html = await page();
    assert.equal(status(html).Secret, "Critical: One of those that are set is not valid. The route is closed and answers 503.");
    assert.deepEqual(rows(html, "Secrets").slice(1).map(([, validity]) => validity), ["Valid", "Not valid: it must be whsec_ and the base64 of 24 to 64 bytes"]);
  });

  test("in the constant they are shown as fingerprints and changed nowhere else", async () => {
    site.setConstants({ HOOKGATE_SECRET: undefined });
    const before = await page();
    site.setConstants({ HOOKGATE_SECRET: [ORIGIN_SECRET, OTHER_SECRET] });
    const html = await page();
    assert.equal(status(html).Secret, "Good: Valid, from the constant HOOKGATE_SECRET.");
    assert.deepEqual(rows(html, "Secrets").slice(1).map((cells) => cells.length), [2, 2]);
    for (const button of ["Create a secret", "Add", "Remove"]) assert.throws(() => formOf(html, button));
    for (const secret of [ORIGIN_SECRET, OTHER_SECRET]) assert.ok(!html.includes(secret.slice(6)));

    assert.deepEqual(notices(await press("Add", { secret: OTHER_SECRET }, before)), ["The secrets are in the constant HOOKGATE_SECRET."]);
    assert.equal((await state())[1], false);
  });
});

describe("the guard of WunderAutomation's URL", () => {
  test("is off, and goes on and off", async () => {
    assert.equal(status(await page()).Guard, "Off.");
    const on = await press("Save", { guard: "1" });
    assert.deepEqual(notices(on), ["WunderAutomation’s URL is guarded."]);
    assert.equal(status(on).Guard, "On: WunderAutomation’s URL takes only what the gate has signed.");
    assert.match(on, /<input type="checkbox" id="hookgate-guard" name="guard" value="1" checked='checked'>/);
    const off = await press("Save");
    assert.deepEqual(notices(off), ["WunderAutomation’s URL is not guarded."]);
    assert.equal(status(off).Guard, "Off.");
  });
});

describe("the set-up's health", () => {
  test("is one of Site Health's tests", async () => {
    const test = await site.php("require_once ABSPATH . 'wp-admin/includes/class-wp-site-health.php'; return WP_Site_Health::get_tests()['direct']['hookgate'];");
    assert.equal(test.label, "Hookgate");
    assert.deepEqual(await site.php("return call_user_func(apply_filters('site_status_tests', ['direct' => []])['direct']['hookgate']['test']);"), await health());
  });

  test("is good when a delivery can arrive", async () => {
    assert.equal((await site.deliver()).status, 200);
    const { label, status, badge, actions, test } = await health();
    assert.deepEqual([label, status, badge.label, test], ["The gate’s deliveries can arrive", "good", "Hookgate", "hookgate"]);
    assert.ok(actions.includes(`<a href="${site.url}${PAGE}">`));
  });

  test("is critical without a valid secret", async () => {
    for (const secret of [undefined, "", "whsec_short"]) {
      site.setConstants({ HOOKGATE_SECRET: secret });
      const { label, status, description } = await health();
      assert.deepEqual([label, status], ["The gate’s deliveries cannot arrive", "critical"]);
      assert.match(description, /^<p><strong>Secret<\/strong>: [^<]* The route is closed and answers 503\.<\/p>$/);
    }
  });

  test("is critical with permalinks that move the REST API, says where it is, and leads to them", async () => {
    for (const [structure, address] of [["", "/index.php?rest_route=/"], ["/index.php/%postname%/", "/index.php/wp-json/"]]) {
      await site.php(`return update_option('permalink_structure', '${structure}');`);
      const { status, description, actions } = await health();
      assert.equal(status, "critical", structure);
      assert.equal(text(description), `Permalinks: The REST API is at ${site.url}${address}. The gate asks for /wp-json/; choose another structure.`);
      assert.ok(actions.includes("/wp-admin/options-permalink.php"));
    }
  });

  test("does not mind that the admin's pages have https and the site has not", async () => {
    const found = await site.php("$_SERVER['HTTPS'] = 'on'; $_SERVER['SERVER_NAME'] = '127.0.0.1'; return [rest_url(), Hookgate\\Admin\\Setup::isRestApiInPlace()];");
    assert.deepEqual(found, [`${site.url.replace("http", "https")}/wp-json/`, true]);
  });

  const dropTable = () => site.php('global $wpdb; return $wpdb->query("DROP TABLE {$wpdb->prefix}hookgate_deliveries");');
  const LOST_TABLE = /^WordPress database error .*hookgate_deliveries/s;

  test("is critical without the table, which the page says without the database's words", async () => {
    await dropTable();
    const uncreatable = "add_filter('dbdelta_create_queries', '__return_empty_array');";
    try {
      await site.expecting(LOST_TABLE, () => extended(site, uncreatable, async () => {
        assert.equal((await health()).status, "critical");
        const html = await page();
        assert.ok(text(html).includes("The deliveries cannot be read from the database."));
        assert.equal(status(html)["Table of deliveries"], "Critical: It cannot be read from the database. Deliveries are answered 503.");
        assert.equal(status(html)["Last delivery"], "Unknown.");
        // Even where WordPress is told to print them.
        const printed = "global $wpdb; $wpdb->show_errors(); ob_start(); $rows = Hookgate\\Deliveries::recent(1); return [$rows, ob_get_clean(), $wpdb->show_errors];";
        assert.deepEqual(await site.php(printed), [null, "", true]);
      }));
    } finally {
      await site.php("Hookgate\\Schema::create(); return true;");
    }
  });

  test("gets a lost table back when an admin opens the page", async () => {
    await dropTable();
    const html = await site.expecting(LOST_TABLE, () => page());
    assert.equal(status(html)["Table of deliveries"], "Good: It can be read.");
    assert.equal((await site.deliver()).status, 200);
  });

  test("should be improved while visitors are shut out of the REST API, whoever looks", async () => {
    const closed = "add_filter('rest_authentication_errors', fn ($errors) => is_user_logged_in() ? $errors : new WP_Error('rest_login_required', 'no', ['status' => 401]));";
    await extended(site, closed, async () => {
      assert.equal((await site.deliver()).status, 401);
      const html = await press("Pause");
      assert.equal(status(html)["REST API"], "Look at this: Closed to visitors. Set an application password in the gate: ORIGIN_USER, ORIGIN_PASSWORD.");
      assert.deepEqual(notices(html), ["Paused. Deliveries are answered 503 until you resume."]);
      await press("Resume");
      const asked = await site.php("wp_set_current_user(1); $test = Hookgate\\Admin\\Health::test(); return [$test['status'], $test['description'], get_current_user_id()];");
      assert.deepEqual([asked[0], asked[2]], ["recommended", 1]);
      assert.match(asked[1], /<strong>REST API<\/strong>: Closed to visitors\./);
    });
    assert.equal(status(await page())["REST API"], "Good: Open to visitors.");
    // The nonce of a form is none of the REST API's.
    site.setConstants({ HOOKGATE_SECRET: undefined });
    assert.equal(status(await press("Create a secret"))["REST API"], "Good: Open to visitors.");
    assert.equal(await site.php("Hookgate\\Admin\\Health::test(); return has_filter('rest_authentication_errors', 'rest_cookie_check_errors');"), 100);
  });

  test("should be improved while paused", async () => {
    await press("Pause", { reason: "lunch" });
    assert.deepEqual([(await health()).status, (await health()).label], ["recommended", "The gate’s deliveries need a look"]);
  });

  test("should be improved if the last delivery's clock was more than a minute off", async () => {
    await site.deliver({ timestamp: now() - 90 });
    const { status, description } = await health();
    assert.equal(status, "recommended");
    assert.match(description, /<strong>Clock<\/strong>: (9|1[01])\d seconds off the gate’s\./);
  });

  test("bears a clock that is a minute off, either way, and no more", async () => {
    for (const [skew, expected] of [[60, "good"], [-60, "good"], [61, "recommended"], [-61, "recommended"]]) {
      await site.php(CLEAN);
      await insert({ skew });
      assert.equal((await health()).status, expected, `${skew} seconds`);
    }
  });

  test("does not stumble over a note of the clock that it cannot read", async () => {
    for (const noted of ["[]", "['seconds' => 4000]", "['at' => time()]", "'x'"]) {
      await site.php(`return update_option('hookgate_skew', ${noted});`);
      assert.equal((await health()).status, "good", noted);
      assert.equal(status(await page()).Clock, "Good: Not compared with the gate’s yet.", noted);
    }
  });

  test("should be improved if a delivery was refused for its time, until one arrives in time", async () => {
    assert.equal((await site.deliver({ timestamp: now() - 4000 })).status, 401);
    const { status, description } = await health();
    assert.equal(status, "recommended");
    assert.match(description, /<strong>Clock<\/strong>: A delivery was refused at [-: \d]+: its time was 4,0\d\d seconds off\./);
    await insert({ started: now() + 60 });
    assert.equal((await health()).status, "good");
  });
});

test("the plugin's row on the plugins page leads to the page", async () => {
  const links = await site.php("return apply_filters('plugin_action_links_hookgate/hookgate.php', ['deactivate' => 'x']);");
  assert.deepEqual(links, { hookgate: `<a href="${site.url}${PAGE}">Deliveries and settings</a>`, deactivate: "x" });
});

test("a must-use plugin has the page as well", async () => {
  const mustUse = await startSite({ install: "mu-plugin", workers: 2 });
  try {
    assert.equal((await mustUse.deliver({ hook: "early" })).status, 200);
    assert.deepEqual(attempts(await page(await mustUse.login())).map(([hook]) => hook), ["early"]);
  } finally {
    await mustUse.stop();
  }
});

test("every table has a caption and scopes, every field a label, every notice a role", async () => {
  await insert({});
  const html = (await press("Pause", { reason: "a look" })).split('id="wpbody-content"')[1].split('id="wpfooter"')[0];
  const tables = html.split("<table").slice(1);
  assert.equal(tables.length, 3);
  for (const table of tables) {
    assert.match(table, /<caption/);
    assert.doesNotMatch(table, /<th(?! scope="(row|col)")[\s>]/);
  }
  site.setConstants({ HOOKGATE_SECRET: undefined });
  const open = (await press("Resume")).split('id="wpbody-content"')[1];
  const fields = [...open.split('id="wpfooter"')[0].matchAll(/<input type="(?!hidden)[^>]*\bid="([^"]*)"/g)].map(([, id]) => id);
  assert.deepEqual(fields, ["hookgate-reason", "hookgate-secret", "hookgate-guard"]);
  for (const id of fields) assert.ok(open.includes(`<label for="${id}">`), id);
  assert.match(open, /<input type="password" id="hookgate-secret"[^>]*autocomplete="off"/);
});

test("a translation in the plugin's folder is used", async () => {
  const folder = join(site.contentFolder, "plugins/hookgate/languages");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "hookgate-de_DE.mo"), mo({ Secrets: "Geheimnisse" }));
  await site.php("return update_user_meta(1, 'locale', 'de_DE');");
  try {
    assert.ok((await page()).includes("<h2>Geheimnisse</h2>"));
  } finally {
    await site.php("return delete_user_meta(1, 'locale');");
  }
});

// gettext's binary format: a header, two tables of length and offset, the texts with a zero after each.
function mo(translations) {
  const pairs = [["", "Content-Type: text/plain; charset=UTF-8\n"], ...Object.entries(translations)];
  const columns = [0, 1].map((column) => pairs.map((pair) => Buffer.from(`${pair[column]}\0`)));
  const header = [0x950412de, 0, pairs.length, 28, 28 + 8 * pairs.length, 0, 28 + 16 * pairs.length];
  let offset = 28 + 16 * pairs.length;
  const numbers = [...header, ...columns.flat().flatMap((bytes) => [bytes.length - 1, (offset += bytes.length) - bytes.length])];
  const table = Buffer.alloc(4 * numbers.length);
  numbers.forEach((number, index) => table.writeUInt32LE(number, 4 * index));
  return Buffer.concat([table, ...columns.flat()]);
}
