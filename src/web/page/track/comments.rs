//! The comments under a track: the section of its page, and taking a new one.

use super::view::Shown;
use super::{Access, secret_of, show_with};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::comment::{self, Comment};
use crate::model::failed;
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, area, csrf, input, summary};
use crate::web::look::person::initial;
use crate::web::page::begin;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::track as texts;
use crate::web::visit::Visit;
use maud::{Markup, PreEscaped, html};

/// Characters of a comment and of its title.
const LONGEST: usize = 50_000;
const LONGEST_TITLE: usize = 500;

/// `POST /track/{id}/comment`: the comment, or the page again with what is wrong.
///
/// # Errors
/// `Forbidden` for whoever may not comment; what the database says.
pub fn post(visit: &mut Visit) -> Result<Response> {
    let secret = secret_of(visit);
    let access = Access::to_view(visit, secret.as_deref())?;
    let author = visit.get_user()?.id;
    if !access.may.comment {
        return Err(Error::Forbidden(format!(
            "user {author} may not comment on track {}",
            access.track.id
        )));
    }
    let mut draft = Draft {
        title: visit.form.find("title").unwrap_or_default().trim().to_owned(),
        text: visit.form.get("comment")?.replace("\r\n", "\n"),
        wrong: Vec::new(),
    };
    let refusal = match draft.text.chars().count() {
        _ if draft.text.trim().is_empty() => Some(("comment", &texts::COMMENT_EMPTY)),
        LONGEST.. => Some(("comment", &texts::COMMENT_LONG)),
        _ if draft.title.chars().count() > LONGEST_TITLE => Some(("title", &texts::COMMENT_LONG)),
        _ => None,
    };
    if let Some((field, text)) = refusal {
        draft.wrong.push(Wrong {
            field,
            text: visit.lang.text(text).to_owned(),
        });
        return Ok(show_with(visit, access, secret, &draft)?.with_status(400));
    }
    let (id, what) = (access.track.id, "store a comment");
    let change = begin(visit.db()?, what)?;
    comment::insert(&change, id, author, clock::now_wall(), &draft.title, &draft.text)?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::COMMENTED));
    Ok(visit.redirect(&super::below(id, "", secret.as_deref())))
}

/// A comment that is being written.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Its title.
    pub title: String,
    /// Its text.
    pub text: String,
    /// What is wrong with it.
    pub wrong: Vec<Wrong>,
}

/// The comments, and the form for those who may write one.
pub fn section(look: &Look, shown: &Shown, draft: &Draft) -> Markup {
    html! {
        section #comments {
            h2 { (look.say(&texts::COMMENTS)) }
            @if shown.comments.is_empty() { p { (look.say(&texts::NO_COMMENTS)) } }
            @else { ol .comments { @for (comment, html) in &shown.comments { li { (one(look, comment, html)) } } } }
            @if shown.may.comment && shown.viewer.id.is_some() { (form(look, shown, draft)) }
            @else if shown.viewer.id.is_none() && !shown.through_link {
                p { a .button href=(look.log_in_path(&format!("/track/{}", shown.id))) { (look.say(&texts::LOG_IN_TO_COMMENT)) } }
            }
        }
    }
}

fn one(look: &Look, comment: &Comment, text: &str) -> Markup {
    let name = match comment.author_name.trim() {
        "" => look.say(&texts::SOMEONE),
        name => name,
    };
    let at = comment.date;
    html! {
        article .comment #{ "comment-" (comment.id) } {
            (initial(name))
            div {
                p { b .user dir="auto" { (name) } }
                p .meta {
                    time .fietsboek-local-datetime data-utc-timestamp=(at.assume_utc().unix_timestamp()) datetime=(clock::rfc3339(at.assume_utc())) { (look.lang.date_time(at)) " (UTC)" }
                }
                @if !comment.title.trim().is_empty() { h3 .user dir="auto" { (comment.title) } }
                div .prose dir="auto" { (PreEscaped(text)) }
            }
        }
    }
}

fn form(look: &Look, shown: &Shown, draft: &Draft) -> Markup {
    let title = Field {
        name: "title",
        label: look.say(&texts::COMMENT_TITLE),
        hint: None,
        required: false,
        wrong: &draft.wrong,
    };
    let hint = Some(look.say(&texts::COMMENT_HINT));
    let text = Field {
        name: "comment",
        label: look.say(&texts::COMMENT_TEXT),
        hint,
        required: true,
        wrong: &draft.wrong,
    };
    html! {
        form .form method="post" action=(shown.link(look, "/comment")) {
            (csrf(look))
            (summary(look, &draft.wrong))
            (input(look, &title, "text", &draft.title, None))
            (area(look, &text, &draft.text))
            p .buttons { button .button .primary { (look.say(&texts::POST)) } }
        }
    }
}
