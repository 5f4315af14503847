//! The section of the profile that says which overlay maps there are, and when they were drawn.

use super::Subject;
use crate::model::overlay::{Drawn, Map};
use crate::web::look::Look;
use crate::web::text::profile as texts;
use maud::{Markup, html};
use serde_json::{Value, json};

/// The nearest zoom with tiles of their own; nearer they are enlarged by who looks.
const NEAREST: u8 = 16;

/// The section; nothing without a map.
pub(super) fn section(look: &Look, maps: &[Drawn]) -> Markup {
    html! {
        @if !maps.is_empty() {
            section {
                h2 { (look.say(&texts::MAPS)) }
                @for drawn in maps { p { (sentence(look, drawn)) } }
            }
        }
    }
}

/// What the script of a map needs to lay it on top.
pub(super) fn overlay(look: &Look, subject: &Subject, drawn: &Drawn) -> Value {
    let name = match drawn.map {
        Map::Heat => &texts::HEAT_LAYER,
        Map::Hunt => &texts::TILES_LAYER,
    };
    json!({
        "name": look.say(name),
        "url": subject.path(look, &format!("tile/{}/{{z}}/{{x}}/{{y}}", drawn.map.name())),
        "attribution": "",
        "type": "overlay",
        "zoom": NEAREST,
    })
}

fn sentence(look: &Look, drawn: &Drawn) -> String {
    let text = match drawn.map {
        Map::Heat => &texts::HEAT_MAP,
        Map::Hunt => &texts::TILES,
    };
    look.lang.fill(text, &[("date", &look.lang.date(drawn.at.date()))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::look;
    use time::macros::datetime;

    #[test]
    fn it_says_which_maps_there_are_and_of_when() {
        let drawn = |map| Drawn {
            map,
            at: datetime!(2026-11-24 23:30 UTC),
            tag: String::new(),
        };
        let german = section(&look(Lang::De), &Map::ALL.map(drawn)).into_string();
        assert_eq!(german.matches("24. November 2026").count(), 2, "{german}");
        let english = section(&look(Lang::En), &[drawn(Map::Hunt)]).into_string();
        assert!(english.contains("tiles") && !english.contains("Heat map"), "{english}");
        assert!(section(&look(Lang::En), &[]).into_string().is_empty());
    }
}
