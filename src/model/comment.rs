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

/// A comment of a user's own, as they take it with them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The track that it is on.
    pub track: Option<TrackId>,
    /// When, in UTC.
    pub date: Option<PrimitiveDateTime>,
    /// May be empty.
    pub title: String,
    /// Markdown; may be empty.
    pub text: String,
}

/// The comments that a user wrote, oldest first.
///
/// # Errors
/// What the database says.
pub fn list_of_author(db: &Connection, author: UserId) -> Result<Vec<Written>> {
    let sql = "SELECT track_id, date, title, text FROM comments WHERE author_id = ?1 ORDER BY id";
    query::list(db, "list a user's comments", sql, [author], |row| {
        Ok(Written {
            track: column::int(row, "track_id")?.map(TrackId),
            date: column::wall(row, "date")?,
            title: column::text(row, "title")?.unwrap_or_default(),
            text: column::text(row, "text")?.unwrap_or_default(),
        })
    })
}

/// Who wrote a comment on a track; the inner is absent when nobody is known.
///
/// # Errors
/// What the database says.
pub fn find_author(db: &Connection, track: TrackId, id: CommentId) -> Result<Option<Option<UserId>>> {
    let sql = "SELECT author_id FROM comments WHERE id = ?1 AND track_id = ?2";
    query::find(db, "look for a comment", sql, (id, track), |row| {
        Ok(column::int(row, "author_id")?.map(UserId))
    })
}

/// Deletes a comment.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, id: CommentId) -> Result<()> {
    query::run(db, "delete a comment", "DELETE FROM comments WHERE id = ?1", [id]).map(drop)
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

    #[test]
    fn a_comment_is_found_on_its_own_track_alone_and_goes() {
        let site = fixture::site();
        let id = insert(&site.db, TrackId(1), ALICE, datetime!(2026-11-22 9:16), "", "Thanks").unwrap();
        assert_eq!(find_author(&site.db, TrackId(1), id).unwrap(), Some(Some(ALICE)));
        assert_eq!(find_author(&site.db, TrackId(2), id).unwrap(), None);
        assert_eq!(list_of_author(&site.db, ALICE).unwrap()[0].text, "Thanks");
        delete(&site.db, id).unwrap();
        assert_eq!(find_author(&site.db, TrackId(1), id).unwrap(), None);
        assert_eq!(list(&site.db, TrackId(1)).unwrap().len(), 1);
    }
}
