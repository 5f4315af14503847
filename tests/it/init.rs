//! `fietsctl init`: a new instance, whole or not at all.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use super::site::Site;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_instance_is_whole_and_private() {
    let site = Site::empty();
    let run = site.cmd("fietsctl").args(["init", "deep/er"]).run();
    let dir = site.path("deep/er");
    run.code(0).stderr("");
    for name in ["fietsboek.ini", "fietsboek.sqlite", "data"] {
        run.says(&format!("made {}\n", dir.join(name).display()));
    }
    run.says(&format!(
        "  fietsctl -c {} user add --admin\n",
        dir.join("fietsboek.ini").display()
    ));
    run.says(&format!("  fietsboek-serve {}\n", dir.join("fietsboek.ini").display()));
    assert_eq!(fs::read_to_string(dir.join("data/VERSION")).unwrap(), "v0.11.0");
    for (name, expected) in [
        ("fietsboek.ini", 0o600),
        ("fietsboek.sqlite", 0o600),
        ("data", 0o700),
        (".", 0o700),
        ("..", 0o700),
    ] {
        assert_eq!(mode(&dir.join(name)), expected, "{name}");
    }
    assert_eq!(fs::read_dir(&dir).unwrap().count(), 3);
    site.cmd("fietsctl")
        .in_dir(dir)
        .arg("maintenance-mode")
        .run()
        .code(0)
        .stderr("");
}

#[test]
fn the_current_directory_is_the_default_and_other_files_in_it_do_not_matter() {
    let site = Site::empty();
    fs::write(site.path("notes.txt"), "mine").unwrap();
    site.cmd("fietsctl").arg("init").run().code(0).says("made ");
    assert!(site.ini().is_file() && site.database().is_file() && site.data().is_dir());
}

#[test]
fn the_database_is_at_head_and_in_rollback_mode() {
    let site = Site::new();
    let db = fietsboek::db::open(&site.database()).unwrap();
    let journal: String = db.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(journal, "delete");
    let sound: String = db
        .pragma_query_value(None, "integrity_check", |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn each_instance_has_a_key_of_its_own_and_the_addresses_that_were_asked_for() {
    let read = |args: &[&str]| {
        let site = Site::empty();
        site.cmd("fietsctl").arg("init").args(args).run().code(0);
        fietsboek::config::Config::read(&site.ini()).unwrap()
    };
    let one = read(&[]);
    let other = read(&["--listen", "127.0.0.1:9000", "--url=https://rides.example.org/club/"]);
    assert_ne!(one.session_key, other.session_key);
    assert!(one.session_key.len() >= 32);
    assert_eq!(one.base_url.as_deref(), Some("http://localhost:8080"));
    assert_eq!(other.base_url.as_deref(), Some("https://rides.example.org/club"));
    assert_eq!((one.warnings, other.warnings), (vec![], vec![]));
}

#[test]
fn a_directory_that_has_anything_of_an_instance_is_refused_and_not_touched() {
    for name in ["fietsboek.ini", "fietsboek.sqlite", "data"] {
        let site = Site::empty();
        symlink("nowhere", site.path(name)).unwrap();
        let before = site.snapshot();
        let run = site.cmd("fietsctl").arg("init").run();
        run.code(1).stdout("").complains(&site.path(name).display().to_string());
        assert!(site.snapshot() == before, "{run:?}");
    }
    let site = Site::new();
    let before = site.snapshot();
    site.cmd("fietsctl")
        .arg("init")
        .run()
        .code(1)
        .complains("is there already");
    assert!(site.snapshot() == before);
}

#[test]
fn what_fails_half_way_leaves_nothing_behind() {
    let site = Site::empty();
    let run = site
        .cmd("fietsctl")
        .args(["init", "a/b", "--listen", "nowhere:port"])
        .run();
    run.code(3).stdout("").complains("listen");
    assert_eq!(fs::read_dir(site.dir()).unwrap().count(), 0, "{run:?}");
}

#[test]
fn a_file_in_the_place_of_the_directory_is_an_error_with_its_path() {
    let site = Site::empty();
    fs::write(site.path("file"), "").unwrap();
    site.cmd("fietsctl")
        .args(["init", "file/dir"])
        .run()
        .code(1)
        .complains("file/dir");
    site.cmd("fietsctl")
        .args(["init", "file"])
        .run()
        .code(1)
        .complains("/file");
    assert_eq!(fs::read_dir(site.dir()).unwrap().count(), 1);
}

#[test]
fn a_path_with_odd_letters_works_and_is_quoted_in_the_next_commands() {
    let site = Site::empty();
    let run = site.cmd("fietsctl").args(["init", "100 % my site's"]).run();
    run.code(0).says("user add --admin").says(r"site'\''s/fietsboek.ini'");
    let ini = site.path("100 % my site's/fietsboek.ini");
    let run = site.cmd("fietsctl").arg("maintenance-mode").arg("-c").arg(ini).run();
    run.code(0).stdout("Maintenance mode is disabled\n").stderr("");
}

#[test]
fn an_ini_file_is_not_to_be_named() {
    let site = Site::empty();
    site.ctl(["init"]).run().code(2).complains("without -c");
    assert_eq!(fs::read_dir(site.dir()).unwrap().count(), 0);
}
