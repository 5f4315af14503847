//! Favourites: the stars that users give to tracks. Whether one may see the track is asked first, of `access`.

use rusqlite::Connection;

use super::{TrackId, UserId, query};
use crate::error::Result;

/// Whether a track is a user's favourite.
///
/// # Errors
/// What the database says.
pub fn is(db: &Connection, track: TrackId, user: UserId) -> Result<bool> {
    let sql = "SELECT 1 FROM track_favourite_assoc WHERE track_id = ?1 AND user_id = ?2";
    Ok(query::find(db, "look for a favourite", sql, (track, user), |_| Ok(()))?.is_some())
}

/// The tracks that have a user's star, by id.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, user: UserId) -> Result<Vec<TrackId>> {
    let sql = "SELECT track_id FROM track_favourite_assoc WHERE user_id = ?1 ORDER BY track_id";
    query::list(db, "list a user's favourites", sql, [user], |row| row.get(0))
}

/// Gives the star or takes it away, and tells whether it is there now. The caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn toggle(db: &Connection, track: TrackId, user: UserId) -> Result<bool> {
    let sql = "DELETE FROM track_favourite_assoc WHERE track_id = ?1 AND user_id = ?2";
    if query::run(db, "remove a favourite", sql, (track, user))? > 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO track_favourite_assoc (track_id, user_id) VALUES (?1, ?2)";
    query::run(db, "add a favourite", sql, (track, user))?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    #[test]
    fn a_star_is_given_and_taken() {
        let site = fixture::site();
        let track = TrackId(1);
        assert!(is(&site.db, track, BOB).unwrap());
        assert!(!is(&site.db, track, ALICE).unwrap());
        assert!(!toggle(&site.db, track, BOB).unwrap());
        assert!(!is(&site.db, track, BOB).unwrap());
        assert!(toggle(&site.db, track, BOB).unwrap());
        assert!(is(&site.db, track, BOB).unwrap());
    }
}
