//! A maintenance mode of its own, for the time of some work on the data.
//!
//! The order: the flag is raised unless the administrator has it on; everybody is waited for; the
//! state is looked at again; the work is done; the flag is lowered if it is still this tool's own; the
//! lock is let go. When something fails, all is as it was before, the mode too, unless an update was decided and
//! could not be completed: then the mode stays on, with a reason that says so.

use std::time::{Duration, Instant};

use crate::cli::call::Call;
use crate::cli::interrupt::Interrupt;
use crate::clock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::maintenance::barrier::{self, Pass};
use crate::maintenance::own::{self, Lowered, OwnFlag};
use crate::maintenance::switch;
use crate::update::state::State;
use crate::update::{Tell, work};

/// How long everybody is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often ^C is looked for meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// What visitors read meanwhile.
const REASON: &str = "This site is being updated.";

/// What they read when an update could not be completed.
const REASON_STUCK: &str = "This site is being updated, and the update could not be completed. \
    Its administrator has to run fietsupdate again.";

fn switch_off(config: &Config) -> String {
    format!("fietsctl -c {} maintenance-mode --disable", config.file.display())
}

/// Works, alone with the data; a state that was seen before must still be the same then. The work is given a
/// way to tell of its steps, which also ends it at ^C.
pub(super) fn run(
    call: &Call,
    config: &Config,
    state: Option<&State>,
    work: impl FnOnce(Tell<'_>) -> Result<()>,
) -> Result<()> {
    let dir = DataDir::new(&config.data_dir);
    let switch_off = switch_off(config);
    let interrupt = Interrupt::catch()?;
    let own = OwnFlag::raise(&dir, "fietsupdate", REASON)?;
    let alone = wait_alone(&dir, &interrupt);
    let done = alone.as_ref().map_err(Error::clone).and_then(|pass| {
        still_as_seen(pass, config, state)?;
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
    if done.is_err() && work::is_decided(config) {
        if let Err(e) = switch::enable(&dir, REASON_STUCK) {
            log::error!("{e}");
        }
        call.warn(&format!(
            "the update is decided and not complete, so the maintenance mode stays on; when the cause is gone, go on \
             with: fietsupdate -c {} update, then: {switch_off}",
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
            let how = if done.is_ok() { "the update is done, but " } else { "" };
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
fn wait_alone(dir: &DataDir, interrupt: &Interrupt) -> Result<Pass> {
    let until = Instant::now() + PATIENCE;
    loop {
        match barrier::hold_alone(dir.path(), Duration::ZERO) {
            Err(Error::Busy(_)) if Instant::now() < until => {}
            Err(Error::Busy(_)) => {
                return Err(Error::Busy(format!(
                    "cannot update: gave up after {} s waiting for the data directory {}, still held by {}; \
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
fn still_as_seen(pass: &Pass, config: &Config, state: Option<&State>) -> Result<()> {
    if pass.is_off() {
        return Err(Error::Failed(
            "cannot update: the maintenance mode was switched off meanwhile; nothing was changed".to_owned(),
        ));
    }
    if let Some(state) = state
        && State::look(config)? != *state
    {
        return Err(Error::Failed(
            "cannot update: the instance was changed meanwhile; nothing was changed by this update".to_owned(),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use crate::update::state::Database;
    use std::fs;

    #[test]
    fn what_changed_while_it_waited_stops_it() {
        let scratch = Scratch::new();
        let ini = "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\nredis.url = redis://x\n\
            fietsboek.data_dir = %(here)s/data\nsession_key = k\nemail.from = a@b.c\nemail.smtp_url = debug://x\n";
        fs::create_dir(scratch.join("data")).unwrap();
        fs::write(scratch.join("f.ini"), ini).unwrap();
        let config = Config::read(&scratch.join("f.ini")).unwrap();
        let missing = State {
            applied: Vec::new(),
            database: Database::Missing,
            has_tracks: false,
        };
        let pass = barrier::hold_alone(&config.data_dir, Duration::ZERO).unwrap();
        let off = still_as_seen(&pass, &config, Some(&missing)).unwrap_err();
        assert!(off.text().contains("switched off"));
        fs::write(scratch.join("data/MAINTENANCE"), "").unwrap();
        still_as_seen(&pass, &config, Some(&missing)).unwrap();
        fs::write(scratch.join("db.sqlite"), "").unwrap();
        assert!(still_as_seen(&pass, &config, Some(&missing)).is_err());
        still_as_seen(&pass, &config, None).unwrap();
    }
}
