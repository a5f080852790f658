// Promise: what PHP complains of fails the tests, wherever their site was started, unless a test provoked it just then.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../../scripts/tools.mjs";
import { startSite } from "./harness/site.mjs";

const WARN = "trigger_error('made for tests', E_USER_WARNING); return true;";
const WARNING = /^PHP Warning: +made for tests/;

const folder = mkdtempSync(join(tmpdir(), "hookgate-complaints-"));
let site;
before(async () => void (site = await startSite({ workers: 1 })));
after(() => site?.stop());
after(() => rmSync(folder, { recursive: true, force: true }));

// A test file with a site on each engine, where both provoke a warning that is expected, and one another that is not.
const FILE = `import { test } from "node:test";
import { onEachEngine } from ${JSON.stringify(join(root, "tests/wordpress/harness/connector.mjs"))};
onEachEngine((on) => test("the only one", async () => {
  const warn = () => on.site.php(${JSON.stringify(WARN)});
  await on.site.expecting(${WARNING}, warn);
  if (on.site.engine === "sqlite") await warn();
}));
`;

test("a warning fails the run of a describe with a site of its own, if nobody expects it", () => {
  const file = join(folder, "one.test.mjs");
  writeFileSync(file, FILE);
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const { status, stdout } = spawnSync(process.execPath, ["--test", "--test-reporter=tap", file], { env, encoding: "utf8" });
  assert.equal(status, 1);
  assert.match(stdout, /^# pass 3$/m);
  assert.match(stdout, /^# fail 1$/m);
  assert.match(stdout, /PHP Warning: +made for tests/);
});

test("a warning that a test expects must come, and not before", async () => {
  const warn = () => site.php(WARN);
  assert.equal(await site.expecting(WARNING, warn), true);
  await assert.rejects(site.expecting(WARNING, () => site.php("return 1;")), /^Error: PHP did not complain of /);
  await assert.rejects(site.expecting(/another/, () => site.expecting(WARNING, warn)), /^Error: PHP did not complain of \/another\//);
});
