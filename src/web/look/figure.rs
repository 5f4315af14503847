//! Figures as they are read: rounded, the unit small beside the value, "–" for what was not recorded.

use super::Look;
use super::icon::{self, icon};
use crate::model::figures::Figures;
use crate::model::track::Kind;
use crate::web::lang::Text;
use crate::web::lang::figure::Amount;
use crate::web::text::figure as words;
use maud::{Markup, html};

/// The space between a value and its unit.
pub const THIN: &str = "\u{202f}";

/// Above it an average speed is not believed, m/s (150 km/h).
pub const ODD_AVERAGE: f64 = 150.0 / 3.6;
/// Above it a highest speed is not believed, m/s (300 km/h).
pub const ODD_FASTEST: f64 = 300.0 / 3.6;

/// A figure: the value, its unit smaller, spelt out for those who listen.
pub fn figure(figure: &Amount) -> Markup {
    html! {
        span .nowrap aria-hidden="true" {
            (figure.value) @if !figure.unit.is_empty() { span .unit { (THIN) (figure.unit) } }
        }
        span .hidden { (figure.spoken) }
    }
}

/// Whether times and speeds of these figures mean something.
pub fn is_timed(figures: &Figures) -> bool {
    figures.has_times() && figures.moving_time.is_some_and(|seconds| seconds >= 1.0)
}

/// Whether a speed is beyond belief.
pub fn is_odd(figures: &Figures) -> bool {
    let above = |value: Option<f64>, limit: f64| value.is_some_and(|v| v > limit);
    is_timed(figures) && (above(figures.avg_speed, ODD_AVERAGE) || above(figures.max_speed, ODD_FASTEST))
}

/// The figures on top of a track's page; planned tracks have only three.
pub fn figures(look: &Look, figures: &Figures, kind: Kind) -> Markup {
    let timed = |value: Option<f64>| finite(value).filter(|_| is_timed(figures));
    let lang = look.lang;
    html! {
        dl .figures {
            (entry(look, &words::DISTANCE, lang.distance(figures.length), false))
            (entry(look, &words::CLIMB, lang.height(figures.uphill), false))
            (entry(look, &words::DESCENT, lang.height(figures.downhill), false))
            @if kind == Kind::Recorded {
                (entry(look, &words::MOVING, lang.duration(timed(figures.moving_time)), false))
                (entry(look, &words::AVERAGE, lang.speed(timed(figures.avg_speed)),
                    timed(figures.avg_speed).is_some_and(|v| v > ODD_AVERAGE)))
                (entry(look, &words::FASTEST, lang.speed(timed(figures.max_speed)),
                    timed(figures.max_speed).is_some_and(|v| v > ODD_FASTEST)))
            }
        }
    }
}

/// One figure of a list with its name; `odd` when it is beyond belief.
pub fn entry(look: &Look, label: &Text, value: Amount, odd: bool) -> Markup {
    html! {
        div {
            dt { (look.say(label)) }
            dd {
                (figure(&value))
                @if odd { (icon(look, icon::WARN)) span .hidden { (look.say(&words::ODD)) } }
            }
        }
    }
}

/// A stored figure that can be shown: damaged instances hold infinities.
pub fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite())
}

/// Distance, climb and time in one line, for cards; planned tracks have no time.
pub fn line(look: &Look, figures: &Figures, kind: Kind) -> Markup {
    let lang = look.lang;
    let time = figures
        .moving_time
        .filter(|_| kind == Kind::Recorded && is_timed(figures));
    html! {
        b { (figure(&lang.distance(figures.length))) }
        @if let Some(climb) = finite(figures.uphill) { (climbed(look, climb)) }
        @if let Some(time) = finite(time) { span { (figure(&lang.duration(Some(time)))) } }
    }
}

/// A climb with its arrow (m).
pub fn climbed(look: &Look, metres: f64) -> Markup {
    html! {
        span .nowrap {
            span aria-hidden="true" { "↑" (THIN) } span .hidden { (look.say(&words::CLIMB)) " " }
            (figure(&look.lang.height(Some(metres))))
        }
    }
}

/// The same as plain text, for links shown elsewhere: "109.5 km · ↑ 1,240 m · 7:42 h".
pub fn line_text(look: &Look, figures: &Figures, kind: Kind) -> String {
    let lang = look.lang;
    let time = finite(figures.moving_time).filter(|_| kind == Kind::Recorded && is_timed(figures));
    let parts = [
        finite(figures.length).map(|v| lang.distance(Some(v)).plain()),
        finite(figures.uphill).map(|v| format!("↑{THIN}{}", lang.height(Some(v)).plain())),
        time.map(|v| lang.duration(Some(v)).plain()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::track::LocalTime;
    use crate::web::lang::Lang;
    use time::macros::datetime;

    fn measured(moving: f64, fastest: f64) -> Figures {
        let at = |wall| Some(LocalTime { wall, offset: 60 });
        Figures {
            length: Some(109_500.0),
            uphill: Some(1240.0),
            downhill: Some(1198.0),
            moving_time: Some(moving),
            stopped_time: Some(0.0),
            avg_speed: Some(3.9),
            max_speed: Some(fastest),
            start: at(datetime!(2025-11-24 12:58)),
            end: at(datetime!(2025-11-24 20:40)),
        }
    }

    #[test]
    fn without_times_there_are_three_dashes() {
        let look = super::super::look(Lang::En);
        let html = figures(&look, &measured(0.000343, 0.0), Kind::Recorded).into_string();
        assert_eq!(html.matches("not recorded").count(), 3, "{html}");
        assert!(!html.contains("1901") && !html.contains("0:00"), "{html}");
        let html = figures(&look, &Figures::default(), Kind::Recorded).into_string();
        assert_eq!(html.matches("not recorded").count(), 6, "{html}");
    }

    #[test]
    fn planned_tracks_have_three_figures() {
        let html = figures(&super::super::look(Lang::De), &measured(27_720.0, 13.5), Kind::Planned).into_string();
        assert_eq!(html.matches("<dt>").count(), 3, "{html}");
        assert!(html.contains("109,5") && html.contains("1.240"), "{html}");
    }

    #[test]
    fn a_speed_beyond_belief_is_marked() {
        assert!(is_odd(&measured(27_720.0, 84.0)) && !is_odd(&measured(27_720.0, 83.0)));
        let html = figures(&super::super::look(Lang::En), &measured(27_720.0, 84.0), Kind::Recorded).into_string();
        assert_eq!(html.matches("looks wrong").count(), 1, "{html}");
    }

    #[test]
    fn infinities_of_damaged_instances_are_not_shown() {
        let broken = Figures {
            length: Some(f64::NAN),
            uphill: Some(f64::INFINITY),
            ..Figures::default()
        };
        let html = line(&super::super::look(Lang::En), &broken, Kind::Recorded).into_string();
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
    }
}
