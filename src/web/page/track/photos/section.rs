//! The section of a track's page that shows its photos, and their addresses.

use crate::model::image::Photo;
use crate::model::rendition::{LARGE, SMALL, Size};
use crate::web::look::Look;
use crate::web::look::icon::{self, icon};
use crate::web::page::track::view::Shown;
use crate::web::text::{frame, photo as words, track as texts};
use maud::{Markup, html};

/// The photos, each a link to the picture; a script shows them one by one in the viewer.
pub fn section(look: &Look, shown: &Shown) -> Markup {
    let all = shown.photos.len();
    html! {
        @if all == 0 && shown.viewer.is_owner {
            p .section .noprint { a href=(look.path(&format!("/track/{}/edit#photos", shown.id))) { (look.say(&texts::ADD_PHOTOS)) } }
        }
        @if all > 0 {
            section {
                h2 { (look.say(&texts::PHOTOS)) }
                ul .photos {
                    @for (at, photo) in shown.photos.iter().enumerate() { li { (cell(look, shown, photo, at + 1)) } }
                }
                (viewer(look, all))
            }
        }
    }
}

/// A photo filling its cell, with its caption.
fn cell(look: &Look, shown: &Shown, photo: &Photo, number: usize) -> Markup {
    let address = shown.link(look, &format!("/images/{}", escaped(&photo.name)));
    let (small, large) = (sized(&address, SMALL), sized(&address, LARGE));
    let numbers = [("n", &*number.to_string()), ("all", &*shown.photos.len().to_string())];
    let caption = photo.description.trim();
    let alt = match caption {
        "" => look.lang.fill(&texts::PHOTO_N, &numbers),
        caption => caption.to_owned(),
    };
    html! {
        figure {
            a href=(address) data-large=(large) data-count=(look.lang.fill(&words::N_OF, &numbers)) {
                img src=(small) srcset={ (small) " 480w, " (large) " 1600w" } sizes="(min-width: 64rem) 15rem, (min-width: 40rem) 30vw, 45vw"
                    width="400" height="300" loading="lazy" alt=(alt);
            }
            @if !caption.is_empty() { figcaption .user dir="auto" { (caption) } }
        }
    }
}

/// The address of a photo in a size; that of the photo may have a query already.
pub fn sized(address: &str, size: Size) -> String {
    let mark = if address.contains('?') { '&' } else { '?' };
    format!("{address}{mark}size={}", size.name)
}

/// Where a script shows one photo over the whole window; closed, and so not to be seen, until then.
fn viewer(look: &Look, all: usize) -> Markup {
    html! {
        dialog .viewer aria-label=(look.say(&texts::PHOTOS)) {
            div .bar {
                span .count {}
                a .button .quiet .original href="" { (look.say(&words::OPEN_ORIGINAL)) }
                button .button .quiet .shut type="button" { (icon(look, icon::CLOSE)) (look.say(&frame::CLOSE)) }
            }
            img alt="";
            div .bar {
                @if all > 1 { button .button .prev type="button" { (icon(look, icon::PREV)) span { (look.say(&frame::PREVIOUS)) } } }
                p .caption .user dir="auto" {}
                @if all > 1 { button .button .next type="button" { span { (look.say(&frame::NEXT)) } (icon(look, icon::NEXT)) } }
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

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;
    use std::fs;

    #[test]
    fn every_photo_has_a_caption_or_a_number() {
        let site = Site::new();
        let images = site.app.instance.dir.track_images(1);
        fs::copy(images.join("moodn_view.png"), images.join("abcde_tour.png")).unwrap();
        let text = site.stranger().get("/track/1").text();
        assert!(
            text.contains("alt=\"From the top\"") && text.contains("alt=\"Photo 2 of 3\""),
            "{text}"
        );
        assert!(text.contains("data-count=\"3 of 3\"") && text.contains("<dialog class=\"viewer\""));
        assert!(
            !site
                .logged_in("alice@example.org")
                .get("/track/2")
                .text()
                .contains("<dialog")
        );
    }
}
