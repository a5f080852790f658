//! What a new hook is to be: what the flags say, and what is asked for on a terminal.

use super::interview::Interview;
use super::parts::Parts;
use crate::catalogue::{self, Issuer};
use crate::handshake::Handshake;
use crate::operator::arguments::NewArguments;
use crate::operator::check;
use crate::operator::deployment::Deployment;
use crate::operator::{Fault, Surroundings};

const OBJECTS: [&str; 4] = ["post", "user", "comment", "order"];
const TYPES: [&str; 4] = ["string", "number", "integer", "boolean"];

/// A hook as it was asked for.
#[derive(Debug)]
pub(super) struct Wish {
    pub(super) purpose: String,
    pub(super) owner: String,
    pub(super) review_by: String,
    pub(super) live: bool,
    pub(super) mechanism: Mechanism,
    /// As the sender names them; none is all.
    pub(super) events: Vec<String>,
    pub(super) origin: Option<String>,
    /// What becomes of failures, where no preset says it or the operator wants it otherwise.
    pub(super) on_failure: Option<String>,
    /// A kind, and where its identifier is.
    pub(super) objects: Vec<(String, String)>,
    /// A place, and perhaps its type.
    pub(super) fields: Vec<(String, Option<String>)>,
    /// Why fields may pass that the sender does not sign, if they may; empty where the operator says so.
    pub(super) unsigned_fields: Option<String>,
}

/// How senders prove who they are: what stands in the table of `auth`, but for the secrets.
#[derive(Debug, Default)]
pub(super) struct Mechanism {
    pub(super) scheme: String,
    pub(super) hash: Option<String>,
    pub(super) header: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) user: Option<String>,
    /// Where the URL is signed: what precedes the hook's id in it.
    pub(super) url: Option<String>,
}

impl Wish {
    /// # Errors
    /// What is missing or cannot be understood.
    pub(super) fn of(
        arguments: &NewArguments,
        review_by: String,
        deployment: &Deployment<'_>,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<Self, Fault> {
        let mut interview = Interview::with(surroundings);
        let purpose = interview.required(&arguments.purpose, "--purpose", "What is the hook for?")?;
        let owner = interview.required(&arguments.owner, "--owner", "Who answers for it (Name <e-mail> or URL)?")?;
        let scheme = interview.optional(
            &arguments.scheme,
            "How does the sender prove itself (hmac, basic, api-key, or a provider such as stripe)?",
            "hmac",
        )?;
        let mechanism = Mechanism::of(scheme, arguments, deployment, &mut interview)?;
        let events = events(&mechanism.scheme, arguments, &mut interview)?;
        let on_failure = on_failure(&mechanism.scheme, arguments, &mut interview)?;
        let origin = origin(arguments, deployment, &mut interview)?;
        let objects =
            interview.list(&arguments.objects, "Which object is it about (order=/data/order_id; empty: no more)?")?;
        let parts = Parts::of(&mechanism.scheme);
        let mut fields = interview.list(&arguments.fields, &parts.question())?;
        interview.finish()?;
        if objects.is_empty() && fields.is_empty() {
            fields = parts.suggested().iter().map(|place| (*place).into()).collect();
        }
        let objects: Vec<(String, String)> = objects.iter().map(|text| object(text)).collect::<Result<_, _>>()?;
        let fields: Vec<(String, Option<String>)> = fields.iter().map(|text| field(text)).collect::<Result<_, _>>()?;
        let places = objects.iter().map(|(_, at)| at).chain(fields.iter().map(|(at, _)| at)).map(String::as_str);
        let unsigned_fields = parts.why_unsigned(places).or(arguments.unsigned_fields.then(String::new));
        Ok(Self {
            purpose,
            owner,
            review_by: arguments.review_by.clone().unwrap_or(review_by),
            live: arguments.live,
            mechanism,
            events,
            origin,
            on_failure,
            objects,
            fields,
            unsigned_fields,
        })
    }
}

impl Mechanism {
    /// What flags say, and for the schemes that need it what they do not. Whether the scheme exists, the core knows.
    fn of(
        scheme: String,
        arguments: &NewArguments,
        deployment: &Deployment<'_>,
        interview: &mut Interview<'_, '_>,
    ) -> Result<Self, Fault> {
        let NewArguments { hash, header, prefix, user, host, .. } = arguments;
        let url = None;
        let mut mechanism = Self {
            hash: hash.clone(),
            header: header.clone(),
            prefix: prefix.clone(),
            user: user.clone(),
            url,
            scheme,
        };
        match mechanism.scheme.as_str() {
            "hmac" => {
                mechanism.hash.get_or_insert_with(|| "sha256".into());
                // The header of GitHub and of many who follow it, whose signatures have a prefix.
                let asked = interview.optional(header, "Which header has the signature?", "X-Hub-Signature-256")?;
                let usual = if asked == "X-Hub-Signature-256" { "sha256=" } else { "" };
                let prefix = interview.optional(prefix, "What stands before the signature (`-`: nothing)?", usual)?;
                mechanism.header = Some(asked);
                mechanism.prefix = Some(prefix).filter(|prefix| !prefix.is_empty() && prefix != "-");
            }
            "basic" => {
                mechanism.user =
                    Some(interview.required(user, "--user", "Which user name does the sender present?")?);
            }
            "api-key" => {
                mechanism.header = Some(interview.optional(header, "Which header has the key?", "X-Api-Key")?);
            }
            "ed25519" | "ecdsa-p256" => {
                mechanism.header = Some(interview.required(header, "--header", "Which header has the signature?")?);
            }
            provider => {
                if catalogue::provider(provider).is_some_and(|provider| provider.signs_url) {
                    let question = "At which host does the sender reach the gate? It signs that, too.";
                    let host = match check::host(deployment) {
                        Some(known) => interview.optional(host, question, &known)?,
                        None => interview.required(host, "--host", question)?,
                    };
                    mechanism.url = Some(format!("https://{host}/{}/", deployment.slug()));
                }
            }
        }
        Ok(mechanism)
    }

    /// How many secrets the sender has at once.
    pub(super) fn secrets(&self) -> usize {
        if self.scheme == "box" { 2 } else { 1 }
    }

    /// Whether the sender asks with a token of ours before it signs anything.
    pub(super) fn has_verify_token(&self) -> bool {
        Handshake::of(&self.scheme) == Some(Handshake::Meta)
    }

    /// Who makes the secret.
    pub(super) fn issuer(&self) -> Issuer {
        match self.scheme.as_str() {
            "ed25519" | "ecdsa-p256" => Issuer::Nobody,
            scheme => catalogue::provider(scheme).map_or(Issuer::Receiver { most: 64 }, |provider| provider.issuer),
        }
    }
}

/// The events that flags name; else those that are asked for, of a provider that says where they are.
fn events(scheme: &str, arguments: &NewArguments, interview: &mut Interview<'_, '_>) -> Result<Vec<String>, Fault> {
    match catalogue::provider(scheme).filter(|provider| !provider.event.is_empty()) {
        Some(provider) => {
            let question =
                format!("Which event is it for, as it stands in {} (empty: no more, or all)?", provider.event);
            interview.list(&arguments.events, &question)
        }
        None => Ok(arguments.events.clone()),
    }
}

/// What a flag says; else what is asked for, where no preset knows whether the sender tries again.
fn on_failure(
    scheme: &str,
    arguments: &NewArguments,
    interview: &mut Interview<'_, '_>,
) -> Result<Option<String>, Fault> {
    if arguments.on_failure.is_some() || crate::hook::keeps(scheme).is_some() {
        return Ok(arguments.on_failure.clone());
    }
    // Nothing is lost by keeping what the sender would have sent again.
    let question = "What becomes of a delivery that the site fails: does the sender try again after a 5xx (reply), or is the gate to hold it and try again (keep)?";
    interview.optional(&None, question, "keep").map(Some)
}

/// A site that the configuration has; none is the one in `ORIGIN`.
fn origin(
    arguments: &NewArguments,
    deployment: &Deployment<'_>,
    interview: &mut Interview<'_, '_>,
) -> Result<Option<String>, Fault> {
    let sites = deployment.sites();
    let known: Vec<&str> = sites.iter().filter_map(|(label, _)| label.strip_prefix("ORIGINS.")).collect();
    let known = known.join(", ");
    let name = if sites.is_empty() {
        arguments.origin.clone().unwrap_or_else(|| "ORIGIN".into())
    } else {
        interview.optional(&arguments.origin, &format!("Which site does it go to (ORIGIN, {known})?"), "ORIGIN")?
    };
    if name == "ORIGIN" {
        return Ok(None);
    }
    if sites.iter().any(|(label, _)| label.strip_prefix("ORIGINS.") == Some(&name)) {
        return Ok(Some(name));
    }
    let known = if known.is_empty() { "there are none".into() } else { format!("there are {known}") };
    Err(Fault::Told(format!("there is no origin {name:?} in ORIGINS: {known}")))
}

fn object(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=').filter(|(kind, at)| OBJECTS.contains(kind) && at.starts_with('/'));
    parts
        .map(|(kind, at)| (kind.into(), at.into()))
        .ok_or_else(|| format!("{text:?} is no object such as order=/data/order_id, of {}", OBJECTS.join(", ")))
}

fn field(text: &str) -> Result<(String, Option<String>), String> {
    let (at, kind) = match text.rsplit_once(':') {
        Some((at, kind)) if TYPES.contains(&kind) => (at, Some(kind.to_owned())),
        Some((_, kind)) if !kind.contains('/') => {
            return Err(format!("{text:?}: a field's type is one of {}", TYPES.join(", ")));
        }
        _ => (text, None),
    };
    if at.starts_with('/') {
        Ok((at.into(), kind))
    } else {
        Err(format!("{text:?} is no JSON pointer such as /data/amount"))
    }
}
