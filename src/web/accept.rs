//! Which form of an answer a visitor wants, by `Accept` (RFC 9110, with q-values).
//!
//! HTML goes before JSON before text on ties, and is what everybody gets who says nothing that can be
//! understood; text is what those get who want none of the three.

/// The forms that an error or the maintenance answer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// `text/html`.
    Html,
    /// `application/json`, for an error also `application/problem+json`.
    Json,
    /// `text/plain`.
    Text,
}

/// What each form answers to, best first.
const FORMS: [(Wanted, &[&str]); 3] = [
    (Wanted::Html, &["text/html"]),
    (Wanted::Json, &["application/json", "application/problem+json"]),
    (Wanted::Text, &["text/plain"]),
];

/// Chooses the form.
pub fn choose(accept: Option<&str>) -> Wanted {
    let accept = accept.unwrap_or("").trim();
    let Some(ranges) = parse(accept) else {
        return Wanted::Html;
    };
    let mut best = (Wanted::Text, 0);
    for (wanted, types) in FORMS {
        let quality = types.iter().map(|name| quality(&ranges, name)).max().unwrap_or(0);
        if quality > best.1 {
            best = (wanted, quality);
        }
    }
    best.0
}

/// The ranges with their quality in thousandths; none: malformed or empty.
fn parse(accept: &str) -> Option<Vec<(&str, u32)>> {
    let elements = accept.split(',').map(str::trim).filter(|element| !element.is_empty());
    let ranges: Option<Vec<_>> = elements.map(parse_range).collect();
    ranges.filter(|ranges| !ranges.is_empty())
}

fn parse_range(element: &str) -> Option<(&str, u32)> {
    let mut parts = element.split(';').map(str::trim);
    let range = parts.next()?;
    let (kind, subtype) = range.split_once('/')?;
    let token = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && b != b'/');
    if !token(kind) || !token(subtype) || (kind == "*" && subtype != "*") {
        return None;
    }
    let mut quality = 1000;
    for parameter in parts {
        if let Some((name, value)) = parameter.split_once('=')
            && name.trim().eq_ignore_ascii_case("q")
        {
            quality = parse_quality(value.trim())?;
        }
    }
    Some((range, quality))
}

/// A q-value in thousandths: `0`, `1`, `0.5`, `1.000`.
pub(crate) fn parse_quality(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let thousandths = match (whole, digits) {
        ("0", true) => format!("{fraction:0<3}").parse().ok()?,
        ("1", true) if fraction.bytes().all(|b| b == b'0') => 1000,
        _ => return None,
    };
    Some(thousandths)
}

/// The quality of a type: the most specific range that covers it decides.
fn quality(ranges: &[(&str, u32)], name: &str) -> u32 {
    let kind = name.split('/').next().unwrap_or("");
    let specificity = |range: &str| match range.split_once('/') {
        Some(("*", _)) => Some(0),
        Some((k, "*")) if k.eq_ignore_ascii_case(kind) => Some(1),
        _ => range.eq_ignore_ascii_case(name).then_some(2),
    };
    let matching = ranges.iter().filter_map(|(range, q)| Some((specificity(range)?, *q)));
    matching.max().map_or(0, |(_, q)| q)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_chosen_by_quality() {
        use Wanted::{Html, Json, Text};
        let chrome = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";
        for (accept, expected) in [
            ("", Html),
            ("*/*", Html),
            (chrome, Html),
            ("application/json", Json),
            ("application/problem+json", Json),
            ("application/json, */*;q=0.1", Json),
            ("application/json, text/plain, */*", Html),
            ("application/json;q=0.5, text/plain;q=0.5", Json),
            ("text/plain", Text),
            ("text/*", Html),
            ("text/*;q=0.2, text/plain", Text),
            ("text/html;q=0, */*", Json),
            ("text/html;q=0, application/*;q=0, */*", Text),
            ("application/xhtml+xml", Text),
            ("image/png", Text),
            ("image/*, */*;q=0", Text),
            ("TEXT/HTML;Q=0.5, application/json;q=0.4", Html),
            ("application/json;q=0.333, text/html;q=0.334", Html),
            ("application/json ; charset=utf-8 ; q=1.000", Json),
            ("text", Html),
            ("text/html;q=2, application/json", Html),
            ("application/json;q=x", Html),
            ("*/html", Html),
            (", ,", Html),
            (";;;", Html),
            ("application/json,,", Json),
        ] {
            assert_eq!(choose(Some(accept)), expected, "{accept}");
        }
        assert_eq!(choose(None), Html);
    }
}
