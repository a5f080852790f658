// Debian packages, downloaded with apt (which verifies them) and unpacked into this folder: nothing is installed, and nobody needs to be
// root as long as apt's package lists are there.
//   wordpress  PHP, WordPress and SQLite, for `npm start -- --wordpress` and the tests
//   tests      MariaDB, PHP_CodeSniffer and a headless Chromium
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logged } from "./installer.mjs";
import { ask, environment, Failure, toolsDir } from "./tools.mjs";

// `alone`: without its dependencies. WordPress would bring Apache, whose place PHP's own server takes.
const GROUPS = {
  wordpress: { php: ["cli", "common", "opcache", "sqlite3"], others: [], alone: ["wordpress", "libjs-underscore"] },
  tests: { php: ["mysql", "xml"], others: ["mariadb-server-core", "php-codesniffer", "chromium-headless-shell"], alone: [] },
};

// What apt prints is read below.
const inEnglish = () => environment({ LC_ALL: "C" });

export const isDebian = () => existsSync("/etc/debian_version");

// Another release brings other versions of everything, so it has its own folder.
const release = () => (isDebian() ? /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "debian" : "none");
const folder = join(toolsDir, "debian", `${release()}-${process.arch}`);
export const debianRoot = join(folder, "root");

// What was asked for, then what came.
const stampOf = (group) => join(folder, `${group}.txt`);
const recipeOf = (group) => JSON.stringify(GROUPS[group]);

export function unpacked(group) {
  return existsSync(stampOf(group)) && readFileSync(stampOf(group), "utf8").startsWith(`${recipeOf(group)}\n`);
}

// `check` is what must run afterwards for the packages to count as there.
export async function unpack(groups, check, say) {
  const needed = "WordPress and its tests are made of Debian's packages";
  if (!isDebian() || (await ask("apt-get", ["--version"])) === null) throw new Failure(`${needed}, and this is not Debian.`);
  mkdirSync(folder, { recursive: true });
  const archives = mkdtempSync(join(folder, "archives-"));
  try {
    await download(groups, archives, say).catch(async (error) => {
      if (process.getuid() !== 0) {
        throw new Failure(`${error.message}\n\n${needed}. If apt's lists are missing or old, let root run \`apt-get update\` once.`);
      }
      say("apt-get update");
      await logged("apt-get", ["update"]);
      await download(groups, archives, say);
    });
    const files = readdirSync(archives).filter((name) => name.endsWith(".deb")).sort();
    for (const [index, file] of files.entries()) {
      say(`unpacking ${index + 1} of ${files.length} packages`);
      await logged("dpkg-deb", ["-x", join(archives, file), debianRoot]);
    }
    await check();
    for (const group of groups) writeFileSync(stampOf(group), `${recipeOf(group)}\n${files.join("\n")}\n`);
  } finally {
    rmSync(archives, { recursive: true, force: true });
  }
}

async function download(groups, archives, say) {
  const php = await phpPackage();
  const wanted = groups.flatMap((group) => [...GROUPS[group].php.map((part) => `${php}-${part}`), ...GROUPS[group].others]);
  const names = new Set([...wanted, ...(await missing(wanted)), ...groups.flatMap((group) => GROUPS[group].alone)]);
  let fetched = 0;
  await logged("apt-get", ["-o", "APT::Sandbox::User=root", "download", ...names], {
    env: inEnglish(),
    cwd: archives,
    onLine: (line) => /^Get:/.test(line) && say(`downloading ${++fetched} of ${names.size} packages`),
  });
}

// Debian's own name for its PHP, as php8.2.
async function phpPackage() {
  const found = /Depends: (php[\d.]+)-cli/.exec((await ask("apt-cache", ["depends", "php-cli"], inEnglish())) ?? "");
  if (!found) throw new Failure("apt knows no package php-cli.");
  return found[1];
}

// Of the packages and all they depend on, those this system lacks.
async function missing(packages) {
  const lines = await logged("apt-get", ["install", "--print-uris", "-qq", "--yes", "--no-install-recommends", ...packages]);
  return lines.map((line) => /^'\S+' ([^_\s]+)_/.exec(line)?.[1]).filter(Boolean);
}

// The folders in which the dynamic linker finds the unpacked libraries: also those that a package keeps to itself.
export function libraryPath() {
  const folders = (path) => (existsSync(path) ? readdirSync(path, { withFileTypes: true }) : []).filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  const shared = ["usr/lib", "lib"].flatMap((name) => folders(join(debianRoot, name))).filter((path) => path.endsWith("-linux-gnu"));
  const own = shared.flatMap(folders).filter((path) => readdirSync(path).some((name) => /^lib.*\.so/.test(name)));
  return [...shared, ...own].join(":");
}

// The environment of an unpacked program.
export const unpackedEnvironment = (more = {}) => environment({ LD_LIBRARY_PATH: libraryPath(), ...more });


export async function checkRuns(program, args) {
  await logged(join(debianRoot, program), args, { env: unpackedEnvironment() });
}
