//! The calendar: a month as a table whose cells are warmer the farther one went, the year above it as a strip.
//!
//! The year is that of the calendar, not that of the week.

mod heat;
mod month;
mod strip;

use super::{Part, Subject, page, summary_of};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::card::Card;
use crate::model::profile;
use crate::model::summary::{self, Sums};
use crate::web::look::Look;
use crate::web::look::icon::{self, icon};
use crate::web::look::row;
use crate::web::page::{look, recording, viewer};
use crate::web::response::Response;
use crate::web::text::{count, figure as words, profile as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::collections::BTreeMap;
use time::{Date, Month};

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
    recording::complete(db, dir, &viewer(visit), cards.iter_mut())?;
    let lines = recording::lines(db, dir, &viewer(visit), cards.iter())?;
    let look = look(visit)?;
    let shown = Shown {
        first,
        today: clock::now().date(),
        cards: &cards,
        days: &days,
    };
    let content = html! {
        (strip::strip(&look, &shown))
        (neighbours(&look, &subject, &shown))
        (month::table(&look, &shown))
        (heat::legend(&look))
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

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

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
