//! The drain barrier: a lock on the data directory itself.
//!
//! Whatever touches the instance's data holds it shared; who wants to be alone with the data takes it
//! exclusive. The lock is `flock(2)` on the opened directory: nothing has to be created on a full
//! disk, deleted afterwards or owned by anyone, and a process that is killed holds nothing.
//!
//! Flag and lock are looked up in the same opened directory, in this order: look, lock, look again.
//! Without the second look work could begin after a drain; without the first one a steady stream of
//! requests would keep the exclusive lock away. A lock belongs to an open file description, so each
//! [`Pass`] has a descriptor of its own: one that two threads shared would be unlocked by the first.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, Stat};
use rustix::io::Errno;

use super::flag::{self, Flag};
use crate::error::{Error, Result};

/// How often a lock that is not free is asked for again.
const RETRY: Duration = Duration::from_millis(5);

/// A file's identity: device and inode.
pub type FileId = (u64, u64);

/// The identity in what `stat` says.
pub fn file_id(stat: &Stat) -> FileId {
    (stat.st_dev, stat.st_ino)
}

/// A held lock on the data directory; let go when dropped.
#[derive(Debug)]
pub struct Pass {
    dir: OwnedFd,
    id: FileId,
}

impl Pass {
    /// The identity of the directory that is locked.
    pub fn id(&self) -> FileId {
        self.id
    }

    /// Looks at the flag in the locked directory.
    pub fn look(&self) -> Flag {
        flag::look_in(self.dir.as_fd())
    }

    /// Whether the flag is off in the locked directory.
    pub fn is_off(&self) -> bool {
        flag::is_off(self.dir.as_fd())
    }

    /// Whether the path still names the directory that is locked.
    pub fn names(&self, data_dir: &Path) -> bool {
        rustix::fs::stat(data_dir).is_ok_and(|stat| file_id(&stat) == self.id)
    }
}

/// A data directory that was opened and whose flag was seen off: the first look.
#[derive(Debug)]
pub struct Seen {
    dir: OwnedFd,
    id: FileId,
}

impl Seen {
    /// The identity of the directory that was looked into.
    pub fn id(&self) -> FileId {
        self.id
    }
}

/// The first look: opens the data directory and looks at the flag in it.
///
/// # Errors
/// The flag, when it is not off.
pub fn first_look(data_dir: &Path) -> std::result::Result<Seen, Flag> {
    let dir = flag::open(data_dir).map_err(|e| flag::unopened(data_dir, e))?;
    match flag::look_in_to_work(data_dir, dir.as_fd()) {
        Flag::Off => {}
        on => return Err(on),
    }
    let stat = rustix::fs::fstat(&dir).map_err(|e| flag::unopened(data_dir, e))?;
    Ok(Seen {
        dir,
        id: file_id(&stat),
    })
}

/// Locks what was seen, shared and without waiting, and looks again.
///
/// # Errors
/// The flag, when it is on by now, when somebody is alone with the data, or when the path has come
/// to name another directory: each of these is maintenance.
pub fn enter(seen: Seen, data_dir: &Path) -> std::result::Result<Pass, Flag> {
    if let Err(e) = lock(&seen.dir, FlockOperation::NonBlockingLockShared) {
        let cause = match e {
            Errno::WOULDBLOCK => "another program is alone with the instance's data".to_owned(),
            e => format!("cannot lock the data directory {}: {e}", data_dir.display()),
        };
        return Err(Flag::Unclear(cause));
    }
    let pass = Pass {
        dir: seen.dir,
        id: seen.id,
    };
    if !pass.names(data_dir) {
        return Err(Flag::Unclear(format!(
            "the data directory {} was replaced just now",
            data_dir.display()
        )));
    }
    match pass.look() {
        Flag::Off => Ok(pass),
        on => Err(on),
    }
}

/// Takes the lock shared whatever the flag says, as the administrator's own tools do.
///
/// # Errors
/// [`Error::Busy`] when somebody is alone with the data for longer than `wait`.
pub fn hold(data_dir: &Path, wait: Duration) -> Result<Pass> {
    acquire(data_dir, FlockOperation::NonBlockingLockShared, wait)
}

/// Takes the lock exclusive: when it returns, nobody else touches the instance's data.
///
/// # Errors
/// [`Error::Busy`] when somebody still holds it after `wait`.
pub fn hold_alone(data_dir: &Path, wait: Duration) -> Result<Pass> {
    acquire(data_dir, FlockOperation::NonBlockingLockExclusive, wait)
}

fn acquire(data_dir: &Path, how: FlockOperation, wait: Duration) -> Result<Pass> {
    let failed = |e: Errno| Error::Failed(format!("cannot lock the data directory {}: {e}", data_dir.display()));
    let until = Instant::now().checked_add(wait);
    let mut dir = flag::open(data_dir).map_err(failed)?;
    loop {
        match lock(&dir, how) {
            Ok(()) => {
                let id = file_id(&rustix::fs::fstat(&dir).map_err(failed)?);
                let pass = Pass { dir, id };
                if pass.names(data_dir) {
                    return Ok(pass);
                }
                drop(pass);
                dir = flag::open(data_dir).map_err(failed)?;
            }
            Err(Errno::WOULDBLOCK) => {}
            Err(e) => return Err(failed(e)),
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            return Err(Error::Busy(format!(
                "gave up after {} s waiting for the data directory {}",
                wait.as_secs(),
                data_dir.display()
            )));
        }
        std::thread::sleep(RETRY);
    }
}

fn lock(dir: &OwnedFd, how: FlockOperation) -> std::result::Result<(), Errno> {
    loop {
        match rustix::fs::flock(dir, how) {
            Err(Errno::INTR) => {}
            done => return done,
        }
    }
}

/// Who holds the lock of a data directory, in words, as far as it can be told.
pub fn name_holders(data_dir: &Path) -> String {
    let holders = match rustix::fs::stat(data_dir) {
        Ok(stat) => super::holders::list(file_id(&stat), Path::new("/proc")),
        Err(_) => Vec::new(),
    };
    if holders.is_empty() {
        return "who cannot be told".to_owned();
    }
    holders.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datadir::{MAINTENANCE, VERSION};
    use crate::scratch::Scratch;
    use std::fs;

    const NOW: Duration = Duration::ZERO;

    /// A data directory with something in it.
    fn data() -> Scratch {
        let dir = Scratch::new();
        fs::write(dir.join(VERSION), "").unwrap();
        dir
    }

    fn enter_now(dir: &Path) -> std::result::Result<Pass, Flag> {
        enter(first_look(dir)?, dir)
    }

    #[test]
    fn many_may_enter_and_nobody_is_alone_until_all_have_left() {
        let dir = data();
        let (one, two) = (enter_now(dir.path()).unwrap(), enter_now(dir.path()).unwrap());
        assert!(matches!(hold_alone(dir.path(), NOW), Err(Error::Busy(_))));
        drop(one);
        assert!(matches!(hold_alone(dir.path(), NOW), Err(Error::Busy(_))));
        drop(two);
        hold_alone(dir.path(), NOW).unwrap();
    }

    #[test]
    fn nobody_enters_while_somebody_is_alone() {
        let dir = data();
        let alone = hold_alone(dir.path(), NOW).unwrap();
        assert!(matches!(enter_now(dir.path()), Err(Flag::Unclear(_))));
        assert!(matches!(hold(dir.path(), NOW), Err(Error::Busy(_))));
        drop(alone);
        enter_now(dir.path()).unwrap();
    }

    #[test]
    fn nobody_enters_while_the_flag_is_on_but_the_tools_do() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "").unwrap();
        assert!(matches!(enter_now(dir.path()), Err(Flag::On(_))));
        hold(dir.path(), NOW).unwrap();
    }

    #[test]
    fn a_flag_set_between_the_looks_is_seen_by_the_second() {
        let dir = data();
        let seen = first_look(dir.path()).unwrap();
        fs::write(dir.join(MAINTENANCE), "just now").unwrap();
        assert!(matches!(enter(seen, dir.path()), Err(Flag::On(_))));
        hold_alone(dir.path(), NOW).unwrap();
    }

    #[test]
    fn a_directory_replaced_between_look_and_lock_is_not_entered() {
        let parent = Scratch::new();
        let (data, old) = (parent.join("data"), parent.join("old"));
        fs::create_dir(&data).unwrap();
        fs::write(data.join(VERSION), "").unwrap();
        let seen = first_look(&data).unwrap();
        fs::rename(&data, &old).unwrap();
        fs::create_dir(&data).unwrap();
        assert!(matches!(enter(seen, &data), Err(Flag::Unclear(_))));
    }

    #[test]
    fn who_waits_for_a_directory_that_is_replaced_gets_the_new_one() {
        let parent = Scratch::new();
        let data = parent.join("data");
        fs::create_dir(&data).unwrap();
        let pass = hold(&data, NOW).unwrap();
        let path = data.clone();
        let waiter = std::thread::spawn(move || hold_alone(&path, Duration::from_secs(10)).map(|pass| pass.id()));
        std::thread::sleep(Duration::from_millis(50));
        fs::rename(&data, parent.join("old")).unwrap();
        fs::create_dir(&data).unwrap();
        drop(pass);
        let new = file_id(&rustix::fs::stat(&data).unwrap());
        assert_eq!(waiter.join().unwrap().unwrap(), new);
    }

    #[test]
    fn the_lock_is_not_passed_on_to_other_programs() {
        let dir = data();
        let pass = enter_now(dir.path()).unwrap();
        assert_eq!(
            rustix::io::fcntl_getfd(&pass.dir).unwrap(),
            rustix::io::FdFlags::CLOEXEC
        );
    }

    #[test]
    fn waiting_ends_when_the_last_one_leaves() {
        let dir = data();
        let pass = enter_now(dir.path()).unwrap();
        let path = dir.path().to_owned();
        let waiter = std::thread::spawn(move || hold_alone(&path, Duration::from_secs(10)).map(drop));
        std::thread::sleep(Duration::from_millis(30));
        drop(pass);
        waiter.join().unwrap().unwrap();
    }
}
