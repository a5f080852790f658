//! See `hookgate_fuzz::senders`.
#![no_main]

use hookgate_fuzz::{lines, seeds, senders};

libfuzzer_sys::fuzz_target!(init: seeds::write_if_asked(senders::seeds, senders::WORDS), |input: &[u8]| senders::run(input));
libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    lines::mutate(data, size, max_size, seed)
});
