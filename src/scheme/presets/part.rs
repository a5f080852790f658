//! Those that sign parts of a request, and leave the rest to anybody who has captured one.

use super::{KeyFormat, List, Preset, TimestampAt, Unit, sha256};

/// Seconds: Mailgun repeats a delivery for 8 hours, with the signature of the first.
pub(super) const MAILGUN: u32 = 32_400;

macro_rules! item {
    ($place:literal) => {
        concat!("/notificationItems/0/NotificationRequestItem/", $place)
    };
}

pub(super) static PRESETS: [Preset; 3] = [
    // Of the eight, the merchant's own reference alone may have a colon.
    sha256("adyen", item!("additionalData/hmacSignature"))
        .key(KeyFormat::Hex)
        .base64()
        .content(concat!(
            "{",
            item!("pspReference"),
            "}:{",
            item!("originalReference"),
            "}:{",
            item!("merchantAccountCode"),
            "}:{",
            item!("merchantReference"),
            "~}:{",
            item!("amount/value"),
            "}:{",
            item!("amount/currency"),
            "}:{",
            item!("eventCode"),
            "}:{",
            item!("success"),
            "}",
        ))
        .done(),
    // Token and time have nothing between them, but a time of one digit more or less is not fresh.
    sha256("mailgun", "/signature/signature")
        .content("{/signature/timestamp}{/signature/token}")
        .timestamp(TimestampAt::Body("/signature/timestamp"), Unit::Seconds, MAILGUN)
        .done(),
    sha256("mercado-pago", "x-signature")
        .list(List { separator: ',', label: "v1=", trim: false })
        .content("id:{query:data.id};request-id:{id};ts:{timestamp};")
        .timestamp(TimestampAt::Label("ts="), Unit::SecondsOrMilliseconds, 300)
        .id_header("x-request-id")
        .done(),
];
