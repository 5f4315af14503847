//! `fietsupdate`: which version an instance is of, and how it comes to this one.
//!
//! What this version can do is make the tables of a new instance and put VERSION right; it says so
//! of everything else, and changes nothing then. The lines that are printed are an interface of
//! Fietsboek 0.11, to the letter.

mod apply;
mod plan;
mod state;
mod status;

use super::call::Call;
use super::colour::{Tone, paint};
use super::help;
use super::opts::{Operand, Verb};
use super::prompt::Prompt;
use super::updates::{self, UPDATES};
use super::user::FORCE;
use crate::error::{Error, Result};
use plan::Plan;
use state::State;

/// The rows of the tables.
pub const VERBS: &[Verb] = &[
    Verb {
        path: &["status"],
        about: "print the applied updates and those that wait",
        operands: &[],
        opts: &[],
        run: status::run,
    },
    Verb {
        path: &["update"],
        about: "bring the data to this version, in maintenance mode of its own",
        operands: &[Operand {
            name: "VERSION",
            required: false,
            help: "the update to end with (default: the newest)",
        }],
        opts: &[FORCE],
        run: update,
    },
    Verb {
        path: &["downgrade"],
        about: "bring the data back to an earlier version",
        operands: &[Operand {
            name: "VERSION",
            required: true,
            help: "the update to end with",
        }],
        opts: &[FORCE],
        run: downgrade,
    },
    Verb {
        path: &["help"],
        about: "print the help for a verb",
        operands: &[Operand {
            name: "VERB",
            required: false,
            help: "the verb (default: all of them)",
        }],
        opts: &[],
        run: print_help,
    },
];

const WARNING: &str = "Updating changes the database and the data directory, and some changes lose data for good.\n\
    Have a backup of both before you go on.";

fn update(call: &Call) -> Result<()> {
    let target = call
        .operands()
        .first()
        .map_or(Ok(updates::HEAD), |id| updates::get(id))?;
    let config = call.config()?;
    let state = State::read(&config)?;
    let id = UPDATES[target].id;
    say_labelled(call, "Current version:", &state.text())?;
    say_labelled(call, "Selected version:", id)?;
    let plan = Plan::of(&state, target, &config)?;
    if plan == Plan::Nothing {
        return say_good(call, "Nothing to do");
    }
    if !call.flag("force") {
        call.say(WARNING)?;
        if !Prompt::new()?.confirm("Proceed?")? {
            return Err(Error::Said("Aborted!".to_owned()));
        }
    }
    apply::run(call, &config, &state, plan)?;
    say_good(call, &format!("Update succeeded, version: {id}"))
}

fn downgrade(call: &Call) -> Result<()> {
    let target = updates::get(call.operands().first().map_or("", String::as_str))?;
    let state = State::read(&call.config()?)?;
    let id = UPDATES[target].id;
    say_labelled(call, "Current version:", &state.text())?;
    call.say(&format!("Downgrade to version {id}"))?;
    if state.newest() == Some(target) && !state.has_unknown() {
        return say_good(call, "Nothing to do");
    }
    Err(Error::Failed(format!(
        "cannot go back to {id}: this version of fietsupdate does not downgrade yet; nothing was changed"
    )))
}

fn print_help(call: &Call) -> Result<()> {
    let path: Vec<&str> = call.operands().iter().map(String::as_str).collect();
    if !call.applet.list_verbs().any(|verb| verb.path.starts_with(&path)) {
        return Err(Error::Usage(format!(
            "unknown verb {:?}; see fietsupdate --help",
            path.join(" ")
        )));
    }
    call.say(&help::text(call.applet, &path))
}

fn say_labelled(call: &Call, label: &str, text: &str) -> Result<()> {
    call.say(&format!("{} {text}", paint(call.wants_colours(), Tone::Key, label)))
}

fn say_good(call: &Call, text: &str) -> Result<()> {
    call.say(&paint(call.wants_colours(), Tone::Good, text))
}
