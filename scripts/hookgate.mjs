// `npm run hookgate -- …`: the operator's command line, built where it has changed. Its exit status is this script's.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { main, root, run } from "./tools.mjs";

main(async () => {
  const built = existsSync(join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "debug", "hookgate"));
  if (!built && process.stderr.isTTY) console.error("building hookgate, once: half a minute or so …");
  process.exitCode = await run("cargo", ["run", "--quiet", "--locked", "--bin", "hookgate", "--", ...process.argv.slice(2)]);
});
