//! The height profile, drawn by the server.
//!
//! Text never scales: the y labels stand in a picture of fixed width, the curve in a freely stretched one
//! beside it (its strokes do not stretch), the x labels below at percentages. Everything is an attribute;
//! no style is needed but the classes.

use super::Look;
use crate::web::text::figure as words;
use maud::{Markup, html};
use std::fmt::Write;

/// A profile: runs of (distance from the start, height), both in metres.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// The runs, in order; between two of them nothing was recorded.
    pub runs: Vec<Vec<(f64, f64)>>,
    /// For the table: distance (m), height (m), climb so far (m).
    pub rows: Vec<(f64, f64, f64)>,
}

/// The scale of one axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// An axis over a range with at most `most` steps of 1, 2, 2.5 or 5 times a power of ten.
    fn over(low: f64, high: f64, most: f64, whole_steps: bool) -> Axis {
        let rough = ((high - low) / most).max(1e-6);
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .iter()
            .map(|n| n * power)
            .find(|s| *s >= rough * 0.999)
            .unwrap_or(rough);
        if !whole_steps {
            return Axis { low, high, step };
        }
        Axis {
            low: (low / step).floor() * step,
            high: (high / step).ceil() * step,
            step,
        }
    }

    fn ticks(&self) -> Vec<f64> {
        let count = ((self.high - self.low) / self.step + 1e-9).floor() as usize;
        (0..=count.min(12)).map(|n| self.low + n as f64 * self.step).collect()
    }

    /// Where a value lies, from 0 to 1.
    fn part(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }

    /// Decimals that its ticks need.
    fn decimals(&self) -> usize {
        (0..3)
            .find(|n| (self.step * 10f64.powi(*n)).fract().abs() < 1e-6)
            .unwrap_or(3) as usize
    }
}

/// The profile with its summary; nothing when there is nothing to draw.
pub fn profile(look: &Look, profile: &Profile) -> Option<Markup> {
    let heights = || profile.runs.iter().flatten().map(|p| p.1).filter(|h| h.is_finite());
    let length = profile.runs.iter().flatten().map(|p| p.0).fold(0.0, f64::max);
    let (low, high) = (
        heights().fold(f64::INFINITY, f64::min),
        heights().fold(f64::NEG_INFINITY, f64::max),
    );
    if !(low <= high && length > 0.0) {
        return None;
    }
    let middle = (low + high) / 2.0;
    let (bottom, top) = if high - low < 50.0 {
        (middle - 25.0, middle + 25.0)
    } else {
        (low, high)
    };
    let y = Axis::over(bottom, top, 4.0, true);
    let x = Axis::over(0.0, length / 1000.0, 4.0, false);
    let values = [
        ("low", look.lang.height(Some(low)).plain()),
        ("high", look.lang.height(Some(high)).plain()),
        ("length", look.lang.distance(Some(length)).plain()),
    ];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let summary = look.lang.fill(&words::PROFILE_SUMMARY, &values);
    Some(html! {
        figure .chart role="img" aria-label={ (look.say(&words::PROFILE)) ". " (summary) } {
            (y_labels(look, &y))
            div .x {
                (plot(profile, &x, &y))
                (x_labels(look, &x))
            }
        }
    })
}

fn y_labels(look: &Look, axis: &Axis) -> Markup {
    let ticks = axis.ticks();
    let last = ticks.len().saturating_sub(1);
    html! {
        svg .y aria-hidden="true" {
            @for (n, tick) in ticks.iter().enumerate() {
                text x="56" y={ (percent(1.0 - axis.part(*tick))) } dy=".35em" text-anchor="end" {
                    (look.lang.decimal(*tick, axis.decimals())) @if n == last { "\u{202f}m" }
                }
            }
        }
    }
}

fn x_labels(look: &Look, axis: &Axis) -> Markup {
    html! {
        svg .labels aria-hidden="true" {
            @for (n, tick) in axis.ticks().iter().enumerate() {
                text x=(percent(axis.part(*tick))) y="17" text-anchor=(if n == 0 { "start" } else { "middle" }) {
                    (look.lang.decimal(*tick, axis.decimals())) @if n == 0 { "\u{202f}km" }
                }
            }
        }
    }
}

fn plot(profile: &Profile, x: &Axis, y: &Axis) -> Markup {
    let runs: Vec<String> = profile
        .runs
        .iter()
        .filter(|run| run.len() > 1)
        .map(|run| curve(run, x, y))
        .collect();
    let ends: Vec<f64> = profile
        .runs
        .iter()
        .filter_map(|run| run.last())
        .map(|p| x.part(p.0 / 1000.0))
        .collect();
    html! {
        svg .plot aria-hidden="true" {
            @for tick in y.ticks() {
                @let at = percent(1.0 - y.part(tick));
                line .grid x1="0" x2="100%" y1=(at) y2=(at) {}
            }
            svg viewBox="0 0 1000 1000" preserveAspectRatio="none" width="100%" height="100%" {
                @for (run, d) in profile.runs.iter().filter(|run| run.len() > 1).zip(&runs) {
                    path .area d={ (d) "V1000H" (across(run.first(), x)) "z" } {}
                    path .curve d=(d) {}
                }
                @for end in ends.iter().take(ends.len().saturating_sub(1)) {
                    path .gap d={ "M" (tenth(end * 1000.0)) " 0V1000" } {}
                }
            }
        }
    }
}

fn curve(run: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
    let mut out = String::with_capacity(run.len() * 10);
    let mut letter = 'M';
    for (distance, height) in run.iter().filter(|p| p.1.is_finite()) {
        let (right, down) = (x.part(distance / 1000.0) * 1000.0, (1.0 - y.part(*height)) * 1000.0);
        let _ = write!(out, "{letter}{} {}", tenth(right), tenth(down));
        letter = 'L';
    }
    out
}

fn across(point: Option<&(f64, f64)>, x: &Axis) -> f64 {
    tenth(point.map_or(0.0, |p| x.part(p.0 / 1000.0) * 1000.0))
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn percent(part: f64) -> String {
    format!("{}%", tenth(part * 1000.0) / 10.0)
}

/// The same numbers as a table, behind a disclosure.
pub fn table(look: &Look, profile: &Profile) -> Markup {
    html! {
        @if !profile.rows.is_empty() {
            details .table {
                summary { (look.say(&words::TABLE)) }
                div .scroll tabindex="0" role="region" aria-label=(look.say(&words::TABLE)) { table {
                    thead { tr {
                        th scope="col" { (look.say(&words::KILOMETRE)) }
                        th .num scope="col" { (look.say(&words::HEIGHT)) }
                        th .num scope="col" { (look.say(&words::CLIMB_SO_FAR)) }
                    } }
                    tbody {
                        @for (distance, height, climb) in &profile.rows {
                            tr {
                                td { (look.lang.decimal(distance / 1000.0, 1)) }
                                td .num { (look.lang.height(Some(*height)).plain()) }
                                td .num { (look.lang.height(Some(*climb)).plain()) }
                            }
                        }
                    }
                } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn drawn(runs: Vec<Vec<(f64, f64)>>) -> Option<String> {
        let data = Profile { runs, rows: Vec::new() };
        profile(&super::super::look(Lang::De), &data).map(|m| m.into_string())
    }

    #[test]
    fn steps_are_round_and_few() {
        let axis = Axis::over(213.0, 1480.0, 4.0, true);
        assert_eq!((axis.low, axis.high, axis.step), (0.0, 1500.0, 500.0));
        let axis = Axis::over(0.0, 57.4, 4.0, false);
        assert_eq!(axis.ticks(), [0.0, 20.0, 40.0]);
        assert_eq!(Axis::over(0.0, 0.9, 4.0, false).decimals(), 2);
    }

    #[test]
    fn a_flat_ride_looks_flat() {
        let html = drawn(vec![vec![(0.0, 100.0), (1000.0, 101.0)]]).unwrap();
        assert!(html.contains("80") && html.contains("m</text>"), "{html}");
    }

    #[test]
    fn nothing_to_draw_is_nothing() {
        assert_eq!(drawn(vec![]), None);
        assert_eq!(drawn(vec![vec![(0.0, 5.0)]]), None);
        assert_eq!(drawn(vec![vec![(0.0, f64::NAN), (10.0, f64::NAN)]]), None);
    }

    #[test]
    fn gaps_are_marked_and_numbers_are_written_in_the_language() {
        let html = drawn(vec![
            vec![(0.0, 900.0), (1000.0, 1100.0)],
            vec![(1000.0, 1200.0), (2000.0, 2100.0)],
        ])
        .unwrap();
        assert_eq!(html.matches("class=\"gap\"").count(), 1);
        assert!(html.contains("2.500\u{202f}m") || html.contains("2.000"), "{html}");
    }
}
