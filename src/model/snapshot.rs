//! The rows and the files of one moment, while others go on working.
//!
//! Every change of a track's files takes effect under the database's write lock, and no file is ever written in its
//! place (see `trackdir`, `removal`, `swap`). So whoever holds that lock sees one moment of the whole: the database is
//! copied under it, and every file that its rows name gets a second name. Then the lock is let go. What is edited or
//! deleted from there on loses its first name, but not its bytes. An edit that is committed and not yet exchanged
//! counts: its files are taken from where they wait, and the copy of the database does not know it as pending.
//!
//! What fietscron or the next visitor makes again is left out, and so is what belongs to no row.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::files::{io, list_dir, make_dir, name_of};
use super::overlay::Map;
use super::{TrackId, UserId, census, derived, failed, inspect, query, staged, swap};
use crate::datadir::{DataDir, TRACK_IMAGES, TRACK_LOCK};
use crate::db;
use crate::error::{Error, Result};
use crate::secret;

/// The name of the database in a snapshot.
pub const DATABASE: &str = "fietsboek.sqlite";

/// The name of the data directory in a snapshot.
pub const DATA: &str = "data";

/// A snapshot on the disk of the data; gone when it is dropped. What a killed process leaves is removed by fietscron.
#[derive(Debug)]
pub struct Snapshot {
    root: PathBuf,
    /// What is in it: the database first, then the paths of the files below [`Snapshot::path`], in order.
    pub files: Vec<PathBuf>,
    /// How many rows there are.
    pub census: census::Census,
}

impl Snapshot {
    /// Takes one. The caller holds the instance and is in no transaction. `go_on` is asked between tracks.
    ///
    /// # Errors
    /// `Busy` when the write lock cannot be had; `Failed` with the path and the cause, or what is wrong with the
    /// database; what `go_on` says. Then nothing is left.
    pub fn take(
        db: &Connection,
        dir: &DataDir,
        database: &Path,
        go_on: &mut dyn FnMut() -> Result<()>,
    ) -> Result<Snapshot> {
        let mut snapshot = Snapshot::make(dir)?;
        let copy = snapshot.root.join(DATABASE);
        let what = "lock the database for a moment";
        let lock = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
        db::copy(database, &copy)?;
        snapshot.link_all(&lock, dir, go_on)?;
        lock.finish().map_err(|e| failed(what, e))?;
        snapshot.finish(&copy)?;
        Ok(snapshot)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// On the disk of the tracks: a second name is of the same disk.
    fn make(dir: &DataDir) -> Result<Snapshot> {
        let name = format!("backup-{}", secret::hex(&secret::random::<6>()?));
        let root = match dir.tracks().exists() {
            true => dir.track_beside(&name),
            false => {
                make_dir(&dir.staging())?;
                dir.staging().join(name)
            }
        };
        make(&root)?;
        let snapshot = Snapshot {
            root,
            files: vec![PathBuf::from(DATABASE)],
            census: census::Census::default(),
        };
        make(&snapshot.data().tracks())?;
        make(&snapshot.data().users())?;
        Ok(snapshot)
    }

    fn data(&self) -> DataDir {
        DataDir::new(self.root.join(DATA))
    }

    fn link_all(&mut self, db: &Connection, dir: &DataDir, go_on: &mut dyn FnMut() -> Result<()>) -> Result<()> {
        let there = self.data();
        self.link(&dir.version(), &there.version())?;
        let tracks: Vec<TrackId> =
            query::list(db, "list the tracks", "SELECT id FROM tracks ORDER BY id", [], |row| {
                row.get(0)
            })?;
        let pending = swap::list_pending(db, dir)?;
        for id in tracks {
            go_on()?;
            let from = pending
                .get(&id)
                .map_or_else(|| dir.track(id.0), |staged| staged.clone());
            self.link_track(id, &from, &there)?;
        }
        let users: Vec<UserId> = query::list(db, "list the users", "SELECT id FROM users ORDER BY id", [], |row| {
            row.get(0)
        })?;
        for id in users {
            for map in Map::ALL {
                let from = map.path(dir, id);
                if from.is_file() {
                    make(&there.user(id.0))?;
                    self.link(&from, &map.path(&there, id))?;
                }
            }
        }
        Ok(())
    }

    fn link_track(&mut self, id: TrackId, from: &Path, there: &DataDir) -> Result<()> {
        if !from.is_dir() {
            log::warn!("track {id} has no files: {} is not there", from.display());
            return Ok(());
        }
        make(&there.track(id.0))?;
        for path in list_dir(from)? {
            let name = name_of(&path);
            if name == TRACK_LOCK || derived::is_of_track(&name) {
                continue;
            }
            if name == TRACK_IMAGES && path.is_dir() {
                make(&there.track_images(id.0))?;
                for photo in list_dir(&path)? {
                    self.link(&photo, &there.track_images(id.0).join(name_of(&photo)))?;
                }
            } else {
                self.link(&path, &there.track(id.0).join(name))?;
            }
        }
        Ok(())
    }

    /// What is no file, or has a name that a list of lines cannot hold, is left out and told.
    fn link(&mut self, from: &Path, to: &Path) -> Result<()> {
        let is_plain = from.to_str().is_some_and(|path| !path.contains(char::is_control));
        let is_file = fs::metadata(from).is_ok_and(|meta| meta.is_file());
        if !is_plain || !is_file {
            log::warn!(
                "left out of the backup, for it is no file or has an odd name: {}",
                from.display()
            );
            return Ok(());
        }
        staged::link(from, to)?;
        if let Ok(below) = to.strip_prefix(&self.root) {
            self.files.push(below.to_owned());
        }
        Ok(())
    }

    /// Looks at the copy of the database, which nobody else has open.
    fn finish(&mut self, copy: &Path) -> Result<()> {
        let db = db::open(copy)?;
        swap::forget_pending(&db)?;
        let faults = inspect::list_faults(&db)?;
        if !faults.is_empty() {
            return Err(Error::Failed(format!(
                "cannot back up a damaged database: {}; see fietsctl check",
                faults.join("; ")
            )));
        }
        self.census = census::take(&db)?;
        db.close().map_err(|(_, e)| failed("close the copy of the database", e))
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        if let Err(e) = fs::remove_dir_all(&self.root) {
            log::warn!("cannot remove {}, fietscron will: {e}", self.root.display());
        }
    }
}

fn make(path: &Path) -> Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let made = DirBuilder::new().mode(0o700).recursive(true).create(path);
    made.map_err(|e| io("make", path, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use std::os::unix::fs::MetadataExt;

    /// Whether this process has the database's write lock, as other processes see it: SQLite locks that byte
    /// (<https://www.sqlite.org/src/file/src/os.h>, `RESERVED_BYTE`).
    fn is_locked(database: &Path) -> bool {
        let inode = fs::metadata(database).unwrap().ino();
        let locks = fs::read_to_string("/proc/locks").unwrap();
        let byte = 0x4000_0001;
        locks
            .lines()
            .any(|line| line.contains("WRITE") && line.ends_with(&format!(":{inode} {byte} {byte}")))
    }

    fn names(snapshot: &Snapshot) -> Vec<String> {
        snapshot.files.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn others_cannot_write_while_files_get_their_second_names() {
        for mode in ["delete", "wal"] {
            let site = fixture::site();
            let database = site.temp.path().join("fietsboek.sqlite");
            let set = site.db.pragma_update_and_check(None, "journal_mode", mode, |_| Ok(()));
            set.unwrap();
            let mut looks = 0;
            let snapshot = Snapshot::take(&site.db, &site.dir, &database, &mut || {
                looks += 1;
                // With a log its index is locked instead.
                assert!(mode == "wal" || is_locked(&database));
                Ok(())
            });
            assert_eq!(snapshot.unwrap().census.tracks, looks);
            assert!(!is_locked(&database));
        }
    }

    #[test]
    fn what_is_changed_later_is_there_as_it_was() {
        let site = fixture::site();
        let database = site.temp.path().join("fietsboek.sqlite");
        for name in ["line.txt", "preview-600.png", "lock", "edition", "preview.0123456789ab"] {
            fs::write(site.dir.track(1).join(name), "").unwrap();
        }
        fs::create_dir_all(site.dir.track(1).join("photos-480")).unwrap();
        fs::create_dir_all(site.dir.track(99)).unwrap();
        fs::create_dir_all(site.dir.user(2)).unwrap();
        fs::create_dir_all(site.dir.user(99)).unwrap();
        for path in [
            site.dir.user_heatmap(2),
            site.dir.user_heatmap(99),
            site.dir.tile_cache(),
        ] {
            fs::write(path, "map").unwrap();
        }
        let snapshot = Snapshot::take(&site.db, &site.dir, &database, &mut || Ok(())).unwrap();
        let before = fs::read(site.dir.track_gpx(1)).unwrap();
        site.db.execute("DELETE FROM tracks WHERE id = 1", []).unwrap();
        fs::remove_dir_all(site.dir.track(1)).unwrap();
        let found = names(&snapshot);
        assert_eq!(found[..2], ["fietsboek.sqlite", "data/VERSION"]);
        assert_eq!(found.len(), 2 + 18 + 2 + 1, "{found:?}");
        assert_eq!(found.last().unwrap(), "data/users/2/heatmap.sqlite");
        assert_eq!(
            fs::read(snapshot.path().join("data/tracks/1/track.gpx.br")).unwrap(),
            before
        );
        let copy = db::open(&snapshot.path().join(DATABASE)).unwrap();
        assert_eq!(census::take(&copy).unwrap().tracks, 6);
        assert_eq!(fs::metadata(snapshot.path()).unwrap().mode() & 0o7777, 0o700);
        let root = snapshot.path().to_owned();
        drop((copy, snapshot));
        assert!(!root.exists());
    }

    #[test]
    fn a_snapshot_that_fails_leaves_nothing() {
        let site = fixture::site();
        let database = site.temp.path().join("fietsboek.sqlite");
        let before = list_dir(&site.dir.tracks()).unwrap();
        let mut count = 0;
        let stopped = Snapshot::take(&site.db, &site.dir, &database, &mut || {
            count += 1;
            if count > 3 { Err(Error::Quiet(1)) } else { Ok(()) }
        });
        assert_eq!(stopped.unwrap_err(), Error::Quiet(1));
        assert_eq!(list_dir(&site.dir.tracks()).unwrap(), before);
        site.db.execute("DELETE FROM tags", []).unwrap();
    }
}
