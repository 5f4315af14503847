//! `fietsupdate` over the line of Fietsboek's versions, up and down.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;

use fietsboek::gpx::{self, Origin};
use fietsboek::model::trackdir;
use fietsboek::update::chain::UPDATES;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::cmd::{Cmd, Run};
use super::server::Server;
use super::site::Site;
use super::visitor::Visitor;
use super::whole;

pub(super) fn tool<'a>(site: &'a Site, verb: &str, version: &str) -> Cmd<'a> {
    site.tool("fietsupdate").args([verb, "-f", version])
}

pub(super) fn go(site: &Site, verb: &str, version: &str) -> Run {
    let run = tool(site, verb, version).run();
    run.code(0).stderr("");
    run
}

/// The instance of Fietsboek 0.5 as it was before that: the recordings in the database.
pub(super) fn of_v0_4() -> Site {
    let site = Site::of_v0_5();
    go(&site, "downgrade", "v0.4.0");
    fs::remove_dir_all(site.path("backups")).unwrap();
    site
}

fn tables(db: &Connection) -> Vec<String> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'x!_%' ESCAPE '!' ORDER BY name";
    let mut look = db.prepare(sql).unwrap();
    let names = look.query_map([], |row| row.get(0)).unwrap();
    names.map(|name| name.unwrap()).collect()
}

/// Every row as `[table, {column: value}]`, blobs by their hash; a secret of the program by its length alone.
pub(super) fn rows(site: &Site) -> Vec<Value> {
    let db = Connection::open(site.database()).unwrap();
    let mut found = Vec::new();
    for table in tables(&db) {
        let mut look = db.prepare(&format!("SELECT * FROM {table}")).unwrap();
        let columns: Vec<String> = look.column_names().map(str::to_owned).collect();
        let mut all = look.query([]).unwrap();
        while let Some(row) = all.next().unwrap() {
            let mut cells: Vec<(String, Value)> = columns
                .iter()
                .enumerate()
                .map(|(at, name)| (name.clone(), cell(name, row.get_ref(at).unwrap())))
                .collect();
            cells.sort_by(|a, b| a.0.cmp(&b.0));
            found.push(json!([table, Value::Object(cells.into_iter().collect())]));
        }
    }
    sorted(found)
}

fn cell(name: &str, value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => json!(String::from_utf8_lossy(text)),
        ValueRef::Blob(bytes) if name == "session_secret" => json!({ "len": bytes.len() }),
        ValueRef::Blob(bytes) => {
            let hash: String = Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").unwrap();
                text
            });
            json!({ "blob_sha256": hash, "len": bytes.len() })
        }
    }
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_key(Value::to_string);
    rows
}

/// The rows that Fietsboek's own update makes of its 0.5 instance.
fn expected() -> Vec<Value> {
    let text = include_str!("../data/fietsboek-0.5.expected.jsonl");
    let mut rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for row in &mut rows {
        if let Some(secret) = row[1].get_mut("session_secret") {
            *secret = json!({ "len": secret["len"] });
        }
    }
    sorted(rows)
}

/// Numbers that went through text may differ in their last digit.
#[track_caller]
fn assert_same(found: &[Value], expected: &[Value]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found[0], expected[0]);
        let (found, expected) = (found[1].as_object().unwrap(), expected[1].as_object().unwrap());
        assert_eq!(
            found.keys().collect::<BTreeSet<_>>(),
            expected.keys().collect::<BTreeSet<_>>()
        );
        for (name, value) in expected {
            match (found[name].as_f64(), value.as_f64()) {
                (Some(a), Some(b)) => assert!((a - b).abs() <= b.abs() * 1e-12, "{name}: {a} {b}"),
                _ => assert_eq!(&found[name], value, "{name}"),
            }
        }
    }
}

/// Rows, VERSION and the tracks' recordings, unpacked.
pub(super) fn everything(site: &Site) -> String {
    let mut text = fs::read_to_string(site.data().join("VERSION")).unwrap();
    for row in rows(site) {
        writeln!(text, "\n{row}").unwrap();
    }
    for id in 1..=6 {
        for name in ["track.gpx.br", "track.bck.gpx.br"] {
            let path = site.data().join(format!("tracks/{id}/{name}"));
            let bytes = fs::read(path)
                .ok()
                .map(|bytes| trackdir::decompress(&bytes, 1 << 24).unwrap());
            let found = bytes.map(|bytes| String::from_utf8(bytes).unwrap());
            writeln!(text, "{id} {name} {found:?}").unwrap();
        }
    }
    text
}

/// Nothing lies about that an update makes on its way.
#[track_caller]
pub(super) fn assert_tidy(site: &Site) {
    let is_odd = |path: &&PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.ends_with(".update")
            || name.contains("sqlite-")
            || name.starts_with('.')
            || name == "UPDATE"
            || name == "trash-update"
    };
    let snapshot = site.snapshot();
    let odd: Vec<_> = snapshot.keys().filter(is_odd).collect();
    assert!(odd.is_empty(), "{odd:?}");
}

#[test]
fn an_instance_of_0_5_becomes_what_the_original_makes_of_it() {
    let site = Site::of_v0_5();
    let run = go(&site, "update", "v0.11.0");
    assert!(
        run.stdout
            .starts_with("Current version: v0.5.0\nSelected version: v0.11.0\nBackup: ")
    );
    run.says("\nv0.5.0 -> v0.6.0\n")
        .says("\nUpdate succeeded, version: v0.11.0\n");
    assert_same(&rows(&site), &expected());
    assert_tidy(&site);
    assert!(!site.flag().exists());
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    alice.get("/track/1").status(200);
    alice.get("/").status(200);
    drop(alice);
    drop(server);
    // With the indexes and tables that the server adds.
    go(&site, "downgrade", "v0.5.0").says("\nDowngrade succeeded, version: v0.5.0\n");
    let old = Site::of_v0_5();
    assert_same(&rows(&site), &rows(&old));
    go(&site, "update", "v0.11.0");
    assert_same(&rows(&site), &expected());
}

#[test]
fn each_step_up_and_down_is_undone_by_the_other() {
    let site = of_v0_4();
    go(&site, "downgrade", "initial");
    let mut seen = vec![everything(&site)];
    for update in &UPDATES[1..] {
        go(&site, "update", update.id);
        seen.push(everything(&site));
        let status = site.tool("fietsupdate").arg("status").run();
        status.code(0).says(&format!("Current versions:\n{}\n", update.id));
        assert_eq!(status.stdout.lines().count(), 4, "{}", status.stdout);
    }
    assert_same(&rows(&site), &expected());
    for (at, update) in UPDATES.iter().enumerate().rev().skip(1) {
        go(&site, "downgrade", update.id);
        let now = everything(&site);
        // The words stay in the recordings, and what is compressed again is not the same bytes.
        match at {
            0..=2 => assert_eq!(
                now.matches("\n[").count(),
                seen[at].matches("\n[").count(),
                "{}",
                update.id
            ),
            _ => assert_eq!(now, seen[at], "{}", update.id),
        }
    }
    go(&site, "update", "v0.11.0");
    assert_same(&rows(&site), &expected());
    assert_tidy(&site);
}

#[test]
fn recordings_leave_the_database_with_their_words_in_them() {
    let site = of_v0_4();
    let run = go(&site, "update", "v0.11.0");
    run.says("\nMoving GPX data for track 6 from database to disk\n")
        .says("\nEmbedding metadata for track 1\n");
    let packed = fs::read(site.data().join("tracks/1/track.gpx.br")).unwrap();
    let gpx = gpx::read_vec(trackdir::decompress(&packed, 1 << 24).unwrap(), Origin::Stored).unwrap();
    let words = gpx.metadata();
    assert_eq!(words.name.as_deref(), Some("Mojstrovka – čez prelaz"));
    assert_eq!(words.author.as_deref(), Some("Alice"));
    assert_eq!(words.time.unwrap().format(), "2010-12-14T06:17:00Z");
    assert!(gpx.tracks().iter().all(|track| track.name.is_none()));
    assert_eq!(fs::read_dir(site.data().join("tracks/1/images")).unwrap().count(), 2);
}

#[test]
fn an_edited_instance_goes_back_and_comes_again() {
    let site = Site::fixture();
    let server = Server::start(&site);
    whole::edit(&mut Visitor::alice(&server), "New").unwrap().status(302);
    drop(server);
    go(&site, "downgrade", "v0.4.0");
    go(&site, "update", "v0.11.0");
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    alice.get("/track/1").status(200);
    whole::edit(&mut alice, "Newer").unwrap().status(302);
    assert!(whole::state(&site, 1).contains("Newer"));
}

#[test]
fn tables_without_version_are_recognised() {
    let site = Site::of_v0_5();
    fs::remove_file(site.data().join("VERSION")).unwrap();
    go(&site, "update", "v0.11.0").says("Current version: none\n");
    assert_same(&rows(&site), &expected());
    // And where the original was killed before it wrote VERSION.
    fs::write(site.data().join("VERSION"), "v0.5.0").unwrap();
    let database = fs::read(site.database()).unwrap();
    go(&site, "update", "v0.11.0").says("Current version: v0.5.0\n");
    assert_eq!(fs::read_to_string(site.data().join("VERSION")).unwrap(), "v0.11.0");
    assert_eq!(fs::read(site.database()).unwrap(), database);
}

#[test]
fn a_new_instance_may_be_of_an_earlier_version() {
    let site = Site::new();
    fs::remove_file(site.database()).unwrap();
    fs::remove_file(site.data().join("VERSION")).unwrap();
    go(&site, "update", "v0.4.0");
    go(&site, "update", "v0.11.0");
    let user = site.ctl([
        "user",
        "add",
        "--name",
        "a",
        "--email",
        "a@example.org",
        "--password",
        "long-enough-1",
    ]);
    user.run().code(0);
}

#[test]
fn a_backup_is_what_was_there_and_the_oldest_go() {
    let site = of_v0_4();
    let database = fs::read(site.database()).unwrap();
    site.edit_ini(
        "[alembic]",
        "fietsboek.backup.dir = %(here)s/kept\nfietsboek.backup.keep = 2\n[alembic]",
    );
    fs::create_dir_all(site.path("kept/mine")).unwrap();
    let backups = || {
        let names = fs::read_dir(site.path("kept"))
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let mut names: Vec<PathBuf> = names.filter(|path| !path.ends_with("mine")).collect();
        names.sort();
        names
    };
    go(&site, "update", "30ppwg8zi4ujb46f");
    let first = backups().pop().unwrap();
    assert_eq!(fs::read(first.join("fietsboek.sqlite")).unwrap(), database);
    assert_eq!(fs::read_to_string(first.join("data/VERSION")).unwrap(), "v0.4.0");
    assert_eq!(fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o700);
    let recording = fs::read(site.data().join("tracks/3/track.gpx.br")).unwrap();
    go(&site, "update", "v0.5.0");
    let second = backups().pop().unwrap();
    assert_eq!(fs::read(second.join("data/tracks/3/track.gpx.br")).unwrap(), recording);
    go(&site, "update", "v0.11.0");
    assert_eq!(backups().len(), 2);
    assert!(backups().contains(&second) && !first.exists() && site.path("kept/mine").exists());
}

#[test]
fn journal_mode_link_and_permissions_of_the_database_stay() {
    let site = Site::of_v0_5();
    let file = site.path("elsewhere.sqlite");
    fs::rename(site.database(), &file).unwrap();
    std::os::unix::fs::symlink("elsewhere.sqlite", site.database()).unwrap();
    let db = Connection::open(&file).unwrap();
    db.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))
        .unwrap();
    drop(db);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let owner = fs::metadata(&file).unwrap().uid();
    go(&site, "update", "v0.11.0");
    assert_tidy(&site);
    assert!(site.database().symlink_metadata().unwrap().is_symlink());
    let meta = fs::metadata(&file).unwrap();
    assert_eq!((meta.mode() & 0o777, meta.uid()), (0o640, owner));
    let db = Connection::open(&file).unwrap();
    let mode: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    assert_same(&rows(&site), &expected());
}

#[test]
fn recordings_that_are_lost_or_damaged_are_told_and_stay_as_they_are() {
    let site = Site::of_v0_5();
    fs::write(site.data().join("VERSION"), "30ppwg8zi4ujb46f").unwrap();
    fs::remove_dir_all(site.data().join("tracks/6")).unwrap();
    fs::write(site.data().join("tracks/5/track.gpx.br"), "junk").unwrap();
    tool(&site, "update", "v0.11.0")
        .run()
        .code(0)
        .complains("track 6 has no recording")
        .complains("the recording of track 5 stays as it is");
    assert_eq!(fs::read(site.data().join("tracks/5/track.gpx.br")).unwrap(), b"junk");
}

#[test]
fn what_fails_on_the_way_leaves_everything_as_it_was() {
    let refused = |prepare: fn(&Site), reason: &str| {
        let site = of_v0_4();
        prepare(&site);
        let before = everything(&site);
        tool(&site, "update", "v0.11.0")
            .run()
            .code(1)
            .complains(reason)
            .complains("everything is as it was");
        assert_eq!(everything(&site), before, "{reason}");
        assert!(!site.flag().exists() && !site.path("fietsboek.sqlite.update").exists());
        assert!(!site.data().join("tracks/trash-update").exists());
    };
    refused(|site| fs::write(site.path("backups"), "").unwrap(), "backups");
    refused(
        |site| fs::create_dir_all(site.data().join(".VERSION.new/x")).unwrap(),
        "VERSION",
    );
    refused(
        |site| {
            let db = Connection::open(site.database()).unwrap();
            db.execute_batch("UPDATE tracks SET gpx = x'00ff' WHERE id = 4")
                .unwrap();
        },
        "the recording of track 4 in the database cannot be unpacked",
    );
    refused(
        |site| {
            let db = Connection::open(site.database()).unwrap();
            db.execute_batch("CREATE VIEW mine AS SELECT gpx FROM tracks").unwrap();
        },
        "c939800af428",
    );
}
