//! People in tracks: who took part, as the owner tagged them. The owner is not among them.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row};

use super::overlay::queue;
use super::{TrackId, UserId, column, friend, query};
use crate::error::{Error, Result};
use crate::fold;

/// Somebody's name, for those who may see the track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Whose account.
    pub id: UserId,
    /// The name; may be empty.
    pub name: String,
}

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Person> {
    Ok(Person {
        id: row.get("person")?,
        name: column::text(row, "name")?.unwrap_or_default(),
    })
}

/// By name, and by id among equals.
pub fn sort(people: &mut [Person]) {
    people.sort_by_cached_key(|person| (fold::sort_key(&person.name), person.id));
}

/// The tracks that a user is tagged in, by id.
///
/// # Errors
/// What the database says.
pub fn list_tagged(db: &Connection, user: UserId) -> Result<Vec<TrackId>> {
    let sql = "SELECT track_id FROM track_people_assoc WHERE user_id = ?1 ORDER BY track_id";
    query::list(db, "list the tracks of a tagged user", sql, [user], |row| row.get(0))
}

/// The people tagged in a track, by name; accounts that are gone are left out.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, track: TrackId) -> Result<Vec<Person>> {
    let sql = "SELECT u.id AS person, u.name AS name FROM track_people_assoc p
         JOIN users u ON u.id = p.user_id WHERE p.track_id = ?1";
    let mut people = query::list(db, "list the people in a track", sql, [track], read)?;
    sort(&mut people);
    Ok(people)
}

/// Makes the people tagged in a track those that are wanted. Whoever acts may tag their own friends,
/// and leave those who are tagged already. The caller holds the transaction.
///
/// # Errors
/// `Invalid` when somebody may not be tagged; then nothing is changed. What the database says.
pub fn set(db: &Connection, track: TrackId, acting: UserId, wanted: &[UserId]) -> Result<()> {
    let before: BTreeSet<UserId> = list(db, track)?.into_iter().map(|person| person.id).collect();
    let mut taggable: BTreeSet<UserId> = friend::list(db, acting)?.into_iter().map(|friend| friend.id).collect();
    taggable.extend(&before);
    if let Some(other) = wanted.iter().find(|id| !taggable.contains(id)) {
        return Err(Error::Invalid(format!(
            "user {acting} cannot tag user {other} in track {track}"
        )));
    }
    let sql = "DELETE FROM track_people_assoc WHERE track_id = ?1";
    query::run(db, "untag the people in a track", sql, [track])?;
    let wanted = BTreeSet::from_iter(wanted.iter().copied());
    for person in &wanted {
        let sql = "INSERT INTO track_people_assoc (track_id, user_id) VALUES (?1, ?2)";
        query::run(db, "tag a person in a track", sql, (track, person))?;
    }
    // Their maps show it, or do no longer.
    (&before ^ &wanted)
        .into_iter()
        .try_for_each(|person| queue::ask(db, person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, CAROL, befriend, tag_person};

    fn ids(db: &Connection, track: TrackId) -> Vec<UserId> {
        list(db, track).unwrap().into_iter().map(|person| person.id).collect()
    }

    #[test]
    fn friends_are_tagged_in_any_order_and_once() {
        let site = fixture::site();
        befriend(&site.db, ALICE, CAROL);
        set(&site.db, TrackId(1), ALICE, &[CAROL, BOB, CAROL]).unwrap();
        assert_eq!(ids(&site.db, TrackId(1)), [BOB, CAROL]);
        set(&site.db, TrackId(1), ALICE, &[]).unwrap();
        assert!(ids(&site.db, TrackId(1)).is_empty());
    }

    #[test]
    fn a_stranger_is_refused_and_nothing_changes() {
        let site = fixture::site();
        for stranger in [CAROL, ALICE, UserId(99)] {
            let refused = set(&site.db, TrackId(1), ALICE, &[stranger]);
            assert!(matches!(refused, Err(Error::Invalid(_))), "{stranger}");
        }
        assert_eq!(ids(&site.db, TrackId(1)), [BOB]);
    }

    #[test]
    fn who_is_tagged_already_may_stay_without_being_a_friend() {
        let site = fixture::site();
        tag_person(&site.db, TrackId(2), CAROL);
        set(&site.db, TrackId(2), ALICE, &[CAROL]).unwrap();
        assert_eq!(ids(&site.db, TrackId(2)), [CAROL]);
    }
}
