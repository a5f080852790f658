//! One request and its answer, over http to this machine and over https to any other. A redirect is never followed.

mod http;
mod secure;

use super::finding::printable;
use crate::target::Target;

/// What is sent.
pub(crate) struct Request<'r> {
    pub(crate) method: &'r str,
    pub(crate) headers: Vec<(&'r str, &'r str)>,
    pub(crate) body: &'r [u8],
}

/// What came back.
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// Whether a URL may be asked: in clear text only this machine is.
///
/// # Errors
/// It may not.
pub(crate) fn check(url: &str) -> Result<Target<'_>, String> {
    let target = Target::of(url);
    match target.scheme {
        "https" => Ok(target),
        "http" if target.is_loopback() => Ok(target),
        "http" => Err(format!("{} is not this machine: it is reached by https alone", printable(target.host))),
        _ => Err(format!("{:?} is no URL, https://… or http://127.0.0.1…", printable(url))),
    }
}

/// Sends one request.
///
/// # Errors
/// It may not be sent, or there is no answer.
pub(crate) fn exchange(url: &str, request: &Request<'_>) -> Result<Reply, String> {
    if check(url)?.scheme == "http" { http::exchange(url, request) } else { secure::exchange(url, request) }
}
