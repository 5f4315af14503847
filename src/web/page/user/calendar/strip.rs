//! The year above a month's table, a day a square.

use super::Shown;
use super::heat::heat;
use crate::web::look::Look;
use crate::web::text::profile as texts;
use maud::{Markup, html};
use std::collections::BTreeMap;
use time::{Date, Month};

/// Side of a day in the strip, and from one to the next.
const CELL: u16 = 18;
const PITCH: u16 = 21;

/// The whole year, a week a column; a picture with a summary, since the numbers stand in the table.
pub fn strip(look: &Look, shown: &Shown) -> Markup {
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
