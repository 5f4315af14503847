//! Which version an instance is of: what VERSION says, and what the database says.

use std::io::ErrorKind;

use crate::cli::updates;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::instance;
use crate::schema::{self, Schema};

/// The version of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// The ids in VERSION, unknown ones too.
    pub applied: Vec<String>,
    /// What the database holds.
    pub database: Database,
    /// Whether there is any track's directory.
    pub has_tracks: bool,
}

/// What stands where the database belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Database {
    /// Nothing.
    Missing,
    /// A database with a schema.
    Of(Schema),
    /// Something that cannot be read, with the cause.
    Unreadable(Error),
}

impl State {
    /// Looks, with the lock held shared.
    pub(super) fn read(config: &Config) -> Result<State> {
        let _pass = instance::hold(&config.data_dir)?;
        State::look(config)
    }

    /// Looks; the caller holds a lock.
    pub(super) fn look(config: &Config) -> Result<State> {
        let dir = DataDir::new(&config.data_dir);
        Ok(State {
            applied: updates::list_applied(&dir)?,
            database: Database::look(config),
            has_tracks: std::fs::read_dir(dir.tracks()).is_ok_and(|mut tracks| tracks.next().is_some()),
        })
    }

    /// The place of the newest known update that VERSION names; it implies all before.
    pub(super) fn newest(&self) -> Option<usize> {
        self.applied.iter().filter_map(|id| updates::find(id)).max()
    }

    /// Whether VERSION names an update that this program does not know.
    pub(super) fn has_unknown(&self) -> bool {
        self.applied.iter().any(|id| updates::find(id).is_none())
    }

    /// The ids on one line.
    pub(super) fn text(&self) -> String {
        if self.applied.is_empty() {
            return "none".to_owned();
        }
        self.applied.join(", ")
    }
}

impl Database {
    fn look(config: &Config) -> Database {
        match config.database.symlink_metadata() {
            Err(e) if e.kind() == ErrorKind::NotFound => return Database::Missing,
            _ => {}
        }
        let read = || {
            let path = config.database.display();
            let db = db::open_any(&config.database)?;
            schema::find_schema(&db).map_err(|e| db::failed(&format!("cannot read the database {path}"), e))
        };
        match read() {
            Ok(schema) => Database::Of(schema),
            Err(e) => Database::Unreadable(e),
        }
    }
}
