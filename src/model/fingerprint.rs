//! Which tracks hold the same recorded points, so that a file that comes twice is noticed.
//!
//! A fingerprint stands for the points as they were uploaded. It is kept with the size of the file that it was
//! taken from: when somebody replaces that file, here or with the original, the size is another and the
//! fingerprint counts for nothing. What a fingerprint is made of is not known here.

use rusqlite::{Connection, Row, named_params};
use time::{Duration, OffsetDateTime};

use super::own::Table;
use super::track::LocalTime;
use super::{TrackId, UserId, column, query};
use crate::clock;
use crate::error::Result;

/// A fingerprint.
pub type Fingerprint = [u8; 32];

const TABLE: Table = Table {
    name: "x_track_points",
    of: "tracks",
    key: "track_id",
    columns: "hash BLOB NOT NULL, file_size INTEGER NOT NULL",
};

/// How far a start may be from another to be the same: what is stored is cut to seconds somewhere.
const SAME_START: Duration = Duration::seconds(1);
/// How far a length may be from another to be looked at, as a part of it: repairs change it a little.
const SAME_LENGTH: f64 = 0.01;
/// No two clocks of one moment are further apart.
const ZONES: Duration = Duration::hours(30);

/// A track that may hold the same points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// Which.
    pub id: TrackId,
    /// Its fingerprint, and the size (bytes) of the file that it was taken from; absent when none was taken.
    pub known: Option<(Fingerprint, u64)>,
}

/// Keeps the fingerprint of the file that a track was uploaded as, of that size (bytes, packed).
///
/// # Errors
/// What the database says.
pub fn set(db: &Connection, track: TrackId, points: &Fingerprint, file_size: u64) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT INTO x_track_points (track_id, hash, file_size) VALUES (?1, ?2, ?3)
         ON CONFLICT (track_id) DO UPDATE SET hash = excluded.hash, file_size = excluded.file_size";
    let size = i64::try_from(file_size).unwrap_or(i64::MAX);
    query::run(db, "keep a fingerprint", sql, (track, &points[..], size)).map(drop)
}

/// The tracks of an owner with this fingerprint, newest first.
///
/// # Errors
/// What the database says.
pub fn list_same(db: &Connection, owner: UserId, points: &Fingerprint) -> Result<Vec<Candidate>> {
    if !TABLE.is_there(db)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT t.id AS id, p.hash AS hash, p.file_size AS file_size
         FROM tracks t JOIN x_track_points p ON p.track_id = t.id
         WHERE t.owner_id = ?1 AND p.hash = ?2 ORDER BY t.id DESC";
    query::list(db, "look for a fingerprint", sql, (owner, &points[..]), read)
}

/// The tracks of an owner that begin at that instant, or, when there are no times, are about as long (m);
/// newest first. Makes the table, so the caller is about to write.
///
/// # Errors
/// What the database says.
pub fn list_alike(
    db: &Connection,
    owner: UserId,
    start: Option<OffsetDateTime>,
    length: f64,
) -> Result<Vec<Candidate>> {
    TABLE.ensure(db)?;
    let near = |start: OffsetDateTime, by: Duration| clock::to_db(clock::wall(start.checked_add(by).unwrap_or(start)));
    let sql = format!(
        "{MEASURED} WHERE t.owner_id = :owner AND CASE WHEN :first IS NULL THEN c.length BETWEEN :shortest AND :longest
            ELSE replace(c.start_time_raw, 'T', ' ') BETWEEN :first AND :last END
         ORDER BY t.id DESC"
    );
    let params = named_params! {
        ":owner": owner,
        ":first": start.map(|start| near(start, -ZONES)),
        ":last": start.map(|start| near(start, ZONES)),
        ":shortest": length * (1.0 - SAME_LENGTH),
        ":longest": length * (1.0 + SAME_LENGTH),
    };
    let found = query::list(db, "look for a track like another", &sql, params, read_measured)?;
    let alike = found.into_iter().filter(|one| one.is_like(start, length));
    Ok(alike.map(|one| one.candidate).collect())
}

/// The tracks of an owner behind an id, by id, to be compared with many files.
///
/// # Errors
/// As [`list_alike`].
pub fn list_behind(db: &Connection, owner: UserId, behind: TrackId) -> Result<Vec<Measured>> {
    TABLE.ensure(db)?;
    let sql = format!("{MEASURED} WHERE t.owner_id = ?1 AND t.id > ?2 ORDER BY t.id");
    query::list(
        db,
        "list the fingerprints of a user",
        &sql,
        (owner, behind),
        read_measured,
    )
}

const MEASURED: &str = "SELECT t.id AS id, p.hash AS hash, p.file_size AS file_size, c.length AS length,
        c.start_time_raw AS start_time_raw, c.start_time_tz AS start_time_tz
     FROM tracks t LEFT JOIN track_cache c ON c.track_id = t.id LEFT JOIN x_track_points p ON p.track_id = t.id";

/// A track that may hold the same points, with what tells it before its file is read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measured {
    /// The track.
    pub candidate: Candidate,
    start: Option<OffsetDateTime>,
    length: Option<f64>,
}

impl Measured {
    /// Whether it begins at that instant, or, when there are no times, is about as long (m).
    pub fn is_like(&self, start: Option<OffsetDateTime>, length: f64) -> bool {
        let range = length * (1.0 - SAME_LENGTH)..=length * (1.0 + SAME_LENGTH);
        match (start, self.start) {
            (Some(start), Some(begins)) => (begins - start).abs() <= SAME_START,
            (Some(_), None) => false,
            (None, _) => self.length.is_some_and(|own| range.contains(&own)),
        }
    }
}

fn read_measured(row: &Row<'_>) -> rusqlite::Result<Measured> {
    let offset = column::minutes(row, "start_time_tz")?.unwrap_or(0);
    let start = column::wall(row, "start_time_raw")?.map(|wall| LocalTime { wall, offset }.instant());
    Ok(Measured {
        candidate: read(row)?,
        start,
        length: column::real(row, "length")?,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Candidate> {
    let hash = Fingerprint::try_from(column::blob(row, "hash")?).ok();
    let size = column::count(row, "file_size")?;
    Ok(Candidate {
        id: row.get("id")?,
        known: hash.map(|hash| (hash, size)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};
    use time::macros::datetime;

    const ONE: Fingerprint = [1; 32];
    const TWO: Fingerprint = [2; 32];

    #[test]
    fn a_fingerprint_is_found_among_the_tracks_of_its_owner_until_the_track_goes() {
        let site = fixture::site();
        assert!(list_same(&site.db, ALICE, &ONE).unwrap().is_empty());
        set(&site.db, TrackId(1), &TWO, 5).unwrap();
        set(&site.db, TrackId(1), &ONE, 7).unwrap();
        let known = Some((ONE, 7));
        assert_eq!(
            list_same(&site.db, ALICE, &ONE).unwrap(),
            [Candidate { id: TrackId(1), known }]
        );
        assert!(list_same(&site.db, BOB, &ONE).unwrap().is_empty());
        assert!(list_same(&site.db, ALICE, &TWO).unwrap().is_empty());
        site.db.execute("DELETE FROM tracks WHERE id = 1", []).unwrap();
        fixture::add_track(&site.db, Some(ALICE), "PRIVATE", "2026-01-01");
        assert!(list_same(&site.db, ALICE, &ONE).unwrap().is_empty());
    }

    #[test]
    fn tracks_alike_are_told_by_their_start_or_else_by_their_length() {
        let db = fixture::empty();
        let owner = fixture::add_user(&db, "alice");
        let add = |start: &str, offset: i32, length: f64| {
            let id = fixture::add_track(&db, Some(owner), "PRIVATE", "2026-01-01");
            let sql =
                "INSERT INTO track_cache (track_id, length, start_time_raw, start_time_tz) VALUES (?1, ?2, ?3, ?4)";
            db.execute(sql, (id, length, start, offset)).unwrap();
            id
        };
        let same = add("2026-11-22 09:16:00.000000", 60, 1000.0);
        let other_zone = add("2026-11-21T22:16:00.500000", -600, 2000.0);
        add("2026-11-22 08:16:00.000000", 60, 1000.0);
        add("2026-11-22 09:16:02.000000", 60, 1000.0);
        let ids = |start, length| {
            let found = list_alike(&db, owner, start, length).unwrap();
            found.into_iter().map(|candidate| candidate.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(Some(datetime!(2026-11-22 8:16 UTC)), 5.0), [other_zone, same]);
        assert_eq!(ids(None, 2001.0), [other_zone]);
        assert!(ids(None, 1500.0).is_empty());
        let all = list_behind(&db, owner, TrackId(0)).unwrap();
        let ids: Vec<TrackId> = all.iter().map(|one| one.candidate.id).collect();
        let alike = |one: &&Measured| one.is_like(Some(datetime!(2026-11-22 8:16 UTC)), 5.0);
        assert_eq!((ids.len(), all.iter().filter(alike).count()), (4, 2));
        assert_eq!(list_behind(&db, owner, ids[2]).unwrap().len(), 1);
    }
}
