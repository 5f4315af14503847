//! `fietsctl swap-back`: takes everything of ours out of database and data directory, for going back to Fietsboek 0.11
//! for good.
//!
//! Going back needs none of it: the original passes over what it does not know. It is for who wants the instance as
//! the original would have it. In maintenance mode only: a server in service would make it all again.

use std::time::Duration;

use rusqlite::Connection;

use super::call::Call;
use super::open::open;
use super::opts::Verb;
use super::prompt::Prompt;
use super::transaction::{begin, commit};
use super::user::FORCE;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::maintenance::flag::{self, Flag};
use crate::model::orphan::{self, Of};
use crate::model::overlay::{self, Map};
use crate::model::own::{self, Object};
use crate::model::{UserId, derived, swap, trash, unfinished, user};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["swap-back"],
    about: "take out everything that Fietsboek 0.11 does not know, for going back for good",
    operands: &[],
    opts: &[FORCE],
    run,
}];

/// How long everybody is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(call: &Call) -> Result<()> {
    let config = call.config()?;
    let dir = DataDir::new(&config.data_dir);
    check_mode(&config)?;
    tell_losses(call, &open(&config)?.db)?;
    // No lock is held while somebody thinks.
    if !call.flag("force") && !Prompt::new()?.confirm("Really take all of this out?")? {
        call.say("Aborted by user.")?;
        return Err(Error::Quiet(1));
    }

    let drained = drain::drain(&dir, &config.database, PATIENCE)?;
    drained.warnings.iter().for_each(|warning| call.warn(warning));
    let (objects, users) = empty_database(&config, &dir)?;
    // Rows first: without its row a file is nothing, and whatever ends this here, the next run goes on.
    for user in users {
        for map in Map::ALL {
            overlay::forget_ledger(&dir, user, map)?;
        }
    }
    let files = derived::list(&dir)?;
    files.iter().try_for_each(|path| trash::empty(path))?;
    call.say(&format!(
        "Taken out: {objects} tables, indexes and triggers, {} files and directories",
        files.len()
    ))?;
    if dir.stale().exists() {
        call.say(&format!("Kept for you to look at: {}", dir.stale().display()))?;
    }
    call.say(&format!(
        "The maintenance mode stays on. Stop fietsboek-serve and fietscron, start Fietsboek 0.11, then: rm {}",
        dir.maintenance().display()
    ))
}

/// It must be on.
fn check_mode(config: &Config) -> Result<()> {
    match flag::look(&config.data_dir) {
        Flag::On(_) => Ok(()),
        Flag::Unclear(cause) => Err(Error::Failed(cause)),
        Flag::Off => Err(Error::Failed(format!(
            "cannot swap back while the site is in service: a server would make it all again; nothing was changed; \
             take it out of service first: fietsctl -c {} maintenance-mode \"Moving\"",
            config.file.display()
        ))),
    }
}

/// Says what the tables hold; what can be made again is no loss, but who reads the list shall know it.
fn tell_losses(call: &Call, db: &Connection) -> Result<()> {
    call.say("Fietsboek 0.11 does not know and cannot keep:")?;
    for (Object { name, .. }, rows) in own::count_rows(db)? {
        let known = own::TABLES.iter().find(|(table, _)| *table == name);
        if rows > 0 {
            let what = known.map_or("rows of another version", |(_, what)| what);
            call.say(&format!("  {rows} {what} ({name})"))?;
        }
    }
    call.say("  indexes, photos in smaller sizes, simplified lines and what tells which tracks a map shows")
}

/// Takes everything out of the database; tells how much it was, and whose maps there may be.
fn empty_database(config: &Config, dir: &DataDir) -> Result<(usize, Vec<UserId>)> {
    let db = db::open(&config.database)?;
    swap::finish_pending(&db, dir)?;
    let pending = swap::list_staged(&db, dir)?.len();
    if pending > 0 {
        return Err(Error::Failed(format!(
            "cannot swap back: {pending} edits of tracks are not complete and cannot be completed, see above; \
             nothing was taken out"
        )));
    }
    for id in unfinished::list(dir)? {
        unfinished::settle(&db, dir, id)?;
    }
    let mut users: Vec<UserId> = user::list(&db)?.into_iter().map(|user| user.id).collect();
    let orphans = orphan::list(&db, dir, Of::Users)?;
    users.extend(orphans.into_iter().filter_map(|orphan| orphan.id).map(UserId));
    let transaction = begin(&db)?;
    let objects = own::remove_all(&transaction)?;
    commit(transaction)?;
    Ok((objects, users))
}
