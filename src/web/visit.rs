//! One visit: a request with all that is known of who makes it, as a handler gets it.
//!
//! A handler reads and changes the fields; what has to be told to the browser (session, cookies,
//! token) is put into the answer after it, so that no handler can forget it.

use std::str::FromStr;
use std::sync::Arc;

use rusqlite::Connection;

use crate::clock;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::instance::{Entry, Instance};
use crate::mail::post::Bell;
use crate::model::user::User;
use crate::pages::{Pages, Reader};
use crate::tiles::Tiles;
use crate::web::attempts::Attempts;
use crate::web::cookie::Cookie;
use crate::web::csrf;
use crate::web::form::Form;
use crate::web::lang::{Lang, Offer};
use crate::web::page::recording::KnownSound;
use crate::web::page::track::Drawings;
use crate::web::painter::Painter;
use crate::web::preference::Theme;
use crate::web::remember;
use crate::web::request::Request;
use crate::web::response::Response;
use crate::web::routes::Params;
use crate::web::session::{Kind, Session};

/// A request and who makes it.
pub struct Visit<'a> {
    /// The request.
    pub request: Request,
    /// What its body sent, when the method is not a safe one.
    pub form: Form,
    /// The languages on offer.
    pub offer: &'a Offer,
    /// The operator's pages.
    pub pages: &'a Pages,
    /// The visitor's language.
    pub lang: Lang,
    /// The appearance that the visitor chose.
    pub theme: Theme,
    /// Who is logged in.
    pub user: Option<User>,
    /// The session.
    pub session: Session,
    /// The way in to the instance's data; the database is open, but for assets.
    pub entry: Entry<'a>,
    pub(crate) params: Params,
    pub(crate) cookies: Vec<Cookie>,
    pub(crate) fresh_token: Option<String>,
    /// Who failed to log in lately.
    pub log_ins: &'a Attempts,
    /// Who had mails written lately.
    pub mails: &'a Attempts,
    /// The map tiles.
    pub tiles: &'a Arc<Tiles>,
    /// To be rung when a mail was written down, after the commit.
    pub bell: &'a Bell,
    /// To be asked for the picture of a track that was made or changed, after the commit.
    pub painter: &'a Painter,
    /// The recordings that may be sent as they are stored.
    pub known_sound: &'a KnownSound,
    /// What was drawn of recordings.
    pub drawings: &'a Drawings,
    pub(crate) remember_key: &'a remember::Key,
}

impl Visit<'_> {
    /// The instance.
    pub fn instance(&self) -> &Instance {
        self.entry.instance()
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.instance().config
    }

    /// The database. A handler that needs it beside a mutable field takes it from `entry`.
    ///
    /// # Errors
    /// [`Error::Failed`] in the handler of an asset, which has none.
    pub fn db(&self) -> Result<&Connection> {
        self.entry.db()
    }

    /// What a placeholder of the pattern stands for.
    ///
    /// # Errors
    /// [`Error::Failed`] when the pattern has no such placeholder.
    pub fn param(&self, name: &str) -> Result<&str> {
        let found = self.params.iter().find(|(n, _)| *n == name);
        found
            .map(|(_, value)| value.as_str())
            .ok_or_else(|| Error::Failed(format!("the route has no placeholder {name}")))
    }

    /// An id in the path; what is no number is the id of nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`] then.
    pub fn id<T: FromStr>(&self, name: &str) -> Result<T> {
        self.param(name)?
            .parse()
            .map_err(|_| Error::NotFound(format!("the {name} in the path is no number")))
    }

    /// Who is logged in.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when nobody is.
    pub fn get_user(&self) -> Result<&User> {
        self.user
            .as_ref()
            .ok_or_else(|| Error::Forbidden("nobody is logged in".to_string()))
    }

    /// The visitor as the operator's pages see them.
    pub fn reader(&self) -> Reader<'static> {
        Reader {
            locale: self.lang.tag(),
            is_logged_in: self.user.is_some(),
        }
    }

    /// The token for this visitor's forms; the first one is made now.
    ///
    /// # Errors
    /// [`Error::Failed`] when the system gives no random bytes.
    pub fn csrf_token(&mut self) -> Result<String> {
        if let Some(token) = csrf::find_token(&self.request).or_else(|| self.fresh_token.clone()) {
            return Ok(token);
        }
        let token = csrf::new_token()?;
        self.fresh_token = Some(token.clone());
        Ok(token)
    }

    /// Puts a message on the next page.
    pub fn flash(&mut self, kind: Kind, text: impl Into<String>) {
        self.session.flash(kind, text);
    }

    /// Sends the visitor to a path of the site.
    pub fn redirect(&self, path: &str) -> Response {
        Response::redirect(&self.request.absolute(path))
    }

    /// A link for a mail: from `fietsboek.base_url`, since the host header is the visitor's to choose;
    /// from that header only where nothing is configured.
    pub fn mail_link(&self, path: &str) -> String {
        match &self.config().base_url {
            Some(base) => format!("{base}{path}"),
            None => self.request.absolute(path),
        }
    }

    /// Sets a cookie with the answer.
    pub fn set_cookie(&mut self, cookie: Cookie) {
        self.cookies.push(cookie);
    }

    /// Logs somebody in, and remembers it on this device when asked to.
    pub fn log_in(&mut self, user: User, remember: bool) {
        let identity = user.identity();
        self.session.set_identity(&identity);
        if remember {
            let now = clock::now().unix_timestamp();
            let cookie = remember::cookie(&self.request, &identity, self.remember_key, now);
            self.cookies.push(cookie);
        }
        self.user = Some(user);
    }

    /// Logs out, on this device for good.
    pub fn log_out(&mut self) {
        self.session.clear_identity();
        self.cookies.extend(remember::expired(&self.request));
        self.user = None;
    }

    /// Carries on under a changed account: its identity is another when the password or the address is.
    pub fn renew_identity(&mut self, user: User) {
        self.session.set_identity(&user.identity());
        self.user = Some(user);
    }
}
