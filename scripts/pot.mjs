// The template for translators, as gettext and WordPress know it: every translatable text of the plugin.
import { Failure } from "./tools.mjs";

const DOMAIN = "hookgate";

// What the arguments of each function are, before the domain.
const TEXT = ["msgid"];
const TEXT_AND_CONTEXT = ["msgid", "msgctxt"];
const FUNCTIONS = {
  __: TEXT,
  _e: TEXT,
  esc_html__: TEXT,
  esc_html_e: TEXT,
  esc_attr__: TEXT,
  esc_attr_e: TEXT,
  _x: TEXT_AND_CONTEXT,
  esc_html_x: TEXT_AND_CONTEXT,
  esc_attr_x: TEXT_AND_CONTEXT,
  _n: ["msgid", "msgid_plural", "number"],
};

const LITERAL = String.raw`'((?:[^'\\]|\\.)*)'`;
const CALL = /(?<![\w$>:])(__|_e|_x|_n|_nx|_n_noop|_nx_noop|translate|esc_(?:html|attr)_(?:_|e|x))\(/g;
const COMMENT = /\/\*\s*(translators:[^*]*?)\s*\*\/[^;/]*$/;

const HEAD = `msgid ""
msgstr ""
"Project-Id-Version: Hookgate\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"X-Domain: ${DOMAIN}\\n"
`;

// `files` are [path, PHP] in order. There are no dates and no line numbers in the result: it changes with the texts.
export function template(files) {
  const entries = new Map();
  for (const [path, source] of files) {
    for (const found of [...headers(path, source), ...calls(path, source)]) {
      const key = JSON.stringify([found.msgctxt, found.msgid, found.msgid_plural]);
      const entry = entries.get(key) ?? { ...found, comments: new Set(), paths: new Set() };
      if (found.comment) entry.comments.add(found.comment);
      entry.paths.add(path);
      entries.set(key, entry);
    }
  }
  return [HEAD, ...[...entries.values()].map(written)].join("\n");
}

// WordPress shows these translated in its list of plugins.
function headers(path, source) {
  if (path !== "hookgate.php") return [];
  return ["Plugin Name", "Description"].map((name) => ({ msgid: headerOf(source, name), comment: `${name} of the plugin` }));
}

export function headerOf(source, name) {
  const found = source.match(new RegExp(`^[ \\t/*#]*${name}:[ \\t]*(.*)$`, "m"));
  if (!found) throw new Failure(`The header has no "${name}:".`);
  return found[1].trim();
}

function* calls(path, source) {
  for (const call of source.matchAll(CALL)) {
    const [text, name] = call;
    const names = FUNCTIONS[name];
    const values = names && literals(source.slice(call.index + text.length), names);
    if (!values) throw new Failure(`${path}: ${name}() must be one of ${Object.keys(FUNCTIONS).join(", ")}, with literal texts and '${DOMAIN}':\n${source.slice(call.index, call.index + 120)}`);
    const comment = source.slice(0, call.index).match(COMMENT)?.[1];
    yield { ...values, comment };
  }
}

function literals(rest, names) {
  const parts = names.map((name) => (name === "number" ? String.raw`[^,']+` : LITERAL));
  const found = rest.match(new RegExp(String.raw`^\s*${parts.join(String.raw`\s*,\s*`)}\s*,\s*'${DOMAIN}'\s*\)`));
  if (!found) return null;
  const texts = names.filter((name) => name !== "number");
  return Object.fromEntries(texts.map((name, index) => [name, found[index + 1].replace(/\\([\\'])/g, "$1")]));
}

function written({ msgctxt, msgid, msgid_plural: plural, comments, paths }) {
  const lines = [...[...comments].map((comment) => `#. ${comment}`), `#: ${[...paths].join(" ")}`];
  if (/%(\d+\$)?[sd]/.test(msgid)) lines.push("#, php-format");
  if (msgctxt !== undefined) lines.push(`msgctxt ${quoted(msgctxt)}`);
  lines.push(`msgid ${quoted(msgid)}`);
  if (plural === undefined) lines.push('msgstr ""');
  else lines.push(`msgid_plural ${quoted(plural)}`, 'msgstr[0] ""', 'msgstr[1] ""');
  return `${lines.join("\n")}\n`;
}

const quoted = (text) => `"${text.replace(/[\\"]/g, "\\$&").replace(/\n/g, "\\n")}"`;
