//! What a track is, rows and files together, as one text that can be compared; and the forms that change it.

use std::fs;

use fietsboek::model::{TrackId, trackdir};
use rusqlite::Connection;
use rusqlite::types::Value;

use super::server::Reply;
use super::site::Site;
use super::visitor::{Sent, Visitor};

/// Two points, as a file.
pub const RIDE: &[u8] = b"<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
    <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
    <trkpt lat=\"48.01\" lon=\"7\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
    </trkseg></trk></gpx>";

/// A photo.
pub const PHOTO: &[u8] = include_bytes!("../data/fietsboek-0.11/data/tracks/1/images/moodn_view.png");

/// The form of a track, with everything in it that an edit can change.
pub fn form(title: &str) -> Vec<(&str, &str)> {
    vec![
        ("title", title),
        ("date", "2025-11-24T11:00"),
        ("date-tz", "60"),
        ("visibility", "PUBLIC"),
        ("type", "ORGANIC"),
        ("description", title),
        ("tag[]", title),
        ("transformer[fix-null-elevation]", "on"),
        ("image-description[0]", title),
        ("image-description[moodn_view.png]", title),
        ("delete-image[]", "qiaft_evil_name.png"),
    ]
}

/// Another recording and one more photo.
pub const FILES: [Sent<'static>; 2] = [("gpx", "ride.gpx", RIDE), ("image[]", "new.png", PHOTO)];

/// Changes everything in track 1; none when no answer comes.
pub fn edit(visitor: &mut Visitor<'_>, title: &str) -> Option<Reply> {
    visitor.send("/track/1/edit", &form(title), &FILES)
}

/// Uploads the recording; the path of the form that finishes it.
pub fn upload(visitor: &mut Visitor<'_>) -> String {
    let reply = visitor.send("/upload", &[], &FILES[..1]).unwrap();
    visitor.location(&reply)
}

/// Makes a track of an upload; none when no answer comes.
pub fn finish(visitor: &mut Visitor<'_>, form_path: &str, title: &str) -> Option<Reply> {
    visitor.send(form_path, &form(title), &FILES[1..])
}

/// The database of an instance.
pub fn db(site: &Site) -> Connection {
    Connection::open(site.database()).unwrap()
}

/// Everything that is stored of a track: rows, both recordings, photos. Random names are cut to what is chosen.
pub fn state(site: &Site, id: i64) -> String {
    let db = db(site);
    let mut text = String::new();
    for sql in [
        "SELECT title, description, date_raw, transformers FROM tracks WHERE id = ?1",
        "SELECT length, uphill, start_time_raw, NULL FROM track_cache WHERE track_id = ?1",
        "SELECT tag, NULL, NULL, NULL FROM tags WHERE track_id = ?1 ORDER BY tag",
        "SELECT user_id, NULL, NULL, NULL FROM track_people_assoc WHERE track_id = ?1 ORDER BY user_id",
        "SELECT substr(image_name, 7), description, NULL, NULL FROM image_metadata WHERE track_id = ?1 ORDER BY 1",
    ] {
        let mut rows = db.prepare(sql).unwrap();
        let mut rows = rows.query([id]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<_> = (0..4).map(|n| value(row.get(n).unwrap())).collect();
            text.push_str(&(values.join(" | ") + "\n"));
        }
    }
    let dir = fietsboek::datadir::DataDir::new(site.data());
    let finders = [trackdir::find_gpx, trackdir::find_backup];
    for packed in finders.map(|find| find(&dir, TrackId(id)).unwrap()) {
        let gpx = packed.map(|packed| trackdir::decompress(&packed, 1 << 24).unwrap());
        text.push_str(&String::from_utf8(gpx.unwrap_or_default()).unwrap());
        text.push('\n');
    }
    let entries = fs::read_dir(dir.track_images(id)).into_iter().flatten().flatten();
    let mut photos: Vec<_> = entries
        .map(|entry| {
            format!(
                "{} {}",
                &entry.file_name().to_string_lossy()[6..],
                entry.metadata().unwrap().len()
            )
        })
        .collect();
    photos.sort();
    text + &photos.join("\n")
}

fn value(value: Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text,
        Value::Blob(bytes) => format!("{bytes:?}"),
    }
}

/// Whether nothing at all is stored of a track.
pub fn is_gone(site: &Site, id: i64) -> bool {
    state(site, id).trim().is_empty() && !site.data().join(format!("tracks/{id}")).exists()
}
