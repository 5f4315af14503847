//! Who holds the lock on the data directory, read from `/proc`.
//!
//! A hint for the administrator, no more: on a system that hides other users' processes, or whose
//! file system shows other device numbers in `/proc/locks` (btrfs), there may be nothing to tell.

use std::path::Path;

use super::barrier::FileId;

/// The holders of a `flock` on a file, one text each (`fietsboek-serve, pid 4711`). `proc` is where
/// the proc file system is mounted.
pub fn list(file: FileId, proc: &Path) -> Vec<String> {
    let Ok(locks) = std::fs::read_to_string(proc.join("locks")) else {
        return Vec::new();
    };
    let own = std::process::id();
    let mut pids = holders_in(&locks, file);
    pids.retain(|pid| *pid != own);
    pids.sort_unstable();
    pids.dedup();
    pids.into_iter().map(|pid| describe(pid, proc)).collect()
}

/// The other processes that have a file open and hold no lock on the other one, one text each: of another program than
/// this one, which never opens the database without.
pub fn list_strangers(open: FileId, locked: FileId, proc: &Path) -> Vec<String> {
    let locks = std::fs::read_to_string(proc.join("locks")).unwrap_or_default();
    let holders = holders_in(&locks, locked);
    let own = std::process::id();
    let entries = std::fs::read_dir(proc).into_iter().flatten().flatten();
    let mut pids: Vec<u32> = entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| *pid != own && !holders.contains(pid) && has_open(*pid, open, proc))
        .collect();
    pids.sort_unstable();
    pids.into_iter().map(|pid| describe(pid, proc)).collect()
}

fn has_open(pid: u32, file: FileId, proc: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let files = std::fs::read_dir(proc.join(pid.to_string()).join("fd"));
    files
        .into_iter()
        .flatten()
        .flatten()
        .any(|entry| std::fs::metadata(entry.path()).is_ok_and(|meta| (meta.dev(), meta.ino()) == file))
}

/// The process ids that hold a lock on the file in the text of `/proc/locks`. Lines of those that
/// only wait carry an arrow and are left out. If no line names the file's device, its inode decides.
fn holders_in(locks: &str, (device, inode): FileId) -> Vec<u32> {
    let same_inode: Vec<(u32, u64)> = locks
        .lines()
        .filter_map(parse)
        .filter(|lock| lock.inode == inode)
        .map(|lock| (lock.pid, lock.device))
        .collect();
    let same_device: Vec<u32> = same_inode
        .iter()
        .filter(|(_, d)| *d == device)
        .map(|(pid, _)| *pid)
        .collect();
    if same_device.is_empty() {
        same_inode.into_iter().map(|(pid, _)| pid).collect()
    } else {
        same_device
    }
}

struct Lock {
    pid: u32,
    device: u64,
    inode: u64,
}

/// One line: `3: FLOCK  ADVISORY  READ 4711 fe:01:5678 0 EOF`.
fn parse(line: &str) -> Option<Lock> {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    if *words.get(1)? != "FLOCK" {
        return None;
    }
    let mut place = words.get(5)?.split(':');
    let mut hex = || u32::from_str_radix(place.next()?, 16).ok();
    let (major, minor) = (hex()?, hex()?);
    Some(Lock {
        pid: words.get(4)?.parse().ok()?,
        device: rustix::fs::makedev(major, minor),
        inode: place.next()?.parse().ok()?,
    })
}

/// A process as its user knows it: the name it was called by, and its number.
fn describe(pid: u32, proc: &Path) -> String {
    let command = std::fs::read(proc.join(pid.to_string()).join("cmdline")).unwrap_or_default();
    let called = command.split(|b| *b == 0).next().unwrap_or_default();
    let name = String::from_utf8_lossy(called.rsplit(|b| *b == b'/').next().unwrap_or_default()).into_owned();
    if name.is_empty() {
        format!("pid {pid}")
    } else {
        format!("{}, pid {pid}", super::reason::one_line(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCKS: &str = "\
1: POSIX  ADVISORY  WRITE 10 fe:01:5678 0 EOF
2: FLOCK  ADVISORY  READ 4711 fe:01:5678 0 EOF
2: -> FLOCK  ADVISORY  WRITE 4712 fe:01:5678 0 EOF
3: FLOCK  ADVISORY  READ 4713 fe:02:5678 0 EOF
4: FLOCK  ADVISORY  READ 4714 fe:01:1 0 EOF
nonsense";

    #[test]
    fn those_who_hold_are_found_and_those_who_wait_are_not() {
        assert_eq!(holders_in(LOCKS, (rustix::fs::makedev(0xfe, 1), 5678)), [4711]);
    }

    #[test]
    fn without_the_device_the_inode_decides() {
        assert_eq!(holders_in(LOCKS, (rustix::fs::makedev(9, 9), 5678)), [4711, 4713]);
    }

    #[test]
    fn a_missing_proc_tells_nothing() {
        assert!(list((1, 1), Path::new("/nowhere")).is_empty());
    }

    #[test]
    fn who_has_a_file_open_without_the_lock_is_a_stranger() {
        use std::os::unix::fs::MetadataExt;
        let dir = crate::scratch::Scratch::new();
        std::fs::write(dir.join("db"), "").unwrap();
        let meta = std::fs::metadata(dir.join("db")).unwrap();
        let (file, data) = ((meta.dev(), meta.ino()), (rustix::fs::makedev(0xfe, 1), 5678));
        for pid in ["4711", "4800", "4900"] {
            std::fs::create_dir_all(dir.join(pid).join("fd")).unwrap();
            std::fs::write(dir.join(pid).join("cmdline"), "/usr/bin/python3\0x").unwrap();
        }
        // 4711 holds the lock, 4900 has something else open.
        for (pid, target) in [("4711", "db"), ("4800", "db"), ("4900", "4900")] {
            std::os::unix::fs::symlink(dir.join(target), dir.join(pid).join("fd/3")).unwrap();
        }
        std::fs::write(dir.join("locks"), LOCKS).unwrap();
        assert_eq!(list_strangers(file, data, dir.path()), ["python3, pid 4800"]);
        assert!(list_strangers(file, data, Path::new("/nowhere")).is_empty());
    }
}
