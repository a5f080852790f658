//! What the fuzz targets run, and what they compare it with. Each target is a module here and a binary in `targets/`:
//!
//! | target | takes | must hold |
//! |---|---|---|
//! | [`grammars`] | one spelling of a signature, timestamp, list or template | read exactly as a plain reader here reads it |
//! | [`senders`] | a preset, headers with the right signature cut up in them, a body | it passes if and only if all is spelled right |
//! | [`projection`] | an allowlist and JSON | kept is what a plain walk over the document keeps, to the digit |
//! | [`configuration`] | `wrangler.toml` and `.dev.vars` | a hook with a mistake is closed, one without is open |
//! | [`check`] | the same | the operator is told of an error wherever the Worker finds one |
//! | [`forms`] | names, a query and a form | read as the URL standard's own reader reads it |
//! | [`gateway`] | an HTTP request | nothing is stored or sent without proof; every reply is in README's table |
//!
//! An input is text in lines, with a body last, so that a finding can be read and edited. A property that does not hold
//! is a panic.

pub mod check;
pub mod configuration;
pub mod forms;
pub mod gateway;
pub mod grammars;
#[cfg(feature = "engine")]
pub mod lines;
pub mod projection;
pub mod seeds;
pub mod senders;

#[allow(dead_code, reason = "the tests use all of it")]
#[path = "../../tests/it/native.rs"]
mod native;
mod recordings;
mod replies;
#[allow(dead_code, unused_imports, reason = "the tests use all of it")]
#[path = "../../tests/it/world.rs"]
mod world;

/// The next line, without its end; the rest stays.
pub(crate) fn line<'i>(input: &mut &'i [u8]) -> &'i [u8] {
    let end = input.iter().position(|byte| *byte == b'\n').unwrap_or(input.len());
    let (line, rest) = input.split_at(end);
    *input = rest.get(1..).unwrap_or(&[]);
    line
}

/// The next line, if it is UTF-8: a header that is none does not reach the gate.
pub(crate) fn text_line<'i>(input: &mut &'i [u8]) -> Option<&'i str> {
    str::from_utf8(line(input)).ok()
}
