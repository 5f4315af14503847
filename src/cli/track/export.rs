//! `fietsctl track export`: the tracks of a user as files, whole, with a table that says what the files do not. The
//! import reads both back.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::drain::Drain;
use super::{email, owner};
use crate::cli::call::{Call, complain};
use crate::cli::interrupt::Interrupt;
use crate::cli::open::open;
use crate::cli::progress::Bar;
use crate::cli::{csv, printable};
use crate::clock;
use crate::error::{Error, Result};
use crate::instance::Held;
use crate::model::card::{self, Card};
use crate::model::files::{io, list_dir};
use crate::model::zone::Cut;
use crate::model::{TrackId, image, track};
use crate::web::page::form::engraved;
use crate::web::page::recording;

/// The table; its columns are those of Strava where that has such.
const TABLE: &str = "activities.csv";
const COLUMNS: [&str; 8] = [
    "Activity ID",
    "Activity Date",
    "Activity Name",
    "Activity Description",
    "Filename",
    "Kind",
    "Visibility",
    "Tags",
];
/// Tracks that are looked up at once.
const PAGE: usize = 100;
/// Characters of a title in a file's name.
const LONGEST_TITLE: usize = 60;

pub(super) fn run(call: &Call) -> Result<()> {
    let email = email(call)?;
    let target = Path::new(call.operands().first().map_or("", String::as_str));
    let config = call.config()?;
    let held = open(&config)?;
    let owner = owner(&held.db, email)?;
    prepare(target, &held)?;
    let total = track::count_owned(&held.db, owner.id)?;
    let mut export = Export {
        held: &held,
        target,
        table: create(&target.join(TABLE))?,
        written: 0,
        failed: 0,
    };
    export.row(COLUMNS)?;
    let (interrupt, drain) = (Interrupt::catch()?, Drain::new(held.dir.path()));
    let bar = Bar::new(!call.is_quiet());
    let mut before = TrackId(i64::MAX);
    let outcome = 'all: loop {
        let cards = card::list_owned(&held.db, owner.id, before, PAGE)?;
        let Some(last) = cards.last() else { break Ok(()) };
        before = last.id;
        for card in &cards {
            if interrupt.wait(Duration::ZERO) {
                break 'all Err(Error::Failed("stopped by a signal; the export is not whole".to_owned()));
            }
            if let Err(on) = drain.check() {
                break 'all Err(on);
            }
            if let Some(why) = export.add(card)? {
                bar.clear();
                complain(&printable::text(&format!("track {}: {why}", card.id)));
                export.failed += 1;
            }
            bar.set((export.written + export.failed) as f64 / total.max(1) as f64);
        }
    };
    drop(bar);
    let (written, failed) = (export.written, export.failed);
    drop(held);
    call.say(&format!("exported {written}, failed {failed}"))?;
    outcome?;
    match failed {
        0 => Ok(()),
        _ => Err(Error::Quiet(1)),
    }
}

/// Makes the directory unless it is there and empty. It is nobody else's to read: everything private comes into it.
fn prepare(target: &Path, held: &Held) -> Result<()> {
    let refuse = |why: &str| Err(Error::Invalid(format!("cannot export to {}: {why}", target.display())));
    if target.as_os_str().is_empty() {
        return refuse("it has no name");
    }
    // A directory that is there is looked at itself, else the one that it comes into.
    let place = fs::canonicalize(target).or_else(|_| {
        let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
        fs::canonicalize(parent.unwrap_or(Path::new(".")))
    });
    let data = fs::canonicalize(held.dir.path());
    if matches!((&place, &data), (Ok(place), Ok(data)) if place.starts_with(data)) {
        return refuse("it is in the data directory");
    }
    match fs::metadata(target) {
        Ok(meta) if !meta.is_dir() => refuse("it is no directory"),
        Ok(_) if !list_dir(target)?.is_empty() => refuse("it is not empty"),
        Ok(_) => Ok(()),
        Err(_) => {
            let made = fs::DirBuilder::new().mode(0o700).create(target);
            made.map_err(|e| io("make", target, e))
        }
    }
}

/// A new file that only its owner reads.
fn create(path: &Path) -> Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map_err(|e| io("write", path, e))
}

struct Export<'a> {
    held: &'a Held,
    target: &'a Path,
    table: File,
    written: usize,
    failed: usize,
}

impl Export<'_> {
    /// Writes a track; why it cannot be, when its own files cannot be read.
    fn add(&mut self, card: &Card) -> Result<Option<String>> {
        let (db, dir) = (&self.held.db, &self.held.dir);
        let sound = match recording::find_sound(dir, card.id, Cut::NONE) {
            Ok(Some(sound)) => sound,
            Ok(None) => return Ok(Some("it has no recording that can be read".to_owned())),
            Err(e) => return Ok(Some(e.text().to_owned())),
        };
        let Some(track) = track::find(db, card.id)? else {
            return Ok(Some("it was deleted meanwhile".to_owned()));
        };
        let stem = stem(card);
        let name = format!("{stem}.gpx");
        write(&self.target.join(&name), &sound.gpx)?;
        let lost = self.add_photos(card.id, &self.target.join(&stem))?;
        let (id, date) = (card.id.to_string(), engraved::time(card.date).format());
        self.row([
            &id,
            &date,
            card.title.as_deref().unwrap_or_default(),
            &track.fields.description,
            &name,
            card.kind.name(),
            card.visibility.name(),
            &card.tags.join("\n"),
        ])?;
        if lost.is_none() {
            self.written += 1;
        }
        Ok(lost)
    }

    /// Writes the photos of a track to a directory of their own; why one of them cannot be read.
    fn add_photos(&self, id: TrackId, target: &Path) -> Result<Option<String>> {
        let (db, dir) = (&self.held.db, &self.held.dir);
        let mut lost = None;
        for photo in image::list(db, dir, id)? {
            let original = match image::open(dir, id, &photo.name) {
                Ok(Some(original)) => original,
                Ok(None) => continue,
                Err(e) => {
                    lost = Some(e.text().to_owned());
                    continue;
                }
            };
            match fs::DirBuilder::new().mode(0o700).create(target) {
                Err(e) if e.kind() != std::io::ErrorKind::AlreadyExists => return Err(io("make", target, e)),
                _ => {}
            }
            let path = target.join(&photo.name);
            let (mut from, mut to) = (original.file, create(&path)?);
            std::io::copy(&mut from, &mut to).map_err(|e| io("write", &path, e))?;
        }
        Ok(lost)
    }

    fn row(&mut self, fields: [&str; 8]) -> Result<()> {
        let path: PathBuf = self.target.join(TABLE);
        let written = self.table.write_all(csv::row(fields).as_bytes());
        written.map_err(|e| io("write", &path, e))
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    create(path)?.write_all(bytes).map_err(|e| io("write", path, e))
}

/// What the files of a track are called: readable, and like no other's.
fn stem(card: &Card) -> String {
    let date = clock::date_text(card.date.wall.date());
    match safe(card.title.as_deref().unwrap_or_default()) {
        title if title.is_empty() => format!("{date}-{}", card.id),
        title => format!("{date}-{title}-{}", card.id),
    }
}

/// A title as a part of a file's name on any system.
fn safe(title: &str) -> String {
    let words = title
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    let joined = words.collect::<Vec<_>>().join("-");
    let cut: String = joined.chars().take(LONGEST_TITLE).collect();
    cut.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_part_of_a_name_that_every_system_takes() {
        assert_eq!(safe("Mojstrovka – čez / prelaz"), "Mojstrovka-čez-prelaz");
        assert_eq!(safe("../..\\con:\n*?\"<>|"), "con");
        assert_eq!(safe(" \u{7}"), "");
        assert_eq!(safe(&"wort ".repeat(50)).chars().count(), 59);
    }
}
