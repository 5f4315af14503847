//! Which version an instance is of: what VERSION says, and what the database says.

use std::io::ErrorKind;

use super::chain::{self, UPDATES};
use super::{revision, version};
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::instance;
use crate::schema::{self, Schema};

/// The version of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The ids in VERSION, unknown ones too.
    pub applied: Vec<String>,
    /// What the database holds.
    pub database: Database,
    /// Whether there is any track's directory.
    pub has_tracks: bool,
}

/// What stands where the database belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// Nothing.
    Missing,
    /// A database with a schema.
    Of(Schema),
    /// Something that cannot be read, with the cause.
    Unreadable(Error),
}

impl State {
    /// Looks, with the lock held shared.
    ///
    /// # Errors
    /// `Busy` when somebody is alone with the data; when VERSION cannot be read.
    pub fn read(config: &Config) -> Result<State> {
        let _pass = instance::hold(&config.data_dir)?;
        State::look(config)
    }

    /// Looks; the caller holds a lock.
    ///
    /// # Errors
    /// When VERSION cannot be read.
    pub fn look(config: &Config) -> Result<State> {
        let dir = DataDir::new(&config.data_dir);
        Ok(State {
            applied: version::list_applied(&dir)?,
            database: Database::look(config),
            has_tracks: std::fs::read_dir(dir.tracks()).is_ok_and(|mut tracks| tracks.next().is_some()),
        })
    }

    /// The place of the newest known update that VERSION names; it implies all before.
    pub fn newest(&self) -> Option<usize> {
        self.applied.iter().filter_map(|id| chain::find(id)).max()
    }

    /// Whether VERSION names an update that this program does not know.
    pub fn has_unknown(&self) -> bool {
        self.applied.iter().any(|id| chain::find(id).is_none())
    }

    /// The update that the instance is at, by VERSION and the database together.
    ///
    /// # Errors
    /// Where the two contradict each other: how, and the way out. Nothing about a database that is none of ours.
    pub fn standing(&self) -> std::result::Result<Option<usize>, String> {
        let revision = match &self.database {
            Database::Of(Schema::Head) => schema::HEAD,
            Database::Of(Schema::Older(revision)) => revision,
            _ => return Ok(self.newest()),
        };
        let Some(newest) = self.newest() else {
            return Ok(chain::assume(revision));
        };
        let (id, expected) = (UPDATES[newest].id, UPDATES[newest].revision);
        let (have, want) = (revision::find(revision), revision::find(expected));
        if have < want {
            return Err(format!(
                "VERSION says {id}, whose database is of revision {expected}, but the database is of the older \
                 {revision}: one of them is from another time; put back both from one backup, or, if database and \
                 tracks are those that you want, remove VERSION and try again"
            ));
        }
        if have > want && newest < chain::MOVE {
            return Err(format!(
                "VERSION says {id}, but the database is of revision {revision}, which has no recordings any more: an \
                 update was cut short; if every directory in tracks/ has its track.gpx.br, write {} into VERSION and \
                 try again, otherwise put back database and data directory from one backup",
                UPDATES[chain::MOVE].id
            ));
        }
        // Words are written into the recordings before the database goes on; the other updates are the database's.
        Ok(match have > want && newest > chain::MOVE {
            true => chain::assume(revision).max(Some(newest)),
            false => Some(newest),
        })
    }

    /// The ids on one line.
    pub fn text(&self) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn standing(version: &[&str], revision: &str) -> std::result::Result<&'static str, String> {
        let schema = match revision {
            schema::HEAD => Schema::Head,
            older => Schema::Older(older.to_owned()),
        };
        let state = State {
            applied: version.iter().map(|id| (*id).to_owned()).collect(),
            database: Database::Of(schema),
            has_tracks: true,
        };
        state.standing().map(chain::name)
    }

    #[test]
    fn version_and_database_together_tell_where_an_instance_stands() {
        for (version, revision, expected) in [
            (&["v0.5.0"][..], "c939800af428", "v0.5.0"),
            (&["initial"], "d085998b49ca", "initial"),
            (&["v0.10.0", "v0.9.0"], "4566843039d6", "v0.10.0"),
            // Made by alembic alone.
            (&[], schema::HEAD, "v0.11.0"),
            (&[], "c939800af428", "30ppwg8zi4ujb46f"),
            (&[], "1b4b1c179e5a", "none"),
            // The original was killed before it wrote VERSION, or alembic was run by itself.
            (&["v0.10.0"], schema::HEAD, "v0.11.0"),
            (&["v0.5.0"], "8f4e4eae5eb2", "v0.8.0"),
            // Those words are still to be written.
            (&["30ppwg8zi4ujb46f"], "3149aa2d0114", "30ppwg8zi4ujb46f"),
        ] {
            assert_eq!(standing(version, revision).unwrap(), expected, "{version:?} {revision}");
        }
    }

    #[test]
    fn contradictions_are_explained_with_the_way_out() {
        let behind = standing(&["v0.11.0"], "c939800af428").unwrap_err();
        assert!(behind.contains("remove VERSION") && behind.contains("c939800af428"));
        let moved = standing(&["v0.4.0"], "c939800af428").unwrap_err();
        assert!(moved.contains("write 30ppwg8zi4ujb46f into VERSION"));
    }
}
