//! Writes a file anew from what is understood of it: names, points and the readings of sensors.
//!
//! For files of which a part is hidden. What is not understood may tell the place in its own way (a box in the
//! metadata, points of a route in an extension, a comment), so nothing of the text is copied.

use super::compose::{END, Sample, head, push_element, push_point};
use super::model::Gpx;
use super::point::Point;
use super::text;

/// The bytes of the file: GPX 1.1, with the tables' points alone.
pub(super) fn remake(gpx: &Gpx) -> Vec<u8> {
    let mut out = head();
    push_metadata(&mut out, gpx);
    for point in &gpx.waypoints {
        push_point(&mut out, "wpt", &sample(gpx, point), gpx.name_of(point).as_deref());
    }
    for route in &gpx.routes {
        out.push_str("\n<rte>");
        push_text(&mut out, "name", route.name.as_deref());
        for point in gpx.route_points(route) {
            push_point(&mut out, "rtept", &sample(gpx, point), gpx.name_of(point).as_deref());
        }
        out.push_str("\n</rte>");
    }
    for track in &gpx.tracks {
        out.push_str("\n<trk>");
        push_text(&mut out, "name", track.name.as_deref());
        push_text(&mut out, "desc", track.desc.as_deref());
        for segment in gpx.segments_of(track) {
            out.push_str("\n<trkseg>");
            for point in segment {
                push_point(&mut out, "trkpt", &sample(gpx, point), None);
            }
            out.push_str("\n</trkseg>");
        }
        out.push_str("\n</trk>");
    }
    out.push_str(END);
    out.into_bytes()
}

fn push_metadata(out: &mut String, gpx: &Gpx) {
    let metadata = &gpx.metadata;
    out.push_str("\n<metadata>");
    push_text(out, "name", metadata.name.as_deref());
    push_text(out, "desc", metadata.desc.as_deref());
    if let Some(author) = &metadata.author {
        out.push_str("<author>");
        push_text(out, "name", Some(author));
        out.push_str("</author>");
    }
    push_text(out, "time", metadata.time.map(|time| time.format()).as_deref());
    out.push_str("</metadata>");
}

fn push_text(out: &mut String, element: &str, value: Option<&str>) {
    if let Some(value) = value {
        push_element(out, element, &text::escape(value));
    }
}

fn sample(gpx: &Gpx, point: &Point) -> Sample {
    Sample {
        lat: point.lat,
        lon: point.lon,
        elevation: point.elevation().filter(|height| height.is_finite()),
        time: point.time(),
        sensors: gpx.sensors(point),
        speed: None,
    }
}
