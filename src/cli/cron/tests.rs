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

static NO_MAPS: Hittekaart = Hittekaart {
    bin: None,
    autogenerate: Vec::new(),
    threads: 1,
};

pub(super) fn cron<'a>(dir: &Scratch, db: Connection, is_off: &'a dyn Fn() -> bool) -> Cron<'a> {
    let dir = DataDir::new(dir.path());
    Cron {
        db,
        dir,
        email: &NO_MAIL,
        ground: None,
        maps: &NO_MAPS,
        tile_cache_size: 1 << 20,
        now: NOW,
        is_off,
        idle: Level::Info,
    }
}

fn count(db: &Connection, table: &str) -> i64 {
    db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
        .unwrap()
}

/// A flag that appears after so many looks.
pub(super) fn off_for(looks: usize) -> impl Fn() -> bool {
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
    assert_eq!(work(&[job, again], &cron), Ok(Ended::Stopped));
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
fn a_job_that_panics_is_told_and_stops_no_other() {
    let dir = Scratch::new();
    let bad = Job {
        name: "bad",
        run: |_| panic!("at the first item"),
    };
    let good = Job {
        name: "good",
        run: |cron| {
            let done = cron.db.execute("INSERT INTO badges (title) VALUES ('done')", []);
            Ok(Outcome::Done(done.unwrap()))
        },
    };
    let cron = cron(&dir, database(&dir, 0, ""), &|| true);
    assert_eq!(work(&[bad, good], &cron), Err(Error::Quiet(1)));
    assert_eq!(count(&cron.db, "badges"), 1);
}

#[test]
fn a_run_is_due_when_the_interval_since_the_last_one_is_over_or_its_time_is_to_come() {
    let dir = Scratch::new();
    let data = DataDir::new(dir.path());
    let hour = Duration::hours(1);
    assert_eq!(too_soon(&data, NOW, hour), None);
    let turn = turn::find(&data.cron_lock()).unwrap().unwrap();
    for (ago, expected) in [
        (Duration::minutes(59), Some(Duration::minutes(59))),
        (hour, None),
        (-Duration::MINUTE, None),
    ] {
        last_run::record(&turn, NOW - ago).unwrap();
        assert_eq!(too_soon(&data, NOW, hour), expected, "{ago}");
    }
}

#[test]
fn what_belongs_to_no_user_is_set_aside_and_tracks_stay_for_the_administrator() {
    let dir = Scratch::new();
    for name in ["users/7", "users/8", "tracks/9"] {
        fs::create_dir_all(dir.join(name)).unwrap();
    }
    let db = database(&dir, 0, "");
    db.execute("INSERT INTO users (id, email) VALUES (8, 'a@b')", [])
        .unwrap();
    let is_off = off_for(0);
    let stopped = cron(&dir, db::open(&dir.join("db.sqlite")).unwrap(), &is_off);
    assert_eq!(orphans::run(&stopped), Ok(Outcome::Stopped));
    let cron = cron(&dir, db, &|| true);
    assert_eq!(orphans::run(&cron), Ok(Outcome::Done(1)));
    assert!(dir.join("users/8").exists() && dir.join("tracks/9").exists() && dir.join("stale/7-1").exists());
}

#[test]
fn what_a_crash_left_of_tracks_goes_and_those_that_are_there_stay() {
    let dir = Scratch::new();
    let db = database(&dir, 0, "");
    db.execute("INSERT INTO tracks (id) VALUES (1)", []).unwrap();
    for name in ["tracks/1/unfinished", "tracks/2/unfinished", "tracks/3/track.gpx.br"] {
        fs::create_dir_all(dir.join(name).parent().unwrap()).unwrap();
        fs::write(dir.join(name), "").unwrap();
    }
    let is_off = off_for(0);
    let stopped = cron(&dir, db::open(&dir.join("db.sqlite")).unwrap(), &is_off);
    assert_eq!(unfinished::run(&stopped), Ok(Outcome::Stopped));
    let cron = cron(&dir, db, &|| true);
    assert_eq!(unfinished::run(&cron), Ok(Outcome::Done(2)));
    assert_eq!(unfinished::run(&cron), Ok(Outcome::Done(0)));
    assert!(dir.join("tracks/1").exists() && !dir.join("tracks/1/unfinished").exists());
    assert!(!dir.join("tracks/2").exists() && dir.join("tracks/3/track.gpx.br").exists());
}

#[test]
fn the_tile_cache_is_thinned_out_bit_by_bit() {
    use crate::tiles::Tile;
    use crate::tiles::cache::{Kept, Key, find, keep};
    let dir = Scratch::new();
    let key = |x| Key {
        layer: "a".to_owned(),
        tile: Tile { z: 12, x, y: 1 },
    };
    let data = DataDir::new(dir.path());
    for n in 0..100 {
        let kept = Kept {
            picture: vec![7; 100],
            etag: None,
            checked: if n < 99 { 0 } else { NOW.unix_timestamp() },
        };
        keep(&data, &key(n), &kept, 1 << 20).unwrap();
    }
    let is_off = off_for(1);
    let stopped = cron(&dir, database(&dir, 0, ""), &is_off);
    assert_eq!(tile_cache::run(&stopped), Ok(Outcome::Stopped));
    let cron = cron(&dir, db::open(&dir.join("db.sqlite")).unwrap(), &|| true);
    assert_eq!(tile_cache::run(&cron), Ok(Outcome::Done(99 - 64)));
    assert!(find(&data, &key(99)).unwrap().is_some());
}
