//! Home: the diary of who is logged in, newest first, with sums; the welcome page for others.
//!
//! The page does not grow without bound: past the first 400 rows a year is a line that leads to its own page,
//! and so is a month of a year that has more by itself. Sums are always complete.

use super::upload::waiting::{self, Waiting};
use super::{answer, look, recording, static_page, viewer, welcome};
use crate::clock;
use crate::error::Result;
use crate::model::card::Card;
use crate::model::summary::{self, Summary, Sums, Year};
use crate::model::{TrackId, UserId, figures};
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
use crate::web::text::{count, figure as words, home as texts, map as map_words};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::collections::HashMap;
use time::Month;

/// The cookie of 0.11 that keeps the order: `asc`, anything else is the other.
const ORDER: &str = "home_sorting";

/// How long the order is kept, in seconds: a year.
const ORDER_KEPT: u32 = 365 * 24 * 3600;

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
        return match visit.pages.find("/", visit.reader()) {
            Some(page) => static_page::answer(visit, page),
            None => welcome::show(visit),
        };
    };
    let oldest_first = visit.request.cookie(ORDER).is_some_and(|order| order == "asc");
    let asked = asked(visit);
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    recording::measure_some(db, dir, &figures::list_missing_of(db, user)?);
    let summary = ordered(summary::find(db, user)?, oldest_first);
    let whole = whole_months(&summary.years, asked);
    let mut tracks = summary::list_tracks(db, user, user, &whole, ROWS as usize)?;
    recording::complete(db, dir, &viewer(visit), tracks.values_mut().flatten())?;
    let lines = recording::lines(db, dir, &viewer(visit), tracks.values().flatten())?;
    let waiting = waiting::list(visit)?;
    let shown = Shown {
        user,
        summary: &summary,
        tracks: &tracks,
        waiting: &waiting,
        oldest_first,
        asked,
        this_year: clock::now().year(),
        lines: &lines,
    };
    let look = look(visit)?;
    let content = view(&look, &shown);
    let page = Page::new(look.say(&texts::TITLE), Place::Home);
    Ok(answer(visit, look, &page, content))
}

fn asked(visit: &Visit) -> Option<(i32, Option<Month>)> {
    let number = |name: &str| visit.request.query(name)?.parse::<i32>().ok();
    let month = number("month").and_then(|number| Month::try_from(u8::try_from(number).ok()?).ok());
    Some((number("year")?, month))
}

/// Years and months in the order of the page; days are always in their order.
fn ordered(mut summary: Summary, oldest_first: bool) -> Summary {
    if !oldest_first {
        summary.years.reverse();
        summary.years.iter_mut().for_each(|year| year.months.reverse());
    }
    summary
}

/// Where Explore has what stands in the diary.
pub const MINE: &str = "/track/?show-only[]=user-tagged&type[]=ORGANIC";

/// Rows in the page; past them years and months are folded into links.
pub const ROWS: u64 = 400;

/// Uploads that are named here; the upload page has them all.
const WAITING_SHOWN: usize = 10;

/// What the page shows.
pub struct Shown<'a> {
    /// Whose diary it is.
    pub user: UserId,
    /// The sums, in the order of the page, and how many tracks are planned.
    pub summary: &'a Summary,
    /// The tracks of the months that are shown whole.
    pub tracks: &'a HashMap<(i32, Month), Vec<Card>>,
    /// Uploads that wait to be finished.
    pub waiting: &'a [Waiting],
    /// Whether the oldest year and month come first.
    pub oldest_first: bool,
    /// The year that was asked for by itself, or one month of it.
    pub asked: Option<(i32, Option<Month>)>,
    /// The year that it is now.
    pub this_year: i32,
    /// The lines of the tracks in the page, those that are known.
    pub lines: &'a HashMap<TrackId, Line>,
}

/// The months whose tracks are listed: those of the year that was asked for, else those of the first rows; of a
/// year that has too many by itself those that fit, at least one.
fn whole_months(years: &[Year], asked: Option<(i32, Option<Month>)>) -> Vec<(i32, Month)> {
    let mut rows = 0;
    let mut whole = Vec::new();
    let is_asked = |year: &&Year| asked.is_none_or(|asked| asked.0 == year.year);
    for year in years.iter().filter(is_asked) {
        let folds = rows > 0 && rows + year.sums().tracks > ROWS;
        for (month, sums) in &year.months {
            let is_asked = asked.and_then(|asked| asked.1).is_none_or(|asked| asked == *month);
            if is_asked && !folds && (rows == 0 || rows + sums.tracks <= ROWS) {
                whole.push((year.year, *month));
            }
            rows += if is_asked { sums.tracks } else { 0 };
        }
    }
    whole
}

/// The page's content.
pub fn view(look: &Look, shown: &Shown) -> Markup {
    let years = &shown.summary.years;
    let title = html! { h1 { (look.say(&texts::TITLE)) } };
    let order = if shown.oldest_first {
        (&texts::NEWEST_FIRST, "desc")
    } else {
        (&texts::OLDEST_FIRST, "asc")
    };
    let actions = (!years.is_empty())
        .then(|| html! { p .buttons { a .button href={ (look.path("/?order=")) (order.1) } { (look.say(order.0)) } } });
    let whole = whole_months(years, shown.asked);
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
            (totals(look, shown))
            @for (n, year) in years.iter().enumerate() {
                @if whole.iter().any(|month| month.0 == year.year) { (year_box(look, shown, year, &whole, n == 0 || shown.asked.is_some())) }
                @else { (year_link(look, year)) }
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

fn totals(look: &Look, shown: &Shown) -> Markup {
    let all = shown.summary.sums();
    let years = &shown.summary.years;
    let this_year = years.iter().find(|year| year.year == shown.this_year);
    html! {
        dl .totals {
            div { dt { (look.say(&texts::IN_ALL)) } dd { (figure(&look.lang.distance(Some(all.length)))) } }
            @if let Some(year) = this_year {
                div { dt { (shown.this_year) } dd { (figure(&look.lang.distance(Some(year.sums().length)))) } }
            }
            div { dt { (count(look.lang, all.tracks, &texts::TRACKS)) } dd { (look.lang.whole(all.tracks as i64)) } }
        }
        p .note {
            a href=(look.path(&format!("{MINE}&view=map"))) { (look.say(&map_words::ALL_TRACKS)) } " · "
            a href=(look.path(&format!("/user/{}/", shown.user))) { (look.say(&texts::PROFILE)) }
        }
    }
}

fn sums(look: &Look, sums: &Sums) -> Markup {
    html! { span .sums { (count(look.lang, sums.tracks, &words::TRACKS)) " · " (look.lang.distance(Some(sums.length)).plain()) } }
}

/// What the sums do not say: the longest, the average, the time.
fn more_sums(look: &Look, sums: &Sums) -> Markup {
    let (distance, time) = (
        |metres| look.lang.distance(Some(metres)).plain(),
        |seconds| look.lang.duration(Some(seconds)).plain(),
    );
    let values = [
        (&texts::LONGEST, sums.longest, distance(sums.longest)),
        (&texts::AVERAGE, sums.longest, distance(sums.average_length())),
        (&texts::MOVING, sums.moving_time, time(sums.moving_time)),
        (&texts::STOPPED, sums.stopped_time, time(sums.stopped_time)),
        (&texts::LONGEST_TIME, sums.longest_time, time(sums.longest_time)),
        (&texts::AVERAGE_TIME, sums.longest_time, time(sums.average_time())),
    ];
    // What was not recorded is not nought; less than a second stands for nothing.
    let known = values.iter().filter(|(_, sum, _)| *sum >= 1.0);
    html! { p .moresums .meta { @for (text, _, value) in known { span { (look.lang.fill(text, &[("n", value)])) } } } }
}

fn year_link(look: &Look, year: &Year) -> Markup {
    let name = year.year.to_string();
    html! {
        p .year .link {
            a href=(look.path(&format!("/?year={name}"))) { (look.lang.fill(&texts::OTHER_YEAR, &[("year", &name)])) }
            (sums(look, &year.sums()))
        }
    }
}

fn year_box(look: &Look, shown: &Shown, year: &Year, whole: &[(i32, Month)], open: bool) -> Markup {
    let all = year.sums();
    html! {
        details .year open[open] {
            summary { (icon(look, icon::NEXT)) h2 { (year.year) } (sums(look, &all)) }
            (more_sums(look, &all))
            @for (month, of_month) in &year.months {
                @let name = look.lang.month(*month);
                @if whole.contains(&(year.year, *month)) {
                    div .month { h3 { (name) } (sums(look, of_month)) }
                    (rows(look, shown, year.year, *month, of_month))
                } @else {
                    @let link = look.path(&format!("/?year={}&month={}", year.year, u8::from(*month)));
                    div .month { h3 { a href=(link) { (name) } } (sums(look, of_month)) }
                }
            }
        }
    }
}

fn rows(look: &Look, shown: &Shown, year: i32, month: Month, sums: &Sums) -> Markup {
    let (number, days) = (u8::from(month), month.length(year));
    let span = format!("min-date={year:04}-{number:02}-01&max-date={year:04}-{number:02}-{days:02}");
    let all = format!("/track/?{span}&show-only[]=mine&show-only[]=user-tagged&type[]=ORGANIC");
    html! {
        @for card in shown.tracks.get(&(year, month)).into_iter().flatten() {
            (row::row(look, card, shown.lines.get(&card.id)))
        }
        @if sums.tracks > ROWS { p .note .pad { a href=(look.path(&all)) { (look.say(&texts::WHOLE_MONTH)) } } }
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

    type Tracks = HashMap<(i32, Month), Vec<Card>>;

    /// Years of tracks, in each the same number.
    fn diary(years: std::ops::Range<i32>, in_each: u64, planned: u64) -> (Summary, Tracks) {
        let (mut summary, mut tracks) = (
            Summary {
                years: Vec::new(),
                planned,
            },
            Tracks::new(),
        );
        for (n, year) in years.enumerate() {
            let mut card = awkward();
            card.kind = Sort::Recorded;
            card.title = Some("Von Bernkastel-Kues über Traben-Trarbach nach Zell".into());
            card.people.truncate(2);
            card.is_favourite = false;
            card.date.wall = card.date.wall.replace_year(year).unwrap();
            card.figures.length = Some(1000.0);
            card.figures.uphill = Some(1240.0);
            let id = |at: u64| TrackId(n as i64 * 1000 + at as i64);
            let of_year = (0..in_each).map(|at| Card {
                id: id(at),
                ..card.clone()
            });
            tracks.insert((year, Month::November), of_year.collect());
            let sums = Sums {
                tracks: in_each,
                length: in_each as f64 * 1000.0,
                longest: 1000.0,
                ..Sums::default()
            };
            summary.years.push(Year {
                year,
                months: vec![(Month::November, sums)],
            });
        }
        (ordered(summary, false), tracks)
    }

    /// A line with as many corners as a small drawing shows.
    fn winding() -> Line {
        let place = |n: i32| (48.0 + f64::from(n) * 0.001, 7.0 + 0.01 * f64::from(n * n % 17));
        Line::whole(vec![(0..300).map(place).collect()])
    }

    fn page((summary, tracks): &(Summary, Tracks), waiting: &[Waiting], asked: Option<(i32, Option<Month>)>) -> String {
        let cards = tracks.values().flatten();
        let lines = cards.map(|card| (card.id, winding())).collect();
        let shown = Shown {
            user: UserId(1),
            summary,
            tracks,
            waiting,
            oldest_first: false,
            asked,
            this_year: 2024,
            lines: &lines,
        };
        view(&look(Lang::De), &shown).into_string()
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
        db.execute("DELETE FROM track_cache WHERE track_id IN (3, 6)", [])
            .unwrap();
        db.execute("UPDATE track_cache SET uphill = NULL WHERE track_id = 1", [])
            .unwrap();
        let html = site.logged_in("alice@example.org").get("/").text();
        assert!(html.contains("15.3") && html.contains("<h2>2010"), "{html}");
        let stored = |track| figures::find(&db, TrackId(track)).unwrap();
        let length = stored(3).unwrap().length.unwrap();
        assert!((length - 15_261.0).abs() < 10.0, "{length}");
        // Bob's planned track has Alice in it; a row that lacks a figure stays as it is.
        assert!(stored(6).unwrap().are_complete());
        assert_eq!(stored(1).unwrap().uphill, None);
    }

    #[test]
    fn an_empty_diary_says_what_to_do() {
        let html = page(&diary(0..0, 0, 2), &[], None);
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
        let two_thousand = diary(2000..2025, 80, 0);
        let html = page(&two_thousand, &[], None);
        assert_eq!(html.matches("class=\"row\"").count(), 400);
        assert!(html.contains("/?year=2000") && html.contains("2.000") && html.contains("2.000,0"));
        assert!(html.len() < 400 << 10, "{} bytes of HTML", html.len());
        let html = page(&two_thousand, &[], Some((2003, None)));
        assert_eq!(html.matches("class=\"row\"").count(), 80);
        assert!(html.contains("/?year=2024"));
    }

    #[test]
    fn a_year_with_too_many_tracks_folds_its_months() {
        let sums = Sums {
            tracks: 180,
            ..Sums::default()
        };
        let months = [Month::May, Month::April, Month::March]
            .map(|month| (month, sums))
            .to_vec();
        let mut years = [2024, 2023].map(|year| Year {
            year,
            months: months.clone(),
        });
        let first = [(2024, Month::May), (2024, Month::April)];
        assert_eq!(whole_months(&years, None), first);
        assert_eq!(whole_months(&years, Some((2024, None))), first);
        let march = Some((2023, Some(Month::March)));
        assert_eq!(whole_months(&years, march), [(2023, Month::March)]);
        assert_eq!(whole_months(&years, Some((1999, None))), []);
        years[0].months[0].1.tracks = 1000;
        assert_eq!(whole_months(&years, None), [(2024, Month::May)], "at least one");
        let summary = Summary {
            years: years.to_vec(),
            planned: 0,
        };
        let html = page(&(summary, Tracks::new()), &[], march);
        assert!(
            html.contains("<h3>März</h3>") && html.contains("/?year=2023&amp;month=5\">Mai</a>"),
            "{html}"
        );
        let html = page(&diary(2024..2025, 1000, 0), &[], None);
        assert!(html.contains("min-date=2024-11-01&amp;max-date=2024-11-30"), "{html}");
    }

    #[test]
    fn the_newest_year_is_open_and_comes_first() {
        let html = page(&diary(2000..2025, 2, 0), &[], None);
        let open = html.find("<details class=\"year\" open").unwrap();
        assert!(html[open..].starts_with("<details class=\"year\" open") && html.matches(" open").count() == 1);
        assert!(html.find("<h2>2024").unwrap() < html.find("<h2>2000").unwrap());
        assert!(!html.contains("<script") && html.contains("<h3>November"));
        assert!(html.contains("längste 1,0\u{202f}km"), "{html}");
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
        let html = page(&diary(2024..2025, 1, 0), &[upload], None);
        assert!(
            html.contains("&lt;i&gt;x") && html.contains("bleibt bis <time"),
            "{html}"
        );
        assert!(html.find("/upload/5").unwrap() < html.find("class=\"totals").unwrap());
    }
}
