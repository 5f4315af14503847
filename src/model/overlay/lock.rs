//! The lock on a user's maps: they are drawn by one at a time. It is `flock` on their directory, so that nothing of
//! ours has to stand there and a process that is killed holds nothing.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::model::UserId;
use crate::model::trackdir::identity;

/// How often a lock that another holds is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock, until it is dropped.
#[derive(Debug)]
pub(super) struct MapLock {
    _dir: OwnedFd,
}

impl MapLock {
    /// Takes the lock on the maps of a user, whose directory is there.
    ///
    /// # Errors
    /// `Busy` when another holds it for as long as `wait`; `Failed` with the path and the cause.
    pub fn take(dir: &DataDir, user: UserId, wait: Duration) -> Result<MapLock> {
        let began = Instant::now();
        let path = dir.user(user.0);
        let failed = |e: Errno| Error::of_io(&format!("lock {}", path.display()), &e.into());
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        loop {
            let opened = rustix::fs::open(&path, flags, Mode::empty()).map_err(failed)?;
            match rustix::fs::flock(&opened, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    let own = rustix::fs::fstat(&opened).map_err(failed)?;
                    // With the account the directory went, while it was waited for: ids are given out again.
                    if identity(&path) == Some((own.st_dev, own.st_ino)) {
                        return Ok(MapLock { _dir: opened });
                    }
                }
                Err(Errno::WOULDBLOCK) => std::thread::sleep(PAUSE.min(wait)),
                Err(e) => return Err(failed(e)),
            }
            if began.elapsed() >= wait {
                return Err(Error::Busy(format!(
                    "the maps of user {user} are being drawn by another program"
                )));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE};

    #[test]
    fn one_draws_at_a_time() {
        let site = fixture::site();
        let take = || MapLock::take(&site.dir, ALICE, Duration::ZERO);
        assert!(matches!(take(), Err(Error::Failed(_))));
        std::fs::create_dir_all(site.dir.user(ALICE.0)).unwrap();
        let lock = take().unwrap();
        assert!(matches!(take(), Err(Error::Busy(_))));
        drop(lock);
        assert!(take().is_ok());
    }
}
