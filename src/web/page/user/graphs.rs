//! The graphs: one measure by month, week or year, beside it the year before; the numbers in a table below.
//!
//! Every choice is a link, so that it works without a script and can be kept. A week is that of ISO 8601, by the
//! date at each track's place; in that view a year is the one that its weeks belong to.

mod choice;
mod period;

use super::{Part, Subject, asked_year, nothing, page, summary_of, year_chips};
use crate::error::Result;
use crate::model::profile;
use crate::model::summary::Sums;
use crate::web::look::Look;
use crate::web::look::bars::{Bar, Bars, bars};
use crate::web::look::tabs::{Way, choice};
use crate::web::page::look;
use crate::web::response::Response;
use crate::web::text::{count, figure as words, profile as texts};
use crate::web::visit::Visit;
use choice::{Chosen, Measure, Step};
use maud::{Markup, html};
use period::{Period, Years, months, periods, weeks, whole};
use time::macros::date;

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
    use crate::web::page::visitor::Site;

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
