//! Those that sign forms.

use super::{Encoding, Hash, KeyFormat, List, Preset, Row, TimestampAt, Unit, hmac, sha256};

/// Nothing but signatures.
const fn plain(separator: char) -> List<'static> {
    List { separator, label: "", trim: false }
}

/// The URL, then names and values in their order.
const fn sorted(name: &'static str, hash: Hash, header: &'static str) -> Row {
    hmac(name, hash, header).base64().content("{url}{form}").form()
}

pub(super) static PRESETS: [Preset; 6] = [
    sorted("twilio", Hash::Sha1, "X-Twilio-Signature").done(),
    // Which of the two a hook takes, its configuration says, and no header.
    sorted("twilio-sharedkey", Hash::Sha256, "X-Twilio-Signature")
        .says(&[("X-Twilio-Webhooks-Signature-Settings", "key=*,algorithm=HMAC_SHA256")])
        .done(),
    sorted("mandrill", Hash::Sha1, "X-Mandrill-Signature").done(),
    sorted("plivo", Hash::Sha256, "X-Plivo-Signature-V3")
        .list(plain(','))
        .content("{url}{?.}{form}.{id}")
        .id_header("X-Plivo-Signature-V3-Nonce")
        .done(),
    hmac("braintree", Hash::Sha1, "/bt_signature")
        .key(KeyFormat::Named)
        .encoding(Encoding::Named)
        .list(plain('&'))
        .content("{/bt_payload}")
        .form()
        .done(),
    // The forms of before 2018.
    sha256("mailgun-form", "/signature")
        .content("{/timestamp}{/token}")
        .timestamp(TimestampAt::Body("/timestamp"), Unit::Seconds, super::part::MAILGUN)
        .form()
        .done(),
];
