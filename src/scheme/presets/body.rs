//! Those that sign the body without a time, some of them with the URL. A captured delivery can be replayed when the
//! hook's window has ended.

use super::{Algorithm, Encoding, Hash, KeyFormat, List, Preset, hmac, sha256};

/// `v1=…,v1=…`: one for each active secret.
const VERSIONS: List<'_> = List { separator: ',', label: "v1=", trim: false };

pub(super) static PRESETS: [Preset; 49] = [
    sha256("github", "X-Hub-Signature-256").prefix("sha256=").done(),
    hmac("github-sha1", Hash::Sha1, "X-Hub-Signature").prefix("sha1=").done(),
    sha256("meta", "X-Hub-Signature-256").prefix("sha256=").done(),
    hmac("meta-sha1", Hash::Sha1, "X-Hub-Signature").prefix("sha1=").done(),
    sha256("bitbucket", "X-Hub-Signature").prefix("sha256=").done(),
    sha256("jira", "X-Hub-Signature").prefix("sha256=").done(),
    hmac("intercom", Hash::Sha1, "X-Hub-Signature").prefix("sha1=").id_at("/id").done(),
    hmac("wunderautomation", Hash::Sha1, "X-Hub-Signature").done(),
    sha256("gitea", "X-Gitea-Signature").done(),
    // Shops
    sha256("shopify", "X-Shopify-Hmac-SHA256").base64().done(),
    sha256("woocommerce", "X-WC-Webhook-Signature").key(KeyFormat::Html).base64().done(),
    sha256("square", "x-square-hmacsha256-signature").base64().content("{url}{body}").id_at("/event_id").done(),
    sha256("lemonsqueezy", "X-Signature").done(),
    sha256("recharge", "X-Recharge-Hmac-Sha256").algorithm(Algorithm::Prefixed).done(),
    sha256("easypost", "X-Hmac-Signature").key(KeyFormat::Ascii).prefix("hmac-sha256-hex=").id_at("/id").done(),
    sha256("aftership", "aftership-hmac-sha256").base64().id_at("/event_id").done(),
    // Payments
    sha256("razorpay", "X-Razorpay-Signature").done(),
    hmac("paystack", Hash::Sha512, "x-paystack-signature").done(),
    sha256("flutterwave", "flutterwave-signature").base64().id_at("/webhook_id").done(),
    sha256("coinbase-commerce", "X-CC-Webhook-Signature").id_at("/event/id").done(),
    sha256("gocardless", "Webhook-Signature").id_at("/meta/webhook_id").done(),
    sha256("checkout-com", "cko-signature").done(),
    sha256("dwolla", "X-Request-Signature-SHA-256").done(),
    sha256("adyen-platform", "HmacSignature").key(KeyFormat::Hex).base64().done(),
    hmac("authorize-net", Hash::Sha512, "X-ANET-Signature")
        .key(KeyFormat::Hex)
        .encoding(Encoding::AnyHex)
        .prefix("sha512=")
        .id_at("/notificationId")
        .done(),
    sha256("xero", "x-xero-signature").base64().done(),
    sha256("intuit", "intuit-signature").base64().done(),
    // Work
    hmac("trello", Hash::Sha1, "X-Trello-Webhook").base64().content("{body}{url}").id_at("/action/id").done(),
    sha256("asana", "X-Hook-Signature").done(),
    sha256("notion", "X-Notion-Signature").prefix("sha256=").id_at("/id").done(),
    sha256("airtable", "X-Airtable-Content-MAC").key(KeyFormat::Base64).prefix("hmac-sha256=").done(),
    sha256("docusign", "X-DocuSign-Signature").base64().numbered().done(),
    sha256("dropbox", "X-Dropbox-Signature").done(),
    sha256("typeform", "Typeform-Signature").base64().prefix("sha256=").id_at("/event_id").done(),
    hmac("helpscout", Hash::Sha1, "X-HelpScout-Signature").base64().done(),
    sha256("cal-com", "X-Cal-Signature-256").done(),
    sha256("hubspot-v1", "X-HubSpot-Signature").algorithm(Algorithm::Prefixed).done(),
    sha256("hubspot-v2", "X-HubSpot-Signature").algorithm(Algorithm::Prefixed).content("{method}{url}{body}").done(),
    sha256("onfido", "X-SHA2-Signature").done(),
    // People
    // Twilio writes the hash into the query; the gate takes it from the body.
    hmac("twilio-json", Hash::Sha1, "X-Twilio-Signature").base64().content("{url}{?&}bodySHA256={sha256}").done(),
    sha256("line", "x-line-signature").base64().done(),
    sha256("x-twitter", "x-twitter-webhooks-signature").base64().prefix("sha256=").done(),
    hmac("patreon", Hash::Md5, "X-Patreon-Signature").done(),
    sha256("pusher", "X-Pusher-Signature").done(),
    // Machines
    hmac("vercel", Hash::Sha1, "x-vercel-signature").id_at("/id").done(),
    sha256("heroku", "Heroku-Webhook-Hmac-SHA256").base64().id_at("/id").done(),
    sha256("sentry", "Sentry-Hook-Signature").done(),
    sha256("circleci", "circleci-signature").list(VERSIONS).id_at("/id").done(),
    sha256("pagerduty", "X-PagerDuty-Signature").list(VERSIONS).id_at("/event/id").done(),
];
