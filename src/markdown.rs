//! What visitors write (descriptions, comments) as safe HTML, and what the operator writes as it is.
//!
//! The words are Markdown with raw HTML let through, and then only what the original keeps survives:
//! a fixed list of elements and attributes (plus `br`, `hr` and `pre`, which belong to Markdown).
//! Everything that leaves [`to_html`] has been through the sanitiser; the changes made afterwards (`tags`) are
//! to whole tags alone. [`page_to_html`] is another matter: operators' own pages are theirs to answer for.

mod bounds;
mod operator;
mod tags;

pub use operator::page_to_html;

use ammonia::Builder;
use bounds::{Bounded, MAX_RAW};
use pulldown_cmark::{Options, Parser, html};
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
    tags::settle(&clean, external_images)
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

/// What an operator wrote in HTML as text with links, and nothing else.
pub fn links_only(html: &str) -> String {
    let mut builder = Builder::empty();
    builder
        .add_tags(&["a"])
        .add_tag_attributes("a", &["href"])
        .url_schemes(HashSet::from(["http", "https"]))
        .link_rel(Some("noopener noreferrer"));
    builder.clean(html).to_string()
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
}
