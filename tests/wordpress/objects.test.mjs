// Promise: an object is what its identifier names and nothing else, however much WordPress would forgive.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { assertAnswer, extended, onEachEngine, runsOf, withoutTable } from "./harness/connector.mjs";
import { newId } from "./harness/site.mjs";

const INSERT = "fn (array $more) => wp_insert_post($more + ['post_title' => 'x', 'post_status' => 'publish', 'post_type' => 'post'])";

onEachEngine((on) => {
  let ids;

  before(async () => {
    const more = await on.site.php(`$post = ${INSERT};
      // WordPress would make these 777777-2 and about-2; an importer does not.
      $named = function (int $id, string $name) {
          $GLOBALS['wpdb']->update($GLOBALS['wpdb']->posts, ['post_name' => $name], ['ID' => $id]);
          return $id;
      };
      return [
          'numeric' => $named($post([]), '777777'),
          'foreign' => $post(['post_name' => '東京']),
          'postLikeAPage' => $post(['post_name' => 'about']),
          'draftPage' => $named($post(['post_type' => 'page', 'post_status' => 'draft']), 'about'),
          'aboutPage' => $named($post(['post_type' => 'page']), 'about'),
          'numericUser' => wp_insert_user(['user_login' => '424242', 'user_email' => 'number@example.com', 'user_pass' => 'x']),
          'mailUser' => wp_insert_user(['user_login' => 'eve@example.net', 'user_email' => 'other@example.net', 'user_pass' => 'x']),
      ];`);
    ids = { ...on.site.ids, ...more };
  });

  async function resolved(objects, more) {
    const id = newId();
    const reply = await on.site.deliver({ id, objects, ...more });
    assert.equal(reply.status, 200, reply.text);
    const [run, ...others] = runsOf(on.site, id);
    assert.deepEqual(others, []);
    assert.deepEqual(run.objects, reply.json.data.objects);
    return run.objects;
  }

  async function finds(table) {
    for (const [objects, expected] of table) assert.deepEqual(await resolved(objects), expected, JSON.stringify(objects));
  }

  async function findsNothing(kind, identifiers) {
    for (const identifier of identifiers) {
      assertAnswer(await on.site.deliver({ objects: { [kind]: identifier }, required: [kind] }), "hookgate_objects_not_found", { what: JSON.stringify(identifier) });
    }
  }

  const spelledWrong = (id) => [`${id}e0`, `${id}abc`, `${id}.0`, ` ${id}`, `${id} `, `+${id}`, `-${id}`, `0${id}`, `0x${id.toString(16)}`, "", "0", "9223372036854775808", "9999999999999999999"];

  test("a post is found by id, by slug, and a page by its whole path", () => finds([
    [{ post: { id: String(ids.post) } }, { post: ids.post }],
    [{ post: { slug: "first-post" } }, { post: ids.post }],
    [{ post: { id: String(ids.childPage) } }, { post: ids.childPage }],
    [{ post: { slug: "shop" } }, { post: ids.page }],
    [{ post: { slug: "shop/returns" } }, { post: ids.childPage }],
    [{ post: { slug: "東京" } }, { post: ids.foreign }],
    [{ post: { slug: "%e6%9d%b1%e4%ba%ac" } }, { post: ids.foreign }],
  ]));

  test("a number is an id before it is a slug, and a page comes before a post of its name", () => finds([
    [{ post: { id: "777777", slug: "777777" } }, { post: ids.numeric }],
    [{ post: { id: String(ids.post), slug: String(ids.post) } }, { post: ids.post }],
    [{ post: { slug: "about" } }, { post: ids.aboutPage }],
  ]));

  test("of two posts of one name, whose types have no parents, the older is found", async () => {
    const types = "add_action('init', function () { foreach (['book', 'film'] as $type) register_post_type($type, ['public' => true]); });";
    await extended(on.site, types, async () => {
      await on.site.php(`foreach ([9002 => 'book', 9001 => 'film', 9003 => 'film'] as $id => $type) {
          wp_insert_post(['import_id' => $id, 'post_title' => 'x', 'post_status' => 'publish', 'post_type' => $type]);
          $GLOBALS['wpdb']->update($GLOBALS['wpdb']->posts, ['post_name' => 'dune'], ['ID' => $id]);
      }
      return true;`);
      await finds([[{ post: { slug: "dune" } }, { post: 9001 }]]);
    });
  });

  test("no post is found by what only resembles its id or slug", () => findsNothing("post", [
    ...spelledWrong(ids.post).map((id) => ({ id })),
    ...["First-Post", "first-pöst", "First Post", "first_post", "first-post/", "/first-post", "shop/first-post", "returns", "Shop/returns", "shop//returns", "returns/shop", "about/returns", "%66irst-post"].map((slug) => ({ slug })),
  ]));

  test("no draft, private post, trash, revision, attachment or order is found as a post", () => findsNothing("post", [
    ...[ids.draft, ids.privatePost, ids.trashed, ids.revision, ids.attachment, ids.order, ids.draftPage].map((id) => ({ id: String(id) })),
    ...["a-draft", "a-private-post", "a-trashed-post", "a-trashed-post__trashed", "101-revision-v1", "a-picture"].map((slug) => ({ slug })),
  ]));

  test("a site may allow other types and statuses of posts", () => extended(on.site,
    `add_filter('hookgate_post_types', fn ($types) => in_array('page', $types, true) && !in_array('attachment', $types, true) ? ['post', 'attachment'] : []);
     add_filter('hookgate_post_statuses', fn ($statuses) => $statuses === ['publish'] ? ['private', 'inherit'] : []);`,
    () => finds([
      [{ post: { slug: "a-private-post" } }, { post: ids.privatePost }],
      [{ post: { id: String(ids.privatePost) } }, { post: ids.privatePost }],
      [{ post: { slug: "a-picture" } }, { post: ids.attachment }],
      [{ post: { slug: "first-post" } }, {}],
      [{ post: { slug: "shop" } }, {}],
      [{ post: { id: String(ids.draft) } }, {}],
      [{ post: { id: String(ids.revision) } }, {}],
    ])));

  test("a user is found by id, e-mail address and login, in this order", () => finds([
    [{ user: { id: String(ids.user) } }, { user: ids.user }],
    [{ user: { email: "adam@example.com" } }, { user: ids.user }],
    [{ user: { email: "Adam@EXAMPLE.com" } }, { user: ids.user }],
    [{ user: { login: "adam" } }, { user: ids.user }],
    [{ user: { login: "ADAM" } }, { user: ids.user }],
    [{ user: { id: "424242", login: "424242" } }, { user: ids.numericUser }],
    [{ user: { id: String(ids.editor), login: String(ids.editor) } }, { user: ids.editor }],
    [{ user: { email: "other@example.net", login: "other@example.net" } }, { user: ids.mailUser }],
    [{ user: { email: "eve@example.net", login: "eve@example.net" } }, { user: ids.mailUser }],
  ]));

  test("no user is found by what only resembles an id, an address or a login", () => findsNothing("user", [
    ...["1e0", "1.0", ...spelledWrong(ids.user)].map((id) => ({ id })),
    ...["adam", "adam@example", "ádam@example.com", " adam@example.com", "adam@example.com.", "adam@example.com,eve@example.com"].map((email) => ({ email })),
    ...["ádam", "adam ", "<b>adam</b>", "ad%61m", "adam@example.com", "1", String(ids.user), ""].map((login) => ({ login })),
  ]));

  test("a comment is found by id while it is approved or waits for it", () => finds([
    [{ comment: { id: String(ids.comment) } }, { comment: ids.comment }],
    [{ comment: { id: String(ids.pendingComment) } }, { comment: ids.pendingComment }],
  ]));

  test("no spam, trash or misspelled comment is found", () => findsNothing("comment",
    [ids.spamComment, ids.trashedComment, ...spelledWrong(ids.comment)].map((id) => ({ id: String(id) }))));

  test("a site may allow fewer statuses of comments, but neither spam nor trash", () => extended(on.site,
    "add_filter('hookgate_comment_statuses', fn () => ['approved', 'spam', 'trash']);",
    () => finds([
      [{ comment: { id: String(ids.comment) } }, { comment: ids.comment }],
      [{ comment: { id: String(ids.pendingComment) } }, {}],
      [{ comment: { id: String(ids.spamComment) } }, {}],
      [{ comment: { id: String(ids.trashedComment) } }, {}],
    ])));

  test("an order's internal note is no comment, and a review is one; a site may think otherwise", async () => {
    const [note, review, old, pingback] = await on.site.php(`return array_map(fn ($type) => wp_insert_comment(['comment_post_ID' => 101, 'comment_content' => 'x', 'comment_type' => $type, 'comment_approved' => '1']), ['order_note', 'review', '', 'pingback']);`);
    // As older versions of WordPress stored a comment.
    await on.site.php(`return $GLOBALS['wpdb']->update($GLOBALS['wpdb']->comments, ['comment_type' => ''], ['comment_ID' => ${old}]);`);
    const of = (id, expected = { comment: id }) => [{ comment: { id: String(id) } }, expected];
    await finds([of(review), of(old), of(note, {}), of(pingback, {})]);
    await extended(on.site, "add_filter('hookgate_comment_types', fn ($types) => $types === ['comment', 'review'] ? ['order_note'] : []);",
      () => finds([of(note), of(review, {}), of(ids.comment, {})]));
  });

  test("an order is found by id and by its key", () => finds([
    [{ order: { id: String(ids.order), key: String(ids.order) } }, { order: ids.order }],
    [{ order: { key: ids.orderKey } }, { order: ids.order }],
    [{ order: { key: ids.otherOrderKey } }, { order: ids.otherOrder }],
  ]));

  test("no refund, post, unknown or misspelled order is found", () => findsNothing("order", [
    ...[ids.refund, ids.post, ids.page, 999999, ...spelledWrong(ids.order)].map((id) => ({ id: String(id) })),
    ...[ids.orderKey.toUpperCase(), ids.orderKey.toLowerCase(), `${ids.orderKey} `, ids.orderKey.slice(0, -1), "wc_order_", "", String(ids.order)].map((key) => ({ key })),
  ]));

  test("one of each kind is found at once, and what is not required may be missing", async () => {
    const objects = { post: { slug: "first-post" }, user: { login: "adam" }, comment: { id: String(ids.comment) }, order: { key: ids.orderKey } };
    const all = { post: ids.post, user: ids.user, comment: ids.comment, order: ids.order };
    assert.deepEqual(await resolved(objects, { required: Object.keys(objects) }), all);
    const { user: _, ...others } = all;
    assert.deepEqual(await resolved({ ...objects, user: { login: "nobody" } }, { required: ["post", "order"] }), others);
  });

  test("a required object that is not named at all is not found", async () => {
    assertAnswer(await on.site.deliver({ required: ["order"] }), "hookgate_objects_not_found");
  });

  test("a database that cannot be asked does not make an object unknown", async () => {
    const delivery = { id: newId(), objects: { comment: { id: String(ids.comment) } }, required: ["comment"] };
    const log = new RegExp(`^Hookgate: hook main, delivery ${delivery.id.slice(0, 16)}, attempt 1: the database could not look up a comment by id$`);
    const reply = await on.site.expecting(log, () => withoutTable(on.site, "comments", () => on.site.deliver(delivery)));
    assertAnswer(reply, "hookgate_unavailable");
    assert.deepEqual(runsOf(on.site, delivery.id), []);
    assertAnswer(await on.site.deliver(delivery), "hookgate_accepted", { objects: { comment: ids.comment } });
  });

  test("a look-up that fails puts no identifier into the log, and nothing else out of it", async () => {
    const talks = "add_action('hookgate_delivery_talks', function () { $GLOBALS['wpdb']->query('SELECT 1 FROM nowhere_at_all'); });";
    await on.site.expecting(/ attempt 1: the database could not look up a user by email$/, () => withoutTable(on.site, "users", async () => {
      assertAnswer(await on.site.deliver({ objects: { user: { email: "private.person@example.com" } } }), "hookgate_unavailable");
    }));
    assert.doesNotMatch(on.site.phpLog(), /private\.person/);
    await extended(on.site, talks, () => on.site.expecting(/^WordPress database error .*nowhere_at_all/s, async () => {
      assertAnswer(await on.site.deliver({ hook: "talks", objects: { user: { login: "adam" } } }), "hookgate_accepted", { objects: { user: ids.user } });
    }));
  });

  test("an error of the database before a look-up is none of the look-up's", () => extended(on.site,
    "add_filter('hookgate_post_types', function ($types) { $GLOBALS['wpdb']->last_error = 'of somebody else'; return $types; });",
    () => finds([[{ post: { id: String(ids.post) }, comment: { id: "none" } }, { post: ids.post }]])));
});
