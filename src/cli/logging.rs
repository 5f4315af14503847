//! The log: on standard error, with UTC timestamps.
//!
//! The level is that of `RUST_LOG`, else of `-v` and `-q`, else of the INI file, else the tool's own.
//! It is set twice: once at the start, and again when the INI file has been read. Other crates are
//! heard from warnings on only. Secrets never reach the log: that is the caller's duty.

use std::panic::{AssertUnwindSafe, catch_unwind};

use log::{LevelFilter, Log, Metadata, Record};
use simple_logger::SimpleLogger;

use super::opts::Chatter;

/// The crate whose messages are ours.
const OURS: &str = "fietsboek";

/// Starts the log.
pub fn start(chatter: Chatter, loudness: i32) {
    let logger = SimpleLogger::new()
        .with_level(LevelFilter::Warn)
        .with_module_level(OURS, LevelFilter::Trace)
        .with_utc_timestamps();
    // A second start, as in tests, keeps the first logger: there is nothing to be said about that.
    let _ = log::set_boxed_logger(Box::new(Sturdy(logger)));
    set_level(chatter, loudness, None);
}

/// Sets the level by all that is known now.
pub fn set_level(chatter: Chatter, loudness: i32, configured: Option<LevelFilter>) {
    let wish = std::env::var("RUST_LOG").unwrap_or_default();
    log::set_max_level(level(&wish, loudness, chatter, configured));
}

/// The level, by rank of those who may say.
fn level(rust_log: &str, loudness: i32, chatter: Chatter, configured: Option<LevelFilter>) -> LevelFilter {
    if let Some(level) = find_level(rust_log) {
        return level;
    }
    match loudness {
        ..0 => return LevelFilter::Error,
        1 => return LevelFilter::Info,
        2.. => return LevelFilter::Debug,
        0 => {}
    }
    match chatter {
        Chatter::Terse => LevelFilter::Warn,
        Chatter::AsConfigured => configured.unwrap_or(LevelFilter::Warn),
        Chatter::Talkative => configured.unwrap_or(LevelFilter::Info),
    }
}

/// The level in `RUST_LOG`: a name alone, or ours among `crate=level` pairs; anything else is not for us.
fn find_level(rust_log: &str) -> Option<LevelFilter> {
    rust_log
        .split(',')
        .filter_map(|part| match part.trim().split_once('=') {
            None => part.trim().parse().ok(),
            Some((name, level)) if name.trim() == OURS => level.trim().parse().ok(),
            Some(_) => None,
        })
        .next_back()
}

/// A logger that survives a closed standard error: the macro it prints with panics there, and a
/// server whose log nobody reads any more shall go on serving.
struct Sturdy(SimpleLogger);

impl Log for Sturdy {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        let _ = catch_unwind(AssertUnwindSafe(|| self.0.log(record)));
    }

    fn flush(&self) {
        self.0.flush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LevelFilter::*;

    #[test]
    fn the_environment_wins_over_the_command_line_and_that_over_the_file() {
        let all = |rust_log, loudness| level(rust_log, loudness, Chatter::AsConfigured, Some(Info));
        assert_eq!(all("trace", -1), Trace);
        assert_eq!(all("", -1), Error);
        assert_eq!(all("", 1), Info);
        assert_eq!(all("", 2), Debug);
        assert_eq!(all("", 0), Info);
    }

    #[test]
    fn without_any_wish_the_server_tells_more_than_the_tools() {
        assert_eq!(level("", 0, Chatter::Talkative, None), Info);
        assert_eq!(level("", 0, Chatter::AsConfigured, None), Warn);
    }

    #[test]
    fn cron_mails_nothing_but_warnings_unless_it_is_asked_to() {
        assert_eq!(level("", 0, Chatter::Terse, Some(Debug)), Warn);
        assert_eq!(level("", 1, Chatter::Terse, Some(Error)), Info);
    }

    #[test]
    fn rust_log_is_a_level_or_ours_among_several() {
        for (text, expected) in [
            ("debug", Some(Debug)),
            ("WARN", Some(Warn)),
            ("off", Some(Off)),
            ("fietsboek=debug", Some(Debug)),
            ("tiny_http=trace, fietsboek=info", Some(Info)),
            ("tiny_http=trace", None),
            ("loud", None),
            ("", None),
        ] {
            assert_eq!(find_level(text), expected, "{text}");
        }
    }
}
