//! The core from outside, over a host in memory: no network, no clock, no Workers.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test that goes wrong may stop"
)]

mod admin;
mod configuration;
mod cuts;
mod fixtures;
mod handshakes;
mod hashing;
mod keeping;
mod ledger;
mod ledgers;
mod native;
mod parts;
mod properties;
mod scenarios;
mod schemes;
mod tidy;
mod vectors;
mod world;
