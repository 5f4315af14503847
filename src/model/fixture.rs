//! What the room's tests stand on: an empty database, and a copy of an instance that Fietsboek made.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::{TrackId, UserId, fold};
use crate::datadir::DataDir;
use crate::schema;

/// A directory that goes when it is dropped.
pub(super) struct Temp(PathBuf);

impl Temp {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Temp {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A new directory of this test's own.
pub(super) fn temp() -> Temp {
    let name = crate::secret::hex(&crate::secret::random::<8>().unwrap());
    let path = std::env::temp_dir().join(format!("fietsboek-model-{name}"));
    fs::create_dir(&path).unwrap();
    Temp(path)
}

/// A copy of the instance.
pub(super) struct Site {
    pub(super) db: Connection,
    pub(super) dir: DataDir,
    pub(super) temp: Temp,
}

pub(super) const ADMIN: UserId = UserId(1);
pub(super) const ALICE: UserId = UserId(2);
pub(super) const BOB: UserId = UserId(3);
pub(super) const CAROL: UserId = UserId(4);

/// A copy of the instance that Fietsboek 0.11 made, opened.
pub(super) fn site() -> Site {
    let temp = temp();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fietsboek-0.11");
    copy(&from, temp.path());
    let db = open(Connection::open(temp.path().join("fietsboek.sqlite")).unwrap());
    let dir = DataDir::new(temp.path().join("data"));
    Site { db, dir, temp }
}

/// A database with the tables and not a row.
pub(super) fn empty() -> Connection {
    let db = open(Connection::open_in_memory().unwrap());
    schema::create(&db).unwrap();
    db
}

/// A user without a password; the address is the name's.
pub(super) fn add_user(db: &Connection, name: &str) -> UserId {
    db.execute(
        "INSERT INTO users (name, email) VALUES (?1, ?1 || '@example.org')",
        [name],
    )
    .unwrap();
    UserId(db.last_insert_rowid())
}

/// A recorded track of the day, without files.
pub(super) fn add_track(db: &Connection, owner: Option<UserId>, visibility: &str, date: &str) -> TrackId {
    db.execute(
        "INSERT INTO tracks (owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers)
         VALUES (?1, 'Track', '', ?2 || ' 10:00:00.000000', ?3, 'secret', 0, 'ORGANIC', '[]')",
        (owner, date, visibility),
    )
    .unwrap();
    TrackId(db.last_insert_rowid())
}

/// Makes two users friends.
pub(super) fn befriend(db: &Connection, a: UserId, b: UserId) {
    db.execute(
        "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (?1, ?2)",
        (a.min(b), a.max(b)),
    )
    .unwrap();
}

/// Tags a person in a track.
pub(super) fn tag_person(db: &Connection, track: TrackId, user: UserId) {
    db.execute(
        "INSERT INTO track_people_assoc (track_id, user_id) VALUES (?1, ?2)",
        (track, user),
    )
    .unwrap();
}

fn open(db: Connection) -> Connection {
    db.pragma_update(None, "foreign_keys", false).unwrap();
    fold::register(&db).unwrap();
    db
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
