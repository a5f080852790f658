//! See `hookgate_fuzz::grammars`.
#![no_main]

use hookgate_fuzz::{grammars, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(grammars::seeds, grammars::WORDS), |input: &[u8]| grammars::run(input));
