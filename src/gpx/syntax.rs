//! What XML demands of a tag beyond finding its end: names, attributes, references.
//!
//! quick-xml leaves these checks to its user. They are made because the text of a file is written out again
//! as it is, and every other program must be able to read it.

use super::reason::Reason;
use super::text;

/// Attributes of one element; real files have a dozen.
const MOST: usize = 256;

const NO: u8 = 0;
const INSIDE: u8 = 1;
const START: u8 = 2;

/// For each byte whether it may stand in a name; a colon may, once, and is looked for apart.
const CLASSES: [u8; 256] = {
    let mut table = [NO; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | 0x80.. => START,
            b'0'..=b'9' | b'-' | b'.' | b':' => INSIDE,
            _ => NO,
        };
        byte += 1;
    }
    table
};

/// Beyond ASCII the letters that every edition of XML 1.0 allows and that anybody would name an element with.
fn is_letter(c: char) -> bool {
    match c {
        '\u{d7}' | '\u{f7}' => false,
        '\u{c0}'..='\u{131}' | '\u{141}'..='\u{148}' | '\u{14a}'..='\u{17e}' => true,
        '\u{391}'..='\u{3a1}' | '\u{3a3}'..='\u{3ce}' | '\u{410}'..='\u{44f}' => true,
        '\u{3041}'..='\u{3094}' | '\u{30a1}'..='\u{30fa}' => true,
        '\u{4e00}'..='\u{9fa5}' | '\u{ac00}'..='\u{d7a3}' => true,
        c => c.is_ascii(),
    }
}

/// Checks a name: its prefix, when it has one.
pub(super) fn prefix_of(name: &str) -> Result<Option<&str>, Reason> {
    let bytes = name.as_bytes();
    let first = bytes.first().map_or(NO, |&byte| CLASSES[byte as usize]);
    let mut colon = None;
    let mut good = first == START;
    let mut plain = true;
    for (i, &byte) in bytes.iter().enumerate() {
        good &= CLASSES[byte as usize] != NO;
        plain &= byte.is_ascii();
        if byte == b':' {
            good &= colon.is_none();
            colon = Some(i);
        }
    }
    if !good || !(plain || name.chars().all(is_letter)) {
        return Err(Reason::Malformed);
    }
    let Some(colon) = colon else { return Ok(None) };
    match bytes.get(colon + 1).is_some_and(|&b| CLASSES[b as usize] == START) {
        true => Ok(Some(&name[..colon])),
        false => Err(Reason::Malformed),
    }
}

/// Splits the text behind an element's name into names and values (values still escaped) and checks them.
pub(super) fn attributes<'a>(raw: &'a str, into: &mut Vec<(&'a str, &'a str)>) -> Result<(), Reason> {
    into.clear();
    let bytes = raw.as_bytes();
    let mut at = 0;
    loop {
        let space = spaces(&bytes[at..]);
        at += space;
        if at == bytes.len() {
            return Ok(());
        }
        let name_len = bytes[at..].iter().take_while(|&&b| CLASSES[b as usize] != NO).count();
        let name = &raw[at..at + name_len];
        at += name_len;
        at += spaces(&bytes[at..]);
        let equals = bytes.get(at) == Some(&b'=');
        at += 1;
        at += bytes.get(at..).map_or(0, spaces);
        let quote = match bytes.get(at) {
            Some(&quote @ (b'"' | b'\'')) if space > 0 && name_len > 0 && equals => quote,
            _ => return Err(Reason::Malformed),
        };
        at += 1;
        let (length, referring) = value_length(&bytes[at..], quote)?;
        let value = &raw[at..at + length];
        if referring {
            references(value)?;
        }
        at += length + 1;
        if into.len() == MOST {
            return Err(Reason::TooLarge);
        }
        if into.iter().any(|&(other, _)| other == name) {
            return Err(Reason::Malformed);
        }
        into.push((name, value));
    }
}

fn spaces(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n'))
        .count()
}

/// The length of the value that ends with that quote, and whether it has a `&`.
fn value_length(bytes: &[u8], quote: u8) -> Result<(usize, bool), Reason> {
    let mut referring = false;
    for (i, &byte) in bytes.iter().enumerate() {
        if byte == quote {
            return Ok((i, referring));
        }
        if byte == b'<' {
            return Err(Reason::Malformed);
        }
        referring |= byte == b'&';
    }
    Err(Reason::Malformed)
}

/// Checks that every `&` begins a reference that exists.
fn references(value: &str) -> Result<(), Reason> {
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        rest = &rest[at + 1..];
        let end = rest.find(';').ok_or(Reason::Malformed)?;
        reference(&rest[..end])?;
        rest = &rest[end + 1..];
    }
    Ok(())
}

/// Checks the text between `&` and `;`.
pub(super) fn reference(name: &str) -> Result<(), Reason> {
    if text::resolve(name).is_some() {
        return Ok(());
    }
    match prefix_of(name) {
        Ok(_) => Err(Reason::Entity),
        Err(_) => Err(Reason::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_split_and_bad_ones_refused() {
        let mut found = Vec::new();
        attributes(" lat=\"1\" lon = '2>' x:y=\"&lt;&#9;\" ", &mut found).unwrap();
        assert_eq!(found, [("lat", "1"), ("lon", "2>"), ("x:y", "&lt;&#9;")]);
        for bad in [
            " a",
            " a=",
            " a=b",
            " a=\"b",
            " a=\"1\" a=\"2\"",
            " a=\"1\"b=\"2\"",
            "a=\"1\"",
            " =\"1\"",
            " a=\"<\"",
            " a=\"&\"",
            " a=\"& b;\"",
            " a =\"b\" /",
        ] {
            assert_eq!(attributes(bad, &mut found), Err(Reason::Malformed), "{bad}");
        }
        assert_eq!(attributes(" a=\"&eacute;\"", &mut found), Err(Reason::Entity));
    }

    #[test]
    fn names_are_those_of_xml() {
        assert_eq!(prefix_of("trkpt"), Ok(None));
        assert_eq!(prefix_of("a:b-1"), Ok(Some("a")));
        assert_eq!(prefix_of("höhe"), Ok(None));
        for bad in [
            "",
            "1a",
            "-a",
            ":a",
            "a:",
            "a:b:c",
            "a b",
            "a\u{2028}",
            "\u{b7}a",
            "a\u{b2}",
        ] {
            assert_eq!(prefix_of(bad), Err(Reason::Malformed), "{bad}");
        }
    }
}
