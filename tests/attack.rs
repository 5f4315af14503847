//! The whole server under attack, and with what it needs taken away: load, malice, faults of the machine.
//!
//! Each test has an instance of its own and stays on loopback, bounded in time and number. Those that measure
//! time or memory have the machine to themselves (`turn::alone`), the others run beside each other.

// In a test, what cannot go on panics: also in what the tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

// What these share with the other tests of the whole server has more than is needed here.
#[allow(dead_code)]
#[path = "it/cmd.rs"]
mod cmd;
#[allow(dead_code)]
#[path = "it/server.rs"]
mod server;
#[allow(dead_code)]
#[path = "it/site.rs"]
mod site;
#[allow(dead_code)]
#[path = "it/visitor.rs"]
mod visitor;
#[allow(dead_code)]
#[path = "it/whole.rs"]
mod whole;

#[path = "attack/figures.rs"]
mod figures;
#[path = "attack/turn.rs"]
mod turn;

#[path = "attack/absurd.rs"]
mod absurd;
#[path = "attack/crowd.rs"]
mod crowd;
#[path = "attack/dice.rs"]
mod dice;
#[path = "attack/disk.rs"]
mod disk;
#[path = "attack/endless.rs"]
mod endless;
#[path = "attack/grammar.rs"]
mod grammar;
#[path = "attack/groups.rs"]
mod groups;
#[path = "attack/killed.rs"]
mod killed;
#[path = "attack/scarce.rs"]
mod scarce;
#[path = "attack/slow.rs"]
mod slow;
#[path = "attack/time.rs"]
mod time;
