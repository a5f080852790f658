// Promise: `npm run plugin` packs a zip that WordPress installs, the same bytes each time, and nothing that is not right.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unzipSync } from "fflate";
import { pack, source } from "../../scripts/plugin.mjs";
import { template } from "../../scripts/pot.mjs";
import { Failure, root } from "../../scripts/tools.mjs";
import { startSite } from "./harness/site.mjs";

const { version } = JSON.parse(readFileSync(join(root, "package.json")));
const scratch = mkdtempSync(join(tmpdir(), "hookgate-plugin-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

let copies = 0;
function copyOfPlugin() {
  const copy = join(scratch, `copy${++copies}`);
  cpSync(source, copy, { recursive: true });
  return copy;
}

function edit(copy, path, change) {
  const file = join(copy, path);
  writeFileSync(file, change(readFileSync(file, "utf8")));
}

const packed = async (from) => readFileSync((await pack({ from, out: join(scratch, "out") })).zip);

function refused(from, message) {
  return assert.rejects(pack({ from, out: join(scratch, "refused") }), { constructor: Failure, message });
}

test("the zip holds the plugin in one folder, under its version", async () => {
  const out = join(scratch, "command");
  execFileSync(process.execPath, ["scripts/plugin.mjs", "--out", out], { cwd: root });
  assert.deepEqual(readdirSync(out), [`hookgate-${version}.zip`]);
  const entries = unzipSync(readFileSync(join(out, `hookgate-${version}.zip`)));
  const files = readdirSync(source, { recursive: true }).filter((path) => statSync(join(source, path)).isFile());
  assert.deepEqual(Object.keys(entries).sort(), files.map((path) => `hookgate/${path}`).sort());
  for (const path of files) assert.deepEqual(Buffer.from(entries[`hookgate/${path}`]), readFileSync(join(source, path)), path);
});

test("the zip has the same bytes whatever the time, the time zone and the dates of the files", async () => {
  const copy = copyOfPlugin();
  for (const path of readdirSync(copy, { recursive: true })) utimesSync(join(copy, path), 1_000_000_000, 1_000_000_000);
  const zips = ["UTC", "America/St_Johns", "Pacific/Kiritimati"].map((zone) => {
    const out = join(scratch, zone.replace("/", "-"));
    execFileSync(process.execPath, ["scripts/plugin.mjs", "--out", out], { cwd: root, env: { ...process.env, TZ: zone } });
    return readFileSync(join(out, `hookgate-${version}.zip`));
  });
  for (const zip of [...zips, await packed(copy)]) assert.ok(zip.equals(zips[0]));
});

test("versions that differ are refused, each with where it stands", async () => {
  for (const [path, found] of [["hookgate.php", /^( \* Version: +)\S+$/m], ["readme.txt", /^(Stable tag: )\S+$/m]]) {
    const copy = copyOfPlugin();
    edit(copy, path, (text) => text.replace(found, "$19.8.7"));
    await refused(copy, new RegExp(`^The versions differ: .*${path.replace(".", "\\.")} 9\\.8\\.7`));
  }
});

test("a template for translators that is not current is refused", async () => {
  const copy = copyOfPlugin();
  edit(copy, "src/Admin/Forms.php", (text) => text.replace("'Secrets'", "'Secret things'"));
  await refused(copy, /hookgate\.pot is not current/);
});

test("a plugin that lacks a file or holds a foreign one is refused", async () => {
  for (const [path, message] of [["LICENSE", /lacks LICENSE/], ["uninstall.php", /lacks uninstall\.php/]]) {
    const copy = copyOfPlugin();
    rmSync(join(copy, path));
    await refused(copy, message);
  }
  for (const path of [".env", "src/.Pause.php.swp", "src/Admin/page.js", "notes.md", "LICENSE.bak"]) {
    const copy = copyOfPlugin();
    writeFileSync(join(copy, path), "");
    await refused(copy, new RegExp(`does not belong into the plugin: ${path.replaceAll(".", "\\.")}$`));
  }
});

test("a translation that cannot be extracted is refused", () => {
  for (const call of ["__($text, 'hookgate')", "__('Text')", "__('Text', 'other')", '__("Text", "hookgate")', "_nx('a', 'b', 1, 'c', 'hookgate')"]) {
    assert.throws(() => template([["src/A.php", `<?php echo ${call};`]]), { message: /^src\/A\.php: / }, call);
  }
});

test("the template quotes texts, joins equal ones and keeps what translators are told", () => {
  const first = "<?php /* translators: %s: a name */ $a = __('It\\'s \"%s\"', 'hookgate'); _n('%d day', '%d days', $n, 'hookgate');";
  const second = "<?php esc_html_e( 'It\\'s \"%s\"', 'hookgate' ); _x('Post', 'verb', 'hookgate');";
  const [, ...entries] = template([["src/A.php", first], ["src/B.php", second]]).split("\n\n").map((entry) => entry.trim());
  assert.deepEqual(entries, [
    '#. translators: %s: a name\n#: src/A.php src/B.php\n#, php-format\nmsgid "It\'s \\"%s\\""\nmsgstr ""',
    '#: src/A.php\n#, php-format\nmsgid "%d day"\nmsgid_plural "%d days"\nmsgstr[0] ""\nmsgstr[1] ""',
    '#: src/B.php\nmsgctxt "verb"\nmsgid "Post"\nmsgstr ""',
  ]);
});

test("the zip installs as an upload does, and takes deliveries; and WordPress deletes it", async () => {
  const { zip } = await pack({ out: join(scratch, "install") });
  const site = await startSite({ install: null, workers: 2, constants: { FS_METHOD: "direct" } });
  try {
    assert.equal((await site.deliver()).status, 404);
    const installed = await site.php(`foreach (['file', 'misc', 'plugin', 'class-wp-upgrader'] as $name) require_once ABSPATH . "wp-admin/includes/$name.php";
      $upgrader = new Plugin_Upgrader(new Automatic_Upgrader_Skin());
      return [$upgrader->install('${zip}'), $upgrader->plugin_info(), get_plugins()['hookgate/hookgate.php']['Version'], activate_plugin('hookgate/hookgate.php')];`);
    assert.deepEqual(installed, [true, "hookgate/hookgate.php", version, null]);
    assert.equal((await site.deliver()).status, 200);
    const deleted = await site.php(`foreach (['file', 'misc', 'plugin'] as $name) require_once ABSPATH . "wp-admin/includes/$name.php";
      deactivate_plugins('hookgate/hookgate.php');
      return delete_plugins(['hookgate/hookgate.php']);`);
    assert.equal(deleted, true);
    assert.equal((await site.deliver()).status, 404);
  } finally {
    await site.stop();
  }
});

test("every text that PHP itself finds in the plugin's calls is in the template", async () => {
  const pot = readFileSync(join(source, "languages/hookgate.pot"), "utf8");
  const site = await startSite({ workers: 1 });
  try {
    const texts = await site.php(`$texts = [];
      foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator(WP_PLUGIN_DIR . '/hookgate')) as $file) {
          if ($file->getExtension() !== 'php') continue;
          $tokens = array_values(array_filter(token_get_all(file_get_contents($file)), fn ($token) => !in_array($token[0], [T_WHITESPACE, T_COMMENT], true)));
          foreach ($tokens as $index => $token) {
              if (is_array($token) && preg_match('/^(__|_[enx]|(esc_(html|attr)_(_|e|x)))$/', $token[1]) && $tokens[$index + 1] === '(') {
                  $texts[] = eval("return {$tokens[$index + 2][1]};");
              }
          }
      }
      return $texts;`);
    assert.ok(texts.length > 50);
    for (const text of texts) assert.ok(pot.includes(`msgid "${text.replace(/[\\"]/g, "\\$&")}"`), text);
  } finally {
    await site.stop();
  }
});
