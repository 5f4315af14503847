//! The front door over real sockets, before a small inner server that does as its paths say.
//!
//! Every test has a door of its own and needs loopback only.

// Clippy's leave for tests covers test functions, not the files that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "gate/bodies.rs"]
mod bodies;
#[path = "gate/faults.rs"]
mod faults;
#[path = "gate/house.rs"]
mod house;
#[path = "gate/refusals.rs"]
mod refusals;
#[path = "gate/requests.rs"]
mod requests;
#[path = "gate/script.rs"]
mod script;
#[path = "gate/smuggling.rs"]
mod smuggling;
