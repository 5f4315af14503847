//! Words of the administration.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Administration", "Verwaltung");
pub const PARTS: Text = text("Parts of the administration", "Teile der Verwaltung");
pub const OVERVIEW: Text = text("Overview", "Überblick");
pub const BADGES: Text = text("Badges", "Abzeichen");
pub const PEOPLE: Text = text("People", "Menschen");
pub const TRACKS: Text = text("Tracks", "Touren");
pub const DATA: Text = text("Data", "Daten");
pub const WAITING: Text = text("Waiting uploads", "wartende Uploads");
pub const STORAGE: Text = text("Storage", "Speicher");
pub const GPX: Text = text("GPX", "GPX");
pub const PHOTOS: Text = text("Photos", "Fotos");
pub const PREVIEWS: Text = text("Previews", "Vorschaubilder");
pub const MAPS: Text = text("Maps", "Karten");
pub const OTHER: Text = text("Everything else", "alles Übrige");
pub const KIND: Text = text("What", "Was");
pub const SIZE: Text = text("Size", "Größe");
pub const SHARE: Text = text("Share", "Anteil");
pub const CUT_SHORT: Text = text(
    "There are more files than are counted here.",
    "Es gibt mehr Dateien, als hier gezählt sind.",
);
pub const HOUSEKEEPING: Text = text("Housekeeping", "Aufräumen");
pub const RAN: Text = text("fietscron ran {ago}.", "fietscron lief {ago}.");
pub const NEVER_RAN: Text = text(
    "fietscron has not run yet. Let it run every hour; its manual says how.",
    "fietscron ist noch nie gelaufen. Lass es stündlich laufen; sein Handbuch sagt, wie.",
);
pub const JUST_NOW: Text = text("just now", "gerade eben");
pub const MINUTES_AGO: (Text, Text) = (
    text("{n} minute ago", "vor {n} Minute"),
    text("{n} minutes ago", "vor {n} Minuten"),
);
pub const HOURS_AGO: (Text, Text) = (
    text("{n} hour ago", "vor {n} Stunde"),
    text("{n} hours ago", "vor {n} Stunden"),
);
pub const DAYS_AGO: (Text, Text) = (
    text("{n} day ago", "vor {n} Tag"),
    text("{n} days ago", "vor {n} Tagen"),
);
pub const MAINTENANCE: Text = text("Maintenance mode", "Wartungsmodus");
pub const IS_OFF: Text = text(
    "It is off. This command switches it on, from the directory of the INI file:",
    "Er ist aus. Dieser Befehl schaltet ihn ein, im Verzeichnis der INI-Datei:",
);
pub const REASON: Text = text("Back at noon", "Mittags wieder da");
pub const SYSTEM: Text = text("System", "System");
pub const VERSION: Text = text("Version", "Version");
pub const SCHEMA: Text = text("Schema", "Schema");
pub const PLATFORM: Text = text("Operating system", "Betriebssystem");

pub const USED: (Text, Text) = (
    text("on {n} track", "an {n} Tour"),
    text("on {n} tracks", "an {n} Touren"),
);
pub const NO_BADGES: Text = text(
    "Badges are small pictures that people put on their tracks: a summit, a club, a hundred kilometres.",
    "Abzeichen sind kleine Bilder, die man an seine Touren heftet: ein Gipfel, ein Verein, hundert Kilometer.",
);
pub const NEW: Text = text("New badge", "Neues Abzeichen");
pub const ADD: Text = text("Add badge", "Abzeichen anlegen");
pub const NAME: Text = text("Title", "Titel");
pub const PICTURE: Text = text("Picture", "Bild");
pub const PICTURE_HINT: Text = text(
    "JPEG, PNG, WebP or GIF, up to {size}; best a square with a clear outline.",
    "JPEG, PNG, WebP oder GIF, bis {size}; am besten quadratisch mit klarem Umriss.",
);
pub const PICTURE_KEEP: Text = text(
    "Leave empty to keep the picture.",
    "Leer lassen, um das Bild zu behalten.",
);
pub const EDIT: Text = text("Edit", "Bearbeiten");
pub const SAVE: Text = text("Save", "Speichern");
pub const DELETE: Text = text("Delete …", "Löschen …");
pub const DELETE_ASK: Text = text("Delete \"{title}\"?", "„{title}“ löschen?");
pub const DELETE_MORE: Text = text(
    "It disappears from every track that has it. This can't be undone.",
    "Es verschwindet von jeder Tour, die es hat. Das lässt sich nicht rückgängig machen.",
);
pub const DELETE_BADGE: Text = text("Delete badge", "Abzeichen löschen");
pub const ADDED: Text = text("The badge is there.", "Das Abzeichen ist da.");
pub const CHANGED: Text = text("Saved.", "Gespeichert.");
pub const DELETED: Text = text("The badge is gone.", "Das Abzeichen ist weg.");
pub const NO_TITLE: Text = text("Give the badge a title.", "Gib dem Abzeichen einen Titel.");
pub const LONG_TITLE: Text = text(
    "This title is too long. Use at most {n} letters.",
    "Dieser Titel ist zu lang. Nimm höchstens {n} Zeichen.",
);
pub const NO_PICTURE: Text = text("Choose a picture.", "Wähle ein Bild aus.");
pub const LARGE_PICTURE: Text = text(
    "This picture is too large. Use one of at most {size}.",
    "Dieses Bild ist zu groß. Nimm eines mit höchstens {size}.",
);
pub const WRONG_PICTURE: Text = text(
    "This isn't a picture we can show. Use JPEG, PNG, WebP or GIF.",
    "Das ist kein Bild, das wir zeigen können. Nimm JPEG, PNG, WebP oder GIF.",
);
