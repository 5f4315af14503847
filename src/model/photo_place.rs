//! Where a photo stands on its track's map, where the owner has chosen. No row: as the photo says, else by its time.

use std::collections::HashMap;

use rusqlite::Connection;

use super::own::Table;
use super::{TrackId, column, failed, query};
use crate::error::Result;

const TABLE: Table = Table {
    name: "x_photo_places",
    of: "tracks",
    key: "track_id",
    columns: "name TEXT NOT NULL, choice TEXT NOT NULL",
};

/// What an owner may choose.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Choice {
    /// Where it was taken, as it says itself; by its time where it does not.
    #[default]
    Photo,
    /// Where the track was when it was taken.
    Time,
    /// Nowhere.
    Nowhere,
}

impl Choice {
    /// All of them.
    pub const ALL: [Choice; 3] = [Choice::Photo, Choice::Time, Choice::Nowhere];

    /// Its name in forms and in the database.
    pub fn name(self) -> &'static str {
        match self {
            Choice::Photo => "photo",
            Choice::Time => "time",
            Choice::Nowhere => "nowhere",
        }
    }

    /// The one of that name.
    pub fn find(name: &str) -> Option<Choice> {
        Choice::ALL.into_iter().find(|choice| choice.name() == name)
    }
}

/// What was chosen for the photos of a track, by their names. What cannot be read is nowhere.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, track: TrackId) -> Result<HashMap<String, Choice>> {
    if !TABLE.is_there(db)? {
        return Ok(HashMap::new());
    }
    let sql = "SELECT name, choice FROM x_photo_places WHERE track_id = ?1";
    let rows = query::list(db, "read the places of photos", sql, [track], |row| {
        let choice = column::text(row, "choice")?.unwrap_or_default();
        let name = column::text(row, "name")?.unwrap_or_default();
        Ok((name, Choice::find(&choice).unwrap_or(Choice::Nowhere)))
    })?;
    Ok(rows.into_iter().collect())
}

/// Keeps what was chosen for a photo. The caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn choose(db: &Connection, track: TrackId, name: &str, choice: Choice) -> Result<()> {
    TABLE.ensure_many(db)?;
    let what = "keep the place of a photo";
    let delete = "DELETE FROM x_photo_places WHERE track_id = ?1 AND name = ?2";
    db.execute(delete, (track, name)).map_err(|e| failed(what, e))?;
    if choice != Choice::default() {
        let insert = "INSERT INTO x_photo_places (track_id, name, choice) VALUES (?1, ?2, ?3)";
        let row = (track, name, choice.name());
        db.execute(insert, row).map_err(|e| failed(what, e))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn what_was_chosen_last_counts_and_goes_with_the_track() {
        let site = fixture::site();
        let (one, other) = (TrackId(1), TrackId(2));
        assert!(list(&site.db, one).unwrap().is_empty());
        choose(&site.db, one, "a.png", Choice::Time).unwrap();
        choose(&site.db, one, "a.png", Choice::Nowhere).unwrap();
        choose(&site.db, one, "b.png", Choice::Time).unwrap();
        choose(&site.db, other, "a.png", Choice::Time).unwrap();
        choose(&site.db, one, "b.png", Choice::Photo).unwrap();
        let known = list(&site.db, one).unwrap();
        assert_eq!(known, HashMap::from([("a.png".to_owned(), Choice::Nowhere)]));
        site.db.execute("DELETE FROM tracks WHERE id = 1", []).unwrap();
        assert!(list(&site.db, one).unwrap().is_empty());
        assert_eq!(list(&site.db, other).unwrap().len(), 1);
    }
}
