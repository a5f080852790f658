// `npm run plugin`: checks the connector and packs it into build-plugin/hookgate-<version>.zip, the same bytes each time.
// Options: --out DIR; --pot writes languages/hookgate.pot anew and packs nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { headerOf, template } from "./pot.mjs";
import { Failure, main, root } from "./tools.mjs";

const FOLDER = "hookgate";
export const source = join(root, "wordpress", FOLDER);
const POT = "languages/hookgate.pot";

// What WordPress asks of a plugin, and all it may hold.
const NEEDED = ["LICENSE", "hookgate.php", POT, "readme.txt", "uninstall.php"];
const ALLOWED = /^(LICENSE|readme\.txt|languages\/[\w-]+\.(pot|po|mo)|(src\/([A-Z]\w*\/)*)?\w+\.php)$/;

// A file of a zip has a date; the format's first one says that it means nothing. Unix mode 0644, for unzip.
const ENTRY = { mtime: new Date(1980, 0, 1), os: 3, attrs: 0o100644 << 16, level: 9 };

export async function pack({ from = source, out = join(root, "build-plugin") } = {}) {
  const files = read(from);
  check(files);
  const { zipSync } = await import("fflate").catch(() => {
    throw new Failure("fflate is missing: run `npm ci` first.");
  });
  const entries = files.map(([path, bytes]) => [`${FOLDER}/${path}`, [bytes, ENTRY]]);
  const zip = join(out, `${FOLDER}-${version()}.zip`);
  mkdirSync(out, { recursive: true });
  writeFileSync(zip, zipSync(Object.fromEntries(entries)));
  return { zip, files: files.length };
}

// [path with slashes, bytes], sorted by path, whatever order the file system has them in.
function read(from) {
  if (!existsSync(from)) throw new Failure(`${from} does not exist.`);
  const files = readdirSync(from, { recursive: true }).filter((path) => !statSync(join(from, path)).isDirectory());
  return files.map((path) => [path.replaceAll("\\", "/"), readFileSync(join(from, path))]).sort(([a], [b]) => (a < b ? -1 : 1));
}

function check(files) {
  const paths = files.map(([path]) => path);
  const missing = NEEDED.filter((path) => !paths.includes(path));
  if (missing.length > 0) throw new Failure(`The plugin lacks ${missing.join(", ")}.`);
  const foreign = paths.filter((path) => !ALLOWED.test(path));
  if (foreign.length > 0) throw new Failure(`This does not belong into the plugin: ${foreign.join(", ")}`);
  checkVersions(files);
  if (text(files, POT) !== template(php(files))) throw new Failure(`${POT} is not current: run \`npm run plugin -- --pot\`.`);
}

function checkVersions(files) {
  const versions = {
    "package.json": version(),
    "hookgate.php": headerOf(text(files, "hookgate.php"), "Version"),
    "readme.txt": headerOf(text(files, "readme.txt"), "Stable tag"),
  };
  if (new Set(Object.values(versions)).size > 1) {
    const list = Object.entries(versions).map(([file, value]) => `${file} ${value}`);
    throw new Failure(`The versions differ: ${list.join(", ")}.`);
  }
}

const version = () => JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;
const php = (files) => files.filter(([path]) => path.endsWith(".php")).map(([path, bytes]) => [path, bytes.toString()]);
const text = (files, path) => files.find(([name]) => name === path)[1].toString();

export function writeTemplate(from = source) {
  mkdirSync(join(from, "languages"), { recursive: true });
  writeFileSync(join(from, POT), template(php(read(from))));
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values } = parseArgs({ options: { out: { type: "string" }, pot: { type: "boolean" } } });
  main(async () => {
    if (values.pot) return writeTemplate();
    const { zip, files } = await pack(values.out ? { out: resolve(values.out) } : {});
    console.log(`${relative(process.cwd(), zip)}: ${files} files`);
  });
}
