//! `fietsupdate`: which version an instance is of, and how it comes to another one.
//!
//! What it does is in the room `update`; here are the words. The lines that are printed are an interface
//! of Fietsboek 0.11, to the letter.

mod status;

use super::alone::{self, Job};
use super::call::Call;
use super::colour::{Tone, paint};
use super::help;
use super::opts::{Operand, Verb};
use super::prompt::Prompt;
use super::user::FORCE;
use crate::backup::over;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::update::chain::{self, UPDATES};
use crate::update::plan::{Plan, Way};
use crate::update::state::State;
use crate::update::work::{self, Recovered};
use crate::update::{Tell, create, version};

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

const JOB: Job = Job {
    verb: "update",
    reason: "This site is being updated.",
    reason_stuck: "This site is being updated, and the update could not be completed. \
        Its administrator has to run fietsupdate again.",
    go_on: ["fietsupdate", "update"],
    is_decided: work::is_decided,
};

const WARNING_UP: &str = "Updating changes the database and the data directory, and some changes lose data for good.\n\
    A backup of what is changed is made, but have one of everything before you go on.";

const WARNING_DOWN: &str = "Going back loses what the earlier version has no place for: repairs of recordings, favourites, log-ins, and\n\
    before 30ppwg8zi4ujb46f the recordings as they were uploaded.\n\
    A backup of what is changed is made, but have one of everything before you go on.";

fn update(call: &Call) -> Result<()> {
    let target = call.operands().first().map_or(Ok(chain::HEAD), |id| chain::get(id))?;
    let config = call.config()?;
    recover(call, &config)?;
    let state = State::read(&config)?;
    let id = UPDATES[target].id;
    say_labelled(call, "Current version:", &state.text())?;
    say_labelled(call, "Selected version:", id)?;
    carry_out(call, &config, &state, Way::Up, target)
}

fn downgrade(call: &Call) -> Result<()> {
    let target = chain::get(call.operands().first().map_or("", String::as_str))?;
    let config = call.config()?;
    recover(call, &config)?;
    let state = State::read(&config)?;
    say_labelled(call, "Current version:", &state.text())?;
    call.say(&format!("Downgrade to version {}", UPDATES[target].id))?;
    carry_out(call, &config, &state, Way::Down, target)
}

/// Tells of a run that was killed, and brings what it left to an end, before anything else is looked at.
fn recover(call: &Call, config: &Config) -> Result<()> {
    alone::tell_abandoned(call, config);
    if over::is_decided(config) {
        return Err(Error::Failed(format!(
            "a restore is decided and not complete; complete it first: fietsctl -c {} restore --resume",
            config.file.display()
        )));
    }
    if !work::is_cut_short(config) {
        return Ok(());
    }
    let mut found = None;
    alone::run(call, config, &JOB, &|| Ok(true), |_| {
        // Somebody who was waited for may have worked until now, and not have been killed.
        if work::is_cut_short(config) {
            found = Some(work::recover(config)?);
        }
        Ok(())
    })?;
    call.warn(&match found {
        Some(Recovered::Completed(to)) => format!(
            "an update was cut short after it was decided; it is complete now, and the instance is of {}",
            UPDATES[to].id
        ),
        Some(Recovered::GivenUp(to)) => format!(
            "an update to {} was cut short, and the database was changed or replaced since; the database is left as \
             it is, and what was prepared is removed",
            UPDATES[to].id
        ),
        None => return Ok(()),
        Some(Recovered::Cleared) => "an update was cut short before it changed anything; the instance is as it \
             was, and what was prepared is removed"
            .to_owned(),
    });
    Ok(())
}

fn carry_out(call: &Call, config: &Config, state: &State, way: Way, target: usize) -> Result<()> {
    let plan = Plan::of(state, way, target, config)?;
    if plan == Plan::Nothing {
        return say_good(call, "Nothing to do");
    }
    if let Plan::Go(from) = plan {
        work::check_space(config, from, target)?;
    }
    let (warning, word) = match way {
        Way::Up => (WARNING_UP, "Update"),
        Way::Down => (WARNING_DOWN, "Downgrade"),
    };
    if !call.flag("force") {
        call.say(warning)?;
        if !Prompt::new()?.confirm("Proceed?")? {
            return Err(Error::Said("Aborted!".to_owned()));
        }
    }
    let is_as_seen = || Ok(State::look(config)? == *state);
    alone::run(call, config, &JOB, &is_as_seen, |tell| {
        work_on(call, config, plan, target, tell)
    })?;
    say_good(call, &format!("{word} succeeded, version: {}", UPDATES[target].id))
}

fn work_on(call: &Call, config: &Config, plan: Plan, target: usize, tell: Tell<'_>) -> Result<()> {
    match plan {
        Plan::Nothing => Ok(()),
        Plan::Stamp => version::stage(&DataDir::new(&config.data_dir), &[UPDATES[target].id])?.place(),
        Plan::Create => create::run(config, target),
        Plan::Go(from) => {
            let done = work::run(config, from, target, tell)?;
            done.warnings.iter().for_each(|warning| call.warn(warning));
            if done.backup.is_none() {
                call.warn("no backup is kept (fietsboek.backup.keep)");
            }
            Ok(())
        }
    }
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
