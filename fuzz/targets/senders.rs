//! See `hookgate_fuzz::senders`.
#![no_main]

use hookgate_fuzz::{seeds, senders};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(senders::seeds, senders::WORDS), |input: &[u8]| senders::run(input));
