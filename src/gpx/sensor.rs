//! What sensors recorded at a point: heart rate, cadence, power, temperature.
//!
//! They stand in extensions, under Garmin's names or plain ones. Read on demand, as few pages show them.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::model::Gpx;
use super::number;
use super::point::Point;
use super::scan;

/// The readings at one point.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sensors {
    /// Beats a minute.
    pub heart_rate: Option<f64>,
    /// Turns or steps a minute.
    pub cadence: Option<f64>,
    /// Watts.
    pub power: Option<f64>,
    /// Degrees Celsius of the air.
    pub temperature: Option<f64>,
}

#[derive(Clone, Copy)]
enum Kind {
    HeartRate,
    Cadence,
    Power,
    Temperature,
}

/// The names of elements, without prefix and capitals.
const NAMES: [(&str, Kind); 13] = [
    ("hr", Kind::HeartRate),
    ("heartrate", Kind::HeartRate),
    ("heart_rate", Kind::HeartRate),
    ("cad", Kind::Cadence),
    ("cadence", Kind::Cadence),
    ("runcadence", Kind::Cadence),
    ("run_cadence", Kind::Cadence),
    ("power", Kind::Power),
    ("watts", Kind::Power),
    ("powerinwatts", Kind::Power),
    ("atemp", Kind::Temperature),
    ("temp", Kind::Temperature),
    ("temperature", Kind::Temperature),
];

pub(super) fn read(gpx: &Gpx, point: &Point) -> Sensors {
    let mut sensors = Sensors::default();
    if !point.has_extensions() {
        return sensors;
    }
    let element = &gpx.text[point.span()];
    let mut reader = Reader::from_str(element);
    let mut kind = None;
    let (mut depth, mut inside) = (0_usize, false);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => {
                depth += 1;
                inside |= depth == 2 && tag.name().as_ref() == "extensions";
                kind = kind_of(tag.name().as_ref()).filter(|_| inside);
            }
            Ok(Event::End(_)) => {
                depth -= 1;
                inside &= depth > 1;
                kind = None;
            }
            Ok(Event::Text(value)) => {
                if let Some(kind) = kind {
                    sensors.take(kind, &value);
                }
            }
            Ok(Event::Eof) | Err(_) => return sensors,
            Ok(_) => {}
        }
    }
}

fn kind_of(name: &str) -> Option<Kind> {
    let name = scan::local(name);
    let found = NAMES.iter().find(|known| known.0.eq_ignore_ascii_case(name));
    found.map(|known| known.1)
}

impl Sensors {
    fn take(&mut self, kind: Kind, value: &str) {
        let Some(value) = number::parse(value).filter(|value| value.is_finite()) else {
            return;
        };
        let reading = match kind {
            Kind::HeartRate => &mut self.heart_rate,
            Kind::Cadence => &mut self.cadence,
            Kind::Power => &mut self.power,
            Kind::Temperature => &mut self.temperature,
        };
        reading.get_or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, read};

    #[test]
    fn garmin_and_plain_names_are_understood() {
        let file = "<gpx version='1.1' xmlns:g='u'><trk><trkseg>\
            <trkpt lat='1' lon='2'><hr>9</hr><extensions><power>210</power><g:TrackPointExtension><g:atemp>21.5</g:atemp>\
            <g:hr> 140 </g:hr><g:cad>85</g:cad><g:hr>1</g:hr></g:TrackPointExtension></extensions></trkpt>\
            <trkpt lat='1' lon='2'><extensions><HeartRate>nan</HeartRate></extensions></trkpt>\
            <trkpt lat='1' lon='2'/></trkseg></trk></gpx>";
        let gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        let all = Sensors {
            heart_rate: Some(140.0),
            cadence: Some(85.0),
            power: Some(210.0),
            temperature: Some(21.5),
        };
        assert_eq!(gpx.sensors(&gpx.points()[0]), all);
        assert_eq!(gpx.sensors(&gpx.points()[1]), Sensors::default());
        assert_eq!(gpx.sensors(&gpx.points()[2]), Sensors::default());
    }
}
