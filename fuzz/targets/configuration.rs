//! See `hookgate_fuzz::configuration`.
#![no_main]

use hookgate_fuzz::{configuration, lines, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(configuration::seeds, configuration::WORDS), |input: &[u8]| configuration::run(input));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    lines::mutate(data, size, max_size, seed)
});
