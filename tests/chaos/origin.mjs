// Two sites that fail in every way: one with the connector, which runs each webhook-id once, and one with a REST route, which
// runs whatever it is sent.
import { answer, connectorAnswer, startOrigin } from "../edge/harness/origin.mjs";
import { dice } from "./dice.mjs";

// The ways to answer, and how often each. `acts` is when the site does its work: before it answers, or long after the gate
// has given up.
const WAYS = {
  ok: { weight: 1000, acts: "before" },
  slow: { weight: 100, acts: "before" },
  "silence": { weight: 10 },
  "silence after acting": { weight: 15, acts: "before" },
  "silence, acting late": { weight: 10, acts: "late" },
  "reset": { weight: 25 },
  "reset after acting": { weight: 35, acts: "before" },
  "close after acting": { weight: 20, acts: "before" },
  "500": { weight: 30 },
  "500 after acting": { weight: 30, acts: "before" },
  "503": { weight: 50, says: "no" },
  "404": { weight: 20, says: "no" },
  "redirect": { weight: 15, says: "no" },
  "truncated after acting": { weight: 20, acts: "before" },
  "garbage": { weight: 10 },
  "garbage after acting": { weight: 15, acts: "before" },
};
const WEIGHTS = Object.fromEntries(Object.entries(WAYS).map(([name, { weight }]) => [name, weight]));
// While a site is down.
const DOWN = { "503": 6, reset: 3, silence: 1 };

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

export async function startSites(seed, story) {
  const server = await startOrigin();
  const sites = new Sites(seed, story, server);
  server.behaviour = (socket, request) => sites.serve(socket, request);
  return sites;
}

class Sites {
  healthy = false;
  down = false;
  ways = {};
  #seed;
  #story;
  #server;
  // By webhook-id: `running` or `done`.
  #claims = new Map();
  // By delivery.
  #visits = new Map();

  constructor(seed, story, server) {
    [this.#seed, this.#story, this.#server] = [seed, story, server];
    this.url = server.url;
  }

  stop = () => this.#server.stop();

  // What reached a site of one delivery, in order: { at, way, says, runs }.
  visits(id) {
    return this.#visits.get(id) ?? [];
  }

  // How often a site did its work for it.
  runs(id) {
    return this.visits(id).reduce((sum, { runs }) => sum + runs, 0);
  }

  async serve(socket, request) {
    // Kept by the server for tests of another kind.
    this.#server.requests.clear();
    const json = JSON.parse(request.body);
    const isConnector = request.target.endsWith("/hookgate/v1/deliveries");
    const id = (isConnector ? json.fields : json).event;
    const key = isConnector ? request.headers.find(([name]) => name.toLowerCase() === "webhook-id")[1] : undefined;
    if (!this.#visits.has(id)) this.#visits.set(id, []);
    const visits = this.#visits.get(id);
    const own = dice(this.#seed, "origin", id, visits.length);
    const way = this.healthy ? "ok" : this.down ? own.weighted(DOWN) : own.weighted(WEIGHTS);
    const visit = { at: Date.now(), way, says: WAYS[way].says, key, runs: 0 };
    visits.push(visit);
    this.ways[way] = (this.ways[way] ?? 0) + 1;
    if (isConnector && this.#claims.get(key) === "running") {
      visit.says = "no";
      this.#story.tell(id, `origin  visit ${visits.length}: 409, for it is at work on it`);
      return connectorAnswer(409, "hookgate_in_progress", { "retry-after": "1" })(socket);
    }
    const isNew = !isConnector || !this.#claims.has(key);
    this.#story.tell(id, `origin  visit ${visits.length}: ${way}${isNew ? "" : ", which it ran before"}`);
    const act = () => {
      if (!isNew) return;
      if (isConnector) this.#claims.set(key, "done");
      visit.runs++;
      this.#story.tell(id, `origin  runs it`);
    };
    if (isConnector && isNew && WAYS[way].acts) this.#claims.set(key, "running");
    if (way === "slow") await sleep(own.between(10, 300));
    if (WAYS[way].acts === "before") act();
    const success = isConnector ? connectorAnswer(200, "hookgate_accepted") : answer(200, { headers: { "content-type": "application/json" }, body: "{}" });
    switch (way) {
      case "ok":
      case "slow":
        return success(socket);
      case "silence, acting late":
        await sleep(own.between(1_100, 2_500));
        return act();
      case "silence":
      case "silence after acting":
        return undefined;
      case "reset":
      case "reset after acting":
        return void socket.resetAndDestroy();
      case "close after acting":
        return void socket.end();
      case "500":
      case "500 after acting":
        return answer(500)(socket);
      case "503":
        return answer(503, { headers: own.chance(0.7) ? { "retry-after": `${own.between(1, 120)}` } : {} })(socket);
      case "404":
        return answer(404, { body: "<html>" })(socket);
      case "redirect":
        return answer(302, { headers: { location: `${this.url}/elsewhere` } })(socket);
      case "truncated after acting":
        return void socket.end(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"code":"hookgate_acc`);
      case "garbage":
        return answer(200, { headers: { "content-type": "text/html" }, body: "<html>This domain is for sale</html>" })(socket);
      default:
        return void socket.end("this is not HTTP\r\n\r\n");
    }
  }
}
