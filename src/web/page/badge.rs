//! The picture of a badge.

use super::picture::{self, Kept};
use crate::error::{Error, Result};
use crate::model::BadgeId;
use crate::model::badge;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// `/badge/{id}`, any method.
///
/// # Errors
/// `NotFound` when there is no such badge or its picture is none; what the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let id: BadgeId = visit.id("id")?;
    let bytes = badge::find_image(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no badge {id}")))?;
    picture::answer(&visit.request, &bytes, Kept::Public)?
        .ok_or_else(|| Error::NotFound(format!("the picture of badge {id} is none")))
}

#[cfg(test)]
mod tests {
    use crate::model::badge;
    use crate::web::page::visitor::Site;

    #[test]
    fn a_badge_is_not_sent_again_to_who_has_it_until_it_is_another() {
        let site = Site::new();
        let mut visitor = site.stranger();
        let first = visitor.get("/badge/1");
        let tag = first.header("ETag").to_owned();
        assert_eq!(
            (first.status, first.header("Cache-Control")),
            (200, "public, max-age=3600")
        );
        for method in ["GET", "HEAD"] {
            let again = visitor.ask(method, "/badge/1", &[("If-None-Match", &tag)], b"");
            assert_eq!(
                (again.status, again.bytes.len(), again.header("ETag")),
                (304, 0, tag.as_str())
            );
            assert_eq!(again.header("Cache-Control"), "public, max-age=3600");
        }
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let image = badge::find_image(&db, "2".parse().unwrap()).unwrap();
        db.execute(
            "UPDATE badges SET image = ?1 WHERE id = 1",
            [image.unwrap_or(b"GIF89a".to_vec())],
        )
        .unwrap();
        assert_eq!(
            visitor.ask("GET", "/badge/1", &[("If-None-Match", &tag)], b"").status,
            200
        );
        assert_eq!(
            visitor.ask("GET", "/badge/99", &[("If-None-Match", "*")], b"").status,
            404
        );
    }
}
