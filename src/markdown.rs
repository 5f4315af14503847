//! What visitors write (descriptions, comments) as safe HTML, and what the operator writes as it is.
//!
//! The words are Markdown with raw HTML let through, and then only what the original keeps survives:
//! a fixed list of elements and attributes (plus `br`, `hr` and `pre`, which belong to Markdown).
//! Everything that leaves this file has been through the sanitiser; the two changes made afterwards
//! only rename whole tags. [`page_to_html`] alone is another matter: operators' own pages are theirs to answer for.

use ammonia::Builder;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};
use std::collections::{HashMap, HashSet};

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "b",
    "blockquote",
    "br",
    "code",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
];
const SCHEMES: &[&str] = &["http", "https", "mailto"];
const REL: &str = "nofollow noopener noreferrer";

/// Markdown as sanitised HTML, to be set below an `h2` of the page: headings begin at `h3`.
/// Unless `external_images`, a picture of another host becomes a link to it, so that reading a
/// page tells nobody else.
pub fn to_html(source: &str, external_images: bool) -> String {
    let mut clean = sanitise(&render(source, MAX_RAW));
    // Elements that are left open are opened again in every block that follows: from little to very much.
    if clean.len() > source.len() * 10 + (16 << 10) {
        clean = sanitise(&render(source, 0));
    }
    settle(&clean, external_images)
}

/// Markdown as HTML with at most so many raw tags; the others stand there as text.
fn render(source: &str, max_raw: usize) -> String {
    let mut html = String::with_capacity(source.len() * 3 / 2);
    html::push_html(
        &mut html,
        Bounded::new(Parser::new_ext(source, Options::empty()), max_raw),
    );
    html
}

/// An operator's page as HTML, nothing of it taken away, to be set below the `h1` of the page: headings begin
/// at `h2`, those written as raw HTML too.
pub fn page_to_html(source: &str) -> String {
    let below = |level: HeadingLevel| HeadingLevel::try_from(level as usize + 1).unwrap_or(HeadingLevel::H6);
    let events = Parser::new_ext(source, Options::empty()).map(|event| match event {
        Event::Start(Tag::Heading {
            level,
            id,
            classes,
            attrs,
        }) => Event::Start(Tag::Heading {
            level: below(level),
            id,
            classes,
            attrs,
        }),
        Event::End(TagEnd::Heading(level)) => Event::End(TagEnd::Heading(below(level))),
        Event::Html(raw) => Event::Html(lowered(&raw)),
        Event::InlineHtml(raw) => Event::InlineHtml(lowered(&raw)),
        other => other,
    });
    let mut out = String::with_capacity(source.len() * 3 / 2);
    html::push_html(&mut out, events);
    out
}

/// Raw HTML with its headings one step down.
fn lowered(raw: &str) -> CowStr<'static> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((before, tag)) = rest.split_once('<') {
        out.push_str(before);
        out.push('<');
        let name = tag.strip_prefix('/').unwrap_or(tag);
        out.push_str(&tag[..tag.len() - name.len()]);
        match name.as_bytes() {
            [
                b'h' | b'H',
                level @ b'1'..=b'6',
                b'>' | b'/' | b' ' | b'\t' | b'\r' | b'\n',
                ..,
            ] => {
                out.push_str(&name[..1]);
                out.push(char::from((level + 1).min(b'6')));
                rest = &name[2..];
            }
            _ => rest = name,
        }
    }
    out.push_str(rest);
    out.into()
}

/// A parser's events with a bound on how deep they nest and how much raw HTML there is: the HTML
/// parser behind takes time with the square of the depth, and this text comes from strangers.
struct Bounded<'a> {
    events: Parser<'a>,
    depth: usize,
    raw: usize,
    max_raw: usize,
}

const MAX_DEPTH: usize = 64;
const MAX_RAW: usize = 250;

impl<'a> Bounded<'a> {
    fn new(events: Parser<'a>, max_raw: usize) -> Bounded<'a> {
        Bounded {
            events,
            depth: 0,
            raw: 0,
            max_raw,
        }
    }
}

impl<'a> Iterator for Bounded<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            match self.events.next()? {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth <= MAX_DEPTH {
                        return Some(Event::Start(tag));
                    }
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth < MAX_DEPTH {
                        return Some(Event::End(tag));
                    }
                }
                Event::Html(text) | Event::InlineHtml(text) => {
                    self.raw += text.matches('<').count();
                    return Some(if self.raw > self.max_raw {
                        Event::Text(text)
                    } else {
                        Event::Html(text)
                    });
                }
                other => return Some(other),
            }
        }
    }
}

fn sanitise(raw: &str) -> String {
    let set = |names: &[&'static str]| names.iter().copied().collect::<HashSet<_>>();
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", set(&["href", "title"])),
        ("abbr", set(&["title"])),
        ("acronym", set(&["title"])),
        ("img", set(&["alt", "src"])),
    ]);
    let mut builder = Builder::default();
    builder
        .tags(set(TAGS))
        .tag_attributes(attributes)
        .generic_attributes(set(&["lang", "title"]))
        .url_schemes(set(SCHEMES))
        .link_rel(Some(REL));
    builder.clean(raw).to_string()
}

/// Moves headings down and turns foreign pictures into links, tag by tag.
fn settle(clean: &str, external_images: bool) -> String {
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
    use super::*;

    #[test]
    fn ordinary_words_become_ordinary_html() {
        let html = to_html(
            "# Tour\n\nA **fine** *day*, see [the map](https://example.org/?a=1&b=2).\n\n1. up\n2. down\n\n---\n",
            false,
        );
        assert_eq!(
            html,
            "<h3>Tour</h3>\n<p>A <strong>fine</strong> <em>day</em>, see \
             <a href=\"https://example.org/?a=1&amp;b=2\" rel=\"nofollow noopener noreferrer\">the map</a>.</p>\n\
             <ol>\n<li>up</li>\n<li>down</li>\n</ol>\n<hr>\n"
        );
    }

    #[test]
    fn an_operator_s_page_is_left_as_it_is_but_for_the_headings() {
        for (source, expected) in [
            ("# a\n\n###### b", "<h2>a</h2>\n<h6>b</h6>\n"),
            ("<H1 class='x > y'>a</H1>", "<H2 class='x > y'>a</H2>"),
            (
                "<div id=\"a\"><script>x < 1</script></div>",
                "<div id=\"a\"><script>x < 1</script></div>",
            ),
            ("b <h2>c</h2><hr><h7><header>", "<p>b <h3>c</h3><hr><h7><header></p>\n"),
            ("<h6/>ö<", "<h6/>ö<"),
            (
                "[a](javascript:x) <!-- <h1> -->",
                "<p><a href=\"javascript:x\">a</a> <!-- <h2> --></p>\n",
            ),
        ] {
            assert_eq!(page_to_html(source), expected);
        }
    }

    #[test]
    fn nothing_that_runs_survives() {
        for evil in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
            "<svg onload=alert(1)><style>*{color:red}</style></svg>",
            "<iframe src=//evil></iframe><object></object><form action=/x><input></form>",
            "<p style=\"position:fixed\" class=\"msg\" id=\"content\">x</p>",
            "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
        ] {
            let html = to_html(evil, true).to_lowercase();
            for bad in [
                "script", "onerror", "onload", "style", "class", "iframe", "<form", "<svg", "data:", "id=",
            ] {
                assert!(!html.contains(bad), "{evil} gave {html}");
            }
        }
    }

    #[test]
    fn unknown_elements_leave_their_words() {
        assert_eq!(to_html("<b>b</b><u>u</u>", false), "<p><b>b</b>u</p>\n");
        assert_eq!(to_html("a <!-- gone --> b", false), "<p>a  b</p>\n");
    }

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

    #[test]
    fn deep_nesting_ends_in_time() {
        for source in [
            ">".repeat(100_000) + " x",
            "<b>".repeat(50_000) + "x",
            "[".repeat(50_000) + "x",
        ] {
            let begun = std::time::Instant::now();
            assert!(to_html(&source, false).contains('x'));
            assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
        }
    }

    /// What was seen in Fietsboek 0.11, with the line breaks, rules and blocks that it loses.
    #[test]
    fn what_the_original_shows_is_shown() {
        for (source, html) in [
            ("a  \nb", "<p>a<br>\nb</p>\n"),
            ("a\nb", "<p>a\nb</p>\n"),
            ("a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>\n"),
            ("```python\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>\n"),
            ("    x", "<pre><code>x</code></pre>\n"),
            ("<b>b</b><u>u</u>", "<p><b>b</b>u</p>\n"),
            ("~~a~~ | b", "<p>~~a~~ | b</p>\n"),
            ("https://example.org", "<p>https://example.org</p>\n"),
            ("a <script>b</script><style>c</style> d", "<p>a  d</p>\n"),
            ("<table><tr><td>a</td></tr></table><div>b</div>", "ab"),
        ] {
            assert_eq!(to_html(source, false), html, "{source:?}");
        }
    }

    #[test]
    fn every_element_keeps_the_attributes_that_it_may_have_and_no_other() {
        let all = "href='https://x.example/' src='/y' alt='a' title='t' lang='de' id='i' class='c' style='s' name='n' \
                   target='_blank' width='9' onclick='o' dir='rtl' data-x='d' start='3' cite='/z' srcset='/w 2x'";
        for (tag, kept) in [
            ("a", "href title lang rel"),
            ("abbr", "title lang"),
            ("acronym", "title lang"),
            ("b", "title lang"),
            ("blockquote", "title lang"),
            ("code", "title lang"),
            ("em", "title lang"),
            ("i", "title lang"),
            ("li", "title lang"),
            ("ol", "title lang"),
            ("strong", "title lang"),
            ("ul", "title lang"),
            ("h6", "title lang"),
            ("p", "title lang"),
            ("img", "src alt title lang"),
            ("br", "title lang"),
            ("hr", "title lang"),
            ("pre", "title lang"),
        ] {
            // Alone on its line an element begins a block of raw HTML, else it stands in a paragraph.
            let html = to_html(&format!("<{tag} {all}>x"), false);
            let start = html.find(&format!("<{tag} ")).unwrap();
            let element = html[start..].split('>').next().unwrap();
            let mut names: Vec<&str> = element
                .split_once(' ')
                .map_or("", |(_, rest)| rest)
                .split("=\"")
                .collect();
            names.pop();
            let mut names: Vec<&str> = names.iter().filter_map(|part| part.rsplit(['"', ' ']).next()).collect();
            let mut kept: Vec<&str> = kept.split(' ').collect();
            names.sort_unstable();
            kept.sort_unstable();
            assert_eq!(names, kept, "{html}");
        }
        for tag in [
            "div", "span", "u", "s", "table", "font", "video", "details", "form", "button", "center",
        ] {
            let html = to_html(&format!("a <{tag} {all}>x</{tag}>"), false);
            assert!(!html.contains(&format!("<{tag}")) && !html.contains("lang="), "{html}");
        }
    }

    #[test]
    fn a_link_leads_where_a_person_may_be_led() {
        for (to, kept) in [
            ("http://example.org", true),
            ("https://example.org", true),
            ("HTTPS://example.org", true),
            ("mailto:a@example.org", true),
            ("/track/1", true),
            ("#comments", true),
            ("ftp://example.org", false),
            ("tel:1", false),
            ("javascript:alert(1)", false),
            ("java\tscript:alert(1)", false),
            ("&#106;avascript:alert(1)", false),
            ("vbscript:x", false),
            ("data:text/html,x", false),
            ("file:///etc/passwd", false),
        ] {
            let html = to_html(&format!("<a href=\"{to}\">x</a>"), false);
            assert_eq!(html.contains("href="), kept, "{html}");
            assert!(html.contains("rel=\"nofollow noopener noreferrer\""), "{html}");
        }
    }

    #[test]
    fn hostile_words_stay_words() {
        for evil in [
            "\0<scr\0ipt>alert(1)</script>",
            "<<script>script>alert(1)</script>",
            "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
            "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
            "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
            "<textarea></textarea><script>x</script>",
            "<!--><img src=x onerror=alert(1)>-->",
            "![x](https://x.example/\"onerror=alert(1))",
            "[x](<https://x.example/\" onclick=\"alert(1)>)",
        ] {
            for external in [false, true] {
                let html = to_html(evil, external).to_lowercase();
                let tags = html.split('<').skip(1).map(|tag| tag.split('>').next().unwrap());
                for tag in tags {
                    let name = tag.trim_start_matches('/').split(' ').next().unwrap();
                    assert!(TAGS.contains(&name), "{evil} gave {html}");
                    assert!(!tag.contains(" on"), "{evil} gave {html}");
                }
                assert!(!html.contains('\0'), "{html:?}");
            }
        }
        // A mark that turns the writing around cannot leave the element that it stands in.
        assert_eq!(to_html("a\u{202e}b", false), "<p>a\u{202e}b</p>\n");
    }

    #[test]
    fn nothing_small_becomes_large() {
        let open: String = (0..240).map(|n| format!("<b title={n}>")).collect();
        for source in [
            open.clone() + &"\n\nx".repeat(12_000),
            open.clone() + &"\n- x\n\n  y\n".repeat(5_000),
            open.clone() + &"\n> x\n\n".repeat(10_000),
            "- ".to_owned() + &open + &"\n- y".repeat(9_000),
            "> ".to_owned() + &open + &"\n\n> y\n\n<!-- -->".repeat(400),
            format!("<ul><li>{}{}", &open[..open.len() / 2], "<li>x".repeat(120)),
            open + &"<p>x".repeat(9_000),
            "<i title=1><b title=2><p>".repeat(160),
            "* ".repeat(5_000) + "x",
            "x\n".repeat(25_000),
            "*a_ ".repeat(12_000),
            "![](".repeat(12_000),
            "&amp;".repeat(10_000),
            "[a]: x\n\n".to_owned() + &"[a]".repeat(16_000),
        ] {
            let begun = std::time::Instant::now();
            let html = to_html(&source, false);
            let start: String = source.chars().take(40).collect();
            assert!(
                html.len() < source.len() * 12 + (20 << 10),
                "{start} became {} bytes",
                html.len()
            );
            assert!(begun.elapsed().as_secs() < 10, "{start} took {:?}", begun.elapsed());
        }
    }
}
