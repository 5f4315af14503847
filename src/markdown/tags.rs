//! What is changed in clean HTML, tag by tag: headings go down, foreign pictures become links.

use super::REL;

/// Moves headings down and turns foreign pictures into links, tag by tag.
pub(super) fn settle(clean: &str, external_images: bool) -> String {
    let mut out = String::with_capacity(clean.len() + 64);
    let mut rest = clean;
    let mut links = 0usize;
    while let Some(start) = rest.find('<') {
        out.push_str(&rest[..start]);
        let tag = &rest[start..start + tag_length(&rest[start..])];
        rest = &rest[start + tag.len()..];
        match tag.as_bytes() {
            [b'<', b'h', level @ b'1'..=b'6', ..] => push_heading(&mut out, "<h", *level, &tag[3..]),
            [b'<', b'/', b'h', level @ b'1'..=b'6', ..] => push_heading(&mut out, "</h", *level, &tag[4..]),
            [b'<', b'i', b'm', b'g', b' ' | b'>', ..] if !external_images && is_foreign(tag) => {
                push_picture_link(&mut out, tag, links > 0);
            }
            // A picture that nobody described says nothing to those who listen.
            [b'<', b'i', b'm', b'g', b' ', ..] if attribute(tag, "alt").is_none() => {
                out.push_str(&tag.replacen("<img ", "<img alt=\"\" ", 1));
            }
            _ => {
                if tag.starts_with("<a ") || tag.starts_with("<a>") {
                    links += 1;
                } else if tag.starts_with("</a>") {
                    links = links.saturating_sub(1);
                }
                out.push_str(tag);
            }
        }
    }
    out.push_str(rest);
    out
}

fn push_heading(out: &mut String, open: &str, level: u8, rest: &str) {
    out.push_str(open);
    out.push(char::from((level + 2).min(b'6')));
    out.push_str(rest);
}

/// The length of the tag at the start of the text; a `>` inside an attribute's quotes does not end it.
fn tag_length(text: &str) -> usize {
    let mut quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'>' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// An attribute's value as it is written: escaped, double-quoted by the sanitiser.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let mut rest = tag;
    while let Some((before, after)) = rest.split_once("=\"") {
        let (value, next) = after.split_once('"')?;
        if before.rsplit(' ').next() == Some(name) {
            return Some(value);
        }
        rest = next;
    }
    None
}

/// Whether a picture comes from elsewhere. Browsers drop tabs and line ends in addresses and take
/// `\` for `/`, so both are read as they do.
fn is_foreign(tag: &str) -> bool {
    let Some(source) = attribute(tag, "src") else {
        return false;
    };
    let source: String = source.chars().filter(|c| !c.is_control() && *c != ' ').collect();
    let source = source.replace('\\', "/");
    let scheme_end = source.find(':').unwrap_or(usize::MAX);
    source.starts_with("//") || scheme_end < source.find(['/', '?', '#']).unwrap_or(usize::MAX)
}

fn push_picture_link(out: &mut String, tag: &str, inside_link: bool) {
    let source = attribute(tag, "src").unwrap_or_default();
    let words = attribute(tag, "alt").filter(|alt| !alt.is_empty()).unwrap_or(source);
    let words = words.replace('<', "&lt;");
    if inside_link {
        out.push_str(&words);
    } else {
        out.push_str(&format!("<a href=\"{source}\" rel=\"{REL}\">{words}</a>"));
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::to_html;

    #[test]
    fn headings_never_outrank_the_page() {
        let html = to_html("# a\n\n<h2 lang=\"de\">b</h2>\n\n##### c", false);
        assert_eq!(html, "<h3>a</h3>\n<h4 lang=\"de\">b</h4>\n<h6>c</h6>\n");
    }

    #[test]
    fn a_foreign_picture_becomes_a_link_unless_it_is_wanted() {
        let here = "<img src=\"/track/1/images/a.png\" alt=\"us\">";
        assert!(to_html(here, false).contains("<img src=\"/track/1/images/a.png\""));
        for there in [
            "https://evil.example/p.png",
            "//evil.example/p.png",
            "/\\evil.example/p.png",
        ] {
            let html = to_html(&format!("<img src=\"{there}\" alt=\"a < b > c\">"), false);
            assert!(!html.contains("<img") && html.contains("<a href="), "{html}");
            assert!(html.contains("a &lt; b"), "{html}");
            assert!(
                to_html(&format!("<img src=\"{there}\">"), true).contains("<img"),
                "{there}"
            );
        }
        assert_eq!(
            to_html("<img src=\"a.png\">", false),
            "<img alt=\"\" src=\"a.png\">\n".trim_end()
        );
        let inside = to_html("[![us](https://evil.example/p.png)](https://example.org)", false);
        assert_eq!(inside.matches("<a ").count(), 1, "{inside}");
    }
}
