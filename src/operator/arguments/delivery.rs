//! The arguments of `sign`, `send` and `explain`.

use std::path::PathBuf;

use clap::Args;

/// Which hook or scheme a delivery is for, and its secret
#[derive(Args, Debug, Default)]
pub(crate) struct SenderArguments {
    /// A hook of the configuration: its mechanisms, its URL, its secrets from .dev.vars
    #[arg(long, value_name = "ID", conflicts_with = "scheme", required_unless_present = "scheme")]
    pub(crate) hook: Option<String>,
    /// A provider such as stripe, or basic or api-key, without a configuration
    #[arg(long, value_name = "NAME")]
    pub(crate) scheme: Option<String>,
    /// The environment variable that holds the secret
    #[arg(long, value_name = "VAR", conflicts_with = "secret_file")]
    pub(crate) secret_env: Option<String>,
    /// The file that holds the secret; one line end after it does not count
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<PathBuf>,
    /// Refused: see [`crate::operator::chosen`]
    #[arg(long, hide = true, value_name = "SECRET", num_args = 0..=1, default_missing_value = "")]
    pub(crate) secret: Option<String>,
    /// With --scheme basic: the user name
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// With --scheme api-key: the header
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// The hook's URL as the sender has it; it is signed where the scheme signs URLs
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "wrangler.toml")]
    pub(crate) config: PathBuf,
    /// The secrets on this machine [default: .dev.vars beside the configuration, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) dev_vars: Option<PathBuf>,
    /// An environment of the configuration, [env.NAME]
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
}

/// What is signed
#[derive(Args, Debug, Default)]
pub(crate) struct BodyArguments {
    /// The file with the body, byte for byte; `-` for standard input
    #[arg(long, value_name = "FILE", conflicts_with = "data", required_unless_present = "data")]
    pub(crate) body: Option<PathBuf>,
    /// The body as text
    #[arg(long, value_name = "TEXT")]
    pub(crate) data: Option<String>,
    /// What names the delivery, where that is a header [default: a random one]
    #[arg(long, value_name = "TEXT")]
    pub(crate) id: Option<String>,
    /// When it is signed: 2026-11-22T09:00:00Z or Unix seconds [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// Signs a body as the provider would, and prints the headers, a curl command or an .http file
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run --silent hookgate -- sign --hook k3v9x0q2m7ta --body event.json
  npm run --silent hookgate -- sign --hook k3v9x0q2m7ta --body event.json --curl | sh
  npm run --silent hookgate -- sign --hook k3v9x0q2m7ta --data '{}' --http > event.http
  STRIPE=whsec_… npm run --silent hookgate -- sign --scheme stripe --secret-env STRIPE --data '{}' --at 2026-11-22T09:00:00Z
  npm run --silent hookgate -- sign --scheme discord --secret-file private.key --body event.json

A scheme with public keys is signed with the private one, which the gate has not: Ed25519 takes the seed, P-256 the number.
A secret is never an argument: everybody on the machine can read those. A header that is a secret itself, such as a password,
is printed as a name, ${NAME}, unless --reveal asks for it.")]
pub(crate) struct SignArguments {
    #[command(flatten)]
    pub(crate) sender: SenderArguments,
    #[command(flatten)]
    pub(crate) body: BodyArguments,
    /// Print a curl command
    #[arg(long, conflicts_with = "http")]
    pub(crate) curl: bool,
    /// Print an .http file, which `explain` reads
    #[arg(long)]
    pub(crate) http: bool,
    /// Print passwords and keys that are sent as they are
    #[arg(long)]
    pub(crate) reveal: bool,
}

/// Signs a body as the provider would, sends it, and shows the reply
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- send --hook k3v9x0q2m7ta --body event.json
  npm run hookgate -- send --hook k3v9x0q2m7ta --body event.json --repeat 2    once, and twice again: two duplicates
  npm run hookgate -- send --hook k3v9x0q2m7ta --body event.json --tamper      a byte of the body changes on its way: 401
  npm run hookgate -- send --hook k3v9x0q2m7ta --body event.json --age 10m     signed ten minutes ago: 401, if the time is signed
  npm run hookgate -- send --hook k3v9x0q2m7ta --body event.json --to https://hooks.your-shop.com/wa-hook/k3v9x0q2m7ta

Exit status: 0 if every reply is the expected one (2xx; \"Duplicate delivery\" for a repeat; 401 for what was tampered with or is
too old), 1 if one is not, 2 if nothing could be sent. `npm run dev` or `npm start` runs the gate on this
machine. https is left to curl, which has to be installed.")]
pub(crate) struct SendArguments {
    #[command(flatten)]
    pub(crate) sender: SenderArguments,
    #[command(flatten)]
    pub(crate) body: BodyArguments,
    /// Where it goes [default: the hook at http://127.0.0.1:8787]
    #[arg(long, value_name = "URL")]
    pub(crate) to: Option<String>,
    /// Send the same delivery so many times more
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) repeat: u16,
    /// Change one byte of the body after it is signed
    #[arg(long)]
    pub(crate) tamper: bool,
    /// Sign it as of so long ago, such as 10m
    #[arg(long, value_name = "DURATION", conflicts_with = "at")]
    pub(crate) age: Option<String>,
}

/// Says whether a captured request verifies, and if not, which bytes are the cause and what to change
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- explain captured.http --hook k3v9x0q2m7ta
  pbpaste | npm run hookgate -- explain - --hook k3v9x0q2m7ta             a curl command as a browser or dashboard copies it
  STRIPE=whsec_… npm run hookgate -- explain captured.http --scheme stripe --secret-env STRIPE
  npm run --silent hookgate -- explain captured.http --hook k3v9x0q2m7ta --json

An .http file is the request line, headers, an empty line, and the body byte for byte: no editor may have touched it.
Causes are found by trying: the request is changed in one way after the other until the gate's own verifier accepts it.

Exit status: 0 if the gate would take it, 1 if it would not, 2 if the request cannot be read. No secret is printed.")]
pub(crate) struct ExplainArguments {
    /// An .http file or a curl command; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(crate) capture: PathBuf,
    #[command(flatten)]
    pub(crate) sender: SenderArguments,
    /// When it arrived: 2026-11-22T09:00:00Z or Unix seconds [default: its date header, else now]
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<String>,
    /// Print the causes as JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
}
