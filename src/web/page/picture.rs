//! Pictures as answers: only what is a raster picture by its content, whatever its name says.
//!
//! SVG is not among them on purpose: what was uploaded may hold scripts.

use crate::error::Result;
use crate::picture::Kind;
use crate::web::conditional::{Validators, content};
use crate::web::request::Request;
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

/// The answer with a picture, unless the visitor has it; none when it is no raster picture.
///
/// # Errors
/// None of its own.
pub fn answer(request: &Request, bytes: &[u8], kept: Kept) -> Result<Option<Response>> {
    let kind = Kind::sniff(bytes);
    kind.map(|kind| content(request, kind.media_type(), bytes, SECONDS, kept == Kept::Private))
        .transpose()
}

/// The answer with a picture that its visitor cannot have yet; none when it is no raster picture.
pub fn first(bytes: Vec<u8>, kept: Kept) -> Option<Response> {
    let kind = Kind::sniff(&bytes)?;
    let validators = Validators::of_content(&bytes);
    let response = validators.on(Response::bytes(kind.media_type(), bytes));
    Some(response.cache(SECONDS, kept == Kept::Private))
}

/// The answer with a drawing of our own, for its visitor alone.
///
/// # Errors
/// None of its own.
pub fn drawing(request: &Request, svg: &str) -> Result<Response> {
    content(request, "image/svg+xml", svg.as_bytes(), SECONDS, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    #[test]
    fn a_private_picture_is_kept_by_nobody_else() {
        let request = request("GET", "/", &[], "");
        let response = answer(&request, b"GIF89a", Kept::Private).unwrap().unwrap();
        assert_eq!(response.get_header("cache-control"), Some("private, max-age=3600"));
        assert!(answer(&request, b"<svg/>", Kept::Public).unwrap().is_none());
    }

    #[test]
    fn who_has_a_picture_gets_no_second_one() {
        let ask = |bytes: &[u8], headers: &[(&str, &str)]| {
            let request = request("GET", "/", headers, "");
            answer(&request, bytes, Kept::Public).unwrap().unwrap()
        };
        let first = ask(b"GIF89a", &[]);
        let tag = first.get_header("etag").unwrap();
        let second = ask(b"GIF89a", &[("If-None-Match", tag)]);
        assert_eq!((second.status, second.get_header("etag")), (304, Some(tag)));
        assert_eq!(second.get_header("cache-control"), Some("public, max-age=3600"));
        assert_eq!(ask(b"GIF87a", &[("If-None-Match", tag)]).status, 200, "another picture");
        let since = [("If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT")];
        assert_eq!(ask(b"GIF89a", &since).status, 200, "nobody knows since when it is so");
        let part = ask(b"GIF89a", &[("Range", "bytes=3-")]);
        assert_eq!(
            (part.status, part.get_header("content-range")),
            (206, Some("bytes 3-5/6"))
        );
        let beyond = ask(b"GIF89a", &[("Range", "bytes=9-")]);
        assert_eq!(
            (beyond.status, beyond.get_header("cache-control")),
            (416, Some("no-store"))
        );
    }
}
