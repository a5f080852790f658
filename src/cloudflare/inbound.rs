//! A request as Workers hand it over.

use core::cell::RefCell;
use core::time::Duration;

use js_sys::JsString;

use super::host::millis;
use super::passage::{Fault, Passage};
use crate::host::{BodyFault, Request};

/// Most names of headers that are kept as JavaScript's texts. A configuration asks for fewer; senders may list more.
const MOST_NAMES: usize = 256;

thread_local! {
    static NAMES: RefCell<Vec<(String, JsString)>> = const { RefCell::new(Vec::new()) };
}

pub(super) struct Inbound<'p>(pub(super) &'p Passage);

impl Request for Inbound<'_> {
    fn method(&self) -> String {
        self.0.method()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn header(&self, name: &str) -> Option<String> {
        NAMES.with_borrow_mut(|names| {
            if let Some((_, text)) = names.iter().find(|(own, _)| own == name) {
                return self.0.header(text);
            }
            let text = JsString::from(name);
            let value = self.0.header(&text);
            if names.len() < MOST_NAMES {
                names.push((name.into(), text));
            }
            value
        })
    }

    fn tls_version(&self) -> Option<String> {
        self.0.tls_version()
    }

    async fn body(&self, cap: usize, limit: Duration) -> Result<Vec<u8>, BodyFault> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault();
        match self.0.ended(self.0.read_body(cap, millis(limit))).await {
            Ok(operation) => Ok(self.0.bytes(operation)),
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
