// `npm start`: recorded webhooks go through the built gate to an origin, and you see what became of each.
// `--once` ends after the story; its exit status says whether every step ended as it should.
// The origin is a stand-in, or with `--wordpress` a WordPress of its own, built from Debian's packages;
// ORIGIN=https://… (with ORIGIN_SECRET) sends to a real site.
import { createHmac, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { startGate } from "../demo/gate.mjs";
import { startOrigin } from "../demo/origin.mjs";
import { readRecording, send } from "../demo/recording.mjs";
import { META, STORY, differences } from "../demo/story.mjs";
import { startWordPress } from "../demo/wordpress.mjs";
import { build } from "./build.mjs";
import { setUp } from "./setup.mjs";
import { Failure } from "./tools.mjs";

// A gate rereads its switches every ten seconds; local KV adds nothing to speak of.
const RESUMED_WITHIN_SECONDS = 15;
const once = process.argv.includes("--once");
const wordpress = process.argv.includes("--wordpress");
const colour = (code) => (text) => (process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text);
const [bold, dim, red, green] = [1, 2, 31, 32].map(colour);

main().then((differed) => once && process.exit(differed ? 1 : 0), (error) => {
  console.error(red(error instanceof Failure ? error.message : error.stack));
  process.exit(1);
});

async function main() {
  const site = realSite();
  if (wordpress) await setUp({ wordpress: "site" });
  await build();
  const origin = site ?? (await startSite(fixtureSecret("ORIGIN_SECRET")));
  const token = randomBytes(32).toString("hex");
  const gate = await startGate({ origin: origin.url, secrets: { ADMIN_TOKEN: token, ...(site && { ORIGIN_SECRET: site.secret }) } });
  console.log(`\ngate    ${gate.url.origin}\norigin  ${origin.url}${site ? "" : wordpress ? " (WordPress)" : " (a stand-in; set ORIGIN and ORIGIN_SECRET for a real site, or pass --wordpress)"}\n`);
  let differed = 0;
  for (const [index, step] of STORY.entries()) differed += await tell(gate, origin, step, index + 1);
  if (differed) console.log(red(`${differed} of ${STORY.length} steps did not end as they should. The end of the gate's log:\n${gate.lastLines(30)}`));
  else console.log(green(`All ${STORY.length} steps ended as they should.`));
  if (wordpress) differed += await lookInside(origin);
  if (!once) invite(gate, origin, token);
  return differed;
}

const startSite = (secret) => (wordpress ? startWordPress(secret) : startOrigin(secret));

// What the workflow left in WordPress; returns whether it is something else than it should be.
async function lookInside(site) {
  console.log(`\n${bold("in WordPress")}: what demo/wordpress/workflow.php wrote on order ${site.order}`);
  const names = Object.keys(META);
  const values = await site.meta(names);
  names.forEach((name, index) => line("post meta", `${name} = ${JSON.stringify(values[index])}`));
  const wrong = names.filter((name, index) => values[index] !== META[name]);
  for (const name of wrong) line(red("differs"), `${name} should be ${JSON.stringify(META[name])}`);
  for (const complaint of site.complaints()) line(red("differs"), `PHP's log should be empty: ${complaint}`);
  return wrong.length > 0 || site.complaints().length > 0;
}

function realSite() {
  const { ORIGIN: url, ORIGIN_SECRET: secret } = process.env;
  if (!url) return undefined;
  if (wordpress) throw new Failure("ORIGIN names a site, and --wordpress starts one: one of them is enough.");
  if (!secret) throw new Failure("ORIGIN is set but ORIGIN_SECRET is not: the gate signs what it forwards with the secret the site's connector shows.");
  return { url, secret };
}

// Plays one step and prints its trace; returns whether it differed.
async function tell(gate, origin, step, number) {
  const recording = readRecording(step.recording);
  console.log(`${bold(`${number} ${step.title}`)}: ${step.says}`);
  let reply;
  if (step.stops) operate(gate, gate.switchCommand.stop(step.stops, "moderators are on holiday"));
  if (step.resumes) {
    operate(gate, gate.switchCommand.resume(step.resumes));
    reply = await untilResumed(gate, recording);
  }
  const before = origin.received?.length;
  reply ??= await send(gate.url, recording);
  const forwarded = origin.received && (origin.received.slice(step.resumes ? -1 : before)[0]?.body ?? null);
  print(step, recording, reply, forwarded);
  const differing = differences(step, reply, forwarded);
  for (const difference of differing) line(red("differs"), difference);
  console.log("");
  return differing.length > 0;
}

function print(step, { method, target, body }, reply, forwarded) {
  line("sent", `${method} ${target}`);
  line("reply", `${reply.status} ${reply.body.trim().replaceAll("\n", ", ")}`);
  line("forwarded", forwarded ?? (step.forwarded && forwarded === undefined ? "seen by the site only" : "nothing"));
  line("bytes", `${body.length} came in, ${forwarded === undefined ? "?" : Buffer.byteLength(forwarded ?? "")} left`);
}

function operate(gate, command) {
  line("operator", `npx wrangler ${shell(command)}`);
  gate.run(command);
}

async function untilResumed(gate, recording) {
  const started = Date.now();
  for (;;) {
    const reply = await send(gate.url, recording);
    const seconds = (Date.now() - started) / 1000;
    if (reply.status !== 503 || seconds > RESUMED_WITHIN_SECONDS) {
      line("waited", `${seconds.toFixed(1)} s: the gate rereads a hook's switches every 10 s`);
      return reply;
    }
    await setTimeout(500);
  }
}

// The gate stays up; what to try now. The order number makes the body one that was not delivered yet.
function invite(gate, { adminPage, login }, token) {
  const body = `{"order_id":1043,"status":"refunded","note":"${Date.now()}"}`;
  const signature = createHmac("sha256", fixtureSecret("DEMO_ORDERS_SECRET")).update(body).digest("hex");
  console.log(`
The gate is up until you press Ctrl-C. A delivery of your own (a second time it is a duplicate):

  curl -i ${gate.url.origin}/wa-hook/demo-orders -H 'content-type: application/json' -H 'x-hub-signature-256: sha256=${signature}' -d '${body}'

Ask it what a hook did, and have it keep what comes until it goes on (README, "When something goes wrong", has more):

  export HOOKGATE_URL=${gate.url.origin} HOOKGATE_ADMIN_TOKEN=${token}
  npm run hookgate -- deliveries demo-orders
  npm run hookgate -- stop demo-orders --mode hold --because 'why it is stopped'
  npm run hookgate -- held demo-orders
  npm run hookgate -- resume demo-orders

Stop a hook without it, then let it go on (each takes up to 10 s where the hook was used lately):

  npx wrangler ${shell(gate.switchCommand.stop("demo-orders", "why it is stopped"))}
  npx wrangler ${shell(gate.switchCommand.resume("demo-orders"))}
`);
  if (adminPage) console.log(`The site's own page on deliveries, for the user "${login.user}" with the password "${login.password}":\n\n  ${adminPage}\n`);
}

function fixtureSecret(name) {
  const secrets = readFileSync(new URL("../fixtures/.dev.vars", import.meta.url), "utf8");
  return new RegExp(`^${name}="(.*)"$`, "m").exec(secrets)[1];
}

function shell(words) {
  return words.map((word) => (/^[\w.:/=-]+$/.test(word) ? word : `'${word}'`)).join(" ");
}

function line(label, text) {
  console.log(`  ${dim(label.padEnd(10))}${text}`);
}
