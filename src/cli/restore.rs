//! `fietsctl restore`: an instance from an archive, in a new place or over one that is there; or what an archive holds.
//!
//! The archive is read to its end and checked before anything else happens, and once more while it is written out.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::alone::{self, Job};
use super::call::Call;
use super::interrupt::Interrupt;
use super::opts::{Operand, Opt, Takes, Verb};
use super::progress::Bar;
use super::prompt::Prompt;
use super::user::FORCE;
use crate::backup::manifest::Manifest;
use crate::backup::over::{self, Recovered};
use crate::backup::read::Archive;
use crate::backup::{INI, place};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::model::snapshot::{DATA, DATABASE};
use crate::size;
use crate::update::work;

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["restore"],
    about: "make an instance from an archive of fietsctl backup, or tell what is in it",
    operands: &[
        Operand {
            name: "FILE",
            required: false,
            help: "the archive",
        },
        Operand {
            name: "DIR",
            required: false,
            help: "where the instance is made; not there yet, or empty",
        },
    ],
    opts: &[
        Opt {
            long: "list",
            short: None,
            takes: Takes::Nothing,
            help: "tell what is in the archive and whether it is sound; restore nothing",
        },
        Opt {
            long: "over",
            short: None,
            takes: Takes::Nothing,
            help: "replace the instance that -c names, and keep the old one aside",
        },
        FORCE,
        Opt {
            long: "resume",
            short: None,
            takes: Takes::Nothing,
            help: "bring a restore over an instance to its end that was killed",
        },
    ],
    run,
}];

const JOB: Job = Job {
    verb: "restore",
    reason: "This site is being restored from a backup.",
    reason_stuck: "This site is being restored from a backup, and that could not be completed. \
        Its administrator has to run fietsctl restore again.",
    go_on: ["fietsctl", "restore --resume"],
    is_decided: over::is_decided,
};

fn run(call: &Call) -> Result<()> {
    let (list, over, resume) = (call.flag("list"), call.flag("over"), call.flag("resume"));
    let usage = |text: &str| Err(Error::Usage(text.to_owned()));
    match (call.operands(), list, over, resume) {
        ([], false, false, true) => resume_killed(call),
        ([file], true, false, false) => tell(call, Path::new(file)),
        ([file], false, true, false) => replace(call, Path::new(file)),
        ([file, dir], false, false, false) => make(call, Path::new(file), Path::new(dir)),
        ([_], false, false, false) => usage("name the directory to restore to, or give --list or --over"),
        ([], _, _, false) => usage("name the archive"),
        (_, _, _, true) => usage("--resume goes on with what was begun and takes nothing else"),
        _ => usage("one of DIR, --list and --over excludes the others"),
    }
}

/// Reads all of it.
fn verify(call: &Call, file: &Path, interrupt: &Interrupt) -> Result<(Archive, Manifest)> {
    let bar = Bar::new(!call.is_quiet());
    let mut archive = Archive::open(file)?;
    let manifest = archive.verify(&mut |share| {
        bar.set(share);
        go_on(interrupt)
    })?;
    Ok((archive, manifest))
}

fn go_on(interrupt: &Interrupt) -> Result<()> {
    match interrupt.wait(Duration::ZERO) {
        true => Err(Error::Said("Aborted!".to_owned())),
        false => Ok(()),
    }
}

fn tell(call: &Call, file: &Path) -> Result<()> {
    let (archive, manifest) = verify(call, file, &Interrupt::catch()?)?;
    let sizes = [
        ("database", manifest.size_of(DATABASE)),
        ("tracks", manifest.size_of(&format!("{DATA}/tracks/"))),
        ("overlay maps", manifest.size_of(&format!("{DATA}/users/"))),
    ];
    let sizes: Vec<String> = sizes
        .map(|(name, bytes)| format!("{name} {}", size::text(bytes)))
        .into();
    call.say(&format!(
        "made: {} by version {} of this program\nversion: {}\ntracks: {}\nusers: {}\nfiles: {}, {} ({})\narchive: {}\n\
         checksums: all hold",
        manifest.made,
        manifest.program,
        manifest.version,
        manifest.tracks,
        manifest.users,
        manifest.files.len(),
        size::text(manifest.size()),
        sizes.join(", "),
        size::text(archive.size()),
    ))
}

fn make(call: &Call, file: &Path, dir: &Path) -> Result<()> {
    if call.named_config().is_some() {
        return Err(Error::Usage(
            "restore to a directory takes no -c: the settings come from the archive".to_owned(),
        ));
    }
    let interrupt = Interrupt::catch()?;
    let (mut archive, manifest) = verify(call, file, &interrupt)?;
    let bar = Bar::new(!call.is_quiet());
    place::restore(&mut archive, &manifest, dir, &mut |share| {
        bar.set(share);
        go_on(&interrupt)
    })?;
    drop(bar);
    call.say(&format!(
        "restored {} tracks and {} users of {} to {}",
        manifest.tracks,
        manifest.users,
        manifest.made,
        dir.join(INI).display()
    ))
}

fn replace(call: &Call, file: &Path) -> Result<()> {
    let config = call.config()?;
    let (mut archive, manifest) = verify(call, file, &Interrupt::catch()?)?;
    alone::tell_abandoned(call, &config);
    if recover(call, &config)?.is_some_and(|archive| archive == over::identify(&manifest)) {
        return call.say("It was this archive: nothing is left to do.");
    }
    if work::is_cut_short(&config) {
        return Err(Error::Failed(format!(
            "cannot restore: an update was cut short; bring it to its end first: fietsupdate -c {} update",
            config.file.display()
        )));
    }
    if !call.flag("force") {
        call.say(&format!(
            "The instance of {} is taken out of service, its database, tracks and maps are moved aside,\nand those of \
             the backup of {} take their place: {} tracks, {} users. Its settings stay.",
            config.file.display(),
            manifest.made,
            manifest.tracks,
            manifest.users
        ))?;
        if !Prompt::new()?.confirm("Proceed?")? {
            return Err(Error::Said("Aborted!".to_owned()));
        }
    }
    let mut kept = Vec::new();
    alone::run(call, &config, &JOB, &|| Ok(!over::is_decided(&config)), |look| {
        let bar = Bar::new(!call.is_quiet());
        kept = over::restore(&config, &mut archive, &manifest, &mut |share| {
            bar.set(share);
            look("")
        })?;
        Ok(())
    })?;
    call.say(&format!(
        "restored {} tracks and {} users of {}",
        manifest.tracks, manifest.users, manifest.made
    ))?;
    tell_kept(call, &kept)
}

fn resume_killed(call: &Call) -> Result<()> {
    let config = call.config()?;
    alone::tell_abandoned(call, &config);
    match over::is_cut_short(&config) {
        true => recover(call, &config).map(drop),
        false => call.say("No restore was cut short."),
    }
}

/// Brings what a killed run left to an end; what it was of comes back, if it was decided.
fn recover(call: &Call, config: &Config) -> Result<Option<String>> {
    if !over::is_cut_short(config) {
        return Ok(None);
    }
    let mut found = None;
    alone::run(call, config, &JOB, &|| Ok(true), |_| {
        // Somebody who was waited for may have worked until now, and not have been killed.
        if over::is_cut_short(config) {
            found = Some(over::recover(config)?);
        }
        Ok(())
    })?;
    match found {
        Some(Recovered::Completed(archive, kept)) => {
            call.warn("a restore was cut short after it was decided; it is complete now");
            tell_kept(call, &kept)?;
            Ok(Some(archive))
        }
        Some(Recovered::Cleared) => {
            call.warn(
                "a restore was cut short before it changed anything; the instance is as it was, and what was prepared \
                 is removed",
            );
            Ok(None)
        }
        None => Ok(None),
    }
}

fn tell_kept(call: &Call, kept: &[PathBuf]) -> Result<()> {
    kept.iter()
        .try_for_each(|path| call.say(&format!("the old instance is kept in {}", path.display())))
}
