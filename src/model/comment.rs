//! Comments under a track. Who may write one is `access`'s.

use rusqlite::Connection;
use time::PrimitiveDateTime;
use time::macros::datetime;

use super::{CommentId, TrackId, UserId, column, query};
use crate::clock;
use crate::error::Result;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id; comments stand in the order of their ids.
    pub id: CommentId,
    /// Who wrote it; absent when the account is gone.
    pub author: Option<UserId>,
    /// The author's name; empty when the account is gone.
    pub author_name: String,
    /// When, in UTC; the epoch when it is not known.
    pub date: PrimitiveDateTime,
    /// May be empty.
    pub title: String,
    /// Markdown; may be empty.
    pub text: String,
}

/// The comments on a track, oldest first.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, track: TrackId) -> Result<Vec<Comment>> {
    let sql = "SELECT c.id AS id, u.id AS author, u.name AS name, c.date AS date, c.title AS title, c.text AS text
         FROM comments c LEFT JOIN users u ON u.id = c.author_id WHERE c.track_id = ?1 ORDER BY c.id";
    query::list(db, "list a track's comments", sql, [track], |row| {
        Ok(Comment {
            id: row.get("id")?,
            author: column::int(row, "author")?.map(UserId),
            author_name: column::text(row, "name")?.unwrap_or_default(),
            date: column::wall(row, "date")?.unwrap_or(datetime!(1970-01-01 0:00)),
            title: column::text(row, "title")?.unwrap_or_default(),
            text: column::text(row, "text")?.unwrap_or_default(),
        })
    })
}

/// Adds a comment, dated `at` (UTC).
///
/// # Errors
/// What the database says.
pub fn insert(
    db: &Connection,
    track: TrackId,
    author: UserId,
    at: PrimitiveDateTime,
    title: &str,
    text: &str,
) -> Result<CommentId> {
    let sql = "INSERT INTO comments (author_id, track_id, date, title, text) VALUES (?1, ?2, ?3, ?4, ?5)";
    query::run(db, "add a comment", sql, (author, track, clock::to_db(at), title, text))?;
    Ok(CommentId(db.last_insert_rowid()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    #[test]
    fn comments_are_listed_with_their_authors_in_the_order_written() {
        let site = fixture::site();
        let at = datetime!(2026-11-22 9:16:00.5);
        let id = insert(&site.db, TrackId(1), ALICE, at, "", "Thanks").unwrap();
        let all = list(&site.db, TrackId(1)).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].author, all[0].author_name.as_str()), (Some(BOB), "Bob"));
        assert_eq!(all[0].text, "Great _view_! <img src=x>");
        assert_eq!((all[1].id, all[1].date, all[1].text.as_str()), (id, at, "Thanks"));
    }

    #[test]
    fn a_comment_of_nobody_without_text_is_read() {
        let db = fixture::empty();
        db.execute("INSERT INTO comments (track_id, author_id) VALUES (1, 99)", [])
            .unwrap();
        let all = list(&db, TrackId(1)).unwrap();
        assert_eq!((all[0].author, all[0].text.as_str()), (None, ""));
    }
}
