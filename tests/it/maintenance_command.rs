//! `fietsctl maintenance-mode`: on, off and how it stands. Its `--wait` is in `drain_command`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::cmd::Run;
use super::site::Site;

/// What it says when the mode is off.
pub const OFF: &str = "Maintenance mode is disabled\n";

/// Puts something in the place of the flag.
type Maker<'a> = &'a dyn Fn(&Path);

/// `fietsctl -c INI maintenance-mode …`.
pub fn mode<'a>(site: &'a Site, args: &[&'a str]) -> Run {
    site.ctl(["maintenance-mode"]).args(args).run()
}

/// What stands in the data directory.
fn names(site: &Site) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(site.data())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn on_with_a_reason_status_and_off_again() {
    let site = Site::new();
    mode(&site, &[]).code(0).stdout(OFF).stderr("");
    let on = mode(&site, &["Updating the instance"]);
    on.code(0).stderr("");
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "Updating the instance");
    let status = mode(&site, &[]);
    status.code(0).stderr("");
    let lines: Vec<_> = status.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{status:?}");
    assert_eq!(lines[0], "Maintenance mode is enabled: Updating the instance");
    assert!(
        lines[1].starts_with("since: 20") && lines[1].contains(" s ago)"),
        "{status:?}"
    );
    assert_eq!(lines[2], format!("file: {}", site.flag().display()));
    mode(&site, &["--disable"]).code(0).stdout(OFF).stderr("");
    assert_eq!(names(&site), ["VERSION"]);
    mode(&site, &[]).code(0).stdout(OFF);
}

#[test]
fn the_first_line_is_made_fit_for_a_terminal() {
    let site = Site::new();
    fs::write(site.flag(), "Back\r\nat \x1b[31mnoon\x07\n").unwrap();
    mode(&site, &[])
        .code(0)
        .says("Maintenance mode is enabled: Back at [31mnoon\n");
}

#[test]
fn whatever_stands_there_is_on() {
    let site = Site::new();
    let listener = |path: &Path| drop(UnixListener::bind(path).unwrap());
    let makers: [(&str, Maker<'_>); 5] = [
        ("a directory", &|path| fs::create_dir(path).unwrap()),
        ("a symbolic link", &|path| symlink("nowhere", path).unwrap()),
        ("a symbolic link", &|path| symlink("MAINTENANCE", path).unwrap()),
        ("a socket", &listener),
        ("a directory", &|path| {
            fs::create_dir(path).unwrap();
            fs::write(path.join("x"), "").unwrap();
        }),
    ];
    for (what, make) in makers {
        make(&site.flag());
        mode(&site, &[])
            .code(0)
            .says("Maintenance mode is enabled: \n")
            .says(what);
        mode(&site, &["--check"]).code(3).silent();
        let _ = fs::remove_dir_all(site.flag());
        let _ = fs::remove_file(site.flag());
    }
}

#[test]
fn check_prints_nothing_and_tells_by_its_exit_code() {
    let site = Site::new();
    mode(&site, &["--check"]).code(0).silent();
    fs::write(site.flag(), "").unwrap();
    mode(&site, &["--check"]).code(3).silent();
    mode(&site, &["--check", "-v", "-v"]).code(3).silent();
    site.edit_ini("[alembic]", "fietsboek.unheard_of = 1\n\n[alembic]");
    mode(&site, &["--check"]).code(3).silent();
    fs::rename(site.data(), site.path("elsewhere")).unwrap();
    mode(&site, &["--check"]).code(1).silent();
    site.cmd("fietsctl")
        .args(["-c", "no.ini", "maintenance-mode", "--check"])
        .run()
        .code(1)
        .silent();
}

#[test]
fn a_data_directory_that_is_gone_is_an_error_that_names_it() {
    let site = Site::new();
    fs::rename(site.data(), site.path("elsewhere")).unwrap();
    for args in [&[][..], &["reason"], &["--disable"], &["--json"], &["--wait"]] {
        mode(&site, args)
            .code(3)
            .stdout("")
            .complains(&site.data().display().to_string());
    }
}

#[test]
fn json_is_one_object_with_nulls_when_off() {
    let site = Site::new();
    let path = serde_json::json!(site.flag());
    let off = format!("{{\"enabled\":false,\"reason\":null,\"since\":null,\"path\":{path}}}\n");
    mode(&site, &["--json"]).code(0).stdout(&off).stderr("");
    fs::write(site.flag(), "two\nlines \"quoted\"\n").unwrap();
    let run = mode(&site, &["--json"]);
    let value: serde_json::Value = serde_json::from_str(&run.code(0).stdout).unwrap();
    assert_eq!(value["enabled"], true);
    assert_eq!(value["reason"], "two\nlines \"quoted\"");
    assert_eq!(value["path"], path);
    let since = value["since"].as_str().unwrap();
    assert!(since.len() == 20 && since.ends_with('Z'), "{since}");
    fs::write(site.flag(), "").unwrap();
    let run = mode(&site, &["--json"]);
    let value: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(value["reason"], "");
    mode(&site, &["--disable", "--json"]).code(0).stdout(&off);
}

#[test]
fn an_empty_reason_is_a_reason() {
    let site = Site::new();
    mode(&site, &[""]).code(0).says("Maintenance mode is enabled: \n");
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "");
}

#[test]
fn a_reason_replaces_the_one_before_with_no_moment_of_off() {
    let site = Site::new();
    fs::write(site.flag(), "0").unwrap();
    std::thread::scope(|scope| {
        let toggling = scope.spawn(|| {
            for n in 1..=20 {
                mode(&site, &[&format!("reason {n}")]).code(0);
            }
        });
        while !toggling.is_finished() {
            assert!(site.flag().symlink_metadata().is_ok());
        }
    });
    assert_eq!(fs::read_to_string(site.flag()).unwrap(), "reason 20");
    assert_eq!(names(&site), ["MAINTENANCE", "VERSION"]);
}

#[test]
fn off_when_it_is_off_says_so_and_is_no_error() {
    let site = Site::new();
    mode(&site, &["--disable"])
        .code(0)
        .stdout("Maintenance mode was not enabled\n")
        .stderr("");
}

#[test]
fn what_excludes_each_other_is_a_usage_error_and_changes_nothing() {
    let site = Site::new();
    for (args, part) in [
        (&["reason", "--disable"][..], "REASON and --disable exclude each other"),
        (&["", "--disable"], "REASON and --disable exclude each other"),
        (&["reason", "--check"], "REASON and --check"),
        (&["--disable", "--check"], "--check and --disable"),
        (&["--disable", "--wait"], "--wait and --disable"),
        (&["--check", "--json"], "--check and --json"),
        (&["--check", "--wait"], "--check and --wait"),
        (&["--wait=soon"], "number of seconds"),
        (&["--wait", "60"], "--wait=60"),
        (&["one", "two"], "one operand too many"),
    ] {
        mode(&site, args).code(2).stdout("").complains(part);
        assert_eq!(names(&site), ["VERSION"]);
    }
}

#[test]
fn the_file_is_readable_for_everyone_whatever_the_umask() {
    let site = Site::new();
    let script = format!("umask 0777; exec '{}' \"$@\"", site.program("fietsctl").display());
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", &script, "sh", "-c"]).arg(site.ini());
    assert!(
        shell
            .args(["maintenance-mode", "dark"])
            .output()
            .unwrap()
            .status
            .success()
    );
    let meta = fs::metadata(site.flag()).unwrap();
    assert_eq!(meta.permissions().mode() & 0o7777, 0o644);
    assert_eq!(meta.uid(), fs::metadata(site.data()).unwrap().uid());
}

#[test]
fn off_removes_a_file_a_link_itself_and_an_empty_directory() {
    let site = Site::new();
    fs::write(site.path("letter"), "kept").unwrap();
    let makers: [Maker<'_>; 4] = [
        &|path| fs::write(path, "x").unwrap(),
        &|path| symlink("../letter", path).unwrap(),
        &|path| symlink("MAINTENANCE", path).unwrap(),
        &|path| fs::create_dir(path).unwrap(),
    ];
    for make in makers {
        make(&site.flag());
        mode(&site, &["--disable"]).code(0).stdout(OFF);
        assert_eq!(names(&site), ["VERSION"]);
    }
    assert_eq!(fs::read_to_string(site.path("letter")).unwrap(), "kept");
}

#[test]
fn off_leaves_anything_else_and_says_what_stands_there() {
    let site = Site::new();
    drop(UnixListener::bind(site.flag()).unwrap());
    mode(&site, &["--disable"])
        .code(1)
        .stdout("")
        .complains("a socket stands there");
    mode(&site, &["--check"]).code(3);
    fs::remove_file(site.flag()).unwrap();
    fs::create_dir(site.flag()).unwrap();
    fs::write(site.flag().join("x"), "").unwrap();
    mode(&site, &["--disable"])
        .code(1)
        .complains("directory that is not empty");
    mode(&site, &["reason"]).code(1).complains("a directory stands there");
    assert!(site.flag().join("x").exists());
    assert_eq!(names(&site), ["MAINTENANCE", "VERSION"]);
}

#[test]
fn the_database_may_be_missing_or_broken() {
    let site = Site::new();
    for broken in [true, false] {
        if broken {
            fs::write(site.database(), "no database at all".repeat(500)).unwrap();
        } else {
            fs::remove_file(site.database()).unwrap();
        }
        mode(&site, &["reason"]).code(0).stderr("");
        mode(&site, &[]).code(0).says("enabled: reason").stderr("");
        mode(&site, &["--disable"]).code(0).stdout(OFF).stderr("");
    }
}

#[test]
fn nothing_but_the_flag_is_touched() {
    let site = Site::fixture();
    let before = site.snapshot();
    for args in [
        &[][..],
        &["--check"],
        &["--json"],
        &["reason"],
        &["--wait"],
        &["--disable"],
    ] {
        mode(&site, args);
    }
    let (mut before, mut after) = (before, site.snapshot());
    // The directory itself has changed: a name came and went.
    before.remove(&site.data());
    after.remove(&site.data());
    assert!(before == after, "something else was touched");
}
