// `npm run chaos [-- --seed N --deliveries N]`: everything fails in every way, and at the end the accounts must balance. Each
// delivery whose sender was told 2xx ran exactly once at the site, or is held and listed; none is lost, none doubled.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { ADMIN_TOKEN, SECRETS, hook } from "../edge/harness/gate.mjs";
import { startLocations } from "../edge/harness/race.mjs";
import { complaints } from "./accounts.mjs";
import { dice } from "./dice.mjs";
import { Operator } from "./operator.mjs";
import { startSites } from "./origin.mjs";
import { Senders } from "./senders.mjs";
import { Story } from "./story.mjs";
import { Trouble } from "./trouble.mjs";

const { values } = parseArgs({ options: { seed: { type: "string" }, deliveries: { type: "string", default: "10000" } } });
const seed = Number(values.seed ?? randomInt(1_000_000));
const howMany = Number(values.deliveries);

// How many senders are at work at once, and how many stories a failure tells.
const AT_ONCE = 128;
const STORIES = 5;

// Held deliveries leave one after the other, at most ten a second; here so many times faster.
const HURRY = 20;

const route = { kind: "rest", site: "shop", route: "/wp-json/x/v1/events" };
const HOOKS = [
  hook("strict-keep", { replay: "strict", on_failure: "keep", shards: 16 }),
  hook("strict-reply", { replay: "strict", on_failure: "reply", shards: 4 }),
  hook("strict-route", { replay: "strict", on_failure: "keep", origin: route, shards: 8 }),
  hook("strict-route-reply", { replay: "strict", on_failure: "reply", origin: route }),
  hook("kv-keep", { on_failure: "keep", shards: 16 }),
].map((each) => ({ ...each, timeout: "1s" }));

function makeDeliveries() {
  const own = dice(seed, "deliveries");
  return Array.from({ length: howMany }, (_, n) => {
    const { id: hook, origin } = own.pick(HOOKS);
    return { id: `d${n}`, hook, kind: origin?.kind ?? "connector", triesAgain: own.chance(0.6) };
  });
}

// All of them, so many at once: `begun` when the last one is on its way, `done` when every sender is content or has given up.
function sendAll(senders, deliveries) {
  const waiting = deliveries.values();
  let begin;
  const begun = new Promise((resolve) => (begin = resolve));
  const lane = async () => {
    for (const delivery of waiting) await senders.send(delivery);
    begin();
  };
  return { begun, done: Promise.all(Array.from({ length: AT_ONCE }, lane)) };
}

// What the gate prints: audit entries into the story, the rest apart.
function listenTo(story, byId) {
  const heard = { all: [], panics: [] };
  heard.push = (line) => {
    const told = story.heard(line);
    if (told?.entry.reason === "repeat-guard-missing") byId.get(told.id).guardMissing = true;
    if (/panic|wasm ended/.test(line)) heard.panics.push(line);
    if (!told && heard.all.push(line) > 200) heard.all.shift();
  };
  return heard;
}

const count = (list, nameOf) => list.reduce((counts, each) => ({ ...counts, [nameOf(each)]: (counts[nameOf(each)] ?? 0) + 1 }), {});
const listed = (counts) => Object.entries(counts).map(([name, number]) => `${number} ${name}`).join(", ") || "none";

async function run(gate, sites, story, deliveries, byId) {
  const started = Date.now();
  const say = (what) => console.log(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}`);
  const senders = new Senders(gate, story, seed);
  const trouble = new Trouble({ gate, sites, hooks: HOOKS, story, seed });
  const operator = new Operator(gate, HOOKS, trouble);
  trouble.start();
  const sending = sendAll(senders, deliveries);
  await sending.begun;
  await trouble.end();
  senders.calm();
  say(`all sent: ${listed(senders.replies)}; ${senders.resets} hung up`);
  say(`trouble: ${listed(trouble.counts)}`);
  say(`the sites answered: ${listed(sites.ways)}`);
  await operator.drain(sending.done);
  const held = await operator.listed();
  say(`drained; held and listed: ${listed(count([...held.values()], (state) => state))}`);
  const wrong = complaints(deliveries, sites, held, trouble).concat(senders.odd.map(([delivery, told]) => [delivery, `its sender was told "${told}"`]));
  // The operator looks at the site, and says of each what became of it. What was interrupted last is found only meanwhile.
  const said = new Set();
  for (let found = held; found.size > 0; found = await operator.listed()) {
    const again = [...found].filter(([id]) => said.has(id));
    for (const [id, state] of again) wrong.push([byId.get(id), `it is ${state} after an operator has said what became of it`]);
    if (again.length > 0) break;
    for (const id of found.keys()) said.add(id);
    await operator.settle(found, byId, sites);
  }
  const accepted = deliveries.filter((delivery) => delivery.accepted);
  for (const delivery of accepted) {
    const runs = sites.runs(delivery.id);
    if (runs !== 1) wrong.push([delivery, `it was accepted, and in the end the site has run it ${runs} times`]);
  }
  say(`${accepted.length} of ${deliveries.length} accepted`);
  return wrong;
}

async function main() {
  console.log(`seed ${seed}, ${howMany} deliveries`);
  const deliveries = makeDeliveries();
  const byId = new Map(deliveries.map((delivery) => [delivery.id, delivery]));
  const story = new Story();
  const lines = listenTo(story, byId);
  const sites = await startSites(seed, story);
  const ORIGINS = { shop: { url: sites.url, user: "gate", password: "SITE_PASSWORD" } };
  const secrets = { ...SECRETS, SITE_PASSWORD: "abcd efgh ijkl mnop qrst uvwx" };
  let gate;
  try {
    gate = await startLocations(2, { hooks: HOOKS, variables: { ORIGINS, HURRY }, secrets, origin: sites, adminToken: ADMIN_TOKEN, control: true, lines });
    const wrong = await run(gate, sites, story, deliveries, byId);
    for (const [{ id, hook }, complaint] of wrong.slice(0, STORIES)) console.log(`\n${id} (${hook}): ${complaint}\n${story.of(id)}`);
    for (const line of lines.panics) console.log(`the gate printed: ${line}`);
    if (wrong.length + lines.panics.length === 0) return console.log("every accepted delivery is at its site exactly once");
    console.log(`\n${wrong.length} complaints: ${listed(count(wrong, ([, complaint]) => complaint))}`);
    console.log(`again: npm run chaos -- --seed ${seed} --deliveries ${howMany}`);
    process.exitCode = 1;
  } finally {
    await gate?.stop();
    await sites.stop();
  }
}

await main();
