//! The administration: how the instance does, and its badges.

pub mod badges;
mod overview;

pub use overview::show as overview;

use super::answer;
use crate::web::look::Look;
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::look::tabs::{Way, tabs};
use crate::web::response::Response;
use crate::web::text::admin as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};

/// A part of the administration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Overview,
    Badges,
}

/// The whole page: heading, tabs, the part.
fn page(visit: &mut Visit, look: Look, part: Part, content: Markup) -> Response {
    let ways = [
        (Part::Overview, "/admin/", &texts::OVERVIEW),
        (Part::Badges, "/admin/badges/", &texts::BADGES),
    ];
    let title = match part {
        Part::Overview => look.say(&texts::TITLE),
        Part::Badges => look.say(&texts::BADGES),
    };
    let ways = ways.map(|(to, path, text)| Way {
        href: look.path(path),
        text: look.say(text).to_owned(),
        current: to == part,
    });
    let content = html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        (tabs(look.say(&texts::PARTS), &ways))
        (content)
    };
    answer(visit, look, &Page::new(title, Place::Elsewhere), content)
}
