//! Photos of a track: the files in its `images/`, and what is said about them.
//!
//! The list of photos is the directory, always; `image_metadata` only describes. What a file really
//! is (its type, its size) is not looked at here, and no name from outside reaches the disk but through [`sanitise`].

use std::collections::{HashMap, HashSet};
use std::fs::{self, File, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use time::OffsetDateTime;
use unicode_normalization::UnicodeNormalization;

use super::{TrackId, column, failed, query};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::picture::Kind;
use crate::secret;

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// The file's name in `images/`.
    pub name: String,
    /// May be empty.
    pub description: String,
}

/// A file name without anything that a path or a header could be misled by: decomposed to ASCII,
/// slashes and spaces as `_`, nothing but letters, digits, `_`, `.` and `-`, no `.` or `_` at either end.
/// May be empty. Photos and the names of downloads are made so.
pub fn sanitise(name: &str) -> String {
    let ascii: String = name
        .nfkd()
        .filter(char::is_ascii)
        .map(|c| if c == '/' { ' ' } else { c })
        .collect();
    // The separators FS to US count as white space in the original.
    let words: Vec<&str> = ascii
        .split(|c: char| c.is_ascii_whitespace() || ('\x1c'..='\x1f').contains(&c) || c == '\x0b')
        .filter(|word| !word.is_empty())
        .collect();
    let mut safe = words.join("_");
    safe.retain(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'));
    safe.trim_matches(['.', '_']).to_owned()
}

/// How long a name of ours gets before its extension, in bytes; file systems take 255.
const LONGEST: usize = 200;

/// The name under which a new photo is stored: five random letters, `_`, and what is harmless of the
/// client's name; a random UUID when nothing is. The extension fits the content, for Fietsboek 0.11
/// tells the type of a photo by it.
///
/// # Errors
/// `Failed` when the system has no random bytes.
pub fn new_name(client_name: &str, kind: Kind) -> Result<String> {
    let safe = sanitise(client_name);
    let fits = |extension: &str| kind.extensions().iter().any(|one| extension.eq_ignore_ascii_case(one));
    let (stem, extension) = match safe.rsplit_once('.') {
        Some((stem, extension)) if fits(extension) => (stem, extension),
        _ => (safe.as_str(), kind.extensions()[0]),
    };
    let stem = stem[..stem.len().min(LONGEST)].trim_matches(['.', '_']);
    if stem.is_empty() {
        return Ok(format!("{}.{extension}", secret::uuid()?));
    }
    Ok(format!("{}_{stem}.{extension}", letters()?))
}

/// Five random lower-case letters.
fn letters() -> Result<String> {
    let random = u64::from_ne_bytes(secret::random()?);
    // 26^5 divides 2^64 so nearly that no name is likelier than another.
    let letter = |power: u32| char::from(b'a' + (random / 26_u64.pow(power) % 26) as u8);
    Ok((0..5).map(letter).collect())
}

/// Says something about a photo; an empty text takes back what was said.
///
/// # Errors
/// What the database says.
pub fn describe(db: &Connection, track: TrackId, name: &str, text: &str) -> Result<()> {
    let sql = "INSERT INTO image_metadata (track_id, image_name, description) VALUES (?1, ?2, ?3)
               ON CONFLICT (track_id, image_name) DO UPDATE SET description = excluded.description";
    db.execute(sql, (track, name, text))
        .map_err(|e| failed("describe a photo", e))?;
    Ok(())
}

/// Forgets what was said about a photo that goes. The file is not touched.
///
/// # Errors
/// What the database says.
pub fn forget(db: &Connection, track: TrackId, name: &str) -> Result<()> {
    let sql = "DELETE FROM image_metadata WHERE track_id = ?1 AND image_name = ?2";
    db.execute(sql, (track, name))
        .map_err(|e| failed("forget a photo", e))?;
    Ok(())
}

/// The photos of a track in their order: by the part of the name after the first `_`, for the part
/// before is random. A file whose name no request can name is left out.
///
/// # Errors
/// `Failed` when the directory is there and cannot be listed; what the database says.
pub fn list(db: &Connection, dir: &DataDir, track: TrackId) -> Result<Vec<Photo>> {
    let mut descriptions = descriptions(db, track)?;
    let mut names = list_names(dir, track)?;
    names.sort_by(|a, b| order(a).cmp(&order(b)));
    let photo = |name: String| Photo {
        description: descriptions.remove(&name).unwrap_or_default(),
        name,
    };
    Ok(names.into_iter().map(photo).collect())
}

/// The names of photos of which something is said and that are not there.
///
/// # Errors
/// As [`list`].
pub fn list_lost(db: &Connection, dir: &DataDir, track: TrackId) -> Result<Vec<String>> {
    let present: HashSet<String> = list_names(dir, track)?.into_iter().collect();
    let mut lost: Vec<String> = descriptions(db, track)?.into_keys().collect();
    lost.retain(|name| !present.contains(name));
    lost.sort();
    Ok(lost)
}

fn order(name: &str) -> (&str, &str) {
    (name.split_once('_').map_or(name, |(_, rest)| rest), name)
}

fn descriptions(db: &Connection, track: TrackId) -> Result<HashMap<String, String>> {
    let sql = "SELECT image_name, description FROM image_metadata WHERE track_id = ?1";
    let rows = query::list(db, "read the descriptions of photos", sql, [track], |row| {
        let name = column::text(row, "image_name")?.unwrap_or_default();
        Ok((name, column::text(row, "description")?.unwrap_or_default()))
    })?;
    Ok(rows.into_iter().collect())
}

fn list_names(dir: &DataDir, track: TrackId) -> Result<Vec<String>> {
    let path = dir.track_images(track.0);
    let failed = |e| Error::Failed(format!("cannot list {}: {e}", path.display()));
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        match entry.file_name().into_string() {
            Ok(name) if is_file && sanitise(&name) == name => names.push(name),
            _ => {}
        }
    }
    Ok(names)
}

/// A photo as it was uploaded, opened.
pub struct Original {
    /// The file; whoever reads it begins at its beginning.
    pub file: File,
    /// Its length in bytes.
    pub length: u64,
    /// When it was put there.
    pub modified: OffsetDateTime,
    /// Differs as soon as the photo or what is made of it does: 32 hexadecimal digits.
    pub identity: String,
}

/// Raised when visitors shall get something else of the same photos.
const FORM: &str = "1";

/// Opens the photo of a name from outside; absent when there is no such file.
///
/// # Errors
/// `Failed` when it is there and cannot be opened.
pub fn open(dir: &DataDir, track: TrackId, name: &str) -> Result<Option<Original>> {
    let Some(path) = find_path(dir, track, name) else {
        return Ok(None);
    };
    let failed = |e| Error::Failed(format!("cannot open {}: {e}", path.display()));
    let file = File::open(&path).map_err(failed)?;
    let meta = file.metadata().map_err(failed)?;
    Ok(Some(Original {
        length: meta.len(),
        modified: meta.modified().map_err(failed)?.into(),
        identity: identity(&path, &meta),
        file,
    }))
}

/// What tells the photos of a track apart, also one from another that was there before it.
fn identity(path: &Path, meta: &Metadata) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let facts = format!("{FORM}/{name}/{}/{}.{}", meta.len(), meta.mtime(), meta.mtime_nsec());
    secret::hex(&secret::sha256(facts.as_bytes())[..16])
}

/// The identities of all photos of a track.
///
/// # Errors
/// `Failed` when the directory is there and cannot be listed.
pub(super) fn identities(dir: &DataDir, track: TrackId) -> Result<HashSet<String>> {
    let images = dir.track_images(track.0);
    let names = list_names(dir, track)?.into_iter();
    let identities = names.filter_map(|name| {
        let path = images.join(name);
        fs::symlink_metadata(&path).ok().map(|meta| identity(&path, &meta))
    });
    Ok(identities.collect())
}

/// Where the photo of a name from outside stands; absent when there is no such file. Links and
/// directories are no photos.
pub fn find_path(dir: &DataDir, track: TrackId, name: &str) -> Option<PathBuf> {
    let safe = sanitise(name);
    let path = dir.track_images(track.0).join(&safe);
    let is_file = !safe.is_empty() && fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_file());
    is_file.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn names_from_outside_are_made_harmless() {
        for (name, safe) in [
            ("../we ird ñ.JPG", "we_ird_n.JPG"),
            ("My & Track <b>", "My__Track_b"),
            ("../../etc/passwd", "etc_passwd"),
            ("Größe ß œ.txt", "Groe_.txt"),
            ("日本.gpx", "gpx"),
            ("..", ""),
            ("", ""),
            ("a\u{a0}b\u{1f}c\r\nd", "a_b_c_d"),
            ("ﬁne\\x\0.png", "finex.png"),
        ] {
            assert_eq!(sanitise(name), safe, "{name:?}");
            assert_eq!(sanitise(safe), safe);
        }
    }

    #[test]
    fn a_new_name_is_harmless_and_tells_the_content() {
        for (client, kind, ends) in [
            ("../we ird ñ.JPG", Kind::Jpeg, "_we_ird_n.JPG"),
            ("view.jpeg", Kind::Jpeg, "_view.jpeg"),
            ("view.png", Kind::Jpeg, "_view.png.jpg"),
            ("evil.html", Kind::Png, "_evil.html.png"),
            ("日本.webp", Kind::WebP, "_webp.webp"),
            ("IMG_1", Kind::Gif, "_IMG_1.gif"),
        ] {
            let name = new_name(client, kind).unwrap();
            let (letters, _) = name.split_at(5);
            assert!(letters.bytes().all(|b| b.is_ascii_lowercase()), "{name}");
            assert_eq!(&name[5..], ends, "{client}");
            assert_eq!(sanitise(&name), name);
        }
        let long = new_name(&"x".repeat(4000), Kind::Png).unwrap();
        assert!(long.len() < 255 && long.ends_with("x.png"));
        for nothing in ["", "..", "山", "_.jpg"] {
            let name = new_name(nothing, Kind::Jpeg).unwrap();
            assert_eq!(name.rsplit_once('.').map(|(_, ext)| ext), Some("jpg"), "{name}");
        }
        assert_eq!(new_name("山", Kind::Jpeg).unwrap().len(), 36 + 4);
        assert_ne!(new_name("a", Kind::Png).unwrap(), new_name("a", Kind::Png).unwrap());
    }

    #[test]
    fn a_photo_is_described_anew_and_forgotten() {
        let site = fixture::site();
        let said = || {
            let photos = list(&site.db, &site.dir, TrackId(1)).unwrap();
            photos[1].description.clone()
        };
        let (track, name) = (TrackId(1), "moodn_view.png");
        describe(&site.db, track, name, "Ü <b>").unwrap();
        assert_eq!(said(), "Ü <b>");
        forget(&site.db, track, name).unwrap();
        assert_eq!(said(), "");
        describe(&site.db, track, name, "again").unwrap();
        assert_eq!(said(), "again");
        forget(&site.db, TrackId(2), name).unwrap();
        assert_eq!(said(), "again");
    }

    #[test]
    fn photos_are_the_files_in_the_order_of_their_own_names() {
        let site = fixture::site();
        let photos = list(&site.db, &site.dir, TrackId(1)).unwrap();
        let texts: Vec<_> = photos
            .iter()
            .map(|p| (p.name.as_str(), p.description.as_str()))
            .collect();
        assert_eq!(
            texts,
            [
                ("qiaft_evil_name.png", "<script>alert(1)</script>"),
                ("moodn_view.png", "From the top"),
            ]
        );
        assert!(list(&site.db, &site.dir, TrackId(2)).unwrap().is_empty());
    }

    #[test]
    fn a_photo_needs_no_row_and_a_row_makes_no_photo() {
        let site = fixture::site();
        let images = site.dir.track_images(1);
        fs::rename(images.join("moodn_view.png"), images.join("aaaaa_view.png")).unwrap();
        fs::create_dir(images.join("thumbs")).unwrap();
        fs::write(images.join(".hidden"), "").unwrap();
        let photos = list(&site.db, &site.dir, TrackId(1)).unwrap();
        assert_eq!(photos.len(), 2);
        assert_eq!(
            (photos[1].name.as_str(), photos[1].description.as_str()),
            ("aaaaa_view.png", "")
        );
    }

    #[test]
    fn only_files_of_the_track_are_found_by_name() {
        let site = fixture::site();
        let images = site.dir.track_images(1);
        std::os::unix::fs::symlink("/etc/hostname", images.join("link")).unwrap();
        let found = |name: &str| find_path(&site.dir, TrackId(1), name);
        assert_eq!(found("moodn_view.png"), Some(images.join("moodn_view.png")));
        for name in ["", ".", "..", "../track.gpx.br", "link", "/etc/hostname", "none.png"] {
            assert_eq!(found(name), None, "{name:?}");
        }
    }
}
