//! Standard Webhooks (<https://www.standardwebhooks.com>) and Svix, whose scheme it was.

use super::{KeyFormat, List, Preset, Row, TimestampAt, Unit, sha256};

/// `v1,…` in a list with spaces, the id and the time in headers of their own.
const fn standard(name: &'static str) -> Row {
    sha256(name, "webhook-signature")
        .base64()
        .key(KeyFormat::Whsec)
        .list(List { separator: ' ', label: "v1,", trim: false })
        .content("{id}.{timestamp}.{body}")
        .timestamp(TimestampAt::Header("webhook-timestamp"), Unit::Seconds, 300)
        .id_header("webhook-id")
}

/// The same under Svix's own names.
const fn svix(name: &'static str) -> Row {
    sha256(name, "svix-signature")
        .base64()
        .key(KeyFormat::Whsec)
        .list(List { separator: ' ', label: "v1,", trim: false })
        .content("{id}.{timestamp}.{body}")
        .timestamp(TimestampAt::Header("svix-timestamp"), Unit::Seconds, 300)
        .id_header("svix-id")
}

pub(super) static PRESETS: [Preset; 9] = [
    standard("standard-webhooks").done(),
    standard("gitlab").done(),
    standard("openai").done(),
    standard("replicate").done(),
    standard("liveblocks").done(),
    standard("polar").key(KeyFormat::Utf8).done(),
    svix("svix").done(),
    svix("clerk").done(),
    svix("resend").done(),
];
