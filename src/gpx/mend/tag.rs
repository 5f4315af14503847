//! A start tag that may hold unescaped text or a namespace in place of a prefix, rewritten as it was meant.

use crate::gpx::scan::local;
use crate::gpx::syntax;
use crate::gpx::text;

/// How long the name of an attribute may be, in bytes.
const LONGEST_NAME: usize = 256;

/// A name that Fietsboek could not give a prefix is written as `NAMESPACE:NAME`.
fn split_namespace(name: &str) -> Option<(&str, &str)> {
    let (uri, local) = name.rsplit_once(':')?;
    uri.contains(':').then_some((uri, local))
}

/// The name without a namespace in place of a prefix.
pub(super) fn short_name(name: &str) -> &str {
    split_namespace(name).map_or(name, |(_, local)| local)
}

/// A start tag, mended.
pub(super) struct Tag<'a> {
    pub name: &'a str,
    pub text: String,
    /// In the source.
    pub length: usize,
    pub empty: bool,
}

impl<'a> Tag<'a> {
    /// The tag that the text begins with; none when it cannot be one. `left` is how many bytes may still be looked at
    /// in vain.
    pub fn parse(source: &'a str, left: &mut usize) -> Option<Tag<'a>> {
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
pub(super) fn head(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
