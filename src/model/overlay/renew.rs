//! A map is brought up to date: what came is added, what went is taken out, and a file that another program made is
//! drawn anew. It is written beside, made durable and renamed: whoever looks, and whoever is killed, has the old one
//! or the new one.
//!
//! Without a recorded track there is no map: the file goes, or it would show the last one that was deleted. (0.11
//! leaves it.)

use std::fs::{self, File};
use std::path::Path;
use std::time::Duration;

use rusqlite::Connection;

use super::ledger::{self, Entry, Ledger};
use super::lock::MapLock;
use super::paint::{self, Change};
use super::{Map, list_tracks, remove, remove_file};
use crate::crash::{self, Point};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::heat::{Line, hunter};
use crate::model::files::{io, make_dir, sync_dir};
use crate::model::{TrackId, UserId};
use crate::ownership;

/// The recordings of one user's tracks, as that user may show them.
pub trait Recordings {
    /// What tells what [`Recordings::find`] gives from what it gave at another time, without reading it; absent when
    /// there is no recording.
    fn find_state(&self, track: TrackId) -> Option<String>;

    /// The line of a track; absent when it has no recording that can be read.
    ///
    /// # Errors
    /// `Failed` when the system refuses a file that is there.
    fn find(&self, track: TrackId) -> Result<Option<Line>>;
}

/// What is needed to draw a user's maps.
pub struct Work<'a> {
    /// The database.
    pub db: &'a Connection,
    /// Where the data is.
    pub dir: &'a DataDir,
    /// Whose maps.
    pub user: UserId,
    /// Their recordings.
    pub recordings: &'a dyn Recordings,
    /// So many draw at once.
    pub threads: usize,
    /// How long another who draws these maps is waited for.
    pub wait: Duration,
    /// Told now and then how much is done, of 1; whether to go on.
    pub go_on: &'a dyn Fn(f64) -> bool,
}

/// What became of a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// It was as it should be.
    Unchanged,
    /// It was drawn.
    Drawn,
    /// There is nothing to be drawn: it is not there (any more).
    Nothing,
    /// It was told not to go on: it is as it was.
    Stopped,
}

/// The share of the work that reading recordings is.
const READING: f64 = 0.4;

/// Brings a map up to date; `whole`: draws it from the recordings, whatever is there.
///
/// # Errors
/// `Busy` when another draws the user's maps for longer than is waited; what the database and the disk say. The map
/// is as it was then.
pub fn renew(work: &Work<'_>, map: Map, whole: bool) -> Result<Renewed> {
    let (dir, user) = (work.dir, work.user);
    let tracks = list_tracks(work.db, user)?;
    if tracks.is_empty() && !dir.user(user.0).exists() {
        return Ok(Renewed::Nothing);
    }
    make_dir(&dir.users())?;
    make_dir(&dir.user(user.0))?;
    let _lock = MapLock::take(dir, user, work.wait)?;
    if tracks.is_empty() {
        return remove(dir, user, map).map(|_| Renewed::Nothing);
    }
    let path = map.path(dir, user);
    let known = if whole { None } else { ledger::find(&path) };
    let Some(now) = gather(work, map, &tracks, known.as_ref())? else {
        return Ok(Renewed::Stopped);
    };
    let go_on = |share: f64| (work.go_on)(READING + (1.0 - READING) * share);
    let change = compare(known.as_ref(), &now, work.threads, &go_on);
    if known.is_some() && change.gone.is_empty() && change.new.is_empty() {
        return Ok(Renewed::Unchanged);
    }
    let beside = dir.beside_map(&path);
    remove_file(beside.clone())?;
    if known.is_some() {
        fs::copy(&path, &beside).map_err(|e| io("copy", &path, e))?;
    }
    let written = write(&beside, map, &change, &now).and_then(|is_whole| {
        if is_whole {
            put_in_place(&beside, &path)?;
        }
        Ok(is_whole)
    });
    if !matches!(written, Ok(true)) {
        let _ = fs::remove_file(&beside);
    }
    written.map(|is_whole| if is_whole { Renewed::Drawn } else { Renewed::Stopped })
}

/// The tracks as they are now; those that were drawn and have not changed are not read. Absent when it was told not
/// to go on.
fn gather(work: &Work<'_>, map: Map, tracks: &[TrackId], known: Option<&Ledger>) -> Result<Option<Ledger>> {
    let mut now = Ledger::new();
    for (n, track) in tracks.iter().enumerate() {
        if !(work.go_on)(READING * n as f64 / tracks.len() as f64) {
            return Ok(None);
        }
        let Some(state) = work.recordings.find_state(*track) else {
            continue;
        };
        let entry = match known.and_then(|known| known.get(track)) {
            Some(entry) if entry.state == state => entry.clone(),
            _ => match work.recordings.find(*track)? {
                Some(line) => Entry {
                    state,
                    shape: shape(map, &line),
                },
                None => continue,
            },
        };
        now.insert(*track, entry);
    }
    Ok(Some(now))
}

/// What a map shows of a line.
fn shape(map: Map, line: &Line) -> Vec<u8> {
    match map {
        Map::Heat => line.to_bytes(),
        Map::Hunt => hunter::to_bytes(&hunter::cells(line)),
    }
}

fn compare<'a>(
    known: Option<&'a Ledger>,
    now: &'a Ledger,
    threads: usize,
    go_on: &'a dyn Fn(f64) -> bool,
) -> Change<'a> {
    let shape_in = |ledger: Option<&'a Ledger>, track: &TrackId| ledger?.get(track).map(|entry| entry.shape.as_slice());
    let mut change = Change {
        gone: Vec::new(),
        kept: Vec::new(),
        new: Vec::new(),
        threads,
        go_on,
    };
    for (track, entry) in now {
        match shape_in(known, track) {
            Some(shape) if shape == entry.shape => change.kept.push(shape),
            _ => change.new.push(&entry.shape),
        }
    }
    for (track, entry) in known.into_iter().flatten() {
        if shape_in(Some(now), track) != Some(&entry.shape) {
            change.gone.push(&entry.shape);
        }
    }
    change
}

/// Writes what changes into the file beside; false when it was told not to go on.
fn write(beside: &Path, map: Map, change: &Change<'_>, now: &Ledger) -> Result<bool> {
    let is_new = !beside.exists();
    let db = db::fill_tiles(beside)?;
    let fill = || -> rusqlite::Result<bool> {
        let all = db.unchecked_transaction()?;
        if is_new {
            ledger::create(&all)?;
        }
        if !paint::paint(&all, map, change)? {
            return Ok(false);
        }
        ledger::store(&all, now)?;
        all.commit().map(|()| true)
    };
    let filled = fill().map_err(|e| Error::Failed(format!("cannot fill the map {}: {e}", beside.display())));
    crash::point(Point::MapFilled);
    filled
}

fn put_in_place(beside: &Path, path: &Path) -> Result<()> {
    let file = File::open(beside).map_err(|e| io("open", beside, e))?;
    file.sync_all().map_err(|e| io("make durable", beside, e))?;
    ownership::follow(&file, beside);
    fs::rename(beside, path).map_err(|e| io("put in its place", path, e))?;
    crash::point(Point::MapPlaced);
    sync_dir(path.parent().unwrap_or(path))
}

#[cfg(test)]
mod tests;
