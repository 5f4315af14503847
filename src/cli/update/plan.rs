//! What an update would do, decided from what was found, before anything is touched.

use super::state::{Database, State};
use crate::cli::updates::{self, UPDATES};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::schema::Schema;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// All is as it should be.
    Nothing,
    /// The database is at head and VERSION does not say so.
    Stamp,
    /// There are no tables yet: make those of head, and VERSION.
    Create,
}

impl Plan {
    /// The way from a state to an update.
    ///
    /// # Errors
    /// Why there is none; nothing was changed.
    pub(super) fn of(state: &State, target: usize, config: &Config) -> Result<Plan> {
        let id = UPDATES[target].id;
        let database = config.database.display();
        let refuse = |why: String| {
            Err(Error::Failed(format!(
                "cannot update to {id}: {why}; nothing was changed"
            )))
        };
        if state.has_unknown() {
            return refuse("the instance was updated by a newer Fietsboek, or by another program".to_owned());
        }
        match &state.database {
            Database::Unreadable(e) => Err(e.clone()),
            Database::Of(Schema::Foreign) => refuse(format!("the database {database} is not Fietsboek's")),
            Database::Of(Schema::Unknown(revision)) => refuse(format!(
                "the database {database} is of revision {revision}, which this program does not know"
            )),
            Database::Of(Schema::Older(revision)) => refuse(format!(
                "the database {database} is of an older Fietsboek (revision {revision}), and this version of \
                 fietsupdate does not migrate it yet"
            )),
            Database::Of(Schema::Head) => match state.newest() {
                Some(newest) if newest >= target => Ok(Plan::Nothing),
                // What lies between is a matter of the schema alone, and that is at head.
                None | Some(updates::LAST_WITH_FILES..) if target == updates::HEAD => Ok(Plan::Stamp),
                _ => refuse(format!("the database {database} is further than VERSION says")),
            },
            Database::Missing | Database::Of(Schema::Empty) => {
                // Tables made beside the data of an instance whose database was lost, or is elsewhere,
                // would look like an instance that has lost everything.
                if !state.applied.is_empty() || state.has_tracks {
                    let what = if state.database == Database::Missing {
                        "missing"
                    } else {
                        "empty"
                    };
                    return refuse(format!(
                        "the database {database} is {what}, but the data directory {} holds the data of an \
                         instance; put the database back, or correct sqlalchemy.url",
                        config.data_dir.display()
                    ));
                }
                if target != updates::HEAD {
                    return refuse(format!("a new database is made for {} only", UPDATES[updates::HEAD].id));
                }
                Ok(Plan::Create)
            }
        }
    }
}
