//! How much room the data directory takes, and what takes it.
//!
//! The walk is bounded: an instance may hold a million files, and a page waits for it. Names that are no numbers,
//! places that are not there and files that go while they are counted are all in order.

use std::fs;
use std::path::Path;

use crate::datadir::{
    DataDir, TRACK_BACKUP, TRACK_GPX, TRACK_IMAGES, TRACK_PREVIEW, TRACK_PREVIEW_DENSE, TRACK_RENDITIONS,
};

/// Bytes of files, by what they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Storage {
    /// Recordings, as they are now and as they were uploaded.
    pub gpx: u64,
    /// Photos, those in sizes of ours too.
    pub photos: u64,
    /// Map pictures of tracks.
    pub previews: u64,
    /// Overlay maps of users.
    pub maps: u64,
    /// Everything else.
    pub other: u64,
    /// Whether there were more files than are counted.
    pub is_cut_short: bool,
}

impl Storage {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.gpx + self.photos + self.previews + self.maps + self.other
    }
}

/// Files and directories that are looked at.
const MOST: usize = 200_000;

/// Directories in one another; what is deeper is not counted.
const DEEPEST: usize = 8;

/// What the files below a place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Tracks,
    Track,
    Photos,
    Maps,
    Other,
}

/// Adds up the data directory.
pub fn measure(dir: &DataDir) -> Storage {
    let mut walk = Walk {
        dir,
        left: MOST,
        storage: Storage::default(),
    };
    walk.add(dir.path(), Place::Root, 0);
    walk.storage
}

struct Walk<'a> {
    dir: &'a DataDir,
    left: usize,
    storage: Storage,
}

impl Walk<'_> {
    fn add(&mut self, path: &Path, place: Place, depth: usize) {
        let Ok(entries) = fs::read_dir(path) else { return };
        for entry in entries.flatten() {
            if self.left == 0 || depth > DEEPEST {
                self.storage.is_cut_short = true;
                return;
            }
            self.left -= 1;
            // Neither a link nor what it leads to is data of the instance.
            let Ok(meta) = entry.metadata() else { continue };
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if meta.is_dir() {
                self.add(&entry.path(), self.below(&entry.path(), place, &name), depth + 1);
            } else if meta.is_file() {
                *self.part(place, &name) += meta.len();
            }
        }
    }

    fn below(&self, path: &Path, place: Place, name: &str) -> Place {
        match place {
            Place::Root if path == self.dir.tracks() => Place::Tracks,
            Place::Root if path == self.dir.users() => Place::Maps,
            Place::Root => Place::Other,
            Place::Tracks if name.bytes().all(|b| b.is_ascii_digit()) => Place::Track,
            Place::Track if name == TRACK_IMAGES || name.starts_with(TRACK_RENDITIONS) => Place::Photos,
            Place::Tracks | Place::Track => Place::Other,
            same => same,
        }
    }

    fn part(&mut self, place: Place, name: &str) -> &mut u64 {
        let storage = &mut self.storage;
        match (place, name) {
            (Place::Track, TRACK_GPX | TRACK_BACKUP) => &mut storage.gpx,
            (Place::Track, TRACK_PREVIEW | TRACK_PREVIEW_DENSE) => &mut storage.previews,
            (Place::Photos, _) => &mut storage.photos,
            (Place::Maps, _) => &mut storage.maps,
            _ => &mut storage.other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn files_count_by_what_they_are() {
        let temp = fixture::temp();
        let dir = DataDir::new(temp.path());
        assert_eq!(measure(&dir), Storage::default());
        for (file, size) in [
            ("VERSION", 1),
            ("tracks/1/track.gpx.br", 10),
            ("tracks/1/track.bck.gpx.br", 20),
            ("tracks/1/preview.png", 100),
            ("tracks/1/preview-600.png", 200),
            ("tracks/1/line.txt", 2),
            ("tracks/1/images/track.gpx.br", 1000),
            ("tracks/1/photos-480/a.jpg", 2000),
            ("tracks/trash-7/track.gpx.br", 4),
            ("users/2/heatmap.sqlite", 10_000),
            ("users/README", 20_000),
            ("staging/a/b/c", 8),
        ] {
            let path = temp.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, vec![0; size]).unwrap();
        }
        std::os::unix::fs::symlink("/", temp.path().join("users/all")).unwrap();
        let storage = measure(&dir);
        let expected = Storage {
            gpx: 30,
            photos: 3000,
            previews: 300,
            maps: 30_000,
            other: 15,
            is_cut_short: false,
        };
        assert_eq!((storage, storage.total()), (expected, 33_345));
    }

    #[test]
    fn what_is_without_end_is_cut_short() {
        let temp = fixture::temp();
        fs::create_dir_all(temp.path().join("a/b/c/d/e/f/g/h/i/j/k")).unwrap();
        assert!(measure(&DataDir::new(temp.path())).is_cut_short);
        assert_eq!(measure(&DataDir::new("/nowhere")), Storage::default());
    }
}
