//! How warm a day is: a colour for how far one went, and what the colours mean.

use crate::web::look::Look;
use crate::web::text::profile as texts;
use maud::{Markup, html};

/// How warm a day is, by its distance in metres.
pub fn heat(metres: f64) -> &'static str {
    match metres / 1000.0 {
        km if km <= 0.0 => "heat-0",
        km if km <= 25.0 => "heat-1",
        km if km <= 50.0 => "heat-2",
        km if km <= 75.0 => "heat-3",
        km if km <= 100.0 => "heat-4",
        _ => "heat-5",
    }
}

/// What each colour means.
pub fn legend(look: &Look) -> Markup {
    let up_to = |km: &str| look.lang.fill(&texts::UP_TO, &[("n", km)]);
    let steps = [
        ("heat-0", look.say(&texts::NO_KM).to_owned()),
        ("heat-1", up_to("25")),
        ("heat-2", up_to("50")),
        ("heat-3", up_to("75")),
        ("heat-4", up_to("100")),
        ("heat-5", look.say(&texts::OVER).to_owned()),
    ];
    html! {
        div .heats .meta {
            span { (look.say(&texts::LEGEND)) ":" }
            ul { @for (class, text) in &steps { li { svg .swatch viewBox="0 0 14 14" aria-hidden="true" { rect class=(class) width="14" height="14" rx="3" {} } (text) } } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_as_warm_as_it_was_long() {
        for (metres, class) in [
            (0.0, "heat-0"),
            (1.0, "heat-1"),
            (25_000.0, "heat-1"),
            (25_001.0, "heat-2"),
            (75_000.0, "heat-3"),
            (100_000.0, "heat-4"),
            (100_001.0, "heat-5"),
        ] {
            assert_eq!(heat(metres), class, "{metres}");
        }
    }
}
