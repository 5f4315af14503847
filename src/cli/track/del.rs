//! `fietsctl track del`: deletes a track, its rows first and its files after the commit.

use rusqlite::Connection;

use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::printable;
use crate::cli::prompt::Prompt;
use crate::cli::transaction::{begin, commit};
use crate::error::{Error, Result};
use crate::model::TrackId;
use crate::model::track::{self, Track};

pub(super) fn run(call: &Call) -> Result<()> {
    let id = call.number("id")?.map(TrackId);
    let id = id.ok_or_else(|| Error::Usage("name the track by --id".to_owned()))?;
    let config = call.config()?;
    let track = get(&open(&config)?.db, id)?;
    call.say(&printable::text(track.fields.title.as_deref().unwrap_or_default()))?;
    // The lock is not held while somebody thinks; hence the second look below.
    if !call.flag("force") && !Prompt::new()?.confirm("Really delete this track?")? {
        call.say("Aborted by user.")?;
        return Err(Error::Quiet(1));
    }

    let held = open(&config)?;
    let transaction = begin(&held.db)?;
    if !is_same(&track, &get(&transaction, id)?) {
        return Err(Error::Failed(format!(
            "cannot delete track {id}: it was changed meanwhile; nothing was deleted"
        )));
    }
    let removal = track::delete(&transaction, id)?.mark(&held.dir);
    commit(transaction)?;
    if let Err(e) = removal.files(&held.db) {
        call.warn(&format!("the track is deleted, but files are left: {e}"));
    }
    call.say("Track deleted")
}

fn get(db: &Connection, id: TrackId) -> Result<Track> {
    track::find(db, id)?.ok_or_else(|| Error::Said("Error: No such track found.".to_owned()))
}

/// Ids are given out again: the same track is one with the same owner, link secret and title.
fn is_same(one: &Track, other: &Track) -> bool {
    one.owner == other.owner && one.link_secret == other.link_secret && one.fields.title == other.fields.title
}
