//! Photos in the sizes that pages need, made when first asked for and kept beside the track's GPX: they
//! die with the track, also when the original deletes it, and are never taken for photos.
//!
//! A rendition is named after its photo's identity, so one of a photo that is gone, replaced or of
//! another track with the same id is never found; it is removed when the next one is stored, or by
//! [`forget_gone`]. Decoding takes memory: two at a time do it in the whole process, and a large picture
//! does it alone, which keeps it below 700 MB at the very worst (measured: 600 MB for a progressive JPEG
//! of 100 megapixels, 55 MB for a plain one of 12).

mod places;

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::TrackId;
use super::files::{io, list_dir, make_dir};
use super::image::{self, Original};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::memory;
use crate::picture::{LARGEST_FILE, Picture, Refused};
use crate::secret;
use places::Places;

/// A size in which photos are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its name in addresses and directories.
    pub name: &'static str,
    /// The long side in pixels.
    pub long_side: u32,
}

/// For a list of photos.
pub const SMALL: Size = Size {
    name: "480",
    long_side: 480,
};
/// For a whole window.
pub const LARGE: Size = Size {
    name: "1600",
    long_side: 1600,
};
/// The picture as large as it is, but upright, for what no browser turns by itself.
pub const UPRIGHT: Size = Size {
    name: "upright",
    long_side: u32::MAX,
};

const ALL: [Size; 3] = [SMALL, LARGE, UPRIGHT];

/// What became of the wish for a rendition.
pub enum Made {
    /// It is there: a JPEG.
    Stored(File),
    /// Others are being made; it is not worth waiting longer.
    Busy,
    /// The photo cannot be scaled.
    Refused(Refused),
}

/// The rendition of a photo, which is made unless it is there.
///
/// # Errors
/// `Failed` with the path and the cause when the photo cannot be read or the rendition not stored.
pub fn make(dir: &DataDir, track: TrackId, photo: &Original, size: Size) -> Result<Made> {
    let directory = dir.track_renditions(track.0, size.name);
    let path = directory.join(format!("{}.jpg", photo.identity));
    if let Ok(file) = File::open(&path) {
        return Ok(Made::Stored(file));
    }
    let Some(mut place) = PLACES.wait(PATIENCE) else {
        return Ok(Made::Busy);
    };
    // Who had the place before may have made it.
    if let Ok(file) = File::open(&path) {
        return Ok(Made::Stored(file));
    }
    let picture = match read(photo)? {
        Ok(picture) => picture,
        Err(refused) => return Ok(Made::Refused(refused)),
    };
    if picture.pixels() > LARGE_PICTURE && !place.be_alone(PATIENCE) {
        return Ok(Made::Busy);
    }
    let pixels = usize::try_from(picture.pixels()).unwrap_or(usize::MAX);
    let share = match memory::share(pixels.saturating_mul(PER_PIXEL), "scale a photo") {
        Ok(share) => share,
        Err(e) => {
            log::warn!("{e}");
            return Ok(Made::Busy);
        }
    };
    let scaled = match picture.scale(size.long_side) {
        Ok(scaled) => scaled,
        Err(refused) => return Ok(Made::Refused(refused)),
    };
    drop((place, share));
    make_dir(&directory)?;
    let file = store(&path, &scaled)?;
    forget_gone(dir, track)?;
    Ok(Made::Stored(file))
}

fn read(photo: &Original) -> Result<std::result::Result<Picture, Refused>> {
    if photo.length > LARGEST_FILE {
        return Ok(Err(Refused::TooLarge));
    }
    let mut bytes = Vec::new();
    let mut file = &photo.file;
    let read = file
        .rewind()
        .and_then(|()| memory::read_to_end(&mut file.take(LARGEST_FILE), &mut bytes));
    read.map_err(|e| Error::of_io("read a photo", &e))?;
    Ok(Picture::new(&bytes))
}

/// Written beside, then renamed, so a reader sees a whole one or none, also after a crash.
fn store(path: &Path, bytes: &[u8]) -> Result<File> {
    let beside = path.with_extension(secret::hex(&secret::random::<6>()?));
    let write = || {
        let mut file = File::options().read(true).write(true).create_new(true).open(&beside)?;
        file.write_all(bytes)?;
        file.sync_data()?;
        fs::rename(&beside, path)?;
        Ok(file)
    };
    write().map_err(|e| {
        let _ = fs::remove_file(&beside);
        io("store a photo in", path, e)
    })
}

/// How old a file that is no rendition must be to be what a crash left.
const STRAY: Duration = Duration::from_secs(3600);

/// Removes the renditions of photos that are gone or replaced. To be called after photos were deleted.
///
/// # Errors
/// `Failed` with the path and the cause.
pub fn forget_gone(dir: &DataDir, track: TrackId) -> Result<()> {
    let present = image::identities(dir, track)?;
    let is_needed = |path: &Path| {
        let identity = path.file_stem().unwrap_or_default().to_string_lossy();
        match path.extension() {
            Some(extension) if extension == "jpg" => present.contains(&*identity),
            _ => !is_older(path, STRAY),
        }
    };
    for size in ALL {
        let directory = dir.track_renditions(track.0, size.name);
        for path in list_dir(&directory)?.into_iter().filter(|path| !is_needed(path)) {
            match fs::remove_file(&path) {
                Err(e) if e.kind() != ErrorKind::NotFound => return Err(io("remove", &path, e)),
                _ => {}
            }
        }
    }
    Ok(())
}

fn is_older(path: &Path, age: Duration) -> bool {
    let modified = fs::symlink_metadata(path).and_then(|meta| meta.modified());
    modified.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|since| since > age))
}

/// What scaling takes of memory for a pixel, in bytes: its colours as decoded, and again on white.
const PER_PIXEL: usize = 8;
/// A picture of more pixels than this is decoded alone (25 megapixels).
const LARGE_PICTURE: u64 = 25_000_000;
/// How long it is worth waiting for a place; tests wait for what they are about.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 60 } else { 2 });

/// Where pictures are decoded.
static PLACES: Places<2> = Places::new();

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, Site};
    use std::path::PathBuf;

    const TRACK: TrackId = TrackId(1);
    const NAME: &str = "moodn_view.png";

    fn photo(site: &Site) -> Original {
        image::open(&site.dir, TRACK, NAME).unwrap().unwrap()
    }

    fn made(site: &Site, size: Size) -> Vec<u8> {
        match make(&site.dir, TRACK, &photo(site), size).unwrap() {
            Made::Stored(mut file) => {
                file.rewind().unwrap();
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).unwrap();
                bytes
            }
            Made::Busy => panic!("busy"),
            Made::Refused(refused) => panic!("{refused}"),
        }
    }

    fn stored(site: &Site, size: Size) -> Vec<PathBuf> {
        list_dir(&site.dir.track_renditions(1, size.name)).unwrap()
    }

    #[test]
    fn a_rendition_is_made_once_and_is_no_photo() {
        let site = fixture::site();
        let first = made(&site, SMALL);
        assert!(first.starts_with(b"\xff\xd8\xff"));
        let [path] = &stored(&site, SMALL)[..] else {
            panic!("{:?}", stored(&site, SMALL))
        };
        fs::write(path, "another").unwrap();
        assert_eq!(made(&site, SMALL), b"another");
        assert!(made(&site, LARGE).starts_with(b"\xff\xd8\xff"));
        assert_eq!(image::list(&site.db, &site.dir, TRACK).unwrap().len(), 2);
    }

    #[test]
    fn a_replaced_photo_has_another_and_the_old_one_goes() {
        let site = fixture::site();
        made(&site, SMALL);
        made(&site, LARGE);
        let (small, path) = (stored(&site, SMALL), site.dir.track_images(1).join(NAME));
        fs::copy(site.dir.track_images(1).join("qiaft_evil_name.png"), &path).unwrap();
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
        made(&site, SMALL);
        assert_eq!(stored(&site, SMALL).len(), 1);
        assert_ne!(stored(&site, SMALL), small);
        assert!(stored(&site, LARGE).is_empty());
    }

    #[test]
    fn what_is_left_of_deleted_photos_and_of_crashes_goes() {
        let site = fixture::site();
        made(&site, SMALL);
        let kept = stored(&site, SMALL);
        let directory = site.dir.track_renditions(1, SMALL.name);
        for name in ["gone.jpg", "young.a1b2", "old.a1b2"] {
            fs::write(directory.join(name), "").unwrap();
        }
        let old = File::options().write(true).open(directory.join("old.a1b2")).unwrap();
        old.set_modified(SystemTime::now() - 2 * STRAY).unwrap();
        forget_gone(&site.dir, TRACK).unwrap();
        let mut left = stored(&site, SMALL);
        left.retain(|path| !kept.contains(path));
        assert_eq!(left, [directory.join("young.a1b2")]);
        fs::remove_dir_all(site.dir.track_images(1)).unwrap();
        forget_gone(&site.dir, TRACK).unwrap();
        assert_eq!(stored(&site, SMALL), [directory.join("young.a1b2")]);
        forget_gone(&site.dir, TrackId(99)).unwrap();
    }

    #[test]
    fn what_is_no_picture_is_refused_and_leaves_nothing() {
        let site = fixture::site();
        fs::write(site.dir.track_images(1).join(NAME), "<svg/>").unwrap();
        let made = make(&site.dir, TRACK, &photo(&site), SMALL).unwrap();
        assert!(matches!(made, Made::Refused(Refused::NotAPicture)));
        assert!(stored(&site, SMALL).is_empty());
    }
}
