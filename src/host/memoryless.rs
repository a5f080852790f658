//! A host that has a clock and cryptography, and remembers nothing. No part of the Worker.

use core::cell::RefCell;

use super::{Framed, HmacKey, Host, OriginAnswer, OriginFault, PublicKey, StoreFault};
use crate::origin::OriginRequest;

/// Nothing was delivered before, no hook is stopped, no ledger answers, and nobody is at the origin.
pub(crate) struct Memoryless {
    now: u64,
    lines: RefCell<Vec<String>>,
}

impl Memoryless {
    /// At a time in milliseconds since 1970.
    pub(crate) fn at(now: u64) -> Self {
        Self { now, lines: RefCell::default() }
    }

    /// What was logged since this was last asked.
    pub(crate) fn take_lines(&self) -> Vec<String> {
        self.lines.take()
    }
}

impl Host for Memoryless {
    fn now(&self) -> u64 {
        self.now
    }

    async fn read_record(&self, _: &str) -> Result<Option<String>, StoreFault> {
        Ok(None)
    }

    async fn write_record(&self, _: &str, _: &str, _: u32) -> Result<(), StoreFault> {
        Ok(())
    }

    async fn read_switches(&self, _: [&str; 2]) -> Result<[Option<String>; 2], StoreFault> {
        Ok([None, None])
    }

    async fn remove_record(&self, _: &str) -> Result<(), StoreFault> {
        Err(StoreFault)
    }

    async fn find_records(&self, _: &str) -> Result<Vec<String>, StoreFault> {
        Err(StoreFault)
    }

    async fn write_switch(&self, _: &str, _: Option<&str>) -> Result<(), StoreFault> {
        Err(StoreFault)
    }

    async fn ask(&self, _: &str, _: &str) -> Result<String, StoreFault> {
        Err(StoreFault)
    }

    fn token(&self) -> String {
        String::new()
    }

    async fn send(&self, _: &OriginRequest) -> Result<OriginAnswer, OriginFault> {
        Err(OriginFault::Broken)
    }

    async fn verify(&self, key: &PublicKey, signature: &[u8; 64], message: &[u8]) -> bool {
        crate::sign::verify(key, signature, message)
    }

    async fn hash(&self, _: Option<&HmacKey>, _: &Framed<'_>) -> Option<Vec<u8>> {
        None
    }

    fn log(&self, line: &str) {
        self.lines.borrow_mut().push(line.into());
    }
}
