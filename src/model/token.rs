//! Tokens: what is mailed to prove an address or to allow a new password. Used once, valid for a day.

use std::fmt;

use rusqlite::Connection;
use time::macros::datetime;
use time::{Duration, PrimitiveDateTime};

use super::{TokenId, UserId, column, query};
use crate::clock;
use crate::error::Result;
use crate::secret;

/// How long a token is valid.
pub const LIFETIME: Duration = Duration::hours(24);

/// What a token allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It marks the account as verified.
    VerifyEmail,
    /// It allows a new password.
    ResetPassword,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::VerifyEmail => "VERIFY_EMAIL",
            Kind::ResetPassword => "RESET_PASSWORD",
        }
    }

    fn find(name: &str) -> Option<Kind> {
        [Kind::VerifyEmail, Kind::ResetPassword]
            .into_iter()
            .find(|kind| kind.name() == name)
    }
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What it allows.
    pub kind: Kind,
    /// When it was made, UTC.
    pub made: PrimitiveDateTime,
}

impl Token {
    /// Whether it is valid no more; one from the future neither.
    pub fn is_expired(&self, now: PrimitiveDateTime) -> bool {
        (now - self.made).abs() > LIFETIME
    }
}

/// A token just made.
#[derive(Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Its id.
    pub id: TokenId,
    /// Its text, a random UUID: whoever has it may do what it allows.
    pub uuid: String,
}

impl fmt::Debug for NewToken {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NewToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Makes a token for a user at `now` (UTC). Earlier ones stay valid.
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, user: UserId, kind: Kind, now: PrimitiveDateTime) -> Result<NewToken> {
    let uuid = secret::uuid()?;
    let sql = "INSERT INTO tokens (user_id, uuid, token_type, date) VALUES (?1, ?2, ?3, ?4)";
    query::run(db, "make a token", sql, (user, &uuid, kind.name(), clock::to_db(now)))?;
    let id = TokenId(db.last_insert_rowid());
    Ok(NewToken { id, uuid })
}

/// How many tokens of a user are younger than `age` at `now` (UTC).
///
/// # Errors
/// What the database says.
pub fn count_younger(db: &Connection, user: UserId, age: Duration, now: PrimitiveDateTime) -> Result<u64> {
    let after = now.checked_sub(age).unwrap_or(PrimitiveDateTime::MIN);
    let sql = "SELECT count(*) FROM tokens WHERE user_id = ?1 AND replace(date, 'T', ' ') > ?2";
    let count = query::find(db, "count tokens", sql, (user, clock::to_db(after)), |row| {
        column::count(row, 0)
    })?;
    Ok(count.unwrap_or(0))
}

/// The token with a text, expired or not. One without a user, or of a kind that is not known, allows
/// nothing and is absent; one without a date counts as expired.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, uuid: &str) -> Result<Option<Token>> {
    let sql = "SELECT t.id AS id, u.id AS user, t.token_type AS kind, t.date AS date
         FROM tokens t JOIN users u ON u.id = t.user_id WHERE t.uuid = ?1";
    let token = query::find(db, "look for a token", sql, [uuid], |row| {
        let kind = column::text(row, "kind")?.and_then(|name| Kind::find(&name));
        let (id, user) = (row.get("id")?, row.get("user")?);
        let made = column::wall(row, "date")?.unwrap_or(datetime!(1970-01-01 0:00));
        Ok(kind.map(|kind| Token { id, user, kind, made }))
    })?;
    Ok(token.flatten())
}

/// Deletes a token, because it was used.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, id: TokenId) -> Result<()> {
    query::run(db, "delete a token", "DELETE FROM tokens WHERE id = ?1", [id]).map(drop)
}

/// Deletes every token of a user: once the address is proven and the password new, none is needed.
///
/// # Errors
/// What the database says.
pub fn delete_of(db: &Connection, user: UserId) -> Result<()> {
    query::run(db, "delete tokens", "DELETE FROM tokens WHERE user_id = ?1", [user]).map(drop)
}

/// Deletes the tokens that are older than [`LIFETIME`] at `now` (UTC) and tells how many; one statement.
///
/// # Errors
/// What the database says.
pub fn delete_expired(db: &Connection, now: PrimitiveDateTime) -> Result<usize> {
    let before = now.checked_sub(LIFETIME).unwrap_or(PrimitiveDateTime::MIN);
    let sql = "DELETE FROM tokens WHERE replace(date, 'T', ' ') < ?1";
    query::run(db, "delete old tokens", sql, [clock::to_db(before)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    const NOW: PrimitiveDateTime = datetime!(2026-11-22 9:16);

    #[test]
    fn a_token_is_found_by_its_text_until_it_is_used() {
        let site = fixture::site();
        let uuid = insert(&site.db, ALICE, Kind::ResetPassword, NOW).unwrap().uuid;
        let token = find(&site.db, &uuid).unwrap().unwrap();
        assert_eq!((token.user, token.kind, token.made), (ALICE, Kind::ResetPassword, NOW));
        assert_eq!(find(&site.db, "nonsense").unwrap(), None);
        delete(&site.db, token.id).unwrap();
        assert_eq!(find(&site.db, &uuid).unwrap(), None);
    }

    #[test]
    fn a_token_is_valid_for_a_day() {
        let site = fixture::site();
        let uuid = insert(&site.db, ALICE, Kind::VerifyEmail, NOW).unwrap().uuid;
        let token = find(&site.db, &uuid).unwrap().unwrap();
        assert!(!token.is_expired(NOW + LIFETIME));
        let late = NOW + LIFETIME + Duration::microseconds(1);
        assert!(token.is_expired(late));
        assert!(token.is_expired(NOW - LIFETIME - Duration::SECOND));
        assert_eq!(delete_expired(&site.db, NOW + LIFETIME).unwrap(), 0);
        assert_eq!(delete_expired(&site.db, late).unwrap(), 1);
    }

    #[test]
    fn the_young_ones_are_counted_and_all_of_a_user_go() {
        let site = fixture::site();
        delete_of(&site.db, ALICE).unwrap();
        for minutes in [0, 59, 60, 300] {
            insert(&site.db, ALICE, Kind::ResetPassword, NOW - Duration::minutes(minutes)).unwrap();
        }
        let uuid = insert(&site.db, BOB, Kind::ResetPassword, NOW).unwrap().uuid;
        let hour = Duration::hours(1);
        assert_eq!(count_younger(&site.db, ALICE, hour, NOW).unwrap(), 2);
        delete_of(&site.db, ALICE).unwrap();
        assert_eq!(count_younger(&site.db, ALICE, Duration::days(1), NOW).unwrap(), 0);
        assert!(find(&site.db, &uuid).unwrap().is_some());
    }

    #[test]
    fn what_a_damaged_row_would_grant_is_void() {
        let site = fixture::site();
        let rows = "INSERT INTO tokens (user_id, uuid, token_type, date) VALUES
             (99, 'gone', 'VERIFY_EMAIL', '2026-11-22 09:16:00.000000'),
             (2, 'kind', 'SUPERUSER', '2026-11-22 09:16:00.000000'),
             (2, 'undated', 'VERIFY_EMAIL', NULL)";
        site.db.execute(rows, []).unwrap();
        assert_eq!(find(&site.db, "gone").unwrap(), None);
        assert_eq!(find(&site.db, "kind").unwrap(), None);
        assert!(find(&site.db, "undated").unwrap().unwrap().is_expired(NOW));
    }
}
