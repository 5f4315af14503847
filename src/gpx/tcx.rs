//! TCX files, Garmin's older XML for training, turned into GPX.
//!
//! The text has been through the reader of GPX before it comes here, which finds any XML sound or refuses it; so
//! this pass only picks out what it knows. Each activity and each course is a track, each of its pieces a segment.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::compose::{Composer, Sample};
use super::number;
use super::reason::Reason;
use super::scan::local;
use super::text;
use super::time::{Parsed, Time};

/// Whether the root of the XML document is that of TCX.
pub(super) fn is_tcx(text: &str) -> bool {
    let mut reader = Reader::from_str(text);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => return local(tag.name().as_ref()) == "TrainingCenterDatabase",
            Ok(Event::Empty(_) | Event::Eof) | Err(_) => return false,
            Ok(_) => {}
        }
    }
}

/// The recorded and planned places as GPX of `most` bytes at most.
///
/// # Errors
/// [`Reason::Coordinate`], [`Reason::Elevation`], [`Reason::Date`], [`Reason::TooLarge`].
pub(super) fn to_gpx(text: &str, most: usize) -> Result<String, Reason> {
    let mut reader = Reader::from_str(text);
    let mut pass = Pass::new(most);
    loop {
        match reader.read_event().map_err(|_| Reason::Malformed)? {
            Event::Start(tag) => pass.enter(tag.name().as_ref()),
            Event::Empty(tag) => {
                pass.enter(tag.name().as_ref());
                pass.leave()?;
            }
            Event::End(_) => pass.leave()?,
            Event::Text(piece) => pass.push(&piece),
            Event::CData(piece) => pass.push(&piece),
            Event::GeneralRef(name) => {
                if let Some(letter) = text::resolve(&name) {
                    pass.push(letter.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Eof => return Ok(pass.composer.finish()),
            _ => {}
        }
    }
}

/// What an open element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The root and what groups activities.
    Outer,
    /// An activity or a course.
    Whole,
    Lap,
    Track,
    Point,
    Position,
    HeartRate,
    Extensions,
    Value(Value),
    Foreign,
}

/// An element whose text is of use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    Name,
    Notes,
    Time,
    Latitude,
    Longitude,
    Altitude,
    HeartRate,
    Cadence,
    Power,
    Speed,
}

impl Place {
    /// What the child of that name, without prefix, is.
    fn child(self, name: &str) -> Place {
        match (self, name) {
            (Place::Outer, "Activity" | "Course") => Place::Whole,
            (Place::Outer, _) => Place::Outer,
            (Place::Whole, "Name") => Place::Value(Value::Name),
            (Place::Whole, "Notes") => Place::Value(Value::Notes),
            (Place::Whole, "Lap") => Place::Lap,
            (Place::Whole | Place::Lap, "Track") => Place::Track,
            (Place::Track, "Trackpoint") => Place::Point,
            (Place::Point, "Time") => Place::Value(Value::Time),
            (Place::Point, "Position") => Place::Position,
            (Place::Point, "AltitudeMeters") => Place::Value(Value::Altitude),
            (Place::Point, "HeartRateBpm") => Place::HeartRate,
            (Place::Point, "Cadence") => Place::Value(Value::Cadence),
            (Place::Point, "Extensions") => Place::Extensions,
            (Place::Position, "LatitudeDegrees") => Place::Value(Value::Latitude),
            (Place::Position, "LongitudeDegrees") => Place::Value(Value::Longitude),
            (Place::HeartRate, "Value") => Place::Value(Value::HeartRate),
            (Place::Extensions, "TPX") => Place::Extensions,
            (Place::Extensions, "Watts") => Place::Value(Value::Power),
            (Place::Extensions, "Speed") => Place::Value(Value::Speed),
            (Place::Extensions, "RunCadence") => Place::Value(Value::Cadence),
            _ => Place::Foreign,
        }
    }
}

struct Pass {
    composer: Composer,
    open: Vec<Place>,
    /// The text of the value that is open.
    value: String,
    name: Option<String>,
    notes: Option<String>,
    /// The point that is open, and its position, which may be missing.
    sample: Sample,
    lat: Option<f64>,
    lon: Option<f64>,
    positioned: bool,
}

impl Pass {
    fn new(most: usize) -> Pass {
        Pass {
            composer: Composer::new(most),
            open: Vec::new(),
            value: String::new(),
            name: None,
            notes: None,
            sample: Sample::default(),
            lat: None,
            lon: None,
            positioned: false,
        }
    }

    fn enter(&mut self, name: &str) {
        let place = match self.open.last() {
            Some(parent) => parent.child(local(name)),
            None => Place::Outer,
        };
        match place {
            Place::Whole => {
                (self.name, self.notes) = (None, None);
                self.composer.begin_track();
            }
            Place::Track => self.composer.begin_segment(),
            Place::Point => {
                self.sample = Sample::default();
                (self.lat, self.lon, self.positioned) = (None, None, false);
            }
            Place::Position => self.positioned = true,
            Place::Value(_) => self.value.clear(),
            _ => {}
        }
        self.open.push(place);
    }

    fn push(&mut self, piece: &str) {
        if let Some(Place::Value(_)) = self.open.last() {
            self.value.push_str(piece);
        }
    }

    fn leave(&mut self) -> Result<(), Reason> {
        match self.open.pop() {
            Some(Place::Whole) => self.composer.end_track(self.name.as_deref(), self.notes.as_deref())?,
            Some(Place::Track) => self.composer.end_segment()?,
            // Without position: in a tunnel, on a turbo trainer.
            Some(Place::Point) if self.positioned => {
                self.sample.lat = self.lat.ok_or(Reason::Coordinate)?;
                self.sample.lon = self.lon.ok_or(Reason::Coordinate)?;
                self.composer.point(&self.sample)?;
            }
            Some(Place::Value(value)) => self.take(value)?,
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, value: Value) -> Result<(), Reason> {
        let text = self.value.trim();
        let number = number::parse(text);
        let reading = number.filter(|number| number.is_finite());
        let sensors = &mut self.sample.sensors;
        match value {
            Value::Name => self.name = Some(text.to_owned()),
            Value::Notes => self.notes = Some(text.to_owned()),
            Value::Latitude => self.lat = number,
            Value::Longitude => self.lon = number,
            Value::Altitude if text.is_empty() => {}
            Value::Altitude => self.sample.elevation = Some(number.ok_or(Reason::Elevation)?),
            Value::HeartRate => sensors.heart_rate = reading,
            Value::Cadence => sensors.cadence = reading,
            Value::Power => sensors.power = reading,
            Value::Speed => self.sample.speed = reading,
            Value::Time => match Time::parse(text) {
                Parsed::Time(time) => self.sample.time = Some(time),
                Parsed::OutOfRange => return Err(Reason::Date),
                Parsed::Absent => {}
            },
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Gpx, ReadError, Sensors, import};

    const SPACE: &str = "http://www.garmin.com/xmlschemas/TrainingCenterDatabase/v2";

    fn whole(content: &str) -> String {
        format!(
            "<?xml version='1.0'?>\n<TrainingCenterDatabase xmlns='{SPACE}' xmlns:x='u'>{content}</TrainingCenterDatabase>"
        )
    }

    fn one_point(content: &str) -> String {
        whole(&format!(
            "<Activities><Activity><Lap><Track><Trackpoint>{content}</Trackpoint></Track></Lap></Activity></Activities>"
        ))
    }

    fn place(lat: &str, lon: &str) -> String {
        format!(
            "<Position><LatitudeDegrees>{lat}</LatitudeDegrees><LongitudeDegrees>{lon}</LongitudeDegrees></Position>"
        )
    }

    fn try_read(file: &str) -> Result<Gpx, ReadError> {
        import(file.as_bytes().to_vec(), 1 << 20)
    }

    fn refused(file: &str) -> Reason {
        try_read(file).map(drop).unwrap_err().reason
    }

    #[test]
    fn every_track_is_a_segment_of_its_activity() {
        let point = format!("<Trackpoint>{}</Trackpoint>", place("1", "2"));
        let track = format!("<Track>{point}{point}</Track>");
        let activity = format!(
            "<Activity Sport='Biking'><Id>2024-05-01T10:00:00Z</Id><Lap><Calories>5</Calories>{track}{track}\
             <Notes>of the lap</Notes></Lap><Lap>{track}</Lap><Notes> up &amp; <![CDATA[<down>]]></Notes></Activity>"
        );
        let courses = format!("<Courses><Course><Name>Plan</Name><Lap/>{track}</Course></Courses>");
        let sport = format!("<MultiSportSession><FirstSport>{activity}</FirstSport></MultiSportSession>");
        let gpx = try_read(&whole(&format!("<Activities>{sport}{activity}</Activities>{courses}"))).unwrap();
        let counts: Vec<usize> = gpx
            .tracks()
            .iter()
            .map(|track| gpx.segments_of(track).count())
            .collect();
        assert_eq!(counts, [3, 3, 1]);
        let labels = gpx
            .tracks()
            .iter()
            .map(|track| (track.name.as_deref(), track.desc.as_deref()));
        let labels: Vec<_> = labels.collect();
        let notes = (None, Some("up & <down>"));
        assert_eq!(labels, [notes, notes, (Some("Plan"), None)]);
        assert_eq!(gpx.points().len(), 14);
    }

    #[test]
    fn everything_about_a_point_is_kept() {
        let gpx = try_read(&one_point(&format!(
            "<Time> 2024-05-01T10:00:00.500Z </Time>{}<AltitudeMeters>12.5</AltitudeMeters><DistanceMeters>7</DistanceMeters>\
             <HeartRateBpm><Value>140</Value></HeartRateBpm><Cadence>85</Cadence>\
             <Extensions><x:TPX><x:Speed>4.5</x:Speed><x:Watts>210</x:Watts></x:TPX></Extensions>",
            place(" 47.5 ", "8.25")
        )))
        .unwrap();
        let point = gpx.points()[0];
        assert_eq!((point.lat, point.lon, point.elevation()), (47.5, 8.25, Some(12.5)));
        assert_eq!(point.time().unwrap().format(), "2024-05-01T10:00:00.5Z");
        let sensors = Sensors {
            heart_rate: Some(140.0),
            cadence: Some(85.0),
            power: Some(210.0),
            temperature: None,
        };
        assert_eq!(gpx.sensors(&point), sensors);
        let run = one_point(&format!(
            "{}<Extensions><TPX xmlns='v'><RunCadence>90</RunCadence></TPX></Extensions>",
            place("1", "2")
        ));
        let gpx = try_read(&run).unwrap();
        assert_eq!(gpx.sensors(&gpx.points()[0]).cadence, Some(90.0));
    }

    #[test]
    fn points_without_position_are_skipped() {
        let gpx = try_read(&one_point("<Time>2024-05-01T10:00:00Z</Time>")).unwrap();
        assert_eq!(gpx.check_points().unwrap_err().reason, Reason::NoPoints);
    }

    #[test]
    fn prefixed_and_utf_16_files_are_read() {
        let plain = one_point(&place("1", "2"));
        let mut prefixed = plain.replace("<", "<t:").replace("<t:/", "</t:").replace("<t:?", "<?");
        prefixed = prefixed.replace("xmlns=", "xmlns:t=");
        let utf_16: Vec<u8> = format!("\u{feff}{plain}")
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(try_read(&prefixed).unwrap().points().len(), 1, "{prefixed}");
        assert_eq!(import(utf_16, 1 << 20).unwrap().points().len(), 1);
    }

    #[test]
    fn it_is_as_strict_as_with_gpx() {
        let deep = format!("{}{}", "<a>".repeat(1000), "</a>".repeat(1000));
        let bomb = format!("<!DOCTYPE t [<!ENTITY a 'b'>]>{}", &whole("<Name>&a;</Name>")[22..]);
        for (file, reason) in [
            (one_point(&place("north", "2")), Reason::Coordinate),
            (one_point("<Position/>"), Reason::Coordinate),
            (one_point("<Position></Position>"), Reason::Coordinate),
            (one_point(&place("nan", "2")), Reason::OutOfRange),
            (one_point(&place("1", "181")), Reason::OutOfRange),
            (
                one_point(&format!("{}<AltitudeMeters>x</AltitudeMeters>", place("1", "2"))),
                Reason::Elevation,
            ),
            (
                one_point(&format!("{}<AltitudeMeters>inf</AltitudeMeters>", place("1", "2"))),
                Reason::Elevation,
            ),
            (one_point("<Time>12024-05-01T10:00:00Z</Time>"), Reason::Date),
            (whole(&deep), Reason::TooDeep),
            (whole("<y:a/>"), Reason::Prefix),
            (whole("<Name>&b;</Name>"), Reason::Entity),
            (bomb, Reason::Entity),
            (whole("")[..100].to_owned(), Reason::Truncated),
            (whole("</Activities>"), Reason::Malformed),
        ] {
            let told = try_read(&file).and_then(|gpx| gpx.check_points());
            assert_eq!(told.unwrap_err().reason, reason, "{file}");
        }
        let many = format!("<Activities>{}</Activities>", "<Course/>".repeat(90_000));
        assert_eq!(refused(&whole(&many)), Reason::TooLarge);
    }
}
