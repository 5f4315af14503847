//! From a sent file to an upload that waits: read by the rules of the import, kept as GPX.

use super::duplicate;
use super::waiting::{self, Waiting};
use crate::clock;
use crate::error::{Error, Result};
use crate::gpx::{self, Gpx, ReadError, Reason};
use crate::memory;
use crate::model::upload::{self, Upload};
use crate::model::{failed, waiting as known};
use crate::web::form::FormFile;
use crate::web::lang::Lang;
use crate::web::page::{begin, recording};
use crate::web::text::{reason, upload as texts};
use crate::web::visit::Visit;
use std::io::Read;

/// Characters of a file's name in a sentence.
const NAME_SHOWN: usize = 80;

/// A file that is not taken.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The HTTP status of an answer that is about this file alone.
    pub status: u16,
    /// What the visitor reads.
    pub sentence: String,
}

/// Takes a file: keeps it, or says why not.
///
/// # Errors
/// What the database and the disk say.
pub fn receive(visit: &Visit, file: FormFile) -> Result<std::result::Result<Waiting, Refused>> {
    let name = waiting::plain_name(&file.name);
    let gpx = match import(file)? {
        Ok(gpx) => gpx,
        Err(error) => return Ok(Err(refused(visit.lang, &name, error.reason, super::largest(visit)))),
    };
    let (db, dir, owner) = (visit.db()?, &visit.instance().dir, visit.get_user()?.id);
    let about = waiting::about(&gpx, &name);
    let already = duplicate::find(db, dir, owner, &gpx, &about.points)?;
    // The original parses what stands in the table, as UTF-8: what is written is what was understood.
    let written = gpx::write(&gpx);
    drop(gpx);
    let packed = upload::compress(&written)?;
    drop(written);
    let at = clock::now_wall();
    let change = begin(db, "store an upload")?;
    let id = upload::insert(&change, owner, at, &packed)?;
    known::set(&change, id, &about)?;
    change.commit().map_err(|e| failed("store an upload", e))?;
    let upload = Upload {
        id,
        owner: Some(owner),
        at,
    };
    Ok(Ok(waiting::shown(&upload, Some(about), already)))
}

/// Reads a file that was sent.
///
/// # Errors
/// What the disk says.
pub fn import(mut file: FormFile) -> Result<std::result::Result<Gpx, ReadError>> {
    let length = usize::try_from(file.data.len()).unwrap_or(usize::MAX);
    let sent = memory::share(length, "read a sent file")?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.data.len()).unwrap_or(0));
    file.data.rewind();
    file.data
        .read_to_end(&mut bytes)
        .map_err(|e| Error::Failed(format!("cannot read a sent file: {e}")))?;
    // What it takes on the disk is needed for others.
    drop((file, sent));
    recording::import(bytes)
}

/// What is said about a file that is not taken.
pub fn refused(lang: Lang, name: &str, why: Reason, most: u64) -> Refused {
    let file: String = name.chars().take(NAME_SHOWN).collect();
    let most = lang.bytes(most);
    let words = [
        ("file", file.as_str()),
        ("reason", lang.text(reason::of(why))),
        ("size", &most),
    ];
    Refused {
        status: match why {
            Reason::TooLarge => 413,
            Reason::NotXml => 415,
            _ => 400,
        },
        sentence: match why {
            Reason::TooLarge => lang.fill(&texts::TOO_BIG, &words),
            Reason::NoPoints => lang.fill(&texts::NO_POINTS, &words),
            _ => lang.fill(&texts::UNREADABLE, &words),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_file_and_the_reason() {
        let one = refused(Lang::En, "ride.gpx", Reason::Truncated, 5);
        assert_eq!(
            one.sentence,
            "We can't read ride.gpx: its end is missing. Export it again and retry."
        );
        assert_eq!(one.status, 400);
        let long = refused(Lang::De, &"x".repeat(500), Reason::NoPoints, 5);
        assert!(long.sentence.len() < 200 && long.sentence.contains("keine aufgezeichneten Punkte"));
        assert_eq!(refused(Lang::De, "", Reason::NotXml, 5).status, 415);
        assert_eq!(refused(Lang::De, "", Reason::TooLarge, 5).status, 413);
    }
}
