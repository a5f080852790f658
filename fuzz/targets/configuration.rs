//! See `hookgate_fuzz::configuration`.
#![no_main]

use hookgate_fuzz::{configuration, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(configuration::seeds, configuration::WORDS), |input: &[u8]| configuration::run(input));
