//! The list of all tracks that a viewer may see, filtered, ordered and in pages.
//!
//! One condition chooses the rows; it is fixed text, and a filter that is not set is a NULL parameter,
//! so nothing from outside becomes part of a statement. The count is exact.

use rusqlite::{Connection, named_params};
use time::Date;

use super::access::{FRIENDS, LISTED};
use super::card::{self, Card};
use super::fold::fold;
use super::track::Kind;
use super::{TrackId, UserId, query};
use crate::clock;
use crate::error::Result;

/// Tracks on a page.
pub const PAGE_SIZE: u64 = 20;

/// How the list is ordered; the ids decide between equals, in the same direction.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Newest first, by the clock at the place.
    #[default]
    DateDesc,
    /// Oldest first.
    DateAsc,
    /// Longest way first.
    LengthDesc,
    /// Shortest way first.
    LengthAsc,
    /// Longest time first, in motion and at rest.
    DurationDesc,
    /// Shortest time first.
    DurationAsc,
}

/// An order, the name that queries give it, and what it is in a statement. Figures that are absent count as 0.
const ORDERS: [(Order, &str, &str); 6] = [
    (
        Order::DateDesc,
        "DATE_DESC",
        "coalesce(t.date_raw, '1970-01-01') DESC, t.id DESC",
    ),
    (Order::DateAsc, "DATE_ASC", "coalesce(t.date_raw, '1970-01-01'), t.id"),
    (
        Order::LengthDesc,
        "LENGTH_DESC",
        "coalesce(c.length, 0) DESC, t.id DESC",
    ),
    (Order::LengthAsc, "LENGTH_ASC", "coalesce(c.length, 0), t.id"),
    (
        Order::DurationDesc,
        "DURATION_DESC",
        "coalesce(c.moving_time + c.stopped_time, 0) DESC, t.id DESC",
    ),
    (
        Order::DurationAsc,
        "DURATION_ASC",
        "coalesce(c.moving_time + c.stopped_time, 0), t.id",
    ),
];

impl Order {
    /// All orders as they are offered.
    pub fn all() -> impl Iterator<Item = Order> {
        ORDERS.into_iter().map(|(order, _, _)| order)
    }

    /// The name that queries give it.
    pub fn name(self) -> &'static str {
        ORDERS[self as usize].1
    }

    /// The order of a name.
    pub fn find(name: &str) -> Option<Order> {
        ORDERS.into_iter().find(|row| row.1 == name).map(|row| row.0)
    }
}

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

fn filtered() -> String {
    format!(
        "SELECT t.id AS id FROM tracks t LEFT JOIN track_cache c ON c.track_id = t.id WHERE {LISTED}
         AND (:search IS NULL OR instr(fold(t.title), :search) > 0)
         AND NOT EXISTS (SELECT 1 FROM json_each(:tags) w WHERE NOT EXISTS
            (SELECT 1 FROM tags g WHERE g.track_id = t.id AND fold(g.tag) = w.value))
         AND NOT EXISTS (SELECT 1 FROM json_each(:people) w WHERE NOT EXISTS
            (SELECT 1 FROM users u WHERE fold(u.name) = w.value AND (u.id = t.owner_id
                OR EXISTS (SELECT 1 FROM track_people_assoc p WHERE p.track_id = t.id AND p.user_id = u.id))))
         AND (:min_length IS NULL OR c.length >= :min_length)
         AND (:max_length IS NULL OR c.length <= :max_length)
         AND (:min_date IS NULL OR coalesce(t.date_raw, '1970-01-01') >= :min_date)
         AND (:end_date IS NULL OR coalesce(t.date_raw, '1970-01-01') < :end_date)
         AND (:planned IS NULL OR (t.type IS 'SYNTHETIC') = :planned)
         AND (NOT :mine OR t.owner_id IS :viewer)
         AND (:viewer IS NULL OR NOT :of_friends OR t.owner_id IN {FRIENDS})
         AND (:viewer IS NULL OR NOT :with_me OR t.owner_id = :viewer
            OR t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :viewer))
         AND (:viewer IS NULL OR :favourite IS NULL
            OR (t.id IN (SELECT track_id FROM track_favourite_assoc WHERE user_id = :viewer)) = :favourite)"
    )
}

/// The page that is asked for. Reads in several statements; a track that is deleted in between is
/// counted and has no card. The connection has the function `fold` (`fold::register`).
///
/// # Errors
/// What the database says.
pub fn find_page(db: &Connection, query: &Query) -> Result<Page> {
    let search = query
        .search
        .as_deref()
        .map(|text| fold(text.trim()))
        .filter(|text| !text.is_empty());
    let folded = |texts: &[String]| {
        let folded = texts.iter().map(|text| fold(text.trim()));
        query::json_texts(folded.filter(|text| !text.is_empty()))
    };
    let (tags, people) = (folded(&query.tags), folded(&query.people));
    let end_date = query.max_date.and_then(Date::next_day).map(clock::date_text);
    let params = named_params! {
        ":viewer": query.viewer,
        ":search": search,
        ":tags": tags,
        ":people": people,
        ":min_length": query.min_length,
        ":max_length": query.max_length,
        ":min_date": query.min_date.map(clock::date_text),
        ":end_date": end_date,
        ":planned": query.kind.map(|kind| kind == Kind::Planned),
        ":mine": query.mine,
        ":of_friends": query.of_friends,
        ":with_me": query.with_me,
        ":favourite": query.favourite,
    };
    let order = ORDERS[query.order as usize].2;
    let sql = format!("{} ORDER BY {order}", filtered());
    // All ids and not the page's alone: the count comes with them, and SQLite sorts them all anyway.
    let ids: Vec<TrackId> = query::list(db, "list the tracks", &sql, params, |row| row.get("id"))?;
    let skip = usize::try_from(query.page.saturating_sub(1).saturating_mul(PAGE_SIZE)).unwrap_or(usize::MAX);
    let page = ids.iter().skip(skip).take(PAGE_SIZE as usize).copied();
    let cards = card::list(db, query.viewer, &page.collect::<Vec<_>>())?;
    Ok(Page {
        cards,
        total: ids.len() as u64,
    })
}
