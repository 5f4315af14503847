//! The same jobs inside of a server, for those without cron: a thread that calls for a run now and then.
//!
//! It takes the same turn as `fietscron`, so that there is never a second run, and looks at the end of the last one,
//! whoever made it: two servers do not work twice. While the maintenance mode is on it holds nothing and touches nothing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use log::Level;

use super::{Caller, Ended, once};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::web::app::panic_text;

/// How often it looks whether something is due, and whether the server ends.
const LOOK: Duration = Duration::from_millis(250);
/// How soon it looks again when another run is active.
const ANOTHER: Duration = Duration::from_secs(2);
/// The shortest and the longest interval.
const BOUNDS: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(7 * 24 * 3600));

/// Reads an interval: a whole number with `s`, `m`, `h` or `d` behind it.
///
/// # Errors
/// [`Error::Usage`] when it is none, or out of bounds.
pub fn interval(text: &str) -> Result<Duration> {
    let wrong = || {
        Error::Usage(format!(
            "--cron takes an interval such as 15m or 1h, from 1m to 7d, not {text:?}"
        ))
    };
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 24 * 3600,
        _ => return Err(wrong()),
    };
    let number = &text[..text.len() - 1];
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    let seconds = number.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    let interval = seconds.map(Duration::from_secs);
    interval
        .filter(|time| (BOUNDS.0..=BOUNDS.1).contains(time))
        .ok_or_else(wrong)
}

/// The running thread.
pub struct Inside {
    ending: Arc<AtomicBool>,
    ended: Receiver<()>,
}

/// Starts the thread; it ends soon after `ending` is set, between two items.
///
/// # Errors
/// When no thread can be had.
pub fn start(config: Config, interval: Duration, ending: Arc<AtomicBool>) -> std::io::Result<Inside> {
    // Its end is what tells that the thread has ended.
    let (alive, ended) = mpsc::channel::<()>();
    let is_ending = Arc::clone(&ending);
    let work = move || {
        let _alive = alive;
        let mut due = Instant::now();
        while !is_ending.load(Ordering::SeqCst) {
            if Instant::now() >= due {
                due = Instant::now() + run(&config, interval, &is_ending);
            }
            thread::sleep(LOOK);
        }
    };
    thread::Builder::new().name("cron".to_owned()).spawn(work)?;
    Ok(Inside { ending, ended })
}

impl Inside {
    /// Ends the thread; waits for the item that it is at, so long at most. What is cut there is what a crash cuts.
    pub fn stop(self, most: Duration) {
        self.ending.store(true, Ordering::SeqCst);
        if let Err(mpsc::RecvTimeoutError::Timeout) = self.ended.recv_timeout(most) {
            log::warn!("a job was still at work when the server stopped");
        }
    }
}

/// One run; says how long to wait for the next.
fn run(config: &Config, interval: Duration, ending: &AtomicBool) -> Duration {
    let caller = Caller {
        is_ending: &|| ending.load(Ordering::SeqCst),
        interval: time::Duration::try_from(interval).ok(),
        // A server that tells every quarter of an hour that it has done nothing fills its log.
        idle: Level::Debug,
        is_alone: false,
    };
    match catch_unwind(AssertUnwindSafe(|| once(config, &caller))) {
        Ok(Ok(Ended::Through)) => interval,
        Ok(Ok(Ended::Early(ago))) => interval.saturating_sub(ago.unsigned_abs()),
        // The server tells of the mode; as soon as it is off the run is made up for.
        Ok(Ok(Ended::Stopped | Ended::Away(_) | Ended::Shut(_))) => Duration::ZERO,
        Ok(Ok(Ended::Taken)) => ANOTHER,
        Ok(Err(error)) => {
            match error {
                // Each job has told its own.
                Error::Quiet(_) => {}
                other => log::error!("the regular jobs cannot be done: {other}"),
            }
            interval
        }
        Err(panic) => {
            log::error!("the regular jobs panicked: {}", panic_text(&*panic));
            interval
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_is_a_number_with_its_unit() {
        for (text, seconds) in [("60s", 60), ("1m", 60), ("15m", 900), ("1h", 3600), ("7d", 604_800)] {
            assert_eq!(interval(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "m",
            "15",
            "15 m",
            "-1h",
            "+1h",
            "1.5h",
            "59s",
            "0m",
            "8d",
            "1w",
            "1ü",
            "99999999999999999999h",
            "9999999999999999d",
        ] {
            assert!(matches!(interval(text), Err(Error::Usage(_))), "{text}");
        }
    }
}
