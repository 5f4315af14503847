//! From a whole request to a whole answer: route, who, token, handler, cookies.
//!
//! The caller has looked at the flag and entered the barrier; the entry is given up when the answer is
//! complete. Whatever a handler does, a panic included, ends in an answer. Nothing here is sent.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock;
use crate::error::{Error, Result};
use crate::instance::{Entry, Instance, Notice};
use crate::mail::post::Bell;
use crate::model::swap;
use crate::model::user::{self, User};
use crate::pages::Pages;
use crate::tiles::Tiles;
use crate::web::attempts::Attempts;
use crate::web::csrf;
use crate::web::fault::{ErrorPage, Fault};
use crate::web::form::Form;
use crate::web::lang::{Lang, Offer};
use crate::web::page::maintenance::{self, Ask};
use crate::web::page::recording::{KnownSound, MOST_SOUND};
use crate::web::page::track::{Drawings, MOST_DRAWN};
use crate::web::painter::Painter;
use crate::web::preference::{self, Theme};
use crate::web::program;
use crate::web::remember;
use crate::web::request::{Method, Request};
use crate::web::response::Response;
use crate::web::routes::{self, Route, Who};
use crate::web::session::{self, Session};
use crate::web::visit::Visit;

/// The site that an instance is to its visitors.
pub struct App {
    /// The instance.
    pub instance: Arc<Instance>,
    routes: &'static [Route],
    error_page: Option<ErrorPage>,
    offer: Offer,
    pages: Pages,
    session_key: session::Key,
    remember_key: remember::Key,
    log_ins: Attempts,
    mails: Attempts,
    /// The map tiles.
    pub tiles: Arc<Tiles>,
    /// Wakes whoever sends mail.
    pub bell: Bell,
    /// Whoever draws pictures of tracks.
    pub painter: Painter,
    /// The recordings that may be sent as they are stored.
    pub known_sound: KnownSound,
    /// What was drawn of recordings.
    pub drawings: Drawings,
    /// What the log was last told of a database that cannot be used.
    trouble: Mutex<Option<String>>,
}

impl App {
    /// The site with these routes, and the page that errors are shown on; none: bare ones. It has no pages of the
    /// operator's yet.
    pub fn new(instance: Arc<Instance>, routes: &'static [Route], error_page: Option<ErrorPage>) -> App {
        let config = &instance.config;
        App {
            routes,
            error_page,
            offer: Offer::new(&config.locales, &config.default_locale),
            pages: Pages::default(),
            session_key: session::Key::new(&config.session_key),
            remember_key: remember::Key::new(&config.session_key),
            log_ins: Attempts::to_log_in(),
            mails: Attempts::to_get_mail(),
            tiles: Arc::new(Tiles::new(Arc::clone(&instance))),
            bell: Bell::default(),
            painter: Painter::default(),
            known_sound: KnownSound::new(MOST_SOUND),
            drawings: Drawings::new(MOST_DRAWN),
            trouble: Mutex::new(None),
            instance,
        }
    }

    /// The same site with the operator's pages.
    pub fn with_pages(self, pages: Pages) -> App {
        App { pages, ..self }
    }

    /// Answers a request. Every error and every panic is an answer too.
    pub fn answer(&self, entry: Entry<'_>, request: Request) -> Response {
        let asked = Asked::new(&request, self.offer.choose(&request));
        let answered = catch_unwind(AssertUnwindSafe(|| self.try_answer(entry, request, &asked)));
        let response = answered.unwrap_or_else(|panic| {
            let error = Error::Failed(format!("a handler panicked: {}", panic_text(&*panic)));
            Ok(asked.fault(&error))
        });
        let response = response.unwrap_or_else(|error| self.database_trouble(&error, &asked));
        match self.instance.config.prevent_http_cache {
            true => response.no_store(),
            false => response,
        }
    }

    /// Errors: only those that put the instance out of service.
    fn try_answer(&self, entry: Entry<'_>, request: Request, asked: &Asked) -> Result<Response> {
        if let Some(response) = preference::find_choice(&request, &self.offer) {
            return Ok(response);
        }
        let now = clock::now().unix_timestamp();
        let mut visit = self.visit(entry, request, now);
        let found = visit.request.segments().map(|segments| {
            let found = routes::find(self.routes, &visit.request.method, segments);
            found.ok_or_else(|| Error::NotFound("no such path, or not by this method".to_string()))
        });
        let found = found.and_then(|found| found);
        if let Ok((
            Route {
                who: Who::Asset,
                handler,
                ..
            },
            params,
        )) = found
        {
            visit.params = params;
            return Ok(handler(&mut visit).unwrap_or_else(|error| asked.fault(&error)));
        }
        visit.entry.open_db(|db| swap::finish_pending(db, &self.instance.dir))?;
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = None;
        visit.user = self.find_user(&visit)?;
        let answered = found.and_then(|(route, params)| {
            visit.params = params;
            self.handle(route, &mut visit)
        });
        let response = match answered {
            Ok(response) => response,
            Err(error) if Notice::of(&error).is_some() => return Err(error),
            Err(error) => self.show_fault(&mut visit, &error, asked),
        };
        self.finish(response, &visit, now)
    }

    fn visit<'a>(&'a self, entry: Entry<'a>, request: Request, now: i64) -> Visit<'a> {
        let cookie = request.cookie(session::COOKIE);
        Visit {
            form: Form::default(),
            offer: &self.offer,
            pages: &self.pages,
            lang: self.offer.choose(&request),
            theme: Theme::of(&request),
            user: None,
            session: Session::read(cookie.as_deref(), &self.session_key, now),
            entry,
            params: Vec::new(),
            cookies: Vec::new(),
            fresh_token: None,
            remember_key: &self.remember_key,
            log_ins: &self.log_ins,
            mails: &self.mails,
            tiles: &self.tiles,
            bell: &self.bell,
            painter: &self.painter,
            known_sound: &self.known_sound,
            drawings: &self.drawings,
            request,
        }
    }

    /// Who the session names; a stale name there means nobody, whatever the remember-me cookie says.
    fn find_user(&self, visit: &Visit) -> Result<Option<User>> {
        let remembered = || {
            let ticket = visit.request.cookie(remember::COOKIE)?;
            remember::find_identity(&ticket, &self.remember_key)
        };
        match visit.session.identity().map(str::to_string).or_else(remembered) {
            Some(identity) => user::find_by_identity(visit.db()?, &identity),
            None => Ok(None),
        }
    }

    fn handle(&self, route: &Route, visit: &mut Visit) -> Result<Response> {
        if route.who == Who::Program {
            return self.handle_program(route, visit);
        }
        let allowed = match route.who {
            Who::Asset | Who::Public => true,
            Who::Newcomer => visit.config().registration,
            Who::Program | Who::User => visit.user.is_some(),
            Who::Admin => visit.user.as_ref().is_some_and(|user| user.is_admin),
        };
        if !allowed {
            return Err(Error::Forbidden(format!("{} is for {:?}", route.pattern, route.who)));
        }
        if !visit.request.method.is_safe() {
            visit.form = Form::read(&mut visit.request)?;
            let origins = &visit.config().csrf_trusted_origins;
            csrf::check(&visit.request, origins, csrf::field(&visit.form))?;
        }
        (route.handler)(visit)
    }

    /// A program's token takes the place of a session. It needs no form's token, for no browser sends it by itself;
    /// but one that comes with a cookie which logs in comes out of a browser.
    fn handle_program(&self, route: &Route, visit: &mut Visit) -> Result<Response> {
        visit.user = program::find_user(visit)?;
        if visit.user.is_none() {
            return Ok(program::refusal(visit));
        }
        if !visit.request.method.is_safe() && program::has_login(&visit.request) {
            csrf::check(&visit.request, &visit.config().csrf_trusted_origins, None)?;
        }
        (route.handler)(visit)
    }

    fn show_fault(&self, visit: &mut Visit, error: &Error, asked: &Asked) -> Response {
        let fault = Fault::new(error, asked.method.name(), &asked.log_path);
        let page = self.error_page.and_then(|page| match page(visit, &fault) {
            Ok(html) => Some(html),
            Err(error) => {
                log::error!("cannot make the page of an error: {error}");
                None
            }
        });
        fault.answer(asked.wanted(), asked.lang, page)
    }

    /// Puts into the answer what the browser has to keep. An answer that anybody may keep carries none of it.
    fn finish(&self, mut response: Response, visit: &Visit, now: i64) -> Result<Response> {
        let shared = response
            .get_header("cache-control")
            .is_some_and(|value| value.contains("public"));
        if shared {
            return Ok(response);
        }
        for cookie in &visit.cookies {
            response = response.set_cookie(cookie);
        }
        if let Some(token) = &visit.fresh_token {
            response = response.set_cookie(&csrf::cookie(&visit.request, token));
        }
        match visit.session.write(&self.session_key, now) {
            Ok(Some(value)) => response = response.set_cookie(&session::cookie(&visit.request, value)),
            Ok(None) => {}
            Err(error) => log::error!("{error}"),
        }
        Ok(response)
    }

    /// The answer while the instance is out of service.
    pub fn out_of_service(&self, notice: &Notice, ask: Ask<'_>) -> Response {
        maintenance::answer(notice, ask, &self.offer, self.instance.config.retry_after)
    }

    /// The database cannot be used: the same answer, and one line in the log.
    fn database_trouble(&self, error: &Error, asked: &Asked) -> Response {
        let Some(notice) = Notice::of(error) else {
            return asked.fault(error);
        };
        let mut told = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if told.as_deref() != Some(error.text()) {
            log::error!("{error}");
            *told = Some(error.text().to_string());
        }
        drop(told);
        let ask = Ask {
            method: &asked.method,
            accept: asked.accept.as_deref().map(Cow::Borrowed),
            accept_language: asked.accept_language.as_deref().map(Cow::Borrowed),
        };
        self.out_of_service(&notice, ask)
    }
}

/// What is needed of a request after a handler has lost it.
struct Asked {
    method: Method,
    log_path: String,
    /// Whether it asked for what is for programs, which read JSON whatever they say.
    is_program: bool,
    accept: Option<String>,
    accept_language: Option<String>,
    lang: Lang,
}

impl Asked {
    fn new(request: &Request, lang: Lang) -> Asked {
        Asked {
            method: request.method.clone(),
            log_path: request.log_path(),
            is_program: request.path.starts_with("/api/"),
            accept: request.header_list("accept").map(Cow::into_owned),
            accept_language: request.header_list("accept-language").map(Cow::into_owned),
            lang,
        }
    }

    /// What an error is told in, as the header `Accept` would say it.
    fn wanted(&self) -> Option<&str> {
        match self.is_program {
            true => Some("application/json"),
            false => self.accept.as_deref(),
        }
    }

    fn fault(&self, error: &Error) -> Response {
        Fault::new(error, self.method.name(), &self.log_path).answer(self.wanted(), self.lang, None)
    }
}

/// What a panic said.
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests;
