//! Why a file cannot be read, as a value that a page can put into the visitor's language.
//!
//! No texts for visitors in here: they belong to the pages, which have two languages.

use std::fmt;

use crate::error::Error;

/// Why a file is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The declared encoding is unknown, or the bytes are not valid in it.
    Encoding,
    /// It is packed by gzip and cannot be unpacked.
    Gzip,
    /// It is a FIT file whose checksum or structure is wrong.
    Fit,
    /// It does not begin like an XML document at all.
    NotXml,
    /// It ends before its root element does.
    Truncated,
    /// It is not well-formed XML.
    Malformed,
    /// It refers to an entity other than the five that XML has by itself.
    Entity,
    /// It uses a namespace prefix that it does not declare.
    Prefix,
    /// Elements are nested deeper than any real file does.
    TooDeep,
    /// It is longer than allowed, or has more tracks, segments, routes or attributes than any real file.
    TooLarge,
    /// A point has no latitude or longitude, or one that is not a number.
    Coordinate,
    /// A latitude or longitude that does not exist on Earth.
    OutOfRange,
    /// An elevation that is not a number, or an absurd one.
    Elevation,
    /// A date outside the years 1 to 9999, or a zone of a day or more.
    Date,
    /// There are neither track points nor a route.
    NoPoints,
    /// There is a route but no track.
    OnlyRoute,
    /// There is not the memory to unpack it now.
    Memory,
}

impl Reason {
    /// The operator's words for it.
    pub fn text(self) -> &'static str {
        match self {
            Reason::Encoding => "the bytes do not fit the declared encoding",
            Reason::Gzip => "it cannot be unpacked",
            Reason::Fit => "it is a damaged fit file",
            Reason::NotXml => "it is not xml",
            Reason::Truncated => "it ends too early",
            Reason::Malformed => "it is not well-formed xml",
            Reason::Entity => "it uses an entity that xml does not define",
            Reason::Prefix => "it uses an undeclared namespace prefix",
            Reason::TooDeep => "its elements are nested too deep",
            Reason::TooLarge => "it is too large",
            Reason::Coordinate => "a point has no usable coordinates",
            Reason::OutOfRange => "a point lies outside of the earth's coordinates",
            Reason::Elevation => "an elevation is not a usable number",
            Reason::Date => "a date lies outside of the years 1 to 9999",
            Reason::NoPoints => "it has no points",
            Reason::OnlyRoute => "it has a route but no track",
            Reason::Memory => "it takes more memory than is there",
        }
    }
}

/// A file that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadError {
    /// Why.
    pub reason: Reason,
    /// The line of the decoded text where it shows, from 1, where one can be told.
    pub line: Option<usize>,
}

impl ReadError {
    /// An error that belongs to no line.
    pub(super) fn of(reason: Reason) -> ReadError {
        ReadError { reason, line: None }
    }

    /// An error at a byte of the text.
    pub(super) fn at(reason: Reason, text: &str, position: usize) -> ReadError {
        let before = &text.as_bytes()[..position.min(text.len())];
        let line = before.iter().filter(|&&byte| byte == b'\n').count() + 1;
        ReadError {
            reason,
            line: Some(line),
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "cannot read gpx: {}", self.reason.text())?;
        match self.line {
            Some(line) => write!(out, " (line {line})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ReadError {}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Error {
        match error.reason {
            Reason::TooLarge => Error::TooLarge(error.to_string()),
            Reason::Memory => Error::Busy(error.to_string()),
            _ => Error::Invalid(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_line_and_becomes_a_400() {
        let error = ReadError::at(Reason::Malformed, "a\nb\nc", 4);
        assert_eq!(error.line, Some(3));
        assert_eq!(error.to_string(), "cannot read gpx: it is not well-formed xml (line 3)");
        assert_eq!(Error::from(error).status(), 400);
        assert_eq!(Error::from(ReadError::of(Reason::TooLarge)).status(), 413);
        assert_eq!(Error::from(ReadError::of(Reason::Memory)).status(), 503);
    }
}
