//! The list at the front of an archive.
//!
//! A line for what it is, lines `KEY VALUE` for what it is of, an empty line, then a line a file: SHA-256, size in
//! bytes, path. What the list does not name is not in the archive, so it bounds what is read and what is written.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use super::INI;
use crate::error::{Error, Result};
use crate::model::snapshot::{DATA, DATABASE};
use crate::update::chain;

/// The name of the list in the archive.
pub const NAME: &str = "MANIFEST";

/// So large a list may be, bytes: half a million files.
pub const LARGEST: u64 = 64 << 20;

/// The path of the file that says which version the data is of.
const VERSION: &str = "data/VERSION";

/// What the first line says, before the number of the form.
const TITLE: &str = "Fietsboek backup ";

/// The form that this program writes and reads.
const FORM: u32 = 1;

/// The longest path, bytes.
const LONGEST_PATH: usize = 1024;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// When the snapshot was taken, RFC 3339.
    pub made: String,
    /// The version of the program that made it.
    pub program: String,
    /// The last update that the instance has had, as in the file VERSION.
    pub version: String,
    /// How many tracks there are.
    pub tracks: u64,
    /// How many accounts there are.
    pub users: u64,
    /// The files, in the order of the archive.
    pub files: Vec<Entry>,
}

/// A file of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256, lower-case hexadecimal.
    pub sha256: String,
    /// Bytes.
    pub size: u64,
    /// The path, below nothing: `data/tracks/1/track.gpx.br`.
    pub path: String,
}

impl Manifest {
    /// The bytes of all files.
    pub fn size(&self) -> u64 {
        self.size_of("")
    }

    /// The bytes of the files whose paths begin so.
    pub fn size_of(&self, prefix: &str) -> u64 {
        let files = self.files.iter().filter(|file| file.path.starts_with(prefix));
        files.fold(0, |sum, file| sum.saturating_add(file.size))
    }

    /// The text of the list.
    pub fn text(&self) -> String {
        let mut text = format!(
            "{TITLE}{FORM}\nmade {}\nprogram {}\nversion {}\ntracks {}\nusers {}\n\n",
            self.made, self.program, self.version, self.tracks, self.users
        );
        for Entry { sha256, size, path } in &self.files {
            text.push_str(&format!("{sha256} {size} {path}\n"));
        }
        text
    }

    /// Reads a list.
    ///
    /// # Errors
    /// `Invalid` with what is wrong with it; that it is of a newer version is said first.
    pub fn parse(text: &str) -> Result<Manifest> {
        let wrong = |what: &str| Error::Invalid(format!("its list {what}"));
        let (head, files) = text.split_once("\n\n").ok_or_else(|| wrong("has no files"))?;
        let mut head = head.lines();
        let form: u32 = head
            .next()
            .and_then(|line| line.strip_prefix(TITLE)?.parse().ok())
            .ok_or_else(|| wrong("does not begin as one"))?;
        if form > FORM {
            return Err(Error::Invalid(format!(
                "it is of a newer version of this program (form {form}, and {FORM} is known)"
            )));
        }
        let pairs: Vec<(&str, &str)> = head.filter_map(|line| line.split_once(' ')).collect();
        let value = |key: &str| {
            let found = pairs.iter().find(|(name, _)| *name == key);
            found
                .map(|(_, value)| *value)
                .ok_or_else(|| wrong(&format!("does not say {key}")))
        };
        let number = |key: &str| {
            value(key)?
                .parse()
                .map_err(|_| wrong(&format!("has an odd number of {key}")))
        };
        let version = value("version")?.to_owned();
        if chain::find(&version).is_none() {
            return Err(Error::Invalid(format!(
                "it is of a newer Fietsboek ({version:?}, and {} is known)",
                chain::name(Some(chain::HEAD))
            )));
        }
        let files = files
            .lines()
            .map(|line| Entry::parse(line).ok_or_else(|| wrong(&format!("has an odd line {line:?}"))));
        let manifest = Manifest {
            made: value("made")?.to_owned(),
            program: value("program")?.to_owned(),
            version,
            tracks: number("tracks")?,
            users: number("users")?,
            files: files.collect::<Result<_>>()?,
        };
        let mut paths = BTreeSet::new();
        if let Some(twice) = manifest.files.iter().find(|file| !paths.insert(file.path.as_str())) {
            return Err(wrong(&format!("names {} twice", twice.path)));
        }
        if let Some(missing) = [INI, DATABASE, VERSION].iter().find(|name| !paths.contains(**name)) {
            return Err(wrong(&format!("names no {missing}")));
        }
        // A file that is a directory for another.
        let is_dir = |path: &str| {
            let below = format!("{path}/");
            let next = paths.range(below.as_str()..).next();
            next.is_some_and(|other| other.starts_with(&below))
        };
        match manifest.files.iter().find(|file| is_dir(&file.path)) {
            Some(both) => Err(wrong(&format!("names {} as file and directory", both.path))),
            None => Ok(manifest),
        }
    }
}

impl Entry {
    fn parse(line: &str) -> Option<Entry> {
        let (sha256, rest) = line.split_once(' ')?;
        let (size, path) = rest.split_once(' ')?;
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        (is_hash && is_ours(path)).then(|| Entry {
            sha256: sha256.to_owned(),
            size: size.parse().ok().unwrap_or(u64::MAX),
            path: path.to_owned(),
        })
    }
}

/// Whether a path leads to where an instance has something, and nowhere else.
fn is_ours(path: &str) -> bool {
    let is_plain = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    // `a//b`, `a/./b` and `a/` have plain components too.
    let is_short = path
        .split('/')
        .all(|part| !part.is_empty() && part != "." && part.len() <= 255);
    let mut parts = path.split('/');
    let is_at_home = match (parts.next(), parts.next(), parts.next()) {
        (Some(INI | DATABASE), None, None) => true,
        (Some(DATA), Some("VERSION"), None) => true,
        (Some(DATA), Some("tracks" | "users"), Some(_)) => parts.next().is_some(),
        _ => false,
    };
    is_plain && is_short && is_at_home && path.len() <= LONGEST_PATH && !path.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let entry = |path: &str, size| Entry {
            sha256: "ab".repeat(32),
            size,
            path: path.to_owned(),
        };
        Manifest {
            made: "2026-11-24T20:00:00Z".to_owned(),
            program: "1.0.0".to_owned(),
            version: chain::name(Some(chain::HEAD)).to_owned(),
            tracks: 1,
            users: 2,
            files: vec![
                entry(INI, 3),
                entry(DATABASE, 40),
                entry(VERSION, 500),
                entry("data/tracks/1/a photo-é.jpg", 6000),
                entry("data/tracks/1/a", 0),
                entry("data/tracks/1-a/b", u64::MAX),
            ],
        }
    }

    #[test]
    fn a_list_is_read_back_as_it_was_written() {
        let manifest = manifest();
        assert_eq!(Manifest::parse(&manifest.text()).unwrap(), manifest);
        assert_eq!(manifest.size_of(DATABASE), 40);
        assert_eq!(manifest.size_of("data/tracks/1/"), 6000);
        // No sum is so large that it becomes a small one.
        assert_eq!(manifest.size(), u64::MAX);
    }

    #[test]
    fn what_a_later_version_adds_to_the_head_is_passed_over() {
        let text = manifest().text().replacen("tracks 1", "tracks 1\nweather fine", 1);
        assert_eq!(Manifest::parse(&text).unwrap(), manifest());
    }

    #[test]
    fn only_places_of_an_instance_are_ours() {
        for (path, expected) in [
            (INI, true),
            ("data/tracks/1/images/a.jpg", true),
            ("data/users/1/heatmap.sqlite", true),
            ("data/tracks/1", false),
            ("data/VERSION/x", false),
            ("data/cron.lock", false),
            ("data/tracks/../x/y", false),
            ("/fietsboek.ini", false),
            ("", false),
            ("data/tracks/1/a\tb", false),
        ] {
            assert_eq!(is_ours(path), expected, "{path:?}");
        }
    }

    #[test]
    fn a_size_that_is_none_is_too_large_for_anything() {
        let text = manifest().text().replacen(" 40 ", " -40 ", 1);
        assert_eq!(Manifest::parse(&text).unwrap().files[1].size, u64::MAX);
    }
}
