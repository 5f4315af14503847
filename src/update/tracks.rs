//! The tracks' files that go with an update: the recordings, out of the database and into it, and the words in them.
//!
//! New files are written into a directory beside the tracks and placed later, by renames. That directory is on the
//! disk of the tracks; its name is one that either program takes for garbage.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::Tell;
use crate::clock;
use crate::crash::{self, Point};
use crate::datadir::{DataDir, TRACK_BACKUP, TRACK_GPX};
use crate::db;
use crate::error::{Error, Result};
use crate::gpx::{self, Metadata, Origin, Time};
use crate::model::files::{io, list_dir, make_dir, name_of, sync_dir};
use crate::model::trash;
use crate::model::{trackdir, upload};
use crate::ownership;

/// The largest recording, bytes unpacked.
const LARGEST: usize = 1 << 30;

/// Every track's id.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection) -> Result<Vec<i64>> {
    list_by(db, "SELECT id FROM tracks ORDER BY id")
}

fn list_by(db: &Connection, sql: &str) -> Result<Vec<i64>> {
    let all = || -> rusqlite::Result<Vec<i64>> { db.prepare(sql)?.query_map([], |row| row.get(0))?.collect() };
    all().map_err(|e| db::failed("list the tracks", e))
}

/// Writes the recordings that the database holds into files, both the current one and the one as uploaded.
///
/// # Errors
/// What cannot be unpacked, or written.
pub fn move_out(db: &Connection, dir: &DataDir, warnings: &mut Vec<String>, tell: Tell<'_>) -> Result<()> {
    for id in list(db)? {
        tell(&format!("Moving GPX data for track {id} from database to disk"))?;
        let packed = find_column(db, id)?;
        if packed.is_empty() {
            warnings.push(format!("track {id} has no recording in the database"));
            continue;
        }
        let plain = upload::decompress(&packed, LARGEST).map_err(|e| {
            Error::Failed(format!(
                "the recording of track {id} in the database cannot be unpacked: {e}; delete the track with the \
                 Fietsboek that made it, or empty its column gpx"
            ))
        })?;
        let bytes = trackdir::compress(&plain)?;
        write(dir, id, TRACK_GPX, &bytes)?;
        write(dir, id, TRACK_BACKUP, &bytes)?;
        crash::point(Point::UpdateHalfStaged);
    }
    Ok(())
}

fn find_column(db: &Connection, id: i64) -> Result<Vec<u8>> {
    db.query_row("SELECT gpx FROM tracks WHERE id = ?1", [id], |row| {
        // An old SQLite has an empty text there.
        Ok(match row.get_ref(0)? {
            rusqlite::types::ValueRef::Blob(bytes) | rusqlite::types::ValueRef::Text(bytes) => bytes.to_vec(),
            _ => Vec::new(),
        })
    })
    .map_err(|e| db::failed(&format!("read the recording of track {id}"), e))
}

/// Writes title, description, owner and date into the current recordings. One that is missing or cannot be read
/// is a warning: it was so before.
///
/// # Errors
/// What cannot be written.
pub fn engrave(db: &Connection, dir: &DataDir, warnings: &mut Vec<String>, tell: Tell<'_>) -> Result<()> {
    for id in list(db)? {
        let Some(metadata) = find_metadata(db, id)? else {
            continue;
        };
        tell(&format!("Embedding metadata for track {id}"))?;
        let Some(packed) = find_current(dir, id)? else {
            warnings.push(format!("track {id} has no recording"));
            continue;
        };
        let read = trackdir::decompress(&packed, LARGEST)
            .and_then(|bytes| gpx::read_vec(bytes, Origin::Stored).map_err(|e| Error::Failed(e.to_string())));
        match read {
            Ok(mut recording) => {
                gpx::engrave(&mut recording, &metadata);
                write(dir, id, TRACK_GPX, &trackdir::compress(&gpx::write(&recording))?)?;
                crash::point(Point::UpdateHalfStaged);
            }
            Err(e @ Error::Busy(_)) => return Err(e),
            Err(e) => warnings.push(format!(
                "the recording of track {id} stays as it is, it cannot be read: {e}"
            )),
        }
    }
    Ok(())
}

/// The words of a track that has an owner.
fn find_metadata(db: &Connection, id: i64) -> Result<Option<Metadata>> {
    let sql = "SELECT t.title, t.description, u.name, t.date_raw, t.date_tz
               FROM tracks t JOIN users u ON u.id = t.owner_id WHERE t.id = ?1";
    let read = |row: &rusqlite::Row<'_>| {
        let date: Option<String> = row.get(3)?;
        let zone: i16 = row.get::<_, Option<i16>>(4)?.unwrap_or(0);
        let wall = date.as_deref().and_then(clock::from_db);
        Ok(Metadata {
            name: row.get(0)?,
            desc: row.get(1)?,
            author: row.get(2)?,
            time: wall.map(|wall| {
                let micros = wall.assume_utc().unix_timestamp_nanos() / 1000 - i128::from(zone) * 60_000_000;
                Time::zoned(i64::try_from(micros).unwrap_or(0), zone)
            }),
        })
    };
    db.query_row(sql, [id], read)
        .optional()
        .map_err(|e| db::failed(&format!("read track {id}"), e))
}

/// The current recording, as it will be so far.
fn find_current(dir: &DataDir, id: i64) -> Result<Option<Vec<u8>>> {
    for path in [staged(dir, id).join(TRACK_GPX), dir.track_gpx(id)] {
        match fs::read(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            read => return read.map(Some).map_err(|e| io("read", &path, e)),
        }
    }
    Ok(None)
}

/// Puts the current recordings back into the database; the files are removed later ([`remove`]).
///
/// # Errors
/// What cannot be read or unpacked.
pub fn move_in(db: &Connection, dir: &DataDir, warnings: &mut Vec<String>, tell: Tell<'_>) -> Result<()> {
    for id in list(db)? {
        tell(&format!("Moving GPX data for track {id} from disk to database"))?;
        let Some(packed) = find_current(dir, id)? else {
            warnings.push(format!("track {id} has no recording"));
            continue;
        };
        let plain = trackdir::decompress(&packed, LARGEST)
            .map_err(|e| Error::Failed(format!("the recording of track {id} cannot be unpacked: {e}")))?;
        db.execute(
            "UPDATE tracks SET gpx = ?1 WHERE id = ?2",
            (upload::compress(&plain)?, id),
        )
        .map_err(|e| db::failed(&format!("write the recording of track {id}"), e))?;
    }
    Ok(())
}

/// The tracks that lack their recording, in its place and among those that wait.
///
/// # Errors
/// What the database says.
pub fn list_missing(db: &Connection, dir: &DataDir) -> Result<BTreeSet<i64>> {
    let is_missing = |id: &i64| !dir.track_gpx(*id).exists() && !staged(dir, *id).join(TRACK_GPX).exists();
    Ok(list(db)?.into_iter().filter(is_missing).collect())
}

/// Reads back what waits, and makes it durable: once each, at the end, because words are written over what moved out.
///
/// # Errors
/// What is not whole.
pub fn check_staged(dir: &DataDir) -> Result<()> {
    let place = dir.update_files();
    for (id, files) in list_staged(dir)? {
        for file in files {
            let durable = File::open(&file).and_then(|open| open.sync_all());
            let bytes = durable
                .and_then(|()| fs::read(&file))
                .map_err(|e| io("read", &file, e))?;
            trackdir::decompress(&bytes, LARGEST)
                .map_err(|e| Error::Failed(format!("{} is not whole: {e}", file.display())))?;
        }
        sync_dir(&place.join(id.to_string()))?;
    }
    match place.exists() {
        true => sync_dir(&place).and_then(|()| sync_dir(&dir.tracks())),
        false => Ok(()),
    }
}

/// Moves what waits to its place. What is there already was moved before.
///
/// # Errors
/// What cannot be moved; to be called again then.
pub fn place(dir: &DataDir) -> Result<()> {
    for (id, files) in list_staged(dir)? {
        let track = dir.track(id);
        make_dir(&track)?;
        for file in files {
            let target = track.join(file.file_name().unwrap_or_default());
            match fs::rename(&file, &target) {
                Err(e) if e.kind() == ErrorKind::CrossesDevices => copy_over(&file, &target)?,
                moved => moved.map_err(|e| io("move a recording to", &target, e))?,
            }
            crash::point(Point::UpdateHalfPlaced);
        }
        sync_dir(&track)?;
    }
    clear(dir)
}

/// For a track's directory that lies on another disk than its neighbours.
fn copy_over(from: &Path, to: &Path) -> Result<()> {
    let beside = to.with_extension("new");
    let copy = || {
        fs::copy(from, &beside)?;
        File::open(&beside)?.sync_all()?;
        fs::rename(&beside, to)
    };
    copy().map_err(|e| io("move a recording to", to, e))
}

/// Removes the files of the recordings that are in the database by now.
///
/// # Errors
/// What cannot be removed; to be called again then.
pub fn remove(db: &Connection, dir: &DataDir) -> Result<()> {
    for id in list_by(db, "SELECT id FROM tracks WHERE gpx IS NOT NULL ORDER BY id")? {
        for file in [dir.track_gpx(id), dir.track_backup(id)] {
            match fs::remove_file(&file) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(io("remove", &file, e)),
                _ => {}
            }
            crash::point(Point::UpdateHalfPlaced);
        }
        if dir.track(id).exists() {
            sync_dir(&dir.track(id))?;
        }
    }
    Ok(())
}

/// Removes what waits.
///
/// # Errors
/// What cannot be removed.
pub fn clear(dir: &DataDir) -> Result<()> {
    trash::empty(&dir.update_files())
}

fn staged(dir: &DataDir, id: i64) -> PathBuf {
    dir.update_files().join(id.to_string())
}

/// What waits, by track.
fn list_staged(dir: &DataDir) -> Result<Vec<(i64, Vec<PathBuf>)>> {
    let mut found = Vec::new();
    for track in list_dir(&dir.update_files())? {
        if let Ok(id) = name_of(&track).parse() {
            found.push((id, list_dir(&track)?));
        }
    }
    Ok(found)
}

/// Writes a file that waits; [`check_staged`] makes it durable.
fn write(dir: &DataDir, id: i64, name: &str, bytes: &[u8]) -> Result<()> {
    make_dir(&dir.tracks())?;
    make_dir(&dir.update_files())?;
    make_dir(&staged(dir, id))?;
    let path = staged(dir, id).join(name);
    let write = || {
        let file = File::create(&path)?;
        ownership::follow(&file, &path);
        std::io::Write::write_all(&mut &file, bytes)
    };
    write().map_err(|e| io("write", &path, e))
}
