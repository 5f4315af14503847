//! One upload that nobody has finished yet.

use rusqlite::Connection;

use super::finding::Findings;
use crate::error::{Error, Result};
use crate::model::{UploadId, upload};
use crate::web::page::recording;

pub(super) fn check(db: &Connection, id: UploadId, findings: &mut Findings) -> Result<()> {
    // Deleted meanwhile: it was finished.
    let Some(packed) = upload::find_gpx(db, id)? else {
        return Ok(());
    };
    let read = upload::decompress(&packed, recording::LARGEST).and_then(recording::read_unpacked);
    match read {
        // That tells nothing of the file.
        Err(e @ Error::Busy(_)) => return Err(e),
        Err(e) => {
            let todo = "it can only be discarded; fietscron does that a day after it came";
            findings.note(format!("upload {id}"), format!("its file cannot be read: {e}"), todo);
        }
        Ok(_) => {}
    }
    Ok(())
}
