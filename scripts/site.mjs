// A private WordPress site on a free loopback port: its folder, its PHP workers, and PHP run inside it.
import { randomBytes } from "node:crypto";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { unpackedEnvironment } from "./debian.mjs";
import { killGroup, spawnGroup } from "./processes.mjs";
import { Failure, root } from "./tools.mjs";
import { compiled, core, phpCommand, sqlitePlugin } from "./wordpress.mjs";

export const ADMIN = { user: "admin", password: "password for the loopback only" };
const glue = (name) => join(root, "scripts/wordpress", name);
const BIND_ATTEMPTS = 20;

// SQLite in a file that no URL reaches. `template`: a database to start from.
export function sqlite(template) {
  return {
    extensions: ["pdo_sqlite"],
    constants: (folder) => ({ DB_ENGINE: "sqlite", DB_NAME: "wordpress", DB_DIR: join(folder, "database"), DB_FILE: "wordpress.sqlite", SQLITE_PLUGIN: sqlitePlugin }),
    prepare(folder) {
      mkdirSync(join(folder, "database"), { mode: 0o700 });
      copyFileSync(glue("db.php"), join(folder, "wp-content/db.php"));
      if (template) copyFileSync(template, join(folder, "database/wordpress.sqlite"));
    },
    installed: template !== undefined,
  };
}

export class Site {
  #server;
  #extensions;
  #env;
  #constants;
  // What the workers print: their own log, not PHP's errors.
  serverLines = [];

  // `database` is sqlite() or what answers like it; `muPlugins` are files; `plugins` map folder names to folders.
  static async create({ database = sqlite(), constants = {}, env = {}, plugins = {}, muPlugins = [] } = {}) {
    if (!existsSync(core)) throw new Failure("WordPress is missing: run `npm run setup -- --wordpress` first.");
    const site = new Site(database, env);
    try {
      site.port = await freePort();
      site.#prepare(database, { plugins, muPlugins, constants });
      if (!database.installed) await site.php(`return require ${JSON.stringify(glue("install.php"))};`, { HOOKGATE_INSTALLING: "1" });
      return site;
    } catch (error) {
      await site.stop();
      throw error;
    }
  }

  constructor(database, env) {
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), "hookgate-site-")));
    this.#extensions = database.extensions;
    this.#env = env;
    process.on("exit", this.#remove);
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  // One of the PHP processes that answer is the others' parent: when it ends, all end.
  get parentPid() {
    return this.#server.pid;
  }

  get log() {
    return join(this.folder, "php.log");
  }

  get contentFolder() {
    return join(this.folder, "wp-content");
  }

  phpLog() {
    return existsSync(this.log) ? readFileSync(this.log, "utf8") : "";
  }

  // What PHP complained of: everything but the deprecations that this old WordPress itself earns on a newer PHP, by their files.
  complaints() {
    // PHP names files without the links that lead to them.
    const own = new RegExp(`^PHP Deprecated: .* in ${realpathSync(core).replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}/wp-(includes|admin)/\\S+ on line \\d+$`);
    return this.phpLog().split(/^\[[^\]\n]+ UTC\] /m).map((entry) => entry.trim()).filter((entry) => entry && !own.test(entry));
  }

  #prepare(database, { plugins, muPlugins, constants }) {
    for (const name of ["mu-plugins", "plugins", "themes/plain", "uploads"]) mkdirSync(join(this.contentFolder, name), { recursive: true });
    writeFileSync(join(this.contentFolder, "themes/plain/style.css"), "/*\nTheme Name: Plain\n*/\n");
    writeFileSync(join(this.contentFolder, "themes/plain/index.php"), "<?php\nwp_head();\nwp_footer();\n");
    database.prepare(this.folder);
    // Copied, not linked: WordPress may delete what it believes to be its own.
    for (const [name, source] of Object.entries(plugins)) cpSync(source, join(this.contentFolder, "plugins", name), { recursive: true });
    for (const file of [glue("quiet.php"), ...muPlugins]) copyFileSync(file, join(this.contentFolder, "mu-plugins", basename(file)));
    this.#constants = { ...standingConstants(this.folder), ...database.constants(this.folder), ...constants };
    this.#writeConstants();
  }

  #writeConstants() {
    const address = { WP_HOME: this.url, WP_SITEURL: this.url };
    writeFileSync(join(this.folder, "constants.json"), JSON.stringify({ ...this.#constants, ...address }), { mode: 0o600 });
  }

  // As editing wp-config.php: the next request sees it. `undefined` takes a constant away.
  setConstants(constants) {
    this.#constants = { ...this.#constants, ...constants };
    this.#writeConstants();
  }

  #environment(more) {
    return unpackedEnvironment({ HOOKGATE_SITE: this.folder, HOOKGATE_CORE: core, HOOKGATE_CONFIG: glue("config.php"), ...this.#env, ...more });
  }

  #command() {
    mkdirSync(compiled, { recursive: true });
    const settings = { error_log: this.log, "opcache.enable_cli": "1", "opcache.file_cache": compiled, "opcache.revalidate_freq": "0" };
    return phpCommand(settings, this.#extensions);
  }

  // What the code returns, through JSON.
  php(code, env = {}) {
    const [program, options] = this.#command();
    const child = spawnGroup(program, [...options, glue("run.php")], { cwd: core, env: this.#environment(env), stdio: ["pipe", "pipe", "pipe", "pipe"] });
    const [printed, result] = [[], []];
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => printed.push(part));
    child.stdio[3].on("data", (part) => result.push(part));
    child.stdin.on("error", () => {}).end(code);
    return new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => {
        if (status === 0 && result.length > 0) return resolve(JSON.parse(Buffer.concat(result)));
        reject(new Error(`PHP ended with status ${status}:\n${Buffer.concat(printed)}\n${this.phpLog()}\nThe code was:\n${code}`));
      });
    });
  }

  // Starts the workers. Another process may take the port first: then the site moves to the next.
  async serve({ workers = 8 } = {}) {
    for (let attempt = 1; !(await this.#listen(workers)); attempt++) {
      if (attempt === BIND_ATTEMPTS) throw new Failure(`PHP does not listen:\n${this.serverLines.join("\n")}`);
      this.port = await freePort();
      this.#writeConstants();
    }
  }

  #listen(workers) {
    const [program, options] = this.#command();
    this.#server = spawnGroup(program, [...options, "-S", `127.0.0.1:${this.port}`, "-t", core, glue("router.php")], {
      cwd: core,
      env: this.#environment({ PHP_CLI_SERVER_WORKERS: String(workers) }),
      stdio: ["ignore", "ignore", "pipe"],
    });
    return new Promise((resolve, reject) => {
      createInterface({ input: this.#server.stderr }).on("line", (line) => {
        this.serverLines.push(line);
        if (/Development Server \(http/.test(line)) resolve(true);
      });
      this.#server.once("exit", () => resolve(false));
      this.#server.once("error", reject);
    });
  }

  // The workers end, the folder stays.
  async halt() {
    if (this.#server) await killGroup(this.#server);
  }

  async stop() {
    await this.halt();
    process.off("exit", this.#remove);
    this.#remove();
  }

  // With what PHP compiled of it. A killed worker may still be leaving.
  #remove = () => {
    const folders = existsSync(compiled) ? readdirSync(compiled).map((name) => join(compiled, name, this.folder)) : [];
    for (const folder of [this.folder, ...folders]) rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  };
}

function standingConstants(folder) {
  const content = join(folder, "wp-content");
  const salts = ["AUTH", "SECURE_AUTH", "LOGGED_IN", "NONCE"].flatMap((name) => [`${name}_KEY`, `${name}_SALT`]);
  return {
    ...Object.fromEntries(salts.map((name) => [name, randomBytes(32).toString("base64")])),
    HOOKGATE_ADMIN_PASSWORD: ADMIN.password,
    WP_CONTENT_DIR: content,
    WP_DEFAULT_THEME: "plain",
    // Application passwords without https.
    WP_ENVIRONMENT_TYPE: "local",
    WP_DEBUG: true,
    WP_DEBUG_DISPLAY: false,
    WP_DEBUG_LOG: join(folder, "php.log"),
    DISABLE_WP_CRON: true,
    WP_HTTP_BLOCK_EXTERNAL: true,
    AUTOMATIC_UPDATER_DISABLED: true,
  };
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
