//! The icons: symbols of one sprite, always beside a word and hidden from assistive technology.

use super::Look;
use crate::web::asset;
use maud::{Markup, html};

/// A symbol of `static/icons.svg`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icon(&'static str);

pub const CHECK: Icon = Icon("check");
/// The script takes this one too, for the button that it adds to messages.
pub const CLOSE: Icon = Icon("close");
pub const COMMENT: Icon = Icon("comment");
pub const DELETE: Icon = Icon("delete");
pub const DOWN: Icon = Icon("down");
pub const DOWNLOAD: Icon = Icon("download");
pub const EDIT: Icon = Icon("edit");
pub const FILTER: Icon = Icon("filter");
pub const FIT: Icon = Icon("fit");
pub const FULL: Icon = Icon("full");
pub const INFO: Icon = Icon("info");
pub const LAYERS: Icon = Icon("layers");
pub const MINUS: Icon = Icon("minus");
pub const NEXT: Icon = Icon("next");
pub const PHOTO: Icon = Icon("photo");
pub const PLANNED: Icon = Icon("planned");
pub const PLUS: Icon = Icon("plus");
pub const PREV: Icon = Icon("prev");
pub const SEARCH: Icon = Icon("search");
pub const SHARE: Icon = Icon("share");
pub const STAR: Icon = Icon("star");
pub const STAR_FULL: Icon = Icon("star-full");
pub const UPLOAD: Icon = Icon("upload");
pub const WARN: Icon = Icon("warn");
pub const WHO_ACCOUNT: Icon = Icon("who-account");
pub const WHO_ALL: Icon = Icon("who-all");
pub const WHO_CIRCLE: Icon = Icon("who-circle");
pub const WHO_FRIENDS: Icon = Icon("who-friends");
pub const WHO_ME: Icon = Icon("who-me");

/// An icon of the size of a line of text.
pub fn icon(look: &Look, icon: Icon) -> Markup {
    html! {
        svg .icon aria-hidden="true" { use href={ (look.path(&asset::path("icons.svg"))) "#" (icon.0) } {} }
    }
}

/// The mark of the site, the same drawing as the favicon.
pub fn mark() -> Markup {
    html! {
        svg viewBox="0 0 32 32" aria-hidden="true" {
            rect width="32" height="32" rx="7" fill="#0b5d6b" {}
            g fill="none" stroke="#fff" stroke-linecap="round" stroke-linejoin="round" {
                path stroke-width="3" d="M8 24 13 14l6 5 5-10" {}
                path stroke-width="2" fill="#0b5d6b" d="M3.5 27 8 19.5 12.5 27z" {}
                circle stroke-width="2.2" fill="#0b5d6b" cx="24" cy="9" r="4" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_drawn() {
        let sprite = include_str!("../static/icons.svg");
        for icon in [
            CHECK,
            CLOSE,
            COMMENT,
            DELETE,
            DOWN,
            DOWNLOAD,
            EDIT,
            FILTER,
            INFO,
            NEXT,
            PHOTO,
            PLANNED,
            PREV,
            SEARCH,
            SHARE,
            STAR,
            STAR_FULL,
            UPLOAD,
            WARN,
            WHO_ACCOUNT,
            WHO_ALL,
            WHO_CIRCLE,
            WHO_FRIENDS,
            WHO_ME,
        ] {
            assert!(sprite.contains(&format!("<symbol id=\"{}\"", icon.0)), "{}", icon.0);
        }
    }
}
