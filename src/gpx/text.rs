//! Text between the tags: references resolved, characters escaped.
//!
//! Only the five entities that XML has by itself and character references exist here: nothing is ever
//! expanded from a document type.

use std::borrow::Cow;

/// Whether XML 1.0 allows the character.
pub(super) fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The character behind a reference, from the text between `&` and `;`.
pub(super) fn resolve(name: &str) -> Option<char> {
    match name {
        "amp" => return Some('&'),
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => {}
    }
    let number = name.strip_prefix('#')?;
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    // from_str_radix would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let code = u32::from_str_radix(digits, radix).ok()?;
    char::from_u32(code).filter(|&c| is_allowed(c))
}

/// Text or an attribute's value with its references resolved; what is not a reference stays.
pub(super) fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let reference = rest.find(';').map(|end| (end, resolve(&rest[1..end])));
        match reference {
            Some((end, Some(c))) => {
                out.push(c);
                rest = &rest[end + 1..];
            }
            _ => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Text made safe to stand between tags or in a double-quoted attribute. Characters that XML does not allow are left out.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars().filter(|&c| is_allowed(c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A bare one would be read back as a line feed.
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_resolved_and_others_stay() {
        assert_eq!(unescape("a &lt;b&gt; &#233;&#xE9;&amp;"), "a <b> éé&");
        assert_eq!(unescape("&nbsp; & &#0; &#xD800; &#+9; &"), {
            "&nbsp; & &#0; &#xD800; &#+9; &"
        });
    }

    #[test]
    fn what_is_escaped_reads_back_equal() {
        let text = "<a href=\"x\">&amp;</a> ]]> \r\n é";
        assert_eq!(unescape(&escape(text)), text);
        assert_eq!(escape("a\u{0}\u{b}\u{ffff}b"), "ab");
    }
}
