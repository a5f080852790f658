//! See `hookgate_fuzz::gateway`.
#![no_main]

use hookgate_fuzz::{gateway, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(gateway::seeds, gateway::WORDS), |input: &[u8]| gateway::run(input));
