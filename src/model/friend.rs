//! Friendships. They hold both ways and are stored once, in either column.

use rusqlite::{Connection, named_params};

use super::access::FRIENDS;
use super::{UserId, column, query};
use crate::error::Result;
use crate::fold;

/// A friend, with the address that friends show each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Friend {
    /// Whose account.
    pub id: UserId,
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub email: String,
}

/// Whether two users are friends.
///
/// # Errors
/// What the database says.
pub fn are(db: &Connection, a: UserId, b: UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM friends_assoc
         WHERE (user_1_id = ?1 AND user_2_id = ?2) OR (user_1_id = ?2 AND user_2_id = ?1)";
    Ok(query::find(db, "look for a friendship", sql, (a, b), |_| Ok(()))?.is_some())
}

/// The friends of a user by name.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, user: UserId) -> Result<Vec<Friend>> {
    let sql = format!("SELECT id, name, email FROM users WHERE id IN {FRIENDS}");
    let mut friends = query::list(
        db,
        "list a user's friends",
        &sql,
        named_params! { ":viewer": user },
        |row| {
            Ok(Friend {
                id: row.get("id")?,
                name: column::text(row, "name")?.unwrap_or_default(),
                email: column::text(row, "email")?.unwrap_or_default(),
            })
        },
    )?;
    friends.sort_by_cached_key(|friend| (fold::sort_key(&friend.name), friend.id));
    Ok(friends)
}

/// Makes two users friends, who may be so already; whatever either asked the other is settled by it. The
/// caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn add(db: &Connection, a: UserId, b: UserId) -> Result<()> {
    if !are(db, a, b)? {
        // The smaller id first, as the original stores it.
        let sql = "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (?1, ?2)";
        query::run(db, "make a friendship", sql, (a.min(b), a.max(b)))?;
    }
    let sql = "DELETE FROM friend_requests
         WHERE (sender_id = ?1 AND recipient_id = ?2) OR (sender_id = ?2 AND recipient_id = ?1)";
    query::run(db, "settle a friend request", sql, (a, b)).map(drop)
}

/// Ends a friendship, and tells whether there was one.
///
/// # Errors
/// What the database says.
pub fn remove(db: &Connection, a: UserId, b: UserId) -> Result<bool> {
    let sql = "DELETE FROM friends_assoc
         WHERE (user_1_id = ?1 AND user_2_id = ?2) OR (user_1_id = ?2 AND user_2_id = ?1)";
    Ok(query::run(db, "end a friendship", sql, (a, b))? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB, CAROL};

    #[test]
    fn a_friendship_holds_both_ways() {
        let site = fixture::site();
        assert!(are(&site.db, ALICE, BOB).unwrap() && are(&site.db, BOB, ALICE).unwrap());
        assert!(!are(&site.db, ALICE, CAROL).unwrap());
        // The larger id first, as a damaged instance may have it.
        let sql = "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (4, 2), (99, 2)";
        site.db.execute(sql, []).unwrap();
        assert!(are(&site.db, ALICE, CAROL).unwrap());
        let names: Vec<_> = list(&site.db, ALICE).unwrap().into_iter().map(|f| f.name).collect();
        assert_eq!(names, ["Bob", "Carol"]);
        assert_eq!(list(&site.db, BOB).unwrap()[0].email, "alice@example.org");
    }

    #[test]
    fn a_friendship_is_made_once_and_ended_from_either_side() {
        let site = fixture::site();
        add(&site.db, CAROL, ALICE).unwrap();
        add(&site.db, ALICE, CAROL).unwrap();
        let stored: String = site
            .db
            .query_row(
                "SELECT group_concat(user_1_id || '-' || user_2_id) FROM friends_assoc WHERE user_2_id = 4",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(stored, "2-4");
        assert!(remove(&site.db, CAROL, ALICE).unwrap());
        assert!(!remove(&site.db, ALICE, CAROL).unwrap());
        assert!(are(&site.db, ALICE, BOB).unwrap());
    }
}
