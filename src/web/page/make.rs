//! A track made of a recording: what the form, programs and `fietsctl track import` share.
//!
//! Everything that takes time (repairs, figures, packing) comes first, in [`Ready::new`]; the rows are written in the
//! caller's transaction, with the directory moved to its place just before the commit.

use crate::datadir::DataDir;
use crate::error::Result;
use crate::gpx::{self, Gpx};
use crate::model::figures::{self, Figures};
use crate::model::fingerprint::{self, Fingerprint};
use crate::model::track::{self, Fields};
use crate::model::trackdir::{self, Added, Created, Staged};
use crate::model::{BadgeId, TrackId, UserId, badge, person, tag};
use crate::web::look::line::Line;
use crate::web::page::form::Draft;
use crate::web::page::form::engraved::{self, Cut};
use crate::web::page::recording;
use rusqlite::Connection;

/// A track that is ready to be written.
pub struct Ready {
    rows: Rows,
    gpx: Vec<u8>,
    backup: Vec<u8>,
}

/// What of it goes into the database, and its line.
struct Rows {
    fields: Fields,
    tags: Vec<String>,
    people: Vec<UserId>,
    badges: Vec<BadgeId>,
    figures: Figures,
    points: Fingerprint,
    /// Bytes of the recording as it came, packed.
    backup_size: u64,
    line: Line,
}

impl Ready {
    /// Makes what is stored of a recording as it came. `backup` is that recording, Brotli-compressed, `fields` are
    /// what [`Draft::check`] made of the draft.
    ///
    /// # Errors
    /// What the packer says.
    pub fn new(gpx: Gpx, backup: Vec<u8>, draft: &Draft, fields: Fields, author: &str) -> Result<Ready> {
        let points = gpx::fingerprint(&gpx);
        let cut = engraved::cut(gpx, &draft.repairs, &fields, Some(author))?;
        Ok(Ready::of(cut, backup, points, draft, fields))
    }

    /// The same of a recording whose points are known, packed with what came of it.
    ///
    /// # Errors
    /// What the packer says.
    pub fn with_backup(gpx: Gpx, points: Fingerprint, draft: &Draft, fields: Fields, author: &str) -> Result<Ready> {
        let (cut, backup) = engraved::cut_and_backup(gpx, &draft.repairs, &fields, Some(author))?;
        Ok(Ready::of(cut, backup, points, draft, fields))
    }

    fn of(cut: Cut, backup: Vec<u8>, points: Fingerprint, draft: &Draft, fields: Fields) -> Ready {
        Ready {
            rows: Rows {
                fields,
                tags: draft.tags.clone(),
                people: draft.people.clone(),
                badges: draft.badges.clone(),
                figures: cut.figures,
                points,
                backup_size: backup.len() as u64,
                line: cut.line,
            },
            gpx: cut.gpx,
            backup,
        }
    }

    /// Writes the rows of the track. The caller holds the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub fn insert(&self, change: &Connection, owner: UserId) -> Result<TrackId> {
        self.rows.insert(change, owner)
    }

    /// Writes its files, as [`trackdir::create`].
    ///
    /// # Errors
    /// `Failed` with the path and the cause; then nothing is left behind.
    pub fn create(&self, dir: &DataDir, id: TrackId, photos: &mut [Added<'_>]) -> Result<Created> {
        trackdir::create(dir, id, &self.gpx, &self.backup, photos)
    }

    /// Stores its line, once the track is committed.
    pub fn store_line(&self, dir: &DataDir, id: TrackId) {
        recording::store_line(dir, id, &self.rows.line);
    }

    /// Writes its files beside their place: many tracks may be staged at once and placed in one transaction.
    ///
    /// # Errors
    /// `Failed` with the path and the cause; then nothing is left behind.
    pub fn stage(self, dir: &DataDir) -> Result<Waiting> {
        let files = trackdir::stage(dir, &self.gpx, &self.backup, &mut [])?;
        Ok(Waiting { rows: self.rows, files })
    }
}

impl Rows {
    fn insert(&self, change: &Connection, owner: UserId) -> Result<TrackId> {
        let id = track::insert(change, owner, &self.fields)?;
        tag::set(change, id, &self.tags)?;
        person::set(change, id, owner, &self.people)?;
        badge::set(change, id, &self.badges)?;
        figures::set(change, id, &self.figures)?;
        fingerprint::set(change, id, &self.points, self.backup_size)?;
        Ok(id)
    }
}

/// A track whose files are durable and whose rows are not written yet.
pub struct Waiting {
    rows: Rows,
    files: Staged,
}

impl Waiting {
    /// Its points.
    pub fn points(&self) -> &Fingerprint {
        &self.rows.points
    }

    /// Writes the rows and moves the files to their place. The caller holds the transaction, and calls
    /// [`trackdir::settle`] before the commit.
    ///
    /// # Errors
    /// What the database and the disk say.
    pub fn place(self, change: &Connection, owner: UserId) -> Result<Placed> {
        let id = self.rows.insert(change, owner)?;
        Ok(Placed {
            id,
            files: self.files.place(id)?,
            line: self.rows.line,
        })
    }
}

/// A track in its place that is not committed yet. Dropped without [`Placed::keep`], its files are removed again.
pub struct Placed {
    id: TrackId,
    files: Created,
    line: Line,
}

impl Placed {
    /// Its id.
    pub fn id(&self) -> TrackId {
        self.id
    }

    /// It is committed.
    pub fn keep(self, dir: &DataDir) {
        self.files.keep();
        recording::store_line(dir, self.id, &self.line);
    }
}
