//! People: the circle with an initial.

use maud::{Markup, html};

/// The circle with a name's first letter; the name itself stands beside it.
pub fn initial(name: &str) -> Markup {
    let letter: String = name
        .trim()
        .chars()
        .next()
        .map(|c| c.to_uppercase().collect())
        .unwrap_or_else(|| "?".into());
    html! { span .initial aria-hidden="true" { (letter) } }
}
