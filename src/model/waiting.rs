//! What is known of the file of an upload beside its bytes: read once when it comes, so that a list of uploads
//! reads none.
//!
//! Rows of our own (`x_uploads`); an upload of the original has none until somebody has read it.

use rusqlite::{Connection, Row};

use super::fingerprint::Fingerprint;
use super::line::{self, Pieces};
use super::own::Table;
use super::upload::{self, Upload};
use super::{UploadId, UserId, column, query};
use crate::error::Result;

const TABLE: Table = Table {
    name: "x_uploads",
    of: "uploads",
    key: "upload_id",
    columns: "file_name TEXT, title TEXT, length FLOAT, line TEXT NOT NULL, hash BLOB NOT NULL",
};

/// What is known of an uploaded file.
#[derive(Debug, Clone, PartialEq)]
pub struct About {
    /// The name that it had at the visitor's.
    pub file_name: Option<String>,
    /// What it calls itself.
    pub title: Option<String>,
    /// Length of the recording, m.
    pub length: f64,
    /// Its simplified line.
    pub line: Pieces,
    /// Its points, see `fingerprint`.
    pub points: Fingerprint,
}

/// An upload that waits to be finished.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The upload.
    pub upload: Upload,
    /// What is known of its file, once it was read.
    pub about: Option<About>,
}

/// Keeps what is known of an upload.
///
/// # Errors
/// What the database says.
pub fn set(db: &Connection, id: UploadId, about: &About) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT INTO x_uploads (upload_id, file_name, title, length, line, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (upload_id) DO UPDATE SET file_name = excluded.file_name, title = excluded.title,
            length = excluded.length, line = excluded.line, hash = excluded.hash";
    let line = line::to_text(&about.line);
    let params = (
        id,
        &about.file_name,
        &about.title,
        about.length,
        line,
        &about.points[..],
    );
    query::run(db, "keep what is known of an upload", sql, params).map(drop)
}

/// What is known of an upload.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, id: UploadId) -> Result<Option<About>> {
    if !TABLE.is_there(db)? {
        return Ok(None);
    }
    let sql = "SELECT file_name, title, length, line, hash FROM x_uploads WHERE upload_id = ?1";
    Ok(query::find(db, "read what is known of an upload", sql, [id], read)?.flatten())
}

/// The first upload of a user with these points.
///
/// # Errors
/// What the database says.
pub fn find_same(db: &Connection, owner: UserId, points: &Fingerprint) -> Result<Option<UploadId>> {
    if !TABLE.is_there(db)? {
        return Ok(None);
    }
    let sql = "SELECT u.id AS id FROM uploads u JOIN x_uploads x ON x.upload_id = u.id
         WHERE u.owner_id = ?1 AND x.hash = ?2 ORDER BY u.id LIMIT 1";
    query::find(db, "look for an upload", sql, (owner, &points[..]), |row| row.get("id"))
}

/// The uploads of a user, oldest first, at most so many.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, owner: UserId, most: usize) -> Result<Vec<Waiting>> {
    let uploads = upload::list(db, owner)?.into_iter().take(most);
    uploads
        .map(|upload| {
            let about = find(db, upload.id)?;
            Ok(Waiting { upload, about })
        })
        .collect()
}

/// A row; none when it is damaged: then it is made again.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<About>> {
    let line = column::text(row, "line")?.and_then(|text| line::from_text(&text));
    let points = Fingerprint::try_from(column::blob(row, "hash")?).ok();
    let (Some(line), Some(points)) = (line, points) else {
        return Ok(None);
    };
    Ok(Some(About {
        file_name: column::text(row, "file_name")?,
        title: column::text(row, "title")?,
        length: column::real(row, "length")?.unwrap_or(0.0),
        line,
        points,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    fn about() -> About {
        About {
            file_name: Some("café <1>.gpx".into()),
            title: None,
            length: 1234.5,
            line: vec![vec![(48.5, -7.25), (48.6, -7.5)]],
            points: [7; 32],
        }
    }

    #[test]
    fn what_is_known_of_an_upload_goes_with_it() {
        let site = fixture::site();
        let first = list(&site.db, ALICE, 10).unwrap();
        assert!(first.len() == 1 && first[0].about.is_none());
        let id = first[0].upload.id;
        set(&site.db, id, &about()).unwrap();
        assert_eq!(list(&site.db, ALICE, 10).unwrap()[0].about, Some(about()));
        assert!(list(&site.db, ALICE, 0).unwrap().is_empty());
        assert_eq!(find_same(&site.db, ALICE, &[7; 32]).unwrap(), Some(id));
        assert_eq!(find_same(&site.db, BOB, &[7; 32]).unwrap(), None);
        assert_eq!(find_same(&site.db, ALICE, &[8; 32]).unwrap(), None);
        site.db.execute("DELETE FROM uploads", []).unwrap();
        assert_eq!(find(&site.db, id).unwrap(), None);
    }

    #[test]
    fn a_damaged_row_is_none() {
        let site = fixture::site();
        let id = list(&site.db, ALICE, 1).unwrap()[0].upload.id;
        set(&site.db, id, &about()).unwrap();
        for change in ["line = 'x'", "hash = 'short'"] {
            site.db.execute(&format!("UPDATE x_uploads SET {change}"), []).unwrap();
            assert_eq!(find(&site.db, id).unwrap(), None, "{change}");
            set(&site.db, id, &about()).unwrap();
        }
    }
}
