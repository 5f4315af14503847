//! The binary: it looks at the name it was called by and runs the tool of that name.
//!
//! The name is the last part of `argv[0]`, so symbolic links and copies both work; called by its own
//! name, the first argument names the tool. The name picks code, never privilege.
//!
//! The map of the house: `error`, `clock`, `secret` · `config` → `datadir` → `maintenance` → `db` →
//! `instance` · what tracks are · what is stored · what visitors see · `cli`, what administrators type.

use std::ffi::OsString;
use std::process::ExitCode;

use fietsboek::cli::call::{complain, say};
use fietsboek::cli::opts::Applet;
use fietsboek::cli::verbs::APPLETS;
use fietsboek::cli::{self, version};
use fietsboek::error::Error;

/// What the binary is called when no link stands for it.
const OWN_NAME: &str = "fietsboek";

/// The exit code for a name that is none of ours, as shells have it for unknown commands.
const UNKNOWN: u8 = 127;

fn main() -> ExitCode {
    let mut args = std::env::args_os();
    let called = last_part(&args.next().unwrap_or_default());
    let args: Vec<OsString> = args.collect();
    ExitCode::from(match APPLETS.iter().find(|applet| applet.name == called) {
        Some(applet) => cli::run(applet, args),
        None if called == OWN_NAME => dispatch(args),
        None => unknown(&called),
    })
}

/// Called by its own name: the first argument says what to do.
fn dispatch(mut args: Vec<OsString>) -> u8 {
    if args.is_empty() {
        complain(&help());
        return 2;
    }
    let first = args.remove(0).to_string_lossy().into_owned();
    let printed = match first.as_str() {
        "--list" => say(&names()),
        "--help" | "-h" => say(&help()),
        "--version" => say(&version::text(OWN_NAME)),
        option if option.starts_with('-') => {
            complain(&format!("{OWN_NAME}: unknown option {option}; see {OWN_NAME} --help"));
            return 2;
        }
        name => match find_applet(name) {
            Some(applet) => return cli::run(applet, args),
            None => return unknown(name),
        },
    };
    printed.map_or_else(|error: Error| error.exit_code(), |()| 0)
}

fn find_applet(name: &str) -> Option<&'static Applet> {
    APPLETS
        .into_iter()
        .find(|applet| applet.name == name || applet.short == name)
}

fn unknown(name: &str) -> u8 {
    complain(&format!(
        "{OWN_NAME}: no tool is called {name:?}; there are:\n{}",
        names()
    ));
    UNKNOWN
}

fn names() -> String {
    APPLETS.map(|applet| applet.name).join("\n")
}

fn help() -> String {
    let tools = APPLETS.map(|applet| format!("  {:8}{:17}{}", applet.short, applet.name, applet.about));
    format!(
        "{OWN_NAME} is four tools in one file; it runs the one whose name it is called by\n\n\
        usage: {OWN_NAME} TOOL ...\n       {OWN_NAME} --list | --help | --version\n\n\
        tools, by their short and long names:\n{}\n\nmanual: {OWN_NAME}(7)",
        tools.join("\n")
    )
}

/// The last part of a path.
fn last_part(path: &OsString) -> String {
    let text = path.to_string_lossy();
    text.rsplit('/').next().unwrap_or_default().to_owned()
}
