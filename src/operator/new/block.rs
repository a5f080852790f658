//! A hook as it is written into `wrangler.toml`, and what to do with it and its secret.

use super::questions::{Mechanism, Wish};
use crate::catalogue::Issuer;

/// A hook with its id and its secret. It has no `Debug`: nothing prints the secret but [`Block::instructions`].
pub(super) struct Block {
    id: String,
    lines: Vec<String>,
    user: Option<String>,
    scheme: String,
    issuer: Issuer,
    /// One, or as many as the sender has at once.
    secret_names: Vec<String>,
    /// As much of it as the sender takes; none where it is not ours to make.
    secret: Option<String>,
    /// The name and the value of what the sender asks with before it signs anything.
    verify_token: Option<(String, String)>,
}

impl Block {
    pub(super) fn of(wish: &Wish, id: &str, [random, other]: [String; 2]) -> Self {
        let issuer = wish.mechanism.issuer();
        let secret = match issuer {
            Issuer::Receiver { most } => Some(random.get(..most).unwrap_or(&random).into()),
            Issuer::Provider | Issuer::Nobody => None,
        };
        let name = format!("HOOK_{}", id.to_uppercase());
        let numbered = |number| if number == 1 { name.clone() } else { format!("{name}_{number}") };
        let secret_names: Vec<String> = (1..=wish.mechanism.secrets()).map(numbered).collect();
        let verify_token = wish.mechanism.has_verify_token().then(|| (format!("{name}_VERIFY"), other));
        let mut lines = vec![
            format!("id = {}", quoted(id)),
            "enabled = true".into(),
            format!("owner = {}", quoted(&wish.owner)),
            format!("purpose = {}", quoted(&wish.purpose)),
            format!("review_by = {}", quoted(&wish.review_by)),
        ];
        if !wish.live {
            lines.push("mode = \"observe\"  # verifies and logs; \"live\" forwards, too".into());
        }
        let secrets: Vec<String> = secret_names.iter().map(|name| quoted(name)).collect();
        let token = verify_token.iter().map(|(name, _)| format!(", verify_token = {}", quoted(name)));
        lines.push(format!(
            "auth = [{{ {}, secrets = [{}]{} }}]",
            mechanism(&wish.mechanism, id),
            secrets.join(", "),
            token.collect::<String>()
        ));
        if !wish.events.is_empty() {
            let events: Vec<String> = wish.events.iter().map(|event| quoted(event)).collect();
            lines.push(format!("events = [{}]", events.join(", ")));
        }
        let object = |(kind, at): &(String, String)| format!("{kind} = {{ at = {}, required = true }}", quoted(at));
        if !wish.objects.is_empty() {
            let objects: Vec<String> = wish.objects.iter().map(object).collect();
            lines.push(format!("objects = {{ {} }}", objects.join(", ")));
        }
        if !wish.fields.is_empty() {
            lines.push("fields = [".into());
            lines.extend(wish.fields.iter().map(|(at, kind)| format!("  {},", field(at, kind.as_deref()))));
            lines.push("]".into());
        }
        match wish.unsigned_fields.as_deref() {
            None => {}
            Some("") => lines.push("unsigned_fields = true".into()),
            Some(why) => lines.push(format!("unsigned_fields = true  # {why}")),
        }
        lines.push("replay = { window = \"72h\" }".into());
        if let Some(on_failure) = &wish.on_failure {
            lines.push(format!("on_failure = {}", quoted(on_failure)));
        }
        if let Some(origin) = &wish.origin {
            lines.push(format!("origin = {}", quoted(origin)));
        }
        let user = wish.mechanism.user.clone();
        let scheme = wish.mechanism.scheme.clone();
        Self { id: id.into(), lines, user, scheme, issuer, secret_names, secret, verify_token }
    }

    /// The block, with an empty line before it.
    pub(super) fn render(&self, variable: &str) -> String {
        format!("\n[[vars.{variable}]]\n{}\n", self.lines.join("\n"))
    }

    /// What is ours to make as `.dev.vars` has it, for a check that is never printed.
    pub(super) fn dev_vars(&self) -> String {
        let secret = self.secret_names.iter().zip(&self.secret);
        let token = self.verify_token.iter().map(|(name, token)| (name, token));
        secret.chain(token).map(|(name, value)| format!("{name}=\"{value}\"\n")).collect()
    }

    /// What to do now; `written` says that the block is in the file. The secret stands in it once.
    pub(super) fn instructions(&self, config: &str, written: bool) -> String {
        let Self { id, secret_names, .. } = self;
        let secret = self.about_secret();
        let put: Vec<String> = secret_names.iter().map(|name| format!("  npx wrangler secret put {name}\n")).collect();
        let (put, token) = (put.concat(), self.about_verify_token());
        let block = if written {
            format!("The hook is now the last of {config}.")
        } else {
            format!("Put the block above into {config}.")
        };
        let observes = self.lines.iter().any(|line| line.starts_with("mode"));
        let then = if observes {
            " It observes first: look at its lines in the log (`npx wrangler tail`), then make it live."
        } else {
            ""
        };
        format!(
            "
{secret}

{put}{token}
{block} Then:

  npm run hookgate -- check
  npm run deploy

The hook's URL ends in /{id}.{then}
"
        )
    }
}

impl Block {
    /// Where the secret comes from, and the secret itself if it is ours to make.
    fn about_secret(&self) -> String {
        let Self { scheme, user, secret, .. } = self;
        match (self.issuer, secret) {
            (Issuer::Receiver { .. }, Some(secret)) => {
                let user = user.as_ref().map(|user| format!(" for the user {user}")).unwrap_or_default();
                let other = if crate::catalogue::provider(scheme).is_some() {
                    ""
                } else {
                    "\nWhere the sender shows a secret of its own, paste that one instead."
                };
                format!(
                    "The secret{user}, printed this once and kept nowhere: give it to the sender, and paste it where the command asks for it.{other}

  {secret}"
                )
            }
            (Issuer::Nobody, _) => format!(
                "There is no secret: {scheme} signs with a private key. Paste the public one that the sender shows, where the command asks for it."
            ),
            _ if self.secret_names.len() > 1 => format!(
                "{scheme} makes the secrets, and shows them where its webhook is set up: paste one after the other, where the commands ask for them."
            ),
            _ if scheme == "braintree" => format!(
                "{scheme} makes the secret: paste its public key, a bar and its private key in one line, public|private, where the command asks for it."
            ),
            _ => format!(
                "{scheme} makes the secret, and shows it where its webhook is set up: paste that one, where the command asks for it."
            ),
        }
    }
}

impl Block {
    /// What to do with the token that the sender asks with.
    fn about_verify_token(&self) -> String {
        let words = |(name, token): &(String, String)| {
            format!(
                "
{scheme} asks with a token of yours before it sends anything. Printed this once, too: give it to {scheme}, and paste it where the command asks for it.

  {token}

  npx wrangler secret put {name}
",
                scheme = self.scheme
            )
        };
        self.verify_token.as_ref().map(words).unwrap_or_default()
    }
}

fn mechanism(mechanism: &Mechanism, id: &str) -> String {
    let Mechanism { scheme, hash, header, prefix, user, url } = mechanism;
    let url = url.as_ref().map(|url| format!("{url}{id}"));
    let keys = [("hash", hash), ("header", header), ("prefix", prefix), ("user", user), ("url", &url)];
    let given = keys.into_iter().filter_map(|(key, value)| Some(format!(", {key} = {}", quoted(value.as_ref()?))));
    format!("scheme = {}{}", quoted(scheme), given.collect::<String>())
}

fn field(at: &str, kind: Option<&str>) -> String {
    kind.map_or_else(|| quoted(at), |kind| format!("{{ at = {}, type = {} }}", quoted(at), quoted(kind)))
}

/// A text as TOML writes it: JSON's escapes are TOML's, but for one character.
fn quoted(text: &str) -> String {
    crate::json::quoted(text).replace('\u{7f}', "\\u007f")
}
