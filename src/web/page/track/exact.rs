//! All figures of a track, unrounded, in the precision of 0.11.

use super::view::{Shown, instant};
use crate::model::track::{Kind, LocalTime};
use crate::web::lang::Text;
use crate::web::look::{Look, figure};
use crate::web::text::{figure as words, track as texts};
use maud::{Markup, html};

/// The table, closed on phones.
pub fn table(look: &Look, shown: &Shown) -> Markup {
    html! {
        section {
            details .exactbox .table {
                summary { h2 { (look.say(&texts::ALL_FIGURES)) } }
                table .exact { tbody { @for (label, value) in rows(look, shown) {
                    tr { th scope="row" { (look.say(label)) } td { (value) } }
                } } }
            }
        }
    }
}

fn rows(look: &Look, shown: &Shown) -> Vec<(&'static Text, Markup)> {
    let (lang, figures) = (look.lang, &shown.figures);
    let number = |value: Option<f64>, factor: f64, unit: &str| match figure::finite(value) {
        Some(value) => html! { (lang.two_decimals(value * factor)) "\u{202f}" (unit) },
        None => missing(look),
    };
    let recorded = shown.kind == Kind::Recorded;
    let timed = figure::is_timed(figures);
    let when = |at: Option<LocalTime>| {
        at.filter(|_| timed)
            .map_or_else(|| missing(look), |at| moment(look, at))
    };
    let lasting = |value: Option<f64>| match figure::finite(value).filter(|_| timed) {
        Some(seconds) => html! { (lang.duration_full(seconds)) },
        None => missing(look),
    };
    let mut rows = vec![(&words::DATE, moment(look, shown.date))];
    if recorded {
        rows.push((&words::START, when(figures.start)));
        rows.push((&words::END, when(figures.end)));
    }
    rows.push((&words::DISTANCE, number(figures.length, 0.001, "km")));
    rows.push((&words::CLIMB, number(figures.uphill, 1.0, "m")));
    rows.push((&words::DESCENT, number(figures.downhill, 1.0, "m")));
    if recorded {
        rows.push((&words::MOVING, lasting(figures.moving_time)));
        rows.push((&words::STOPPED, lasting(figures.stopped_time)));
        rows.push((
            &words::FASTEST,
            number(figures.max_speed.filter(|_| timed), 3.6, "km/h"),
        ));
        rows.push((
            &words::AVERAGE,
            number(figures.avg_speed.filter(|_| timed), 3.6, "km/h"),
        ));
    }
    rows
}

fn moment(look: &Look, at: LocalTime) -> Markup {
    html! { time datetime=(instant(at)) { (look.lang.date_time_full(at.wall)) } }
}

fn missing(look: &Look) -> Markup {
    figure::figure(&look.lang.distance(None))
}
