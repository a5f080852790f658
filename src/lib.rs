//! Hookgate stands at the edge between the services that send webhooks and a WordPress site, and lets only this
//! through: *a delivery whose sender is proven, which has not been delivered before, cut down to the fields its hook
//! allows, while nobody has stopped that hook.*
//!
//! # Flow
//! ```text
//! Request → Received → Verified → ThinPayload ┐
//!                        └ key → Recalled, Open ┴→ Claim → OriginRequest → Answer → end
//!                                     held → Due ──┘                          └→ Outcome → Reply, AuditEntry
//! ```
//! [`gateway`] tells the story of one delivery in nine numbered steps; every other module is one stage of it or one
//! thing in it. Each stage consumes the result of the one before, and only it can make its own, so any other order is
//! a compile error (see [`origin::OriginRequest`]).
//!
//! # Invariants
//! 1. Nothing is forwarded that was not authenticated, projected and claimed.
//! 2. A request that is not authenticated costs no storage and no fetch, and bounded memory and time.
//! 3. Only allowlisted fields leave the Worker, are stored or are logged.
//! 4. What is misconfigured or unreadable is closed, never open.
//! 5. The sender is told `ok` only when the origin has accepted the delivery, the ledger keeps it, or an operator chose to
//!    drop it. A failure is never remembered as a success, and a success is never repeated within the replay window: in
//!    mode `strict` anywhere on earth, in mode `kv` as far as this isolate and the replay cache know.
//! 6. The idempotency key comes only from bytes the sender authenticated.
//! 7. Silence is not refusal: a forward without an answer is uncertain. It is repeated only to an origin that keeps
//!    idempotency keys, and with the same one; else the ledger has it wait for an operator.
//! 8. Every ending has a name, a status, a message and an audit entry.
//!
//! # Modules, in the order of a delivery
//! | stage | modules |
//! |---|---|
//! | before the first request | [`config`], [`var`], `table`, `units`: variables and secrets · [`hook`], [`allowlist`], `secret`: one URL with its rules |
//! | 1–2 | `target`: the URL · `receive`: bounds · `body`: what the platform may keep |
//! | 2–3 | [`handshake`]: what providers ask besides delivering |
//! | 3 | [`authenticate`], `scheme`: who sent it · `key`: what makes it the same delivery as another · `hash`: HMAC, here or by the platform |
//! | 4 | `switch`: kill switches · `replay`: what was delivered before |
//! | 5 | [`project`]: the thin payload · `object`: posts, users, comments, orders |
//! | 6–8 | [`claim`]: who delivers, and what becomes of it · `memory`: as one isolate knows it · [`ledger`]: as anybody on earth does, and held deliveries · `release`: these go on · [`origin`]: the request and what its answer means, for each kind of origin |
//! | 9 | [`outcome`]: every ending · [`reply`], `audit`, `json`: what is said of it |
//! | beside them | `admin`: what operators ask and do, behind a token |
//!
//! [`host`] is the border: the core is pure and asks it for time, stores and the origin. `cloudflare` implements it on
//! Workers, the tests in memory; no other module can name Workers, for its crates are dependencies of the WebAssembly
//! target alone. Four modules are no part of the Worker, but of an operator's machine and of tests: `operator` is the
//! command line, which reads the same configuration before it is deployed, `sign` signs as senders do, `catalogue` lists
//! them, `retries` says how they deliver again. A fifth, `fuzz`, opens the core to the fuzz targets, and is there for
//! them alone.

pub mod allowlist;
pub mod authenticate;
pub mod claim;
pub mod config;
pub mod gateway;
pub mod handshake;
pub mod hook;
pub mod host;
pub mod ledger;
#[cfg(not(target_arch = "wasm32"))]
pub mod operator;
pub mod origin;
pub mod outcome;
pub mod project;
pub mod reply;
pub mod var;

mod admin;
mod audit;
mod body;
mod hash;
mod json;
mod key;
mod memory;
mod object;
mod receive;
mod release;
mod replay;
mod scheme;
mod secret;
mod switch;
mod table;
mod target;
mod units;

#[cfg(not(target_arch = "wasm32"))]
pub mod catalogue;
#[cfg(target_arch = "wasm32")]
mod cloudflare;
#[cfg(all(feature = "fuzzing", not(target_arch = "wasm32")))]
pub mod fuzz;
#[cfg(not(target_arch = "wasm32"))]
pub mod retries;
#[cfg(not(target_arch = "wasm32"))]
pub mod sign;
