//! The form as its visitor sees it: stage, fields, the two ways out.

use super::{Draft, NEW_TAGS};
use crate::gpx::Transformer;
use crate::model::UploadId;
use crate::model::badge::Badge;
use crate::model::figures::Figures;
use crate::model::friend::Friend;
use crate::model::track::{Kind, Visibility};
use crate::web::lang::Text;
use crate::web::look::chart::{self, Profile};
use crate::web::look::form::{Field, Wrong, area, choices, csrf, input, summary, tick};
use crate::web::look::frame::page_head;
use crate::web::look::line::Line;
use crate::web::look::message::notice;
use crate::web::look::{Look, figure, shape};
use crate::web::page::upload::{self, duplicate::Already};
use crate::web::session::Kind as Message;
use crate::web::text::{figure as words, finish as texts, upload as upload_texts};
use maud::{Markup, html};

/// What the page shows.
pub(super) struct Shown<'a> {
    pub(super) id: UploadId,
    /// What the upload is called.
    pub(super) name: &'a str,
    /// What holds the same points.
    pub(super) already: Option<&'a Already>,
    /// Whether it was made of a route.
    pub(super) is_route: bool,
    pub(super) draft: &'a Draft,
    pub(super) wrong: &'a [Wrong],
    pub(super) friends: &'a [Friend],
    pub(super) badges: &'a [Badge],
    pub(super) known_tags: &'a [String],
    pub(super) line: Line,
    pub(super) profile: Profile,
    pub(super) figures: Figures,
}

const VISIBILITIES: [(Visibility, &Text, &Text); 5] = [
    (Visibility::Private, &words::ONLY_ME, &words::ONLY_ME_MORE),
    (Visibility::Friends, &words::FRIENDS, &words::FRIENDS_MORE),
    (
        Visibility::FriendsTagged,
        &words::FRIENDS_TAGGED,
        &words::FRIENDS_TAGGED_MORE,
    ),
    (Visibility::LoggedIn, &words::LOGGED_IN, &words::LOGGED_IN_MORE),
    (Visibility::Public, &words::PUBLIC, &words::PUBLIC_MORE),
];

const KINDS: [(Kind, &Text, &Text); 2] = [
    (Kind::Recorded, &texts::RECORDED, &texts::RECORDED_MORE),
    (Kind::Planned, &words::PLANNED, &texts::PLANNED_MORE),
];

const REPAIRS: [(Transformer, &Text); 3] = [
    (Transformer::FixNullElevation, &texts::FIX_ENDS),
    (Transformer::FixElevationJumps, &texts::FIX_JUMPS),
    (Transformer::RemoveBreaks, &texts::CUT_BREAKS),
];

/// The page's content.
pub(super) fn view(look: &Look, shown: &Shown) -> Markup {
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        (notices(look, shown))
        div .finish {
            (stage(look, shown))
            div {
                form .form method="post" action=(look.path(&format!("/upload/{}", shown.id))) enctype="multipart/form-data" {
                    (csrf(look))
                    (summary(look, shown.wrong))
                    (about(look, shown))
                    (who(look, shown))
                    (more(look, shown))
                    p .buttons .save {
                        button .button .primary data-busy=(look.say(&texts::SAVING)) { (look.say(&texts::SAVE)) }
                        a .button .quiet href=(look.path("/upload")) { (look.say(&texts::CANCEL)) }
                    }
                }
                div .buttons .discard { (upload::discard(look, shown.id, shown.name)) }
            }
        }
    }
}

/// What is worth knowing of the file.
fn notices(look: &Look, shown: &Shown) -> Markup {
    html! {
        @if shown.already.is_some() || shown.is_route {
            div .msgs {
                @if let Some(already) = shown.already { (notice(look, Message::Warn, already.sentence(look))) }
                @if shown.is_route { (notice(look, Message::Info, html! { (look.say(&upload_texts::ROUTE)) })) }
            }
        }
    }
}

fn stage(look: &Look, shown: &Shown) -> Markup {
    html! {
        div .stage .small {
            div .map { (shape::stage(&shown.line, shown.draft.kind == Kind::Planned.name(), look.say(&texts::MAP), shape::PHONE, "small")) }
            @if let Some(chart) = chart::profile(look, &shown.profile) { (chart) }
            p .facts { (figure::line(look, &shown.figures, Kind::Recorded)) }
        }
    }
}

fn about(look: &Look, shown: &Shown) -> Markup {
    let (draft, wrong) = (shown.draft, shown.wrong);
    let title = Field {
        name: "title",
        label: look.say(&texts::NAME),
        hint: None,
        required: false,
        wrong,
    };
    let hint = Some(look.say(&texts::DATE_HINT));
    let date = Field {
        name: "date",
        label: look.say(&texts::DATE),
        hint,
        required: true,
        wrong,
    };
    html! {
        (input(look, &title, "text", &draft.title, None))
        (input(look, &date, "datetime-local", &draft.date, None))
        input type="hidden" name="date-tz" value=(draft.date_tz);
    }
}

fn who(look: &Look, shown: &Shown) -> Markup {
    let draft = shown.draft;
    let visibilities = VISIBILITIES.map(|(value, title, more)| (value.name(), title, more));
    let kinds = KINDS.map(|(value, title, more)| (value.name(), title, more));
    let wrong = shown.wrong.iter().find(|wrong| wrong.field == "people");
    html! {
        (choices(look, "visibility", look.say(&texts::WHO), Some(look.say(&texts::WHO_HINT)), &visibilities, &draft.visibility))
        @if !shown.friends.is_empty() || wrong.is_some() {
            fieldset .field #people .wrong[wrong.is_some()] {
                legend { (look.say(&texts::PEOPLE)) }
                div .tall[shown.friends.len() > 8] {
                    @for friend in shown.friends {
                        (tick("tagged-friend[]", &friend.id.to_string(), draft.people.contains(&friend.id), html! { (friend.name) }))
                    }
                }
                @if let Some(wrong) = wrong { p .error { (wrong.text) } }
            }
        }
        (choices(look, "type", look.say(&texts::KIND), None, &kinds, &draft.kind))
    }
}

fn more(look: &Look, shown: &Shown) -> Markup {
    let draft = shown.draft;
    let hint = Some(look.say(&texts::MARKDOWN));
    let description = Field {
        name: "description",
        label: look.say(&texts::DESCRIPTION),
        hint,
        required: false,
        wrong: shown.wrong,
    };
    let kept: Vec<&String> = draft.tags.iter().skip(NEW_TAGS).collect();
    html! {
        fieldset .field {
            legend { (look.say(&texts::TAGS)) }
            p .hint { (look.say(&texts::TAGS_HINT)) }
            div .three {
                @for n in 0..NEW_TAGS {
                    @let label = look.lang.fill(&texts::NEW_TAG, &[("n", &(n + 1).to_string())]);
                    input type="text" name="tag[]" list="known-tags" aria-label=(label) dir="auto" value=[draft.tags.get(n)];
                }
            }
            @for tag in kept { (tick("tag[]", tag, true, html! { (tag) })) }
            datalist #known-tags { @for tag in shown.known_tags { option value=(tag) {} } }
        }
        (area(look, &description, &draft.description))
        @if !shown.badges.is_empty() {
            fieldset .field {
                legend { (look.say(&texts::BADGES)) }
                @for badge in shown.badges {
                    (tick("badge[]", &badge.id.to_string(), draft.badges.contains(&badge.id), html! {
                        img .badge src=(look.path(&format!("/badge/{}", badge.id))) width="32" height="32" alt=""; " " (badge.title)
                    }))
                }
            }
        }
        fieldset .field {
            legend { (look.say(&texts::REPAIRS)) }
            @for (repair, text) in REPAIRS {
                (tick(&format!("transformer[{}]", repair.identifier()), "on", draft.repairs.contains(&repair), html! { (look.say(text)) }))
            }
        }
    }
}
