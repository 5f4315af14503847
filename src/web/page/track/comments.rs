//! The comments under a track: the section of its page, and taking a new one.

use super::view::Shown;
use super::{Access, secret_of, show_with};
use crate::clock;
use crate::error::{Error, Result};
use crate::model::comment::{self, Comment};
use crate::model::{CommentId, TrackId, failed};
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, area, csrf, input, summary};
use crate::web::look::icon;
use crate::web::look::panel::{Sure, sure};
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
        title: visit
            .form
            .find("title")
            .unwrap_or_default()
            .replace('\0', "")
            .trim()
            .to_owned(),
        text: visit.form.get("comment")?.replace("\r\n", "\n").replace('\0', ""),
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

/// `POST /track/{id}/comment/{comment}/delete`: one's own anywhere, any on one's own track; administrators all.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn delete(visit: &mut Visit) -> Result<Response> {
    let (track, id): (TrackId, CommentId) = (visit.id("id")?, visit.id("comment")?);
    let (user, secret) = (visit.get_user()?.id, secret_of(visit));
    let author = comment::find_author(visit.db()?, track, id)?;
    // Whoever wrote it may take it back, also where they may look no more.
    if author.flatten() != Some(user) {
        let access = Access::to_view(visit, secret.as_deref())?;
        if author.is_none() {
            return Err(Error::NotFound(format!("no comment {id} on track {track}")));
        }
        if !access.may.delete {
            return Err(Error::Forbidden(format!("user {user} may not delete comment {id}")));
        }
    }
    let what = "delete a comment";
    let change = begin(visit.db()?, what)?;
    comment::delete(&change, id)?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::COMMENT_DELETED));
    Ok(visit.redirect(&super::below(track, "", secret.as_deref())))
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
            @else { ol .comments { @for (comment, html) in &shown.comments { li { (one(look, shown, comment, html)) } } } }
            @if shown.may.comment && shown.viewer.id.is_some() { (form(look, shown, draft)) }
            @else if shown.viewer.id.is_none() && !shown.through_link && !shown.as_other {
                p { a .button href=(look.log_in_path(&format!("/track/{}", shown.id))) { (look.say(&texts::LOG_IN_TO_COMMENT)) } }
            }
        }
    }
}

fn one(look: &Look, shown: &Shown, comment: &Comment, text: &str) -> Markup {
    let name = match comment.author_name.trim() {
        "" => look.say(&texts::SOMEONE),
        name => name,
    };
    let at = comment.date;
    let is_own = comment.author.is_some() && comment.author == shown.viewer.id;
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
                @if is_own || shown.may.delete { div .buttons .left { (deletion(look, shown, comment)) } }
            }
        }
    }
}

fn deletion(look: &Look, shown: &Shown, comment: &Comment) -> Markup {
    let second = Sure {
        heading: look.say(&texts::COMMENT_DELETE_TITLE),
        consequence: &texts::COMMENT_DELETE_TEXT,
        button: &texts::COMMENT_DELETE_SURE,
        action: shown.link(look, &format!("/comment/{}/delete", comment.id)),
    };
    sure(look, &texts::DELETE, icon::DELETE, &second)
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

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    /// Bob's comment on Alice's track 1, of the instance.
    const BOBS: &str = "/track/1/comment/1/delete";

    #[test]
    fn one_s_own_and_those_on_one_s_own_track_may_be_deleted() {
        for (email, status) in [
            ("bob@example.org", 302),
            ("alice@example.org", 302),
            ("admin@example.org", 302),
            ("carol@example.org", 403),
        ] {
            let site = Site::new();
            let mut visitor = site.logged_in(email);
            let page = visitor.get("/track/1").text();
            assert_eq!(page.contains(BOBS), status == 302, "{email}");
            assert_eq!(visitor.post(BOBS, &[]).status, status, "{email}");
            let left = site.stranger().get("/track/1").text().contains("comment-1");
            assert_eq!(left, status != 302, "{email}");
        }
        assert_eq!(Site::new().stranger().post(BOBS, &[]).status, 403);
    }

    #[test]
    fn a_comment_is_deleted_once_and_on_its_own_track() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        for (path, status) in [
            ("/track/2/comment/1/delete", 404),
            ("/track/1/comment/99/delete", 404),
            ("/track/1/comment/x/delete", 404),
            ("/track/99/comment/1/delete", 404),
            (BOBS, 302),
            (BOBS, 404),
        ] {
            assert_eq!(alice.post(path, &[]).status, status, "{path}");
        }
        assert_eq!(
            site.logged_in("bob@example.org")
                .post("/track/3/comment/99/delete", &[])
                .status,
            403
        );
    }

    #[test]
    fn whoever_wrote_it_may_take_it_back_where_they_look_no_more() {
        let site = Site::new();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        db.execute_batch("DELETE FROM track_people_assoc; UPDATE tracks SET visibility = 'PRIVATE' WHERE id = 1")
            .unwrap();
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(bob.get("/track/1").status, 403);
        assert_eq!(bob.post(BOBS, &[]).status, 302);
    }
}
