//! A request as Workers hand it over.

use core::cell::RefCell;
use core::ops::Range;
use core::time::Duration;

use js_sys::JsString;

use super::host::millis;
use super::passage::{Fault, Passage};
use crate::host::{Body, BodyFault, Request};

/// Most names of headers that are kept as JavaScript's texts. A configuration asks for fewer; senders may list more.
const MOST_NAMES: usize = 256;

thread_local! {
    static NAMES: RefCell<Vec<(String, JsString)>> = const { RefCell::new(Vec::new()) };
}

/// What `head` has, line by line: of these each delivery is asked, so they cross in one text.
const HEAD: [&str; 7] = ["method", "url", "tls", "content-type", "content-encoding", "content-length", "cf-ray"];

pub(super) struct Inbound<'p> {
    passage: &'p Passage,
    head: String,
    /// Where each line of it begins and ends.
    lines: [Range<usize>; HEAD.len()],
}

impl<'p> Inbound<'p> {
    /// `head` as `passage.js` writes it: a line for each of [`HEAD`], empty where there is none, else after a space.
    pub(super) fn new(passage: &'p Passage, head: String) -> Self {
        let mut lines = [const { 0..0 }; HEAD.len()];
        let mut start = 0_usize;
        for (range, line) in lines.iter_mut().zip(head.split('\n')) {
            let end = start.saturating_add(line.len());
            *range = start..end;
            start = end.saturating_add(1);
        }
        Self { passage, head, lines }
    }

    fn line(&self, index: usize) -> Option<&str> {
        self.head.get(self.lines.get(index)?.clone())?.strip_prefix(' ')
    }
}

impl Request for Inbound<'_> {
    fn method(&self) -> String {
        self.line(0).unwrap_or_default().into()
    }

    fn url(&self) -> String {
        self.line(1).unwrap_or_default().into()
    }

    fn header(&self, name: &str) -> Option<String> {
        match HEAD.iter().position(|own| *own == name) {
            Some(index @ 3..) => self.line(index).map(Into::into),
            _ => with_name(name, |name| self.passage.header(name)),
        }
    }

    fn either(&self, one: &str, other: &str) -> Option<String> {
        with_name(one, |one| with_name(other, |other| self.passage.either(one, other)))
    }

    fn tls_version(&self) -> Option<String> {
        self.line(2).map(Into::into)
    }

    async fn body(&self, cap: usize, limit: Duration) -> Result<Body, BodyFault> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault();
        match self.passage.ended(self.passage.read_body(cap, millis(limit))).await {
            Ok(operation) => Ok(match self.passage.kept(operation) {
                0 => self.passage.bytes(operation).into(),
                length => {
                    let passage = self.passage.clone();
                    Body::kept(length, operation, move || passage.bytes(operation))
                }
            }),
            Err(Fault::TooLarge) => Err(BodyFault::TooLarge),
            Err(Fault::Failed) => Err(BodyFault::Broken),
            Err(Fault::Late) => Err(BodyFault::Timeout),
        }
    }
}

#[cfg(feature = "fault-injection")]
impl Inbound<'_> {
    #[expect(clippy::panic, reason = "the panic test asks for it; the feature is never deployed")]
    fn inject_fault(&self) {
        if self.header("x-hookgate-fault").as_deref() == Some("panic") {
            panic!("canary-panic");
        }
    }
}

/// Calls with the name of a header as JavaScript's text.
fn with_name<T>(name: &str, call: impl FnOnce(&JsString) -> T) -> T {
    let known = NAMES.with_borrow(|names| names.iter().find(|(own, _)| own == name).map(|(_, text)| text.clone()));
    let text = known.unwrap_or_else(|| {
        let text = JsString::from(name);
        NAMES.with_borrow_mut(|names| {
            if names.len() < MOST_NAMES {
                names.push((name.into(), text.clone()));
            }
        });
        text
    });
    call(&text)
}
