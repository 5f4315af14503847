//! Turns planned routes into tracks, for files that have nothing else.
//!
//! The original accepts such a file and then fails; here it can be shown and stored like any other.

use super::model::Gpx;
use super::read::{Origin, read_text};
use super::reason::{ReadError, Reason};
use super::scan;

/// The same file with a track beside each route, made of the route's points. The routes stay. It starts from the file
/// as it was read: what was engraved or corrected since is not in it.
///
/// # Errors
/// [`Reason::NoPoints`] when no route has a point.
pub fn route_to_track(gpx: &Gpx) -> Result<Gpx, ReadError> {
    if gpx.route_points.is_empty() {
        return Err(ReadError::of(Reason::NoPoints));
    }
    let mut tracks = String::new();
    for route in &gpx.routes {
        push_track(&mut tracks, gpx, route);
    }
    let end = gpx
        .routes
        .last()
        .map_or(gpx.text.len(), |route| route.span.end as usize);
    let text = format!("{}{tracks}{}", &gpx.text[..end], &gpx.text[end..]);
    read_text(text, Origin::Stored)
}

fn push_track(out: &mut String, gpx: &Gpx, route: &super::model::Route) {
    out.push_str("\n<trk>");
    let element = &gpx.text[route.span.range()];
    for child in scan::children(element) {
        if matches!(child.name, "name" | "desc") {
            out.push_str(&element[child.span]);
        }
    }
    out.push_str("<trkseg>");
    for point in gpx.route_points(route) {
        out.push_str("\n<trkpt");
        let rest = &gpx.text[point.span()]["<rtept".len()..];
        match rest.rfind("</").filter(|_| !rest.ends_with("/>")) {
            Some(end) => {
                out.push_str(&rest[..end]);
                out.push_str("</trkpt>");
            }
            None => out.push_str(rest),
        }
    }
    out.push_str("\n</trkseg></trk>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::read;

    #[test]
    fn a_route_becomes_a_track_and_stays() {
        let file = "<gpx version='1.1'><rte><name>r</name><rtept lat='1' lon='2'><ele>3</ele></rtept ><rtept lat='1' lon='3'/></rte>\
            <rte/><extensions/></gpx>";
        let gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        let planned = route_to_track(&gpx).unwrap();
        assert_eq!(planned.points().len(), 2);
        assert_eq!(planned.points()[0].elevation(), Some(3.0));
        assert_eq!(planned.tracks()[0].name.as_deref(), Some("r"));
        assert_eq!(planned.routes().len(), 2);
        assert!(planned.figures().length > 100_000.0);
        let none = read(b"<gpx/>", Origin::Upload).unwrap();
        assert_eq!(route_to_track(&none).unwrap_err().reason, Reason::NoPoints);
    }
}
