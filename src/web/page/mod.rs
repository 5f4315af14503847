//! The pages: what stands at each address, one noun a file, the view beside its handler.
//!
//! A handler reads what was sent, asks the model, and hands plain values to a view; a view is a pure
//! function from those to HTML. Who may see a track is asked of `model::access` alone.

use crate::config::{Config, Layer};
use crate::error::Result;
use crate::model::access::Viewer;
use crate::model::failed;
use crate::spool::Spool;
use crate::web::look::frame::{Entry, Frame, Page, Who, document};
use crate::web::look::{Look, layers};
use crate::web::response::Response;
use crate::web::visit::Visit;
use maud::Markup;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use serde_json::Value;

#[cfg(test)]
mod access_tests;
pub mod account;
pub mod admin;
pub mod api;
pub mod archive;
pub mod badge;
mod draft;
#[cfg(test)]
mod enumeration_tests;
pub mod error;
pub mod explore;
pub mod favourite;
pub mod finish;
pub mod form;
mod geometry;
pub mod home;
pub mod lines;
pub mod login;
pub mod maintenance;
pub mod make;
pub mod markdown;
pub mod me;
mod picture;
pub mod recording;
mod slow;
pub mod static_page;
pub mod tile;
pub mod track;
pub mod upload;
pub mod user;
#[cfg(test)]
pub(crate) mod visitor;
mod welcome;
#[cfg(test)]
mod zone_tests;

/// Language, prefix and token for the parts of a page.
fn look(visit: &mut Visit) -> Result<Look> {
    Ok(Look {
        lang: visit.lang,
        prefix: visit.request.prefix.clone(),
        csrf: visit.csrf_token()?,
    })
}

/// The whole page with its frame; the messages that waited are shown with it and gone.
fn document_of(visit: &mut Visit, look: Look, page: &Page, content: Markup) -> String {
    let entries = entries(visit);
    let frame = Frame {
        look,
        theme: visit.theme,
        who: visit.user.as_ref().map(|user| Who {
            id: user.id,
            name: user.name.clone(),
            email: user.email.clone(),
            is_admin: user.is_admin,
        }),
        entries,
        messages: visit.session.take_flashes(),
        langs: visit.offer.langs.clone(),
        here: visit.request.link(&visit.request.path_without(&[])),
        registration: visit.config().registration,
        source: visit.config().source_url.clone(),
    };
    document(&frame, page, content).into_string()
}

/// The operator's pages in the menu.
fn entries(visit: &Visit) -> Vec<Entry> {
    let entry = |page: &crate::pages::Page| Entry {
        href: visit.request.link(&page.path()),
        text: page.link_name.clone(),
        is_first: page.index < 0,
        is_current: visit.request.path == page.path(),
    };
    visit.pages.menu(visit.reader()).map(entry).collect()
}

/// A page as an answer: for this visitor alone, in this language.
fn answer(visit: &mut Visit, look: Look, page: &Page, content: Markup) -> Response {
    let html = document_of(visit, look, page, content);
    answer_with(visit, html)
}

/// A whole page as an answer.
fn answer_with(visit: &Visit, html: String) -> Response {
    let sources = image_sources(visit.config());
    let response = Response::html(html)
        .cache(0, true)
        .header("Content-Language", visit.lang.tag())
        .header("Vary", "Accept-Language, Cookie");
    response.image_sources(sources)
}

/// Where pages may show pictures from, besides this site: from the providers of map tiles only if browsers fetch
/// those by themselves.
fn image_sources(config: &Config) -> String {
    if config.external_images {
        return "https: http:".to_owned();
    }
    let of_tiles = config.layers.iter().filter(|_| !config.tile_proxy);
    let mut origins: Vec<&str> = of_tiles.map(Layer::origin).collect();
    origins.sort_unstable();
    origins.dedup();
    origins.join(" ")
}

/// Who looks, for the access rule.
fn viewer(visit: &Visit) -> Viewer {
    match &visit.user {
        Some(user) => Viewer {
            id: Some(user.id),
            is_admin: user.is_admin,
        },
        None => Viewer::ANONYMOUS,
    }
}

/// The map layers that the visitor may choose from.
fn layers(visit: &Visit) -> Value {
    let config = visit.config();
    let at = |path: &str| visit.request.link(path);
    layers::layers(&config.layers, config.tile_proxy.then_some(&at), visit.user.is_some())
}

/// Where an answer is collected: past 1 MiB it goes to a file.
fn spool() -> Spool {
    Spool::new(1 << 20)
}

/// A transaction that writes.
fn begin<'a>(db: &'a Connection, what: &str) -> Result<Transaction<'a>> {
    Transaction::new_unchecked(db, TransactionBehavior::Immediate).map_err(|e| failed(what, e))
}
