//! No configuration fails open: every mistake is named by its path, and what it concerns is closed.

use hookgate::gateway::Gateway;

use crate::world::{Environment, Inbound, World};

const GOOD: &str = r#"
    ORIGIN = "https://www.example.com"
    [[HOOKS]]
    id = "good"
    enabled = true
    owner = "ops@example.com"
    on_failure = "reply"
    auth = [{ scheme = "api-key", header = "X-Api-Key", secrets = ["KEY"] }]
"#;

const KEY: &str = "not a secret: key";

fn secrets(environment: Environment) -> Environment {
    environment
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
        .secret("KEY", KEY)
        .secret("OTHER_KEY", "not a secret: another key")
        .secret("EMPTY", "")
        .secret("BLANK", "  \n ")
        .secret("SHORT", "elevenbytes")
        .secret("PASTED", "with a line break\n")
        .secret("UMLAUTS", "größer als größer")
        .secret("HEX", "00112233445566778899aabb")
}

/// The mistakes of a configuration, and the statuses of `good` and `hook`.
fn judge(vars: &str) -> (Vec<String>, [u16; 2]) {
    let world = World::new();
    let gateway = Gateway::new(&secrets(Environment::of(vars)), &world);
    let status = |id: &str| {
        let request = Inbound::post(&format!("/wa-hook/{id}")).json("{\"a\":1}").header("x-api-key", KEY);
        world.deliver(&gateway, &request).status
    };
    (world.mistakes(), [status("good"), status("hook")])
}

/// A hook that is right but for some lines.
fn hook(lines: &str) -> String {
    let mut defaults = vec![
        "owner = \"ops@example.com\"",
        "auth = [{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"KEY\"] }]",
        "on_failure = \"reply\"",
        "enabled = true",
    ];
    defaults.retain(|default| !lines.contains(default.split(" =").next().unwrap()));
    let defaults = defaults.join("\n");
    format!("{GOOD}\n[[HOOKS]]\nid = \"hook\"\n{defaults}\n{lines}\n")
}

#[test]
fn a_mistake_closes_its_hook_and_no_other() {
    let auth = |mechanism: &str| format!("auth = [{{ {mechanism} }}]");
    let cases = [
        (
            "x = 1".to_owned(),
            "x: unknown key; known here: id, enabled, owner, purpose, review_by, mode, methods, max_body, body_timeout, auth, media, events, unsigned_query, unsigned_fields, replay, objects, fields, on_failure, keep_for, on_stop, shards, origin, timeout",
        ),
        ("owner = \"\"".into(), "owner: must be a text that is not empty"),
        ("owner = 7".into(), "owner: must be a text that is not empty"),
        ("purpose = 7".into(), "purpose: must be a text that is not empty"),
        ("enabled = true\nreview_by = \"soon\"".into(), "review_by: must be a date such as 2027-01-31"),
        ("mode = \"dry\"".into(), "mode: must be \"live\" or \"observe\""),
        ("methods = []".into(), "methods: must list some of GET, POST, PUT, PATCH, DELETE"),
        ("methods = [\"post\"]".into(), "methods: must list some of GET, POST, PUT, PATCH, DELETE"),
        ("methods = \"POST\"".into(), "methods: must be a list"),
        ("max_body = \"26MiB\"".into(), "max_body: must be a size from 1B to 25MiB, such as 256KiB"),
        ("max_body = 1024".into(), "max_body: must be a text that is not empty"),
        ("body_timeout = \"0s\"".into(), "body_timeout: must be a duration from 1s to 60s"),
        ("timeout = \"26s\"".into(), "timeout: must be a duration from 1s to 25s"),
        ("auth = []".into(), "auth: must list one to three mechanisms, or be \"none\" with a reason"),
        ("auth = \"open\"".into(), "auth: must list one to three mechanisms, or be \"none\" with a reason"),
        ("auth = \"none\"".into(), "reason: is missing: say why nobody has to prove who they are"),
        (
            "reason = \"because\"".into(),
            "reason: unknown key; known here: id, enabled, owner, purpose, review_by, mode, methods, max_body, body_timeout, auth, media, events, unsigned_query, unsigned_fields, replay, objects, fields, on_failure, keep_for, on_stop, shards, origin, timeout",
        ),
        (
            auth("scheme = \"magic\", secrets = [\"KEY\"]"),
            "auth[0].scheme: must be \"basic\", \"api-key\", \"hmac\", \"ed25519\", \"ecdsa-p256\" or a provider such as \"stripe\" (README lists them)",
        ),
        (
            auth("secrets = [\"KEY\"]"),
            "auth[0].scheme: is missing: \"basic\", \"api-key\", \"hmac\", \"ed25519\", \"ecdsa-p256\" or a provider such as \"stripe\" (README lists them)",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\""),
            "auth[0].secrets: is missing: list the names of Worker secrets",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = []"),
            "auth[0].secrets: must list the name of at least one Worker secret",
        ),
        (auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = \"KEY\""), "auth[0].secrets: must be a list"),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [7]"),
            "auth[0].secrets: must be a list of names, or of tables with name and not_after",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"MISSING\"]"),
            "auth[0].secrets[0]: is not set: npx wrangler secret put NAME",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"KEY\", \"EMPTY\"]"),
            "auth[0].secrets[1]: the secret EMPTY is empty",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"BLANK\"]"),
            "auth[0].secrets[0]: the secret BLANK is empty",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"SHORT\"]"),
            "auth[0].secrets[0]: the secret SHORT is shorter than 12 bytes",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"PASTED\"]"),
            "auth[0].secrets[0]: the secret PASTED has white space before or after it: set it again without",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"hunter2-hunter2\"]"),
            "auth[0].secrets[0]: must be the name of a Worker secret (A-Z, 0-9, `_`), never the secret itself",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"ORIGIN\"]"),
            "auth[0].secrets[0]: may not be ORIGIN: that is a variable of the gate",
        ),
        (
            auth("scheme = \"api-key\", secrets = [\"KEY\"]"),
            "auth[0].header: is missing: the header senders use, such as X-Hub-Signature-256",
        ),
        (
            auth("scheme = \"api-key\", header = \"X Key\", secrets = [\"KEY\"]"),
            "auth[0].header: must be a header name: letters, digits, `-`, `_`",
        ),
        (
            auth("scheme = \"api-key\", header = \"X-Key\", hash = \"sha1\", secrets = [\"KEY\"]"),
            "auth[0].hash: unknown key; known here: secrets, scheme, header, event",
        ),
        (auth("scheme = \"basic\", secrets = [\"KEY\"]"), "auth[0].user: is missing: the user name senders present"),
        (
            auth("scheme = \"basic\", user = \"a:b\", secrets = [\"KEY\"]"),
            "auth[0].user: may not have a colon: it ends the user name (RFC 7617)",
        ),
        (
            auth("scheme = \"hmac\", header = \"X-S\", secrets = [\"KEY\"]"),
            "auth[0].hash: is missing: \"sha1\", \"sha256\" or \"sha512\"",
        ),
        (
            auth("scheme = \"hmac\", hash = \"md5\", header = \"X-S\", secrets = [\"KEY\"]"),
            "auth[0].hash: must be \"sha1\", \"sha256\" or \"sha512\"",
        ),
        (
            auth("scheme = \"hmac\", hash = \"sha1\", header = \"X-S\", prefix = \"a b\", secrets = [\"KEY\"]"),
            "auth[0].prefix: must be visible ASCII, such as sha256=; it may end with a space",
        ),
        (
            auth("scheme = \"paypal\", secrets = [\"KEY\"]"),
            "auth[0].scheme: may not be \"paypal\": its signature covers no more of the body than a CRC-32, which anybody can forge, and needs a certificate from the network",
        ),
        (
            auth("scheme = \"aws-sns\", secrets = [\"KEY\"]"),
            "auth[0].scheme: may not be \"aws-sns\": its signature needs a certificate from a URL in the message, and the gate fetches nothing for a request that is not proven",
        ),
        (
            auth("scheme = \"atlassian-connect\", secrets = [\"KEY\"]"),
            "auth[0].scheme: may not be \"atlassian-connect\": its token covers the URL and nothing of the body, which anybody could replace",
        ),
        (auth("scheme = \"gumroad\", secrets = [\"KEY\"]"), "auth[0].scheme: may not be \"gumroad\": it signs nothing"),
        (
            auth("scheme = \"postmark\", secrets = [\"KEY\"]"),
            "auth[0].scheme: may not be \"postmark\": it signs nothing, use \"basic\"",
        ),
        (
            auth("scheme = \"stripe\", header = \"X-S\", secrets = [\"KEY\"]"),
            "auth[0].header: unknown key; known here: secrets, scheme, tolerance",
        ),
        (
            auth("scheme = \"github\", tolerance = \"10s\", secrets = [\"KEY\"]"),
            "auth[0].tolerance: unknown key; known here: secrets, scheme",
        ),
        (
            auth("scheme = \"stripe\", tolerance = \"25h\", secrets = [\"KEY\"]"),
            "auth[0].tolerance: must be a duration from 1s to 24h",
        ),
        (
            auth("scheme = \"square\", secrets = [\"KEY\"]"),
            "auth[0].url: is missing: it is signed: give it as the sender has it, with its query",
        ),
        (
            auth("scheme = \"square\", url = \"http://a.example\", secrets = [\"KEY\"]"),
            "auth[0].url: must be https://…, exactly as the sender has it",
        ),
        (
            auth("scheme = \"standard-webhooks\", secrets = [\"KEY\"]"),
            "auth[0].secrets[0]: the secret KEY must be whsec_ and base64",
        ),
        (auth("scheme = \"discord\", secrets = [\"KEY\"]"), "auth[0].secrets[0]: the secret KEY must be hex digits"),
        (
            auth("scheme = \"discord\", secrets = [\"HEX\"]"),
            "auth[0].secrets[0]: the secret HEX must be an Ed25519 key of 32 bytes",
        ),
        (
            auth("scheme = \"sendgrid\", secrets = [\"HEX\"]"),
            "auth[0].secrets[0]: the secret HEX must be a P-256 public key as X.509 writes it (SPKI)",
        ),
        (
            auth("scheme = \"easypost\", secrets = [\"UMLAUTS\"]"),
            "auth[0].secrets[0]: the secret UMLAUTS must be ASCII: the sender writes other characters in another way before it signs",
        ),
        (
            auth("scheme = \"stripe\", secrets = [{ not_after = \"2027-01-31\" }]"),
            "auth[0].secrets[0].name: is missing: the name of a Worker secret",
        ),
        (
            auth("scheme = \"stripe\", secrets = [{ name = \"KEY\", not_after = \"2027-02-29\" }]"),
            "auth[0].secrets[0].not_after: must be the last day it may be used, such as 2027-01-31",
        ),
        (
            auth("scheme = \"stripe\", secrets = [{ name = \"SHORT\" }]"),
            "auth[0].secrets[0].name: the secret SHORT is shorter than 12 bytes",
        ),
        (
            auth("scheme = \"stripe\", secrets = [{ name = \"KEY\", until = 1 }]"),
            "auth[0].secrets[0].until: unknown key; known here: name, not_after",
        ),
        (
            format!("media = \"form\"\n{}", auth("scheme = \"recharge\", secrets = [\"KEY\"]")),
            "media: may not be \"form\": who has captured one form of this scheme can add to it",
        ),
        (
            "events = [\"a\"]".into(),
            "events: needs `event` in auth, or a scheme of which the gate knows where the event is: README lists them",
        ),
        (
            "events = [\"a\"]\nmedia = \"form\"\nauth = [{ scheme = \"stripe\", secrets = [\"KEY\"] }]".into(),
            "events: cannot be read from a form",
        ),
        ("events = []".into(), "events: must list at least one event as the sender names it"),
        ("objects = []".into(), "objects: must be a table"),
        (
            "objects = { product = { at = \"/a\" } }".into(),
            "objects.product: unknown key; known here: post, user, comment, order",
        ),
        (
            "objects = { post = { required = true } }".into(),
            "objects.post.at: is missing: where the identifier is, such as /order_id",
        ),
        (
            "objects = { post = { at = \"post_id\" } }".into(),
            "objects.post.at: must be a JSON pointer such as /data/id",
        ),
        (
            "objects = { post = { at = \"/posts/*\" } }".into(),
            "objects.post.at: may not have `*`: a delivery names one object of a kind",
        ),
        ("objects = { comment = { at = \"/a\", by = [\"slug\"] } }".into(), "objects.comment.by: must list some of id"),
        ("objects = { user = { at = \"/a\", by = [] } }".into(), "objects.user.by: must list some of id, email, login"),
        ("fields = [\"/\"]".into(), "fields[0]: has an empty step: the whole payload is never allowed"),
        ("fields = [\"/a\", 7]".into(), "fields[1]: must be a table"),
        ("fields = [\"/a\", \"/a/b\"]".into(), "fields[1]: lies below another path of this hook"),
        ("fields = [\"/a\", \"/a\"]".into(), "fields[1]: is listed twice"),
        ("fields = [{ max = 7 }]".into(), "fields[0].at: is missing: where the field is, such as /data/amount"),
        (
            "fields = [{ at = \"/a\", type = \"text\" }]".into(),
            "fields[0].type: must be \"string\", \"number\", \"integer\" or \"boolean\"",
        ),
        ("fields = [{ at = \"/a\", max = 0 }]".into(), "fields[0].max: must be a number of characters from 1 to 16384"),
        ("fields = [{ at = \"/a\", enum = [] }]".into(), "fields[0].enum: must list at least one value"),
        ("fields = [{ at = \"/a\", size = 3 }]".into(), "fields[0].size: unknown key; known here: at, type, max, enum"),
        ("media = \"xml\"".into(), "media: must be \"json\" or \"form\""),
        ("unsigned_query = \"yes\"".into(), "unsigned_query: must be true or false"),
        ("replay = \"ledger\"".into(), "replay: must be \"kv\" or \"strict\""),
        ("replay = { mode = \"do\" }".into(), "replay.mode: must be \"kv\" or \"strict\""),
        ("replay = { window = \"59s\" }".into(), "replay.window: must be a duration from 60s to 365d"),
        (
            "replay = { key = \"header\" }".into(),
            "replay.key: must be \"body\", \"request\" or a list of JSON pointers",
        ),
        ("replay = { key = [\"/a/*\"] }".into(), "replay.key[0]: may not have `*`"),
        ("replay = { key = [\"/a\", \"/a\"] }".into(), "replay.key[1]: is listed twice"),
        ("on_stop = \"queue\"".into(), "on_stop: must be \"hold\", \"reject\", \"drop\" or \"gone\""),
        ("on_failure = \"retry\"".into(), "on_failure: must be \"reply\" or \"keep\""),
        ("on_failure = \"keep\"\nkeep_for = \"59s\"".into(), "keep_for: must be a duration from 60s to 30d"),
        ("on_failure = \"keep\"\nkeep_for = \"31d\"".into(), "keep_for: must be a duration from 60s to 30d"),
        (
            "on_failure = \"reply\"\nkeep_for = \"1h\"".into(),
            "keep_for: does not go with `on_failure = \"reply\"`, which keeps nothing",
        ),
        ("shards = 0".into(), "shards: must be a number from 1 to 64"),
        ("shards = 65".into(), "shards: must be a number from 1 to 64"),
        ("shards = \"4\"".into(), "shards: must be a number from 1 to 64"),
        (
            auth("scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"ADMIN_TOKEN\"]"),
            "auth[0].secrets[0]: may not be ADMIN_TOKEN: that is a variable of the gate",
        ),
        ("origin = 7".into(), "origin: must be a text that is not empty"),
        ("origin = \"shop\"".into(), "origin: there is no origin \"shop\" in ORIGIN or ORIGINS"),
    ];
    for (lines, mistake) in cases {
        let (mistakes, statuses) = judge(&hook(&lines));
        assert_eq!(mistakes, [format!("HOOKS[1] (id \"hook\"): {mistake}")], "{lines}");
        assert_eq!(statuses, [200, 503], "{lines}");
    }
}

#[test]
fn an_hmac_does_not_vouch_for_the_query() {
    let hmac = "auth = [{ scheme = \"hmac\", hash = \"sha1\", header = \"X-S\", secrets = [\"KEY\"] }]\n";
    let mistake = |lines: &str| judge(&hook(&format!("{hmac}{lines}"))).0;
    assert_eq!(
        mistake("unsigned_query = true"),
        [
            "HOOKS[1] (id \"hook\"): unsigned_query: needs replay.key: say which signed bytes tell one delivery from the next, for the query must not"
        ]
    );
    assert_eq!(mistake("unsigned_query = true\nreplay = { key = [\"/event\"] }"), [""; 0]);
    assert_eq!(
        mistake("replay = { key = \"request\" }"),
        [
            "HOOKS[1] (id \"hook\"): replay.key: may not be \"request\": the signature of this hook does not cover the query"
        ]
    );
}

/// A signature described in the configuration, with some keys changed.
fn described(keys: &str) -> String {
    format!("auth = [{{ scheme = \"hmac\", secrets = [\"KEY\"], hash = \"sha256\", header = \"X-S\", {keys} }}]")
}

#[test]
fn a_mistake_in_a_description_closes_its_hook() {
    let cases = [
        ("key = \"utf16\"", "key: must be \"utf8\", \"hex\", \"base64\", \"whsec\", \"whpk\" or \"spki\""),
        ("key = \"hex\"", "secrets[0]: the secret KEY must be hex digits"),
        ("encoding = \"base32\"", "encoding: must be \"hex\", \"HEX\", \"base64\" or \"base64url\""),
        (
            "content = \"{timestamp}\"",
            "content: must have {body}, {sha256} or {form}: nobody vouches for a body that is not signed",
        ),
        (
            "content = \"{body\"",
            "content: may have {id}, {timestamp}, {body}, {sha256}, {form}, {method}, {url}, {path} and places in the body such as {/data/id}, and no other braces",
        ),
        ("content = \"{id}.{body}\"", "id: is missing: content has {id}, say which header that is"),
        ("content = \"{timestamp}.{body}\"", "timestamp: is missing: content has {timestamp}, say where that is"),
        ("content = \"{url}{body}\"", "url: is missing: it is signed: give it as the sender has it, with its query"),
        (
            "url = \"https://a.example\"",
            "url: unknown key; known here: secrets, scheme, hash, header, key, encoding, prefix, list, content, timestamp, id, event",
        ),
        ("event = { place = \"/type\" }", "event: must be a text that is not empty"),
        ("event = \"/*/type\"", "event: may not have `*`"),
        ("event = \"X Event\"", "event: must be a header name: letters, digits, `-`, `_`"),
        ("id = { header = \"X-Id\" }", "id.header: is not signed: content has no {id}, and anybody can change it"),
        ("id = { place = \"id\" }", "id.place: must be a JSON pointer such as /data/id"),
        ("id = { place = \"/*/id\" }", "id.place: may not have `*`"),
        ("id = {}", "id: must have a header, which content has as {id}, or a place in the body"),
        (
            "id = { header = \"X Id\" }, content = \"{id}{body}\"",
            "id.header: must be a header name: letters, digits, `-`, `_`",
        ),
        ("timestamp = { header = \"X-T\" }", "content: must have {timestamp}: a time that is not signed is anybody's"),
        ("timestamp = { unit = \"ms\" }", "timestamp: needs a header or a place, or a label in list"),
        ("timestamp = { place = \"/t\", unit = \"m\" }", "timestamp.unit: must be \"s\", \"ms\" or \"rfc3339\""),
        (
            "timestamp = { place = \"/t\" }, content = \"{timestamp}{body}\"",
            "timestamp.place: is in the body: content may not have {timestamp} as well",
        ),
        (
            "timestamp = { place = \"/t\", header = \"X-T\" }, content = \"{timestamp}{body}\"",
            "timestamp: must be in one place: a header, the list or the body",
        ),
        ("timestamp = { place = \"/t\" }, tolerance = \"0s\"", "tolerance: must be a duration from 1s to 24h"),
        ("list = { label = \"v1\" }", "list.label: must be a word and its delimiter, such as v1= or v1,"),
        ("list = { separator = \", \", label = \"v1=\" }", "list.separator: must be \",\", \";\" or \" \""),
        ("list = {}", "list.label: is missing: what each signature begins with, such as v1="),
        (
            "list = { label = \"v1=\", timestamp = \"v1=\" }, content = \"{timestamp}{body}\"",
            "list.timestamp: must be another label than that of the signatures",
        ),
        (
            "list = { label = \"v1=\" }, prefix = \"a\"",
            "prefix: does not go with list: its label is the prefix of each signature",
        ),
        (
            "list = { label = \"v1=\", timestamp = \"t=\" }",
            "content: must have {timestamp}: a time that is not signed is anybody's",
        ),
        ("list = { label = \"v1=\", trim = \"yes\" }", "list.trim: must be true or false"),
    ];
    for (keys, mistake) in cases {
        let (mistakes, statuses) = judge(&hook(&described(keys)));
        assert_eq!(mistakes, [format!("HOOKS[1] (id \"hook\"): auth[0].{mistake}")], "{keys}");
        assert_eq!(statuses, [200, 503], "{keys}");
    }
}

#[test]
fn a_disabled_hook_of_any_scheme_needs_no_secret_yet() {
    for scheme in ["standard-webhooks", "discord", "sendgrid", "authorize-net"] {
        let lines = format!(
            "enabled = false\nmedia = \"form\"\nauth = [{{ scheme = \"{scheme}\", secrets = [\"MISSING_YET\"] }}]"
        );
        assert_eq!(judge(&hook(&lines)), (Vec::new(), [200, 404]), "{scheme}");
    }
}

#[test]
fn every_mistake_is_told_at_once_and_no_secret_is() {
    let (mistakes, statuses) = judge(&hook(
        "owner = 7\nmode = \"dry\"\nauth = [{ scheme = \"api-key\", header = \"\", secrets = [\"SHORT\", \"hunter2-hunter2\"] }]",
    ));
    assert_eq!((mistakes.len(), statuses), (5, [200, 503]), "{mistakes:?}");
    assert!(mistakes.iter().all(|mistake| !mistake.contains("hunter2") && !mistake.contains("elevenbytes")));
}

#[test]
fn a_missing_owner_or_authentication_closes_the_hook() {
    for (line, mistake) in [
        ("on_failure = \"keep\"\nowner = \"o\"", "auth: is missing: say how senders prove who they are"),
        (
            "on_failure = \"keep\"\nauth = \"none\"\nreason = \"r\"",
            "owner: is missing: say who answers for this hook, and how to reach them",
        ),
    ] {
        let (mistakes, statuses) = judge(&format!("{GOOD}\n[[HOOKS]]\nid = \"hook\"\nenabled = true\n{line}"));
        assert_eq!(mistakes, [format!("HOOKS[1] (id \"hook\"): {mistake}")]);
        assert_eq!(statuses, [200, 503]);
    }
}

#[test]
fn a_hook_without_a_preset_has_to_say_what_becomes_of_failures() {
    let missing = "HOOKS[1] (id \"hook\"): on_failure: is missing: \"reply\" if the sender tries again after a 5xx, else \"keep\"";
    for auth in [
        "auth = [{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"KEY\"] }]",
        "auth = [{ scheme = \"basic\", user = \"u\", secrets = [\"KEY\"] }]",
        "auth = [{ scheme = \"hmac\", hash = \"sha1\", header = \"X-S\", secrets = [\"KEY\"] }]",
        "auth = \"none\"\nreason = \"r\"",
    ] {
        let silent = hook(auth).replace("on_failure = \"reply\"\nenabled = true\n", "enabled = true\n");
        assert_eq!(judge(&silent), (vec![missing.into()], [200, 503]), "{auth}");
        assert_eq!(judge(&silent.replace("enabled = true\nauth", "auth")).0, [missing], "a disabled one, too: {auth}");
        for said in ["reply", "keep"] {
            assert_eq!(judge(&hook(&format!("{auth}\non_failure = \"{said}\""))).0, [""; 0], "{auth}");
        }
    }
    // With a mistake in `auth` nobody knows yet whether it has to.
    let wrong = hook("auth = []").replace("on_failure = \"reply\"\nenabled = true\n", "enabled = true\n");
    let mistake = "HOOKS[1] (id \"hook\"): auth: must list one to three mechanisms, or be \"none\" with a reason";
    assert_eq!(judge(&wrong).0, [mistake]);
}

/// Whether hooks with these mechanisms, which do not say `on_failure`, keep what fails: only then there is a
/// `keep_for`.
fn keeps(mechanisms: &str) -> bool {
    let lines = format!("auth = [{mechanisms}]\nkeep_for = \"30d\"\n");
    let (mistakes, _) = judge(&hook(&lines).replace("on_failure = \"reply\"\nenabled = true\n", "enabled = true\n"));
    let refused = "HOOKS[1] (id \"hook\"): keep_for: does not go with `on_failure = \"reply\"`, which keeps nothing";
    assert!(mistakes.is_empty() || mistakes == [refused], "{mistakes:?}");
    mistakes.is_empty()
}

#[test]
fn what_fails_is_kept_unless_the_sender_is_known_to_try_again() {
    let of = |scheme: &str| format!("{{ scheme = \"{scheme}\", secrets = [\"KEY\"] }}");
    for (scheme, kept) in [
        ("stripe", false),
        ("shopify", false),
        ("telegram", false),
        ("github", true),
        ("woocommerce", true),
        // Of these nobody knows.
        ("netlify", true),
        ("wunderautomation", true),
        ("gitea", true),
    ] {
        assert_eq!(keeps(&of(scheme)), kept, "{scheme}");
    }
    let key = "{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"KEY\"] }";
    assert!(!keeps(&format!("{key}, {}", of("stripe"))), "the preset says it");
    assert!(keeps(&format!("{}, {}", of("stripe"), of("github"))), "one of the two does not try again");
    assert!(keeps(&format!("{}, {}", of("github"), of("stripe"))));
}

#[test]
fn a_hook_may_have_the_ledger_claim_and_several_of_them() {
    for right in [
        "replay = \"kv\"",
        "replay = \"strict\"",
        "replay = { mode = \"strict\", window = \"1h\", key = \"body\" }",
        "shards = 1",
        "shards = 64",
        "on_failure = \"keep\"",
        "on_failure = \"keep\"\nkeep_for = \"60s\"",
        "on_failure = \"keep\"\non_stop = \"reject\"",
        "on_stop = \"hold\"",
    ] {
        assert_eq!(judge(&hook(right)).0, [""; 0], "{right}");
    }
}

#[test]
fn two_hooks_of_one_id_are_both_closed() {
    let twice = hook("").replace("id = \"hook\"", "id = \"good\"");
    let (mistakes, statuses) = judge(&twice);
    assert_eq!(mistakes, ["HOOKS[1] (id \"good\"): id: another hook has it, too: both are closed"]);
    assert_eq!(statuses, [503, 404]);
    let other_variable = format!(
        "{GOOD}\n[[HOOKS_SHOP]]\nid = \"good\"\nowner = \"o\"\non_failure = \"reply\"\nauth = \"none\"\nreason = \"r\""
    );
    assert_eq!(
        judge(&other_variable),
        (vec!["HOOKS_SHOP[0] (id \"good\"): id: another hook has it, too: both are closed".into()], [503, 404])
    );
}

#[test]
fn a_secret_of_x_vouches_for_nobody_else() {
    let x = r#"auth = [{ scheme = "x-twitter", secrets = ["OTHER_KEY"] }]"#;
    let other = r#"auth = [{ scheme = "mailgun", secrets = ["OTHER_KEY"] }]"#;
    let rest = "may not be those of another scheme, too: with X's the gate signs what anybody asks";
    for (first, second) in [(x, other), (other, x)] {
        let both = format!("{}\n[[HOOKS]]\nid = \"second\"\nenabled = true\nowner = \"o\"\n{second}\n", hook(first));
        let mistake = format!("HOOKS[2] (id \"second\"): auth[0].secrets: {rest}");
        assert_eq!(judge(&both).0, [mistake], "{first} {second}");
        let disabled = both.replace("id = \"second\"\nenabled = true", "id = \"second\"");
        assert_eq!(judge(&disabled).0, [""; 0]);
    }
    let twice = hook(&format!("{}, {}", x.replace(" }]", " }"), other.replace("auth = [", "")));
    assert_eq!(judge(&twice).0, [format!("HOOKS[1] (id \"hook\"): auth[1].secrets: {rest}")]);
    let again = format!("{}\n[[HOOKS]]\nid = \"second\"\nenabled = true\nowner = \"o\"\n{x}\n", hook(x));
    assert_eq!(judge(&again).0, [""; 0]);
}

#[test]
fn a_hook_without_an_id_is_named_by_its_place() {
    let (mistakes, statuses) = judge(&hook("").replace("id = \"hook\"", ""));
    assert_eq!(
        (mistakes, statuses),
        (vec!["HOOKS[1]: id: is missing: it is the last part of the hook's URL".into()], [200, 503])
    );
    let (mistakes, statuses) = judge(&hook("").replace("id = \"hook\"", "id = \"Hook\""));
    assert_eq!(statuses, [200, 503], "nobody is told that it does not exist");
    assert_eq!(mistakes, ["HOOKS[1] (id \"Hook\"): id: must be 1 to 64 of a-z, 0-9, `-`, `_`"]);
}

#[test]
fn a_form_has_no_place_below_its_names() {
    let form =
        "auth = [{ scheme = \"hmac\", hash = \"sha1\", header = \"X-S\", secrets = [\"KEY\"] }]\nmedia = \"form\"\n";
    let mistake = "HOOKS[1] (id \"hook\"): media: may not be \"form\": a form has no lists and tables, and a path here has several steps";
    for nested in ["fields = [\"/data/amount\"]", "fields = [\"/*\"]", "replay = { key = [\"/data/id\"] }"] {
        assert_eq!(judge(&hook(&format!("{form}{nested}"))).0, [mistake], "{nested}");
    }
    assert_eq!(judge(&hook(&format!("{form}fields = [\"/customer[email]\"]"))).0, [""; 0]);
}

#[test]
fn a_name_that_may_be_a_pasted_key_is_not_repeated() {
    let (mistakes, _) = judge(&hook(
        "auth = [{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"K3V9X0Q2M7TAABCDEF\", \"SHOP_KEY\"] }]",
    ));
    let path = |index: usize| {
        format!("HOOKS[1] (id \"hook\"): auth[0].secrets[{index}]: is not set: npx wrangler secret put ")
    };
    assert_eq!(mistakes, [path(0) + "NAME", path(1) + "SHOP_KEY"]);
}

#[test]
fn absent_means_disabled_and_a_disabled_hook_needs_no_secret_yet() {
    for enabled in ["", "enabled = false"] {
        let vars = hook("auth = [{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"MISSING\"] }]")
            .replace("id = \"hook\"", "id = \"other\"");
        let vars = format!(
            "{vars}\n[[HOOKS]]\nid = \"hook\"\n{enabled}\nowner = \"o\"\non_failure = \"reply\"\nauth = [{{ scheme = \"api-key\", header = \"X-Api-Key\", secrets = [\"MISSING\"] }}]"
        );
        let (mistakes, statuses) = judge(&vars);
        assert_eq!((mistakes.len(), statuses), (1, [200, 404]), "{mistakes:?}");
    }
    let (mistakes, statuses) = judge(&hook("enabled = \"true\""));
    assert_eq!(
        (mistakes, statuses),
        (vec!["HOOKS[1] (id \"hook\"): enabled: must be true or false".into()], [200, 503])
    );
}

#[test]
fn a_mistake_that_may_concern_any_hook_closes_what_it_hides() {
    let (mistakes, statuses) = judge(&GOOD.replace("ORIGIN =", "HOOKS_SHOP = \"{}\"\nORIGIN ="));
    assert_eq!(
        (mistakes, statuses),
        (
            vec!["HOOKS_SHOP: must be a list of tables, [[vars.HOOKS]]: names that begin so are hooks".into()],
            [200, 503]
        )
    );
    let (mistakes, statuses) = judge(&GOOD.replace("ORIGIN =", "SLUG = \"a/b\"\nORIGIN ="));
    assert_eq!((mistakes, statuses), (vec!["SLUG: must be 1 to 64 of a-z, 0-9, `-`, `_`".into()], [503, 503]));
    let (mistakes, statuses) = judge(&GOOD.replace("ORIGIN =", "MIN_TLS = \"1.1\"\nORIGIN ="));
    assert_eq!((mistakes, statuses), (vec!["MIN_TLS: must be \"1.2\" or \"1.3\"".into()], [503, 503]));
}

#[test]
fn a_mistake_in_the_origin_closes_its_hooks() {
    for (origin, mistake) in [
        (
            "ORIGIN = \"http://www.example.com\"",
            "ORIGIN: url: must be https://host or https://host/path (http only for a loopback host)",
        ),
        ("ORIGIN = 7", "ORIGIN: url: must be a text that is not empty"),
        ("", "HOOKS[0] (id \"good\"): origin: there is no origin \"default\" in ORIGIN or ORIGINS"),
        (
            "ORIGIN = \"https://www.example.com\"\nORIGIN_USER = \"gate\"",
            "ORIGIN: password: is not set: npx wrangler secret put ORIGIN_PASSWORD",
        ),
        (
            "ORIGINS = { default = { url = \"https://www.example.com\", user = \"a:b\", password = \"KEY\" } }",
            "ORIGINS.default: user: may not have a colon: it ends the user name (RFC 7617)",
        ),
        (
            "ORIGINS = { default = { url = \"https://www.example.com\", secret = \"KEY\" } }",
            "ORIGINS.default: secret: must be whsec_ and 24 to 64 bytes in base64: echo \"whsec_$(openssl rand -base64 32)\"",
        ),
        (
            "ORIGINS = { default = { url = \"https://www.example.com\" } }",
            "HOOKS[0] (id \"good\"): origin: the connector takes only what is signed with a secret: give ORIGINS.default a `secret`",
        ),
        (
            "ORIGINS = { default = { url = \"https://www.example.com\", secret = \"ORIGIN_SECRET\", key = 1 } }",
            "ORIGINS.default: key: unknown key; known here: url, secret, user",
        ),
    ] {
        let (mistakes, statuses) = judge(&GOOD.replace("ORIGIN = \"https://www.example.com\"", origin));
        assert_eq!(mistakes, [mistake], "{origin}");
        assert_eq!(statuses, [503, 404], "{origin}");
    }
    let twice = "ORIGINS = { default = { url = \"https://blog.example\", secret = \"ORIGIN_SECRET\" } }";
    let (mistakes, statuses) = judge(&format!("{twice}\n{GOOD}"));
    assert_eq!(mistakes, ["ORIGINS.default: ORIGIN is this origin already: both are closed"]);
    assert_eq!(statuses, [503, 404]);
    let (mistakes, statuses) = judge(&format!("ORIGINS = 7\n{GOOD}"));
    assert_eq!(
        (mistakes, statuses),
        (vec!["ORIGINS: must be a table of tables: [vars.ORIGINS.shop]".into()], [200, 404])
    );
}

#[test]
fn the_slug_and_the_tls_version_are_the_operators() {
    let world = World::new();
    let vars = GOOD.replace("ORIGIN =", "SLUG = \"in\"\nMIN_TLS = \"1.3\"\nORIGIN =");
    let gateway = Gateway::new(&secrets(Environment::of(&vars)), &world);
    let status = |path: &str, tls: Option<&str>| {
        world.deliver(&gateway, &Inbound::post(path).json("{\"a\":1}").header("x-api-key", KEY).tls(tls)).status
    };
    assert_eq!(status("/in/good", Some("TLSv1.3")), 200);
    for tls in [Some("TLSv1.2"), Some("TLSv1"), Some(""), None] {
        assert_eq!(status("/in/good", tls), 403, "{tls:?}");
    }
    for path in [
        "/wa-hook/good",
        "/in/good/",
        "/in//good",
        "//in/good",
        "/in/Good",
        "/in/g%6Fod",
        "/in/good/x",
        "/x/in/good",
        "/in",
    ] {
        assert_eq!(status(path, Some("TLSv1.3")), 404, "{path}");
    }
}

#[test]
fn an_origin_may_want_an_application_password_and_a_hook_another_origin() {
    let vars = hook("origin = \"shop\"").replace(
        "ORIGIN = \"https://www.example.com\"",
        "ORIGIN = \"https://www.example.com\"\nORIGINS = { shop = { url = \"https://shop.example/wp/\", secret = \"ORIGIN_SECRET\", user = \"gate\", password = \"KEY\" } }",
    );
    let world = World::new();
    let gateway = Gateway::new(&secrets(Environment::of(&vars)), &world);
    assert_eq!(world.mistakes(), [""; 0]);
    for id in ["good", "hook"] {
        world.deliver(&gateway, &Inbound::post(&format!("/wa-hook/{id}")).json("{\"a\":1}").header("x-api-key", KEY));
    }
    let sent = world.origin.sent();
    assert_eq!(
        [sent[0].url(), sent[1].url()],
        [
            "https://www.example.com/wp-json/hookgate/v1/deliveries",
            "https://shop.example/wp/wp-json/hookgate/v1/deliveries"
        ]
    );
    let authorization = |index: usize| {
        sent[index].headers().iter().find(|(name, _)| *name == "authorization").map(|(_, value)| value.as_str())
    };
    assert_eq!((authorization(0), authorization(1)), (None, Some("Basic Z2F0ZTpub3QgYSBzZWNyZXQ6IGtleQ==")));
}

/// Sites for other kinds of origin, and a hook whose `origin` is a table of these lines.
fn hook_with_origin(origin: &str) -> String {
    let sites = r#"ORIGINS.bare.url = "https://bare.example"
    ORIGINS.shop = { url = "https://shop.example", user = "gate", password = "KEY" }
    "#;
    let lines: Vec<String> = origin.split("; ").map(|line| format!("origin.{line}")).collect();
    let objects = format!("objects = {{ {OBJECTS} }}");
    format!("{sites}{}", hook(&format!("{objects}\nfields = [\"/status\"]\n{}", lines.join("\n"))))
}

const OBJECTS: &str = r#"order = { at = "/order", by = ["id"], required = true }, post = { at = "/post" }"#;
const REST: &str = r#"kind = "rest"; site = "shop"; route = "/wc/v3/orders/{order}""#;
const TRIGGER: &str =
    r#"kind = "wunderautomation"; site = "bare"; code = "abc123"; hmac = { header = "X-Mac", secret = "KEY" }"#;

#[test]
fn every_kind_of_origin_can_be_had() {
    for origin in [
        r#"kind = "connector""#,
        r#"site = "default""#,
        REST,
        r#"kind = "rest"; site = "shop"; route = "/no/place""#,
        TRIGGER,
        &TRIGGER.replace("bare", "shop"),
        &format!("{TRIGGER}; slug = \"in\"; parameters = {{ order = \"id\" }}"),
        &format!(
            "{TRIGGER}; basic = {{ user = \"gate\", password = \"KEY\" }}; key = {{ header = \"X_Key\", secret = \"KEY\" }}"
        ),
        r#"kind = "wunderautomation"; code = "abc123"; key = { header = "Authorization", secret = "KEY" }"#,
    ] {
        let (mistakes, _) = judge(&hook_with_origin(origin));
        assert_eq!(mistakes, [""; 0], "{origin}");
    }
}

#[test]
fn a_mistake_in_where_a_hook_goes_closes_it() {
    let rest = |route: &str| format!("kind = \"rest\"; site = \"shop\"; route = \"{route}\"");
    let trigger = |more: &str| format!("{TRIGGER}; {more}");
    let cases = [
        ("kind = \"soap\"".to_owned(), "origin.kind: must be \"connector\", \"rest\" or \"wunderautomation\""),
        ("site = \"nowhere\"".into(), "origin.site: there is no origin \"nowhere\" in ORIGIN or ORIGINS"),
        (
            "site = \"bare\"".into(),
            "origin.site: the connector takes only what is signed with a secret: give ORIGINS.bare a `secret`",
        ),
        ("kind = \"connector\"; route = \"/a\"".into(), "origin.route: unknown key; known here: site, kind"),
        (
            "kind = \"rest\"; site = \"shop\"".into(),
            "origin.route: is missing: a path below the site, such as /wp-json/wc/v3/orders/{order}",
        ),
        (
            rest("wc/v3"),
            "origin.route: must be a path such as /wp-json/wc/v3/orders/{order}, in visible ASCII without `#` and `\\`",
        ),
        (rest("/a/../b"), "origin.route: may not have a step of dots"),
        (rest("/?rest%5Froute=/wc/v3/orders/{order}"), "origin.route: may not have `%` in its query"),
        (rest("/{product}"), "origin.route: may have {post}, {user}, {comment} and {order}, and no other braces"),
        (rest("/{user}"), "origin.route: {user} needs an object user of this hook with required = true"),
        (rest("/{post}"), "origin.route: {post} needs an object post of this hook with required = true"),
        (
            REST.replace("shop", "bare"),
            "origin.site: a REST route wants an application password: give ORIGINS.bare a `user` and a `password`",
        ),
        (
            REST.replace("shop", "default"),
            "origin.site: a REST route wants an application password: set ORIGIN_USER and the secret ORIGIN_PASSWORD",
        ),
        (format!("{REST}; code = \"abc\""), "origin.code: unknown key; known here: site, kind, route"),
        (
            TRIGGER.replace("code = \"abc123\"; ", ""),
            "origin.code: is missing: the code of the workflow's webhook trigger",
        ),
        (TRIGGER.replace("abc123", "ABC"), "origin.code: must be 1 to 64 of a-z, 0-9, `-`, `_`"),
        (trigger("slug = \"a/b\""), "origin.slug: must be 1 to 64 of a-z, 0-9, `-`, `_`"),
        (
            "kind = \"wunderautomation\"; site = \"bare\"; code = \"abc123\"".into(),
            "origin: needs basic, key or hmac: a trigger that checks nothing runs for anybody",
        ),
        (trigger("parameters = { user = \"u\" }"), "origin.parameters.user: unknown key; known here: post, order"),
        (trigger("parameters = { order = \"\" }"), "origin.parameters.order: must be a text that is not empty"),
        (
            trigger("parameters = { order = \"status\" }"),
            "origin.parameters: \"status\" is the name of a field, too: the body has it once",
        ),
        (
            trigger("parameters = { order = \"post_id\" }"),
            "origin.parameters: \"post_id\" is the name of two objects: the body has it once",
        ),
        (trigger("basic = { password = \"KEY\" }"), "origin.basic.user: is missing: the user name the gate presents"),
        (
            trigger("basic = { user = \"a:b\", password = \"KEY\" }"),
            "origin.basic.user: may not have a colon: it ends the user name (RFC 7617)",
        ),
        (trigger("basic = { user = \"gate\" }"), "origin.basic.password: is missing: the name of a Worker secret"),
        (
            trigger("basic = { user = \"gate\", password = \"SHORT\" }"),
            "origin.basic.password: the secret SHORT is shorter than 12 bytes",
        ),
        (
            trigger("basic = { user = \"gate\", password = \"KEY\", scheme = 1 }"),
            "origin.basic.scheme: unknown key; known here: user, password",
        ),
        (
            trigger("basic = { user = \"gate\", password = \"KEY\" }").replace("bare", "shop"),
            "origin.basic: does not go with the application password of the site: a request has one of them",
        ),
        (
            trigger("key = { secret = \"KEY\" }"),
            "origin.key.header: is missing: the header in which the trigger expects it, such as X-Api-Key",
        ),
        (
            trigger("key = { header = \"X Key\", secret = \"KEY\" }"),
            "origin.key.header: must be a header name: letters, digits, `-`, `_`",
        ),
        (
            trigger("key = { header = \"X_Mac\", secret = \"KEY\" }"),
            "origin.hmac.header: is a header that the request has already",
        ),
        (
            trigger("key = { header = \"Content_Type\", secret = \"KEY\" }"),
            "origin.key.header: is a header that the request has already",
        ),
        (
            trigger("key = { header = \"Webhook-Id\", secret = \"KEY\" }"),
            "origin.key.header: is a header that the request has already",
        ),
        (
            trigger("key = { header = \"Authorization\", secret = \"KEY\" }").replace("bare", "shop"),
            "origin.key.header: is a header that the request has already",
        ),
        (trigger("key = { header = \"X-Key\" }"), "origin.key.secret: is missing: the name of a Worker secret"),
        (
            trigger("key = { header = \"X-Key\", secret = \"MISSING_KEY\" }"),
            "origin.key.secret: is not set: npx wrangler secret put MISSING_KEY",
        ),
        (
            trigger("key = { header = \"X-Key\", secret = \"UMLAUTS\" }"),
            "origin.key.secret: must be visible ASCII: it goes into a header as it is",
        ),
        (
            trigger("key = { header = \"X-Key\", secret = \"KEY\", hash = 1 }"),
            "origin.key.hash: unknown key; known here: header, secret",
        ),
    ];
    for (origin, mistake) in cases {
        let (mistakes, statuses) = judge(&hook_with_origin(&origin));
        assert_eq!(mistakes, [format!("HOOKS[1] (id \"hook\"): {mistake}")], "{origin}");
        assert_eq!(statuses, [200, 503], "{origin}");
    }
    let list = hook_with_origin(TRIGGER).replace("/status", "/*/status");
    assert_eq!(
        judge(&list.replace(OBJECTS, "")).0,
        [
            "HOOKS[1] (id \"hook\"): origin.kind: \"wunderautomation\" takes a table, and the fields of this hook are a list"
        ]
    );
}

#[test]
fn what_steers_a_rest_route_is_an_id_and_nothing_else() {
    let judge = |route: &str, objects: &str| {
        let vars = hook_with_origin(&format!("kind = \"rest\"; site = \"shop\"; route = \"{route}\""));
        judge(&vars.replace(OBJECTS, objects))
    };
    let mistake = |place: &str, part: &str| {
        format!(
            "HOOKS[1] (id \"hook\"): origin.route: {{{place}}} in {part} needs by = [\"id\"]: another identifier could name another route"
        )
    };
    let any = r#"user = { at = "/user", required = true }, order = { at = "/order", required = true }, comment = { at = "/comment", required = true }"#;
    for (route, place, part) in [
        ("/wp/v2/users/{user}", "user", "the path"),
        ("/wc/v3/orders/{order}", "order", "the path"),
        ("/{order}?a={user}", "order", "the path"),
        ("/?rest_route=/wp/v2/users/{user}", "user", "a query with rest_route"),
        ("/?a={user}&rest_route=/b", "user", "a query with rest_route"),
        ("/?rest.route=/wp/v2/users/{user}", "user", "a query with rest_route"),
        ("/?{user}=/wp/v2/users", "user", "the name of a parameter"),
    ] {
        assert_eq!(judge(route, any), (vec![mistake(place, part)], [200, 503]), "{route}");
        let by = |by: &str| any.replace("required", &format!("by = [{by}], required"));
        assert_eq!(judge(route, &by("\"id\"")).0, [""; 0], "{route}");
    }
    let login = any.replace("\"/user\"", "\"/user\", by = [\"id\", \"login\"]");
    assert_eq!(judge("/wp/v2/users/{user}", &login).0, [mistake("user", "the path")]);
    for route in ["/wp/v2/comments/{comment}", "/wp/v2/comments/{comment}?by={user}&for=order-{order}"] {
        assert_eq!(judge(route, any).0, [""; 0], "{route}");
    }
}

#[test]
fn a_site_without_a_secret_is_closed_to_the_connector_alone() {
    let world = World::new();
    let vars = format!(
        "ORIGIN_USER = \"gate\"\n{}",
        hook("").replace("id = \"hook\"", "id = \"hook\"\norigin = { kind = \"rest\", route = \"/a\" }")
    );
    let environment = Environment::of(&vars).secret("KEY", KEY).secret("ORIGIN_PASSWORD", KEY);
    let gateway = Gateway::new(&environment, &world);
    assert_eq!(
        world.mistakes(),
        [
            "HOOKS[0] (id \"good\"): origin: the connector takes only what is signed with a secret: npx wrangler secret put ORIGIN_SECRET"
        ]
    );
    let post = |id: &str| Inbound::post(&format!("/wa-hook/{id}")).json("{\"a\":1}").header("x-api-key", KEY);
    assert_eq!(
        [world.deliver(&gateway, &post("good")).status, world.deliver(&gateway, &post("hook")).status],
        [503, 200]
    );
    let sent = &world.origin.sent()[0];
    assert!(sent.headers().iter().all(|(name, _)| !name.starts_with("webhook-")), "{sent:?}");
    let asleep = Environment::of(&GOOD.replace("enabled = true", "enabled = false")).secret("KEY", KEY);
    let world = World::new();
    let _ = Gateway::new(&asleep, &world);
    assert_eq!(world.mistakes(), [""; 0], "of a disabled hook no secret need be set yet");
}

#[test]
fn a_live_hook_whose_origin_keeps_no_keys_says_so_at_the_start() {
    let notices = |vars: &str| -> Vec<String> {
        let world = World::new();
        let _ = Gateway::new(&secrets(Environment::of(vars)), &world);
        let lines = world.log().into_iter().filter(|line| line.starts_with("{\"notice\":"));
        lines.collect()
    };
    let notice = |kind: &str| {
        format!(
            "{{\"notice\":\"hook hook goes to a {kind} origin, which keeps no idempotency keys: a delivery that comes twice at once, or again before KV has told everybody of it, may run twice: replay = \\\"strict\\\" prevents that\"}}"
        )
    };
    assert_eq!(notices(&hook_with_origin(REST)), [notice("rest")]);
    assert_eq!(notices(&hook_with_origin(TRIGGER)), [notice("wunderautomation")]);
    assert_eq!(notices(&hook_with_origin("kind = \"connector\"")), [""; 0]);
    let strict = hook_with_origin(REST).replace("id = \"hook\"", "id = \"hook\"\nreplay = \"strict\"");
    assert_eq!(notices(&strict), [""; 0], "its ledger lets nothing run twice");
    let asleep = |line: &str| hook_with_origin(REST).replace("id = \"hook\"", &format!("id = \"hook\"\n{line}"));
    assert_eq!(notices(&asleep("mode = \"observe\"")), [""; 0], "it forwards nothing");
    assert_eq!(notices(&hook_with_origin(REST).replace("enabled = true", "")), [""; 0], "nor does a disabled one");
}
