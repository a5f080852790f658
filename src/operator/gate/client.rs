//! Which gate is asked, with which token, and how.

use std::path::Path;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::{DeserializeOwned, IgnoredAny};

use super::refusal::Refusal;
use crate::operator::arguments::GateArguments;
use crate::operator::dev_vars::DevVars;
use crate::operator::exchange::{Request, check, exchange};
use crate::operator::source::visible;
use crate::operator::{Fault, Surroundings, prompt, read};
use crate::target::Target;

/// A gate that knows us. It has no `Debug`: nothing prints the token.
pub(super) struct Client {
    /// `https://hooks.your-shop.com`
    pub(super) gate: String,
    token: String,
    json: bool,
}

impl Client {
    /// # Errors
    /// It is not said which gate, or there is no token for it.
    pub(super) fn of(arguments: &GateArguments, surroundings: &mut Surroundings<'_>) -> Result<Self, Fault> {
        if arguments.token.is_some() {
            return Err("a token on the command line is read by everybody on this machine (`ps`) and kept in the shell's history: put it into the variable HOOKGATE_ADMIN_TOKEN, or type it when you are asked; and make a new one".to_owned().into());
        }
        let named = arguments.gate.clone().or_else(|| set("HOOKGATE_URL", surroundings));
        let gate = address(named.as_deref())?;
        let token = token(&gate, arguments.dev_vars.as_deref(), surroundings)?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("the token has a character that no header can carry, such as a space or a line end"
                .to_owned()
                .into());
        }
        Ok(Self { gate, token, json: arguments.json })
    }

    /// What the gate answers to a question, JSON.
    ///
    /// # Errors
    /// It said no, or could not be asked.
    pub(super) fn get(&self, what: &str, query: &[(&str, &str)]) -> Result<String, Refusal> {
        let pair = |(key, value): &(&str, &str)| format!("{key}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
        let query: Vec<String> = query.iter().map(pair).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        self.ask("GET", &format!("{what}{mark}{}", query.join("&")), b"")
    }

    /// Has the gate do something.
    ///
    /// # Errors
    /// It said no, or could not be asked.
    pub(super) fn post(&self, what: &str, body: &serde_json::Value) -> Result<String, Refusal> {
        self.ask("POST", what, body.to_string().as_bytes())
    }

    /// Understands an answer.
    ///
    /// # Errors
    /// It is another than this command line knows.
    pub(super) fn read<T: DeserializeOwned>(&self, answer: &str) -> Result<T, Refusal> {
        serde_json::from_str(answer).map_err(|_| {
            let gate = &self.gate;
            Refusal::unasked(format!("what {gate} answers is not understood: the gate is of another version than this command line; --json prints it"))
        })
    }

    /// Prints an answer as it is, if that was asked for.
    ///
    /// # Errors
    /// Nobody listens any more.
    pub(super) fn printed(&self, answer: &str, surroundings: &mut Surroundings<'_>) -> Result<bool, Fault> {
        if self.json {
            writeln!(surroundings.output, "{}", inert(answer))?;
        }
        Ok(self.json)
    }

    /// The end of a command that the gate refused.
    pub(super) fn refused(&self, refusal: Refusal, surroundings: &mut Surroundings<'_>) -> Fault {
        if let Some(Err(fault)) = refusal.answer.as_deref().map(|answer| self.printed(answer, surroundings)) {
            return fault;
        }
        if refusal.asked { Fault::Refused(refusal.says) } else { Fault::Told(refusal.says) }
    }

    fn ask(&self, method: &str, what: &str, body: &[u8]) -> Result<String, Refusal> {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", authorization.as_str()), ("accept", "application/json")];
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        let url = format!("{}/_hookgate/{what}", self.gate);
        let reply = exchange(&url, &Request { method, headers, body }).map_err(Refusal::unasked)?;
        let text = String::from_utf8(reply.body).ok().filter(|text| serde_json::from_str::<IgnoredAny>(text).is_ok());
        let location = reply.headers.into_iter().find(|(name, _)| name == "location").map(|(_, value)| value);
        match text {
            Some(text) if reply.status == 200 => Ok(text),
            text => Err(Refusal::of(&self.gate, reply.status, text, location.as_deref())),
        }
    }
}

/// A variable that is set, and not empty.
pub(super) fn set(name: &str, surroundings: &Surroundings<'_>) -> Option<String> {
    (surroundings.variable)(name).filter(|value| !value.is_empty())
}

/// The gate without a path. An address with a password in it is not repeated.
fn address(named: Option<&str>) -> Result<String, String> {
    let url = named.ok_or("say which gate is meant: --gate https://hooks.your-shop.com, or set HOOKGATE_URL")?;
    if url.contains('@') || !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("the gate's address has a user in it, or a character that no address has".into());
    }
    let Target { host, path, .. } = check(url)?;
    if host.is_empty() || !matches!(path, "" | "/") || url.contains(['?', '#']) {
        return Err(format!("{url:?} is not the address of a gate alone, https://hooks.your-shop.com"));
    }
    Ok(url.trim_end_matches('/').into())
}

/// That of the environment; for a gate on this machine the one in `.dev.vars`; else it is asked for.
fn token(gate: &str, dev_vars: Option<&Path>, surroundings: &mut Surroundings<'_>) -> Result<String, Fault> {
    if let Some(token) = set("HOOKGATE_ADMIN_TOKEN", surroundings) {
        return Ok(token);
    }
    let usual = Path::new(".dev.vars");
    if Target::of(gate).is_loopback() {
        if let Some(path) = dev_vars.or(Some(usual).filter(|path| path.exists())) {
            let secrets = DevVars::parse(&read(path)?.text);
            if let Some(token) = secrets.find("ADMIN_TOKEN").filter(|token| !token.value.is_empty()) {
                return Ok(token.value.clone());
            }
        }
    } else if dev_vars.is_some() {
        return Err("--dev-vars is for a gate on this machine: the token of another one is kept in no file"
            .to_owned()
            .into());
    }
    let typed = if surroundings.interactive {
        prompt::hidden(&format!("The ADMIN_TOKEN of {gate}"), surroundings)?
    } else {
        None
    };
    typed.ok_or_else(|| format!("there is no token for {gate}: put its ADMIN_TOKEN into HOOKGATE_ADMIN_TOKEN").into())
}

/// The same JSON with nothing that a terminal would obey.
fn inert(json: &str) -> String {
    let mut text = String::new();
    for character in json.chars() {
        if matches!(character, '\t' | '\r' | '\n') || visible(character) == character {
            text.push(character);
        } else {
            character.encode_utf16(&mut [0; 2]).iter().for_each(|half| text.push_str(&format!("\\u{half:04x}")));
        }
    }
    text
}
