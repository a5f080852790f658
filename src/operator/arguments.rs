//! The arguments of the command line, and its help.

mod delivery;
mod gate;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use delivery::{BodyArguments, ExplainArguments, SendArguments, SenderArguments, SignArguments};
pub(crate) use gate::{
    ActionArguments, DeliveriesArguments, ForgetArguments, GateArguments, HeldArguments, ReleaseArguments,
    ResolveArguments, ResumeArguments, ShowArguments, StatusArguments, StopArguments,
};

/// The operator's command line of Hookgate.
#[derive(Debug, Parser)]
#[command(
    name = "hookgate",
    version,
    disable_help_subcommand = true,
    arg_required_else_help = true,
    about = "Writes, checks and tries the hooks of wrangler.toml, explains why a delivery was refused, and asks and \
             stops a running gate.",
    after_help = "Examples:
  npm run hookgate -- new             a new hook, asked for step by step
  npm run hookgate -- check           everything that is wrong or risky, and a card for each hook
  npm run hookgate -- send --hook k3v9x0q2m7ta --data '{\"id\":\"evt_1\"}'     a signed delivery to the gate on this machine
  npm run hookgate -- explain captured.http --hook k3v9x0q2m7ta            why a delivery was refused
  npm run hookgate -- status --gate https://hooks.your-shop.com            what a running gate is doing
  npm run hookgate -- check --help    more of one command

Exit status: 0 all is well, 1 there are errors or the gate said no, 2 arguments or files cannot be read, or the gate cannot be asked."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArguments),
    New(Box<NewArguments>),
    Sign(Box<SignArguments>),
    Send(Box<SendArguments>),
    Explain(Box<ExplainArguments>),
    Status(StatusArguments),
    Deliveries(DeliveriesArguments),
    Held(HeldArguments),
    Show(ShowArguments),
    Release(ReleaseArguments),
    Resolve(ResolveArguments),
    Forget(ForgetArguments),
    Stop(StopArguments),
    Resume(ResumeArguments),
    Completions(CompletionArguments),
}

/// Says what is wrong, risky or unfinished, with file, line and column, and fills in a checklist for each hook
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  npm run hookgate -- check
  npm run hookgate -- check --strict                  warnings fail, too: for CI
  npx wrangler secret list > secrets.json && npm run hookgate -- check --strict --secret-list secrets.json
  npm run --silent hookgate -- check --json           an array of {severity, code, file, line, column, path, message, help}
  npm run hookgate -- check --env staging             [env.staging], with .dev.vars.staging if there is one
  npm run hookgate -- check --config other/wrangler.toml

Exit status: 0 without errors, 1 with errors, 2 if a file or an argument cannot be read.
No secret is printed. One that is on Cloudflare only cannot be read, and is a warning without --secret-list.")]
pub(crate) struct CheckArguments {
    /// The configuration
    #[arg(long, value_name = "FILE", default_value = "wrangler.toml")]
    pub(crate) config: PathBuf,
    /// The secrets on this machine [default: .dev.vars beside the configuration, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) dev_vars: Option<PathBuf>,
    /// What `npx wrangler secret list` printed: then a secret that is nowhere is an error, and one that is set is well
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_list: Option<PathBuf>,
    /// An environment of the configuration, [env.NAME]
    #[arg(long, value_name = "NAME")]
    pub(crate) env: Option<String>,
    /// Print findings as JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
    /// Make every warning an error
    #[arg(long)]
    pub(crate) strict: bool,
    /// The date to check review dates against
    #[arg(long, hide = true, value_name = "DATE")]
    pub(crate) today: Option<String>,
}

/// Writes a hook: a block for wrangler.toml, a secret, and the command that sets it
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- new             asks, and prints the block
  npm run hookgate -- new --write     asks, and appends the block to wrangler.toml
  npm run hookgate -- new --write --purpose \"Mark an order paid\" --owner \"Shop <ops@your-shop.com>\" \\
    --header X-Hub-Signature-256 --prefix sha256= --object order=/data/order_id --field /type --field /data/amount:integer
  npm run hookgate -- new --scheme stripe --event invoice.paid --purpose \"Mark an order paid\" --owner \"Shop <ops@your-shop.com>\"
  npm run hookgate -- new --scheme api-key --header X-Api-Key --purpose \"Note a lead\" --owner \"Sales <sales@your-shop.com>\"

The block goes to standard output, all else to standard error. A secret that is ours to make is printed once, and kept nowhere.
What flags do not say is asked for on a terminal; elsewhere it is an error.")]
pub(crate) struct NewArguments {
    /// Why the hook exists
    #[arg(long, value_name = "TEXT")]
    pub(crate) purpose: Option<String>,
    /// Who answers for it, with an e-mail address or a URL
    #[arg(long, value_name = "TEXT")]
    pub(crate) owner: Option<String>,
    /// How senders prove who they are: a provider of README's table, or hmac, basic, api-key, ed25519, ecdsa-p256 [default: hmac]
    #[arg(long, value_name = "NAME")]
    pub(crate) scheme: Option<String>,
    /// The header with the signature or the key [default: X-Hub-Signature-256 or X-Api-Key]
    #[arg(long, value_name = "NAME")]
    pub(crate) header: Option<String>,
    /// The hash of an hmac: sha256, sha1, sha512 [default: sha256]
    #[arg(long, value_name = "NAME")]
    pub(crate) hash: Option<String>,
    /// What stands before the signature, such as sha256=; `-` for nothing [default: sha256= with the default header]
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// The host of the hook's URL, for a provider that signs it [default: that of the routes]
    #[arg(long, value_name = "NAME")]
    pub(crate) host: Option<String>,
    /// An event that the hook is for, as the sender names it [default: all]
    #[arg(long = "event", value_name = "NAME")]
    pub(crate) events: Vec<String>,
    /// The user name of a basic password
    #[arg(long, value_name = "NAME")]
    pub(crate) user: Option<String>,
    /// A name from ORIGINS [default: the site in ORIGIN]
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: Option<String>,
    /// An object that the delivery is about: post, user, comment or order, and where its identifier is
    #[arg(long = "object", value_name = "KIND=/PATH")]
    pub(crate) objects: Vec<String>,
    /// A field that passes, perhaps with its type: string, number, integer, boolean
    #[arg(long = "field", value_name = "/PATH[:TYPE]")]
    pub(crate) fields: Vec<String>,
    /// Let fields pass that the provider does not sign, where it signs parts of a delivery only
    #[arg(long)]
    pub(crate) unsigned_fields: bool,
    /// What becomes of a delivery that the site fails: reply (the sender tries again) or keep (the gate does) [default: what suits the provider, else keep]
    #[arg(long, value_name = "WORD")]
    pub(crate) on_failure: Option<String>,
    /// When to look at the hook again [default: in half a year]
    #[arg(long, value_name = "DATE")]
    pub(crate) review_by: Option<String>,
    /// Forward from the first delivery on, instead of observing first
    #[arg(long)]
    pub(crate) live: bool,
    /// The configuration in which the id has to be new
    #[arg(long, value_name = "FILE", default_value = "wrangler.toml")]
    pub(crate) config: PathBuf,
    /// Append the block to the configuration, instead of printing it
    #[arg(long)]
    pub(crate) write: bool,
    /// The date from which the review is counted
    #[arg(long, hide = true, value_name = "DATE")]
    pub(crate) today: Option<String>,
}

/// Prints a script with which a shell completes commands and flags
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  target/debug/hookgate completions bash > ~/.local/share/bash-completion/completions/hookgate
  target/debug/hookgate completions zsh > ~/.zfunc/_hookgate
  target/debug/hookgate completions fish > ~/.config/fish/completions/hookgate.fish

They complete the binary `hookgate`, which `npm run hookgate` builds into target/debug.")]
pub(crate) struct CompletionArguments {
    /// The shell
    pub(crate) shell: Shell,
}
