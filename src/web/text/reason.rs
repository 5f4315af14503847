//! Why a file cannot be taken, for whoever sent it. Each ends the sentence "We can't read it: …".

use super::text;
use crate::gpx::Reason;
use crate::web::lang::Text;

/// The words for a reason.
pub fn of(reason: Reason) -> &'static Text {
    match reason {
        Reason::Encoding => &ENCODING,
        Reason::NotXml => &NOT_XML,
        Reason::Truncated => &TRUNCATED,
        Reason::Gzip | Reason::Fit | Reason::Malformed | Reason::Entity | Reason::Prefix | Reason::TooDeep => {
            &MALFORMED
        }
        Reason::TooLarge => &TOO_LARGE,
        Reason::Coordinate | Reason::OutOfRange => &COORDINATE,
        Reason::Elevation => &ELEVATION,
        Reason::Date => &DATE,
        Reason::NoPoints => &NO_POINTS,
        Reason::OnlyRoute => &ONLY_ROUTE,
        Reason::Memory => &MEMORY,
    }
}

const ENCODING: Text = text("its characters are damaged", "die Zeichen darin sind beschädigt");
const NOT_XML: Text = text(
    "it isn't a GPX, FIT or TCX file",
    "es ist keine GPX-, FIT- oder TCX-Datei",
);
const TRUNCATED: Text = text("its end is missing", "das Ende fehlt");
const MALFORMED: Text = text("it is damaged", "sie ist beschädigt");
const TOO_LARGE: Text = text("it is too big", "sie ist zu groß");
const COORDINATE: Text = text("a point lies nowhere on earth", "ein Punkt liegt nirgends auf der Erde");
const ELEVATION: Text = text("a height is no number", "eine Höhe ist keine Zahl");
const DATE: Text = text("a date doesn't exist", "ein Datum gibt es nicht");
const NO_POINTS: Text = text("it holds no points", "sie enthält keine Punkte");
const MEMORY: Text = text(
    "it needs more memory than we have at the moment",
    "sie braucht mehr Speicher, als wir gerade haben",
);
const ONLY_ROUTE: Text = text(
    "it holds a route but no recording",
    "sie enthält eine Route, aber keine Aufzeichnung",
);
