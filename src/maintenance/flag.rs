//! Looks at the flag: the file `MAINTENANCE` in the data directory.
//!
//! Off only if the data directory can be opened and `lstat` finds nothing of that name in it.
//! Everything else counts as on: whoever cannot tell must not serve. What stands there is never
//! opened unless it is a regular file, so that a FIFO or a device can neither block nor be disturbed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use time::OffsetDateTime;

use super::reason;
use crate::clock;
use crate::datadir::{MAINTENANCE, VERSION};

/// What a look at the flag found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flag {
    /// Nothing stands there: the instance is in service.
    Off,
    /// Something stands there: the instance is out of service.
    On(Sighting),
    /// It cannot be told, with the cause: counts as on.
    Unclear(String),
}

impl Flag {
    /// For the log: the reason, what stands there without one, or why it cannot be told.
    pub fn in_words(&self) -> &str {
        match self {
            Flag::Off => "nothing",
            Flag::On(sighting) if sighting.reason.is_empty() => sighting.what,
            Flag::On(sighting) => &sighting.reason,
            Flag::Unclear(cause) => cause,
        }
    }
}

/// What stands at the flag's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The printable reason; empty if there is none or it cannot be read.
    pub reason: String,
    /// When it was last changed.
    pub since: Option<OffsetDateTime>,
    /// What it is, in words: `a file`, `a directory` …
    pub what: &'static str,
    /// By what it is known again that the reason is still this one; none: it has to be read again.
    pub stamp: Option<Stamp>,
}

/// What a look tells of a regular file without opening it: while it is the same, so is what stands in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: i64,
    /// Seconds and nanoseconds, in Unix time. No program can set it.
    changed: (i64, i64),
}

impl Stamp {
    /// That of a regular file.
    fn of(stat: &Stat) -> Option<Stamp> {
        is_regular(stat).then_some(Stamp {
            device: stat.st_dev,
            inode: stat.st_ino,
            size: stat.st_size,
            changed: (stat.st_ctime, stat.st_ctime_nsec as i64),
        })
    }

    /// That of an open file, if it is a regular one and whatever is written to it from now on shows.
    pub fn of_open(file: impl AsFd) -> Option<Stamp> {
        let stamp = Stamp::of(&rustix::fs::fstat(file).ok()?)?;
        stamp.is_settled(clock::now()).then_some(stamp)
    }

    /// Whether whatever is written to the file from now on shows: the coarsest file systems tell the time by two seconds.
    fn is_settled(&self, now: OffsetDateTime) -> bool {
        now.unix_timestamp() - self.changed.0 > 2
    }
}

/// Opens the data directory, as the barrier and the look want it.
///
/// # Errors
/// The system's, also when the path names no directory.
pub fn open(data_dir: &Path) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    loop {
        match rustix::fs::open(data_dir, flags, Mode::empty()) {
            Err(Errno::INTR) => {}
            opened => return opened,
        }
    }
}

/// Looks at the flag of a data directory named by its path.
pub fn look(data_dir: &Path) -> Flag {
    if let Some(on) = find_on(data_dir) {
        return on;
    }
    match open(data_dir) {
        Ok(dir) => look_in(dir.as_fd()),
        Err(e) => unopened(data_dir, e),
    }
}

/// What it means that the data directory cannot be opened.
pub fn unopened(data_dir: &Path, cause: Errno) -> Flag {
    Flag::Unclear(format!(
        "cannot open the data directory {}: {cause}",
        data_dir.display()
    ))
}

/// Looks at the flag in a data directory that is open already.
pub fn look_in(dir: BorrowedFd<'_>) -> Flag {
    match rustix::fs::statat(dir, MAINTENANCE, AtFlags::SYMLINK_NOFOLLOW) {
        Err(Errno::NOENT) => Flag::Off,
        Err(e) => Flag::Unclear(format!("cannot look at {MAINTENANCE} in the data directory: {e}")),
        Ok(stat) => Flag::On(sight(dir, Path::new(MAINTENANCE), &stat)),
    }
}

/// What stands at the flag's place, if something does. While the mode is on every request comes by here and
/// no further, so it takes no call of the system more than it must; whether it is off is not told here.
fn find_on(data_dir: &Path) -> Option<Flag> {
    let path = data_dir.join(MAINTENANCE);
    let stat = rustix::fs::statat(CWD, &path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Some(Flag::On(sight(CWD, &path, &stat)))
}

/// The stamp of a regular file at the flag's place: that is on, and whoever has its reason need not read it again.
pub fn glance(data_dir: &Path) -> Option<Stamp> {
    let stat = rustix::fs::statat(CWD, data_dir.join(MAINTENANCE), AtFlags::SYMLINK_NOFOLLOW).ok()?;
    Stamp::of(&stat)
}

fn sight(dir: BorrowedFd<'_>, name: &Path, stat: &Stat) -> Sighting {
    let (reason, stamp) = read_reason(dir, name, stat).unwrap_or_default();
    Sighting {
        reason,
        since: changed(stat),
        what: kind(stat),
        stamp,
    }
}

/// Looks at the flag for whoever would touch the data when it is off. Then an empty data directory cannot
/// be told either: it is what is left in the place of a file system that is not mounted, and the flag
/// may be on that one.
pub fn look_to_work(data_dir: &Path) -> Flag {
    match open(data_dir) {
        Ok(dir) => look_in_to_work(data_dir, dir.as_fd()),
        Err(e) => unopened(data_dir, e),
    }
}

/// The same in a data directory that is open already.
pub fn look_in_to_work(data_dir: &Path, dir: BorrowedFd<'_>) -> Flag {
    match look_in(dir) {
        Flag::Off if is_empty(dir) => Flag::Unclear(format!(
            "the data directory {} is empty: is its file system mounted? (if it is new: fietsupdate update)",
            data_dir.display()
        )),
        seen => seen,
    }
}

/// Whether nothing stands in a directory; one that cannot be read counts as empty.
fn is_empty(dir: BorrowedFd<'_>) -> bool {
    // As good as every instance has it, and looking is cheaper than reading.
    if rustix::fs::statat(dir, VERSION, AtFlags::SYMLINK_NOFOLLOW).is_ok() {
        return false;
    }
    let own = |name: &[u8]| matches!(name, b"." | b"..");
    let Ok(mut entries) = rustix::fs::Dir::read_from(dir) else {
        return true;
    };
    !entries.any(|entry| entry.is_ok_and(|entry| !own(entry.file_name().to_bytes())))
}

/// Whether the flag is off, without reading what stands there.
pub fn is_off(dir: BorrowedFd<'_>) -> bool {
    rustix::fs::statat(dir, MAINTENANCE, AtFlags::SYMLINK_NOFOLLOW).err() == Some(Errno::NOENT)
}

/// The printable text of what was `seen`, through links, if it is a regular file that can be read, and what it is
/// known again by.
fn read_reason(dir: BorrowedFd<'_>, name: &Path, seen: &Stat) -> Option<(String, Option<Stamp>)> {
    let is_link = FileType::from_raw_mode(seen.st_mode) == FileType::Symlink;
    let behind = || rustix::fs::statat(dir, name, AtFlags::empty()).is_ok_and(|stat| is_regular(&stat));
    if !(is_regular(seen) || is_link && behind()) {
        return None;
    }
    // Between the two looks something else may have been put there: hence O_NONBLOCK and the second look.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = rustix::fs::openat(dir, name, flags, Mode::empty()).ok()?;
    let stat = rustix::fs::fstat(&file).ok()?;
    if !is_regular(&stat) {
        return None;
    }
    // A link has a stamp of its own, which does not tell of what it leads to.
    let settled = |stamp: &Stamp| !is_link && stamp.is_settled(clock::now());
    let stamp = Stamp::of(&stat).filter(settled);
    let size = usize::try_from(stat.st_size).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size.min(reason::SHOWN + 1)];
    let mut filled = 0;
    while filled < bytes.len() {
        match rustix::io::read(&file, &mut bytes[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(Errno::INTR) => {}
            Err(_) => return None,
        }
    }
    Some((reason::printable(&bytes[..filled]), stamp))
}

fn is_regular(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// When the entry was last changed.
fn changed(stat: &Stat) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(stat.st_mtime).ok()
}

/// What a directory entry is, in words.
pub(super) fn kind(stat: &Stat) -> &'static str {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => "a file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "something unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn on(dir: &Scratch) -> Sighting {
        match look(dir.path()) {
            Flag::On(sighting) => sighting,
            other => panic!("expected on, found {other:?}"),
        }
    }

    #[test]
    fn an_empty_data_directory_is_off() {
        assert_eq!(look(Scratch::new().path()), Flag::Off);
    }

    #[test]
    fn a_text_file_is_on_with_its_reason() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "Back at noon\n").unwrap();
        let sighting = on(&dir);
        assert_eq!(sighting.reason, "Back at noon");
        assert!(sighting.since.is_some());
    }

    #[test]
    fn an_empty_file_is_on_without_reason() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "").unwrap();
        assert_eq!(on(&dir).reason, "");
    }

    #[test]
    fn a_directory_is_on() {
        let dir = Scratch::new();
        fs::create_dir(dir.join(MAINTENANCE)).unwrap();
        assert_eq!(on(&dir).what, "a directory");
    }

    #[test]
    fn a_dangling_link_and_a_loop_are_on() {
        for target in ["nowhere", MAINTENANCE] {
            let dir = Scratch::new();
            symlink(target, dir.join(MAINTENANCE)).unwrap();
            assert_eq!(on(&dir).reason, "", "{target}");
        }
    }

    #[test]
    fn a_reason_is_known_again_once_no_change_can_hide() {
        let dir = Scratch::new();
        let flag = dir.join(MAINTENANCE);
        fs::write(&flag, "Back at 12").unwrap();
        assert_eq!(
            on(&dir).stamp,
            None,
            "what was written just now may be written again unseen"
        );

        let stamp = glance(dir.path()).unwrap();
        let written = OffsetDateTime::from_unix_timestamp(stamp.changed.0).unwrap();
        for (seconds, settled) in [(-60, false), (0, false), (2, false), (3, true)] {
            assert_eq!(
                stamp.is_settled(written + time::Duration::seconds(seconds)),
                settled,
                "{seconds}"
            );
        }

        std::thread::sleep(std::time::Duration::from_millis(20));
        fs::write(&flag, "Back at 13").unwrap();
        let again = glance(dir.path()).unwrap();
        assert_ne!(again, stamp, "as long, and another time of change");
        fs::rename(&flag, dir.join("away")).unwrap();
        assert_eq!(glance(dir.path()), None);
        symlink("away", &flag).unwrap();
        assert_eq!(glance(dir.path()), None, "a link");
    }

    #[test]
    fn a_link_to_a_text_file_shows_its_text() {
        let dir = Scratch::new();
        fs::write(dir.join("text"), "through the link").unwrap();
        symlink("text", dir.join(MAINTENANCE)).unwrap();
        assert_eq!(on(&dir).reason, "through the link");
    }

    #[test]
    fn a_fifo_is_on_and_never_opened() {
        let dir = Scratch::new();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.join(MAINTENANCE),
            FileType::Fifo,
            Mode::from_raw_mode(0o644),
            0,
        )
        .unwrap();
        assert_eq!(on(&dir).what, "a FIFO");
        symlink(MAINTENANCE, dir.join("link")).unwrap();
        fs::rename(dir.join(MAINTENANCE), dir.join("pipe")).unwrap();
        symlink("pipe", dir.join(MAINTENANCE)).unwrap();
        assert_eq!(on(&dir).what, "a symbolic link");
    }

    #[test]
    fn a_socket_is_on() {
        let dir = Scratch::new();
        let _listener = std::os::unix::net::UnixListener::bind(dir.join(MAINTENANCE)).unwrap();
        assert_eq!(on(&dir).what, "a socket");
    }

    #[test]
    fn a_file_that_may_not_be_read_is_on() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "secret").unwrap();
        fs::set_permissions(dir.join(MAINTENANCE), fs::Permissions::from_mode(0o0)).unwrap();
        on(&dir);
    }

    #[test]
    fn ten_megabytes_are_on_with_their_beginning() {
        let dir = Scratch::new();
        fs::write(dir.join(MAINTENANCE), "x".repeat(10_000_000)).unwrap();
        assert_eq!(on(&dir).reason.len(), reason::SHOWN + "…".len());
    }

    #[test]
    fn any_other_error_of_the_look_cannot_be_told() {
        let dir = Scratch::new();
        fs::write(dir.join("file"), "").unwrap();
        let file = fs::File::open(dir.join("file")).unwrap();
        assert!(matches!(look_in(file.as_fd()), Flag::Unclear(_)));
        assert!(!is_off(file.as_fd()));
    }

    #[test]
    fn an_empty_data_directory_is_nothing_to_work_in_and_any_name_makes_it_one() {
        let dir = Scratch::new();
        let looked = || look_to_work(dir.path());
        assert!(matches!(looked(), Flag::Unclear(_)));
        for name in [".x", VERSION] {
            fs::write(dir.join(name), "").unwrap();
            assert_eq!(looked(), Flag::Off, "{name}");
            fs::remove_file(dir.join(name)).unwrap();
        }
        fs::write(dir.join(MAINTENANCE), "").unwrap();
        assert!(matches!(looked(), Flag::On(_)));
    }

    #[test]
    fn a_data_directory_that_is_gone_or_a_file_cannot_be_told() {
        let dir = Scratch::new();
        assert!(matches!(look(&dir.join("gone")), Flag::Unclear(_)));
        fs::write(dir.join("file"), "").unwrap();
        assert!(matches!(look(&dir.join("file")), Flag::Unclear(_)));
    }
}
