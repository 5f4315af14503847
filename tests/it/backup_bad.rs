//! Archives that are none, or were made to do harm; and disks that are full. One clear line, exit 1, nothing changed.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fietsboek::secret;
use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{Builder, EntryType, Header};

use super::backup::{back_up, backed_up, leftovers};
use super::cmd::Run;
use super::migrate::{everything, of_v0_4, tool};
use super::site::Site;

/// The files of a sound archive, in their order.
fn files() -> Vec<(String, Vec<u8>)> {
    let site = Site::fixture();
    let read = |name: &str| (name.to_owned(), fs::read(site.path(name)).unwrap());
    let ini = fs::read(site.ini()).unwrap();
    let mut files = vec![("fietsboek.ini".to_owned(), ini), read("fietsboek.sqlite")];
    files.extend(["data/VERSION", "data/tracks/1/track.gpx.br"].map(read));
    files
}

fn line(path: &str, bytes: &[u8]) -> String {
    format!("{} {} {path}\n", secret::hex(&secret::sha256(bytes)), bytes.len())
}

const HEAD: &str =
    "Fietsboek backup 1\nmade 2026-11-24T20:00:00Z\nprogram 1.0.0\nversion v0.11.0\ntracks 6\nusers 4\n\n";

fn list(files: &[(String, Vec<u8>)]) -> String {
    let lines: String = files.iter().map(|(path, bytes)| line(path, bytes)).collect();
    HEAD.to_owned() + &lines
}

/// An entry as it is, whatever its name: `tar` itself would refuse some.
fn add(tar: &mut Builder<Vec<u8>>, kind: EntryType, name: &str, link: &str, size: u64, bytes: &[u8]) {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    let old = header.as_old_mut();
    old.name[..name.len()].copy_from_slice(name.as_bytes());
    old.linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

fn add_file(tar: &mut Builder<Vec<u8>>, name: &str, bytes: &[u8]) {
    add(tar, EntryType::Regular, name, "", bytes.len() as u64, bytes);
}

/// An archive of a list and of files.
fn archive(list: &str, files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tar = Builder::new(Vec::new());
    add_file(&mut tar, "MANIFEST", list.as_bytes());
    files.iter().for_each(|(name, bytes)| add_file(&mut tar, name, bytes));
    tar.into_inner().unwrap()
}

/// Tries an archive in every way; each is refused with one line, and nothing changes.
#[track_caller]
fn assert_refused(site: &Site, bytes: &[u8], why: &str) {
    fs::write(site.path("bad.tar"), bytes).unwrap();
    let before = site.snapshot();
    for args in [
        &["restore", "--list", "bad.tar"][..],
        &["restore", "bad.tar", "new"],
        &["-c", "production.ini", "restore", "bad.tar", "--over", "--force"],
    ] {
        if why.contains("nothing was changed") && args.contains(&"--list") {
            continue;
        }
        let run = site.cmd("fietsctl").args(args).run();
        run.code(1).stdout("").complains(why);
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
        // To be found out that late, it has been unpacked: two directories have other times.
        let is_touched = |path: &Path| path == site.data() || path == site.data().join("staging");
        let without = |mut all: BTreeMap<PathBuf, _>| {
            all.retain(|path, _| !is_touched(path));
            all
        };
        assert!(without(site.snapshot()) == without(before.clone()), "{why}");
    }
}

#[test]
fn a_sound_archive_is_taken_gzipped_or_not() {
    let site = Site::empty();
    let plain = archive(&list(&files()), &files());
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&plain).unwrap();
    for (name, bytes) in [("a", plain), ("b", gzip.finish().unwrap())] {
        fs::write(site.path("x"), bytes).unwrap();
        site.cmd("fietsctl")
            .args(["restore", "x", name])
            .run()
            .code(0)
            .stderr("");
    }
}

#[test]
fn what_is_no_backup_is_refused() {
    let site = Site::fixture();
    let foreign = "is no backup that this program can restore";
    for bytes in [&b""[..], b"hello", &[0; 100_000], &[0x55; 100_000], &[0x1f, 0x8b, 8, 0]] {
        fs::write(site.path("bad.tar"), bytes).unwrap();
        let run = site.cmd("fietsctl").args(["restore", "bad.tar", "new"]).run();
        run.code(1).stdout("").complains("bad.tar is ");
        assert_eq!(run.stderr.lines().count(), 1);
    }
    let mut tar = Builder::new(Vec::new());
    add_file(&mut tar, "holiday.jpg", b"x");
    assert_refused(&site, &tar.into_inner().unwrap(), foreign);
    for (from, to, why) in [
        ("backup 1", "backup 2", "it is of a newer version of this program"),
        ("v0.11.0", "v0.12.0", "it is of a newer Fietsboek"),
        ("Fietsboek backup", "Rucksack", foreign),
        ("tracks 6", "tracks many", foreign),
        ("made", "mode", foreign),
    ] {
        assert_refused(&site, &archive(&list(&files()).replacen(from, to, 1), &files()), why);
    }
    site.cmd("fietsctl")
        .args(["restore", "missing.tar", "new"])
        .run()
        .code(1)
        .complains("missing.tar");
    site.cmd("fietsctl")
        .args(["restore", ".", "new"])
        .run()
        .code(1)
        .complains("it is no file");
}

#[test]
fn what_was_cut_short_or_damaged_is_refused() {
    let site = Site::fixture();
    let sound = archive(&list(&files()), &files());
    for length in [512, 700, 1024, 2048, 60_000, sound.len() - 1024 - 512] {
        let run = {
            fs::write(site.path("bad.tar"), &sound[..length]).unwrap();
            site.cmd("fietsctl").args(["restore", "bad.tar", "new"]).run()
        };
        run.code(1).stdout("").complains("bad.tar is ");
        assert_eq!(run.stderr.lines().count(), 1);
        assert!(!site.path("new").exists());
    }
    assert_refused(&site, &sound[..60_000], "is cut short");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&sound).unwrap();
    let gzip = gzip.finish().unwrap();
    assert_refused(&site, &gzip[..gzip.len() / 2], "is cut short");
    assert_refused(&site, &gzip[..gzip.len() - 4], "is cut short");
    let mut damaged = sound.clone();
    damaged[50_000] ^= 1;
    assert_refused(&site, &damaged, "is damaged: fietsboek.sqlite has another checksum");
    let mut header = sound.clone();
    header[2048] ^= 1;
    assert_refused(&site, &header, "is damaged");
    let mut more = sound.clone();
    more.extend(b"and a postscript");
    assert_refused(&site, &more, "something follows its end");
    more.resize(sound.len() + (3 << 20), 0);
    more[sound.len()..].fill(0);
    assert_refused(&site, &more, "something follows its end");
}

#[test]
fn paths_that_lead_elsewhere_are_refused() {
    let site = Site::fixture();
    for path in [
        "../evil",
        "/etc/evil",
        "data/../evil",
        "data/tracks/../../evil",
        "data/tracks/1/./a",
        "data/tracks//a",
        "data/tracks/1/",
        "data/tracks/1",
        "data/MAINTENANCE",
        "data/UPDATE",
        "evil",
        "data/tracks/1/a\\u{1}\u{1}",
        "fietsboek.sqlite-journal",
    ] {
        let mut files = files();
        files.push((path.to_owned(), b"evil".to_vec()));
        assert_refused(&site, &archive(&list(&files), &files), "has an odd line");
        // Named as it should be in the list, and otherwise in the archive.
        let mut sound = files.clone();
        sound[4].0 = "data/tracks/1/a".to_owned();
        assert_refused(
            &site,
            &archive(&list(&sound), &files),
            "stands where data/tracks/1/a should",
        );
    }
    let long = format!("data/tracks/1/{}", "a".repeat(300));
    assert_refused(
        &site,
        &archive(&(list(&files()) + &line(&long, b"x")), &files()),
        "has an odd line",
    );
}

#[test]
fn what_is_no_plain_file_is_refused() {
    let site = Site::fixture();
    for (kind, what) in [
        (EntryType::Symlink, "a symbolic link"),
        (EntryType::Link, "a hard link"),
        (EntryType::Char, "a device"),
        (EntryType::Block, "a device"),
        (EntryType::Fifo, "a FIFO"),
        (EntryType::Directory, "a directory"),
        (EntryType::GNUSparse, "a file with holes"),
        (EntryType::XHeader, "something else"),
        (EntryType::XGlobalHeader, "something else"),
        (EntryType::GNULongLink, "something else"),
    ] {
        let mut listed = files();
        listed.push(("data/tracks/1/x".to_owned(), Vec::new()));
        let mut tar = Builder::new(Vec::new());
        add_file(&mut tar, "MANIFEST", list(&listed).as_bytes());
        files().iter().for_each(|(name, bytes)| add_file(&mut tar, name, bytes));
        add(&mut tar, kind, "data/tracks/1/x", "/etc/passwd", 0, b"");
        assert_refused(&site, &tar.into_inner().unwrap(), what);
    }
}

#[test]
fn a_list_and_its_files_have_to_be_the_same() {
    let site = Site::fixture();
    let sound = files();
    let twice = [sound.clone(), vec![sound[3].clone()]].concat();
    assert_refused(
        &site,
        &archive(&list(&sound), &twice),
        "something follows the last file of its list",
    );
    assert_refused(&site, &archive(&list(&twice), &twice), "twice");
    assert_refused(
        &site,
        &archive(&list(&sound), &sound[..3]),
        "it ends before data/tracks/1/track.gpx.br",
    );
    let swapped = [sound[1].clone(), sound[0].clone()];
    assert_refused(
        &site,
        &archive(&list(&sound), &swapped),
        "stands where fietsboek.ini should",
    );
    let mut other = sound.clone();
    other[3].1[0] ^= 1;
    assert_refused(&site, &archive(&list(&sound), &other), "another checksum");
    other[3].1.push(0);
    assert_refused(&site, &archive(&list(&sound), &other), "not of the size");
    assert_refused(
        &site,
        &archive(&list(&sound[1..]), &sound[1..]),
        "names no fietsboek.ini",
    );
    let below = [
        sound.clone(),
        vec![("data/tracks/1/track.gpx.br/x".to_owned(), vec![1])],
    ]
    .concat();
    assert_refused(&site, &archive(&list(&below), &below), "as file and directory");
}

#[test]
fn a_bomb_goes_off_nowhere() {
    let site = Site::fixture();
    let gzip = |bytes: &[u8], times: usize| {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        (0..times).for_each(|_| gzip.write_all(bytes).unwrap());
        gzip.finish().unwrap()
    };
    let noughts = vec![0; 1 << 20];
    assert_refused(&site, &gzip(&noughts, 200), "it is empty");
    let bomb = |name: &str, kind: EntryType, size: u64| {
        let mut tar = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path(name).unwrap();
        header.set_size(size);
        header.set_cksum();
        tar.append(&header, &b""[..]).unwrap();
        let mut head = tar.into_inner().unwrap();
        head.truncate(512);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(&head).unwrap();
        (0..200).for_each(|_| gzip.write_all(&noughts).unwrap());
        gzip.finish().unwrap()
    };
    assert_refused(
        &site,
        &bomb("MANIFEST", EntryType::Regular, 1 << 40),
        "its list is too large",
    );
    assert_refused(&site, &bomb("MANIFEST", EntryType::Regular, 64 << 20), "has no files");
    assert_refused(
        &site,
        &bomb("././@LongLink", EntryType::GNULongName, 1 << 40),
        "does not begin with its list",
    );
    let mut listed = files();
    listed.push(("data/tracks/1/x".to_owned(), Vec::new()));
    let mut tar = Builder::new(Vec::new());
    add_file(&mut tar, "MANIFEST", list(&listed).as_bytes());
    files().iter().for_each(|(name, bytes)| add_file(&mut tar, name, bytes));
    add(&mut tar, EntryType::GNULongName, "././@LongLink", "", 1 << 40, b"");
    assert_refused(&site, &tar.into_inner().unwrap(), "a name in it is too long");
    // What says openly that it is larger than the disk.
    let huge = list(&files()).replace(" 126976 fietsboek.sqlite", " 99999999999999999 fietsboek.sqlite");
    let mut tar = Builder::new(Vec::new());
    add_file(&mut tar, "MANIFEST", huge.as_bytes());
    add_file(&mut tar, "fietsboek.ini", &files()[0].1);
    add(
        &mut tar,
        EntryType::Regular,
        "fietsboek.sqlite",
        "",
        99_999_999_999_999_999 & 0o77_777_777_777,
        b"",
    );
    assert_refused(&site, &tar.into_inner().unwrap(), "bad.tar is ");
}

#[test]
fn a_database_or_settings_that_cannot_be_used_are_refused_before_anything_is_replaced() {
    let site = Site::fixture();
    let with = |at: usize, bytes: &[u8]| {
        let mut files = files();
        files[at].1 = bytes.to_vec();
        archive(&list(&files), &files)
    };
    let database = |sql: &str| {
        let site = Site::fixture();
        fietsboek::db::open_any(&site.database())
            .unwrap()
            .execute_batch(sql)
            .unwrap();
        fs::read(site.database()).unwrap()
    };
    let wrong = "nothing was changed";
    assert_refused(&site, &with(1, b"no database"), wrong);
    assert_refused(&site, &with(1, b""), wrong);
    assert_refused(
        &site,
        &with(1, &database("UPDATE alembic_version SET version_num = 'ffffffffffff'")),
        wrong,
    );
    assert_refused(
        &site,
        &with(1, &database("UPDATE alembic_version SET version_num = '4566843039d6'")),
        wrong,
    );
    assert_refused(&site, &with(1, &database("DROP TABLE alembic_version")), wrong);
    let mut damaged = files()[1].1.clone();
    damaged[8192..16_384].fill(0x55);
    assert_refused(&site, &with(1, &damaged), wrong);
    assert_refused(&site, &with(2, b"v0.10.0"), wrong);
    // Settings count where they are restored: over an instance its own stay.
    for ini in [&b"hello"[..], b"[app:main]\nsqlalchemy.url = x\n", b"\xff"] {
        fs::write(site.path("bad.tar"), with(0, ini)).unwrap();
        let run = site.cmd("fietsctl").args(["restore", "bad.tar", "new"]).run();
        run.code(1)
            .complains("the settings in the backup cannot be used")
            .complains(wrong);
        assert_eq!(run.stderr.lines().count(), 1);
        assert!(!site.path("new").exists() && leftovers(&site).is_empty());
    }
    let mut files = files();
    files.remove(2);
    assert_refused(&site, &archive(&list(&files), &files), "names no data/VERSION");
}

/// A tool that may write no file larger than so many KiB: the system says that it is too large where a full disk would
/// say that there is no room.
fn limited(site: &Site, kib: usize, line: &str) -> Run {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec {line}", kib * 2);
    super::cmd::Cmd::program(site, "/bin/sh".into())
        .args(["-c", &script])
        .run()
}

#[test]
fn a_disk_that_fills_up_leaves_nothing() {
    let site = backed_up();
    let tool = |site: &Site| site.program("fietsctl").display().to_string();
    let before = site.snapshot();
    let kept = |site: &Site| {
        let mut now = site.snapshot();
        now.retain(|path, _| !path.is_dir());
        now
    };
    let files = kept(&site);
    let mut failed = [0; 3];
    for kib in [0, 1, 8, 60, 100, 130, 200, 240] {
        let command = format!("{} -c production.ini backup c.tar", tool(&site));
        let run = limited(&site, kib, &command);
        if run.code == Some(1) {
            failed[0] += 1;
            assert_eq!(kept(&site), files, "{kib}");
        } else {
            run.code(0);
            fs::remove_file(site.path("c.tar")).unwrap();
        }
        let run = limited(&site, kib, &format!("{} restore b.tar.gz new", tool(&site)));
        if run.code == Some(1) {
            failed[1] += 1;
            assert_eq!(kept(&site), files, "{kib}");
        } else {
            run.code(0);
            fs::remove_dir_all(site.path("new")).unwrap();
        }
    }
    for kib in [1, 8, 60, 100] {
        let command = format!("{} -c production.ini restore b.tar.gz --over --force", tool(&site));
        let run = limited(&site, kib, &command);
        run.code(1);
        failed[2] += 1;
        assert_eq!(kept(&site), files, "{kib}");
    }
    assert!(failed[0] >= 4 && failed[1] >= 4 && failed[2] == 4, "{failed:?}");
    assert!(before.len() >= files.len());
}

#[test]
fn an_update_whose_disk_fills_up_changes_nothing() {
    let site = of_v0_4();
    let before = everything(&site);
    let tool_path = site.program("fietsupdate").display().to_string();
    let mut failed = 0;
    for kib in (1..400).step_by(13) {
        let run = limited(&site, kib, &format!("{tool_path} -c production.ini update --force"));
        if run.code == Some(0) {
            break;
        }
        run.code(1);
        failed += 1;
        assert_eq!(everything(&site), before, "{kib} KiB\n{}", run.stderr);
        assert!(!site.flag().exists(), "{kib}");
        super::migrate::assert_tidy(&site);
        let backups = fs::read_dir(site.path("backups")).map_or(0, Iterator::count);
        assert_eq!(backups, 0, "{kib}");
    }
    assert!(failed > 3, "{failed}");
    tool(&site, "update", "v0.11.0").run().code(0);
    assert_ne!(everything(&site), before);
    assert!(back_up(&site, "b.tar").code == Some(0));
}

/// Runs a tool as a user who may not do everything: as nobody when the tests run as root.
fn as_nobody(site: &Site, args: &[&str]) -> std::process::Output {
    use std::os::unix::process::CommandExt;
    let mut command = site.cmd("fietsctl").args(args).into_command();
    if rustix::process::geteuid().is_root() {
        let chown = std::process::Command::new("chown")
            .arg("-R")
            .arg("65534:65534")
            .arg(site.dir())
            .status();
        assert!(chown.unwrap().success());
        command.uid(65534).gid(65534);
    }
    command.output().unwrap()
}

#[test]
fn what_may_not_be_read_or_written_is_told_by_its_name() {
    let site = Site::fixture();
    let mode = |name: &str, mode| fs::set_permissions(site.path(name), fs::Permissions::from_mode(mode)).unwrap();
    let refused = |args: &[&str], why: &str| {
        let output = as_nobody(&site, args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        assert!(stderr.contains(why) && stderr.lines().count() == 1, "{stderr}");
    };
    let backup = ["-c", "production.ini", "backup", "b.tar"];
    let photo = "data/tracks/1/images/moodn_view.png";
    let output = as_nobody(&site, &backup);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(site.path("b.tar"), site.path("good.tar")).unwrap();
    mode(photo, 0);
    refused(&backup, "moodn_view.png");
    mode(photo, 0o644);
    mode("data/tracks/1/images", 0);
    refused(&backup, "tracks/1/images");
    mode("data/tracks/1/images", 0o755);
    mode("data/tracks", 0o555);
    refused(&backup, "ermission denied");
    mode("data/tracks", 0o755);
    mode("good.tar", 0);
    refused(&["restore", "good.tar", "new"], "good.tar");
    mode("good.tar", 0o600);
    fs::create_dir(site.path("closed")).unwrap();
    let before = site.snapshot();
    let restore = ["restore", "good.tar", "closed/new"];
    as_nobody(&site, &["version"]);
    mode("closed", 0o555);
    refused(&restore, "closed");
    refused(&["-c", "production.ini", "backup", "closed/b.tar"], "closed/b.tar");
    mode("closed", 0o755);
    mode("data", 0o555);
    refused(
        &["-c", "production.ini", "restore", "good.tar", "--over", "-f"],
        "ermission denied",
    );
    mode("data", 0o755);
    assert!(site.snapshot().keys().eq(before.keys()));
    assert!(leftovers(&site).is_empty());
}
