// Promise: without the connector's route a delivery still arrives: at WordPress' own REST routes, and at WunderAutomation's URL, guarded or not.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ORIGIN_SECRET, SECRETS, hook } from "../edge/harness/gate.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { ADMIN } from "../../scripts/site.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { startSite } from "./harness/site.mjs";
import { setWorkflows, workflowRuns } from "./harness/wunderautomation.mjs";

const TRIGGER = { TRIGGER_PASSWORD: "pass:word for tests", TRIGGER_KEY: "key for tests", TRIGGER_SECRET: "hmac secret for tests" };
const order = { type: "order", name: "order", parameter: "order_id", required: true };
const WORKFLOW = {
  code: "orders",
  objects: [order],
  basic: { user: "shop", password: TRIGGER.TRIGGER_PASSWORD },
  key: { header: "X_API_KEY", secret: TRIGGER.TRIGGER_KEY },
  hmac: { header: "X-Hub-Signature", secret: TRIGGER.TRIGGER_SECRET },
};

const toTrigger = (id, more = {}) =>
  hook(id, {
    objects: { order: { at: "/order" } },
    origin: {
      kind: "wunderautomation",
      site: "unsigned",
      code: "orders",
      basic: { user: "shop", password: "TRIGGER_PASSWORD" },
      key: { header: "X_API_KEY", secret: "TRIGGER_KEY" },
      hmac: { header: "X-Hub-Signature", secret: "TRIGGER_SECRET" },
      ...more,
    },
  });
const toRoute = (id, site) =>
  hook(id, { objects: { comment: { at: "/comment", required: true } }, fields: [{ at: "/status", enum: ["approved", "hold"] }], origin: { kind: "rest", site, route: "/wp-json/wp/v2/comments/{comment}" } });

let site, gate;
before(async () => {
  site = await startSite({ muPlugins: ["workflow", "woocommerce", "wunderautomation"] });
  await setWorkflows(site, [WORKFLOW]);
  const password = await site.php("return WP_Application_Passwords::create_new_application_password(1, ['name' => 'Hookgate'])[0];");
  gate = await startGateTo(site, {
    hooks: [toTrigger("trigger"), toTrigger("signed", { site: "signed" }), toTrigger("stranger", { code: "strangers" }), toRoute("comments", "opened"), toRoute("mistaken", "mistaken")],
    variables: {
      ORIGINS: {
        unsigned: { url: site.url },
        signed: { url: site.url, secret: "ORIGIN_SECRET" },
        opened: { url: site.url, user: ADMIN.user, password: "SITE_PASSWORD" },
        mistaken: { url: site.url, user: ADMIN.user, password: "TRIGGER_PASSWORD" },
      },
    },
    secrets: { ...SECRETS, ...TRIGGER, ORIGIN_SECRET, SITE_PASSWORD: password },
  });
});
after(async () => {
  await gate?.stop();
  await site?.stop();
});

let serial = 0;
const deliver = (hook, payload) => gate.deliver({ hook, body: JSON.stringify({ event: `event ${++serial}`, ...payload }) });
const audited = async (reply) => {
  const { reason, origin_status: status } = await reply.audit();
  return [reason, status];
};

describe("WordPress' own REST routes", () => {
  const statusOf = (comment) => site.php(`return wp_get_comment_status(${comment});`);

  test("change the object that the delivery names, with an application password", async () => {
    assert.equal(await statusOf(site.ids.pendingComment), "unapproved");
    assertReply(await deliver("comments", { comment: site.ids.pendingComment, status: "approved" }), 200, "Success");
    assert.equal(await statusOf(site.ids.pendingComment), "approved");
  });

  test("do not find an object that is not there", async () => {
    const reply = await deliver("comments", { comment: 999999, status: "approved" });
    assertReply(reply, 400, "Objects not found");
    assert.deepEqual(await audited(reply), ["objects-not-found", 404]);
  });

  test("refuse another password, and change nothing", async () => {
    const reply = await deliver("mistaken", { comment: site.ids.comment, status: "hold" });
    assertReply(reply, 502, "Delivery failed");
    assert.deepEqual(await audited(reply), ["origin-refused", 401]);
    assert.equal(await statusOf(site.ids.comment), "approved");
  });
});

describe("WunderAutomation's URL", () => {
  const runs = () => workflowRuns(site, "orders").length;

  test("takes the gate's request with every check turned on, and runs the workflow", async () => {
    const before = runs();
    assertReply(await deliver("trigger", { order: site.ids.order }), 200, "Success");
    assert.equal(runs(), before + 1);
    const [, resolved] = workflowRuns(site, "orders").at(-1).calls.filter(([call]) => call === "addObject");
    assert.deepEqual(resolved, ["addObject", "order", "order", site.ids.order]);
  });

  test("ends without the required object, and with an unknown code, as it says", async () => {
    const before = runs();
    const missing = await deliver("trigger", { order: 999999 });
    assertReply(missing, 400, "Objects not found");
    assert.deepEqual(await audited(missing), ["objects-not-found", 400]);
    const stranger = await deliver("stranger", { order: site.ids.order });
    assertReply(stranger, 502, "Delivery failed");
    assert.deepEqual(await audited(stranger), ["origin-refused", 404]);
    assert.equal(runs(), before);
  });

  test("guarded, takes only the gate that shares the site's secret", async () => {
    const before = runs();
    await site.php("return update_option('hookgate_guard', 1);");
    try {
      const unsigned = await deliver("trigger", { order: site.ids.order });
      assertReply(unsigned, 502, "Delivery failed");
      assert.deepEqual(await audited(unsigned), ["origin-refused", 401]);
      assertReply(await deliver("signed", { order: site.ids.order }), 200, "Success");
      assert.equal(runs(), before + 1);
    } finally {
      await site.php("return delete_option('hookgate_guard');");
    }
  });
});
