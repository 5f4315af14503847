//! The form as its visitor sees it: stage, fields, the two ways out.

use super::photos::{self, Shown as Photos};
use super::{Draft, Offer, Refusals};
use crate::gpx::{Gpx, Transformer};
use crate::model::figures::Figures;
use crate::model::track::{Kind, Visibility};
use crate::model::{TrackId, UploadId};
use crate::web::lang::Text;
use crate::web::look::chart::{self, Profile};
use crate::web::look::form::{Field, area, choices, csrf, field, input, summary, tick};
use crate::web::look::frame::page_head;
use crate::web::look::icon::{self, icon};
use crate::web::look::line::Line;
use crate::web::look::map::{Map, Shows, map};
use crate::web::look::{Look, figure, shape};
use crate::web::page::{recording, upload};
use crate::web::text::{figure as words, form as texts};
use maud::{Markup, html};
use serde_json::{Value, json};

/// Fields for new tags.
const NEW_TAGS: usize = 3;

/// People who are seen at a glance; more stand in a box that scrolls, which a script can filter.
const FEW: usize = 8;

/// What the form is for.
#[derive(Debug, Clone, Copy)]
pub enum Purpose<'a> {
    /// To make a track of an upload, which is called so.
    Finish(UploadId, &'a str),
    /// To change a track.
    Edit(TrackId),
}

/// What is drawn of a recording.
pub struct Drawn {
    line: Line,
    profile: Profile,
    figures: Figures,
}

impl Drawn {
    /// What is drawn of it.
    pub fn of(gpx: &Gpx) -> Drawn {
        Drawn {
            line: recording::line(gpx),
            profile: recording::profile(gpx, 0),
            figures: recording::figures(gpx),
        }
    }
}

/// What the page shows.
pub struct Shown<'a> {
    /// What it is for.
    pub purpose: Purpose<'a>,
    /// What stands in it.
    pub draft: &'a Draft,
    /// What is wrong in it.
    pub refusals: &'a Refusals,
    /// What it offers.
    pub offer: &'a Offer,
    /// Photos.
    pub photos: Photos<'a>,
    /// The recording; none when it cannot be read.
    pub drawn: Option<Drawn>,
    /// The map layers to choose from.
    pub layers: Value,
    /// What is worth knowing before.
    pub notices: Vec<Markup>,
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
pub fn view(look: &Look, shown: &Shown) -> Markup {
    let (title, action, back, save, cancel) = match shown.purpose {
        Purpose::Finish(id, _) => (
            &texts::TITLE,
            format!("/upload/{id}"),
            "/upload".to_owned(),
            &texts::SAVE,
            &texts::LATER,
        ),
        Purpose::Edit(id) => (
            &texts::EDIT_TITLE,
            format!("/track/{id}/edit"),
            format!("/track/{id}"),
            &texts::SAVE_EDIT,
            &texts::CANCEL,
        ),
    };
    html! {
        (page_head(html! { h1 { (look.say(title)) } }, None, None))
        @if !shown.notices.is_empty() { div .msgs { @for notice in &shown.notices { (notice) } } }
        div .finish {
            @if let Some(drawn) = &shown.drawn { (stage(look, shown, drawn)) }
            div {
                form .form method="post" action=(look.path(&action)) enctype="multipart/form-data" {
                    (csrf(look))
                    (summary(look, &shown.refusals.wrong))
                    (about(look, shown))
                    (who(look, shown))
                    (more(look, shown))
                    (photos::section(look, shown.draft, &shown.photos, shown.refusals))
                    (extras(look, shown))
                    p .buttons .save {
                        button .button .primary data-busy=(look.say(&texts::SAVING)) { (look.say(save)) }
                        a .button .quiet href=(look.path(&back)) { (look.say(cancel)) }
                    }
                }
                @if let Purpose::Finish(id, name) = shown.purpose { div .buttons .discard { (upload::discard(look, id, name)) } }
            }
        }
    }
}

fn stage(look: &Look, shown: &Shown, drawn: &Drawn) -> Markup {
    let planned = shown.draft.kind == Kind::Planned.name();
    let name = look.say(&texts::MAP);
    let instead = shape::stage(&drawn.line, planned, name, shape::PHONE, "small");
    let line = look.path(&match shown.purpose {
        Purpose::Finish(id, _) => format!("/upload/{id}/line.json"),
        Purpose::Edit(id) => format!("/track/{id}/line.json"),
    });
    html! {
        div .stage .small {
            (map(look, &Map { name, shows: Shows::One { line, planned }, layers: shown.layers.clone(), overlays: Vec::new() }, Some(instead)))
            @if let Some(chart) = chart::profile(look, &drawn.profile) { (chart) }
            p .facts { (figure::line(look, &drawn.figures, Kind::Recorded)) }
        }
    }
}

fn about(look: &Look, shown: &Shown) -> Markup {
    let (draft, wrong) = (shown.draft, &shown.refusals.wrong[..]);
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
    let wrong = shown.refusals.wrong.iter().find(|wrong| wrong.field == "people");
    html! {
        (choices(look, "visibility", look.say(&texts::WHO), Some(look.say(&texts::WHO_HINT)), &visibilities, &draft.visibility))
        @if !shown.offer.people.is_empty() || wrong.is_some() {
            fieldset .field #people .wrong[wrong.is_some()] {
                legend { (look.say(&texts::PEOPLE)) }
                @let are_many = shown.offer.people.len() > FEW;
                div .tall[are_many] data-filter=[are_many.then_some(look.say(&texts::FILTER_PEOPLE))] {
                    @for person in &shown.offer.people {
                        (tick("tagged-friend[]", &person.id.to_string(), draft.people.contains(&person.id), html! { (person.name) }))
                    }
                }
                @if let Some(wrong) = wrong { p .error { (wrong.text) } }
            }
        }
        (choices(look, "type", look.say(&texts::KIND), None, &kinds, &draft.kind))
    }
}

fn more(look: &Look, shown: &Shown) -> Markup {
    let description = Field {
        name: "description",
        label: look.say(&texts::DESCRIPTION),
        hint: Some(look.say(&texts::MARKDOWN)),
        required: false,
        wrong: &shown.refusals.wrong,
    };
    html! {
        (tags(look, shown))
        div data-preview=(look.path("/markdown")) data-say=(look.say(&texts::PREVIEW)) data-failed=(look.say(&texts::NO_PREVIEW)) {
            (area(look, &description, &shown.draft.description))
        }
    }
}

/// Tags: those of a track that is there as ticked boxes, and fields for new ones. A script makes chips of both.
fn tags(look: &Look, shown: &Shown) -> Markup {
    let typed = match shown.purpose {
        Purpose::Finish(..) => shown.draft.tags.len().min(NEW_TAGS),
        Purpose::Edit(_) => 0,
    };
    let (typed, ticked) = shown.draft.tags.split_at(typed);
    let wrong = shown.refusals.wrong.iter().find(|wrong| wrong.field == "tags");
    let [hint, add, remove] = [&texts::CHIPS_HINT, &texts::ADD_TAG, &texts::REMOVE_TAG].map(|text| look.say(text));
    let chips = json!({ "hint": hint, "add": add, "remove": remove });
    html! {
        fieldset .field #tags .wrong[wrong.is_some()] data-tags=(chips.to_string()) {
            legend { (look.say(&texts::TAGS)) }
            p .hint { (look.say(&texts::TAGS_HINT)) }
            @for tag in ticked { (tick("tag[]", tag, true, html! { (tag) })) }
            div .three {
                @for n in 0..NEW_TAGS {
                    @let label = look.lang.fill(&texts::NEW_TAG, &[("n", &(n + 1).to_string())]);
                    input type="text" name="tag[]" list="known-tags" aria-label=(label) dir="auto" value=[typed.get(n)];
                }
            }
            datalist #known-tags { @for tag in &shown.offer.tags { option value=(tag) {} } }
            template { li {
                button .chip type="button" { span .user dir="auto" {} (icon(look, icon::CLOSE)) }
                input type="hidden";
            } }
            @if let Some(wrong) = wrong { p .error { (wrong.text) } }
        }
    }
}

/// Badges, repairs, and for a track that is there another recording.
fn extras(look: &Look, shown: &Shown) -> Markup {
    let draft = shown.draft;
    let wrong = shown.refusals.wrong.iter().find(|wrong| wrong.field == "repairs");
    html! {
        @if !shown.offer.badges.is_empty() {
            fieldset .field {
                legend { (look.say(&texts::BADGES)) }
                @for badge in &shown.offer.badges {
                    (tick("badge[]", &badge.id.to_string(), draft.badges.contains(&badge.id), html! {
                        img .badge src=(look.path(&format!("/badge/{}", badge.id))) width="32" height="32" alt=""; " " (badge.title)
                    }))
                }
            }
        }
        fieldset .field #repairs .wrong[wrong.is_some()] {
            legend { (look.say(&texts::REPAIRS)) }
            @for (repair, text) in REPAIRS {
                (tick(&format!("transformer[{}]", repair.identifier()), "on", draft.repairs.contains(&repair), html! { (look.say(text)) }))
            }
            @if let Some(wrong) = wrong { p .error { (wrong.text) } }
        }
        @if let Purpose::Edit(_) = shown.purpose { (replacement(look, shown)) }
    }
}

fn replacement(look: &Look, shown: &Shown) -> Markup {
    let hint = if shown.draft.had_recording {
        &texts::CHOOSE_AGAIN
    } else {
        &texts::REPLACE_HINT
    };
    let words = Field {
        name: "gpx",
        label: look.say(&texts::REPLACE),
        hint: Some(look.say(hint)),
        required: false,
        wrong: &shown.refusals.wrong,
    };
    field(look, &words, |ties| {
        html! {
            input #gpx type="file" name="gpx" accept=(upload::ACCEPTED)
                aria-describedby=[ties.described.as_deref()] aria-invalid=[ties.invalid];
        }
    })
}
