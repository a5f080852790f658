// A real WordPress for the story: SQLite, the connector, a stand-in for WooCommerce, and the workflow beside this file.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ADMIN, Site } from "../scripts/site.mjs";
import { Failure, root } from "../scripts/tools.mjs";

const ORDER = 1042;
const file = (path) => join(root, path);

export async function startWordPress(secret) {
  const site = await Site.create({
    constants: { HOOKGATE_SECRET: secret },
    plugins: { hookgate: file("wordpress/hookgate") },
    muPlugins: [file("demo/wordpress/workflow.php"), file("demo/wordpress/received.php"), file("tests/wordpress/site/woocommerce.php")],
  });
  if (!(await site.php(`return require '${file("demo/wordpress/shop.php")}';`))) throw new Failure("WordPress did not activate the connector.");
  await site.serve({ workers: 4 });
  return {
    url: site.url,
    adminPage: `${site.url}/wp-admin/tools.php?page=hookgate`,
    login: ADMIN,
    order: ORDER,
    get received() {
      const path = join(site.folder, "received");
      return existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n").map((body) => ({ body })) : [];
    },
    // Read back by WordPress, in a process of its own.
    meta: (names) => site.php(`return array_map(static fn($name) => get_post_meta(${ORDER}, $name, true), json_decode('${JSON.stringify(names)}'));`),
    complaints: () => site.complaints(),
  };
}
