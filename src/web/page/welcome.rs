//! The welcome page: what this place is, and the newest public tracks.

use crate::model::browse::Page;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::{Look, card};
use crate::web::text::{frame, welcome as texts};
use maud::{Markup, html};

/// Tracks on the welcome page.
const NEWEST: usize = 8;

/// The page's content.
pub fn view(look: &Look, newest: &Page, registration: bool) -> Markup {
    let cards = &newest.cards[..newest.cards.len().min(NEWEST)];
    html! {
        div .hero {
            div {
                h1 { (look.say(&texts::TITLE)) }
                p .lead { (look.say(&texts::LEAD)) }
                p .buttons {
                    a .button .primary href=(look.path("/login")) { (look.say(&frame::LOG_IN)) }
                    @if registration { a .button href=(look.path("/create-account")) { (look.say(&frame::CREATE_ACCOUNT)) } }
                }
            }
            (drawing(Drawing::Whole))
        }
        @if !cards.is_empty() {
            section {
                div .withlink {
                    h2 { (look.say(&texts::NEWEST)) }
                    a href=(look.path("/track/")) { (look.say(&texts::ALL)) }
                }
                (card::cards(look, cards, card::Extras::default()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::{card::tests::awkward, look};

    #[test]
    fn an_empty_site_has_no_empty_heading() {
        let page = Page {
            cards: Vec::new(),
            total: 0,
        };
        let html = view(&look(Lang::De), &page, false).into_string();
        assert!(
            html.contains("Deine Touren, gut aufgehoben") && !html.contains("<h2"),
            "{html}"
        );
    }

    #[test]
    fn at_most_eight_tracks_are_shown_and_escaped() {
        let page = Page {
            cards: vec![awkward(); 20],
            total: 2000,
        };
        let html = view(&look(Lang::En), &page, true).into_string();
        assert_eq!(html.matches("class=\"card\"").count(), 8);
        assert!(!html.contains("<script") && html.contains("/track/"), "{html}");
    }
}
