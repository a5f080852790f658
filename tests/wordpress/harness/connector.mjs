// What every answer of the connector looks like, and a site on each engine that gives them.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { ENGINES, startSite } from "./site.mjs";

const ANSWERS = {
  hookgate_accepted: [200, "Accepted"],
  hookgate_objects_not_found: [400, "Objects not found"],
  hookgate_malformed: [400, "Malformed delivery"],
  hookgate_unauthorized: [401, "Authentication failed"],
  hookgate_in_progress: [409, "In progress"],
  hookgate_workflow_failed: [500, "Workflow failed"],
  hookgate_no_workflow: [503, "No workflow", "300"],
  hookgate_closed: [503, "Closed", "300"],
  hookgate_paused: [503, "Paused", "60"],
  hookgate_unavailable: [503, "Unavailable", "10"],
};

// Every byte of an answer is known. `objects` stand in an accepted one only.
export function assertAnswer({ status: given, text, headers }, code, { objects = {}, replayed = false, retryAfter, what } = {}) {
  const [status, message, wait] = ANSWERS[code];
  const data = { status, ...(code === "hookgate_accepted" && { objects }) };
  const actual = [given, text, headers["retry-after"], headers["idempotent-replayed"]];
  assert.deepEqual(actual, [status, JSON.stringify({ code, message, data }), retryAfter ?? wait, replayed ? "true" : undefined], what);
  assert.match(headers["content-type"], /^application\/json\b/);
  assert.match(headers["cache-control"], /no-store|no-cache/);
}

// `tests` get an object whose `site` is there when they run.
export function onEachEngine(tests, options = {}) {
  for (const engine of ENGINES) {
    describe(`on ${engine}`, () => {
      const on = {};
      before(async () => void (on.site = await startSite({ engine, ...options })));
      after(() => on.site?.stop());
      tests(on);
      nothingToComplainOf(() => on.site);
    });
  }
}

// The last test of every describe that has a site of its own: what its `after` throws would fail nothing.
export function nothingToComplainOf(site) {
  test("PHP had nothing to complain of but what was provoked", () => site().assertNothingToComplainOf());
}

// What the audit holds of a delivery, attempt by attempt; of all of them without an id.
export async function attempts(site, id) {
  const rows = await site.php("return array_reverse(Hookgate\\Deliveries::recent(PHP_INT_MAX));");
  return id === undefined ? rows : rows.filter((row) => row.delivery === id);
}

export function runsOf(site, id) {
  return site.runs().filter((run) => run.id === id);
}

// While `work` goes on, the site also loads this code.
export async function extended(site, code, work) {
  const file = join(site.contentFolder, "mu-plugins/extension.php");
  writeFileSync(file, `<?php\n\n${code}\n`);
  try {
    return await work();
  } finally {
    rmSync(file);
  }
}

// Takes a table away from WordPress while `work` goes on. The SQLite driver itself does not rename tables.
export async function withoutTable(site, table, work) {
  const rename = (from, to) => site.php(`global $wpdb;
    $sql = "ALTER TABLE {$wpdb->prefix}${from} RENAME TO {$wpdb->prefix}${to}";
    return (defined('DB_DIR') ? (new PDO('sqlite:' . DB_DIR . '/' . DB_FILE))->exec($sql) : $wpdb->query($sql)) !== false;`);
  assert.equal(await rename(table, `${table}_away`), true);
  try {
    return await work();
  } finally {
    await rename(`${table}_away`, table);
  }
}

// Sends a request and hangs up as soon as `isUnderWay`. PHP notices only when it writes.
export async function hangUp(site, path, { headers, body }, isUnderWay) {
  const outgoing = request({ host: "127.0.0.1", port: site.port, method: "POST", path, headers: { ...headers, "content-length": Buffer.byteLength(body) }, agent: false });
  outgoing.on("error", () => {}).end(body);
  await until(isUnderWay);
  outgoing.destroy();
}

// A callback that writes, past all buffers, until whoever asked must have hung up.
export const WRITE_ON = "while (ob_get_level() > 0) ob_end_clean(); for ($n = 0; $n < 30; $n++) { echo str_repeat(' ', 5000); flush(); usleep(20000); }";

// On a busy machine a request takes seconds; what does not come at all must not keep the tests waiting for ever.
const FAR_TOO_LONG = 120_000;

// What `isSo` gives once it is true.
export async function until(isSo) {
  for (const deadline = Date.now() + FAR_TOO_LONG; Date.now() < deadline; await pause(10)) {
    const found = await isSo();
    if (found) return found;
  }
  throw new Error(`what was awaited did not come: ${isSo}`);
}

// Has the lease of a delivery's first attempt end in so many seconds. One that is short from the beginning may be over
// before a busy machine comes to the test of what happens until then.
export function endLease(site, id, seconds) {
  return site.php(`global $wpdb;
    return $wpdb->update(Hookgate\\Deliveries::table(), ['lease' => time() + ${seconds}], ['delivery' => '${id}', 'attempt' => 1]);`);
}
