//! The operator's own pages: Markdown and HTML as they are written, but for their headings.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
