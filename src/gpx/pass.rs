//! One pass over the text of a file: tables out, no tree in between.
//!
//! It follows the elements and checks that the text is well-formed; what is kept of an element is the business
//! of `collect`. Every place in the text comes from the reader's position, so that nothing is copied.

use std::borrow::Cow;
use std::mem;

use quick_xml::Reader;
use quick_xml::errors::{Error as XmlError, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::field;
use super::model::{Gpx, Layout, Span};
use super::namespace::{self, Prefixes};
use super::place::{FileLabel, Place};
use super::point::Point;
use super::read::Origin;
use super::reason::{ReadError, Reason};
use super::syntax;
use super::text;

/// How deep elements may be nested.
const DEEPEST: usize = 64;
/// A short element of a point.
const BYTES_PER_POINT: usize = 64;

/// Why a pass ended early.
pub(super) enum Stop {
    Refused(ReadError),
    /// GPX's own elements carry a prefix or declare their namespace again: the text is to be rewritten first.
    Prefixed,
}

/// The state of a pass.
pub(super) struct Pass<'a> {
    pub text: &'a str,
    pub origin: Origin,
    /// The open elements and where they begin.
    pub open: Vec<(Place, u32)>,
    pub prefixes: Prefixes<'a>,
    pub attributes: Vec<(&'a str, &'a str)>,
    pub gpx: Gpx,
    /// Whether the root has begun.
    pub rooted: bool,
    /// The point that is open.
    pub point: Point,
    pub has_elevation: bool,
    pub has_time: bool,
    /// The text of the elevation, time or field that is open, up to its first child.
    pub value: Cow<'a, str>,
    pub value_ended: bool,
    /// Whether `]]>` stands anywhere, which is worth a closer look.
    pub has_cdata_end: bool,
    /// Which labels of the file were there: the first one of each counts.
    pub seen: Vec<FileLabel>,
}

/// Goes over the text once. The result lacks the text itself.
pub(super) fn parse(text: &str, origin: Origin) -> Result<Gpx, Stop> {
    let mut pass = Pass {
        text,
        origin,
        open: Vec::with_capacity(DEEPEST),
        prefixes: Prefixes::default(),
        attributes: Vec::new(),
        gpx: Gpx::default(),
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
            Err(error) => Err(Some(reason_of(error, &text[start..]))),
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

/// A reason, or none for "prefixed".
pub(super) type Taken<T> = Result<T, Option<Reason>>;

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
            Some((place, _)) if place.has_value() => match self.value.is_empty() {
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

    /// More of the text of a value, where one is open.
    fn push_value(&mut self, piece: &str) {
        let has_value = self.open.last().is_some_and(|(place, _)| place.has_value());
        if has_value && !self.value_ended {
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
            Some(parent) => {
                let place = self.in_namespace(parent.child(name, self.gpx.layout))?;
                self.first_of(place)
            }
        };
        if !self.is_plain(place) && self.prefixes.enter(depth, name, &self.attributes)? {
            return Err(None);
        }
        match (place, parent) {
            (Place::Point, _) => self.enter_point(start)?,
            (Place::Track, _) => self.enter_track()?,
            (Place::Segment, _) => self.enter_segment()?,
            (Place::Route, _) => self.enter_route(start)?,
            (Place::PointExtensions, _) => self.point.note_extensions(),
            (_, Some(parent)) if parent.has_value() => self.value_ended = true,
            _ => {}
        }
        self.open.push((place, start as u32));
        Ok(())
    }

    /// Below the root, the original program knows no element with a default namespace of its own.
    fn in_namespace(&self, place: Place) -> Taken<Place> {
        match self.attribute("xmlns") {
            Some(uri) if place != Place::Foreign && !uri.is_empty() => match namespace::is_gpx(uri) {
                true => Err(None),
                false => Ok(Place::Foreign),
            },
            _ => Ok(place),
        }
    }

    /// Of some elements the first one counts; the others are foreign.
    fn first_of(&mut self, place: Place) -> Place {
        match place {
            Place::Elevation if mem::replace(&mut self.has_elevation, true) => Place::Foreign,
            Place::PointTime if mem::replace(&mut self.has_time, true) => Place::Foreign,
            Place::Metadata if self.gpx.metadata_element.is_some() => Place::Foreign,
            Place::Bounds if field::are_bounds_readable(&self.attributes) => Place::Foreign,
            place => {
                if place.has_value() {
                    self.value = Cow::Borrowed("");
                    self.value_ended = false;
                }
                place
            }
        }
    }

    /// Whether its names are known to be good, which spares most elements the check.
    fn is_plain(&self, place: Place) -> bool {
        match self.attributes[..] {
            [] | [("lat", _), ("lon", _)] | [("lon", _), ("lat", _)] => !matches!(place, Place::Root | Place::Foreign),
            _ => false,
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
            Place::Segment => self.leave_segment(),
            Place::Track => self.leave_track(),
            Place::Route => self.leave_route(span),
            Place::TrackExtensions => {
                if let Some(track) = self.gpx.tracks.last_mut() {
                    track.extensions.get_or_insert(span);
                }
            }
            Place::Metadata => self.gpx.metadata_element = Some(span),
            Place::Field(kind) => self.leave_field(kind, span),
            Place::Bounds => self.gpx.cuts.push(span),
            Place::Label(label) => self.leave_label(label, span)?,
            Place::Root | Place::Author | Place::PointExtensions | Place::Foreign => {}
        }
        Ok(())
    }
}

/// A place in the text; files are below 4 GiB.
pub(super) fn span(start: usize, end: usize) -> Span {
    Span {
        start: start as u32,
        end: end as u32,
    }
}

/// Why the rest of the text cannot be read.
pub(super) fn reason_of(error: &XmlError, rest: &str) -> Reason {
    match error {
        XmlError::Syntax(SyntaxError::InvalidBangMarkup) => Reason::Malformed,
        // All others say that the end came before the end of a mark.
        XmlError::Syntax(_) => Reason::Truncated,
        XmlError::IllFormed(IllFormedError::UnclosedReference) if !rest.contains('<') => Reason::Truncated,
        _ => Reason::Malformed,
    }
}
