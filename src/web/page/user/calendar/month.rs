//! A month as a table of weeks.

use super::heat::heat;
use super::{Shown, anchor, by_day, of_month};
use crate::model::card::Card;
use crate::web::look::Look;
use crate::web::look::card::title;
use crate::web::text::{count, profile as texts};
use maud::{Markup, html};
use time::Weekday;

const WEEK: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

/// The table, a day a cell.
pub fn table(look: &Look, shown: &Shown) -> Markup {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::summary::Sums;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};
    use std::collections::BTreeMap;
    use time::Date;
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
    fn a_day_is_warm_and_leads_to_its_tracks() {
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
}
