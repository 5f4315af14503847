//! Drawings for pages that have nothing to show: a course from a triangle to a double circle, in the state
//! that the page is in.

use maud::{Markup, html};

/// What a drawing says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drawing {
    /// A whole tour.
    Whole,
    /// Only the start, and dots to come.
    Empty,
    /// The line ends in the open.
    Lost,
    /// Two bars across it.
    Barred,
    /// It breaks in the middle.
    Broken,
}

/// A drawing 560 × 72, for the small place of an empty list 200 × 72; decoration only.
pub fn drawing(which: Drawing) -> Markup {
    let course = |d: &str| html! { path .course stroke-width="4" d=(d) {} };
    html! {
        svg viewBox=(if which == Drawing::Empty { "0 0 200 72" } else { "0 0 560 72" }) aria-hidden="true" {
            @match which {
                Drawing::Whole => { (course("M34 48C90 8 130 66 190 44S290 4 350 30s110 34 172 2")) (finish()) }
                Drawing::Empty => path .rest stroke-width="4" stroke-dasharray="0 12" d="M52 44C80 10 110 66 140 44s34-18 48-16" {}
                Drawing::Lost => (course("M34 48C90 8 130 66 190 44S290 8 340 26c30 12 52 34 78 24s14-38-6-34-16 24 4 30 40 4 48 4"))
                Drawing::Barred => {
                    (course("M34 48C90 8 130 66 190 44S290 4 350 30s110 34 172 2"))
                    path .casing stroke-width="14" d="M266 8V64M288 8V64" {}
                    path .rest stroke-width="6" d="M266 10V62M288 10V62" {}
                    (finish())
                }
                Drawing::Broken => {
                    (course("M34 48C90 8 130 66 190 44s40-14 56-16l10 18 12-26"))
                    (course("M300 52l10-26 12 18c20-8 30-14 50-10s90 28 150-2"))
                    (finish())
                }
            }
            path .mark stroke-width="4" d="M18 60 30 38 42 60z" {}
        }
    }
}

fn finish() -> Markup {
    html! {
        circle .mark stroke-width="4" cx="528" cy="30" r="14" {}
        circle .mark stroke-width="4" cx="528" cy="30" r="6.5" {}
    }
}
