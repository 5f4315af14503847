//! Whether there is room on a disk for what is to be written, before it is begun.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::error::{Error, Result};
use crate::size;

/// What a disk needs besides for names, tables and journals: a tenth, and 4 MiB.
const SPARE: u64 = 4 << 20;

/// Refuses when the disk of a place, which may not be there yet, has less room than so many bytes and a little more.
/// `what` is to be done stands in the error. A disk that does not say how much room it has is believed to have enough.
///
/// # Errors
/// `Failed` with the numbers.
pub fn require(place: &Path, bytes: u64, what: &str) -> Result<()> {
    check(find_free(place), bytes, place, what)
}

/// The same for several places, of which some may be on one disk: what they need there is added up.
///
/// # Errors
/// As [`require`].
pub fn require_all(places: &[(&Path, u64)], what: &str) -> Result<()> {
    let disk = |place: &Path| {
        find_standing(place)
            .and_then(|path| fs::metadata(path).ok())
            .map(|meta| meta.dev())
    };
    for (place, _) in places {
        let own = disk(place);
        let there = places.iter().filter(|(other, _)| disk(other) == own);
        require(place, there.fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes)), what)?;
    }
    Ok(())
}

fn check(free: Option<u64>, bytes: u64, place: &Path, what: &str) -> Result<()> {
    let needed = bytes.saturating_add(bytes / 10).saturating_add(SPARE);
    match free {
        Some(free) if free < needed => Err(Error::Failed(format!(
            "cannot {what}: the disk of {} has {} free and about {} are needed; nothing was changed",
            place.display(),
            size::text(free),
            size::text(needed)
        ))),
        _ => Ok(()),
    }
}

/// What the user of this process may still write to the disk of a place, bytes.
fn find_free(place: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(find_standing(place)?).ok()?;
    // File systems without a size of their own, as some network ones, tell noughts.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// The place itself, or the nearest above it that is there.
fn find_standing(place: &Path) -> Option<&Path> {
    place.ancestors().find(|path| path.exists())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_and_a_little_more_is_asked_for() {
        let place = Path::new("/srv/x");
        let try_it = |free, bytes| check(free, bytes, place, "do it");
        assert!(try_it(Some(SPARE), 0).is_ok());
        assert!(try_it(Some(SPARE - 1), 0).is_err());
        assert!(try_it(Some(110 + SPARE), 100).is_ok());
        assert!(try_it(Some(109 + SPARE), 100).is_err());
        assert!(try_it(None, u64::MAX).is_ok());
        let error = try_it(Some(1 << 20), 10 << 20).unwrap_err();
        assert_eq!(
            error.text(),
            "cannot do it: the disk of /srv/x has 1.0 MiB free and about 15.0 MiB are needed; nothing was changed"
        );
        assert!(try_it(Some(u64::MAX - 1), u64::MAX).is_err());
    }

    #[test]
    fn the_disk_of_what_is_not_there_yet_is_that_of_what_is_above_it() {
        let scratch = crate::scratch::Scratch::new();
        assert!(find_free(&scratch.join("a/b/c")).is_some_and(|free| free > 0));
        assert!(require(&scratch.join("a"), 1, "do it").is_ok());
        assert!(require(&scratch.join("a"), u64::MAX, "do it").is_err());
        let half = find_free(scratch.path()).unwrap() / 2 + SPARE;
        let (a, b) = (scratch.join("a"), scratch.join("b"));
        assert!(require_all(&[(&a, half), (&b, 0)], "do it").is_ok());
        assert!(require_all(&[(&a, half), (&b, half)], "do it").is_err());
    }
}
