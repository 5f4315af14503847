//! Two steps instead of a dialogue: a disclosure whose summary is the button, with the real one inside.

use super::Look;
use super::form::csrf;
use super::icon::{Icon, icon};
use crate::web::lang::Text;
use crate::web::text::track;
use maud::{Markup, html};

/// A panel that opens under its button.
pub fn panel(look: &Look, sign: Icon, button: &str, content: Markup) -> Markup {
    html! {
        details .twostep .right {
            summary .button { (icon(look, sign)) (button) }
            div .panel { (content) }
        }
    }
}

/// What the second step of something that cannot be undone says and sends.
pub struct Sure<'a> {
    /// Names the thing.
    pub heading: &'a str,
    /// Says what follows.
    pub consequence: &'a Text,
    /// The real button.
    pub button: &'a Text,
    /// Where it is sent.
    pub action: String,
}

/// The second step: heading, consequence, the real button. The first button, now reading "Keep",
/// closes it again.
pub fn sure(look: &Look, first: &Text, sign: Icon, sure: &Sure) -> Markup {
    sure_of(look, first, sign, sure, &[])
}

/// The same with fields (name, value) that say which thing is meant.
pub fn sure_of(look: &Look, first: &Text, sign: Icon, sure: &Sure, fields: &[(&str, &str)]) -> Markup {
    let send = html! {
        form .buttons method="post" action=(sure.action) {
            (csrf(look))
            @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
            button .button .bad { (look.say(sure.button)) }
        }
    };
    two_steps(look, first, sign, sure, send, false)
}

/// The same with more fields in the form that the real button sends; `open` when one of them was refused.
pub fn sure_with(look: &Look, first: &Text, sign: Icon, sure: &Sure, fields: Markup, open: bool) -> Markup {
    let send = html! {
        form .filled method="post" action=(sure.action) {
            (csrf(look))
            (fields)
            p .buttons { button .button .bad { (look.say(sure.button)) } }
        }
    };
    two_steps(look, first, sign, sure, send, open)
}

/// The same within a form of which it is another way out.
pub fn sure_within(look: &Look, first: &Text, sign: Icon, sure: &Sure) -> Markup {
    let send = html! { p .buttons { button .button .bad formaction=(sure.action) { (look.say(sure.button)) } } };
    two_steps(look, first, sign, sure, send, false)
}

fn two_steps(look: &Look, first: &Text, sign: Icon, sure: &Sure, send: Markup, open: bool) -> Markup {
    html! {
        details .twostep .right open[open] {
            summary .button .quiet .danger {
                span .ask { (icon(look, sign)) (look.say(first)) }
                span .keep { (look.say(&track::KEEP)) }
            }
            div .panel {
                h2 .user dir="auto" { (sure.heading) }
                p { (look.say(sure.consequence)) }
                (send)
            }
        }
    }
}
