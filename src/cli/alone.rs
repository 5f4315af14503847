//! A maintenance mode of its own, for the time of some work on the data.
//!
//! The order: the flag is raised unless the administrator has it on; everybody is waited for; the
//! state is looked at again; the work is done; the flag is lowered if it is still this tool's own; the
//! lock is let go. When something fails, all is as it was before, the mode too, unless an update was decided and
//! could not be completed: then the mode stays on, with a reason that says so.

use std::time::{Duration, Instant};

use super::call::Call;
use super::interrupt::Interrupt;
use crate::clock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::maintenance::barrier::{self, Pass};
use crate::maintenance::own::{self, Lowered, OwnFlag};
use crate::maintenance::switch;

/// How long everybody is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often ^C is looked for meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// Work on the data of an instance, in the words that are needed for it.
pub(super) struct Job {
    /// What it does: `update`.
    pub verb: &'static str,
    /// What visitors read meanwhile.
    pub reason: &'static str,
    /// What they read when it could not be completed.
    pub reason_stuck: &'static str,
    /// What brings it to its end then, without the INI file.
    pub go_on: [&'static str; 2],
    /// Whether it is decided and not complete.
    pub is_decided: fn(&Config) -> bool,
}

fn switch_off(config: &Config) -> String {
    format!("fietsctl -c {} maintenance-mode --disable", config.file.display())
}

/// Works, alone with the data; what `is_as_seen` tells must still be true then. The work is given a way to tell of its
/// steps, which also ends it at ^C.
pub(super) fn run(
    call: &Call,
    config: &Config,
    job: &Job,
    is_as_seen: &dyn Fn() -> Result<bool>,
    work: impl FnOnce(&mut dyn FnMut(&str) -> Result<()>) -> Result<()>,
) -> Result<()> {
    let dir = DataDir::new(&config.data_dir);
    let switch_off = switch_off(config);
    let interrupt = Interrupt::catch()?;
    let own = OwnFlag::raise(&dir, call.applet.name, job.reason)?;
    let alone = wait_alone(&dir, job.verb, &interrupt);
    let done = alone.as_ref().map_err(Error::clone).and_then(|pass| {
        still_as_seen(pass, job.verb, is_as_seen)?;
        work(&mut |step| {
            if !step.is_empty() {
                call.say(step)?;
            }
            match interrupt.wait(Duration::ZERO) {
                true => Err(Error::Said("Aborted!".to_owned())),
                false => Ok(()),
            }
        })
    });
    if done.is_err() && (job.is_decided)(config) {
        if let Err(e) = switch::enable(&dir, job.reason_stuck) {
            log::error!("{e}");
        }
        let [tool, rest] = job.go_on;
        call.warn(&format!(
            "the {} is decided and not complete, so the maintenance mode stays on; when the cause is gone, go on \
             with: {tool} -c {} {rest}, then: {switch_off}",
            job.verb,
            config.file.display()
        ));
        return done;
    }
    // Still under the lock: nobody enters between the work and the end of the mode.
    let lowered = own.map(OwnFlag::lower).transpose();
    drop(alone);
    match lowered {
        Ok(Some(Lowered::Gone) | None) => done,
        Ok(Some(Lowered::Anothers)) => {
            call.warn(&format!(
                "somebody else has changed the maintenance mode meanwhile, so it stays on; \
                 switch it off with: {switch_off}"
            ));
            done
        }
        Err(e) => {
            let how = if done.is_ok() {
                format!("the {} is done, but ", job.verb)
            } else {
                String::new()
            };
            call.warn(&format!(
                "{how}the maintenance mode stays on: {e}; switch it off with: {switch_off}"
            ));
            done.and(Err(Error::Quiet(1)))
        }
    }
}

/// Says what was found of a run that was killed. Its mode counts as the administrator's from now on.
pub(super) fn tell_abandoned(call: &Call, config: &Config) {
    let switch_off = switch_off(config);
    if let Some(found) = own::find_abandoned(&DataDir::new(&config.data_dir)) {
        let since = found
            .since
            .map(|at| format!(" at {}", clock::rfc3339(at)))
            .unwrap_or_default();
        call.warn(&format!(
            "{} (process {}) was killed after it had switched the maintenance mode on{since}; it stays on \
             when this is done; then switch it off with: {switch_off}",
            found.tool, found.pid
        ));
    }
}

/// Waits until nobody else touches the data, and gives up at ^C.
fn wait_alone(dir: &DataDir, verb: &str, interrupt: &Interrupt) -> Result<Pass> {
    let until = Instant::now() + PATIENCE;
    loop {
        match barrier::hold_alone(dir.path(), Duration::ZERO) {
            Err(Error::Busy(_)) if Instant::now() < until => {}
            Err(Error::Busy(_)) => {
                return Err(Error::Busy(format!(
                    "cannot {verb}: gave up after {} s waiting for the data directory {}, still held by {}; \
                     nothing was changed",
                    PATIENCE.as_secs(),
                    dir.path().display(),
                    barrier::name_holders(dir.path())
                )));
            }
            other => return other,
        }
        if interrupt.wait(BREATH) {
            return Err(Error::Said("Aborted!".to_owned()));
        }
    }
}

/// Looks again, now that nothing can change any more.
fn still_as_seen(pass: &Pass, verb: &str, is_as_seen: &dyn Fn() -> Result<bool>) -> Result<()> {
    if pass.is_off() {
        return Err(Error::Failed(format!(
            "cannot {verb}: the maintenance mode was switched off meanwhile; nothing was changed"
        )));
    }
    match is_as_seen()? {
        true => Ok(()),
        false => Err(Error::Failed(format!(
            "cannot {verb}: the instance was changed meanwhile; nothing was changed by this {verb}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::fs;

    #[test]
    fn what_changed_while_it_waited_stops_it() {
        let scratch = Scratch::new();
        let pass = barrier::hold_alone(scratch.path(), Duration::ZERO).unwrap();
        let off = still_as_seen(&pass, "update", &|| Ok(true)).unwrap_err();
        assert!(off.text().contains("switched off"));
        fs::write(scratch.join("MAINTENANCE"), "").unwrap();
        still_as_seen(&pass, "update", &|| Ok(true)).unwrap();
        let changed = still_as_seen(&pass, "update", &|| Ok(false)).unwrap_err();
        assert!(
            changed
                .text()
                .contains("cannot update: the instance was changed meanwhile")
        );
        let failed = still_as_seen(&pass, "update", &|| Err(Error::Quiet(1)));
        assert_eq!(failed, Err(Error::Quiet(1)));
    }
}
