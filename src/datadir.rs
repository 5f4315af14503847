//! The paths in the data directory; no other file knows them.
//!
//! Fietsboek takes every name in `tracks/` and `users/` for a number and every file in `images/` for
//! a photo: nothing of ours may stand there. What is derived from one track stands beside its GPX.

use std::path::{Path, PathBuf};

/// The data directory of an instance (`fietsboek.data_dir`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataDir {
    root: PathBuf,
}

impl DataDir {
    /// The data directory at a path; whether it is there is not looked at.
    pub fn new(root: impl Into<PathBuf>) -> DataDir {
        DataDir { root: root.into() }
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The switch of the maintenance mode.
    pub fn maintenance(&self) -> PathBuf {
        self.root.join(MAINTENANCE)
    }

    /// The list of applied updates.
    pub fn version(&self) -> PathBuf {
        self.root.join(VERSION)
    }

    /// What fietscron locks so that it never runs twice at once; it writes into it when it last came to its end.
    pub fn cron_lock(&self) -> PathBuf {
        self.root.join("cron.lock")
    }

    /// The map tiles that are kept; may be deleted at any time.
    pub fn tile_cache(&self) -> PathBuf {
        self.root.join("tiles.sqlite")
    }

    /// Where all users' overlay maps stand.
    pub fn users(&self) -> PathBuf {
        self.root.join("users")
    }

    /// Where all tracks stand.
    pub fn tracks(&self) -> PathBuf {
        self.root.join("tracks")
    }

    /// Where a track's files stand.
    pub fn track(&self, id: i64) -> PathBuf {
        self.tracks().join(id.to_string())
    }

    /// A track's current GPX, Brotli-compressed.
    pub fn track_gpx(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_GPX)
    }

    /// A track's GPX as it was uploaded, Brotli-compressed.
    pub fn track_backup(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_BACKUP)
    }

    /// A track's preview picture, 300 × 300 pixels.
    pub fn track_preview(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_PREVIEW)
    }

    /// A track's preview picture for dense screens, 600 × 600 pixels.
    pub fn track_preview_dense(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_PREVIEW_DENSE)
    }

    /// A track's simplified line, for drawings.
    pub fn track_line(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_LINE)
    }

    /// Where a track's photos stand; there only once it has one.
    pub fn track_images(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_IMAGES)
    }

    /// What whoever changes a track's files locks, here and in the original.
    pub fn track_lock(&self, id: i64) -> PathBuf {
        self.track(id).join(TRACK_LOCK)
    }

    /// Where a track's files are written when `tracks/` is on another disk than [`DataDir::staging`]; the
    /// original leaves garbage under such names, and so do we at worst.
    pub fn track_beside(&self, name: &str) -> PathBuf {
        self.tracks().join(format!("{TRACK_GARBAGE}{name}"))
    }

    /// Where a track's photos stand in a size of ours, `480`; made when first asked for.
    pub fn track_renditions(&self, id: i64, size: &str) -> PathBuf {
        self.track(id).join(format!("{TRACK_RENDITIONS}{size}"))
    }

    /// Where a user's overlay maps stand.
    pub fn user(&self, id: i64) -> PathBuf {
        self.users().join(id.to_string())
    }

    /// The tiles of a user's heat map, an SQLite file.
    pub fn user_heatmap(&self, id: i64) -> PathBuf {
        self.user(id).join("heatmap.sqlite")
    }

    /// The tiles that a user has been in, drawn; an SQLite file.
    pub fn user_tilehunt(&self, id: i64) -> PathBuf {
        self.user(id).join("tilehunt.sqlite")
    }

    /// Where a user's map is drawn before it takes the place of the old one; what a crash leaves there goes when
    /// the map is drawn the next time, or with the strays.
    pub fn beside_map(&self, map: &Path) -> PathBuf {
        map.with_extension("sqlite.new")
    }

    /// Where a track's files are written before they move to their place in one piece.
    pub fn staging(&self) -> PathBuf {
        self.root.join("staging")
    }

    /// Where an update writes the tracks' files that it changes, on the disk of the tracks.
    pub fn update_files(&self) -> PathBuf {
        self.track_beside("update")
    }

    /// The note that an update is decided: it stands there until all of it is in its place.
    pub fn update_note(&self) -> PathBuf {
        self.root.join("UPDATE")
    }

    /// That note before it counts.
    pub fn update_note_beside(&self) -> PathBuf {
        self.root.join(".UPDATE.new")
    }

    /// The note that a restore over this instance is decided: it stands there until all of it is in its place.
    pub fn restore_note(&self) -> PathBuf {
        self.root.join("RESTORE")
    }

    /// That note before it counts.
    pub fn restore_note_beside(&self) -> PathBuf {
        self.root.join(".RESTORE.new")
    }

    /// Where a restore puts what is to come, until it takes the place of what is there.
    pub fn restore_files(&self) -> PathBuf {
        self.staging().join("restore")
    }

    /// Where backups go when the INI file does not say: beside the data directory, not in it.
    pub fn backups(&self) -> PathBuf {
        self.root.parent().unwrap_or(&self.root).join("backups")
    }

    /// Where directories go to be deleted; what is found here may be removed at any time.
    pub fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }

    /// Where directories go that stood in a new row's place and belonged to none; kept for the administrator.
    pub fn stale(&self) -> PathBuf {
        self.root.join("stale")
    }
}

/// The name of the maintenance file in the data directory.
pub const MAINTENANCE: &str = "MAINTENANCE";

/// What the name begins with under which the maintenance file is written before it takes its place; leftovers of a
/// killed command are known by it.
pub const MAINTENANCE_BESIDE: &str = ".MAINTENANCE.";

/// The name of the list of applied updates.
pub const VERSION: &str = "VERSION";

/// The name of the side file that says which tool has raised the flag, and when.
pub const MAINTENANCE_META: &str = "MAINTENANCE.meta";

/// In a track's directory: the current GPX, Brotli-compressed.
pub const TRACK_GPX: &str = "track.gpx.br";

/// In a track's directory: the GPX as it was uploaded, Brotli-compressed.
pub const TRACK_BACKUP: &str = "track.bck.gpx.br";

/// In a track's directory: the simplified line.
pub const TRACK_LINE: &str = "line.txt";

/// In a track's directory: the preview picture.
pub const TRACK_PREVIEW: &str = "preview.png";

/// In a track's directory: the preview picture for dense screens, which the original does not know.
pub const TRACK_PREVIEW_DENSE: &str = "preview-600.png";

/// In a track's directory: the photos.
pub const TRACK_IMAGES: &str = "images";

/// In a track's directory: what the names of directories with photos in a size of ours begin with.
pub const TRACK_RENDITIONS: &str = "photos-";

/// In a track's directory: an empty file to be locked.
pub const TRACK_LOCK: &str = "lock";

/// In a track's directory: which edit the files are from.
pub const TRACK_EDITION: &str = "edition";

/// In a track's directory: that the track is being made or deleted.
pub const TRACK_UNFINISHED: &str = "unfinished";

/// What the name of a directory in `tracks/` begins with that is no track's.
pub const TRACK_GARBAGE: &str = "trash-";
