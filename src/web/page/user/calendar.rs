//! The calendar: a month as a table whose cells are warmer the farther one went, the year above it as a strip.
//!
//! The year is that of the calendar, not that of the week.

use super::{Part, Subject, page, summary_of};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::card::Card;
use crate::model::profile;
use crate::model::summary::{self, Sums};
use crate::web::look::Look;
use crate::web::look::card::title;
use crate::web::look::icon::{self, icon};
use crate::web::look::row;
use crate::web::page::{look, recording, viewer};
use crate::web::response::Response;
use crate::web::text::{count, figure as words, profile as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::collections::BTreeMap;
use time::{Date, Month, Weekday};

/// `/user/{id}/calendar/`: the month that it is now, in UTC.
///
/// # Errors
/// As [`Subject::find`].
pub fn today(visit: &mut Visit) -> Result<Response> {
    let now = clock::now().date();
    answer(visit, now.year(), now.month())
}

/// `/user/{id}/calendar/{year}/{month}`
///
/// # Errors
/// `NotFound` for what is no month; as [`Subject::find`].
pub fn show(visit: &mut Visit) -> Result<Response> {
    let none = || Error::NotFound("the path names no month".to_owned());
    let year: u16 = visit.id("year")?;
    let month: u8 = visit.id("month")?;
    let month = Month::try_from(month).map_err(|_| none())?;
    if !(1..=9999).contains(&year) {
        return Err(none());
    }
    answer(visit, i32::from(year), month)
}

/// Tracks that are listed; sums are always complete.
const MOST: usize = 400;

fn answer(visit: &mut Visit, year: i32, month: Month) -> Result<Response> {
    let subject = Subject::find(visit)?;
    summary_of(visit, &subject)?;
    let none = |e: time::error::ComponentRange| Error::NotFound(format!("no such month: {e}"));
    let first = Date::from_calendar_date(year, month, 1).map_err(none)?;
    let (begin, end) = (
        Date::from_calendar_date(year, Month::January, 1).map_err(none)?,
        Date::from_calendar_date(year, Month::December, 31).map_err(none)?,
    );
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let days = profile::list_days(db, subject.id, begin, end)?;
    let mut tracks = summary::list_tracks(db, subject.id, subject.viewer, &[(year, month)], MOST)?;
    let mut cards = tracks.remove(&(year, month)).unwrap_or_default();
    recording::complete(db, dir, cards.iter_mut());
    let lines = recording::lines(db, dir, &viewer(visit), cards.iter())?;
    let look = look(visit)?;
    let shown = Shown {
        first,
        today: clock::now().date(),
        cards: &cards,
        days: &days,
    };
    let content = html! {
        (strip(&look, &shown))
        (neighbours(&look, &subject, &shown))
        (table(&look, &shown))
        (legend(&look))
        section {
            h3 { (look.say(&texts::OF_MONTH)) }
            @if cards.is_empty() { p .meta { (look.say(&texts::NONE_IN_MONTH)) } }
            div .rows {
                @for (day, cards) in by_day(&shown) {
                    div id=(anchor(day)) { @for card in cards { (row::row(&look, card, lines.get(&card.id))) } }
                }
            }
        }
    };
    let name = look.lang.month_year(first);
    Ok(page(visit, look, &subject, Part::Calendar, Some(&name), content))
}

/// What the page shows.
struct Shown<'a> {
    /// The first of the month.
    first: Date,
    /// The day that it is now.
    today: Date,
    /// The month's tracks, by date.
    cards: &'a [Card],
    /// The year's days with tracks.
    days: &'a [(Date, Sums)],
}

/// The tracks of each day; those whose stored date is none stand under the first.
fn by_day<'a>(shown: &Shown<'a>) -> BTreeMap<u8, Vec<&'a Card>> {
    let mut days: BTreeMap<u8, Vec<&Card>> = BTreeMap::new();
    for card in shown.cards {
        let date = card.date.wall.date();
        let is_here = date.replace_day(1) == Ok(shown.first);
        days.entry(if is_here { date.day() } else { 1 }).or_default().push(card);
    }
    days
}

/// The month's days with tracks.
fn of_month<'a>(shown: &Shown<'a>) -> impl Iterator<Item = &'a (Date, Sums)> {
    let month = shown.first.month();
    shown.days.iter().filter(move |(day, _)| day.month() == month)
}

fn anchor(day: u8) -> String {
    format!("day-{day}")
}

/// How warm a day is, by its distance in metres.
fn heat(metres: f64) -> &'static str {
    match metres / 1000.0 {
        km if km <= 0.0 => "heat-0",
        km if km <= 25.0 => "heat-1",
        km if km <= 50.0 => "heat-2",
        km if km <= 75.0 => "heat-3",
        km if km <= 100.0 => "heat-4",
        _ => "heat-5",
    }
}

/// The month before and the month after, between them the name and the sums.
fn neighbours(look: &Look, subject: &Subject, shown: &Shown) -> Markup {
    let before = shown.first.previous_day();
    let after = shown.first.month().length(shown.first.year());
    let after = shown.first.replace_day(after).ok().and_then(Date::next_day);
    let far = |date: &Date| (1..=9999).contains(&date.year());
    let path = |date: Date| subject.path(look, &format!("calendar/{}/{}", date.year(), u8::from(date.month())));
    let sums = of_month(shown).fold(Sums::default(), |all, (_, sums)| all.and(*sums));
    html! {
        div .turn {
            div {
                h2 { (look.lang.month_year(shown.first)) }
                @if sums.tracks > 0 {
                    p .meta { (look.lang.distance(Some(sums.length)).plain()) " · " (count(look.lang, sums.tracks, &words::TRACKS)) }
                }
            }
            nav aria-label=(look.say(&texts::MONTHS)) {
                @if let Some(date) = before.filter(far) {
                    a .button href=(path(date)) rel="prev" { (icon(look, icon::PREV)) (look.lang.month(date.month())) }
                }
                @if let Some(date) = after.filter(far) {
                    a .button .after href=(path(date)) rel="next" { (look.lang.month(date.month())) (icon(look, icon::NEXT)) }
                }
            }
        }
    }
}

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn table(look: &Look, shown: &Shown) -> Markup {
    let days = by_day(shown);
    let length = shown.first.month().length(shown.first.year());
    // Cells before the first; the last week is filled up.
    let ahead = shown.first.weekday().number_days_from_monday();
    let weeks = (ahead + length).div_ceil(7);
    html! {
        table .calendar {
            caption .hidden { (look.lang.month_year(shown.first)) }
            thead { tr { @for day in WEEK { th scope="col" { abbr title=(look.lang.weekday(day)) { (look.lang.weekday_short(day)) } } } } }
            tbody {
                @for week in 0..weeks {
                    tr {
                        @for at in week * 7..week * 7 + 7 {
                            @match (at + 1).checked_sub(ahead).filter(|day| (1..=length).contains(day)) {
                                Some(day) => (cell(look, shown, day, days.get(&day).map_or(&[][..], Vec::as_slice))),
                                None => td .none {},
                            }
                        }
                    }
                }
            }
        }
    }
}

fn cell(look: &Look, shown: &Shown, day: u8, cards: &[&Card]) -> Markup {
    let is_today = shown.first.replace_day(day) == Ok(shown.today);
    let found = of_month(shown).find(|(date, _)| date.day() == day);
    let href = match cards {
        [one] => look.path(&format!("/track/{}", one.id)),
        _ => format!("#{}", anchor(day)),
    };
    html! {
        td .(found.map_or("heat-0", |(_, sums)| heat(sums.length))) .today[is_today] aria-current=[is_today.then_some("date")] {
            @match (found, cards.first()) {
                (Some((_, sums)), Some(first)) => a href=(href) {
                    span .day { (day) }
                    b { (look.lang.decimal(sums.length / 1000.0, 0)) span .km { "\u{202f}km" } }
                    span .title .user dir="auto" { (title(look, first)) }
                    @if sums.tracks > 1 { span .more { (count(look.lang, sums.tracks - 1, &texts::MORE)) } }
                },
                _ => span .day { (day) },
            }
        }
    }
}

fn legend(look: &Look) -> Markup {
    let up_to = |km: &str| look.lang.fill(&texts::UP_TO, &[("n", km)]);
    let steps = [
        ("heat-0", look.say(&texts::NO_KM).to_owned()),
        ("heat-1", up_to("25")),
        ("heat-2", up_to("50")),
        ("heat-3", up_to("75")),
        ("heat-4", up_to("100")),
        ("heat-5", look.say(&texts::OVER).to_owned()),
    ];
    html! {
        div .heats .meta {
            span { (look.say(&texts::LEGEND)) ":" }
            ul { @for (class, text) in &steps { li { svg .swatch viewBox="0 0 14 14" aria-hidden="true" { rect class=(class) width="14" height="14" rx="3" {} } (text) } } }
        }
    }
}

/// Side of a day in the strip, and from one to the next.
const CELL: u16 = 18;
const PITCH: u16 = 21;

/// The whole year, a week a column; a picture with a summary, since the numbers stand in the table.
fn strip(look: &Look, shown: &Shown) -> Markup {
    let year = shown.first.year();
    let ahead = u16::from(
        Date::from_calendar_date(year, Month::January, 1).map_or(0, |day| day.weekday().number_days_from_monday()),
    );
    let length = time::util::days_in_year(year);
    let column = |ordinal: u16| (ordinal - 1 + ahead) / 7;
    let columns = column(length) + 1;
    let wide = columns * PITCH - (PITCH - CELL);
    let sums: BTreeMap<u16, f64> = shown
        .days
        .iter()
        .map(|(day, sums)| (day.ordinal(), sums.length))
        .collect();
    let whole = shown.days.iter().map(|day| day.1.length).sum();
    let summary = look.lang.fill(
        &texts::STRIP,
        &[
            ("year", &year.to_string()),
            ("n", &look.lang.whole(shown.days.len() as i64)),
            ("sum", &look.lang.distance(Some(whole)).plain()),
        ],
    );
    let firsts = (1..=12).filter_map(|n| Date::from_calendar_date(year, Month::try_from(n).ok()?, 1).ok());
    html! {
        div .strip {
            svg .labels aria-hidden="true" {
                @for first in firsts {
                    @let at = f64::from(column(first.ordinal()) * PITCH) * 100.0 / f64::from(wide);
                    text x={ (format!("{at:.1}")) "%" } y="13" { (look.lang.month_short(first.month())) }
                }
            }
            svg role="img" aria-label=(summary) viewBox={ "0 0 " (wide) " " (7 * PITCH - (PITCH - CELL)) } {
                @for ordinal in 1..=length {
                    @let metres = sums.get(&ordinal);
                    @let (x, y) = (column(ordinal) * PITCH, (ordinal - 1 + ahead) % 7 * PITCH);
                    rect class=(metres.map_or("heat-0", |metres| heat(*metres))) x=(x) y=(y) width=(CELL) height=(CELL) rx="4" {
                        @if let (Some(metres), Ok(day)) = (metres, Date::from_ordinal_date(year, ordinal)) {
                            title { (look.lang.fill(&texts::DAY, &[("day", &look.lang.date(day)), ("n", &look.lang.distance(Some(*metres)).plain())])) }
                        }
                    }
                }
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
    use time::macros::date;

    fn shown(first: Date, cards: &[Card]) -> String {
        let mut days: BTreeMap<Date, Sums> = BTreeMap::new();
        for card in cards {
            let one = Sums {
                tracks: 1,
                length: card.figures.length.unwrap_or_default(),
                ..Sums::default()
            };
            let so_far = days.entry(card.date.wall.date()).or_default();
            *so_far = so_far.and(one);
        }
        let shown = Shown {
            first,
            today: date!(2024 - 09 - 04),
            cards,
            days: &days.into_iter().collect::<Vec<_>>(),
        };
        table(&look(Lang::De), &shown).into_string()
    }

    fn ridden(day: u8, metres: f64) -> Card {
        let mut card = awkward();
        card.date.wall = date!(2024 - 09 - 01).replace_day(day).unwrap().midnight();
        card.figures.length = Some(metres);
        card
    }

    #[test]
    fn a_month_that_begins_on_sunday_has_six_empty_cells_before_it() {
        let html = shown(date!(2024 - 09 - 01), &[]);
        let first_week = html.split("<tbody>").nth(1).unwrap().split("</tr>").next().unwrap();
        assert_eq!(first_week.matches("class=\"none\"").count(), 6, "{first_week}");
        assert!(
            first_week.ends_with("<span class=\"day\">1</span></td>"),
            "{first_week}"
        );
        assert_eq!((html.matches("<tr>").count(), html.matches("<td").count()), (7, 42));
        assert!(
            html.contains("<abbr title=\"Montag\">Mo</abbr>") && html.contains("heat-0 today"),
            "{html}"
        );
        let february = shown(date!(2027 - 02 - 01), &[]);
        assert_eq!(
            (
                february.matches("<td").count(),
                february.matches("class=\"none\"").count()
            ),
            (28, 0)
        );
    }

    #[test]
    fn a_day_is_as_warm_as_it_was_long_and_leads_to_its_tracks() {
        for (metres, class) in [
            (0.0, "heat-0"),
            (1.0, "heat-1"),
            (25_000.0, "heat-1"),
            (25_001.0, "heat-2"),
            (75_000.0, "heat-3"),
            (100_000.0, "heat-4"),
            (100_001.0, "heat-5"),
        ] {
            assert_eq!(heat(metres), class, "{metres}");
        }
        let html = shown(
            date!(2024 - 09 - 01),
            &[
                ridden(4, 12_400.0),
                ridden(21, 40_000.0),
                ridden(21, 40_000.0),
                ridden(21, 0.0),
            ],
        );
        assert!(html.contains("heat-1 today") && html.contains(">12<"), "{html}");
        assert!(
            html.contains("class=\"heat-4\"") && html.contains("#day-21") && html.contains("und 2 weitere"),
            "{html}"
        );
        assert!(!html.contains("<script"), "{html}");
    }

    #[test]
    fn what_is_no_month_is_not_found() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        for path in [
            "2024/0",
            "2024/13",
            "0/1",
            "10000/1",
            "2024/x",
            "x/1",
            "-1/1",
            "2024/",
            "2024",
            "99999999999999/1",
        ] {
            assert_eq!(alice.get(&format!("/user/2/calendar/{path}")).status, 404, "{path}");
        }
        for (path, before, after) in [
            ("9999/12", "9999/11", "10000"),
            ("1/1", "1/2", "/0/"),
            ("2024/9", "2024/8", "2024/13"),
        ] {
            let html = alice.get(&format!("/user/2/calendar/{path}")).text();
            assert!(html.contains(before) && !html.contains(after), "{path}");
        }
    }

    #[test]
    fn the_last_days_of_december_are_of_their_own_year() {
        let site = Site::new();
        let html = site.logged_in("bob@example.org").get("/user/3/calendar/2024/12").text();
        assert!(html.contains("<h2>December 2024</h2>"), "{html}");
    }

    #[test]
    fn the_month_lists_its_tracks() {
        let site = Site::new();
        let html = site.logged_in("bob@example.org").get("/user/3/calendar/2010/8").text();
        assert_eq!(html.matches("class=\"row\"").count(), 2, "{html}");
        assert!(html.contains("2 tracks") && html.contains("The days of 2010"), "{html}");
        let none = site.logged_in("bob@example.org").get("/user/3/calendar/2010/7").text();
        assert!(none.contains("No tracks in this month."), "{none}");
    }
}
