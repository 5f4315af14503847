//! A user's diary: the recorded tracks they own or took part in, with their sums by year and month.
//!
//! Planned tracks are counted and not summed up. Everything is read in a fixed number of statements
//! and added up here, because each page adds up something else.

use rusqlite::{Connection, named_params};

use super::card::{self, Card};
use super::track::Kind;
use super::{TrackId, UserId, column, query};
use crate::error::Result;

/// What a user rode and what they plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Summary {
    /// The recorded tracks, oldest first.
    pub tracks: Vec<Card>,
    /// How many tracks are planned.
    pub planned: u64,
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
    /// The sums over tracks.
    pub fn of<'a>(tracks: impl IntoIterator<Item = &'a Card>) -> Sums {
        let mut sums = Sums::default();
        for track in tracks {
            let figures = &track.figures;
            let or_nought = |value: Option<f64>| value.filter(|x| x.is_finite()).unwrap_or(0.0);
            sums.tracks += 1;
            sums.length += or_nought(figures.length);
            sums.uphill += or_nought(figures.uphill);
            sums.downhill += or_nought(figures.downhill);
            sums.moving_time += or_nought(figures.moving_time);
            sums.stopped_time += or_nought(figures.stopped_time);
            sums.longest = sums.longest.max(or_nought(figures.length));
            sums.longest_time = sums.longest_time.max(or_nought(figures.duration()));
        }
        sums
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

/// A year of a diary.
#[derive(Debug, Clone, PartialEq)]
pub struct Year<'a> {
    /// Which year.
    pub year: i32,
    /// Over all of it.
    pub sums: Sums,
    /// The months that have tracks, earliest first.
    pub months: Vec<Month<'a>>,
}

/// A month of a diary.
#[derive(Debug, Clone, PartialEq)]
pub struct Month<'a> {
    /// Which month.
    pub month: time::Month,
    /// Over all of it.
    pub sums: Sums,
    /// Earliest first.
    pub tracks: &'a [Card],
}

impl Summary {
    /// The sums over everything.
    pub fn sums(&self) -> Sums {
        Sums::of(&self.tracks)
    }

    /// The years and months that have tracks, earliest first, by the date at each track's place.
    pub fn years(&self) -> Vec<Year<'_>> {
        let same_year = |a: &Card, b: &Card| a.date.wall.year() == b.date.wall.year();
        let same_month = |a: &Card, b: &Card| a.date.wall.month() == b.date.wall.month();
        let month = |tracks| Some((tracks, <[Card]>::first(tracks)?.date.wall));
        let mut years = Vec::new();
        for of_year in self.tracks.chunk_by(same_year) {
            let months = of_year.chunk_by(same_month).filter_map(month);
            years.extend(of_year.first().map(|first| {
                Year {
                    year: first.date.wall.year(),
                    sums: Sums::of(of_year),
                    months: months
                        .map(|(tracks, at)| Month {
                            month: at.month(),
                            sums: Sums::of(tracks),
                            tracks,
                        })
                        .collect(),
                }
            }));
        }
        years
    }
}

/// The diary of a user; `viewer` is whose stars it shows. Reads in several statements.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, user: UserId, viewer: UserId) -> Result<Summary> {
    let sql = "SELECT id, type FROM tracks WHERE owner_id = :user
            OR id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :user)";
    let rows = query::list(
        db,
        "list a user's tracks",
        sql,
        named_params! { ":user": user },
        |row| {
            let id: TrackId = row.get("id")?;
            Ok((id, Kind::stored(column::text(row, "type")?)))
        },
    )?;
    let recorded: Vec<TrackId> = rows
        .iter()
        .filter(|row| row.1 == Kind::Recorded)
        .map(|row| row.0)
        .collect();
    let mut tracks = card::list(db, Some(viewer), &recorded)?;
    tracks.sort_by_key(|card| (card.date.wall, card.id));
    Ok(Summary {
        planned: (rows.len() - recorded.len()) as u64,
        tracks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, add_track, tag_person};
    use time::Month::{August, December};

    #[test]
    fn the_diary_holds_what_one_rode_and_counts_what_one_plans() {
        let site = fixture::site();
        let ids = |summary: &Summary| summary.tracks.iter().map(|card| card.id.0).collect::<Vec<_>>();
        let alice = find(&site.db, ALICE, ALICE).unwrap();
        assert_eq!((ids(&alice), alice.planned), (vec![3, 1, 2], 1));
        let bob = find(&site.db, BOB, BOB).unwrap();
        assert_eq!((ids(&bob), bob.planned), (vec![4, 5, 1], 1));
        assert!(bob.tracks[2].is_favourite);
        assert!(!find(&site.db, BOB, ALICE).unwrap().tracks[2].is_favourite);
    }

    #[test]
    fn years_and_months_add_up() {
        let site = fixture::site();
        let bob = find(&site.db, BOB, BOB).unwrap();
        let years = bob.years();
        assert_eq!(
            years
                .iter()
                .map(|year| (year.year, year.months.len()))
                .collect::<Vec<_>>(),
            [(2010, 2)]
        );
        let months: Vec<_> = years[0].months.iter().map(|m| (m.month, m.sums.tracks)).collect();
        assert_eq!(months, [(August, 2), (December, 1)]);
        let sums = years[0].sums;
        assert_eq!(sums, bob.sums());
        assert!((sums.length - (4692.42020911663 + 4370.35928627467 + 3008.87576849158)).abs() < 1e-6);
        assert!((sums.average_length() * 3.0 - sums.length).abs() < 1e-9);
        assert_eq!(sums.longest_time, 4239.0);
        assert_eq!(years[0].months[0].tracks[0].id, TrackId(4));
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
        let summary = find(&db, user, user).unwrap();
        let shape: Vec<_> = summary
            .years()
            .iter()
            .map(|year| {
                (
                    year.year,
                    year.months.iter().map(|m| m.tracks.len()).collect::<Vec<_>>(),
                )
            })
            .collect();
        assert_eq!(shape, [(2023, vec![1]), (2024, vec![1, 1]), (2025, vec![2])]);
    }

    #[test]
    fn nothing_adds_up_to_nought() {
        let sums = Sums::of([]);
        assert_eq!((sums.tracks, sums.average_length(), sums.average_time()), (0, 0.0, 0.0));
    }
}
