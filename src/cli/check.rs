//! `fietsctl check`: whether settings, database and files of an instance are as they should be, and fit each other.
//!
//! It looks and changes nothing; with `--repair` it then puts right what can be put right without anybody's loss. It
//! holds the lock like every verb, whatever the flag says, but stops when the mode is switched on meanwhile: it takes
//! long where there are many tracks, and a drain shall not wait for it.

mod configuration;
mod database;
mod directories;
mod figures;
mod finding;
mod mode;
mod online;
mod permissions;
mod repair;
mod track;
mod unfinished;
mod uploads;

use rusqlite::Connection;

use super::call::Call;
use super::opts::{Opt, Takes, Verb};
use super::progress::Bar;
use super::watch::Watch;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::instance;
use crate::model;
use finding::{Findings, Kind};

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["check"],
    about: "check settings, database and files, and whether they fit each other",
    operands: &[],
    opts: &[
        Opt {
            long: "online",
            short: None,
            takes: Takes::Nothing,
            help: "also look whether mail server and providers of maps can be reached",
        },
        Opt {
            long: "repair",
            short: None,
            takes: Takes::Nothing,
            help: "put right what can be put right without loss",
        },
        Opt {
            long: "json",
            short: None,
            takes: Takes::Nothing,
            help: "print one JSON object",
        },
    ],
    run,
}];

fn run(call: &Call) -> Result<()> {
    // Its warnings are findings here, and need no second telling in the log.
    let config = Config::read(call.config_path())?;
    let dir = DataDir::new(&config.data_dir);
    let mut findings = Findings::default();
    let pass = instance::hold(&config.data_dir)?;
    mode::check(&config, &dir, &mut findings);
    unfinished::check(&config, &dir, &mut findings);
    configuration::check(&config, &mut findings);
    permissions::check(&config, &dir, &mut findings);
    if let Some(db) = database::check(&config, &dir, &mut findings)? {
        let look = Look {
            db,
            dir: &dir,
            go_on: &Watch::new(&pass, "check"),
            bar: Bar::new(!call.is_quiet() && !call.flag("json")),
        };
        look.check_data(&mut findings)?;
    }
    if call.flag("repair") && findings.list().iter().any(|finding| finding.repair.is_some()) {
        repair::run(&config, &mut findings)?;
    }
    // Nobody waits for a mail server behind the barrier.
    drop(pass);
    if call.flag("online") {
        online::check(&config, &mut findings);
    }
    tell(call, &config, &findings)
}

/// What looks at the data.
struct Look<'a> {
    db: Connection,
    dir: &'a DataDir,
    go_on: &'a Watch<'a>,
    bar: Bar,
}

impl Look<'_> {
    fn check_data(&self, findings: &mut Findings) -> Result<()> {
        let tracks = model::track::list(&self.db)?;
        let uploads = model::upload::list_all(&self.db)?;
        let all = (tracks.len() + uploads.len()).max(1);
        let step = |done: usize| {
            self.bar.set(done as f64 / all as f64);
            self.go_on.look()
        };
        for (done, listed) in tracks.iter().enumerate() {
            step(done)?;
            track::check(&self.db, self.dir, listed.id, findings)?;
        }
        for (done, upload) in uploads.iter().enumerate() {
            step(tracks.len() + done)?;
            uploads::check(&self.db, upload.id, findings)?;
        }
        self.go_on.look()?;
        directories::check(&self.db, self.dir, findings)
    }
}

/// Prints what was found; anything that is wrong still makes the exit code.
fn tell(call: &Call, config: &Config, findings: &Findings) -> Result<()> {
    match call.flag("json") {
        true => call.say(&findings.json(&config.file))?,
        false => {
            for finding in findings.list() {
                call.say(&finding.text(call.wants_colours()))?;
            }
            call.say(&findings.summary())?;
        }
    }
    match findings.count(Kind::Problem) {
        0 => Ok(()),
        _ => Err(Error::Quiet(1)),
    }
}
