//! The command line: four tools, their verbs, and what surrounds them.
//!
//! * `opts` is what a row of the tables is made of, `verbs` the tables themselves.
//! * `typed` reads what was typed, `call` is what it means; `nearest` helps with a slip of the finger.
//! * `help` writes the texts of `--help` from the same rows, `logging` sets the level of the log.
//! * `prompt` asks, `password` and `interrupt` serve it; `transaction` is how a verb writes.
//! * The rest is one verb a file, named like it.
//!
//! A verb gets a [`call::Call`] and gives back a result; it never exits, and it prints through the
//! call, so that a reader who went away (`… | head -1`) is no panic.

mod alone;
mod backup;
pub mod call;
mod check;
mod colour;
mod completions;
pub mod cron;
mod csv;
pub mod help;
mod init;
mod interrupt;
pub mod logging;
mod maintenance_mode;
mod open;
pub mod opts;
mod password;
mod printable;
mod progress;
mod prompt;
mod restore;
mod serve;
mod swap_back;
pub mod track;
mod transaction;
pub mod typed;
pub mod update;
pub mod user;
pub mod verbs;
pub mod version;
mod watch;

use std::ffi::OsString;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::SIGXFSZ;

use crate::error::{Error, Result};
use crate::isolation;
use call::{complain, say};
use opts::Applet;
use typed::Typed;

/// Runs a tool with what follows its name on the command line; gives back its exit code.
pub fn run(applet: &'static Applet, args: Vec<OsString>) -> u8 {
    isolation::forbid_dumps();
    match start(applet, args) {
        Ok(()) => 0,
        Err(error) => {
            report(applet.name, &error);
            error.exit_code()
        }
    }
}

fn start(applet: &'static Applet, args: Vec<OsString>) -> Result<()> {
    match typed::read(applet, args)? {
        Typed::Help(path) => say(&help::text(applet, &path)),
        Typed::Version => say(&version::text(applet.name)),
        Typed::Bare(path) => {
            complain(&help::text(applet, &path));
            Err(Error::Quiet(2))
        }
        Typed::Call(call) => {
            logging::start(applet.chatter, call.loudness);
            outlive_large_files();
            (call.verb.run)(&call)
        }
    }
}

/// A limit on the size of files is an error of whoever writes, like a full disk, and not the end: the signal would be.
fn outlive_large_files() {
    if let Err(e) = signal_hook::flag::register(SIGXFSZ, Arc::new(AtomicBool::new(false))) {
        log::debug!("cannot catch a signal: {e}");
    }
}

/// Prints an error, each line after the tool's name; the lines that scripts know stay as they are.
fn report(name: &str, error: &Error) {
    match error {
        Error::Quiet(_) => {}
        Error::Said(text) => complain(text),
        other => other
            .text()
            .lines()
            .for_each(|line| complain(&format!("{name}: {line}"))),
    }
}
