//! A verb that runs long gives way to a maintenance mode that is switched on while it runs: the administrator waits
//! for the drain. One that was on before is the administrator's own, and no hindrance.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::maintenance::flag::{self, Flag};

/// How often it is looked at the flag.
const EVERY: Duration = Duration::from_millis(100);

/// Looks at the flag now and then.
pub struct Drain {
    data_dir: PathBuf,
    was_on: bool,
    looked: Cell<Instant>,
}

impl Drain {
    /// Begins to look.
    pub fn new(data_dir: &Path) -> Drain {
        Drain {
            data_dir: data_dir.to_owned(),
            was_on: flag::look(data_dir) != Flag::Off,
            looked: Cell::new(Instant::now()),
        }
    }

    /// Asked between items.
    ///
    /// # Errors
    /// `Busy` when the mode was switched on meanwhile.
    pub fn check(&self) -> Result<()> {
        if self.was_on || self.looked.get().elapsed() < EVERY {
            return Ok(());
        }
        self.looked.set(Instant::now());
        match flag::look(&self.data_dir) {
            Flag::Off => Ok(()),
            _ => Err(Error::Busy(
                "the maintenance mode was switched on; run it again to go on".to_owned(),
            )),
        }
    }
}
