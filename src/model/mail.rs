//! The mails that wait to be sent, each beside the token that it brings.
//!
//! Rows of our own (`x_mail`), written in the transaction that makes the token, so that neither is there
//! without the other; a mail goes with its token, since without it its link leads nowhere. Who sends takes a
//! mail for a while: so two programs at the queue do not both send it, and one that crashes loses none.

use std::fmt;

use rusqlite::{Connection, Row, Transaction, TransactionBehavior};
use time::{Duration, PrimitiveDateTime};

use super::own::Table;
use super::{TokenId, column, failed, query, token};
use crate::clock;
use crate::error::Result;

const TABLE: Table = Table {
    name: "x_mail",
    of: "tokens",
    key: "token_id",
    columns: "message_id TEXT NOT NULL, recipient TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
              tries INTEGER NOT NULL, due DATETIME NOT NULL",
};

/// How long a mail is in the hands of who took it; then it counts as not sent.
const TAKEN: Duration = Duration::minutes(5);
/// How long a mail rests after each try that failed; the last one for all that follow.
const PAUSES: [Duration; 4] = [
    Duration::minutes(1),
    Duration::minutes(5),
    Duration::minutes(15),
    Duration::hours(1),
];

/// A mail to be written down.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMail<'a> {
    /// Its unique name, without angle brackets; the same at every try, so that a receiver sees one mail.
    pub message_id: &'a str,
    /// The address that it goes to.
    pub recipient: &'a str,
    /// The subject, one line.
    pub subject: &'a str,
    /// The text.
    pub body: &'a str,
}

impl fmt::Debug for NewMail<'_> {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("NewMail")
            .field("recipient", &self.recipient)
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A mail that waits.
#[derive(Clone, PartialEq, Eq)]
pub struct Mail {
    /// The token that it brings.
    pub token: TokenId,
    /// Its unique name, without angle brackets.
    pub message_id: String,
    /// The address that it goes to.
    pub recipient: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub body: String,
    /// How often it was tried, this time included.
    pub tries: usize,
    /// Until when its token is valid, UTC; then the mail is of no use.
    pub useful_until: PrimitiveDateTime,
}

impl fmt::Debug for Mail {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Mail")
            .field("token", &self.token)
            .field("recipient", &self.recipient)
            .field("subject", &self.subject)
            .field("tries", &self.tries)
            .field("useful_until", &self.useful_until)
            .finish_non_exhaustive()
    }
}

/// Writes a mail down, due at once. The caller holds the transaction in which the token was made.
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, token: TokenId, mail: &NewMail<'_>, now: PrimitiveDateTime) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT INTO x_mail (token_id, message_id, recipient, subject, body, tries, due)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6)";
    let NewMail {
        message_id,
        recipient,
        subject,
        body,
    } = mail;
    let params = (token, message_id, recipient, subject, body, clock::to_db(now));
    query::run(db, "write a mail down", sql, params).map(drop)
}

/// Whether any mail waits.
///
/// # Errors
/// What the database says.
pub fn any(db: &Connection) -> Result<bool> {
    if !TABLE.is_there(db)? {
        return Ok(false);
    }
    let sql = "SELECT 1 FROM x_mail LIMIT 1";
    Ok(query::find(db, "look for a mail", sql, [], |_| Ok(()))?.is_some())
}

/// Takes the mail that is due for longest at `now` (UTC): for some minutes nobody else gets it. One that is due later
/// than any pause is long was put off by a clock that has been set back since, and is due too.
///
/// # Errors
/// What the database says.
pub fn take(db: &Connection, now: PrimitiveDateTime) -> Result<Option<Mail>> {
    if !TABLE.is_there(db)? {
        return Ok(None);
    }
    let what = "take a mail";
    let hold = Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))?;
    let sql = "SELECT m.token_id AS token, m.message_id AS message_id, m.recipient AS recipient, m.subject AS subject,
           m.body AS body, m.tries + 1 AS tries, t.date AS date
         FROM x_mail m JOIN tokens t ON t.id = m.token_id WHERE m.due <= ?1 OR m.due > ?2
         ORDER BY m.due, m.token_id LIMIT 1";
    let times = [now, now + PAUSES[PAUSES.len() - 1]].map(clock::to_db);
    let found = query::find(&hold, what, sql, times, |row| read(row, now))?;
    if let Some(mail) = &found {
        let sql = "UPDATE x_mail SET tries = tries + 1, due = ?2 WHERE token_id = ?1";
        query::run(&hold, what, sql, (mail.token, clock::to_db(now + TAKEN)))?;
    }
    hold.commit().map_err(|e| failed(what, e))?;
    Ok(found)
}

/// Takes a mail out: it is sent, or given up.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, mail: &Mail) -> Result<()> {
    // The token's id may be another's by now.
    let sql = "DELETE FROM x_mail WHERE token_id = ?1 AND message_id = ?2";
    query::run(db, "take a mail out", sql, (mail.token, &mail.message_id)).map(drop)
}

/// Lets a mail that could not be sent rest, longer after each try; never past the end of its token, so that
/// somebody hears of it.
///
/// # Errors
/// What the database says.
pub fn put_off(db: &Connection, mail: &Mail, now: PrimitiveDateTime) -> Result<()> {
    let at = mail.tries.saturating_sub(1).min(PAUSES.len() - 1);
    let sql = "UPDATE x_mail SET due = ?3 WHERE token_id = ?1 AND message_id = ?2";
    let due = (now + PAUSES[at]).min(mail.useful_until + Duration::SECOND);
    let params = (mail.token, &mail.message_id, clock::to_db(due));
    query::run(db, "put a mail off", sql, params).map(drop)
}

fn read(row: &Row<'_>, now: PrimitiveDateTime) -> rusqlite::Result<Mail> {
    let text = |name: &str| column::text(row, name).map(Option::unwrap_or_default);
    Ok(Mail {
        token: row.get("token")?,
        message_id: text("message_id")?,
        recipient: text("recipient")?,
        subject: text("subject")?,
        body: text("body")?,
        tries: usize::try_from(column::count(row, "tries")?).unwrap_or(usize::MAX),
        useful_until: column::wall(row, "date")?.map_or(now, |made| made + token::LIFETIME),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE};
    use crate::model::token::Kind;
    use time::macros::datetime;

    const NOW: PrimitiveDateTime = datetime!(2026-11-22 9:16);

    fn write(db: &Connection, message_id: &str, at: PrimitiveDateTime) -> TokenId {
        let token = token::insert(db, ALICE, Kind::ResetPassword, at).unwrap();
        let mail = NewMail {
            message_id,
            recipient: "alice@example.org",
            subject: "Grüße",
            body: "Hallo\n",
        };
        insert(db, token.id, &mail, at).unwrap();
        token.id
    }

    #[test]
    fn a_mail_is_taken_by_one_and_again_only_when_that_one_is_lost() {
        let site = fixture::site();
        assert_eq!(take(&site.db, NOW).unwrap(), None);
        assert!(!any(&site.db).unwrap());
        write(&site.db, "one@x", NOW);
        write(&site.db, "two@x", NOW + Duration::SECOND);
        let one = take(&site.db, NOW + Duration::MINUTE).unwrap().unwrap();
        assert_eq!((one.message_id.as_str(), one.tries), ("one@x", 1));
        assert_eq!(one.useful_until, NOW + Duration::DAY);
        assert_eq!(one.subject, "Grüße");
        let two = take(&site.db, NOW + Duration::MINUTE).unwrap().unwrap();
        assert_eq!(two.message_id, "two@x");
        assert_eq!(take(&site.db, NOW + Duration::minutes(2)).unwrap(), None);
        delete(&site.db, &two).unwrap();
        let again = take(&site.db, NOW + Duration::minutes(7)).unwrap().unwrap();
        assert_eq!((again.message_id.as_str(), again.tries), ("one@x", 2));
        assert!(any(&site.db).unwrap());
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_no_mail() {
        let site = fixture::site();
        write(&site.db, "one@x", NOW);
        let mail = take(&site.db, NOW).unwrap().unwrap();
        put_off(&site.db, &mail, NOW).unwrap();
        assert_eq!(take(&site.db, NOW).unwrap(), None);
        let before = NOW - Duration::days(365);
        let again = take(&site.db, before).unwrap().unwrap();
        assert_eq!(again.message_id, "one@x");
        assert_eq!(take(&site.db, before).unwrap(), None);
    }

    #[test]
    fn a_mail_rests_longer_after_each_try_and_tells_when_it_is_of_no_use() {
        let site = fixture::site();
        write(&site.db, "one@x", NOW);
        let mut now = NOW;
        let mut rests = Vec::new();
        while now < NOW + Duration::hours(26) {
            if let Some(mail) = take(&site.db, now).unwrap() {
                rests.push((now - NOW).whole_minutes());
                if now > mail.useful_until {
                    delete(&site.db, &mail).unwrap();
                }
                put_off(&site.db, &mail, now).unwrap();
            }
            now += Duration::MINUTE;
        }
        assert_eq!(rests[..6], [0, 1, 6, 21, 81, 141]);
        assert_eq!(rests.last(), Some(&(24 * 60 + 1)), "{rests:?}");
        assert!(!any(&site.db).unwrap());
    }

    #[test]
    fn a_mail_goes_with_its_token_and_none_goes_for_another() {
        let site = fixture::site();
        let id = write(&site.db, "one@x", NOW);
        let taken = take(&site.db, NOW).unwrap().unwrap();
        token::delete(&site.db, id).unwrap();
        assert!(!any(&site.db).unwrap());
        assert_eq!(write(&site.db, "two@x", NOW), id, "ids are given out again");
        delete(&site.db, &taken).unwrap();
        put_off(&site.db, &taken, NOW + Duration::hours(1)).unwrap();
        assert_eq!(take(&site.db, NOW).unwrap().unwrap().message_id, "two@x");
    }
}
