//! `fietsupdate status`: the applied updates and those that wait, and where the database disagrees.

use crate::cli::call::Call;
use crate::cli::colour::{Tone, paint};
use crate::config::Config;
use crate::error::Result;
use crate::schema::{self, Schema};
use crate::update::chain::{self, UPDATES};
use crate::update::state::{Database, State};
use crate::update::work;

const UNKNOWN: &str = "An update marked as unknown was made by a newer Fietsboek than 0.11, or by another program.\n\
    This program does not touch such an instance; use the one that updated it.";

pub(super) fn run(call: &Call) -> Result<()> {
    let config = call.config()?;
    let state = State::read(&config)?;
    let heading = |text: &str| paint(call.wants_colours(), Tone::Key, text);
    call.say(&heading("Current versions:"))?;
    if state.applied.is_empty() {
        call.say("No current version")?;
    }
    for id in &state.applied {
        match chain::find(id) {
            Some(_) => call.say(id)?,
            None => call.say(&paint(call.wants_colours(), Tone::Bad, &format!("{id} [unknown]")))?,
        }
    }
    if state.has_unknown() {
        call.say(UNKNOWN)?;
    }
    call.say(&heading("Available updates:"))?;
    if state.newest() == Some(chain::HEAD) {
        call.say(&paint(call.wants_colours(), Tone::Good, "All updates applied!"))?;
    } else {
        call.say(UPDATES[chain::HEAD].id)?;
    }
    if work::is_decided(&config) {
        call.say("An update was cut short after it was decided; fietsupdate update completes it.")?;
    } else if work::is_cut_short(&config) {
        call.say("An update was cut short before it changed anything; the next one removes what it has left.")?;
    }
    match note(&state, &config) {
        Some(note) => call.say(&note),
        None => Ok(()),
    }
}

/// What VERSION does not say: where the database is not as it should be after its updates.
fn note(state: &State, config: &Config) -> Option<String> {
    let path = config.database.display();
    let expected = state.newest().map(|at| UPDATES[at].revision);
    let revision = match &state.database {
        Database::Missing => return Some(format!("There is no database at {path}.")),
        Database::Unreadable(e) => return Some(format!("The database cannot be read: {e}.")),
        Database::Of(Schema::Empty) => return Some(format!("The database {path} is empty.")),
        Database::Of(Schema::Foreign) => return Some(format!("The database {path} is not Fietsboek's.")),
        Database::Of(Schema::Head) => schema::HEAD,
        Database::Of(Schema::Older(revision) | Schema::Unknown(revision)) => revision,
    };
    if let Err(why) = state.standing() {
        return Some(format!("{why}."));
    }
    (expected != Some(revision)).then(|| match expected {
        Some(expected) => {
            format!("The database {path} is of revision {revision}; after these updates it should be {expected}.")
        }
        None => format!("The database {path} is of revision {revision}."),
    })
}
