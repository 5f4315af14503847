//! The way through a list that has several pages.

use super::Look;
use crate::web::text::frame;
use maud::{Markup, html};

/// Entries on one page.
pub const PER_PAGE: u64 = 20;

/// Links to the other pages and which entries these are; nothing when there is but one page.
/// `address` makes the address of a page that keeps the list's filters; pages count from 1.
pub fn pagination(look: &Look, page: u64, total: u64, address: &dyn Fn(u64) -> String) -> Markup {
    let last = total.div_ceil(PER_PAGE).max(1);
    let step = |to: u64, ends: bool, text| {
        html! { a .button .ends[ends] href=(address(to)) { (look.say(text)) } }
    };
    html! {
        @if last > 1 {
            nav .pages aria-label=(look.say(&frame::PAGES)) {
                p .buttons {
                    @if page > 1 {
                        (step(1, true, &frame::FIRST))
                        (step((page - 1).min(last), false, &frame::PREVIOUS))
                    }
                    @if page < last {
                        (step(page + 1, false, &frame::NEXT))
                        (step(last, true, &frame::LAST))
                    }
                }
                p .meta { (range(look, page, total)) }
            }
        }
    }
}

/// "41–60 of 163".
fn range(look: &Look, page: u64, total: u64) -> String {
    let from = ((page - 1) * PER_PAGE + 1).min(total);
    let to = (page * PER_PAGE).min(total);
    let whole = |n: u64| look.lang.whole(n as i64);
    look.lang.fill(
        &frame::RANGE,
        &[("from", &whole(from)), ("to", &whole(to)), ("n", &whole(total))],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn shown(page: u64, total: u64) -> String {
        pagination(&super::super::look(Lang::En), page, total, &|n| {
            format!("/track/?page={n}&sort=x")
        })
        .into_string()
    }

    #[test]
    fn one_page_needs_no_way() {
        assert_eq!(shown(1, 20), "");
        assert_eq!(shown(1, 0), "");
    }

    #[test]
    fn ways_that_lead_nowhere_are_left_out() {
        let first = shown(1, 163);
        assert!(
            first.contains("1–20 of 163") && first.contains("Next") && !first.contains("Previous"),
            "{first}"
        );
        let last = shown(9, 163);
        assert!(last.contains("161–163 of 163") && !last.contains("Next"), "{last}");
        assert!(last.contains("/track/?page=8&amp;sort=x"), "{last}");
    }
}
