//! A whole instance in one file, and back again.
//!
//! * `manifest` is the list at the front of the archive: what it is of, and each file with size and checksum.
//! * `write` makes an archive of a snapshot (`model/snapshot`), `read` reads one and believes nothing of it.
//! * `place` puts one where nothing is, `over` in the place of an instance that is there.
//! * `note` is the one step that decides the latter, and the renames that follow it.
//!
//! The archive is a tar file, gzipped or not, of plain files alone: MANIFEST, fietsboek.ini, fietsboek.sqlite,
//! data/VERSION, data/tracks/…, data/users/…, in the order of the list and nothing else.

pub mod manifest;
mod note;
pub mod over;
pub mod place;
pub mod read;
pub mod write;

use crate::error::Result;

/// Hears how much is done, of 1, again and again. An error from it ends the work as any other.
pub type Step<'a> = &'a mut dyn FnMut(f64) -> Result<()>;

/// The name of the settings in an archive, and where one is restored.
pub const INI: &str = "fietsboek.ini";
