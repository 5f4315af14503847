//! Text that is not quite XML, rewritten so that it is.
//!
//! Fietsboek 0.11 writes the text and the attributes of extensions and links without escaping them, so some
//! of its stored files are damaged. The rules here undo exactly that and nothing else: outside of extensions and
//! links no tag is ever taken for text. Whether the result is sound is for the reader to say.

use super::scan::local;
use super::syntax;
use super::text;

/// How deep elements may be nested here; deeper files are not mended.
const DEEPEST: usize = 64;
/// How long a tag may be, in bytes.
const LONGEST: usize = 65_536;
/// How long the name of an attribute may be, in bytes.
const LONGEST_NAME: usize = 256;
/// How many bytes may be looked at more than once, for each byte of the text. No damage of the known kind comes
/// near; a text made to be slow is left as it is.
const PATIENCE: usize = 4;

/// The elements whose content Fietsboek does not escape.
const UNESCAPED: [&str; 2] = ["extensions", "link"];

/// An element that is open in the mended text.
struct Open<'a> {
    name: &'a str,
    /// Where its `<` stands in the output.
    at: usize,
    /// Whether it stands in an element of [`UNESCAPED`].
    inside: bool,
}

struct Mender<'a> {
    text: &'a str,
    at: usize,
    out: String,
    open: Vec<Open<'a>>,
    /// How many bytes may still be looked at in vain.
    left: usize,
}

/// Escapes what an extension or a link holds unescaped.
pub(super) fn repair(text: &str) -> String {
    let mut mender = Mender {
        text,
        at: 0,
        out: String::with_capacity(text.len() + 64),
        open: Vec::new(),
        left: text.len().saturating_mul(PATIENCE) + LONGEST,
    };
    while mender.left > 0
        && let Some(found) = mender.rest().find(['<', '&'])
    {
        mender.copy(found);
        match mender.rest().starts_with('&') {
            true => mender.ampersand(),
            false => mender.markup(),
        }
    }
    if mender.left == 0 {
        return text.to_owned();
    }
    let rest = mender.rest().len();
    mender.copy(rest);
    mender.out
}

impl<'a> Mender<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn copy(&mut self, bytes: usize) {
        self.out.push_str(&self.text[self.at..self.at + bytes]);
        self.at += bytes;
    }

    fn replace(&mut self, bytes: usize, with: &str) {
        self.out.push_str(with);
        self.at += bytes;
    }

    /// Whether what comes now stands in an extension or a link.
    fn inside(&self) -> bool {
        let last = self.open.last();
        last.is_some_and(|open| open.inside || UNESCAPED.contains(&open.name))
    }

    fn ampersand(&mut self) {
        match is_reference(self.rest()) {
            true => self.copy(1),
            false => self.replace(1, "&amp;"),
        }
    }

    fn markup(&mut self) {
        let rest = self.rest();
        for (start, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
            if rest.starts_with(start) {
                let length = rest.find(end).map_or(rest.len(), |at| at + end.len());
                return self.copy(length);
            }
        }
        if let Some(rest) = rest.strip_prefix("</") {
            return self.end_tag(rest);
        }
        match Tag::parse(head(rest, LONGEST), &mut self.left) {
            Some(tag) if self.open.len() < DEEPEST => {
                let at = self.out.len();
                self.out.push_str(&tag.text);
                self.at += tag.length;
                if !tag.empty {
                    let inside = self.inside();
                    let name = tag.name;
                    self.open.push(Open { name, at, inside });
                }
            }
            _ => self.escape_here(),
        }
    }

    /// A `<` that begins no tag.
    fn escape_here(&mut self) {
        match self.inside() {
            true => self.replace(1, "&lt;"),
            false => self.copy(1),
        }
    }

    fn end_tag(&mut self, rest: &'a str) {
        let rest = head(rest, LONGEST.min(self.left));
        let Some(length) = rest.find('>') else {
            self.left = self.left.saturating_sub(rest.len());
            return self.escape_here();
        };
        self.left = self.left.saturating_sub(length);
        let name = rest[..length].trim_end();
        let Some(index) = self.open.iter().rposition(|open| open.name == name) else {
            return self.escape_here();
        };
        if self.open[index + 1..].iter().any(|open| !open.inside) {
            return self.copy(1);
        }
        // What was opened in between and never closed was text. From the back, so that the places stay right.
        for open in self.open.drain(index + 1..).rev() {
            self.out.replace_range(open.at..open.at + 1, "&lt;");
        }
        self.open.pop();
        self.out.push_str("</");
        self.out.push_str(short_name(name));
        self.out.push('>');
        self.at += 2 + length + 1;
    }
}

fn is_reference(text: &str) -> bool {
    let bytes = text.as_bytes();
    // The longest reference that exists is a character in hexadecimal.
    let end = bytes.iter().take(12).position(|&byte| byte == b';');
    end.is_some_and(|end| text::resolve(&text[1..end]).is_some())
}

/// A name that Fietsboek could not give a prefix is written as `NAMESPACE:NAME`.
fn split_namespace(name: &str) -> Option<(&str, &str)> {
    let (uri, local) = name.rsplit_once(':')?;
    uri.contains(':').then_some((uri, local))
}

fn short_name(name: &str) -> &str {
    split_namespace(name).map_or(name, |(_, local)| local)
}

/// A start tag, mended.
struct Tag<'a> {
    name: &'a str,
    text: String,
    /// In the source.
    length: usize,
    empty: bool,
}

impl<'a> Tag<'a> {
    /// The tag that the text begins with; none when it cannot be one.
    fn parse(source: &'a str, left: &mut usize) -> Option<Tag<'a>> {
        let source = head(source, *left);
        let name_end = source.find([' ', '\t', '\r', '\n', '>']);
        *left = left.saturating_sub(name_end.unwrap_or(source.len()));
        let name_end = name_end?;
        let name = source[1..name_end].trim_end_matches('/');
        let mut text = format!("<{}", short_name(name));
        match split_namespace(name) {
            Some((uri, local)) if syntax::prefix_of(local) == Ok(None) => {
                text.push_str(&format!(" xmlns=\"{}\"", text::escape(uri)));
            }
            Some(_) => return None,
            None => {
                syntax::prefix_of(name).ok()?;
            }
        }
        let mut at = 1 + name.len();
        loop {
            let rest = &source[at..];
            let attributes = rest.trim_start();
            at += rest.len() - attributes.len();
            let end = tag_end(attributes);
            if end > 0 {
                text.push_str(&attributes[..end]);
                let (length, empty) = (at + end, end == 2);
                return Some(Tag {
                    name,
                    text,
                    length,
                    empty,
                });
            }
            if rest.len() == attributes.len() {
                return None;
            }
            let (attribute, length) = attribute(attributes, left)?;
            text.push_str(&attribute);
            at += length;
        }
    }
}

/// The length of `>` or `/>` at the start of the text; 0 when there is neither.
fn tag_end(text: &str) -> usize {
    match text.as_bytes() {
        [b'>', ..] => 1,
        [b'/', b'>', ..] => 2,
        _ => 0,
    }
}

/// The attribute that the text begins with, mended, and its length in the source.
fn attribute(source: &str, left: &mut usize) -> Option<(String, usize)> {
    let source = head(source, *left);
    let equals = source.find('=');
    *left = left.saturating_sub(equals.unwrap_or(source.len()));
    let (name, value) = source.split_at(equals?);
    let value = &value[1..];
    let name = name.trim_end();
    let own = local(name);
    let name_good = syntax::prefix_of(name).is_ok();
    if !name_good && (split_namespace(name).is_none() || syntax::prefix_of(own).is_err()) {
        return None;
    }
    let value = value.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &value[1..];
    let length = value.match_indices(quote).map(|(at, _)| at).find(|&at| {
        let (ends, seen) = ends_value(head(&value[at + 1..], *left));
        *left = left.saturating_sub(seen);
        ends
    });
    *left = left.saturating_sub(length.unwrap_or(value.len()));
    let length = length?;
    let consumed = source.len() - value.len() + length + 1;
    let name = if name_good { name } else { own };
    let value = text::escape(&text::unescape(&value[..length]));
    Some((format!(" {name}=\"{value}\""), consumed))
}

/// Whether what follows a quote shows that it ended the value (the end of the tag or another attribute), and how
/// much was looked at to tell.
fn ends_value(after: &str) -> (bool, usize) {
    let after = head(after, LONGEST_NAME);
    let next = after.trim_start();
    let spaces = after.len() - next.len();
    if tag_end(next) > 0 {
        return (true, spaces + 2);
    }
    let Some((name, value)) = next.split_once('=') else {
        return (false, after.len());
    };
    let good = syntax::prefix_of(local(name.trim_end())).is_ok();
    let quoted = value.trim_start().starts_with(['"', '\'']);
    (spaces > 0 && good && quoted, spaces + name.len())
}

/// At most so many bytes of the text.
fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, Reason, read};

    fn in_extensions(content: &str) -> String {
        format!("<gpx version=\"1.1\"><extensions>{content}</extensions></gpx>")
    }

    #[test]
    fn unescaped_text_in_extensions_is_escaped() {
        for (damaged, mended) in [
            ("<a>x & y</a>", "<a>x &amp; y</a>"),
            ("<a>x &amp; &foo; &#65;</a>", "<a>x &amp; &amp;foo; &#65;</a>"),
            ("<a>1 < 2</a>", "<a>1 &lt; 2</a>"),
            ("<a>i<n && n<m</a>", "<a>i&lt;n &amp;&amp; n&lt;m</a>"),
            ("<a>one <b> two</a>", "<a>one &lt;b> two</a>"),
            ("<a>one </b> two</a>", "<a>one &lt;/b> two</a>"),
            ("<a b=\"x & <y>\"/>", "<a b=\"x &amp; &lt;y&gt;\"/>"),
            (
                "<a b=\"say \"hi\" now\" c='d'/>",
                "<a b=\"say &quot;hi&quot; now\" c=\"d\"/>",
            ),
            (
                "<http://e.org/x:a>1</http://e.org/x:a>",
                "<a xmlns=\"http://e.org/x\">1</a>",
            ),
        ] {
            let damaged = in_extensions(damaged);
            assert_eq!(repair(&damaged), in_extensions(mended));
            assert!(read(damaged.as_bytes(), Origin::Stored).is_ok(), "{damaged}");
            let refused = read(damaged.as_bytes(), Origin::Upload).unwrap_err().reason;
            assert!(
                matches!(refused, Reason::Malformed | Reason::Entity | Reason::Truncated),
                "{damaged}"
            );
        }
    }

    #[test]
    fn links_are_mended_too() {
        let damaged =
            "<gpx><wpt lat=\"1\" lon=\"2\"><link href=\"http://e.org/?a=1&b=2\"><text>a < b</text></link></wpt></gpx>";
        let gpx = read(damaged.as_bytes(), Origin::Stored).unwrap();
        assert!(gpx.text.contains("?a=1&amp;b=2"));
        assert!(gpx.text.contains("a &lt; b"));
    }

    #[test]
    fn a_text_made_to_be_slow_is_left_in_time() {
        let clock = std::time::Instant::now();
        for piece in ["</", "<a b=\"", "<a \"", "<", "<a:", "<b>", "<a b=\"\" \"", "&#"] {
            let damaged = in_extensions(&piece.repeat(50_000));
            let mended = repair(&damaged);
            assert!(mended == damaged || mended.ends_with("</extensions></gpx>"), "{piece}");
        }
        assert!(clock.elapsed().as_secs() < 30, "{:?}", clock.elapsed());
    }

    #[test]
    fn damage_elsewhere_is_not_mended_away() {
        let missing = "<gpx><trk><trkseg><trkpt lat='1' lon='2'><ele>1</ele></trkseg></trk></gpx>";
        assert!(read(missing.as_bytes(), Origin::Stored).is_err());
        let truncated = in_extensions("<a>x & y</a>").replace("</gpx>", "");
        assert_eq!(
            read(truncated.as_bytes(), Origin::Stored).unwrap_err().reason,
            Reason::Truncated
        );
    }
}
