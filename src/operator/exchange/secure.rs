//! https, by the curl of this machine. What it sends is written to its standard input: its arguments are seen by
//! everybody.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::{Reply, Request, http};

pub(super) fn exchange(url: &str, request: &Request<'_>) -> Result<Reply, String> {
    let curl = Command::new("curl")
        .args(["--disable", "--silent", "--show-error", "--include", "--http1.1", "--raw", "--max-time", "40"])
        .args(["--proto", "=https", "--config", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut curl = curl.map_err(|error| format!("https needs curl, which cannot be run: {error}"))?;
    let config = config(url, request)?;
    let written = curl.stdin.take().map(|mut input| input.write_all(config.as_bytes()));
    written.transpose().map_err(|error| format!("curl takes no request: {error}"))?;
    let ended = curl.wait_with_output().map_err(|error| format!("curl failed: {error}"))?;
    if !ended.status.success() {
        return Err(format!("not sent: {}", String::from_utf8_lossy(&ended.stderr).trim()));
    }
    http::parse(&ended.stdout).ok_or_else(|| "no answer in HTTP".into())
}

/// The file that `curl --config` reads.
fn config(url: &str, request: &Request<'_>) -> Result<String, String> {
    let body = core::str::from_utf8(request.body).map_err(|_| "curl can only be given a body in UTF-8")?;
    if body.contains('\0') {
        return Err("curl cannot be given a body with a zero byte".into());
    }
    let mut lines = vec![format!("url = {}", quoted(url)), format!("request = {}", quoted(request.method))];
    let header = |(name, value): (&str, &str)| format!("header = {}", quoted(&format!("{name}: {value}")));
    lines.extend(request.headers.iter().copied().map(header));
    if !body.is_empty() {
        lines.push(header(("expect", "")));
        lines.push(format!("data-raw = {}", quoted(body)));
    }
    lines.push(String::new());
    Ok(lines.join("\n"))
}

/// A text in a file of curl's, which knows these escapes and no others.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            other => quoted.push(other),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_told_to_curl_and_not_in_its_arguments() {
        let headers = vec![("authorization", "Bearer hunter2")];
        let get = config("https://a.dev/x", &Request { method: "GET", headers, body: b"" });
        assert_eq!(
            get.as_deref(),
            Ok("url = \"https://a.dev/x\"\nrequest = \"GET\"\nheader = \"authorization: Bearer hunter2\"\n")
        );
    }

    #[test]
    fn nothing_leaves_its_quotes() {
        assert_eq!(quoted("a\"b\\c\nd\r\te"), "\"a\\\"b\\\\c\\nd\\r\\te\"");
    }
}
