//! What an element is by where it stands and how it is called.
//!
//! Pure rules: no text, no tables. A prefixed name is never one of GPX's own here.

use super::field::{self, Kind};
use super::model::Layout;

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
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
    Field(Kind),
    PointExtensions,
    Bounds,
    Label(Label),
    Foreign,
}

impl Place {
    /// Whether its text is collected.
    pub fn has_value(self) -> bool {
        matches!(self, Place::Elevation | Place::PointTime | Place::Field(_))
    }

    /// What the child of that name is.
    pub fn child(self, name: &str, layout: Layout) -> Place {
        let v11 = layout == Layout::V11;
        match (self, name) {
            (Place::Segment, "trkpt") | (Place::Route, "rtept") | (Place::Root, "wpt") => Place::Point,
            (Place::Point, "ele") => Place::Elevation,
            (Place::Point, "time") => Place::PointTime,
            (Place::Point, "extensions") => Place::PointExtensions,
            (Place::Point, _) => field::find(name).map_or(Place::Foreign, Place::Field),
            (Place::Track | Place::Route, "number") => Place::Field(Kind::Integer),
            (Place::Track, "trkseg") => Place::Segment,
            (Place::Root, "trk") => Place::Track,
            (Place::Root, "rte") => Place::Route,
            (Place::Root, "metadata") if v11 => Place::Metadata,
            (Place::Metadata, "author") => Place::Author,
            (Place::Metadata, _) => file_child(name),
            (Place::Root, "author") if !v11 => Place::Label(Label::File(FileLabel::Author)),
            (Place::Root, "email" | "url" | "urlname") if !v11 => Place::Label(Label::File(FileLabel::Other)),
            (Place::Root, _) if !v11 => file_child(name),
            (Place::Author, "name") => Place::Label(Label::File(FileLabel::Author)),
            (Place::Track, "name") => Place::Label(Label::TrackName),
            (Place::Track, "desc") => Place::Label(Label::TrackDesc),
            (Place::Track, "extensions") if v11 => Place::TrackExtensions,
            (Place::Route, "name") => Place::Label(Label::RouteName),
            _ => Place::Foreign,
        }
    }
}

/// A child of `metadata`, or of the root in GPX 1.0.
fn file_child(name: &str) -> Place {
    match name {
        "name" => Place::Label(Label::File(FileLabel::Name)),
        "desc" => Place::Label(Label::File(FileLabel::Desc)),
        "time" => Place::Label(Label::File(FileLabel::Time)),
        "bounds" => Place::Bounds,
        _ => Place::Foreign,
    }
}

/// An element whose text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    File(FileLabel),
    TrackName,
    TrackDesc,
    RouteName,
}

/// What a file says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileLabel {
    Name,
    Desc,
    Author,
    Time,
    /// Of no use, but stands before the time in the order of GPX 1.0.
    Other,
}
