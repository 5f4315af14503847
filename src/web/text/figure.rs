//! Words for figures, dates and kinds of tracks.

use super::text;
use crate::web::lang::Text;

pub const DISTANCE: Text = text("Distance", "Länge");
pub const CLIMB: Text = text("Climb", "bergauf");
pub const DESCENT: Text = text("Descent", "bergab");
pub const MOVING: Text = text("Moving", "in Bewegung");
pub const STOPPED: Text = text("Stopped", "Pausen");
pub const AVERAGE: Text = text("Average", "im Mittel");
pub const FASTEST: Text = text("Fastest", "höchstens");
pub const DATE: Text = text("Date", "Datum");
pub const START: Text = text("Start", "Beginn");
pub const END: Text = text("End", "Ende");
pub const ODD: Text = text("looks wrong", "wirkt falsch");
pub const PLANNED: Text = text("Planned", "Geplant");
pub const FAVOURITE: Text = text("Favourite", "Favorit");
pub const TRACKS: (Text, Text) = (text("{n} track", "{n} Tour"), text("{n} tracks", "{n} Touren"));
pub const PHOTOS: (Text, Text) = (text("{n} photo", "{n} Foto"), text("{n} photos", "{n} Fotos"));
pub const COMMENTS: (Text, Text) = (
    text("{n} comment", "{n} Kommentar"),
    text("{n} comments", "{n} Kommentare"),
);
pub const WITH: Text = text("with {names}", "mit {names}");
pub const MAP_OF: Text = text("Map of {title}", "Karte von {title}");
pub const PROFILE: Text = text("Height profile", "Höhenprofil");
pub const PROFILE_SUMMARY: Text = text(
    "From {low} to {high} of height over {length}.",
    "Von {low} bis {high} Höhe auf {length}.",
);
pub const SPEED: Text = text("Speed", "Tempo");
pub const HEART: Text = text("Heart rate", "Puls");
pub const CADENCE: Text = text("Cadence", "Trittfrequenz");
pub const POWER: Text = text("Power", "Leistung");
pub const TEMPERATURE: Text = text("Temperature", "Temperatur");
/// Above the profile, to show and hide curves.
pub const CURVES: Text = text("Curves", "Kurven");
/// Before the figures of a part of the profile.
pub const STRETCH: Text = text("Stretch", "Abschnitt");
pub const UP: Text = text("{height} up", "{height} bergauf");
pub const DOWN: Text = text("{height} down", "{height} bergab");
pub const STRETCH_HINT: Text = text(
    "Drag along the profile to measure a stretch. By keyboard: Enter, then the arrow keys.",
    "Zieh am Profil entlang, um einen Abschnitt zu messen. Mit der Tastatur: Eingabe, dann die Pfeiltasten.",
);
pub const STRETCH_FIT: Text = text("Show on the map", "Auf der Karte zeigen");
pub const STRETCH_CLEAR: Text = text("Clear", "Aufheben");
pub const CURVE_SUMMARY: Text = text(
    "From {low} to {high} over {length}.",
    "Von {low} bis {high} auf {length}.",
);
pub const PLACE: Text = text("Place along the track", "Stelle auf der Tour");
pub const TABLE: Text = text("Numbers as a table", "Zahlen als Tabelle");
pub const HEIGHT: Text = text("Height", "Höhe");
pub const KILOMETRE: Text = text("Kilometre", "Kilometer");
pub const CLIMB_SO_FAR: Text = text("Climb so far", "bergauf bis hier");
pub const ONLY_ME: Text = text("Only me", "Nur ich");
pub const ONLY_OWNER: Text = text("Only those involved", "Nur die Beteiligten");
pub const FRIENDS: Text = text("Friends", "Freunde");
pub const FRIENDS_TAGGED: Text = text("Friends of everyone involved", "Freunde aller Beteiligten");
pub const LOGGED_IN: Text = text("Everyone with an account", "Alle mit Konto");
pub const PUBLIC: Text = text("Public", "Öffentlich");
pub const ONLY_ME_MORE: Text = text("and whoever I add below", "und wen ich unten dazunehme");
pub const FRIENDS_MORE: Text = text("everyone on my friends list", "alle auf meiner Freundesliste");
pub const FRIENDS_TAGGED_MORE: Text = text(
    "also the friends of those I add",
    "auch die Freunde derer, die ich dazunehme",
);
pub const LOGGED_IN_MORE: Text = text("whoever is logged in here", "wer hier angemeldet ist");
pub const PUBLIC_MORE: Text = text("anyone, search engines too", "alle, auch Suchmaschinen");
