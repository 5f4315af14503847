//! What the address of Explore asks for: the parameters of 0.11, checked, and as chips that can be taken off.
//!
//! What is wrong is kept beside what could be read, so that the page can say which field it is and hold what
//! was typed.

use crate::clock;
use crate::model::browse::{Order, Query};
use crate::model::track::Kind;
use crate::web::lang::{Lang, Text};
use crate::web::look::form::Wrong;
use crate::web::text::{explore as texts, figure as words};

/// Every parameter but the page, in the order in which addresses have them.
const NAMES: [&str; 12] = [
    "search-terms",
    "tags",
    "tagged-person",
    "min-length",
    "max-length",
    "min-date",
    "max-date",
    "type[]",
    "show-only[]",
    "favourite",
    "sort",
    "view",
];

/// Those that may stand in an address several times.
const REPEATED: [&str; 2] = ["type[]", "show-only[]"];

/// What stands between several tags or names.
const AND: &str = "&&";

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// The parameters with their values as typed, trimmed; blank ones, the page and unknown ones are not among them.
    pub pairs: Vec<(String, String)>,
    /// What could be read of them; the viewer is not among them.
    pub query: Query,
    /// What could not.
    pub wrong: Vec<Wrong>,
}

/// A filter that is at work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    /// What it does.
    pub text: String,
    /// The parameters that are left without it.
    pub rest: Vec<(String, String)>,
}

impl Asked {
    /// Reads the parameters of an address.
    pub fn read(lang: Lang, sent: &[(String, String)]) -> Asked {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in sent.iter().map(|(name, value)| (name, value.trim())) {
            let again = pairs
                .iter()
                .any(|pair| pair.0 == *name && (pair.1 == value || !REPEATED.contains(&name.as_str())));
            if NAMES.contains(&name.as_str()) && !value.is_empty() && !again {
                pairs.push((name.clone(), value.to_owned()));
            }
        }
        let page = sent
            .iter()
            .find(|(name, value)| name == "page" && !value.trim().is_empty());
        let mut asked = Asked {
            pairs,
            ..Asked::default()
        };
        let query = Query {
            viewer: None,
            order: asked.order(lang),
            page: asked.page(lang, page.map(|pair| pair.1.trim())),
            search: asked.value("search-terms").map(str::to_owned),
            tags: asked.several("tags"),
            people: asked.several("tagged-person"),
            min_length: asked.metres(lang, "min-length"),
            max_length: asked.metres(lang, "max-length"),
            min_date: asked.day(lang, "min-date"),
            max_date: asked.day(lang, "max-date"),
            kind: asked.kind(lang),
            mine: asked.has("show-only[]", "mine"),
            of_friends: asked.has("show-only[]", "friends"),
            with_me: asked.has("show-only[]", "user-tagged"),
            favourite: asked.value("favourite").map(|value| value == "true"),
        };
        asked.query = query;
        asked
    }

    /// The value of a parameter, as typed.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|pair| pair.0 == name)
            .map(|pair| pair.1.as_str())
    }

    /// Whether a parameter has this value among others.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.pairs.iter().any(|pair| pair.0 == name && pair.1 == value)
    }

    /// Whether the tracks are wanted on a map.
    pub fn is_map(&self) -> bool {
        self.has("view", "map")
    }

    fn several(&self, name: &str) -> Vec<String> {
        let parts = self.value(name).unwrap_or_default().split(AND).map(str::trim);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn refuse(&mut self, lang: Lang, field: &'static str, text: &Text) {
        self.wrong.push(Wrong {
            field,
            text: lang.fill(text, &[("name", field)]),
        });
    }

    fn order(&mut self, lang: Lang) -> Order {
        let found = self.value("sort").map(Order::find);
        found.unwrap_or(Some(Order::default())).unwrap_or_else(|| {
            self.refuse(lang, "sort", &texts::WRONG_CHOICE);
            Order::default()
        })
    }

    /// The page, from 1: what is less is the first.
    fn page(&mut self, lang: Lang, sent: Option<&str>) -> u64 {
        match sent.map(whole) {
            None => 1,
            Some(Some(number)) => number.max(1).unsigned_abs(),
            Some(None) => {
                self.refuse(lang, "page", &texts::WRONG_CHOICE);
                1
            }
        }
    }

    fn metres(&mut self, lang: Lang, name: &'static str) -> Option<f64> {
        let kilometres = whole(self.value(name)?);
        if kilometres.is_none() {
            self.refuse(lang, name, &texts::WRONG_LENGTH);
        }
        kilometres.map(|number| number as f64 * 1000.0)
    }

    fn day(&mut self, lang: Lang, name: &'static str) -> Option<time::Date> {
        let day = clock::parse_date(self.value(name)?);
        if day.is_none() {
            self.refuse(lang, name, &texts::WRONG_DAY);
        }
        day
    }

    fn kind(&mut self, lang: Lang) -> Option<Kind> {
        let named = self.pairs.iter().filter(|pair| pair.0 == "type[]");
        let kinds: Vec<Option<Kind>> = named.map(|pair| Kind::find(&pair.1)).collect();
        if kinds.contains(&None) {
            self.refuse(lang, "type[]", &texts::WRONG_CHOICE);
        }
        let first = kinds.first().copied().flatten();
        first.filter(|_| kinds.iter().all(|kind| *kind == first))
    }

    /// Every filter that is at work, in the order of the address. `logged_in` as without it some mean nothing.
    pub fn chips(&self, lang: Lang, logged_in: bool) -> Vec<Chip> {
        let mut chips = Vec::new();
        for (at, (name, value)) in self.pairs.iter().enumerate() {
            let without = |left: Option<String>| {
                let mut rest = self.pairs.clone();
                match left {
                    Some(left) => rest[at].1 = left,
                    None => drop(rest.remove(at)),
                }
                rest
            };
            if matches!(name.as_str(), "tags" | "tagged-person") {
                let parts = self.several(name);
                for (out, part) in parts.iter().enumerate() {
                    let left: Vec<&str> = parts
                        .iter()
                        .enumerate()
                        .filter(|(n, _)| *n != out)
                        .map(|(_, part)| part.as_str())
                        .collect();
                    chips.push(Chip {
                        text: match name.as_str() {
                            "tags" => part.clone(),
                            _ => lang.fill(&words::WITH, &[("names", part)]),
                        },
                        rest: without((!left.is_empty()).then(|| left.join(&format!(" {AND} ")))),
                    });
                }
            } else if let Some(text) = self.words(lang, name, value, logged_in) {
                chips.push(Chip {
                    text,
                    rest: without(None),
                });
            }
        }
        chips
    }

    /// What a single filter does; nothing for one that is not at work.
    fn words(&self, lang: Lang, name: &str, value: &str, logged_in: bool) -> Option<String> {
        let query = &self.query;
        let length =
            |text, metres: Option<f64>| Some(lang.fill(text, &[("n", &lang.whole((metres? / 1000.0) as i64))]));
        let day = |text, day: Option<time::Date>| Some(lang.fill(text, &[("day", &lang.date_short(day?))]));
        let plain = |text| Some(lang.text(text).to_owned());
        match (name, value) {
            ("search-terms", _) => Some(lang.fill(&texts::CHIP_SEARCH, &[("text", value)])),
            ("min-length", _) => length(&texts::CHIP_LONGER, query.min_length),
            ("max-length", _) => length(&texts::CHIP_SHORTER, query.max_length),
            ("min-date", _) => day(&texts::CHIP_SINCE, query.min_date),
            ("max-date", _) => day(&texts::CHIP_UNTIL, query.max_date),
            ("type[]", _) => match query.kind? {
                Kind::Recorded => plain(&texts::ONLY_RECORDED),
                Kind::Planned => plain(&texts::ONLY_PLANNED),
            },
            ("show-only[]", "mine") => plain(&texts::MINE),
            ("show-only[]", "friends") if logged_in => plain(&texts::OF_FRIENDS),
            ("show-only[]", "user-tagged") if logged_in => plain(&texts::WITH_ME),
            ("favourite", "true") if logged_in => plain(&texts::ONLY_FAVOURITES),
            ("favourite", _) if logged_in => plain(&texts::NO_FAVOURITES),
            _ => None,
        }
    }
}

/// A whole number as people and programs write it; one that is out of reach is the nearest that is not.
fn whole(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let most = if text.starts_with('-') { i64::MIN + 1 } else { i64::MAX };
    Some(text.parse().unwrap_or(most))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    fn asked(query: &str) -> Asked {
        let sent: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Asked::read(Lang::En, &sent)
    }

    #[test]
    fn the_parameters_are_those_of_the_original() {
        let query = asked(
            "search-terms=+a+&tags=x+%26%26++y&min-length=5&max-date=2024-05-01&type[]=SYNTHETIC&page=-3&favourite=no\
             &show-only[]=mine&show-only[]=user-tagged&tagged-person=%26%26Bob",
        )
        .query;
        let expected = Query {
            page: 1,
            search: Some("a".into()),
            tags: vec!["x".into(), "y".into()],
            people: vec!["Bob".into()],
            min_length: Some(5000.0),
            max_date: Some(date!(2024 - 05 - 01)),
            kind: Some(Kind::Planned),
            mine: true,
            with_me: true,
            favourite: Some(false),
            ..Query::default()
        };
        assert_eq!(query, expected);
    }

    #[test]
    fn blank_and_unknown_parameters_mean_nothing() {
        let nothing = asked("type[]=SYNTHETIC&type[]=ORGANIC&page=&sort=&tags=+&min-length=&utm=x&show-only[]=else");
        let expected = Query {
            page: 1,
            ..Query::default()
        };
        assert_eq!((nothing.query, nothing.wrong), (expected, Vec::new()));
    }

    #[test]
    fn whole_numbers_are_read_however_large() {
        for (text, page) in [
            ("3", 3),
            ("+3", 3),
            ("0", 1),
            ("-7", 1),
            ("99999999999999999999", i64::MAX as u64),
        ] {
            assert_eq!(
                asked(&format!("page={}", text.replace('+', "%2B"))).query.page,
                page,
                "{text}"
            );
        }
        assert_eq!(asked("max-length=-5").query.max_length, Some(-5000.0));
    }

    #[test]
    fn a_value_that_cannot_be_is_refused_at_its_field() {
        for (query, field) in [
            ("page=x", "page"),
            ("page=1.0", "page"),
            ("sort=TITLE", "sort"),
            ("min-length=1.5", "min-length"),
            ("max-length=1e3", "max-length"),
            ("min-date=2024-02-30", "min-date"),
            ("max-date=soon", "max-date"),
            ("type[]=ORGANIC&type[]=x", "type[]"),
        ] {
            let wrong = asked(query).wrong;
            assert_eq!(
                wrong.iter().map(|wrong| wrong.field).collect::<Vec<_>>(),
                [field],
                "{query}"
            );
            assert!(!wrong[0].text.is_empty() && !wrong[0].text.contains("{name}"));
        }
        let typed = asked("min-length=far&max-date=soon");
        assert_eq!((typed.wrong.len(), typed.value("min-length")), (2, Some("far")));
    }

    #[test]
    fn each_chip_takes_one_filter_off() {
        let all = asked(
            "search-terms=a&tags=x+%26%26+y&type[]=ORGANIC&show-only[]=mine&show-only[]=friends&favourite=true&min-length=20&sort=DATE_ASC",
        );
        let chips = all.chips(Lang::En, true);
        let texts: Vec<&str> = chips.iter().map(|chip| chip.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "“a”",
                "x",
                "y",
                "recorded",
                "mine",
                "my friends’",
                "favourites",
                "from 20 km"
            ]
        );
        for chip in &chips {
            assert_eq!(
                asked(
                    &form_urlencoded::Serializer::new(String::new())
                        .extend_pairs(&chip.rest)
                        .finish()
                )
                .chips(Lang::En, true)
                .len(),
                7
            );
        }
        assert!(chips[1].rest.contains(&("tags".into(), "y".into())));
        // What means nothing when nobody is logged in is not at work.
        assert_eq!(all.chips(Lang::En, false).len(), 6);
        assert!(
            asked("type[]=ORGANIC&type[]=SYNTHETIC")
                .chips(Lang::En, true)
                .is_empty()
        );
    }
}
