// The recorded deliveries of fixtures/ and the configuration they are recorded with, for the built Worker.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { parse } from "smol-toml";
import { headerOf } from "./message.mjs";

const root = new URL("../../../fixtures/", import.meta.url);

// What a world.json may say that a real clock and one request can show.
const SHOWABLE = ["scheme", "tls", "vars", "secrets", "switches", "replay", "origin"];

export function readRecordings() {
  const folders = (url) => readdirSync(url, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith(".")).map((entry) => entry.name).sort();
  return folders(root).flatMap((group) => folders(new URL(`${group}/`, root)).map((name) => read(`${group}/${name}`)));
}

function read(name) {
  const file = (part) => new URL(`${name}/${part}`, root);
  const optional = (part, otherwise) => (existsSync(file(part)) ? readFileSync(file(part)) : otherwise);
  const world = JSON.parse(optional("world.json", "{}"));
  return {
    name,
    world,
    showable: Object.keys(world).every((key) => SHOWABLE.includes(key)) && !world.origin?.some((answer) => answer.ms),
    request: readFileSync(file("request.http")),
    reply: readMessage(readFileSync(file("reply.http"))),
    forwarded: existsSync(file("origin.http")) ? readMessage(readFileSync(file("origin.http"))) : null,
    audit: JSON.parse(readFileSync(file("audit.json"))),
  };
}

function readMessage(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  const [start, ...lines] = bytes.subarray(0, end).toString().split("\r\n");
  const headers = lines.map((line) => [line.slice(0, line.indexOf(": ")), line.slice(line.indexOf(": ") + 2)]);
  return { start, headers, body: bytes.subarray(end + 4).toString(), header: (name) => headerOf(headers, name) };
}

// Variables and secrets as the fixtures have them, or as `changes` has them instead; every origin is moved to `origin`, its path kept.
export function configuration(origin, changes) {
  const { vars } = parse(readFileSync(new URL("wrangler.toml", root), "utf8"));
  const secrets = parse(readFileSync(new URL(".dev.vars", root), "utf8"));
  const variables = { ...vars, ...changes.vars };
  // An address that must be refused stays as it is.
  const moved = (url) => url.replace(/^(https:\/\/|http:\/\/127\.0\.0\.1)[^/]*/, origin.url);
  const origins = Object.entries(variables.ORIGINS ?? {}).map(([name, table]) => [name, { ...table, url: moved(table.url) }]);
  return {
    variables: { ...variables, ORIGIN: moved(variables.ORIGIN), ORIGINS: Object.fromEntries(origins) },
    secrets: { ...secrets, ...changes.secrets },
  };
}
