//! A user's overlay maps: tiles in a file for each, as Fietsboek 0.11 and hittekaart have them, so that either
//! program serves what the other had made.
//!
//! `tiles` is the file as it is looked at, `ledger` which tracks are drawn in it, `renew` draws it anew or adds to it,
//! `queue` says whose maps are due. What is drawn is not known here: that is `heat`.

mod ledger;
mod lock;
mod paint;
pub mod queue;
pub mod renew;
pub mod tiles;

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use rusqlite::{Connection, Transaction, TransactionBehavior, named_params};
use time::OffsetDateTime;

use super::access::OF_USER;
use super::files::{io, list_dir, name_of};
use super::{TrackId, UserId, failed, inspect, own, query};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use lock::MapLock;

/// A kind of map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    /// Where somebody was, and how often.
    Heat,
    /// Which tiles somebody has been in.
    Hunt,
}

impl Map {
    /// Both, in the order in which they are shown.
    pub const ALL: [Map; 2] = [Map::Heat, Map::Hunt];

    /// Its name in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Map::Heat => "heatmap",
            Map::Hunt => "tilehunt",
        }
    }

    /// The map of a name in an address.
    pub fn find(name: &str) -> Option<Map> {
        Map::ALL.into_iter().find(|map| map.name() == name)
    }

    /// The file with a user's tiles.
    pub(super) fn path(self, dir: &DataDir, user: UserId) -> PathBuf {
        match self {
            Map::Heat => dir.user_heatmap(user.0),
            Map::Hunt => dir.user_tilehunt(user.0),
        }
    }
}

/// A map that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawn {
    /// Which.
    pub map: Map,
    /// When it was drawn.
    pub at: OffsetDateTime,
    /// What tells it from the same map drawn at another time: letters, digits and `-`.
    pub tag: String,
}

/// A user's map; absent when it was not drawn.
pub fn find(dir: &DataDir, user: UserId, map: Map) -> Option<Drawn> {
    let meta = fs::metadata(map.path(dir, user)).ok().filter(fs::Metadata::is_file)?;
    let tag = format!(
        "{:x}-{:x}-{:x}-{:x}",
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ino(),
        meta.len()
    );
    Some(Drawn {
        map,
        at: meta.modified().ok()?.into(),
        tag,
    })
}

/// Which maps a user has.
pub fn list(dir: &DataDir, user: UserId) -> Vec<Drawn> {
    Map::ALL.into_iter().filter_map(|map| find(dir, user, map)).collect()
}

/// The tracks that a user's maps are drawn of, by id: the recorded ones that they own or are tagged in.
///
/// # Errors
/// What the database says.
pub fn list_tracks(db: &Connection, user: UserId) -> Result<Vec<TrackId>> {
    let sql = format!("SELECT t.id FROM tracks t WHERE {OF_USER} AND t.type IS NOT 'SYNTHETIC' ORDER BY t.id");
    query::list(
        db,
        "list the tracks of a map",
        &sql,
        named_params! { ":user": user },
        |row| row.get(0),
    )
}

/// Removes a user's map; not there: nothing happens. Waits so long while it is drawn.
///
/// # Errors
/// `Busy` when it is drawn for longer; `Failed` with the path and the cause.
pub fn delete(dir: &DataDir, user: UserId, map: Map, wait: Duration) -> Result<()> {
    if !dir.user(user.0).exists() {
        return Ok(());
    }
    let _lock = MapLock::take(dir, user, wait)?;
    remove(dir, user, map).map(drop)
}

/// The files beside maps in which they are drawn, or were when somebody was killed.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn list_unfinished(dir: &DataDir) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for place in list_dir(&dir.users())?.into_iter().filter(|place| place.is_dir()) {
        // Each may have a journal.
        let is_unfinished = |path: &PathBuf| name_of(path).contains(".sqlite.new");
        found.extend(list_dir(&place)?.into_iter().filter(is_unfinished));
    }
    Ok(found)
}

/// Takes out of a user's map what only this program reads, so that it is as hittekaart makes it; the tiles stay.
/// The caller is alone with the data.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn forget_ledger(dir: &DataDir, user: UserId, map: Map) -> Result<()> {
    let path = map.path(dir, user);
    if !path.exists() {
        return Ok(());
    }
    let told = |e: Error| Error::Failed(format!("cannot change the map {}: {e}", path.display()));
    let db = db::open_any(&path).map_err(told)?;
    let what = "change a map";
    let change = Transaction::new_unchecked(&db, TransactionBehavior::Immediate).map_err(|e| told(failed(what, e)))?;
    own::remove_all(&change).map_err(told)?;
    change.commit().map_err(|e| told(failed(what, e)))
}

/// What is wrong with the file of a user's map, if anything is.
pub fn find_fault(dir: &DataDir, user: UserId, map: Map) -> Option<String> {
    let path = map.path(dir, user);
    if !path.exists() {
        return None;
    }
    let faults = db::open_tiles(&path).and_then(|db| inspect::list_faults(&db));
    match faults {
        Ok(faults) => faults.into_iter().next(),
        Err(e) => Some(e.text().to_owned()),
    }
}

/// Removes a map whose lock is held, and what a crash left beside it; whether it was there.
fn remove(dir: &DataDir, user: UserId, map: Map) -> Result<bool> {
    let path = map.path(dir, user);
    remove_file(dir.beside_map(&path))?;
    remove_file(path)
}

fn remove_file(path: PathBuf) -> Result<bool> {
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(io("remove", &path, e)),
    }
}
