//! The photos of a track: the section of its page (beside), and the pictures themselves.
//!
//! A visitor gets a photo without what it tells (where, when, by whom it was taken), whole or in a size that
//! a page needs. The original stays as it was uploaded and is never sent.

mod section;

pub use section::{escaped, section};

use super::{Access, secret_of};
use crate::error::{Error, Result};
use crate::model::TrackId;
use crate::model::image::{self, Original};
use crate::model::rendition::{self, LARGE, Made, SMALL, Size, UPRIGHT};
use crate::picture::{self, Kind, Piece};
use crate::spool::Spool;
use crate::web::conditional::Validators;
use crate::web::response::Response;
use crate::web::visit::Visit;
use std::fs::File;
use std::io::{self, BufReader, Seek};
use std::os::unix::fs::FileExt;

/// How long a photo is kept by the visitor's browser, in seconds.
const KEPT: u32 = 3600;
/// How much of a photo is held in memory, in bytes.
const IN_MEMORY: usize = 1 << 20;

/// `/track/{id}/images/{name}`, with `?size=480` or `?size=1600` in that size.
///
/// # Errors
/// `NotFound` for what is no photo of this track, or none in that size; `Forbidden`; what the database and the
/// disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let name = visit.param("name")?;
    let missing = || Error::NotFound(format!("no such photo of track {}", access.track.id));
    let size = match visit.request.query("size") {
        Some(size) => Some(
            [SMALL, LARGE]
                .into_iter()
                .find(|known| known.name == size)
                .ok_or_else(missing)?,
        ),
        None => None,
    };
    let photo = image::open(&visit.instance().dir, access.track.id, name)?.ok_or_else(missing)?;
    match size {
        Some(size) => scaled(visit, access.track.id, photo, size),
        None => whole(visit, access.track.id, photo),
    }
}

fn whole(visit: &Visit, track: TrackId, photo: Original) -> Result<Response> {
    let validators = Validators::new(&photo.identity, photo.modified);
    if let Some(response) = validators.not_modified(&visit.request) {
        return Ok(kept(response));
    }
    let stripped = strip(&photo, track)?;
    if stripped.kind == Kind::WebP && !stripped.is_upright() {
        // No browser heeds the orientation in a WebP.
        return scaled(visit, track, photo, UPRIGHT);
    }
    let response = validators.answer(&visit.request, stripped.len(), |range| {
        send(&photo.file, stripped.kind, stripped.part(range))
    })?;
    Ok(kept(response))
}

fn scaled(visit: &Visit, track: TrackId, photo: Original, size: Size) -> Result<Response> {
    let tag = format!("{}-{}", photo.identity, size.name);
    let validators = Validators::new(&tag, photo.modified);
    if let Some(response) = validators.not_modified(&visit.request) {
        return Ok(kept(response));
    }
    let made = rendition::make(&visit.instance().dir, track, &photo, size).unwrap_or_else(|error| {
        log::warn!("a photo of track {track} is sent in its own size: {error}");
        Made::Busy
    });
    let is_final = match made {
        Made::Stored(file) => {
            let length = file
                .metadata()
                .map_err(|e| Error::Failed(format!("cannot look at a photo of track {track}: {e}")))?
                .len();
            let response = validators.answer(&visit.request, length, |range| {
                send(&file, Kind::Jpeg, vec![Piece::Kept(range)])
            })?;
            return Ok(kept(response));
        }
        Made::Refused(_) => true,
        Made::Busy => false,
    };
    let stripped = strip(&photo, track)?;
    let response = send(&photo.file, stripped.kind, stripped.part(0..stripped.len()))?;
    Ok(if is_final { kept(response) } else { response.no_store() })
}

/// A photo without what it tells; not found when it is no picture, whatever its name says.
fn strip(photo: &Original, track: TrackId) -> Result<picture::Stripped> {
    let mut file = &photo.file;
    let failed = |e| Error::Failed(format!("cannot read a photo of track {track}: {e}"));
    file.rewind().map_err(failed)?;
    let refused = |refused| Error::NotFound(format!("a photo of track {track} is not shown: {refused}"));
    picture::strip(BufReader::with_capacity(64 << 10, file)).map_err(refused)
}

fn send(file: &File, kind: Kind, pieces: Vec<Piece>) -> Result<Response> {
    let spool = collect(file, pieces).map_err(|e| Error::of_io("read a photo", &e))?;
    Ok(Response::file(kind.media_type(), spool))
}

fn collect(file: &File, pieces: Vec<Piece>) -> io::Result<Spool> {
    let mut spool = Spool::new(IN_MEMORY);
    let mut buffer = vec![0; 64 << 10];
    for piece in pieces {
        match piece {
            Piece::Written(bytes) => spool.append(&bytes)?,
            Piece::Kept(mut range) => {
                while !range.is_empty() {
                    let most = buffer
                        .len()
                        .min(usize::try_from(range.end - range.start).unwrap_or(usize::MAX));
                    file.read_exact_at(&mut buffer[..most], range.start)?;
                    spool.append(&buffer[..most])?;
                    range.start += most as u64;
                }
            }
        }
    }
    Ok(spool)
}

/// Kept by the visitor's browser, unless it is an error.
fn kept(response: Response) -> Response {
    match response.status {
        200 | 206 | 304 => response.cache(KEPT, true).header("Vary", "Cookie"),
        _ => response,
    }
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::{Got, Site, Visitor};
    use image::{DynamicImage, ImageFormat};
    use std::fs;
    use std::io::Cursor;
    use std::path::PathBuf;

    const PHOTO: &str = "/track/1/images/abcde_tour.jpg";

    /// A site whose track 1 has a wide photo that tells a place, with its path.
    fn site() -> (Site, PathBuf) {
        let site = Site::new();
        let path = site.app.instance.dir.track_images(1).join("abcde_tour.jpg");
        let mut bytes = encoded(ImageFormat::Jpeg);
        bytes.splice(2..2, *b"\xff\xfe\0\x0b48.12, 7.6");
        bytes.splice(
            2..2,
            *b"\xff\xe1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
        );
        fs::write(&path, bytes).unwrap();
        (site, path)
    }

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        DynamicImage::new_rgb8(2000, 40)
            .write_to(&mut Cursor::new(&mut bytes), format)
            .unwrap();
        bytes
    }

    fn size(got: &Got) -> (u32, u32) {
        let image = image::load_from_memory(&got.bytes).unwrap();
        (image.width(), image.height())
    }

    fn with(visitor: &mut Visitor, target: &str, header: (&str, &str)) -> Got {
        visitor.ask("GET", target, &[header], b"")
    }

    #[test]
    fn a_visitor_gets_the_photo_without_its_place_and_the_file_keeps_it() {
        let (site, path) = site();
        let before = fs::read(&path).unwrap();
        let got = site.stranger().get(PHOTO);
        assert_eq!((got.status, got.media_type.as_str()), (200, "image/jpeg"));
        assert!(!got.text().contains("48.12") && got.text().contains("Exif") && size(&got) == (2000, 40));
        assert_eq!(got.header("Cache-Control"), "private, max-age=3600");
        assert_eq!(got.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(got.header("Accept-Ranges"), "bytes");
        for target in ["?size=480", "?size=1600"] {
            assert!(
                !site
                    .stranger()
                    .get(&format!("{PHOTO}{target}"))
                    .text()
                    .contains("48.12")
            );
        }
        assert_eq!(fs::read(&path).unwrap(), before);
    }

    #[test]
    fn photos_come_in_two_more_sizes_and_upright() {
        let (site, _) = site();
        let mut stranger = site.stranger();
        for (query, expected) in [("480", (10, 480)), ("1600", (32, 1600))] {
            let got = stranger.get(&format!("{PHOTO}?size={query}"));
            assert_eq!((got.media_type.as_str(), size(&got)), ("image/jpeg", expected));
            assert_eq!(got.header("Cache-Control"), "private, max-age=3600");
        }
        for query in ["", "0", "481", "upright", "-1", "480x"] {
            assert_eq!(stranger.get(&format!("{PHOTO}?size={query}")).status, 404, "{query}");
        }
        assert_eq!(stranger.get("/track/1/images/none.jpg?size=480").status, 404);
    }

    #[test]
    fn a_webp_that_only_says_it_stands_upright_is_turned() {
        let (site, path) = site();
        let pixels = &encoded(ImageFormat::WebP)[12..];
        let head = b"VP8X\x0a\0\0\0\x08\0\0\0\xcf\x07\0\x27\0\0";
        let exif = b"EXIF\x1a\0\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x08\0\0\0\0\0\0\0";
        let body = [&b"WEBP"[..], head, pixels, exif].concat();
        let bytes = [b"RIFF", &(body.len() as u32).to_le_bytes()[..], &body].concat();
        fs::write(path, bytes).unwrap();
        let got = site.stranger().get(PHOTO);
        assert_eq!((got.media_type.as_str(), size(&got)), ("image/jpeg", (40, 2000)));
    }

    #[test]
    fn what_the_browser_has_is_not_sent_again() {
        let (site, path) = site();
        let mut stranger = site.stranger();
        for target in [PHOTO.to_owned(), format!("{PHOTO}?size=480")] {
            let first = stranger.get(&target);
            let (tag, date) = (first.header("ETag"), first.header("Last-Modified"));
            for header in [("If-None-Match", tag), ("If-Modified-Since", date)] {
                let got = with(&mut stranger, &target, header);
                assert_eq!((got.status, got.bytes.len()), (304, 0));
                assert_eq!(
                    (got.header("ETag"), got.header("Cache-Control")),
                    (tag, first.header("Cache-Control"))
                );
            }
            let part = with(&mut stranger, &target, ("Range", "bytes=1-40"));
            assert_eq!((part.status, &part.bytes[..]), (206, &first.bytes[1..41]));
            assert_eq!(with(&mut stranger, &target, ("Range", "bytes=99999999-")).status, 416);
        }
        let tag = stranger.get(PHOTO).header("ETag").to_owned();
        fs::write(&path, encoded(ImageFormat::Png)).unwrap();
        let got = with(&mut stranger, PHOTO, ("If-None-Match", &tag));
        assert_eq!((got.status, got.media_type.as_str()), (200, "image/png"));
    }

    #[test]
    fn what_cannot_be_scaled_is_shown_in_its_own_size() {
        let (site, path) = site();
        // The directory cannot be made where a file stands.
        fs::write(site.app.instance.dir.track_renditions(1, "480"), "").unwrap();
        let got = site.stranger().get(&format!("{PHOTO}?size=480"));
        assert_eq!(
            (got.status, size(&got), got.header("Cache-Control")),
            (200, (2000, 40), "no-store")
        );
        // Whole by its parts, but its pixels are none.
        let mut png = encoded(ImageFormat::Png);
        let idat = png.windows(4).position(|name| name == b"IDAT").unwrap();
        let length = u32::from_be_bytes(png[idat - 4..idat].try_into().unwrap()) as usize;
        png[idat + 4..idat + 4 + length].fill(0);
        let mut crc = flate2::Crc::new();
        crc.update(&png[idat..idat + 4 + length]);
        png[idat + 4 + length..idat + 8 + length].copy_from_slice(&crc.sum().to_be_bytes());
        fs::write(path, png).unwrap();
        let got = site.stranger().get(&format!("{PHOTO}?size=1600"));
        assert_eq!((got.status, got.media_type.as_str()), (200, "image/png"));
    }

    #[test]
    fn nothing_but_a_whole_picture_is_sent() {
        let (site, path) = site();
        let photo = fs::read(&path).unwrap();
        let mut stranger = site.stranger();
        for other in [
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script/></svg>"[..],
            b"<!doctype html>",
            b"GIF89a<script>alert(1)</script>",
            b"",
            &photo[..photo.len() - 1],
        ] {
            fs::write(&path, other).unwrap();
            for target in [PHOTO.to_owned(), format!("{PHOTO}?size=480")] {
                let got = stranger.get(&target);
                assert_eq!(got.status, 404, "{target}");
                assert_eq!(got.header("X-Content-Type-Options"), "nosniff");
            }
        }
        fs::write(&path, [&photo, &b"<html><script>alert(1)</script>"[..]].concat()).unwrap();
        let got = stranger.get(PHOTO);
        assert!(got.status == 200 && !got.text().contains("script"));
        assert_eq!(stranger.get("/track/1/images/..%2Ftrack.gpx.br").status, 404);
    }

    #[test]
    fn who_may_not_see_the_track_sees_no_photo_of_it() {
        let (site, path) = site();
        let private = site.app.instance.dir.track_images(3);
        fs::create_dir_all(&private).unwrap();
        fs::copy(path, private.join("abcde_tour.jpg")).unwrap();
        let page = site.logged_in("alice@example.org").get("/track/3").text();
        let start = page.find("/track/3?secret=").unwrap() + "/track/3?secret=".len();
        let secret: String = page[start..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        let photo = "/track/3/images/abcde_tour.jpg";
        for size in ["", "&size=480"] {
            assert_eq!(site.stranger().get(&format!("{photo}?x={size}")).status, 403);
            assert_eq!(
                site.stranger().get(&format!("{photo}?secret={secret}{size}")).status,
                200
            );
        }
        let page = site.stranger().get(&format!("/track/3?secret={secret}")).text();
        let linked = format!("href=\"{photo}?secret={secret}\" data-large=\"{photo}?secret={secret}&amp;size=1600\"");
        assert!(page.contains(&linked), "{page}");
        assert!(page.contains(&format!("{photo}?secret={secret}&amp;size=480 480w, ")));
    }
}
