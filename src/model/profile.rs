//! What a user's recorded tracks come to: day by day, the tracks of a month, speeds and records.
//!
//! As in the diary (`summary`) the database adds up and chooses. A track without times has figures all the same,
//! those of 0.11 absurd ones: it takes part in no speed and no time of the records.

use rusqlite::{Connection, Row, named_params};
use time::Date;

use super::access::OF_USER;
use super::card::{self, Card};
use super::summary::{self, MONTH, Sums, number};
use super::{TrackId, UserId, column, query};
use crate::clock;
use crate::error::Result;

/// The recorded tracks `t` of `:user` with their figures `c`.
const RECORDED: &str = "FROM tracks t LEFT JOIN track_cache c ON c.track_id = t.id
    WHERE (t.type IS NOT 'SYNTHETIC')";

/// The year of a track; absent, every year will do.
const IN_YEAR: &str = "(:year IS NULL OR substr({MONTH}, 1, 4) = :year)";

/// Whether times and speeds mean something: as `Figures::has_times`, and something was moved.
const TIMED: &str = "(c.moving_time >= 1.0 AND NOT (
    abs(julianday(c.start_time_raw) - coalesce(c.start_time_tz, 0) / 1440.0 - julianday('1977-05-25 08:00')) <= 0.625
    AND abs(julianday(c.end_time_raw) - coalesce(c.end_time_tz, 0) / 1440.0 - julianday('1985-07-03 08:00')) <= 0.625))";

/// From the first point to the last, s; to the millisecond, which is less than the days' fractions are exact to.
const ELAPSED: &str = "round(86400.0 * (julianday(c.end_time_raw) - coalesce(c.end_time_tz, 0) / 1440.0
    - julianday(c.start_time_raw) + coalesce(c.start_time_tz, 0) / 1440.0), 3)";

fn in_year() -> String {
    IN_YEAR.replace("{MONTH}", MONTH)
}

fn year_text(year: Option<i32>) -> Option<String> {
    year.map(|year| format!("{year:04}"))
}

/// The sums of a user's days from one to another, those with tracks, earliest first, by the date at each track's
/// place. A track whose date is none is in no day.
///
/// # Errors
/// What the database says.
pub fn list_days(db: &Connection, user: UserId, from: Date, to: Date) -> Result<Vec<(Date, Sums)>> {
    let sql = format!(
        "SELECT substr(t.date_raw, 1, 10) AS day, {} {RECORDED} AND {OF_USER}
         AND substr(t.date_raw, 1, 10) BETWEEN :from AND :to GROUP BY 1 ORDER BY 1",
        summary::sums()
    );
    let params = named_params! { ":user": user, ":from": clock::date_text(from), ":to": clock::date_text(to) };
    let days = query::list(db, "add up a user's days", &sql, params, |row| {
        let day = column::text(row, "day")?.as_deref().and_then(clock::parse_date);
        Ok((day, summary::read_sums(row)?))
    })?;
    Ok(days.into_iter().filter_map(|(day, sums)| Some((day?, sums))).collect())
}

/// How fast a user was, over the tracks with times; absent without any.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Speeds {
    /// Distance by time in motion, m/s.
    pub average: Option<f64>,
    /// The highest, m/s.
    pub fastest: Option<f64>,
}

/// The speeds of a user, in all or in one year.
///
/// # Errors
/// What the database says.
pub fn find_speeds(db: &Connection, user: UserId, year: Option<i32>) -> Result<Speeds> {
    let sql = format!(
        "SELECT total({}) / total({}) AS average, max({}) AS fastest {RECORDED} AND {OF_USER} AND {TIMED} AND {}",
        number("length"),
        number("moving_time"),
        number("max_speed"),
        in_year()
    );
    let params = named_params! { ":user": user, ":year": year_text(year) };
    let found = query::find(db, "find a user's speeds", &sql, params, |row| {
        Ok(Speeds {
            average: column::real(row, "average")?,
            fastest: column::real(row, "fastest")?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

/// What a track may be the first in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Record {
    /// The longest distance.
    Longest,
    /// The shortest distance.
    Shortest,
    /// The longest time from start to end.
    LongestTime,
    /// The shortest time from start to end.
    ShortestTime,
}

impl Record {
    /// All, in the order in which they are shown.
    pub const ALL: [Record; 4] = [
        Record::Longest,
        Record::Shortest,
        Record::LongestTime,
        Record::ShortestTime,
    ];
}

/// The track that holds a record, with its distance (m) or time (s), in all or in one year; of several that are
/// alike the one that was made first. Absent without tracks that count.
///
/// # Errors
/// What the database says.
pub fn find_record(
    db: &Connection,
    user: UserId,
    viewer: UserId,
    record: Record,
    year: Option<i32>,
) -> Result<Option<(Card, f64)>> {
    let (value, counts) = match record {
        Record::Longest | Record::Shortest => ("c.length", "abs(c.length) < 1e300"),
        Record::LongestTime | Record::ShortestTime => (ELAPSED, TIMED),
    };
    let order = match record {
        Record::Longest | Record::LongestTime => "DESC",
        Record::Shortest | Record::ShortestTime => "ASC",
    };
    let sql = format!(
        "SELECT t.id AS id, {value} AS value {RECORDED} AND {OF_USER} AND {counts} AND {value} >= 0 AND {}
         ORDER BY value {order}, t.id LIMIT 1",
        in_year()
    );
    let params = named_params! { ":user": user, ":year": year_text(year) };
    let read = |row: &Row<'_>| {
        Ok((
            row.get::<_, TrackId>("id")?,
            column::real(row, "value")?.unwrap_or_default(),
        ))
    };
    let Some((id, value)) = query::find(db, "find a user's record", &sql, params, read)? else {
        return Ok(None);
    };
    let card = card::list(db, Some(viewer), &[id])?.into_iter().next();
    Ok(card.map(|card| (card, value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, add_track, tag_person};
    use time::macros::date;

    fn measured(db: &Connection, track: TrackId, length: f64, start: &str, end: &str, moving: f64, fastest: f64) {
        let sql = "INSERT INTO track_cache (track_id, length, moving_time, max_speed, start_time_raw, end_time_raw)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        db.execute(sql, (track, length, moving, fastest, start, end)).unwrap();
    }

    fn record(db: &Connection, user: UserId, which: Record, year: Option<i32>) -> Option<(i64, f64)> {
        let found = find_record(db, user, user, which, year).unwrap();
        found.map(|(card, value)| (card.id.0, value))
    }

    #[test]
    fn days_add_up_by_the_date_at_the_place() {
        let site = fixture::site();
        let all = list_days(&site.db, BOB, date!(0001 - 01 - 01), date!(9999 - 12 - 31)).unwrap();
        let sums = all.iter().fold(Sums::default(), |sums, day| sums.and(day.1));
        assert_eq!(sums, summary::find(&site.db, BOB).unwrap().sums());
        let from = all[0].0.next_day().unwrap();
        let later = list_days(&site.db, BOB, from, date!(9999 - 12 - 31)).unwrap();
        assert_eq!(later.len(), all.len() - 1);
    }

    #[test]
    fn the_first_of_equals_holds_the_record() {
        let db = fixture::empty();
        let user = fixture::add_user(&db, "a");
        let other = fixture::add_user(&db, "b");
        for (n, day) in ["2024-05-02", "2023-05-01", "2024-05-01"].iter().enumerate() {
            let owner = if n == 1 { other } else { user };
            let track = add_track(&db, Some(owner), "PRIVATE", day);
            let at = |clock: &str| format!("{day} {clock}.000000");
            measured(&db, track, 1500.0, &at("10:00:00"), &at("11:00:00"), 1800.0, 5.0);
        }
        tag_person(&db, TrackId(2), user);
        for which in Record::ALL {
            let value = record(&db, user, which, None).unwrap();
            let expected = if matches!(which, Record::Longest | Record::Shortest) {
                1500.0
            } else {
                3600.0
            };
            assert_eq!(value, (1, expected), "{which:?}");
            assert_eq!(record(&db, user, which, Some(2023)).unwrap().0, 2);
            assert_eq!(record(&db, user, which, Some(2022)), None);
        }
        let speeds = find_speeds(&db, user, Some(2024)).unwrap();
        assert_eq!((speeds.average, speeds.fastest), (Some(1500.0 / 1800.0), Some(5.0)));
        assert_eq!(find_speeds(&db, user, Some(2022)).unwrap(), Speeds::default());
    }

    #[test]
    fn tracks_without_times_have_no_speed_and_no_time() {
        let db = fixture::empty();
        let user = fixture::add_user(&db, "a");
        let (odd, infinite) = ("2024-05-01", "2024-05-02");
        let none = ("1977-05-25 22:00:00.000000", "1985-07-03 17:00:00.000000");
        let track = add_track(&db, Some(user), "PRIVATE", odd);
        measured(&db, track, 9000.0, none.0, none.1, 5000.0, 30_000.0);
        let track = add_track(&db, Some(user), "PRIVATE", odd);
        measured(
            &db,
            track,
            8000.0,
            "2024-05-01 10:00:00.000000",
            "2024-05-01 10:00:00.000000",
            0.000343,
            30_000.0,
        );
        let track = add_track(&db, Some(user), "PRIVATE", infinite);
        measured(
            &db,
            track,
            f64::INFINITY,
            "2024-05-02 10:00:00",
            "2024-05-02 10:00:00.5",
            600.0,
            f64::INFINITY,
        );
        add_track(&db, Some(user), "PRIVATE", infinite);
        assert_eq!(record(&db, user, Record::Longest, None), Some((1, 9000.0)));
        assert_eq!(record(&db, user, Record::LongestTime, None), Some((3, 0.5)));
        let speeds = find_speeds(&db, user, None).unwrap();
        assert_eq!((speeds.average, speeds.fastest), (Some(0.0), Some(0.0)));
    }

    #[test]
    fn the_rule_for_times_is_that_of_the_figures() {
        let site = fixture::site();
        for user in [ALICE, BOB] {
            let years = summary::find(&site.db, user).unwrap().years;
            let months: Vec<_> = years
                .iter()
                .flat_map(|year| year.months.iter().map(|month| (year.year, month.0)))
                .collect();
            let tracks = summary::list_tracks(&site.db, user, user, &months, 100).unwrap();
            let all: Vec<Card> = tracks.into_values().flatten().collect();
            let timed = all
                .iter()
                .filter(|card| card.figures.has_times() && card.figures.moving_time >= Some(1.0));
            let fastest = timed.filter_map(|card| card.figures.max_speed).fold(0.0, f64::max);
            assert_eq!(
                find_speeds(&site.db, user, None).unwrap().fastest.unwrap_or(0.0),
                fastest
            );
        }
    }
}
