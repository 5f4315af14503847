//! The page of the privacy zones: those that are there, the form, and places to begin with.

use super::starts::Start;
use super::{Draft, ID, LAT, LON, NAME, RADIUS};
use crate::gpx::Circle;
use crate::model::zone::Zone;
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, csrf, input, summary};
use crate::web::look::frame::page_head;
use crate::web::look::icon;
use crate::web::look::panel::{Sure, sure_of};
use crate::web::text::{count, zone as texts};
use maud::{Markup, html};

pub(super) fn view(look: &Look, zones: &[Zone], starts: &[Start], draft: &Draft, wrong: &[Wrong]) -> Markup {
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        div .narrow {
            p .section { (look.say(&texts::WHAT)) }
            section {
                @if zones.is_empty() { p .note { (look.say(&texts::EMPTY)) } }
                @else { ul .lines { @for zone in zones { li { (one(look, zone)) } } } }
            }
            section #zone { (form(look, zones, draft, wrong)) }
            @if !starts.is_empty() {
                section {
                    h2 { (look.say(&texts::STARTS)) }
                    p { (look.say(&texts::STARTS_TEXT)) }
                    ul .lines { @for start in starts { li { (begin_here(look, start)) } } }
                }
            }
            section {
                h2 { (look.say(&texts::TO_KNOW)) }
                div .prose { @for text in [&texts::HOW, &texts::LIMITS] { p { (look.say(text)) } } }
            }
        }
    }
}

fn one(look: &Look, zone: &Zone) -> Markup {
    let Circle { lat, lon, radius } = zone.named;
    let heading = look.lang.fill(&texts::DELETE_TITLE, &[("name", &zone.name)]);
    let second = Sure {
        heading: &heading,
        consequence: &texts::DELETE_TEXT,
        button: &texts::DELETE_SURE,
        action: look.path("/me/delete-zone"),
    };
    let degrees = |degrees: f64| look.lang.decimal(degrees, 4);
    let place = [
        ("radius", look.lang.whole(radius.round() as i64)),
        ("lat", degrees(lat)),
        ("lon", degrees(lon)),
    ];
    let place = place.each_ref().map(|(name, value)| (*name, value.as_str()));
    html! {
        div .what {
            p .user dir="auto" { b { (zone.name) } }
            p .meta { (look.lang.fill(&texts::WHERE, &place)) }
        }
        div .buttons {
            a .button .quiet href=(look.path(&format!("/me/zones?zone={}#zone", zone.id))) {
                (icon::icon(look, icon::EDIT)) (look.say(&texts::CHANGE))
            }
            (sure_of(look, &texts::DELETE, icon::DELETE, &second, &[(ID, &zone.id.to_string())]))
        }
    }
}

fn form(look: &Look, zones: &[Zone], draft: &Draft, wrong: &[Wrong]) -> Markup {
    let changed = zones.iter().find(|zone| Some(zone.id) == draft.id);
    let heading = match changed {
        Some(zone) => look.lang.fill(&texts::CHANGE_TITLE, &[("name", &zone.name)]),
        None => look.say(&texts::ADD_TITLE).to_owned(),
    };
    let field = |name, label, hint, value, mode: &str| {
        let words = Field {
            name,
            label: look.say(label),
            hint: Some(look.say(hint)),
            required: true,
            wrong,
        };
        input(look, &words, mode, value, Some("off"))
    };
    html! {
        h2 .user dir="auto" { (heading) }
        (summary(look, wrong))
        form .form method="post" action=(look.path("/me/zones")) {
            (csrf(look))
            @if let Some(id) = draft.id { input type="hidden" name=(ID) value=(id); }
            (field(NAME, &texts::NAME, &texts::NAME_HINT, &draft.name, "text"))
            (field(LAT, &texts::LAT, &texts::LAT_HINT, &draft.lat, "text"))
            (field(LON, &texts::LON, &texts::LON_HINT, &draft.lon, "text"))
            (field(RADIUS, &texts::RADIUS, &texts::RADIUS_HINT, &draft.radius, "text"))
            p .buttons {
                button .button .primary { (look.say(if draft.id.is_some() { &texts::SAVE } else { &texts::ADD })) }
                @if draft.id.is_some() { a .button .quiet href=(look.path("/me/zones")) { (look.say(&texts::INSTEAD)) } }
            }
        }
    }
}

fn begin_here(look: &Look, start: &Start) -> Markup {
    html! {
        div .what {
            a href=(look.path(&format!("/me/zones?track={}#zone", start.track))) {
                span .user dir="auto" { (look.lang.fill(&texts::START_OF, &[("title", &start.name(look.lang))])) }
            }
            p .meta { (count(look.lang, start.tracks, &texts::BEGIN_HERE)) }
        }
    }
}
