//! A flag that a tool raises for its own work and takes away again.
//!
//! It never replaces another's: it is put in place without overwriting, and removed only as long as
//! inode and time say that it is still the same file. Whoever raised it, and when, stands in a side
//! file (`TOOL PID INODE SECONDS NANOSECONDS`, the last three those of the flag), so that the next run
//! recognises a tool that was killed; nothing relies on that file, and
//! it is believed only while it names exactly the flag that stands there.
//!
//! There is no removal on drop: a tool that panics leaves the instance out of service.

use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, OFlags, RenameFlags, Stat};
use rustix::io::Errno;
use time::OffsetDateTime;

use super::flag;
use super::switch;
use crate::datadir::{DataDir, MAINTENANCE, MAINTENANCE_META};
use crate::error::{Error, Result};

/// A raised flag, known by its inode and its time.
#[derive(Debug)]
#[must_use = "the mode stays on until `lower` is called"]
pub struct OwnFlag {
    data_dir: DataDir,
    dir: OwnedFd,
    mark: Mark,
}

/// How taking the flag away ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lowered {
    /// It is gone, and the instance is in service.
    Gone,
    /// Somebody changed or replaced it meanwhile: it is theirs and stays.
    Anothers,
}

/// A flag whose owner was killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abandoned {
    /// The tool that raised it.
    pub tool: String,
    /// The process it was.
    pub pid: u32,
    /// When it was raised.
    pub since: Option<OffsetDateTime>,
}

/// What tells one flag from another: inode, and when it was changed (seconds, nanoseconds).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    inode: u64,
    seconds: i64,
    nanoseconds: u64,
}

impl OwnFlag {
    /// Switches the mode on for a tool; absent when something stands there already, which is left alone.
    ///
    /// # Errors
    /// Path and cause; then nothing has changed and nothing is left behind.
    pub fn raise(data_dir: &DataDir, tool: &str, reason: &str) -> Result<Option<OwnFlag>> {
        let dir = switch::open(data_dir)?;
        if !flag::is_off(dir.as_fd()) {
            return Ok(None);
        }
        let failed = |e: Errno| Error::Failed(format!("cannot write {}: {e}", data_dir.maintenance().display()));
        let name = switch::temporary()?;
        let placed = switch::write(&dir, &name, reason.as_bytes())
            .and_then(|()| find_mark(&dir, &name))
            .and_then(|mark| {
                write_meta(&dir, tool, mark);
                place(&dir, &name).map(|()| mark)
            });
        let mark = match placed {
            Ok(mark) => mark,
            Err(e) => {
                switch::remove(&dir, &name);
                return if e == Errno::EXIST { Ok(None) } else { Err(failed(e)) };
            }
        };
        let flag = OwnFlag {
            data_dir: data_dir.clone(),
            dir,
            mark,
        };
        if let Err(e) = switch::sync_directory(&flag.dir) {
            flag.lower()?;
            return Err(failed(e));
        }
        Ok(Some(flag))
    }

    /// Switches the mode off again, if the flag that stands there is still this one.
    ///
    /// # Errors
    /// Path and cause; then the mode stays on.
    pub fn lower(self) -> Result<Lowered> {
        let failed = |e: Errno| Error::Failed(format!("cannot remove {}: {e}", self.data_dir.maintenance().display()));
        match find_mark(&self.dir, MAINTENANCE) {
            Ok(mark) if mark == self.mark => {}
            Ok(_) => {
                switch::remove(&self.dir, MAINTENANCE_META);
                return Ok(Lowered::Anothers);
            }
            Err(Errno::NOENT) => {
                switch::remove(&self.dir, MAINTENANCE_META);
                return Ok(Lowered::Gone);
            }
            Err(e) => return Err(failed(e)),
        }
        match rustix::fs::unlinkat(&self.dir, MAINTENANCE, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(e) => return Err(failed(e)),
        }
        switch::remove(&self.dir, MAINTENANCE_META);
        switch::sync_directory(&self.dir).map_err(failed)?;
        Ok(Lowered::Gone)
    }
}

/// The flag that stands there, if a tool raised it that is no longer running.
pub fn find_abandoned(data_dir: &DataDir) -> Option<Abandoned> {
    let dir = flag::open(data_dir.path()).ok()?;
    let meta = read_meta(&dir)?;
    let mut fields = meta.split_ascii_whitespace();
    let tool = fields.next()?.to_owned();
    let pid = fields.next()?.parse().ok()?;
    let mark = Mark {
        inode: fields.next()?.parse().ok()?,
        seconds: fields.next()?.parse().ok()?,
        nanoseconds: fields.next()?.parse().ok()?,
    };
    if fields.next().is_some() || find_mark(&dir, MAINTENANCE).ok()? != mark || is_running(pid) {
        return None;
    }
    Some(Abandoned {
        tool,
        pid,
        since: OffsetDateTime::from_unix_timestamp(mark.seconds).ok(),
    })
}

/// A process of that number counts as running whatever it is: better to say nothing than the wrong thing.
fn is_running(pid: u32) -> bool {
    std::path::Path::new("/proc").join(pid.to_string()).exists()
}

/// Gives the temporary file the flag's name, if nothing has it. Where the file system cannot rename
/// so, a second link does the same: it fails when the name is taken.
fn place(dir: &OwnedFd, name: &str) -> std::result::Result<(), Errno> {
    match rustix::fs::renameat_with(dir, name, dir, MAINTENANCE, RenameFlags::NOREPLACE) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            rustix::fs::linkat(dir, name, dir, MAINTENANCE, AtFlags::empty())?;
            switch::remove(dir, name);
            Ok(())
        }
        placed => placed,
    }
}

fn find_mark(dir: &OwnedFd, name: &str) -> std::result::Result<Mark, Errno> {
    rustix::fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat: Stat| Mark {
        inode: stat.st_ino,
        seconds: stat.st_mtime,
        nanoseconds: stat.st_mtime_nsec,
    })
}

/// Written before the flag is in place, so that a flag of ours is never without it; a failure costs
/// nothing but the recognition.
fn write_meta(dir: &OwnedFd, tool: &str, mark: Mark) {
    let pid = std::process::id();
    let text = format!("{tool} {pid} {} {} {}\n", mark.inode, mark.seconds, mark.nanoseconds);
    let written = switch::temporary().and_then(|name| {
        let moved = switch::write(dir, &name, text.as_bytes())
            .and_then(|()| rustix::fs::renameat(dir, &name, dir, MAINTENANCE_META));
        moved.map_err(|e| {
            switch::remove(dir, &name);
            Error::Failed(e.to_string())
        })
    });
    if let Err(e) = written {
        log::warn!("cannot write {MAINTENANCE_META} in the data directory: {e}");
    }
}

fn read_meta(dir: &OwnedFd) -> Option<String> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, MAINTENANCE_META, flags, Mode::empty()).ok()?;
    let mut bytes = [0; 256];
    let length = rustix::io::read(&file, &mut bytes).ok()?;
    String::from_utf8(bytes[..length].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;

    const REASON: &str = "Updating";

    fn names(dir: &Scratch) -> Vec<String> {
        let entries = fs::read_dir(dir.path()).unwrap();
        entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect()
    }

    fn raise(data: &DataDir) -> Option<OwnFlag> {
        OwnFlag::raise(data, "fietsupdate", REASON).unwrap()
    }

    /// The side file as a process would have left it that is gone.
    fn kill_owner(dir: &Scratch) {
        let meta = fs::read_to_string(dir.join(MAINTENANCE_META)).unwrap();
        let (tool, rest) = meta.split_once(' ').unwrap();
        let (_, mark) = rest.split_once(' ').unwrap();
        fs::write(dir.join(MAINTENANCE_META), format!("{tool} 4294967295 {mark}")).unwrap();
    }

    #[test]
    fn a_raised_flag_has_its_reason_and_lowered_it_leaves_nothing() {
        let dir = Scratch::new();
        let data = DataDir::new(dir.path());
        let own = raise(&data).unwrap();
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), REASON);
        assert_eq!(own.lower().unwrap(), Lowered::Gone);
        assert_eq!(names(&dir), Vec::<String>::new());
    }

    #[test]
    fn anothers_flag_is_never_replaced() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "mine").unwrap();
        assert!(raise(&DataDir::new(dir.path())).is_none());
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), "mine");
        assert_eq!(names(&dir), [MAINTENANCE]);
    }

    #[test]
    fn a_flag_that_appears_between_look_and_rename_is_not_replaced() {
        let dir = Scratch::new();
        let opened = flag::open(dir.path()).unwrap();
        fs::write(dir.join(MAINTENANCE), "mine").unwrap();
        fs::write(dir.join("x"), "ours").unwrap();
        assert_eq!(place(&opened, "x"), Err(Errno::EXIST));
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), "mine");
    }

    #[test]
    fn a_flag_that_was_replaced_or_rewritten_meanwhile_stays() {
        let dir = Scratch::new();
        let data = DataDir::new(dir.path());
        let own = raise(&data).unwrap();
        switch::enable(&data, "the administrator's").unwrap();
        assert_eq!(own.lower().unwrap(), Lowered::Anothers);
        assert_eq!(names(&dir), [MAINTENANCE]);
        fs::remove_file(dir.join(MAINTENANCE)).unwrap();

        let own = raise(&data).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(dir.join(MAINTENANCE), "by hand").unwrap();
        assert_eq!(own.lower().unwrap(), Lowered::Anothers);
        assert_eq!(fs::read_to_string(dir.join(MAINTENANCE)).unwrap(), "by hand");
    }

    #[test]
    fn a_flag_that_is_gone_by_then_is_no_error() {
        let dir = Scratch::new();
        let data = DataDir::new(dir.path());
        let own = raise(&data).unwrap();
        fs::remove_file(dir.join(MAINTENANCE)).unwrap();
        assert_eq!(own.lower().unwrap(), Lowered::Gone);
    }

    #[test]
    fn the_flag_of_a_killed_tool_is_recognised_and_that_of_a_running_one_is_not() {
        let dir = Scratch::new();
        let data = DataDir::new(dir.path());
        let own = raise(&data).unwrap();
        assert_eq!(find_abandoned(&data), None);
        kill_owner(&dir);
        let found = find_abandoned(&data).unwrap();
        assert_eq!((found.tool.as_str(), found.pid), ("fietsupdate", 4_294_967_295));
        assert!(found.since.is_some());
        assert_eq!(own.lower().unwrap(), Lowered::Gone);
    }

    #[test]
    fn a_side_file_that_is_corrupt_or_of_another_flag_is_ignored() {
        let dir = Scratch::new();
        let data = DataDir::new(dir.path());
        let own = raise(&data).unwrap();
        kill_owner(&dir);
        switch::enable(&data, "the administrator's").unwrap();
        assert_eq!(find_abandoned(&data), None);
        for text in ["", "fietsupdate", "fietsupdate 1 2 3 x", "\u{feff}a b c d e"] {
            fs::write(dir.join(MAINTENANCE_META), text).unwrap();
            assert_eq!(find_abandoned(&data), None, "{text:?}");
        }
        drop(own);
        switch::disable(&data).unwrap();
        assert_eq!(names(&dir), Vec::<String>::new());
    }

    #[test]
    fn where_nothing_can_be_written_nothing_changes() {
        let dir = Scratch::new();
        assert!(OwnFlag::raise(&DataDir::new(dir.join("missing")), "fietsupdate", REASON).is_err());
        assert_eq!(names(&dir), Vec::<String>::new());
    }
}
