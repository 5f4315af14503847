//! `fietsctl track import` and `export`: recordings come in from files, directories and ZIP files, what is wrong with
//! one costs the others nothing, and what goes out comes in again.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::cmd::{Cmd, LIMIT, Run};
use super::site::Site;
use super::whole::db;

const ALICE: &str = "alice@example.org";

/// A recording that is like no other number's.
fn ride(number: usize, head: &str) -> String {
    let lat = 40.0 + number as f64 / 1000.0;
    format!(
        "<gpx version=\"1.1\" creator=\"x\">{head}<trk><trkseg>\
         <trkpt lat=\"{lat}\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
         <trkpt lat=\"{lat}\" lon=\"7.01\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
         </trkseg></trk></gpx>"
    )
}

fn named(number: usize, title: &str) -> String {
    ride(number, &format!("<metadata><name>{title}</name></metadata>"))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Writes files below a directory of the instance's; the directory.
fn folder(site: &Site, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let root = site.tmp().join(name);
    for (name, bytes) in files {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

fn pack(site: &Site, name: &str, files: &[(&str, &[u8])]) -> PathBuf {
    let path = site.tmp().join(name);
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    for (name, bytes) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap();
    path
}

fn import<'a>(site: &'a Site, paths: &[&Path]) -> Cmd<'a> {
    site.ctl(["track", "import", "--user", ALICE]).args(paths)
}

/// Titles and descriptions of the tracks behind an id.
fn titles(site: &Site, behind: i64) -> Vec<(String, String)> {
    let db = db(site);
    let mut all = db
        .prepare("SELECT title, description FROM tracks WHERE id > ?1 ORDER BY title")
        .unwrap();
    let rows = all.query_map([behind], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Every row has its directory with all files, every directory its row, and nothing lies beside.
#[track_caller]
fn assert_whole(site: &Site) -> usize {
    let db = db(site);
    let mut ids = db.prepare("SELECT id FROM tracks").unwrap();
    let ids: Vec<i64> = ids
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    for id in &ids {
        for file in ["track.gpx.br", "track.bck.gpx.br"] {
            assert!(site.data().join(format!("tracks/{id}/{file}")).is_file(), "{id} {file}");
        }
    }
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap() as usize;
    assert_eq!(count("SELECT count(*) FROM track_cache"), ids.len());
    assert_eq!(fs::read_dir(site.data().join("tracks")).unwrap().count(), ids.len());
    ids.len()
}

#[track_caller]
fn assert_nothing_staged(site: &Site) {
    let staged = fs::read_dir(site.data().join("staging")).map_or(0, Iterator::count);
    assert_eq!(staged, 0);
}

#[test]
fn files_become_tracks_as_the_form_would_make_them() {
    let site = Site::fixture();
    let fit = fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/gpx/route.gpx")).unwrap();
    let root = folder(
        &site,
        "rides",
        &[
            ("named.gpx", named(1, "Hill &amp; dale").as_bytes()),
            ("Sunday trip.GPX.gz", &gzip(ride(2, "").as_bytes())),
            ("sub/route.gpx", &fit),
            ("notes.txt", b"x"),
        ],
    );
    import(&site, &[&root])
        .args(["--visibility", "friends", "--tag", "Old", "--tag", "lake"])
        .run()
        .code(0)
        .stdout("imported 3, already there 0, failed 0, passed over 1\n")
        .stderr("");
    let all = titles(&site, 6);
    let names: Vec<&str> = all.iter().map(|(title, _)| title.as_str()).collect();
    assert!(
        names.contains(&"Hill & dale") && names.contains(&"Sunday trip"),
        "{names:?}"
    );
    let db = db(&site);
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        count("SELECT count(*) FROM tracks WHERE id > 6 AND visibility = 'FRIENDS' AND owner_id = 2"),
        3
    );
    assert_eq!(count("SELECT count(*) FROM tags WHERE track_id > 6"), 6);
    assert_eq!(
        count("SELECT count(*) FROM tracks WHERE id > 6 AND type = 'SYNTHETIC'"),
        1
    );
    assert_eq!(count("SELECT due FROM x_maps WHERE user_id = 2"), 3);
    assert_eq!(assert_whole(&site), 9);
    assert_nothing_staged(&site);
}

#[test]
fn what_is_there_already_is_counted_and_a_second_run_does_nothing() {
    let site = Site::fixture();
    // Of the original's own track, whose fingerprint nobody has taken.
    let packed = fs::read(site.data().join("tracks/2/track.bck.gpx.br")).unwrap();
    let old = fietsboek::model::trackdir::decompress(&packed, 1 << 24).unwrap();
    let (one, two) = (ride(1, ""), ride(2, ""));
    let files: [(&str, &[u8]); 4] = [
        ("a.gpx", one.as_bytes()),
        ("again.gpx", one.as_bytes()),
        ("b.gpx", two.as_bytes()),
        ("old.gpx", &old),
    ];
    let root = folder(&site, "rides", &files);
    let before = site.snapshot();
    import(&site, &[&root])
        .arg("--dry-run")
        .run()
        .code(0)
        .stdout("would import 2, already there 2, failed 0\n");
    let rows = |site: &Site| titles(site, 0).len();
    assert_eq!(rows(&site), 6);
    assert_eq!(site.snapshot().len(), before.len());
    import(&site, &[&root])
        .run()
        .code(0)
        .stdout("imported 2, already there 2, failed 0\n");
    for _ in 0..2 {
        import(&site, &[&root])
            .run()
            .code(0)
            .stdout("imported 0, already there 4, failed 0\n");
    }
    // Another user has none of them.
    site.ctl(["track", "import", "--user", "BOB@example.org"])
        .arg(&root)
        .run()
        .code(0)
        .stdout("imported 3, already there 1, failed 0\n");
    assert_eq!(assert_whole(&site), 6 + 2 + 3);
}

#[test]
fn an_export_of_strava_brings_its_titles_as_a_folder_and_packed() {
    let tcx = "          <?xml version=\"1.0\" encoding=\"UTF-8\"?><TrainingCenterDatabase \
        xmlns=\"http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2\"><Activities><Activity Sport=\"Biking\">\
        <Id>2024-01-01T10:00:00Z</Id><Lap StartTime=\"2024-01-01T10:00:00Z\"><Track>\
        <Trackpoint><Time>2024-01-01T10:00:00Z</Time><Position><LatitudeDegrees>48</LatitudeDegrees>\
        <LongitudeDegrees>7</LongitudeDegrees></Position></Trackpoint>\
        <Trackpoint><Time>2024-01-01T10:01:00Z</Time><Position><LatitudeDegrees>48.1</LatitudeDegrees>\
        <LongitudeDegrees>7</LongitudeDegrees></Position></Trackpoint>\
        </Track></Lap></Activity></Activities></TrainingCenterDatabase>";
    let table = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Filename\n\
        1,\"Jan 1, 2024, 10:00:00 AM\",\"Up, \"\"down\"\"\",Ride,\"two\nlines\",activities/1.gpx.gz\n\
        2,\"Jan 1, 2024, 10:00:00 AM\",Mit Äpfeln,Ride,,activities/2.tcx.gz\n\
        3,\"Jan 1, 2024\",On the roller,Ride,,\n";
    let (one, two) = (gzip(named(1, "Morning Ride").as_bytes()), gzip(tcx.as_bytes()));
    let broken = gzip(b"<gpx");
    let files: [(&str, &[u8]); 6] = [
        ("activities.csv", table.as_bytes()),
        ("activities/1.gpx.gz", &one),
        ("activities/2.tcx.gz", &two),
        ("activities/4.gpx.gz", &broken),
        ("media/1.jpg", b"x"),
        ("bikes.csv", b"Bike Name,Bike Brand\nold,x\n"),
    ];
    for packed in [false, true] {
        let site = Site::fixture();
        let source = match packed {
            false => folder(&site, "strava", &files),
            true => pack(&site, "strava.zip", &files),
        };
        let shown = source.join("activities/4.gpx.gz").display().to_string();
        import(&site, &[&source])
            .run()
            .code(1)
            .stdout("imported 2, already there 0, failed 1, passed over 1\n")
            .stderr(&format!("{shown}: it ends too early (line 1)\n"));
        let said = |title: &str, description: &str| (title.to_owned(), description.to_owned());
        assert_eq!(
            titles(&site, 6),
            [said("Mit Äpfeln", ""), said("Up, \"down\"", "two\nlines")]
        );
    }
}

#[test]
fn entries_that_lead_out_links_and_bombs_are_told_and_the_rest_is_done() {
    let site = Site::fixture();
    let (good, other) = (ride(1, ""), ride(2, ""));
    let path = site.tmp().join("bad.zip");
    let mut zip = ZipWriter::new(fs::File::create(&path).unwrap());
    let options = SimpleFileOptions::default();
    for (name, text) in [
        ("../out.gpx", &other),
        ("/etc/out.gpx", &other),
        ("a/../../../out", &other),
        ("good.gpx", &good),
    ] {
        zip.start_file(name, options).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.add_symlink("link.gpx", "/etc/passwd", options).unwrap();
    zip.start_file("inner.zip", options).unwrap();
    zip.write_all(b"PK\x03\x04").unwrap();
    zip.finish().unwrap();
    let run = import(&site, &[&path]).run();
    run.code(1)
        .stdout("imported 1, already there 0, failed 4, passed over 1\n");
    for name in ["../out.gpx", "/etc/out.gpx", "a/../../../out"] {
        let shown = format!("{}/{name}: its path leads out of the archive\n", path.display());
        run.complains(&shown);
    }
    run.complains(&format!("{}/link.gpx: it is a symbolic link\n", path.display()));
    let zeros = vec![b' '; 64 << 20];
    let bomb = pack(
        &site,
        "bomb.zip",
        &[("a.gpx", &zeros), ("b.gpx", ride(3, "").as_bytes())],
    );
    let run = import(&site, &[&bomb]).run();
    run.code(1).stdout("imported 0, already there 0, failed 1\n");
    run.complains("as a bomb is");
    let bytes = fs::read(&path).unwrap();
    let torn = site.tmp().join("torn.zip");
    fs::write(&torn, &bytes[..bytes.len() - 30]).unwrap();
    let other = folder(&site, "more", &[("x.gpx", ride(4, "").as_bytes())]);
    let run = import(&site, &[&torn, &other]).run();
    run.code(1).stdout("imported 1, already there 0, failed 1\n");
    run.complains(&format!("{}: it is ", torn.display()));
    assert!(!site.tmp().join("out.gpx").exists() && !site.dir().join("out.gpx").exists());
}

#[test]
fn what_is_no_file_or_no_recording_is_told_and_hinders_nobody() {
    let site = Site::fixture();
    let root = folder(
        &site,
        "rides",
        &[
            ("good.gpx", ride(1, "").as_bytes()),
            ("html.gpx", b"<html></html>"),
            ("empty.fit", b""),
            ("dir.gpx/inner.gpx", ride(2, "").as_bytes()),
        ],
    );
    rustix::fs::mknodat(
        rustix::fs::CWD,
        root.join("pipe.gpx"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    )
    .unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("link.tcx")).unwrap();
    let run = import(&site, &[&root]).run();
    run.code(1).stdout("imported 2, already there 0, failed 4\n");
    for (name, why) in [
        ("pipe.gpx", "it is no regular file"),
        ("link.tcx", "it is a symbolic link"),
        ("empty.fit", "it is not xml"),
        ("html.gpx", "it"),
    ] {
        run.complains(&format!("{}: {why}", root.join(name).display()));
    }
    let run = import(&site, &[&root.join("pipe.gpx"), &root.join("good.gpx")]).run();
    run.code(1).stdout("imported 0, already there 1, failed 1\n");
}

#[test]
fn what_cannot_be_meant_changes_nothing() {
    let site = Site::fixture();
    let root = folder(&site, "rides", &[("a.gpx", ride(1, "").as_bytes())]);
    let before = site.snapshot();
    let root = root.to_str().unwrap();
    let missing = format!("{root}/no.gpx");
    for (args, code, why) in [
        (
            &["--user", "nobody@example.org", root][..],
            1,
            "no user has the address",
        ),
        (&["--user", ALICE, root, &missing], 1, "cannot read "),
        (&[root], 2, "--user"),
        (&["--user", ALICE], 2, "FILE is missing"),
        (
            &["--user", ALICE, "--visibility", "all", root],
            2,
            "--visibility takes one of private, ",
        ),
        (&["--user", ALICE, "--type", "x", root], 2, "--type takes"),
        (&["--user", ALICE, "--jobs", "0", root], 2, "--jobs takes"),
    ] {
        let run = site.ctl(["track", "import"]).args(args).run();
        run.code(code).stdout("").complains(why);
    }
    assert_eq!(site.snapshot(), before);
}

#[test]
fn an_instance_that_cannot_be_written_is_one_line_and_nothing_is_left() {
    let site = Site::fixture();
    let root = folder(&site, "rides", &[("a.gpx", ride(1, "").as_bytes())]);
    // As root no mode hinders: a file stands where a directory has to be.
    fs::write(site.data().join("staging"), "").unwrap();
    let run = import(&site, &[&root]).run();
    run.code(1)
        .stdout("imported 0, already there 0, failed 0\n")
        .complains("fietsctl: cannot make ");
    assert_eq!(titles(&site, 0).len(), 6);
}

#[test]
fn what_is_made_belongs_to_whom_the_data_directory_does() {
    use std::os::unix::fs::MetadataExt;
    let site = Site::new();
    site.ctl(["user", "add", "--email", ALICE, "--name", "Alice", "--password-stdin"])
        .stdin("a-password-1\n")
        .run()
        .code(0);
    // Only root can tell the difference; for others it holds anyway.
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(site.data(), Some(65534), Some(65534)).unwrap();
    }
    let root = folder(&site, "rides", &[("a.gpx", ride(1, "").as_bytes())]);
    import(&site, &[&root]).run().code(0);
    let owner = fs::metadata(site.data()).unwrap().uid();
    for name in [
        "tracks",
        "staging",
        "tracks/1",
        "tracks/1/track.gpx.br",
        "tracks/1/track.bck.gpx.br",
        "tracks/1/line.txt",
    ] {
        assert_eq!(fs::metadata(site.data().join(name)).unwrap().uid(), owner, "{name}");
    }
}

/// Many recordings, and a run that is under way: some of them are tracks already.
fn under_way<'a>(site: &'a Site, root: &Path) -> super::cmd::Running<'a> {
    let began = Instant::now();
    let mut running = import(site, &[root]).start();
    while !site.data().join("tracks/8").exists() {
        assert!(running.is_running() && began.elapsed() < LIMIT, "no track comes");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    running
}

const MANY: usize = 1500;

fn many(site: &Site) -> PathBuf {
    let root = site.tmp().join("many");
    fs::create_dir(&root).unwrap();
    for number in 0..MANY {
        fs::write(root.join(format!("{number}.gpx")), ride(number, "")).unwrap();
    }
    root
}

/// What the run did stays whole, and another one does the rest.
fn assert_goes_on(site: &Site, run: &Run, root: &Path) {
    run.says("imported ");
    let done = assert_whole(site) - 6;
    assert!(done > 0 && done < MANY, "{done}");
    assert_nothing_staged(site);
    import(site, &[root])
        .run()
        .code(0)
        .stdout(&format!("imported {}, already there {done}, failed 0\n", MANY - done));
    assert_eq!(assert_whole(site), 6 + MANY);
}

#[test]
fn a_signal_ends_it_between_two_files() {
    let site = Site::fixture();
    let root = many(&site);
    let running = under_way(&site, &root);
    running.signal(rustix::process::Signal::INT);
    let run = running.finish();
    run.code(1).complains("stopped by a signal");
    assert_goes_on(&site, &run, &root);
}

#[test]
fn it_gives_way_to_a_maintenance_mode_and_works_in_one() {
    let site = Site::fixture();
    let root = many(&site);
    let running = under_way(&site, &root);
    site.ctl(["maintenance-mode", "soon", "--wait=20"]).run().code(0);
    let run = running.finish();
    run.code(4).complains("the maintenance mode was switched on");
    assert_goes_on(&site, &run, &root);
}

#[cfg(debug_assertions)]
#[test]
fn a_run_that_is_killed_leaves_whole_tracks_and_the_next_does_the_rest() {
    use fietsboek::crash::{Point, VARIABLE};
    let points = Point::ALL
        .into_iter()
        .filter(|point| point.name().starts_with("Create"));
    for point in points {
        let site = Site::fixture();
        let rides: Vec<String> = (0..20).map(|number| ride(number, "")).collect();
        let names: Vec<String> = (0..20).map(|number| format!("{number}.gpx")).collect();
        let files: Vec<(&str, &[u8])> = names
            .iter()
            .zip(&rides)
            .map(|(name, ride)| (name.as_str(), ride.as_bytes()))
            .collect();
        let root = folder(&site, "rides", &files);
        let command = import(&site, &[&root]).env(VARIABLE, &point.name());
        let status = command.into_command().status().unwrap();
        assert_eq!(status.code(), None, "{point:?} was not reached");
        let done = titles(&site, 6).len();
        let is_committed = matches!(point, Point::CreateCommitted | Point::CreateSettled);
        assert_eq!(done > 0, is_committed, "{point:?} {done}");
        import(&site, &[&root])
            .run()
            .code(0)
            .stdout(&format!("imported {}, already there {done}, failed 0\n", 20 - done));
        assert_eq!(assert_whole(&site), 26, "{point:?}");
        // What stood in the place of another track was known as what the crash left.
        assert!(!site.data().join("stale").exists(), "{point:?}");
    }
}

/// Title, description, kind, points, tags and figures of a user's tracks, by title.
fn facts(site: &Site, email: &str) -> BTreeMap<String, String> {
    let db = db(site);
    let sql = "SELECT t.id, t.title, t.description, t.type, p.hash, c.length, c.uphill, c.downhill, c.moving_time,
            c.stopped_time, c.max_speed, c.avg_speed,
            (SELECT group_concat(tag, '|') FROM (SELECT tag FROM tags WHERE track_id = t.id ORDER BY tag)), t.date_raw, t.date_tz
        FROM tracks t JOIN users u ON u.id = t.owner_id JOIN track_cache c ON c.track_id = t.id
            LEFT JOIN x_track_points p ON p.track_id = t.id WHERE u.email = ?1";
    let mut all = db.prepare(sql).unwrap();
    let rows = all.query_map([email], |row| {
        let values: Vec<rusqlite::types::Value> = (2..15).map(|at| row.get_unwrap(at)).collect();
        Ok((row.get_unwrap(1), format!("{values:?}")))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

#[test]
fn what_is_exported_comes_in_again_as_it_was() {
    let site = Site::fixture();
    let root = folder(
        &site,
        "rides",
        &[
            ("a.gpx", named(1, "One, \"two\"").as_bytes()),
            ("b.gpx", named(2, "Ünter").as_bytes()),
        ],
    );
    import(&site, &[&root]).args(["--tag", "x, y"]).run().code(0);
    let out = site.tmp().join("out");
    let export = |site: &Site, email: &str, out: &Path| site.ctl(["track", "export", "--user", email]).arg(out).run();
    export(&site, ALICE, &out)
        .code(0)
        .stdout("exported 5, failed 0\n")
        .stderr("");
    let names: Vec<String> = fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(
        names.iter().any(|name| name.contains("Mojstrovka-čez-prelaz-1.gpx")),
        "{names:?}"
    );
    assert!(names.iter().any(|name| name.contains("-Ünter-")), "{names:?}");
    let photos = names.iter().find(|name| name.ends_with("-prelaz-1")).unwrap();
    assert_eq!(fs::read_dir(out.join(photos)).unwrap().count(), 2);
    let other = Site::new();
    other
        .ctl(["user", "add", "--email", ALICE, "--name", "Alice", "--password-stdin"])
        .stdin("a-password-1\n")
        .run()
        .code(0);
    import(&other, &[&out])
        .run()
        .code(0)
        .stdout("imported 5, already there 0, failed 0, passed over 2\n");
    let (mut before, after) = (facts(&site, ALICE), facts(&other, ALICE));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    // Those of the original have no fingerprint yet; the rest of them is the same.
    for (title, facts) in &mut before {
        let own = &after[title];
        match facts.contains("Blob") {
            true => assert_eq!(facts, own, "{title}"),
            false => assert_eq!(without_points(facts), without_points(own), "{title}"),
        }
    }
    // What came of it is the same recording: everything is there already.
    let again = other.tmp().join("again");
    export(&other, ALICE, &again).code(0);
    import(&site, &[&again])
        .run()
        .stdout("imported 0, already there 5, failed 0\n");
}

/// The facts without the fingerprint, a blob or null.
fn without_points(facts: &str) -> String {
    let (head, rest) = facts.split_once("Real(").unwrap();
    let kept = head.rfind("Blob").or_else(|| head.rfind("Null")).unwrap();
    format!("{} Real({rest}", &head[..kept])
}

#[test]
fn an_export_overwrites_nothing_and_does_what_it_can() {
    let site = Site::fixture();
    let full = folder(&site, "full", &[("x", b"x")]);
    let inside = site.data().join("out");
    let before = site.snapshot();
    for (email, target, why) in [
        (ALICE, full.as_path(), "it is not empty"),
        (ALICE, &full.join("x"), "it is no directory"),
        (ALICE, &inside, "it is in the data directory"),
        (ALICE, &site.tmp().join("no/such"), "cannot make "),
        ("nobody@example.org", &site.tmp().join("new"), "no user has"),
    ] {
        let run = site.ctl(["track", "export", "--user", email]).arg(target).run();
        run.code(1).stdout("").complains(why);
    }
    assert_eq!(site.snapshot(), before);
    assert!(!site.tmp().join("new").exists());
    for file in ["track.gpx.br", "track.bck.gpx.br"] {
        fs::write(site.data().join("tracks/2").join(file), "torn").unwrap();
    }
    let out = site.tmp().join("out");
    fs::create_dir(&out).unwrap();
    site.ctl(["track", "export", "--user", ALICE])
        .arg(&out)
        .run()
        .code(1)
        .stdout("exported 2, failed 1\n")
        .complains("track 2: it has no recording that can be read\n");
}
