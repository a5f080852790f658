//! See `hookgate_fuzz::gateway`.
#![no_main]

use hookgate_fuzz::{gateway, lines, seeds};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(gateway::seeds, gateway::WORDS), |input: &[u8]| gateway::run(input));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    lines::mutate(data, size, max_size, seed)
});
