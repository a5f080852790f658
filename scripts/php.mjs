// What `npm test -- php` checks of every PHP file: that it parses, that its white space is plain, and its style.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { debianRoot, unpackedEnvironment } from "./debian.mjs";
import { logged } from "./installer.mjs";
import { Failure, root, run } from "./tools.mjs";
import { phpCommand } from "./wordpress.mjs";

const PHPCS = join(debianRoot, "usr/bin/phpcs");
const FOLDERS = ["wordpress", "scripts/wordpress", "tests/wordpress", "demo"];
// The plugin's own rules are stricter. Elsewhere files stand in for WordPress' and WooCommerce's, whose names and form they have.
const PLUGIN_STYLE = "wordpress/phpcs.xml.dist";
const OTHERS_EXCLUDED = ["PSR1.Classes.ClassDeclaration", "PSR1.Files.SideEffects", "PSR1.Methods.CamelCapsMethodName", "Squiz.Classes.ValidClassName"];

export async function checkPhp() {
  const files = FOLDERS.flatMap((folder) => phpFiles(join(root, folder)));
  if (!files.some((file) => relative(root, file).startsWith("wordpress/hookgate/"))) throw new Failure("wordpress/hookgate holds no PHP");
  for (const file of files) checkWhiteSpace(file);
  for (const file of files) await parse(file);
  console.log(`${files.length} files parse, their white space is plain`);
  if (!existsSync(PHPCS)) return console.log("their style was not checked: this release of Debian has no PHP_CodeSniffer");
  await style([`--standard=${PLUGIN_STYLE}`]);
  const others = files.filter((file) => !relative(root, file).startsWith("wordpress/"));
  await style(["--standard=PSR12", `--exclude=${OTHERS_EXCLUDED.join(",")}`, ...others]);
}

function phpFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? phpFiles(path) : path.endsWith(".php") ? [path] : [];
    });
}

function checkWhiteSpace(file) {
  const text = readFileSync(file, "utf8");
  const at = text.split("\n").findIndex((line) => /\t|\r|\s$/.test(line));
  if (at >= 0) throw new Failure(`${relative(root, file)}:${at + 1} holds a tab or ends in white space`);
  if (!text.endsWith("\n") || text.endsWith("\n\n")) throw new Failure(`${relative(root, file)} does not end in one line feed`);
}

async function parse(file) {
  const [php, options] = phpCommand();
  await logged(php, [...options, "-l", file], { env: unpackedEnvironment() });
}

async function style(args) {
  const settings = { include_path: join(debianRoot, "usr/share/php") };
  const [php, options] = phpCommand(settings, ["dom", "simplexml", "xmlwriter"]);
  const all = [...options, PHPCS, "--warning-severity=1", "-s", ...args];
  if ((await run(php, all, { env: unpackedEnvironment() })) !== 0) throw new Failure("PHP_CodeSniffer complains, see above.");
}
