//! Text that is not quite XML, rewritten so that it is.
//!
//! Fietsboek 0.11 writes the text and the attributes of extensions and links without escaping them, so some
//! of its stored files are damaged. The rules here undo exactly that and nothing else: outside of extensions and
//! links no tag is ever taken for text. Whether the result is sound is for the reader to say.

mod tag;

use super::text;
use tag::{Tag, head, short_name};

/// How deep elements may be nested here; deeper files are not mended.
const DEEPEST: usize = 64;
/// How long a tag may be, in bytes.
const LONGEST: usize = 65_536;
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
