//! `fietsctl track`: the lines, prompts and exit codes of Fietsboek 0.11.

use fietsboek::db;

use super::site::Site;

fn count(site: &Site, sql: &str) -> i64 {
    db::open(&site.database())
        .unwrap()
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn the_list_of_an_instance_of_the_original_is_the_originals() {
    let site = Site::fixture();
    let before = site.snapshot();
    let rule = "-".repeat(80);
    site.ctl(["track", "list"])
        .run()
        .code(0)
        .stdout(&format!(
            "   1 -   12.1 KiB - Alice <alice@example.org> - Mojstrovka – čez prelaz\n\
             \x20  2 -    7.9 KiB - Alice <alice@example.org> - Višnjan\n\
             \x20  3 -   32.0 KiB - Alice <alice@example.org> - Korita\n\
             \x20  4 -   14.1 KiB - Bob <bob@example.org> - Lake\n\
             \x20  5 -   12.3 KiB - Bob <bob@example.org> - Lake zero elevation\n\
             \x20  6 -   12.0 KiB - Bob <bob@example.org> - No times (planned)\n\
             {rule}\nTotal: 6 - 90.4 KiB\n"
        ))
        .stderr("");
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_missing_directory_is_marked_and_a_new_instance_has_none() {
    let site = Site::fixture();
    std::fs::remove_dir_all(site.data().join("tracks/4")).unwrap();
    site.ctl(["track", "list"])
        .run()
        .code(0)
        .says("   4 -        --- - Bob <bob@example.org> - Lake\n")
        .says("\nTotal: 6 - 76.3 KiB\n");
    let rule = "-".repeat(80);
    Site::new()
        .ctl(["track", "list"])
        .run()
        .code(0)
        .stdout(&format!("{rule}\nTotal: 0 - 0 B\n"));
}

#[test]
fn deleting_asks_first_and_no_is_the_default() {
    let site = Site::fixture();
    let asked = "Lake\nReally delete this track? [y/N]: \n";
    let before = site.snapshot();
    let delete = || site.ctl(["track", "del", "--id", "4"]);
    delete()
        .stdin("\n")
        .run()
        .code(1)
        .stdout(&format!("{asked}Aborted by user.\n"))
        .stderr("");
    delete().run().code(1).stdout(asked).stderr("Aborted!\n");
    assert_eq!(site.snapshot(), before);
    delete()
        .stdin("yes\n")
        .run()
        .code(0)
        .stdout(&format!("{asked}Track deleted\n"))
        .stderr("");
    assert_eq!(count(&site, "SELECT count(*) FROM tracks"), 5);
}

#[test]
fn a_deleted_track_leaves_neither_rows_nor_files() {
    let site = Site::fixture();
    site.ctl(["track", "del", "-i", "1", "-f"])
        .run()
        .code(0)
        .stdout("Mojstrovka – čez prelaz\nTrack deleted\n")
        .stderr("");
    for table in [
        "track_cache",
        "tags",
        "comments",
        "image_metadata",
        "track_people_assoc",
        "track_badge_assoc",
    ] {
        assert_eq!(
            count(&site, &format!("SELECT count(*) FROM {table} WHERE track_id = 1")),
            0,
            "{table}"
        );
    }
    assert!(!site.data().join("tracks/1").exists());
    assert!(site.data().join("tracks/2").exists());
    assert_eq!(std::fs::read_dir(site.data().join("trash")).unwrap().count(), 0);
}

#[test]
fn a_track_without_a_directory_can_be_deleted() {
    let site = Site::fixture();
    std::fs::remove_dir_all(site.data().join("tracks/4")).unwrap();
    site.ctl(["track", "del", "-i", "4", "-f"])
        .run()
        .code(0)
        .stdout("Lake\nTrack deleted\n")
        .stderr("");
}

#[test]
fn the_track_has_to_be_named_and_to_be_there() {
    let site = Site::fixture();
    site.ctl(["track", "del"]).run().code(2).stdout("").complains("--id");
    site.ctl(["track", "del", "-i", "x"]).run().code(2).stdout("");
    for id in ["7", "-1"] {
        site.ctl(["track", "del", "-f", "-i", id])
            .run()
            .code(1)
            .stdout("")
            .stderr("Error: No such track found.\n");
    }
}
