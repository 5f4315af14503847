//! The badges: what there are, and making, changing and deleting them.

use super::{Part, page};
use crate::error::{Error, Result};
use crate::model::badge::{self, Used};
use crate::model::{BadgeId, failed};
use crate::picture;
use crate::web::form::Form;
use crate::web::lang::{Lang, Text};
use crate::web::look::Look;
use crate::web::look::form::{Field, Wrong, csrf, field, input, summary};
use crate::web::look::icon::{self, icon};
use crate::web::look::message::notice;
use crate::web::look::panel::{Sure, sure_of};
use crate::web::page::{begin, look};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{admin as texts, count};
use crate::web::visit::Visit;
use maud::{Markup, html};
use rusqlite::Connection;
use std::io::Read;

/// The largest picture, bytes: a badge is shown 64 pixels wide.
const LARGEST: u64 = 1 << 20;

/// Characters of a title.
const LONGEST: usize = 200;

/// `GET /admin/badges/`
///
/// # Errors
/// What the database says.
pub fn list(visit: &mut Visit) -> Result<Response> {
    show(visit, &Draft::default())
}

/// `POST /admin/badges/add`: the new badge, or the page again with what is wrong.
///
/// # Errors
/// `Invalid` when a field is missing; what the database says.
pub fn add(visit: &mut Visit) -> Result<Response> {
    let lang = visit.lang;
    let draft = Draft::read(lang, &mut visit.form, None)?;
    let image = match draft.image.as_deref() {
        Some(image) if draft.wrong.is_empty() => image,
        _ => return Ok(show(visit, &draft)?.with_status(400)),
    };
    change(visit, &texts::ADDED, |db| {
        badge::insert(db, &draft.title, image).map(drop)
    })
}

/// `POST /admin/badges/edit`: another title, and another picture if one was sent.
///
/// # Errors
/// As [`add`]; `NotFound` for an unknown badge.
pub fn edit(visit: &mut Visit) -> Result<Response> {
    let (lang, id) = (visit.lang, badge_id(&visit.form, "badge-edit-id")?);
    let draft = Draft::read(lang, &mut visit.form, Some(id))?;
    if !draft.wrong.is_empty() {
        if !badge::list(visit.db()?)?.iter().any(|badge| badge.id == id) {
            return Err(Error::NotFound(format!("no badge {id}")));
        }
        return Ok(show(visit, &draft)?.with_status(400));
    }
    change(visit, &texts::CHANGED, |db| {
        badge::change(db, id, &draft.title, draft.image.as_deref())
    })
}

/// `POST /admin/badges/delete`
///
/// # Errors
/// `NotFound` for an unknown badge, `Invalid` without one; what the database says.
pub fn delete(visit: &mut Visit) -> Result<Response> {
    let id = badge_id(&visit.form, "badge-delete-id")?;
    change(visit, &texts::DELETED, |db| badge::delete(db, id))
}

/// What is no number is the id of nothing.
fn badge_id(form: &Form, field: &str) -> Result<BadgeId> {
    let text = form.get(field)?;
    text.parse().map_err(|_| Error::NotFound(format!("no badge {text:?}")))
}

fn change(visit: &mut Visit, done: &Text, run: impl FnOnce(&Connection) -> Result<()>) -> Result<Response> {
    let what = "change the badges";
    let change = begin(visit.db()?, what)?;
    run(&change)?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(done));
    Ok(visit.redirect("/admin/badges/"))
}

/// A badge that is being made or changed.
#[derive(Default)]
struct Draft {
    /// Which one is changed; absent for a new one.
    id: Option<BadgeId>,
    title: String,
    image: Option<Vec<u8>>,
    wrong: Vec<Wrong>,
}

const TITLE: &str = "badge-title";
const IMAGE: &str = "badge-image";

impl Draft {
    fn read(lang: Lang, form: &mut Form, id: Option<BadgeId>) -> Result<Draft> {
        let mut draft = Draft {
            id,
            title: form.get(TITLE)?.trim().to_owned(),
            ..Draft::default()
        };
        let refusal = match draft.title.chars().count() {
            0 => Some(lang.text(&texts::NO_TITLE).to_owned()),
            n if n > LONGEST => Some(lang.fill(&texts::LONG_TITLE, &[("n", &LONGEST.to_string())])),
            _ => None,
        };
        draft.refuse(TITLE, refusal);
        let refusal = match form.files_of(IMAGE).next().filter(|file| !file.data.is_empty()) {
            Some(file) if file.data.len() > LARGEST => {
                Some(lang.fill(&texts::LARGE_PICTURE, &[("size", &lang.bytes(LARGEST))]))
            }
            Some(file) => {
                let mut bytes = Vec::new();
                let read = file.data.read_to_end(&mut bytes);
                read.map_err(|e| Error::Failed(format!("cannot read a sent picture back: {e}")))?;
                let refusal = picture::check(&bytes)
                    .err()
                    .map(|_| lang.text(&texts::WRONG_PICTURE).to_owned());
                draft.image = Some(bytes);
                refusal
            }
            None => id.is_none().then(|| lang.text(&texts::NO_PICTURE).to_owned()),
        };
        draft.refuse(IMAGE, refusal);
        Ok(draft)
    }

    fn refuse(&mut self, field: &'static str, text: Option<String>) {
        self.wrong.extend(text.map(|text| Wrong { field, text }));
    }
}

fn show(visit: &mut Visit, draft: &Draft) -> Result<Response> {
    let badges = badge::list_used(visit.db()?)?;
    let look = look(visit)?;
    let content = view(&look, &badges, draft);
    Ok(page(visit, look, Part::Badges, content))
}

fn view(look: &Look, badges: &[Used], draft: &Draft) -> Markup {
    let new = if draft.id.is_none() { draft } else { &Draft::default() };
    html! {
        h2 .hidden { (look.say(&texts::BADGES)) }
        @if badges.is_empty() { p .section .narrow { (look.say(&texts::NO_BADGES)) } } @else {
            ul .badgecards { @for used in badges { li { (card(look, used, draft)) } } }
        }
        section {
            h2 { (look.say(&texts::NEW)) }
            (summary(look, &new.wrong))
            form .form method="post" action=(look.path("/admin/badges/add")) enctype="multipart/form-data" {
                (csrf(look))
                (input(look, &words(look, TITLE, &texts::NAME, None, &new.wrong), "text", &new.title, None))
                @let hint = look.lang.fill(&texts::PICTURE_HINT, &[("size", &look.lang.bytes(LARGEST))]);
                (field(look, &words(look, IMAGE, &texts::PICTURE, Some(&hint), &new.wrong), |ties| html! {
                    input type="file" id=(IMAGE) name=(IMAGE) accept=(ACCEPTED) required
                        aria-describedby=[ties.described.as_deref()] aria-invalid=[ties.invalid];
                }))
                p .buttons { button .button .primary { (look.say(&texts::ADD)) } }
            }
        }
    }
}

/// What the file control offers.
const ACCEPTED: &str = "image/jpeg,image/png,image/webp,image/gif";

fn words<'a>(look: &Look, name: &'static str, label: &Text, hint: Option<&'a str>, wrong: &'a [Wrong]) -> Field<'a> {
    Field {
        name,
        label: look.say(label),
        hint,
        required: true,
        wrong,
    }
}

fn card(look: &Look, used: &Used, draft: &Draft) -> Markup {
    let (badge, changed) = (&used.badge, draft.id == Some(used.badge.id));
    let first = Sure {
        heading: &look.lang.fill(&texts::DELETE_ASK, &[("title", &badge.title)]),
        consequence: &texts::DELETE_MORE,
        button: &texts::DELETE_BADGE,
        action: look.path("/admin/badges/delete"),
    };
    html! {
        // The size is part of the address, so that a picture that was changed is not taken from the browser's store.
        img src=(look.path(&format!("/badge/{}?size={}", badge.id, used.size))) alt="" width="64" height="64" loading="lazy";
        h3 .user dir="auto" { (badge.title) }
        p .meta { (count(look.lang, used.tracks, &texts::USED)) }
        div .buttons {
            details .edit open[changed] {
                summary .button { (icon(look, icon::EDIT)) (look.say(&texts::EDIT)) span .hidden .user { " " (badge.title) } }
                (change_form(look, used, changed.then_some(draft)))
            }
            (sure_of(look, &texts::DELETE, icon::DELETE, &first, &[("badge-delete-id", &badge.id.to_string())]))
        }
    }
}

/// Several of these stand in the page, so that labels stand around their controls instead of naming them.
fn change_form(look: &Look, used: &Used, draft: Option<&Draft>) -> Markup {
    let title = draft.map_or(&used.badge.title, |draft| &draft.title);
    html! {
        form .form method="post" action=(look.path("/admin/badges/edit")) enctype="multipart/form-data" {
            (csrf(look))
            input type="hidden" name="badge-edit-id" value=(used.badge.id);
            @for wrong in draft.into_iter().flat_map(|draft| &draft.wrong) { (notice(look, Kind::Bad, html! { (wrong.text) })) }
            label .field { span { b { (look.say(&texts::NAME)) } } input type="text" name=(TITLE) value=(title) required dir="auto"; }
            label .field {
                span { b { (look.say(&texts::PICTURE)) } }
                span .hint { (look.say(&texts::PICTURE_KEEP)) }
                input type="file" name=(IMAGE) accept=(ACCEPTED);
            }
            p .buttons { button .button .primary { (look.say(&texts::SAVE)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::{Site, Visitor};

    const PNG: &[u8] = include_bytes!("../../../../tests/data/fietsboek-0.11/data/tracks/1/images/moodn_view.png");

    fn send(visitor: &mut Visitor, verb: &str, fields: &[(&str, &str)], image: Option<&[u8]>) -> u16 {
        let files: Vec<_> = image.map(|bytes| (IMAGE, "a.png", bytes)).into_iter().collect();
        visitor.send(&format!("/admin/badges/{verb}"), fields, &files).status
    }

    #[test]
    fn badges_are_made_changed_and_deleted() {
        let site = Site::new();
        let mut admin = site.logged_in("admin@example.org");
        assert_eq!(send(&mut admin, "add", &[(TITLE, " Col <b>du</b> ")], Some(PNG)), 302);
        let html = admin.get("/admin/badges/").text();
        assert!(
            html.contains("The badge is there.") && html.contains("Col &lt;b&gt;du&lt;/b&gt;</h3>"),
            "{html}"
        );
        let picture = admin.get("/badge/2");
        assert_eq!(
            (picture.media_type.as_str(), picture.bytes.as_slice()),
            ("image/png", PNG)
        );
        let change = [("badge-edit-id", "2"), (TITLE, "Col")];
        assert_eq!(send(&mut admin, "edit", &change, None), 302);
        assert_eq!(admin.get("/badge/2").bytes, PNG);
        let html = admin.get("/admin/badges/").text();
        assert!(html.contains(">Col</h3>") && html.contains("on 1 track<"), "{html}");
        assert_eq!(
            admin.post("/admin/badges/delete", &[("badge-delete-id", "1")]).status,
            302
        );
        assert_eq!(
            admin.post("/admin/badges/delete", &[("badge-delete-id", "2")]).status,
            302
        );
        let html = admin.get("/admin/badges/").text();
        assert!(html.contains("small pictures") && !html.contains("<h3"), "{html}");
    }

    #[test]
    fn what_is_wrong_is_said_and_the_title_stays() {
        let site = Site::new();
        let mut admin = site.logged_in("admin@example.org");
        let svg: &[u8] = b"<svg xmlns='http://www.w3.org/2000/svg'><script>x</script></svg>";
        for (image, text) in [
            (None, "Choose a picture."),
            (Some(svg), "isn&#39;t a picture"),
            (Some(&PNG[..40]), "isn&#39;t a picture"),
        ] {
            let files: Vec<_> = image.map(|bytes| (IMAGE, "a.png", bytes)).into_iter().collect();
            let got = admin.send("/admin/badges/add", &[(TITLE, "Kept")], &files);
            let (status, html) = (got.status, got.text().replace("isn't", "isn&#39;t"));
            assert!(
                status == 400 && html.contains(text) && html.contains("value=\"Kept\""),
                "{status} {html}"
            );
        }
        let large = vec![0; LARGEST as usize + 1];
        let got = admin.send(
            "/admin/badges/edit",
            &[("badge-edit-id", "1"), (TITLE, "")],
            &[(IMAGE, "a.png", &large)],
        );
        let html = got.text();
        assert!(
            got.status == 400 && html.contains("too large") && html.contains("Give the badge a title."),
            "{html}"
        );
        assert_eq!(html.matches("<details class=\"edit\" open").count(), 1, "{html}");
        assert!(admin.get("/admin/badges/").text().contains("Everesting"));
    }

    #[test]
    fn missing_fields_are_400_and_unknown_badges_404() {
        let site = Site::new();
        let mut admin = site.logged_in("admin@example.org");
        for id in ["99", "x", "", "-1"] {
            assert_eq!(
                send(&mut admin, "edit", &[("badge-edit-id", id), (TITLE, "a")], None),
                404,
                "{id}"
            );
            assert_eq!(
                send(&mut admin, "edit", &[("badge-edit-id", id), (TITLE, "")], None),
                404,
                "{id}"
            );
            assert_eq!(
                admin.post("/admin/badges/delete", &[("badge-delete-id", id)]).status,
                404,
                "{id}"
            );
        }
        assert_eq!(send(&mut admin, "add", &[], Some(PNG)), 400);
        assert_eq!(send(&mut admin, "edit", &[(TITLE, "a")], None), 400);
        assert_eq!(admin.post("/admin/badges/delete", &[]).status, 400);
        for verb in ["add", "edit", "delete"] {
            let mut alice = site.logged_in("alice@example.org");
            assert_eq!(
                alice
                    .post(&format!("/admin/badges/{verb}"), &[("badge-delete-id", "1")])
                    .status,
                403
            );
        }
        assert!(admin.get("/admin/badges/").text().contains("Everesting"));
    }
}
