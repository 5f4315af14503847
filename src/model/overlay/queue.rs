//! Whose maps are due: rows of our own (`x_maps`), one a user at most.
//!
//! Whatever changes what a map shows asks for it, in the same transaction: a track that is made, changed or deleted,
//! for its owner and for everybody tagged in it. What is asked for stays until it was done, and is asked for again
//! when something changes while it is being done. No row is needed: whoever has none is looked at in their turn.

use rusqlite::Connection;
use time::OffsetDateTime;

use crate::error::Result;
use crate::model::own::Table;
use crate::model::{TrackId, UserId, query};

/// `due` counts how often it was asked for since it was done, `seen` is when that was, seconds since 1970.
const TABLE: Table = Table {
    name: "x_maps",
    of: "users",
    key: "user_id",
    columns: "due INTEGER NOT NULL, seen INTEGER",
};

/// A user whose maps are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// Who.
    pub user: UserId,
    /// How often it was asked for; 0 when it is only their turn.
    times: i64,
}

/// Asks for the maps of a user. The caller holds the transaction that changes what they show.
///
/// # Errors
/// What the database says.
pub fn ask(db: &Connection, user: UserId) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT INTO x_maps (user_id, due) SELECT id, 1 FROM users WHERE id = ?1
         ON CONFLICT (user_id) DO UPDATE SET due = due + 1";
    query::run(db, "ask for a map", sql, [user]).map(drop)
}

/// The same for everybody whose maps show a track, as its rows are now: who is taken out of a track is asked for
/// before.
///
/// # Errors
/// What the database says.
pub(in crate::model) fn ask_for_track(db: &Connection, track: TrackId) -> Result<()> {
    let sql = "SELECT owner_id AS user FROM tracks WHERE id = ?1 AND owner_id IS NOT NULL
         UNION SELECT user_id FROM track_people_assoc WHERE track_id = ?1 AND user_id IS NOT NULL";
    let users: Vec<UserId> = query::list(db, "list the people in a track", sql, [track], |row| row.get("user"))?;
    users.into_iter().try_for_each(|user| ask(db, user))
}

/// Everybody who was asked for, or else one: whoever was not looked at for the longest time. So what another program
/// changes is seen too.
///
/// # Errors
/// What the database says.
pub fn list_due(db: &Connection) -> Result<Vec<Due>> {
    TABLE.ensure(db)?;
    let what = "list the maps that are due";
    let read = |row: &rusqlite::Row<'_>| {
        Ok(Due {
            user: row.get("user")?,
            times: row.get("times")?,
        })
    };
    let sql = "SELECT user_id AS user, due AS times FROM x_maps WHERE due > 0 ORDER BY user_id";
    let asked = query::list(db, what, sql, [], read)?;
    if !asked.is_empty() {
        return Ok(asked);
    }
    let sql = "SELECT u.id AS user, 0 AS times FROM users u LEFT JOIN x_maps m ON m.user_id = u.id
         ORDER BY m.seen NULLS FIRST, u.id LIMIT 1";
    query::list(db, what, sql, [], read)
}

/// A user's maps are done: unless it was asked for again meanwhile, they are not due any more.
///
/// # Errors
/// What the database says.
pub fn done(db: &Connection, due: Due, at: OffsetDateTime) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT INTO x_maps (user_id, due, seen) SELECT id, 0, ?3 FROM users WHERE id = ?1
         ON CONFLICT (user_id) DO UPDATE SET seen = ?3, due = CASE due WHEN ?2 THEN 0 ELSE due END";
    query::run(
        db,
        "write down that a map is done",
        sql,
        (due.user, due.times, at.unix_timestamp()),
    )
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ADMIN, ALICE, BOB, CAROL, befriend};
    use crate::model::{person, track, user};
    use time::macros::datetime;

    fn due(db: &Connection) -> Vec<UserId> {
        list_due(db).unwrap().into_iter().map(|due| due.user).collect()
    }

    fn all_done(db: &Connection, second: i64) {
        for due in list_due(db).unwrap() {
            done(
                db,
                due,
                datetime!(2026-11-24 15:00 UTC) + time::Duration::seconds(second),
            )
            .unwrap();
        }
    }

    #[test]
    fn what_is_asked_for_stays_until_it_is_done_and_comes_again_when_something_changed_meanwhile() {
        let site = fixture::site();
        let db = &site.db;
        ask(db, BOB).unwrap();
        ask(db, ALICE).unwrap();
        ask(db, UserId(99)).unwrap();
        assert_eq!(due(db), [ALICE, BOB]);
        let seen = list_due(db).unwrap();
        ask(db, BOB).unwrap();
        for due in seen {
            done(db, due, datetime!(2026-11-24 15:00 UTC)).unwrap();
        }
        assert_eq!(due(db), [BOB]);
    }

    #[test]
    fn when_nothing_is_asked_for_everybody_has_their_turn() {
        let site = fixture::site();
        let db = &site.db;
        let mut seen = Vec::new();
        for second in 0..8 {
            seen.extend(due(db));
            all_done(db, second);
        }
        assert_eq!(seen, [ADMIN, ALICE, BOB, CAROL, ADMIN, ALICE, BOB, CAROL]);
    }

    #[test]
    fn whatever_changes_a_map_asks_for_it() {
        let site = fixture::site();
        let db = &site.db;
        befriend(db, ALICE, CAROL);
        let settle = || {
            while list_due(db).unwrap().iter().any(|due| due.times > 0) {
                all_done(db, 0);
            }
        };
        let asked = || -> Vec<UserId> {
            let asked = list_due(db).unwrap();
            asked.iter().filter(|due| due.times > 0).map(|due| due.user).collect()
        };
        let fields = track::find(db, TrackId(1)).unwrap().unwrap().fields;
        let made = track::insert(db, ALICE, &fields).unwrap();
        assert_eq!(asked(), [ALICE]);
        settle();
        person::set(db, made, ALICE, &[CAROL]).unwrap();
        assert_eq!(asked(), [CAROL]);
        settle();
        // Who is taken out of the track, and who comes into it; who stays has nothing new.
        person::set(db, made, ALICE, &[BOB]).unwrap();
        assert_eq!(asked(), [BOB, CAROL]);
        settle();
        track::update(db, made, &fields).unwrap();
        assert_eq!(asked(), [ALICE, BOB]);
        settle();
        let _ = track::delete(db, made).unwrap();
        assert_eq!(asked(), [ALICE, BOB]);
        settle();
        // With an account its tracks go from the maps of those who are tagged in them.
        person::set(db, TrackId(1), ALICE, &[BOB]).unwrap();
        settle();
        let _ = user::delete(db, ALICE).unwrap();
        assert_eq!(asked(), [BOB]);
    }
}
