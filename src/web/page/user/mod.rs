//! The profile: what somebody's recorded tracks come to. It is theirs alone, and administrators'.

mod calendar;
mod graphs;
mod maps;
mod overview;
mod tile;

pub use calendar::{show as month, today as calendar};
pub use graphs::show as graphs;
pub use overview::show as overview;
pub use tile::show as tile;

use super::answer;
use crate::error::{Error, Result};
use crate::model::summary::{self, Summary};
use crate::model::{UserId, figures, user};
use crate::web::look::Look;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::look::icon::{self, icon};
use crate::web::look::message::notice;
use crate::web::look::tabs::{Way, choice, tabs};
use crate::web::page::recording;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{frame, home, profile as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};

/// Whose profile it is, and who looks.
pub struct Subject {
    /// Whose.
    id: UserId,
    /// What they are called.
    name: String,
    /// Who looks.
    viewer: UserId,
}

impl Subject {
    /// The user in the path, if the visitor may look.
    ///
    /// # Errors
    /// `NotFound` when there is no such user, `Forbidden` for everybody but them and administrators; what the
    /// database says.
    pub(super) fn find(visit: &Visit) -> Result<Subject> {
        let id: UserId = visit.id("id")?;
        let found = user::find(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no user {id}")))?;
        let viewer = visit.get_user()?;
        if viewer.id != id && !viewer.is_admin {
            return Err(Error::Forbidden(format!(
                "user {} may not see the profile of {id}",
                viewer.id
            )));
        }
        Ok(Subject {
            id,
            name: found.name,
            viewer: viewer.id,
        })
    }

    /// Whose profile it is.
    pub(super) fn id(&self) -> UserId {
        self.id
    }

    fn is_own(&self) -> bool {
        self.id == self.viewer
    }

    /// The address of a part of the profile, `""` for the overview.
    fn path(&self, look: &Look, part: &str) -> String {
        look.path(&format!("/user/{}/{part}", self.id))
    }
}

/// A part of the profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Overview,
    Calendar,
    Graphs,
}

/// The sums of the subject's tracks; figures that are missing are computed first, as many as there is patience for.
fn summary_of(visit: &Visit, subject: &Subject) -> Result<Summary> {
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    recording::measure_some(db, dir, &figures::list_missing_of(db, subject.id)?);
    summary::find(db, subject.id)
}

/// The whole page: heading, note to administrators, tabs, the part; `title` stands before the profile's own.
fn page(
    visit: &mut Visit,
    look: Look,
    subject: &Subject,
    part: Part,
    title: Option<&str>,
    content: Markup,
) -> Response {
    let own = look.say(&frame::PROFILE);
    let whose = if subject.is_own() { own } else { &subject.name };
    let ways = [
        (Part::Overview, "", &texts::OVERVIEW),
        (Part::Calendar, "calendar/", &texts::CALENDAR),
        (Part::Graphs, "graphs", &texts::GRAPHS),
    ];
    let ways = ways.map(|(to, path, text)| Way {
        href: subject.path(&look, path),
        text: look.say(text).to_owned(),
        current: to == part,
    });
    let note = look.lang.fill(&texts::AS_ADMIN, &[("name", &subject.name)]);
    let content = html! {
        @if !subject.is_own() { div .msgs { (notice(&look, Kind::Info, html! { (note) })) } }
        (page_head(html! { h1 .user dir="auto" { (whose) } }, None, None))
        (tabs(look.say(&texts::PARTS), &ways))
        (content)
    };
    let title = title.map_or(whose.to_owned(), |title| format!("{title} · {whose}"));
    let page = Page {
        map: part == Part::Overview,
        ..Page::new(&title, Place::Elsewhere)
    };
    answer(visit, look, &page, content)
}

/// A chip for each year with tracks, newest first; `all` is where the first one leads, that chooses none.
fn year_chips(
    look: &Look,
    years: &[i32],
    chosen: Option<i32>,
    all: Option<String>,
    href: impl Fn(i32) -> String,
) -> Markup {
    let all = all.map(|href| Way {
        href,
        text: look.say(&texts::ALL).to_owned(),
        current: chosen.is_none(),
    });
    let years = years.iter().rev().map(|year| Way {
        href: href(*year),
        text: year.to_string(),
        current: chosen == Some(*year),
    });
    choice(
        look.say(&texts::YEARS),
        &all.into_iter().chain(years).collect::<Vec<_>>(),
    )
}

/// In the place of what there is not: nothing at all, or nothing in a year, with ways to those nearest to it.
fn nothing(look: &Look, subject: &Subject, years: &[i32], year: Option<i32>, href: impl Fn(i32) -> String) -> Markup {
    let earlier = years.iter().rev().find(|at| Some(**at) < year);
    let later = years.iter().find(|at| Some(**at) > year);
    html! {
        div .empty {
            (drawing(Drawing::Empty))
            @match year.filter(|_| !years.is_empty()) {
                Some(year) => p { (look.lang.fill(&texts::NONE_IN, &[("year", &year.to_string())])) },
                None => p { (look.say(&texts::NONE)) },
            }
            @if years.is_empty() && subject.is_own() {
                a .button .primary href=(look.path("/upload")) { (icon(look, icon::UPLOAD)) (look.say(&home::UPLOAD)) }
            }
            p .buttons { @for year in earlier.into_iter().chain(later) { a .button href=(href(*year)) { (year) } } }
        }
    }
}

/// The year in the query, when it is one that a date can have.
fn asked_year(visit: &Visit) -> Option<i32> {
    let year = visit.request.query("year")?.parse().ok()?;
    (1..=9999).contains(&year).then_some(year)
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    #[test]
    fn a_profile_is_its_owner_s_and_administrators() {
        let site = Site::new();
        for path in [
            "/user/2/",
            "/user/2/calendar/",
            "/user/2/calendar/2010/12",
            "/user/2/graphs",
        ] {
            assert_eq!(site.logged_in("alice@example.org").get(path).status, 200, "{path}");
            assert_eq!(site.logged_in("bob@example.org").get(path).status, 403, "{path}");
            assert_eq!(site.stranger().get(path).status, 403, "{path}");
            let html = site.logged_in("admin@example.org").get(path).text();
            assert!(html.contains("looking at Alice's profile"), "{path}: {html}");
            let unknown = path.replace('2', "99");
            assert_eq!(
                site.logged_in("admin@example.org").get(&unknown).status,
                404,
                "{unknown}"
            );
        }
        assert_eq!(site.logged_in("alice@example.org").get("/user/me/").status, 404);
        assert_eq!(site.logged_in("alice@example.org").get("/user/2").status, 404);
    }
}
