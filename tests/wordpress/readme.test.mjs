// Promise: what README's chapter on WordPress shows works as it stands there.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "smol-toml";
import { root } from "../../scripts/tools.mjs";
import { hook } from "../edge/harness/gate.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { extended } from "./harness/connector.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { startSite } from "./harness/site.mjs";

const read = (path) => readFileSync(join(root, path), "utf8");
const [, chapter] = /^## WordPress$([\s\S]*?)^## /m.exec(read("README.md"));
const [, workflow] = /^```php\n([\s\S]*?)^```$/m.exec(chapter);

test("the workflow of five lines does what it says, for the first hook of wrangler.toml", async () => {
  const { id, objects, fields } = parse(read("wrangler.toml")).vars.HOOKS[0];
  assert.equal(workflow.trimEnd().split("\n").length, 5);
  const site = await startSite();
  const gate = await startGateTo(site, { hooks: [hook(id, { objects, fields })] });
  try {
    await extended(site, workflow, async () => {
      const event = { id: "evt_1", type: "charge.succeeded", data: { object: { amount: 14990, currency: "eur", status: "succeeded", metadata: { order_id: `${site.ids.order}` } } } };
      assertReply(await gate.deliver({ hook: id, body: JSON.stringify(event) }), 200, "Success");
    });
    assert.equal(await site.php(`return wc_get_order(${site.ids.order})->get_meta('paid');`), "14990");
  } finally {
    await gate.stop();
    await site.stop();
  }
});

test("every filter of the connector is told of, and no other", () => {
  const folder = join(root, "wordpress/hookgate/src");
  const sources = readdirSync(folder, { recursive: true }).filter((path) => path.endsWith(".php")).map((path) => readFileSync(join(folder, path), "utf8"));
  const filters = sources.flatMap((source) => [...source.matchAll(/apply_filters\('(hookgate_\w+)'/g)].map(([, name]) => name));
  const [, list] = /^\*\*Filters\.\*\*([\s\S]*?)^$/m.exec(chapter);
  const told = [...list.matchAll(/`(hookgate_\w+)`/g)].map(([, name]) => name);
  assert.deepEqual([...new Set(told)].sort(), [...new Set(filters)].sort());
});
