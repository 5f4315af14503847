//! The chunked coding of a body, taken apart byte by byte.
//!
//! Strict on purpose: whatever two parsers could read in two ways (a lone line feed, blanks or signs
//! in a size) is an error. Extensions and trailers are checked, counted and thrown away.
//! Pure: bytes in, bytes out. Grammar: RFC 9112, section 7.1.

/// Chunk extensions and trailers of one body together may have so many bytes. Without a bound a
/// client could send a thousand bytes of them for each byte of content.
const MAX_OVERHEAD: usize = 16 * 1024;

/// Digits of a chunk's size: 15 hexadecimal ones cannot overflow 64 bits.
const MAX_DIGITS: u8 = 15;

/// The body is not in chunked coding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Size,
    Extension,
    SizeEnd,
    Data,
    DataCr,
    DataLf,
    LineStart,
    Trailer,
    TrailerEnd,
    LastLf,
    Done,
}

/// Takes a body apart, however its bytes arrive.
#[derive(Debug)]
pub struct Decoder {
    place: Place,
    digits: u8,
    left: u64,
    overhead: usize,
}

impl Default for Decoder {
    fn default() -> Decoder {
        Decoder {
            place: Place::Size,
            digits: 0,
            left: 0,
            overhead: 0,
        }
    }
}

impl Decoder {
    /// True when the last chunk and the trailers have been seen.
    pub fn is_done(&self) -> bool {
        self.place == Place::Done
    }

    /// Takes the next bytes. Returns how many of them were used and the content among the used ones;
    /// call again with the rest until the number is 0 or the body is done.
    pub fn decode<'a>(&mut self, input: &'a [u8]) -> Result<(usize, &'a [u8]), Malformed> {
        let mut used = 0;
        while used < input.len() && self.place != Place::Done {
            if self.place == Place::Data {
                let count = self.left.min((input.len() - used) as u64) as usize;
                self.left -= count as u64;
                if self.left == 0 {
                    self.place = Place::DataCr;
                }
                return Ok((used + count, &input[used..used + count]));
            }
            self.place = self.step(input[used])?;
            used += 1;
        }
        Ok((used, &[]))
    }

    fn step(&mut self, byte: u8) -> Result<Place, Malformed> {
        match (self.place, byte) {
            (Place::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => self.size_digit(byte),
            (Place::Size, b'\r') if self.digits > 0 => Ok(Place::SizeEnd),
            (Place::Size, b';') if self.digits > 0 => self.count(Place::Extension),
            (Place::Extension, b'\r') => Ok(Place::SizeEnd),
            (Place::Extension, b'\t' | b' '..=b'~') => self.count(Place::Extension),
            (Place::SizeEnd, b'\n') if self.left == 0 => Ok(Place::LineStart),
            (Place::SizeEnd, b'\n') => Ok(Place::Data),
            (Place::DataCr, b'\r') => Ok(Place::DataLf),
            (Place::DataLf, b'\n') => {
                self.digits = 0;
                Ok(Place::Size)
            }
            (Place::LineStart, b'\r') => Ok(Place::LastLf),
            (Place::LineStart, b'!'..=b'~') => self.count(Place::Trailer),
            (Place::Trailer, b'\r') => Ok(Place::TrailerEnd),
            (Place::Trailer, b'\t' | b' '..=b'~' | 0x80..) => self.count(Place::Trailer),
            (Place::TrailerEnd, b'\n') => Ok(Place::LineStart),
            (Place::LastLf, b'\n') => Ok(Place::Done),
            _ => Err(Malformed),
        }
    }

    fn size_digit(&mut self, byte: u8) -> Result<Place, Malformed> {
        let value = char::from(byte).to_digit(16).ok_or(Malformed)?;
        if self.digits == MAX_DIGITS {
            return Err(Malformed);
        }
        // The last chunk's end left a nought here.
        self.left = self.left * 16 + u64::from(value);
        self.digits += 1;
        Ok(Place::Size)
    }

    fn count(&mut self, place: Place) -> Result<Place, Malformed> {
        self.overhead += 1;
        if self.overhead > MAX_OVERHEAD {
            return Err(Malformed);
        }
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The content and how many bytes the body took, fed in pieces of `piece` bytes.
    fn decoded(input: &[u8], piece: usize) -> Result<(Vec<u8>, usize, bool), Malformed> {
        let (mut decoder, mut content, mut at) = (Decoder::default(), Vec::new(), 0);
        while at < input.len() && !decoder.is_done() {
            let end = (at + piece).min(input.len());
            let (used, bytes) = decoder.decode(&input[at..end])?;
            content.extend_from_slice(bytes);
            at += used;
        }
        Ok((content, at, decoder.is_done()))
    }

    #[test]
    fn a_body_is_the_same_in_whatever_pieces_it_comes() {
        let body = b"5\r\nhello\r\n00A;ext=\"1\"\r\n0123456789\r\n0\r\nX: y\r\nZ: \xe4\r\n\r\nGET /";
        for piece in 1..=body.len() {
            let (content, used, done) = decoded(body, piece).expect("well formed");
            assert_eq!(content, b"hello0123456789", "pieces of {piece}");
            assert_eq!((used, done), (body.len() - 5, true), "pieces of {piece}");
        }
    }

    #[test]
    fn an_empty_body_is_a_body() {
        assert_eq!(decoded(b"0\r\n\r\n", 1), Ok((Vec::new(), 5, true)));
    }

    #[test]
    fn an_unfinished_body_is_not_done() {
        for body in ["5\r\nhel", "5\r\nhello", "5\r\nhello\r\n0\r\n", "5"] {
            assert!(!decoded(body.as_bytes(), 3).expect("so far").2, "{body:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_is_refused() {
        for body in [
            "+5\r\nhello\r\n0\r\n\r\n",
            "-1\r\n",
            "0x5\r\nhello",
            " 5\r\nhello",
            "5 \r\nhello",
            "5\nhello",
            "\r\n5\r\nhello",
            ";a\r\n",
            "5\r\nhello!\r\n",
            "5\r\nhello\n0\r\n\r\n",
            "5\r\nhello\r0\r\n\r\n",
            "5;a\nb\r\nhello",
            "5;\u{1}\r\nhello",
            "0\r\n\n",
            "0\r\n folded\r\n\r\n",
            "0\r\nX: y\n\r\n",
            "0\r\nX\0: y\r\n\r\n",
            "1234567890abcdef\r\n",
        ] {
            assert_eq!(decoded(body.as_bytes(), 7), Err(Malformed), "{body:?}");
        }
    }

    #[test]
    fn extensions_and_trailers_have_a_bound() {
        let long = format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(MAX_OVERHEAD));
        assert_eq!(decoded(long.as_bytes(), 1000), Err(Malformed));
        let many = "1;xxxxxxx\r\na\r\n".repeat(MAX_OVERHEAD / 8 + 1);
        assert_eq!(decoded(many.as_bytes(), 1000), Err(Malformed));
        let trailers = format!("0\r\n{}\r\n", "X: y\r\n".repeat(MAX_OVERHEAD / 4 + 1));
        assert_eq!(decoded(trailers.as_bytes(), 1000), Err(Malformed));
    }
}
