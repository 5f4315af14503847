//! Ways between views of one thing: tabs over a page's parts, chips for what is chosen in one of them.

use maud::{Markup, html};

/// One way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where it leads, the site's prefix included.
    pub href: String,
    /// What it is called.
    pub text: String,
    /// Whether this is where one is.
    pub current: bool,
}

/// The parts of a page in one row; `name` is said by assistive technology.
pub fn tabs(name: &str, ways: &[Way]) -> Markup {
    html! {
        nav .tabs aria-label=(name) {
            @for way in ways { a href=(way.href) aria-current=[way.current.then_some("page")] { (way.text) } }
        }
    }
}

/// One choice of several, every one of them an address of its own.
pub fn choice(name: &str, ways: &[Way]) -> Markup {
    html! {
        nav .chips .choice aria-label=(name) {
            @for way in ways { a .chip href=(way.href) aria-current=[way.current.then_some("true")] { (way.text) } }
        }
    }
}
