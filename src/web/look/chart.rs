//! The curves along a track, drawn by the server: height, and below it speed and what sensors measured.
//!
//! Text never scales: the y labels stand in a picture of fixed width, the curve in a freely stretched one
//! beside it (its strokes do not stretch), the x labels below at percentages. Everything is an attribute;
//! no style is needed but the classes. Each curve has a picture of its own, never a second y axis.

use super::Look;
use super::axis::{Axis, percent, tenth, y_labels};
use crate::web::lang::{Text, figure as spoken};
use crate::web::text::figure as words;
use maud::{Markup, html};
use serde_json::json;
use std::fmt::Write;

/// A stretch without gaps: distance from the start (m), value.
pub type Run = Vec<(f64, f64)>;

/// What was recorded along the way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// Heights, m: the runs, in order; between two of them nothing was recorded.
    pub heights: Vec<Run>,
    /// Speeds, m/s.
    pub speeds: Vec<Run>,
    /// Heart rates, beats a minute.
    pub hearts: Vec<Run>,
    /// Turns or steps a minute.
    pub cadences: Vec<Run>,
    /// Watts.
    pub powers: Vec<Run>,
    /// Degrees Celsius of the air.
    pub temperatures: Vec<Run>,
    /// When: seconds since midnight at the start's place and day.
    pub times: Run,
    /// The same as a table.
    pub rows: Vec<Row>,
}

/// A row of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Row {
    /// From the start, m.
    pub distance: f64,
    /// There, m.
    pub height: Option<f64>,
    /// So far, m.
    pub climb: Option<f64>,
    /// Since the row before, m/s.
    pub speed: Option<f64>,
    /// Since the row before, beats a minute.
    pub heart: Option<f64>,
}

/// A curve to be drawn.
struct Curve<'a> {
    /// The runs; x in metres, y as it is labelled.
    runs: &'a [Run],
    x: Axis,
    y: Axis,
    unit: &'static str,
    spoken: &'static Text,
    decimals: u8,
    name: &'static Text,
    summary: String,
    /// How it is drawn: a class, and whether the ground below is filled.
    class: &'static str,
    filled: bool,
}

/// The heights with their summary; nothing when there is nothing to draw.
pub fn profile(look: &Look, profile: &Profile) -> Option<Markup> {
    let (low, high) = range(&profile.heights)?;
    // A flat ride shall look flat.
    let middle = (low + high) / 2.0;
    let (bottom, top) = if high - low < 50.0 {
        (middle - 25.0, middle + 25.0)
    } else {
        (low, high)
    };
    let height = |metres| look.lang.height(Some(metres)).plain();
    Some(drawn(
        look,
        &Curve {
            runs: &profile.heights,
            x: way(profile)?,
            y: Axis::over(bottom, top, 4.0, true),
            unit: "m",
            spoken: &spoken::METRES,
            decimals: 0,
            name: &words::PROFILE,
            summary: summary(look, profile, &words::PROFILE_SUMMARY, [height(low), height(high)]),
            class: "heights",
            filled: true,
        },
    ))
}

/// A curve of its own below the heights.
struct Panel {
    runs: fn(&Profile) -> &Vec<Run>,
    /// What a value is multiplied by to be shown.
    factor: f64,
    /// The axis begins here, unless there are lower values; none: at the lowest.
    bottom: Option<f64>,
    /// It is so high at least, as values are shown.
    span: f64,
    unit: &'static str,
    spoken: &'static Text,
    decimals: u8,
    name: &'static Text,
    class: &'static str,
}

const PANELS: [Panel; 5] = [
    Panel {
        runs: |profile| &profile.speeds,
        factor: 3.6,
        bottom: Some(0.0),
        span: 1.0,
        unit: "km/h",
        spoken: &spoken::KILOMETRES_AN_HOUR,
        decimals: 1,
        name: &words::SPEED,
        class: "speeds",
    },
    Panel {
        runs: |profile| &profile.hearts,
        factor: 1.0,
        bottom: Some(60.0),
        span: 10.0,
        unit: "bpm",
        spoken: &spoken::BEATS_A_MINUTE,
        decimals: 0,
        name: &words::HEART,
        class: "hearts",
    },
    Panel {
        runs: |profile| &profile.cadences,
        factor: 1.0,
        bottom: Some(0.0),
        span: 10.0,
        unit: "/min",
        spoken: &spoken::A_MINUTE,
        decimals: 0,
        name: &words::CADENCE,
        class: "cadences",
    },
    Panel {
        runs: |profile| &profile.powers,
        factor: 1.0,
        bottom: Some(0.0),
        span: 10.0,
        unit: "W",
        spoken: &spoken::WATTS,
        decimals: 0,
        name: &words::POWER,
        class: "powers",
    },
    Panel {
        runs: |profile| &profile.temperatures,
        factor: 1.0,
        bottom: None,
        span: 5.0,
        unit: "°C",
        spoken: &spoken::DEGREES,
        decimals: 0,
        name: &words::TEMPERATURE,
        class: "temperatures",
    },
];

/// What was measured besides heights, behind a disclosure.
pub fn panels(look: &Look, profile: &Profile) -> Option<Markup> {
    let drawn = PANELS
        .iter()
        .filter_map(|panel| Some((panel, panel.draw(look, profile)?)));
    let drawn: Vec<(&Panel, Markup)> = drawn.collect();
    let names: Vec<&str> = drawn.iter().map(|(panel, _)| look.say(panel.name)).collect();
    (!drawn.is_empty()).then(|| {
        html! {
            details .table .panels { summary { (names.join(", ")) } @for (_, panel) in &drawn { (panel) } }
        }
    })
}

impl Panel {
    fn draw(&self, look: &Look, profile: &Profile) -> Option<Markup> {
        let shown = |run: &Run| run.iter().map(|(at, value)| (*at, value * self.factor)).collect();
        let runs: Vec<Run> = (self.runs)(profile).iter().map(shown).collect();
        let (low, high) = range(&runs)?;
        let bottom = self.bottom.map_or(low, |bottom| low.min(bottom));
        let amount = |value: f64| {
            format!(
                "{}\u{202f}{}",
                look.lang.decimal(value, usize::from(self.decimals)),
                self.unit
            )
        };
        Some(drawn(
            look,
            &Curve {
                runs: &runs,
                x: way(profile)?,
                y: Axis::over(bottom, high.max(bottom + self.span), 2.0, true),
                unit: self.unit,
                spoken: self.spoken,
                decimals: self.decimals,
                name: self.name,
                summary: summary(look, profile, &words::CURVE_SUMMARY, [amount(low), amount(high)]),
                class: self.class,
                filled: false,
            },
        ))
    }
}

/// The lowest and the highest value.
fn range(runs: &[Run]) -> Option<(f64, f64)> {
    let values = || runs.iter().flatten().map(|p| p.1).filter(|value| value.is_finite());
    let (low, high) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(f64::NEG_INFINITY, f64::max),
    );
    (low <= high).then_some((low, high))
}

/// How far the way goes, m.
fn length(profile: &Profile) -> f64 {
    let measured = PANELS.iter().flat_map(|panel| (panel.runs)(profile));
    let places = profile.heights.iter().chain(measured).flatten().map(|p| p.0);
    places
        .chain(profile.rows.iter().map(|row| row.distance))
        .fold(0.0, f64::max)
}

/// The axis that all curves share, km; none when nothing was moved.
fn way(profile: &Profile) -> Option<Axis> {
    let length = length(profile);
    (length > 0.0).then(|| Axis::over(0.0, length / 1000.0, 4.0, false))
}

fn summary(look: &Look, profile: &Profile, text: &Text, [low, high]: [String; 2]) -> String {
    let length = look.lang.distance(Some(length(profile))).plain();
    look.lang
        .fill(text, &[("low", &low), ("high", &high), ("length", &length)])
}

fn drawn(look: &Look, curve: &Curve) -> Markup {
    html! {
        figure .chart .(curve.class) role="img" aria-label={ (look.say(curve.name)) ". " (curve.summary) }
            // What a script needs to read values off the curve.
            data-low=(curve.y.low) data-high=(curve.y.high) data-decimals=(curve.decimals) data-unit=(curve.unit) data-spoken=(look.say(curve.spoken)) data-name=(look.say(if curve.filled { &words::HEIGHT } else { curve.name }))
            data-way=(curve.x.high) data-spoken-way=(look.say(&spoken::KILOMETRES)) data-place=(look.say(&words::PLACE)) {
            @if !curve.filled { figcaption aria-hidden="true" { (look.say(curve.name)) ", " (curve.unit) } }
            // A long unit has no room beside a number; it stands with the name then.
            (y_labels(look, &curve.y, if curve.filled { curve.unit } else { "" }))
            div .x {
                (plot(curve))
                (x_labels(look, &curve.x))
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

fn plot(curve: &Curve) -> Markup {
    let (x, y) = (&curve.x, &curve.y);
    let drawn = || curve.runs.iter().filter(|run| run.len() > 1);
    let ends: Vec<f64> = curve
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
                @for run in drawn() {
                    @let d = path(run, x, y);
                    @if curve.filled { path .area d={ (d) "V1000H" (across(run.first(), x)) "z" } {} }
                    path .curve d=(d) {}
                }
                @for end in ends.iter().take(ends.len().saturating_sub(1)) {
                    path .gap d={ "M" (tenth(end * 1000.0)) " 0V1000" } {}
                }
            }
        }
    }
}

fn path(run: &[(f64, f64)], x: &Axis, y: &Axis) -> String {
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

/// What a script needs besides to tell of places and stretches of the curves, in the stage that they stand in.
pub fn facts(look: &Look, profile: &Profile) -> String {
    let numbers: Vec<[f64; 2]> = profile
        .times
        .iter()
        .map(|(at, time)| [at.round(), time.round()])
        .collect();
    json!({
        "times": numbers,
        "curves": look.say(&words::CURVES),
        "stretch": look.say(&words::STRETCH),
        "up": look.say(&words::UP),
        "down": look.say(&words::DOWN),
        "hint": look.say(&words::STRETCH_HINT),
        "fit": look.say(&words::STRETCH_FIT),
        "clear": look.say(&words::STRETCH_CLEAR),
    })
    .to_string()
}

/// The same numbers as a table, behind a disclosure; only the columns that hold something.
pub fn table(look: &Look, profile: &Profile) -> Markup {
    type Column = (&'static Text, fn(&Look, &Row) -> Option<String>);
    const COLUMNS: [Column; 4] = [
        (&words::HEIGHT, |look, row| {
            Some(look.lang.height(Some(row.height?)).plain())
        }),
        (&words::CLIMB_SO_FAR, |look, row| {
            Some(look.lang.height(Some(row.climb?)).plain())
        }),
        (&words::SPEED, |look, row| {
            Some(look.lang.speed(Some(row.speed?)).plain())
        }),
        (&words::HEART, |look, row| {
            Some(look.lang.heart_rate(Some(row.heart?)).plain())
        }),
    ];
    let holds = |column: &&Column| profile.rows.iter().any(|row| column.1(look, row).is_some());
    let columns: Vec<&Column> = COLUMNS.iter().filter(holds).collect();
    html! {
        @if !columns.is_empty() {
            details .table {
                summary { (look.say(&words::TABLE)) }
                div .scroll tabindex="0" role="region" aria-label=(look.say(&words::TABLE)) { table {
                    thead { tr {
                        th scope="col" { (look.say(&words::KILOMETRE)) }
                        @for (name, _) in &columns { th .num scope="col" { (look.say(name)) } }
                    } }
                    tbody { @for row in &profile.rows { tr {
                        td { (look.lang.decimal(row.distance / 1000.0, 1)) }
                        @for (_, value) in &columns { td .num { (value(look, row).unwrap_or_else(|| "–".into())) } }
                    } } }
                } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn drawn(heights: Vec<Run>) -> Option<String> {
        let data = Profile {
            heights,
            ..Profile::default()
        };
        profile(&super::super::look(Lang::De), &data).map(|m| m.into_string())
    }

    #[test]
    fn speed_and_heart_rate_have_panels_and_columns_of_their_own() {
        let look = super::super::look(Lang::En);
        let mut data = Profile {
            speeds: vec![vec![(50.0, 5.0), (150.0, 10.0)]],
            rows: vec![Row {
                distance: 1000.0,
                speed: Some(5.0),
                ..Row::default()
            }],
            ..Profile::default()
        };
        assert!(profile(&look, &data).is_none());
        let html = panels(&look, &data).unwrap().into_string();
        assert!(
            html.contains("<summary>Speed</summary>") && html.contains("Speed, km/h"),
            "{html}"
        );
        assert!(
            html.contains("From 18.0\u{202f}km/h to 36.0\u{202f}km/h over 1.0\u{202f}km."),
            "{html}"
        );
        let columns = table(&look, &data).into_string();
        assert_eq!(columns.matches("<th ").count(), 2, "{columns}");
        data.hearts = vec![vec![(0.0, 101.0), (1000.0, 162.0)]];
        data.rows[0].heart = Some(131.6);
        let html = panels(&look, &data).unwrap().into_string();
        assert!(
            html.contains("Speed, Heart rate</summary>") && html.contains("Heart rate, bpm"),
            "{html}"
        );
        assert!(table(&look, &data).into_string().contains("132\u{202f}bpm"));
        assert!(panels(&look, &Profile::default()).is_none());
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
