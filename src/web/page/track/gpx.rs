//! The recording as a file to keep: as it is stored when the visitor's program unpacks Brotli, else gzip
//! or plain. What Fietsboek damaged is mended on the way, so that every other program can read it. Who gets a part
//! of it alone gets a file of its own, with a tag of its own.

use super::{Access, secret_of};
use crate::error::{Error, Result};
use crate::model::{image, trackdir};
use crate::spool::Spool;
use crate::web::accept::parse_quality;
use crate::web::conditional::Validators;
use crate::web::page::recording::{self, Sound};
use crate::web::page::spool;
use crate::web::response::Response;
use crate::web::visit::Visit;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{self, Read, Write};
use std::ops::Range;

/// How long a download is kept by the visitor's browser, in seconds.
const KEPT: u32 = 3600;

const MEDIA_TYPE: &str = "application/gpx+xml; charset=utf-8";

/// How the file is packed on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The name in `Content-Encoding`; none when nothing is packed.
    fn name(self) -> Option<&'static str> {
        match self {
            Coding::Brotli => Some("br"),
            Coding::Gzip => Some("gzip"),
            Coding::Identity => None,
        }
    }
}

/// `/track/{id}/gpx`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn download(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let id = access.track.id;
    let wanted = visit.request.header_list("accept-encoding").unwrap_or_default();
    let Some(coding) = choose(&wanted) else {
        let refused = Response::text("406 Not Acceptable\n").with_status(406);
        return Ok(refused.header("Vary", "Accept-Encoding, Cookie").no_store());
    };
    let dir = &visit.instance().dir;
    let missing = || Error::NotFound(format!("track {id} has no recording that can be read"));
    let (changed, size) = trackdir::find_gpx_state(dir, id).ok_or_else(missing)?;
    let tag = format!(
        "{:x}-{size:x}-{}",
        changed.unix_timestamp_nanos(),
        coding.name().unwrap_or("plain")
    );
    let cut = access.cut(visit)?;
    let validators = match cut.tag() {
        Some(cut) => Validators::undated(&format!("{tag}-{cut}")),
        None => Validators::new(&tag, changed),
    };
    let response = match validators.not_modified(&visit.request) {
        Some(known) => known,
        None => {
            let content = match coding {
                Coding::Brotli if cut.is_none() => {
                    spooled(&recording::find_packed(dir, id, visit.known_sound)?.ok_or_else(missing)?)
                }
                _ => pack(&recording::find_sound(dir, id, &cut)?.ok_or_else(missing)?, coding),
            }?;
            let length = content.len();
            let file = |range| Ok(Response::file(MEDIA_TYPE, part(content, range)?));
            validators.answer(&visit.request, length, file)?
        }
    };
    if response.status == 416 {
        return Ok(response);
    }
    let response = response
        .cache(if cut.is_none() { KEPT } else { 0 }, true)
        .header("Vary", "Accept-Encoding, Cookie")
        .attachment(&file_name(id.0, access.track.fields.title.as_deref()));
    Ok(match coding.name() {
        Some(name) => response.header("Content-Encoding", name),
        None => response,
    })
}

/// A part of what is packed.
fn part(mut whole: Spool, range: Range<u64>) -> Result<Spool> {
    if range == (0..whole.len()) {
        return Ok(whole);
    }
    let mut part = spool();
    whole.skip(range.start);
    let copied = io::copy(&mut whole.take(range.end - range.start), &mut part);
    copied.map_err(|e| Error::of_io("take a part of a download", &e))?;
    Ok(part)
}

/// The content as it is sent.
fn pack(sound: &Sound, coding: Coding) -> Result<Spool> {
    let mut out = spool();
    let packed = match (coding, &sound.packed) {
        (Coding::Brotli, Some(stored)) => out.append(stored),
        (Coding::Brotli, None) => out.append(&trackdir::compress(&sound.gpx)?),
        (Coding::Gzip, _) => gzip(&sound.gpx, &mut out),
        (Coding::Identity, _) => out.append(&sound.gpx),
    };
    packed.map_err(|e| Error::of_io("pack a download", &e))?;
    Ok(out)
}

fn spooled(bytes: &[u8]) -> Result<Spool> {
    let mut out = spool();
    out.append(bytes).map_err(|e| Error::of_io("keep a download", &e))?;
    Ok(out)
}

fn gzip(bytes: &[u8], out: &mut Spool) -> io::Result<()> {
    let mut packer = GzEncoder::new(out, Compression::default());
    packer.write_all(bytes)?;
    packer.finish().map(drop)
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
    use crate::model::zone::{self, Named};
    use crate::model::{TrackId, UserId};
    use crate::web::page::visitor::{Got, Site, Visitor, settle};

    fn get(visitor: &mut Visitor, coding: &str) -> Got {
        visitor.ask("GET", "/track/1/gpx", &[("Accept-Encoding", coding)], b"")
    }

    #[test]
    fn brotli_goes_out_as_it_is_stored_and_every_coding_holds_the_same() {
        let site = Site::new();
        let mut visitor = site.stranger();
        let stored = trackdir::find_gpx(&site.app.instance.dir, TrackId(1)).unwrap().unwrap();
        let brotli = get(&mut visitor, "gzip, br");
        assert!(brotli.head.contains("Content-Encoding: br\r\n"), "{}", brotli.head);
        assert_eq!(brotli.bytes, stored);
        let plain = get(&mut visitor, "");
        assert_eq!(plain.bytes, trackdir::decompress(&stored, 1 << 20).unwrap());
        assert!(!plain.head.contains("Content-Encoding"), "{}", plain.head);
        let gzip = get(&mut visitor, "gzip");
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&gzip.bytes[..])
            .read_to_end(&mut unpacked)
            .unwrap();
        assert_eq!(unpacked, plain.bytes);
        let tag = |got: &Got| {
            got.head
                .lines()
                .find(|line| line.starts_with("ETag"))
                .unwrap()
                .to_owned()
        };
        assert!(tag(&brotli) != tag(&gzip) && tag(&gzip) != tag(&plain));
        for got in [brotli, gzip, plain] {
            assert_eq!(got.media_type, "application/gpx+xml; charset=utf-8");
            assert!(got.head.contains("Vary: Accept-Encoding, Cookie\r\n"), "{}", got.head);
            assert!(
                got.head.contains("Cache-Control: private, max-age=3600\r\n"),
                "{}",
                got.head
            );
            assert!(got.head.contains("attachment; filename=\"1 - "), "{}", got.head);
        }
        assert_eq!(get(&mut visitor, "identity;q=0").status, 406);
    }

    #[test]
    fn what_is_known_is_not_sent_again_and_a_part_is_enough() {
        let site = Site::new();
        let mut visitor = site.stranger();
        let whole = get(&mut visitor, "br");
        let tag = whole.head.lines().find_map(|line| line.strip_prefix("ETag: ")).unwrap();
        let mut ask = |coding, name, value| {
            visitor.ask(
                "GET",
                "/track/1/gpx",
                &[("Accept-Encoding", coding), (name, value)],
                b"",
            )
        };
        let known = ask("br", "If-None-Match", tag);
        assert_eq!((known.status, known.bytes.len()), (304, 0));
        assert!(known.head.contains("Vary: Accept-Encoding"), "{}", known.head);
        assert_eq!(ask("gzip", "If-None-Match", tag).status, 200);
        let part = ask("br", "Range", "bytes=10-19");
        assert_eq!((part.status, &part.bytes[..]), (206, &whole.bytes[10..20]));
        assert_eq!(ask("br", "Range", "bytes=9999999-").status, 416);
    }

    #[test]
    fn a_file_that_is_missing_or_torn_is_no_fault_of_the_page() {
        let site = Site::new();
        let dir = &site.app.instance.dir;
        let backup = trackdir::find_backup(dir, TrackId(1)).unwrap().unwrap();
        std::fs::write(dir.track_gpx(1), "torn").unwrap();
        assert_eq!(get(&mut site.stranger(), "br").bytes, backup);
        std::fs::remove_file(dir.track_gpx(1)).unwrap();
        assert_eq!(get(&mut site.stranger(), "br").status, 404);
    }

    #[test]
    fn a_file_that_is_known_is_sent_as_it_is_stored_to_who_may_have_the_whole_and_until_it_changes() {
        let site = Site::new();
        let (dir, known) = (&site.app.instance.dir, &site.app.known_sound);
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let stored = trackdir::find_gpx(dir, TrackId(1)).unwrap().unwrap();
        let brotli = || get(&mut site.stranger(), "br");
        assert_eq!((brotli().bytes, known.taken().0), (stored.clone(), 0));
        settle();
        assert_eq!((brotli().bytes, known.taken().0), (stored.clone(), 1));
        let whole = brotli();
        assert_eq!(whole.bytes, stored);
        let tag = whole.header("ETag");
        let ask = |name, value| {
            let headers = [("Accept-Encoding", "br"), (name, value)];
            site.stranger().ask("GET", "/track/1/gpx", &headers, b"")
        };
        assert_eq!(ask("If-None-Match", tag).status, 304);
        let part = ask("Range", "bytes=10-19");
        assert_eq!((part.status, &part.bytes[..]), (206, &stored[10..20]));
        assert_eq!(
            get(&mut site.stranger(), "").bytes,
            trackdir::decompress(&stored, 1 << 20).unwrap()
        );

        // A zone of the owner's.
        let points = recording::find_whole(dir, TrackId(1)).unwrap().unwrap();
        let start = &points.points()[0];
        let named = Named {
            name: "Home".into(),
            circle: crate::gpx::Circle {
                lat: start.lat,
                lon: start.lon,
                radius: 300.0,
            },
        };
        zone::insert(&db, UserId(2), &named).unwrap();
        let seen = recording::read(&brotli().bytes).unwrap();
        assert!(seen.points().len() < points.points().len());
        assert_eq!(get(&mut site.logged_in("alice@example.org"), "br").bytes, stored);
        let zone = zone::list(&db, UserId(2)).unwrap().remove(0);
        zone::delete(&db, UserId(2), zone.id).unwrap();

        // Another file in its place, and a damaged one, as large.
        let mut torn = stored.clone();
        torn.fill(b'x');
        std::fs::write(dir.track_gpx(1), &torn).unwrap();
        assert_eq!(brotli().bytes, trackdir::find_backup(dir, TrackId(1)).unwrap().unwrap());
        settle();
        assert_eq!(brotli().bytes, trackdir::find_backup(dir, TrackId(1)).unwrap().unwrap());
        assert_eq!(known.taken().0, 1, "nothing is known of the damaged one");
    }

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
