//! A track in Explore and on the welcome page: picture, title, one line of figures.

use super::Look;
use super::figure;
use super::form::csrf;
use super::icon::{self, icon};
use super::sized;
use crate::model::card::Card;
use crate::model::preview::DENSE;
use crate::model::track::Kind;
use crate::web::text::{count, explore, figure as words};
use maud::{Markup, html};

/// What a track is called: its title, or its date when it has none.
pub fn title(look: &Look, card: &Card) -> String {
    match card.title.as_deref().map(str::trim) {
        Some(title) if !title.is_empty() => title.to_owned(),
        _ => look.lang.date(card.date.wall.date()),
    }
}

/// What a card offers besides the way to its track.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// The star, for those who are logged in.
    pub star: bool,
    /// A box to tick, of the form with this id.
    pub tick: Option<&'static str>,
}

/// Cards of tracks.
pub fn cards(look: &Look, cards: &[Card], extras: Extras) -> Markup {
    html! { ul .cards { @for card in cards { li .card { (one(look, card, extras)) } } } }
}

/// How wide the pictures are shown.
const SIZES: &str = "(min-width: 64rem) 16rem, 7rem";

fn one(look: &Look, card: &Card, extras: Extras) -> Markup {
    let title = title(look, card);
    let address = look.path(&format!("/track/{}", card.id));
    html! {
        a .pic href=(address) tabindex="-1" aria-hidden="true" {
            @let picture = format!("{address}/preview");
            img src=(picture) srcset={ (picture) " 300w, " (sized(&picture, DENSE)) " " (DENSE) "w" } sizes=(SIZES)
                width="300" height="300" loading="lazy" alt="";
        }
        div .text {
            h3 .user .clamp dir="auto" { a href=(address) { (title) } }
            @if let Some(form) = extras.tick {
                label .tickbox {
                    input type="checkbox" form=(form) name="track_id[]" value=(card.id)
                        aria-label=(look.lang.fill(&explore::TICK, &[("title", &title)]));
                }
            }
            div .dateline {
                p .meta {
                    time datetime=(crate::clock::date_text(card.date.wall.date())) { (look.lang.date_short(card.date.wall.date())) }
                    @for (n, name) in names(card).iter().enumerate() {
                        (if n == 0 { " · " } else { ", " }) span .user dir="auto" { (name) }
                    }
                }
                @if extras.star { (star(look, card, &title)) }
            }
            p .facts { (figure::line(look, &card.figures, card.kind)) (counts(look, card)) }
            @if card.kind == Kind::Planned || !card.tags.is_empty() {
                ul .tags {
                    @if card.kind == Kind::Planned { li { (planned(look)) } }
                    @for tag in card.tags.iter().take(TAGS) { li { (tag_link(look, tag)) } }
                    @if card.tags.len() > TAGS { li .meta { "+" (card.tags.len() - TAGS) } }
                }
            }
        }
    }
}

/// Tags on a card; a track may have forty.
const TAGS: usize = 4;

/// Names on a card.
const NAMES: usize = 3;

fn names(card: &Card) -> Vec<String> {
    let people = card.owner.iter().chain(&card.people);
    let mut names: Vec<String> = people.clone().take(NAMES).map(|person| person.name.clone()).collect();
    let more = people.count().saturating_sub(NAMES);
    if more > 0 {
        names.push(format!("+{more}"));
    }
    names
}

/// The tag of a planned track.
pub fn planned(look: &Look) -> Markup {
    html! { span .tag { (icon(look, icon::PLANNED)) (look.say(&words::PLANNED)) } }
}

/// A tag, a link to all that have it.
pub fn tag_link(look: &Look, tag: &str) -> Markup {
    let query: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("tags", tag)
        .finish();
    html! { a .tag .user dir="auto" href={ (look.path("/track/?")) (query) } { (tag) } }
}

/// Photos and comments as icons with a number, those that there are.
pub fn counts(look: &Look, card: &Card) -> Markup {
    let marks = [
        (card.photos, icon::PHOTO, &words::PHOTOS),
        (card.comments, icon::COMMENT, &words::COMMENTS),
    ];
    html! {
        @for (number, sign, texts) in marks {
            @if number > 0 {
                span .count {
                    (icon(look, sign)) span aria-hidden="true" { (number) }
                    span .hidden { (count(look.lang, number, texts)) }
                }
            }
        }
    }
}

/// The star as a form of its own, so that it works without a script.
pub fn star(look: &Look, card: &Card, title: &str) -> Markup {
    html! {
        form .starform method="post" action=(look.path("/me/toggle-favourite")) data-star {
            (csrf(look))
            input type="hidden" name="track-id" value=(card.id);
            button aria-pressed=(if card.is_favourite { "true" } else { "false" })
                aria-label=(look.lang.fill(&explore::STAR, &[("title", title)])) {
                (icon(look, if card.is_favourite { icon::STAR_FULL } else { icon::STAR }))
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::model::figures::Figures;
    use crate::model::person::Person;
    use crate::model::track::{LocalTime, Visibility};
    use crate::model::{TrackId, UserId};
    use crate::web::lang::Lang;
    use time::macros::datetime;

    /// A title of 117 characters, with a word of 51 letters and what must be escaped.
    pub(crate) const LONG: &str = "<script>alert(1)</script> Donaudampfschifffahrtselektrizitätenhauptbetriebswer & von Bernkastel-Kues nach Trarbach hin";

    pub(crate) fn awkward() -> Card {
        Card {
            id: TrackId(7),
            title: Some(LONG.into()),
            kind: Kind::Planned,
            date: LocalTime {
                wall: datetime!(2025-11-24 12:58),
                offset: 60,
            },
            visibility: Visibility::Private,
            owner: None,
            people: (1..300)
                .map(|n| Person {
                    id: UserId(n),
                    name: format!("<b>{n}</b>"),
                })
                .collect(),
            figures: Figures::default(),
            tags: (0..40).map(|n| format!("tag \"{n}\"&")).collect(),
            is_favourite: true,
            comments: 2,
            photos: 0,
        }
    }

    const ALL: Extras = Extras {
        star: true,
        tick: Some("zip"),
    };

    #[test]
    fn a_card_survives_everything_that_people_write() {
        let html = cards(&super::super::look(Lang::De), &[awkward()], ALL).into_string();
        assert!(!html.contains("<script") && !html.contains("<b>1"), "{html}");
        assert!(html.contains("&lt;script&gt;") && html.contains("Geplant"), "{html}");
        assert!(
            html.contains("+296") && html.contains("+36") && html.contains("tags=tag+%220%22%26"),
            "{html}"
        );
        assert!(
            html.contains("aria-pressed=\"true\"") && html.contains("2 Kommentare"),
            "{html}"
        );
    }

    #[test]
    fn an_untitled_track_is_called_by_its_date() {
        for title in [None, Some("  ".to_owned())] {
            let card = Card { title, ..awkward() };
            assert!(super::title(&super::super::look(Lang::En), &card).contains("2025"));
        }
    }

    #[test]
    fn a_picture_is_there_for_dense_screens_too() {
        let html = cards(&super::super::look(Lang::En), &[awkward()], ALL).into_string();
        let srcset = "src=\"/track/7/preview\" srcset=\"/track/7/preview 300w, /track/7/preview?size=600 600w\"";
        assert!(html.contains(srcset), "{html}");
    }

    #[test]
    fn a_stranger_sees_no_star() {
        assert!(
            !cards(&super::super::look(Lang::En), &[awkward()], Extras::default())
                .into_string()
                .contains("<form")
        );
    }
}
