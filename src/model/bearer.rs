//! Tokens for programs: what a program shows instead of a password, made and revoked by a user.
//!
//! Rows of our own (`x_token`). Only a hash is kept: what the database gives away opens nothing. The token itself is
//! 32 random bytes, so a plain SHA-256 is enough and finds its row by an index.

use rusqlite::Connection;
use time::{Duration, PrimitiveDateTime};

use super::own::Table;
use super::{BearerId, UserId, column, query};
use crate::clock;
use crate::error::Result;
use crate::secret;

const TABLE: Table = Table {
    name: "x_token",
    of: "users",
    key: "user_id",
    columns: "name TEXT NOT NULL, hash BLOB NOT NULL UNIQUE, made DATETIME NOT NULL, used DATETIME",
};

/// What every token begins with, so that one is known for what it is wherever it turns up.
const PREFIX: &str = "fietsboek_";

/// How exactly it is kept when a token was last used: a request that only reads shall seldom write.
const RESOLUTION: Duration = Duration::hours(1);

/// A token as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// Its id.
    pub id: BearerId,
    /// What its owner calls it.
    pub name: String,
    /// When it was made, UTC.
    pub made: Option<PrimitiveDateTime>,
    /// When it was last used, UTC, to the hour; absent when never.
    pub used: Option<PrimitiveDateTime>,
}

/// Makes a token at `now` (UTC) and returns its text, which is kept nowhere.
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, user: UserId, name: &str, now: PrimitiveDateTime) -> Result<String> {
    TABLE.ensure_many(db)?;
    let text = format!("{PREFIX}{}", secret::base64url(&secret::random::<32>()?));
    let sql = "INSERT INTO x_token (user_id, name, hash, made) VALUES (?1, ?2, ?3, ?4)";
    let params = (user, name, secret::sha256(text.as_bytes()), clock::to_db(now));
    query::run(db, "make a program's token", sql, params)?;
    Ok(text)
}

/// The tokens of a user, the oldest first.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, user: UserId) -> Result<Vec<Bearer>> {
    if !TABLE.is_there(db)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, name, made, used FROM x_token WHERE user_id = ?1 ORDER BY id";
    query::list(db, "list a user's tokens", sql, [user], |row| {
        Ok(Bearer {
            id: row.get("id")?,
            name: column::text(row, "name")?.unwrap_or_default(),
            made: column::wall(row, "made")?,
            used: column::wall(row, "used")?,
        })
    })
}

/// Whose token a text is, used at `now` (UTC), which is noted once an hour.
///
/// # Errors
/// What the database says.
pub fn find_user(db: &Connection, text: &str, now: PrimitiveDateTime) -> Result<Option<UserId>> {
    if !text.starts_with(PREFIX) || !TABLE.is_there(db)? {
        return Ok(None);
    }
    let sql = "SELECT x.id AS id, u.id AS user, x.used AS used FROM x_token x JOIN users u ON u.id = x.user_id
         WHERE x.hash = ?1";
    let hash = secret::sha256(text.as_bytes());
    let found = query::find(db, "look for a program's token", sql, [hash], |row| {
        let id: BearerId = row.get("id")?;
        let user: UserId = row.get("user")?;
        Ok((id, user, column::wall(row, "used")?))
    })?;
    let Some((id, user, used)) = found else { return Ok(None) };
    if used.is_none_or(|used| (now - used).abs() >= RESOLUTION) {
        let sql = "UPDATE x_token SET used = ?2 WHERE id = ?1";
        query::run(db, "note the use of a program's token", sql, (id, clock::to_db(now)))?;
    }
    Ok(Some(user))
}

/// Revokes a token of a user, and tells whether it was there.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, user: UserId, id: BearerId) -> Result<bool> {
    if !TABLE.is_there(db)? {
        return Ok(false);
    }
    let sql = "DELETE FROM x_token WHERE id = ?1 AND user_id = ?2";
    Ok(query::run(db, "revoke a program's token", sql, (id, user))? > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};
    use time::macros::datetime;

    const NOW: PrimitiveDateTime = datetime!(2026-11-22 9:16);

    #[test]
    fn a_token_is_its_maker_s_until_it_is_revoked() {
        let site = fixture::site();
        assert!(list(&site.db, ALICE).unwrap().is_empty());
        assert_eq!(find_user(&site.db, "fietsboek_x", NOW).unwrap(), None);
        assert!(!delete(&site.db, ALICE, BearerId(1)).unwrap());
        let text = insert(&site.db, ALICE, "phone", NOW).unwrap();
        let other = insert(&site.db, ALICE, "clock", NOW).unwrap();
        assert_eq!(find_user(&site.db, &text, NOW).unwrap(), Some(ALICE));
        for wrong in ["", "fietsboek_", &text[..text.len() - 1], &text.to_uppercase()] {
            assert_eq!(find_user(&site.db, wrong, NOW).unwrap(), None, "{wrong}");
        }
        let id = list(&site.db, ALICE).unwrap()[0].id;
        assert!(!delete(&site.db, BOB, id).unwrap(), "it is not Bob's");
        assert!(delete(&site.db, ALICE, id).unwrap());
        assert_eq!(find_user(&site.db, &text, NOW).unwrap(), None);
        assert_eq!(find_user(&site.db, &other, NOW).unwrap(), Some(ALICE));
    }

    #[test]
    fn the_database_holds_no_token() {
        let site = fixture::site();
        let text = insert(&site.db, ALICE, "phone", NOW).unwrap();
        let stored = std::fs::read(site.temp.path().join("fietsboek.sqlite")).unwrap();
        let secret = text.strip_prefix(PREFIX).unwrap().as_bytes();
        assert!(!stored.windows(secret.len()).any(|window| window == secret));
    }

    #[test]
    fn the_use_is_noted_once_an_hour() {
        let site = fixture::site();
        let text = insert(&site.db, ALICE, "phone", NOW).unwrap();
        let used = || list(&site.db, ALICE).unwrap()[0].used;
        assert_eq!(used(), None);
        for (after, noted) in [(0, 0), (59, 0), (60, 60), (119, 60), (120, 120)] {
            find_user(&site.db, &text, NOW + Duration::minutes(after)).unwrap();
            assert_eq!(used(), Some(NOW + Duration::minutes(noted)), "{after}");
        }
    }

    #[test]
    fn the_next_user_of_an_id_has_no_token_of_the_last() {
        let site = fixture::site();
        let text = insert(&site.db, ALICE, "phone", NOW).unwrap();
        // The statement of the original, which knows nothing of the table.
        site.db.execute("DELETE FROM users WHERE id = 2", []).unwrap();
        site.db
            .execute("INSERT INTO users (id, name) VALUES (2, 'New')", [])
            .unwrap();
        assert_eq!(find_user(&site.db, &text, NOW).unwrap(), None);
        assert!(list(&site.db, ALICE).unwrap().is_empty());
    }
}
