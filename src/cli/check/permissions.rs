//! Who may read the instance, and who owns it.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::finding::Findings;
use crate::config::Config;
use crate::datadir::DataDir;

/// Others may read it.
const READ: u32 = 0o004;
/// Others may go through it.
const PASS: u32 = 0o001;
/// So deep the data directory is looked at: `tracks/5/images/photo`.
const DEEPEST: usize = 4;

pub(super) fn check(config: &Config, dir: &DataDir, findings: &mut Findings) {
    let places = [
        (config.file.as_path(), "which holds secrets", "chmod o= "),
        (
            config.database.as_path(),
            "which holds addresses and passwords' hashes",
            "chmod o= ",
        ),
        (dir.path(), "where everybody's recordings are", "chmod o= "),
    ];
    for (path, why, todo) in places {
        if is_open_to_all(path) {
            let text = format!("every user of this machine can read it, {why}");
            findings.problem(path.display().to_string(), text, format!("{todo}{}", path.display()));
        }
    }
    check_owner(config, dir, findings);
}

/// Whether strangers can read a file or list a directory: its own bits count, and those of what leads to it.
fn is_open_to_all(path: &Path) -> bool {
    // As the system goes: where a link leads to.
    let Ok(path) = path.canonicalize() else { return false };
    let has = |path: &Path, bits: u32| fs::metadata(path).is_ok_and(|meta| meta.mode() & bits == bits);
    let needed = if path.is_dir() { READ | PASS } else { READ };
    has(&path, needed) && path.ancestors().skip(1).all(|above| has(above, PASS))
}

/// What belongs to another user than the data directory stands in the server's way.
fn check_owner(config: &Config, dir: &DataDir, findings: &mut Findings) {
    let Ok(data) = fs::metadata(dir.path()) else { return };
    let owner = data.uid();
    let is_anothers = |meta: &Metadata| meta.uid() != owner;
    let chown = |path: &Path| format!("chown -hR --reference={} {}", dir.path().display(), path.display());
    if fs::metadata(&config.database).is_ok_and(|meta| is_anothers(&meta)) {
        let text = "belongs to another user than the data directory";
        findings.problem(config.database.display().to_string(), text, chown(&config.database));
    }
    let mut others = Others {
        owner,
        count: 0,
        first: None,
    };
    others.walk(dir.path(), 0);
    if let Some(first) = others.first {
        let text = format!(
            "{} files or directories below it belong to another user than it does, the first is {first}",
            others.count
        );
        findings.problem(dir.path().display().to_string(), text, chown(dir.path()));
    }
    let own = rustix::process::geteuid();
    if !own.is_root() && own.as_raw() != owner {
        let text = format!("belongs to user {owner}, and the check runs as user {}", own.as_raw());
        findings.note(
            dir.path().display().to_string(),
            text,
            "run it as the user that fietsboek-serve runs as",
        );
    }
}

/// What another user owns.
struct Others {
    owner: u32,
    count: usize,
    first: Option<String>,
}

impl Others {
    fn walk(&mut self, place: &Path, depth: usize) {
        for entry in fs::read_dir(place).into_iter().flatten().flatten() {
            let Ok(meta) = entry.metadata() else { continue };
            if meta.uid() != self.owner {
                self.count += 1;
                self.first.get_or_insert_with(|| entry.path().display().to_string());
            }
            if meta.is_dir() && depth < DEEPEST {
                self.walk(&entry.path(), depth + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_closed_directory_above_closes_what_is_below() {
        let scratch = Scratch::new();
        let file = scratch.join("f.ini");
        fs::write(&file, "").unwrap();
        let set = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        for (above, own, expected) in [(0o755, 0o644, true), (0o750, 0o644, false), (0o755, 0o640, false)] {
            set(scratch.path(), above);
            set(&file, own);
            assert_eq!(is_open_to_all(&file), expected, "{above:o} {own:o}");
        }
        set(scratch.path(), 0o711);
        assert!(!is_open_to_all(scratch.path()));
        assert!(!is_open_to_all(&scratch.join("missing")));
    }

    #[test]
    fn what_another_user_owns_is_counted() {
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.join("tracks/1")).unwrap();
        let own = fs::metadata(scratch.path()).unwrap().uid();
        for (owner, expected) in [(own, 0), (own + 1, 2)] {
            let mut others = Others {
                owner,
                count: 0,
                first: None,
            };
            others.walk(scratch.path(), 0);
            assert_eq!((others.count, others.first.is_some()), (expected, expected > 0));
        }
    }
}
