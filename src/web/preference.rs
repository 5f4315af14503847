//! What a visitor prefers, account or not: the language and the appearance, each in a cookie.
//!
//! Links with `?lang=…` or `?theme=…` work on every page: they set the cookie and lead to the same
//! address without the parameter, so that nobody passes on a link that changes another's choice.

use crate::web::cookie::Cookie;
use crate::web::lang::{self, Offer};
use crate::web::request::{Method, Request};
use crate::web::response::Response;

/// The appearance of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the visitor's device has it.
    System,
    /// Light, always.
    Light,
    /// Dark, always.
    Dark,
}

const THEMES: [(Theme, &str); 3] = [
    (Theme::System, "system"),
    (Theme::Light, "light"),
    (Theme::Dark, "dark"),
];

const THEME_COOKIE: &str = "fietsboek_theme";
const LANG_PARAMETER: &str = "lang";
const THEME_PARAMETER: &str = "theme";
/// A choice is kept for a year, in seconds.
const KEPT: u32 = 365 * 24 * 3600;

impl Theme {
    /// What the visitor chose.
    pub fn of(request: &Request) -> Theme {
        let chosen = request.cookie(THEME_COOKIE).and_then(|name| Theme::find(&name));
        chosen.unwrap_or(Theme::System)
    }

    /// The name in links and in the cookie.
    pub fn name(self) -> &'static str {
        THEMES
            .iter()
            .find(|(theme, _)| *theme == self)
            .map_or("system", |(_, name)| name)
    }

    fn find(name: &str) -> Option<Theme> {
        THEMES.iter().find(|(_, n)| *n == name).map(|(theme, _)| *theme)
    }
}

/// The answer to a link that chooses, if the request is one.
pub fn find_choice(request: &Request, offer: &Offer) -> Option<Response> {
    if !matches!(request.method, Method::Get | Method::Head) {
        return None;
    }
    let (lang, theme) = (request.query(LANG_PARAMETER), request.query(THEME_PARAMETER));
    if lang.is_none() && theme.is_none() {
        return None;
    }
    let clean = request.path_without(&[LANG_PARAMETER, THEME_PARAMETER]);
    let mut response = Response::redirect(&request.absolute(&clean));
    if let Some(lang) = lang.and_then(|code| offer.find(code)) {
        response = response.set_cookie(&kept(request, lang::COOKIE, lang.tag()));
    }
    match theme.and_then(Theme::find) {
        Some(Theme::System) => {
            let mut cookie = kept(request, THEME_COOKIE, "");
            cookie.max_age = Some(0);
            response = response.set_cookie(&cookie);
        }
        Some(theme) => response = response.set_cookie(&kept(request, THEME_COOKIE, theme.name())),
        None => {}
    }
    Some(response)
}

fn kept(request: &Request, name: &'static str, value: &str) -> Cookie {
    let mut cookie = Cookie::new(request, name, value);
    cookie.max_age = Some(KEPT);
    cookie
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    fn choice(method: &str, target: &str) -> Option<(String, String)> {
        let offer = Offer::new(&[], "en");
        let response = find_choice(&request(method, target, &[], ""), &offer)?;
        let cookie = response.get_header("set-cookie").unwrap_or("").to_string();
        Some((response.get_header("location").unwrap().to_string(), cookie))
    }

    #[test]
    fn a_link_sets_the_cookie_and_leads_to_the_clean_address() {
        let (location, cookie) = choice("GET", "/track/?page=2&lang=de&secret=x").unwrap();
        assert_eq!(location, "http://site.example/track/?page=2&secret=x");
        assert!(cookie.starts_with("fietsboek_locale=de; Path=/; Max-Age=31536000"));
        let (location, cookie) = choice("HEAD", "/?theme=dark").unwrap();
        assert_eq!(location, "http://site.example/");
        assert!(cookie.starts_with("fietsboek_theme=dark; "));
        assert!(choice("GET", "/?theme=system").unwrap().1.contains("Max-Age=0"));
    }

    #[test]
    fn nonsense_chooses_nothing_and_a_form_is_left_alone() {
        assert_eq!(choice("GET", "/?lang=xx&theme=pink").unwrap().1, "");
        assert_eq!(choice("POST", "/?lang=de"), None);
        assert_eq!(choice("GET", "/?language=de"), None);
        assert_eq!(
            choice("GET", "//evil.example/?lang=de").unwrap().0,
            "http://site.example/evil.example/"
        );
    }

    #[test]
    fn the_theme_is_read_from_its_cookie() {
        for (cookie, theme) in [
            ("fietsboek_theme=dark", Theme::Dark),
            ("fietsboek_theme=light", Theme::Light),
            ("fietsboek_theme=pink", Theme::System),
            ("", Theme::System),
        ] {
            assert_eq!(Theme::of(&request("GET", "/", &[("Cookie", cookie)], "")), theme);
        }
    }
}
