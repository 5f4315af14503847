//! Explore as its visitor sees it: search and filters, what is at work, the list, the ZIP.

use super::asked::{Asked, Chip};
use crate::model::browse::{Order, Page};
use crate::web::lang::Text;
use crate::web::look::card::{self, Extras};
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::form::{self, Field, Wrong, field, input, tick};
use crate::web::look::frame::page_head;
use crate::web::look::icon::{self, icon};
use crate::web::look::map::{Map, Shows, map};
use crate::web::look::message::notice;
use crate::web::look::tabs::{Way, choice};
use crate::web::look::{Look, pagination};
use crate::web::session::Kind as Tone;
use crate::web::text::{count, explore as texts, figure as words, home, map as map_words};
use maud::{Markup, html};
use serde_json::Value;

/// What the page shows.
pub struct Shown<'a> {
    /// What the address asks for.
    pub asked: &'a Asked,
    /// The tracks; absent when the address cannot be understood.
    pub found: Option<&'a Page>,
    /// The filters at work.
    pub chips: Vec<Chip>,
    /// Whether somebody is logged in.
    pub logged_in: bool,
    /// The map layers to choose from.
    pub layers: Value,
}

/// The address of a list with these parameters.
fn address(look: &Look, pairs: &[(String, String)], page: Option<u64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs);
    if let Some(page) = page {
        query.append_pair("page", &page.to_string());
    }
    match query.finish().as_str() {
        "" => look.path("/track/"),
        query => look.path(&format!("/track/?{query}")),
    }
}

/// The page's content.
pub fn view(look: &Look, shown: &Shown) -> Markup {
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        (filters(look, shown))
        @if let Some(found) = shown.found {
            @if found.total == 0 { (empty(look, shown)) } @else { (list(look, shown, found)) }
        }
    }
}

fn list(look: &Look, shown: &Shown, found: &Page) -> Markup {
    let page = shown.asked.query.page;
    let extras = Extras {
        star: shown.logged_in,
        tick: Some(ZIP),
    };
    html! {
        (chips(look, shown))
        div .resultline {
            h2 #results { (count(look.lang, found.total, &words::TRACKS)) }
            (views(look, shown.asked))
            (order(look, shown.asked))
        }
        @if shown.asked.is_map() { (overview(look, shown)) }
        (card::cards(look, &found.cards, extras))
        (pagination::pagination(look, page, found.total, &|page| address(look, &shown.asked.pairs, Some(page))))
        @if !found.cards.is_empty() { (zip(look)) }
    }
}

/// As a list, or on a map.
fn views(look: &Look, asked: &Asked) -> Markup {
    let way = |map: bool, text: &Text| {
        let others = asked.pairs.iter().filter(|pair| pair.0 != "view").cloned();
        let view = map.then(|| ("view".to_owned(), "map".to_owned()));
        Way {
            href: address(look, &others.chain(view).collect::<Vec<_>>(), None),
            text: look.say(text).to_owned(),
            current: asked.is_map() == map,
        }
    };
    choice(
        look.say(&texts::VIEWS),
        &[way(false, &texts::LIST), way(true, &texts::MAP)],
    )
}

/// The map of all that was found, with a list of what is seen of it; both need a script, and the list below does not.
fn overview(look: &Look, shown: &Shown) -> Markup {
    let filters = address(look, &shown.asked.pairs, None);
    let query = filters.split_once('?').map_or("", |(_, query)| query);
    let tracks = Map {
        name: look.say(&map_words::ALL_TRACKS),
        shows: Shows::Many {
            lines: look.path(&format!("/track/lines.json?{query}")),
        },
        layers: shown.layers.clone(),
        overlays: Vec::new(),
    };
    html! {
        div .overview {
            (map(look, &tracks, None))
            ul .inview data-inview aria-label=(look.say(&map_words::IN_VIEW)) {}
        }
    }
}

/// The form that the boxes on the cards belong to; it cannot stand around them, since stars are forms too.
const ZIP: &str = "zip";

fn zip(look: &Look) -> Markup {
    html! {
        form .zip #(ZIP) method="get" action=(look.path("/track/archive"))
            data-ticked=(look.say(&texts::TICKED)) data-untick=(look.say(&texts::UNTICK)) {
            button .button { (icon(look, icon::DOWNLOAD)) (look.say(&texts::ZIP)) }
        }
    }
}

/// Search and filters: one form, so that neither loses what the other has.
fn filters(look: &Look, shown: &Shown) -> Markup {
    let asked = shown.asked;
    let at_work = shown.chips.iter().filter(|chip| !is_search(asked, chip)).count();
    let words = Field {
        name: "search-terms",
        label: look.say(&texts::SEARCH_LABEL),
        hint: None,
        required: false,
        wrong: &[],
    };
    html! {
        (form::summary(look, &asked.wrong))
        (homeless(look, &asked.wrong))
        form .explore method="get" action=(look.path("/track/")) role="search" data-spare {
            div .search {
                (input(look, &words, "search", asked.value("search-terms").unwrap_or(""), None))
                button .button { (icon(look, icon::SEARCH)) (look.say(&texts::SEARCH)) }
            }
            details .filters open[!asked.wrong.is_empty()] {
                summary .button .quiet {
                    (icon(look, icon::FILTER))
                    @if at_work == 0 { (look.say(&texts::FILTERS)) }
                    @else { (look.lang.fill(&texts::FILTERS_N, &[("n", &at_work.to_string())])) }
                }
                div .groups { (what(look, asked)) (how_far(look, asked)) @if shown.logged_in { (whose(look, asked)) } }
                p .buttons { button .button .primary { (look.say(&texts::SHOW)) } }
            }
            @if asked.is_map() { input type="hidden" name="view" value="map"; }
            @if asked.query.order != Order::default() { input type="hidden" name="sort" value=(asked.query.order.name()); }
        }
    }
}

/// The search stands in its own field; it is no part of the number of filters.
fn is_search(asked: &Asked, chip: &Chip) -> bool {
    asked.value("search-terms").is_some() && !chip.rest.iter().any(|pair| pair.0 == "search-terms")
}

/// What is wrong with parameters that have no field of their own to say it at.
fn homeless(look: &Look, wrong: &[Wrong]) -> Markup {
    let homeless = |wrong: &&Wrong| matches!(wrong.field, "page" | "sort" | "type[]");
    html! {
        @for wrong in wrong.iter().filter(homeless) {
            div .msgs id=(wrong.field) { (notice(look, Tone::Bad, html! { (wrong.text) })) }
        }
    }
}

fn what(look: &Look, asked: &Asked) -> Markup {
    let kinds = [("ORGANIC", &texts::RECORDED), ("SYNTHETIC", &texts::PLANNED)];
    let all = asked.query.kind.is_none();
    html! {
        fieldset {
            legend { (look.say(&texts::WHAT)) }
            div .ticks { @for (value, text) in kinds {
                (tick("type[]", value, all || asked.has("type[]", value), html! { (look.say(text)) }))
            } }
            (words_of(look, asked, "tags", &texts::TAGS, &texts::TAGS_HINT))
            (words_of(look, asked, "tagged-person", &texts::PEOPLE, &texts::PEOPLE_HINT))
        }
    }
}

fn words_of(look: &Look, asked: &Asked, name: &'static str, label: &Text, hint: &Text) -> Markup {
    let words = Field {
        name,
        label: look.say(label),
        hint: Some(look.say(hint)),
        required: false,
        wrong: &[],
    };
    input(look, &words, "text", asked.value(name).unwrap_or(""), None)
}

fn how_far(look: &Look, asked: &Asked) -> Markup {
    html! {
        fieldset {
            legend { (look.say(&texts::HOW_FAR)) }
            div .pair { (kilometres(look, asked, "min-length", &texts::MIN_LENGTH)) (kilometres(look, asked, "max-length", &texts::MAX_LENGTH)) }
            div .pair { (day(look, asked, "min-date", &texts::MIN_DATE)) (day(look, asked, "max-date", &texts::MAX_DATE)) }
        }
    }
}

fn typed<'a>(look: &Look, asked: &'a Asked, name: &'static str, label: &Text) -> Field<'a> {
    Field {
        name,
        label: look.say(label),
        hint: None,
        required: false,
        wrong: &asked.wrong,
    }
}

fn kilometres(look: &Look, asked: &Asked, name: &'static str, label: &Text) -> Markup {
    field(look, &typed(look, asked, name, label), |ties| {
        html! {
            span .measured {
                // Not of the type number, which loses what was typed when it is none.
                input type="text" inputmode="numeric" id=(name) name=(name) value=[asked.value(name)]
                    aria-describedby=[ties.described.as_deref()] aria-invalid=[ties.invalid];
                span { (look.say(&texts::KM)) }
            }
        }
    })
}

fn day(look: &Look, asked: &Asked, name: &'static str, label: &Text) -> Markup {
    let words = typed(look, asked, name, label);
    let is_wrong = asked.wrong.iter().any(|wrong| wrong.field == name);
    input(
        look,
        &words,
        if is_wrong { "text" } else { "date" },
        asked.value(name).unwrap_or(""),
        None,
    )
}

fn whose(look: &Look, asked: &Asked) -> Markup {
    let only = [
        ("mine", &texts::ONLY_MINE),
        ("friends", &texts::ONLY_OF_FRIENDS),
        ("user-tagged", &texts::ONLY_WITH_ME),
    ];
    let favourites = [
        ("", &texts::ALL),
        ("true", &texts::ONLY_FAVOURITES),
        ("false", &texts::NO_FAVOURITES),
    ];
    let chosen = match asked.query.favourite {
        None => "",
        Some(true) => "true",
        Some(false) => "false",
    };
    html! {
        fieldset {
            legend { (look.say(&texts::WHOSE)) }
            div .ticks { @for (value, text) in only {
                (tick("show-only[]", value, asked.has("show-only[]", value), html! { (look.say(text)) }))
            } }
            div .field {
                label for="favourite" { (look.say(&texts::FAVOURITES)) }
                select #favourite name="favourite" {
                    @for (value, text) in favourites { option value=(value) selected[value == chosen] { (look.say(text)) } }
                }
            }
        }
    }
}

/// The filters at work, each a link to the list without it.
fn chips(look: &Look, shown: &Shown) -> Markup {
    let order = shown
        .asked
        .pairs
        .iter()
        .filter(|pair| matches!(pair.0.as_str(), "sort" | "view"));
    let all = address(look, &order.cloned().collect::<Vec<_>>(), None);
    html! {
        @if !shown.chips.is_empty() {
            nav aria-label=(look.say(&texts::ACTIVE)) {
                ul .chips {
                    @for chip in &shown.chips {
                        li {
                            a .chip href=(address(look, &chip.rest, None))
                                aria-label=(look.lang.fill(&texts::REMOVE, &[("text", &chip.text)])) {
                                span .user dir="auto" { (chip.text) } (icon(look, icon::CLOSE))
                            }
                        }
                    }
                    @if shown.chips.len() > 1 { li { a .clear href=(all) { (look.say(&texts::CLEAR)) } } }
                }
            }
        }
    }
}

const ORDERS: [(Order, &Text); 6] = [
    (Order::DateDesc, &texts::DATE_DESC),
    (Order::DateAsc, &texts::DATE_ASC),
    (Order::LengthDesc, &texts::LENGTH_DESC),
    (Order::LengthAsc, &texts::LENGTH_ASC),
    (Order::DurationDesc, &texts::DURATION_DESC),
    (Order::DurationAsc, &texts::DURATION_ASC),
];

fn order(look: &Look, asked: &Asked) -> Markup {
    html! {
        form method="get" action=(look.path("/track/")) {
            @for (name, value) in asked.pairs.iter().filter(|pair| pair.0 != "sort") {
                input type="hidden" name=(name) value=(value);
            }
            label .hidden for="sort" { (look.say(&texts::SORT)) }
            select #sort name="sort" data-go {
                @for (order, text) in ORDERS {
                    option value=(order.name()) selected[order == asked.query.order] { (look.say(text)) }
                }
            }
            button .button { (look.say(&texts::GO)) }
        }
    }
}

fn empty(look: &Look, shown: &Shown) -> Markup {
    let is_filtered = !shown.chips.is_empty();
    html! {
        div .empty {
            (drawing(Drawing::Empty))
            p { (look.say(if is_filtered { &texts::EMPTY_FILTERED } else { &texts::EMPTY })) }
            (chips(look, shown))
            @if !is_filtered && shown.logged_in {
                a .button .primary href=(look.path("/upload")) { (icon(look, icon::UPLOAD)) (look.say(&home::UPLOAD)) }
            }
            @if !shown.logged_in { a .button .primary href=(look.log_in_path("/track/")) { (look.say(&texts::LOG_IN)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};

    fn shown(found: &Page, query: &str, logged_in: bool) -> String {
        let sent: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let asked = Asked::read(Lang::En, &sent);
        let shown = Shown {
            chips: asked.chips(Lang::En, logged_in),
            asked: &asked,
            found: Some(found),
            logged_in,
            layers: Value::Null,
        };
        view(&look(Lang::En), &shown).into_string()
    }

    #[test]
    fn every_way_on_keeps_what_was_chosen() {
        let found = Page {
            cards: vec![awkward()],
            total: 163,
        };
        let html = shown(
            &found,
            "search-terms=%22a%26b%22&tags=x+%26%26+y&sort=LENGTH_ASC&page=2&min-length=",
            true,
        );
        assert!(html.contains("163 tracks") && html.contains("21–40 of 163"), "{html}");
        assert!(
            html.contains("search-terms=%22a%26b%22&amp;tags=x+%26%26+y&amp;sort=LENGTH_ASC&amp;page=3"),
            "{html}"
        );
        assert!(html.contains("name=\"tags\" value=\"x &amp;&amp; y\""), "{html}");
        assert!(!html.contains("<script") && html.contains("aria-pressed"), "{html}");
        assert!(
            html.contains("Filters (2)") && html.contains("aria-label=\"Remove filter: y\""),
            "{html}"
        );
        assert!(html.contains("href=\"/track/?sort=LENGTH_ASC\""), "{html}");
        assert!(html.contains("form=\"zip\" name=\"track_id[]\" value=\"7\""), "{html}");
    }

    #[test]
    fn a_stranger_is_not_asked_for_friends_and_favourites() {
        let found = Page {
            cards: vec![awkward()],
            total: 1,
        };
        let html = shown(&found, "favourite=true", false);
        for hidden in ["show-only", "<select id=\"favourite\"", "aria-pressed"] {
            assert!(!html.contains(hidden), "{hidden}: {html}");
        }
        assert!(html.contains("name=\"tags\"") && !html.contains("Filters ("), "{html}");
    }

    #[test]
    fn an_empty_list_says_what_to_do() {
        let none = Page {
            cards: Vec::new(),
            total: 0,
        };
        assert!(shown(&none, "", false).contains("Log in to see more"));
        let html = shown(&none, "", true);
        assert!(
            html.contains("href=\"/upload\"") && html.contains("Upload a track"),
            "{html}"
        );
        let html = shown(&none, "search-terms=nothing", true);
        assert!(
            html.contains("Nothing matches") && html.contains("Remove filter: “nothing”") && !html.contains("<h2"),
            "{html}"
        );
        assert!(!html.contains("id=\"zip\""), "{html}");
    }
}
