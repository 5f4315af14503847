//! `fietsctl swap-back`: afterwards the instance is as the original would have it, and either program works on it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use fietsboek::clock;
use fietsboek::db;
use fietsboek::model::{TrackId, UserId, bearer, token};
use rusqlite::Connection;

use super::server::Server;
use super::site::Site;

fn schema(database: &Path) -> Vec<(String, String, String, Option<String>)> {
    let db = Connection::open(database).unwrap();
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name";
    let mut list = db.prepare(sql).unwrap();
    let rows = list.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    rows.unwrap().map(|row| row.unwrap()).collect()
}

fn names(site: &Site) -> BTreeSet<PathBuf> {
    let all = site.snapshot().into_keys();
    all.map(|path| path.strip_prefix(site.dir()).unwrap().to_owned())
        .collect()
}

/// An instance that this program has worked on for a while.
fn used() -> Site {
    let site = Site::fixture();
    let server = Server::start(&site);
    server.get("/").status(200);
    drop(server);
    site.tool("fietscron").run().code(0);
    site.ctl(["user", "hittekaart", "-i", "2"]).run().code(0);
    let db = db::open(&site.database()).unwrap();
    let now = clock::now_wall();
    bearer::insert(&db, UserId(2), "phone", now).unwrap();
    bearer::insert(&db, UserId(2), "watch", now).unwrap();
    token::insert(&db, UserId(2), token::Kind::ResetPassword, now).unwrap();
    fietsboek::model::line::store(&fietsboek::datadir::DataDir::new(site.data()), TrackId(1), &Vec::new()).unwrap();
    fs::create_dir(site.data().join("tracks/1/photos-480")).unwrap();
    fs::create_dir_all(site.data().join("staging/left")).unwrap();
    site
}

#[test]
fn in_service_it_refuses_and_changes_nothing() {
    let site = used();
    let before = site.snapshot();
    site.ctl(["swap-back", "-f"])
        .run()
        .code(1)
        .stdout("")
        .complains("cannot swap back while the site is in service");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn it_tells_what_is_lost_and_asks() {
    let site = used();
    fs::write(site.flag(), "Moving").unwrap();
    let before = site.snapshot();
    site.ctl(["swap-back"])
        .stdin("\n")
        .run()
        .code(1)
        .says("  2 tokens for programs (x_token)\n")
        .says("Really take all of this out? [y/N]: ")
        .says("Aborted by user.\n");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn afterwards_everything_is_the_originals_and_the_program_works_again() {
    let fresh = Site::fixture();
    let site = used();
    let rows = |site: &Site| -> i64 {
        let sql = "SELECT (SELECT count(*) FROM tracks) + (SELECT count(*) FROM tokens)";
        db::open(&site.database())
            .unwrap()
            .query_row(sql, [], |row| row.get(0))
            .unwrap()
    };
    assert_ne!(schema(&site.database()), schema(&fresh.database()));
    fs::write(site.flag(), "Moving").unwrap();
    site.ctl(["swap-back", "-f"])
        .run()
        .code(0)
        .stderr("")
        .says("Taken out: ")
        .says("The maintenance mode stays on.");
    assert_eq!(schema(&site.database()), schema(&fresh.database()));
    assert_eq!(rows(&site), rows(&fresh) + 1, "the original's own rows stay");
    let map = site.data().join("users/2/heatmap.sqlite");
    let more = [
        "data/MAINTENANCE",
        "data/users",
        "data/users/2",
        "data/users/2/heatmap.sqlite",
    ]
    .map(PathBuf::from);
    let expected: BTreeSet<PathBuf> = names(&fresh).into_iter().chain(more).collect();
    assert_eq!(names(&site), expected);
    assert!(schema(&map).iter().all(|(_, name, _, _)| !name.starts_with("x_")));
    let tiles: i64 = Connection::open(&map)
        .unwrap()
        .query_row("SELECT count(*) FROM tiles", [], |row| row.get(0))
        .unwrap();
    assert!(tiles > 0);
    // Again: nothing is left to be taken out.
    site.ctl(["swap-back", "-f"])
        .run()
        .code(0)
        .says("Taken out: 0 tables, indexes and triggers, 0 files and directories\n");
    fs::remove_file(site.flag()).unwrap();
    let server = Server::start(&site);
    server.get("/").status(200);
    drop(server);
    site.tool("fietscron").run().code(0).silent();
    site.ctl(["user", "hittekaart", "-i", "2"]).run().code(0);
    assert_ne!(schema(&site.database()), schema(&fresh.database()));
}
