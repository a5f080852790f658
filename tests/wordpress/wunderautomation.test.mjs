// Promise: a delivery reaches the WunderAutomation workflow that its hook names, and WunderAutomation's own URL is the gate's alone if the admin wants so.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { assertAnswer, attempts, extended, hangUp, until, withoutTable, WRITE_ON } from "./harness/connector.mjs";
import { newId, now, ROUTE, signed, startSite } from "./harness/site.mjs";
import { assertJson, assertText, OPEN, setWorkflows, workflowRuns } from "./harness/wunderautomation.mjs";

let site;
before(async () => {
  site = await startSite({ muPlugins: ["workflow", "woocommerce", "wunderautomation"] });
  await setWorkflows(site, WORKFLOWS);
});
after(() => site?.stop());

const object = (type, more = {}) => ({ type, name: type, parameter: `${type}_id`, required: false, ...more });
const BASIC = { user: "shop", password: "pass:word for tests" };
const KEY = { header: "X_API_KEY", secret: "key for tests" };
const HMAC = { header: "X-Hub-Signature", secret: "hmac secret for tests" };

const WORKFLOWS = [
  { code: "open", ...OPEN, objects: [object("post"), object("user", { name: "customer" }), object("comment"), object("order", { required: true })] },
  { code: "inactive", ...OPEN, active: false },
  { code: "two-users", ...OPEN, objects: [object("user", { name: "buyer" }), object("user", { name: "seller" })] },
  { code: "failing", ...OPEN, fails: true },
  { code: "empty", ...OPEN },
  { code: "basic", basic: BASIC },
  { code: "unset" },
  { code: "key", ...OPEN, key: KEY },
  { code: "hmac", ...OPEN, hmac: HMAC },
  { code: "all", basic: BASIC, key: KEY, hmac: HMAC },
];

const calls = (...between) => [["createResolver", []], ...between, ["maybeAddCurrentUser"]];
const webhook = (fields) => ["addObject", "webhook", "webhook", fields];

describe("the bridge", () => {
  test("hands the objects to the workflow named by the hook, under the names it has for them", async () => {
    const { ids } = site;
    const objects = { post: { slug: "first-post" }, user: { email: "adam@example.com" }, comment: { id: String(ids.comment) }, order: { key: ids.orderKey } };
    const found = { post: ids.post, user: ids.user, comment: ids.comment, order: ids.order };
    assertAnswer(await site.deliver({ hook: "open", objects, fields: { total: "9.90" } }), "hookgate_accepted", { objects: found });
    assert.deepEqual(workflowRuns(site, "open").at(-1).calls, calls(
      webhook({ total: "9.90" }),
      ["addObject", "post", "post", ids.post],
      ["addObject", "customer", "user", ids.user],
      ["addObject", "comment", "comment", ids.comment],
      ["addObject", "order", "order", ids.order],
    ));
  });

  test("leaves out what is not required, and refuses the delivery without what is", async () => {
    const id = newId();
    const before = workflowRuns(site, "open").length;
    assertAnswer(await site.deliver({ id, hook: "open" }), "hookgate_objects_not_found");
    assert.equal(workflowRuns(site, "open").length, before);
    assertAnswer(await site.deliver({ id, hook: "open", objects: { order: { id: String(site.ids.order) } } }), "hookgate_accepted", { objects: { order: site.ids.order } });
    assert.deepEqual(workflowRuns(site, "open").at(-1).calls, calls(webhook([]), ["addObject", "order", "order", site.ids.order]));
    assert.deepEqual((await attempts(site, id)).map((row) => row.state), ["refused", "done"]);
  });

  test("gives the one user of a delivery to the first of two names", async () => {
    await site.deliver({ hook: "two-users", objects: { user: { login: "adam" } } });
    assert.deepEqual(workflowRuns(site, "two-users").at(-1).calls, calls(webhook([]), ["addObject", "buyer", "user", site.ids.user]));
  });

  test("runs nothing for an inactive workflow, an unknown code, or a code in part", async () => {
    const before = site.runs().filter((run) => run.workflow).length;
    for (const hook of ["inactive", "unknown", "ope", "open-", "main"]) assertAnswer(await site.deliver({ hook }), "hookgate_accepted");
    assert.equal(site.runs().filter((run) => run.workflow).length, before);
  });

  test("marks a delivery failed whose workflow fails, and runs it again", async () => {
    const id = newId();
    for (const attempt of [1, 2]) {
      const log = new RegExp(`^Hookgate: hook failing, delivery ${id.slice(0, 16)}, attempt ${attempt}: RuntimeException at \\S+wunderautomation\\.php:\\d+$`);
      assertAnswer(await site.expecting(log, () => site.deliver({ id, hook: "failing" })), "hookgate_workflow_failed");
    }
    assert.deepEqual((await attempts(site, id)).map((row) => row.state), ["failed", "failed"]);
    assert.equal(workflowRuns(site, "failing").length, 2);
  });

  test("lets a site choose another workflow, or none", () => extended(site,
    `add_filter('hookgate_wunderautomation_workflow', function ($workflow, $delivery) {
        $others = array_filter(wa_wa()->getWorkflows(), fn ($other) => $other->getState()->trigger->value->code === 'empty');
        $choice = ['elsewhere' => reset($others), 'empty' => null];
        return array_key_exists($delivery->hook(), $choice) ? $choice[$delivery->hook()] : $workflow;
    }, 10, 2);`,
    async () => {
      const before = workflowRuns(site, "empty").length;
      await site.deliver({ hook: "elsewhere" });
      assert.equal(workflowRuns(site, "empty").length, before + 1);
      await site.deliver({ hook: "empty" });
      assert.equal(workflowRuns(site, "empty").length, before + 1);
      await site.deliver({ hook: "two-users" });
      assert.ok(workflowRuns(site, "two-users").length > 0);
    }));
});

describe("the guard", () => {
  const ORDER = JSON.stringify({ order_id: "1042" });
  const JSON_TYPE = { "content-type": "application/json" };
  const signedJson = (body, more = {}) => ({ ...JSON_TYPE, ...signed({ body, ...more }) });

  const guarded = async (work) => {
    await site.php("return update_option('hookgate_guard', 1);");
    try {
      return await work();
    } finally {
      await site.php("return delete_option('hookgate_guard');");
    }
  };

  test("is off unless the admin turns it on", async () => {
    assertText(await site.get("/wa-hook/empty"), 200, "success");
    assertJson(await site.post("/wa-hook/open", { headers: JSON_TYPE, body: ORDER }), 200, "success");
    assert.equal(await site.php("return Hookgate\\Guard::isOn();"), false);
  });

  test("lets in only what the gate has signed just now", () => guarded(async () => {
    assert.equal(await site.php("return Hookgate\\Guard::isOn();"), true);
    const before = workflowRuns(site, "open").length;
    assertJson(await site.post("/wa-hook/open", { headers: signedJson(ORDER), body: ORDER }), 200, "success");
    assertJson(await site.post("/wa-hook/open", { headers: signedJson("{}"), body: "{}" }), 400, "All required objects not found");
    assertJson(await site.post("/wa-hook/unknown", { headers: signedJson("{}"), body: "{}" }), 404, "Unkown hook code");
    assertJson(await site.post("/wa-hook/basic", { headers: signedJson("{}"), body: "{}" }), 401, "Authentication failed");
    assert.equal(workflowRuns(site, "open").length, before + 1);

    const other = `whsec_${Buffer.from("another secret made for tests only").toString("base64")}`;
    for (const headers of [JSON_TYPE, signedJson(`${ORDER} `), signedJson(ORDER, { timestamp: now() - 400 }), signedJson(ORDER, { secret: other }), { ...signedJson(ORDER), "webhook-id": newId() }]) {
      assertJson(await site.post("/wa-hook/open", { headers, body: ORDER }), 401, "Authentication failed");
    }
    assert.equal(workflowRuns(site, "open").length, before + 1);
  }));

  test("lets no other method, query or content type in, even if the body is signed", () => guarded(async () => {
    const before = site.runs().length;
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) {
      const reply = await site.send(method, "/wa-hook/empty", { headers: signedJson(""), body: "" });
      assert.equal(reply.status, 401, method);
    }
    for (const path of ["/wa-hook/empty?order_id=1043", "/wa-hook/empty?", "/?from=wa-hook/empty", "/wa-%41hook/empty", "/index.php/any/wa-hook/empty"]) {
      const headers = path.includes("?") ? signedJson("{}") : JSON_TYPE;
      assertJson(await site.post(path, { headers, body: "{}" }), 401, "Authentication failed");
    }
    for (const type of ["application/json; charset=utf-8", "Application/JSON", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
      const reply = await site.post("/wa-hook/empty", { headers: { ...signed({ body: "{}" }), "content-type": type }, body: "{}" });
      assert.equal(reply.status, 401, type);
      assert.match(reply.text, /Authentication failed/);
    }
    assert.equal(site.runs().length, before);
  }));

  test("refuses in WunderAutomation's words: three lines, or JSON to whom asks for it", () => guarded(async () => {
    const refused = await site.get("/wa-hook/empty");
    assertText(refused, 401, "Authentication failed");
    assert.match(refused.headers["cache-control"], /no-cache|no-store/);
    assertText(await site.post("/wa-hook/nothing", { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" }), 401, "Authentication failed");
    assertJson(await site.get("/wa-hook/empty", { headers: { accept: "application/json" } }), 401, "Authentication failed");
    assertJson(await site.post("/wa-hook/empty", { headers: JSON_TYPE, body: "{}" }), 401, "Authentication failed");
  }));

  test("leaves everything else alone", () => guarded(async () => {
    assert.equal((await site.get("/")).status, 200);
    assert.equal((await site.get("/wp-json/")).status, 200);
    assert.equal((await site.get("/?s=wa-hook")).status, 200);
    assertAnswer(await site.deliver({ hook: "empty" }), "hookgate_accepted");
  }));

  test("knows another slug, whatever characters it has", async () => {
    try {
      for (const slug of ["hooks", "hooks.v1", "hooks/v1+", 2026]) {
        await setWorkflows(site, WORKFLOWS, { slug });
        await guarded(async () => {
          assertText(await site.get(`/${slug}/empty`), 401, "Authentication failed");
          assertJson(await site.post(`/${slug}/empty`, { headers: signedJson("{}"), body: "{}" }), 200, "success");
          assert.doesNotMatch((await site.get("/wa-hook/empty")).text, /Authentication failed/);
        });
      }
    } finally {
      await setWorkflows(site, WORKFLOWS);
    }
  });

  test("does nothing where every URL is a webhook to WunderAutomation, and does not stumble over its options", async () => {
    try {
      await site.php("return update_option('wunderauto-general', ['webhookslug' => '']);");
      await guarded(async () => {
        for (const path of ["/", "/wa-hook/empty", "/wp-login.php"]) assert.doesNotMatch((await site.get(path)).text, /Authentication failed/, path);
      });
      await site.php("return update_option('wunderauto-general', 'lost');");
      await guarded(async () => {
        assert.equal((await site.get("/")).status, 200);
        assertText(await site.get("/wa-hook/empty"), 401, "Authentication failed");
      });
    } finally {
      await setWorkflows(site, WORKFLOWS);
    }
    // WunderAutomation itself would not live with these.
    await guarded(async () => {
      for (const general of ["['webhookslug' => ['wa-hook']]", "(object) ['webhookslug' => 'wa-hook']", "['webhookslug' => true]"]) {
        const checked = `add_filter('pre_option_wunderauto-general', fn () => ${general}); $_SERVER['REQUEST_URI'] = '/wp-admin/'; Hookgate\\Guard::check(); return 'alive';`;
        assert.equal(await site.php(checked), "alive", general);
      }
    });
  });

  test("leaves the command line alone", () => guarded(async () => {
    const check = (method) => site.php(`$_SERVER['REQUEST_URI'] = '/wa-hook/empty'; ${method} Hookgate\\Guard::check(); return 'alive';`);
    assert.equal(await check("unset($_SERVER['REQUEST_METHOD']);"), "alive");
    await assert.rejects(check("$_SERVER['REQUEST_METHOD'] = 'POST';"), /Authentication failed/);
  }));

  const audited = async (id) => (await attempts(site, id)).map(({ attempt, hook, state, status }) => [attempt, hook, state, status]);
  const trigger = (code, id, body = "{}") => site.post(`/wa-hook/${code}`, { headers: signedJson(body, { id }), body });

  test("lets a delivery run once, and shows it among the deliveries", () => guarded(async () => {
    const id = newId();
    const before = site.runs().length;
    const headers = signedJson("{}", { id });
    for (const replayed of [undefined, "true", "true"]) {
      const reply = await site.post("/wa-hook/empty", { headers, body: "{}" });
      assertJson(reply, 200, "success");
      assert.equal(reply.headers["idempotent-replayed"], replayed);
      assert.match(reply.headers["cache-control"], /no-cache|no-store/);
    }
    assert.equal(site.runs().length, before + 1);
    assert.deepEqual(await audited(id), [[1, "empty", "done", 200]]);
  }));

  test("lets a delivery run again that WunderAutomation did not take", () => guarded(async () => {
    const id = newId();
    const before = site.runs().length;
    for (const [code, status] of [["open", 400], ["unknown", 404], ["basic", 401]]) assert.equal((await trigger(code, id)).status, status);
    const failed = await site.expecting(/^PHP Fatal error: +Uncaught RuntimeException/, () => trigger("failing", id));
    assert.equal(failed.status, 500);
    assertJson(await trigger("empty", id), 200, "success");
    assert.equal(site.runs().length, before + 2);
    assert.deepEqual(await audited(id), [
      [1, "open", "failed", 400], [2, "unknown", "failed", 404], [3, "basic", "failed", 401], [4, "failing", "failed", 500], [5, "empty", "done", 200],
    ]);
    assert.ok((await attempts(site, id)).slice(0, 4).every(({ answer }) => JSON.parse(answer).code === "hookgate_wunderautomation_failed"));
  }));

  test("takes no page for an answer of WunderAutomation's, and no death after the first byte for a success", () => guarded(async () => {
    const [page, dead] = [newId(), newId()];
    try {
      await setWorkflows(site, WORKFLOWS, { enabled: false });
      await extended(site, "add_action('template_redirect', function () { status_header(200); exit('a page for every URL'); });", async () => {
        assert.equal((await trigger("empty", page)).text, "a page for every URL");
      });
    } finally {
      await setWorkflows(site, WORKFLOWS);
    }
    await extended(site, "add_action('init', function () { echo ' '; flush(); }, PHP_INT_MAX);", () => site.expecting(/^PHP Fatal error: +Uncaught RuntimeException/, async () => {
      assert.equal((await trigger("failing", dead)).status, 200);
    }));
    assert.deepEqual([await audited(page), await audited(dead)], [[[1, "empty", "failed", 200]], [[1, "failing", "failed", 200]]]);
    assertJson(await trigger("empty", page), 200, "success");
  }));

  test("tells the gate to come back while another request has the delivery, or the database fails", () => guarded(async () => {
    const id = newId();
    await site.php(`return (new Hookgate\\Deliveries())->begin('${id}', 1, 'empty', time() + 300, 0);`);
    const before = site.runs().length;
    const busy = await trigger("empty", id);
    assertJson(busy, 503, "In progress");
    assert.equal(busy.headers["retry-after"], "10");
    const failed = await site.expecting(/^WordPress database error .*hookgate_deliveries/s, () => withoutTable(site, "hookgate_deliveries", () => trigger("empty", newId())));
    assertJson(failed, 503, "Unavailable");
    assert.equal(failed.headers["retry-after"], "10");
    assert.equal(site.runs().length, before);
    await site.php("delete_option('hookgate_schema'); return $GLOBALS['wpdb']->query('DROP TABLE ' . Hookgate\\Deliveries::table());");
    assertJson(await trigger("empty", newId()), 200, "success");
  }));

  test("is not opened by what the gate sent to the connector", () => guarded(async () => {
    const before = site.runs().filter((run) => run.workflow).length;
    for (const body of ['{"hook":"main","objects":{},"fields":{"order_id":"1042"}}', '{"hook":"main","objects":{"order":{"id":"1042"}},"required":["order"],"fields":{}}']) {
      const request = { headers: signedJson(body), body };
      assert.equal((await site.post(ROUTE, request)).status, 200);
      for (const _ of [1, 2]) assertJson(await site.post("/wa-hook/empty", request), 401, "Authentication failed");
    }
    assert.equal(site.runs().filter((run) => run.workflow).length, before);
    for (const body of ['{"hook":"main"}', '{"objects":{}}', '{"hook":{},"objects":{}}', '{"hook":"main","objects":"all"}', "[]", "7"]) assertJson(await trigger("empty", newId(), body), 200, "success");
  }));

  test("has written down how it ended before anything else happens at the end", () => guarded(async () => {
    const id = newId();
    await extended(site, "add_action('shutdown', function () { exit; }, PHP_INT_MIN + 1);", async () => assertJson(await trigger("empty", id), 200, "success"));
    assert.deepEqual(await audited(id), [[1, "empty", "done", 200]]);
  }));

  test("cuts a code to what the audit holds", () => guarded(async () => {
    const id = newId();
    assertJson(await trigger("x".repeat(80), id), 404, "Unkown hook code");
    assert.deepEqual(await audited(id), [[1, "x".repeat(64), "failed", 404]]);
  }));

  test("lets a workflow end whose gate hangs up", () => guarded(async () => {
    const id = newId();
    const before = workflowRuns(site, "empty").length;
    await extended(site, `add_action('init', function () { if ($_SERVER['REQUEST_METHOD'] === 'POST') { ${WRITE_ON} } }, PHP_INT_MAX);`, async () => {
      const isUnderWay = async () => (await attempts(site, id)).length === 1;
      await hangUp(site, "/wa-hook/empty", { headers: signedJson("{}", { id }), body: "{}" }, isUnderWay);
      await until(async () => (await attempts(site, id))[0].state !== "running");
    });
    assert.equal(workflowRuns(site, "empty").length, before + 1);
    assert.deepEqual(await audited(id), [[1, "empty", "done", 200]]);
  }));

  test("pauses with the site: the gate is told to come back, everybody else what they always hear", () => guarded(async () => {
    await site.php("Hookgate\\Pause::set('why', 'admin'); return true;");
    try {
      const before = site.runs().length;
      const id = newId();
      const paused = await trigger("empty", id);
      assertJson(paused, 503, "Paused");
      assert.deepEqual(await audited(id), []);
      assert.equal(paused.headers["retry-after"], "60");
      assertText(await site.get("/wa-hook/empty"), 401, "Authentication failed");
      assert.equal(site.runs().length, before);
    } finally {
      await site.php("Hookgate\\Pause::clear(); return true;");
    }
  }));

  test("lets nobody in while the site has no secret", () => guarded(async () => {
    const secret = await site.php("return HOOKGATE_SECRET;");
    site.setConstants({ HOOKGATE_SECRET: undefined });
    try {
      assertJson(await site.post("/wa-hook/empty", { headers: signedJson("{}"), body: "{}" }), 401, "Authentication failed");
    } finally {
      site.setConstants({ HOOKGATE_SECRET: secret });
    }
  }));
});

// What the stand-in must do to stand for anything: what was read in the plugin itself.
describe("the stand-in for WunderAutomation", () => {
  const authorization = `Basic ${Buffer.from(`${BASIC.user}:${BASIC.password}`).toString("base64")}`;
  const sha1 = (body) => createHmac("sha1", HMAC.secret).update(body).digest("hex");

  test("asks for each method that is turned on, and for Basic where nothing is said", async () => {
    const body = "{}";
    const right = { authorization, "x-api-key": KEY.secret, "x-hub-signature": sha1(body) };
    for (const [code, headers, status] of [
      ["basic", { authorization }, 200], ["basic", {}, 401], ["basic", { authorization: authorization.replace("Basic", "basic") }, 401],
      ["unset", {}, 401], ["unset", { authorization: `Basic ${Buffer.from(":").toString("base64")}` }, 200],
      ["key", { "x-api-key": KEY.secret }, 200], ["key", { "x-api-key": `${KEY.secret}!` }, 401], ["key", {}, 401],
      ["hmac", { "x-hub-signature": sha1(body) }, 200], ["hmac", { "x-hub-signature": `sha1=${sha1(body)}` }, 401], ["hmac", { "x-hub-signature": sha1(body).toUpperCase() }, 401],
      ["all", right, 200], ["all", { ...right, authorization: "" }, 401], ["all", { ...right, "x-api-key": "" }, 401], ["all", { ...right, "x-hub-signature": "" }, 401],
      ["inactive", {}, 200], ["unknown", {}, 404],
    ]) {
      const reply = await site.post(`/wa-hook/${code}`, { headers: { "content-type": "application/json", ...headers }, body });
      assert.equal(reply.status, status, `${code} ${JSON.stringify(headers)}`);
    }
  });

  test("reads JSON under exactly one content type, over the form and the query, and forgives much", async () => {
    const { ids } = site;
    const found = async (path, type, body) => {
      const reply = await site.post(path, { headers: { "content-type": type }, body });
      return reply.status === 200 ? workflowRuns(site, "open").at(-1).calls.filter(([, , kind]) => kind !== undefined && kind !== "webhook").map((call) => call[3]) : reply.status;
    };
    const json = (parameters) => JSON.stringify({ order_id: ids.order, ...parameters });
    assert.deepEqual(await found("/wa-hook/open", "application/json", json({ user_id: "1e0" })), [1, ids.order]);
    assert.deepEqual(await found("/wa-hook/open", "application/json", json({ post_id: "first-post" })), [ids.order]);
    assert.deepEqual(await found("/wa-hook/open", "application/json", json({ post_id: "shop/returns", comment_id: `${ids.comment}abc` })), [ids.childPage, ids.comment, ids.order]);
    assert.deepEqual(await found("/wa-hook/open", "application/json", json({ order_id: ids.orderKey })), [String(ids.order)]);
    assert.equal(await found("/wa-hook/open", "application/json; charset=utf-8", json()), 400);
    assert.deepEqual(await found(`/wa-hook/open?order_id=${ids.order}&post_id=${ids.page}`, "application/json", JSON.stringify({ post_id: ids.post })), [ids.post, ids.order]);
    assert.deepEqual(await found("/wa-hook/open", "application/x-www-form-urlencoded", `order_id=${ids.order}`), [ids.order]);
    assert.equal(await found("/?x=/wa-hook/open", "application/x-www-form-urlencoded", `order_id=${ids.order}`).then(Array.isArray), true);
  });
});
