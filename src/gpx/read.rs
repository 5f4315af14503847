//! Reads a file in one pass over its text: tables out, no tree in between.
//!
//! The rules are those of gpxpy as Fietsboek uses it (first child of a name counts, prefixes other than that of
//! GPX itself are foreign, a bad time is absent, a bad number makes the file invalid). All that XML demands
//! is checked on the way, because the text is written out again as it is.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, SyntaxError};
use quick_xml::events::Event;

use super::decode::decode;
use super::mend;
use super::model::{Gpx, Layout, Metadata, Route, Segment, Span, Track};
use super::number;
use super::point::Point;
use super::reason::{ReadError, Reason};
use super::scan;
use super::syntax::{self, Prefixes};
use super::text;
use super::time::{Parsed, Time};

/// Where a file comes from, which decides what is borne with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A visitor sent it: it must be sound.
    Upload,
    /// Fietsboek stored it: it was accepted once, and may be damaged in the ways that Fietsboek damages files.
    Stored,
}

/// How deep elements may be nested.
const DEEPEST: usize = 64;
/// How many tracks, segments and routes a file may have together.
const MOST_GROUPS: usize = 100_000;
/// A short element of a point.
const BYTES_PER_POINT: usize = 64;
/// Metres; what is beyond would make every figure meaningless.
const HIGHEST: f64 = 1e7;

/// Reads a file.
///
/// # Errors
/// [`ReadError`] with the reason and, where it can be told, the line.
pub fn read(bytes: &[u8], origin: Origin) -> Result<Gpx, ReadError> {
    read_vec(bytes.to_vec(), origin)
}

/// Reads a file and keeps its bytes: UTF-8 is not copied.
///
/// # Errors
/// As [`read`].
pub fn read_vec(bytes: Vec<u8>, origin: Origin) -> Result<Gpx, ReadError> {
    // Also bounds what decoding can make of it: at most three bytes for one.
    if bytes.len() > u32::MAX as usize / 3 {
        return Err(ReadError::of(Reason::TooLarge));
    }
    read_text(decode(bytes)?, origin)
}

pub(super) fn read_text(mut text: String, origin: Origin) -> Result<Gpx, ReadError> {
    check_characters(&text)?;
    let mut result = parse(&text, origin);
    if let (Err(Stop::Refused(error)), Origin::Stored) = (&result, origin)
        && matches!(error.reason, Reason::Malformed | Reason::Entity | Reason::Truncated)
    {
        let mended = mend::repair(&text);
        if mended != text {
            text = mended;
            result = parse(&text, origin);
        }
    }
    if let Err(Stop::Prefixed) = result {
        text = mend::without_gpx_prefix(&text);
        result = parse(&text, origin);
    }
    match result {
        Ok(mut gpx) => {
            gpx.text = text;
            gpx.points.shrink_to_fit();
            Ok(gpx)
        }
        Err(Stop::Refused(error)) => Err(error),
        Err(Stop::Prefixed) => Err(ReadError::of(Reason::Malformed)),
    }
}

fn check_characters(text: &str) -> Result<(), ReadError> {
    let bytes = text.as_bytes();
    // Branch-free, so that it runs at the speed of memory.
    let bad = |byte: u8| (byte < 0x20) & (byte != b'\t') & (byte != b'\n') & (byte != b'\r');
    let ascii_good = !bytes.iter().fold(false, |found, &byte| found | bad(byte));
    if ascii_good && (text.is_ascii() || !text.contains(['\u{fffe}', '\u{ffff}'])) {
        return Ok(());
    }
    let position = text.find(|c| !text::is_allowed(c)).unwrap_or(0);
    Err(ReadError::at(Reason::Malformed, text, position))
}

/// Why a pass ended early.
enum Stop {
    Refused(ReadError),
    /// GPX's own elements carry a prefix: the text is to be rewritten without it first.
    Prefixed,
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Metadata,
    Author,
    Track,
    TrackExtensions,
    Segment,
    Route,
    Point,
    Elevation,
    PointTime,
    Label(Label),
    Foreign,
}

/// An element whose text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Label {
    FileName,
    FileDesc,
    FileAuthor,
    FileTime,
    /// Stands before the time in the order of GPX 1.0.
    FileOther,
    TrackName,
    TrackDesc,
    RouteName,
}

struct Pass<'a> {
    text: &'a str,
    origin: Origin,
    open: Vec<(Place, u32)>,
    prefixes: Prefixes<'a>,
    attributes: Vec<(&'a str, &'a str)>,
    gpx: Gpx,
    rooted: bool,
    point: Point,
    has_elevation: bool,
    has_time: bool,
    /// The text of the elevation or time that is open, up to its first child.
    value: Cow<'a, str>,
    value_ended: bool,
    /// Whether `]]>` stands anywhere, which is worth a closer look.
    has_cdata_end: bool,
    /// Which labels of the file were there: the first one of each counts.
    seen: Vec<Label>,
}

fn parse(text: &str, origin: Origin) -> Result<Gpx, Stop> {
    let mut pass = Pass {
        text,
        origin,
        open: Vec::with_capacity(DEEPEST),
        prefixes: Prefixes::default(),
        attributes: Vec::new(),
        gpx: empty(),
        rooted: false,
        point: Point::new(0.0, 0.0, 0),
        has_elevation: false,
        has_time: false,
        value: Cow::Borrowed(""),
        value_ended: false,
        has_cdata_end: text.contains("]]>"),
        seen: Vec::new(),
    };
    // Nearly as many as there will be; what is not used is never touched.
    pass.gpx.points.reserve(text.len() / BYTES_PER_POINT);
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut start = 0;
    loop {
        let event = reader.read_event();
        let end = reader.buffer_position() as usize;
        let taken = match &event {
            Ok(event) => pass.take(event, start, end),
            Err(error) => Err(Some(reason_of(error))),
        };
        match taken {
            Ok(true) => start = end,
            Ok(false) => return Ok(pass.gpx),
            Err(None) => return Err(Stop::Prefixed),
            Err(Some(reason)) => {
                return Err(Stop::Refused(ReadError::at(reason, text, start)));
            }
        }
    }
}

fn empty() -> Gpx {
    let nowhere = Span { start: 0, end: 0 };
    Gpx {
        text: String::new(),
        layout: Layout::V10,
        body: 0,
        root: nowhere,
        head_end: 0,
        metadata_element: None,
        cuts: Vec::new(),
        labels: Vec::new(),
        metadata: Metadata::default(),
        engraved: false,
        tracks: Vec::new(),
        segments: Vec::new(),
        points: Vec::new(),
        routes: Vec::new(),
        route_points: Vec::new(),
        waypoints: Vec::new(),
    }
}

/// A reason, or none for "prefixed".
type Taken<T> = Result<T, Option<Reason>>;

impl<'a> Pass<'a> {
    /// Takes an event in; false at the end of the file.
    fn take(&mut self, event: &Event<'a>, start: usize, end: usize) -> Taken<bool> {
        match event {
            Event::Start(tag) => {
                self.enter(start, start + 1 + tag.name().as_ref().len(), end - 1)?;
            }
            Event::Empty(tag) => {
                self.enter(start, start + 1 + tag.name().as_ref().len(), end - 2)?;
                self.leave(end)?;
            }
            Event::End(_) => self.leave(end)?,
            Event::Text(_) => self.take_text(&self.text[start..end])?,
            Event::CData(_) if self.open.is_empty() => return Err(Some(Reason::Malformed)),
            Event::CData(_) => {
                let text = self.text;
                self.push_value(&text[start + "<![CDATA[".len()..end - "]]>".len()]);
            }
            Event::GeneralRef(_) if self.open.is_empty() => return Err(Some(Reason::Malformed)),
            Event::GeneralRef(name) => {
                syntax::reference(name)?;
                if let Some(letter) = text::resolve(name) {
                    self.push_value(letter.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Comment(_) => {}
            Event::PI(instruction) => {
                let target = instruction.target();
                if target.eq_ignore_ascii_case("xml") || syntax::prefix_of(target)?.is_some() {
                    return Err(Some(Reason::Malformed));
                }
            }
            Event::Decl(_) if start == 0 => self.gpx.body = end as u32,
            Event::Decl(_) => return Err(Some(Reason::Malformed)),
            Event::DocType(_) if !self.rooted && self.gpx.cuts.is_empty() => {
                self.gpx.cuts.push(span(start, end));
            }
            Event::DocType(_) => return Err(Some(Reason::Malformed)),
            Event::Eof => return self.take_end(),
        }
        Ok(true)
    }

    fn take_end(&self) -> Taken<bool> {
        match (self.rooted, self.open.is_empty()) {
            (true, true) => Ok(false),
            (true, false) => Err(Some(Reason::Truncated)),
            (false, _) => Err(Some(Reason::NotXml)),
        }
    }

    fn take_text(&mut self, piece: &'a str) -> Taken<()> {
        match self.open.last() {
            None if piece.trim_ascii().is_empty() => return Ok(()),
            None if !self.rooted => return Err(Some(Reason::NotXml)),
            None => return Err(Some(Reason::Malformed)),
            Some((Place::Elevation | Place::PointTime, _)) => match self.value.is_empty() {
                true if !self.value_ended => self.value = Cow::Borrowed(piece),
                _ => self.push_value(piece),
            },
            Some(_) => {}
        }
        // Only the end of a CDATA section may be written like that.
        match self.has_cdata_end && piece.contains("]]>") {
            true => Err(Some(Reason::Malformed)),
            false => Ok(()),
        }
    }

    /// More of the text of an elevation or time, where one is open.
    fn push_value(&mut self, piece: &str) {
        let place = self.open.last().map(|&(place, _)| place);
        if matches!(place, Some(Place::Elevation | Place::PointTime)) && !self.value_ended {
            self.value.to_mut().push_str(piece);
        }
    }

    /// A start tag, from its `<` to the `>` (or `/>`), the name ending in between.
    fn enter(&mut self, start: usize, name_end: usize, end: usize) -> Taken<()> {
        if self.open.len() == DEEPEST {
            return Err(Some(Reason::TooDeep));
        }
        let text = self.text;
        let name = &text[start + 1..name_end];
        let raw = &text[name_end..end];
        let depth = self.open.len() + 1;
        self.attributes.clear();
        if !raw.is_empty() {
            syntax::attributes(raw, &mut self.attributes)?;
        }
        let parent = self.open.last().map(|&(place, _)| place);
        let place = match parent {
            None => self.enter_root(start, end)?,
            Some(parent) => self.place_in(parent, name),
        };
        // The names of places are known to be good.
        if matches!(place, Place::Root | Place::Foreign) || !self.attributes.is_empty() {
            self.enter_names(depth, name)?;
        }
        match (place, parent) {
            (Place::Point, _) => self.enter_point(start)?,
            (Place::Track, _) => self.enter_track()?,
            (Place::Segment, _) => self.enter_segment()?,
            (Place::Route, _) => self.enter_route(start)?,
            (_, Some(Place::Elevation | Place::PointTime)) => self.value_ended = true,
            _ => {}
        }
        self.open.push((place, start as u32));
        Ok(())
    }

    fn enter_names(&mut self, depth: usize, name: &'a str) -> Taken<()> {
        if let [("lat", _), ("lon", _)] | [("lon", _), ("lat", _)] = self.attributes[..]
            && !name.contains(':')
        {
            return Ok(syntax::prefix_of(name).map(drop)?);
        }
        self.prefixes.enter(depth, name, &self.attributes)?;
        match name.split_once(':') {
            Some((prefix, _)) if self.prefixes.stands_for_gpx(prefix) => Err(None),
            _ => Ok(()),
        }
    }

    fn enter_root(&mut self, start: usize, end: usize) -> Taken<Place> {
        if self.rooted {
            return Err(Some(Reason::Malformed));
        }
        self.rooted = true;
        let closed = usize::from(self.text.as_bytes()[end] == b'/');
        self.gpx.root = span(start, end + closed + 1);
        self.gpx.head_end = self.gpx.root.end;
        let version = self.attribute("version");
        if version.is_some_and(|version| text::unescape(version) == "1.1") {
            self.gpx.layout = Layout::V11;
        }
        Ok(Place::Root)
    }

    fn place_in(&mut self, parent: Place, name: &str) -> Place {
        let v11 = self.gpx.layout == Layout::V11;
        match (parent, name) {
            (Place::Segment, "trkpt") | (Place::Route, "rtept") | (Place::Root, "wpt") => Place::Point,
            (Place::Point, "ele") if !self.has_elevation => {
                self.has_elevation = true;
                self.begin_value(Place::Elevation)
            }
            (Place::Point, "time") if !self.has_time => {
                self.has_time = true;
                self.begin_value(Place::PointTime)
            }
            (Place::Point, "extensions") => {
                self.point.note_extensions();
                Place::Foreign
            }
            (Place::Track, "trkseg") => Place::Segment,
            (Place::Root, "trk") => Place::Track,
            (Place::Root, "rte") => Place::Route,
            (Place::Root, "metadata") if v11 && self.gpx.metadata_element.is_none() => Place::Metadata,
            (Place::Metadata, "author") => Place::Author,
            (Place::Metadata, _) => file_label(name),
            (Place::Root, "author") if !v11 => Place::Label(Label::FileAuthor),
            (Place::Root, "email" | "url" | "urlname") if !v11 => Place::Label(Label::FileOther),
            (Place::Root, _) if !v11 => file_label(name),
            (Place::Author, "name") => Place::Label(Label::FileAuthor),
            (Place::Track, "name") => Place::Label(Label::TrackName),
            (Place::Track, "desc") => Place::Label(Label::TrackDesc),
            (Place::Track, "extensions") if v11 => Place::TrackExtensions,
            (Place::Route, "name") => Place::Label(Label::RouteName),
            _ => Place::Foreign,
        }
    }

    fn begin_value(&mut self, place: Place) -> Place {
        self.value = Cow::Borrowed("");
        self.value_ended = false;
        place
    }

    fn enter_point(&mut self, start: usize) -> Taken<()> {
        let (lat, plain_lat) = self.coordinate("lat")?;
        let (lon, plain_lon) = self.coordinate("lon")?;
        // Written so that a NaN is refused as well.
        let on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        if self.origin == Origin::Upload && !on_earth {
            return Err(Some(Reason::OutOfRange));
        }
        self.point = Point::new(lat, lon, start as u32);
        if !(plain_lat && plain_lon) {
            self.point.note_unusual_numbers();
        }
        self.has_elevation = false;
        self.has_time = false;
        Ok(())
    }

    /// A coordinate in degrees, and whether it is written as a plain decimal.
    fn coordinate(&self, name: &str) -> Taken<(f64, bool)> {
        let value = self.attribute(name).ok_or(Some(Reason::Coordinate))?;
        let number = number::parse(value).or_else(|| number::parse(&text::unescape(value)));
        let number = number.ok_or(Some(Reason::Coordinate))?;
        Ok((number, number::is_plain(value)))
    }

    fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().find(|pair| pair.0 == name);
        found.map(|pair| pair.1)
    }

    fn enter_track(&mut self) -> Taken<()> {
        self.count_groups()?;
        let first = self.gpx.segments.len() as u32;
        self.gpx.tracks.push(Track {
            name: None,
            desc: None,
            segments: first..first,
            extensions: None,
        });
        Ok(())
    }

    fn enter_segment(&mut self) -> Taken<()> {
        self.count_groups()?;
        let first = self.gpx.points.len() as u32;
        self.gpx.segments.push(Segment { points: first..first });
        Ok(())
    }

    fn enter_route(&mut self, start: usize) -> Taken<()> {
        self.count_groups()?;
        let first = self.gpx.route_points.len() as u32;
        self.gpx.routes.push(Route {
            name: None,
            points: first..first,
            span: span(start, start),
        });
        Ok(())
    }

    fn count_groups(&self) -> Taken<()> {
        let gpx = &self.gpx;
        match gpx.tracks.len() + gpx.segments.len() + gpx.routes.len() < MOST_GROUPS {
            true => Ok(()),
            false => Err(Some(Reason::TooLarge)),
        }
    }

    /// The element that was opened last ends.
    fn leave(&mut self, end: usize) -> Taken<()> {
        self.prefixes.leave(self.open.len());
        let Some((place, start)) = self.open.pop() else {
            return Err(Some(Reason::Malformed));
        };
        let span = Span { start, end: end as u32 };
        match place {
            Place::Elevation => self.leave_elevation()?,
            Place::PointTime => self.leave_time()?,
            Place::Point => self.leave_point(end)?,
            Place::Segment => {
                let last = self.gpx.points.len() as u32;
                if let Some(segment) = self.gpx.segments.last_mut() {
                    segment.points.end = last;
                }
            }
            Place::Track => {
                let last = self.gpx.segments.len() as u32;
                if let Some(track) = self.gpx.tracks.last_mut() {
                    track.segments.end = last;
                }
            }
            Place::Route => {
                let last = self.gpx.route_points.len() as u32;
                if let Some(route) = self.gpx.routes.last_mut() {
                    route.points.end = last;
                    route.span = span;
                }
            }
            Place::TrackExtensions => {
                if let Some(track) = self.gpx.tracks.last_mut() {
                    track.extensions.get_or_insert(span);
                }
            }
            Place::Metadata => self.gpx.metadata_element = Some(span),
            Place::Label(label) => self.leave_label(label, span)?,
            Place::Root | Place::Author | Place::Foreign => {}
        }
        Ok(())
    }

    fn leave_elevation(&mut self) -> Taken<()> {
        if self.value.is_empty() {
            return Ok(());
        }
        let number = number::parse(&self.value).ok_or(Some(Reason::Elevation))?;
        if self.origin == Origin::Upload && !(number.abs() <= HIGHEST) {
            return Err(Some(Reason::Elevation));
        }
        self.point.read_elevation(number);
        if !number::is_plain(&self.value) {
            self.point.note_unusual_numbers();
        }
        Ok(())
    }

    fn leave_time(&mut self) -> Taken<()> {
        if let Some(time) = self.time(Time::parse(&self.value))? {
            self.point.read_time(time);
        }
        Ok(())
    }

    fn time(&self, parsed: Parsed) -> Taken<Option<Time>> {
        match parsed {
            Parsed::Time(time) => Ok(Some(time)),
            Parsed::OutOfRange if self.origin == Origin::Upload => Err(Some(Reason::Date)),
            Parsed::OutOfRange | Parsed::Absent => Ok(None),
        }
    }

    fn leave_point(&mut self, end: usize) -> Taken<()> {
        self.point.close(end as u32);
        let table = match self.open.last() {
            Some((Place::Segment, _)) => &mut self.gpx.points,
            Some((Place::Route, _)) => &mut self.gpx.route_points,
            _ => &mut self.gpx.waypoints,
        };
        table.push(self.point);
        Ok(())
    }

    fn leave_label(&mut self, label: Label, span: Span) -> Taken<()> {
        let text = self.text;
        let value = || scan::text_of(&text[span.range()]);
        let gpx = &mut self.gpx;
        if gpx.layout == Layout::V10 && self.open.len() == 1 {
            gpx.head_end = span.end;
        }
        match label {
            Label::TrackName | Label::TrackDesc => gpx.labels.push(span),
            Label::RouteName => {}
            Label::FileOther => return Ok(()),
            _ if gpx.layout == Layout::V10 => gpx.labels.push(span),
            _ => {}
        }
        let in_file = !matches!(label, Label::TrackName | Label::TrackDesc | Label::RouteName);
        if in_file {
            if self.seen.contains(&label) {
                return Ok(());
            }
            self.seen.push(label);
        }
        match label {
            Label::FileName => gpx.metadata.name = value(),
            Label::FileDesc => gpx.metadata.desc = value(),
            Label::FileAuthor => gpx.metadata.author = value(),
            Label::FileTime => {
                let parsed = value().map_or(Parsed::Absent, |text| Time::parse(&text));
                self.gpx.metadata.time = self.time(parsed)?;
            }
            Label::TrackName | Label::TrackDesc => {
                if let Some(track) = gpx.tracks.last_mut() {
                    let field = match label {
                        Label::TrackName => &mut track.name,
                        _ => &mut track.desc,
                    };
                    if field.is_none() {
                        *field = value();
                    }
                }
            }
            Label::FileOther => {}
            Label::RouteName => {
                if let Some(route) = gpx.routes.last_mut()
                    && route.name.is_none()
                {
                    route.name = value();
                }
            }
        }
        Ok(())
    }
}

fn file_label(name: &str) -> Place {
    match name {
        "name" => Place::Label(Label::FileName),
        "desc" => Place::Label(Label::FileDesc),
        "time" => Place::Label(Label::FileTime),
        _ => Place::Foreign,
    }
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

fn reason_of(error: &XmlError) -> Reason {
    match error {
        XmlError::Syntax(SyntaxError::InvalidBangMarkup) => Reason::Malformed,
        // All others say that the end came before the end of a mark.
        XmlError::Syntax(_) => Reason::Truncated,
        _ => Reason::Malformed,
    }
}
