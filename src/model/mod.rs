//! The nouns: one file each, with its rows, its statements and its rules.
//!
//! Statements stand here and nowhere else; they name their columns, so what another version left in a
//! table is neither read nor lost. Functions take the connection; where several statements belong
//! together the caller holds the transaction, and the function says so. Nothing here knows HTTP, a
//! language or the configuration.

pub mod access;
pub mod badge;
pub mod bearer;
pub mod browse;
pub mod card;
pub mod census;
mod column;
pub mod comment;
pub mod cut_figures;
pub mod derived;
pub mod favourite;
pub mod figures;
pub mod files;
mod filter;
pub mod fingerprint;
#[cfg(test)]
mod fixture;
pub mod friend;
pub mod friend_request;
pub mod id;
pub mod image;
pub mod inspect;
pub mod last_run;
pub mod line;
pub mod mail;
pub mod order;
pub mod orphan;
pub mod overlay;
pub mod own;
pub mod person;
pub mod photo_place;
pub mod preview;
pub mod profile;
pub(crate) mod query;
pub mod removal;
pub mod rendition;
pub mod snapshot;
pub mod space;
pub mod staged;
pub mod storage;
pub mod summary;
pub mod swap;
pub mod tag;
pub mod token;
pub mod track;
pub mod trackdir;
pub mod tracklock;
pub mod trash;
pub mod unfinished;
pub mod upload;
pub mod user;
pub mod waiting;
pub mod zone;

pub use id::{BadgeId, BearerId, CommentId, FriendRequestId, TokenId, TrackId, UploadId, UserId, ZoneId};

pub use crate::db::failed;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;
    use rusqlite::Connection;

    fn error_of(db: &Connection, sql: &str) -> Error {
        failed("try", db.execute(sql, []).unwrap_err())
    }

    #[test]
    fn a_missing_table_or_column_makes_the_instance_unavailable() {
        let db = fixture::empty();
        for sql in [
            "DELETE FROM trails",
            "DELETE FROM tracks WHERE colour = 1",
            "INSERT INTO tracks (colour) VALUES (1)",
        ] {
            let error = error_of(&db, sql);
            assert!(matches!(error, Error::Unavailable(_)), "{sql}: {error:?}");
            assert!(!error.text().contains("FROM"), "{error}");
        }
    }

    #[test]
    fn a_violated_constraint_has_failed_with_its_cause() {
        let db = fixture::empty();
        db.execute("INSERT INTO tags (track_id, tag) VALUES (1, 'a')", [])
            .unwrap();
        let error = error_of(&db, "INSERT INTO tags (track_id, tag) VALUES (1, 'a')");
        assert!(
            matches!(&error, Error::Failed(text) if text.contains("UNIQUE constraint failed")),
            "{error:?}"
        );
    }

    #[test]
    fn a_locked_database_is_busy() {
        let site = fixture::site();
        let path = site.db.path().unwrap().to_owned();
        let other = Connection::open(path).unwrap();
        other.busy_timeout(std::time::Duration::ZERO).unwrap();
        site.db.execute_batch("BEGIN EXCLUSIVE").unwrap();
        assert!(matches!(error_of(&other, "DELETE FROM tags"), Error::Busy(_)));
    }

    #[test]
    fn a_file_that_is_no_database_makes_the_instance_unavailable() {
        let temp = fixture::temp();
        let path = temp.path().join("not-a-database");
        std::fs::write(&path, "x".repeat(4096)).unwrap();
        let db = Connection::open(path).unwrap();
        assert!(matches!(error_of(&db, "DELETE FROM tags"), Error::Unavailable(_)));
    }
}
