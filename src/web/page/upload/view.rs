//! The upload page: the frame to drop files on, what was refused, what waits.

use super::receive::Refused;
use super::waiting::Waiting;
use crate::model::UploadId;
use crate::web::look::form::{Field, csrf, field};
use crate::web::look::frame::page_head;
use crate::web::look::icon::{self, icon};
use crate::web::look::message::message;
use crate::web::look::panel::{Sure, sure, sure_within};
use crate::web::look::{Look, figure, shape};
use crate::web::session::Kind;
use crate::web::text::{count, upload as texts};
use maud::{Markup, html};
use serde_json::json;

/// What a file chooser offers; what a file is, is told by its content.
pub const ACCEPT: &str = ".gpx,.fit,.tcx,.gz,application/gpx+xml,application/vnd.ant.fit,application/gzip";

/// The page's content. `most` is how large a file may be, bytes.
pub fn view(look: &Look, waiting: &[Waiting], refused: &[Refused], most: u64) -> Markup {
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        @if !refused.is_empty() {
            div .msgs { @for one in refused { (message(look, Kind::Bad, &one.sentence)) } }
        }
        (drop_area(look, most))
        @if !waiting.is_empty() {
            section .narrow {
                h2 { (count(look.lang, waiting.len() as u64, &texts::WAITING)) }
                p .hint { (look.say(&texts::KEPT)) }
                ul .waiting { @for upload in waiting { li { (row(look, upload, waiting.len() > 1)) } } }
                @if waiting.len() > 1 { (ticked(look)) }
            }
        }
    }
}

fn drop_area(look: &Look, most: u64) -> Markup {
    let hint = look.lang.fill(&texts::DROP, &[("size", &look.lang.bytes(most))]);
    let files = Field {
        name: "gpx",
        label: look.say(&texts::FILES),
        hint: Some(&hint),
        required: false,
        wrong: &[],
    };
    html! {
        form .form .section method="post" action=(look.path("/upload")) enctype="multipart/form-data"
            data-upload=(words(look, most)) data-most=(most) {
            (csrf(look))
            div .drop {
                (icon(look, icon::UPLOAD))
                (field(look, &files, |ties| html! {
                    input #gpx type="file" name="gpx" multiple accept=(ACCEPT) aria-describedby=[ties.described.as_deref()];
                }))
            }
            p .buttons { button .button .primary data-busy=(look.say(&texts::SENDING)) { (look.say(&texts::SEND)) } }
        }
    }
}

/// The words that a script needs to show files on their way.
fn words(look: &Look, most: u64) -> String {
    json!({
        "queued": look.say(&texts::QUEUED),
        "reading": look.say(&texts::READING),
        "ready": look.say(&texts::READY),
        "finish": look.say(&texts::FINISH),
        "already": look.say(&texts::ALREADY),
        "anyway": look.say(&texts::ANYWAY),
        "cancel": look.say(&texts::CANCEL),
        "close": look.say(&texts::CLOSE),
        "large": look.lang.fill(&texts::TOO_BIG, &[("size", &look.lang.bytes(most))]),
        "failed": look.say(&texts::FAILED),
    })
    .to_string()
}

/// What can be done with the ticked ones; their boxes stand in the rows.
fn ticked(look: &Look) -> Markup {
    let second = Sure {
        heading: look.say(&texts::DISCARD_TICKED_TITLE),
        consequence: &texts::DISCARD_TICKED_TEXT,
        button: &texts::DISCARD_TICKED_SURE,
        action: look.path("/upload/discard"),
    };
    html! {
        form #ticked .buttons .section method="post" action=(look.path("/upload/save")) {
            (csrf(look))
            button .button data-busy=(look.say(&texts::SAVING)) { (look.say(&texts::SAVE_TICKED)) }
            (sure_within(look, &texts::DISCARD_TICKED, icon::DELETE, &second))
        }
    }
}

/// `tick`: with a box.
fn row(look: &Look, upload: &Waiting, tick: bool) -> Markup {
    let name = upload.name(look);
    let finish = if upload.already.is_some() {
        &texts::ANYWAY
    } else {
        &texts::FINISH
    };
    html! {
        @if tick {
            label .tickbox {
                input type="checkbox" name="upload[]" value=(upload.id) form="ticked" aria-label=(look.lang.fill(&texts::TICK, &[("title", &name)]));
            }
        }
        @if let Some((line, _)) = &upload.line { (shape::shape(line, false)) }
        div .what {
            p .user dir="auto" { b { (name) } }
            p .meta {
                @if let Some((_, length)) = &upload.line { (figure::figure(&look.lang.distance(Some(*length)))) " · " }
                (look.say(&texts::UNTIL)) " " (upload.until(look))
            }
            @if let Some(already) = &upload.already { p .meta { (already.sentence(look)) } }
        }
        div .buttons {
            a .button href=(look.path(&format!("/upload/{}", upload.id))) { (look.say(finish)) }
            (discard(look, upload.id, &name))
        }
    }
}

/// The two steps of throwing an upload away.
pub fn discard(look: &Look, id: UploadId, name: &str) -> Markup {
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
    use crate::web::page::upload::duplicate::Already;
    use time::macros::datetime;

    fn waiting(title: Option<&str>) -> Waiting {
        Waiting {
            id: UploadId(3),
            at: datetime!(2026-11-21 8:29),
            title: title.map(str::to_owned),
            line: None,
            already: None,
        }
    }

    #[test]
    fn files_may_be_called_anything() {
        let refused = Refused {
            status: 400,
            sentence: LONG.into(),
        };
        let all = [waiting(Some(LONG)), waiting(None)];
        let html = view(&look(Lang::De), &all, &[refused], 150_000_000).into_string();
        assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
        assert!(
            html.contains("150\u{202f}MB") && html.contains("action=\"/upload/3/cancel\""),
            "{html}"
        );
        assert!(html.contains("Upload vom 21. Nov. 2026, 08:29"), "{html}");
    }

    #[test]
    fn an_empty_list_has_no_heading() {
        assert!(!view(&look(Lang::En), &[], &[], 10).into_string().contains("<h2"));
    }

    #[test]
    fn what_is_there_already_can_be_uploaded_all_the_same() {
        let mut again = waiting(Some("Again"));
        again.already = Some(Already::Upload(UploadId(2)));
        let html = view(&look(Lang::De), &[again], &[], 10).into_string();
        assert!(
            html.contains("Diese Tour hast du schon: <a") && html.contains("href=\"/upload/2\""),
            "{html}"
        );
        assert!(html.contains("Trotzdem hochladen"), "{html}");
    }
}
