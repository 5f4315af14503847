//! Brings the data of an instance from one version of Fietsboek to another, up or down, whole or not at all.
//!
//! * `chain` is the line of updates, `revision` the changes of the database: plain data.
//! * `version` is the file VERSION, `state` what an instance is found to be, `plan` what is to be done.
//! * `migrate` changes a database, `tracks` the files that go with it, `check` looks at the outcome.
//! * `backup` keeps what was there before.
//! * `note` is the one step that decides, and what follows it; `work` is the order of all of it.
//! * `create` makes an instance where there is none.
//!
//! All that can fail happens beside what is there: on a copy of the database and in a directory for the tracks'
//! files. Then one rename decides. What follows are renames alone, which the next run completes when this one
//! was killed. Whoever calls is alone with the data.

pub mod backup;
pub mod chain;
mod check;
pub mod create;
mod migrate;
mod note;
pub mod plan;
mod revision;
pub mod state;
mod tracks;
pub mod version;
pub mod work;

use crate::error::Result;

/// Hears of each step, in words for the operator, and of the time that passes between them, in none. An error from it
/// ends the work as any other.
pub type Tell<'a> = &'a mut dyn FnMut(&str) -> Result<()>;
