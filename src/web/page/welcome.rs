//! The welcome page: what this place is, and the newest public tracks.

use super::{answer_with, document_of, look, recording, viewer};
use crate::error::Result;
use crate::model::browse::{self, Query};
use crate::model::card::Card;
use crate::model::failed;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::frame::{Page, Place};
use crate::web::look::{Look, card};
use crate::web::response::Response;
use crate::web::text::{frame, welcome as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};

/// Tracks on the welcome page.
const NEWEST: u64 = 8;

/// The welcome page. For those of whom nothing stands in it, it is made once in each language and appearance, and again
/// when anything in the database has changed.
///
/// # Errors
/// What the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let look = look(visit)?;
    let is_bare = visit.request.path == "/" && visit.request.query.is_empty() && !visit.session.has_flashes();
    let name = format!("welcome {} {}", visit.lang.tag(), visit.theme.name());
    let seen = visit.entry.findings()?.look(visit.db()?);
    let seen = seen.map_err(|e| failed("look whether anything has changed", e))?;
    let made = || visit.entry.findings().ok()?.find::<String>(seen, &name);
    if let Some(html) = is_bare.then(made).flatten() {
        return Ok(answer_with(visit, html));
    }
    let (db, viewer) = (visit.db()?, viewer(visit));
    let mut newest = browse::list_first(db, &Query::default(), NEWEST)?;
    // What is measured just now, and what is cut, depends on files too.
    let of_database =
        newest.iter().all(|card| card.figures.are_complete()) && !recording::is_any_cut(db, &viewer, &newest)?;
    recording::complete(db, &visit.instance().dir, &viewer, &mut newest)?;
    let content = view(&look, &newest, visit.config().registration);
    let mut page = Page::new(look.say(&texts::TITLE), Place::Elsewhere);
    page.indexed = true;
    let token = look.csrf.clone();
    let html = document_of(visit, look, &page, content);
    if is_bare && of_database && !html.contains(&token) {
        visit.entry.findings()?.keep(seen, name, html.clone());
    }
    Ok(answer_with(visit, html))
}

/// The page's content.
fn view(look: &Look, newest: &[Card], registration: bool) -> Markup {
    html! {
        div .hero {
            div {
                h1 { (look.say(&texts::TITLE)) }
                p .lead { (look.say(&texts::LEAD)) }
                p .buttons {
                    a .button .primary href=(look.path("/login")) { (look.say(&frame::LOG_IN)) }
                    @if registration { a .button href=(look.path("/create-account")) { (look.say(&frame::CREATE_ACCOUNT)) } }
                }
            }
            (drawing(Drawing::Whole))
        }
        @if !newest.is_empty() {
            section {
                div .withlink {
                    h2 { (look.say(&texts::NEWEST)) }
                    a href=(look.path("/track/")) { (look.say(&texts::ALL)) }
                }
                (card::cards(look, newest, card::Extras::default()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};
    use crate::web::page::visitor::Site;

    #[test]
    fn an_empty_site_has_no_empty_heading() {
        let html = view(&look(Lang::De), &[], false).into_string();
        assert!(
            html.contains("Deine Touren, gut aufgehoben") && !html.contains("<h2"),
            "{html}"
        );
    }

    #[test]
    fn tracks_are_shown_and_escaped() {
        let html = view(&look(Lang::En), &vec![awkward(); 8], true).into_string();
        assert_eq!(html.matches("class=\"card\"").count(), 8);
        assert!(!html.contains("<script") && html.contains("/track/"), "{html}");
    }

    const TITLE: &str = "Mojstrovka";

    #[test]
    fn the_welcome_page_is_made_again_when_anything_has_changed() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let change = |sql: &str| assert_eq!(db.execute(sql, []).unwrap(), 1, "{sql}");
        let shows = |title: &str| {
            let pages = [(); 3].map(|()| site.stranger().get("/").text().contains(title));
            assert!(pages.iter().all(|page| *page == pages[0]), "{pages:?}");
            pages[0]
        };
        assert!(shows(TITLE));
        change("UPDATE tracks SET visibility = 'PRIVATE' WHERE id = 1");
        assert!(!shows(TITLE));
        change("UPDATE tracks SET visibility = 'PUBLIC' WHERE id = 1");
        assert!(shows(TITLE));
        change("UPDATE tracks SET title = 'Another' WHERE id = 1");
        assert!(shows("Another") && !shows(TITLE));
        change("DELETE FROM tracks WHERE id = 1");
        assert!(!shows("Another"));
    }

    #[test]
    fn what_a_visitor_changes_is_seen_by_the_next() {
        let site = Site::new();
        assert!(site.stranger().get("/").text().contains(TITLE));
        let gone = site.logged_in("alice@example.org").post("/track/1/delete", &[]);
        assert_eq!(gone.status, 302);
        assert!(!site.stranger().get("/").text().contains(TITLE));
    }

    #[test]
    fn a_welcome_page_that_is_kept_is_nobody_else_s() {
        let site = Site::new();
        let english = site.stranger().get("/").text();
        assert_eq!(site.stranger().get("/").text(), english);
        assert!(site.logged_in("alice@example.org").get("/").text().contains("Alice"));
        assert_eq!(site.stranger().get("/").text(), english);
        let asked = site.stranger().get("/?a=b\"c").text();
        assert!(asked != english && site.stranger().get("/").text() == english);
        let mut dark = site.stranger();
        dark.get("/?theme=dark");
        assert!(dark.get("/").text().contains("data-theme=\"dark\""));
        let mut german = site.stranger();
        german.get("/?lang=de");
        assert!(german.get("/").text().contains("lang=\"de\""));
        assert_eq!(site.stranger().get("/").text(), english);
        let mut alice = site.logged_in("alice@example.org");
        alice.post("/logout", &[]);
        let told = alice.get("/").text();
        assert_eq!(alice.get("/").text(), english, "{told}");
        let tokens = [(); 2].map(|()| site.without_cookies().get("/").head);
        assert!(tokens[0].contains("csrf_token=") && tokens[0] != tokens[1]);
    }
}
