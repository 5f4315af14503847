//! Uploads: files that were sent and wait to become a track. What is inside is not known here.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use rusqlite::{Connection, Row};
use time::PrimitiveDateTime;
use time::macros::datetime;

use super::{UploadId, UserId, column, query};
use crate::clock;
use crate::error::{Error, Result};
use crate::memory;

/// An upload; its bytes are asked for by themselves ([`find_gpx`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id.
    pub id: UploadId,
    /// Who sent it.
    pub owner: Option<UserId>,
    /// When, in UTC; the epoch when it is not known.
    pub at: PrimitiveDateTime,
}

/// Packs a GPX as the table holds it: gzip.
///
/// # Errors
/// What the packer says, which writes to memory alone.
pub fn compress(gpx: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer
        .write_all(gpx)
        .and_then(|()| packer.finish())
        .map_err(|e| Error::Failed(format!("cannot compress an upload: {e}")))
}

/// Unpacks what [`compress`] or the original packed, into `limit` bytes at most.
///
/// # Errors
/// As [`unpack`]; `Busy` without the memory for it.
pub fn decompress(packed: &[u8], limit: usize) -> Result<Vec<u8>> {
    let mut gpx = Vec::new();
    let mut bounded = MultiGzDecoder::new(packed).take(limit as u64 + 1);
    memory::read_to_end(&mut bounded, &mut gpx).map_err(|e| Error::of_io("decompress an upload", &e))?;
    check_size(gpx.len() as u64, limit)?;
    Ok(gpx)
}

/// The same piece by piece.
///
/// # Errors
/// `TooLarge` beyond the limit, `Failed` when it is not gzip, is cut short, or cannot be written.
pub fn unpack(packed: &[u8], limit: usize, mut out: &mut dyn Write) -> Result<()> {
    let mut bounded = MultiGzDecoder::new(packed).take(limit as u64 + 1);
    let size = std::io::copy(&mut bounded, &mut out);
    let size = size.map_err(|e| Error::of_io("decompress an upload", &e))?;
    check_size(size, limit)
}

fn check_size(size: u64, limit: usize) -> Result<()> {
    match size > limit as u64 {
        true => Err(Error::TooLarge(format!(
            "an upload is larger than {limit} bytes unpacked"
        ))),
        false => Ok(()),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Upload> {
    Ok(Upload {
        id: row.get("id")?,
        owner: column::int(row, "owner_id")?.map(UserId),
        at: column::wall(row, "uploaded_at")?.unwrap_or(datetime!(1970-01-01 0:00)),
    })
}

/// Keeps a packed GPX ([`compress`]) that was sent at `at` (UTC).
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, owner: UserId, at: PrimitiveDateTime, gpx_gz: &[u8]) -> Result<UploadId> {
    let sql = "INSERT INTO uploads (uploaded_at, owner_id, gpx) VALUES (?1, ?2, ?3)";
    query::run(db, "keep an upload", sql, (clock::to_db(at), owner, gpx_gz))?;
    Ok(UploadId(db.last_insert_rowid()))
}

/// The upload with an id. Its owner and administrators may see it, nobody else.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, id: UploadId) -> Result<Option<Upload>> {
    let sql = "SELECT id, owner_id, uploaded_at FROM uploads WHERE id = ?1";
    query::find(db, "read an upload", sql, [id], read)
}

/// The packed bytes of an upload.
///
/// # Errors
/// What the database says.
pub fn find_gpx(db: &Connection, id: UploadId) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT gpx FROM uploads WHERE id = ?1";
    query::find(db, "read an upload's file", sql, [id], |row| column::blob(row, "gpx"))
}

/// The uploads of a user, oldest first.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, owner: UserId) -> Result<Vec<Upload>> {
    let sql = "SELECT id, owner_id, uploaded_at FROM uploads WHERE owner_id = ?1 ORDER BY id";
    query::list(db, "list a user's uploads", sql, [owner], read)
}

/// All uploads, oldest first.
///
/// # Errors
/// What the database says.
pub fn list_all(db: &Connection) -> Result<Vec<Upload>> {
    let sql = "SELECT id, owner_id, uploaded_at FROM uploads ORDER BY id";
    query::list(db, "list the uploads", sql, [], read)
}

/// Deletes an upload that was looked at before; false when it is gone meanwhile, its id perhaps given to another.
/// The caller holds the (immediate) transaction.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, upload: &Upload) -> Result<bool> {
    if find(db, upload.id)?.as_ref() != Some(upload) {
        return Ok(false);
    }
    let sql = "DELETE FROM uploads WHERE id = ?1";
    query::run(db, "delete an upload", sql, [upload.id]).map(|_| true)
}

/// Deletes one of the uploads that were sent before an instant (UTC); absent when there are no more.
/// One at a time, because each may be large; one statement, because the id may be another's by now.
///
/// # Errors
/// What the database says.
pub fn delete_one_older(db: &Connection, before: PrimitiveDateTime) -> Result<Option<UploadId>> {
    let sql = "DELETE FROM uploads WHERE id = (
         SELECT id FROM uploads WHERE replace(uploaded_at, 'T', ' ') < ?1 ORDER BY id LIMIT 1) RETURNING id";
    let before = clock::to_db(before);
    query::find(db, "delete an old upload", sql, [before], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    const LIMIT: usize = 1 << 20;

    #[test]
    fn the_upload_of_the_instance_is_read() {
        let site = fixture::site();
        let all = list(&site.db, ALICE).unwrap();
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].at, datetime!(2026-11-22 08:29:51.311464));
        assert_eq!(find(&site.db, all[0].id).unwrap().as_ref(), all.first());
        let packed = find_gpx(&site.db, all[0].id).unwrap().unwrap();
        let gpx = decompress(&packed, LIMIT).unwrap();
        assert!(String::from_utf8(gpx).unwrap().contains("<gpx"));
    }

    #[test]
    fn what_is_kept_is_found_until_it_is_deleted() {
        let site = fixture::site();
        let packed = compress(b"<gpx/>").unwrap();
        let id = insert(&site.db, BOB, clock::now_wall(), &packed).unwrap();
        assert_eq!(find_gpx(&site.db, id).unwrap(), Some(packed.clone()));
        assert_eq!(decompress(&packed, LIMIT).unwrap(), b"<gpx/>");
        let kept = find(&site.db, id).unwrap().unwrap();
        assert!(delete(&site.db, &kept).unwrap());
        assert_eq!(find(&site.db, id).unwrap(), None);
        assert!(!delete(&site.db, &kept).unwrap());
    }

    #[test]
    fn another_upload_that_got_the_id_meanwhile_is_left_alone() {
        let site = fixture::site();
        let id = insert(&site.db, BOB, clock::now_wall(), b"one").unwrap();
        let gone = find(&site.db, id).unwrap().unwrap();
        assert!(delete(&site.db, &gone).unwrap());
        let next = insert(&site.db, ALICE, clock::now_wall(), b"other").unwrap();
        assert_eq!(next, id, "ids are given out again");
        assert!(!delete(&site.db, &gone).unwrap());
        assert!(find(&site.db, id).unwrap().is_some());
    }

    #[test]
    fn only_older_ones_are_deleted() {
        let site = fixture::site();
        let at = datetime!(2026-11-22 08:29:51.311464);
        assert_eq!(delete_one_older(&site.db, at).unwrap(), None);
        let late = at + time::Duration::microseconds(1);
        let id = list(&site.db, ALICE).unwrap()[0].id;
        assert_eq!(delete_one_older(&site.db, late).unwrap(), Some(id));
        assert_eq!(delete_one_older(&site.db, late).unwrap(), None);
        assert!(list(&site.db, ALICE).unwrap().is_empty());
    }

    #[test]
    fn a_bomb_and_a_torn_file_are_errors() {
        let packed = compress(&vec![b' '; 4 << 20]).unwrap();
        assert!(matches!(decompress(&packed, LIMIT), Err(Error::TooLarge(_))));
        assert!(matches!(
            decompress(&packed[..packed.len() / 2], 8 << 20),
            Err(Error::Failed(_))
        ));
        assert!(matches!(decompress(b"plain", LIMIT), Err(Error::Failed(_))));
    }
}
