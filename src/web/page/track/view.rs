//! The page of a track as its visitor sees it.
//!
//! What a visitor may not see is not handed in; this file decides nothing about access. Every link to a
//! part of the track goes through [`Shown::link`], so that a private link's secret is carried on.

use super::drawn::Drawn;
use super::{comments, exact, photos, share, stage};
use crate::model::access::Permissions;
use crate::model::badge::Badge;
use crate::model::comment::Comment;
use crate::model::figures::Figures;
use crate::model::image::Photo;
use crate::model::person::Person;
use crate::model::track::{Kind, LocalTime, Visibility};
use crate::model::{TrackId, UserId};
use crate::web::look::form::csrf;
use crate::web::look::frame::page_head;
use crate::web::look::icon::{self, icon};
use crate::web::look::message::notice;
use crate::web::look::panel::{Sure, panel, sure};
use crate::web::look::{Look, card, figure};
use crate::web::session::Kind as Tone;
use crate::web::text::{figure as words, track as texts, zone};
use maud::{Markup, PreEscaped, html};
use serde_json::Value;
use std::sync::Arc;

/// Who looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Absent when nobody is logged in.
    pub id: Option<UserId>,
    /// Whether the track is theirs.
    pub is_owner: bool,
}

/// Everything that the page shows.
pub struct Shown {
    /// Which track.
    pub id: TrackId,
    /// Absent when untitled.
    pub title: Option<String>,
    /// Recorded or planned.
    pub kind: Kind,
    /// When it was, at its place.
    pub date: LocalTime,
    /// Who may see it.
    pub visibility: Visibility,
    /// Whose it is, and who was there.
    pub owner: Option<Person>,
    /// Who was there besides, by name.
    pub people: Vec<Person>,
    /// The figures.
    pub figures: Figures,
    /// The description as safe HTML; empty when there is none.
    pub description: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Its badges.
    pub badges: Vec<Badge>,
    /// Its photos in their order.
    pub photos: Vec<Photo>,
    /// Its comments, oldest first, each with its text as safe HTML.
    pub comments: Vec<(Comment, String)>,
    /// Whether it is among the viewer's favourites.
    pub is_favourite: bool,
    /// The absolute address without a secret.
    pub address: String,
    /// Line and profile; absent when the recording is missing or damaged.
    pub drawn: Option<Arc<Drawn>>,
    /// The map layers that the viewer may choose from.
    pub layers: Value,
    /// Whether points in the owner's privacy zones were left out.
    pub is_cut: bool,
    /// Whether the owner wants to see what others do.
    pub as_other: bool,
    /// Whether the viewer's own privacy zones leave points out for others.
    pub hides_from_others: bool,
    /// Whether a map picture is stored.
    pub has_picture: bool,
    /// Who looks.
    pub viewer: Viewer,
    /// What they may do.
    pub may: Permissions,
    /// The secret to carry on in links, when it came with the request.
    pub secret: Option<String>,
    /// Whether it is the secret alone that lets them in.
    pub through_link: bool,
    /// The absolute private link; for the owner alone.
    pub share: Option<String>,
}

impl Shown {
    /// What it is called.
    pub fn name(&self, look: &Look) -> String {
        match self.title.as_deref().map(str::trim) {
            Some(title) if !title.is_empty() => title.to_owned(),
            _ => look.lang.date(self.date.wall.date()),
        }
    }

    /// The address of something below the track, with the secret: `""`, `"/gpx"`, `"/preview"`.
    pub fn link(&self, look: &Look, below: &str) -> String {
        let path = super::below(self.id, below, self.secret.as_deref());
        let mark = if path.contains('?') { '&' } else { '?' };
        match self.as_other {
            true => look.path(&format!("{path}{mark}{}={}", super::AS, super::OTHER)),
            false => look.path(&path),
        }
    }
}

/// The page's content; `comment` is the comment form's state.
pub fn view(look: &Look, shown: &Shown, comment: &comments::Draft) -> Markup {
    let name = shown.name(look);
    html! {
        article .trackpage {
            div .top {
                @if shown.as_other { (notice(look, Tone::Info, as_others(look, shown))) }
                @if shown.through_link { (notice(look, Tone::Info, html! { (look.say(&texts::THROUGH_LINK)) })) }
                (head(look, shown, &name))
            }
            (stage::stage(look, shown, &name))
            (summary(look, shown))
            div .rest {
                div .words { (description(look, shown)) (photos::section(look, shown)) }
                div .side { (labels(look, shown)) (exact::table(look, shown)) p .buttons .section { (download(look, shown, "button desk")) } }
                div .talk { (comments::section(look, shown, comment)) }
            }
            p .printed .meta { (shown.address) }
        }
    }
}

/// To the owner who looks with the eyes of others.
fn as_others(look: &Look, shown: &Shown) -> Markup {
    html! {
        (look.say(&texts::AS_OTHERS)) " "
        a href=(look.path(&super::below(shown.id, "", None))) { (look.say(&texts::AS_OWNER)) }
    }
}

fn head(look: &Look, shown: &Shown, name: &str) -> Markup {
    let length = name.chars().count();
    let title = html! { h1 .user .long[(61..=120).contains(&length)] .longer[length > 120] dir="auto" { (name) } };
    page_head(title, Some(meta(look, shown)), Some(actions(look, shown, name)))
}

/// Day and time, people, who may see it.
fn meta(look: &Look, shown: &Shown) -> Markup {
    let at = shown.date.wall;
    html! {
        div .meta .facts {
            time datetime=(instant(shown.date)) {
                span .whole { (look.lang.weekday_date(at.date())) }
                span .brief { (look.lang.weekday_date_short(at.date())) }
                ", " (look.lang.time(at.time()))
            }
            (people(look, shown))
            @if shown.viewer.id.is_some() { (visibility(look, shown.visibility, shown.viewer.is_owner)) }
            @if shown.kind == Kind::Planned { (card::planned(look)) }
        }
    }
}

/// Names shown before the rest is folded away.
const NAMES: usize = 6;

fn people(look: &Look, shown: &Shown) -> Markup {
    let named = |people: &[Person]| {
        people
            .iter()
            .map(|person| person.name.clone())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let (first, more) = shown.people.split_at(shown.people.len().min(NAMES));
    html! {
        @if let Some(owner) = &shown.owner { span .user dir="auto" { (owner.name) } }
        @if !first.is_empty() { span .user { (look.lang.fill(&words::WITH, &[("names", &named(first))])) } }
        @if !more.is_empty() {
            details .more {
                summary { (look.lang.fill(&texts::AND_MORE, &[("n", &more.len().to_string())])) }
                span .user { (named(more)) }
            }
        }
    }
}

/// Who may see it, as a tag with its icon.
fn visibility(look: &Look, visibility: Visibility, is_owner: bool) -> Markup {
    let (sign, text) = match visibility {
        Visibility::Private if is_owner => (icon::WHO_ME, &words::ONLY_ME),
        Visibility::Private => (icon::WHO_ME, &words::ONLY_OWNER),
        Visibility::Friends => (icon::WHO_FRIENDS, &words::FRIENDS),
        Visibility::FriendsTagged => (icon::WHO_CIRCLE, &words::FRIENDS_TAGGED),
        Visibility::LoggedIn => (icon::WHO_ACCOUNT, &words::LOGGED_IN),
        Visibility::Public => (icon::WHO_ALL, &words::PUBLIC),
    };
    html! { span .tag { (icon(look, sign)) (look.say(text)) } }
}

fn actions(look: &Look, shown: &Shown, name: &str) -> Markup {
    html! {
        div .buttons .actions role="group" aria-label=(look.say(&texts::ACTIONS)) {
            @if shown.viewer.id.is_some() { (star(look, shown)) }
            (download(look, shown, "button phone"))
            @if shown.viewer.is_owner && shown.may.edit { (edit(look, shown, "button")) }
            @if let Some(link) = &shown.share { (share::share(look, shown.id, shown.visibility, link)) }
            @if shown.may.delete { (more(look, shown, name)) }
        }
    }
}

/// The recording as a file; at a desk it stands beside the figures.
fn download(look: &Look, shown: &Shown, class: &str) -> Markup {
    html! { a class=(class) href=(shown.link(look, "/gpx")) { (icon(look, icon::DOWNLOAD)) (look.say(&texts::DOWNLOAD)) } }
}

fn star(look: &Look, shown: &Shown) -> Markup {
    html! {
        form .starred method="post" action=(look.path(&super::with_secret("/me/toggle-favourite", shown.secret.as_deref()))) data-star {
            (csrf(look))
            input type="hidden" name="track-id" value=(shown.id);
            button .button aria-pressed=(if shown.is_favourite { "true" } else { "false" }) {
                (icon(look, if shown.is_favourite { icon::STAR_FULL } else { icon::STAR }))
                (look.say(&texts::STAR))
            }
        }
    }
}

fn edit(look: &Look, shown: &Shown, class: &str) -> Markup {
    html! { a class=(class) href=(look.path(&format!("/track/{}/edit", shown.id))) { (icon(look, icon::EDIT)) (look.say(&texts::EDIT)) } }
}

/// What is seldom wanted: deleting, and for an administrator what is the owner's otherwise.
fn more(look: &Look, shown: &Shown, name: &str) -> Markup {
    let heading = look.lang.fill(&texts::DELETE_TITLE, &[("title", name)]);
    let second = Sure {
        heading: &heading,
        consequence: &texts::DELETE_TEXT,
        button: &texts::DELETE_SURE,
        action: look.path(&format!("/track/{}/delete", shown.id)),
    };
    let content = html! {
        @if !shown.viewer.is_owner {
            h2 { (look.say(&texts::AS_ADMIN)) }
            (edit(look, shown, "button quiet"))
        }
        (sure(look, &texts::DELETE, icon::DELETE, &second))
    };
    panel(look, icon::DOWN, look.say(&texts::MORE), content)
}

/// The rounded figures, and what is to be said about them.
fn summary(look: &Look, shown: &Shown) -> Markup {
    let recorded = shown.kind == Kind::Recorded;
    html! {
        div .numbers aria-label=(look.say(&texts::FIGURES)) role="group" {
            @if shown.hides_from_others {
                p .note {
                    (look.say(&texts::DOTTED)) " "
                    a href=(look.path(&format!("/track/{}?{}={}", shown.id, super::AS, super::OTHER))) { (look.say(&texts::SEE_AS_OTHERS)) }
                    " · " a href=(look.path("/me/zones")) { (look.say(&zone::TITLE)) }
                }
            }
            @if shown.is_cut { p .note { (look.say(&texts::CUT)) } }
            (figure::figures(look, &shown.figures, shown.kind))
            @if recorded && shown.figures.length.is_some() && !figure::is_timed(&shown.figures) {
                p .note { (look.say(&texts::NO_TIMES)) }
            }
            @if recorded && shown.viewer.is_owner && figure::is_odd(&shown.figures) {
                p .note {
                    (look.say(&texts::ODD_SPEEDS)) " "
                    a href=(look.path(&format!("/track/{}/edit#repairs", shown.id))) { (look.say(&texts::MAY_REPAIR)) }
                }
            }
        }
    }
}

fn description(look: &Look, shown: &Shown) -> Markup {
    html! {
        @if !shown.description.is_empty() {
            section {
                h2 { (look.say(&texts::DESCRIPTION)) }
                div .prose dir="auto" { (PreEscaped(&shown.description)) }
            }
        }
    }
}

fn labels(look: &Look, shown: &Shown) -> Markup {
    html! {
        @if !shown.tags.is_empty() {
            section {
                h2 { (look.say(&texts::TAGS)) }
                ul .tags { @for tag in &shown.tags { li { (card::tag_link(look, tag)) } } }
            }
        }
        @if !shown.badges.is_empty() {
            section {
                h2 { (look.say(&texts::BADGES)) }
                ul .badges {
                    @for badge in &shown.badges {
                        li {
                            img src=(look.path(&format!("/badge/{}", badge.id))) width="48" height="48" loading="lazy" alt="";
                            span .user dir="auto" { (badge.title) }
                        }
                    }
                }
            }
        }
    }
}

/// A wall clock with its offset as the `datetime` of a `time` element.
pub fn instant(at: LocalTime) -> String {
    let (sign, offset) = if at.offset < 0 {
        ('-', -at.offset)
    } else {
        ('+', at.offset)
    };
    let (date, time) = (
        crate::clock::date_text(at.wall.date()),
        crate::clock::time_text(at.wall.time()),
    );
    format!("{date}T{time}{sign}{:02}:{:02}", offset / 60, offset % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::card::tests::{LONG, awkward};
    use crate::web::look::look;
    use crate::web::page::track::comments::Draft;

    fn shown() -> Shown {
        let card = awkward();
        Shown {
            id: card.id,
            title: card.title,
            kind: Kind::Recorded,
            date: card.date,
            visibility: Visibility::Private,
            owner: None,
            people: card.people,
            figures: card.figures,
            description: String::new(),
            tags: card.tags,
            badges: Vec::new(),
            photos: vec![Photo {
                name: "a_x.png".into(),
                description: "<script>".into(),
            }],
            comments: Vec::new(),
            is_favourite: false,
            address: String::new(),
            drawn: None,
            layers: Value::Null,
            is_cut: false,
            as_other: false,
            hides_from_others: false,
            has_picture: false,
            viewer: Viewer {
                id: None,
                is_owner: false,
            },
            may: Permissions::NONE,
            secret: Some("a&b\"".into()),
            through_link: true,
            share: None,
        }
    }

    fn html(shown: &Shown) -> String {
        view(&look(Lang::De), shown, &Draft::default()).into_string()
    }

    #[test]
    fn a_stranger_sees_nothing_that_is_not_theirs() {
        let html = html(&shown());
        assert!(
            !html.contains("<script") && html.contains("class=\"user long\""),
            "{html}"
        );
        for hidden in ["toggle-favourite", "share-link", "/delete", "<textarea", "Nur ich"] {
            assert!(!html.contains(hidden), "{hidden}: {html}");
        }
        assert!(
            html.contains("über einen privaten Link") && html.contains("secret=a%26b%22"),
            "{html}"
        );
        assert!(
            html.contains("und 293 weitere") && html.contains("lässt sich nicht lesen"),
            "{html}"
        );
    }

    #[test]
    fn an_owner_sees_what_can_be_done() {
        let mut shown = shown();
        shown.viewer = Viewer {
            id: Some(UserId(2)),
            is_owner: true,
        };
        shown.may = Permissions::ALL;
        shown.share = Some("https://example.org/track/7?secret=x".into());
        shown.through_link = false;
        let html = html(&shown);
        for there in [
            "toggle-favourite",
            "share-link",
            "/track/7/delete",
            "<textarea",
            "Nur ich",
        ] {
            assert!(html.contains(there), "{there}: {html}");
        }
        assert!(!html.contains("Als Administration"), "{html}");
    }

    #[test]
    fn a_title_is_shown_whole_however_long() {
        let mut shown = shown();
        shown.title = Some(LONG.repeat(2));
        assert!(html(&shown).contains("class=\"user longer\""));
        shown.title = None;
        assert!(html(&shown).contains("24. November 2025</h1>"));
    }

    #[test]
    fn instants_keep_their_offset() {
        let at = LocalTime {
            offset: -210,
            ..awkward().date
        };
        assert_eq!(instant(at), "2025-11-24T12:58:00-03:30");
    }
}
