//! Badges: small pictures that administrators make and owners put on their tracks.

use rusqlite::{Connection, Row};

use super::{BadgeId, TrackId, column, query};
use crate::error::{Error, Result};

/// A badge; its picture is asked for by itself ([`find_image`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Badge {
    /// Its id.
    pub id: BadgeId,
    /// What it is called.
    pub title: String,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Badge> {
    Ok(Badge {
        id: row.get("id")?,
        title: column::text(row, "title")?.unwrap_or_default(),
    })
}

/// All badges by id.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection) -> Result<Vec<Badge>> {
    let sql = "SELECT id, title FROM badges ORDER BY id";
    query::list(db, "list the badges", sql, [], read)
}

/// The badges on a track, by id.
///
/// # Errors
/// What the database says.
pub fn list_of_track(db: &Connection, track: TrackId) -> Result<Vec<Badge>> {
    let sql = "SELECT b.id AS id, b.title AS title FROM badges b
         JOIN track_badge_assoc a ON a.badge_id = b.id WHERE a.track_id = ?1 ORDER BY b.id";
    query::list(db, "list a track's badges", sql, [track], read)
}

/// A badge's picture as it was uploaded; absent when there is no such badge. Its type is not stored.
///
/// # Errors
/// What the database says.
pub fn find_image(db: &Connection, id: BadgeId) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT image FROM badges WHERE id = ?1";
    query::find(db, "read a badge's picture", sql, [id], |row| {
        column::blob(row, "image")
    })
}

/// A badge as administrators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Used {
    /// The badge.
    pub badge: Badge,
    /// How many tracks it is on.
    pub tracks: u64,
    /// The size of its picture, bytes.
    pub size: u64,
}

/// All badges by id, with how often they are used.
///
/// # Errors
/// What the database says.
pub fn list_used(db: &Connection) -> Result<Vec<Used>> {
    let sql = "SELECT b.id AS id, b.title AS title, length(b.image) AS size,
            (SELECT count(*) FROM track_badge_assoc a WHERE a.badge_id = b.id) AS tracks
         FROM badges b ORDER BY b.id";
    query::list(db, "list the badges and their use", sql, [], |row| {
        Ok(Used {
            badge: read(row)?,
            tracks: column::count(row, "tracks")?,
            size: column::count(row, "size")?,
        })
    })
}

/// Makes a badge. What the picture is, the caller has checked.
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, title: &str, image: &[u8]) -> Result<BadgeId> {
    let sql = "INSERT INTO badges (title, image) VALUES (?1, ?2)";
    query::run(db, "make a badge", sql, (title, image))?;
    Ok(BadgeId(db.last_insert_rowid()))
}

/// Gives a badge another title, and another picture if there is one.
///
/// # Errors
/// `NotFound` when there is no such badge; what the database says.
pub fn change(db: &Connection, id: BadgeId, title: &str, image: Option<&[u8]>) -> Result<()> {
    let sql = "UPDATE badges SET title = ?2, image = coalesce(?3, image) WHERE id = ?1";
    found(id, query::run(db, "change a badge", sql, (id, title, image))?)
}

/// Deletes a badge and takes it off every track. The caller holds the transaction.
///
/// # Errors
/// `NotFound` when there is no such badge; what the database says.
pub fn delete(db: &Connection, id: BadgeId) -> Result<()> {
    let sql = "DELETE FROM track_badge_assoc WHERE badge_id = ?1";
    query::run(db, "take a badge off its tracks", sql, [id])?;
    let sql = "DELETE FROM badges WHERE id = ?1";
    found(id, query::run(db, "delete a badge", sql, [id])?)
}

fn found(id: BadgeId, rows: usize) -> Result<()> {
    match rows {
        0 => Err(Error::NotFound(format!("no badge {id}"))),
        _ => Ok(()),
    }
}

/// Makes the badges of a track those that are wanted. The caller holds the transaction.
///
/// # Errors
/// `Invalid` when there is no such badge; what the database says.
pub fn set(db: &Connection, track: TrackId, wanted: &[BadgeId]) -> Result<()> {
    let sql = "DELETE FROM track_badge_assoc WHERE track_id = ?1";
    query::run(db, "take the badges off a track", sql, [track])?;
    for badge in wanted {
        let sql = "INSERT OR IGNORE INTO track_badge_assoc (track_id, badge_id)
             SELECT ?1, id FROM badges WHERE id = ?2";
        let known = "SELECT 1 FROM badges WHERE id = ?1";
        if query::find(db, "look for a badge", known, [badge], |_| Ok(()))?.is_none() {
            return Err(Error::Invalid(format!("there is no badge {badge}")));
        }
        query::run(db, "put a badge on a track", sql, (track, badge))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn the_badges_of_the_instance_are_read() {
        let site = fixture::site();
        let all = list(&site.db).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].title, "Everesting");
        assert_eq!(list_of_track(&site.db, TrackId(1)).unwrap(), all);
        assert!(list_of_track(&site.db, TrackId(2)).unwrap().is_empty());
        let image = find_image(&site.db, all[0].id).unwrap().unwrap();
        assert!(image.starts_with(b"\x89PNG"));
        assert_eq!(find_image(&site.db, BadgeId(2)).unwrap(), None);
    }

    #[test]
    fn badges_are_made_changed_and_deleted() {
        let site = fixture::site();
        let id = insert(&site.db, "New", b"GIF89a").unwrap();
        set(&site.db, TrackId(2), &[id]).unwrap();
        change(&site.db, id, "Newer", None).unwrap();
        let newest = list_used(&site.db).unwrap().pop().unwrap();
        assert_eq!(
            (newest.badge.title.as_str(), newest.tracks, newest.size),
            ("Newer", 1, 6)
        );
        change(&site.db, id, "Newest", Some(b"RIFF")).unwrap();
        assert_eq!(find_image(&site.db, id).unwrap().unwrap(), b"RIFF");
        delete(&site.db, id).unwrap();
        assert!(list_of_track(&site.db, TrackId(2)).unwrap().is_empty());
        assert_eq!(list_used(&site.db).unwrap().len(), 1);
        for result in [change(&site.db, id, "x", None), delete(&site.db, id)] {
            assert!(matches!(result, Err(Error::NotFound(_))));
        }
    }

    #[test]
    fn badges_are_put_on_and_taken_off_and_unknown_ones_refused() {
        let site = fixture::site();
        let (track, badge) = (TrackId(2), BadgeId(1));
        set(&site.db, track, &[badge, badge]).unwrap();
        assert_eq!(list_of_track(&site.db, track).unwrap().len(), 1);
        set(&site.db, track, &[]).unwrap();
        assert!(list_of_track(&site.db, track).unwrap().is_empty());
        assert!(matches!(set(&site.db, track, &[BadgeId(7)]), Err(Error::Invalid(_))));
    }
}
