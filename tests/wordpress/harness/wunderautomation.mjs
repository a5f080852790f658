// The workflows of the stand-in for WunderAutomation, and what it says at its own URL.
import assert from "node:assert/strict";

export const OPEN = { basic: false };

// See site/wunderautomation.php for what a workflow may have.
export function setWorkflows(site, workflows, { slug, enabled = true } = {}) {
  const general = JSON.stringify({ enable_webhook_trigger: enabled, ...(slug && { webhookslug: slug }) });
  return site.php(`update_option('wunderauto-general', json_decode('${general}', true));
    update_option('wunderautomation_workflows', json_decode('${JSON.stringify(workflows)}', true));
    return true;`);
}

// What it noted of a workflow's runs.
export function workflowRuns(site, code) {
  return site.runs().filter((run) => run.workflow === code);
}

export function assertText(reply, status, message) {
  const code = status === 200 ? "ok" : "fail";
  assert.deepEqual([reply.status, reply.text], [status, `code: ${code}\nmessage: ${message}\nstatus: ${status}`]);
  assert.match(reply.headers["content-type"], /^text\/plain\b/);
}

export function assertJson(reply, status, message) {
  const code = status === 200 ? "ok" : "fail";
  assert.deepEqual([reply.status, reply.json], [status, { code, message, data: { status }, additional_errors: [] }]);
  assert.match(reply.headers["content-type"], /^application\/json\b/);
}
