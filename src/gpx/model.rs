//! A file in memory: its text as it was, and beside it tables of what the program works with.
//!
//! No tree: a point knows where its element stands in the text, and what is not understood is never looked
//! at again until it is written. The text itself never changes; corrections are kept in the tables.

use std::ops::Range;

use super::bounds::Bounds;
use super::metrics::{self, Figures};
use super::point::Point;
use super::reason::{ReadError, Reason};
use super::sensor::{self, Sensors};
use super::time::Time;

/// A place in the text, in bytes. Four bytes each: a file is below 4 GiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// Where a file keeps its name, description, author and time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Layout {
    /// GPX 1.0: directly below the root. Also of every file that does not say 1.1.
    #[default]
    V10,
    /// GPX 1.1: in `metadata`.
    V11,
}

/// What a file says about itself. An empty text is not an absent one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Its title.
    pub name: Option<String>,
    /// Its description.
    pub desc: Option<String>,
    /// The name of its author.
    pub author: Option<String>,
    /// When it was made.
    pub time: Option<Time>,
}

/// A track: some of the segments.
#[derive(Debug, Clone)]
pub struct Track {
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub desc: Option<String>,
    pub(super) segments: Range<u32>,
    pub(super) extensions: Option<Span>,
}

/// A segment: some of the points, recorded without interruption.
#[derive(Debug, Clone)]
pub struct Segment {
    pub(super) points: Range<u32>,
}

/// A route: some of the route points.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its name.
    pub name: Option<String>,
    pub(super) points: Range<u32>,
    pub(super) span: Span,
}

/// A GPX file.
#[derive(Debug, Clone, Default)]
pub struct Gpx {
    pub(super) text: String,
    pub(super) layout: Layout,
    /// Behind the XML declaration.
    pub(super) body: u32,
    /// The root's start tag.
    pub(super) root: Span,
    /// In layout 1.0 the place where the time belongs.
    pub(super) head_end: u32,
    /// The `metadata` element, in layout 1.1.
    pub(super) metadata_element: Option<Span>,
    /// What is not written again: the document type, removed points.
    pub(super) cuts: Vec<Span>,
    /// What engraving removes: name and description of tracks, in layout 1.0 the metadata too.
    pub(super) labels: Vec<Span>,
    pub(super) metadata: Metadata,
    pub(super) engraved: bool,
    /// Points were taken from the tables that the text still has ([`super::cut`]).
    pub(super) is_cut: bool,
    /// Start and finish were among them.
    pub(super) lost_ends: [bool; 2],
    pub(super) tracks: Vec<Track>,
    pub(super) segments: Vec<Segment>,
    pub(super) points: Vec<Point>,
    pub(super) routes: Vec<Route>,
    pub(super) route_points: Vec<Point>,
    pub(super) waypoints: Vec<Point>,
}

impl Gpx {
    /// Whether it begins and ends where the recording did: nothing was cut off there.
    pub fn has_ends(&self) -> [bool; 2] {
        self.lost_ends.map(|is_lost| !is_lost)
    }

    /// Where it keeps its metadata.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// What it says about itself.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// All track points in the order of the file.
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// The tracks.
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// The points of each segment of all tracks, in the order of the file.
    pub fn segments(&self) -> impl Iterator<Item = &[Point]> {
        self.segments.iter().map(|segment| self.points_of(segment))
    }

    /// The points of each segment of that track.
    pub fn segments_of(&self, track: &Track) -> impl Iterator<Item = &[Point]> {
        let segments = &self.segments[as_usize(&track.segments)];
        segments.iter().map(|segment| self.points_of(segment))
    }

    /// The routes.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The points of a route.
    pub fn route_points(&self, route: &Route) -> &[Point] {
        &self.route_points[as_usize(&route.points)]
    }

    /// The waypoints.
    pub fn waypoints(&self) -> &[Point] {
        &self.waypoints
    }

    /// The time of the first track point that has one.
    pub fn start(&self) -> Option<Time> {
        self.points.iter().find_map(Point::time)
    }

    /// The figures of all tracks together.
    pub fn figures(&self) -> Figures {
        metrics::figures(self)
    }

    /// The box around all track points.
    pub fn bounds(&self) -> Option<Bounds> {
        Bounds::around(&self.points)
    }

    /// Checks that there are track points.
    ///
    /// # Errors
    /// [`Reason::OnlyRoute`] when [`super::route_to_track`] could make some, else [`Reason::NoPoints`].
    pub fn check_points(&self) -> Result<(), ReadError> {
        match (self.points.is_empty(), self.route_points.is_empty()) {
            (false, _) => Ok(()),
            (true, false) => Err(ReadError::of(Reason::OnlyRoute)),
            (true, true) => Err(ReadError::of(Reason::NoPoints)),
        }
    }

    /// What sensors recorded at a point of this file.
    pub fn sensors(&self, point: &Point) -> Sensors {
        sensor::read(self, point)
    }

    /// The name of a point of this file (waypoints have one).
    pub fn name_of(&self, point: &Point) -> Option<String> {
        super::scan::child_text(&self.text[point.span()], "name")
    }

    pub(super) fn points_of(&self, segment: &Segment) -> &[Point] {
        &self.points[as_usize(&segment.points)]
    }
}

pub(super) fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
