//! The box of a map. What stands in it is seen until a script has drawn the map, and always without one.

use super::Look;
use crate::web::asset;
use crate::web::text::map as words;
use maud::{Markup, html};
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
    let mut facts = json!({
        "name": map.name,
        "layers": map.layers,
        "overlays": map.overlays,
        "icons": look.path(&asset::path("icons.svg")),
        "words": {
            "in": look.say(&words::ZOOM_IN),
            "out": look.say(&words::ZOOM_OUT),
            "full": look.say(&words::FULL),
            "layers": look.say(&words::LAYERS),
            "base": look.say(&words::BASE),
            "over": look.say(&words::OVERLAYS),
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
            [
                ("fit", &words::FIT),
                ("pictures", &words::PHOTOS),
                ("open", &words::OPEN_PHOTO),
                ("photos", &words::N_PHOTOS),
            ]
        }
        Shows::Many { lines } => {
            facts["lines"] = json!(lines);
            facts["track"] = json!(look.path("/track/{id}"));
            facts["fine"] = json!(look.path("/track/{id}/line.json"));
            [
                ("fit", &words::FIT_ALL),
                ("more", &words::MORE),
                ("none", &words::NONE_IN_VIEW),
                ("tracks", &words::IN_VIEW),
            ]
        }
    };
    for (name, text) in more {
        facts["words"][name] = json!(look.say(text));
    }
    html! {
        div .map data-map=(facts) hidden[instead.is_none()] { @if let Some(instead) = instead { (instead) } }
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
            layers: json!([]),
            overlays: Vec::new(),
        };
        let html = map(&look, &one, Some(html! { p { "x" } })).into_string();
        assert!(!html.contains("<i>") && !html.contains(" hidden"), "{html}");
        let facts = html.split("data-map=\"").nth(1).unwrap().split('"').next().unwrap();
        let facts = facts
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&");
        let facts: Value = serde_json::from_str(&facts).unwrap();
        assert_eq!(facts["name"], "Karte von \"<i>'&amp;");
        assert_eq!(
            (&facts["planned"], &facts["words"]["in"]),
            (&json!(true), &json!("Vergrößern"))
        );
        assert!(map(&look, &one, None).into_string().contains(" hidden"));
    }
}
