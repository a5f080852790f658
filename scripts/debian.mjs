// Debian packages, downloaded with apt (which verifies them) and unpacked into this folder: nothing is installed, and nobody needs to be
// root as long as apt's package lists are there.
//   wordpress  PHP, WordPress and SQLite, for `npm start -- --wordpress` and the tests
//   tests      MariaDB, PHP_CodeSniffer and a headless Chromium
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { logged } from "./installer.mjs";
import { ask, environment, Failure, toolsDir } from "./tools.mjs";

// `alone`: without its dependencies. WordPress would bring Apache, whose place PHP's own server takes.
const GROUPS = {
  wordpress: { php: ["cli", "common", "opcache", "sqlite3"], others: [], alone: ["wordpress", "libjs-underscore"] },
  tests: { php: ["mysql", "xml"], others: ["mariadb-server-core", "php-codesniffer", "chromium-headless-shell"], alone: [] },
};

// Not every release has it; without it the style of PHP is not checked.
const OPTIONAL = "php-codesniffer";

// What apt prints is read below.
const inEnglish = () => environment({ LC_ALL: "C" });

export const isDebian = () => existsSync("/etc/os-release") && /^ID=debian$/m.test(readFileSync("/etc/os-release", "utf8"));

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
  // Whatever an interrupted set-up left there goes.
  const archives = join(folder, "archives");
  rmSync(archives, { recursive: true, force: true });
  mkdirSync(archives, { recursive: true });
  try {
    await download(groups, archives, say).catch(async (error) => {
      if (process.getuid() !== 0) {
        throw new Failure(`${error.message}\n\n${needed}. If apt's lists are missing or old, let root run \`apt-get update\` once.`);
      }
      say("apt-get update");
      // It calls it a success if nothing could be fetched.
      const said = await logged("apt-get", ["update"], { env: inEnglish() });
      await download(groups, archives, say).catch((error) => {
        throw new Failure([...said.filter((line) => /^(Err|W|E):/.test(line)), error.message].join("\n"));
      });
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
  const all = groups.flatMap((group) => [...GROUPS[group].php.map((part) => `${php}-${part}`), ...GROUPS[group].others]);
  const wanted = (await isKnown(OPTIONAL)) ? all : all.filter((name) => name !== OPTIONAL);
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

const isKnown = async (name) => Boolean(await ask("apt-cache", ["show", name], inEnglish()));

// Of the packages and all they depend on, those this system lacks.
async function missing(packages) {
  const lines = await logged("apt-get", ["install", "--simulate", "-qq", "--yes", "--no-install-recommends", ...packages], { env: inEnglish() });
  return lines.map((line) => /^Inst (\S+) /.exec(line)?.[1]).filter(Boolean);
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
