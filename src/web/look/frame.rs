//! The frame around every page: head of the document, header, messages, footer.

use super::Look;
use super::form::csrf;
use super::icon::{self, icon, mark};
use super::message::message;
use super::person::initial;
use crate::model::UserId;
use crate::web::asset;
use crate::web::lang::{Lang, Text};
use crate::web::preference::Theme;
use crate::web::session::Flash;
use crate::web::text::frame as words;
use maud::{DOCTYPE, Markup, html};

/// A place in the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `/`
    Home,
    /// `/track/`
    Explore,
    /// `/upload`
    Upload,
    /// `/login`
    LogIn,
    /// `/create-account`
    CreateAccount,
    /// None of these.
    Elsewhere,
}

/// Who is logged in.
#[derive(Debug, Clone)]
pub struct Who {
    /// Whose account.
    pub id: UserId,
    /// The name that others see.
    pub name: String,
    /// The address, shown to nobody else.
    pub email: String,
    /// Whether the administration is theirs to see.
    pub is_admin: bool,
}

/// A page of the operator's in the menu.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its address, prefix included.
    pub href: String,
    /// What it is called there.
    pub text: String,
    /// Before the site's own entries; otherwise behind them.
    pub is_first: bool,
    /// It is the page that is shown.
    pub is_current: bool,
}

/// What a link to this page looks like elsewhere; only for what the fetcher may see.
#[derive(Debug, Clone)]
pub struct Preview {
    /// The figures in one line.
    pub description: String,
    /// The picture's absolute address.
    pub picture: String,
    /// What the picture shows.
    pub alt: String,
    /// The page's absolute address, without a secret.
    pub canonical: String,
}

/// The frame's own facts, the same for each part of the page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Language, prefix, token.
    pub look: Look,
    /// The appearance.
    pub theme: Theme,
    /// Who is logged in.
    pub who: Option<Who>,
    /// The operator's pages, in the order of the menu.
    pub entries: Vec<Entry>,
    /// Messages to show now.
    pub messages: Vec<Flash>,
    /// The languages that the footer offers.
    pub langs: Vec<Lang>,
    /// This page's address with its query, prefix included.
    pub here: String,
    /// Whether visitors may make accounts.
    pub registration: bool,
    /// Where the source code is, as the licence wants it said.
    pub source: Option<String>,
}

/// What a page says of itself.
pub struct Page<'a> {
    /// The document's title, without the site's name.
    pub title: &'a str,
    /// Where in the navigation it is.
    pub place: Place,
    /// Whether search engines may take it.
    pub indexed: bool,
    /// How links to it look elsewhere.
    pub preview: Option<Preview>,
    /// The script that it has beside the one of every page.
    pub script: Option<&'static str>,
    /// Whether a map is in it.
    pub map: bool,
}

impl<'a> Page<'a> {
    /// A page that is for nobody's index.
    pub fn new(title: &'a str, place: Place) -> Page<'a> {
        Page {
            title,
            place,
            indexed: false,
            preview: None,
            script: None,
            map: false,
        }
    }
}

/// The whole document.
pub fn document(frame: &Frame, page: &Page, content: Markup) -> Markup {
    let theme = Some(frame.theme.name()).filter(|_| frame.theme != Theme::System);
    html! {
        (DOCTYPE)
        html lang=(frame.look.lang.tag()) data-theme=[theme] {
            (head(frame, page))
            body {
                a .skip href="#content" { (frame.look.say(&words::SKIP)) }
                (header(frame, page.place))
                main #content .wide tabindex="-1" {
                    @if !frame.messages.is_empty() {
                        div .msgs { @for flash in &frame.messages { (message(&frame.look, flash.kind, &flash.text)) } }
                    }
                    (content)
                }
                (footer(frame))
            }
        }
    }
}

fn head(frame: &Frame, page: &Page) -> Markup {
    let file = |name: &str| frame.look.path(&asset::path(name));
    html! {
        head {
            meta charset="utf-8";
            title { (page.title) " – Fietsboek" }
            meta name="viewport" content="width=device-width, initial-scale=1";
            @if frame.theme != Theme::Dark {
                meta name="theme-color" content="#ffffff" media=[(frame.theme == Theme::System).then_some("(prefers-color-scheme: light)")];
            }
            @if frame.theme != Theme::Light {
                meta name="theme-color" content="#1b211f" media=[(frame.theme == Theme::System).then_some("(prefers-color-scheme: dark)")];
            }
            link rel="stylesheet" href=(file("style.css"));
            link rel="icon" href=(file("favicon.svg")) type="image/svg+xml";
            link rel="apple-touch-icon" href=(file("touch-icon.png"));
            script src=(file("script.js")) defer {}
            @if let Some(script) = page.script { script src=(file(script)) defer {} }
            @if page.map { script src=(file("map.js")) type="module" {} }
            @if !page.indexed { meta name="robots" content="noindex"; }
            @if let Some(preview) = &page.preview {
                link rel="canonical" href=(preview.canonical);
                meta property="og:type" content="article";
                meta property="og:site_name" content="Fietsboek";
                meta property="og:title" content=(page.title);
                meta property="og:url" content=(preview.canonical);
                meta property="og:description" content=(preview.description);
                meta property="og:image" content=(preview.picture);
                meta property="og:image:alt" content=(preview.alt);
                meta name="twitter:card" content="summary_large_image";
                meta property="og:locale" content=(frame.look.lang.tag());
            }
        }
    }
}

fn header(frame: &Frame, place: Place) -> Markup {
    let look = &frame.look;
    let link = |to: Place, path: &str, text: &Text| {
        html! { a href=(look.path(path)) aria-current=[(place == to).then_some("page")] { (look.say(text)) } }
    };
    html! {
        header .site { div .wide {
            a .brand href=(look.path("/")) { (mark()) span { "Fietsboek" } }
            nav aria-label=(look.say(&words::NAV)) {
                (entries(frame, true))
                @if frame.who.is_some() { (link(Place::Home, "/", &words::HOME)) }
                (link(Place::Explore, "/track/", &words::EXPLORE))
                @if frame.who.is_some() {
                    (link(Place::Upload, "/upload", &words::UPLOAD))
                }
                (entries(frame, false))
                @if frame.who.is_none() {
                    a .push href=(look.path("/login")) aria-current=[(place == Place::LogIn).then_some("page")] {
                        (look.say(&words::LOG_IN))
                    }
                    @if frame.registration {
                        a .newcomer href=(look.path("/create-account")) aria-current=[(place == Place::CreateAccount).then_some("page")] {
                            (look.say(&words::CREATE_ACCOUNT))
                        }
                    }
                }
            }
            @if let Some(who) = &frame.who { (account(frame, who)) }
        } }
    }
}

/// The operator's pages at one end of the menu; phones have no room for them there.
fn entries(frame: &Frame, first: bool) -> Markup {
    html! {
        @for entry in frame.entries.iter().filter(|entry| entry.is_first == first) {
            a .own .user dir="auto" href=(entry.href) aria-current=[entry.is_current.then_some("page")] { (entry.text) }
        }
    }
}

fn account(frame: &Frame, who: &Who) -> Markup {
    let look = &frame.look;
    html! {
        details .account {
            summary {
                span .hidden { (look.say(&words::ACCOUNT)) ": " (who.name) }
                span .name dir="auto" aria-hidden="true" { (who.name) }
                (initial(&who.name))
                (icon(look, icon::DOWN))
            }
            div .panel {
                p .who { b dir="auto" { (who.name) } span .meta { (who.email) } }
                a href=(look.path(&format!("/user/{}/", who.id))) { (look.say(&words::PROFILE)) }
                a href=(look.path("/me")) { (look.say(&words::YOUR_ACCOUNT)) }
                @if who.is_admin { a href=(look.path("/admin/")) { (look.say(&words::ADMIN)) } }
                (entries(frame, true))
                (entries(frame, false))
                form method="post" action=(look.path("/logout")) {
                    (csrf(look))
                    button { (look.say(&words::LOG_OUT)) }
                }
            }
        }
    }
}

fn footer(frame: &Frame) -> Markup {
    let look = &frame.look;
    let themes = [
        (Theme::System, &words::SYSTEM),
        (Theme::Light, &words::LIGHT),
        (Theme::Dark, &words::DARK),
    ];
    html! {
        footer .foot { div .wide {
            nav aria-label=(look.say(&words::LANGUAGE)) { ul {
                @for lang in frame.langs.iter().copied() {
                    li {
                        @if lang == look.lang { b { (lang.name()) } }
                        @else { a href=(with(&frame.here, "lang", lang.tag())) lang=(lang.tag()) hreflang=(lang.tag()) { (lang.name()) } }
                    }
                }
            } }
            nav aria-label=(look.say(&words::APPEARANCE)) { ul {
                @for (theme, text) in themes {
                    li {
                        @if theme == frame.theme { b { (look.say(text)) } }
                        @else { a href=(with(&frame.here, "theme", theme.name())) { (look.say(text)) } }
                    }
                }
            } }
            @if frame.who.is_none() && !frame.entries.is_empty() {
                nav .own aria-label=(look.say(&words::PAGES_OF_OURS)) { ul {
                    @for entry in &frame.entries { li { a .user dir="auto" href=(entry.href) { (entry.text) } } }
                } }
            }
            ul .end {
                li { span { "Fietsboek " (env!("CARGO_PKG_VERSION")) } }
                li { a href=[&frame.source] { (look.say(&words::SOURCE)) } }
            }
        } }
    }
}

/// An address with one more parameter.
fn with(here: &str, name: &str, value: &str) -> String {
    let mark = if here.contains('?') { '&' } else { '?' };
    format!("{here}{mark}{name}={value}")
}

/// A page's head: the heading, at most one line under it, what can be done at the right.
pub fn page_head(title: Markup, meta: Option<Markup>, actions: Option<Markup>) -> Markup {
    html! {
        div .head {
            div {
                (title)
                @if let Some(meta) = meta { (meta) }
            }
            @if let Some(actions) = actions { (actions) }
        }
    }
}
