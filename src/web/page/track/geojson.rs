//! The recording for programs that draw maps: GeoJSON (RFC 7946), one feature for the line and one for each
//! waypoint.
//!
//! Written by hand, point by point: a tree of values of a million points would be as large as the recording. The
//! times of the points stand in `coordTimes`, in the shape of the coordinates, as programs that convert GPX
//! have agreed on. What is no number is left out: JSON has none such.

use super::{Access, secret_of};
use crate::clock;
use crate::error::{Error, Result};
use crate::gpx::{Gpx, Point};
use crate::model::figures::{self, Figures};
use crate::model::track::Track;
use crate::spool::Spool;
use crate::web::page::recording::{self, seen::part};
use crate::web::page::spool;
use crate::web::response::Response;
use crate::web::visit::Visit;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{self, Write};

/// So much is collected before it goes to the spool, bytes.
const PIECE: usize = 32 << 10;

/// `/track/{id}/geojson`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, secret_of(visit).as_deref())?;
    let id = access.track.id;
    let gpx = recording::find_whole(&visit.instance().dir, id)?;
    let gpx = gpx.ok_or_else(|| Error::NotFound(format!("track {id} has no recording that can be read")))?;
    let stored = figures::find(visit.db()?, id)?;
    let counted = stored.unwrap_or_else(|| recording::figures(&gpx));
    let (gpx, shortened) = part(gpx, &access.cut(visit)?);
    let mut track = access.track;
    let figures = match shortened {
        Some(seen) => {
            track.fields.date = recording::seen::date(track.fields.date, &counted, &seen);
            seen
        }
        None => counted,
    };
    let mut out = Out::new();
    let written = collection(&mut out, &gpx, &properties(&track, &figures));
    let spool = written.and_then(|()| out.finish());
    let spool = spool.map_err(|e| Error::of_io(&format!("write the GeoJSON of track {id}"), &e))?;
    Ok(Response::file("application/geo+json", spool)
        .cache(0, true)
        .header("Vary", "Cookie"))
}

/// What is said of the line: its title and kind, its figures (m, s, m/s).
fn properties(track: &Track, figures: &Figures) -> Value {
    let timed = figures.has_times();
    let time = |value: Option<f64>| value.filter(|_| timed);
    json!({
        "id": track.id.0,
        "title": track.fields.title,
        "type": track.fields.kind.name(),
        "time": clock::rfc3339(track.fields.date.instant()),
        "length": figures.length,
        "uphill": figures.uphill,
        "downhill": figures.downhill,
        "movingTime": time(figures.moving_time),
        "stoppedTime": time(figures.stopped_time),
        "maxSpeed": time(figures.max_speed),
        "avgSpeed": time(figures.avg_speed),
    })
}

fn collection(out: &mut Out, gpx: &Gpx, properties: &Value) -> io::Result<()> {
    out.text.push_str("{\"type\":\"FeatureCollection\",\"features\":[");
    line(out, gpx, properties)?;
    for point in gpx.waypoints().iter().filter(is_somewhere) {
        out.text
            .push_str(",{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":");
        position(out, point)?;
        let about = json!({ "name": gpx.name_of(point), "time": point.time().map(crate::gpx::Time::format) });
        let _ = write!(out.text, "}},\"properties\":{about}}}");
    }
    out.text.push_str("]}");
    Ok(())
}

/// The line: what has two positions or more; several pieces where the recording was interrupted.
fn line(out: &mut Out, gpx: &Gpx, properties: &Value) -> io::Result<()> {
    let pieces: Vec<Vec<&Point>> = gpx
        .segments()
        .map(|segment| segment.iter().filter(is_somewhere).collect())
        .filter(|piece: &Vec<&Point>| piece.len() > 1)
        .collect();
    let kind = if pieces.len() == 1 {
        "LineString"
    } else {
        "MultiLineString"
    };
    out.text.push_str("{\"type\":\"Feature\",\"geometry\":");
    if pieces.is_empty() {
        out.text.push_str("null");
    } else {
        let _ = write!(out.text, "{{\"type\":\"{kind}\",\"coordinates\":");
        nested(out, &pieces, position)?;
        out.text.push('}');
    }
    let mut about = properties.to_string();
    about.pop();
    let _ = write!(out.text, ",\"properties\":{about}");
    if pieces.iter().flatten().any(|point| point.time().is_some()) {
        out.text.push_str(",\"coordTimes\":");
        nested(out, &pieces, time)?;
    }
    out.text.push_str("}}");
    Ok(())
}

/// A list of what `one` writes for each point; a list of lists when there are several pieces.
fn nested(out: &mut Out, pieces: &[Vec<&Point>], one: fn(&mut Out, &Point) -> io::Result<()>) -> io::Result<()> {
    if let [piece] = pieces {
        return list(out, piece, |out, point| one(out, point));
    }
    list(out, pieces, |out, piece| list(out, piece, |out, point| one(out, point)))
}

fn list<T>(out: &mut Out, items: &[T], one: impl Fn(&mut Out, &T) -> io::Result<()>) -> io::Result<()> {
    out.text.push('[');
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            out.text.push(',');
        }
        one(out, item)?;
    }
    out.text.push(']');
    Ok(())
}

fn is_somewhere(point: &&Point) -> bool {
    point.lat.is_finite() && point.lon.is_finite()
}

/// Longitude, latitude (degrees), and the height (m) where there is one.
fn position(out: &mut Out, point: &Point) -> io::Result<()> {
    let _ = write!(out.text, "[{},{}", point.lon, point.lat);
    if let Some(height) = point.elevation().filter(|height| height.is_finite()) {
        let _ = write!(out.text, ",{height}");
    }
    out.text.push(']');
    out.flush_piece()
}

fn time(out: &mut Out, point: &Point) -> io::Result<()> {
    match point.time() {
        Some(time) => {
            let _ = write!(out.text, "\"{}\"", time.format());
        }
        None => out.text.push_str("null"),
    }
    out.flush_piece()
}

/// Text on its way to a spool.
struct Out {
    text: String,
    spool: Spool,
}

impl Out {
    fn new() -> Out {
        Out {
            text: String::with_capacity(PIECE + 1024),
            spool: spool(),
        }
    }

    fn flush_piece(&mut self) -> io::Result<()> {
        if self.text.len() >= PIECE {
            self.spool.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Spool> {
        self.spool.write_all(self.text.as_bytes())?;
        Ok(self.spool)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};
    use crate::web::page::visitor::Site;
    use std::io::Read;

    fn features(file: &str) -> Vec<Value> {
        let gpx = read(file.as_bytes(), Origin::Stored).unwrap();
        let mut out = Out::new();
        collection(&mut out, &gpx, &json!({"title": "a\"b"})).unwrap();
        let mut bytes = Vec::new();
        out.finish().unwrap().read_to_end(&mut bytes).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(value["type"], "FeatureCollection");
        value["features"].as_array().unwrap().clone()
    }

    const POINT: &str = "<trkpt lat='48.5' lon='-7'><ele>100.5</ele><time>2024-05-01T10:00:00Z</time></trkpt>";

    #[test]
    fn a_line_has_its_heights_and_times_in_the_same_shape() {
        let found = features(&format!(
            "<gpx version='1.1'><wpt lat='1' lon='2'><name>Hut &amp; inn</name></wpt><trk><trkseg>{POINT}{POINT}\
             <trkpt lat='49' lon='NaN'/><trkpt lat='49' lon='8'><ele>NaN</ele></trkpt></trkseg></trk></gpx>"
        ));
        let [line, hut] = &found[..] else { panic!("{found:?}") };
        assert_eq!(line["geometry"]["type"], "LineString");
        assert_eq!(
            line["geometry"]["coordinates"],
            json!([[-7, 48.5, 100.5], [-7, 48.5, 100.5], [8, 49]])
        );
        let at = "2024-05-01T10:00:00Z";
        assert_eq!(
            line["properties"],
            json!({"title": "a\"b", "coordTimes": [at, at, null]})
        );
        assert_eq!(hut["geometry"], json!({"type": "Point", "coordinates": [2, 1]}));
        assert_eq!(hut["properties"]["name"], "Hut & inn");
    }

    #[test]
    fn an_interruption_makes_several_lines_and_a_single_point_none() {
        let found = features(&format!(
            "<gpx version='1.1'><trk><trkseg>{POINT}{POINT}</trkseg><trkseg>{POINT}</trkseg><trkseg>{POINT}{POINT}\
             </trkseg></trk></gpx>"
        ));
        assert_eq!(found[0]["geometry"]["type"], "MultiLineString");
        assert_eq!(found[0]["geometry"]["coordinates"].as_array().unwrap().len(), 2);
        assert_eq!(found[0]["properties"]["coordTimes"][1].as_array().unwrap().len(), 2);
        let found = features(&format!("<gpx version='1.1'><trk><trkseg>{POINT}</trkseg></trk></gpx>"));
        assert_eq!(found[0]["geometry"], Value::Null);
        assert_eq!(found[0]["properties"], json!({"title": "a\"b"}));
    }

    #[test]
    fn it_is_seen_by_whom_the_track_is() {
        let site = Site::new();
        let got = site.stranger().get("/track/1/geojson");
        assert_eq!((got.status, got.media_type.as_str()), (200, "application/geo+json"));
        let value: Value = serde_json::from_slice(&got.bytes).unwrap();
        let about = &value["features"][0]["properties"];
        assert_eq!(about["id"], 1);
        assert!(
            about["length"].as_f64().unwrap() > 0.0 && about["coordTimes"].is_array(),
            "{about}"
        );
        assert_eq!(site.stranger().get("/track/3/geojson").status, 403);
        let secret = "/track/3/geojson?secret=1kk0ryTQ8q1dPNPFy3Hfeee8nQc";
        assert_eq!(site.stranger().get(secret).status, 200);
        assert_eq!(site.stranger().get("/track/99/geojson").status, 404);
    }
}
