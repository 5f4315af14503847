//! Whose turn it is: one run works at a time.

use std::fs::File;
use std::path::Path;

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::error::{Error, Result};
use crate::ownership;

/// Takes the lock that only one run has at a time; absent when another has it. Its file is made when
/// there is none and never removed: who removes it could remove another's.
pub(super) fn find(path: &Path) -> Result<Option<File>> {
    let failed = |e: Errno| Error::Failed(format!("cannot lock {}: {e}", path.display()));
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o600)).map_err(failed)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            ownership::follow(&file, path);
            Ok(Some(file.into()))
        }
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(failed(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn only_one_run_has_its_turn() {
        let dir = Scratch::new();
        let path = dir.join("cron.lock");
        let turn = find(&path).unwrap();
        assert!(turn.is_some());
        assert!(find(&path).unwrap().is_none());
        drop(turn);
        assert!(find(&path).unwrap().is_some());
    }
}
