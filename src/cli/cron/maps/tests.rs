use super::super::tests::{cron, off_for};
use super::*;
use crate::config::{Hittekaart, Mode};
use crate::datadir::DataDir;
use crate::model::UserId;
use crate::model::overlay::{self, Map};
use crate::model::trackdir;
use crate::scratch::Scratch;
use rusqlite::Connection;
use std::fs;

static BOTH: Hittekaart = Hittekaart {
    bin: None,
    autogenerate: Vec::new(),
    threads: 1,
};

const GPX: &[u8] = b"<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"48\" lon=\"7\"/>\
    <trkpt lat=\"48.001\" lon=\"7\"/></trkseg></trk></gpx>";

/// Three users with a track each.
fn instance(dir: &Scratch) -> Connection {
    let path = dir.join("db.sqlite");
    crate::schema::create(&Connection::open(&path).unwrap()).unwrap();
    let db = crate::db::open(&path).unwrap();
    let data = DataDir::new(dir.path());
    for id in 1..=3 {
        db.execute("INSERT INTO users (id, name) VALUES (?1, 'x')", [id])
            .unwrap();
        db.execute(
            "INSERT INTO tracks (id, owner_id, type) VALUES (?1, ?1, 'ORGANIC')",
            [id],
        )
        .unwrap();
        fs::create_dir_all(data.track(id)).unwrap();
        fs::write(data.track_gpx(id), trackdir::compress(GPX).unwrap()).unwrap();
    }
    db
}

fn both() -> Hittekaart {
    Hittekaart {
        autogenerate: Mode::ALL.into(),
        ..BOTH.clone()
    }
}

/// Which of the users have how many maps.
fn drawn(dir: &Scratch) -> [usize; 3] {
    [1, 2, 3].map(|id| overlay::list(&DataDir::new(dir.path()), UserId(id)).len())
}

#[test]
fn who_is_asked_for_is_drawn_and_nobody_else_and_else_one_after_the_other() {
    let dir = Scratch::new();
    let (db, maps) = (instance(&dir), both());
    [2, 3].iter().for_each(|id| queue::ask(&db, UserId(*id)).unwrap());
    let mut cron = cron(&dir, db, &|| true);
    assert_eq!(run(&cron), Ok(Outcome::Done(0)));
    assert_eq!(drawn(&dir), [0, 0, 0]);
    cron.maps = &maps;
    assert_eq!(run(&cron), Ok(Outcome::Done(2)));
    assert_eq!(drawn(&dir), [0, 2, 2]);
    assert_eq!(run(&cron), Ok(Outcome::Done(1)));
    assert_eq!(drawn(&dir), [2, 2, 2]);
}

#[test]
fn one_that_fails_keeps_its_place_and_nobody_else() {
    let dir = Scratch::new();
    let (db, maps) = (instance(&dir), both());
    [1, 2, 3].iter().for_each(|id| queue::ask(&db, UserId(*id)).unwrap());
    // A file in the place of the directory.
    fs::create_dir(dir.join("users")).unwrap();
    fs::write(dir.join("users/2"), "").unwrap();
    let mut cron = cron(&dir, db, &|| true);
    cron.maps = &maps;
    assert!(matches!(run(&cron), Err(Error::Failed(_))));
    assert_eq!(drawn(&dir), [2, 0, 2]);
    fs::remove_file(dir.join("users/2")).unwrap();
    assert_eq!(run(&cron), Ok(Outcome::Done(1)));
    assert_eq!(drawn(&dir), [2, 2, 2]);
}

#[test]
fn the_flag_stops_it_wherever_it_is_and_nothing_is_forgotten() {
    let dir = Scratch::new();
    let (db, maps) = (instance(&dir), both());
    [1, 2, 3].iter().for_each(|id| queue::ask(&db, UserId(*id)).unwrap());
    drop(db);
    let at = |looks: usize| {
        let is_off = off_for(looks);
        let mut cron = cron(&dir, crate::db::open(&dir.join("db.sqlite")).unwrap(), &is_off);
        cron.maps = &maps;
        run(&cron)
    };
    for looks in 0..12 {
        assert_eq!(at(looks), Ok(Outcome::Stopped), "{looks}");
    }
    assert!(matches!(at(usize::MAX), Ok(Outcome::Done(3))));
    assert_eq!(drawn(&dir), [2, 2, 2]);
}

#[test]
fn a_deleted_track_is_on_no_map_any_more() {
    let dir = Scratch::new();
    let (db, maps) = (instance(&dir), both());
    queue::ask(&db, UserId(1)).unwrap();
    let mut cron = cron(&dir, db, &|| true);
    cron.maps = &maps;
    run(&cron).unwrap();
    assert!(overlay::find(&cron.dir, UserId(1), Map::Heat).is_some());
    let removal = crate::model::track::delete(&cron.db, crate::model::TrackId(1)).unwrap();
    removal.mark(&cron.dir).files(&cron.db).unwrap();
    assert_eq!(run(&cron), Ok(Outcome::Done(1)));
    assert_eq!(drawn(&dir), [0, 0, 0]);
}
