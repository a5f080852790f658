//! Those that sign the body and the time. The tolerance is the vendor's own where it has one, else 300 s.

use super::{List, Preset, Row, TimestampAt, Unit, sha256};

/// `t=…,v1=…`: a list with the time of signing in it.
const fn labelled(name: &'static str, header: &'static str, time: &'static str, label: &'static str) -> Row {
    sha256(name, header).list(List { separator: ',', label, trim: false }).content("{timestamp}.{body}").timestamp(
        TimestampAt::Label(time),
        Unit::Seconds,
        300,
    )
}

/// One signature in one header, the time of signing in another.
const fn beside(name: &'static str, header: &'static str, time: &'static str, content: &'static str) -> Row {
    sha256(name, header).content(content).timestamp(TimestampAt::Header(time), Unit::Seconds, 300)
}

pub(super) static PRESETS: [Preset; 23] = [
    labelled("stripe", "Stripe-Signature", "t=", "v1=").id_at("/id").done(),
    labelled("mux", "mux-signature", "t=", "v1=").id_at("/id").done(),
    labelled("persona", "Persona-Signature", "t=", "v1=").done(),
    labelled("shippo", "Shippo-Auth-Signature", "t=", "v1=").done(),
    labelled("buildkite", "X-Buildkite-Signature", "timestamp=", "signature=").done(),
    labelled("cloudflare-stream", "Webhook-Signature", "time=", "sig1=").done(),
    labelled("calendly", "Calendly-Webhook-Signature", "t=", "v1=")
        .timestamp(TimestampAt::Label("t="), Unit::Seconds, 180)
        .done(),
    labelled("elevenlabs", "ElevenLabs-Signature", "t=", "v0=")
        .timestamp(TimestampAt::Label("t="), Unit::Seconds, 1_800)
        .done(),
    // It signs the local time of its site, which may be 14 hours off.
    labelled("lifterlms", "X-LLMS-Webhook-Signature", "t=", "v1=")
        .timestamp(TimestampAt::Label("t="), Unit::Seconds, 50_400)
        .done(),
    labelled("sanity", "sanity-webhook-signature", "t=", "v1=")
        .encoding(super::Encoding::Base64Url)
        .timestamp(TimestampAt::Label("t="), Unit::Milliseconds, 300)
        .done(),
    labelled("workos", "WorkOS-Signature", "t=", "v1=")
        .list(List { separator: ',', label: "v1=", trim: true })
        .timestamp(TimestampAt::Label("t="), Unit::Milliseconds, 180)
        .id_at("/id")
        .done(),
    labelled("paddle", "Paddle-Signature", "ts=", "h1=")
        .list(List { separator: ';', label: "h1=", trim: false })
        .content("{timestamp}:{body}")
        .id_at("/event_id")
        .done(),
    beside("slack", "X-Slack-Signature", "X-Slack-Request-Timestamp", "v0:{timestamp}:{body}")
        .prefix("v0=")
        .id_at("/event_id")
        .done(),
    beside("zoom", "x-zm-signature", "x-zm-request-timestamp", "v0:{timestamp}:{body}").prefix("v0=").done(),
    beside("customerio", "X-CIO-Signature", "X-CIO-Timestamp", "v0:{timestamp}:{body}").id_at("/event_id").done(),
    beside("front", "X-Front-Signature", "X-Front-Request-Timestamp", "{timestamp}:{body}")
        .base64()
        .timestamp(TimestampAt::Header("X-Front-Request-Timestamp"), Unit::Milliseconds, 300)
        .done(),
    beside("webflow", "x-webflow-signature", "x-webflow-timestamp", "{timestamp}:{body}")
        .timestamp(TimestampAt::Header("x-webflow-timestamp"), Unit::Milliseconds, 300)
        .done(),
    beside("hubspot", "X-HubSpot-Signature-v3", "X-HubSpot-Request-Timestamp", "{method}{url}{body}{timestamp}")
        .base64()
        .timestamp(TimestampAt::Header("X-HubSpot-Request-Timestamp"), Unit::Milliseconds, 300)
        .done(),
    beside("zendesk", "X-Zendesk-Webhook-Signature", "X-Zendesk-Webhook-Signature-Timestamp", "{timestamp}{body}")
        .base64()
        .timestamp(TimestampAt::Header("X-Zendesk-Webhook-Signature-Timestamp"), Unit::Rfc3339, 300)
        .done(),
    beside("twitch", "Twitch-Eventsub-Message-Signature", "Twitch-Eventsub-Message-Timestamp", "{id}{timestamp}{body}")
        .prefix("sha256=")
        .timestamp(TimestampAt::Header("Twitch-Eventsub-Message-Timestamp"), Unit::Rfc3339, 600)
        .id_header("Twitch-Eventsub-Message-Id")
        .done(),
    sha256("box", "BOX-SIGNATURE-PRIMARY")
        .either("BOX-SIGNATURE-SECONDARY")
        .base64()
        .content("{body}{timestamp}")
        .timestamp(TimestampAt::Header("BOX-DELIVERY-TIMESTAMP"), Unit::Rfc3339, 600)
        .says(&[("BOX-SIGNATURE-VERSION", "1"), ("BOX-SIGNATURE-ALGORITHM", "HmacSHA256")])
        .done(),
    // The list of headers that are signed must have the time.
    sha256("contentful", "x-contentful-signature")
        .content("{method}\n{path}\n{headers:x-contentful-signed-headers,x-contentful-timestamp}\n{body}")
        .timestamp(TimestampAt::Header("x-contentful-timestamp"), Unit::Milliseconds, 30)
        .done(),
    sha256("linear", "Linear-Signature")
        .timestamp(TimestampAt::Body("/webhookTimestamp"), Unit::Milliseconds, 60)
        .done(),
];
