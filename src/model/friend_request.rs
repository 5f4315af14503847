//! Friend requests: asked by one, answered by the other.
//!
//! Old instances hold requests whose sender or recipient is gone; such a row is nobody's and never seen here.

use rusqlite::Connection;
use time::PrimitiveDateTime;
use time::macros::datetime;

use super::person::{self, Person};
use super::{FriendRequestId, UserId, column, friend, query};
use crate::clock;
use crate::error::Result;

/// A request that waits for an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FriendRequest {
    /// Its id.
    pub id: FriendRequestId,
    /// The other side: who asked, or who was asked.
    pub person: Person,
    /// When, UTC; the epoch when it is not known.
    pub date: PrimitiveDateTime,
}

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// The other has to answer.
    Waits,
    /// The other had asked already: friends at once.
    Friends,
    /// They were friends before.
    AlreadyFriends,
    /// It was asked before.
    AlreadyAsked,
}

/// Who asks and who is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Who asks.
    pub sender: UserId,
    /// Who is asked.
    pub recipient: UserId,
}

/// Requests that a user has to answer, in the order they came.
///
/// # Errors
/// What the database says.
pub fn list_received(db: &Connection, user: UserId) -> Result<Vec<FriendRequest>> {
    list(db, user, "sender_id", "recipient_id")
}

/// Requests of a user that wait for an answer, in the order they were sent.
///
/// # Errors
/// What the database says.
pub fn list_sent(db: &Connection, user: UserId) -> Result<Vec<FriendRequest>> {
    list(db, user, "recipient_id", "sender_id")
}

fn list(db: &Connection, user: UserId, other: &str, own: &str) -> Result<Vec<FriendRequest>> {
    let sql = format!(
        "SELECT r.id AS id, r.date AS date, u.id AS person, u.name AS name
         FROM friend_requests r JOIN users u ON u.id = r.{other} WHERE r.{own} = ?1 ORDER BY r.id"
    );
    query::list(db, "list friend requests", &sql, [user], |row| {
        Ok(FriendRequest {
            id: row.get("id")?,
            person: person::read(row)?,
            date: column::wall(row, "date")?.unwrap_or(datetime!(1970-01-01 0:00)),
        })
    })
}

/// The two ends of a request, when both are there.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, id: FriendRequestId) -> Result<Option<Ends>> {
    let sql = "SELECT s.id AS sender, r.id AS recipient FROM friend_requests f
         JOIN users s ON s.id = f.sender_id JOIN users r ON r.id = f.recipient_id WHERE f.id = ?1";
    query::find(db, "look for a friend request", sql, [id], |row| {
        Ok(Ends {
            sender: row.get("sender")?,
            recipient: row.get("recipient")?,
        })
    })
}

/// Asks somebody else at `now` (UTC). The caller holds the transaction, so that two who ask each other at the same
/// moment become friends.
///
/// # Errors
/// What the database says.
pub fn ask(db: &Connection, ends: Ends, now: PrimitiveDateTime) -> Result<Asked> {
    let Ends { sender, recipient } = ends;
    if friend::are(db, sender, recipient)? {
        return Ok(Asked::AlreadyFriends);
    }
    let sql = "SELECT 1 FROM friend_requests WHERE sender_id = ?1 AND recipient_id = ?2";
    let is_there = |from: UserId, to: UserId| query::find(db, "look for a friend request", sql, (from, to), |_| Ok(()));
    if is_there(recipient, sender)?.is_some() {
        friend::add(db, sender, recipient)?;
        return Ok(Asked::Friends);
    }
    if is_there(sender, recipient)?.is_some() {
        return Ok(Asked::AlreadyAsked);
    }
    let sql = "INSERT INTO friend_requests (sender_id, recipient_id, date) VALUES (?1, ?2, ?3)";
    query::run(
        db,
        "store a friend request",
        sql,
        (sender, recipient, clock::to_db(now)),
    )?;
    Ok(Asked::Waits)
}

/// Takes a request away, answered or withdrawn.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, id: FriendRequestId) -> Result<()> {
    let sql = "DELETE FROM friend_requests WHERE id = ?1";
    query::run(db, "delete a friend request", sql, [id]).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, CAROL};

    const NOW: PrimitiveDateTime = datetime!(2026-11-22 9:16);

    fn ends(sender: UserId, recipient: UserId) -> Ends {
        Ends { sender, recipient }
    }

    fn site() -> fixture::Site {
        let site = fixture::site();
        site.db.execute("DELETE FROM friend_requests", []).unwrap();
        site
    }

    #[test]
    fn asking_waits_for_the_other_and_is_done_once() {
        let site = site();
        assert_eq!(ask(&site.db, ends(BOB, CAROL), NOW).unwrap(), Asked::Waits);
        assert_eq!(ask(&site.db, ends(BOB, CAROL), NOW).unwrap(), Asked::AlreadyAsked);
        assert_eq!(ask(&site.db, ends(BOB, ALICE), NOW).unwrap(), Asked::AlreadyFriends);
        let received = list_received(&site.db, CAROL).unwrap();
        assert_eq!((received[0].person.name.as_str(), received[0].date), ("Bob", NOW));
        assert_eq!(list_sent(&site.db, BOB).unwrap()[0].person.name, "Carol");
        assert_eq!(find(&site.db, received[0].id).unwrap(), Some(ends(BOB, CAROL)));
        delete(&site.db, received[0].id).unwrap();
        assert!(list_received(&site.db, CAROL).unwrap().is_empty());
    }

    #[test]
    fn two_who_ask_each_other_are_friends() {
        let site = site();
        ask(&site.db, ends(BOB, CAROL), NOW).unwrap();
        assert_eq!(ask(&site.db, ends(CAROL, BOB), NOW).unwrap(), Asked::Friends);
        assert!(friend::are(&site.db, BOB, CAROL).unwrap());
        assert!(list_received(&site.db, CAROL).unwrap().is_empty());
    }

    #[test]
    fn a_request_of_a_deleted_account_is_nobody_s() {
        let site = site();
        let rows =
            "INSERT INTO friend_requests (id, sender_id, recipient_id) VALUES (7, NULL, 2), (8, 2, NULL), (9, 99, 2)";
        site.db.execute(rows, []).unwrap();
        assert!(list_received(&site.db, ALICE).unwrap().is_empty());
        assert!(list_sent(&site.db, ALICE).unwrap().is_empty());
        for id in [7, 8, 9] {
            assert_eq!(find(&site.db, FriendRequestId(id)).unwrap(), None);
        }
    }
}
