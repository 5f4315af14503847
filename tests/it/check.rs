//! `fietsctl check`: what it finds in an instance that the original made, what it repairs, and that it only looks.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use fietsboek::db;
use serde_json::Value;

use super::site::Site;

/// The original's instance, closed to other users of the machine.
fn site() -> Site {
    let site = Site::fixture();
    fs::set_permissions(site.dir(), fs::Permissions::from_mode(0o700)).unwrap();
    site
}

fn run_sql(site: &Site, sql: &str) {
    db::open_any(&site.database()).unwrap().execute_batch(sql).unwrap();
}

fn count(site: &Site, sql: &str) -> i64 {
    let db = db::open(&site.database()).unwrap();
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// The findings of a kind, as `about: text`.
fn found(site: &Site, kind: &str, args: &[&str]) -> Vec<String> {
    let run = site.ctl(["check", "--json"]).args(args).run();
    assert_eq!(run.stdout.lines().count(), 1, "{run:?}");
    let object: Value = serde_json::from_str(&run.stdout).unwrap();
    let problems = object["problems"].as_u64().unwrap();
    run.code(i32::from(problems > 0));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    let all = object["findings"].as_array().unwrap().iter();
    all.filter(|finding| finding["kind"] == kind)
        .map(|finding| format!("{}: {}", text(finding, "about"), text(finding, "text")))
        .collect()
}

#[test]
fn an_instance_of_the_original_is_sound_and_is_not_touched() {
    let site = site();
    let before = site.snapshot();
    let run = site.ctl(["check"]).run();
    run.code(0).stderr("").says("note: maintenance mode: is off\n");
    run.says("\nno problems, 3 notes\n");
    assert_eq!(site.snapshot(), before);
    site.ctl(["check", "--repair"]).run().code(0).stderr("");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_new_instance_is_sound() {
    let site = Site::new();
    site.ctl(["check"]).run().code(0).stderr("").says("no problems");
}

/// Damage of every kind that tracks can have.
fn damaged() -> Site {
    let site = site();
    let track = |name: &str| site.data().join("tracks").join(name);
    fs::remove_file(track("1/images/moodn_view.png")).unwrap();
    fs::write(track("2/track.gpx.br"), "nonsense").unwrap();
    fs::remove_file(track("2/track.bck.gpx.br")).unwrap();
    fs::write(track("3/track.gpx.br"), "nonsense").unwrap();
    fs::remove_dir_all(track("4")).unwrap();
    fs::create_dir_all(track("99/images")).unwrap();
    fs::create_dir_all(site.data().join("users/77")).unwrap();
    fs::create_dir_all(site.data().join("users/2")).unwrap();
    fs::write(site.data().join("users/2/heatmap.sqlite"), "no map").unwrap();
    run_sql(
        &site,
        "UPDATE track_cache SET length = 1 WHERE track_id = 5; DELETE FROM track_cache WHERE track_id = 6;
         INSERT INTO uploads (uploaded_at, owner_id, gpx) VALUES ('2026-11-22 09:16:00.000000', 2, x'00');
         INSERT INTO tags (track_id, tag) VALUES (50, 'nobody'); CREATE TABLE x_later (id INTEGER);",
    );
    site
}

#[test]
fn every_damage_is_told_with_what_to_do_and_nothing_changes() {
    let site = damaged();
    let before = site.snapshot();
    let run = site.ctl(["check"]).run();
    run.code(1).stderr("");
    let data = site.data().display().to_string();
    for line in [
        format!(
            "problem: track 1: the photo moodn_view.png has a description and is missing in {data}/tracks/1/images; restore"
        ),
        format!("problem: track 2: the recording in {data}/tracks/2 is damaged: cannot decompress"),
        format!("problem: track 3: the recording in {data}/tracks/3/track.gpx.br is damaged: cannot decompress"),
        format!(
            "problem: track 4: its directory {data}/tracks/4 is missing; restore it from a backup, or: fietsctl track del -i 4\n"
        ),
        "problem: track 5: its length is stored as 1.000 m and is 4370.359 m; run the check with --repair\n".to_owned(),
        "problem: track 6: has no figures".to_owned(),
        format!("problem: {data}/tracks/99: is of no track in the database"),
        format!("problem: {data}/users/77: is of no user in the database"),
        "problem: user 2: the heatmap is damaged".to_owned(),
        "note: upload 2: its file cannot be read".to_owned(),
        "rows of tags that belong to rows of tracks which are gone: 1;".to_owned(),
        "has the table x_later, which this program does not know".to_owned(),
        "\n9 problems, 6 notes\n".to_owned(),
    ] {
        run.says(&line);
    }
    assert_eq!(site.snapshot(), before);
}

#[test]
fn what_can_be_repaired_is_and_the_rest_stays_a_problem() {
    let site = damaged();
    let repaired = found(&site, "repaired", &["--repair"]);
    assert_eq!(repaired.len(), 4, "{repaired:?}");
    assert_eq!(count(&site, "SELECT count(*) FROM track_cache WHERE track_id = 6"), 1);
    let measured = "SELECT count(*) FROM track_cache WHERE track_id = 5 AND abs(length - 4370.359) < 0.01";
    assert_eq!(count(&site, measured), 1);
    assert!(site.data().join("stale/99-1/images").is_dir() && site.data().join("stale/77-1").is_dir());
    assert!(!site.data().join("tracks/99").exists());
    let left = found(&site, "problem", &["--repair"]);
    let about: Vec<&str> = left.iter().map(|line| line.split(':').next().unwrap()).collect();
    assert_eq!(about, ["track 1", "track 2", "track 3", "track 4", "user 2"]);
}

#[test]
fn a_database_that_cannot_be_used_is_a_finding_and_is_left_alone() {
    for (damage, expected) in [
        ("missing", "cannot open the database"),
        ("empty", "is empty; run fietsupdate update"),
        ("nonsense", "not a database"),
        (
            "older",
            "is of an older Fietsboek (revision c939800af428); run fietsupdate update",
        ),
    ] {
        let site = site();
        match damage {
            "missing" => fs::remove_file(site.database()).unwrap(),
            "empty" => fs::write(site.database(), "").unwrap(),
            "nonsense" => fs::write(site.database(), "nonsense".repeat(200)).unwrap(),
            _ => run_sql(&site, "UPDATE alembic_version SET version_num = 'c939800af428'"),
        }
        let before = site.snapshot();
        site.ctl(["check", "--repair"])
            .run()
            .code(1)
            .stderr("")
            .says(expected)
            .says("\n1 problem, 3 notes\n");
        assert_eq!(site.snapshot(), before, "{damage}");
    }
}

#[test]
fn version_and_tables_are_compared_with_those_of_the_version() {
    let site = site();
    fs::write(site.data().join("VERSION"), "v0.9.0").unwrap();
    run_sql(&site, "DROP TABLE badges");
    let problems = found(&site, "problem", &[]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].ends_with("lacks badges") && problems[1].contains("names v0.9.0 and not v0.11.0"));
}

#[test]
fn the_mode_is_told_and_the_check_works_in_it() {
    let site = site();
    fs::write(site.flag(), "Back at\nnoon").unwrap();
    site.ctl(["check"])
        .run()
        .code(0)
        .says(": Back at noon; visitors get 503 until: fietsctl -c ")
        .says("no problems");
}

#[test]
fn what_is_odd_in_the_ini_file_is_found_and_a_fault_ends_it() {
    let site = site();
    site.edit_ini("use = egg:waitress#main", "use = egg:gunicorn#main");
    site.edit_ini("Jb0K8fWl;v3#XwTq-not-a-secret", "short");
    let problems = found(&site, "problem", &[]);
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].contains("another server's section has no effect"),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with("session_key: is short: 5 letters"),
        "{problems:?}"
    );
    site.edit_ini("session_key = short", "session_key =");
    site.ctl(["check"]).run().code(3).stdout("");
}

#[test]
fn the_mail_server_is_looked_for_when_asked_to() {
    let site = site();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    site.edit_ini("debug://localhost:1025", &format!("smtp://127.0.0.1:{port}"));
    site.edit_ini("redis.url", "fietsboek.base_url = http://rides.example\nredis.url");
    site.edit_ini("redis.url", "fietsboek.tile_proxy.disable = true\nredis.url");
    assert!(found(&site, "problem", &["--online"]).is_empty());
    drop(listener);
    assert!(found(&site, "problem", &[]).is_empty());
    let problems = found(&site, "problem", &["--online"]);
    assert!(problems[0].contains("cannot be reached"), "{problems:?}");
}

#[test]
fn providers_of_maps_are_asked_for_a_tile() {
    let site = site();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    site.edit_ini("127.0.0.1:7777", &listener.local_addr().unwrap().to_string());
    let before = site.snapshot();
    let answers = [
        ("200 OK\r\nContent-Length: 6", "GIF89a"),
        ("404 Not Found\r\nContent-Length: 0", ""),
        ("403 Forbidden\r\nContent-Length: 0", ""),
    ];
    let provider = std::thread::spawn(move || {
        for (head, body) in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 4096];
            let count = stream.read(&mut request).unwrap();
            assert!(request[..count].starts_with(b"GET /0/0/0.png "));
            write!(stream, "HTTP/1.1 {head}\r\nConnection: close\r\n\r\n{body}").unwrap();
        }
    });
    assert!(found(&site, "problem", &["--online"]).is_empty());
    assert!(found(&site, "problem", &["--online"]).is_empty());
    let refused = found(&site, "problem", &["--online"]);
    assert_eq!(refused, ["map layer local: its provider gives no tiles: status 403"]);
    provider.join().unwrap();
    let gone = found(&site, "problem", &["--online"]);
    assert!(gone[0].starts_with("map layer local: "), "{gone:?}");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_journal_that_a_crash_left_is_told_and_left_alone() {
    let site = site();
    let beside = |suffix: &str| site.path(format!("fietsboek.sqlite{suffix}"));
    let copy = |suffix: &str| site.tmp().join(format!("copy{suffix}"));
    let writer = db::open(&site.database()).unwrap();
    writer
        .execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
        .unwrap();
    for n in 0..2000 {
        let sql = "INSERT INTO badges (title) VALUES (?1)";
        writer.execute(sql, [format!("{n:0100}")]).unwrap();
    }
    for suffix in ["", "-journal"] {
        fs::copy(beside(suffix), copy(suffix)).unwrap();
    }
    drop(writer);
    for suffix in ["", "-journal"] {
        fs::copy(copy(suffix), beside(suffix)).unwrap();
    }
    let before = site.snapshot();
    site.ctl(["check", "--repair"])
        .run()
        .code(1)
        .says("fietsboek.sqlite-journal, which any other verb settles");
    assert_eq!(site.snapshot(), before);
    site.ctl(["user", "list"]).run().code(0);
    site.ctl(["check"]).run().code(0);
}

#[test]
fn what_killed_runs_have_left_is_found_and_goes_when_it_is_old_enough() {
    let site = site();
    let at_once = [
        site.data().join(".VERSION.new"),
        site.data().join(".RESTORE.new"),
        site.path("fietsboek.sqlite.restore"),
    ];
    // Somebody may be writing these just now.
    let later = [
        site.data().join("tracks/1/preview.0123456789ab"),
        site.data().join("users/2/heatmap.sqlite.new"),
    ];
    fs::create_dir_all(site.data().join("users/2")).unwrap();
    for path in at_once.iter().chain(&later) {
        fs::write(path, "half").unwrap();
    }
    let problems = found(&site, "problem", &[]);
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems
            .iter()
            .all(|problem| problem.contains("cut short and is of no use"))
    );
    assert_eq!(found(&site, "repaired", &["--repair"]).len(), 3);
    assert!(!at_once.iter().any(|path| path.exists()) && later.iter().all(|path| path.exists()));
    // What is decided needs what waits for it.
    fs::write(site.data().join("UPDATE"), "").unwrap();
    fs::write(site.data().join("RESTORE"), "").unwrap();
    for path in &at_once {
        fs::write(path, "waits").unwrap();
    }
    let problems = found(&site, "problem", &["--repair"]);
    assert_eq!(
        problems,
        [
            "update: is decided and not complete: it was cut short",
            "restore: is decided and not complete: it was cut short",
        ]
    );
    assert!(at_once.iter().all(|path| path.exists()));
}
