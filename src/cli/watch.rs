//! Ends long work when the maintenance mode is switched on in the middle of it: a drain shall not wait for it.

use crate::error::{Error, Result};
use crate::maintenance::barrier::Pass;

/// Looks at the flag for a verb that holds the lock. A mode that was on when it began is the administrator's own.
pub(super) struct Watch<'a> {
    pass: &'a Pass,
    was_off: bool,
    verb: &'static str,
}

impl Watch<'_> {
    /// For a verb, as in `check`.
    pub fn new<'a>(pass: &'a Pass, verb: &'static str) -> Watch<'a> {
        Watch {
            was_off: pass.is_off(),
            pass,
            verb,
        }
    }

    /// Looks.
    ///
    /// # Errors
    /// `Busy` when the mode is on, and was not.
    pub fn look(&self) -> Result<()> {
        if self.was_off && !self.pass.is_off() {
            return Err(Error::Busy(format!(
                "the maintenance mode was switched on meanwhile, so the {} stopped; run it again",
                self.verb
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;

    #[test]
    fn a_mode_that_comes_meanwhile_stops_it_and_one_that_was_there_does_not() {
        let scratch = Scratch::new();
        let pass = crate::instance::hold(scratch.path()).unwrap();
        let watch = Watch::new(&pass, "check");
        watch.look().unwrap();
        fs::write(scratch.join("MAINTENANCE"), "").unwrap();
        assert!(matches!(watch.look(), Err(Error::Busy(_))));
        Watch::new(&pass, "check").look().unwrap();
    }
}
