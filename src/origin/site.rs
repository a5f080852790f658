//! A WordPress site, as `ORIGIN` or a table of `ORIGINS` describes it.

use base64ct::{Base64, Encoding as _};

use crate::hash::{Hash, Mac};
use crate::secret::Secret;
use crate::table::Table;
use crate::target::Target;

/// A site, and what the gate shows it.
#[derive(Debug)]
pub(crate) struct Site {
    /// Where it is described: `ORIGIN` or `ORIGINS.shop`.
    label: String,
    url: String,
    signer: Option<Signer>,
    authorization: Option<Secret>,
}

/// Signs as Standard Webhooks does.
#[derive(Clone, Debug)]
pub(crate) struct Signer(Mac);

/// Where secrets come from: a secret by its name, or what is wrong with it.
pub(crate) type Secrets<'s> = &'s dyn Fn(&str) -> Result<Secret, String>;

impl Site {
    /// Reads a site. `None` after a mistake.
    pub(crate) fn read(label: &str, table: &mut Table<'_>, secrets: Secrets<'_>) -> Option<Self> {
        let url = table.required_text("url", "the address of the site").and_then(|url| {
            let url = address(url);
            if url.is_none() {
                table.mistake("url", "must be https://host or https://host/path (http only for a loopback host)");
            }
            url
        });
        let signer = if table.has("secret") { Some(read_signer(table, secrets)?) } else { None };
        let authorization = if table.has("user") { Some(read_basic(table, secrets)?) } else { None };
        Some(Self { label: label.into(), url: url?, signer, authorization })
    }

    /// What to do about a secret or an application password that a kind of origin needs.
    pub(crate) fn remedy(&self, default: &str, key: &str) -> String {
        if self.label == "ORIGIN" { default.into() } else { format!("give {} {key}", self.label) }
    }

    /// `https://host` or `https://host/path`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// What signs everything that leaves for this site.
    pub(crate) fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }

    /// The `authorization` header of an application password.
    pub(crate) fn authorization(&self) -> Option<&Secret> {
        self.authorization.as_ref()
    }
}

impl Signer {
    /// `whsec_` and base64 of 24 to 64 bytes.
    pub(super) fn new(secret: &Secret) -> Option<Self> {
        let key = Base64::decode_vec(secret.expose().strip_prefix("whsec_")?).ok()?;
        if !(24..=64).contains(&key.len()) {
            return None;
        }
        Some(Self(Mac::new(Hash::Sha256, &key)))
    }

    /// The value of `webhook-signature`.
    pub(super) fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        let mac = self.0.sign(&[format!("{id}.{timestamp}.").as_bytes(), body.as_bytes()]);
        format!("v1,{}", Base64::encode_string(&mac))
    }
}

/// The `authorization` header of the keys `user` and `password`. `None` after a mistake.
pub(crate) fn read_basic(table: &mut Table<'_>, secrets: Secrets<'_>) -> Option<Secret> {
    let user = table.required_text("user", "the user name the gate presents");
    if user.is_some_and(|user| user.contains(':')) {
        table.mistake("user", "may not have a colon: it ends the user name (RFC 7617)");
    }
    let password = read_secret(table, "password", secrets);
    let credentials = format!("{}:{}", user?, password?.expose());
    Secret::new(format!("Basic {}", Base64::encode_string(credentials.as_bytes()))).ok()
}

/// The secret that `key` names. `None` after a mistake.
pub(crate) fn read_secret(table: &mut Table<'_>, key: &'static str, secrets: Secrets<'_>) -> Option<Secret> {
    let name = table.required_text(key, "the name of a Worker secret")?;
    secrets(name).map_err(|why| table.mistake(key, &why)).ok()
}

fn read_signer(table: &mut Table<'_>, secrets: Secrets<'_>) -> Option<Signer> {
    let signer = Signer::new(&read_secret(table, "secret", secrets)?);
    if signer.is_none() {
        table.mistake(
            "secret",
            "must be whsec_ and 24 to 64 bytes in base64: echo \"whsec_$(openssl rand -base64 32)\"",
        );
    }
    signer
}

/// A site's URL without the slash at its end.
fn address(site: &str) -> Option<String> {
    let target = Target::of(site);
    let scheme = target.scheme == "https" || (target.scheme == "http" && target.is_loopback());
    let plain = !site.contains(['?', '#', '@', '\\']) && site.bytes().all(|b| b.is_ascii_graphic());
    (scheme && plain && !target.host.is_empty()).then(|| site.trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_reached_over_https_or_on_this_machine() {
        for right in
            ["https://www.example.com", "https://example.com/blog", "http://127.0.0.1:8080", "http://localhost"]
        {
            assert_eq!(address(right).as_deref(), Some(right));
            assert_eq!(address(&format!("{right}/")).as_deref(), Some(right));
        }
        for wrong in [
            "",
            "www.example.com",
            "http://example.com",
            "ftp://example.com",
            "https://",
            "https://u:p@example.com",
            "https://e.com/?a",
            "https://e.com/#a",
            "https://e.com/a b",
        ] {
            assert_eq!(address(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_signing_secret_is_a_standard_webhooks_one() {
        let right = |text: &str| Signer::new(&Secret::new(text.into()).unwrap()).is_some();
        assert!(right("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"));
        for wrong in [
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
            "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NT",
            "whsec_dG9vIHNob3J0",
            "whsec_!!!!!!!!!!!!",
        ] {
            assert!(!right(wrong), "{wrong}");
        }
    }
}
