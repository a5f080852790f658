//! Those that sign with a private key: nobody but the provider can, not even who reads the gate's secrets.

use super::{Algorithm, KeyFormat, List, Preset, TimestampAt, Unit, sha256};

pub(super) static PRESETS: [Preset; 4] = [
    sha256("standard-webhooks-ed25519", "webhook-signature")
        .algorithm(Algorithm::Ed25519)
        .base64()
        .key(KeyFormat::Whpk)
        .list(List { separator: ' ', label: "v1a,", trim: false })
        .content("{id}.{timestamp}.{body}")
        .timestamp(TimestampAt::Header("webhook-timestamp"), Unit::Seconds, 300)
        .id_header("webhook-id")
        .done(),
    sha256("discord", "X-Signature-Ed25519")
        .algorithm(Algorithm::Ed25519)
        .key(KeyFormat::Hex)
        .content("{timestamp}{body}")
        .timestamp(TimestampAt::Header("X-Signature-Timestamp"), Unit::Seconds, 300)
        .id_at("/id")
        .done(),
    sha256("telnyx", "Telnyx-Signature-Ed25519")
        .algorithm(Algorithm::Ed25519)
        .base64()
        .key(KeyFormat::Base64)
        .content("{timestamp}|{body}")
        .timestamp(TimestampAt::Header("Telnyx-Timestamp"), Unit::Seconds, 300)
        .id_at("/data/id")
        .done(),
    sha256("sendgrid", "X-Twilio-Email-Event-Webhook-Signature")
        .algorithm(Algorithm::EcdsaP256)
        .base64()
        .key(KeyFormat::Spki)
        .content("{timestamp}{body}")
        .timestamp(TimestampAt::Header("X-Twilio-Email-Event-Webhook-Timestamp"), Unit::Seconds, 300)
        .done(),
];
