//! What version this is, and of which Fietsboek it understands the data.

use super::call::Call;
use super::opts::Verb;
use crate::error::Result;

/// This program's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The Fietsboek whose data it serves.
pub const DATA_OF: &str = "0.11";

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["version"],
    about: "print the version",
    operands: &[],
    opts: &[],
    run,
}];

fn run(call: &Call) -> Result<()> {
    call.say(&format!("fietsboek {VERSION}"))
}

/// What `--version` prints for a tool.
pub fn text(name: &str) -> String {
    format!("{name} {VERSION} (data of Fietsboek {DATA_OF})")
}
