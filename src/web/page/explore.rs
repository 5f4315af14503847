//! Explore: all tracks that one may see, searched, ordered and in pages.

use super::{answer, look};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::browse::{self, Order, Page, Query};
use crate::model::track::Kind;
use crate::web::lang::Text;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::form::{Field, input};
use crate::web::look::frame::{self, Place, page_head};
use crate::web::look::icon::{self, icon};
use crate::web::look::{Look, card, pagination};
use crate::web::response::Response;
use crate::web::text::{count, explore as texts, figure as words};
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::str::FromStr;

/// `GET /track/`.
///
/// # Errors
/// `Invalid` for a parameter that is none; what the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let asked = &visit.request.query;
    let viewer = visit.user.as_ref().map(|user| user.id);
    let query = Query { viewer, ..read(asked)? };
    let known = |name: &str| !matches!(name, "page" | "sort" | "search-terms");
    let filters: Vec<_> = asked
        .iter()
        .filter(|(name, value)| known(name) && !value.is_empty())
        .cloned()
        .collect();
    let found = browse::find_page(visit.db()?, &query)?;
    let look = look(visit)?;
    let shown = Shown {
        found: &found,
        page: query.page,
        order: query.order,
        search: query.search.as_deref().unwrap_or(""),
        filters: &filters,
        logged_in: viewer.is_some(),
    };
    let mut page = frame::Page::new(look.say(&texts::TITLE), Place::Explore);
    page.indexed = viewer.is_none() && !shown.is_filtered();
    let content = view(&look, &shown);
    Ok(answer(visit, look, &page, content))
}

/// The parameters of 0.11 as a query of the model; blank ones count as absent.
fn read(asked: &[(String, String)]) -> Result<Query> {
    let all = |name: &str| {
        asked
            .iter()
            .filter(move |(n, v)| n == name && !v.trim().is_empty())
            .map(|(_, v)| v.trim().to_owned())
            .collect::<Vec<_>>()
    };
    let one = |name: &str| all(name).into_iter().next();
    let several = |name: &str| -> Vec<String> {
        let parts = one(name).unwrap_or_default();
        parts
            .split("&&")
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let kinds: Vec<Kind> = all("type[]")
        .iter()
        .map(|name| Kind::find(name).ok_or_else(|| bad("type[]")))
        .collect::<Result<_>>()?;
    let only = all("show-only[]");
    let only = |name: &str| only.iter().any(|o| o == name);
    Ok(Query {
        viewer: None,
        order: one("sort").map_or(Ok(Order::default()), |name| {
            Order::find(&name).ok_or_else(|| bad("sort"))
        })?,
        page: number::<i64>("page", one("page"))?.unwrap_or(1).max(1).unsigned_abs(),
        search: one("search-terms"),
        tags: several("tags"),
        people: several("tagged-person"),
        min_length: number::<u32>("min-length", one("min-length"))?.map(|km| f64::from(km) * 1000.0),
        max_length: number::<u32>("max-length", one("max-length"))?.map(|km| f64::from(km) * 1000.0),
        min_date: date("min-date", one("min-date"))?,
        max_date: date("max-date", one("max-date"))?,
        kind: kinds
            .first()
            .copied()
            .filter(|first| kinds.iter().all(|kind| kind == first)),
        mine: only("mine"),
        of_friends: only("friends"),
        with_me: only("user-tagged"),
        favourite: one("favourite").map(|value| value == "true"),
    })
}

fn bad(name: &str) -> Error {
    Error::Invalid(format!("the parameter {name} has no value that it may have"))
}

fn number<T: FromStr>(name: &str, value: Option<String>) -> Result<Option<T>> {
    value.map(|value| value.parse().map_err(|_| bad(name))).transpose()
}

fn date(name: &str, value: Option<String>) -> Result<Option<time::Date>> {
    value
        .map(|value| clock::parse_date(&value).ok_or_else(|| bad(name)))
        .transpose()
}

/// What the page shows.
pub struct Shown<'a> {
    /// The tracks of this page.
    pub found: &'a Page,
    /// Which page, from 1.
    pub page: u64,
    /// In which order.
    pub order: Order,
    /// What was searched for.
    pub search: &'a str,
    /// The parameters of the address except page, order and search, those that are not empty.
    pub filters: &'a [(String, String)],
    /// Whether somebody is logged in.
    pub logged_in: bool,
}

impl Shown<'_> {
    fn is_filtered(&self) -> bool {
        !self.search.is_empty() || !self.filters.is_empty()
    }

    /// The address of another page of the same list.
    fn address(&self, look: &Look, page: u64) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("search-terms", self.search);
        }
        query.extend_pairs(self.filters);
        if self.order != Order::default() {
            query.append_pair("sort", self.order.name());
        }
        query.append_pair("page", &page.to_string());
        look.path(&format!("/track/?{}", query.finish()))
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

/// The page's content.
pub fn view(look: &Look, shown: &Shown) -> Markup {
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        (search(look, shown))
        @if shown.is_filtered() {
            p .note { (look.say(&texts::FILTERED)) " " a href=(look.path("/track/")) { (look.say(&texts::CLEAR)) } }
        }
        @if shown.found.total == 0 { (empty(look, shown)) }
        @else {
            div .resultline {
                h2 #results { (count(look.lang, shown.found.total, &words::TRACKS)) }
                (order(look, shown))
            }
            (card::cards(look, &shown.found.cards, shown.logged_in))
            (pagination::pagination(look, shown.page, shown.found.total, &|page| shown.address(look, page)))
        }
    }
}

/// What is kept when one part of the address is chosen anew.
fn kept(shown: &Shown, search: bool, order: bool) -> Markup {
    html! {
        @if search && !shown.search.is_empty() { input type="hidden" name="search-terms" value=(shown.search); }
        @for (name, value) in shown.filters { input type="hidden" name=(name) value=(value); }
        @if order && shown.order != Order::default() { input type="hidden" name="sort" value=(shown.order.name()); }
    }
}

fn search(look: &Look, shown: &Shown) -> Markup {
    let words = Field {
        name: "search-terms",
        label: look.say(&texts::SEARCH_LABEL),
        hint: None,
        required: false,
        wrong: &[],
    };
    html! {
        form .search .section method="get" action=(look.path("/track/")) role="search" {
            (input(look, &words, "search", shown.search, None))
            (kept(shown, false, true))
            button .button { (icon(look, icon::SEARCH)) (look.say(&texts::SEARCH)) }
        }
    }
}

fn order(look: &Look, shown: &Shown) -> Markup {
    html! {
        form method="get" action=(look.path("/track/")) {
            (kept(shown, true, false))
            label .hidden for="sort" { (look.say(&texts::SORT)) }
            select #sort name="sort" data-go {
                @for (order, text) in ORDERS { option value=(order.name()) selected[order == shown.order] { (look.say(text)) } }
            }
            button .button { (look.say(&texts::GO)) }
        }
    }
}

fn empty(look: &Look, shown: &Shown) -> Markup {
    html! {
        div .empty {
            (drawing(Drawing::Empty))
            p { (look.say(if shown.is_filtered() { &texts::EMPTY_FILTERED } else { &texts::EMPTY })) }
            @if !shown.logged_in { a .button .primary href=(look.log_in_path("/track/")) { (look.say(&texts::LOG_IN)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};

    fn shown(found: &Page, search: &str, filters: &[(String, String)], logged_in: bool) -> String {
        let shown = Shown {
            found,
            page: 2,
            order: Order::LengthAsc,
            search,
            filters,
            logged_in,
        };
        view(&look(Lang::En), &shown).into_string()
    }

    #[test]
    fn every_way_on_keeps_what_was_chosen() {
        let found = Page {
            cards: vec![awkward()],
            total: 163,
        };
        let html = shown(&found, "\"a&b\"", &[("tags".into(), "x && y".into())], true);
        assert!(html.contains("163 tracks") && html.contains("21–40 of 163"), "{html}");
        assert!(
            html.contains("search-terms=%22a%26b%22&amp;tags=x+%26%26+y&amp;sort=LENGTH_ASC&amp;page=3"),
            "{html}"
        );
        assert!(html.contains("name=\"tags\" value=\"x &amp;&amp; y\""), "{html}");
        assert!(!html.contains("<script") && html.contains("aria-pressed"), "{html}");
    }

    #[test]
    fn the_parameters_are_those_of_the_original() {
        let asked = |text: &str| read(&form_urlencoded::parse(text.as_bytes()).into_owned().collect::<Vec<_>>());
        let query = asked(
            "search-terms=+a+&tags=x+%26%26++y&min-length=5&max-date=2024-05-01&type[]=SYNTHETIC&page=-3&favourite=no",
        )
        .unwrap();
        assert_eq!(
            (query.search.as_deref(), query.page, query.favourite),
            (Some("a"), 1, Some(false))
        );
        assert_eq!(
            (query.tags, query.min_length, query.kind),
            (vec!["x".into(), "y".into()], Some(5000.0), Some(Kind::Planned))
        );
        assert_eq!(
            asked("type[]=SYNTHETIC&type[]=ORGANIC&page=&sort=").unwrap(),
            Query {
                page: 1,
                ..Query::default()
            }
        );
        for bad in ["page=x", "sort=x", "min-length=1.5", "max-date=soon", "type[]=x"] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_empty_list_says_what_to_do() {
        let none = Page {
            cards: Vec::new(),
            total: 0,
        };
        assert!(shown(&none, "", &[], false).contains("Log in to see more"));
        let html = shown(&none, "nothing", &[], true);
        assert!(
            html.contains("Nothing matches") && html.contains("Show all") && !html.contains("<h2"),
            "{html}"
        );
    }
}
