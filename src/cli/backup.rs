//! `fietsctl backup`: the whole instance in one file, while the site runs.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::call::Call;
use super::interrupt::Interrupt;
use super::open::open;
use super::opts::{Operand, Verb};
use super::progress::Bar;
use super::watch::Watch;
use crate::backup::over;
use crate::backup::write::Target;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::instance;
use crate::model::files::io;
use crate::model::snapshot::Snapshot;
use crate::model::space;
use crate::size;
use crate::update::{chain, version, work};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["backup"],
    about: "write settings, database and files to one archive, while the site runs",
    operands: &[Operand {
        name: "FILE",
        required: true,
        help: "the archive, not there yet; gzipped if it ends with .gz or .tgz",
    }],
    opts: &[],
    run,
}];

fn run(call: &Call) -> Result<()> {
    let place = Path::new(call.operands().first().map_or("", String::as_str));
    let config = call.config()?;
    let target = Target::begin(place)?;
    // Beside the lock that opening takes: this one tells whether the mode is switched on meanwhile.
    let pass = instance::hold(&config.data_dir)?;
    refuse_unsettled(&config)?;
    let interrupt = Interrupt::catch()?;
    let (watch, bar) = (Watch::new(&pass, "backup"), Bar::new(!call.is_quiet()));
    let go_on = || match interrupt.wait(Duration::ZERO) {
        true => Err(Error::Said("Aborted!".to_owned())),
        false => watch.look(),
    };
    let held = open(&config)?;
    let ini = fs::read(&config.file).map_err(|e| io("read", &config.file, e))?;
    let database = fs::metadata(&config.database).map_or(0, |meta| meta.len());
    space::require(held.dir.path(), database, "copy the database")?;
    let snapshot = Snapshot::take(&held.db, &held.dir, &config.database, &mut || go_on())?;
    let version = find_version(&held.dir)?;
    let (manifest, size) = target.write(&ini, &version, &snapshot, &mut |share| {
        bar.set(share);
        go_on()
    })?;
    drop((snapshot, bar));
    if call.is_quiet() {
        return Ok(());
    }
    call.say(&format!(
        "{}: {} tracks, {} users, {} in {} files; written and read back, {}",
        place.display(),
        manifest.tracks,
        manifest.users,
        size::text(manifest.size()),
        manifest.files.len(),
        size::text(size)
    ))
}

/// What is in the middle of something is not what it will be.
fn refuse_unsettled(config: &Config) -> Result<()> {
    let ini = config.file.display();
    let how = if work::is_decided(config) {
        format!("an update is decided and not complete; complete it first: fietsupdate -c {ini} update")
    } else if over::is_decided(config) {
        format!("a restore is decided and not complete; complete it first: fietsctl -c {ini} restore --resume")
    } else {
        return Ok(());
    };
    Err(Error::Failed(format!("cannot back up: {how}")))
}

/// The update that the data is at.
fn find_version(dir: &DataDir) -> Result<String> {
    match version::find_oddity(dir) {
        Some(oddity) => Err(Error::Failed(format!("cannot back up: {oddity}"))),
        None => Ok(chain::name(Some(chain::HEAD)).to_owned()),
    }
}
