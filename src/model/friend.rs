//! Friendships. They hold both ways and are stored once, in either column.

use rusqlite::{Connection, named_params};

use super::access::FRIENDS;
use super::{UserId, column, fold, query};
use crate::error::Result;

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
}
