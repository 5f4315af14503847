//! `fietscron`: what has to be done regularly, and nothing while the maintenance mode is on.
//!
//! The flag is looked at before anything else is touched, again once the lock is held, and again
//! before every job and every item, so that a drain waits for one item at most. cron mails what is
//! printed: what goes well is told with `-v` alone. One job that fails does not stop the others.

mod figures;
mod mail;
mod previews;
mod strays;
mod tokens;
mod uploads;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;
use rustix::fs::{FlockOperation, Mode, OFlags};
use rustix::io::Errno;
use time::{Duration, OffsetDateTime};

use super::call::Call;
use super::opts::Verb;
use crate::clock;
use crate::config::{Config, Email, Layer};
use crate::datadir::DataDir;
use crate::db;
use crate::error::{Error, Result};
use crate::instance::Instance;
use crate::maintenance::barrier;
use crate::maintenance::flag::Flag;
use crate::model::{last_run, swap};
use crate::ownership;
use crate::tiles::{self, Tiles};

/// The one row of the table.
pub const VERBS: &[Verb] = &[Verb {
    path: &[],
    about: "delete what is old, compute what is missing; nothing in maintenance mode",
    operands: &[],
    opts: &[],
    run,
}];

/// Everything that is done, in this order.
const JOBS: &[Job] = &[
    Job {
        name: "old uploads",
        run: uploads::run,
    },
    // Before the tokens: a mail goes with its own, and that it is given up is told.
    Job {
        name: "waiting mail",
        run: mail::run,
    },
    Job {
        name: "old tokens",
        run: tokens::run,
    },
    Job {
        name: "stray files",
        run: strays::run,
    },
    Job {
        name: "missing figures",
        run: figures::run,
    },
    // After the figures: what could not be measured cannot be drawn.
    Job {
        name: "missing pictures",
        run: previews::run,
    },
];

/// How old the flag may be before every run says that it is still there.
const FORGOTTEN: Duration = Duration::hours(24);

/// One thing to be done.
struct Job {
    name: &'static str,
    run: fn(&Cron<'_>) -> Result<Outcome>,
}

/// How a job ended when it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// With everything done; so many items.
    Done(usize),
    /// Between two items, because the flag had appeared.
    Stopped,
}

/// What the jobs work with.
struct Cron<'a> {
    db: Connection,
    dir: DataDir,
    email: &'a Email,
    /// The map that pictures are drawn on; none: no layer is for everybody.
    ground: Option<Ground>,
    now: OffsetDateTime,
    /// Looks whether the mode is still off.
    is_off: &'a dyn Fn() -> bool,
}

/// A map layer and the way to its tiles.
struct Ground {
    layer: Layer,
    tiles: Arc<Tiles>,
}

impl Ground {
    fn of(config: &Config) -> Option<Ground> {
        let layer = tiles::preview::ground(&config.layers)?.clone();
        let tiles = Arc::new(Tiles::new(Arc::new(Instance::new(config.clone()))));
        Some(Ground { layer, tiles })
    }
}

impl Cron<'_> {
    /// Works through items one by one until there are no more; looks at the flag before each.
    fn each(&self, mut item: impl FnMut() -> Result<bool>) -> Result<Outcome> {
        for done in 0.. {
            if !(self.is_off)() {
                return Ok(Outcome::Stopped);
            }
            if !item()? {
                return Ok(Outcome::Done(done));
            }
        }
        Ok(Outcome::Stopped)
    }
}

fn run(call: &Call) -> Result<()> {
    let config = Config::read(call.config_path())?;
    // What is odd in the INI file is told by the server and by fietsctl; cron would mail it every time.
    config.warnings.iter().for_each(|warning| log::info!("{warning}"));
    let dir = DataDir::new(&config.data_dir);
    let seen = match barrier::first_look(dir.path()) {
        Ok(seen) => seen,
        Err(flag) => {
            stay_away(&flag, &dir, clock::now());
            return Ok(());
        }
    };
    let pass = match barrier::enter(seen, dir.path()) {
        Ok(pass) => pass,
        // Somebody switched it on just now, or is alone with the data: as good as the flag.
        Err(flag) => {
            log::info!("the instance is in maintenance mode: {flag:?}");
            return Ok(());
        }
    };
    let Some(turn) = find_turn(&dir.cron_lock())? else {
        log::info!("another run is active ({})", dir.cron_lock().display());
        return Ok(());
    };
    let path = dir.path().to_owned();
    let cron = Cron {
        db: db::open(&config.database)?,
        dir,
        email: &config.email,
        ground: Ground::of(&config),
        now: clock::now(),
        is_off: &|| pass.is_off() && pass.names(&path),
    };
    swap::finish_pending(&cron.db, &cron.dir)?;
    // Beside the jobs: nothing depends on them.
    if let Err(e) = db::add_indexes(&cron.db) {
        log::warn!("{e}");
    }
    let outcome = work(JOBS, &cron);
    // A run that the flag stopped is not through, and nothing is written any more.
    if (cron.is_off)()
        && let Err(e) = last_run::record(&turn, clock::now())
    {
        log::warn!("{e}");
    }
    outcome
}

/// Tells why nothing is done: silently, unless the mode may have been forgotten or cannot be told.
fn stay_away(flag: &Flag, dir: &DataDir, now: OffsetDateTime) {
    let path = dir.maintenance();
    match flag {
        Flag::Unclear(cause) => log::warn!("cannot tell whether the maintenance mode is off, doing nothing: {cause}"),
        Flag::On(sighting) => match sighting.since.filter(|since| now - *since > FORGOTTEN) {
            Some(since) => log::warn!(
                "the maintenance mode is on since {} ({}); nothing is done until it is off",
                clock::rfc3339(since),
                path.display()
            ),
            None => log::info!("the maintenance mode is on ({})", path.display()),
        },
        Flag::Off => {}
    }
}

/// Takes the lock that only one run has at a time; absent when another has it. Its file is made when
/// there is none and never removed: who removes it could remove another's.
fn find_turn(path: &Path) -> Result<Option<File>> {
    let failed = |e: Errno| Error::Failed(format!("cannot lock {}: {e}", path.display()));
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = rustix::fs::open(path, flags, Mode::from_raw_mode(0o600)).map_err(failed)?;
    match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => {
            ownership::follow(&file, path);
            Ok(Some(file.into()))
        }
        Err(Errno::WOULDBLOCK) => Ok(None),
        Err(e) => Err(failed(e)),
    }
}

/// Does one job after the other.
fn work(jobs: &[Job], cron: &Cron<'_>) -> Result<()> {
    let mut failed = false;
    for job in jobs {
        let outcome = if (cron.is_off)() {
            (job.run)(cron)
        } else {
            Ok(Outcome::Stopped)
        };
        match outcome {
            Ok(Outcome::Done(items)) => log::info!("{}: {items} done", job.name),
            Ok(Outcome::Stopped) => {
                log::info!("{}: stopped, the maintenance mode is on", job.name);
                break;
            }
            Err(e) => {
                log::error!("{}: {e}", job.name);
                failed = true;
            }
        }
    }
    if failed { Err(Error::Quiet(1)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Transport;
    use crate::model::trackdir;
    use crate::scratch::Scratch;
    use std::cell::Cell;
    use std::fs;
    use time::macros::datetime;

    const NOW: OffsetDateTime = datetime!(2026-11-22 9:16 UTC);

    fn database(dir: &Scratch, uploads: i64, at: &str) -> Connection {
        let path = dir.join("db.sqlite");
        crate::schema::create(&Connection::open(&path).unwrap()).unwrap();
        let db = db::open(&path).unwrap();
        for _ in 0..uploads {
            db.execute("INSERT INTO uploads (uploaded_at, owner_id) VALUES (?1, 1)", [at])
                .unwrap();
        }
        db
    }

    static NO_MAIL: Email = Email {
        from: String::new(),
        transport: Transport::Debug,
        host: String::new(),
        port: 0,
        username: String::new(),
        password: String::new(),
    };

    fn cron<'a>(dir: &Scratch, db: Connection, is_off: &'a dyn Fn() -> bool) -> Cron<'a> {
        let dir = DataDir::new(dir.path());
        Cron {
            db,
            dir,
            email: &NO_MAIL,
            ground: None,
            now: NOW,
            is_off,
        }
    }

    fn count(db: &Connection, table: &str) -> i64 {
        db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .unwrap()
    }

    /// A flag that appears after so many looks.
    fn off_for(looks: usize) -> impl Fn() -> bool {
        let left = Cell::new(looks);
        move || left.replace(left.get().saturating_sub(1)) > 0
    }

    #[test]
    fn what_is_older_than_a_day_goes_and_the_rest_stays() {
        let dir = Scratch::new();
        let db = database(&dir, 3, "2026-11-21 09:15:59.999999");
        let insert = "INSERT INTO uploads (uploaded_at, owner_id) VALUES ('2026-11-21 09:16:00.000000', 1)";
        db.execute(insert, []).unwrap();
        let token = "INSERT INTO tokens (user_id, uuid, token_type, date) VALUES (1, ?1, 'VERIFY_EMAIL', ?2)";
        db.execute(token, ["old", "2026-11-21 09:15:59.999999"]).unwrap();
        db.execute(token, ["new", "2026-11-21 09:16:00.000000"]).unwrap();
        let cron = cron(&dir, db, &|| true);
        assert_eq!(uploads::run(&cron), Ok(Outcome::Done(3)));
        assert_eq!(tokens::run(&cron), Ok(Outcome::Done(1)));
        assert_eq!((count(&cron.db, "uploads"), count(&cron.db, "tokens")), (1, 1));
    }

    #[test]
    fn a_flag_between_two_items_stops_the_job_there() {
        let dir = Scratch::new();
        let db = database(&dir, 5, "2026-11-01 00:00:00.000000");
        let is_off = off_for(2);
        let cron = cron(&dir, db, &is_off);
        assert_eq!(uploads::run(&cron), Ok(Outcome::Stopped));
        assert_eq!(count(&cron.db, "uploads"), 3);
    }

    #[test]
    fn a_flag_between_two_jobs_stops_the_run_cleanly() {
        let dir = Scratch::new();
        let job = Job {
            name: "one",
            run: |cron| {
                cron.db
                    .execute("INSERT INTO badges (title) VALUES ('done')", [])
                    .unwrap();
                Ok(Outcome::Done(1))
            },
        };
        let again = Job {
            name: "two",
            run: job.run,
        };
        let is_off = off_for(1);
        let cron = cron(&dir, database(&dir, 0, ""), &is_off);
        assert_eq!(work(&[job, again], &cron), Ok(()));
        assert_eq!(count(&cron.db, "badges"), 1);
    }

    #[test]
    fn a_job_that_fails_does_not_stop_the_others_but_shows_in_the_end() {
        let dir = Scratch::new();
        let db = database(&dir, 1, "2026-11-01 00:00:00.000000");
        db.execute_batch("DROP TABLE uploads").unwrap();
        db.execute(
            "INSERT INTO tokens (uuid, date) VALUES ('old', '2026-11-01 00:00:00.000000')",
            [],
        )
        .unwrap();
        let cron = cron(&dir, db, &|| true);
        assert_eq!(work(JOBS, &cron), Err(Error::Quiet(1)));
        assert_eq!(count(&cron.db, "tokens"), 0);
    }

    #[test]
    fn strays_go_when_they_are_a_day_old() {
        let dir = Scratch::new();
        for name in ["staging/a/b", "trash/c", "tracks/trash-7", "tracks/7", "stale/7-1"] {
            fs::create_dir_all(dir.join(name)).unwrap();
        }
        let mut cron = cron(&dir, database(&dir, 0, ""), &|| true);
        cron.now = clock::now() + Duration::hours(23);
        assert_eq!(strays::run(&cron), Ok(Outcome::Done(0)));
        cron.now = clock::now() + Duration::hours(25);
        assert_eq!(strays::run(&cron), Ok(Outcome::Done(3)));
        assert!(dir.join("tracks/7").exists() && dir.join("stale/7-1").exists());
        assert!(!dir.join("tracks/trash-7").exists() && !dir.join("trash/c").exists());
    }

    const GPX: &[u8] = b"<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"48\" lon=\"7\"/>\
        <trkpt lat=\"48.01\" lon=\"7\"/></trkseg></trk></gpx>";

    #[test]
    fn missing_figures_are_computed_one_track_after_the_other() {
        let dir = Scratch::new();
        let db = database(&dir, 0, "");
        for (id, kind) in [(1, "ORGANIC"), (2, "SYNTHETIC"), (3, "ORGANIC"), (4, "ORGANIC")] {
            db.execute("INSERT INTO tracks (id, type) VALUES (?1, ?2)", (id, kind))
                .unwrap();
        }
        let data = DataDir::new(dir.path());
        let file = |id: i64, gpx: &[u8]| {
            fs::create_dir_all(data.track(id)).unwrap();
            fs::write(data.track_gpx(id), trackdir::compress(gpx).unwrap()).unwrap();
        };
        // Track 4 has no recording at all, and that of 3 is damaged.
        file(1, GPX);
        file(2, GPX);
        file(3, b"nonsense");
        let is_off = off_for(3);
        let stopped = cron(&dir, db, &is_off);
        assert_eq!(figures::run(&stopped), Ok(Outcome::Stopped));
        assert_eq!(count(&stopped.db, "track_cache"), 1);
        let cron = cron(&dir, db::open(&dir.join("db.sqlite")).unwrap(), &|| true);
        assert_eq!(figures::run(&cron), Ok(Outcome::Done(3)));
        assert_eq!(count(&cron.db, "track_cache"), 2);
        let planned = crate::model::figures::find(&cron.db, crate::model::TrackId(2))
            .unwrap()
            .unwrap();
        assert!((planned.length.unwrap() - 1113.2).abs() < 0.1);
        cron.db
            .execute_batch("DROP TABLE track_cache; CREATE TABLE track_cache (track_id INTEGER)")
            .unwrap();
        assert!(matches!(figures::run(&cron), Err(Error::Failed(_))));
    }

    #[test]
    fn what_a_pending_edit_needs_is_no_stray_however_old() {
        let dir = Scratch::new();
        fs::create_dir_all(dir.join("staging/a")).unwrap();
        let db = database(&dir, 0, "");
        db.execute_batch(
            "CREATE TABLE x_swaps (track_id INTEGER PRIMARY KEY, staged TEXT);
             INSERT INTO x_swaps (track_id, staged) VALUES (7, 'staging/a');",
        )
        .unwrap();
        let mut cron = cron(&dir, db, &|| true);
        cron.now = clock::now() + Duration::days(30);
        assert_eq!(strays::run(&cron), Ok(Outcome::Done(0)));
        assert!(dir.join("staging/a").exists());
    }

    #[test]
    fn only_one_run_has_its_turn() {
        let dir = Scratch::new();
        let path = dir.join("cron.lock");
        let turn = find_turn(&path).unwrap();
        assert!(turn.is_some());
        assert!(find_turn(&path).unwrap().is_none());
        drop(turn);
        assert!(find_turn(&path).unwrap().is_some());
    }
}
