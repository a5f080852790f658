//! See `hookgate_fuzz::check`.
#![no_main]

use hookgate_fuzz::{check, lines, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(check::seeds, check::WORDS), |input: &[u8]| check::run(input));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    lines::mutate(data, size, max_size, seed)
});
