//! Overlay maps: `fietsctl user hittekaart` as 0.11 has it, and fietscron's turn.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use fietsboek::crash::{Point, VARIABLE};
use rusqlite::{Connection, OpenFlags};

use super::site::Site;

/// How many tiles a file has, looked at as the original does.
fn count(site: &Site, file: &str) -> i64 {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let db = Connection::open_with_flags(site.data().join("users").join(file), flags).unwrap();
    db.query_row("SELECT count(*) FROM tiles WHERE length(data) > 60", [], |row| {
        row.get(0)
    })
    .unwrap()
}

fn names(site: &Site) -> Vec<String> {
    let entries = fs::read_dir(site.data().join("users/3")).into_iter().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

const START: &str = "Generating overlay maps for Bob...\n";

#[test]
fn maps_are_drawn_and_deleted_as_in_the_original() {
    let site = Site::fixture();
    let hittekaart = |args: &[&'static str]| {
        let all = [&["user", "hittekaart", "-e", "bob@example.org"][..], args].concat();
        site.ctl(all).run()
    };
    hittekaart(&[])
        .code(0)
        .stdout(&format!("{START}Generated heatmap\n"))
        .stderr("");
    assert_eq!(names(&site), ["heatmap.sqlite"]);
    assert!(count(&site, "3/heatmap.sqlite") > 40);
    let both = &["--mode", "tilehunter", "--mode=heatmap"];
    let lines = format!("{START}Generated tilehunter\nGenerated heatmap\n");
    hittekaart(both).code(0).stdout(&lines).stderr("");
    assert_eq!(names(&site), ["heatmap.sqlite", "tilehunt.sqlite"]);
    assert!(count(&site, "3/tilehunt.sqlite") > 20);
    hittekaart(&["--delete"]).code(0).silent();
    assert_eq!(names(&site), ["tilehunt.sqlite"]);
    hittekaart(&["--delete", "--mode", "tilehunter"]).code(0).silent();
    hittekaart(&["--delete"]).code(0).silent();
    assert!(names(&site).is_empty());
}

#[test]
fn what_cannot_be_is_told_as_in_the_original() {
    let site = Site::fixture();
    let before = site.snapshot();
    let run = |args: &[&'static str]| site.ctl([&["user", "hittekaart"][..], args].concat()).run();
    run(&["-i", "99"])
        .code(1)
        .stdout("")
        .stderr("Error: No such user found.\n");
    run(&[]).code(2).stdout("");
    run(&["-i", "3", "-e", "bob@example.org"]).code(2);
    run(&["-i", "3", "--mode", "heat"])
        .code(2)
        .complains("heatmap or tilehunter");
    // Who has no track gets no map.
    run(&["-i", "4"])
        .code(0)
        .stdout("Generating overlay maps for Carol...\nGenerated heatmap\n");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn fietscron_draws_what_the_ini_file_wants() {
    let site = Site::fixture();
    site.tool("fietscron").run().code(0);
    assert!(names(&site).is_empty());
    site.edit_ini(
        "[app:main]\n",
        "[app:main]\nhittekaart.autogenerate = heatmap tilehunter\n",
    );
    // Nobody is asked for: one after the other, by id.
    for _ in 0..3 {
        site.tool("fietscron").run().code(0).silent();
    }
    assert_eq!(names(&site), ["heatmap.sqlite", "tilehunt.sqlite"]);
    fs::write(site.flag(), "").unwrap();
    fs::remove_dir_all(site.data().join("users")).unwrap();
    site.tool("fietscron").run().code(0);
    assert!(names(&site).is_empty());
}

#[cfg(debug_assertions)]
#[test]
fn who_is_killed_leaves_the_old_map_or_the_new_one() {
    let draw = |site: &Site, point: Option<Point>| {
        let cmd = site.ctl(["user", "hittekaart", "-i", "3"]);
        let point = point.map(Point::name).unwrap_or_default();
        cmd.env(VARIABLE, &point).into_command().output().unwrap().status
    };
    for point in [Point::MapFilled, Point::MapPlaced] {
        let site = Site::fixture();
        fs::create_dir_all(site.data().join("users/3")).unwrap();
        fs::write(site.data().join("users/3/heatmap.sqlite"), "old").unwrap();
        assert_eq!(draw(&site, Some(point)).signal(), Some(9), "{point:?}");
        if point == Point::MapFilled {
            assert_eq!(fs::read(site.data().join("users/3/heatmap.sqlite")).unwrap(), b"old");
        } else {
            assert!(count(&site, "3/heatmap.sqlite") > 40);
        }
        assert!(draw(&site, None).success());
        assert!(count(&site, "3/heatmap.sqlite") > 40);
        assert_eq!(names(&site), ["heatmap.sqlite"], "{point:?}");
    }
}
