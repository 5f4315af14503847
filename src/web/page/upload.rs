//! Uploading: files come in, one or a hundred, and wait here to be finished.

use super::{answer, begin, look, recording};
use crate::clock;
use crate::error::{Error, Result};
use crate::gpx::{self, Gpx, Origin, Reason};
use crate::model::upload::{self, Upload};
use crate::model::{UploadId, failed};
use crate::web::form::FormFile;
use crate::web::look::form::{Field, csrf, field};
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::look::icon::{self, icon};
use crate::web::look::line::Line;
use crate::web::look::panel::{Sure, sure};
use crate::web::look::{Look, figure, shape};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{count, reason, upload as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use rusqlite::Connection;
use std::io::Read;
use time::{Duration, PrimitiveDateTime};

/// How long an upload waits.
const KEPT: Duration = Duration::hours(24);

/// Uploads that are read for their titles and lines; more of them are called by their time.
const READ: usize = 20;

/// An upload that waits to be finished.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which.
    pub id: UploadId,
    /// When it came, UTC.
    pub at: PrimitiveDateTime,
    /// What the file calls itself.
    pub title: Option<String>,
    /// Its line and its length (m), when it was read.
    pub line: Option<(Line, f64)>,
}

impl Waiting {
    /// What it is called.
    pub fn name(&self, look: &Look) -> String {
        self.title.clone().unwrap_or_else(|| {
            look.lang
                .fill(&texts::UNTITLED, &[("time", &look.lang.date_time_short(self.at))])
        })
    }

    /// When it is removed, UTC.
    pub fn until(&self) -> PrimitiveDateTime {
        self.at.checked_add(KEPT).unwrap_or(self.at)
    }
}

/// The uploads of a user, the first of them read.
///
/// # Errors
/// What the database says; a file that cannot be read is only called by its time.
pub fn list_waiting(db: &Connection, user: crate::model::UserId) -> Result<Vec<Waiting>> {
    let mut list = Vec::new();
    for (n, row) in upload::list(db, user)?.into_iter().enumerate() {
        let read = if n < READ { find_gpx(db, row.id)? } else { None };
        list.push(Waiting {
            id: row.id,
            at: row.at,
            title: read.as_ref().and_then(title),
            line: read.as_ref().map(|gpx| (recording::line(gpx), gpx.figures().length)),
        });
    }
    Ok(list)
}

/// The GPX of an upload; none when it is gone or cannot be read.
///
/// # Errors
/// What the database says.
pub(super) fn find_gpx(db: &Connection, id: UploadId) -> Result<Option<Gpx>> {
    let Some(packed) = upload::find_gpx(db, id)? else {
        return Ok(None);
    };
    let bytes = upload::decompress(&packed, recording::LARGEST);
    Ok(bytes.ok().and_then(|bytes| gpx::read_vec(bytes, Origin::Stored).ok()))
}

/// What a file calls itself: its own name, else that of its first track that has one.
pub(super) fn title(gpx: &Gpx) -> Option<String> {
    let filled = |text: &&str| !text.trim().is_empty();
    let own = gpx.metadata().name.as_deref().filter(filled);
    let of_track = || {
        gpx.tracks()
            .iter()
            .filter_map(|track| track.name.as_deref())
            .find(filled)
    };
    own.or_else(of_track).map(|name| name.trim().to_owned())
}

/// An upload that whoever asks may finish: their own, or anybody's for administrators.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub(super) fn get(visit: &Visit) -> Result<Upload> {
    let id: UploadId = visit.id("id")?;
    let user = visit.get_user()?;
    let found = upload::find(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no upload {id}")))?;
    if found.owner == Some(user.id) || user.is_admin {
        return Ok(found);
    }
    Err(Error::Forbidden(format!("upload {id} is not of user {}", user.id)))
}

/// `GET /upload`.
///
/// # Errors
/// What the database says.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let waiting = list_waiting(visit.db()?, visit.get_user()?.id)?;
    let most = visit.config().server.max_request_body_size;
    let look = look(visit)?;
    let content = view(&look, &waiting, most);
    let page = Page::new(look.say(&texts::TITLE), Place::Upload);
    Ok(answer(visit, look, &page, content))
}

/// `POST /upload`: one good file leads to its form, several stay here. A file that cannot be read is
/// told by name and reason; the others come in all the same.
///
/// # Errors
/// What the database says.
pub fn take(visit: &mut Visit) -> Result<Response> {
    let user = visit.get_user()?.id;
    let files: Vec<FormFile> = std::mem::take(&mut visit.form.files)
        .into_iter()
        .filter(|f| f.field == "gpx")
        .collect();
    if files.is_empty() {
        visit.flash(Kind::Bad, visit.lang.text(&texts::NO_FILE));
        return Ok(visit.redirect("/upload"));
    }
    let mut ids = Vec::new();
    for mut file in files {
        match pack(&mut file)? {
            Ok(packed) => {
                let change = begin(visit.db()?, "store an upload")?;
                ids.push(upload::insert(&change, user, clock::now_wall(), &packed)?);
                change.commit().map_err(|e| failed("store an upload", e))?;
            }
            Err(why) => {
                let sentence = refusal(visit.lang, &file.name, why);
                visit.flash(Kind::Bad, sentence);
            }
        }
    }
    if let [only] = ids[..] {
        return Ok(visit.redirect(&format!("/upload/{only}")));
    }
    if !ids.is_empty() {
        visit.flash(Kind::Ok, count(visit.lang, ids.len() as u64, &texts::TAKEN));
    }
    Ok(visit.redirect("/upload"))
}

/// A sent file as the table holds it: UTF-8 GPX, gzip; or why it is refused.
fn pack(file: &mut FormFile) -> Result<std::result::Result<Vec<u8>, Reason>> {
    let mut bytes = Vec::new();
    file.data.rewind();
    file.data
        .read_to_end(&mut bytes)
        .map_err(|e| Error::Failed(format!("cannot read a sent file: {e}")))?;
    // The original parses what stands in the table, as UTF-8: what is written is what was understood.
    match gpx::read_vec(bytes, Origin::Upload) {
        Ok(gpx) if gpx.points().is_empty() => Ok(Err(Reason::NoPoints)),
        Ok(gpx) => upload::compress(&gpx::write(&gpx)).map(Ok),
        Err(error) => Ok(Err(error.reason)),
    }
}

fn refusal(lang: crate::web::lang::Lang, file: &str, why: Reason) -> String {
    let file: String = file.chars().take(80).collect();
    match why {
        Reason::NoPoints => lang.fill(&texts::NO_POINTS, &[("file", &file)]),
        why => lang.fill(
            &texts::UNREADABLE,
            &[("file", &file), ("reason", lang.text(reason::of(why)))],
        ),
    }
}

/// `POST /upload/{id}/cancel`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn cancel(visit: &mut Visit) -> Result<Response> {
    let id = get(visit)?.id;
    let change = begin(visit.db()?, "discard an upload")?;
    upload::delete(&change, id)?;
    change.commit().map_err(|e| failed("discard an upload", e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::DISCARDED));
    Ok(visit.redirect("/upload"))
}

/// `/upload/{id}/preview.gpx`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn preview(visit: &mut Visit) -> Result<Response> {
    let id = get(visit)?.id;
    let packed = upload::find_gpx(visit.db()?, id)?.ok_or_else(|| Error::NotFound(format!("no upload {id}")))?;
    let bytes = upload::decompress(&packed, recording::LARGEST)?;
    Ok(Response::bytes("application/gpx+xml", bytes).cache(0, true))
}

fn view(look: &Look, waiting: &[Waiting], most: u64) -> Markup {
    let hint = look.lang.fill(&texts::DROP, &[("size", &look.lang.bytes(most))]);
    let files = Field {
        name: "gpx",
        label: look.say(&texts::FILES),
        hint: Some(&hint),
        required: false,
        wrong: &[],
    };
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        form .form .section method="post" action=(look.path("/upload")) enctype="multipart/form-data" {
            (csrf(look))
            div .drop {
                (icon(look, icon::UPLOAD))
                (field(look, &files, |ties| html! {
                    input #gpx type="file" name="gpx" multiple accept=".gpx,application/gpx+xml" aria-describedby=[ties.described.as_deref()];
                }))
            }
            p .buttons { button .button .primary data-busy=(look.say(&texts::SENDING)) { (look.say(&texts::SEND)) } }
        }
        @if !waiting.is_empty() {
            section .narrow {
                h2 { (look.say(&texts::WAITING)) }
                p .hint { (look.say(&texts::KEPT)) }
                ul .waiting { @for upload in waiting { li { (row(look, upload)) } } }
            }
        }
    }
}

fn row(look: &Look, upload: &Waiting) -> Markup {
    let name = upload.name(look);
    let at = look.lang.date_time_short(upload.at);
    html! {
        @if let Some((line, _)) = &upload.line { (shape::shape(line, false)) }
        div .what {
            p .user dir="auto" { b { (name) } }
            p .meta {
                @if let Some((_, length)) = &upload.line { (figure::figure(&look.lang.distance(Some(*length)))) " · " }
                (look.lang.fill(&texts::UPLOADED, &[("time", &at)]))
            }
        }
        div .buttons {
            a .button href=(look.path(&format!("/upload/{}", upload.id))) { (look.say(&texts::FINISH)) }
            (discard(look, upload.id, &name))
        }
    }
}

/// The two steps of throwing an upload away.
pub(super) fn discard(look: &Look, id: UploadId, name: &str) -> Markup {
    let heading = look.lang.fill(&texts::DISCARD_TITLE, &[("title", name)]);
    let second = Sure {
        heading: &heading,
        consequence: &texts::DISCARD_TEXT,
        button: &texts::DISCARD_SURE,
        action: look.path(&format!("/upload/{id}/cancel")),
    };
    sure(look, &texts::DISCARD, icon::DELETE, &second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;
    use crate::web::look::card::tests::LONG;
    use crate::web::look::look;
    use time::macros::datetime;

    fn waiting(title: Option<&str>) -> Waiting {
        Waiting {
            id: UploadId(3),
            at: datetime!(2026-11-21 8:29),
            title: title.map(str::to_owned),
            line: None,
        }
    }

    #[test]
    fn files_may_be_called_anything() {
        let html = view(&look(Lang::De), &[waiting(Some(LONG)), waiting(None)], 150_000_000).into_string();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
        assert!(
            html.contains("150\u{202f}MB") && html.contains("action=\"/upload/3/cancel\""),
            "{html}"
        );
        assert!(html.contains("Upload vom 21. Nov. 2026, 08:29"), "{html}");
    }

    #[test]
    fn an_empty_list_has_no_heading() {
        assert!(!view(&look(Lang::En), &[], 10).into_string().contains("<h2"));
    }

    #[test]
    fn an_upload_waits_a_day() {
        assert_eq!(waiting(None).until(), datetime!(2026-11-22 8:29));
    }

    #[test]
    fn a_refusal_names_the_file_and_the_reason() {
        let text = refusal(Lang::En, "ride.gpx", Reason::Truncated);
        assert_eq!(
            text,
            "We can't read ride.gpx: its end is missing. Export it again and retry."
        );
        assert!(refusal(Lang::De, &"x".repeat(500), Reason::NoPoints).len() < 200);
    }
}
