//! Pictures as answers: only what is a raster picture by its content, whatever its name says.
//!
//! SVG is not among them on purpose: what was uploaded may hold scripts.

use crate::web::response::Response;

/// Who may keep a picture for an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Every cache: it is the same for everybody.
    Public,
    /// The visitor's browser alone.
    Private,
}

/// How long pictures are kept, in seconds, as in the original.
const SECONDS: u32 = 3600;

/// The media type of a raster picture by its first bytes.
pub fn find_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The answer with a picture; none when it is no raster picture.
pub fn answer(bytes: Vec<u8>, kept: Kept) -> Option<Response> {
    let media_type = find_type(&bytes)?;
    Some(Response::bytes(media_type, bytes).cache(SECONDS, kept == Kept::Private))
}

/// The answer with a drawing of our own.
pub fn drawing(svg: String) -> Response {
    Response::bytes("image/svg+xml", svg.into_bytes()).cache(SECONDS, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_told_by_their_content() {
        assert_eq!(find_type(b"\x89PNG\r\n\x1a\n...."), Some("image/png"));
        assert_eq!(find_type(b"RIFF\0\0\0\0WEBPVP8 "), Some("image/webp"));
        for other in [
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\">"[..],
            b"<html>",
            b"",
            b"GIF8",
        ] {
            assert_eq!(find_type(other), None);
        }
    }

    #[test]
    fn a_private_picture_is_kept_by_nobody_else() {
        let response = answer(b"GIF89a".to_vec(), Kept::Private).unwrap();
        assert_eq!(response.get_header("cache-control"), Some("private, max-age=3600"));
        assert!(answer(b"<svg/>".to_vec(), Kept::Public).is_none());
    }
}
