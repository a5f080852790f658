//! The keys `on_failure`, `keep_for` and `on_stop` of a hook: what becomes of a delivery that does not reach its origin.

use crate::ledger::StopMode;
use crate::scheme::{Mechanism, presets};
use crate::table::Table;
use crate::units;

/// Longest `keep_for`, in milliseconds.
const LONGEST_KEEP: u64 = 30 * 86_400_000;

/// The presets whose senders do not try again, and those of whom nobody knows: what fails there is lost unless it is
/// kept. `retries` has the sources; a test holds the two together.
const ONCE: &str = "authorize-net buildkite cal-com checkout-com circleci cloudflare-stream customerio dwolla elevenlabs \
                    front gitea github github-sha1 gitlab gitlab-token gocardless helpscout lifterlms livekit mercado-pago \
                    messagebird mux netlify onfido patreon persona plivo recharge sentry telnyx twilio twilio-json \
                    twilio-sharedkey woocommerce wunderautomation wunderautomation-key x-twitter";

/// What becomes of what fails, and of what a stop stops.
pub(super) struct OnFailure {
    /// Milliseconds; `None` where the sender is told, and tries again.
    pub(super) keep: Option<u64>,
    pub(super) on_stop: StopMode,
}

/// Reads the keys; `mechanisms` are those of the hook, unless there was a mistake in them. `None` after a mistake.
pub(super) fn read(table: &mut Table<'_>, mechanisms: Option<&[Mechanism]>) -> Option<OnFailure> {
    let keeps = if table.has("on_failure") {
        table.parsed("on_failure", "\"reply\" or \"keep\"", |text| match text {
            "reply" => Some(false),
            "keep" => Some(true),
            _ => None,
        })
    } else {
        let usual = mechanisms.map(usual);
        if usual == Some(None) {
            table.mistake("on_failure", "is missing: \"reply\" if the sender tries again after a 5xx, else \"keep\"");
        }
        usual.flatten()
    };
    let keep_for = table.parsed_or("keep_for", "72h", "a duration from 60s to 30d", |text| {
        units::duration(text).filter(|ms| (60_000..=LONGEST_KEEP).contains(ms))
    });
    if keeps == Some(false) && table.has("keep_for") {
        table.mistake("keep_for", "does not go with `on_failure = \"reply\"`, which keeps nothing");
    }
    let on_stop = if table.has("on_stop") {
        table.parsed("on_stop", "\"hold\", \"reject\", \"drop\" or \"gone\"", StopMode::parse)
    } else {
        keeps.map(|keeps| if keeps { StopMode::Hold } else { StopMode::Reject })
    };
    let (keeps, keep_for) = (keeps?, keep_for?);
    Some(OnFailure { keep: keeps.then_some(keep_for), on_stop: on_stop? })
}

/// Whether a hook with these mechanisms keeps unless it says otherwise; `None` where no preset tells.
fn usual(mechanisms: &[Mechanism]) -> Option<bool> {
    let keeps = |mechanism: &Mechanism| presets::find(&mechanism.name).map(|preset| is_once(preset.name));
    mechanisms.iter().filter_map(keeps).reduce(|one, other| one || other)
}

/// Whether what fails at this preset's sender does not come again, as far as is known.
fn is_once(preset: &str) -> bool {
    ONCE.split(' ').any(|own| own == preset)
}

/// Whether a hook of this scheme has to say what becomes of failures; `None` where it does, else whether it keeps.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn keeps(scheme: &str) -> Option<bool> {
    presets::find(scheme).map(|preset| is_once(preset.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retries::{Retries, profile};

    #[test]
    fn what_is_kept_is_what_nobody_would_send_again() {
        for provider in crate::catalogue::providers() {
            let again = matches!(profile(provider.name).retries, Retries::Again(_));
            assert_eq!(keeps(provider.name), Some(!again), "{}", provider.name);
        }
        for name in ONCE.split(' ') {
            assert!(presets::find(name).is_some(), "{name} is no preset");
        }
        assert_eq!(keeps("hmac"), None);
    }
}
