// Promise: an order is found by its id or by its key, exactly, and nothing else is taken for one.
// With WOOCOMMERCE_DIR this runs against the WooCommerce in that folder. Without, a stand-in offers its public functions and nothing
// else, so that an adapter which called anything beyond them would die here.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { nothingToComplainOf } from "./harness/connector.mjs";
import { ENGINES, startSite } from "./harness/site.mjs";

const NOT_FOUND = [400, "hookgate_objects_not_found"];

for (const engine of ENGINES) {
  describe(`on ${engine}`, () => {
    let site;
    before(async () => void (site = await startSite({ engine })));
    after(() => site?.stop());

    const deliver = (identifiers) => site.deliver({ objects: { order: identifiers }, required: ["order"] });
    const both = (text) => ({ id: text, key: text });

    async function assertFound(identifiers, id) {
      const ran = site.runs().length;
      const { status, json } = await deliver(identifiers);
      assert.deepEqual([status, json.code, json.data.objects], [200, "hookgate_accepted", { order: id }]);
      assert.deepEqual(site.runs().slice(ran).map((run) => run.objects), [{ order: id }]);
    }

    async function assertNotFound(identifiers) {
      const ran = site.runs().length;
      const { status, json } = await deliver(identifiers);
      assert.deepEqual([status, json.code], NOT_FOUND, JSON.stringify(identifiers));
      assert.equal(site.runs().length, ran);
    }

    test("an order is found by its id", async () => {
      await assertFound({ id: String(site.ids.order) }, site.ids.order);
      await assertFound(both(String(site.ids.otherOrder)), site.ids.otherOrder);
    });

    test("an order is found by its key", async () => {
      await assertFound({ key: site.ids.orderKey }, site.ids.order);
      await assertFound(both(site.ids.otherOrderKey), site.ids.otherOrder);
    });

    test("an id is no key, and a key no id", async () => {
      await assertNotFound({ key: String(site.ids.order) });
      await assertNotFound({ id: site.ids.orderKey });
    });

    test("a key counts only as it is spelled, whole", async () => {
      const { orderKey } = site.ids;
      for (const key of [orderKey.toLowerCase(), orderKey.slice(0, -1), `${orderKey} `, `${orderKey}x`, "wc_order_", "", "%"]) await assertNotFound(both(key));
    });

    test("an id counts only in plain digits", async () => {
      const { order } = site.ids;
      for (const id of [`${order}abc`, `0${order}`, `+${order}`, ` ${order}`, `${order}.0`, `${order}e0`, "0", "-1", "99999999", "9999999999999999999"]) await assertNotFound(both(id));
    });

    test("a refund, a post and a page are no orders", async () => {
      for (const name of ["refund", "post", "page"]) await assertNotFound(both(String(site.ids[name])));
    });

    test("an order is no post", async () => {
      const { status, json } = await site.deliver({ objects: { post: { id: String(site.ids.order), slug: String(site.ids.order) } }, required: ["post"] });
      assert.deepEqual([status, json.code], NOT_FOUND);
    });

    test("an order in the trash is still an order, as WooCommerce has it", async () => {
      const { otherOrder } = site.ids;
      await site.php(`class_exists('WooCommerce') ? wc_get_order(${otherOrder})->delete(false) : wp_trash_post(${otherOrder}); return true;`);
      await assertFound(both(String(site.ids.otherOrder)), site.ids.otherOrder);
    });

    test("an order that is not required and not found is absent for the workflow", async () => {
      const ran = site.runs().length;
      const { status } = await site.deliver({ objects: { order: both("99999999") } });
      assert.equal(status, 200);
      assert.deepEqual(site.runs().slice(ran).map((run) => run.objects), [{}]);
    });

    nothingToComplainOf(() => site);
  });

  test(`without WooCommerce nothing is an order, on ${engine}`, async () => {
    const site = await startSite({ engine, muPlugins: ["workflow"] });
    try {
      const { status, json } = await site.deliver({ objects: { order: { id: "1042", key: "wc_order_9ITaKB99M4jVF" } }, required: ["order"] });
      assert.deepEqual([status, json.code], NOT_FOUND);
    } finally {
      await site.stop();
    }
  });
}
