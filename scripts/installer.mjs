// Installers run quietly: what they last said, and what that usually means, is told only if they fail.
import { Failure, run } from "./tools.mjs";

export async function logged(command, args, { env, cwd, onLine = () => {} } = {}) {
  const lines = [];
  const code = await run(command, args, {
    env,
    cwd,
    onLine: (line) => {
      onLine(line);
      if (line.trim() && !/Building \[/.test(line)) lines.push(line);
    },
  });
  if (code === 0) return lines;
  const log = lines.slice(-25).join("\n");
  throw new Failure(`\`${command} ${args.join(" ")}\` failed:\n\n${log}\n\n${advice(log)}`);
}

function advice(log) {
  if (/linker `?cc|failed to find tool "cc"/.test(log)) return "A C compiler is missing. On Debian: apt-get install build-essential";
  if (/No space left|ENOSPC/.test(log)) return "The disk is full: set-up needs about 3 GB, and gives most of it back.";
  if (/EACCES|Permission denied/.test(log)) return "This folder, npm's cache or cargo's home is not writable.";
  if (/resolv|network|ENOTFOUND|ECONN|ETIMEDOUT|EAI_AGAIN|timed out|failed to (download|fetch)|could not download/i.test(log)) {
    return "The registry cannot be reached. Set-up needs the network once; behind a proxy set HTTPS_PROXY. What is already there is kept.";
  }
  return "What is already there is kept; run it again once that is solved.";
}
