//! The operator's command line from outside: the binary, its output and its exit status.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that goes wrong may stop"
)]

mod bench;
mod check;
mod explain;
mod gate;
mod mistakes;
mod new;
mod secrecy;
mod send;
mod senders;
mod sign;
mod terminal;
