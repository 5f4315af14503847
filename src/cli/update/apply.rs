//! Carries an update out, in a maintenance mode of its own.
//!
//! The order: the flag is raised unless the administrator has it on; everybody is waited for; the
//! state is looked at again; the work is done; the flag is lowered if it is still this tool's own; the
//! lock is let go. When something fails, all is as it was before, the mode too.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use super::plan::Plan;
use super::state::{Database, State};
use crate::cli::call::Call;
use crate::cli::interrupt::Interrupt;
use crate::cli::transaction::{begin, commit};
use crate::cli::updates;
use crate::clock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::maintenance::barrier::{self, Pass};
use crate::maintenance::own::{self, Lowered, OwnFlag};
use crate::ownership;
use crate::schema;

/// How long everybody is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often ^C is looked for meanwhile.
const BREATH: Duration = Duration::from_millis(50);

/// What visitors read meanwhile.
const REASON: &str = "This site is being updated.";

/// Does what is planned.
pub(super) fn run(call: &Call, config: &Config, state: &State, plan: Plan) -> Result<()> {
    let dir = DataDir::new(&config.data_dir);
    let switch_off = format!("fietsctl -c {} maintenance-mode --disable", config.file.display());
    tell_abandoned(call, &dir, &switch_off);
    let interrupt = Interrupt::catch()?;
    let own = OwnFlag::raise(&dir, "fietsupdate", REASON)?;
    let alone = wait_alone(&dir, &interrupt);
    let done = alone.as_ref().map_err(Error::clone).and_then(|pass| {
        still_as_seen(pass, config, state)?;
        carry_out(config, &dir, state, plan)
    });
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
fn tell_abandoned(call: &Call, dir: &DataDir, switch_off: &str) {
    if let Some(found) = own::find_abandoned(dir) {
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
fn still_as_seen(pass: &Pass, config: &Config, state: &State) -> Result<()> {
    if pass.is_off() {
        return Err(Error::Failed(
            "cannot update: the maintenance mode was switched off meanwhile; nothing was changed".to_owned(),
        ));
    }
    if State::look(config)? != *state {
        return Err(Error::Failed(
            "cannot update: the instance was changed meanwhile; nothing was changed by this update".to_owned(),
        ));
    }
    Ok(())
}

fn carry_out(config: &Config, dir: &DataDir, state: &State, plan: Plan) -> Result<()> {
    match plan {
        Plan::Nothing => Ok(()),
        Plan::Stamp => updates::stage(dir, &[schema::VERSION])?.place(),
        Plan::Create => {
            let missing = state.database == Database::Missing;
            if missing {
                make_file(config)?;
            }
            create(config, dir).inspect_err(|_| {
                if missing && let Err(e) = std::fs::remove_file(&config.database) {
                    log::error!("cannot remove {} again: {e}", config.database.display());
                }
            })
        }
    }
}

/// An empty file for the database, for the owner alone: it will hold the password hashes.
fn make_file(config: &Config) -> Result<()> {
    let path = &config.database;
    let made = File::options().write(true).create_new(true).mode(0o600).open(path);
    let file = made.map_err(|e| Error::Failed(format!("cannot make the database {}: {e}", path.display())))?;
    ownership::follow(&file, path);
    Ok(())
}

/// Makes the tables. VERSION is written before they are committed and put in its place afterwards: a
/// crash between the two leaves a database without it, which the next run puts right.
fn create(config: &Config, dir: &DataDir) -> Result<()> {
    let path = &config.database;
    let failed = |e| db::failed(&format!("cannot make the tables of the database {}", path.display()), e);
    let db = db::open_any(path)?;
    let transaction = begin(&db)?;
    schema::create(&transaction).map_err(failed)?;
    let version = updates::stage(dir, &[schema::VERSION])?;
    commit(transaction)?;
    version.place()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Schema;
    use crate::scratch::Scratch;
    use std::fs;

    fn config(scratch: &Scratch) -> Config {
        let ini = "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\nredis.url = redis://x\n\
            fietsboek.data_dir = %(here)s/data\nsession_key = k\nemail.from = a@b.c\nemail.smtp_url = debug://x\n";
        fs::create_dir(scratch.join("data")).unwrap();
        fs::write(scratch.join("f.ini"), ini).unwrap();
        Config::read(&scratch.join("f.ini")).unwrap()
    }

    fn missing() -> State {
        State {
            applied: Vec::new(),
            database: Database::Missing,
            has_tracks: false,
        }
    }

    #[test]
    fn a_new_database_is_private_and_at_head() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = Scratch::new();
        let config = config(&scratch);
        let dir = DataDir::new(&config.data_dir);
        carry_out(&config, &dir, &missing(), Plan::Create).unwrap();
        let mode = fs::metadata(&config.database).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let after = State::look(&config).unwrap();
        assert_eq!(after.database, Database::Of(Schema::Head));
        assert_eq!(after.applied, [schema::VERSION]);
    }

    #[test]
    fn a_failure_at_any_step_leaves_no_database_behind() {
        for in_the_way in ["data/VERSION", "data/.VERSION.new"] {
            let scratch = Scratch::new();
            let config = config(&scratch);
            fs::create_dir_all(scratch.join(in_the_way).join("x")).unwrap();
            let dir = DataDir::new(&config.data_dir);
            carry_out(&config, &dir, &missing(), Plan::Create).unwrap_err();
            let mut names: Vec<_> = fs::read_dir(scratch.path())
                .unwrap()
                .map(|e| e.unwrap().file_name())
                .collect();
            names.sort();
            assert_eq!(names, ["data", "f.ini"], "{in_the_way}");
        }
    }

    #[test]
    fn what_changed_while_it_waited_stops_it() {
        let scratch = Scratch::new();
        let config = config(&scratch);
        let pass = barrier::hold_alone(&config.data_dir, Duration::ZERO).unwrap();
        let off = still_as_seen(&pass, &config, &missing()).unwrap_err();
        assert!(off.text().contains("switched off"));
        fs::write(scratch.join("data/MAINTENANCE"), "").unwrap();
        still_as_seen(&pass, &config, &missing()).unwrap();
        fs::write(scratch.join("db.sqlite"), "").unwrap();
        assert!(still_as_seen(&pass, &config, &missing()).is_err());
    }
}
