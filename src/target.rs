//! The parts of a request's URL. A full URL parser would double the Worker's size, and the runtime has already
//! normalised what it hands over.

/// An absolute URL in parts, nothing decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target<'u> {
    pub(crate) scheme: &'u str,
    pub(crate) host: &'u str,
    pub(crate) path: &'u str,
    pub(crate) query: &'u str,
}

impl<'u> Target<'u> {
    pub(crate) fn of(url: &'u str) -> Self {
        let (scheme, rest) = url.split_once(':').unwrap_or(("", url));
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_at_checked(rest.find('/').unwrap_or(rest.len())).unwrap_or((rest, ""));
        Self { scheme, host: host(authority), path, query }
    }

    /// Whether the host is this machine: `localhost`, `127.0.0.0/8`, `[::1]`.
    pub(crate) fn is_loopback(&self) -> bool {
        // A host of digits and dots is an IPv4 address, and the runtime has normalised it.
        let ipv4 = self.host.starts_with("127.") && self.host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        ipv4 || self.host == "localhost" || self.host == "[::1]"
    }
}

/// The host of an authority, without user and port.
fn host(authority: &str) -> &str {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((before, port)) if port.bytes().all(|b| b.is_ascii_digit()) => before,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_split_into_its_parts() {
        let target = Target::of("https://gate.example:8443/wa-hook/abc?a=/b?c#d?e");
        assert_eq!(target, Target { scheme: "https", host: "gate.example", path: "/wa-hook/abc", query: "a=/b?c" });
        assert_eq!(
            Target::of("https://gate.example?x=/y"),
            Target { scheme: "https", host: "gate.example", path: "", query: "x=/y" }
        );
    }

    #[test]
    fn only_this_machine_is_a_loopback_host() {
        for url in [
            "http://localhost/",
            "http://localhost:8787/",
            "http://127.0.0.1:80/",
            "http://127.9.9.9/",
            "http://[::1]:8787/",
        ] {
            assert!(Target::of(url).is_loopback(), "{url}");
        }
        for url in [
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://localhost@example.com/",
            "http://128.0.0.1/",
            "http://[::2]/",
            "http:///",
        ] {
            assert!(!Target::of(url).is_loopback(), "{url}");
        }
    }
}
