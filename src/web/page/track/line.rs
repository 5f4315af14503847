//! The line of a track for the map on its page.

use super::{Access, secret_of, spots};
use crate::error::{Error, Result};
use crate::model::zone::Cut;
use crate::model::{image, photo_place};
use crate::web::page::{geometry, recording};
use crate::web::response::Response;
use crate::web::visit::Visit;

/// `/track/{id}/line.json`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let id = access.track.id;
    let gpx = recording::find(&visit.instance().dir, id, &access.cut(visit)?)?;
    let gpx = gpx.ok_or_else(|| Error::NotFound(format!("track {id} has no recording that can be read")))?;
    let of_others = access
        .is_owner(visit)
        .then(|| access.cut_of_others(visit))
        .transpose()?;
    let mut line = geometry::of(&gpx, of_others.as_ref().unwrap_or(Cut::NONE));
    let asked = spots::Asked {
        gpx: &gpx,
        offset: access.track.fields.date.offset,
        is_owner: access.is_owner(visit),
    };
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let photos = image::list(db, dir, id)?;
    line["photos"] = spots::list(dir, id, &photos, &photo_place::list(db, id)?, &asked)?.into();
    geometry::answer(&visit.request, &line)
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;
    use serde_json::Value;

    #[test]
    fn it_is_seen_by_whom_the_track_is_and_not_sent_twice() {
        let site = Site::new();
        let got = site.stranger().get("/track/1/line.json");
        assert_eq!((got.status, got.media_type.as_str()), (200, "application/json"));
        let value: Value = serde_json::from_slice(&got.bytes).unwrap();
        assert!(value["length"].as_f64().unwrap() > 3000.0 && value["pieces"][0]["lat"][1].is_i64());
        let tag = got.header("ETag").to_owned();
        let again = site
            .stranger()
            .ask("GET", "/track/1/line.json", &[("If-None-Match", &tag)], b"");
        assert_eq!((again.status, again.bytes.len()), (304, 0));
        assert_eq!(again.header("Cache-Control"), "private, max-age=0");
        assert_eq!(site.stranger().get("/track/3/line.json").status, 403);
        let secret = "/track/3/line.json?secret=1kk0ryTQ8q1dPNPFy3Hfeee8nQc";
        assert_eq!(site.stranger().get(secret).status, 200);
        assert_eq!(site.stranger().get("/track/99/line.json").status, 404);
    }
}
