//! A request as Workers hand it over.

use core::time::Duration;

use js_sys::Reflect;
use worker::web_sys;

use super::body::{self, ReadFault};
use super::host::within;
use crate::host::{BodyFault, Request};

pub(super) struct Inbound<'r>(pub(super) &'r web_sys::Request);

impl Request for Inbound<'_> {
    fn method(&self) -> String {
        self.0.method()
    }

    fn url(&self) -> String {
        self.0.url()
    }

    fn header(&self, name: &str) -> Option<String> {
        self.0.headers().get(name).ok().flatten()
    }

    /// Read by hand: the getters of workers-rs panic where a property is missing.
    fn tls_version(&self) -> Option<String> {
        let cf = Reflect::get(self.0, &"cf".into()).ok()?;
        Reflect::get(&cf, &"tlsVersion".into()).ok()?.as_string()
    }

    async fn body(&self, cap: usize, limit: Duration) -> Result<Vec<u8>, BodyFault> {
        #[cfg(feature = "fault-injection")]
        self.inject_fault();
        let Some(stream) = self.0.body() else { return Ok(Vec::new()) };
        let mut reader = body::Reader::new(stream).map_err(|_| BodyFault::Broken)?;
        match within(limit, reader.read(cap)).await {
            Some(Ok(bytes)) => Ok(bytes),
            Some(Err(ReadFault::TooLarge)) => Err(BodyFault::TooLarge),
            Some(Err(ReadFault::Broken(_))) => Err(BodyFault::Broken),
            None => Err(BodyFault::Timeout),
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
