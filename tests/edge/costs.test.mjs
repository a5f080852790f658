// Promise: what README says a delivery costs is what it reads and writes.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countCosts, table } from "./costs.mjs";

test("README's costs are those that are counted", async () => {
  const counted = table(await countCosts());
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  assert.ok(readme.includes(counted), `README should have:\n${counted}`);
});
