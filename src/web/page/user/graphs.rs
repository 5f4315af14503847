//! The graphs: one measure by month, week or year, beside it the year before; the numbers in a table below.
//!
//! Every choice is a link, so that it works without a script and can be kept. A week is that of ISO 8601, by the
//! date at each track's place; in that view a year is the one that its weeks belong to.

use super::{Part, Subject, asked_year, nothing, page, summary_of, year_chips};
use crate::error::Result;
use crate::model::profile;
use crate::model::summary::{Summary, Sums};
use crate::web::lang::Text;
use crate::web::look::Look;
use crate::web::look::bars::{Bar, Bars, bars};
use crate::web::look::tabs::{Way, choice};
use crate::web::page::look;
use crate::web::response::Response;
use crate::web::text::{count, figure as words, profile as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::collections::BTreeMap;
use time::macros::date;
use time::{Date, Month, Weekday};

/// `/user/{id}/graphs`
///
/// # Errors
/// As [`Subject::find`].
pub fn show(visit: &mut Visit) -> Result<Response> {
    let subject = Subject::find(visit)?;
    let summary = summary_of(visit, &subject)?;
    let of = |name| visit.request.query(name);
    let measure = Measure::ALL.into_iter().find(|one| of("measure") == Some(one.name()));
    let step = Step::ALL
        .into_iter()
        .find(|one| of("step") == Some(one.name()))
        .unwrap_or(Step::Month);
    let years = match step {
        Step::Week => weeks(&profile::list_days(
            visit.db()?,
            subject.id,
            date!(0001 - 01 - 01),
            date!(9999 - 12 - 31),
        )?),
        Step::Month | Step::Year => months(&summary),
    };
    let chosen = Chosen {
        measure: measure.unwrap_or(Measure::Distance),
        step,
        year: asked_year(visit).or_else(|| years.keys().next_back().copied()),
    };
    let look = look(visit)?;
    let content = view(&look, &subject, &chosen, &years);
    let name = look.say(&texts::GRAPHS);
    Ok(page(visit, look, &subject, Part::Graphs, Some(name), content))
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Distance,
    Climb,
    Time,
    Tracks,
}

impl Measure {
    const ALL: [Measure; 4] = [Measure::Distance, Measure::Climb, Measure::Time, Measure::Tracks];

    fn name(self) -> &'static str {
        match self {
            Measure::Distance => "distance",
            Measure::Climb => "climb",
            Measure::Time => "time",
            Measure::Tracks => "tracks",
        }
    }

    fn text(self) -> &'static Text {
        match self {
            Measure::Distance => &words::DISTANCE,
            Measure::Climb => &words::CLIMB,
            Measure::Time => &words::MOVING,
            Measure::Tracks => &texts::TRACKS,
        }
    }

    fn unit(self) -> &'static str {
        match self {
            Measure::Distance => "km",
            Measure::Climb => "m",
            Measure::Time => "h",
            Measure::Tracks => "",
        }
    }

    /// In its unit.
    fn value(self, sums: &Sums) -> f64 {
        match self {
            Measure::Distance => sums.length / 1000.0,
            Measure::Climb => sums.uphill,
            Measure::Time => sums.moving_time / 3600.0,
            Measure::Tracks => sums.tracks as f64,
        }
    }

    /// As it is read.
    fn shown(self, look: &Look, sums: &Sums) -> String {
        match self {
            Measure::Distance => look.lang.distance(Some(sums.length)).plain(),
            Measure::Climb => look.lang.height(Some(sums.uphill)).plain(),
            Measure::Time => look.lang.duration(Some(sums.moving_time)).plain(),
            Measure::Tracks => count(look.lang, sums.tracks, &words::TRACKS),
        }
    }
}

/// What a bar stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Month,
    Week,
    Year,
}

impl Step {
    const ALL: [Step; 3] = [Step::Month, Step::Week, Step::Year];

    fn name(self) -> &'static str {
        match self {
            Step::Month => "month",
            Step::Week => "week",
            Step::Year => "year",
        }
    }

    fn text(self) -> &'static Text {
        match self {
            Step::Month => &texts::MONTH,
            Step::Week => &texts::WEEK,
            Step::Year => &texts::YEAR,
        }
    }
}

/// What was chosen; without tracks there is no year.
#[derive(Debug, Clone, Copy)]
struct Chosen {
    measure: Measure,
    step: Step,
    year: Option<i32>,
}

impl Chosen {
    fn href(&self, look: &Look, subject: &Subject) -> String {
        let mut path = format!("graphs?measure={}&step={}", self.measure.name(), self.step.name());
        if let Some(year) = self.year {
            path += &format!("&year={year}");
        }
        subject.path(look, &path)
    }
}

/// The sums of the parts of each year that have tracks, by number.
type Years = BTreeMap<i32, BTreeMap<u8, Sums>>;

fn months(summary: &Summary) -> Years {
    let of_year = |months: &[(Month, Sums)]| months.iter().map(|(month, sums)| (u8::from(*month), *sums)).collect();
    summary
        .years
        .iter()
        .map(|year| (year.year, of_year(&year.months)))
        .collect()
}

fn weeks(days: &[(Date, Sums)]) -> Years {
    let mut years = Years::new();
    for (day, sums) in days {
        let (year, week, _) = day.to_iso_week_date();
        let so_far = years.entry(year).or_default().entry(week).or_default();
        *so_far = so_far.and(*sums);
    }
    years
}

/// A period with its bar.
struct Period {
    word: String,
    letter: String,
    name: String,
    sums: Sums,
    before: Sums,
    href: Option<String>,
}

fn whole(years: &Years, year: i32) -> Sums {
    years
        .get(&year)
        .into_iter()
        .flat_map(|parts| parts.values().copied())
        .fold(Sums::default(), Sums::and)
}

/// Years in a row up to this many are shown with those between that have no tracks.
const FEW_YEARS: i32 = 30;

fn periods(look: &Look, subject: &Subject, chosen: &Chosen, years: &Years) -> Vec<Period> {
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

fn view(look: &Look, subject: &Subject, chosen: &Chosen, years: &Years) -> Markup {
    let numbers: Vec<i32> = years.keys().copied().collect();
    let to_year = |year: i32| {
        Chosen {
            year: Some(year),
            ..*chosen
        }
        .href(look, subject)
    };
    let measures = Measure::ALL.map(|measure| Way {
        href: Chosen { measure, ..*chosen }.href(look, subject),
        text: look.say(measure.text()).to_owned(),
        current: measure == chosen.measure,
    });
    let steps = Step::ALL.map(|step| Way {
        href: Chosen { step, ..*chosen }.href(look, subject),
        text: look.say(step.text()).to_owned(),
        current: step == chosen.step,
    });
    let by_year = chosen.step == Step::Year;
    let year = chosen.year.filter(|_| !by_year);
    let periods = periods(look, subject, chosen, years);
    html! {
        @if numbers.is_empty() { (nothing(look, subject, &numbers, None, to_year)) } @else {
            (choice(look.say(&texts::MEASURE), &measures))
            (choice(look.say(&texts::STEP), &steps))
            @if !by_year { (year_chips(look, &numbers, year, None, to_year)) }
            @if year.is_some_and(|year| !years.contains_key(&year)) { (nothing(look, subject, &numbers, year, to_year)) } @else {
                @if let Some(chart) = bars(look, &chart(look, chosen, years, &periods)) { div .stage .graph { (chart) } }
                (table(look, chosen, &periods))
            }
        }
    }
}

fn chart(look: &Look, chosen: &Chosen, years: &Years, periods: &[Period]) -> Bars {
    let measure = chosen.measure;
    let sum = |year: &str, sums: &Sums| {
        look.lang
            .fill(&texts::SUM, &[("year", year), ("sum", &measure.shown(look, sums))])
    };
    let all = periods
        .iter()
        .map(|period| period.sums)
        .fold(Sums::default(), Sums::and);
    let year = chosen.year.filter(|_| chosen.step != Step::Year);
    let name = year.map_or(look.say(&texts::ALL).to_owned(), |year| year.to_string());
    // A few metres of a float more or less decide nothing: the first of the best is taken.
    let best = periods
        .iter()
        .rev()
        .max_by(|a, b| measure.value(&a.sums).total_cmp(&measure.value(&b.sums)));
    let summary = best.map(|best| {
        look.lang.fill(
            &texts::SUMMARY,
            &[
                ("measure", look.say(measure.text())),
                ("year", &name),
                ("sum", &measure.shown(look, &all)),
                ("best", &best.name),
                ("value", &measure.shown(look, &best.sums)),
            ],
        )
    });
    let before = year.map(|year| year - 1).filter(|before| years.contains_key(before));
    Bars {
        summary: summary.unwrap_or_default(),
        unit: measure.unit(),
        legend: sum(&name, &all),
        legend_before: before.map(|before| sum(&before.to_string(), &whole(years, before))),
        bars: periods.iter().map(|period| bar(look, measure, period)).collect(),
    }
}

fn bar(look: &Look, measure: Measure, period: &Period) -> Bar {
    let tracks = count(look.lang, period.sums.tracks, &words::TRACKS);
    let values = [
        ("period", period.name.as_str()),
        ("value", &measure.shown(look, &period.sums)),
        ("tracks", &tracks),
    ];
    Bar {
        word: period.word.clone(),
        letter: period.letter.clone(),
        name: match measure {
            Measure::Tracks => look.lang.fill(&texts::SUM, &[("year", &period.name), ("sum", &tracks)]),
            _ => look.lang.fill(&texts::BAR, &values),
        },
        value: measure.value(&period.sums),
        before: measure.value(&period.before),
        href: period.href.clone(),
    }
}

/// The same in numbers, only what has tracks.
fn table(look: &Look, chosen: &Chosen, periods: &[Period]) -> Markup {
    let lang = look.lang;
    // Less than a second stands for nothing.
    let time = |seconds: f64| lang.duration(Some(seconds).filter(|seconds| *seconds >= 1.0)).plain();
    let cells = |sums: &Sums| {
        [
            (
                &texts::TRACKS,
                lang.whole(i64::try_from(sums.tracks).unwrap_or(i64::MAX)),
            ),
            (&words::DISTANCE, lang.distance(Some(sums.length)).plain()),
            (&words::CLIMB, lang.height(Some(sums.uphill)).plain()),
            (&words::MOVING, time(sums.moving_time)),
            (&texts::LONGEST_TRACK, lang.distance(Some(sums.longest)).plain()),
        ]
    };
    html! {
        details .table open {
            summary { (look.say(&words::TABLE)) }
            table .stack .sumtable {
                thead { tr {
                    th scope="col" { (look.say(chosen.step.text())) }
                    @for (name, _) in cells(&Sums::default()) { th .num scope="col" { (look.say(name)) } }
                } }
                tbody {
                    @for period in periods.iter().filter(|period| period.sums.tracks > 0) {
                        tr {
                            th scope="row" {
                                @match &period.href { Some(href) => a href=(href) { (period.name) }, None => (period.name) }
                            }
                            @for (name, value) in cells(&period.sums) { td .num { span .label aria-hidden="true" { (look.say(name)) } (value) } }
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
    use crate::web::page::visitor::Site;

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

    #[test]
    fn every_choice_is_a_link_and_keeps_the_others() {
        let site = Site::new();
        let mut bob = site.logged_in("bob@example.org");
        let html = bob.get("/user/3/graphs?measure=climb&step=week&year=2010").text();
        assert!(
            html.contains("measure=climb&amp;step=month&amp;year=2010") && html.contains("Week 50"),
            "{html}"
        );
        assert!(!html.contains("class=\"before\""), "{html}");
        let html = bob.get("/user/3/graphs").text();
        assert!(
            html.contains("2010: 12.1") && html.contains("/user/3/calendar/2010/8"),
            "{html}"
        );
        assert!(
            html.contains("Numbers as a table") && html.contains("August 2010: 9.1"),
            "{html}"
        );
        assert!(
            bob.get("/user/3/graphs?step=year&measure=tracks")
                .text()
                .contains("3 tracks")
        );
        let html = bob.get("/user/3/graphs?year=2013&measure=%3Cb%3E&step=").text();
        assert!(html.contains("No recorded tracks in 2013."), "{html}");
        let html = site.logged_in("carol@example.org").get("/user/4/graphs").text();
        assert!(
            html.contains("No recorded tracks yet.") && !html.contains("chip"),
            "{html}"
        );
    }

    #[test]
    fn the_year_before_is_hollow_and_the_best_is_told() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute("UPDATE tracks SET date_raw = '2009-08-03 10:00:00' WHERE id = 4", [])
            .unwrap();
        let html = site.logged_in("bob@example.org").get("/user/3/graphs?year=2010").text();
        assert!(html.contains("class=\"before\"") && html.contains("2009: "), "{html}");
        assert!(html.contains("Most in "), "{html}");
    }
}
