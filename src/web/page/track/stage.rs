//! The stage of a track's page: its picture and its height profile, edge to edge.

use super::view::Shown;
use crate::model::preview::DENSE;
use crate::model::track::Kind;
use crate::web::look::chart::Profile;
use crate::web::look::map::{Map, Shows, map};
use crate::web::look::{Look, chart, shape, sized};
use crate::web::text::{figure as words, track as texts};
use maud::{Markup, html};

/// Map and profile. In the map's place stands the map picture, or the line alone where there is none.
pub fn stage(look: &Look, shown: &Shown, name: &str) -> Markup {
    let alt = look.lang.fill(&words::MAP_OF, &[("title", name)]);
    let planned = shown.kind == Kind::Planned;
    let line = shown.drawn.as_ref().and_then(|drawn| drawn.line.as_ref());
    let instead = html! {
        @if shown.has_picture {
            @let picture = shown.link(look, "/preview");
            img src=(picture) srcset={ (sized(&picture, DENSE)) " 2x" } width="300" height="300" alt=(alt);
        }
        @else if let Some([phone, desk]) = line {
            (shape::framed(phone, &alt, shape::PHONE, "phone"))
            (shape::framed(desk, &alt, shape::DESK, "desk"))
        }
    };
    let shows = Shows::One {
        line: shown.link(look, "/line.json"),
        planned,
    };
    html! {
        @if shown.has_picture || line.is_some() {
            div .stage data-profile=[shown.drawn.as_ref().map(|drawn| &drawn.facts)] {
                (map(look, &Map { name: &alt, shows, layers: shown.layers.clone(), overlays: Vec::new() }, Some(instead)))
                (profile(look, shown))
            }
        } @else {
            (profile(look, shown))
        }
    }
}

fn profile(look: &Look, shown: &Shown) -> Markup {
    html! {
        @if let Some(drawn) = &shown.drawn { (drawn.curves) }
        @else { p .note .pad { (look.say(&texts::NO_RECORDING)) } }
    }
}

/// The curves, and the numbers as a table.
pub fn curves(look: &Look, profile: &Profile, kind: Kind) -> Markup {
    html! {
        @if let Some(chart) = chart::profile(look, profile) { (chart) }
        @else { p .note .pad { (look.say(&texts::NO_HEIGHTS)) } }
        // A planned route has no speed of anybody's, whatever its file says.
        @if kind == Kind::Recorded { @if let Some(panels) = chart::panels(look, profile) { (panels) } }
        (chart::table(look, profile))
    }
}
