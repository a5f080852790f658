//! See `hookgate_fuzz::projection`.
#![no_main]

use hookgate_fuzz::{projection, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(projection::seeds, projection::WORDS), |input: &[u8]| projection::run(input));
