//! Words of the home page.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Your tracks", "Deine Touren");
pub const OLDEST_FIRST: Text = text("Oldest first", "Älteste zuerst");
pub const NEWEST_FIRST: Text = text("Newest first", "Neueste zuerst");
pub const WAITING: (Text, Text) = (
    text(
        "One upload is waiting. Finish it before it is removed.",
        "Ein Upload wartet auf dich. Stelle ihn fertig, bevor er entfernt wird.",
    ),
    text(
        "{n} uploads are waiting. Finish them before they are removed.",
        "{n} Uploads warten auf dich. Stelle sie fertig, bevor sie entfernt werden.",
    ),
);
pub const KEPT_UNTIL: Text = text("kept until", "bleibt bis");
pub const ALL_WAITING: Text = text("All of them", "Alle ansehen");
pub const IN_ALL: Text = text("in all", "insgesamt");
pub const TRACKS: (Text, Text) = (text("track", "Tour"), text("tracks", "Touren"));
pub const PROFILE: Text = text("Profile with calendar and graphs", "Profil mit Kalender und Diagrammen");
pub const PLANNED: (Text, Text) = (
    text(
        "{n} planned track is in Explore.",
        "{n} geplante Tour steht unter Entdecken.",
    ),
    text(
        "{n} planned tracks are in Explore.",
        "{n} geplante Touren stehen unter Entdecken.",
    ),
);
pub const EMPTY: Text = text("Your first track belongs here.", "Hier steht bald deine erste Tour.");
pub const UPLOAD: Text = text("Upload a track", "Tour hochladen");
pub const OTHER_YEAR: Text = text("Tracks of {year}", "Touren von {year}");
pub const LONGEST: Text = text("longest {n}", "längste {n}");
pub const AVERAGE: Text = text("average {n}", "im Mittel {n}");
pub const MOVING: Text = text("moving {n}", "in Bewegung {n}");
pub const STOPPED: Text = text("stopped {n}", "Pausen {n}");
pub const LONGEST_TIME: Text = text("longest time {n}", "längste Zeit {n}");
pub const AVERAGE_TIME: Text = text("average time {n}", "mittlere Zeit {n}");
pub const WHOLE_MONTH: Text = text(
    "All tracks of this month in Explore",
    "Alle Touren dieses Monats unter Entdecken",
);
