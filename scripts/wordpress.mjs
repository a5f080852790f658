// WordPress out of Debian's packages, and what lets it run on SQLite, out of an npm package.
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { checkRuns, debianRoot, unpack, unpacked } from "./debian.mjs";
import { logged } from "./installer.mjs";
import { environment, Failure, toolsDir } from "./tools.mjs";

const folder = join(toolsDir, "wordpress");
// WordPress itself, read-only and shared by all sites: a site is a folder of its own, see site.mjs.
export const core = join(folder, "core");
export const sqlitePlugin = join(folder, "sqlite");
// What PHP has compiled, by path and time of change: a site's first request then takes a fifth.
export const compiled = join(folder, "compiled");

// The one package that carries the SQLite driver: its archive is taken out, nothing of it is installed or run.
const SQLITE = {
  package: "@wp-playground/cli@3.1.56",
  integrity: "sha512-JTxl6djPEM2YRYz/w+BUoyoCvhSGHIjqMi4fMV1b8o1UPNvZatLaS7opo57UsrVElXrfdZwvi6IuyS4LswUx9Q==",
  archive: "package/sqlite-database-integration.zip",
};
const SQLITE_STAMP = join(sqlitePlugin, ".integrity");

// The steps that are missing, as set-up runs them.
export function wordpressSteps({ forTests = false } = {}) {
  const groups = ["wordpress", ...(forTests ? ["tests"] : [])].filter((group) => !unpacked(group));
  return [
    ...(groups.length ? [[`Debian packages for ${groups.join(" and ")}`, (say) => unpack(groups, () => checkPrograms(groups), say)]] : []),
    ...(groups.includes("wordpress") || !existsSync(core) ? [["WordPress", prepareCore]] : []),
    ...(sqliteCurrent() ? [] : [["the SQLite driver of WordPress", unpackSqlite]]),
  ];
}

// A program that cannot load its libraries is found out here, not in the middle of a test.
async function checkPrograms(groups) {
  await checkRuns(phpProgram(), ["-n", "--version"]);
  if (!groups.includes("tests")) return;
  await checkRuns("usr/sbin/mariadbd", ["--no-defaults", "--version"]);
  await checkRuns("usr/lib/chromium/chromium-headless-shell", ["--no-sandbox", "--version"]);
}

// Debian's own configuration reads /etc; a site's comes from the site's folder.
async function prepareCore() {
  const copy = `${core}-new`;
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(debianRoot, "usr/share/wordpress"), copy, { recursive: true, verbatimSymlinks: true });
  for (const name of [".htaccess", "wp-content"]) rmSync(join(copy, name), { recursive: true, force: true });
  for (const name of ["underscore.js", "underscore.min.js"]) {
    rmSync(join(copy, "wp-includes/js", name));
    cpSync(join(debianRoot, "usr/share/javascript/underscore", name), join(copy, "wp-includes/js", name));
  }
  writeFileSync(join(copy, "wp-config.php"), "<?php require getenv('HOOKGATE_CONFIG');\nrequire_once ABSPATH . 'wp-settings.php';\n");
  // Each site has its own wp-content; but WordPress looks here whether it may do without MySQL.
  mkdirSync(join(copy, "wp-content"));
  writeFileSync(join(copy, "wp-content/db.php"), "<?php\n");
  rmSync(core, { recursive: true, force: true });
  renameSync(copy, core);
}

const sqliteCurrent = () => existsSync(SQLITE_STAMP) && readFileSync(SQLITE_STAMP, "utf8") === SQLITE.integrity;

async function unpackSqlite() {
  const { unzipSync } = await import("fflate");
  const scratch = `${sqlitePlugin}-new`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    await logged("npm", ["pack", "--loglevel=error", "--fetch-retries=1", SQLITE.package], { cwd: scratch, env: environment({ nodeModules: false }) });
    const [name] = readdirSync(scratch);
    const found = `sha512-${createHash("sha512").update(readFileSync(join(scratch, name))).digest("base64")}`;
    if (found !== SQLITE.integrity) throw new Failure(`${SQLITE.package} is not what it was: ${found} instead of ${SQLITE.integrity}`);
    await logged("tar", ["-xzf", name, SQLITE.archive], { cwd: scratch });
    rmSync(sqlitePlugin, { recursive: true, force: true });
    for (const [path, bytes] of Object.entries(unzipSync(readFileSync(join(scratch, SQLITE.archive))))) {
      const file = join(sqlitePlugin, path.slice(path.indexOf("/") + 1));
      if (path.endsWith("/")) continue;
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, bytes);
    }
    writeFileSync(SQLITE_STAMP, SQLITE.integrity);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

// A program of the unpacked tree whose name ends in a version.
function versioned(path, pattern) {
  const found = readdirSync(join(debianRoot, path)).find((name) => pattern.test(name));
  if (!found) throw new Failure(`${join(debianRoot, path)} holds no ${pattern}`);
  return join(path, found);
}

const phpProgram = () => versioned("usr/bin", /^php\d\.\d+$/);

// PHP from the unpacked packages alone: no configuration of this machine's, every error reported.
export function phpCommand(settings = {}, extensions = []) {
  const all = {
    extension_dir: join(debianRoot, versioned("usr/lib/php", /^\d{8}$/)),
    zend_extension: "opcache.so",
    error_reporting: "-1",
    display_errors: "stderr",
    log_errors: "1",
    memory_limit: "256M",
    "date.timezone": "UTC",
    ...settings,
  };
  const loaded = ["pdo", "ctype", "tokenizer", "fileinfo", "iconv", "posix", ...extensions];
  const options = [...Object.entries(all), ...loaded.map((name) => ["extension", `${name}.so`])];
  return [join(debianRoot, phpProgram()), ["-n", ...options.flatMap(([name, value]) => ["-d", `${name}=${value}`])]];
}
