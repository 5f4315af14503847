//! Bytes to text: byte order marks, declared encodings.
//!
//! Nothing is guessed from the language of the text, and nothing is replaced: bytes that do not fit the
//! encoding are an error.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE};

use super::reason::{ReadError, Reason};

/// How far into a file the XML declaration is looked for, in bytes.
const DECLARATION: usize = 256;

/// The text of a file, without byte order mark and leading white space. UTF-8 is not copied.
pub(super) fn decode(mut bytes: Vec<u8>) -> Result<String, ReadError> {
    let (encoding, mark) = encoding_of(&bytes)?;
    if mark == 0 && !bytes.trim_ascii_start().starts_with(b"<") && encoding == UTF_8 {
        return Err(ReadError::of(Reason::NotXml));
    }
    if mark > 0 {
        bytes.drain(..mark);
    }
    let text = match encoding == UTF_8 {
        true => String::from_utf8(bytes).map_err(|_| ReadError::of(Reason::Encoding))?,
        false => encoding
            .decode_without_bom_handling_and_without_replacement(&bytes)
            .ok_or(ReadError::of(Reason::Encoding))?
            .into_owned(),
    };
    Ok(without_leading_space(text))
}

fn without_leading_space(mut text: String) -> String {
    let content = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let space = text.len() - content.len();
    if space > 0 {
        text.drain(..space);
    }
    text
}

/// The encoding, and the length of the mark to cut off.
fn encoding_of(bytes: &[u8]) -> Result<(&'static Encoding, usize), ReadError> {
    if let Some(marked) = Encoding::for_bom(bytes) {
        return Ok(marked);
    }
    match bytes {
        [b'<', 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let Some(label) = declared_label(bytes) else {
        return Ok((UTF_8, 0));
    };
    let is_utf8 = || std::str::from_utf8(bytes).is_ok();
    match Encoding::for_label(label) {
        // Read as ASCII so far: the declaration is left over from before the file was converted.
        Some(encoding) if encoding == UTF_16LE || encoding == UTF_16BE => Ok((UTF_8, 0)),
        // Text of one byte a letter is practically never valid UTF-8 by chance, and the original program
        // reads UTF-8 whatever is declared.
        Some(encoding) if encoding.is_single_byte() && is_utf8() => Ok((UTF_8, 0)),
        Some(encoding) => Ok((encoding, 0)),
        None if is_utf8() => Ok((UTF_8, 0)),
        None => Err(ReadError::of(Reason::Encoding)),
    }
}

/// `encoding="…"` of the XML declaration.
fn declared_label(bytes: &[u8]) -> Option<&[u8]> {
    let start = bytes.trim_ascii_start();
    let start = &start[..start.len().min(DECLARATION)];
    let declaration = start.strip_prefix(b"<?xml")?;
    let end = declaration.windows(2).position(|pair| pair == b"?>")?;
    let declaration = &declaration[..end];
    let key = b"encoding";
    let at = declaration.windows(key.len()).position(|word| word == key)?;
    let value = declaration[at + key.len()..].trim_ascii_start();
    let value = value.strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, value) = value.split_first()?;
    let end = value.iter().position(|&byte| byte == quote)?;
    matches!(quote, b'"' | b'\'').then_some(&value[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, Reason> {
        decode(bytes.to_vec()).map_err(|error| error.reason)
    }

    #[test]
    fn every_declared_encoding_is_read() {
        let cases: [(&[u8], &str); 6] = [
            (b"<?xml version='1.0' encoding='ISO-8859-1'?>\xe9", "é"),
            (b"<?xml version=\"1.0\" encoding = \"windows-1251\" ?>\xc6", "Ж"),
            (b"<?xml version='1.0' encoding='GBK'?>\xc4\xe3", "你"),
            (b"<?xml version='1.0'?>\xc3\xa9", "é"),
            (b"\xef\xbb\xbf<?xml version='1.0'?>\xc3\xa9", "é"),
            (b"<?xml version='1.0' encoding='UTF-16'?>\xc3\xa9", "é"),
        ];
        for (bytes, end) in cases {
            let text = decoded(bytes).unwrap();
            assert!(text.starts_with("<?xml") && text.ends_with(end), "{text} {end}");
        }
    }

    #[test]
    fn utf_16_is_known_by_its_mark_and_without_it() {
        let text = "<gpx>é</gpx>";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (mark, bytes) in [(&b"\xff\xfe"[..], little), (&b"\xfe\xff"[..], big)] {
            assert_eq!(decoded(&bytes).as_deref(), Ok(text));
            let marked = [mark, &bytes].concat();
            assert_eq!(decoded(&marked).as_deref(), Ok(text));
        }
    }

    #[test]
    fn bytes_that_do_not_fit_are_refused() {
        assert_eq!(decoded(b"<gpx>\xff</gpx>"), Err(Reason::Encoding));
        assert_eq!(decoded(b"\xff\xd8\xff\xe0"), Err(Reason::NotXml));
        let unknown = b"<?xml version='1.0' encoding='klingon'?><gpx>\xff</gpx>";
        assert_eq!(decoded(unknown), Err(Reason::Encoding));
    }
}
