//! What the pass over a file keeps of its elements: points, groups, names.
//!
//! Only values and tables; which element is which was decided before.

use super::field::{self, Kind};
use super::model::{Layout, Route, Segment, Span, Track};
use super::number;
use super::pass::{Pass, Taken, span};
use super::place::{FileLabel, Label, Place};
use super::point::Point;
use super::read::Origin;
use super::reason::Reason;
use super::scan;
use super::text;
use super::time::{Parsed, Time};

/// How many tracks, segments and routes a file may have together.
const MOST_GROUPS: usize = 100_000;
/// Metres; what is beyond would make every figure meaningless.
const HIGHEST: f64 = 1e7;

impl<'a> Pass<'a> {
    pub(super) fn enter_point(&mut self, start: usize) -> Taken<()> {
        let (lat, plain_lat) = self.coordinate("lat")?;
        let (lon, plain_lon) = self.coordinate("lon")?;
        // False for a NaN as well.
        let on_earth = lat.abs() <= 90.0 && lon.abs() <= 180.0;
        if self.origin == Origin::Upload && !on_earth {
            return Err(Some(Reason::OutOfRange));
        }
        self.point = Point::new(lat, lon, start as u32);
        if !(plain_lat && plain_lon) {
            self.point.note_unusual();
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

    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        let found = self.attributes.iter().find(|pair| pair.0 == name);
        found.map(|pair| pair.1)
    }

    pub(super) fn enter_track(&mut self) -> Taken<()> {
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

    pub(super) fn enter_segment(&mut self) -> Taken<()> {
        self.count_groups()?;
        let first = self.gpx.points.len() as u32;
        self.gpx.segments.push(Segment { points: first..first });
        Ok(())
    }

    pub(super) fn enter_route(&mut self, start: usize) -> Taken<()> {
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

    pub(super) fn leave_elevation(&mut self) -> Taken<()> {
        if self.value.is_empty() {
            return Ok(());
        }
        let number = number::parse(&self.value).ok_or(Some(Reason::Elevation))?;
        let is_sane = number.abs() <= HIGHEST;
        if self.origin == Origin::Upload && !is_sane {
            return Err(Some(Reason::Elevation));
        }
        self.point.read_elevation(number);
        if !number::is_plain(&self.value) {
            self.point.note_unusual();
        }
        Ok(())
    }

    pub(super) fn leave_time(&mut self) -> Taken<()> {
        if let Some(time) = self.time(Time::parse(&self.value))? {
            self.point.read_time(time);
        }
        Ok(())
    }

    /// A field that the original program could not read is left out when the file is written.
    pub(super) fn leave_field(&mut self, kind: Kind, span: Span) {
        if self.value.is_empty() || field::is_readable(kind, &self.value) {
            return;
        }
        match self.open.last() {
            Some((Place::Point, _)) => self.point.note_unusual(),
            _ => self.gpx.cuts.push(span),
        }
    }

    fn time(&self, parsed: Parsed) -> Taken<Option<Time>> {
        match parsed {
            Parsed::Time(time) => Ok(Some(time)),
            Parsed::OutOfRange if self.origin == Origin::Upload => Err(Some(Reason::Date)),
            Parsed::OutOfRange | Parsed::Absent => Ok(None),
        }
    }

    pub(super) fn leave_point(&mut self, end: usize) -> Taken<()> {
        self.point.close(end as u32);
        let table = match self.open.last() {
            Some((Place::Segment, _)) => &mut self.gpx.points,
            Some((Place::Route, _)) => &mut self.gpx.route_points,
            _ => &mut self.gpx.waypoints,
        };
        table.push(self.point);
        Ok(())
    }

    pub(super) fn leave_segment(&mut self) {
        let last = self.gpx.points.len() as u32;
        if let Some(segment) = self.gpx.segments.last_mut() {
            segment.points.end = last;
        }
    }

    pub(super) fn leave_track(&mut self) {
        let last = self.gpx.segments.len() as u32;
        if let Some(track) = self.gpx.tracks.last_mut() {
            track.segments.end = last;
        }
    }

    pub(super) fn leave_route(&mut self, span: Span) {
        let last = self.gpx.route_points.len() as u32;
        if let Some(route) = self.gpx.routes.last_mut() {
            route.points.end = last;
            route.span = span;
        }
    }

    pub(super) fn leave_label(&mut self, label: Label, span: Span) -> Taken<()> {
        let text = &self.text[span.range()];
        let field = match label {
            Label::File(label) => return self.leave_file_label(label, span),
            Label::RouteName => self.gpx.routes.last_mut().map(|route| &mut route.name),
            Label::TrackName => self.gpx.tracks.last_mut().map(|track| &mut track.name),
            Label::TrackDesc => self.gpx.tracks.last_mut().map(|track| &mut track.desc),
        };
        if let Some(field @ None) = field {
            *field = scan::text_of(text);
        }
        if label != Label::RouteName {
            self.gpx.labels.push(span);
        }
        Ok(())
    }

    fn leave_file_label(&mut self, label: FileLabel, span: Span) -> Taken<()> {
        let gpx = &mut self.gpx;
        if gpx.layout == Layout::V10 {
            gpx.head_end = span.end;
            if label != FileLabel::Other {
                gpx.labels.push(span);
            }
        }
        if self.seen.contains(&label) {
            return Ok(());
        }
        self.seen.push(label);
        let value = scan::text_of(&self.text[span.range()]);
        match label {
            FileLabel::Name => gpx.metadata.name = value,
            FileLabel::Desc => gpx.metadata.desc = value,
            FileLabel::Author => gpx.metadata.author = value,
            FileLabel::Time => {
                let parsed = value.map_or(Parsed::Absent, |text| Time::parse(&text));
                self.gpx.metadata.time = self.time(parsed)?;
            }
            FileLabel::Other => {}
        }
        Ok(())
    }
}
