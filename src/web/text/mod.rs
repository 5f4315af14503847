//! Every word that the site says to its visitors, in both languages, one file a page.
//!
//! A row holds both languages side by side, so that neither can be forgotten. Placeholders stand in
//! braces and are filled by `Lang::fill`; what is filled in is escaped like any other text when the page
//! is made. No markup stands in a text, and no text stands in a page.

#![allow(missing_docs)] // The words say it themselves.

use crate::web::lang::{Lang, Text};

pub mod account;
pub mod admin;
pub mod api;
pub mod download;
pub mod error;
pub mod explore;
pub mod figure;
pub mod form;
pub mod frame;
pub mod home;
pub mod login;
pub mod mail;
pub mod maintenance;
pub mod map;
pub mod me;
pub mod photo;
pub mod profile;
pub mod reason;
pub mod track;
pub mod upload;
pub mod welcome;
pub mod zone;

/// A row of this room's tables: English, German. A row that lacks one of them, or leaves out in one what is filled
/// into the other, does not compile.
const fn text(en: &'static str, de: &'static str) -> Text {
    assert!(!en.is_empty() && !de.is_empty());
    assert!(placeholders(en) == placeholders(de));
    Text { en, de }
}

const fn placeholders(text: &str) -> usize {
    let (bytes, mut at, mut count) = (text.as_bytes(), 0, 0);
    while at < bytes.len() {
        count += (bytes[at] == b'{') as usize;
        at += 1;
    }
    count
}

/// A text that depends on a number: the first row for exactly one, the second for all others; `{n}` in
/// either is the number as the language writes it.
pub fn count(lang: Lang, number: u64, texts: &(Text, Text)) -> String {
    lang.plural(number, &texts.0, &texts.1)
}
