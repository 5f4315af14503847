//! Home: the diary of who is logged in, newest first, with sums; the welcome page for others.
//!
//! The page does not grow without bound: past the first 400 rows a year is a line that leads to
//! its own page. Sums are always complete.

use super::upload::waiting::{self, Waiting};
use super::{answer, look, recording, welcome};
use crate::clock;
use crate::error::Result;
use crate::model::browse::{self, Query};
use crate::model::card::Card;
use crate::model::summary::{self, Month, Summary, Sums, Year};
use crate::model::{TrackId, figures};
use crate::web::cookie::Cookie;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::figure::figure;
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::look::icon::{self, icon};
use crate::web::look::line::Line;
use crate::web::look::message::notice;
use crate::web::look::{Look, row};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{count, figure as words, home as texts, welcome as welcome_texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The cookie of 0.11 that keeps the order: `asc`, anything else is the other.
const ORDER: &str = "home_sorting";

/// How long the order is kept, in seconds: a year.
const ORDER_KEPT: u32 = 365 * 24 * 3600;

/// How long one request may read recordings for what is not stored yet.
const PATIENCE: Duration = Duration::from_millis(150);

/// `/`, any method.
///
/// # Errors
/// What the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    if let Some(order) = visit.request.query("order") {
        let mut cookie = Cookie::new(&visit.request, ORDER, if order == "asc" { "asc" } else { "desc" });
        cookie.max_age = Some(ORDER_KEPT);
        visit.set_cookie(cookie);
        return Ok(visit.redirect("/"));
    }
    let Some(user) = visit.user.as_ref().map(|user| user.id) else {
        return greet(visit);
    };
    let oldest_first = visit.request.cookie(ORDER).is_some_and(|order| order == "asc");
    let year = visit.request.query("year").and_then(|year| year.parse().ok());
    let mut summary = summary::find(visit.db()?, user, user)?;
    measure_missing(visit, &mut summary)?;
    let waiting = waiting::list(visit)?;
    let years = ordered(&summary, oldest_first);
    let lines = lines(visit, &rows_shown(&years, year))?;
    let shown = Shown {
        summary: &summary,
        waiting: &waiting,
        oldest_first,
        year,
        this_year: clock::now().year(),
        lines: &lines,
    };
    let look = look(visit)?;
    let content = view(&look, &shown, &years);
    let page = Page::new(look.say(&texts::TITLE), Place::Home);
    Ok(answer(visit, look, &page, content))
}

fn greet(visit: &mut Visit) -> Result<Response> {
    let newest = browse::find_page(
        visit.db()?,
        &Query {
            page: 1,
            ..Query::default()
        },
    )?;
    let look = look(visit)?;
    let content = welcome::view(&look, &newest);
    let mut page = Page::new(look.say(&welcome_texts::TITLE), Place::Elsewhere);
    page.indexed = true;
    Ok(answer(visit, look, &page, content))
}

/// Years and months in the order of the page; days are always in their order.
fn ordered(summary: &Summary, oldest_first: bool) -> Vec<Year<'_>> {
    let mut years = summary.years();
    if !oldest_first {
        years.reverse();
        years.iter_mut().for_each(|year| year.months.reverse());
    }
    years
}

/// Computes and stores figures that are not there, as the original does on this page; a bounded time in
/// one request, the next goes on.
fn measure_missing(visit: &Visit, summary: &mut Summary) -> Result<()> {
    let begun = Instant::now();
    for card in summary.tracks.iter_mut().filter(|card| card.figures.length.is_none()) {
        if begun.elapsed() > PATIENCE {
            break;
        }
        if figures::find(visit.db()?, card.id)?.is_some() {
            continue;
        }
        if let Some(gpx) = recording::find(&visit.instance().dir, card.id)? {
            card.figures = recording::figures(&gpx);
            figures::set(visit.db()?, card.id, &card.figures)?;
        }
    }
    Ok(())
}

/// The lines of the rows, made and stored when they are not there; a bounded time in one request.
fn lines(visit: &Visit, rows: &[&Card]) -> Result<HashMap<TrackId, Line>> {
    let dir = &visit.instance().dir;
    let begun = Instant::now();
    let mut lines = HashMap::new();
    for card in rows {
        let line = if begun.elapsed() < PATIENCE {
            recording::find_line(dir, card.id)?
        } else {
            recording::find_stored_line(dir, card.id)
        };
        lines.extend(line.map(|line| (card.id, line)));
    }
    Ok(lines)
}

/// Rows in the page before years are folded into links.
pub const ROWS: usize = 400;

/// Uploads that are named here; the upload page has them all.
const WAITING_SHOWN: usize = 10;

/// What the page shows.
pub struct Shown<'a> {
    /// The tracks and how many are planned.
    pub summary: &'a Summary,
    /// Uploads that wait to be finished.
    pub waiting: &'a [Waiting],
    /// Whether the oldest year and month come first.
    pub oldest_first: bool,
    /// The year that was asked for by itself.
    pub year: Option<i32>,
    /// The year that it is now.
    pub this_year: i32,
    /// The lines of the tracks in the page, those that are known.
    pub lines: &'a HashMap<TrackId, Line>,
}

/// The tracks whose rows stand in the page, in the order of the page.
pub fn rows_shown<'a>(years: &'a [Year<'a>], asked: Option<i32>) -> Vec<&'a Card> {
    let shown = years.iter().zip(folded(years, asked)).filter(|(_, folded)| !folded);
    shown
        .flat_map(|(year, _)| year.months.iter().flat_map(|month| month.tracks))
        .collect()
}

/// Which years are but a line: all others when one is asked for, else those past the first rows.
fn folded(years: &[Year<'_>], asked: Option<i32>) -> Vec<bool> {
    let mut rows = 0;
    let fold = |year: &Year<'_>| {
        let first = rows == 0;
        rows += year.sums.tracks as usize;
        asked.map_or(rows > ROWS && !first, |asked| asked != year.year)
    };
    years.iter().map(fold).collect()
}

/// The page's content; `years` are in the order of the page.
pub fn view(look: &Look, shown: &Shown, years: &[Year<'_>]) -> Markup {
    let title = html! { h1 { (look.say(&texts::TITLE)) } };
    let order = if shown.oldest_first {
        (&texts::NEWEST_FIRST, "desc")
    } else {
        (&texts::OLDEST_FIRST, "asc")
    };
    let actions = (!years.is_empty())
        .then(|| html! { p .buttons { a .button href={ (look.path("/?order=")) (order.1) } { (look.say(order.0)) } } });
    html! {
        (page_head(title, None, actions))
        (waiting(look, shown.waiting))
        @if years.is_empty() {
            div .empty {
                (drawing(Drawing::Empty))
                p { (look.say(&texts::EMPTY)) }
                a .button .primary href=(look.path("/upload")) { (icon(look, icon::UPLOAD)) (look.say(&texts::UPLOAD)) }
            }
        } @else {
            (totals(look, shown, years))
            @for (n, (year, folded)) in years.iter().zip(folded(years, shown.year)).enumerate() {
                @if folded { (year_link(look, year)) }
                @else { (year_box(look, shown, year, n == 0 || shown.year.is_some())) }
            }
        }
        @if shown.summary.planned > 0 {
            p .note { a href=(look.path("/track/?show-only[]=mine&type[]=SYNTHETIC")) { (count(look.lang, shown.summary.planned, &texts::PLANNED)) } }
        }
    }
}

fn waiting(look: &Look, uploads: &[Waiting]) -> Markup {
    let list = html! {
        (count(look.lang, uploads.len() as u64, &texts::WAITING))
        ul {
            @for upload in uploads.iter().take(WAITING_SHOWN) {
                li {
                    a .user dir="auto" href=(look.path(&format!("/upload/{}", upload.id))) { (upload.name(look)) }
                    " – " (look.say(&texts::KEPT_UNTIL)) " " (upload.until(look))
                    @if let Some(already) = &upload.already { ". " (already.sentence(look)) }
                }
            }
        }
        @if uploads.len() > 1 { a href=(look.path("/upload")) { (look.say(&texts::ALL_WAITING)) } }
    };
    html! { @if !uploads.is_empty() { div .msgs { (notice(look, Kind::Warn, list)) } } }
}

fn totals(look: &Look, shown: &Shown, years: &[Year<'_>]) -> Markup {
    let all = shown.summary.sums();
    let this_year = years
        .iter()
        .find(|year| year.year == shown.this_year)
        .map(|year| year.sums.length);
    html! {
        dl .totals {
            div { dt { (look.say(&texts::IN_ALL)) } dd { (figure(&look.lang.distance(Some(all.length)))) } }
            @if let Some(length) = this_year {
                div { dt { (shown.this_year) } dd { (figure(&look.lang.distance(Some(length)))) } }
            }
            div { dt { (look.say(&texts::TRACKS)) } dd { (look.lang.whole(all.tracks as i64)) } }
        }
    }
}

fn sums(look: &Look, sums: &Sums) -> Markup {
    html! { span .sums { (count(look.lang, sums.tracks, &words::TRACKS)) " · " (look.lang.distance(Some(sums.length)).plain()) } }
}

fn year_link(look: &Look, year: &Year<'_>) -> Markup {
    let name = year.year.to_string();
    html! {
        p .year .link {
            a href=(look.path(&format!("/?year={name}"))) { (look.lang.fill(&texts::OTHER_YEAR, &[("year", &name)])) }
            (sums(look, &year.sums))
        }
    }
}

fn year_box(look: &Look, shown: &Shown, year: &Year<'_>, open: bool) -> Markup {
    html! {
        details .year open[open] {
            summary { (icon(look, icon::NEXT)) h2 { (year.year) } (sums(look, &year.sums)) }
            @for month in &year.months { (month_box(look, shown, month)) }
        }
    }
}

fn month_box(look: &Look, shown: &Shown, month: &Month<'_>) -> Markup {
    html! {
        div .month { h3 { (look.lang.month(month.month)) } (sums(look, &month.sums)) }
        @for card in month.tracks { (row::row(look, card, shown.lines.get(&card.id))) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UploadId;
    use crate::model::track::Kind as Sort;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};
    use crate::web::page::visitor::Site;
    use time::macros::datetime;

    fn summary(tracks: usize, planned: u64) -> Summary {
        let mut list = Vec::new();
        for n in 0..tracks {
            let mut card = Card {
                id: TrackId(n as i64),
                kind: Sort::Recorded,
                ..awkward()
            };
            card.people.truncate(3);
            card.date.wall = card
                .date
                .wall
                .replace_year(2000 + (n * 25 / tracks.max(1)) as i32)
                .unwrap();
            card.figures.length = Some(1000.0);
            list.push(card);
        }
        Summary { tracks: list, planned }
    }

    fn page(summary: &Summary, waiting: &[Waiting], year: Option<i32>) -> String {
        let years = ordered(summary, false);
        let lines = HashMap::new();
        let shown = Shown {
            summary,
            waiting,
            oldest_first: false,
            year,
            this_year: 2024,
            lines: &lines,
        };
        view(&look(Lang::De), &shown, &years).into_string()
    }

    #[test]
    fn the_order_is_kept_in_the_cookie_of_the_original() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let newest_first = alice.get("/").text();
        assert!(newest_first.find("<h2>2020").unwrap() < newest_first.find("<h2>2010").unwrap());
        assert_eq!(alice.get("/?order=asc").location, "/");
        let oldest_first = alice.get("/").text();
        assert!(oldest_first.find("<h2>2010").unwrap() < oldest_first.find("<h2>2020").unwrap());
        assert!(site.stranger().get("/").text().contains("Rides and hikes"));
    }

    #[test]
    fn missing_figures_are_computed_and_kept() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute("DELETE FROM track_cache WHERE track_id = 3", []).unwrap();
        assert!(site.logged_in("alice@example.org").get("/").text().contains("15.3"));
        let length: f64 = db
            .query_row("SELECT length FROM track_cache WHERE track_id = 3", [], |row| {
                row.get(0)
            })
            .unwrap();
        assert!((length - 15_261.0).abs() < 10.0, "{length}");
    }

    #[test]
    fn an_empty_diary_says_what_to_do() {
        let html = page(&summary(0, 2), &[], None);
        assert!(
            html.contains("Hier steht bald deine erste Tour.") && html.contains("/upload"),
            "{html}"
        );
        assert!(
            html.contains("2 geplante Touren") && !html.contains("<details"),
            "{html}"
        );
    }

    #[test]
    fn two_thousand_tracks_make_a_page_of_bounded_size() {
        let html = page(&summary(2000, 0), &[], None);
        let rows = html.matches("class=\"row\"").count();
        assert!((ROWS - 100..=ROWS).contains(&rows), "{rows}");
        assert!(html.contains("/?year=2000") && html.contains("2.000"), "{}", html.len());
        let html = page(&summary(2000, 0), &[], Some(2003));
        assert_eq!(html.matches("class=\"row\"").count(), 80);
    }

    #[test]
    fn the_newest_year_is_open_and_comes_first() {
        let html = page(&summary(50, 0), &[], None);
        let open = html.find("<details class=\"year\" open").unwrap();
        assert!(html[open..].starts_with("<details class=\"year\" open") && html.matches(" open").count() == 1);
        assert!(html.find("<h2>2024").unwrap() < html.find("<h2>2000").unwrap());
        assert!(!html.contains("<script"));
    }

    #[test]
    fn waiting_uploads_stand_on_top_with_their_end() {
        let upload = Waiting {
            id: UploadId(5),
            at: datetime!(2026-11-21 8:29),
            title: Some("<i>x</i>".into()),
            line: None,
            already: None,
        };
        let html = page(&summary(1, 0), &[upload], None);
        assert!(
            html.contains("&lt;i&gt;x") && html.contains("bleibt bis <time"),
            "{html}"
        );
        assert!(html.find("/upload/5").unwrap() < html.find("class=\"totals").unwrap());
    }
}
