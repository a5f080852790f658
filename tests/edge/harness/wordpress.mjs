// What a WordPress site without the connector offers, as behaviours of an origin: WunderAutomation's webhook trigger and a REST
// route. Each checks what the real one checks, as strictly and as oddly, and remembers what it ran with.
import { createHmac } from "node:crypto";
import { answer } from "./origin.mjs";
import { basic as credentials } from "./sender.mjs";

// WunderAutomation 1.9. `objects` are those of the workflow: { type, parameter, required }; `known` lists what resolves, by type.
export function trigger({ slug = "wa-hook", code, basic, key, hmac, objects = [], known = {} }) {
  const runs = [];
  const decide = (request) => {
    // Found anywhere in the URL; another character ends the code.
    const [, asked] = request.target.match(new RegExp(`${slug}/([a-z0-9_-]*)`)) ?? [];
    if (asked === undefined) return null;
    if (asked !== code) return [404, "Unkown hook code"];
    const server = serverVariables(request.headers);
    const passes = [
      basic && server.HTTP_AUTHORIZATION === credentials(basic.user, basic.password),
      key && server[variableOf(key.header)] === key.secret,
      hmac && server[variableOf(hmac.header)] === createHmac("sha1", hmac.secret).update(request.body).digest("hex"),
    ];
    if (passes.includes(false)) return [401, "Authentication failed"];
    const parameters = parametersOf(request, server);
    const resolved = objects.map((object) => ({ ...object, value: resolve(object.type, parameters[object.parameter], known[object.type]) }));
    if (resolved.some(({ required, value }) => required && value === undefined)) return [400, "All required objects not found"];
    const found = resolved.filter(({ value }) => value !== undefined).map(({ type, value }) => [type, value]);
    runs.push({ objects: Object.fromEntries(found), parameters });
    return [200, "success"];
  };
  const behave = (socket, request) => {
    const decided = decide(request);
    const type = decided && isJson(request.headers) ? "application/json" : decided ? "text/plain" : "text/html";
    const [status, message] = decided ?? [404, "Page not found"];
    const result = status === 200 ? "ok" : "fail";
    const body = {
      "application/json": JSON.stringify({ code: result, message, data: { status }, additional_errors: [] }),
      "text/plain": `code: ${result}\nmessage: ${message}\nstatus: ${status}\n`,
      "text/html": `<!doctype html><title>${message}</title>`,
    }[type];
    return answer(status, { headers: { "content-type": type }, body })(socket);
  };
  return Object.assign(behave, { runs });
}

// An ID first, and whatever PHP reads as one: `101abc` is post 101, `1e0` is user 1. Then what else the object is known by.
function resolve(type, text, known = []) {
  const number = type === "post" ? /^\s*[+-]?\d+/.exec(text)?.[0] : /\d/.test(text) && !Number.isNaN(Number(text)) ? text : undefined;
  const id = number === undefined ? undefined : `${Math.trunc(Number(number))}`;
  return [id, text].find((candidate) => known.includes(candidate));
}

// A REST route of one object, as WordPress and WooCommerce answer a POST to it. `path` is what stands before the identifier.
export function restRoute({ path, user, password, known, unknown: [status, code] }) {
  const runs = [];
  const decide = ({ method, target, headers, body }) => {
    const [asked, query] = target.split("?");
    const segments = asked.slice(path.length).split("/");
    if (method !== "POST" || !asked.startsWith(path) || segments.length !== 1) return [404, { code: "rest_no_route" }];
    const server = serverVariables(headers);
    if (server.CONTENT_TYPE !== "application/json") return [415, { code: "rest_unsupported_media_type" }];
    const fields = parsed(body);
    if (fields === undefined) return [400, { code: "rest_invalid_json" }];
    if (!opens(server.HTTP_AUTHORIZATION, user, password)) return [401, { code: "rest_forbidden" }];
    const identifier = decodeURIComponent(segments[0]);
    if (!known.includes(identifier)) return [status, { code }];
    runs.push({ identifier, query: query === undefined ? undefined : decodeURIComponent(query), fields });
    // Longer than what the gate reads: the status is enough.
    return [200, { id: identifier, description: "x".repeat(10_000) }];
  };
  const behave = (socket, request) => {
    const [status, body] = decide(request);
    return answer(status, { headers: { "content-type": "application/json; charset=UTF-8" }, body: JSON.stringify(body) })(socket);
  };
  return Object.assign(behave, { runs });
}

// WordPress takes an application password with or without its spaces.
function opens(authorization, user, password) {
  const [scheme, encoded = ""] = (authorization ?? "").split(" ");
  const [name, ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  const plain = (text) => text.replace(/[^a-z\d]/gi, "");
  return scheme.toLowerCase() === "basic" && name === user && plain(rest.join(":")) === plain(password);
}

// PHP's $_SERVER: dashes and underscores are the same, and the last of two spellings counts.
function serverVariables(headers) {
  const variables = {};
  for (const [name, value] of headers) variables[variableOf(name)] = value;
  variables.CONTENT_TYPE = variables.HTTP_CONTENT_TYPE;
  return variables;
}

function variableOf(header) {
  return `HTTP_${header.toUpperCase().replaceAll("-", "_")}`;
}

// $_REQUEST, then the members of a JSON body, which is read only if the type is exactly this one.
function parametersOf({ target, body }, server) {
  const query = new URLSearchParams(target.split("?")[1]);
  const form = new URLSearchParams(server.CONTENT_TYPE?.startsWith("application/x-www-form-urlencoded") ? body : "");
  const json = server.CONTENT_TYPE === "application/json" ? parsed(body) : {};
  const all = { ...Object.fromEntries(query), ...Object.fromEntries(form), ...json };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, typeof value === "string" ? textField(value) : value]));
}

// sanitize_text_field(): without tags, line breaks and percent escapes.
function textField(text) {
  return text.replace(/<[^>]*>/g, "").replace(/%[a-f0-9]{2}/gi, "").replace(/[\r\n\t ]+/g, " ").trim();
}

function isJson(headers) {
  const { HTTP_ACCEPT: accept = "", CONTENT_TYPE: type = "" } = serverVariables(headers);
  return [accept, type].some((media) => /\bapplication\/([\w!#$&^.+-]+\+)?json\b/i.test(media));
}

function parsed(body) {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
