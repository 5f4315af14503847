//! Every word that the site says to its visitors, in both languages, one file a page.

#![allow(missing_docs)] // The words say it themselves.

use crate::web::lang::Text;

pub mod maintenance;

/// A row of this room's tables: English, German.
const fn text(en: &'static str, de: &'static str) -> Text {
    Text { en, de }
}
