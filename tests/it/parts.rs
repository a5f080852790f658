//! Promises about senders that sign a form, or parts of a request: who has captured one delivery can change what is
//! not signed, and gains nothing by it.

use hookgate::gateway::Gateway;
use hookgate::sign::{Signed, Unsigned, sign};
use serde_json::{Value, json};

use crate::world::{Environment, Inbound, START, World, var};

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const URL: &str = "https://hooks.example.com/wa-hook/sender";

/// A hook of one scheme in a world of its own.
struct Sender {
    mechanism: Value,
    secret: &'static str,
    world: World,
    gateway: Gateway,
}

impl Sender {
    fn new(scheme: &str, more: &Value) -> Self {
        let sender = Self::configured(scheme, more);
        assert_eq!(sender.world.mistakes(), [""; 0], "{scheme}");
        sender
    }

    fn configured(scheme: &str, more: &Value) -> Self {
        let mut mechanism = json!({ "scheme": scheme, "secrets": ["SENDER_SECRET"] });
        let urls = ["twilio", "twilio-json", "twilio-sharedkey", "mandrill", "plivo", "contentful"];
        if urls.contains(&scheme) {
            mechanism["url"] = URL.into();
        }
        let secret = if scheme == "braintree" { "public_key|private_key" } else { SECRET };
        let mut hook =
            json!({ "id": "sender", "enabled": true, "owner": "tests", "on_failure": "reply", "auth": [mechanism] });
        for (key, value) in more.as_object().unwrap() {
            hook[key] = value.clone();
        }
        let environment = Environment::default()
            .var("ORIGIN", "https://www.example.com")
            .var("HOOKS", json!([hook]))
            .secret("ORIGIN_SECRET", "whsec_bm90IGEgc2VjcmV0OiBmaXh0dXJlcyBvbmx5")
            .secret("SENDER_SECRET", secret);
        let world = World::new();
        let gateway = Gateway::new(&environment, &world);
        Self { mechanism, secret, world, gateway }
    }

    fn signed(&self, body: &str) -> Signed {
        let request = Unsigned { method: "POST", body: body.as_bytes(), id: "a1", now: START };
        sign(&var(&self.mechanism), self.secret, request).unwrap()
    }

    /// Status and outcome.
    fn send(&self, request: &Signed) -> (u16, String) {
        let inbound = Inbound::post(&format!("/wa-hook/sender?{}", request.query));
        let body = request.body.clone();
        let inbound = if request.form { inbound.form(body) } else { inbound.json(body) };
        let inbound = request.headers.iter().fold(inbound, |inbound, (name, value)| inbound.header(name, value));
        let status = self.world.deliver(&self.gateway, &inbound).status;
        let audit = self.world.audit().pop().unwrap();
        (status, audit["outcome"].as_str().unwrap().to_owned())
    }

    #[track_caller]
    fn ends(&self, what: &str, request: &Signed, status: u16, outcome: &str) {
        assert_eq!(self.send(request), (status, outcome.to_owned()), "{what}: {}", text(request));
    }

    #[track_caller]
    fn refuses(&self, what: &str, request: &Signed) {
        assert_eq!(self.send(request).0, 401, "{what}: {}", text(request));
    }

    fn fields(&self) -> Value {
        let sent = self.world.origin.sent().pop().unwrap();
        let payload: Value = serde_json::from_slice(sent.body().as_bytes()).unwrap();
        payload["fields"].clone()
    }
}

fn text(request: &Signed) -> String {
    String::from_utf8(request.body.clone()).unwrap()
}

fn with(request: &Signed, body: &str) -> Signed {
    Signed { body: body.into(), ..request.clone() }
}

fn changed(request: &Signed, from: &str, to: &str) -> Signed {
    let body = text(request);
    assert!(body.contains(from), "{body}");
    with(request, &body.replace(from, to))
}

#[test]
fn a_form_that_is_signed_alike_is_the_same_delivery() {
    for scheme in ["twilio", "twilio-sharedkey", "mandrill"] {
        let sender = Sender::new(scheme, &json!({ "fields": ["/Body", "/From"] }));
        let request = sender.signed("Body=hello&From=%2B1555&Id=1&Id=2");
        sender.ends("as it was sent", &request, 200, "delivered");
        assert_eq!(sender.fields(), json!({ "Body": "hello", "From": "+1555" }), "{scheme}");
        for again in [
            "From=%2B1555&Body=hello&Id=2&Id=1",
            "Body=%68ello&From=%2b1555&Id=1&Id=2",
            "Body=hello&Body=hello&From=%2B1555&Id=1&Id=2",
            "Bodyh=ello&From=%2B1555&Id=1&Id=2",
            "Body=helloFrom%2B1555&Id=1&Id=2",
            "Body=hello&From=%2B1555&Id=1Id2",
        ] {
            let (status, outcome) = sender.send(&with(&request, again));
            assert_eq!((status, outcome.as_str()), (200, "duplicate"), "{again}");
        }
        assert_eq!(sender.world.origin.sent().len(), 1, "{scheme}");
        for wrong in [
            "",
            "Body=hello&From=%2B1555&Id=1&Id=2&X=1",
            "Body=hello&From=%2B1555&Id=1",
            "Body=hello&From=+1555&Id=1&Id=2",
            "Body=hello&From=%2B1555&Id=1&Id=2&",
            "Body=hello&From=%2B1555&Id=1&Id=2&Id",
            "=Bodyhello&From=%2B1555&Id=1&Id=2",
            "Bodyhello&From=%2B1555&Id=1&Id=2",
            "Body=hello&From=%2B1555&Id=1&Id=2%00",
            "Body=hello&From=%2B1555&Id=1&Id=2%FF",
            r#"{"Body":"hello"}"#,
        ] {
            sender.refuses(scheme, &with(&request, wrong));
        }
        let json = Signed { form: false, ..request.clone() };
        assert_eq!(sender.send(&json).0, 415, "{scheme}: a form is not read as JSON");
    }
}

#[test]
fn a_nonce_has_no_part_of_the_form() {
    let sender = Sender::new("plivo", &json!({ "fields": ["/Text"] }));
    let request = sender.signed("Text=a.b&To=1");
    sender.ends("as it was sent", &request, 200, "delivered");
    sender.ends("again", &request, 200, "duplicate");
    // `…Texta.bTo1` and `.a1`: what ends in another place is signed alike.
    let dotted = sender.signed("Text=a.b");
    let mut shifted = with(&dotted, "Text=a");
    shifted
        .headers
        .iter_mut()
        .filter(|(name, _)| name.ends_with("Nonce"))
        .for_each(|(_, nonce)| *nonce = "b.a1".into());
    sender.refuses("a nonce with a part of the form", &shifted);
    for list in ["{},", ",{}", "{},AP8", "{} ,{}", "{};{}"] {
        let mut listed = request.clone();
        let value = listed.headers[0].1.clone();
        listed.headers[0].1 = list.replace("{}", &value);
        sender.refuses(list, &listed);
    }
}

#[test]
fn the_hash_of_a_body_is_its_own_and_not_what_the_query_says() {
    let sender = Sender::new("twilio-json", &json!({ "fields": ["/a"] }));
    let request = sender.signed(r#"{"a":1}"#);
    assert!(request.query.starts_with("bodySHA256="), "{}", request.query);
    sender.refuses("another body", &with(&request, r#"{"a":2}"#));
    sender.ends("as it was sent", &request, 200, "delivered");
    let other = Signed { query: "bodySHA256=00".into(), ..request.clone() };
    sender.ends("a query is nobody's", &other, 200, "duplicate");
    // What Twilio signs for a form is the URL alone, if there is nothing in it.
    let form = Sender::new("twilio", &json!({}));
    form.refuses("JSON's signature for a form", &Signed { form: true, ..request });
}

const ITEM: &str = "/notificationItems/0/NotificationRequestItem";

fn adyen(reference: &str) -> String {
    let item = json!({
        "pspReference": "8835", "merchantAccountCode": "shop", "merchantReference": reference, "reason": "none",
        "amount": { "value": 1000, "currency": "EUR" }, "eventCode": "AUTHORISATION", "success": "true",
    });
    json!({ "live": "false", "notificationItems": [{ "NotificationRequestItem": item }] }).to_string()
}

#[test]
fn an_item_of_adyen_says_what_it_has_signed_and_nothing_else() {
    let fields = ["pspReference", "merchantReference", "amount/value", "success"].map(|name| format!("{ITEM}/{name}"));
    let order = json!({ "at": format!("{ITEM}/merchantReference"), "by": ["id"] });
    let sender = Sender::new("adyen", &json!({ "fields": fields, "objects": { "order": order } }));
    let request = sender.signed(&adyen("1042"));
    let item =
        json!({ "amount": { "value": 1000 }, "merchantReference": "1042", "pspReference": "8835", "success": "true" });
    for (what, from, to) in [
        ("a value", "1000", "1"),
        ("a type", "1000", "1e3"),
        ("a missing field", r#""success":"true""#, r#""succes":"true""#),
        (
            "a field moved",
            r#""merchantAccountCode":"shop","merchantReference":"1042""#,
            r#""merchantAccountCode":"shop:1042""#,
        ),
        ("a doubled field", r#""pspReference":"8835""#, r#""pspReference":"8835","pspReference":"8835""#),
        ("a doubled signature", r#""hmacSignature":"#, r#""hmacSignature":"","hmacSignature":"#),
        ("no signature", "hmacSignature", "signature"),
        ("an item before", "[{", r#"[{},{"#),
        ("an item after", "}]}", r#"},{"NotificationRequestItem":{"pspReference":"forged"}}]}"#),
        ("an item that is a text", "}]}", r#"},"forged"]}"#),
        ("other items", r#""notificationItems":"#, r#""notificationItems":[],"notificationItems":"#),
        ("a table for a list", "[{", r#"{"0":{"#),
        ("text after it", "}]}", "}]}}"),
    ] {
        sender.refuses(what, &changed(&request, from, to));
    }
    sender.ends("as it was sent", &request, 200, "delivered");
    assert_eq!(sender.fields(), json!({ "notificationItems": [{ "NotificationRequestItem": item }] }));
    sender.ends("what is not signed", &changed(&request, "none", "forged"), 200, "duplicate");
    sender.ends("a space", &changed(&request, "},", "} ,"), 200, "duplicate");
    sender.ends("another spelling", &changed(&request, "8835", "\\u00388\\u00335"), 200, "duplicate");
    // The merchant's own reference may have a colon, and no other field.
    let colon = sender.signed(&adyen("a:b"));
    sender.ends("a colon", &colon, 200, "delivered");
    sender.refuses("a colon moved", &changed(&changed(&colon, "a:b", "b"), "shop", "shop:a"));
    let key = Sender::configured("adyen", &json!({ "replay": { "key": [format!("{ITEM}/pspReference")] } }));
    assert!(key.world.mistakes()[0].contains("replay.key: is the scheme's to say"), "{:?}", key.world.mistakes());
}

#[test]
fn a_field_that_is_not_signed_passes_only_where_the_hook_says_so() {
    for (scheme, signed, unsigned) in [
        ("adyen", format!("{ITEM}/pspReference"), format!("{ITEM}/reason")),
        ("adyen", format!("{ITEM}/amount/value"), "/notificationItems/*/NotificationRequestItem/pspReference".into()),
        ("braintree", "/bt_payload".into(), "/bt_signature".into()),
        ("mercado-pago", "/data.id".into(), "/data/id".into()),
        ("mailgun", "/signature/token".into(), "/event-data/event".into()),
        ("mailgun-form", "/token".into(), "/event".into()),
    ] {
        let mistakes = |more: &Value| Sender::configured(scheme, more).world.mistakes();
        assert_eq!(mistakes(&json!({ "fields": [signed] })), [""; 0], "{scheme}");
        assert_eq!(
            mistakes(&json!({ "fields": [unsigned] })),
            [
                "HOOKS[0] (id \"sender\"): fields[0]: is not signed by this sender: `unsigned_fields = true` allows it all the same"
            ],
            "{scheme}"
        );
        let object = mistakes(&json!({ "objects": { "user": { "at": "/email", "by": ["email"] } } }));
        assert!(object[0].contains("objects.user.at: is not signed by this sender"), "{scheme}: {object:?}");
        assert_eq!(mistakes(&json!({ "fields": [unsigned], "unsigned_fields": true })), [""; 0], "{scheme}");
        let query = mistakes(&json!({ "unsigned_query": true }));
        assert!(query.iter().any(|mistake| mistake.contains("does not go with this scheme")), "{scheme}: {query:?}");
        let key = mistakes(&json!({ "replay": { "key": "body" } }));
        assert!(key[0].contains("is the scheme's to say"), "{scheme}: {key:?}");
    }
    for scheme in ["twilio", "twilio-json", "contentful", "box", "stripe"] {
        let mistakes =
            Sender::configured(scheme, &json!({ "fields": ["/any"], "unsigned_fields": true })).world.mistakes();
        let expected =
            "HOOKS[0] (id \"sender\"): unsigned_fields: has nothing to allow: no field of this hook is left unsigned";
        assert_eq!(mistakes, [expected], "{scheme}");
    }
}

#[test]
fn bodies_are_read_as_their_signature_was() {
    for (scheme, other, expected) in [
        ("twilio", "json", "form"),
        ("mandrill", "json", "form"),
        ("plivo", "json", "form"),
        ("braintree", "json", "form"),
        ("mailgun-form", "json", "form"),
        ("mailgun", "form", "json"),
        ("adyen", "form", "json"),
    ] {
        let mistakes = Sender::configured(scheme, &json!({ "media": other })).world.mistakes();
        let text =
            format!("HOOKS[0] (id \"sender\"): media: must be \"{expected}\": the signature is read from such bodies");
        assert_eq!(mistakes, [text], "{scheme}");
        Sender::new(scheme, &json!({ "media": expected }));
    }
    Sender::new("twilio-json", &json!({ "media": "form" }));
}

#[test]
fn a_payload_of_braintree_is_signed_by_its_own_key() {
    let sender = Sender::new("braintree", &json!({ "fields": ["/bt_payload"] }));
    let request = sender.signed("bt_payload=PD94%0A");
    let body = text(&request);
    let signature = body.split_once("bt_signature=").unwrap().1.replace("%5F", "_").replace("%7C", "|");
    assert!(signature.starts_with("public_key|"), "{signature}");
    let sign = |value: &str| with(&request, &format!("bt_payload=PD94%0A&bt_signature={}", value.replace('&', "%26")));
    for (what, value) in [
        ("no name", signature.replace("public_key|", "|")),
        ("another name", signature.replace("public_key", "other_key")),
        ("no signature", "public_key|".into()),
        ("half of one", signature[..31].into()),
        ("upper case", signature.to_uppercase()),
        ("an empty pair", format!("{signature}&")),
        ("a pair that is none", format!("{signature}&junk")),
        ("nothing", String::new()),
    ] {
        sender.refuses(what, &sign(&value));
    }
    for (what, body) in [
        ("another payload", body.replace("PD94", "PD95")),
        ("a doubled payload", format!("{body}&bt_payload=PD94%0A")),
        ("a doubled signature", format!("{body}&bt_signature=x")),
        ("no payload", body.replace("bt_payload", "payload")),
        ("a payload without its end", body.replace("%0A", "")),
    ] {
        sender.refuses(what, &with(&request, &body));
    }
    let pairs = format!("other_key|{}&{signature}", "0".repeat(40));
    sender.ends("one of two pairs", &sign(&pairs), 200, "delivered");
    assert_eq!(sender.fields(), json!({ "bt_payload": "PD94\n" }));
    sender.ends("another field", &with(&request, &format!("{body}&x=1")), 200, "duplicate");
    sender.ends("another spelling", &with(&request, &body.replace("PD94", "%50D94")), 200, "duplicate");
}

#[test]
fn a_token_of_mailgun_is_spent_once_whatever_is_said_with_it() {
    let hook = json!({ "fields": ["/event-data/event"], "unsigned_fields": true });
    let sender = Sender::new("mailgun", &hook);
    let request = sender.signed(r#"{"event-data":{"event":"delivered"}}"#);
    let seconds = (START / 1_000).to_string();
    for (what, from, to) in [
        (
            "a digit moved to the token",
            format!(r#""{seconds}","token":"a1""#),
            format!(r#""{}","token":"{}a1""#, &seconds[..9], &seconds[9..]),
        ),
        ("another token", r#""token":"a1""#.into(), r#""token":"a2""#.into()),
        ("no token", r#""token":"a1""#.into(), r#""tokens":"a1""#.into()),
        ("two tokens", r#""token":"a1""#.into(), r#""token":"a1","token":"a1""#.into()),
        ("a token in a list", r#""token":"a1""#.into(), r#""token":["a1"]"#.into()),
        ("a signature in a list", r#""signature":{"#.into(), r#""signature":[{"#.into()),
    ] {
        let ordered = with(&request, &reorder(&text(&request)));
        sender.refuses(what, &changed(&ordered, &from, &to));
    }
    sender.ends("as it was sent", &request, 200, "delivered");
    sender.ends("another event", &changed(&request, "delivered", "complained"), 200, "duplicate");
    sender.world.advance(core::time::Duration::from_secs(32_400));
    sender.ends("a retry of the last hour", &request, 200, "duplicate");
    sender.world.advance(core::time::Duration::from_secs(1));
    sender.refuses("one that is stale", &request);
}

/// Time and token side by side, as Mailgun has them.
fn reorder(body: &str) -> String {
    let value: Value = serde_json::from_str(body).unwrap();
    let [time, token, signature] = ["timestamp", "token", "signature"].map(|name| value["signature"][name].to_string());
    format!(
        r#"{{"signature":{{"timestamp":{time},"token":{token},"signature":{signature}}},"event-data":{}}}"#,
        value["event-data"]
    )
}

#[test]
fn mercado_pago_vouches_for_one_parameter_of_the_query() {
    let sender = Sender::new("mercado-pago", &json!({ "fields": ["/data.id"] }));
    let request = sender.signed(r#"{"data":{"id":"AB12"}}"#);
    assert_eq!(request.query, "data.id=AB12");
    let query = |query: &str| Signed { query: query.into(), ..request.clone() };
    for wrong in [
        "",
        "data.id=",
        "data.id=AB13",
        "data.id=AB12&data.id=AB12",
        "data.id=AB12&data%2Eid=AB13",
        "data.id=AB12;request-id:a1",
        "data.id=AB12%3B",
        "data.id=AB12%20",
        "id=AB12",
    ] {
        sender.refuses(wrong, &query(wrong));
    }
    let mut moved = query("data.id=AB12;request-id:a1");
    moved.headers.retain(|(name, _)| name != "x-request-id");
    sender.refuses("an id within another", &moved);
    sender.ends("as it was sent", &request, 200, "delivered");
    assert_eq!(sender.fields(), json!({ "data.id": "ab12" }), "what is signed, in the case that is signed");
    sender.ends("another case and order", &query("type=payment&data.id=ab12"), 200, "duplicate");
    sender.ends("another body", &with(&request, r#"{"data":{"id":"forged"}}"#), 200, "duplicate");
    let contradicts = with(&request, r#"{"data.id":"forged"}"#);
    sender.ends("a body that contradicts it", &contradicts, 200, "duplicate");
    let more = Sender::new("mercado-pago", &json!({ "fields": ["/data.id", "/type"], "unsigned_fields": true }));
    let (status, _) = more.send(&query("data.id=AB12&type=forged"));
    assert_eq!(status, 400, "no other parameter of the query");
}

#[test]
fn headers_of_contentful_count_only_as_they_are_listed() {
    let sender = Sender::new("contentful", &json!({ "fields": ["/id"] }));
    let request = sender.signed(r#"{"id":1}"#);
    let header = |name: &str, value: &str| {
        let mut changed = request.clone();
        changed.headers.iter_mut().filter(|(own, _)| own == name).for_each(|(_, own)| *own = value.into());
        changed
    };
    let list = "x-contentful-signed-headers";
    for wrong in [
        "x-contentful-signed-headers",
        "x-contentful-timestamp",
        "x-contentful-timestamp,x-contentful-signed-headers",
        "x-contentful-signed-headers, x-contentful-timestamp",
        "X-Contentful-Signed-Headers,x-contentful-timestamp",
        "content-type,x-contentful-signed-headers,x-contentful-timestamp",
    ] {
        sender.refuses(wrong, &header(list, wrong));
    }
    sender.refuses("another time", &header("x-contentful-timestamp", &(START + 1).to_string()));
    sender.refuses("another body", &with(&request, r#"{"id":2}"#));
    sender.ends("as it was sent", &request, 200, "delivered");
    let mut more = request.clone();
    more.headers.push(("x-contentful-topic".into(), "forged".into()));
    sender.ends("a header that nobody signed", &more, 200, "duplicate");
}

#[test]
fn either_signature_of_box_will_do_and_neither_may_be_junk() {
    let sender = Sender::new("box", &json!({ "fields": ["/id"] }));
    let request = sender.signed(r#"{"id":1}"#);
    let right = request.headers[0].1.clone();
    let wrong = format!("{}=", "A".repeat(43));
    let headers = |pairs: &[(&str, &str)]| {
        let mut changed = request.clone();
        changed.headers.remove(0);
        changed.headers.extend(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        changed
    };
    let [one, two] = ["box-signature-primary", "box-signature-secondary"];
    sender.ends("the second", &headers(&[(one, &wrong), (two, &right)]), 200, "delivered");
    sender.ends("the first", &headers(&[(one, &right), (two, &wrong)]), 200, "duplicate");
    sender.ends("the second alone", &headers(&[(two, &right)]), 200, "duplicate");
    for (what, pairs) in [
        ("neither", vec![(one, wrong.as_str()), (two, &wrong)]),
        ("none", vec![]),
        ("junk beside it", vec![(one, &right), (two, "junk!")]),
        ("nothing beside it", vec![(one, &right), (two, "")]),
        ("two spellings", vec![(one, &right), (two, &right), ("box_signature_secondary", &right)]),
    ] {
        sender.refuses(what, &headers(&pairs));
    }
}

/// Content that the configuration describes with the same pieces.
#[test]
fn pieces_are_for_descriptions_too() {
    let described = |content: &str, more: &Value| {
        let mut mechanism = json!({ "scheme": "hmac", "hash": "sha256", "header": "X-Mac", "content": content });
        for (key, value) in more.as_object().unwrap() {
            mechanism[key] = value.clone();
        }
        mechanism["secrets"] = json!(["SENDER_SECRET"]);
        mechanism
    };
    let built = |mechanism: &Value| {
        let sender = Sender::configured("github", &json!({ "auth": [mechanism], "fields": ["/a"] }));
        Sender { mechanism: mechanism.clone(), ..sender }
    };
    for (content, more, body, wrong) in [
        ("{timestamp}.{form}", json!({ "timestamp": { "header": "X-Time" } }), "b=1&a=2", "b=1&a=3"),
        ("{path}:{sha256}", json!({ "url": URL }), r#"{"a":1}"#, r#"{"a":2}"#),
        ("{/a}|{body}", json!({}), r#"{"a":1}"#, r#"{"a":2}"#),
    ] {
        let sender = built(&described(content, &more));
        assert_eq!(sender.world.mistakes(), [""; 0], "{content}");
        let request = sender.signed(body);
        sender.refuses(content, &with(&request, wrong));
        sender.ends(content, &request, 200, "delivered");
        let again = body.split('&').rev().collect::<Vec<_>>().join("&");
        sender.ends(content, &with(&request, &again), 200, "duplicate");
    }
    for (content, more, part) in [
        ("{/a}", json!({}), "auth[0].content: must have {body}, {sha256} or {form}"),
        ("{url}", json!({ "url": URL }), "auth[0].content: must have {body}, {sha256} or {form}"),
        ("{body}{query:a}", json!({}), "auth[0].content: may have {id}"),
        ("{body}{headers:x-list}", json!({}), "auth[0].content: may have {id}"),
        ("{body}{/a/*}", json!({}), "auth[0].content: may not have `*`"),
        ("{body}{path}", json!({}), "auth[0].url: is missing"),
        ("{form}", json!({ "id": { "place": "/a" } }), "auth[0].id: must have a header"),
    ] {
        let mistakes = built(&described(content, &more)).world.mistakes();
        assert!(mistakes.iter().any(|mistake| mistake.contains(part)), "{content}: {mistakes:?}");
    }
}
