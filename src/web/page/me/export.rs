//! Everything that is stored about a person, in one ZIP file: their tracks as they were uploaded and as they are, the
//! photos, and the rest as JSON. One track is in memory at a time.

use crate::clock;
use crate::error::{Error, Result};
use crate::model::card::{self, Card};
use crate::model::track;
use crate::model::user::User;
use crate::model::{
    TrackId, access, badge, bearer, comment, favourite, friend, friend_request, image, person, trackdir, upload, zone,
};
use crate::web::page::form::engraved;
use crate::web::page::{api, archive, recording, spool, viewer};
use crate::web::response::Response;
use crate::web::visit::Visit;
use archive::Archive;
use serde_json::{Value, json};
use std::io::Write;
use time::PrimitiveDateTime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime};

/// Tracks that are looked up at once.
const PAGE: usize = 100;

/// `GET /me/export`.
///
/// # Errors
/// What the database and the disk say.
pub fn download(visit: &mut Visit) -> Result<Response> {
    let mut zip = Archive::new_stream(spool());
    start(
        &mut zip,
        "account.json",
        DateTime::default(),
        CompressionMethod::Deflated,
    )?;
    write_json(visit, &mut zip)?;
    each_track(visit, |card| add_files(visit, &mut zip, card))?;
    add_uploads(visit, &mut zip)?;
    let packed = zip.finish().map_err(archive::failed)?.into_inner();
    Ok(Response::file("application/zip", packed)
        .no_store()
        .attachment("fietsboek-export.zip"))
}

fn each_track(visit: &Visit, mut with: impl FnMut(&Card) -> Result<()>) -> Result<()> {
    let owner = visit.get_user()?.id;
    let mut before = TrackId(i64::MAX);
    loop {
        let cards = card::list_owned(visit.db()?, owner, before, PAGE)?;
        let Some(last) = cards.last() else { return Ok(()) };
        before = last.id;
        cards.iter().try_for_each(&mut with)?;
    }
}

fn start(zip: &mut Archive, name: &str, when: DateTime, method: CompressionMethod) -> Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(method)
        .last_modified_time(when);
    zip.start_file(name, options).map_err(archive::failed)
}

fn write(zip: &mut Archive, text: &str) -> Result<()> {
    zip.write_all(text.as_bytes())
        .map_err(|e| Error::of_io("write an archive", &e))
}

/// The JSON, track by track, so that it is never whole in memory.
fn write_json(visit: &Visit, zip: &mut Archive) -> Result<()> {
    let mut about = about(visit)?.to_string();
    // The object is closed after the tracks.
    about.pop();
    write(zip, &about)?;
    write(zip, ",\"tracks\":[")?;
    let mut first = true;
    each_track(visit, |card| {
        if !std::mem::take(&mut first) {
            write(zip, ",\n")?;
        }
        write(zip, &track_json(visit, card)?.to_string())
    })?;
    write(zip, "]}\n")
}

fn about(visit: &Visit) -> Result<Value> {
    let (db, user) = (visit.db()?, visit.get_user()?);
    let at = |at: PrimitiveDateTime| clock::rfc3339(at.assume_utc());
    let User {
        id,
        name,
        email,
        is_admin,
        is_verified,
        ..
    } = user;
    let friends = friend::list(db, *id)?;
    let requests = |list: Vec<friend_request::FriendRequest>| -> Vec<Value> {
        list.iter()
            .map(|request| json!({ "name": request.person.name, "date": at(request.date) }))
            .collect()
    };
    let comments = comment::list_of_author(db, *id)?;
    let programs = bearer::list(db, *id)?;
    let zones = zone::list(db, *id)?;
    Ok(json!({
        "profile": { "id": id.0, "name": name, "email": email, "is_admin": is_admin, "is_verified": is_verified },
        "friends": friends.iter().map(|friend| friend.name.as_str()).collect::<Vec<_>>(),
        "friend_requests": {
            "received": requests(friend_request::list_received(db, *id)?),
            "sent": requests(friend_request::list_sent(db, *id)?),
        },
        "favourites": visible(visit, favourite::list(db, *id)?)?,
        "tagged_in": visible(visit, person::list_tagged(db, *id)?)?,
        "comments": comments.iter().map(|comment| json!({
            "track": comment.track.map(|track| track.0),
            "date": comment.date.map(at),
            "title": comment.title,
            "text": comment.text,
        })).collect::<Vec<_>>(),
        "privacy_zones": zones.iter().map(|zone| json!({
            "name": zone.name,
            "latitude": zone.named.lat,
            "longitude": zone.named.lon,
            "radius": zone.named.radius,
        })).collect::<Vec<_>>(),
        "programs": programs.iter().map(|program| json!({
            "name": program.name,
            "made": program.made.map(at),
            "last_used": program.used.map(at),
        })).collect::<Vec<_>>(),
    }))
}

/// Tracks by id, with the titles of those that the person may see.
fn visible(visit: &Visit, ids: Vec<TrackId>) -> Result<Vec<Value>> {
    let (db, viewer) = (visit.db()?, viewer(visit));
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        let may = access::find(db, &viewer, id, None)?.is_some_and(|may| may.view);
        let title = may
            .then(|| track::find(db, id))
            .transpose()?
            .flatten()
            .and_then(|track| track.fields.title);
        all.push(json!({ "track": id.0, "title": title }));
    }
    Ok(all)
}

fn track_json(visit: &Visit, card: &Card) -> Result<Value> {
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let mut value = api::json_of(&visit.request, card);
    let found = track::find(db, card.id)?;
    let photos = image::list(db, dir, card.id)?;
    let badges = badge::list_of_track(db, card.id)?;
    if let Some(found) = found {
        value["description"] = json!(found.fields.description);
        value["repairs"] = json!(
            engraved::read_list(&found.fields.transformers)
                .iter()
                .map(|repair| repair.identifier())
                .collect::<Vec<_>>()
        );
    }
    value["badges"] = json!(badges.iter().map(|badge| badge.title.as_str()).collect::<Vec<_>>());
    value["photos"] = json!(
        photos
            .iter()
            .map(|photo| json!({ "file": photo.name, "description": photo.description }))
            .collect::<Vec<_>>()
    );
    Ok(value)
}

/// The files of a track. One that cannot be read is left out, and the log names it.
fn add_files(visit: &Visit, zip: &mut Archive, card: &Card) -> Result<()> {
    let (db, dir, id) = (visit.db()?, &visit.instance().dir, card.id);
    let when = archive::date_time(card.date);
    let files = [
        ("track.gpx", trackdir::find_gpx(dir, id)),
        ("original.gpx", trackdir::find_backup(dir, id)),
    ];
    for (name, packed) in files {
        let unpacked = packed.and_then(|packed| {
            packed
                .map(|packed| trackdir::decompress(&packed, recording::LARGEST))
                .transpose()
        });
        match unpacked {
            Ok(Some(bytes)) => {
                let name = format!("tracks/{id}/{name}");
                archive::add(zip, &name, when, &bytes).map_err(archive::failed)?;
            }
            Ok(None) => log::warn!("track {id} has no {name} to be exported"),
            Err(e @ Error::Busy(_)) => return Err(e),
            Err(e) => log::warn!("cannot export the {name} of track {id}: {e}"),
        }
    }
    for photo in image::list(db, dir, id)? {
        // Deleted since it was listed.
        let Some(mut original) = image::open(dir, id, &photo.name)? else {
            continue;
        };
        let name = format!("tracks/{id}/images/{}", photo.name);
        start(zip, &name, when, CompressionMethod::Stored)?;
        std::io::copy(&mut original.file, zip)
            .map_err(|e| Error::of_io(&format!("export a photo of track {id}"), &e))?;
    }
    Ok(())
}

/// Files that wait to be finished.
fn add_uploads(visit: &Visit, zip: &mut Archive) -> Result<()> {
    let (db, user) = (visit.db()?, visit.get_user()?.id);
    for waiting in upload::list(db, user)? {
        let Some(packed) = upload::find_gpx(db, waiting.id)? else {
            continue;
        };
        match upload::decompress(&packed, recording::LARGEST) {
            Ok(bytes) => {
                let name = format!("uploads/{}.gpx", waiting.id);
                archive::add(zip, &name, DateTime::default(), &bytes).map_err(archive::failed)?;
            }
            Err(e @ Error::Busy(_)) => return Err(e),
            Err(e) => log::warn!("cannot export upload {}: {e}", waiting.id),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;
    use std::collections::BTreeMap;
    use std::io::{Cursor, Read};
    use zip::ZipArchive;

    fn export(site: &Site, email: &str) -> BTreeMap<String, Vec<u8>> {
        let got = site.logged_in(email).get("/me/export");
        assert_eq!((got.status, got.media_type.as_str()), (200, "application/zip"));
        let mut archive = ZipArchive::new(Cursor::new(&got.bytes)).unwrap();
        (0..archive.len())
            .map(|at| {
                let mut file = archive.by_index(at).unwrap();
                let mut bytes = Vec::new();
                file.read_to_end(&mut bytes).unwrap();
                (file.name().unwrap().into_owned(), bytes)
            })
            .collect()
    }

    #[test]
    fn everything_of_a_person_is_in_it() {
        let site = Site::new();
        let dir = &site.app.instance.dir;
        let files = export(&site, "alice@example.org");
        let about: Value = serde_json::from_slice(&files["account.json"]).unwrap();
        assert_eq!(about["profile"]["email"], "alice@example.org");
        assert_eq!(about["friends"], json!(["Bob"]));
        let ids: Vec<_> = about["tracks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|track| track["id"].clone())
            .collect();
        assert_eq!(ids, [3, 2, 1]);
        for id in [1, 2, 3] {
            let packed = trackdir::find_backup(dir, TrackId(id)).unwrap().unwrap();
            let original = trackdir::decompress(&packed, 1 << 24).unwrap();
            assert_eq!(files[&format!("tracks/{id}/original.gpx")], original);
            assert!(files[&format!("tracks/{id}/track.gpx")].starts_with(b"<?xml"));
        }
        for track in about["tracks"].as_array().unwrap() {
            for photo in track["photos"].as_array().unwrap() {
                let name = format!("tracks/{}/images/{}", track["id"], photo["file"].as_str().unwrap());
                assert!(!files[&name].is_empty(), "{name}");
            }
        }
        assert!(files.keys().any(|name| name.contains("/images/")), "{:?}", files.keys());
        let text = String::from_utf8_lossy(&files["account.json"]);
        assert!(!text.contains("bob@example.org"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_is_left_out_and_what_may_not_be_seen_has_no_title() {
        let site = Site::new();
        std::fs::write(site.app.instance.dir.track_gpx(1), "torn").unwrap();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute(
            "INSERT OR IGNORE INTO track_favourite_assoc (track_id, user_id) VALUES (3, 3)",
            [],
        )
        .unwrap();
        let files = export(&site, "alice@example.org");
        assert!(!files.contains_key("tracks/1/track.gpx") && files.contains_key("tracks/1/original.gpx"));
        let of_bob: Value = serde_json::from_slice(&export(&site, "bob@example.org")["account.json"]).unwrap();
        let hidden = of_bob["favourites"]
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["track"] == 3)
            .unwrap();
        assert_eq!(hidden["title"], Value::Null);
        assert!(of_bob["comments"][0]["text"].as_str().unwrap().contains("Great _view_"));
    }

    #[test]
    fn somebody_without_anything_gets_a_whole_file() {
        let site = Site::new();
        let files = export(&site, "carol@example.org");
        let about: Value = serde_json::from_slice(&files["account.json"]).unwrap();
        assert_eq!(about["tracks"], json!([]));
    }
}
