//! What an operator has the gate do, and what happens next.

use serde_json::{Map, Value};

use super::answers::Done;
use super::client::{Client, set};
use super::words;
use crate::operator::arguments::{
    ActionArguments, ForgetArguments, ReleaseArguments, ResolveArguments, ResumeArguments, StopArguments,
};
use crate::operator::finding::printable;
use crate::operator::{DONE, Fault, Surroundings, prompt};
use crate::units;

/// Most characters of who and why.
const LONGEST: usize = 200;
/// When a stop or its end is heard of.
const SOON: &str = "Strict hooks hear of it at once, kv hooks within about a minute.";

/// What is asked, and about what.
struct Action<'a> {
    what: &'static str,
    reference: Option<&'a str>,
    hook: Option<&'a str>,
    body: Map<String, Value>,
    /// What somebody has to say yes to.
    asks: Option<String>,
}

/// Lets one held delivery go, or all.
pub(in crate::operator) fn release(
    arguments: &ReleaseArguments,
    surroundings: &mut Surroundings<'_>,
) -> Result<u8, Fault> {
    let reference = arguments.reference.as_deref().map(super::reference).transpose()?;
    let hook = arguments.hook.as_deref();
    let mut action = Action::new("release", reference.as_deref(), hook);
    action.because(arguments.because.as_deref())?;
    let Some(reference) = &reference else {
        action.body.insert("all".into(), true.into());
        let what = format!("All that {} holds is tried again", hook.unwrap_or_default());
        let but = "A stop still holds it, and what is uncertain is released one by one";
        return action.run(&arguments.action, |_| format!("{what}, and what was given up, too. {but}."), surroundings);
    };
    let next = format!("`hookgate show {reference}` says what becomes of it");
    let done = |done: &Done| format!("{} goes next, whatever it waited for. {next}.", named(reference, done));
    action.run(&arguments.action, done, surroundings)
}

/// Says what became of a held delivery.
pub(in crate::operator) fn resolve(
    arguments: &ResolveArguments,
    surroundings: &mut Surroundings<'_>,
) -> Result<u8, Fault> {
    let reference = super::reference(&arguments.reference)?;
    let mut action = Action::new("resolve", Some(&reference), arguments.hook.as_deref());
    action.because(Some(&arguments.because))?;
    action.body.insert("as".into(), arguments.how.as_str().into());
    let how = format!("is {}. It is not forwarded any more, and a repeat of it is a duplicate", arguments.how);
    action.run(&arguments.action, |done| format!("{} {how}.", named(&reference, done)), surroundings)
}

/// Lets a delivery come again.
pub(in crate::operator) fn forget(
    arguments: &ForgetArguments,
    surroundings: &mut Surroundings<'_>,
) -> Result<u8, Fault> {
    let reference = super::reference(&arguments.reference)?;
    let mut action = Action::new("forget", Some(&reference), arguments.hook.as_deref());
    action.because(arguments.because.as_deref())?;
    let next = "If its sender repeats it, it runs as if it were new";
    action.run(&arguments.action, |done| format!("{} is forgotten. {next}.", named(&reference, done)), surroundings)
}

/// Stops a hook, or everything.
pub(in crate::operator) fn stop(arguments: &StopArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let hook = arguments.hook.as_deref();
    let mode = arguments.mode.as_deref();
    let until = arguments.until.as_deref().map(|text| end(text, surroundings.now)).transpose()?;
    let mut action = Action::new("stop", None, hook);
    action.because(Some(&arguments.because))?;
    action.body.extend(mode.map(|mode| ("mode".into(), mode.into())));
    action.body.extend(until.as_deref().map(|until| ("until".into(), until.into())));
    if hook.is_none() && !arguments.yes {
        if !surroundings.interactive {
            return Err("without a hook everything stops: say --yes as well".to_owned().into());
        }
        action.asks = Some(format!("{}. Stop every hook", consequence(mode)));
    }
    let what = hook.map_or("Every hook".into(), |hook| format!("The hook {hook}"));
    let resume = hook.map_or("hookgate resume".into(), |hook| format!("hookgate resume {hook}"));
    let lasts = match until {
        Some(until) => format!("until {until}, or until `{resume}`"),
        None => format!("until `{resume}`"),
    };
    let then = consequence(mode);
    action.run(&arguments.action, |_| format!("{what} is stopped {lasts}. {then}. {SOON}"), surroundings)
}

/// Ends a stop.
pub(in crate::operator) fn resume(
    arguments: &ResumeArguments,
    surroundings: &mut Surroundings<'_>,
) -> Result<u8, Fault> {
    let hook = arguments.hook.as_deref();
    let mut action = Action::new("resume", None, hook);
    action.because(arguments.because.as_deref())?;
    let what = hook.map_or("The stop of everything".into(), |hook| format!("The stop of {hook}"));
    let done = |done: &Done| {
        let still = match done.still_stopped.join(", ") {
            none if none.is_empty() => String::new(),
            hooks => format!(" By another stop these are stopped still: {hooks}."),
        };
        format!("{what} is over, and what was held leaves in order of arrival. {SOON}{still}")
    };
    action.run(&arguments.action, done, surroundings)
}

impl<'a> Action<'a> {
    fn new(what: &'static str, reference: Option<&'a str>, hook: Option<&'a str>) -> Self {
        let pairs = [("ref", reference), ("hook", hook)].into_iter();
        let body = pairs.filter_map(|(key, value)| Some((key.to_owned(), value?.into()))).collect();
        Self { what, reference, hook, body, asks: None }
    }

    fn because(&mut self, because: Option<&str>) -> Result<(), String> {
        let text = because.map(|text| bounded("--because", text)).transpose()?;
        self.body.extend(text.map(|text| ("because".into(), text.into())));
        Ok(())
    }

    fn run(
        mut self,
        arguments: &ActionArguments,
        done: impl Fn(&Done) -> String,
        surroundings: &mut Surroundings<'_>,
    ) -> Result<u8, Fault> {
        let by = match &arguments.by {
            Some(by) => Some(bounded("--by", by)?.to_owned()),
            None => set("USER", surroundings).or_else(|| set("LOGNAME", surroundings)),
        };
        let by = by.map(|by| by.chars().take(LONGEST).collect::<String>());
        self.body.extend(by.map(|by| ("by".into(), by.into())));
        let client = Client::of(&arguments.gate, surroundings)?;
        if let Some(question) = self.asks
            && !prompt::confirmed(&format!("{question} of {}?", client.gate), surroundings)?
        {
            return Err("nothing was done".to_owned().into());
        }
        let answer = client.post(self.what, &Value::Object(self.body)).map_err(|refusal| {
            let refusal = self.reference.iter().fold(refusal, |refusal, own| refusal.about_delivery(own));
            let refusal = self.hook.iter().fold(refusal, |refusal, hook| refusal.about_hook(hook));
            client.refused(refusal, surroundings)
        })?;
        if !client.printed(&answer, surroundings)? {
            let understood = client.read(&answer).unwrap_or_default();
            writeln!(surroundings.output, "{}", printable(&done(&understood)))?;
        }
        Ok(DONE)
    }
}

/// A delivery, and the hook that had it.
fn named(reference: &str, done: &Done) -> String {
    done.hook.as_ref().map_or(reference.to_owned(), |hook| format!("{reference} of {hook}"))
}

/// A text that the gate takes.
fn bounded<'t>(flag: &str, text: &'t str) -> Result<&'t str, String> {
    match text.chars().count() {
        _ if text.trim().is_empty() => Err(format!("{flag} says nothing")),
        0..=LONGEST => Ok(text),
        count => Err(format!("{flag} has {count} characters, {} too many", count.saturating_sub(LONGEST))),
    }
}

/// When a stop ends, as KV has it: to the second, and never too early.
fn end(text: &str, now: u64) -> Result<String, String> {
    let at = match units::duration(text) {
        Some(duration) => now.checked_add(duration),
        None => units::rfc3339(text),
    };
    let at = at.and_then(|at| at.checked_next_multiple_of(1_000));
    let shown = at.map(words::instant).filter(|shown| units::instant(shown).is_some());
    match shown {
        Some(_) if at.is_some_and(|at| at <= now) => Err(format!("--until {text:?} is over already")),
        Some(shown) => Ok(shown),
        None => {
            Err(format!("--until {text:?} is neither a time such as 2026-11-22T09:00:00Z nor a duration such as 2h"))
        }
    }
}

/// What becomes of the deliveries of a stopped hook.
fn consequence(mode: Option<&str>) -> &'static str {
    match mode {
        Some("hold") => "Senders get 202, and the gate keeps what is verified, in order",
        Some("reject") => "Senders get 503, and try again if they are of the kind that does",
        Some("drop") => "Senders get 200, and their deliveries are gone",
        Some("gone") => "Senders get 410, and may give the URL up for good",
        _ => "What becomes of deliveries, the hook's on_stop says",
    }
}
