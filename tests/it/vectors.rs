//! Proven vectors: requests whose verdict is known, through the gate as the Worker runs it. `fixtures/vectors.json` has
//! verdicts of the vendors' own verifiers, `fixtures/providers.json` what their documentation says, made without the
//! gate's tables. `HOOKGATE_VECTORS` names another file, or a folder of them, to be judged in their place.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use base64ct::{Base64, Encoding as _};
use hookgate::catalogue::providers;
use hookgate::gateway::Gateway;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::world::{Environment, Inbound, World};

/// One request, and what a strict receiver says to it.
#[derive(Debug, Deserialize)]
struct Vector {
    id: String,
    provider: String,
    scheme: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    secret: Option<Value>,
    #[serde(default = "post")]
    method: String,
    url: String,
    headers: BTreeMap<String, Value>,
    #[serde(default)]
    body: Option<String>,
    #[serde(default)]
    body_base64: Option<String>,
    now: f64,
    valid: bool,
    normative: bool,
}

fn post() -> String {
    "POST".into()
}

/// Of each committed file so many are judged, and rightly; the rest is unsupported.
const FILES: [(&str, usize); 2] = [("fixtures/vectors.json", 434), ("fixtures/providers.json", 64)];

/// What the gate says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Verdict {
    Proven,
    Refused,
    Unsupported(String),
}

/// The choices that vectors leave to a receiver (`normative` is false): how their ids end, whether Hookgate takes the
/// request, and why. The first line that fits counts.
const CHOICES: [(&str, bool, &str); 46] = [
    (
        "twilio/https-port-stripped",
        false,
        "`url` is what the sender signs, to the letter: the operator writes its port or leaves it out",
    ),
    ("twilio/https-port-443-added", false, "the same"),
    ("twilio/http-port-80-added", false, "the same"),
    ("twilio/special-characters", false, "the same: its escapes are the sender's"),
    (
        "twilio/boundary-shifted",
        true,
        "nothing stands between names and values: nobody can tell, and both are one delivery",
    ),
    ("twilio/boundary-absorbed", true, "the same"),
    ("mandrill/test-webhook-key", false, "a key that everybody knows proves nothing"),
    (
        "adyen/item/colon-ambiguity-accepted",
        false,
        "of the eight fields the merchant's reference alone may have a colon",
    ),
    ("adyen/item/base64-whitespace", false, "base64 has one spelling"),
    ("braintree/payload-newline-variant", false, "what is signed is what is sent: nothing is added until it fits"),
    ("mailgun/legacy-form-duplicate-fields", false, "a parameter that is signed is there once"),
    ("mailgun/uppercase", false, "a signature has one spelling"),
    ("box/future-1s", true, "clocks differ: the tolerance is for both sides"),
    ("contentful/age-30s", true, "the last millisecond of the tolerance is within it"),
    ("authorize-net/lowercase", true, "Authorize.Net has written both cases, and neither can be taken for the other"),
    ("-hex", false, "a signature has one spelling, and this sender writes lower case"),
    ("/uppercase", false, "the same"),
    ("line/hmac-sha256-base64/base64url-alphabet", true, "the two alphabets write these bytes alike"),
    ("typeform/sha256-base64/base64url-alphabet", true, "the same"),
    ("intuit/hmac-sha256-base64/base64url-alphabet", true, "the same"),
    ("/base64url-alphabet", false, "the other alphabet is another spelling"),
    ("/base64-unpadded", false, "so is base64 without its padding"),
    ("/padded-base64", false, "and base64url with it"),
    ("/duplicate-same", false, "a header is there once, or it cannot be said which one counts"),
    ("/duplicate", false, "the same"),
    ("/duplicate-header-joined", false, "the same"),
    ("/duplicate-header-second-good", false, "the same"),
    ("/duplicate-t-last-wins", false, "a list has one timestamp: the other one could be the signed one"),
    ("-junk", false, "nothing may follow a signature"),
    ("/trailing-garbage-after-equals", false, "the same"),
    ("spaces-after-comma", false, "a space belongs to a list only where the sender writes one"),
    ("/space-after-comma", false, "the same"),
    ("/id-header-missing", true, "an id that is not signed proves nothing, and is not asked for"),
    ("svix/v1/unbranded-headers", false, "`svix` reads svix-*; where headers are webhook-*, it is `standard-webhooks`"),
    ("/webhook-prefixed-headers", false, "the same"),
    ("/percent-encoded-url", false, "`url` is what HubSpot signs: the operator writes its escapes decoded"),
    ("/url-body-boundary-shift", true, "`url` is the operator's: no sender can move its last character"),
    ("workos/swapped-order", true, "items of a list are known by their labels, not by their order"),
    ("workos/no-space", true, "the space may be there, for a proxy may take it away"),
    ("/boundary-5s", true, "300 s: Paddle's own 5 s lose deliveries to a clock that is a little off"),
    ("/boundary-300s", true, "the last millisecond of the tolerance is within it"),
    ("/boundary-300s-old", true, "the same"),
    ("/boundary-300s-future", true, "the same"),
    ("linear/boundary-60s", true, "the same"),
    ("elevenlabs/age-29min", true, "the sender's own tolerance is 30 minutes"),
    ("/nan-timestamp", false, "a timestamp is a number"),
];

/// Beyond the tolerance in either direction nothing is fresh, whatever the sender's own verifier says.
const NEVER_FRESH: [&str; 6] = ["future", "later", "stale", "age-30s", "years", "iat"];

/// The presets for schemes that are not a provider's first.
const SCHEMES: [(&str, &str, &str); 11] = [
    ("twilio", "sharedkey-sha256", "twilio-sharedkey"),
    ("github", "sha1-legacy", "github-sha1"),
    ("meta", "sha1-legacy", "meta-sha1"),
    ("gitlab", "token", "gitlab-token"),
    ("flutterwave", "verif-hash", "flutterwave-v3"),
    ("hubspot", "v1", "hubspot-v1"),
    ("hubspot", "v2", "hubspot-v2"),
    ("adyen", "platform-header", "adyen-platform"),
    ("standard-webhooks", "v1a", "standard-webhooks-ed25519"),
    ("wunderautomation", "api-key-header", "wunderautomation-key"),
    ("wunderautomation", "basic-auth", "basic"),
];

fn preset(vector: &Vector) -> &str {
    let own = SCHEMES.iter().find(|(provider, scheme, _)| (*provider, *scheme) == (&vector.provider, &vector.scheme));
    match own {
        Some((_, _, preset)) => preset,
        None if vector.provider == "twilio" && vector.url.contains("bodySHA256=") => "twilio-json",
        None if vector.provider == "mailgun" && is_form(vector) => "mailgun-form",
        None if vector.provider == "postmark" => "basic",
        None => &vector.provider,
    }
}

fn header<'v>(vector: &'v Vector, name: &str) -> Option<&'v Value> {
    vector.headers.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Vectors of forms may leave out the media type.
fn is_form(vector: &Vector) -> bool {
    match header(vector, "content-type") {
        Some(value) => value.as_str().is_some_and(|value| value.contains("form")),
        None => ["twilio", "plivo"].contains(&vector.provider.as_str()),
    }
}

/// Why there is no preset for these.
const WITHOUT_PRESET: [(&str, &str); 2] = [
    ("atlassian-connect", "a JWT that covers the URL, and nothing of the body"),
    ("aws-sns", "a certificate from the network"),
];

/// RFC 2104 §2 pads a key with zeros to the block of its hash: a short secret and the same one with zeros after it are
/// one key. The gate takes none below 12 bytes, and vendors' samples are often shorter.
fn padded(secret: &str) -> String {
    let zeros = 12_usize.saturating_sub(secret.len());
    format!("{secret}{}", "\0".repeat(zeros))
}

/// A bare hash is of the secret with the body after it: what leaves the one for the other changes nothing. The secret
/// that is long enough, and how many bytes of the body it has.
fn lengthened(secret: &str, body: &str) -> (String, usize) {
    let wanted = body.char_indices().map(|(at, _)| at).find(|at| secret.len() + at >= 12);
    let moved = wanted.unwrap_or(body.len());
    (format!("{secret}{}", &body[..moved]), moved)
}

fn judge(vector: &Vector) -> Verdict {
    let asks = vector.category == "handshake";
    if asks && ["asana", "braintree"].contains(&vector.provider.as_str()) {
        return Verdict::Unsupported("a handshake that the gate does not answer".into());
    }
    let preset = preset(vector);
    let secret = match &vector.secret {
        Some(Value::String(secret)) => secret,
        // Nothing has signed it: it must not pass for any secret.
        None if !vector.valid => "not a secret: none",
        _ => return Verdict::Unsupported("it has no single secret".into()),
    };
    let mut mechanism = json!({ "scheme": preset, "secrets": ["VECTOR_SECRET"] });
    let whole = preset == "recharge" || preset == "basic" || preset.ends_with("-key") || preset.ends_with("-token");
    // Who asks without a signature has no secret.
    let secret = if asks && secret.is_empty() { "not a secret: vectors" } else { secret };
    let mut secret = if whole { secret.trim().into() } else { padded(secret.trim()) };
    let mut moved = 0;
    if preset == "recharge" {
        (secret, moved) = lengthened(&secret, vector.body.as_deref().unwrap_or(""));
    }
    if preset == "basic" {
        let (user, password) = secret.split_once(':').unwrap_or(("", ""));
        mechanism["user"] = user.into();
        secret = password.into();
    }
    if asks && preset == "meta" {
        mechanism["verify_token"] = "VECTOR_SECRET".into();
    }
    if providers().iter().any(|provider| provider.name == preset && provider.signs_url) {
        // The hash is of the sender's making, and a hook has https.
        let url = vector.url.split("&bodySHA256=").next().unwrap_or("").replace("http://", "https://");
        mechanism["url"] = url.into();
    }
    if preset == "box" {
        mechanism["secrets"] = json!(["VECTOR_SECRET", "VECTOR_SECOND"]);
    }
    let (secret, second) = secret.split_once('|').filter(|_| preset == "box").unwrap_or((&secret, ""));
    let form = preset == "mandrill" || !asks && is_form(vector);
    let hook = json!({
        "id": "vector", "enabled": true, "owner": "tests", "on_failure": "reply", "mode": "observe", "methods": [if asks { "POST" } else { vector.method.as_str() }],
        "media": if form { "form" } else { "json" }, "max_body": "1MiB", "auth": [mechanism],
    });
    let environment = Environment::default()
        .var("ORIGIN", "https://www.example.com")
        .var("HOOKS", json!([hook]))
        .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
        .secret("VECTOR_SECRET", secret)
        .secret("VECTOR_SECOND", second);
    let world = World::new();
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "unix seconds")]
    world.set_now((vector.now * 1_000.0) as u64);
    let gateway = Gateway::new(&environment, &world);
    if let Some(mistake) = world.mistakes().first() {
        let known = WITHOUT_PRESET.iter().find(|(provider, _)| *provider == vector.provider);
        let why = known.map_or_else(|| mistake.replace("HOOKS[0] (id \"vector\"): ", ""), |(_, why)| (*why).into());
        return Verdict::Unsupported(why);
    }
    let body = match (&vector.body, &vector.body_base64) {
        (_, Some(base64)) => Base64::decode_vec(base64).expect("body_base64 is base64"),
        (body, None) => body.as_deref().unwrap_or("")[moved..].into(),
    };
    let query = vector.url.split_once('?').map_or("", |(_, query)| query);
    let mut request = Inbound::post(&format!("/wa-hook/vector?{query}")).method(&vector.method).body(body);
    for (name, value) in &vector.headers {
        let values = value.as_array().map_or_else(|| vec![value], |all| all.iter().collect());
        for value in values.into_iter().filter_map(Value::as_str) {
            request = request.header(name, value);
        }
    }
    if header(vector, "content-type").is_none() {
        let media = if form { "application/x-www-form-urlencoded" } else { "application/json" };
        request = request.header("content-type", media);
    }
    let reply = world.deliver(&gateway, &request);
    let audit = world.audit().pop().expect("one entry");
    if asks {
        let answered = audit["outcome"] == "handshake";
        // What is answered is told in words.
        let known = [&vector.note, &vector.url, vector.body.as_ref().unwrap_or(&vector.note)];
        assert!(!answered || known.iter().any(|text| text.contains(&reply.body)), "{}: {}", vector.id, reply.body);
        return if answered { Verdict::Proven } else { Verdict::Refused };
    }
    match (reply.status, audit["auth"].as_array().is_some_and(|auth| !auth.is_empty())) {
        (401, false) => Verdict::Refused,
        // Of a body that is not JSON, only the sender is proven here.
        (200 | 400, true) => Verdict::Proven,
        other => Verdict::Unsupported(format!("{other:?}: {audit}")),
    }
}

/// What Hookgate has decided for a vector that leaves it the choice.
fn choice(vector: &Vector) -> Option<bool> {
    let listed = CHOICES.iter().find(|(ending, ..)| vector.id.ends_with(ending)).map(|(_, proven, _)| *proven);
    listed.or_else(|| NEVER_FRESH.iter().any(|word| vector.id.contains(word)).then_some(false))
}

fn expected(vector: &Vector) -> bool {
    if vector.normative { vector.valid } else { choice(vector).unwrap_or(vector.valid) }
}

/// Right, wrong and unsupported of a provider.
#[derive(Debug, Default)]
struct Tally {
    right: usize,
    wrong: Vec<String>,
    unsupported: Vec<String>,
}

fn tally(vectors: &[Vector]) -> BTreeMap<&str, Tally> {
    let mut providers: BTreeMap<&str, Tally> = BTreeMap::new();
    for vector in vectors {
        let tally = providers.entry(&vector.provider).or_default();
        match judge(vector) {
            Verdict::Unsupported(why) => tally.unsupported.push(why),
            verdict if (verdict == Verdict::Proven) == expected(vector) => tally.right += 1,
            verdict => tally.wrong.push(format!("{} (normative: {}) is {verdict:?}", vector.id, vector.normative)),
        }
    }
    providers
}

/// A line for each provider, and under it what is wrong and why something is unsupported.
fn summary(providers: &BTreeMap<&str, Tally>) -> String {
    let mut lines = Vec::new();
    for (provider, Tally { right, wrong, unsupported }) in providers {
        lines.push(format!("{provider}: {right} right, {} wrong, {} unsupported\n", wrong.len(), unsupported.len()));
        lines.extend(wrong.iter().map(|line| format!("  wrong: {line}\n")));
        let reasons: BTreeSet<&String> = unsupported.iter().collect();
        lines.extend(reasons.iter().map(|reason| format!("  unsupported: {reason}\n")));
    }
    lines.concat()
}

/// What is in one of the repository's own files.
fn committed(name: &str) -> Vec<Vector> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
}

/// Where nothing is decided, a vector counts as it suggests; for the vectors of this repository all is decided.
#[test]
fn every_choice_is_made() {
    let vectors: Vec<Vector> = FILES.iter().flat_map(|(name, _)| committed(name)).collect();
    let open = vectors.iter().filter(|vector| !vector.normative && choice(vector).is_none());
    let open: Vec<&str> = open
        .filter(|vector| !matches!(judge(vector), Verdict::Unsupported(_)))
        .map(|vector| vector.id.as_str())
        .collect();
    assert_eq!(open, [""; 0]);
}

/// The presets of which a file has a request that is to pass, and does.
fn proven(name: &str) -> BTreeSet<String> {
    let vectors = committed(name);
    let passes = |vector: &&Vector| vector.valid && vector.normative && judge(vector) == Verdict::Proven;
    vectors.iter().filter(passes).map(|vector| preset(vector).to_owned()).collect()
}

#[test]
fn every_provider_has_a_request_that_passes() {
    let proven: BTreeSet<String> = FILES.iter().flat_map(|(name, _)| proven(name)).collect();
    let all = providers();
    let missing: Vec<&str> = all.iter().map(|own| own.name).filter(|name| !proven.contains(*name)).collect();
    assert_eq!(missing, [""; 0], "fixtures/providers.json wants a vector for each of these");
}

/// README says how many providers have proof, and of which kind.
#[test]
fn readme_counts_what_is_proven() {
    let (elsewhere, all) = (proven(FILES[0].0), providers());
    let count = all.iter().filter(|provider| elsewhere.contains(provider.name)).count();
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let sentence = format!("Of {count} of the {} rows", all.len());
    assert!(readme.contains(&sentence), "{sentence}");
}

fn read(path: &Path) -> Vec<Vector> {
    if path.is_dir() {
        let mut files: Vec<PathBuf> = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.is_dir() || file.extension().is_some_and(|ending| ending == "json"));
        files.sort();
        return files.iter().flat_map(|file| read(file)).collect();
    }
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Vectors of others, in a folder: right and wrong are counted, and what cannot be judged is told with the reason.
#[test]
fn a_folder_of_vectors_is_summed_up_by_provider() {
    let folder = env::temp_dir().join(format!("hookgate-vectors-{}", std::process::id()));
    fs::create_dir_all(folder.join("more")).unwrap();
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(FILES[0].0)).unwrap();
    let all: Vec<Value> = serde_json::from_str(&text).unwrap();
    let of = |id: &str| all.iter().find(|vector| vector["id"] == id).unwrap().clone();
    let mut wrong = of("recharge/tampered");
    wrong["valid"] = true.into();
    let short = json!({ "provider": "gitea", "scheme": "", "url": "", "headers": {}, "now": 0, "valid": true, "normative": true, "id": "a", "secret": ["a", "b"] });
    fs::write(folder.join("one.json"), json!([of("recharge/valid"), wrong, short]).to_string()).unwrap();
    fs::write(folder.join("more").join("two.json"), json!([of("recharge/real-hmac")]).to_string()).unwrap();
    fs::write(folder.join("readme.txt"), "no vectors").unwrap();
    let vectors = read(&folder);
    fs::remove_dir_all(&folder).unwrap();
    let expected = "gitea: 0 right, 0 wrong, 1 unsupported\n  unsupported: it has no single secret\n\
        recharge: 2 right, 1 wrong, 0 unsupported\n  wrong: recharge/tampered (normative: true) is Refused\n";
    assert_eq!(summary(&tally(&vectors)), expected);
}

fn judge_all(vectors: &[Vector]) -> [usize; 2] {
    let providers = tally(vectors);
    // Not by `print!`, which cargo shows of failed tests only.
    let _ = io::stdout().lock().write_all(summary(&providers).as_bytes());
    let wrong: Vec<&String> = providers.values().flat_map(|tally| &tally.wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let count = |of: fn(&Tally) -> usize| providers.values().map(of).sum::<usize>();
    [count(|tally| tally.right), count(|tally| tally.unsupported.len())]
}

#[test]
fn every_vector_gets_its_verdict() {
    if let Some(path) = env::var_os("HOOKGATE_VECTORS") {
        let vectors = read(&PathBuf::from(path));
        assert!(!vectors.is_empty(), "HOOKGATE_VECTORS names no file that holds vectors");
        judge_all(&vectors);
        return;
    }
    for (name, right) in FILES {
        let vectors = committed(name);
        assert_eq!(judge_all(&vectors), [right, vectors.len() - right], "{name}");
        assert!(name == FILES[0].0 || vectors.len() == right, "{name} has vectors that nothing judges");
    }
}
