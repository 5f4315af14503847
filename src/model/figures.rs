//! What was measured on a track: the row of `track_cache`.
//!
//! Everything is an option, as it is stored. How the numbers are computed is not known here.

use rusqlite::{Connection, Row, named_params};
use time::macros::datetime;
use time::{Duration, PrimitiveDateTime};

use super::access::OF_USER;
use super::track::LocalTime;
use super::{TrackId, UserId, column, query};
use crate::clock;
use crate::error::Result;

/// The figures of a track.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Figures {
    /// Distance, m.
    pub length: Option<f64>,
    /// Climb, m.
    pub uphill: Option<f64>,
    /// Descent, m.
    pub downhill: Option<f64>,
    /// Time in motion, s.
    pub moving_time: Option<f64>,
    /// Time at rest, s.
    pub stopped_time: Option<f64>,
    /// Highest speed, m/s.
    pub max_speed: Option<f64>,
    /// Average speed in motion, m/s.
    pub avg_speed: Option<f64>,
    /// First point, at its place.
    pub start: Option<LocalTime>,
    /// Last point, at its place.
    pub end: Option<LocalTime>,
}

/// What is stored as start and end of a track without times, in UTC. The original wrote them in a
/// zone of its own choosing, so they lie anywhere within the offsets that zones have.
const NO_START: PrimitiveDateTime = datetime!(1977-05-25 8:00);
const NO_END: PrimitiveDateTime = datetime!(1985-07-03 8:00);
const ZONES: Duration = Duration::hours(15);

impl Figures {
    /// Whether start and end are there and mean something. Without, none of the times and speeds does.
    pub fn has_times(&self) -> bool {
        let (Some(start), Some(end)) = (self.start, self.end) else {
            return false;
        };
        let near = |at: LocalTime, mark: PrimitiveDateTime| (at.instant() - mark.assume_utc()).abs() <= ZONES;
        !(near(start, NO_START) && near(end, NO_END))
    }

    /// These figures, and in the place of each that is absent the other's.
    pub fn or(self, other: Figures) -> Figures {
        Figures {
            length: self.length.or(other.length),
            uphill: self.uphill.or(other.uphill),
            downhill: self.downhill.or(other.downhill),
            moving_time: self.moving_time.or(other.moving_time),
            stopped_time: self.stopped_time.or(other.stopped_time),
            max_speed: self.max_speed.or(other.max_speed),
            avg_speed: self.avg_speed.or(other.avg_speed),
            start: self.start.or(other.start),
            end: self.end.or(other.end),
        }
    }

    /// Whether none is absent.
    pub fn are_complete(&self) -> bool {
        let numbers = [
            self.length,
            self.uphill,
            self.downhill,
            self.moving_time,
            self.stopped_time,
            self.max_speed,
            self.avg_speed,
        ];
        numbers.iter().all(Option::is_some) && self.start.is_some() && self.end.is_some()
    }

    /// Time in motion and at rest, s; by it lists are sorted.
    pub fn duration(&self) -> Option<f64> {
        Some(self.moving_time? + self.stopped_time?)
    }
}

/// Reads the columns of `track_cache`, which the statement names as they are stored.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Figures> {
    let local = |wall: &str, offset: &str| -> rusqlite::Result<Option<LocalTime>> {
        let offset = column::minutes(row, offset)?.unwrap_or(0);
        Ok(column::wall(row, wall)?.map(|wall| LocalTime { wall, offset }))
    };
    Ok(Figures {
        length: column::real(row, "length")?,
        uphill: column::real(row, "uphill")?,
        downhill: column::real(row, "downhill")?,
        moving_time: column::real(row, "moving_time")?,
        stopped_time: column::real(row, "stopped_time")?,
        max_speed: column::real(row, "max_speed")?,
        avg_speed: column::real(row, "avg_speed")?,
        start: local("start_time_raw", "start_time_tz")?,
        end: local("end_time_raw", "end_time_tz")?,
    })
}

/// The figures of a track; absent when they were not computed yet.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, track: TrackId) -> Result<Option<Figures>> {
    let sql = "SELECT length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed,
            start_time_raw, start_time_tz, end_time_raw, end_time_tz
         FROM track_cache WHERE track_id = ?1";
    query::find(db, "read a track's figures", sql, [track], read)
}

/// The tracks without a row of figures, planned ones too, newest first.
///
/// # Errors
/// What the database says.
pub fn list_missing(db: &Connection) -> Result<Vec<TrackId>> {
    let sql = format!("SELECT t.id AS id FROM tracks t WHERE {MISSING} ORDER BY t.id DESC");
    query::list(db, "list the tracks without figures", &sql, [], |row| row.get("id"))
}

/// The same of those that a user owns or took part in.
///
/// # Errors
/// What the database says.
pub fn list_missing_of(db: &Connection, user: UserId) -> Result<Vec<TrackId>> {
    let sql = format!("SELECT t.id AS id FROM tracks t WHERE {OF_USER} AND {MISSING} ORDER BY t.id DESC");
    let params = named_params! { ":user": user };
    query::list(db, "list a user's tracks without figures", &sql, params, |row| {
        row.get("id")
    })
}

const MISSING: &str = "NOT EXISTS (SELECT 1 FROM track_cache c WHERE c.track_id = t.id)";

const COLUMNS: &str = "INSERT INTO track_cache (track_id, length, uphill, downhill, moving_time, stopped_time,
    max_speed, avg_speed, start_time_raw, start_time_tz, end_time_raw, end_time_tz)";

const VALUES: &str = ":track, :length, :uphill, :downhill, :moving_time, :stopped_time, :max_speed,
    :avg_speed, :start, :start_tz, :end, :end_tz";

/// Stores the figures of a track in the place of those that are there; one statement. What is no
/// number (NaN) is stored as NULL.
///
/// # Errors
/// What the database says.
pub fn set(db: &Connection, track: TrackId, figures: &Figures) -> Result<()> {
    let sql = format!(
        "{COLUMNS} VALUES ({VALUES})
         ON CONFLICT (track_id) DO UPDATE SET length = excluded.length, uphill = excluded.uphill,
            downhill = excluded.downhill, moving_time = excluded.moving_time, stopped_time = excluded.stopped_time,
            max_speed = excluded.max_speed, avg_speed = excluded.avg_speed, start_time_raw = excluded.start_time_raw,
            start_time_tz = excluded.start_time_tz, end_time_raw = excluded.end_time_raw,
            end_time_tz = excluded.end_time_tz"
    );
    store(db, &sql, track, figures)
}

/// Stores the figures of a track that has none. Whoever computed them held no lock meanwhile: a row that
/// somebody stored since is newer and stays, and a track that was deleted since gets none. One statement.
///
/// # Errors
/// What the database says.
pub fn add(db: &Connection, track: TrackId, figures: &Figures) -> Result<()> {
    let sql = format!(
        "{COLUMNS} SELECT {VALUES} WHERE EXISTS (SELECT 1 FROM tracks WHERE id = :track)
         ON CONFLICT (track_id) DO NOTHING"
    );
    store(db, &sql, track, figures)
}

fn store(db: &Connection, sql: &str, track: TrackId, figures: &Figures) -> Result<()> {
    let wall = |at: Option<LocalTime>| at.map(|at| clock::to_db(at.wall));
    query::run(
        db,
        "store a track's figures",
        sql,
        named_params! {
            ":track": track,
            ":length": figures.length,
            ":uphill": figures.uphill,
            ":downhill": figures.downhill,
            ":moving_time": figures.moving_time,
            ":stopped_time": figures.stopped_time,
            ":max_speed": figures.max_speed,
            ":avg_speed": figures.avg_speed,
            ":start": wall(figures.start),
            ":start_tz": figures.start.map(|at| at.offset),
            ":end": wall(figures.end),
            ":end_tz": figures.end.map(|at| at.offset),
        },
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    fn times(start: PrimitiveDateTime, end: PrimitiveDateTime, offset: i32) -> Figures {
        Figures {
            start: Some(LocalTime { wall: start, offset }),
            end: Some(LocalTime { wall: end, offset }),
            ..Figures::default()
        }
    }

    #[test]
    fn the_figures_of_the_instance_are_read() {
        let site = fixture::site();
        let figures = find(&site.db, TrackId(2)).unwrap().unwrap();
        assert_eq!(figures.length, Some(2741.898688675202));
        assert_eq!(figures.duration(), Some(514.0));
        assert_eq!(figures.start.map(|at| at.wall), Some(datetime!(2020-12-18 6:15:50)));
        assert!(figures.has_times());
        assert_eq!(find(&site.db, TrackId(99)).unwrap(), None);
    }

    #[test]
    fn figures_are_stored_and_stored_again() {
        let site = fixture::site();
        let some = Figures {
            length: Some(1.5),
            max_speed: Some(f64::INFINITY),
            ..times(datetime!(2026-11-22 9:16:00.25), datetime!(2026-11-22 10:00), 60)
        };
        for figures in [some, Figures::default()] {
            for track in [1, 99] {
                set(&site.db, TrackId(track), &figures).unwrap();
                assert_eq!(find(&site.db, TrackId(track)).unwrap(), Some(figures));
            }
        }
    }

    #[test]
    fn computed_figures_are_added_only_where_there_are_none() {
        let site = fixture::site();
        let figures = Figures {
            length: Some(1.5),
            ..Figures::default()
        };
        let before = find(&site.db, TrackId(1)).unwrap();
        for track in [1, 99] {
            add(&site.db, TrackId(track), &figures).unwrap();
        }
        assert_eq!(find(&site.db, TrackId(1)).unwrap(), before);
        assert_eq!(find(&site.db, TrackId(99)).unwrap(), None);
        site.db
            .execute("DELETE FROM track_cache WHERE track_id IN (1, 4)", [])
            .unwrap();
        assert_eq!(list_missing(&site.db).unwrap(), [TrackId(4), TrackId(1)]);
        assert_eq!(list_missing_of(&site.db, fixture::ALICE).unwrap(), [TrackId(1)]);
        add(&site.db, TrackId(1), &figures).unwrap();
        assert_eq!(find(&site.db, TrackId(1)).unwrap(), Some(figures));
    }

    #[test]
    fn what_is_absent_comes_from_elsewhere() {
        let site = fixture::site();
        let stored = find(&site.db, TrackId(2)).unwrap().unwrap();
        let part = Figures {
            uphill: None,
            end: None,
            ..stored
        };
        assert!(stored.are_complete() && !part.are_complete());
        assert_eq!(part.or(stored), stored);
        assert_eq!(stored.or(Figures::default()), stored);
    }

    #[test]
    fn the_placeholders_are_no_times_in_whatever_zone_they_were_written() {
        for (start, end, offset, has) in [
            (datetime!(1977-05-25 8:00), datetime!(1985-07-03 8:00), 0, false),
            (datetime!(1977-05-25 22:00), datetime!(1985-07-03 22:00), 14 * 60, false),
            (datetime!(1977-05-25 23:00), datetime!(1985-07-02 17:00), 0, false),
            (datetime!(1977-05-25 23:01), datetime!(1985-07-03 8:00), 0, true),
            (datetime!(1977-05-25 8:00), datetime!(1977-05-25 9:00), 0, true),
            (datetime!(2026-11-22 8:00), datetime!(1985-07-03 8:00), 0, true),
        ] {
            assert_eq!(times(start, end, offset).has_times(), has, "{start} {end} {offset}");
        }
        assert!(!Figures::default().has_times());
    }
}
