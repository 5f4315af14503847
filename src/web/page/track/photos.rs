//! The photos of a track: the section of its page, and the pictures themselves.

use super::view::Shown;
use super::{Access, secret_of};
use crate::error::{Error, Result};
use crate::model::image;
use crate::web::look::Look;
use crate::web::page::picture::{self, Kept};
use crate::web::response::Response;
use crate::web::text::track as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use std::fs;

/// `/track/{id}/images/{name}`.
///
/// # Errors
/// `NotFound` for what is no photo of this track; `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let name = visit.param("name")?;
    let missing = || Error::NotFound(format!("no such photo of track {}", access.track.id));
    let path = image::find_path(&visit.instance().dir, access.track.id, name).ok_or_else(missing)?;
    let bytes = fs::read(&path).map_err(|e| Error::Failed(format!("cannot read {}: {e}", path.display())))?;
    picture::answer(bytes, Kept::Private).ok_or_else(missing)
}

/// The photos, each a link to the picture.
pub fn section(look: &Look, shown: &Shown) -> Markup {
    let all = shown.photos.len().to_string();
    html! {
        @if shown.photos.is_empty() && shown.viewer.is_owner {
            p .section { a href=(look.path(&format!("/track/{}/edit#photos", shown.id))) { (look.say(&texts::ADD_PHOTOS)) } }
        }
        @if !shown.photos.is_empty() {
            section {
                h2 { (look.say(&texts::PHOTOS)) }
                ul .photos {
                    @for (n, photo) in shown.photos.iter().enumerate() {
                        @let address = shown.link(look, &format!("/images/{}", escaped(&photo.name)));
                        @let numbered = look.lang.fill(&texts::PHOTO_N, &[("n", &(n + 1).to_string()), ("all", &all)]);
                        @let caption = photo.description.trim();
                        li { figure {
                            a href=(address) { img src=(address) width="400" height="300" loading="lazy"
                                alt=(if caption.is_empty() { numbered.as_str() } else { caption }); }
                            @if !caption.is_empty() { figcaption .user dir="auto" { (caption) } }
                        } }
                    }
                }
            }
        }
    }
}

/// A file name as a part of a path.
pub fn escaped(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    name.bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}
