//! The tools as an administrator meets them: the binary itself, on instances of its own.
//!
//! `Site` is an instance in a temporary directory with a neutral environment, `Cmd` runs a tool on it
//! under any of its names, `Server` serves it on a free port. Every wait is bounded. What needs root,
//! a full disk or a read-only file system is in `tests/contract.sh`.

// In a test, what cannot go on panics: also in what the tests share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cmd;
mod server;
mod site;
mod visitor;
mod whole;

mod backup;
mod backup_bad;
#[cfg(debug_assertions)]
mod backup_killed;
mod check;
#[cfg(debug_assertions)]
mod crash;
mod cron;
mod cron_inside;
mod dispatch;
mod download;
mod drain_command;
mod edit;
mod figures;
mod import;
mod init;
mod mail;
mod maintenance_command;
mod maps;
mod migrate;
mod notify;
mod protection;
mod serve;
mod swap_back;
mod terminal;
mod track;
mod two_servers;
mod update;
mod update_killed;
mod upload;
mod user;
