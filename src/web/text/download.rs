//! Words in what is downloaded.

use super::text;
use crate::web::lang::Text;

pub const MISSING: Text = text(
    "Track {id} has no file that can be read.",
    "Tour {id} hat keine lesbare Datei.",
);
