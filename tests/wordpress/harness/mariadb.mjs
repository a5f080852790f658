// A private MariaDB: no network, no accounts, a socket in a folder that only this user enters. One for each test process.
import { spawnSync } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { debianRoot, unpackedEnvironment } from "../../../scripts/debian.mjs";
import { spawnGroup } from "../../../scripts/processes.mjs";
import { phpCommand } from "../../../scripts/wordpress.mjs";

const EXTENSIONS = ["mysqlnd", "mysqli"];
const READY_SECONDS = 60;
let server;
let databases = 0;

// A new database, for Site.create().
export async function mariadb() {
  const socket = await (server ??= start());
  const name = `wordpress_${++databases}`;
  await create(socket, name);
  return {
    extensions: EXTENSIONS,
    constants: () => ({ DB_NAME: name, DB_USER: "root", DB_PASSWORD: "", DB_HOST: `localhost:${socket}`, DB_CHARSET: "utf8mb4", DB_COLLATE: "" }),
    prepare() {},
    installed: false,
  };
}

async function create(socket, name) {
  const [php, options] = phpCommand({}, EXTENSIONS);
  const code = `(new mysqli('localhost', 'root', '', '', 0, '${socket}'))->query('CREATE DATABASE ${name}');`;
  const { status, stderr } = spawnSync(php, [...options, "-r", code], { env: unpackedEnvironment(), encoding: "utf8" });
  if (status !== 0) throw new Error(`MariaDB made no database:\n${stderr}`);
}

// Given an empty folder, the server makes its own system tables.
async function start() {
  const folder = mkdtempSync(join(tmpdir(), "hookgate-mariadb-"));
  const socket = join(folder, "socket");
  const log = join(folder, "log");
  mkdirSync(join(folder, "data"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
  const output = openSync(log, "a");
  const options = [
    "--no-defaults",
    `--datadir=${join(folder, "data")}`,
    `--socket=${socket}`,
    `--pid-file=${join(folder, "pid")}`,
    `--lc-messages-dir=${join(debianRoot, "usr/share/mysql")}`,
    "--skip-networking",
    "--skip-grant-tables",
    "--skip-log-bin",
    "--innodb-log-file-size=16M",
    "--performance-schema=0",
    ...(process.getuid() === 0 ? ["--user=root"] : []),
  ];
  const child = spawnGroup(join(debianRoot, "usr/sbin/mariadbd"), options, { cwd: folder, env: unpackedEnvironment({ TMPDIR: folder }), stdio: ["ignore", output, output] });
  closeSync(output);
  // It lives as long as this process, and does not keep it.
  child.unref();
  const deadline = Date.now() + READY_SECONDS * 1000;
  while (!(await accepts(socket))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) throw new Error(`MariaDB did not start:\n${readFileSync(log, "utf8")}`);
    await setTimeout(20);
  }
  return socket;
}

function accepts(path) {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
