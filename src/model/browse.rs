//! The list of all tracks that a viewer may see, filtered, ordered and in pages.
//!
//! What is asked for is plain data; `filter` makes a condition of it. Only the rows of the page are read
//! whole, and the count is exact.

use rusqlite::{Connection, Row};
use time::Date;

use super::card::{self, Card};
use super::filter::Filter;
pub use super::order::Order;
use super::track::Kind;
use super::{TrackId, UserId, column, failed, query};
use crate::db::Findings;
use crate::error::Result;

/// Tracks on a page.
pub const PAGE_SIZE: u64 = 20;

/// What is asked for. The default is everything, newest first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Query {
    /// Who asks; absent when nobody is logged in.
    pub viewer: Option<UserId>,
    /// In which order.
    pub order: Order,
    /// Which page, from 1; 0 is 1.
    pub page: u64,
    /// Part of the title, in any capitalisation.
    pub search: Option<String>,
    /// All of these tags, in any capitalisation.
    pub tags: Vec<String>,
    /// All people of these names are the owner or tagged, in any capitalisation.
    pub people: Vec<String>,
    /// Not shorter, m. A track without figures has no length and is left out.
    pub min_length: Option<f64>,
    /// Not longer, m.
    pub max_length: Option<f64>,
    /// Not before this day.
    pub min_date: Option<Date>,
    /// Not after this day.
    pub max_date: Option<Date>,
    /// Of this kind alone.
    pub kind: Option<Kind>,
    /// The viewer's own; for nobody, those that nobody owns.
    pub mine: bool,
    /// Those that a friend owns; for nobody it means nothing.
    pub of_friends: bool,
    /// The viewer's own and those with the viewer in them; for nobody it means nothing.
    pub with_me: bool,
    /// Only those with the viewer's star, or only those without; for nobody it means nothing.
    pub favourite: Option<bool>,
}

/// A page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// At most [`PAGE_SIZE`]; none beyond the last page.
    pub cards: Vec<Card>,
    /// How many tracks there are on all pages.
    pub total: u64,
}

impl Page {
    /// How many pages there are; an empty list has one.
    pub fn pages(&self) -> u64 {
        self.total.div_ceil(PAGE_SIZE).max(1)
    }
}

/// The tables that the conditions speak of; the figures only where they are needed.
fn tables(figures: bool) -> &'static str {
    match figures {
        true => "tracks t LEFT JOIN track_cache c ON c.track_id = t.id",
        false => "tracks t",
    }
}

/// The page that is asked for; which tracks stand in it, and how many there are, is looked for only if anything has
/// changed since it was last found. Reads in several statements; a track that is deleted in between is
/// counted and has no card. The connection has the function `fold` (`db::open` adds it).
///
/// # Errors
/// What the database says.
pub fn find_page(db: &Connection, findings: &Findings, query: &Query) -> Result<Page> {
    let name = format!("page {query:?}");
    let (ids, total) = again(db, findings, name, |_| true, || find_page_ids(db, query))?;
    let cards = card::list(db, query.viewer, &ids)?;
    Ok(Page { cards, total })
}

/// What was found under a name, or finds it and keeps what is `small` enough.
fn again<T: Clone + Send + 'static>(
    db: &Connection,
    findings: &Findings,
    name: String,
    small: impl FnOnce(&T) -> bool,
    find: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let state = findings
        .look(db)
        .map_err(|e| failed("look whether anything has changed", e))?;
    if let Some(found) = findings.find(state, &name) {
        return Ok(found);
    }
    let found = find()?;
    if small(&found) {
        findings.keep(state, name, found.clone());
    }
    Ok(found)
}

/// The first `most` cards of the list, without counting the rest. Reads as [`find_page`] does.
///
/// # Errors
/// What the database says.
pub fn list_first(db: &Connection, query: &Query, most: u64) -> Result<Vec<Card>> {
    let ids = find_stretch(db, query, query.order, most, 0)?;
    card::list(db, query.viewer, &ids)
}

/// The first `most` of the list, whatever page is asked for. Reads as [`find_page`] does.
///
/// # Errors
/// What the database says.
pub fn find_first(db: &Connection, query: &Query, most: u64) -> Result<Page> {
    let (ids, total) = find_ids(db, query, query.order, most, 0)?;
    let cards = card::list(db, query.viewer, &ids)?;
    Ok(Page { cards, total })
}

/// The ids of a page of the list, and how many tracks it has in all. A page of the second half is sought from the
/// end: what is skipped has to be put in order too.
fn find_page_ids(db: &Connection, query: &Query) -> Result<(Vec<TrackId>, u64)> {
    let skip = query.page.saturating_sub(1).saturating_mul(PAGE_SIZE);
    if skip == 0 {
        return match list_by_date(db, query, query.order, PAGE_SIZE, 0)? {
            Some(ids) => Ok((ids, count(db, query)?)),
            None => find_ids(db, query, query.order, PAGE_SIZE, 0),
        };
    }
    let total = count(db, query)?;
    let left = total.saturating_sub(skip);
    let most = left.min(PAGE_SIZE);
    if most == 0 || left > skip {
        return Ok((find_stretch(db, query, query.order, most, skip)?, total));
    }
    let mut ids = find_stretch(db, query, query.order.reversed(), most, left - most)?;
    ids.reverse();
    Ok((ids, total))
}

/// The ids of a stretch of the list, which is not counted as far as that is not needed to find them.
fn find_stretch(db: &Connection, query: &Query, order: Order, most: u64, skip: u64) -> Result<Vec<TrackId>> {
    match list_by_date(db, query, order, most, skip)? {
        Some(ids) => Ok(ids),
        None => Ok(find_ids(db, query, order, most, skip)?.0),
    }
}

/// The ids of a stretch of the list in the order of an index, which ends where the stretch does; absent where no index
/// has the order: for figures, and while there is a track without a date, whose place is among the others.
fn list_by_date(db: &Connection, query: &Query, order: Order, most: u64, skip: u64) -> Result<Option<Vec<TrackId>>> {
    if order.needs_figures() || query.min_length.is_some() || query.max_length.is_some() {
        return Ok(None);
    }
    let undated = "SELECT 1 FROM tracks WHERE date_raw IS NULL LIMIT 1";
    if query::find(db, "look for a track without a date", undated, [], |_| Ok(()))?.is_some() {
        return Ok(None);
    }
    let filter = Filter::of(query)
        .param(":most", to_sql(most))
        .param(":skip", to_sql(skip));
    let sql = format!(
        "SELECT t.id AS id FROM tracks t WHERE {conditions}
         ORDER BY t.date_raw {direction}, t.id {direction} LIMIT :most OFFSET :skip",
        conditions = filter.sql(),
        direction = order.direction(),
    );
    query::list(db, "list the tracks", &sql, filter.params().as_slice(), |row| {
        row.get("id")
    })
    .map(Some)
}

/// How many tracks the list has.
fn count(db: &Connection, query: &Query) -> Result<u64> {
    let figures = query.min_length.is_some() || query.max_length.is_some();
    let filter = Filter::of(query);
    let sql = format!(
        "SELECT count(*) AS total FROM {} WHERE {}",
        tables(figures),
        filter.sql()
    );
    let read = |row: &Row<'_>| column::count(row, "total");
    Ok(query::find(db, "count the tracks", &sql, filter.params().as_slice(), read)?.unwrap_or(0))
}

/// The ids of a stretch of the list, and how many tracks it has in all; 0 when there is none in the stretch.
fn find_ids(db: &Connection, query: &Query, order: Order, most: u64, skip: u64) -> Result<(Vec<TrackId>, u64)> {
    let figures = order.needs_figures() || query.min_length.is_some() || query.max_length.is_some();
    let filter = Filter::of(query)
        .param(":most", to_sql(most))
        .param(":skip", to_sql(skip));
    // Chosen once, then counted and cut: the conditions cost more than both.
    let sql = format!(
        "WITH chosen AS MATERIALIZED (SELECT t.id AS id, {key} AS key FROM {tables} WHERE {conditions})
         SELECT id, (SELECT count(*) FROM chosen) AS total FROM chosen
         ORDER BY key {direction}, id {direction} LIMIT :most OFFSET :skip",
        key = order.key(),
        tables = tables(figures),
        conditions = filter.sql(),
        direction = order.direction(),
    );
    let mut total = 0;
    let ids = query::list(db, "list the tracks", &sql, filter.params().as_slice(), |row| {
        total = column::count(row, "total")?;
        row.get("id")
    })?;
    Ok((ids, total))
}

/// SQLite's numbers have a sign.
fn to_sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Those of the tracks asked for whose length is not known, so that it cannot be said whether they are long
/// enough: whoever wants them measured does it before the page is asked for.
///
/// # Errors
/// What the database says.
pub fn list_unmeasured(db: &Connection, findings: &Findings, query: &Query) -> Result<Vec<TrackId>> {
    let name = format!("unmeasured {query:?}");
    let small = |found: &Vec<TrackId>| found.len() as u64 <= PAGE_SIZE;
    again(db, findings, name, small, || find_unmeasured(db, query))
}

fn find_unmeasured(db: &Connection, query: &Query) -> Result<Vec<TrackId>> {
    let filter = Filter::without_length(query);
    // The sign keeps the rows themselves, which the ids' order leads to, from being read.
    let sql = format!(
        "SELECT t.id AS id FROM {} WHERE c.length IS NULL AND {} ORDER BY +t.id DESC",
        tables(true),
        filter.sql()
    );
    query::list(
        db,
        "list the tracks without figures",
        &sql,
        filter.params().as_slice(),
        |row| row.get("id"),
    )
}

#[cfg(test)]
mod naive;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, CAROL, add_track, add_user};
    use time::macros::date;

    fn ids(db: &Connection, query: &Query) -> Vec<i64> {
        let page = find_page(db, &Findings::default(), query).unwrap();
        assert_eq!(page.total, page.cards.len() as u64);
        page.cards.iter().map(|card| card.id.0).collect()
    }

    fn of(viewer: UserId) -> Query {
        Query {
            viewer: Some(viewer),
            ..Query::default()
        }
    }

    #[test]
    fn each_order_is_kept() {
        let site = fixture::site();
        for (order, expected) in [
            (Order::DateDesc, [6, 2, 1, 3, 5, 4]),
            (Order::DateAsc, [4, 5, 3, 1, 2, 6]),
            (Order::LengthDesc, [3, 6, 4, 5, 1, 2]),
            (Order::LengthAsc, [2, 1, 5, 4, 6, 3]),
            (Order::DurationDesc, [3, 4, 5, 2, 6, 1]),
            (Order::DurationAsc, [1, 6, 2, 5, 4, 3]),
        ] {
            assert_eq!(ids(&site.db, &Query { order, ..of(ALICE) }), expected, "{order:?}");
        }
    }

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    type Filter = fn(&mut Query);

    #[rustfmt::skip]
    const FILTERS: [(Filter, &[i64]); 24] = [
        (|q| q.search = Some(" VIŠNJAN ".into()), &[2]),
        (|q| q.search = Some("čez P".into()), &[1]),
        (|q| q.search = Some("%".into()), &[]),
        (|q| q.search = Some("  ".into()), &[4, 5, 3, 1, 2, 6]),
        (|q| q.tags = texts(&["HIKE"]), &[3, 1]),
        (|q| q.tags = texts(&["hike", "slovenia", ""]), &[1]),
        (|q| q.tags = texts(&["hik"]), &[]),
        (|q| q.people = texts(&["alice", "BOB"]), &[1, 6]),
        (|q| q.people = texts(&["bob"]), &[4, 5, 1, 6]),
        (|q| q.people = texts(&["nobody"]), &[]),
        (|q| q.min_length = Some(4500.0), &[4, 3, 6]),
        (|q| q.max_length = Some(4500.0), &[5, 1, 2]),
        (|q| q.min_date = Some(date!(2010-12-14)), &[1, 2, 6]),
        (|q| q.min_date = Some(date!(2010-12-15)), &[2, 6]),
        (|q| q.max_date = Some(date!(2010-12-14)), &[4, 5, 3, 1]),
        (|q| q.max_date = Some(date!(2010-12-13)), &[4, 5, 3]),
        (|q| q.kind = Some(Kind::Planned), &[6]),
        (|q| q.kind = Some(Kind::Recorded), &[4, 5, 3, 1, 2]),
        (|q| q.mine = true, &[3, 1, 2]),
        (|q| q.of_friends = true, &[4, 5, 6]),
        (|q| q.with_me = true, &[3, 1, 2, 6]),
        (|q| (q.of_friends, q.with_me) = (true, true), &[6]),
        (|q| (q.favourite, q.viewer) = (Some(true), Some(BOB)), &[1]),
        (|q| (q.favourite, q.viewer) = (Some(false), Some(BOB)), &[4, 5, 2, 6]),
    ];

    #[test]
    fn each_filter_chooses() {
        let site = fixture::site();
        for (set, expected) in FILTERS {
            let mut query = of(ALICE);
            query.order = Order::DateAsc;
            set(&mut query);
            assert_eq!(ids(&site.db, &query), expected, "{query:?}");
        }
    }

    #[test]
    fn without_a_viewer_personal_filters_mean_nothing_but_mine() {
        let site = fixture::site();
        let nobody = Query {
            of_friends: true,
            with_me: true,
            favourite: Some(true),
            ..Query::default()
        };
        assert_eq!(ids(&site.db, &nobody), [1, 5]);
        let mine = Query {
            mine: true,
            ..Query::default()
        };
        assert!(ids(&site.db, &mine).is_empty());
        let orphan = add_track(&site.db, None, "PUBLIC", "2024-05-01");
        assert_eq!(ids(&site.db, &mine), [orphan.0]);
    }

    #[test]
    fn a_search_finds_nothing_that_may_not_be_seen() {
        let site = fixture::site();
        let query = Query {
            search: Some("Korita".into()),
            ..of(CAROL)
        };
        assert!(ids(&site.db, &query).is_empty());
    }

    #[test]
    fn pages_are_twenty_tracks_and_the_count_is_exact() {
        let db = fixture::empty();
        let user = add_user(&db, "a");
        let all: Vec<i64> = (0..45)
            .map(|_| add_track(&db, Some(user), "PRIVATE", "2024-05-01").0)
            .collect();
        let mut seen = Vec::new();
        for (page, expected) in [(1, 20), (2, 20), (3, 5), (4, 0), (u64::MAX, 0)] {
            let page = find_page(&db, &Findings::default(), &Query { page, ..of(user) }).unwrap();
            assert_eq!((page.cards.len(), page.total, page.pages()), (expected, 45, 3));
            seen.extend(page.cards.iter().map(|card| card.id.0));
        }
        assert_eq!(seen, all.into_iter().rev().collect::<Vec<_>>());
        assert_eq!(find_page(&db, &Findings::default(), &of(user)).unwrap().cards.len(), 20);
        let none = find_page(&db, &Findings::default(), &Query::default()).unwrap();
        assert_eq!((none.total, none.pages()), (0, 1));
    }

    #[test]
    fn rows_without_dates_or_figures_are_listed() {
        let db = fixture::empty();
        db.execute("INSERT INTO tracks (visibility) VALUES ('PUBLIC')", [])
            .unwrap();
        for order in Order::all() {
            assert_eq!(
                ids(
                    &db,
                    &Query {
                        order,
                        ..Query::default()
                    }
                ),
                [1]
            );
        }
        let short = Query {
            max_length: Some(1.0),
            ..Query::default()
        };
        assert!(ids(&db, &short).is_empty());
    }
}
