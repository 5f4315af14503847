//! The star of a track.

use super::{begin, track, viewer};
use crate::error::{Error, Result};
use crate::model::{TrackId, access, failed, favourite};
use crate::web::accept::{self, Wanted};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::track as texts;
use crate::web::visit::Visit;
use serde_json::json;

/// `POST /me/toggle-favourite`: programs get JSON, a browser's form leads back to where it stood.
///
/// # Errors
/// `NotFound` when there is no such track, also for one that may not be seen: whether it exists is
/// nobody's business; what the database says.
pub fn toggle(visit: &mut Visit) -> Result<Response> {
    let user = visit.get_user()?.id;
    let sent = visit.form.get("track-id")?;
    let track: TrackId = sent
        .parse()
        .map_err(|_| Error::Invalid("the track's id is no number".into()))?;
    let missing = || Error::NotFound(format!("no track {track} to give a star"));
    let db = visit.db()?;
    let secret = track::secret_of(visit);
    let may = access::find(db, &viewer(visit), track, secret.as_deref())?;
    // Whoever has the star already may take it away, also when the track was hidden since.
    if !may.is_some_and(|may| may.view) && !favourite::is(db, track, user)? {
        return Err(missing());
    }
    let change = begin(db, "change a favourite")?;
    let now = favourite::toggle(&change, track, user)?;
    change.commit().map_err(|e| failed("change a favourite", e))?;
    if !prefers_html(visit.request.header_list("accept").as_deref()) {
        return Ok(Response::json(&json!({ "favourite": now })).cache(0, true));
    }
    visit.flash(
        Kind::Ok,
        visit.lang.text(if now { &texts::STARRED } else { &texts::UNSTARRED }),
    );
    let back = find_way_back(visit).unwrap_or_else(|| track::below(track, "", secret.as_deref()));
    Ok(visit.redirect(&back))
}

/// A browser's form asks for HTML by name; scripts and programs that say nothing get JSON, as in 0.11.
fn prefers_html(accept: Option<&str>) -> bool {
    accept.is_some_and(|accept| accept.contains("text/html")) && accept::choose(accept) == Wanted::Html
}

/// The page that the form stood on, when it is one of ours.
fn find_way_back(visit: &Visit) -> Option<String> {
    let referer = visit.request.header("referer")?;
    let below = referer.strip_prefix(&visit.request.absolute(""))?;
    super::login::local_path(below).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    #[test]
    fn a_star_is_given_and_taken_only_where_one_may_look() {
        let site = Site::new();
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(bob.post("/me/toggle-favourite", &[("track-id", "3")]).status, 404);
        assert_eq!(bob.post("/me/toggle-favourite", &[("track-id", "x")]).status, 400);
        let got = bob.post("/me/toggle-favourite", &[("track-id", "4")]);
        assert_eq!(got.location, "/track/4");
        assert!(bob.get("/track/4").text().contains("aria-pressed=\"true\""));
        assert_eq!(
            site.stranger()
                .post("/me/toggle-favourite", &[("track-id", "1")])
                .status,
            403
        );
    }

    #[test]
    fn whoever_a_private_link_lets_in_may_give_a_star() {
        let site = Site::new();
        let mut bob = site.logged_in("bob@example.org");
        let page = site.logged_in("alice@example.org").get("/track/3").text();
        let start = page.find("/track/3?secret=").unwrap();
        let link: String = page[start..].chars().take_while(|c| *c != '"').collect();
        let secret = link.split_once('?').unwrap().1;
        let html = bob.get(&link).text();
        let action = format!("/me/toggle-favourite?{secret}");
        assert!(html.contains(&format!("action=\"{action}\"")), "{html}");
        assert_eq!(bob.post(&action, &[("track-id", "3")]).location, link);
        assert!(bob.get(&link).text().contains("aria-pressed=\"true\""));
        let wrong = bob.post("/me/toggle-favourite?secret=None", &[("track-id", "2")]);
        assert_eq!(wrong.status, 302, "Bob sees track 2 anyway");
        // It is a favourite now: it can be taken back without the link.
        assert_eq!(bob.post("/me/toggle-favourite", &[("track-id", "3")]).status, 302);
        assert_eq!(bob.post("/me/toggle-favourite", &[("track-id", "3")]).status, 404);
    }

    #[test]
    fn only_a_browser_is_led_back() {
        assert!(prefers_html(Some("text/html,application/xhtml+xml,*/*;q=0.8")));
        for other in [
            None,
            Some("*/*"),
            Some("application/json"),
            Some("application/json, text/html;q=0.1"),
        ] {
            assert!(!prefers_html(other), "{other:?}");
        }
    }
}
