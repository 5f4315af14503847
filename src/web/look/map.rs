//! The box of a map. What stands in it is seen until a script has drawn the map, and always without one.

use super::Look;
use super::icon::{self, Icon};
use crate::markdown::links_only;
use crate::web::lang::Text;
use crate::web::text::map as words;
use maud::{Markup, PreEscaped, html};
use serde_json::{Value, json};

/// What a map shows. Addresses with the site's prefix.
pub struct Map<'a> {
    /// What it is called.
    pub name: &'a str,
    /// One track, or many.
    pub shows: Shows,
    /// The layers that the visitor may choose from ([`super::layers::layers`]).
    pub layers: Value,
    /// Layers of this site's own on top, the first of them shown.
    pub overlays: Vec<Value>,
}

/// What is drawn on it.
pub enum Shows {
    /// A track.
    One {
        /// Where its line is.
        line: String,
        /// Whether it is planned.
        planned: bool,
    },
    /// Tracks that can be chosen.
    Many {
        /// Where their lines are.
        lines: String,
    },
}

/// The box, with what stands in the map's place; empty, it is seen only with a script.
pub fn map(look: &Look, map: &Map, instead: Option<Markup>) -> Markup {
    let layers: Vec<&Value> = map
        .overlays
        .iter()
        .chain(map.layers.as_array().into_iter().flatten())
        .collect();
    let mut facts = json!({
        "layers": layers,
        "words": {
            "hint": look.say(&words::HINT),
            "loading": look.say(&words::LOADING),
            "failed": look.say(&words::FAILED),
            "again": look.say(&words::AGAIN),
        },
    });
    let more = match &map.shows {
        Shows::One { line, planned } => {
            facts["line"] = json!(line);
            facts["planned"] = json!(planned);
            [("open", &words::OPEN_PHOTO), ("photos", &words::N_PHOTOS)]
        }
        Shows::Many { lines } => {
            facts["lines"] = json!(lines);
            facts["track"] = json!(look.path("/track/{id}"));
            facts["fine"] = json!(look.path("/track/{id}/line.json"));
            [("more", &words::MORE), ("none", &words::NONE_IN_VIEW)]
        }
    };
    for (name, text) in more {
        facts["words"][name] = json!(look.say(text));
    }
    html! {
        div .map data-map=(facts) hidden[instead.is_none()] {
            @if let Some(instead) = instead { (instead) }
            // What the script puts in its place.
            template {
                div .view tabindex="0" role="application" aria-label=(map.name) {
                    div .tiles {}
                    canvas aria-hidden="true" {}
                    div .pins {}
                }
                div .tools { (tool(look, "in", icon::PLUS, &words::ZOOM_IN)) (tool(look, "out", icon::MINUS, &words::ZOOM_OUT)) }
                div .tools .right {
                    (tool(look, "full", icon::FULL, &words::FULL))
                    @let fit = if matches!(map.shows, Shows::One { .. }) { &words::FIT } else { &words::FIT_ALL };
                    (tool(look, "fit", icon::FIT, fit))
                    (panel(look, &layers, map.overlays.len()))
                }
                p .scale aria-hidden="true" {}
                p .credit {}
                p .told role="status" {}
            }
        }
    }
}

fn tool(look: &Look, deed: &str, symbol: Icon, name: &Text) -> Markup {
    let name = look.say(name);
    html! { button .tool type="button" data-do=(deed) aria-label=(name) title=(name) { (icon::icon(look, symbol)) } }
}

/// The layers to choose from, where there is a choice; the first map is chosen, and of the site's `own` layers the first.
fn panel(look: &Look, layers: &[&Value], own: usize) -> Markup {
    let numbered = || layers.iter().copied().enumerate();
    let (bases, over): (Vec<_>, Vec<_>) = numbered().partition(|(_, layer)| layer["type"] == "base");
    let name = look.say(&words::LAYERS);
    html! {
        details .layers hidden[bases.len() + over.len() < 2] {
            summary .tool aria-label=(name) title=(name) { (icon::icon(look, icon::LAYERS)) }
            div .panel {
                @if !bases.is_empty() { fieldset {
                    legend { (look.say(&words::BASE)) }
                    @for (at, (n, layer)) in bases.iter().enumerate() { (choice("radio", *n, layer, at == 0)) }
                } }
                @if !over.is_empty() { fieldset {
                    legend { (look.say(&words::OVERLAYS)) }
                    @for (n, layer) in &over { (choice("checkbox", *n, layer, own > 0 && *n == 0)) }
                } }
                // Shown when there are any on the map.
                label .box hidden { input type="checkbox" data-photos checked; (look.say(&words::PHOTOS)) }
            }
        }
    }
}

fn choice(kind: &str, number: usize, layer: &Value, is_chosen: bool) -> Markup {
    let text = |name: &str| layer[name].as_str().unwrap_or_default();
    html! {
        label .box {
            input type=(kind) name=[(kind == "radio").then_some("map-base")] data-layer=(number) checked[is_chosen];
            template { @if !text("attribution").is_empty() { span { (PreEscaped(links_only(text("attribution")))) } } }
            (text("name"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn what_a_script_needs_is_one_attribute_whatever_the_title() {
        let look = super::super::look(Lang::De);
        let shows = Shows::One {
            line: "/track/1/line.json".to_owned(),
            planned: true,
        };
        let one = Map {
            name: "Karte von \"<i>'&amp;",
            shows,
            layers: json!([{ "name": "<b>", "type": "base", "attribution": "© <a href='https://a.example' onclick='x'>A<img></a>" }]),
            overlays: Vec::new(),
        };
        let html = map(&look, &one, Some(html! { p { "x" } })).into_string();
        assert!(
            !html.contains("<i>") && !html.contains("<b>") && html.contains("\"><p>x</p>"),
            "{html}"
        );
        let credit =
            "<span>© <a href=\"https://a.example\" rel=\"noopener noreferrer\">A</a></span></template>&lt;b&gt;";
        assert!(html.contains(credit) && html.contains("title=\"Vergrößern\""), "{html}");
        let facts = html.split("data-map=\"").nth(1).unwrap().split('"').next().unwrap();
        let facts = facts
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let facts: Value = serde_json::from_str(&facts).unwrap();
        assert_eq!(
            (&facts["planned"], &facts["line"]),
            (&json!(true), &json!("/track/1/line.json"))
        );
        assert!(map(&look, &one, None).into_string().contains("\" hidden><template>"));
    }
}
