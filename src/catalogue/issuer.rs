//! Who makes the secret that sender and gate share.

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
    /// For a preset, which may sign with a private key.
    pub(super) fn of(preset: &str, signs_privately: bool) -> Self {
        if signs_privately {
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
