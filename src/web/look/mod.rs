//! How things look: the frame and the parts of pages, as functions from plain data to HTML.
//!
//! Nothing here asks the database, the disk or the clock; everything that is shown is handed in. maud
//! escapes whatever is put between its braces; `PreEscaped` stands only where text of our own sanitiser
//! (`markdown`) or a drawing made here is set. Styles live in `static/style.css` alone: no style
//! attributes, the policy sent with every page forbids them.

mod axis;
pub mod bars;
pub mod card;
pub mod chart;
pub mod drawing;
pub mod figure;
pub mod form;
pub mod frame;
pub mod icon;
pub mod layers;
pub mod line;
pub mod map;
pub mod message;
pub mod pagination;
pub mod panel;
pub mod person;
pub mod row;
pub mod shape;
pub mod tabs;

use crate::web::lang::{Lang, Text};

/// What every part of a page needs to know.
#[derive(Debug, Clone)]
pub struct Look {
    /// The language of the page.
    pub lang: Lang,
    /// What stands before every path of this site: empty, or `/somewhere`.
    pub prefix: String,
    /// The token that every form carries.
    pub csrf: String,
}

impl Look {
    /// A text in the page's language.
    pub fn say(&self, text: &Text) -> &'static str {
        self.lang.text(text)
    }

    /// The address of a page of this site; the path starts with a slash.
    pub fn path(&self, path: &str) -> String {
        format!("{}{path}", self.prefix)
    }

    /// The address of the log-in page that leads back to a path of this site afterwards.
    pub fn log_in_path(&self, back: &str) -> String {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("back", back)
            .finish();
        self.path(&format!("/login?{query}"))
    }
}

#[cfg(test)]
pub(crate) fn look(lang: Lang) -> Look {
    Look {
        lang,
        prefix: String::new(),
        csrf: "0123456789abcdef0123456789abcdef".into(),
    }
}
