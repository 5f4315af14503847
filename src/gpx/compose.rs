//! Makes GPX 1.1 of what other formats recorded, as text, which is then read like any other file.
//!
//! So there is one model and one set of checks: what stands here need not be sane, only well-formed.

use super::number;
use super::reason::Reason;
use super::sensor::Sensors;
use super::text;
use super::time::Time;
use super::write::{CREATOR, DECLARATION};

/// The extension that most programs read and write.
const GARMIN: &str = "http://www.garmin.com/xmlschemas/TrackPointExtension/v1";
pub(super) const END: &str = "\n</gpx>\n";

/// What was recorded at one place.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Sample {
    /// Degrees.
    pub lat: f64,
    /// Degrees.
    pub lon: f64,
    /// Metres.
    pub elevation: Option<f64>,
    pub time: Option<Time>,
    pub sensors: Sensors,
    /// Metres a second.
    pub speed: Option<f64>,
}

/// A GPX file under way.
pub(super) struct Composer {
    out: String,
    most: usize,
    /// Behind the start tag of the last track.
    head: usize,
}

impl Composer {
    /// A file without tracks, of `most` bytes at most.
    pub fn new(most: usize) -> Composer {
        let out = head();
        Composer { out, most, head: 0 }
    }

    pub fn begin_track(&mut self) {
        self.out.push_str("\n<trk>");
        self.head = self.out.len();
    }

    /// Ends a track. Its name and description are told last, as other formats have them behind the points.
    ///
    /// # Errors
    /// [`Reason::TooLarge`].
    pub fn end_track(&mut self, name: Option<&str>, desc: Option<&str>) -> Result<(), Reason> {
        self.out.push_str("\n</trk>");
        let mut head = String::new();
        for (element, value) in [("name", name), ("desc", desc)] {
            if let Some(value) = value {
                push_element(&mut head, element, &text::escape(value));
            }
        }
        self.out.insert_str(self.head, &head);
        self.check()
    }

    pub fn begin_segment(&mut self) {
        self.out.push_str("\n<trkseg>");
    }

    /// Ends a segment.
    ///
    /// # Errors
    /// [`Reason::TooLarge`].
    pub fn end_segment(&mut self) -> Result<(), Reason> {
        self.out.push_str("\n</trkseg>");
        self.check()
    }

    /// Adds a point to the segment that is open.
    ///
    /// # Errors
    /// [`Reason::TooLarge`].
    pub fn point(&mut self, sample: &Sample) -> Result<(), Reason> {
        push_point(&mut self.out, "trkpt", sample, None);
        self.check()
    }

    fn check(&self) -> Result<(), Reason> {
        match self.out.len() <= self.most {
            true => Ok(()),
            false => Err(Reason::TooLarge),
        }
    }

    /// The text of the file.
    pub fn finish(mut self) -> String {
        self.out.push_str(END);
        self.out
    }
}

/// What a file begins with.
pub(super) fn head() -> String {
    let namespace = "http://www.topografix.com/GPX/1/1";
    format!("{DECLARATION}<gpx version=\"1.1\" creator=\"{CREATOR}\" xmlns=\"{namespace}\" xmlns:gpxtpx=\"{GARMIN}\">")
}

/// A point in an element of that name, on a line of its own.
pub(super) fn push_point(out: &mut String, element: &str, sample: &Sample, name: Option<&str>) {
    let (lat, lon) = (number::format(sample.lat), number::format(sample.lon));
    out.push_str(&format!("\n<{element} lat=\"{lat}\" lon=\"{lon}\">"));
    if let Some(elevation) = sample.elevation {
        push_element(out, "ele", &number::format(elevation));
    }
    if let Some(time) = sample.time {
        push_element(out, "time", &time.format());
    }
    if let Some(name) = name {
        push_element(out, "name", &text::escape(name));
    }
    push_extensions(out, sample);
    out.push_str(&format!("</{element}>"));
}

/// The readings in the places where other programs look for them, in the order of Garmin's schema.
fn push_extensions(out: &mut String, sample: &Sample) {
    let Sensors {
        heart_rate,
        cadence,
        power,
        temperature,
    } = sample.sensors;
    let plain = [("power", power), ("speed", sample.speed)];
    let garmin = [
        ("gpxtpx:atemp", temperature),
        ("gpxtpx:hr", heart_rate),
        ("gpxtpx:cad", cadence),
    ];
    let start = out.len();
    out.push_str("<extensions>");
    let empty = out.len();
    push_readings(out, &plain);
    if garmin.iter().any(|reading| reading.1.is_some()) {
        out.push_str("<gpxtpx:TrackPointExtension>");
        push_readings(out, &garmin);
        out.push_str("</gpxtpx:TrackPointExtension>");
    }
    match out.len() == empty {
        true => out.truncate(start),
        false => out.push_str("</extensions>"),
    }
}

fn push_readings(out: &mut String, readings: &[(&str, Option<f64>)]) {
    for &(name, value) in readings {
        if let Some(value) = value {
            // Not the form of other numbers: Garmin's schema has whole ones here.
            push_element(out, name, &value.to_string());
        }
    }
}

pub(super) fn push_element(out: &mut String, name: &str, value: &str) {
    for piece in ["<", name, ">", value, "</", name, ">"] {
        out.push_str(piece);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    #[test]
    fn what_is_composed_is_read_back() {
        let full = Sample {
            lat: 1.0 / 3.0,
            lon: -179.999_999_9,
            elevation: Some(-0.2),
            time: Some(Time::zoned(1_714_557_600_000_000, 0)),
            sensors: Sensors {
                heart_rate: Some(140.0),
                cadence: Some(85.0),
                power: Some(210.0),
                temperature: Some(-3.5),
            },
            speed: Some(4.25),
        };
        let bare = Sample::default();
        let mut composer = Composer::new(10_000);
        for (name, desc) in [(Some("a & b"), Some("")), (None, None)] {
            composer.begin_track();
            composer.begin_segment();
            composer.point(&full).unwrap();
            composer.point(&bare).unwrap();
            composer.end_segment().unwrap();
            composer.end_track(name, desc).unwrap();
        }
        let text = composer.finish();
        assert!(text.contains("<speed>4.25</speed>") && text.contains("<gpxtpx:hr>140</gpxtpx:hr>"));
        assert!(text.contains("<trkpt lat=\"0.0\" lon=\"0.0\"></trkpt>"), "{text}");
        let gpx = read(text.as_bytes(), Origin::Upload).unwrap();
        let names: Vec<Option<&str>> = gpx.tracks().iter().map(|track| track.name.as_deref()).collect();
        assert_eq!(names, [Some("a & b"), None]);
        let [first, second, ..] = gpx.points() else {
            panic!("{text}")
        };
        assert_eq!((first.lat, first.lon), (full.lat, full.lon));
        assert_eq!((first.elevation(), first.time()), (full.elevation, full.time));
        assert_eq!(gpx.sensors(first), full.sensors);
        assert_eq!((second.elevation(), second.time()), (None, None));
    }

    #[test]
    fn no_more_is_made_than_is_allowed() {
        let mut composer = Composer::new(1000);
        let added = (0..100).take_while(|_| composer.point(&Sample::default()).is_ok());
        assert!((1..30).contains(&added.count()));
    }
}
