//! Messages after an action: a kind told by icon, word and colour, and one or two sentences.

use super::Look;
use super::icon::{self, icon};
use crate::web::session::Kind;
use crate::web::text::frame;
use maud::{Markup, html};

/// A message under the header. It stays until the next page; a script adds a button that closes it.
pub fn message(look: &Look, kind: Kind, text: &str) -> Markup {
    boxed(look, kind, true, html! { (text) })
}

/// A box with the looks of a message that is a part of its page.
pub fn notice(look: &Look, kind: Kind, content: Markup) -> Markup {
    boxed(look, kind, false, content)
}

fn boxed(look: &Look, kind: Kind, passing: bool, content: Markup) -> Markup {
    let (class, sign, word) = match kind {
        Kind::Ok => ("ok", icon::CHECK, &frame::KIND_OK),
        Kind::Info => ("info", icon::INFO, &frame::KIND_INFO),
        Kind::Warn => ("warn", icon::WARN, &frame::KIND_WARN),
        Kind::Bad => ("bad", icon::WARN, &frame::KIND_BAD),
    };
    let role = if kind == Kind::Bad { "alert" } else { "status" };
    html! {
        div class={ "msg " (class) } role=[passing.then_some(role)] data-shut=[passing.then(|| look.say(&frame::CLOSE))] {
            (icon(look, sign))
            div { span .hidden { (look.say(word)) " " } (content) }
        }
    }
}
