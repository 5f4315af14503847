//! The stage of a track's page: its picture and its height profile, edge to edge.

use super::view::{Recording, Shown};
use crate::model::preview::DENSE;
use crate::model::track::Kind;
use crate::web::look::map::{Map, Shows, map};
use crate::web::look::{Look, chart, shape, sized};
use crate::web::text::{figure as words, track as texts};
use maud::{Markup, html};

/// Map and profile. In the map's place stands the map picture, or the line alone where there is none.
pub fn stage(look: &Look, shown: &Shown, name: &str) -> Markup {
    let alt = look.lang.fill(&words::MAP_OF, &[("title", name)]);
    let planned = shown.kind == Kind::Planned;
    let line = match &shown.recording {
        Recording::Read(line, _) if !line.is_empty() => Some(line),
        _ => None,
    };
    let instead = html! {
        @if shown.has_picture {
            @let picture = shown.link(look, "/preview");
            img src=(picture) srcset={ (sized(&picture, DENSE)) " 2x" } width="300" height="300" alt=(alt);
        }
        @else if let Some(line) = line {
            (shape::stage(line, planned, &alt, shape::PHONE, "phone"))
            (shape::stage(line, planned, &alt, shape::DESK, "desk"))
        }
    };
    let shows = Shows::One {
        line: shown.link(look, "/line.json"),
        planned,
    };
    html! {
        @if shown.has_picture || line.is_some() {
            div .stage data-profile=[facts(look, shown)] {
                (map(look, &Map { name: &alt, shows, layers: shown.layers.clone(), overlays: Vec::new() }, Some(instead)))
                (profile(look, shown))
            }
        } @else {
            (profile(look, shown))
        }
    }
}

fn facts(look: &Look, shown: &Shown) -> Option<String> {
    match &shown.recording {
        Recording::Read(_, profile) => Some(chart::facts(look, profile)),
        Recording::Unreadable => None,
    }
}

fn profile(look: &Look, shown: &Shown) -> Markup {
    let profile = match &shown.recording {
        Recording::Read(_, profile) => profile,
        Recording::Unreadable => return html! { p .note .pad { (look.say(&texts::NO_RECORDING)) } },
    };
    html! {
        @if let Some(chart) = chart::profile(look, profile) { (chart) }
        @else { p .note .pad { (look.say(&texts::NO_HEIGHTS)) } }
        // A planned route has no speed of anybody's, whatever its file says.
        @if shown.kind == Kind::Recorded { @if let Some(panels) = chart::panels(look, profile) { (panels) } }
        (chart::table(look, profile))
    }
}
