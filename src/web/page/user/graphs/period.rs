//! The periods along a graph's axis with their sums: months, weeks or years.

use super::choice::{Chosen, Step};
use crate::model::summary::{Summary, Sums};
use crate::web::look::Look;
use crate::web::page::user::Subject;
use crate::web::text::profile as texts;
use std::collections::BTreeMap;
use time::{Date, Month, Weekday};

/// The sums of the parts of each year that have tracks, by number.
pub type Years = BTreeMap<i32, BTreeMap<u8, Sums>>;

pub fn months(summary: &Summary) -> Years {
    let of_year = |months: &[(Month, Sums)]| months.iter().map(|(month, sums)| (u8::from(*month), *sums)).collect();
    summary
        .years
        .iter()
        .map(|year| (year.year, of_year(&year.months)))
        .collect()
}

pub fn weeks(days: &[(Date, Sums)]) -> Years {
    let mut years = Years::new();
    for (day, sums) in days {
        let (year, week, _) = day.to_iso_week_date();
        let so_far = years.entry(year).or_default().entry(week).or_default();
        *so_far = so_far.and(*sums);
    }
    years
}

/// A period with its bar.
pub struct Period {
    pub word: String,
    pub letter: String,
    pub name: String,
    pub sums: Sums,
    pub before: Sums,
    pub href: Option<String>,
}

pub fn whole(years: &Years, year: i32) -> Sums {
    years
        .get(&year)
        .into_iter()
        .flat_map(|parts| parts.values().copied())
        .fold(Sums::default(), Sums::and)
}

/// Years in a row up to this many are shown with those between that have no tracks.
const FEW_YEARS: i32 = 30;

pub fn periods(look: &Look, subject: &Subject, chosen: &Chosen, years: &Years) -> Vec<Period> {
    let Some(year) = chosen.year else { return Vec::new() };
    let of = |year: i32, part: u8| {
        years
            .get(&year)
            .and_then(|parts| parts.get(&part))
            .copied()
            .unwrap_or_default()
    };
    let month = |month: Month| {
        let (part, name) = (u8::from(month), look.lang.month(month));
        Period {
            word: look.lang.month_short(month).to_owned(),
            letter: name.chars().take(1).collect(),
            name: format!("{name} {year}"),
            sums: of(year, part),
            before: of(year - 1, part),
            href: Some(subject.path(look, &format!("calendar/{year}/{part}"))),
        }
    };
    let week = |part: u8| Period {
        word: part.to_string(),
        letter: part.to_string(),
        name: week_name(look, year, part),
        sums: of(year, part),
        before: of(year - 1, part),
        href: None,
    };
    let one_year = |year: i32| Period {
        word: year.to_string(),
        letter: year.to_string(),
        name: year.to_string(),
        sums: whole(years, year),
        before: Sums::default(),
        href: Some(
            Chosen {
                step: Step::Month,
                year: Some(year),
                ..*chosen
            }
            .href(look, subject),
        ),
    };
    match chosen.step {
        Step::Month => (1..=12).filter_map(|n| Month::try_from(n).ok()).map(month).collect(),
        Step::Week => (1..=time::util::weeks_in_year(year)).map(week).collect(),
        Step::Year => match (years.keys().next(), years.keys().next_back()) {
            (Some(first), Some(last)) if last - first < FEW_YEARS => (*first..=*last).map(one_year).collect(),
            _ => years.keys().map(|year| one_year(*year)).collect(),
        },
    }
}

/// `Week 9 · 26 Feb – 3 Mar`.
fn week_name(look: &Look, year: i32, week: u8) -> String {
    let name = look.lang.fill(&texts::WEEK_OF, &[("n", &week.to_string())]);
    let day = |weekday| Date::from_iso_week_date(year, week, weekday).map(|day| look.lang.day_month(day));
    match (day(Weekday::Monday), day(Weekday::Sunday)) {
        (Ok(from), Ok(to)) => format!("{name} · {from} – {to}"),
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_week_belongs_to_the_year_of_its_thursday() {
        let one = Sums {
            tracks: 1,
            ..Sums::default()
        };
        let years = weeks(&[
            (date!(2023 - 01 - 01), one),
            (date!(2024 - 12 - 29), one),
            (date!(2024 - 12 - 30), one),
            (date!(2025 - 01 - 05), one),
        ]);
        let tracks: Vec<_> = years
            .iter()
            .flat_map(|(year, weeks)| weeks.iter().map(|(week, sums)| (*year, *week, sums.tracks)))
            .collect();
        assert_eq!(tracks, [(2022, 52, 1), (2024, 52, 1), (2025, 1, 2)]);
    }
}
