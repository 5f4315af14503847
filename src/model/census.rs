//! How many there are of everything, for administrators.

use rusqlite::Connection;

use super::{column, query};
use crate::error::Result;

/// Numbers of rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Census {
    /// Accounts.
    pub people: u64,
    /// Tracks, planned ones too.
    pub tracks: u64,
    /// Uploads that nobody has finished yet.
    pub waiting: u64,
}

/// Counts.
///
/// # Errors
/// What the database says.
pub fn take(db: &Connection) -> Result<Census> {
    let sql = "SELECT (SELECT count(*) FROM users) AS people, (SELECT count(*) FROM tracks) AS tracks,
        (SELECT count(*) FROM uploads) AS waiting";
    let found = query::find(db, "count people and tracks", sql, [], |row| {
        Ok(Census {
            people: column::count(row, "people")?,
            tracks: column::count(row, "tracks")?,
            waiting: column::count(row, "waiting")?,
        })
    })?;
    Ok(found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn everything_is_counted() {
        let census = take(&fixture::site().db).unwrap();
        assert_eq!((census.people, census.tracks), (4, 6));
        assert_eq!(take(&fixture::empty()).unwrap(), Census::default());
    }
}
