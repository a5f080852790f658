// An operator at a terminal who types what README's ```console blocks show, as it stands there.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeFolder, scratchFolder } from "../../../scripts/processes.mjs";
import { environment, nodeTool, root } from "../../../scripts/tools.mjs";

const HOOKGATE = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug/hookgate");
const WRANGLER = nodeTool("wrangler");

// What `npx` is here: a secret goes into a file, KV is the local one of wrangler itself.
const NPX = `#!/bin/sh
[ "$1" = wrangler ] || exit 64
shift
case "$1 $2" in
"secret put") exec cat > "$SECRETS/$3" ;;
"kv key") ;;
*) exit 64 ;;
esac
for word; do
  shift
  if [ "$word" = --remote ]; then set -- "$@" --local --persist-to "$STATE"; else set -- "$@" "$word"; fi
done
exec "$WRANGLER" "$@"
`;

// What stands below a heading of README, up to the next one; with `deep` up to the next one of its level.
export function section(heading, { deep = false } = {}) {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [mark] = readme.split("\n").find((line) => line.endsWith(`# ${heading}`)).split(" ");
  const [, rest] = readme.split(`\n${mark} ${heading}\n`);
  return rest.split(deep ? new RegExp(`^${mark} `, "m") : /^##/m)[0];
}

// The commands of a section, each with the lines that are shown below it.
function typed(heading) {
  const commands = [];
  for (const [, block] of section(heading).matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    for (const line of block.trimEnd().split("\n")) {
      if (line.startsWith("$ ")) commands.push({ command: line.slice(2), shown: [] });
      else commands.at(-1).shown.push(line);
    }
  }
  return commands;
}

export class Console {
  #folder = scratchFolder("hookgate-console-");
  #commands;
  #gate;
  #token;

  // At a section of README.
  constructor(heading, gate, token) {
    this.#commands = typed(heading);
    [this.#gate, this.#token] = [gate, token];
    for (const folder of ["bin", "secrets", "state", "home"]) mkdirSync(join(this.#folder, folder));
    symlinkSync(HOOKGATE, join(this.#folder, "bin/hookgate"));
    writeFileSync(join(this.#folder, "bin/npx"), NPX);
    chmodSync(join(this.#folder, "bin/npx"), 0o755);
  }

  // Types the next command, which begins with `beginning`. What README shows below it must be printed, line after line.
  async type(beginning, fill, { input = "", code = 0 } = {}) {
    const { command, shown } = this.#commands.shift() ?? {};
    assert.ok(command?.startsWith(beginning), `README has ${command} where ${beginning} is expected`);
    const filled = (text) => text.replaceAll(/\b(HOOK|REF)\b/g, (name) => fill[name] ?? name);
    const ended = await this.#run(filled(command), input);
    assert.equal(ended.code, code, `${command}\n${ended.printed}`);
    const lines = ended.printed.split("\n");
    for (const line of shown.map(filled)) {
      const found = lines.findIndex((own) => pattern(line).test(own));
      assert.notEqual(found, -1, `README shows below ${command}\n${line}\nand this is printed:\n${ended.printed}`);
      lines.splice(0, found + 1);
    }
    return ended.printed;
  }

  // All was typed that README shows.
  end() {
    assert.deepEqual(this.#commands, []);
  }

  close() {
    removeFolder(this.#folder);
  }

  // From here on, as after a restart.
  reach(gate, token) {
    [this.#gate, this.#token] = [gate, token];
  }

  // What is not to be typed here.
  skip(beginning) {
    const { command } = this.#commands.shift();
    assert.ok(command.startsWith(beginning), command);
  }

  // A secret that was put, or undefined.
  secret(name) {
    const file = join(this.#folder, "secrets", name);
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  }

  // The keys of a KV namespace, as wrangler has them now.
  async keys(binding) {
    const where = `--binding ${binding} --local --persist-to "$STATE"`;
    const { printed } = await this.#run(`"$WRANGLER" kv key list ${where}`);
    const keys = new Map();
    for (const { name } of JSON.parse(printed)) keys.set(name, (await this.#run(`"$WRANGLER" kv key get ${where} "${name}"`)).printed.trimEnd());
    return keys;
  }

  // How a command ends that nobody told which gate is meant.
  unasked(command) {
    return this.#run(command, "", { HOOKGATE_URL: "" });
  }

  #run(command, input = "", more = {}) {
    const at = (name) => join(this.#folder, name);
    const env = {
      PATH: `${at("bin")}:${environment().PATH}`,
      HOME: at("home"),
      USER: "ada",
      HOOKGATE_URL: `http://127.0.0.1:${this.#gate?.port}`,
      HOOKGATE_ADMIN_TOKEN: this.#token,
      ...{ SECRETS: at("secrets"), STATE: at("state"), WRANGLER },
      ...{ CI: "1", WRANGLER_HIDE_BANNER: "true", WRANGLER_LOG_PATH: at("home"), WRANGLER_SEND_METRICS: "false" },
      ...more,
    };
    return new Promise((resolve) => {
      const child = execFile("sh", ["-c", command], { cwd: root, env }, (error, stdout, stderr) => resolve({ code: error ? error.code : 0, printed: stdout + stderr }));
      child.stdin.end(input);
    });
  }
}

// A line in which `…` stands for anything, and spaces for any number of them.
function pattern(line) {
  const texts = line.split("…").map((text) => text.trim().replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll(/\s+/g, "\\s+"));
  return new RegExp(`^\\s*${texts.join(".*")}\\s*$`);
}
