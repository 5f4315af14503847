//! The welcome page: what this place is, and the newest public tracks.

use crate::model::card::Card;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::{Look, card};
use crate::web::text::{frame, welcome as texts};
use maud::{Markup, html};

/// Tracks on the welcome page.
pub const NEWEST: u64 = 8;

/// The page's content.
pub fn view(look: &Look, newest: &[Card], registration: bool) -> Markup {
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
        @if !newest.is_empty() {
            section {
                div .withlink {
                    h2 { (look.say(&texts::NEWEST)) }
                    a href=(look.path("/track/")) { (look.say(&texts::ALL)) }
                }
                (card::cards(look, newest, card::Extras::default()))
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
        let html = view(&look(Lang::De), &[], false).into_string();
        assert!(
            html.contains("Deine Touren, gut aufgehoben") && !html.contains("<h2"),
            "{html}"
        );
    }

    #[test]
    fn tracks_are_shown_and_escaped() {
        let html = view(&look(Lang::En), &vec![awkward(); 8], true).into_string();
        assert_eq!(html.matches("class=\"card\"").count(), 8);
        assert!(!html.contains("<script") && html.contains("/track/"), "{html}");
    }
}
