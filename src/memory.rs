//! Whether there is memory for work that takes much of it.
//!
//! An allocation that fails ends the process, and every request in hand with it. So whoever is about to take
//! megabytes in proportion to what a stranger sent asks for a share first, and refuses the work when there is
//! none: what the address space (`ulimit -v`), the control group and the machine have left, less what others have
//! been promised. Small work does not ask; the margin is for it.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// Work that takes less than this does not ask, in bytes.
const SMALL: usize = 4 << 20;
/// So much is never given away, in bytes.
const MARGIN: usize = 16 << 20;
/// How much is read at once, in bytes.
const PIECE: usize = 1 << 20;

/// The largest block that the allocator keeps when it is told to keep what is freed, in bytes.
const KEPT: usize = 4 << 20;

/// Where the kernel tells what the machine has left.
pub const MACHINE: &str = "/proc/meminfo";
/// Where it tells what the control groups have.
pub const GROUPS: &str = "/sys/fs/cgroup";

/// The bytes that were promised and perhaps not taken yet.
static PROMISED: AtomicUsize = AtomicUsize::new(0);

/// A promise of memory, until it is dropped.
#[derive(Debug)]
#[must_use]
pub struct Share(usize);

impl Drop for Share {
    fn drop(&mut self) {
        PROMISED.fetch_sub(self.0, Ordering::SeqCst);
    }
}

/// A share of `bytes` for `what`, as in `read a track`.
///
/// # Errors
/// [`Error::Busy`] when there is not so much.
pub fn share(bytes: usize, what: &str) -> Result<Share> {
    if bytes < SMALL {
        return Ok(Share(0));
    }
    let promised = PROMISED.fetch_add(bytes, Ordering::SeqCst).saturating_add(bytes);
    // From here on it is given back whatever becomes of it.
    let share = Share(bytes);
    match has(promised.saturating_add(MARGIN)) {
        true => Ok(share),
        false => Err(Error::Busy(format!(
            "cannot {what}: it takes {} MB of memory, which are not there",
            bytes / 1_000_000
        ))),
    }
}

/// Has the allocator keep what is freed, for a process that does the same work many times and ends: what it gives back
/// to the kernel comes again page by page, each cleared, and a quarter of the time of an import was that.
///
/// glibc gives back what is larger than the largest block that was freed so far, and the end of a heap when it is twice
/// as large (mallopt(3), `M_MMAP_THRESHOLD`); so one is freed here, which is never written to. Other allocators take no
/// notice. Not for the server, which would hold what one large request took.
pub fn keep_freed() {
    let mut block: Vec<u8> = Vec::new();
    // Without the address space for it, everything goes on as it would.
    let _ = block.try_reserve_exact(KEPT);
    drop(std::hint::black_box(block));
}

/// Reads everything, of which a stranger decides how much that is. As `Read::read_to_end`, but without memory it
/// is an error.
///
/// # Errors
/// Those of the reader; `OutOfMemory`.
pub fn read_to_end(from: &mut dyn Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    let mut checked = SMALL;
    loop {
        if bytes.len() >= checked {
            // It doubles when it grows.
            checked = bytes.len() * 2;
            if !has(checked + MARGIN) {
                return Err(ErrorKind::OutOfMemory.into());
            }
        }
        bytes.try_reserve(PIECE.min(bytes.len().max(16 << 10)))?;
        let room = (bytes.capacity() - bytes.len()) as u64;
        let count = from.take(room).read_to_end(bytes)?;
        if (count as u64) < room {
            return Ok(());
        }
    }
}

/// Whether so many bytes could be taken now.
fn has(bytes: usize) -> bool {
    let free = [find_free_in_group(), find_free_in_machine()];
    free.into_iter().flatten().all(|free| bytes as u64 <= free) && Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}

/// What the machine has left, in bytes.
fn find_free_in_machine() -> Option<u64> {
    let text = fs::read_to_string(MACHINE).ok()?;
    field(&text, "MemAvailable:").map(|kib| kib * 1024)
}

/// How a version of control groups calls things.
struct Version {
    /// Where below [`GROUPS`] its groups of memory are.
    top: &'static str,
    most: &'static str,
    taken: &'static str,
    /// What was read from files and can be read again, in its `memory.stat`.
    spare: &'static str,
}

/// The first one, which older systems still have.
const FIRST: Version = Version {
    top: "memory",
    most: "memory.limit_in_bytes",
    taken: "memory.usage_in_bytes",
    spare: "total_inactive_file",
};

const SECOND: Version = Version {
    top: "",
    most: "memory.max",
    taken: "memory.current",
    spare: "inactive_file",
};

/// What the narrowest of the control groups has left, in bytes.
fn find_free_in_group() -> Option<u64> {
    let own = fs::read_to_string("/proc/self/cgroup").ok()?;
    let (version, own) = own.lines().filter_map(find_group).next()?;
    let top = Path::new(GROUPS).join(version.top);
    let place = top.join(own);
    let groups = place.ancestors().take_while(|group| group.starts_with(&top));
    groups.filter_map(|group| find_free_in(group, version)).min()
}

/// The group of memory that a line of `/proc/self/cgroup` names, `4:memory:/a` or `0::/a`. Where there are both, the
/// first has the memory, and its line comes before.
fn find_group(line: &str) -> Option<(&'static Version, &str)> {
    let mut parts = line.splitn(3, ':').skip(1);
    let (controllers, path) = (parts.next()?, parts.next()?);
    let version = match controllers {
        "" => &SECOND,
        _ if controllers.split(',').any(|controller| controller == "memory") => &FIRST,
        _ => return None,
    };
    Some((version, path.trim_start_matches('/')))
}

fn find_free_in(group: &Path, version: &Version) -> Option<u64> {
    let read = |name: &str| fs::read_to_string(group.join(name)).ok();
    let number = |name: &str| read(name)?.trim().parse::<u64>().ok();
    // `max` is no number, and no limit.
    let most = number(version.most)?;
    // What can be read again counts as free.
    let spare = field(&read("memory.stat")?, version.spare).unwrap_or(0);
    Some(most.saturating_sub(number(version.taken)?.saturating_sub(spare)))
}

/// The number that a line begins with after its name.
fn field(text: &str, name: &str) -> Option<u64> {
    let value = text.lines().find_map(|line| line.strip_prefix(name))?;
    value.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    #[test]
    fn the_group_of_either_version_is_found() {
        let find = |line| find_group(line).map(|(version, path)| (version.top, path));
        assert_eq!(find("4:memory:/a/b"), Some(("memory", "a/b")));
        assert_eq!(find("3:cpu,memory:/"), Some(("memory", "")));
        assert_eq!(find("0::/user.slice/x:y"), Some(("", "user.slice/x:y")));
        assert_eq!(find("8:pids:/"), None);
        assert_eq!(find("1:name=systemd:/memory"), None);
        assert_eq!(find(""), None);
    }

    #[test]
    fn what_is_not_there_is_not_given_and_what_was_given_comes_back() {
        assert!(matches!(share(usize::MAX / 2, "work"), Err(Error::Busy(_))));
        for _ in 0..1000 {
            drop(share(64 << 20, "work").unwrap());
        }
        assert!(share(0, "work").is_ok());
    }

    #[test]
    fn everything_is_read() {
        for length in [0_usize, 1, 16 << 10, (16 << 10) + 1, 9 << 20] {
            let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
            let mut bytes = b"before".to_vec();
            read_to_end(&mut &content[..], &mut bytes).unwrap();
            assert!(bytes[..6] == *b"before" && bytes[6..] == content, "{length}");
        }
    }

    #[test]
    fn a_control_group_has_what_is_not_taken_or_can_be_read_again() {
        let group = Scratch::new();
        let write = |name: &str, text: &str| fs::write(group.join(name), text).unwrap();
        let find = || find_free_in(group.path(), &SECOND);
        assert_eq!(find(), None);
        write("memory.max", "max\n");
        write("memory.current", "700\n");
        write("memory.stat", "anon 100\ninactive_file 50\nactive_file 9\n");
        assert_eq!(find(), None);
        write("memory.max", "1000\n");
        assert_eq!(find(), Some(350));
        write("memory.max", "500\n");
        assert_eq!(find(), Some(0));
        // The same in the words of the first version, whose `inactive_file` is of this group alone.
        write("memory.limit_in_bytes", "1000\n");
        write("memory.usage_in_bytes", "700\n");
        write("memory.stat", "inactive_file 1\ntotal_inactive_file 50\n");
        assert_eq!(find_free_in(group.path(), &FIRST), Some(350));
        assert_eq!(
            field("MemTotal: 5 kB\nMemAvailable:    17 kB\n", "MemAvailable:"),
            Some(17)
        );
    }
}
