//! The visitor's language: which one it is, and how numbers, dates and figures are written in it.
//!
//! Words belong to the pages ([`Text`] constants beside them); here stand only the names that a
//! calendar has. A language pack is a later matter: two languages are built in.

pub mod date;
pub mod figure;
pub mod number;

use crate::web::accept::parse_quality;
use crate::web::request::Request;

/// A language that the site speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// German.
    De,
}

/// The same words in every language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: &'static str,
    /// German.
    pub de: &'static str,
}

/// The cookie in which 0.11 keeps the chosen language.
pub const COOKIE: &str = "fietsboek_locale";
/// The parameter, and cookie, that Pyramid knows.
const PYRAMID: &str = "_LOCALE_";

impl Lang {
    /// Every language, in the order of the footer.
    pub const ALL: [Lang; 2] = [Lang::En, Lang::De];

    /// The language of a tag such as `de` or `de_AT`, if it is spoken here.
    pub fn find(tag: &str) -> Option<Lang> {
        let primary = tag.split(['-', '_']).next().unwrap_or("");
        Lang::ALL
            .into_iter()
            .find(|lang| lang.tag().eq_ignore_ascii_case(primary))
    }

    /// Its tag, for `lang` and `Content-Language`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::En => "en",
            Lang::De => "de",
        }
    }

    /// Its name in itself.
    pub fn name(self) -> &'static str {
        match self {
            Lang::En => "English",
            Lang::De => "Deutsch",
        }
    }

    /// The words in this language.
    pub fn text(self, text: &Text) -> &'static str {
        match self {
            Lang::En => text.en,
            Lang::De => text.de,
        }
    }

    /// The words in this language with each `{name}` replaced by its value; values are not looked into again.
    pub fn fill(self, text: &Text, values: &[(&str, &str)]) -> String {
        let mut filled = String::new();
        let mut rest = self.text(text);
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let Some((name, left)) = after.split_once('}') else {
                filled.push('{');
                rest = after;
                continue;
            };
            let value = values.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
            match value {
                Some(value) => filled.push_str(value),
                None => filled.push_str(&format!("{{{name}}}")),
            }
            rest = left;
        }
        filled + rest
    }

    /// The one or the other words, as the number wants, with `{n}` replaced by it.
    pub fn plural(self, n: u64, one: &Text, many: &Text) -> String {
        let text = if n == 1 { one } else { many };
        self.fill(text, &[("n", &self.whole(i64::try_from(n).unwrap_or(i64::MAX)))])
    }
}

/// Which languages the configuration offers, and which one stands in for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The languages on offer, at least one.
    pub langs: Vec<Lang>,
    /// The one for visitors who understand none of them.
    pub default: Lang,
}

impl Offer {
    /// Reads `available_locales` and `pyramid.default_locale_name`; what is not spoken here is left out.
    pub fn new(locales: &[String], default: &str) -> Offer {
        let mut langs: Vec<Lang> = Vec::new();
        for lang in locales.iter().filter_map(|tag| Lang::find(tag)) {
            if !langs.contains(&lang) {
                langs.push(lang);
            }
        }
        if langs.is_empty() {
            langs = Lang::ALL.to_vec();
        }
        let default = Lang::find(default).filter(|lang| langs.contains(lang));
        Offer {
            default: default.unwrap_or(langs[0]),
            langs,
        }
    }

    /// The language of that tag, if it is on offer.
    pub fn find(&self, tag: &str) -> Option<Lang> {
        Lang::find(tag).filter(|lang| self.langs.contains(lang))
    }

    /// The language of a request: Pyramid's parameter or cookie, the chosen one, the browser's, the default.
    pub fn choose(&self, request: &Request) -> Lang {
        let parameter = request.query(PYRAMID).and_then(|tag| self.find(tag));
        let cookie = |name| request.cookie(name).and_then(|tag| self.find(&tag));
        parameter
            .or_else(|| cookie(PYRAMID))
            .or_else(|| cookie(COOKIE))
            .unwrap_or_else(|| self.accepted(request.header_list("accept-language").as_deref()))
    }

    /// The language by `Accept-Language` alone: RFC 4647 lookup, best quality first.
    pub fn accepted(&self, header: Option<&str>) -> Lang {
        let mut ranges: Vec<(&str, u32)> = header.unwrap_or("").split(',').filter_map(parse_range).collect();
        ranges.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
        let found = ranges.into_iter().find_map(|(tag, _)| self.find(tag));
        found.unwrap_or(self.default)
    }
}

/// One element of `Accept-Language`; not acceptable (`q=0`) or malformed ones are left out.
fn parse_range(element: &str) -> Option<(&str, u32)> {
    let mut parts = element.split(';').map(str::trim);
    let tag = parts.next().filter(|tag| !tag.is_empty())?;
    let quality = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("q")
                .then(|| parse_quality(value.trim()))??
        }
    };
    (quality > 0).then_some((tag, quality))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    fn offer() -> Offer {
        Offer::new(&["en".to_string(), "de".to_string()], "en")
    }

    #[test]
    fn the_browser_s_best_language_on_offer_is_taken() {
        for (header, expected) in [
            ("", Lang::En),
            ("de", Lang::De),
            ("de-AT,en;q=0.5", Lang::De),
            ("de-CH-1996", Lang::De),
            ("DE_de", Lang::De),
            ("fr, de;q=0.3, en;q=0.4", Lang::En),
            ("en;q=0.3, de;q=0.31", Lang::De),
            ("de;q=0, fr", Lang::En),
            ("*, de;q=0.5", Lang::De),
            ("fr", Lang::En),
            ("de;q=7, en", Lang::En),
            (";q=1,,;,de", Lang::De),
            ("den", Lang::En),
        ] {
            assert_eq!(offer().accepted(Some(header)), expected, "{header}");
        }
        assert_eq!(offer().accepted(None), Lang::En);
    }

    #[test]
    fn a_choice_goes_before_the_browser() {
        for (target, cookie, expected) in [
            ("/", "", Lang::De),
            ("/", "fietsboek_locale=en", Lang::En),
            ("/", "fietsboek_locale=xx", Lang::De),
            ("/", "fietsboek_locale=de; _LOCALE_=en", Lang::En),
            ("/?_LOCALE_=en", "fietsboek_locale=de", Lang::En),
            ("/?_LOCALE_=%00", "_LOCALE_=zz", Lang::De),
        ] {
            let request = request("GET", target, &[("Cookie", cookie), ("Accept-Language", "de")], "");
            assert_eq!(offer().choose(&request), expected, "{target} {cookie}");
        }
    }

    #[test]
    fn only_what_is_offered_is_spoken() {
        let german = Offer::new(&["de_AT".to_string(), "fr".to_string()], "fr");
        assert_eq!(german.langs, [Lang::De]);
        assert_eq!(german.accepted(Some("en")), Lang::De);
        assert_eq!(Offer::new(&[], "de").default, Lang::De);
    }

    #[test]
    fn words_are_filled_in_once() {
        let text = Text {
            en: "Hello {name}, {n} { left {more}",
            de: "Hallo {name}",
        };
        let values = [("name", "{n}"), ("n", "2")];
        assert_eq!(Lang::En.fill(&text, &values), "Hello {n}, 2 { left {more}");
        assert_eq!(Lang::De.fill(&text, &values), "Hallo {n}");
    }

    #[test]
    fn one_is_singular_and_nothing_else_is() {
        let one = Text {
            en: "{n} track",
            de: "{n} Tour",
        };
        let many = Text {
            en: "{n} tracks",
            de: "{n} Touren",
        };
        for (n, en, de) in [
            (0, "0 tracks", "0 Touren"),
            (1, "1 track", "1 Tour"),
            (1240, "1,240 tracks", "1.240 Touren"),
        ] {
            assert_eq!(Lang::En.plural(n, &one, &many), en);
            assert_eq!(Lang::De.plural(n, &one, &many), de);
        }
    }
}
