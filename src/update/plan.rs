//! What an update would do, decided from what was found, before anything is touched.

use super::chain::{HEAD, UPDATES};
use super::state::{Database, State};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::schema::Schema;

/// Which way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To a later version.
    Up,
    /// To an earlier one.
    Down,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// All is as it should be.
    Nothing,
    /// The data is of the version that was asked for, and VERSION does not say so.
    Stamp,
    /// There are no tables yet: make them, and VERSION.
    Create,
    /// From this update, or from before the first, to the one that was asked for.
    Go(Option<usize>),
}

impl Plan {
    /// The way from a state to an update.
    ///
    /// # Errors
    /// Why there is none; nothing was changed.
    pub fn of(state: &State, way: Way, target: usize, config: &Config) -> Result<Plan> {
        let id = UPDATES[target].id;
        let database = config.database.display();
        let refuse = |why: String| {
            let what = match way {
                Way::Up => "update",
                Way::Down => "downgrade",
            };
            Err(Error::Failed(format!(
                "cannot {what} to {id}: {why}; nothing was changed"
            )))
        };
        if state.has_unknown() {
            return refuse(
                "VERSION names an update that this program does not know: the instance was updated by a newer \
                 Fietsboek, or by another program; use the one that did it"
                    .to_owned(),
            );
        }
        match &state.database {
            Database::Unreadable(e) => return Err(e.clone()),
            Database::Of(Schema::Foreign) => {
                return refuse(format!(
                    "the database {database} is not Fietsboek's; see sqlalchemy.url"
                ));
            }
            Database::Of(Schema::Unknown(revision)) => {
                return refuse(format!(
                    "the database {database} is of revision {revision}, which this program does not know; use the \
                     Fietsboek that made it"
                ));
            }
            Database::Missing | Database::Of(Schema::Empty) => {
                // Tables made beside the data of an instance whose database was lost, or is elsewhere,
                // would look like an instance that has lost everything.
                if !state.applied.is_empty() || state.has_tracks || way == Way::Down {
                    let what = match state.database {
                        Database::Missing => "missing",
                        _ => "empty",
                    };
                    let data = config.data_dir.display();
                    return refuse(match !state.applied.is_empty() || state.has_tracks {
                        true => format!(
                            "the database {database} is {what}, but the data directory {data} holds the data of an \
                             instance; put the database back, or correct sqlalchemy.url"
                        ),
                        false => format!("the database {database} is {what}"),
                    });
                }
                return Ok(Plan::Create);
            }
            Database::Of(Schema::Head | Schema::Older(_)) => {}
        }
        let at = match state.standing() {
            Ok(at) => at,
            Err(why) => return refuse(why),
        };
        let says = state.newest();
        match way {
            Way::Up if says >= Some(target) => Ok(Plan::Nothing),
            Way::Up if at > Some(target) => refuse(format!(
                "the data is of {} already; update without a version to put VERSION right",
                UPDATES[at.unwrap_or(HEAD)].id
            )),
            Way::Down if at < Some(target) || (at == Some(target) && says == at) => Ok(Plan::Nothing),
            _ if at == Some(target) => Ok(Plan::Stamp),
            _ => Ok(Plan::Go(at)),
        }
    }
}
