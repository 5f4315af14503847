//! Directories of tracks and users that have no row: because a database is older than the files, or for reasons that
//! nobody knows.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::files::{id_of, list_dir, name_of};
use super::{TrackId, failed, query, trash, unfinished};
use crate::datadir::{DataDir, TRACK_GARBAGE};
use crate::error::Result;

/// Whose directories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    /// Tracks'.
    Tracks,
    /// Users'.
    Users,
}

impl Of {
    /// Both.
    pub const ALL: [Of; 2] = [Of::Tracks, Of::Users];

    fn place(self, dir: &DataDir) -> PathBuf {
        match self {
            Of::Tracks => dir.tracks(),
            Of::Users => dir.users(),
        }
    }

    fn table(self) -> &'static str {
        match self {
            Of::Tracks => "tracks",
            Of::Users => "users",
        }
    }
}

/// What stands in a place and belongs to no row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Orphan {
    /// Where.
    pub of: Of,
    /// The id that its name is; absent when it is none, so that it never belongs to a row.
    pub id: Option<i64>,
    /// Its path.
    pub path: PathBuf,
}

/// What belongs to no row and cannot be explained: neither a track that we are making or deleting at this moment nor
/// what a crash left of one (see [`unfinished`]). One that the original makes has a directory a little before its row:
/// who only looks has to look twice.
///
/// # Errors
/// `Failed` with the path and the cause; what the database says.
pub fn list(db: &Connection, dir: &DataDir, of: Of) -> Result<Vec<Orphan>> {
    let found = list_dir(&of.place(dir))?;
    let sql = format!("SELECT id FROM {}", of.table());
    let rows: BTreeSet<i64> = query::list(db, "list the ids", &sql, [], |row| row.get(0))?
        .into_iter()
        .collect();
    let orphan = |path: PathBuf| Orphan {
        of,
        id: id_of(&path),
        path,
    };
    let mut orphans: Vec<Orphan> = found
        .into_iter()
        // What is being deleted, or was left over from that, has its own time.
        .filter(|path| !name_of(path).starts_with(TRACK_GARBAGE))
        .map(orphan)
        .filter(|orphan| orphan.id.is_none_or(|id| !rows.contains(&id)))
        .filter(|orphan| !(of == Of::Tracks && orphan.id.is_some_and(|id| unfinished::is_marked(dir, TrackId(id)))))
        .collect();
    orphans.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.path.cmp(&b.path)));
    Ok(orphans)
}

/// Moves an orphan to `stale/`, where it is kept, after another look under the write lock; false when it has a row by now.
///
/// # Errors
/// `Busy` when the lock cannot be had; `Failed` with the path and the cause.
pub fn set_aside(db: &Connection, dir: &DataDir, orphan: &Orphan) -> Result<bool> {
    let what = "lock the database to move a directory aside";
    let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    let sql = format!("SELECT 1 FROM {} WHERE id = ?1", orphan.of.table());
    let has_row = match orphan.id {
        Some(id) => query::find(&lock, what, &sql, [id], |_| Ok(()))?.is_some(),
        None => false,
    };
    if !has_row {
        trash::set_aside(dir, &orphan.path)?;
    }
    lock.finish().map_err(|e| failed(what, e))?;
    Ok(!has_row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use std::fs;

    #[test]
    fn what_has_no_row_is_kept_aside_and_nothing_else_moves() {
        let site = fixture::site();
        for name in [
            "tracks/99",
            "tracks/007",
            "tracks/notes",
            "tracks/trash-3",
            "users/2",
            "users/98",
        ] {
            fs::create_dir_all(site.dir.path().join(name)).unwrap();
        }
        let names = |of| -> Vec<String> {
            let all = list(&site.db, &site.dir, of).unwrap();
            all.iter()
                .map(|orphan| orphan.path.file_name().unwrap().to_string_lossy().into_owned())
                .collect()
        };
        assert_eq!(names(Of::Tracks), ["007", "notes", "99"]);
        assert_eq!(names(Of::Users), ["98"]);
        for of in Of::ALL {
            for orphan in list(&site.db, &site.dir, of).unwrap() {
                assert!(set_aside(&site.db, &site.dir, &orphan).unwrap());
            }
        }
        assert!(names(Of::Tracks).is_empty() && names(Of::Users).is_empty());
        assert!(site.dir.stale().join("99-1").exists() && site.dir.stale().join("notes-1").exists());
        assert!(site.dir.tracks().join("trash-3").exists() && site.dir.track(1).exists());
    }

    #[test]
    fn what_got_a_row_meanwhile_stays() {
        let site = fixture::site();
        let orphan = Orphan {
            of: Of::Tracks,
            id: Some(1),
            path: site.dir.track(1),
        };
        assert!(!set_aside(&site.db, &site.dir, &orphan).unwrap());
        assert!(site.dir.track(1).exists());
    }
}
