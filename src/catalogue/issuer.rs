//! Who makes the secret that sender and gate share.

use crate::scheme::description::{Algorithm, Description};

/// Where a hook's secret comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Issuer {
    /// The provider makes it, and shows it.
    Provider,
    /// Whoever sets the webhook up makes it, of at most so many characters, and gives it to the provider.
    Receiver {
        /// Characters.
        most: usize,
    },
    /// There is none: the provider signs with a private key, and shows its public one.
    Nobody,
}

/// As long as the gate likes.
const ANY: Issuer = Issuer::Receiver { most: 64 };

impl Issuer {
    /// For a preset with this description; none where it presents a token.
    pub(super) fn of(preset: &str, description: Option<&Description<'_>>) -> Self {
        if description.is_some_and(|own| matches!(own.algorithm, Algorithm::Ed25519 | Algorithm::EcdsaP256)) {
            return Self::Nobody;
        }
        match preset {
            "lemonsqueezy" => Self::Receiver { most: 40 },
            "github"
            | "github-sha1"
            | "gitea"
            | "gitlab-token"
            | "bitbucket"
            | "jira"
            | "woocommerce"
            | "lifterlms"
            | "telegram"
            | "typeform"
            | "calendly"
            | "circleci"
            | "twitch"
            | "flutterwave"
            | "flutterwave-v3"
            | "razorpay"
            | "cal-com"
            | "sanity"
            | "dwolla"
            | "easypost"
            | "helpscout"
            | "heroku"
            | "wunderautomation"
            | "wunderautomation-key"
            | "microsoft-graph"
            | "netlify" => ANY,
            _ => Self::Provider,
        }
    }
}
