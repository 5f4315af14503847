//! Where recordings come from: files, directories and ZIP files, listed before anything is read of them.
//!
//! Which files of a directory or a ZIP file are recordings is told by their names; what is named itself is tried
//! whatever it is called. In a directory no link is followed, and nothing but regular files is opened.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use super::file;
use super::packed::Packed;
use super::words::{Tables, Words};
use crate::error::{Error, Result};
use crate::model::files::{list_dir, name_of};

/// What recordings are called at the end, packed by gzip or not.
const ENDINGS: [&str; 3] = [".gpx", ".fit", ".tcx"];
/// Bytes of a table at the most.
const LARGEST_TABLE: u64 = 64 << 20;
/// What a ZIP file begins with; an empty one is of no use.
const ZIP: [u8; 4] = *b"PK\x03\x04";

/// A recording to be imported.
pub struct Item {
    /// What it is called in messages.
    pub name: String,
    /// What a table says about it.
    pub words: Option<Words>,
    place: Place,
}

enum Place {
    File(PathBuf),
    /// One that a directory lists: no link is followed.
    Listed(PathBuf),
    Entry(Packed, usize),
}

/// What there is to import.
#[derive(Default)]
pub struct Listing {
    /// The recordings.
    pub items: Vec<Item>,
    /// What cannot be read: its name and why.
    pub failed: Vec<(String, String)>,
    /// How many files were passed over, as they are no recordings.
    pub others: u64,
}

impl Item {
    /// Its content, of `most` bytes at most.
    ///
    /// # Errors
    /// Why it is not read.
    pub fn read(&self, most: u64) -> std::result::Result<Vec<u8>, String> {
        match &self.place {
            Place::File(path) => file::read(file::open(path, OFlags::empty())?, most),
            Place::Listed(path) => file::read(file::open(path, OFlags::NOFOLLOW)?, most),
            Place::Entry(packed, index) => packed.read(*index, most),
        }
    }

    /// The name of its file without what tells the format.
    pub fn stem(&self) -> &str {
        let name = self.name.rsplit(['/', '\\']).next().unwrap_or_default();
        let name = strip_ending(name, ".gz");
        ENDINGS.iter().fold(name, |name, ending| strip_ending(name, ending))
    }
}

/// Lists what is named.
///
/// # Errors
/// `NotFound` when something that is named is not there: then it is likely a slip, and nothing is imported.
pub fn list(named: &[String]) -> Result<Listing> {
    let mut listing = Listing::default();
    for name in named {
        let meta = fs::metadata(name).map_err(|e| Error::NotFound(format!("cannot read {name}: {e}")))?;
        match meta.is_dir() {
            true => listing.add_directory(Path::new(name)),
            false => listing.add_file(name),
        }
    }
    Ok(listing)
}

impl Listing {
    fn add_file(&mut self, name: &str) {
        let begins = file::open(Path::new(name), OFlags::empty()).and_then(|mut file| {
            let mut begins = Vec::new();
            let read = file.by_ref().take(ZIP.len() as u64).read_to_end(&mut begins);
            read.map(|_| (file, begins)).map_err(|e| file::unread(&e))
        });
        match begins {
            Err(why) => self.failed.push((name.to_owned(), why)),
            Ok((file, begins)) if begins == ZIP => match Packed::open(file) {
                Ok(packed) => self.add_archive(name, &packed),
                Err(why) => self.failed.push((name.to_owned(), why)),
            },
            Ok(_) => self.items.push(Item {
                name: name.to_owned(),
                words: None,
                place: Place::File(PathBuf::from(name)),
            }),
        }
    }

    fn add_archive(&mut self, name: &str, packed: &Packed) {
        let mut tables = Tables::default();
        let mut found = Vec::new();
        for entry in packed.list() {
            let place = Place::Entry(packed.clone(), entry.index);
            let shown = format!("{name}/{}", entry.path);
            match (entry.refused, kind_of(&entry.path)) {
                (Some(why), _) => self.failed.push((shown, why)),
                (None, Sort::Recording) => found.push((
                    entry.path,
                    Item {
                        name: shown,
                        words: None,
                        place,
                    },
                )),
                (None, Sort::Table) => match packed.read(entry.index, LARGEST_TABLE) {
                    Ok(bytes) => tables.add(&entry.path, &bytes),
                    Err(why) => self.failed.push((shown, why)),
                },
                (None, Sort::Other) => self.others += 1,
            }
        }
        self.add_found(found, &tables);
    }

    fn add_directory(&mut self, root: &Path) {
        let mut tables = Tables::default();
        let mut found = Vec::new();
        let mut waiting = vec![root.to_owned()];
        while let Some(directory) = waiting.pop() {
            let paths = match list_dir(&directory) {
                Ok(paths) => paths,
                Err(e) => {
                    self.failed.push((directory.display().to_string(), e.text().to_owned()));
                    continue;
                }
            };
            let (mut below, before) = (Vec::new(), found.len());
            for path in paths {
                let is_directory = fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir());
                let name = path.display().to_string();
                let inside = path.strip_prefix(root).unwrap_or(&path).display().to_string();
                match kind_of(&inside) {
                    _ if is_directory && !name_of(&path).starts_with('.') => below.push(path),
                    Sort::Recording if !is_directory => {
                        let place = Place::Listed(path);
                        found.push((
                            inside,
                            Item {
                                name,
                                words: None,
                                place,
                            },
                        ));
                    }
                    Sort::Table if !is_directory => {
                        match file::open(&path, OFlags::NOFOLLOW).and_then(|file| file::read(file, LARGEST_TABLE)) {
                            Ok(bytes) => tables.add(&inside, &bytes),
                            Err(why) => self.failed.push((name, why)),
                        }
                    }
                    _ => self.others += 1,
                }
            }
            found[before..].sort_by(|(one, _), (other, _)| one.cmp(other));
            waiting.extend(below.into_iter().rev());
        }
        self.add_found(found, &tables);
    }

    fn add_found(&mut self, found: Vec<(String, Item)>, tables: &Tables) {
        self.items.extend(found.into_iter().map(|(path, item)| Item {
            words: tables.find(&path).cloned(),
            ..item
        }));
    }
}

enum Sort {
    Recording,
    Table,
    Other,
}

/// What a file is, by its name. What is hidden is nobody's recording: a Mac puts such a file beside each other one.
fn kind_of(path: &str) -> Sort {
    let is_hidden = path.split('/').any(|part| part.starts_with('.') || part == "__MACOSX");
    let name = path.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match () {
        () if is_hidden => Sort::Other,
        () if ENDINGS.iter().any(|ending| name.ends_with(ending)) => Sort::Recording,
        () if name.ends_with(".csv") => Sort::Table,
        () => Sort::Other,
    }
}

fn strip_ending<'a>(name: &'a str, ending: &str) -> &'a str {
    let at = name.len().saturating_sub(ending.len());
    match name.get(at..) {
        Some(last) if at > 0 && last.eq_ignore_ascii_case(ending) => &name[..at],
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn write(scratch: &Scratch, names: &[&str]) {
        for name in names {
            let path = scratch.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
    }

    fn listed(scratch: &Scratch) -> Listing {
        list(&[scratch.path().display().to_string()]).unwrap()
    }

    #[test]
    fn recordings_of_a_directory_are_told_by_their_names_in_order() {
        let scratch = Scratch::new();
        write(
            &scratch,
            &[
                "b.GPX",
                "a.fit.gz",
                "sub/c.tcx",
                "note.txt",
                "media/1.jpg",
                ".git/x.gpx",
                "._b.gpx",
                "x.zip",
            ],
        );
        let listing = listed(&scratch);
        let stems: Vec<&str> = listing.items.iter().map(Item::stem).collect();
        assert_eq!(stems, ["a", "b", "c"]);
        assert_eq!((listing.others, listing.failed.len()), (5, 0));
        assert_eq!(listing.items[0].read(1).unwrap(), b"x");
        assert!(listing.items[0].read(0).unwrap_err().contains("larger than 0 bytes"));
    }

    #[test]
    fn links_and_pipes_of_a_directory_are_not_opened() {
        let scratch = Scratch::new();
        write(&scratch, &["real.txt"]);
        std::os::unix::fs::symlink(scratch.join("real.txt"), scratch.join("link.gpx")).unwrap();
        std::os::unix::fs::symlink(scratch.path(), scratch.join("loop")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            scratch.join("pipe.gpx"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        let listing = listed(&scratch);
        let why: Vec<String> = listing.items.iter().map(|item| item.read(9).unwrap_err()).collect();
        assert_eq!(why, ["it is a symbolic link", "it is no regular file"]);
        let named = list(&[scratch.join("pipe.gpx").display().to_string()]).unwrap();
        assert_eq!(named.failed[0].1, "it is no regular file");
    }

    #[test]
    fn what_is_named_is_tried_and_has_to_be_there() {
        let scratch = Scratch::new();
        write(&scratch, &["ride.xml"]);
        let named = list(&[scratch.join("ride.xml").display().to_string()]).unwrap();
        assert_eq!((named.items.len(), named.items[0].stem()), (1, "ride.xml"));
        let missing = list(&[scratch.join("no.gpx").display().to_string()]);
        assert!(matches!(missing, Err(Error::NotFound(_))));
    }

    #[test]
    fn a_hidden_name_and_a_bare_ending_are_no_stems() {
        for (name, stem) in [
            ("d/a.b.GPX.gz", "a.b"),
            ("ride", "ride"),
            ("é.tcx", "é"),
            (".gpx", ".gpx"),
        ] {
            let item = Item {
                name: name.to_owned(),
                words: None,
                place: Place::File(PathBuf::new()),
            };
            assert_eq!(item.stem(), stem);
        }
    }
}
