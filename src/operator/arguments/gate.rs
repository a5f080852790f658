//! The arguments of the commands that speak to a running gate.

use std::path::PathBuf;

use clap::Args;

/// Which gate is asked, and how its answer is printed
#[derive(Args, Debug, Default)]
pub(crate) struct GateArguments {
    /// Where the gate is, https://hooks.your-shop.com [default: the variable HOOKGATE_URL]
    #[arg(long, value_name = "URL")]
    pub(crate) gate: Option<String>,
    /// Where the token of a gate on this machine is, ADMIN_TOKEN [default: .dev.vars, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) dev_vars: Option<PathBuf>,
    /// Print what the gate answers as JSON, for machines
    #[arg(long)]
    pub(crate) json: bool,
    /// Refused: see [`crate::operator::gate`]
    #[arg(long, hide = true, value_name = "TOKEN", num_args = 0..=1, default_missing_value = "")]
    pub(crate) token: Option<String>,
}

/// Who acts, and on which gate
#[derive(Args, Debug, Default)]
pub(crate) struct ActionArguments {
    /// Who says so [default: your name on this machine]
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

/// Says of every hook how it stands: stops, the last run, counters, what is held, what is wrong
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  export HOOKGATE_URL=https://hooks.your-shop.com
  npm run hookgate -- status
  npm run --silent hookgate -- status --json

The token is ADMIN_TOKEN of the Worker: the variable HOOKGATE_ADMIN_TOKEN, else for a gate on this machine .dev.vars, else it is
asked for. It is never an argument: everybody on this machine can read those.

Exit status: 0 if the gate has answered, whatever it says; 1 if it said no; 2 if it could not be asked.")]
pub(crate) struct StatusArguments {
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

/// Lists the latest endings of a hook's deliveries, at most a hundred of each part
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- deliveries k3v9x0q2m7ta

Of a hook with replay = \"kv\" it lists what failed, was held or refused, and at most once a minute what was delivered.")]
pub(crate) struct DeliveriesArguments {
    /// The hook
    #[arg(value_name = "HOOK")]
    pub(crate) hook: String,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

/// Lists what a hook holds, in order of arrival
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- held k3v9x0q2m7ta

waiting: it leaves by itself, unless the hook is stopped. uncertain: it may have run, and nobody but you repeats it.
given-up: the origin said no for good, or for too long. `show` prints one with its payload.")]
pub(crate) struct HeldArguments {
    /// The hook
    #[arg(value_name = "HOOK")]
    pub(crate) hook: String,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

/// Shows all that is known of a delivery, with its payload while it is held
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- show 9f86d081884c7d65       the hookgate-reference of a reply, or a line of `deliveries` or `held`")]
pub(crate) struct ShowArguments {
    /// Its reference: 8 to 64 hex digits
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// The hook, if several know such a delivery
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,
    #[command(flatten)]
    pub(crate) gate: GateArguments,
}

/// Lets a held delivery go next, whatever it waits for; or tries all of a hook again
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- release 9f86d081884c7d65              one, even if it is uncertain or its hook is stopped
  npm run hookgate -- release --all --hook k3v9x0q2m7ta     all that waits or was given up; a stop still holds, and what is uncertain stays")]
pub(crate) struct ReleaseArguments {
    /// Its reference: 8 to 64 hex digits
    #[arg(value_name = "REF", conflicts_with = "all", required_unless_present = "all")]
    pub(crate) reference: Option<String>,
    /// All that the hook holds, but for what is uncertain
    #[arg(long, requires = "hook")]
    pub(crate) all: bool,
    /// The hook
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    #[command(flatten)]
    pub(crate) action: ActionArguments,
}

/// Says what became of a held delivery: it is not forwarded any more
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- resolve 9f86d081884c7d65 --as delivered --because \"order 1042 is paid in the shop\"
  npm run hookgate -- resolve 9f86d081884c7d65 --as abandoned --because \"a test order\"

A repeat from the sender is answered as a duplicate from then on.")]
pub(crate) struct ResolveArguments {
    /// Its reference: 8 to 64 hex digits
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// delivered: it has run at the origin; abandoned: it is not to run
    #[arg(long = "as", value_name = "END", value_parser = ["delivered", "abandoned"])]
    pub(crate) how: String,
    /// How you know
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: String,
    /// The hook, if several know such a delivery
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,
    #[command(flatten)]
    pub(crate) action: ActionArguments,
}

/// Forgets a delivery: if the sender repeats it, it runs again
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- forget 9f86d081884c7d65 --because \"the order was deleted, and the sender will send it again\"

What is held is gone with it: `show` it first.")]
pub(crate) struct ForgetArguments {
    /// Its reference: 8 to 64 hex digits
    #[arg(value_name = "REF")]
    pub(crate) reference: String,
    /// The hook, if several know such a delivery
    #[arg(long, value_name = "ID")]
    pub(crate) hook: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    #[command(flatten)]
    pub(crate) action: ActionArguments,
}

/// Stops a hook, or all of them
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- stop k3v9x0q2m7ta --because \"orders are doubled\"
  npm run hookgate -- stop k3v9x0q2m7ta --mode hold --until 2h --because \"the shop is being moved\"
  npm run hookgate -- stop --mode reject --because \"a secret leaked\"        everything; asks first, unless --yes

hold: senders get 202, and the gate keeps what is verified, in order. reject: 503, and senders that try again do so.
drop: 200, and the deliveries are gone. gone: 410, and senders may give the URL up for good.
Strict hooks hear of it at once, others within about a minute.")]
pub(crate) struct StopArguments {
    /// The hook [default: all]
    #[arg(value_name = "HOOK")]
    pub(crate) hook: Option<String>,
    /// What becomes of deliveries [default: the hook's on_stop]
    #[arg(long, value_name = "MODE", value_parser = ["hold", "reject", "drop", "gone"])]
    pub(crate) mode: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: String,
    /// When it ends by itself: 2h, 30m, or 2026-11-22T09:00:00Z [default: when you resume]
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<String>,
    /// Stop everything without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) action: ActionArguments,
}

/// Ends the stop of a hook, or the stop of all
#[derive(Args, Debug, Default)]
#[command(after_help = "Examples:
  npm run hookgate -- resume k3v9x0q2m7ta
  npm run hookgate -- resume                     ends the stop of everything")]
pub(crate) struct ResumeArguments {
    /// The hook [default: all]
    #[arg(value_name = "HOOK")]
    pub(crate) hook: Option<String>,
    /// Why, for the log
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    #[command(flatten)]
    pub(crate) action: ActionArguments,
}
