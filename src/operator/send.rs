//! `send`: a delivery as the provider would send it, and what the gate says to it.

use std::fmt::Write as _;

use super::arguments::SendArguments;
use super::chosen::Chosen;
use super::delivery::{self, Delivery, Plan};
use super::exchange::{Reply, exchange};
use super::finding::printable;
use super::paint::Paint;
use super::sign::LOCAL_GATE;
use super::{DONE, ERRORS, Fault, Surroundings};
use crate::units;

/// What a reply should be.
#[derive(Clone, Copy)]
enum Expected {
    Accepted,
    Duplicate,
    Refused,
}

/// Headers of a reply that an operator may want to see.
const SHOWN: [&str; 6] = ["content-type", "retry-after", "hookgate-reference", "www-authenticate", "allow", "location"];
/// Most bytes of a reply that are shown.
const MOST: usize = 2_000;

/// Signs, sends once and again, and shows each reply.
pub(super) fn run(arguments: &SendArguments, surroundings: &mut Surroundings<'_>) -> Result<u8, Fault> {
    let chosen = Chosen::of(&arguments.sender, !arguments.body.is_typed(), surroundings)?;
    let mut plan = Plan::of(&arguments.body, surroundings)?;
    let url = match &arguments.to {
        Some(url) => url.clone(),
        None if chosen.written.is_some() => format!("{LOCAL_GATE}{}", chosen.path()),
        None => return Err("say where it goes: --to URL".to_owned().into()),
    };
    let aged = arguments.age.as_deref().map(age).transpose()?.unwrap_or(0);
    plan.at = plan.at.saturating_sub(aged);
    let mut delivery = Delivery::signed(&chosen, &plan)?;
    let late = super::explain::shortest_tolerance(&chosen).is_some_and(|ms| surroundings.now.abs_diff(plan.at) > ms);
    if arguments.tamper {
        if !chosen.mechanisms().iter().any(delivery::signs) {
            return Err("nothing signs the body of this hook: nobody can tell that it was tampered with"
                .to_owned()
                .into());
        }
        tamper(&mut delivery.body)?;
    }
    let paint = Paint { coloured: surroundings.coloured };
    let mut all_expected = true;
    for number in 0..=arguments.repeat {
        let expected = match number {
            _ if arguments.tamper || late => Expected::Refused,
            0 => Expected::Accepted,
            _ => Expected::Duplicate,
        };
        let reply = exchange(&delivery.to(&url), &delivery.request())?;
        let right = expected.fits(&reply);
        all_expected &= right;
        surroundings.output.write_all(render(&reply, expected, right, paint).as_bytes())?;
    }
    Ok(if all_expected { DONE } else { ERRORS })
}

fn age(text: &str) -> Result<u64, String> {
    units::duration(text).ok_or_else(|| format!("{text:?} is no duration such as 90s, 10m or 2h"))
}

/// Changes one byte in the middle: a letter or digit, so that JSON stays JSON.
fn tamper(body: &mut [u8]) -> Result<(), String> {
    let middle = body.len() / 2;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric();
    let at = body.iter().skip(middle).position(plain).map(|at| at.saturating_add(middle));
    let at = at.or_else(|| body.iter().rposition(plain)).unwrap_or(middle);
    let byte = body.get_mut(at).ok_or("there is no body to tamper with")?;
    *byte = match *byte {
        b'9' | b'z' | b'Z' => byte.saturating_sub(1),
        byte if byte.is_ascii_alphanumeric() => byte.saturating_add(1),
        byte => byte ^ 1,
    };
    Ok(())
}

impl Expected {
    fn fits(self, reply: &Reply) -> bool {
        let ok = (200..300).contains(&reply.status);
        let says = |text: &str| String::from_utf8_lossy(&reply.body).contains(text);
        match self {
            Self::Accepted => ok,
            Self::Duplicate => ok && says("Duplicate delivery"),
            Self::Refused => reply.status == 401,
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Accepted => "2xx",
            Self::Duplicate => "2xx, Duplicate delivery",
            Self::Refused => "401",
        }
    }
}

fn render(reply: &Reply, expected: Expected, right: bool, paint: Paint) -> String {
    let status = paint.bold(&reply.status.to_string());
    let verdict = if right { "as expected".to_owned() } else { format!("expected {}", expected.text()) };
    let mut text = format!("{status}  {}\n", if right { paint.dim(&verdict) } else { paint.bold(&verdict) });
    for (name, value) in reply.headers.iter().filter(|(name, _)| SHOWN.contains(&name.as_str())) {
        let _ = writeln!(text, "  {name}: {}", printable(value));
    }
    let body = String::from_utf8_lossy(reply.body.get(..MOST).unwrap_or(&reply.body)).into_owned();
    for line in body.lines() {
        let _ = writeln!(text, "  {}", printable(line));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_changed_and_no_more() {
        for body in ["{\"a\":1}", "\"\"", "z", "{\"a\":\"\"}", "éé"] {
            let mut changed = body.as_bytes().to_vec();
            tamper(&mut changed).unwrap();
            assert_eq!(changed.len(), body.len());
            assert_eq!(changed.iter().zip(body.bytes()).filter(|(one, other)| **one != *other).count(), 1, "{body}");
        }
        assert!(tamper(&mut []).is_err());
    }
}
