// Promise: an admin with a browser stops what the gate delivers, and nothing is lost: the retry arrives after the resume.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ADMIN } from "../../scripts/site.mjs";
import { hook } from "../edge/harness/gate.mjs";
import { assertReply } from "../edge/harness/replies.mjs";
import { startBrowser } from "./harness/browser.mjs";
import { startGateTo } from "./harness/gate.mjs";
import { startSite } from "./harness/site.mjs";

let site;
let gate;
let browser;
before(async () => {
  site = await startSite({ workers: 4 });
  gate = await startGateTo(site, {
    hooks: [hook("orders", { objects: { order: { at: "/order", required: true } } }), hook("posts", { objects: { post: { at: "/post" } } })],
  });
  browser = await startBrowser();
});
after(async () => {
  await browser?.stop();
  await gate?.stop();
  await site?.stop();
});

async function logIn(page) {
  await page.goto(`${site.url}/wp-login.php`);
  await page.getByLabel("Username or Email Address").fill(ADMIN.user);
  await page.getByLabel("Password", { exact: true }).fill(ADMIN.password);
  await page.getByRole("button", { name: "Log In" }).click();
  await page.waitForURL("**/wp-admin/");
}

async function openFromMenu(page) {
  const menu = page.getByRole("navigation", { name: "Main menu" });
  await menu.getByRole("link", { name: "Tools", exact: true }).click();
  await menu.getByRole("link", { name: "Hookgate", exact: true }).click();
  await page.getByRole("heading", { name: "Hookgate", level: 1 }).waitFor();
}

const delivered = (hook) => site.runs().filter((run) => run.hook === hook).map(({ fields }) => fields.event);
const cells = (page, reference) => page.getByRole("row").filter({ hasText: reference }).getByRole("cell").allTextContents();

test("logs in, sees a delivery, pauses: the gate's next one gets 503; resumes: its retry is delivered", async () => {
  const first = await gate.deliver({ hook: "orders", body: JSON.stringify({ event: "paid", order: `${site.ids.order}` }) });
  assertReply(first, 200, "Success");

  const page = await browser.newPage();
  const errors = [];
  page.on("pageerror", (error) => errors.push(error));
  await logIn(page);
  await openFromMenu(page);
  const [hookId, attempt, objects, outcome, status] = await cells(page, first.header("hookgate-reference"));
  assert.deepEqual([hookId, attempt, objects, outcome, status], ["orders", "1", `order ${site.ids.order}`, "Done", "200"]);

  await page.getByLabel("Reason (shown on this page)").fill("The shop is being moved");
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("status").getByText("Paused. Deliveries are answered 503 until you resume.").waitFor();
  await page.getByText(/by admin\. Reason: The shop is being moved$/).waitFor();

  const body = JSON.stringify({ event: "shipped", order: `${site.ids.order}` });
  const held = await gate.deliver({ hook: "orders", body });
  assertReply(held, 503, "Unavailable");
  assert.match(held.header("retry-after"), /^[1-9]\d*$/);
  assert.equal((await held.audit()).reason, "origin-busy");
  assert.deepEqual(delivered("orders"), ["paid"]);

  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("status").getByText("Resumed. Deliveries run again.").waitFor();
  assertReply(await gate.deliver({ hook: "orders", body }), 200, "Success");
  assert.deepEqual(delivered("orders"), ["paid", "shipped"]);
  await page.reload();
  assert.equal((await cells(page, held.header("hookgate-reference")))[3], "Done");
  assert.deepEqual(errors, []);
});

test("works without JavaScript", async () => {
  const page = await browser.newPage({ javaScriptEnabled: false });
  await logIn(page);
  await page.goto(`${site.url}/wp-admin/tools.php?page=hookgate`);
  await page.getByRole("button", { name: "Pause" }).click();
  assertReply(await gate.deliver({ hook: "posts" }), 503, "Unavailable");
  await page.getByRole("button", { name: "Resume" }).click();
  assertReply(await gate.deliver({ hook: "posts" }), 200, "Success");
  await page.context().close();
});
