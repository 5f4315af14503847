//! The pages that say what went wrong, in the site's frame: a drawing, a sentence, ways on.

use super::account::token;
use super::{document_of, look};
use crate::error::Result;
use crate::web::fault::Fault;
use crate::web::look::Look;
use crate::web::look::drawing::{Drawing, drawing};
use crate::web::look::form::{Field, input};
use crate::web::look::frame::{Page, Place};
use crate::web::text::{account, error as texts, explore, frame};
use crate::web::visit::Visit;
use maud::{Markup, html};

/// The HTML of an error.
///
/// # Errors
/// When the system gives no random bytes for the form token; the bare page is shown then.
pub fn page(visit: &mut Visit, fault: &Fault) -> Result<String> {
    let look = look(visit)?;
    let shown = Shown {
        status: fault.status,
        number: fault.number.as_deref(),
        logged_in: visit.user.is_some(),
        here: visit.request.path_without(&[]),
        can_return: visit.request.method.is_safe(),
        most: visit.config().server.max_request_body_size,
    };
    let title = look.say(shown.words().0);
    let content = view(&look, &shown);
    Ok(document_of(visit, look, &Page::new(title, Place::Elsewhere), content))
}

/// What went wrong, for the view.
struct Shown<'a> {
    status: u16,
    number: Option<&'a str>,
    logged_in: bool,
    /// The address that was asked for, without the mount prefix.
    here: String,
    /// Whether asking for it again does no harm.
    can_return: bool,
    /// What can be sent at once, bytes.
    most: u64,
}

impl Shown<'_> {
    /// Whether the address is one of those that stand in our mails.
    fn is_mailed(&self) -> bool {
        self.here.starts_with(token::PATH)
    }

    fn words(
        &self,
    ) -> (
        &'static crate::web::lang::Text,
        &'static crate::web::lang::Text,
        Drawing,
    ) {
        match (self.status, self.logged_in) {
            (400, _) => (&texts::H_400, &texts::T_400, Drawing::Lost),
            (403, false) => (&texts::H_403_OUT, &texts::T_403_OUT, Drawing::Barred),
            (403, true) => (&texts::H_403, &texts::T_403, Drawing::Barred),
            (404, _) if self.is_mailed() => (&texts::H_404_LINK, &texts::T_404_LINK, Drawing::Lost),
            (404, _) => (&texts::H_404, &texts::T_404, Drawing::Lost),
            (413, _) => (&texts::H_413, &texts::T_413, Drawing::Barred),
            (507, _) => (&texts::H_507, &texts::T_507, Drawing::Broken),
            _ => (&texts::H_500, &texts::T_500, Drawing::Broken),
        }
    }
}

fn view(look: &Look, shown: &Shown) -> Markup {
    let (heading, text, which) = shown.words();
    let size = look.lang.bytes(shown.most);
    let values = [("size", size.as_str()), ("id", shown.number.unwrap_or("–"))];
    html! {
        div .oops {
            (drawing(which))
            h1 { (look.say(heading)) }
            p .lead { (look.lang.fill(text, &values)) }
            @if shown.status == 400 && !shown.can_return { p { (look.say(&texts::STALE)) } }
            p .buttons { (ways_on(look, shown)) }
            @if shown.status == 404 && !shown.is_mailed() { (search(look)) }
        }
    }
}

fn ways_on(look: &Look, shown: &Shown) -> Markup {
    let way =
        |path: &str, text, first: bool| html! { a .button .primary[first] href=(look.path(path)) { (look.say(text)) } };
    html! {
        @match shown.status {
            403 => {
                @if !shown.logged_in {
                    @let back = if shown.can_return { shown.here.as_str() } else { "/" };
                    a .button .primary href=(look.log_in_path(back)) { (look.say(&frame::LOG_IN)) }
                }
                (way("/track/", &frame::EXPLORE, false))
                @if shown.logged_in { (way("/", &frame::HOME, false)) }
            }
            404 if shown.is_mailed() => {
                @if !shown.logged_in { (way("/login", &frame::LOG_IN, true)) }
                (way("/password-reset", &account::FORGOT, false))
                @if !shown.logged_in { (way("/resend-verification", &account::RESEND, false)) }
            }
            413 => { (way("/upload", &texts::BACK_TO_UPLOAD, true)) (way("/", &frame::HOME, false)) }
            500 | 507 => {
                @if shown.can_return { (way(&shown.here, &texts::AGAIN, true)) }
                (way("/", &frame::HOME, false)) (way("/track/", &frame::EXPLORE, false))
            }
            _ => { (way("/", &frame::HOME, true)) (way("/track/", &frame::EXPLORE, false)) }
        }
    }
}

fn search(look: &Look) -> Markup {
    let words = Field {
        name: "search-terms",
        label: look.say(&explore::SEARCH_LABEL),
        hint: None,
        required: false,
        wrong: &[],
    };
    html! {
        form .search method="get" action=(look.path("/track/")) role="search" {
            (input(look, &words, "search", "", None))
            button .button { (look.say(&explore::SEARCH)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::look;

    fn shown(status: u16, logged_in: bool) -> String {
        let shown = Shown {
            status,
            number: (status == 500).then_some("ab12"),
            logged_in,
            here: "/track/7?secret=\"><script>".into(),
            can_return: true,
            most: 100_000_000,
        };
        view(&look(Lang::En), &shown).into_string()
    }

    #[test]
    fn every_error_has_a_heading_and_at_least_two_ways_on() {
        for status in [400, 403, 404, 413, 500] {
            for logged_in in [false, true] {
                let html = shown(status, logged_in);
                assert!(html.contains("<h1>") && !html.contains("<script"), "{html}");
                assert!(html.matches("class=\"button").count() >= 2, "{status}: {html}");
            }
        }
    }

    #[test]
    fn a_stranger_can_log_in_and_come_back() {
        let html = shown(403, false);
        assert!(
            html.contains("/login?back=%2Ftrack%2F7%3Fsecret%3D%22%3E%3Cscript%3E"),
            "{html}"
        );
        assert!(shown(403, true).contains("Ask the owner"));
    }

    #[test]
    fn only_the_number_of_a_fault_is_told() {
        assert!(shown(500, true).contains("ab12"));
        assert!(shown(413, true).contains("100\u{202f}MB"));
    }
}
