//! The sitemap: one flat list of method, pattern, who may, handler.
//!
//! A path matches exactly, the slash at its end included. `{name}` stands for one part that is not
//! empty; a literal part goes before a placeholder. A method that no row accepts is as unknown as the
//! path (404, as in the original). Who may is checked before the form's token, and that before the
//! handler: a handler checks only what depends on the thing that it shows.

use crate::error::Result;
use crate::web::asset;
use crate::web::fault::ErrorPage;
use crate::web::page::{
    account, admin, api, archive, badge, error, explore, favourite, finish, home, lines, login, markdown, me,
    static_page, tile, track, upload, user,
};
use crate::web::request::Method;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// Which methods a row answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    /// `GET` and `HEAD`.
    Get,
    /// `POST`.
    Post,
    /// Every method; those that are not safe need the form's token.
    Any,
}

/// Who may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, and it is the same for everybody: no session, no database.
    Asset,
    /// Everybody.
    Public,
    /// Everybody, where visitors may make accounts.
    Newcomer,
    /// Who is logged in.
    User,
    /// Administrators.
    Admin,
    /// A program with a token; its requests need no form's token and bring their body as it is.
    Program,
}

/// What makes the answer.
pub type Handler = fn(&mut Visit) -> Result<Response>;

/// One row of the sitemap.
pub struct Route {
    /// The methods.
    pub verb: Verb,
    /// The path, `/track/{id}/gpx`.
    pub pattern: &'static str,
    /// Who may.
    pub who: Who,
    /// What makes the answer.
    pub handler: Handler,
}

/// The sitemap.
pub const ROUTES: &[Route] = &[
    row(Verb::Get, "/static/{name}", Who::Asset, asset::show),
    row(Verb::Any, "/", Who::Public, home::show),
    row(Verb::Get, "/login", Who::Public, login::form),
    row(Verb::Post, "/login", Who::Public, login::log_in),
    row(Verb::Any, "/logout", Who::Public, login::log_out),
    row(Verb::Get, "/create-account", Who::Newcomer, account::create::form),
    row(Verb::Post, "/create-account", Who::Newcomer, account::create::create),
    row(Verb::Get, "/password-reset", Who::Public, account::ask::reset_form),
    row(Verb::Post, "/password-reset", Who::Public, account::ask::reset),
    row(
        Verb::Get,
        "/resend-verification",
        Who::Public,
        account::ask::resend_form,
    ),
    row(Verb::Post, "/resend-verification", Who::Public, account::ask::resend),
    row(Verb::Any, "/token/{uuid}", Who::Public, account::token::open),
    row(Verb::Get, "/me", Who::User, me::show),
    row(Verb::Post, "/me", Who::User, me::account::save),
    row(Verb::Post, "/me/send-friend-request", Who::User, me::friends::ask),
    row(Verb::Post, "/me/accept-friend", Who::User, me::friends::accept),
    row(Verb::Post, "/me/decline-friend", Who::User, me::friends::decline),
    row(Verb::Post, "/me/withdraw-friend", Who::User, me::friends::withdraw),
    row(Verb::Post, "/me/delete-friend", Who::User, me::friends::remove),
    row(Verb::Any, "/me/friends.json", Who::User, me::friends::list),
    row(Verb::Get, "/me/summary.json", Who::User, me::summary),
    row(Verb::Post, "/me/toggle-favourite", Who::User, favourite::toggle),
    // The page with a new token stands at this address: its links to itself lead to the page without.
    row(Verb::Get, "/me/make-token", Who::User, me::show),
    row(Verb::Post, "/me/make-token", Who::User, me::programs::make),
    row(Verb::Post, "/me/revoke-token", Who::User, me::programs::revoke),
    row(Verb::Get, "/me/zones", Who::User, me::zones::show),
    row(Verb::Post, "/me/zones", Who::User, me::zones::save),
    row(Verb::Post, "/me/delete-zone", Who::User, me::zones::delete),
    row(Verb::Post, "/me/force-logout", Who::User, me::devices::log_out),
    row(Verb::Get, "/me/export", Who::User, me::export::download),
    row(Verb::Post, "/me/delete", Who::User, me::leave::delete),
    row(Verb::Get, "/api/tracks", Who::Program, api::list),
    row(Verb::Post, "/api/tracks", Who::Program, api::add),
    row(Verb::Any, "/page/{slug}", Who::Public, static_page::show),
    row(Verb::Any, "/tile/{provider}/{z}/{x}/{y}", Who::Public, tile::show),
    row(Verb::Any, "/badge/{id}", Who::Public, badge::show),
    row(Verb::Get, "/track/", Who::Public, explore::show),
    row(Verb::Get, "/track/lines.json", Who::Public, lines::of_list),
    row(Verb::Get, "/track/archive", Who::Public, archive::download),
    row(Verb::Any, "/track/{id}", Who::Public, track::show),
    row(Verb::Any, "/track/{id}/gpx", Who::Public, track::gpx::download),
    row(Verb::Any, "/track/{id}/geojson", Who::Public, track::geojson::show),
    row(Verb::Get, "/track/{id}/line.json", Who::Public, track::line::show),
    row(Verb::Any, "/track/{id}/preview", Who::Public, track::preview::show),
    row(Verb::Any, "/track/{id}/images/{name}", Who::Public, track::photos::show),
    row(Verb::Post, "/track/{id}/comment", Who::User, track::comments::post),
    row(
        Verb::Post,
        "/track/{id}/comment/{comment}/delete",
        Who::User,
        track::comments::delete,
    ),
    row(Verb::Get, "/track/{id}/edit", Who::User, track::edit::form),
    row(Verb::Post, "/track/{id}/edit", Who::User, track::edit::save),
    row(Verb::Post, "/track/{id}/delete", Who::User, track::delete::delete),
    row(
        Verb::Post,
        "/track/{id}/invalidate-link",
        Who::User,
        track::share::replace,
    ),
    row(Verb::Post, "/markdown", Who::User, markdown::show),
    row(Verb::Get, "/upload", Who::User, upload::form),
    row(Verb::Post, "/upload", Who::User, upload::take),
    row(Verb::Post, "/upload/save", Who::User, upload::ticked::save),
    row(Verb::Post, "/upload/discard", Who::User, upload::ticked::discard),
    row(Verb::Get, "/upload/{id}", Who::User, finish::form),
    row(Verb::Post, "/upload/{id}", Who::User, finish::save),
    row(Verb::Post, "/upload/{id}/cancel", Who::User, upload::cancel),
    row(Verb::Any, "/upload/{id}/preview.gpx", Who::User, upload::preview),
    row(Verb::Get, "/upload/{id}/line.json", Who::User, upload::line),
    row(Verb::Get, "/admin/", Who::Admin, admin::overview),
    row(Verb::Get, "/admin/badges/", Who::Admin, admin::badges::list),
    row(Verb::Post, "/admin/badges/add", Who::Admin, admin::badges::add),
    row(Verb::Post, "/admin/badges/edit", Who::Admin, admin::badges::edit),
    row(Verb::Post, "/admin/badges/delete", Who::Admin, admin::badges::delete),
    row(Verb::Get, "/user/{id}/", Who::User, user::overview),
    row(Verb::Get, "/user/{id}/lines.json", Who::User, lines::of_user),
    row(Verb::Get, "/user/{id}/graphs", Who::User, user::graphs),
    row(Verb::Get, "/user/{id}/calendar/", Who::User, user::calendar),
    row(Verb::Get, "/user/{id}/calendar/{year}/{month}", Who::User, user::month),
    row(Verb::Get, "/user/{id}/tile/{map}/{z}/{x}/{y}", Who::User, user::tile),
];

/// The page that errors are shown on, in the site's frame; none: a bare one.
pub const ERROR_PAGE: Option<ErrorPage> = Some(error::page);

/// The parts of a path that stand for a pattern's placeholders.
pub type Params = Vec<(&'static str, String)>;

const fn row(verb: Verb, pattern: &'static str, who: Who, handler: Handler) -> Route {
    Route {
        verb,
        pattern,
        who,
        handler,
    }
}

/// The row for a request, with what its placeholders stand for.
pub fn find(routes: &'static [Route], method: &Method, segments: &[String]) -> Option<(&'static Route, Params)> {
    let accepted = routes.iter().filter(|route| accepts(route.verb, method));
    let matching = accepted.filter_map(|route| Some((route, find_params(route.pattern, segments)?)));
    // At the first part in which two patterns differ the literal one wins.
    matching.min_by_key(|(route, _)| literals(route.pattern))
}

fn accepts(verb: Verb, method: &Method) -> bool {
    match verb {
        Verb::Get => matches!(method, Method::Get | Method::Head),
        Verb::Post => *method == Method::Post,
        Verb::Any => true,
    }
}

fn parts(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').skip(1)
}

fn placeholder(part: &'static str) -> Option<&'static str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn literals(pattern: &'static str) -> Vec<bool> {
    parts(pattern).map(|part| placeholder(part).is_some()).collect()
}

fn find_params(pattern: &'static str, segments: &[String]) -> Option<Params> {
    let mut params = Params::new();
    let mut segments = segments.iter();
    for part in parts(pattern) {
        let segment = segments.next()?;
        match placeholder(part) {
            // An encoded slash or a step upwards is no name of anything.
            Some(_)
                if segment.is_empty() || segment.contains(['/', '\0']) || matches!(segment.as_str(), "." | "..") =>
            {
                return None;
            }
            Some(name) => params.push((name, segment.clone())),
            None if part == segment => {}
            None => return None,
        }
    }
    segments.next().is_none().then_some(params)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing(_: &mut Visit) -> Result<Response> {
        Ok(Response::text(""))
    }

    const SOME: &[Route] = &[
        row(Verb::Any, "/", Who::Public, nothing),
        row(Verb::Get, "/track/", Who::Public, nothing),
        row(Verb::Get, "/track/{id}", Who::Public, nothing),
        row(Verb::Get, "/{any}/7", Who::Public, nothing),
        row(Verb::Get, "/{any}/{other}", Who::Public, nothing),
        row(Verb::Get, "/track/archive", Who::Public, nothing),
        row(Verb::Post, "/track/{id}/delete", Who::User, nothing),
    ];

    fn found(method: &str, path: &str) -> Option<(&'static str, String)> {
        let segments: Vec<String> = path.split('/').skip(1).map(str::to_string).collect();
        let (route, params) = find(SOME, &Method::new(method), &segments)?;
        let values: Vec<String> = params.into_iter().map(|(_, value)| value).collect();
        Some((route.pattern, values.join(" ")))
    }

    #[test]
    fn paths_match_exactly() {
        for (method, path, expected) in [
            ("GET", "/", Some(("/", ""))),
            ("BREW", "/", Some(("/", ""))),
            ("GET", "/track/", Some(("/track/", ""))),
            ("HEAD", "/track/", Some(("/track/", ""))),
            ("GET", "/track", None),
            ("POST", "/track/", None),
            ("GET", "/track/12", Some(("/track/{id}", "12"))),
            ("GET", "/track/12/", None),
            ("POST", "/track/12/delete", Some(("/track/{id}/delete", "12"))),
            ("GET", "/track/12/delete", None),
            ("GET", "//", None),
            ("GET", "/track/..", None),
            ("GET", "/track/.", None),
        ] {
            let expected = expected.map(|(pattern, values)| (pattern, values.to_string()));
            assert_eq!(found(method, path), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_literal_part_goes_before_a_placeholder() {
        assert_eq!(found("GET", "/track/archive").unwrap().0, "/track/archive");
        assert_eq!(found("GET", "/track/7").unwrap().0, "/track/{id}");
        assert_eq!(found("GET", "/user/7").unwrap().0, "/{any}/7");
        assert_eq!(found("GET", "/user/8").unwrap().0, "/{any}/{other}");
    }

    #[test]
    fn an_encoded_slash_is_no_name() {
        let segments = ["track".to_string(), "a/b".to_string()];
        assert!(find(SOME, &Method::Get, &segments).is_none());
    }

    #[test]
    fn no_two_rows_answer_the_same() {
        for (at, one) in ROUTES.iter().enumerate() {
            for other in &ROUTES[at + 1..] {
                let same = one.pattern == other.pattern;
                let overlap = one.verb == other.verb || one.verb == Verb::Any || other.verb == Verb::Any;
                assert!(!(same && overlap), "{} stands twice", one.pattern);
            }
        }
    }

    #[test]
    fn patterns_are_well_formed() {
        for route in ROUTES {
            assert!(route.pattern.starts_with('/'), "{}", route.pattern);
            for part in parts(route.pattern) {
                let braces = part.contains(['{', '}']);
                assert_eq!(
                    braces,
                    placeholder(part).is_some_and(|name| !name.is_empty()),
                    "{}",
                    route.pattern
                );
            }
        }
    }
}
