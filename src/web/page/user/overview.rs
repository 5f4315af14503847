//! The profile's first page: what it comes to, in all or in a year, and the records.

use super::{Part, Subject, asked_year, maps, nothing, page, summary_of, year_chips};
use crate::error::Result;
use crate::model::TrackId;
use crate::model::card::Card;
use crate::model::overlay::{self, Drawn};
use crate::model::profile::{self, Record, Speeds};
use crate::model::summary::Sums;
use crate::model::track::Kind;
use crate::web::lang::Text;
use crate::web::lang::figure::Amount;
use crate::web::look::Look;
use crate::web::look::card::title;
use crate::web::look::figure::{ODD_AVERAGE, ODD_FASTEST, entry, figure};
use crate::web::look::line::Line;
use crate::web::look::map::{Map, Shows, map};
use crate::web::look::shape::shape;
use crate::web::page::home::MINE;
use crate::web::page::{layers, look, recording, viewer};
use crate::web::response::Response;
use crate::web::text::{figure as words, map as map_words, profile as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use serde_json::Value;
use std::collections::HashMap;

/// `/user/{id}/`
///
/// # Errors
/// As [`Subject::find`].
pub fn show(visit: &mut Visit) -> Result<Response> {
    let subject = Subject::find(visit)?;
    let summary = summary_of(visit, &subject)?;
    let year = asked_year(visit);
    let years: Vec<i32> = summary.years.iter().map(|year| year.year).collect();
    let chosen = summary
        .years
        .iter()
        .filter(|of| year.is_none_or(|year| of.year == year));
    let sums = chosen.map(|year| year.sums()).fold(Sums::default(), Sums::and);
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let speeds = profile::find_speeds(db, subject.id, year)?;
    let mut records = Vec::new();
    for which in Record::ALL {
        let found = profile::find_record(db, subject.id, subject.viewer, which, year)?;
        records.extend(found.map(|(card, value)| (which, card, value)));
    }
    let layers = layers(visit);
    recording::seen::cut(
        db,
        dir,
        &viewer(visit),
        records.iter_mut().map(|record| &mut record.1).collect(),
    )?;
    let lines = recording::lines(db, dir, &viewer(visit), records.iter().map(|record| &record.1))?;
    let drawn = overlay::list(dir, subject.id);
    let look = look(visit)?;
    let href = |year: i32| subject.path(&look, &format!("?year={year}"));
    let content = html! {
        @if !years.is_empty() { (year_chips(&look, &years, year, Some(subject.path(&look, "")), href)) }
        @if sums.tracks == 0 { (nothing(&look, &subject, &years, year, href)) } @else {
            (figures(&look, &sums, &speeds))
            (list(&look, &records, &lines))
            @if year.is_none() { (map_of_all(&look, &subject, layers, &drawn)) }
        }
        (maps::section(&look, &drawn))
    };
    let title = year.map(|year| year.to_string());
    Ok(page(visit, look, &subject, Part::Overview, title.as_deref(), content))
}

/// The map of all that was recorded; without a script Explore lists the same.
fn map_of_all(look: &Look, subject: &Subject, layers: Value, drawn: &[Drawn]) -> Markup {
    let tracks = Map {
        name: look.say(&map_words::ALL_TRACKS),
        shows: Shows::Many {
            lines: subject.path(look, "lines.json"),
        },
        layers,
        overlays: drawn.iter().map(|drawn| maps::overlay(look, subject, drawn)).collect(),
    };
    html! {
        section .maps {
            h2 { (look.say(&map_words::ALL_TRACKS)) }
            (map(look, &tracks, None))
            @if subject.is_own() { p .note { a href=(look.path(MINE)) { (look.say(&texts::AS_LIST)) } } }
        }
    }
}

fn figures(look: &Look, sums: &Sums, speeds: &Speeds) -> Markup {
    let lang = look.lang;
    // Less than a second stands for nothing: the original's figures of tracks without times.
    let time = |seconds: f64| lang.duration(Some(seconds).filter(|seconds| *seconds >= 1.0));
    let count = lang.whole(i64::try_from(sums.tracks).unwrap_or(i64::MAX));
    let tracks = Amount {
        spoken: count.clone(),
        value: count,
        unit: "",
    };
    html! {
        dl .figures .many {
            (entry(look, &words::DISTANCE, lang.distance(Some(sums.length)), false))
            (entry(look, &texts::TRACKS, tracks, false))
            (entry(look, &words::CLIMB, lang.height(Some(sums.uphill)), false))
            (entry(look, &words::MOVING, time(sums.moving_time), false))
            (entry(look, &texts::AVERAGE_LENGTH, lang.distance(Some(sums.average_length())), false))
            (entry(look, &words::DESCENT, lang.height(Some(sums.downhill)), false))
            (entry(look, &words::STOPPED, time(sums.stopped_time), false))
            (entry(look, &texts::AVERAGE_TIME, time(sums.average_time()), false))
            (entry(look, &texts::AVERAGE_SPEED, lang.speed(speeds.average), speeds.average > Some(ODD_AVERAGE)))
            (entry(look, &words::FASTEST, lang.speed(speeds.fastest), speeds.fastest > Some(ODD_FASTEST)))
        }
    }
}

fn list(look: &Look, records: &[(Record, Card, f64)], lines: &HashMap<TrackId, Line>) -> Markup {
    html! {
        section {
            h2 { (look.say(&texts::RECORDS)) }
            @if records.is_empty() { p .meta { (look.say(&texts::NO_RECORDS)) } } @else {
                ul .records {
                    @for (which, card, value) in records {
                        li {
                            @match lines.get(&card.id) {
                                Some(line) => (shape(line, card.kind == Kind::Planned)),
                                None => span {},
                            }
                            div .what {
                                p .meta { (look.say(name(*which))) }
                                p .user .clamp dir="auto" { a href=(look.path(&format!("/track/{}", card.id))) { (title(look, card)) } }
                            }
                            p .value {
                                b { (figure(&amount(look, *which, *value))) }
                                time .meta datetime=(crate::clock::date_text(card.date.wall.date())) { (look.lang.date_short(card.date.wall.date())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn name(record: Record) -> &'static Text {
    match record {
        Record::Longest => &texts::LONGEST,
        Record::Shortest => &texts::SHORTEST,
        Record::LongestTime => &texts::LONGEST_TIME,
        Record::ShortestTime => &texts::SHORTEST_TIME,
    }
}

fn amount(look: &Look, record: Record, value: f64) -> Amount {
    match record {
        Record::Longest | Record::Shortest => look.lang.distance(Some(value)),
        Record::LongestTime | Record::ShortestTime => look.lang.duration(Some(value)),
    }
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    #[test]
    fn the_figures_are_those_of_the_chosen_year() {
        let site = Site::new();
        let mut bob = site.logged_in("bob@example.org");
        let all = bob.get("/user/3/").text();
        assert!(all.contains("12.1") && all.contains("Records"), "{all}");
        assert_eq!(all.matches("class=\"what\"").count(), 4, "{all}");
        assert_eq!(
            bob.get("/user/3/?year=2010").text().matches("class=\"what\"").count(),
            4
        );
        let none = bob.get("/user/3/?year=2012").text();
        assert!(
            none.contains("No recorded tracks in 2012.") && none.contains("?year=2010"),
            "{none}"
        );
        for odd in ["soon", "0", "-5", "99999999999"] {
            assert!(
                bob.get(&format!("/user/3/?year={odd}")).text().contains("Records"),
                "{odd}"
            );
        }
    }

    #[test]
    fn without_tracks_it_says_so() {
        let site = Site::new();
        let html = site.logged_in("carol@example.org").get("/user/4/").text();
        assert!(
            html.contains("No recorded tracks yet.") && html.contains("/upload"),
            "{html}"
        );
        let html = site.logged_in("admin@example.org").get("/user/4/").text();
        assert!(!html.contains("Upload a track"), "{html}");
    }
}
