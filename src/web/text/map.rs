//! Words on maps.

use super::text;
use crate::web::lang::Text;

pub const ZOOM_IN: Text = text("Zoom in", "Vergrößern");
pub const ZOOM_OUT: Text = text("Zoom out", "Verkleinern");
pub const FULL: Text = text("Full screen", "Vollbild");
pub const FIT: Text = text("Show the whole track", "Ganze Tour zeigen");
pub const FIT_ALL: Text = text("Show all tracks", "Alle Touren zeigen");
pub const LAYERS: Text = text("Map layers", "Kartenebenen");
pub const BASE: Text = text("Map", "Karte");
pub const OVERLAYS: Text = text("On top", "Darüber");
pub const PHOTOS: Text = text("Photos", "Fotos");
pub const NO_MAP: Text = text("No map", "Keine Karte");
pub const HINT: Text = text("Two fingers move the map", "Bewege die Karte mit zwei Fingern");
pub const LOADING: Text = text("Loading the map …", "Karte wird geladen …");
pub const FAILED: Text = text("Couldn't load this.", "Das ließ sich nicht laden.");
pub const AGAIN: Text = text("Try again", "Noch einmal versuchen");
pub const CLOSE: Text = text("Close", "Schließen");
pub const OPEN_PHOTO: Text = text("Open photo", "Foto öffnen");
pub const N_PHOTOS: Text = text("{n} photos", "{n} Fotos");
pub const OPEN_TRACK: Text = text("Open track", "Tour öffnen");
pub const MORE: Text = text("and {n} more", "und {n} weitere");
pub const CAPPED: Text = text(
    "The map shows the newest {shown} of {all} tracks.",
    "Die Karte zeigt die neuesten {shown} von {all} Touren.",
);
pub const IN_VIEW: Text = text("Tracks in view", "Touren im Ausschnitt");
pub const NONE_IN_VIEW: Text = text("No track in this part of the map.", "Keine Tour in diesem Ausschnitt.");
pub const ALL_TRACKS: Text = text("Map of all tracks", "Karte aller Touren");
