//! A user's diary: the recorded tracks they own or took part in, with their sums by year and month.
//!
//! The database adds up, so that the sums are complete however few of the rows a page shows. Planned tracks
//! are counted and not summed up.

use std::collections::HashMap;

use rusqlite::{Connection, Row, named_params};
use time::Month;

use super::access::OF_USER;
use super::card::{self, Card};
use super::{TrackId, UserId, column, query};
use crate::error::Result;

/// What a user rode, in sums, and how much they plan.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// The years that have tracks, earliest first, by the date at each track's place.
    pub years: Vec<Year>,
    /// How many tracks are planned.
    pub planned: u64,
}

/// A year of a diary.
#[derive(Debug, Clone, PartialEq)]
pub struct Year {
    /// Which year.
    pub year: i32,
    /// The months that have tracks, earliest first.
    pub months: Vec<(Month, Sums)>,
}

/// Sums over several tracks; a figure that a track has not counts as 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sums {
    /// How many tracks.
    pub tracks: u64,
    /// Distance, m.
    pub length: f64,
    /// Climb, m.
    pub uphill: f64,
    /// Descent, m.
    pub downhill: f64,
    /// Time in motion, s.
    pub moving_time: f64,
    /// Time at rest, s.
    pub stopped_time: f64,
    /// The longest distance, m.
    pub longest: f64,
    /// The longest time in motion and at rest, s.
    pub longest_time: f64,
}

impl Sums {
    /// Both together.
    pub fn and(self, other: Sums) -> Sums {
        Sums {
            tracks: self.tracks + other.tracks,
            length: self.length + other.length,
            uphill: self.uphill + other.uphill,
            downhill: self.downhill + other.downhill,
            moving_time: self.moving_time + other.moving_time,
            stopped_time: self.stopped_time + other.stopped_time,
            longest: self.longest.max(other.longest),
            longest_time: self.longest_time.max(other.longest_time),
        }
    }

    /// The average distance, m; 0 of none.
    pub fn average_length(&self) -> f64 {
        self.average(self.length)
    }

    /// The average time in motion and at rest, s; 0 of none.
    pub fn average_time(&self) -> f64 {
        self.average(self.moving_time + self.stopped_time)
    }

    fn average(&self, sum: f64) -> f64 {
        if self.tracks == 0 {
            0.0
        } else {
            sum / self.tracks as f64
        }
    }
}

impl Year {
    /// Over all of it.
    pub fn sums(&self) -> Sums {
        self.months
            .iter()
            .map(|(_, sums)| *sums)
            .fold(Sums::default(), Sums::and)
    }
}

impl Summary {
    /// The sums over everything.
    pub fn sums(&self) -> Sums {
        self.years.iter().map(Year::sums).fold(Sums::default(), Sums::and)
    }
}

/// The month of a track as `2024-05`; a date that is absent or none counts as the epoch.
pub(super) const MONTH: &str = "CASE WHEN t.date_raw GLOB '[0-9][0-9][0-9][0-9]-0[1-9]-*'
        OR t.date_raw GLOB '[0-9][0-9][0-9][0-9]-1[0-2]-*' THEN substr(t.date_raw, 1, 7) ELSE '1970-01' END";

/// The distance of a user's recorded tracks by year and month, m, of those that were measured; a month without
/// any is absent.
///
/// # Errors
/// What the database says.
pub fn list_lengths(db: &Connection, user: UserId) -> Result<Vec<((i32, Month), f64)>> {
    let sql = format!(
        "SELECT {MONTH} AS month, total({}) AS length
         FROM tracks t JOIN track_cache c ON c.track_id = t.id
         WHERE {OF_USER} AND t.type IS NOT 'SYNTHETIC' GROUP BY 1 ORDER BY 1",
        number("length")
    );
    let params = named_params! { ":user": user };
    query::list(db, "sum up a user's distances", &sql, params, |row| {
        Ok((read_month(row)?, column::real(row, "length")?.unwrap_or_default()))
    })
}

/// A column of the figures `c` as a number. Damaged instances hold infinities, which would swallow every other.
pub(super) fn number(column: &str) -> String {
    format!("CASE WHEN abs(c.{column}) < 1e300 THEN c.{column} ELSE 0 END")
}

/// What [`read_sums`] reads, over the tracks `t` with their figures `c`.
pub(super) fn sums() -> String {
    let sum = |column: &str| format!("total({}) AS {column}", number(column));
    format!(
        "count(*) AS tracks, {}, {}, {}, {}, {}, max({}) AS longest, max({} + {}) AS longest_time",
        sum("length"),
        sum("uphill"),
        sum("downhill"),
        sum("moving_time"),
        sum("stopped_time"),
        number("length"),
        number("moving_time"),
        number("stopped_time"),
    )
}

/// The sums of a user's tracks.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, user: UserId) -> Result<Summary> {
    let sql = format!(
        "SELECT {MONTH} AS month, t.type IS 'SYNTHETIC' AS planned, {}
         FROM tracks t LEFT JOIN track_cache c ON c.track_id = t.id WHERE {OF_USER}
         GROUP BY 1, 2 ORDER BY 1",
        sums(),
    );
    let params = named_params! { ":user": user };
    let rows = query::list(db, "add up a user's tracks", &sql, params, |row| {
        Ok((read_month(row)?, column::flag(row, "planned")?, read_sums(row)?))
    })?;
    let mut summary = Summary::default();
    for ((year, month), planned, sums) in rows {
        if planned {
            summary.planned += sums.tracks;
            continue;
        }
        match summary.years.last_mut().filter(|last| last.year == year) {
            Some(last) => last.months.push((month, sums)),
            None => summary.years.push(Year {
                year,
                months: vec![(month, sums)],
            }),
        }
    }
    Ok(summary)
}

fn read_month(row: &Row<'_>) -> rusqlite::Result<(i32, Month)> {
    let text = column::text(row, "month")?.unwrap_or_default();
    let (year, month) = text.split_once('-').unwrap_or(("", ""));
    let month = month.parse().ok().and_then(|number: u8| Month::try_from(number).ok());
    Ok((year.parse().unwrap_or(1970), month.unwrap_or(Month::January)))
}

pub(super) fn read_sums(row: &Row<'_>) -> rusqlite::Result<Sums> {
    let real = |name: &str| -> rusqlite::Result<f64> { Ok(column::real(row, name)?.unwrap_or(0.0)) };
    Ok(Sums {
        tracks: column::count(row, "tracks")?,
        length: real("length")?,
        uphill: real("uphill")?,
        downhill: real("downhill")?,
        moving_time: real("moving_time")?,
        stopped_time: real("stopped_time")?,
        longest: real("longest")?,
        longest_time: real("longest_time")?,
    })
}

/// The recorded tracks of some months of a user, by month, in each by date, at most so many, the earliest of
/// them; `viewer` is whose stars are shown.
///
/// # Errors
/// What the database says.
pub fn list_tracks(
    db: &Connection,
    user: UserId,
    viewer: UserId,
    months: &[(i32, Month)],
    most: usize,
) -> Result<HashMap<(i32, Month), Vec<Card>>> {
    let sql = format!(
        "SELECT t.id AS id, {MONTH} AS month FROM tracks t WHERE {OF_USER} AND t.type IS NOT 'SYNTHETIC'
         AND CAST(replace({MONTH}, '-', '') AS INTEGER) IN (SELECT value FROM json_each(:months))
         ORDER BY t.date_raw, t.id LIMIT :most"
    );
    let number = |(year, month): &(i32, Month)| i64::from(*year) * 100 + i64::from(u8::from(*month));
    let months = query::json_ids(months.iter().map(number));
    let params = named_params! { ":user": user, ":months": months, ":most": most as i64 };
    let rows = query::list(db, "list a user's tracks", &sql, params, |row| {
        Ok((row.get::<_, TrackId>("id")?, read_month(row)?))
    })?;
    let months: HashMap<TrackId, (i32, Month)> = rows.iter().copied().collect();
    let ids: Vec<TrackId> = rows.iter().map(|row| row.0).collect();
    let mut cards = card::list(db, Some(viewer), &ids)?;
    cards.sort_by_key(|card| (card.date.wall, card.id));
    let mut tracks: HashMap<_, Vec<Card>> = HashMap::new();
    for card in cards {
        if let Some(month) = months.get(&card.id) {
            tracks.entry(*month).or_default().push(card);
        }
    }
    Ok(tracks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, add_track, tag_person};
    use time::Month::{August, December, January, June, May};

    fn ids(db: &Connection, user: UserId, viewer: UserId) -> Vec<i64> {
        let summary = find(db, user).unwrap();
        let of_year = |year: &Year| -> Vec<(i32, Month)> { year.months.iter().map(|m| (year.year, m.0)).collect() };
        let months: Vec<(i32, Month)> = summary.years.iter().flat_map(of_year).collect();
        let tracks = list_tracks(db, user, viewer, &months, 100).unwrap();
        let ids: Vec<i64> = months
            .into_iter()
            .flat_map(|month| tracks[&month].iter().map(|card| card.id.0))
            .collect();
        assert_eq!(ids.len() as u64, summary.sums().tracks);
        ids
    }

    #[test]
    fn the_diary_holds_what_one_rode_and_counts_what_one_plans() {
        let site = fixture::site();
        assert_eq!(ids(&site.db, ALICE, ALICE), [3, 1, 2]);
        assert_eq!(ids(&site.db, BOB, BOB), [4, 5, 1]);
        assert_eq!(find(&site.db, ALICE).unwrap().planned, 1);
        assert_eq!(find(&site.db, BOB).unwrap().planned, 1);
        let list = |viewer, months: &[_], most| list_tracks(&site.db, BOB, viewer, months, most).unwrap();
        let star = |viewer| list(viewer, &[(2010, December)], 9)[&(2010, December)][0].is_favourite;
        assert!(star(BOB) && !star(ALICE));
        assert!(list(BOB, &[(2011, December)], 9).is_empty());
        let cut = list(BOB, &[(2010, August), (2010, December)], 1);
        assert_eq!(cut[&(2010, August)][0].id, TrackId(4), "the earliest: {cut:?}");
    }

    #[test]
    fn years_and_months_add_up() {
        let site = fixture::site();
        let bob = find(&site.db, BOB).unwrap();
        let [year] = bob.years.as_slice() else {
            panic!("{bob:?}")
        };
        let months: Vec<_> = year.months.iter().map(|(month, sums)| (*month, sums.tracks)).collect();
        assert_eq!((year.year, months), (2010, vec![(August, 2), (December, 1)]));
        let sums = year.sums();
        assert_eq!(sums, bob.sums());
        assert!((sums.length - (4692.42020911663 + 4370.35928627467 + 3008.87576849158)).abs() < 1e-6);
        assert!((sums.average_length() * 3.0 - sums.length).abs() < 1e-9);
        assert_eq!(sums.longest_time, 4239.0);
    }

    #[test]
    fn the_same_month_of_another_year_is_another_month() {
        let db = fixture::empty();
        let user = fixture::add_user(&db, "a");
        for date in ["2025-05-02", "2024-05-01", "2025-05-01", "2024-06-01"] {
            add_track(&db, Some(user), "PRIVATE", date);
        }
        let other = add_track(&db, None, "PRIVATE", "2023-01-01");
        tag_person(&db, other, user);
        let shape: Vec<_> = find(&db, user)
            .unwrap()
            .years
            .iter()
            .flat_map(|year| year.months.iter().map(|(month, sums)| (year.year, *month, sums.tracks)))
            .collect();
        assert_eq!(
            shape,
            [(2023, January, 1), (2024, May, 1), (2024, June, 1), (2025, May, 2)]
        );
        assert_eq!(ids(&db, user, user), [5, 2, 4, 3, 1]);
    }

    #[test]
    fn damaged_dates_and_figures_lose_no_track() {
        let db = fixture::empty();
        let user = fixture::add_user(&db, "a");
        for date in ["2024-05-99", "soon", "2024-13-01", "2024-05-01"] {
            add_track(&db, Some(user), "PRIVATE", date);
        }
        let sql = "INSERT INTO tracks (owner_id) VALUES (?1)";
        db.execute(sql, [user]).unwrap();
        let sql = "INSERT INTO track_cache (track_id, length, moving_time) VALUES (?1, ?2, 1.0)";
        db.execute(sql, (1, f64::INFINITY)).unwrap();
        db.execute(sql, (4, 1500.0)).unwrap();
        assert_eq!(ids(&db, user, user).len(), 5);
        let sums = find(&db, user).unwrap().sums();
        assert_eq!(
            (sums.tracks, sums.length, sums.longest, sums.longest_time),
            (5, 1500.0, 1500.0, 1.0)
        );
    }

    #[test]
    fn nothing_adds_up_to_nought() {
        let sums = Summary::default().sums();
        assert_eq!((sums.tracks, sums.average_length(), sums.average_time()), (0, 0.0, 0.0));
    }
}
