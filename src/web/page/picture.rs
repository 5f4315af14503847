//! Pictures as answers: only what is a raster picture by its content, whatever its name says.
//!
//! SVG is not among them on purpose: what was uploaded may hold scripts.

use crate::picture::Kind;
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

/// The answer with a picture; none when it is no raster picture.
pub fn answer(bytes: Vec<u8>, kept: Kept) -> Option<Response> {
    let kind = Kind::sniff(&bytes)?;
    Some(Response::bytes(kind.media_type(), bytes).cache(SECONDS, kept == Kept::Private))
}

/// The answer with a drawing of our own.
pub fn drawing(svg: String) -> Response {
    Response::bytes("image/svg+xml", svg.into_bytes()).cache(SECONDS, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_picture_is_kept_by_nobody_else() {
        let response = answer(b"GIF89a".to_vec(), Kept::Private).unwrap();
        assert_eq!(response.get_header("cache-control"), Some("private, max-age=3600"));
        assert!(answer(b"<svg/>".to_vec(), Kept::Public).is_none());
    }
}
