// A real WordPress with the connector, fixtures and the tests' own workflow; everything a test wants to ask it.
import { createHmac, randomBytes } from "node:crypto";
import { copyFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { ADMIN, Site, sqlite } from "../../../scripts/site.mjs";
import { root } from "../../../scripts/tools.mjs";
import { ORIGIN_SECRET } from "../../edge/harness/gate.mjs";
import { mariadb } from "./mariadb.mjs";

export const ROUTE = "/wp-json/hookgate/v1/deliveries";
export const ENGINES = ["sqlite", "mariadb"];

const PLUGIN = join(root, "wordpress/hookgate");
const file = (path) => join(root, "tests/wordpress", path);
const required = (path) => `return require ${JSON.stringify(file(path))};`;
// The folder of a WooCommerce that takes the place of its stand-in.
const WOOCOMMERCE = process.env.WOOCOMMERCE_DIR;
// What it has to say of itself is not for us to judge.
const FOREIGN = WOOCOMMERCE ? [/ in \S+\/wp-content\/plugins\/woocommerce\/\S+ on line \d+$/] : [];

// `secret: null` leaves the constant undefined; a list is one for rotation. `install: null` leaves the connector out.
export async function startSite({ engine = "sqlite", workers = 8, secret = ORIGIN_SECRET, muPlugins = ["workflow", "woocommerce"], constants = {}, install = "plugin" } = {}) {
  const woocommerce = muPlugins.includes("woocommerce") && WOOCOMMERCE;
  const { database, ids } = await DATABASES[engine]();
  const site = await Site.create({
    database,
    constants: { ...(secret === null ? {} : { HOOKGATE_SECRET: secret }), ...constants },
    plugins: { ...(install === "plugin" && { hookgate: PLUGIN }), ...(woocommerce && { woocommerce }) },
    muPlugins: muPlugins.filter((name) => !(woocommerce && name === "woocommerce")).map((name) => file(`site/${name}.php`)),
  });
  try {
    if (install === "mu-plugin") installAsMustUse(site);
    const known = ids ?? (await site.php(required("harness/fixtures.php")));
    if (woocommerce) await activate(site, "woocommerce/woocommerce.php");
    if (install === "plugin") await activate(site, "hookgate/hookgate.php");
    const made = await site.php(required("harness/orders.php"));
    await site.serve({ workers });
    return new TestSite(site, { engine, secret: [secret].flat()[0], ids: { ...known, ...made } });
  } catch (error) {
    await site.stop();
    throw error;
  }
}

function activate(site, plugin) {
  return site.php(`require_once ABSPATH . 'wp-admin/includes/plugin.php';
    $error = activate_plugin('${plugin}');
    if (is_wp_error($error)) {
        throw new RuntimeException($error->get_error_message());
    }

    return true;`);
}

function installAsMustUse(site) {
  const folder = join(site.contentFolder, "mu-plugins");
  cpSync(PLUGIN, join(folder, "hookgate"), { recursive: true });
  writeFileSync(join(folder, "hookgate.php"), "<?php\n\nrequire __DIR__ . '/hookgate/hookgate.php';\n");
}

const DATABASES = {
  sqlite: async () => {
    const { path, ids } = await (template ??= makeTemplate());
    return { database: sqlite(path), ids };
  },
  mariadb: async () => ({ database: await mariadb() }),
};

function assertNoComplaints(complaints) {
  if (complaints.length > 0) throw new Error(`PHP's log holds:\n${complaints.join("\n")}`);
}

// A database with WordPress and the fixtures, made once in each process and copied for each site.
let template;

async function makeTemplate() {
  const site = await Site.create();
  try {
    const ids = await site.php(required("harness/fixtures.php"));
    assertNoComplaints(site.complaints());
    const path = `${site.folder}.sqlite`;
    copyFileSync(join(site.folder, "database/wordpress.sqlite"), path);
    process.on("exit", () => rmSync(path, { force: true }));
    return { path, ids };
  } finally {
    await site.stop();
  }
}

class TestSite {
  #site;
  #secret;
  // The complaints that a test provoked, by their place in the log.
  #provoked = new Set();
  #judged = false;

  constructor(site, { engine, secret, ids }) {
    this.#site = site;
    this.#secret = secret;
    Object.assign(this, { engine, ids });
  }

  get url() {
    return this.#site.url;
  }

  get port() {
    return this.#site.port;
  }

  // The PHP process that must not be killed if the others are to go on.
  get parentPid() {
    return this.#site.parentPid;
  }

  // The site's own folder of plugins, uploads and the like.
  get contentFolder() {
    return this.#site.contentFolder;
  }

  // Runs in a loaded WordPress outside the server; gives what the code returns.
  php(code) {
    return this.#site.php(code);
  }

  // As editing wp-config.php: the next request sees it. `undefined` takes a constant away.
  setConstants(constants) {
    this.#site.setConstants(constants);
  }

  // The lines of a file beside the site's, to which a mu-plugin appends.
  #noted(name) {
    const path = join(this.#site.folder, name);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  }

  // What the workflow noted, one object for each time it ran.
  runs() {
    return this.#noted("runs").map((line) => JSON.parse(line));
  }

  // What the mu-plugin `answers` noted: the statuses of the site's answers to the gate so far.
  answers() {
    return this.#noted("answers").map(Number);
  }

  phpLog() {
    return this.#site.phpLog();
  }

  // PHP must complain of each of these things while `work` goes on, and may not at any other time.
  async expecting(patterns, work) {
    const before = this.#site.complaints().length;
    const result = await work();
    const complaints = [...this.#site.complaints().entries()].slice(before);
    for (const pattern of [patterns].flat()) {
      const fitting = complaints.filter(([, complaint]) => pattern.test(complaint));
      if (fitting.length === 0) throw new Error(`PHP did not complain of ${pattern}, but of:\n${complaints.map(([, complaint]) => complaint).join("\n")}`);
      for (const [index] of fitting) this.#provoked.add(index);
    }
    return result;
  }

  // Ends the site's life: whatever PHP complained of is in the log then.
  async assertNothingToComplainOf() {
    await this.#site.halt();
    this.#judged = true;
    assertNoComplaints(this.#site.complaints().filter((complaint, index) => !this.#provoked.has(index) && !FOREIGN.some((pattern) => pattern.test(complaint))));
  }

  // An error thrown in a describe's `after` fails no run: there the last test is nothingToComplainOf(), see connector.mjs.
  async stop() {
    try {
      if (!this.#judged) await this.assertNothingToComplainOf();
    } finally {
      await this.#site.stop();
    }
  }

  // One request to WordPress, its bytes and headers as they are given: a list of values is a header sent so many times.
  send(method, path, { headers = {}, body } = {}) {
    return new Promise((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port: this.port, method, path, headers: { ...(body !== undefined && { "content-length": Buffer.byteLength(body) }), ...headers }, agent: false }, (reply) => {
        const parts = [];
        reply.on("data", (part) => parts.push(part)).on("error", reject);
        reply.on("end", () => resolve(replyOf(reply, Buffer.concat(parts).toString())));
      });
      outgoing.on("error", reject).end(body);
    });
  }

  get(path, options) {
    return this.send("GET", path, options);
  }

  post(path, options) {
    return this.send("POST", path, options);
  }

  // A delivery as the gate sends it, unless the test spoils it.
  deliver({ hook = "main", objects = {}, required = [], fields = {}, id = newId(), timestamp = now(), secret = this.#secret, body, headers = {}, path = ROUTE } = {}) {
    body ??= JSON.stringify({ hook, objects, ...(required.length > 0 && { required }), fields });
    return this.post(path, { headers: { "content-type": "application/json", ...signed({ id, timestamp, secret, body }), ...headers }, body });
  }

  // A signed-in user's requests: `(path, { method, form, headers })`. Redirects are the test's to follow.
  async login(user = ADMIN.user, password = ADMIN.password) {
    const cookies = new Map([["wordpress_test_cookie", "WP Cookie check"]]);
    const browse = async (path, { form, method = form ? "POST" : "GET", headers = {} } = {}) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const body = form && new URLSearchParams(form).toString();
      const type = form && { "content-type": "application/x-www-form-urlencoded" };
      const reply = await this.send(method, path, { headers: { cookie, ...type, ...headers }, body });
      for (const line of reply.headers["set-cookie"] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        cookies.set(name, value);
      }
      return reply;
    };
    const reply = await browse("/wp-login.php", { form: { log: user, pwd: password, testcookie: "1" } });
    if (reply.status !== 302) throw new Error(`${user} was not let in: ${reply.status}`);
    return browse;
  }
}

export const newId = () => randomBytes(32).toString("hex");
export const now = () => Math.floor(Date.now() / 1000);

// Standard Webhooks: the three headers of a signed request.
export function signed({ id = newId(), timestamp = now(), secret = ORIGIN_SECRET, body }) {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": String(timestamp), "webhook-signature": `v1,${signature}` };
}

function replyOf({ statusCode, headers }, text) {
  return { status: statusCode, headers, text, get json() { return JSON.parse(text); } };
}
