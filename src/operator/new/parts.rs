//! What may pass of a delivery of which the sender signs parts only.

use crate::catalogue;

/// The parts of one sender, where it signs no more than that.
pub(super) struct Parts {
    scheme: String,
    signed: Vec<String>,
}

impl Parts {
    pub(super) fn of(scheme: &str) -> Self {
        let signed = catalogue::provider(scheme).map_or_else(Vec::new, |provider| provider.places);
        Self { scheme: scheme.into(), signed }
    }

    /// What passes where nothing is asked for: the least that tells what has happened. Most senders have nothing that
    /// could be said of all their deliveries.
    pub(super) fn suggested(&self) -> &'static [&'static str] {
        match self.scheme.as_str() {
            "adyen" => &[
                "/notificationItems/0/NotificationRequestItem/merchantReference",
                "/notificationItems/0/NotificationRequestItem/eventCode",
                "/notificationItems/0/NotificationRequestItem/success",
            ],
            "braintree" => &["/bt_payload"],
            "mercado-pago" => &["/data.id"],
            "mailgun" => &["/event-data/event"],
            "mailgun-form" => &["/event"],
            _ => &[],
        }
    }

    /// The question for fields, with those that the sender signs.
    pub(super) fn question(&self) -> String {
        let suggested = self.suggested().join(", ");
        if suggested.is_empty() {
            "Which field may pass (/type or /data/amount:integer; empty: no more)?".into()
        } else if self.is_hollow() {
            format!("Which field may pass (empty: no more, or {suggested})? {} signs none.", self.scheme)
        } else {
            let signed = self.signed.join(", ");
            format!("Which field may pass, of what is signed: {signed} (empty: no more, or {suggested})?")
        }
    }

    /// Why fields that are not signed have to be allowed: there are no others, and some of `places` are.
    pub(super) fn why_unsigned<'p>(&self, mut places: impl Iterator<Item = &'p str>) -> Option<String> {
        let open = self.is_hollow() && places.any(|place| self.signed.iter().all(|own| own != place));
        open.then(|| {
            format!("{} signs none of them: who has captured a delivery can change them before it arrives", self.scheme)
        })
    }

    /// Whether nothing is signed that says what has happened.
    fn is_hollow(&self) -> bool {
        let suggested = self.suggested();
        !suggested.is_empty() && suggested.iter().all(|place| self.signed.iter().all(|own| own != place))
    }
}
