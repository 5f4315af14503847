//! Explore: all tracks that one may see, searched, ordered and in pages.

pub(super) mod asked;
mod view;

use super::{answer, layers, look, recording, viewer};
use crate::error::{Error, Result};
use crate::model::browse::{self, Page, Query};
use crate::web::accept::{self, Wanted};
use crate::web::look::frame::{self, Place};
use crate::web::response::Response;
use crate::web::text::explore as texts;
use crate::web::visit::Visit;
use asked::Asked;
use view::Shown;

/// `GET /track/`: the page, also with what is wrong in the address (then with 400 and without a list).
///
/// # Errors
/// `Invalid` for a parameter that is none, for whoever wants no page; what the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let asked = Asked::read(visit.lang, &visit.request.query);
    let viewer = visit.user.as_ref().map(|user| user.id);
    let found = match asked.wrong.first() {
        None => Some(find(
            visit,
            &Query {
                viewer,
                ..asked.query.clone()
            },
        )?),
        Some(_) if accept::choose(visit.request.header_list("accept").as_deref()) == Wanted::Html => None,
        Some(wrong) => return Err(Error::Invalid(format!("the parameter {} cannot be read", wrong.field))),
    };
    let look = look(visit)?;
    let layers = layers(visit);
    let shown = Shown {
        asked: &asked,
        layers,
        found: found.as_ref(),
        chips: asked.chips(look.lang, viewer.is_some()),
        logged_in: viewer.is_some(),
    };
    let mut page = frame::Page::new(look.say(&texts::TITLE), Place::Explore);
    page.indexed = viewer.is_none() && asked.pairs.is_empty() && asked.wrong.is_empty();
    page.map = asked.is_map();
    let content = view::view(&look, &shown);
    let status = if found.is_some() { 200 } else { 400 };
    Ok(answer(visit, look, &page, content).with_status(status))
}

/// The page, with figures that were missing: whether a track is long enough cannot be told without.
fn find(visit: &Visit, query: &Query) -> Result<Page> {
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let findings = visit.entry.findings()?;
    if query.min_length.is_some() || query.max_length.is_some() {
        recording::measure_some(db, dir, &browse::list_unmeasured(db, findings, query)?);
    }
    let mut found = browse::find_page(db, findings, query)?;
    recording::complete(db, dir, &viewer(visit), &mut found.cards)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use crate::model::{TrackId, figures};
    use crate::web::page::visitor::Site;

    const BOB: &str = "bob@example.org";

    fn ids(html: &str) -> Vec<&str> {
        let links = html.split("name=\"track_id[]\" value=\"").skip(1);
        links.filter_map(|link| link.split('"').next()).collect()
    }

    #[test]
    fn a_list_holds_what_its_visitor_may_see() {
        let site = Site::new();
        assert_eq!(ids(&site.stranger().get("/track/").text()), ["1", "5"]);
        let mut bob = site.logged_in(BOB);
        assert_eq!(ids(&bob.get("/track/").text()), ["6", "2", "1", "5", "4"]);
        assert_eq!(
            ids(&bob.get("/track/?show-only[]=friends&sort=DATE_ASC").text()),
            ["1", "2"]
        );
        assert_eq!(ids(&bob.get("/track/?favourite=true").text()), ["1"]);
        // Somebody who is not logged in has neither friends nor favourites.
        assert_eq!(
            ids(&site.stranger().get("/track/?favourite=true&show-only[]=friends").text()),
            ["1", "5"]
        );
    }

    #[test]
    fn a_wrong_value_is_told_at_its_field() {
        let site = Site::new();
        let got = site
            .logged_in(BOB)
            .get("/track/?min-length=far&tags=a%22b&sort=LENGTH_ASC");
        let html = got.text();
        assert_eq!(got.status, 400);
        assert!(
            html.contains("Enter whole kilometres") && html.contains("value=\"far\""),
            "{html}"
        );
        assert!(
            html.contains("aria-describedby=\"min-length-error\"") && html.contains("a&quot;b"),
            "{html}"
        );
        assert!(!html.contains("class=\"card\"") && html.contains("noindex"), "{html}");
        let html = site.stranger().get("/track/?sort=TITLE&max-date=soon").text();
        assert!(
            html.contains("“sort”") && html.contains("2 things need another look"),
            "{html}"
        );
    }

    #[test]
    fn tracks_without_figures_are_measured_before_their_length_is_asked() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute("DELETE FROM track_cache WHERE track_id IN (1, 3)", [])
            .unwrap();
        db.execute("UPDATE track_cache SET length = NULL WHERE track_id = 2", [])
            .unwrap();
        let mut bob = site.logged_in(BOB);
        assert_eq!(ids(&bob.get("/track/?max-length=4").text()), ["1"]);
        let stored = |track| figures::find(&db, TrackId(track)).unwrap();
        assert!(stored(1).unwrap().are_complete());
        assert_eq!(stored(3), None, "it is not Bob's to see");
        // A row without a length is shown with one.
        let html = bob.get("/track/?search-terms=Vi%C5%A1njan").text();
        assert!(html.contains("2.7"), "{html}");
        assert_eq!(stored(2).unwrap().length, None);
    }

    #[test]
    fn only_the_bare_list_is_for_search_engines() {
        let site = Site::new();
        let mut stranger = site.stranger();
        assert!(!stranger.get("/track/").text().contains("noindex"));
        for query in ["?tags=hike", "?sort=DATE_ASC", "?min-length=1"] {
            assert!(
                stranger.get(&format!("/track/{query}")).text().contains("noindex"),
                "{query}"
            );
        }
        assert!(site.logged_in(BOB).get("/track/").text().contains("noindex"));
    }
}
