//! The recording as a file to keep: as it is stored when the visitor's program unpacks Brotli, else gzip
//! or plain.

use super::{Access, secret_of};
use crate::error::{Error, Result};
use crate::model::{image, trackdir};
use crate::web::accept::parse_quality;
use crate::web::page::recording;
use crate::web::response::Response;
use crate::web::visit::Visit;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write;

/// How long a download is kept by the visitor's browser, in seconds.
const KEPT: u32 = 3600;

/// How the file is packed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

/// `/track/{id}/gpx`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn download(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let id = access.track.id;
    let packed = trackdir::find_gpx(&visit.instance().dir, id)?;
    let packed = packed.ok_or_else(|| Error::Failed(format!("track {id} has no recording")))?;
    let wanted = visit.request.header_all("accept-encoding").join(",");
    let Some(coding) = choose(&wanted) else {
        return Ok(Response::text("406 Not Acceptable\n").with_status(406).no_store());
    };
    let (bytes, name) = match coding {
        Coding::Brotli => (packed, Some("br")),
        Coding::Gzip => (gzip(&trackdir::decompress(&packed, recording::LARGEST)?)?, Some("gzip")),
        Coding::Identity => (trackdir::decompress(&packed, recording::LARGEST)?, None),
    };
    let response = Response::bytes("application/gpx+xml; charset=utf-8", bytes)
        .cache(KEPT, true)
        .header("Vary", "Accept-Encoding, Cookie")
        .attachment(&file_name(id.0, access.track.fields.title.as_deref()));
    Ok(match name {
        Some(name) => response.header("Content-Encoding", name),
        None => response,
    })
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    let packed = packer.write_all(bytes).and_then(|()| packer.finish());
    packed.map_err(|e| Error::Failed(format!("cannot pack a download: {e}")))
}

/// `12 - Some_title.gpx`, or `12.gpx`.
fn file_name(id: i64, title: Option<&str>) -> String {
    match image::sanitise(title.unwrap_or_default()) {
        name if name.is_empty() => format!("{id}.gpx"),
        name => format!("{id} - {name}.gpx"),
    }
}

/// The coding of the highest quality, Brotli before gzip before plain; plain when it is not listed only if
/// nothing that is listed is known. None: nothing is acceptable.
fn choose(header: &str) -> Option<Coding> {
    let listed: Vec<(&str, u32)> = header.split(',').filter_map(element).collect();
    let quality = |name: &str| {
        listed
            .iter()
            .find(|(n, _)| n.eq_ignore_ascii_case(name))
            .map(|(_, q)| *q)
    };
    let other = quality("*");
    let offers = [
        (Coding::Brotli, quality("br").or(other).unwrap_or(0)),
        (
            Coding::Gzip,
            quality("gzip").or(quality("x-gzip")).or(other).unwrap_or(0),
        ),
        (Coding::Identity, quality("identity").or(other).unwrap_or(1)),
    ];
    // The first of equals is the one that is preferred.
    let best = offers.into_iter().rev().max_by_key(|(_, quality)| *quality)?;
    (best.1 > 0).then_some(best.0)
}

fn element(text: &str) -> Option<(&str, u32)> {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let quality = parts.find_map(|part| {
        let (key, value) = part.split_once('=')?;
        key.trim()
            .eq_ignore_ascii_case("q")
            .then(|| parse_quality(value.trim()).unwrap_or(0))
    });
    Some((name, quality.unwrap_or(1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coding_is_what_the_program_likes_best() {
        for (header, expected) in [
            ("", Some(Coding::Identity)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip, deflate", Some(Coding::Gzip)),
            ("gzip;q=0.9", Some(Coding::Gzip)),
            ("br;q=0.5, gzip;q=0.6", Some(Coding::Gzip)),
            ("*", Some(Coding::Brotli)),
            ("zstd", Some(Coding::Identity)),
            ("identity;q=0", None),
            ("*;q=0", None),
            ("br;q=0, *;q=0.3", Some(Coding::Gzip)),
        ] {
            assert_eq!(choose(header), expected, "{header}");
        }
    }

    #[test]
    fn the_file_is_named_after_the_track() {
        assert_eq!(
            file_name(7, Some("Über den Rhein/Mosel \"x\"\r\n")),
            "7 - Uber_den_Rhein_Mosel_x.gpx"
        );
        assert_eq!(file_name(7, Some("山")), "7.gpx");
        assert_eq!(file_name(7, None), "7.gpx");
    }
}
