//! When fietscron last came to its end. It stands in the file that the tool locks, so that nothing new lies in the
//! data directory; the text is always of one length, so that it is written over in one piece.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use time::OffsetDateTime;

use crate::clock;
use crate::datadir::DataDir;
use crate::error::{Error, Result};

/// Writes down that a run is through; `turn` is the locked file.
///
/// # Errors
/// `Failed` with the cause.
pub fn record(turn: &File, at: OffsetDateTime) -> Result<()> {
    let text = format!("{}\n", clock::rfc3339(at));
    turn.write_all_at(text.as_bytes(), 0)
        .map_err(|e| Error::Failed(format!("cannot write down that this run is through: {e}")))
}

/// When the last run was through; absent when none was yet, or nothing can be read.
pub fn find(dir: &DataDir) -> Option<OffsetDateTime> {
    let text = fs::read_to_string(dir.cron_lock()).ok()?;
    Some(clock::from_db(text.trim())?.assume_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use time::macros::datetime;

    #[test]
    fn the_last_run_is_read_back() {
        let scratch = Scratch::new();
        let dir = DataDir::new(scratch.path());
        assert_eq!(find(&dir), None);
        let turn = File::create(dir.cron_lock()).unwrap();
        assert_eq!(find(&dir), None);
        for at in [datetime!(2026-11-24 13:58:07 UTC), datetime!(2026-11-24 14:58:00.5 UTC)] {
            record(&turn, at).unwrap();
            assert_eq!(find(&dir), at.replace_nanosecond(0).ok());
        }
    }
}
