//! Whether a request that changes something comes from a page of this site.
//!
//! The original's double submit: the cookie `csrf_token` must come back in the header `X-CSRF-Token` or,
//! if that is absent or empty, in the body's field `csrf_token`; the query does not count. On https the
//! origin is looked at as well. The cookie is readable by scripts: those here take the token from a form, but 0.11's
//! own read the cookie, and 0.11 sets no other one while the browser keeps this one, after a way back too.

use crate::error::{Error, Result};
use crate::secret;
use crate::web::cookie::Cookie;
use crate::web::form::Form;
use crate::web::request::Request;

/// The cookie's name and the field's.
pub const NAME: &str = "csrf_token";
const HEADER: &str = "x-csrf-token";

/// A new token: 32 lower-case hexadecimal digits.
pub fn new_token() -> Result<String> {
    Ok(secret::hex(&secret::random::<16>()?))
}

/// The visitor's token, if the cookie holds one.
pub fn find_token(request: &Request) -> Option<String> {
    request.cookie(NAME).filter(|token| is_token(token))
}

/// The cookie that holds a token.
pub fn cookie(request: &Request, token: &str) -> Cookie {
    let mut cookie = Cookie::new(request, NAME, token);
    cookie.http_only = false;
    cookie
}

/// Checks a request that is not safe. `field` is what the body's field holds.
///
/// Errors: `Invalid` (400) when the token or the origin is missing or wrong.
pub fn check(request: &Request, trusted_origins: &[String], field: Option<&str>) -> Result<()> {
    if request.scheme == "https" {
        check_origin(request, trusted_origins)?;
    }
    let expected = find_token(request).ok_or_else(|| refused("the cookie with the token is missing"))?;
    let header = request.header(HEADER).filter(|token| !token.is_empty());
    match header.or(field) {
        Some(token) if secret::same(token.as_bytes(), expected.as_bytes()) => Ok(()),
        Some(_) => Err(refused("the token is another one")),
        None => Err(refused("the token is missing")),
    }
}

/// The token that a form carries.
pub fn field(form: &Form) -> Option<&str> {
    form.find(NAME)
}

fn is_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

fn check_origin(request: &Request, trusted_origins: &[String]) -> Result<()> {
    let origin = match request.header("origin") {
        // Several origins are a chain of redirects; the last is the sender.
        Some(origins) => origins.rsplit(' ').next(),
        None => request.header("referer"),
    };
    // A page whose address is a secret lets the browser say no origin; who sends from elsewhere does not know the address.
    if origin == Some("null") && request.path.starts_with("/token/") {
        return Ok(());
    }
    let origin = origin
        .filter(|o| !o.is_empty())
        .ok_or_else(|| refused("the origin is missing"))?;
    let host = origin
        .strip_prefix("https://")
        .map(|rest| rest.split(['/', '?', '#']).next().unwrap_or(""))
        .ok_or_else(|| refused("the origin is not https"))?;
    let host = without_port(host);
    let own = without_port(&request.host);
    let trusted = |pattern: &String| {
        let pattern = pattern.trim_start_matches("https://").trim_end_matches('/');
        is_same(&host, &without_port(pattern))
    };
    match host == own || trusted_origins.iter().any(trusted) {
        true => Ok(()),
        false => Err(refused("the origin is another site")),
    }
}

/// Whether a host is the pattern, or below it where the pattern begins with a dot.
fn is_same(host: &str, pattern: &str) -> bool {
    host == pattern
        || pattern
            .strip_prefix('.')
            .is_some_and(|domain| host == domain || host.ends_with(pattern))
}

/// Without the port that https has anyway.
fn without_port(host: &str) -> String {
    host.strip_suffix(":443").unwrap_or(host).to_ascii_lowercase()
}

fn refused(why: &str) -> Error {
    Error::Invalid(format!("a form was refused: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    #[test]
    fn a_page_that_tells_nobody_its_address_may_say_no_origin() {
        let cookie = format!("csrf_token={TOKEN}");
        let sent = |path: &str, token: &str| {
            let mut request = request("POST", path, &[("Cookie", &cookie), ("Origin", "null")], "");
            request.scheme = "https".to_string();
            check(&request, &[], Some(token)).is_ok()
        };
        assert!(sent("/token/0b5f", TOKEN));
        assert!(!sent("/token/0b5f", "another") && !sent("/upload", TOKEN));
    }

    const TOKEN: &str = "00112233445566778899aabbccddeeff";

    fn post(scheme: &str, headers: &[(&str, &str)], field: Option<&str>) -> bool {
        let cookie = format!("csrf_token={TOKEN}");
        let mut all = vec![("Cookie", cookie.as_str())];
        all.extend(headers);
        let mut request = request("POST", "/?csrf_token=00112233445566778899aabbccddeeff", &all, "");
        request.scheme = scheme.to_string();
        let trusted = [
            "other.example".to_string(),
            ".friends.example".to_string(),
            "https://p.example:8443".to_string(),
        ];
        check(&request, &trusted, field).is_ok()
    }

    #[test]
    fn the_header_or_else_the_field_must_carry_the_cookie_s_token() {
        let wrong = "10112233445566778899aabbccddeeff";
        for (header, field, good) in [
            (Some(TOKEN), None, true),
            (Some(TOKEN), Some(wrong), true),
            (Some(wrong), Some(TOKEN), false),
            (Some(""), Some(TOKEN), true),
            (None, Some(TOKEN), true),
            (None, Some(wrong), false),
            (None, Some(""), false),
            (None, None, false),
        ] {
            let headers: Vec<_> = header.map(|token| ("X-CSRF-Token", token)).into_iter().collect();
            assert_eq!(post("http", &headers, field), good, "{header:?} {field:?}");
        }
    }

    #[test]
    fn without_a_proper_cookie_nothing_is_accepted() {
        for cookie in ["csrf_token=", "csrf_token=ABC", "a=b"] {
            let request = request("POST", "/", &[("Cookie", cookie), ("X-CSRF-Token", "")], "");
            let value = cookie.trim_start_matches("csrf_token=");
            assert!(check(&request, &[], Some(value)).is_err());
        }
    }

    #[test]
    fn https_demands_an_origin_of_its_own_or_a_trusted_one() {
        for (name, value, good) in [
            ("Origin", "https://site.example", true),
            ("Origin", "https://SITE.example:443", true),
            ("Origin", "http://site.example", false),
            ("Origin", "https://site.example:8443", false),
            ("Origin", "https://evil.example", false),
            ("Origin", "https://site.example.evil.example", false),
            ("Origin", "https://evil.example https://site.example", true),
            ("Origin", "https://other.example", true),
            ("Origin", "https://a.friends.example", true),
            ("Origin", "https://friends.example", true),
            ("Origin", "https://notfriends.example", false),
            ("Origin", "https://p.example:8443", true),
            ("Origin", "null", false),
            ("Origin", "", false),
            ("Referer", "https://site.example/track/?a=b", true),
            ("Referer", "https://site.example?x", true),
            ("Referer", "https://evil.example/https://site.example", false),
            ("X-Other", "", false),
        ] {
            assert_eq!(post("https", &[(name, value)], Some(TOKEN)), good, "{name}: {value}");
        }
    }

    #[test]
    fn plain_http_does_not_look_at_the_origin() {
        assert!(post("http", &[("Origin", "https://evil.example")], Some(TOKEN)));
    }

    #[test]
    fn a_token_is_what_the_original_makes() {
        let token = new_token().unwrap();
        assert!(is_token(&token));
        let request = request("GET", "/", &[], "");
        assert_eq!(
            cookie(&request, TOKEN).header_value(),
            format!("csrf_token={TOKEN}; Path=/; SameSite=Lax")
        );
    }
}
