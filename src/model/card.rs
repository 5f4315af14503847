//! What a list shows of a track: its name, date, people, figures and counts, for many tracks at once.
//!
//! Four statements however many tracks there are. Which tracks they are, the caller has chosen by
//! what the viewer may see: no access rule is applied here.

use std::collections::HashMap;

use rusqlite::{Connection, Row, named_params};

use super::figures::{self, Figures};
use super::person::{self, Person};
use super::track::{self, Kind, LocalTime, Visibility};
use super::{TrackId, UserId, column, query, tag};
use crate::error::Result;

/// A track in a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// Its id.
    pub id: TrackId,
    /// Absent when untitled; the date stands in its place then.
    pub title: Option<String>,
    /// Recorded or planned.
    pub kind: Kind,
    /// When it was, at its place.
    pub date: LocalTime,
    /// Who may see it.
    pub visibility: Visibility,
    /// Absent when the account is gone.
    pub owner: Option<Person>,
    /// Who is tagged in it, by name.
    pub people: Vec<Person>,
    /// All absent while they are not computed.
    pub figures: Figures,
    /// In alphabetical order.
    pub tags: Vec<String>,
    /// It has the viewer's star.
    pub is_favourite: bool,
    /// How many comments it has.
    pub comments: u64,
    /// How many photos are described in the database (files are not counted).
    pub photos: u64,
}

const CARDS: &str = "SELECT t.id AS id, t.title AS title, t.type AS type, t.date_raw AS date_raw, t.date_tz AS date_tz,
        t.visibility AS visibility, u.id AS person, u.name AS name,
        c.length AS length, c.uphill AS uphill, c.downhill AS downhill, c.moving_time AS moving_time,
        c.stopped_time AS stopped_time, c.max_speed AS max_speed, c.avg_speed AS avg_speed,
        c.start_time_raw AS start_time_raw, c.start_time_tz AS start_time_tz,
        c.end_time_raw AS end_time_raw, c.end_time_tz AS end_time_tz,
        t.id IN (SELECT track_id FROM track_favourite_assoc WHERE user_id = :viewer) AS is_favourite,
        (SELECT count(*) FROM image_metadata i WHERE i.track_id = t.id) AS photos
    FROM json_each(:ids) w JOIN tracks t ON t.id = w.value
    LEFT JOIN users u ON u.id = t.owner_id LEFT JOIN track_cache c ON c.track_id = t.id";

fn read(row: &Row<'_>) -> rusqlite::Result<Card> {
    let owner = column::int(row, "person")?.is_some();
    Ok(Card {
        id: row.get("id")?,
        title: track::read_title(row)?,
        kind: Kind::stored(column::text(row, "type")?),
        date: track::read_date(row)?,
        visibility: Visibility::stored(column::text(row, "visibility")?),
        owner: owner.then(|| person::read(row)).transpose()?,
        people: Vec::new(),
        figures: figures::read(row)?,
        tags: Vec::new(),
        is_favourite: column::flag(row, "is_favourite")?,
        comments: 0,
        photos: column::count(row, "photos")?,
    })
}

/// Neither comments nor people and tags are joined to the cards: each would multiply the rows of the others.
const PEOPLE: &str = "SELECT p.track_id AS track, u.id AS person, u.name AS name
    FROM json_each(:ids) w JOIN track_people_assoc p ON p.track_id = w.value JOIN users u ON u.id = p.user_id";
const TAGS: &str =
    "SELECT g.track_id AS track, g.tag AS tag FROM json_each(:ids) w JOIN tags g ON g.track_id = w.value";
/// Comments have no index by track: they are read once, not once a card.
const COMMENTS: &str = "SELECT track_id AS track, count(*) AS comments FROM comments
    WHERE track_id IN (SELECT value FROM json_each(:ids)) GROUP BY track_id";

/// The cards of the tracks that somebody owns, the newest first: at most `most` whose ids are below `before`.
///
/// # Errors
/// What the database says.
pub fn list_owned(db: &Connection, owner: UserId, before: TrackId, most: usize) -> Result<Vec<Card>> {
    let sql = "SELECT id FROM tracks WHERE owner_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let ids: Vec<TrackId> = query::list(db, "list a user's tracks", sql, (owner, before, most), |row| row.get(0))?;
    list(db, Some(owner), &ids)
}

/// The cards of tracks, in the order of the ids; a track that is gone is left out.
///
/// # Errors
/// What the database says.
pub(super) fn list(db: &Connection, viewer: Option<UserId>, ids: &[TrackId]) -> Result<Vec<Card>> {
    let ids_json = query::json_ids(ids.iter().map(|id| id.0));
    let params = named_params! { ":viewer": viewer, ":ids": ids_json };
    let cards = query::list(db, "read the tracks of a list", CARDS, params, read)?;
    let mut people = group(db, "read the people of a list", PEOPLE, &ids_json, person::read)?;
    let mut tags = group(db, "read the tags of a list", TAGS, &ids_json, |row| {
        column::text(row, "tag")
    })?;
    let comments = group(db, "count the comments of a list", COMMENTS, &ids_json, |row| {
        column::count(row, "comments")
    })?;
    let mut by_id: HashMap<TrackId, Card> = HashMap::with_capacity(cards.len());
    for mut card in cards {
        card.people = people.remove(&card.id).unwrap_or_default();
        person::sort(&mut card.people);
        card.tags = tag::sorted(
            tags.remove(&card.id)
                .unwrap_or_default()
                .into_iter()
                .flatten()
                .collect(),
        );
        card.comments = comments.get(&card.id).map_or(0, |counts| counts.iter().sum());
        by_id.insert(card.id, card);
    }
    Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
}

/// The rows of a statement by their track.
fn group<T>(
    db: &Connection,
    what: &str,
    sql: &str,
    ids: &str,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<HashMap<TrackId, Vec<T>>> {
    let rows = query::list(db, what, sql, named_params! { ":ids": ids }, |row| {
        Ok((row.get::<_, TrackId>("track")?, read(row)?))
    })?;
    let mut groups: HashMap<TrackId, Vec<T>> = HashMap::new();
    for (track, value) in rows {
        groups.entry(track).or_default().push(value);
    }
    Ok(groups)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, CAROL, tag_person};

    #[test]
    fn a_card_has_everything_a_list_shows() {
        let site = fixture::site();
        tag_person(&site.db, TrackId(1), CAROL);
        let cards = list(&site.db, Some(BOB), &[TrackId(4), TrackId(99), TrackId(1)]).unwrap();
        assert_eq!(cards.iter().map(|card| card.id.0).collect::<Vec<_>>(), [4, 1]);
        let card = &cards[1];
        assert_eq!(card.title.as_deref(), Some("Mojstrovka – čez prelaz"));
        assert_eq!(card.owner.as_ref().map(|owner| owner.id), Some(ALICE));
        assert_eq!(
            card.people.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(),
            ["Bob", "Carol"]
        );
        assert_eq!(card.tags, ["hike", "Slovenia"]);
        assert_eq!((card.comments, card.photos, card.is_favourite), (1, 2, true));
        assert_eq!(card.figures.length, Some(3008.875768491585));
        assert!(!cards[0].is_favourite);
        let other = list(&site.db, None, &[TrackId(1)]).unwrap();
        assert!(!other[0].is_favourite);
    }

    #[test]
    fn a_damaged_track_has_a_card_too() {
        let db = fixture::empty();
        db.execute(
            "INSERT INTO tracks (id, owner_id, visibility) VALUES (1, 99, 'SECRET')",
            [],
        )
        .unwrap();
        let cards = list(&db, None, &[TrackId(1)]).unwrap();
        let card = &cards[0];
        assert_eq!((card.title.as_ref(), card.owner.as_ref()), (None, None));
        assert_eq!((card.visibility, card.kind), (Visibility::Private, Kind::Recorded));
        assert_eq!((card.date, card.figures), (LocalTime::EPOCH, Figures::default()));
    }
}
