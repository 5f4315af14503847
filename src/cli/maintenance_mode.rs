//! `fietsctl maintenance-mode`: switches the mode on and off, tells how it stands, waits for the drain.
//!
//! It needs the configuration and the data directory, never the database; and it takes no lock but
//! for `--wait`, so that it works whatever else goes on.

use std::time::Duration;

use time::OffsetDateTime;

use super::call::Call;
use super::opts::{Operand, Opt, Takes, Verb};
use crate::clock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::maintenance::drain;
use crate::maintenance::flag::{self, Flag, Sighting};
use crate::maintenance::reason;
use crate::maintenance::switch::{self, Removed, Set};

/// How long `--wait` waits when it is given no number, in seconds.
const DEFAULT_WAIT: u64 = 60;

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["maintenance-mode"],
    about: "switch the maintenance mode on or off, or tell how it stands",
    operands: &[Operand {
        name: "REASON",
        required: false,
        help: "switch it on; visitors read this, and it may be empty",
    }],
    opts: &[
        Opt {
            long: "disable",
            short: None,
            takes: Takes::Nothing,
            help: "switch it off",
        },
        Opt {
            long: "wait",
            short: None,
            takes: Takes::MaybeValue("SECONDS"),
            help: "wait until no request and no job touches the data any more (at most 60 s)",
        },
        Opt {
            long: "json",
            short: None,
            takes: Takes::Nothing,
            help: "tell how it stands as one JSON object",
        },
        Opt {
            long: "check",
            short: None,
            takes: Takes::Nothing,
            help: "print nothing; exit 0 when it is off, 3 when on, 1 when it cannot be told",
        },
    ],
    run,
}];

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
enum Wish<'a> {
    Check,
    Tell,
    Disable,
    Enable(&'a str, Option<Duration>),
    Wait(Duration),
}

fn run(call: &Call) -> Result<()> {
    match wish(call)? {
        Wish::Check => Err(Error::Quiet(check(call))),
        Wish::Tell => tell(call, &DataDir::new(call.config()?.data_dir)),
        Wish::Disable => disable(call, &DataDir::new(call.config()?.data_dir)),
        Wish::Enable(text, wait) => enable(call, &call.config()?, text, wait),
        Wish::Wait(limit) => wait(call, &call.config()?, limit),
    }
}

/// What the options and the operand ask for together.
fn wish<'a>(call: &'a Call) -> Result<Wish<'a>> {
    let reason = call.operands().first().map(String::as_str);
    let (disable, check) = (call.flag("disable"), call.flag("check"));
    let limit = limit(call)?;
    let clash = |one: &str, other: &str| Err(Error::Usage(format!("{one} and {other} exclude each other")));
    if check {
        for other in ["disable", "wait", "json"] {
            if call.flag(other) {
                return clash("--check", &format!("--{other}"));
            }
        }
    }
    match (reason, limit) {
        (Some(_), _) if disable => clash("REASON", "--disable"),
        (Some(_), _) if check => clash("REASON", "--check"),
        (_, Some(_)) if disable => clash("--wait", "--disable"),
        // The number was meant for --wait: as a reason it would take the site down with it.
        (Some(text), Some(_)) if call.value("wait").is_none() && is_number(text) => Err(Error::Usage(format!(
            "{text:?} is a strange reason; the seconds to wait are written --wait={text}"
        ))),
        (Some(text), limit) => Ok(Wish::Enable(text, limit)),
        (None, Some(limit)) => Ok(Wish::Wait(limit)),
        (None, None) if disable => Ok(Wish::Disable),
        (None, None) if check => Ok(Wish::Check),
        (None, None) => Ok(Wish::Tell),
    }
}

fn limit(call: &Call) -> Result<Option<Duration>> {
    if !call.flag("wait") {
        return Ok(None);
    }
    let seconds = match call.value("wait") {
        None => DEFAULT_WAIT,
        Some(text) => text
            .parse()
            .map_err(|_| Error::Usage(format!("--wait takes a number of seconds, not {text:?}")))?,
    };
    Ok(Some(Duration::from_secs(seconds)))
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// The exit code of `--check`. The configuration is read past the log: nothing is printed.
fn check(call: &Call) -> u8 {
    match Config::read(call.config_path()).map(|config| flag::look(&config.data_dir)) {
        Ok(Flag::Off) => 0,
        Ok(Flag::On(_)) => 3,
        Ok(Flag::Unclear(_)) | Err(_) => 1,
    }
}

fn enable(call: &Call, config: &Config, text: &str, limit: Option<Duration>) -> Result<()> {
    let data_dir = DataDir::new(&config.data_dir);
    if let Set::WithoutReason(warning) = switch::enable(&data_dir, text)? {
        call.warn(&warning);
    }
    if let Some(limit) = limit {
        drain(call, config, &data_dir, limit)?;
    }
    tell(call, &data_dir)
}

/// Waits for a mode that is on already, however it was switched on.
fn wait(call: &Call, config: &Config, limit: Duration) -> Result<()> {
    let data_dir = DataDir::new(&config.data_dir);
    match flag::look(data_dir.path()) {
        Flag::On(_) => {}
        Flag::Off => {
            return Err(Error::Failed(
                "there is nothing to wait for: the maintenance mode is off".to_owned(),
            ));
        }
        Flag::Unclear(cause) => return Err(Error::Failed(cause)),
    }
    drain(call, config, &data_dir, limit)?;
    tell(call, &data_dir)
}

/// Waits until nobody touches the data. The lock is let go at once: while the flag is on nobody begins.
fn drain(call: &Call, config: &Config, data_dir: &DataDir, limit: Duration) -> Result<()> {
    let drained = drain::drain(data_dir, &config.database, limit)?;
    for warning in &drained.warnings {
        call.warn(warning);
    }
    Ok(())
}

fn disable(call: &Call, data_dir: &DataDir) -> Result<()> {
    match switch::disable(data_dir)? {
        Removed::Before if !call.flag("json") => call.say("Maintenance mode was not enabled"),
        _ => tell(call, data_dir),
    }
}

/// Prints how it stands.
fn tell(call: &Call, data_dir: &DataDir) -> Result<()> {
    let sighting = match flag::look(data_dir.path()) {
        Flag::Off => None,
        Flag::On(sighting) => Some(sighting),
        Flag::Unclear(cause) => return Err(Error::Failed(cause)),
    };
    if let (None, Flag::Unclear(cause)) = (&sighting, flag::look_to_work(data_dir.path())) {
        call.warn(&format!(
            "visitors get 503 and fietscron does nothing all the same: {cause}"
        ));
    }
    let path = data_dir.maintenance().display().to_string();
    match &sighting {
        sighting if call.flag("json") => call.say(&json(sighting.as_ref(), &path)),
        None => call.say("Maintenance mode is disabled"),
        Some(sighting) => call.say(&text(sighting, &path, clock::now())),
    }
}

fn text(sighting: &Sighting, path: &str, now: OffsetDateTime) -> String {
    let reason = reason::one_line(&sighting.reason);
    let since = sighting.since.map_or_else(
        || "since: unknown".to_owned(),
        |since| format!("since: {} ({})", clock::rfc3339(since), ago(now - since)),
    );
    let path = reason::one_line(path);
    match sighting.what {
        "a file" => format!("Maintenance mode is enabled: {reason}\n{since}\nfile: {path}"),
        what => format!("Maintenance mode is enabled: {reason}\n{since}\nfile: {path} ({what})"),
    }
}

fn json(sighting: Option<&Sighting>, path: &str) -> String {
    serde_json::json!({
        "enabled": sighting.is_some(),
        "reason": sighting.map(|sighting| &sighting.reason),
        "since": sighting.and_then(|sighting| sighting.since).map(clock::rfc3339),
        "path": path,
    })
    .to_string()
}

/// A length of time in its two largest units.
fn ago(passed: time::Duration) -> String {
    let seconds = passed.whole_seconds();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        _ if seconds < 0 => "by a clock that is ahead".to_owned(),
        (0, 0, 0) => format!("{seconds} s ago"),
        (0, 0, _) => format!("{minutes} min ago"),
        (0, _, _) => format!("{hours} h {minutes} min ago"),
        _ => format!("{days} d {hours} h ago"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::typed::{self, Typed};
    use crate::cli::verbs;
    use std::ffi::OsString;
    use time::macros::datetime;

    fn call(words: &[&str]) -> Call {
        let words = ["maintenance-mode"].iter().chain(words).map(OsString::from);
        match typed::read(&verbs::CTL, words) {
            Ok(Typed::Call(call)) => call,
            _ => panic!("no call"),
        }
    }

    #[test]
    fn each_combination_means_one_thing() {
        let seconds = Duration::from_secs;
        for (words, expected) in [
            (&[][..], Wish::Tell),
            (&["--json"], Wish::Tell),
            (&["--check"], Wish::Check),
            (&["--disable"], Wish::Disable),
            (&["--disable", "--json"], Wish::Disable),
            (&["soon"], Wish::Enable("soon", None)),
            (&[""], Wish::Enable("", None)),
            (&["2027"], Wish::Enable("2027", None)),
            (&["soon", "--wait"], Wish::Enable("soon", Some(seconds(60)))),
            (&["--wait=5", "2027"], Wish::Enable("2027", Some(seconds(5)))),
            (&["--wait=0"], Wish::Wait(seconds(0))),
        ] {
            assert_eq!(wish(&call(words)), Ok(expected), "{words:?}");
        }
    }

    #[test]
    fn what_excludes_each_other_is_a_usage_error() {
        for words in [
            &["--disable", "soon"][..],
            &["--disable", ""],
            &["--disable", "--wait"],
            &["--disable", "--check"],
            &["--check", "soon"],
            &["--check", "--json"],
            &["--check", "--wait"],
            &["--wait=long"],
            &["--wait=-1"],
            &["--wait="],
            &["--wait", "60"],
        ] {
            assert!(matches!(wish(&call(words)), Err(Error::Usage(_))), "{words:?}");
        }
    }

    #[test]
    fn the_first_line_is_the_one_that_scripts_know() {
        let mut sighting = Sighting {
            reason: "Back\nat noon".to_owned(),
            since: Some(datetime!(2026-11-22 09:16:00 UTC)),
            what: "a file",
            stamp: None,
        };
        let now = datetime!(2026-11-22 11:26:30 UTC);
        assert_eq!(
            text(&sighting, "/d/MAINTENANCE", now),
            "Maintenance mode is enabled: Back at noon\nsince: 2026-11-22T09:16:00Z (2 h 10 min ago)\nfile: /d/MAINTENANCE"
        );
        sighting.what = "a directory";
        assert!(text(&sighting, "/d/MAINTENANCE", now).ends_with("file: /d/MAINTENANCE (a directory)"));
    }

    #[test]
    fn the_object_has_nulls_when_it_is_off() {
        assert_eq!(
            json(None, "/d/MAINTENANCE"),
            r#"{"enabled":false,"reason":null,"since":null,"path":"/d/MAINTENANCE"}"#
        );
    }

    #[test]
    fn the_time_that_has_passed_is_told_in_its_largest_units() {
        for (seconds, expected) in [
            (0, "0 s ago"),
            (59, "59 s ago"),
            (60, "1 min ago"),
            (3600, "1 h 0 min ago"),
            (90_000, "1 d 1 h ago"),
            (-5, "by a clock that is ahead"),
        ] {
            assert_eq!(ago(time::Duration::seconds(seconds)), expected);
        }
    }
}
