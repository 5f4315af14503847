//! What pages need of a recording: its line, its profile, its figures.
//!
//! What is shown of a recording goes through the [`Cut`] of who looks, here and nowhere else: its owner's privacy
//! zones count for everyone but the owner and administrators. [`find_whole`] is for those, and for figures.
//!
//! Reading a GPX costs milliseconds, so rows of lists use the stored line (`model::line`), which is made
//! here when a track is made or first looked at, a bounded number of them in one request.

pub mod maps;
mod profile;
pub mod seen;

pub use profile::profile;

use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::gpx::{self, Gpx, Origin, ReadError, Reason, Time};
use crate::maintenance::flag::Stamp;
use crate::memory;
use crate::model::access::Viewer;
use crate::model::card::Card;
use crate::model::figures::{self as stored, Figures};
use crate::model::track::LocalTime;
use crate::model::zone::{self, Cut};
use crate::model::{TrackId, line, trackdir};
use crate::web::look::line::Line;
use crate::web::shelf::Shelf;
use rusqlite::Connection;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use time::{PrimitiveDateTime, UtcOffset};

/// A GPX larger than this is not unpacked, bytes.
pub const LARGEST: usize = 256 << 20;

/// What reading takes of memory beside the text, as a multiple of its size: points that are larger than what they
/// were read from when that says no more than where they are, and what is made of them.
const APPETITE: usize = 3;

/// Points of a stored line: enough for the drawing on the stage.
const LINE_POINTS: usize = 300;

/// A track's current GPX, or that which was uploaded where the current one is damaged beyond reading, as a viewer
/// gets to see it; absent when there is none (the log says so).
///
/// # Errors
/// `Failed` when a file is there and the system refuses it.
pub fn find(dir: &DataDir, id: TrackId, cut: &Cut) -> Result<Option<Gpx>> {
    Ok(find_whole(dir, id)?.map(|gpx| cut.gpx(gpx)))
}

/// The same with every point: for who may change the track, and for figures, which count the whole.
///
/// # Errors
/// As [`find`].
pub fn find_whole(dir: &DataDir, id: TrackId) -> Result<Option<Gpx>> {
    Ok(find_from(dir, id, read)?.map(|(gpx, _)| gpx))
}

/// The same with the stamp of the file that it was read of: absent where that is not the current one, or may have
/// changed meanwhile. What is made of it may be kept by the stamp.
///
/// # Errors
/// As [`find`].
pub fn find_stamped(dir: &DataDir, id: TrackId) -> Result<Option<(Gpx, Option<Stamp>)>> {
    let before = trackdir::find_gpx_stamp(dir, id);
    Ok(find_from(dir, id, read)?.map(|(gpx, is_current)| (gpx, still(dir, id, before, is_current))))
}

/// The stamp of before reading, if the current file was read and is the same still.
fn still(dir: &DataDir, id: TrackId, before: Option<Stamp>, is_current: bool) -> Option<Stamp> {
    before.filter(|_| is_current && before == trackdir::find_gpx_stamp(dir, id))
}

/// Reads a file of a track.
///
/// # Errors
/// `TooLarge`; `Failed` when it is damaged beyond reading.
pub fn read(packed: &[u8]) -> Result<Gpx> {
    read_unpacked(trackdir::decompress(packed, LARGEST)?)
}

/// Reads a file that somebody brings, by the rules of [`gpx::import`]. A route without a track becomes one: it can be
/// looked at like any other.
///
/// # Errors
/// `Busy` when the memory for it is not there. Inside: [`ReadError`] with the reason why it is not taken.
pub fn import(bytes: Vec<u8>) -> Result<std::result::Result<Gpx, ReadError>> {
    let bytes = match gpx::unpacked(bytes, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if error.reason == Reason::Memory => return Err(error.into()),
        Err(error) => return Ok(Err(error)),
    };
    let _share = share(bytes.len())?;
    Ok(gpx::import(bytes, LARGEST).and_then(|gpx| match gpx.check_points() {
        Err(error) if error.reason == Reason::OnlyRoute => gpx::route_to_track(&gpx),
        checked => checked.map(|()| gpx),
    }))
}

/// Reads a stored file that is unpacked already.
///
/// # Errors
/// `Failed` when it is damaged beyond reading.
pub fn read_unpacked(bytes: Vec<u8>) -> Result<Gpx> {
    let _share = share(bytes.len())?;
    gpx::read_vec(bytes, Origin::Stored).map_err(damaged)
}

/// The memory to read a recording of an unpacked size, bytes.
///
/// # Errors
/// `Busy` when it is not there.
pub fn share(unpacked: usize) -> Result<memory::Share> {
    memory::share(unpacked.saturating_mul(APPETITE), "read a recording")
}

/// What was read of a file that may be damaged: then there is none, and a line in the log. Want of memory says
/// nothing of the file.
///
/// # Errors
/// `Busy`.
pub fn if_readable<T>(read: Result<T>, what: &str) -> Result<Option<T>> {
    match read {
        Err(e @ Error::Busy(_)) => Err(e),
        Err(e) => {
            log::warn!("cannot read the {what}: {e}");
            Ok(None)
        }
        Ok(read) => Ok(Some(read)),
    }
}

/// A track's stored GPX to be handed out.
pub struct Sound {
    /// The file, as other programs can read it.
    pub gpx: Vec<u8>,
    /// The same as it is stored (Brotli); absent when that had to be mended, or is not for the viewer.
    pub packed: Option<Vec<u8>>,
}

/// A track's GPX to be handed out: the current one as it is, mended where Fietsboek damaged it, or that which
/// was uploaded; absent when there is none (the log says so). Where something is cut out it is made anew.
///
/// # Errors
/// As [`find`].
pub fn find_sound(dir: &DataDir, id: TrackId, cut: &Cut) -> Result<Option<Sound>> {
    if !cut.is_none() {
        let seen = find(dir, id, cut)?;
        return Ok(seen.map(|gpx| Sound {
            gpx: gpx::write(&gpx),
            packed: None,
        }));
    }
    Ok(sound(dir, id)?.map(|(sound, _)| sound))
}

/// The whole of a track's GPX, and whether it is the current one.
fn sound(dir: &DataDir, id: TrackId) -> Result<Option<(Sound, bool)>> {
    find_from(dir, id, |packed| {
        let unpacked = trackdir::decompress(packed, LARGEST)?;
        let _share = share(unpacked.len())?;
        let (gpx, is_mended) = gpx::make_sound(unpacked).map_err(damaged)?;
        let packed = (!is_mended).then(|| packed.to_vec());
        Ok(Sound { gpx, packed })
    })
}

/// Which stored files are known to be such that other programs can read them as they are.
pub type KnownSound = Shelf<(TrackId, Stamp), ()>;

/// So many files are known at most.
pub const MOST_SOUND: usize = 256;

/// A track's whole GPX as [`find_sound`] hands it out, packed (Brotli): as it is stored where it is sound, without a
/// look at what is in it where that is known.
///
/// # Errors
/// As [`find`].
pub fn find_packed(dir: &DataDir, id: TrackId, known: &KnownSound) -> Result<Option<Vec<u8>>> {
    let stamp = trackdir::find_gpx_stamp(dir, id);
    if let Some(stamp) = stamp.filter(|stamp| known.find(&(id, *stamp)).is_some())
        && let Some(packed) = trackdir::find_gpx_of(dir, id, stamp)?
    {
        return Ok(Some(packed));
    }
    let Some((Sound { gpx, packed }, is_current)) = sound(dir, id)? else {
        return Ok(None);
    };
    let Some(packed) = packed else {
        return trackdir::compress(&gpx).map(Some);
    };
    if let Some(stamp) = still(dir, id, stamp, is_current) {
        known.keep((id, stamp), (), 1);
    }
    Ok(Some(packed))
}

fn damaged(error: ReadError) -> Error {
    Error::Failed(error.reason.text().to_owned())
}

/// What `read` makes of a track's current file, or else of the one beside it; and whether it is the current one.
fn find_from<T>(dir: &DataDir, id: TrackId, read: impl Fn(&[u8]) -> Result<T>) -> Result<Option<(T, bool)>> {
    let Some(packed) = trackdir::find_gpx(dir, id)? else {
        log::warn!("track {id} has no recording in {}", dir.track(id.0).display());
        return Ok(None);
    };
    if let Some(current) = if_readable(read(&packed), &format!("recording of track {id}"))? {
        return Ok(Some((current, true)));
    }
    let Some(packed) = trackdir::find_backup(dir, id)? else {
        return Ok(None);
    };
    let uploaded = if_readable(read(&packed), &format!("uploaded file of track {id}"))?;
    Ok(uploaded.map(|uploaded| (uploaded, false)))
}

/// How long one request may read recordings for what is not stored yet.
pub const PATIENCE: Duration = Duration::from_millis(if cfg!(test) { 30_000 } else { 150 });

/// The lines of the rows, each as the viewer gets to see it, made and stored when they are not there; a bounded time
/// in one request.
///
/// # Errors
/// As [`find`]; what the database says.
pub fn lines<'a>(
    db: &Connection,
    dir: &DataDir,
    viewer: &Viewer,
    rows: impl Iterator<Item = &'a Card> + Clone,
) -> Result<HashMap<TrackId, Line>> {
    let owner = |card: &Card| card.owner.as_ref().map(|owner| owner.id);
    let cuts = zone::find_all(db, viewer, rows.clone().map(owner))?;
    let begun = Instant::now();
    let mut lines = HashMap::new();
    for card in rows {
        let cut = cuts.get(owner(card))?;
        let line = if begun.elapsed() < PATIENCE {
            find_line(dir, card.id, cut)?
        } else {
            find_stored_line(dir, card.id, cut)
        };
        lines.extend(line.map(|line| (card.id, line)));
    }
    Ok(lines)
}

/// Computes the figures of a track that has none, and stores them; absent when its recording cannot be read.
///
/// # Errors
/// As [`find`]; what the database says.
pub fn measure(db: &Connection, dir: &DataDir, id: TrackId) -> Result<Option<Figures>> {
    let Some(gpx) = find_whole(dir, id)? else {
        return Ok(None);
    };
    let computed = figures(&gpx);
    stored::add(db, id, &computed)?;
    Ok(Some(computed))
}

/// Measures as many of the tracks as one request has patience for; the next goes on, or fietscron does. A page
/// is worth more than what is missing in it, so what fails is only logged.
pub fn measure_some(db: &Connection, dir: &DataDir, ids: &[TrackId]) {
    let begun = Instant::now();
    for id in ids.iter().take_while(|_| begun.elapsed() < PATIENCE) {
        if let Err(e) = measure(db, dir, *id) {
            log::warn!("cannot measure track {id}: {e}");
        }
    }
}

/// Fills in the figures that cards lack, for as long as one request has patience, and makes them those that the viewer
/// gets to see ([`seen::cut`]). They are stored where there are none at all; a row that lacks some stays as it is, as
/// in the original.
///
/// # Errors
/// What the database says.
pub fn complete<'a>(
    db: &Connection,
    dir: &DataDir,
    viewer: &Viewer,
    cards: impl IntoIterator<Item = &'a mut Card>,
) -> Result<()> {
    let begun = Instant::now();
    let mut cards: Vec<&mut Card> = cards.into_iter().collect();
    let lacking = cards.iter_mut().filter(|card| !card.figures.are_complete());
    for card in lacking.take_while(|_| begun.elapsed() < PATIENCE) {
        let computed = match card.figures == Figures::default() {
            true => measure(db, dir, card.id),
            false => find_whole(dir, card.id).map(|gpx| gpx.as_ref().map(figures)),
        };
        match computed {
            Ok(computed) => card.figures = card.figures.or(computed.unwrap_or_default()),
            Err(e) => log::warn!("cannot measure track {}: {e}", card.id),
        }
    }
    seen::cut(db, dir, viewer, cards)
}

/// Whether of any of the cards' tracks a part is hidden from the viewer.
///
/// # Errors
/// What the database says.
pub fn is_any_cut(db: &Connection, viewer: &Viewer, cards: &[Card]) -> Result<bool> {
    let owner = |card: &Card| card.owner.as_ref().map(|owner| owner.id);
    let cuts = zone::find_all(db, viewer, cards.iter().map(owner))?;
    for card in cards {
        if !cuts.get(owner(card))?.is_none() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The line of a recording, simplified.
pub fn line(gpx: &Gpx) -> Line {
    let points = gpx.points();
    let place = |at: &usize| points.get(*at).map(|point| (point.lat, point.lon));
    let pieces = gpx::simplify::simplify(gpx, LINE_POINTS);
    Line {
        pieces: pieces
            .iter()
            .map(|piece| piece.iter().filter_map(place).collect())
            .collect(),
        ends: gpx.has_ends(),
    }
}

/// A whole line as a viewer gets to see it.
fn cut_line(cut: &Cut, pieces: line::Pieces) -> Line {
    let mut places = pieces.iter().flatten();
    let first = places.next();
    let ends = [first, places.next_back().or(first)];
    Line {
        ends: ends.map(|end| end.is_none_or(|(lat, lon)| !cut.hides(*lat, *lon))),
        pieces: cut.line(pieces),
    }
}

/// The stored line of a track as a viewer gets to see it; nothing is read or made for it.
pub fn find_stored_line(dir: &DataDir, id: TrackId, cut: &Cut) -> Option<Line> {
    Some(cut_line(cut, line::find(dir, id)?))
}

/// The same, made and stored when it is not there yet. What is stored is the whole one.
///
/// # Errors
/// As [`find`]. That it cannot be stored is only logged.
pub fn find_line(dir: &DataDir, id: TrackId, cut: &Cut) -> Result<Option<Line>> {
    if let Some(line) = find_stored_line(dir, id, cut) {
        return Ok(Some(line));
    }
    let place = trackdir::find_identity(dir, id);
    let Some(gpx) = find_whole(dir, id)? else {
        return Ok(None);
    };
    let whole = line(&gpx);
    // Not beside another recording: an edit puts a new directory in the place of the old one.
    if place == trackdir::find_identity(dir, id) {
        store_line(dir, id, &whole);
    }
    Ok(Some(cut_line(cut, whole.pieces)))
}

/// Stores a track's line; that it cannot be is only logged, since it can be made again.
pub fn store_line(dir: &DataDir, id: TrackId, line: &Line) {
    if let Err(error) = line::store(dir, id, &line.pieces) {
        log::warn!("{error}");
    }
}

/// The figures of a recording as they are stored: times on the clock at the place.
pub fn figures(gpx: &Gpx) -> Figures {
    figures_at(gpx, gpx::timezone::guess(gpx))
}

/// The same on the clock of an offset (minutes).
fn figures_at(gpx: &Gpx, offset: i16) -> Figures {
    let figures = gpx.figures();
    let at = |time: Option<Time>, absent: Time| Some(local(time.unwrap_or(absent), offset));
    Figures {
        length: Some(figures.length),
        uphill: Some(figures.uphill),
        downhill: Some(figures.downhill),
        moving_time: Some(figures.moving_time),
        stopped_time: Some(figures.stopped_time),
        max_speed: Some(figures.max_speed),
        avg_speed: Some(figures.avg_speed),
        start: at(figures.start, gpx::metrics::NO_START),
        end: at(figures.end, gpx::metrics::NO_END),
    }
}

/// What the clock shows at a time in the zone of an offset (minutes).
pub fn local(time: Time, offset: i16) -> LocalTime {
    let utc = time.to_offset_date_time().to_offset(UtcOffset::UTC);
    let wall = PrimitiveDateTime::new(utc.date(), utc.time());
    let moved = wall.checked_add(time::Duration::minutes(offset.into()));
    LocalTime {
        wall: moved.unwrap_or(wall),
        offset: offset.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const TWO_SEGMENTS: &str = "<gpx version=\"1.1\"><trk><trkseg>\
        <trkpt lat=\"48\" lon=\"7\"><ele>100</ele></trkpt><trkpt lat=\"48.01\" lon=\"7\"><ele>200</ele></trkpt>\
        </trkseg><trkseg>\
        <trkpt lat=\"48.1\" lon=\"7\"><ele>50</ele></trkpt><trkpt lat=\"48.12\" lon=\"7\"><ele>80</ele></trkpt>\
        </trkseg></trk></gpx>";

    fn read(text: &str) -> Gpx {
        gpx::read(text.as_bytes(), Origin::Upload).unwrap()
    }

    #[test]
    fn gaps_between_segments_stay_gaps() {
        assert_eq!(line(&read(TWO_SEGMENTS)).pieces.len(), 2);
    }

    #[test]
    fn a_recording_without_times_is_stored_as_the_original_does() {
        use time::macros::datetime;
        let metadata = "<metadata><time>2024-02-29T12:34:00-03:30</time></metadata>";
        let zoned = TWO_SEGMENTS.replacen("<trk>", &format!("{metadata}<trk>"), 1);
        for (text, offset, start, end) in [
            (TWO_SEGMENTS, 0, datetime!(1977-05-25 8:00), datetime!(1985-07-03 8:00)),
            (
                zoned.as_str(),
                -210,
                datetime!(1977-05-25 4:30),
                datetime!(1985-07-03 4:30),
            ),
        ] {
            let figures = figures(&read(text));
            assert_eq!(figures.start, Some(LocalTime { wall: start, offset }));
            assert_eq!(figures.end, Some(LocalTime { wall: end, offset }));
            assert!(!figures.has_times());
        }
    }

    #[test]
    fn a_recording_that_is_damaged_beyond_reading_gives_way_to_what_was_uploaded() {
        let site = Site::new();
        let (dir, id) = (&site.app.instance.dir, TrackId(1));
        let points = find_whole(dir, id).unwrap().unwrap().points().len();
        std::fs::write(dir.track_gpx(1), "torn").unwrap();
        assert_eq!(find_whole(dir, id).unwrap().unwrap().points().len(), points);
        assert!(
            find_sound(dir, id, Cut::NONE)
                .unwrap()
                .unwrap()
                .gpx
                .starts_with(b"<?xml")
        );
        std::fs::write(dir.track_backup(1), "torn").unwrap();
        assert!(find_whole(dir, id).unwrap().is_none() && find_sound(dir, id, Cut::NONE).unwrap().is_none());
    }

    #[test]
    fn a_recording_that_the_original_damaged_is_handed_out_mended() {
        let site = Site::new();
        let (dir, id) = (&site.app.instance.dir, TrackId(1));
        let damaged = "<gpx version=\"1.1\"><trk><trkseg><trkpt lat=\"1\" lon=\"2\"><extensions><a>x & y</a></extensions>\
            </trkpt></trkseg></trk></gpx>";
        std::fs::write(dir.track_gpx(1), trackdir::compress(damaged.as_bytes()).unwrap()).unwrap();
        let sound = find_sound(dir, id, Cut::NONE).unwrap().unwrap();
        assert!(sound.packed.is_none() && gpx::read(&sound.gpx, Origin::Upload).is_ok());
    }
}
