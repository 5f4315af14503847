//! What an edit does, on the instance that Fietsboek 0.11 made: track 1 is Alice's, has two photos and Bob in it;
//! track 3 has a repair.

use crate::gpx::{self, Gpx, Origin};
use crate::model::figures::Figures;
use crate::model::track::Track;
use crate::model::tracklock::TrackLock;
use crate::model::zone::Cut;
use crate::model::{TrackId, figures, image, person, tag, track, trackdir};
use crate::web::page::recording;
use crate::web::page::visitor::{Got, Site, Visitor};
use rusqlite::Connection;
use std::fs;
use std::time::Duration;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";

const RIDE: &[u8] = b"<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
    <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
    <trkpt lat=\"48.01\" lon=\"7\"><time>2025-11-24T10:05:00Z</time></trkpt>\
    <trkpt lat=\"48.02\" lon=\"7\"><ele>9000</ele><time>2025-11-24T10:10:00Z</time></trkpt>\
    </trkseg></trk></gpx>";

const PHOTO: &[u8] = include_bytes!("../../../../../tests/data/fietsboek-0.11/data/tracks/1/images/moodn_view.png");

/// What every form sends.
const SENT: [(&str, &str); 6] = [
    ("title", "Over <there>"),
    ("date", "2025-11-24T11:00"),
    ("date-tz", "60"),
    ("visibility", "PUBLIC"),
    ("type", "ORGANIC"),
    ("description", "fine & well"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    [&SENT[..], more].concat()
}

fn db(site: &Site) -> Connection {
    crate::db::open(&site.app.instance.config.database).unwrap()
}

fn gpx_of(site: &Site, id: i64) -> Gpx {
    let packed = trackdir::find_gpx(&site.app.instance.dir, TrackId(id))
        .unwrap()
        .unwrap();
    gpx::read_vec(trackdir::decompress(&packed, 1 << 24).unwrap(), Origin::Upload).unwrap()
}

fn track_of(site: &Site, id: i64) -> Track {
    track::find(&db(site), TrackId(id)).unwrap().unwrap()
}

fn backup_of(site: &Site, id: i64) -> Vec<u8> {
    trackdir::find_backup(&site.app.instance.dir, TrackId(id))
        .unwrap()
        .unwrap()
}

fn figures_of(site: &Site, id: i64) -> Figures {
    figures::find(&db(site), TrackId(id)).unwrap().unwrap()
}

fn photos_of(site: &Site, id: i64) -> Vec<(String, String)> {
    let photos = image::list(&db(site), &site.app.instance.dir, TrackId(id)).unwrap();
    photos
        .into_iter()
        .map(|photo| (photo.name, photo.description))
        .collect()
}

#[track_caller]
fn edit(visitor: &mut Visitor, id: i64, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Got {
    let got = visitor.send(&format!("/track/{id}/edit"), fields, files);
    assert_eq!(
        (got.status, got.location.as_str()),
        (302, format!("/track/{id}").as_str()),
        "{}",
        got.text()
    );
    got
}

#[test]
fn the_owner_and_administrators_may_and_nobody_else() {
    let site = Site::new();
    for (mut visitor, status) in [
        (site.stranger(), 403),
        (site.logged_in(BOB), 403),
        (site.logged_in(ALICE), 200),
        (site.logged_in("admin@example.org"), 200),
    ] {
        assert_eq!(visitor.get("/track/1/edit").status, status);
        let got = visitor.send("/track/1/edit", &SENT, &[]).status;
        assert_eq!(got, if status == 200 { 302 } else { status });
    }
    assert_eq!(site.logged_in(ALICE).get("/track/99/edit").status, 404);
    assert_eq!(site.logged_in(ALICE).send("/track/99/edit", &SENT, &[]).status, 404);
}

#[test]
fn what_is_not_touched_stays_as_it_is() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let before = track_of(&site, 3);
    let (cached, backup, points) = (
        figures_of(&site, 3),
        backup_of(&site, 3),
        gpx_of(&site, 3).points().to_vec(),
    );
    let preview = fs::read(site.app.instance.dir.track_preview(3)).unwrap();
    let form = alice.get("/track/3/edit").text();
    assert!(
        form.contains("value=\"Korita\"")
            && form.contains("name=\"transformer[fix-null-elevation]\" value=\"on\" checked")
    );
    let date = crate::web::page::form::date_text(before.fields.date.wall);
    let tz = before.fields.date.offset.to_string();
    let fields = [
        ("title", "Korita"),
        ("date", &date),
        ("date-tz", &tz),
        ("visibility", before.fields.visibility.name()),
        ("type", before.fields.kind.name()),
        ("description", &before.fields.description),
        ("tag[]", "HIKE"),
        ("tag[]", "long"),
        ("transformer[fix-null-elevation]", "on"),
    ];
    edit(&mut alice, 3, &fields, &[("gpx", "", b"")]);
    let after = track_of(&site, 3);
    assert_eq!(after, before);
    assert_eq!(tag::list(&db(&site), TrackId(3)).unwrap(), ["hike", "long"]);
    assert_eq!((figures_of(&site, 3), backup_of(&site, 3)), (cached, backup));
    assert_eq!(gpx_of(&site, 3).points().len(), points.len());
    assert_eq!(fs::read(site.app.instance.dir.track_preview(3)).unwrap(), preview);
}

#[test]
fn words_are_engraved_and_the_rows_follow_the_form() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let cached = figures_of(&site, 1);
    let form = alice.get("/track/1/edit").text();
    assert!(
        form.contains("checked") && form.contains("value=\"hike\"") && form.contains("From the top"),
        "{form}"
    );
    let fields = with(&[("tag[]", "slovenia"), ("tag[]", "New"), ("tag[]", "new"), ("tag[]", "")]);
    edit(&mut alice, 1, &fields, &[]);
    let stored = gpx_of(&site, 1);
    let metadata = stored.metadata();
    assert_eq!(metadata.name.as_deref(), Some("Over <there>"));
    assert_eq!(
        (metadata.desc.as_deref(), metadata.author.as_deref()),
        (Some("fine & well"), Some("Alice"))
    );
    assert_eq!(metadata.time.unwrap().format(), "2025-11-24T11:00:00+01:00");
    assert_eq!(figures_of(&site, 1), cached, "nothing was measured");
    assert_eq!(tag::list(&db(&site), TrackId(1)).unwrap(), ["New", "Slovenia"]);
    assert!(person::list(&db(&site), TrackId(1)).unwrap().is_empty());
    let page = alice.get("/track/1").text();
    assert!(page.contains("Over &lt;there&gt;") && page.contains("Saved."), "{page}");
    // An administrator's edit leaves the owner's name in the file.
    edit(&mut site.logged_in("admin@example.org"), 1, &SENT, &[]);
    assert_eq!(gpx_of(&site, 1).metadata().author.as_deref(), Some("Alice"));
}

#[test]
fn repairs_start_again_from_the_uploaded_file() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let backup = backup_of(&site, 3);
    let repaired = figures_of(&site, 3);
    edit(&mut alice, 3, &SENT, &[]);
    let plain = gpx::read_vec(trackdir::decompress(&backup, 1 << 24).unwrap(), Origin::Stored).unwrap();
    assert_eq!(figures_of(&site, 3), recording::figures(&plain));
    assert!(
        !site.app.instance.dir.track_preview(3).exists(),
        "the preview is of other points"
    );
    assert_eq!(track_of(&site, 3).fields.transformers, "[]");
    edit(&mut alice, 3, &with(&[("transformer[fix-null-elevation]", "on")]), &[]);
    assert_eq!(figures_of(&site, 3).uphill, repaired.uphill);
    assert_eq!(backup_of(&site, 3), backup);
}

#[test]
fn another_file_replaces_both_and_with_a_repair_skips_points_without_height() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    fs::write(site.app.instance.dir.track_line(3), "line 1\n1,2").unwrap();
    edit(&mut alice, 3, &SENT, &[("gpx", "ride.gpx", RIDE)]);
    assert_eq!(gpx_of(&site, 3).points().len(), 3);
    let backup = trackdir::decompress(&backup_of(&site, 3), 1 << 20).unwrap();
    assert!(String::from_utf8(backup).unwrap().contains("<name>Hill</name>"));
    assert_eq!(figures_of(&site, 3).uphill, Some(8900.0));
    assert_eq!(track_of(&site, 3).fields.transformers, "[]");
    assert!(!site.app.instance.dir.track_preview(3).exists());
    assert_eq!(
        recording::find_stored_line(&site.app.instance.dir, TrackId(3), Cut::NONE)
            .unwrap()
            .pieces[0]
            .len(),
        3
    );
    let fields = with(&[("transformer[fix-elevation-jumps]", "on")]);
    edit(&mut alice, 3, &fields, &[("gpx", "ride.gpx", RIDE)]);
    assert_eq!(gpx_of(&site, 3).points()[1].elevation(), None);
    let stored = track_of(&site, 3).fields.transformers;
    assert_eq!(stored, "[[\"fix-elevation-jumps\",{}]]");
}

#[test]
fn a_file_that_cannot_be_read_changes_nothing_and_what_was_typed_is_kept() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let before = (track_of(&site, 1), backup_of(&site, 1));
    for (bytes, status) in [(&b"no"[..], 415), (&RIDE[..90], 400), (b"<gpx></gpx>", 400)] {
        let got = alice.send(
            "/track/1/edit",
            &with(&[("tag[]", "Typed")]),
            &[("gpx", "<i>.gpx", bytes)],
        );
        assert_eq!(got.status, status);
        let text = got.text();
        assert!(
            text.contains("Over &lt;there&gt;") && text.contains("value=\"Typed\" checked"),
            "{text}"
        );
        assert!(
            text.contains("Choose the files again.") && text.contains("&lt;i&gt;.gpx"),
            "{text}"
        );
    }
    assert_eq!((track_of(&site, 1), backup_of(&site, 1)), before);
    assert_eq!(photos_of(&site, 1).len(), 2);
}

#[test]
fn photos_come_go_and_are_described() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let fields = with(&[
        ("delete-image[]", "qiaft_evil_name.png"),
        ("delete-image[]", "gone_long_ago.png"),
        ("image-description[moodn_view.png]", "Seen from the top"),
        ("image-description[0]", "A new one"),
        ("image-description[5]", "Another"),
        ("image-description[unknown.png]", "nothing"),
    ]);
    let files = [
        ("image[]", "../We ird.png", PHOTO),
        ("image[5]", "b.png", PHOTO),
        ("image[6]", "", b""),
    ];
    alice.get("/track/1/images/qiaft_evil_name.png?size=480");
    let renditions = site.app.instance.dir.track_renditions(1, "480");
    assert_eq!(fs::read_dir(&renditions).unwrap().count(), 1);
    let about_gone = "SELECT count(*) FROM image_metadata WHERE image_name = 'gone_long_ago.png'";
    let insert = "INSERT INTO image_metadata (track_id, image_name, description) VALUES (1, 'gone_long_ago.png', 'x')";
    db(&site).execute(insert, []).unwrap();
    edit(&mut alice, 1, &fields, &files);
    assert_eq!(fs::read_dir(&renditions).unwrap().count(), 0);
    let left: i64 = db(&site).query_row(about_gone, [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
    let photos = photos_of(&site, 1);
    let said: Vec<_> = photos.iter().map(|(name, text)| (&name[5..], text.as_str())).collect();
    assert_eq!(
        said,
        [
            ("_We_ird.png", "A new one"),
            ("_b.png", "Another"),
            ("_view.png", "Seen from the top")
        ]
    );
    let images = site.app.instance.dir.track_images(1);
    assert_eq!(fs::read(images.join(&photos[0].0)).unwrap(), PHOTO);
    assert!(!images.join("qiaft_evil_name.png").exists());
    let rows: i64 = db(&site)
        .query_row("SELECT count(*) FROM image_metadata WHERE track_id = 1", [], |row| {
            row.get(0)
        })
        .unwrap();
    assert_eq!(rows, 3);
}

#[test]
fn a_photo_that_is_none_is_refused_with_its_name_and_nothing_is_stored() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let before = (track_of(&site, 1), photos_of(&site, 1));
    let files = [
        ("image[]", "good.png", PHOTO),
        ("image[]", "x<b>.png", &b"<svg xmlns='http://www.w3.org/2000/svg'>"[..]),
    ];
    let got = alice.send("/track/1/edit", &with(&[("image-description[0]", "kept")]), &files);
    let text = got.text();
    assert_eq!(got.status, 415);
    assert!(
        text.contains("x&lt;b&gt;.png isn't a picture") && text.contains("value=\"kept\""),
        "{text}"
    );
    assert_eq!((track_of(&site, 1), photos_of(&site, 1)), before);
    assert_eq!(
        fs::read_dir(site.app.instance.dir.path().join("staging")).map_or(0, Iterator::count),
        0
    );
}

#[test]
fn a_new_track_gets_its_photos_with_it() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let form = alice.send_files("/upload", &[("hill.gpx", RIDE)]).location;
    let bad = alice.send(&form, &SENT, &[("image[]", "a.html", b"<html>")]);
    assert_eq!(bad.status, 415);
    let made = alice.send(
        &form,
        &with(&[("image-description[1]", "top")]),
        &[("image[1]", "a.png", PHOTO)],
    );
    let id = made.location.rsplit('/').next().unwrap().parse().unwrap();
    let photos = photos_of(&site, id);
    assert_eq!((photos.len(), photos[0].1.as_str()), (1, "top"));
}

#[test]
fn a_damaged_recording_is_made_anew_from_the_uploaded_one_and_that_is_said() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let dir = &site.app.instance.dir;
    let expected = figures_of(&site, 3);
    fs::write(
        dir.track_gpx(3),
        trackdir::compress(b"<gpx><trk><trkseg><trkpt lat=\"1").unwrap(),
    )
    .unwrap();
    assert_eq!(alice.get("/track/3/edit").status, 200);
    let fields = with(&[("transformer[fix-null-elevation]", "on")]);
    edit(&mut alice, 3, &fields, &[]);
    assert!(alice.get("/track/3").text().contains("was damaged"));
    assert_eq!(
        (gpx_of(&site, 3).metadata().name.as_deref(), figures_of(&site, 3)),
        (Some("Over <there>"), expected)
    );
    // Without the uploaded file there is nothing that repairs could start from.
    fs::write(dir.track_backup(3), b"torn").unwrap();
    let got = alice.send("/track/3/edit", &SENT, &[]);
    assert!(
        got.status == 400 && got.text().contains("can&#39;t be read any more")
            || got.text().contains("can't be read any more"),
        "{}",
        got.text()
    );
    edit(&mut alice, 3, &SENT, &[("gpx", "ride.gpx", RIDE)]);
    assert_eq!(gpx_of(&site, 3).points().len(), 3);
}

#[test]
fn a_track_whose_files_are_gone_can_be_described_and_given_new_ones() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let dir = &site.app.instance.dir;
    fs::remove_dir_all(dir.track(1)).unwrap();
    assert_eq!(alice.get("/track/1/edit").status, 200);
    edit(&mut alice, 1, &SENT, &[]);
    assert_eq!(track_of(&site, 1).fields.title.as_deref(), Some("Over <there>"));
    edit(
        &mut alice,
        1,
        &SENT,
        &[("gpx", "ride.gpx", RIDE), ("image[]", "a.png", PHOTO)],
    );
    assert_eq!((gpx_of(&site, 1).points().len(), photos_of(&site, 1).len()), (3, 1));
}

#[test]
fn a_description_that_is_null_is_edited_like_an_empty_one() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    db(&site)
        .execute(
            "UPDATE tracks SET description = NULL, title = NULL, transformers = NULL WHERE id = 1",
            [],
        )
        .unwrap();
    assert_eq!(alice.get("/track/1/edit").status, 200);
    edit(&mut alice, 1, &SENT, &[]);
}

#[test]
fn people_may_stay_without_being_friends_and_strangers_may_not_come() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    db(&site)
        .execute_batch(
            "DELETE FROM friends_assoc; INSERT INTO track_people_assoc (track_id, user_id) VALUES (2, 4), (2, 3)
             ON CONFLICT DO NOTHING",
        )
        .unwrap();
    let both = with(&[
        ("tagged-friend[]", "4"),
        ("tagged-friend[]", ""),
        ("tagged-friend[]", "3"),
    ]);
    edit(&mut alice, 2, &both, &[]);
    assert_eq!(person::list(&db(&site), TrackId(2)).unwrap().len(), 2);
    let got = alice.send("/track/1/edit", &with(&[("tagged-friend[]", "4")]), &[]);
    assert!(
        got.status == 400 && got.text().contains("from your friends list"),
        "{}",
        got.text()
    );
}

#[test]
fn what_no_form_of_ours_sends_is_refused() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    for lacking in SENT {
        let mut fields = SENT.to_vec();
        fields.retain(|field| *field != lacking);
        let got = alice.send("/track/1/edit", &fields, &[]);
        assert_eq!(got.status, 400, "without {}", lacking.0);
    }
    for bad in [
        ("date", "soon"),
        ("visibility", "ALL"),
        ("type", "FLOWN"),
        ("date-tz", "1440"),
        ("badge[]", "99"),
        ("tagged-friend[]", "x"),
    ] {
        let mut fields = SENT.to_vec();
        fields.retain(|field| field.0 != bad.0);
        fields.push(bad);
        assert_eq!(alice.send("/track/1/edit", &fields, &[]).status, 400, "{bad:?}");
    }
    assert_eq!(
        track_of(&site, 1).fields.title.as_deref(),
        Some("Mojstrovka – čez prelaz")
    );
}

#[test]
fn an_edit_waits_for_another_one_and_then_says_so() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let lock = TrackLock::take(&site.app.instance.dir, TrackId(1), Duration::ZERO).unwrap();
    let got = alice.send("/track/1/edit", &SENT, &[]);
    assert!(
        got.status == 409 && got.text().contains("being changed elsewhere"),
        "{}",
        got.text()
    );
    drop(lock);
    edit(&mut alice, 1, &SENT, &[]);
}

#[test]
fn a_replaced_link_makes_the_old_one_useless() {
    let site = Site::new();
    let mut alice = site.logged_in(ALICE);
    let link = |page: String| -> String {
        let start = page.find("/track/3?secret=").unwrap();
        page[start..].chars().take_while(|c| *c != '"').collect()
    };
    let old = link(alice.get("/track/3").text());
    assert_eq!(site.logged_in(BOB).post("/track/3/invalidate-link", &[]).status, 403);
    assert_eq!(site.stranger().get(&old).status, 200);
    let got = alice.post("/track/3/invalidate-link", &[]);
    assert_eq!((got.status, got.location.as_str()), (302, "/track/3"));
    let new = link(alice.get("/track/3").text());
    assert_ne!(old, new);
    assert_eq!(
        (site.stranger().get(&old).status, site.stranger().get(&new).status),
        (403, 200)
    );
    assert_eq!(
        site.logged_in("admin@example.org")
            .post("/track/3/invalidate-link", &[])
            .status,
        302
    );
    assert_eq!(alice.get("/track/3/invalidate-link").status, 404);
}

#[test]
fn where_no_photos_are_taken_words_and_deletion_still_work() {
    let site = Site::with("fietsboek.enable_image_uploads = false\n");
    let mut alice = site.logged_in(ALICE);
    let form = alice.get("/track/1/edit").text();
    assert!(
        form.contains("can't be added") || form.contains("can&#39;t be added"),
        "{form}"
    );
    assert!(!form.contains("name=\"image[]\"") && form.contains("delete-image[]"));
    let fields = with(&[
        ("delete-image[]", "qiaft_evil_name.png"),
        ("image-description[moodn_view.png]", "x"),
    ]);
    edit(&mut alice, 1, &fields, &[("image[]", "a.png", PHOTO)]);
    assert_eq!(photos_of(&site, 1), [("moodn_view.png".to_owned(), "x".to_owned())]);
}
