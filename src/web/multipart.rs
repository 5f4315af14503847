//! `multipart/form-data` (RFC 7578), read as a stream: a file of any size takes one buffer.
//!
//! Ours, because a reader that blocks and bounds everything is shorter than what a crate needs to be
//! told. Part heads are bounded, names may be quoted and UTF-8, an end before the last boundary is an
//! error (a truncated upload is not a whole one).

use std::io::Read;

use crate::error::{Error, Result};
use crate::spool::Spool;
use crate::web::form::{Form, FormFile, MAX_TEXT};

/// All header lines of one part, in bytes.
const MAX_PART_HEAD: usize = 8 << 10;
/// How much of a file stays in memory, in bytes.
const FILE_MEMORY: usize = 64 << 10;
/// How much is read at once, in bytes.
const READ: usize = 32 << 10;

/// Reads a whole body. `content_type` is the header's value; it holds the boundary.
pub fn read(content_type: &str, body: &mut dyn Read) -> Result<Form> {
    let boundary = find_parameter(content_type, "boundary").filter(|b| !b.is_empty() && b.len() <= 200);
    let boundary = boundary.ok_or_else(|| malformed("no boundary"))?;
    let mut source = Source {
        body,
        // The first boundary has no line break before it; one put in front makes it like the others.
        buffer: b"\r\n".to_vec(),
        piece: vec![0; READ],
        ended: false,
    };
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    source.copy_until(&delimiter, &mut |_| Ok(()))?;
    let mut form = Form::default();
    let mut text_left = MAX_TEXT;
    while !source.at_last_boundary()? {
        let head = source.read_head()?;
        read_part(&head, &mut source, &delimiter, &mut form, &mut text_left)?;
    }
    Ok(form)
}

fn read_part(head: &str, source: &mut Source, delimiter: &[u8], form: &mut Form, text_left: &mut usize) -> Result<()> {
    let disposition = find_header(head, "content-disposition").unwrap_or("");
    let name = find_parameter(disposition, "name").ok_or_else(|| malformed("a part without a name"))?;
    let Some(file_name) = find_parameter(disposition, "filename") else {
        let mut value = Vec::new();
        source.copy_until(delimiter, &mut |bytes| {
            *text_left = text_left.checked_sub(bytes.len()).ok_or_else(too_much_text)?;
            value.extend_from_slice(bytes);
            Ok(())
        })?;
        return form.push(name, String::from_utf8_lossy(&value).into_owned());
    };
    let mut data = Spool::new(FILE_MEMORY);
    source.copy_until(delimiter, &mut |bytes| {
        data.append(bytes)
            .map_err(|e| Error::of_io("keep an uploaded file", &e))
    })?;
    if file_name.is_empty() && data.is_empty() {
        return Ok(());
    }
    form.push_file(FormFile {
        field: name,
        name: file_name,
        content_type: find_header(head, "content-type").unwrap_or("").to_string(),
        data,
    })
}

/// The body, with what was read of it and not yet used.
struct Source<'a> {
    body: &'a mut dyn Read,
    buffer: Vec<u8>,
    /// Where a read goes first.
    piece: Vec<u8>,
    ended: bool,
}

impl Source<'_> {
    /// Reads on; an end is an error, because every wait here is for something that must come.
    fn fill(&mut self) -> Result<()> {
        if self.ended {
            return Err(malformed("it ends before its last boundary"));
        }
        let count = self.body.read(&mut self.piece);
        let count = count.map_err(|e| Error::Failed(format!("cannot read a body back: {e}")))?;
        self.buffer.extend_from_slice(&self.piece[..count]);
        self.ended = count == 0;
        if self.ended { self.fill() } else { Ok(()) }
    }

    /// Hands on everything up to the delimiter, and swallows that.
    fn copy_until(&mut self, delimiter: &[u8], take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        loop {
            if let Some(at) = find(&self.buffer, delimiter) {
                take(&self.buffer[..at])?;
                self.buffer.drain(..at + delimiter.len());
                return Ok(());
            }
            // The tail may be the beginning of the delimiter.
            let safe = self.buffer.len().saturating_sub(delimiter.len() - 1);
            take(&self.buffer[..safe])?;
            self.buffer.drain(..safe);
            self.fill()?;
        }
    }

    /// After a boundary: whether it was the last (`--`); else its line is swallowed.
    fn at_last_boundary(&mut self) -> Result<bool> {
        while self.buffer.len() < 2 {
            self.fill()?;
        }
        if self.buffer.starts_with(b"--") {
            return Ok(true);
        }
        let padding = self.read_line()?;
        match padding.trim().is_empty() {
            true => Ok(false),
            false => Err(malformed("text after a boundary")),
        }
    }

    fn read_line(&mut self) -> Result<String> {
        loop {
            if let Some(at) = find(&self.buffer, b"\r\n") {
                let line = String::from_utf8_lossy(&self.buffer[..at]).into_owned();
                self.buffer.drain(..at + 2);
                return Ok(line);
            }
            if self.buffer.len() > MAX_PART_HEAD {
                return Err(malformed("too long a part head"));
            }
            self.fill()?;
        }
    }

    /// The header lines of a part, up to the empty line, which is swallowed.
    fn read_head(&mut self) -> Result<String> {
        let mut head = String::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                return Ok(head);
            }
            head.push_str(&line);
            head.push('\n');
            if head.len() > MAX_PART_HEAD {
                return Err(malformed("too long a part head"));
            }
        }
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(offset) = haystack.get(from..)?.iter().position(|b| *b == first) {
        let at = from + offset;
        if haystack[at..].starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

fn find_header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A parameter of a header value: `form-data; name="a"; filename="b.gpx"`. Browsers escape a quote as
/// `%22` and leave a backslash alone, others escape with a backslash: `\"` and `\\` are understood.
fn find_parameter(value: &str, name: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (parameter, left) = read_value(after.trim_start());
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(parameter);
        }
        rest = left.split_once(';')?.1;
    }
}

/// A quoted or bare value, and what follows it.
fn read_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(';').unwrap_or(text.len());
        return (text[..end].trim().to_string(), &text[end..]);
    };
    let mut value = String::new();
    let mut chars = quoted.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', _) => return (value.replace("%22", "\""), &quoted[at + 1..]),
            ('\\', Some((_, escaped @ ('"' | '\\')))) => {
                value.push(*escaped);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    (value, "")
}

fn malformed(what: &str) -> Error {
    Error::Invalid(format!("a multipart form that cannot be read: {what}"))
}

fn too_much_text() -> Error {
    Error::TooLarge(format!("a form with more than {MAX_TEXT} bytes of text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a few bytes at a time, a different number each time.
    struct Dribble<'a> {
        bytes: &'a [u8],
        state: u64,
        most: u64,
    }

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            self.state = self
                .state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let count = (self.state >> 33) % self.most + 1;
            let count = (count as usize).min(self.bytes.len()).min(buffer.len());
            buffer[..count].copy_from_slice(&self.bytes[..count]);
            self.bytes = &self.bytes[count..];
            Ok(count)
        }
    }

    const TYPE: &str = "multipart/form-data; charset=utf-8; boundary=\"--x--\"";

    fn body(file: &[u8]) -> Vec<u8> {
        let mut body =
            b"preamble\r\n----x--\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nB\xc3\xa4r\r\n".to_vec();
        body.extend(
            b"----x--  \r\ncontent-disposition: form-data; name=gpx; filename=\"\xc3\xbc \\\"a\\\" %22.gpx\"\r\n",
        );
        body.extend(b"Content-Type: application/gpx+xml\r\n\r\n");
        body.extend(file);
        body.extend(b"\r\n----x--\r\nContent-Disposition: form-data; name=\"image[]\"; filename=\"\"\r\n\r\n\r\n----x----\r\nepilogue");
        body
    }

    fn data(form: &mut Form) -> Vec<u8> {
        let mut bytes = Vec::new();
        form.files[0].data.read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn fields_and_files_are_read_and_an_empty_file_control_is_not_there() {
        let mut form = read(TYPE, &mut body(b"<gpx>").as_slice()).unwrap();
        assert_eq!(form.fields, [("title".to_string(), "Bär".to_string())]);
        assert_eq!(form.files.len(), 1);
        assert_eq!(form.files[0].name, "ü \"a\" \".gpx");
        assert_eq!(form.files[0].field, "gpx");
        assert_eq!(form.files[0].content_type, "application/gpx+xml");
        assert_eq!(data(&mut form), b"<gpx>");
    }

    #[test]
    fn any_split_of_the_body_gives_the_same_form() {
        let near = b"\r\n----x-\r\n----x\r\r\n--\r\n-\r\n----x-".repeat(300);
        let whole = body(&near);
        for seed in 0..40 {
            let mut dribble = Dribble {
                bytes: &whole,
                state: seed,
                most: 1 + seed * seed,
            };
            let mut form = read(TYPE, &mut dribble).unwrap();
            assert_eq!(form.fields[0].1, "Bär");
            assert_eq!(data(&mut form), near, "seed {seed}");
        }
    }

    #[test]
    fn what_looks_like_a_boundary_stays_in_the_file() {
        let file = b"\r\n----x-\r\n-----x--\r\r\n--\n----x--".repeat(5_000);
        let mut form = read(TYPE, &mut body(&file).as_slice()).unwrap();
        assert_eq!(data(&mut form), file);
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = body(b"<gpx>");
        let end = whole.len() - b"\r\nepilogue".len();
        for cut in 0..end {
            let status = read(TYPE, &mut &whole[..cut]).err().map(|e| e.status());
            assert_eq!(status, Some(400), "cut at {cut}");
        }
        assert!(read(TYPE, &mut &whole[..end]).is_ok());
    }

    #[test]
    fn what_is_no_form_is_a_bad_request() {
        for (content_type, body) in [
            ("multipart/form-data", &b"--x--"[..]),
            ("multipart/form-data; boundary=", b"--x--"),
            ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
            ("multipart/form-data; boundary=x", b"--xy\r\nA: b\r\n\r\n\r\n--x--"),
        ] {
            assert_eq!(read(content_type, &mut &body[..]).err().unwrap().status(), 400);
        }
        let mut long = b"--x\r\n".to_vec();
        long.extend(b"A: ".iter().chain(&[b'b'; 9_000]));
        assert_eq!(read("a; boundary=x", &mut long.as_slice()).err().unwrap().status(), 400);
    }

    #[test]
    fn a_form_has_a_bounded_number_of_files() {
        let part = "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\nb\r\n";
        let body = |count| format!("{}--x--", part.repeat(count)).into_bytes();
        let status = |count| {
            read("a; boundary=x", &mut body(count).as_slice())
                .err()
                .map(|e| e.status())
        };
        assert_eq!(status(crate::web::form::MAX_FILES), None);
        assert_eq!(status(crate::web::form::MAX_FILES + 1), Some(413));
    }

    #[test]
    fn an_empty_form_has_only_its_end() {
        let form = read("multipart/form-data; boundary=x", &mut &b"--x--"[..]).unwrap();
        assert!(form.fields.is_empty() && form.files.is_empty());
    }

    #[test]
    fn random_bytes_never_panic() {
        let alphabet = b"\r\n-x:;=\"\\ a\xc3";
        let mut state: u64 = 7;
        for _ in 0..3_000 {
            let bytes: Vec<u8> = (0..60)
                .map(|_| {
                    state = state
                        .wrapping_mul(6364136223846793005)
                        .wrapping_add(1442695040888963407);
                    alphabet[(state >> 33) as usize % alphabet.len()]
                })
                .collect();
            let mut body = b"--x\r\nContent-Disposition: form-data; name=".to_vec();
            body.extend(&bytes);
            body.extend(b"\r\n\r\n--x--");
            let _ = read("a; boundary=x", &mut body.as_slice());
            let _ = find_parameter(&String::from_utf8_lossy(&bytes), "a");
        }
    }
}
