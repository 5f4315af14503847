//! Bars, drawn by the server: one group a period, in it the year that is looked at and, hollow, the one before.
//!
//! As in the curves (`chart`) text never scales: heights and widths are percentages of a picture that is as
//! wide as there is room. A group is a link as a whole, so that a low bar is no small target.

use super::Look;
use super::axis::{Axis, percent, y_labels};
use maud::{Markup, html};

/// A period.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bar {
    /// Under the bar where there is room: `Mar`.
    pub word: String,
    /// Under the bar on phones: `M`.
    pub letter: String,
    /// What is said of it: `March 2026: 85 km, 4 tracks`.
    pub name: String,
    /// How high it is, in the chart's unit; 0 is not drawn.
    pub value: f64,
    /// The same a year before.
    pub before: f64,
    /// Where it leads.
    pub href: Option<String>,
}

/// The whole chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bars {
    /// Its name and what it says in one sentence, for those who listen.
    pub summary: String,
    /// The unit of the values.
    pub unit: &'static str,
    /// What the bars stand for, in words.
    pub legend: String,
    /// What the hollow ones stand for; absent without any.
    pub legend_before: Option<String>,
    /// The periods.
    pub bars: Vec<Bar>,
}

/// Periods that have room for a word each on a desk.
const WORDS: usize = 12;

/// Longer labels that have room side by side on a phone.
const PHONE_WORDS: usize = 6;

/// The chart; nothing when nothing is drawn.
pub fn bars(look: &Look, chart: &Bars) -> Option<Markup> {
    let highest = chart
        .bars
        .iter()
        .map(|bar| bar.value.max(bar.before))
        .fold(0.0, f64::max);
    // What is counted is never labelled with halves.
    let least = if chart.unit.is_empty() { 4.0 } else { 0.0 };
    (highest > 0.0).then(|| {
        let axis = Axis::over(0.0, highest.max(least), 4.0, true);
        html! {
            figure .chart .bars .dense[chart.bars.len() > WORDS] aria-label=(chart.summary) {
                figcaption .legend {
                    span { (swatch("now")) (chart.legend) }
                    @if let Some(before) = &chart.legend_before { span { (swatch("before")) (before) } }
                }
                (y_labels(look, &axis, chart.unit))
                div .x {
                    svg .plot {
                        @for tick in axis.ticks() {
                            @let at = percent(1.0 - axis.part(tick));
                            line .grid x1="0" x2="100%" y1=(at) y2=(at) {}
                        }
                        @for (n, bar) in chart.bars.iter().enumerate() { (group(look, chart, &axis, n, bar)) }
                    }
                    (labels(chart))
                }
            }
        }
    })
}

fn swatch(class: &str) -> Markup {
    html! { svg .swatch viewBox="0 0 14 14" aria-hidden="true" { rect class=(class) x="1" y="1" width="12" height="12" {} } }
}

/// A period's bars, in a link that takes the whole height.
fn group(look: &Look, chart: &Bars, axis: &Axis, n: usize, bar: &Bar) -> Markup {
    let width = 1.0 / chart.bars.len() as f64;
    let from = n as f64 * width;
    // Each is 37 % of its group; alone it stands in the middle.
    let (before, now) = match chart.legend_before {
        Some(_) => (from + 0.115 * width, from + 0.515 * width),
        None => (from, from + 0.315 * width),
    };
    let rect = |class: &str, left: f64, value: f64| {
        let high = axis.part(value);
        html! { rect class=(class) x=(percent(left)) y=(percent(1.0 - high)) width=(percent(0.37 * width)) height=(percent(high)) {} }
    };
    let drawn = html! {
        @if bar.before > 0.0 { (rect("before", before, bar.before)) }
        @if bar.value > 0.0 {
            (rect("now", now, bar.value))
            @if chart.bars.len() <= WORDS {
                text .value aria-hidden="true" x=(percent(now + 0.185 * width)) y=(percent(1.0 - axis.part(bar.value)))
                    dy="-6" text-anchor="middle" { (look.lang.decimal(bar.value, 0)) }
            }
        }
    };
    html! {
        @if let Some(href) = &bar.href {
            a href=(href) aria-label=(bar.name) {
                rect .ground x=(percent(from)) y="0" width=(percent(width)) height="100%" {}
                (drawn)
            }
        } @else { g { title { (bar.name) } (drawn) } }
    }
}

fn labels(chart: &Bars) -> Markup {
    let count = chart.bars.len();
    let is_short = chart.bars.iter().all(|bar| bar.letter.chars().count() <= 1);
    let on_phones = if is_short { WORDS } else { PHONE_WORDS };
    let row = |class: &str, every: usize, text: fn(&Bar) -> &str| {
        html! {
            svg .labels .(class) aria-hidden="true" {
                @for (n, bar) in chart.bars.iter().enumerate().step_by(every.max(1)) {
                    text x=(percent((n as f64 + 0.5) / count as f64)) y="17" text-anchor="middle" { (text(bar)) }
                }
            }
        }
    };
    html! {
        (row("onphone", count.div_ceil(on_phones), |bar| &bar.letter))
        (row("ondesk", count.div_ceil(WORDS), |bar| &bar.word))
    }
}

/// Parts of a whole, side by side in one bar: class, share from 0 to 1.
pub fn stacked(summary: &str, parts: &[(&'static str, f64)]) -> Markup {
    let before = |n: usize| parts[..n].iter().map(|part| part.1).sum();
    html! {
        svg .stacked role="img" aria-label=(summary) {
            @for (n, (class, share)) in parts.iter().enumerate() {
                rect class=(class) x=(percent(before(n))) y="0" width=(percent(*share)) height="100%" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn chart(values: &[(f64, f64)], before: bool) -> Bars {
        let bar = |(n, (value, before)): (usize, &(f64, f64))| Bar {
            word: format!("month {n}"),
            letter: "M".into(),
            name: format!("<{n}>"),
            value: *value,
            before: *before,
            href: Some(format!("/{n}")),
        };
        Bars {
            unit: "km",
            legend: "2026: 5 km".into(),
            legend_before: before.then(|| "2025: 6 km".into()),
            bars: values.iter().enumerate().map(bar).collect(),
            ..Bars::default()
        }
    }

    fn drawn(chart: &Bars) -> String {
        bars(&super::super::look(Lang::De), chart).unwrap().into_string()
    }

    #[test]
    fn what_is_nought_is_not_drawn() {
        let html = drawn(&chart(&[(0.0, 0.0), (1200.0, 0.0), (3.0, 4.0)], true));
        // One of each stands in the legend.
        assert_eq!(
            (html.matches("\"now\"").count(), html.matches("\"before\"").count()),
            (3, 2),
            "{html}"
        );
        assert!(html.contains("1.200") && html.contains("&lt;1&gt;"), "{html}");
        assert_eq!(
            bars(&super::super::look(Lang::En), &chart(&[(0.0, 0.0)], true)).map(|_| ()),
            None
        );
    }

    #[test]
    fn without_a_year_before_there_are_no_hollow_bars() {
        assert!(!drawn(&chart(&[(5.0, 0.0)], false)).contains("before"));
    }

    #[test]
    fn labels_stay_apart() {
        let html = drawn(&chart(&[(5.0, 1.0); 53], true));
        assert!(html.matches(">month ").count() <= 12, "{html}");
        assert!(!html.contains("class=\"value\""));
    }

    #[test]
    fn counts_are_labelled_with_whole_numbers() {
        let mut counted = chart(&[(1.0, 0.0)], false);
        counted.unit = "";
        let html = drawn(&counted);
        assert!(html.contains(">4</text>") && !html.contains("0,"), "{html}");
    }

    #[test]
    fn parts_follow_one_another() {
        let html = stacked("", &[("a", 0.25), ("b", 0.75)]).into_string();
        assert!(html.contains("class=\"b\" x=\"25%\""), "{html}");
    }
}
