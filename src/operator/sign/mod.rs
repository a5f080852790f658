//! `sign`: what a provider would send, in words that people and tools can send.

use std::fmt::Write as _;

use super::arguments::SignArguments;
use super::chosen::Chosen;
use super::delivery::{Delivery, Header, Plan};
use super::{DONE, Fault, Surroundings};

/// Where `npm run dev` and `npm start` serve the gate.
pub(crate) const LOCAL_GATE: &str = "http://127.0.0.1:8787";

/// Prints headers, a curl command or an `.http` file.
pub(super) fn run(arguments: &SignArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let chosen = Chosen::of(&arguments.sender, !arguments.body.is_typed(), surroundings)?;
    let plan = Plan::of(&arguments.body, surroundings)?;
    let delivery = Delivery::signed(&chosen, &plan)?;
    let url = || match &arguments.sender.url {
        Some(url) => Ok(url.clone()),
        None if chosen.written.is_some() => Ok(format!("{LOCAL_GATE}{}", chosen.path())),
        None => Err("say where it goes: --url".to_owned()),
    };
    let text = if arguments.curl {
        curl(&delivery, &delivery.to(&url()?), arguments.reveal)?.into_bytes()
    } else if arguments.http {
        http(&delivery, &delivery.to(&url()?), arguments.reveal)
    } else if delivery.is_more_than_headers(&plan) {
        let why = "this sender writes into the body or the URL, so its headers are not all: --curl or --http";
        return Err(why.to_owned().into());
    } else {
        headers(&delivery, arguments.reveal).into_bytes()
    };
    surroundings.output.write_all(&text)?;
    Ok(DONE)
}

fn headers(delivery: &Delivery, reveal: bool) -> String {
    delivery.headers.iter().map(|header| format!("{}: {}\n", header.name, header.shown(reveal))).collect()
}

/// The request as it goes over the wire; nothing follows the body.
fn http(delivery: &Delivery, url: &str, reveal: bool) -> Vec<u8> {
    let length = delivery.body.len();
    let headers = headers(delivery, reveal).replace('\n', "\r\n");
    let head = format!("{} {url} HTTP/1.1\r\n{headers}content-length: {length}\r\n\r\n", delivery.method);
    [head.as_bytes(), &delivery.body].concat()
}

/// One command for a POSIX shell. A secret that is sent as it is comes from the shell's environment.
fn curl(delivery: &Delivery, url: &str, reveal: bool) -> Result<String, String> {
    let mut text = format!("curl --request {} {}", delivery.method, quoted(url));
    for header in &delivery.headers {
        let line = match (&header.gives_away, reveal) {
            (Some(name), false) if header.name == "authorization" => {
                format!("\"{}: Basic $(printf %s \"{}:${name}\" | base64 | tr -d '\\n')\"", header.name, header.user())
            }
            (Some(name), false) => format!("\"{}: ${name}\"", header.name),
            _ => quoted(&format!("{}: {}", header.name, header.value)),
        };
        let _ = write!(text, " \\\n  --header {line}");
    }
    if !delivery.body.is_empty() {
        let body = core::str::from_utf8(&delivery.body).ok().filter(|body| !body.contains('\0'));
        let body = body.ok_or("the body is no text that a shell can hold: use --http")?;
        // `--data-raw` takes an `@` for what it is, and adds nothing.
        let _ = write!(text, " \\\n  --data-raw {}", quoted(body));
    }
    text.push('\n');
    Ok(text)
}

impl Header {
    /// The value, or the name of the secret that it would give away.
    pub(crate) fn shown(&self, reveal: bool) -> String {
        match &self.gives_away {
            Some(name) if !reveal && self.name == "authorization" => {
                format!("Basic ${{base64 of {}:{name}}}", self.user())
            }
            Some(name) if !reveal => format!("${{{name}}}"),
            _ => self.value.clone(),
        }
    }

    /// The user of Basic credentials.
    fn user(&self) -> String {
        use base64ct::{Base64, Encoding as _};
        let decoded = self.value.strip_prefix("Basic ").and_then(|text| Base64::decode_vec(text).ok());
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        text.split(':').next().unwrap_or("").into()
    }
}

/// A word of a POSIX shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
