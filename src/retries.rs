//! How senders deliver again: what they take for success, how long they wait for an answer, and what makes them give up.
//! Vendors promise little of this and change it: what says "about" is a hint, not a contract. No part of the Worker.

use std::fmt::Write as _;

/// Whether a sender tries again after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retries {
    /// What fails is lost, unless somebody sends it again by hand.
    Never,
    /// So often, and for so long.
    Again(&'static str),
    /// Its documentation does not say, or nobody has looked.
    Unknown,
}

/// What a status makes a sender end, for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ends {
    /// Its attempts at this delivery.
    Delivery,
    /// The subscription: nothing comes any more.
    Subscription,
}

/// How a provider delivers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whether it tries again.
    pub retries: Retries,
    /// Seconds that it waits for an answer, and whether that is certain.
    pub waits: Option<(u32, bool)>,
    /// What it takes for success, where that is not any 2xx.
    pub success: &'static str,
    /// The statuses that end something.
    pub stops: &'static [(u16, Ends)],
    /// What it does after many failures, or what there is to do.
    pub then: &'static str,
    /// Nobody has found where the vendor says whether it tries again.
    pub hearsay: bool,
}

const UNKNOWN: Profile =
    Profile { retries: Retries::Unknown, waits: None, success: "", stops: &[], then: "", hearsay: false };

const fn again(words: &'static str) -> Profile {
    Profile { retries: Retries::Again(words), ..UNKNOWN }
}

const fn never() -> Profile {
    Profile { retries: Retries::Never, ..UNKNOWN }
}

impl Profile {
    const fn waits(self, seconds: u32) -> Self {
        Self { waits: Some((seconds, true)), ..self }
    }

    const fn waits_about(self, seconds: u32) -> Self {
        Self { waits: Some((seconds, false)), ..self }
    }

    const fn success(self, success: &'static str) -> Self {
        Self { success, ..self }
    }

    const fn stops(self, stops: &'static [(u16, Ends)]) -> Self {
        Self { stops, ..self }
    }

    const fn then(self, then: &'static str) -> Self {
        Self { then, ..self }
    }

    const fn hearsay(self) -> Self {
        Self { hearsay: true, ..self }
    }

    /// What a status makes the sender end.
    pub(crate) fn ends(&self, status: u16) -> Option<Ends> {
        self.stops.iter().find(|(own, _)| *own == status).map(|(_, ends)| *ends)
    }

    /// Whether it says of the sender more than that nothing is known.
    fn is_known(&self) -> bool {
        *self != UNKNOWN
    }

    /// How often, in words.
    pub(crate) fn tries(&self) -> &'static str {
        match self.retries {
            Retries::Never if self.hearsay => "never, as far as is known",
            Retries::Never => "never",
            Retries::Again(words) => words,
            Retries::Unknown => "",
        }
    }

    /// How long it waits, in words.
    pub(crate) fn patience(&self) -> String {
        match self.waits {
            Some((seconds, true)) => format!("{seconds} s"),
            Some((seconds, false)) => format!("about {seconds} s"),
            None => String::new(),
        }
    }

    /// What ends what, and what comes of many failures, in words.
    pub(crate) fn endings(&self) -> String {
        let mut words = String::new();
        for (ends, what) in [(Ends::Subscription, "the subscription"), (Ends::Delivery, "the attempts")] {
            let statuses = self.stops.iter().filter(|(_, own)| *own == ends).map(|(status, _)| status.to_string());
            let statuses: Vec<String> = statuses.collect();
            if !statuses.is_empty() {
                let verb = if statuses.len() == 1 { "ends" } else { "end" };
                let _ = write!(words, "{} {verb} {what}; ", statuses.join(", "));
            }
        }
        words.push_str(self.then);
        words.trim_end_matches("; ").into()
    }
}

/// What ends the attempts at one delivery, of the statuses that the gate answers, where any 4xx does.
const ANY_4XX: &[(u16, Ends)] = &[
    (400, Ends::Delivery),
    (401, Ends::Delivery),
    (404, Ends::Delivery),
    (409, Ends::Delivery),
    (410, Ends::Delivery),
];
/// 410 Gone is taken at its word.
const GONE: &[(u16, Ends)] = &[(410, Ends::Subscription)];

/// How the provider of this preset delivers.
#[must_use]
pub fn profile(preset: &str) -> Profile {
    match preset {
        // Who has no second attempt.
        "github" | "github-sha1" => never().waits(10).then("to be redelivered by hand or by its API"),
        "gitlab" | "gitlab-token" => {
            never().hearsay().waits_about(10).then("a webhook that goes on failing is disabled")
        }
        "woocommerce" => {
            never().waits(60).success("200 to 302").then("more than 5 failures in a row disable the webhook")
        }
        "lifterlms" => never().then("failures are counted, and disable the webhook"),
        "sentry" => never().hearsay().waits_about(1),
        "twilio" | "twilio-json" | "twilio-sharedkey" => {
            never().hearsay().waits_about(15).then("a fragment of its URL can ask for more attempts")
        }
        "x-twitter" => never().hearsay(),
        // Shops
        "shopify" => again("8 times within 4 h").waits(5).then("then the subscription is removed"),
        "square" => again("about 11 times within 24 h").waits(10),
        "lemonsqueezy" => again("about 3 times: after 5, 25 and 125 s"),
        "easypost" => again("about 6 times").waits_about(7),
        "aftership" => again("about 14 times"),
        "shippo" => again("a few times"),
        // Payments
        "stripe" => again("for 3 days; in a sandbox 3 times within hours").success("2xx: a redirect is a failure"),
        "paddle" => again("about 60 times within 3 days; in a sandbox 3 times").waits_about(5),
        "razorpay" => again("for about 24 h").waits_about(5).then("then the webhook is disabled"),
        "paystack" => again("about 4 times every 3 min, then every hour for 72 h").waits_about(30),
        "flutterwave" | "flutterwave-v3" => {
            again("about 3 times, 30 min apart, where that is switched on").waits_about(60)
        }
        "coinbase-commerce" => again("for about 3 days"),
        "adyen" | "adyen-platform" => again("for about 7 days").waits(10),
        "braintree" => again("about every hour for 24 h"),
        "plaid" => again("for about 24 h").waits_about(10),
        "xero" => again("for about 24 h").waits_about(5),
        "intuit" => again("about after 20, 30 and 50 min").waits_about(3),
        // Mail and messages
        "mailgun" | "mailgun-form" => again("8 times within 8 h").success("200").stops(&[(406, Ends::Delivery)]),
        "mandrill" => again("with growing pauses"),
        "sendgrid" => again("for about 24 h"),
        "telegram" => again("for about 24 h"),
        "slack" => again("3 times: about at once, after 1 and 5 min").waits_about(3),
        "discord" => again("for up to 10 min").waits(3).then("it probes with wrong signatures, and expects 401"),
        "vonage" => again("about 2 times, its Voice API").waits_about(5),
        "line" => again("as its redelivery is set up"),
        "meta" | "meta-sha1" => again("for about 36 h, WhatsApp for about 7 days"),
        "twitch" => again("a few times").then("then the subscription is revoked"),
        // People and their work
        "intercom" => again("about once, after 1 min").waits_about(5).stops(GONE),
        "zendesk" => again("up to 3 times, on 409, and on 429 and 503 with Retry-After").waits(12),
        "hubspot" | "hubspot-v1" | "hubspot-v2" => again("about 10 times within 24 h").waits_about(5),
        "typeform" => again("for 10 h on 408, 423, 429 and 503, else with growing pauses")
            .waits(30)
            .stops(&[(404, Ends::Subscription), (410, Ends::Subscription)]),
        "microsoft-graph" => again("for about 4 h").waits_about(3),
        "calendly" => again("for about 24 h").then("then the webhook is disabled"),
        "zoom" => again("about 3 times: after 5, 30 and 90 min").waits_about(3),
        "linear" => again("about 3 times: after 1 min, 1 h and 6 h").waits_about(5),
        "notion" => again("about 8 times within 24 h"),
        "asana" => again("for 24 h").waits(10).then("then the webhook is deleted"),
        "trello" => again("about 3 times: after 30, 60 and 120 s").stops(GONE),
        "jira" => again("about 5 times, on 408, 409, 425, 429 and 5xx"),
        "bitbucket" => again("about 2 times, on 5xx and silence").waits_about(10),
        "airtable" => again("with growing pauses").then("the webhook ends after about 7 days unless it is refreshed"),
        "dropbox" => again("with growing pauses").waits_about(10).then("a webhook that goes on failing is disabled"),
        "docusign" => again("for about 15 days").waits_about(100),
        "box" => again("about 10 times"),
        "heroku" => again("until it succeeds, with the level `sync`; with `notify` never"),
        // Machines
        "pagerduty" => again("on 5xx and silence").stops(ANY_4XX),
        "vercel" => again("for about 24 h").waits_about(30),
        "sanity" => again("2 times, 30 s apart, on 429 and 5xx").waits_about(30).stops(ANY_4XX),
        "webflow" => again("2 times"),
        "pusher" => again("for 5 min").waits(4),
        "contentful" => again("2 times, about 30 s apart, on 429 and 5xx").waits_about(30),
        "workos" => again("about 6 times within 3 days"),
        "polar" => again("about 10 times"),
        "openai" | "replicate" | "liveblocks" => again("about as often as Svix"),
        "svix" | "clerk" | "resend" => again("7 times: after 5 s, 5 min, 30 min, 2, 5, 10 and 10 h")
            .waits(30)
            .then("5 days of failures disable the endpoint"),
        "standard-webhooks" | "standard-webhooks-ed25519" => {
            again("about 10 times within 3 days, as the specification advises").waits_about(15).stops(GONE)
        }
        _ => UNKNOWN,
    }
}

/// The table in README: who delivers alike stands in one row.
#[must_use]
pub fn markdown() -> String {
    let mut rows: Vec<(Profile, Vec<&str>)> = Vec::new();
    for provider in crate::catalogue::providers() {
        let profile = profile(provider.name);
        match rows.iter_mut().find(|(own, _)| *own == profile) {
            Some((_, names)) => names.push(provider.name),
            None => rows.push((profile, vec![provider.name])),
        }
    }
    let mut table = String::from("| `scheme` | tries again | waits | success | gives up |\n|---|---|---|---|---|\n");
    for (profile, names) in rows.into_iter().filter(|(profile, _)| profile.is_known()) {
        let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
        let success = if profile.success.is_empty() { "2xx" } else { profile.success };
        let row = [&names.join(", "), profile.tries(), &profile.patience(), success, &profile.endings()].join(" | ");
        let _ = writeln!(table, "| {row} |");
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Those of which nobody has found a word on it.
    const UNTOLD: &str = "authorize-net buildkite cal-com checkout-com circleci cloudflare-stream customerio dwolla elevenlabs \
                          front gitea gocardless helpscout livekit mercado-pago messagebird mux netlify onfido patreon \
                          persona plivo recharge telnyx wunderautomation wunderautomation-key";

    #[test]
    fn of_every_provider_it_is_known_how_it_tries_again_or_known_that_nothing_is() {
        let providers = crate::catalogue::providers();
        let unknown = providers.iter().map(|provider| provider.name).filter(|name| !profile(name).is_known());
        assert_eq!(unknown.collect::<Vec<_>>().join(" "), UNTOLD);
    }

    #[test]
    fn those_with_several_presets_deliver_alike() {
        for alike in [["twilio", "twilio-json"], ["mailgun", "mailgun-form"], ["meta", "meta-sha1"]] {
            let [one, other] = alike.map(profile);
            assert_eq!(one, other, "{alike:?}");
        }
        assert_eq!(profile("mailgun-form").ends(406), Some(Ends::Delivery));
        assert_eq!(profile("microsoft-graph").patience(), "about 3 s");
    }
}
