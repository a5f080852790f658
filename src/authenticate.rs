//! Step 3: prove who sent a request. Every mechanism of the hook must pass, over the raw bytes.

use core::hint::black_box;

use crate::handshake::{is_challenge, proven};
use crate::hook::{Door, Hook};
use crate::host::{Body, Host, Request};
use crate::key::IdempotencyKey;
use crate::outcome::{Outcome, Rejection};
use crate::receive::{Media, Received, receive};
use crate::scheme::Proof;
use crate::target::Target;

/// A delivery whose sender is proven, and the key that its repeats share. Only `authenticate` makes one.
#[derive(Debug)]
pub struct Verified<'g> {
    hook: &'g Hook,
    received: Received,
    key: IdempotencyKey,
    /// The index of the secret that each mechanism was passed with.
    secrets: Vec<usize>,
    /// Its event is none of those that the hook is for.
    ignored: bool,
}

/// Which secret of each mechanism matched, as the audit entry names it: `hmac[0]`.
pub(crate) type Matched = Vec<String>;

impl<'g> Verified<'g> {
    pub(crate) fn hook(&self) -> &'g Hook {
        self.hook
    }

    pub(crate) fn query(&self) -> &str {
        self.received.query()
    }

    pub(crate) fn media(&self) -> Media {
        self.received.media()
    }

    pub(crate) fn body(&self) -> &Body {
        self.received.body()
    }

    /// Whether its event is none of those that the hook is for.
    pub(crate) fn is_ignored(&self) -> bool {
        self.ignored
    }

    /// What its operator should know of the secrets that its sender uses.
    pub(crate) fn old_secrets(&self) -> impl Iterator<Item = String> {
        let mechanisms = self.hook.door.mechanisms.iter().zip(&self.secrets).enumerate();
        mechanisms.filter(|(_, (_, secret))| **secret > 0).map(|(index, (mechanism, secret))| {
            let name = mechanism.secrets.get(*secret).map_or("", |secret| secret.name.as_str());
            format!(
                "hook {}: a sender uses the secret {name}, which is not the first of auth[{index}].secrets",
                self.hook.id
            )
        })
    }

    pub(crate) fn key(&self) -> &IdempotencyKey {
        &self.key
    }
}

/// Verifies a request and derives its idempotency key; `matched` tells the audit entry by which secrets, and `answer` the
/// sender what it asks for.
///
/// # Errors
/// [`Rejection::Unauthenticated`] for every cause; a malformation if the payload of a proven sender has no key; a
/// handshake, which is no delivery.
pub(crate) async fn authenticate<'g>(
    received: Received,
    hook: &'g Hook,
    request: &impl Request,
    host: &impl Host,
    matched: &mut Matched,
    answer: &mut String,
) -> Result<Verified<'g>, Outcome> {
    let proofs = verify(&hook.door, request, received.body(), host).await;
    let proofs = proofs.into_iter().collect::<Option<Vec<Proof>>>();
    let proofs = proofs.filter(|_| !is_challenge(&hook.door, received.body())).ok_or(Rejection::Unauthenticated)?;
    let mechanisms = &hook.door.mechanisms;
    let names = mechanisms.iter().zip(&proofs);
    matched.extend(names.map(|(mechanism, proof)| format!("{}[{}]", mechanism.name, proof.secret)));
    if mechanisms.is_empty() {
        matched.push("none".into());
    }
    for (mechanism, proof) in mechanisms.iter().zip(&proofs) {
        proven(mechanism, proof.secret, &received, answer)?;
    }
    let secrets = proofs.iter().map(|proof| proof.secret).collect();
    let id = proofs.into_iter().find_map(|proof| proof.id);
    let event = hook.events.as_ref().map(|events| (events, events.find(request, received.body())));
    let ignored = matches!(event, Some((_, None)));
    let topic = event.filter(|(events, _)| events.distinguishes).and_then(|(_, event)| event);
    let key = IdempotencyKey::of(&received, hook, id.as_deref(), topic, host).await.map_err(Rejection::Malformed)?;
    Ok(Verified { hook, received, key, secrets, ignored })
}

/// Does the work of steps 2 and 3 for nothing, so that a missing hook cannot be told from a closed door by its cost.
pub(crate) async fn pretend(decoy: &Door, target: &Target<'_>, media: Media, request: &impl Request, host: &impl Host) {
    if let Ok(received) = receive(decoy, target, media, request).await {
        // The compiler, too, must not see that it is for nothing.
        black_box(verify(decoy, request, received.body(), host).await);
    }
}

/// What each mechanism has found out. All are tried, whatever the first ones say: the time taken does not tell which
/// one failed.
async fn verify(door: &Door, request: &impl Request, body: &Body, host: &impl Host) -> Vec<Option<Proof>> {
    let now = host.now();
    let mut proofs = Vec::with_capacity(door.mechanisms.len());
    for mechanism in &door.mechanisms {
        proofs.push(mechanism.verify(request, body, now, host).await);
    }
    proofs
}
