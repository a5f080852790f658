//! See `hookgate_fuzz::forms`.
#![no_main]

use hookgate_fuzz::{forms, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(forms::seeds, forms::WORDS), |input: &[u8]| forms::run(input));
