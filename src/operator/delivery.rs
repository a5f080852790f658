//! A delivery as its sender would send it: the one place of the command line where something is signed.

use base64ct::{Base64, Encoding as _};

use super::arguments::BodyArguments;
use super::chosen::{Chosen, listed};
use super::exchange::Request;
use super::{Fault, Surroundings};
use crate::sign::{Unsigned, shown, sign};
use crate::units;
use crate::var::Var;

/// A request with all that its sender adds.
pub(crate) struct Delivery {
    pub(crate) method: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: Vec<u8>,
    /// What the sender adds to the query of its URL, without `?`.
    query: String,
}

/// One header of it.
#[derive(Clone)]
pub(crate) struct Header {
    pub(crate) name: String,
    pub(crate) value: String,
    /// Who reads it knows this secret.
    pub(crate) gives_away: Option<String>,
}

/// What a sender has decided before it signs.
pub(crate) struct Plan {
    pub(crate) body: Vec<u8>,
    pub(crate) id: String,
    /// Milliseconds since 1970.
    pub(crate) at: u64,
}

impl Plan {
    /// # Errors
    /// A file or a time that cannot be read.
    pub(crate) fn of(arguments: &BodyArguments, surroundings: &mut Surroundings<'_>) -> Result<Self, Fault> {
        let body = match (&arguments.data, &arguments.body) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(path)) => super::read_bytes(path, surroundings)?,
            (None, None) => return Err("say what to sign: --body FILE or --data TEXT".to_owned().into()),
        };
        let at = arguments.at.as_deref().map_or(Ok(surroundings.now), super::moment)?;
        let id = match &arguments.id {
            Some(id) => id.clone(),
            None => random_id()?,
        };
        Ok(Self { body, id, at })
    }
}

impl BodyArguments {
    /// Whether the body is what somebody types.
    pub(crate) fn is_typed(&self) -> bool {
        self.body.as_ref().is_some_and(|path| path.as_os_str() == "-")
    }
}

impl Delivery {
    /// Signs by every mechanism of the hook.
    ///
    /// # Errors
    /// What is wrong with a mechanism or a secret, and which secret is not here.
    pub(crate) fn signed(chosen: &Chosen, plan: &Plan) -> Result<Self, String> {
        let text = |key: &str| chosen.hook.get(key).and_then(Var::as_text);
        let methods = chosen.hook.get("methods").and_then(Var::as_list).unwrap_or(&[]);
        let has = |method: &str| methods.iter().any(|own| own.as_text() == Some(method));
        let first = methods.first().and_then(Var::as_text).filter(|_| !has("POST"));
        let method = first.unwrap_or("POST");
        let body = plan.body.clone();
        let mut delivery = Self { method: method.into(), headers: Vec::new(), body, query: String::new() };
        let mut form = text("media") == Some("form");
        for mechanism in chosen.mechanisms() {
            form |= delivery.prove(chosen, mechanism, plan)?;
        }
        if !delivery.body.is_empty() {
            let media = if form { "application/x-www-form-urlencoded" } else { "application/json" };
            let value = media.into();
            delivery.headers.insert(0, Header { name: "content-type".into(), value, gives_away: None });
        }
        Ok(delivery)
    }

    /// Whether the sender writes something into the body or the URL, so that its headers are not all.
    pub(crate) fn is_more_than_headers(&self, plan: &Plan) -> bool {
        self.body != plan.body || !self.query.is_empty()
    }

    /// What is sent.
    pub(crate) fn request(&self) -> Request<'_> {
        let headers = self.headers.iter().map(|own| (own.name.as_str(), own.value.as_str())).collect();
        Request { method: &self.method, headers, body: &self.body }
    }

    /// A URL with what the sender adds to its query.
    pub(crate) fn to(&self, url: &str) -> String {
        match (self.query.as_str(), url.contains('?')) {
            ("", _) => url.into(),
            (query, false) => format!("{url}?{query}"),
            (query, true) => format!("{url}&{query}"),
        }
    }

    /// Adds what a mechanism asks for, and tells whether its bodies are forms.
    fn prove(&mut self, chosen: &Chosen, mechanism: &Var, plan: &Plan) -> Result<bool, String> {
        let text = |key: &str| mechanism.get(key).and_then(Var::as_text).unwrap_or("");
        let scheme = text("scheme");
        let (name, secret) = held(chosen, mechanism, plan.at)?;
        match scheme {
            "basic" if text("user").is_empty() => return Err("--scheme basic needs --user NAME".into()),
            "basic" => {
                let credentials = Base64::encode_string(format!("{}:{secret}", text("user")).as_bytes());
                self.add("authorization", &format!("Basic {credentials}"), Some(name));
            }
            "api-key" if text("header").is_empty() => return Err("--scheme api-key needs --header NAME".into()),
            "api-key" => self.add(text("header"), &secret, Some(name)),
            _ => {
                let request =
                    Unsigned { method: &self.method.clone(), body: &self.body.clone(), id: &plan.id, now: plan.at };
                let signed = sign(mechanism, &secret, request).map_err(|why| told(scheme, &why))?;
                for (header, value) in &signed.headers {
                    let gives_away = value.contains(&secret).then_some(name);
                    self.add(header, value, gives_away);
                }
                (self.body, self.query) = (signed.body, signed.query);
                return Ok(signed.form);
            }
        }
        Ok(false)
    }

    fn add(&mut self, name: &str, value: &str, gives_away: Option<&str>) {
        let gives_away = gives_away.map(Into::into);
        self.headers.push(Header { name: name.into(), value: value.into(), gives_away });
    }
}

/// What the sender holds, and the name of that secret: what was given, else the first of the list that may be used.
fn held<'c>(chosen: &'c Chosen, mechanism: &'c Var, now: u64) -> Result<(&'c str, String), String> {
    let secrets = mechanism.get("secrets").and_then(Var::as_list).unwrap_or(&[]);
    let over = |day: &str| units::date(day).is_some_and(|day| now / 86_400_000 > day);
    let may = secrets.iter().map(listed).find(|(_, not_after)| !not_after.is_some_and(over));
    let (name, _) = may.ok_or("the hook has no secret that may still be used")?;
    let others = chosen.mechanisms().iter().filter(|other| *other != mechanism).any(signs);
    if let Some(secret) = chosen.given.as_ref().filter(|_| signs(mechanism) || !others) {
        return Ok((name, secret.clone()));
    }
    let secret = chosen.secret(name).ok_or_else(|| {
        format!("the secret {name} is not in .dev.vars: put it there, or name it with --secret-env or --secret-file")
    })?;
    // A public key has the form of a private one, and would sign what nobody verifies.
    if signs(mechanism) && shown(mechanism, secret).is_ok_and(|public| public != secret) {
        return Err(format!(
            "{name} is a public key: only the provider can sign. For a test, configure the public half of a key pair of your own, and name the private half with --secret-env or --secret-file"
        ));
    }
    Ok((name, secret.into()))
}

/// Whether a mechanism is more than a password or key.
pub(crate) fn signs(mechanism: &Var) -> bool {
    !matches!(mechanism.get("scheme").and_then(Var::as_text), Some("basic" | "api-key") | None)
}

fn told(scheme: &str, why: &str) -> String {
    let why = why.trim_start_matches([':', ' ']);
    match scheme {
        "hmac" | "ed25519" | "ecdsa-p256" => {
            format!("{scheme}: {why}. Describe the provider in wrangler.toml, and name its hook with --hook")
        }
        _ if why.starts_with("scheme") => format!("there is no scheme {scheme:?}: README lists them"),
        _ if why.starts_with("url") => format!("{scheme} signs its URL: say which, --url https://…"),
        _ => format!("{scheme}: {why}"),
    }
}

fn random_id() -> Result<String, String> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|error| format!("the system gives no random numbers: {error}"))?;
    Ok(format!("msg_{}", base16ct::lower::encode_string(&bytes)))
}
