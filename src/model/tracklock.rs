//! The lock on a track's files: one change at a time, of ours and of the original alike.
//!
//! It is `flock` on the file `lock` in the track's directory, as 0.11 has it. Whoever changes the files of a
//! track that is there already holds it from before they are read until the change is complete. Making and
//! deleting a track need no lock: they happen under the database's write lock, and so does the moment in
//! which an edit takes effect (see `swap`), which looks once more whether this lock is still the track's.

use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;

use super::TrackId;
use super::trackdir::identity;
use crate::datadir::DataDir;
use crate::error::{Error, Result};

/// How often a lock that another holds is tried again.
const PAUSE: Duration = Duration::from_millis(20);

/// The lock, until it is dropped.
#[derive(Debug)]
pub struct TrackLock {
    file: OwnedFd,
    id: TrackId,
}

impl TrackLock {
    /// Takes the lock of a track.
    ///
    /// # Errors
    /// `Busy` when another holds it for as long as `wait`; `NotFound` when the track has no directory (see
    /// `trackdir::ensure`); `Failed` with the path and the cause.
    pub fn take(dir: &DataDir, id: TrackId, wait: Duration) -> Result<TrackLock> {
        let began = Instant::now();
        let path = dir.track_lock(id.0);
        let failed = |e: Errno| Error::of_io(&format!("lock {}", path.display()), &e.into());
        let flags = OFlags::RDONLY | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        loop {
            let file = match rustix::fs::open(&path, flags, Mode::from_raw_mode(0o644)) {
                Err(Errno::NOENT) => return Err(Error::NotFound(format!("track {id} has no directory"))),
                opened => opened.map_err(failed)?,
            };
            match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    let lock = TrackLock { file, id };
                    // While it was waited for, the directory may have become another.
                    if lock.is_of(dir) {
                        return Ok(lock);
                    }
                }
                Err(Errno::WOULDBLOCK) => std::thread::sleep(PAUSE),
                Err(e) => return Err(failed(e)),
            }
            if began.elapsed() > wait {
                return Err(Error::Busy(format!("cannot lock {}: another holds it", path.display())));
            }
        }
    }

    /// Whether the track's directory is still the one that was locked: ids are given out again.
    pub fn is_of(&self, dir: &DataDir) -> bool {
        let own = rustix::fs::fstat(&self.file)
            .ok()
            .map(|stat| (stat.st_dev, stat.st_ino));
        own.is_some() && own == identity(&dir.track_lock(self.id.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;
    use std::fs;

    const SHORT: Duration = Duration::from_millis(50);

    #[test]
    fn one_holds_it_and_the_next_waits_for_its_time_only() {
        let site = fixture::site();
        let lock = TrackLock::take(&site.dir, TrackId(1), SHORT).unwrap();
        let second = TrackLock::take(&site.dir, TrackId(1), SHORT);
        assert!(matches!(second, Err(Error::Busy(_))), "{second:?}");
        TrackLock::take(&site.dir, TrackId(2), SHORT).unwrap();
        drop(lock);
        TrackLock::take(&site.dir, TrackId(1), SHORT).unwrap();
    }

    #[test]
    fn the_lock_of_a_directory_that_is_gone_holds_nothing() {
        let site = fixture::site();
        let lock = TrackLock::take(&site.dir, TrackId(1), SHORT).unwrap();
        assert!(lock.is_of(&site.dir));
        fs::rename(site.dir.track(1), site.dir.track(9)).unwrap();
        assert!(!lock.is_of(&site.dir));
        let none = TrackLock::take(&site.dir, TrackId(1), SHORT);
        assert!(matches!(none, Err(Error::NotFound(_))) && !site.dir.track(1).exists());
        fs::create_dir(site.dir.track(1)).unwrap();
        let second = TrackLock::take(&site.dir, TrackId(1), SHORT).unwrap();
        assert!(second.is_of(&site.dir) && !lock.is_of(&site.dir));
    }
}
