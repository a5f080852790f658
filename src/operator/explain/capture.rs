//! A captured request, byte for byte.

use core::time::Duration;

use super::curl;
use crate::host::{Body, BodyFault, Request};
use crate::target::Target;

/// A request as it arrived. It has no `Debug`: its headers may be passwords.
#[derive(Clone)]
pub(super) struct Capture {
    /// Upper case.
    pub(super) method: String,
    /// Absolute.
    pub(super) url: String,
    /// Names in lower case, in the order of arrival.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Capture {
    /// Reads an `.http` file or a curl command.
    ///
    /// # Errors
    /// What cannot be understood.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        if curl::is_command(bytes) { curl::read(bytes) } else { Self::parse(bytes) }
    }

    /// The request line, headers, an empty line, and all that follows as the body. Lines end with LF or CR LF; comments
    /// of `.http` files may precede.
    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut lines: Vec<String> = Vec::new();
        let mut begun = false;
        loop {
            let Some(end) = rest.iter().position(|byte| *byte == b'\n') else {
                lines.push(line(rest)?);
                rest = &[];
                break;
            };
            let (own, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
            rest = after.get(1..).unwrap_or(&[]);
            let own = line(own)?;
            let comment = own.is_empty() || own.starts_with(['#', '@']) || own.starts_with("//");
            if !begun && comment {
                continue;
            }
            if own.is_empty() {
                break;
            }
            begun = true;
            lines.push(own);
        }
        let mut lines = lines.into_iter();
        let request = lines.next().unwrap_or_default();
        let mut words = request.split_whitespace();
        let method = words.next().filter(|word| word.bytes().all(|b| b.is_ascii_uppercase()) && !word.is_empty());
        let (Some(method), Some(target)) = (method, words.next()) else {
            return Err("it does not begin with a request line, such as POST /wa-hook/k3v9x0q2m7ta HTTP/1.1".into());
        };
        let header =
            |line: String| match line.split_once(':') {
                Some((name, value)) if !name.trim().is_empty() => {
                    Ok((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
                }
                _ => Err("a line before the empty one is no header: the body is what follows the first empty line"
                    .to_owned()),
            };
        let headers: Vec<(String, String)> =
            lines.filter(|line| !line.starts_with(':')).map(header).collect::<Result<_, _>>()?;
        let host = headers.iter().find(|(name, _)| name == "host").map_or("gate.invalid", |(_, host)| host);
        let url = if target.contains("://") { target.into() } else { format!("https://{host}{target}") };
        Ok(Self { method: method.into(), url, headers, body: rest.into() })
    }

    /// The value of a header, repeated ones joined by `, `; `name` is lower case.
    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self.values(name).collect();
        if values.is_empty() { None } else { Some(values.join(", ")) }
    }

    pub(super) fn values<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'s str> {
        self.headers.iter().filter(move |(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Replaces a header, in either spelling.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        let name = name.to_ascii_lowercase().replace('_', "-");
        self.headers.retain(|(own, _)| own.replace('_', "-") != name);
        self.headers.push((name, value.into()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.headers.retain(|(own, _)| own != name);
    }
}

fn line(bytes: &[u8]) -> Result<String, String> {
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    // RFC 9110 §5.5: what is not ASCII in a header is opaque; nobody signs it.
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

impl Request for Capture {
    fn method(&self) -> String {
        self.method.clone()
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn header(&self, name: &str) -> Option<String> {
        Self::header(self, name)
    }

    fn tls_version(&self) -> Option<String> {
        (Target::of(&self.url).scheme == "https").then(|| "TLSv1.3".into())
    }

    async fn body(&self, cap: usize, _: Duration) -> Result<Body, BodyFault> {
        if self.body.len() > cap { Err(BodyFault::TooLarge) } else { Ok(self.body.clone().into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_every_byte_after_the_first_empty_line() {
        for (text, body) in [
            ("POST /a HTTP/1.1\r\nHost: x\r\n\r\nb\r\n\n", &b"b\r\n\n"[..]),
            ("# why\n\nPOST https://x/a\nHost: x\n\n\r\n", b"\r\n"),
            ("POST /a HTTP/1.1\nHost: x", b""),
        ] {
            let capture = Capture::read(text.as_bytes()).ok().unwrap();
            assert_eq!((capture.url.as_str(), &*capture.body), ("https://x/a", body), "{text:?}");
        }
        for wrong in ["", "{}", "post /a\n\n", "POST\n\n", "POST /a\nno header\n\n"] {
            assert!(Capture::read(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
    }
}
