// A headless Chromium with an empty profile, driven by playwright-core over its debugging port on the loopback.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { debianRoot, unpackedEnvironment } from "../../../scripts/debian.mjs";
import { killGroup, removeFolder, scratchFolder, spawnGroup } from "../../../scripts/processes.mjs";

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--remote-debugging-port=0",
  // Nothing but the loopback exists.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

// `newPage()` opens a page with cookies of its own; its options are those of a context.
export async function startBrowser() {
  const folder = scratchFolder("hookgate-browser-");
  const fonts = join(folder, "fonts.conf");
  writeFileSync(fonts, fontConfiguration(folder));
  const child = spawnGroup(join(debianRoot, "usr/lib/chromium/chromium-headless-shell"), [...FLAGS, `--user-data-dir=${folder}`, "about:blank"], {
    cwd: folder,
    env: unpackedEnvironment({ HOME: folder, TMPDIR: folder, FONTCONFIG_FILE: fonts }),
    stdio: ["ignore", "ignore", "pipe"],
  });
  const stop = async () => {
    await killGroup(child);
    removeFolder(folder);
  };
  try {
    const browser = await chromium.connectOverCDP(await debuggingUrl(child), { artifactsDir: folder });
    return {
      newPage: async (options) => {
        const context = await browser.newContext(options);
        // A busy machine may take longer than playwright's half a minute over a page of WordPress.
        context.setDefaultTimeout(120_000);
        return context.newPage();
      },
      async stop() {
        await browser.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

// The system's fonts and the unpacked ones: without any, text has no size and counts as hidden.
function fontConfiguration(cache) {
  const folders = ["/usr/share/fonts", join(debianRoot, "usr/share/fonts")];
  return `<?xml version="1.0"?>
<fontconfig>${folders.map((path) => `<dir>${path}</dir>`).join("")}<cachedir>${cache}</cachedir></fontconfig>
`;
}

function debuggingUrl(child) {
  const said = [];
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const [, url] = /^DevTools listening on (ws:\S+)$/.exec(line) ?? [];
      if (url) resolve(url);
    });
    child.once("error", reject);
    child.once("exit", () => reject(new Error(`Chromium did not start:\n${said.join("\n")}`)));
  });
}
