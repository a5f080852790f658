//! Those that sign nothing: whoever has seen one delivery can send any other. Prefer what signs, where there is a
//! choice.

use super::{Kind, Preset};

pub(super) static PRESETS: [Preset; 5] = [
    Preset { name: "gitlab-token", kind: Kind::Token("X-Gitlab-Token") },
    Preset { name: "flutterwave-v3", kind: Kind::Token("verif-hash") },
    Preset { name: "telegram", kind: Kind::Token("X-Telegram-Bot-Api-Secret-Token") },
    Preset { name: "wunderautomation-key", kind: Kind::Token("X-API-KEY") },
    Preset { name: "microsoft-graph", kind: Kind::BodyToken("/value/*/clientState") },
];
