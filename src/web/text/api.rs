//! Words of the answers to programs.

use super::text;
use crate::web::lang::Text;

pub const NO_TOKEN: Text = text(
    "This needs a token. Make one in your account.",
    "Das braucht ein Token. Mach dir eins in deinem Konto.",
);
pub const NO_FILE: Text = text(
    "Send one file, as the body or in the field gpx.",
    "Sende eine Datei, als Inhalt oder im Feld gpx.",
);
pub const THIS_FILE: Text = text("this file", "diese Datei");
pub const ALREADY: Text = text(
    "You have this one already. Send it with force=1 to have it twice.",
    "Diese Tour hast du schon. Sende sie mit force=1, um sie zweimal zu haben.",
);
pub const BAD_VISIBILITY: Text = text(
    "The visibility is one of {values}.",
    "Die Sichtbarkeit ist eine von {values}.",
);
pub const BAD_TYPE: Text = text("The type is one of {values}.", "Der Typ ist einer von {values}.");
pub const BAD_PAGE: Text = text(
    "The parameter {name} is a number above 0.",
    "Der Parameter {name} ist eine Zahl über 0.",
);
