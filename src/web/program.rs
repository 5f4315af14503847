//! Programs that come with a token (`Authorization: Bearer`, RFC 6750) instead of a session.

use serde_json::json;

use crate::clock;
use crate::error::Result;
use crate::model::bearer;
use crate::model::user::{self, User};
use crate::web::remember;
use crate::web::request::Request;
use crate::web::response::Response;
use crate::web::session;
use crate::web::text::api as texts;
use crate::web::visit::Visit;

/// Whose token the request brings. As for logging in, the address must be verified.
///
/// # Errors
/// What the database says.
pub fn find_user(visit: &Visit) -> Result<Option<User>> {
    let Some(token) = find_token(&visit.request) else {
        return Ok(None);
    };
    let db = visit.db()?;
    let Some(id) = bearer::find_user(db, token, clock::now_wall())? else {
        return Ok(None);
    };
    Ok(user::find(db, id)?.filter(|user| user.is_verified))
}

fn find_token(request: &Request) -> Option<&str> {
    let (scheme, token) = request.header("authorization")?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Whether the request brings a cookie by which a browser is logged in.
pub fn has_login(request: &Request) -> bool {
    request.cookie(session::COOKIE).is_some() || request.cookie(remember::COOKIE).is_some()
}

/// The answer to a request without a token that counts.
pub fn refusal(visit: &Visit) -> Response {
    // One without any is only asked for it; one with a wrong one is told.
    let challenge = match find_token(&visit.request) {
        Some(_) => "Bearer error=\"invalid_token\"",
        None => "Bearer",
    };
    Response::json(&json!({ "message": visit.lang.text(&texts::NO_TOKEN) }))
        .with_status(401)
        .header("WWW-Authenticate", challenge)
        .no_store()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    #[test]
    fn a_token_stands_behind_its_scheme() {
        for (header, token) in [
            ("Bearer abc", Some("abc")),
            ("bearer  abc ", Some("abc")),
            ("Basic abc", None),
            ("Bearer", None),
            ("", None),
        ] {
            let asked = request("GET", "/", &[("Authorization", header)], "");
            assert_eq!(find_token(&asked), token, "{header}");
        }
        assert_eq!(find_token(&request("GET", "/", &[], "")), None);
    }

    #[test]
    fn only_the_cookies_that_log_in_are_those_of_a_browser() {
        for (cookie, has) in [
            ("session=x", true),
            ("auth_tkt=x", true),
            ("csrf_token=x; fietsboek_locale=de", false),
        ] {
            assert_eq!(
                has_login(&request("POST", "/", &[("Cookie", cookie)], "")),
                has,
                "{cookie}"
            );
        }
    }
}
