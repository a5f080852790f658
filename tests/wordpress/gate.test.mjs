// Promise: what the built Worker lets through, a real WordPress resolves and runs; whatever is wrong ends as WunderAutomation's webhooks end, and runs nothing.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { ORIGIN_SECRET, SECRETS, hook } from "../edge/harness/gate.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { nothingToComplainOf } from "./harness/connector.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { ENGINES, startSite } from "./harness/site.mjs";

const HOOKS = [
  hook("any", { objects: { post: { at: "/post" }, user: { at: "/user" }, comment: { at: "/comment" }, order: { at: "/order" } }, fields: ["/event", "/amount"] }),
  hook("strict", { objects: { order: { at: "/order", required: true }, user: { at: "/user" } } }),
  hook("posts", { objects: { post: { at: "/post", required: true } } }),
  hook("form", { objects: { post: { at: "/post", required: true } }, media: "form" }),
];
const FORM = "application/x-www-form-urlencoded";
const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
const startGateFor = (site, secret = ORIGIN_SECRET) => startGateTo(site, { hooks: HOOKS, secrets: { ...SECRETS, ORIGIN_SECRET: secret } });

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    let site, gate;
    before(async () => {
      site = await startSite({ engine });
      gate = await startGateFor(site);
    });
    after(async () => {
      await gate?.stop();
      await site?.stop();
    });

    let serial = 0;
    const deliver = (hook, payload, more = {}) => (more.gate ?? gate).deliver({ hook, body: JSON.stringify({ event: `event ${++serial}`, ...payload }), ...more });
    const lastRun = () => site.runs().at(-1);

    test("each object is found by each of its identifiers", async () => {
      const { ids } = site;
      const known = [
        ["post", ids.post, [ids.post, String(ids.post), "first-post"]],
        ["post", ids.childPage, ["shop/returns"]],
        ["user", ids.user, [ids.user, "adam@example.com", "adam"]],
        ["comment", ids.comment, [ids.comment, String(ids.comment)]],
        ["order", ids.order, [ids.order, String(ids.order), ids.orderKey]],
      ];
      for (const [kind, id, identifiers] of known) {
        for (const identifier of identifiers) {
          const reply = await deliver("any", { [kind]: identifier });
          assertReply(reply, 200, "Success");
          assert.deepEqual([lastRun().reference, lastRun().objects], [reply.header("hookgate-reference"), { [kind]: id }], `${kind} ${identifier}`);
        }
      }
    });

    test("all four at once, with the fields the hook allows and nothing else", async () => {
      const { ids } = site;
      const reply = await deliver("any", { post: ids.post, user: "adam", comment: ids.comment, order: ids.orderKey, amount: 149.90, card: "4242 4242 4242 4242" });
      assertReply(reply, 200, "Success");
      const { hook: ran, attempt, objects, fields } = lastRun();
      assert.deepEqual({ ran, attempt, objects }, { ran: "any", attempt: 1, objects: { post: ids.post, user: ids.user, comment: ids.comment, order: ids.order } });
      assert.deepEqual(Object.keys(fields), ["event", "amount"]);
      assert.equal(fields.amount, 149.9);
    });

    test("an object that is not required may be missing", async () => {
      assertReply(await deliver("strict", { order: site.ids.order, user: "nobody" }), 200, "Success");
      assert.deepEqual(lastRun().objects, { order: site.ids.order });
    });

    test("the four endings of a WunderAutomation webhook, in JSON and in text", async () => {
      const runs = site.runs().length;
      const order = { order: site.ids.order };
      assertReply(await deliver("strict", order), 200, "Success");
      assertReply(await deliver("stranger", order), 404, "Unknown hook code");
      assertReply(await deliver("strict", order, { signed: false }), 401, "Authentication failed");
      for (const missing of [{ order: 999999 }, { order: "wc_order_unknown" }, {}]) assertReply(await deliver("strict", missing), 400, "Objects not found");
      assert.equal(site.runs().length, runs + 1);

      const form = (post) => gate.deliver({ hook: "form", type: FORM, body: `event=${++serial}&post=${post}` });
      for (const [reply, status, message] of [[await form("first-post"), 200, "Success"], [await form("no-such-post"), 400, "Objects not found"]]) {
        assertReply(reply, status, message);
        assert.match(reply.body, /^code: /);
      }
      assertReply(await gate.deliver({ hook: "form", type: FORM, body: "post=first-post", signed: false }), 401, "Authentication failed");
      assertReply(await gate.deliver({ hook: "stranger", type: FORM, body: "post=first-post" }), 404, "Unknown hook code");
      assert.equal(site.runs().length, runs + 2);
    });

    test("an object that appears later is found by the retry", async () => {
      const body = JSON.stringify({ event: "early", post: "not-written-yet" });
      assertReply(await gate.deliver({ hook: "posts", body }), 400, "Objects not found");
      const id = await site.php("return wp_insert_post(['post_name' => 'not-written-yet', 'post_title' => 'Late', 'post_status' => 'publish']);");
      assertReply(await gate.deliver({ hook: "posts", body }), 200, "Success");
      assert.deepEqual([lastRun().objects, lastRun().attempt], [{ post: id }, 2]);
    });

    test("a site with another secret refuses the gate, and the audit says so", async () => {
      const stranger = await startGateFor(site, newSecret());
      try {
        const runs = site.runs().length;
        const reply = await deliver("strict", { order: site.ids.order }, { gate: stranger });
        assertReply(reply, 502, "Delivery failed");
        const { reason, origin_status: status } = await reply.audit();
        assert.deepEqual([reason, status], ["origin-refused", 401]);
        assert.equal(site.runs().length, runs);
      } finally {
        await stranger.stop();
      }
    });

    test("while the secret changes, no delivery is lost", async () => {
      const secret = newSecret();
      const renewed = await startGateFor(site, secret);
      const order = { order: site.ids.order };
      try {
        site.setConstants({ HOOKGATE_SECRET: [secret, ORIGIN_SECRET] });
        assertReply(await deliver("strict", order), 200, "Success");
        assertReply(await deliver("strict", order, { gate: renewed }), 200, "Success");
        site.setConstants({ HOOKGATE_SECRET: secret });
        assertReply(await deliver("strict", order), 502, "Delivery failed");
        assertReply(await deliver("strict", order, { gate: renewed }), 200, "Success");
      } finally {
        site.setConstants({ HOOKGATE_SECRET: ORIGIN_SECRET });
        await renewed.stop();
      }
    });

    nothingToComplainOf(() => site);
  });
}
