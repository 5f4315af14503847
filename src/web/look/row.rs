//! A track in the diary: day, shape, title, figures.

use super::Look;
use super::card::{self, counts};
use super::figure::{self, THIN, finite};
use super::icon::{self, icon};
use super::line::Line;
use super::shape::shape;
use crate::model::card::Card;
use crate::model::track::Kind;
use crate::web::lang::figure::Amount;
use crate::web::text::figure as words;
use maud::{Markup, html};

/// A row; the line is absent when none is stored yet.
pub fn row(look: &Look, card: &Card, line: Option<&Line>) -> Markup {
    let figures = &card.figures;
    let climb = finite(figures.uphill);
    let time = finite(figures.moving_time).filter(|_| figure::is_timed(figures));
    html! {
        div .row {
            span .day { (card.date.wall.day()) }
            @if let Some(line) = line { (shape(line, card.kind == Kind::Planned)) } @else { span {} }
            h4 .user .clamp dir="auto" { a href=(look.path(&format!("/track/{}", card.id))) { (card::title(look, card)) } }
            @if !card.people.is_empty() || has_marks(card) {
                p .with {
                    @if !card.people.is_empty() { span .user { (with(look, card)) } }
                    (marks(look, card))
                }
            }
            p .numbers {
                b { (brief(&look.lang.distance(figures.length))) }
                span { @if let Some(climb) = climb { "↑" (THIN) (brief(&look.lang.height(Some(climb)))) } }
                @if let Some(time) = time { span .dur { (brief(&look.lang.duration(Some(time)))) } }
            }
        }
    }
}

/// A figure with the least of markup: a page may hold a thousand of them.
fn brief(amount: &Amount) -> Markup {
    html! { (amount.value) @if !amount.unit.is_empty() { small { (THIN) (amount.unit) } } }
}

fn has_marks(card: &Card) -> bool {
    card.photos > 0 || card.comments > 0 || card.is_favourite
}

fn marks(look: &Look, card: &Card) -> Markup {
    html! {
        (counts(look, card))
        @if card.is_favourite {
            span .count .star { (icon(look, icon::STAR_FULL)) span .hidden { (look.say(&words::FAVOURITE)) } }
        }
    }
}

/// People named in a row.
const NAMES: usize = 3;

fn with(look: &Look, card: &Card) -> String {
    let mut names: Vec<&str> = card
        .people
        .iter()
        .take(NAMES)
        .map(|person| person.name.as_str())
        .collect();
    let more = format!("+{}", card.people.len().saturating_sub(NAMES));
    if card.people.len() > NAMES {
        names.push(&more);
    }
    look.lang.fill(&words::WITH, &[("names", &names.join(", "))])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    #[test]
    fn a_row_holds_whatever_a_track_is_called() {
        let html = row(&super::super::look(Lang::En), &card::tests::awkward(), None).into_string();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
        assert!(
            html.contains("with &lt;b&gt;1&lt;/b&gt;") && html.contains("+296"),
            "{html}"
        );
        assert!(html.contains("<b>–</b>") && html.contains("Favourite"), "{html}");
    }
}
