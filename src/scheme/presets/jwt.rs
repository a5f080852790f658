//! Those that send a JWT with the hash of the body.

use super::{Encoding, Kind, Preset};
use crate::scheme::jwt::{Algorithm, Description, Life};

/// An HS256 token in a header of its own, with the hash in lower-case hex.
const fn hs256(header: &'static str, body_hash: &'static str, life: Life) -> Description {
    Description {
        header,
        prefix: "",
        algorithm: Algorithm::Hs256,
        issuer: None,
        body_hash,
        encoding: Encoding::Hex,
        url_hash: None,
        life,
        unhashed: false,
        has_id: false,
    }
}

const fn preset(name: &'static str, description: Description) -> Preset {
    Preset { name, kind: Kind::Jwt(description) }
}

pub(super) static PRESETS: [Preset; 5] = [
    preset(
        "netlify",
        Description { issuer: Some("netlify"), ..hs256("X-Webhook-Signature", "/sha256", Life::Endless) },
    ),
    preset(
        "plaid",
        Description {
            algorithm: Algorithm::Es256,
            ..hs256("Plaid-Verification", "/request_body_sha256", Life::Since { tolerance: 300 })
        },
    ),
    preset(
        "vonage",
        Description {
            prefix: "Bearer ",
            has_id: true,
            ..hs256("Authorization", "/payload_hash", Life::Since { tolerance: 300 })
        },
    ),
    preset(
        "messagebird",
        Description {
            issuer: Some("MessageBird"),
            url_hash: Some("/url_hash"),
            unhashed: true,
            has_id: true,
            ..hs256("MessageBird-Signature-JWT", "/payload_hash", Life::Until { tolerance: 60 })
        },
    ),
    preset(
        "livekit",
        Description { encoding: Encoding::Base64, ..hs256("Authorization", "/sha256", Life::Until { tolerance: 300 }) },
    ),
];
