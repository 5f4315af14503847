//! Words of the form that makes a track of an upload.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Finish your track", "Tour fertigstellen");
pub const NAME: Text = text("Title", "Titel");
pub const MAP: Text = text("Map of the upload", "Karte des Uploads");
pub const DATE: Text = text("Date and time", "Datum und Uhrzeit");
pub const DATE_HINT: Text = text("Local time of the tour", "Ortszeit der Tour");
pub const WHO: Text = text("Who may see it?", "Wer darf die Tour sehen?");
pub const WHO_HINT: Text = text(
    "People you add and people with the private link always see it.",
    "Wen du dazunimmst oder wer den privaten Link hat, sieht die Tour immer.",
);
pub const PEOPLE: Text = text("With whom?", "Mit wem?");
pub const KIND: Text = text("What is it?", "Was ist es?");
pub const RECORDED: Text = text("Recorded", "Aufgezeichnet");
pub const RECORDED_MORE: Text = text(
    "I was there; counts in my totals",
    "ich war dort; zählt in meinen Summen",
);
pub const PLANNED_MORE: Text = text("a route for later; doesn't count", "eine Route für später; zählt nicht");
pub const TAGS: Text = text("Tags", "Tags");
pub const TAGS_HINT: Text = text("One word or a few in each field.", "Ein Wort oder ein paar je Feld.");
pub const NEW_TAG: Text = text("New tag {n}", "Neuer Tag {n}");
pub const DESCRIPTION: Text = text("Description", "Beschreibung");
pub const MARKDOWN: Text = text("Markdown works here.", "Markdown geht hier.");
pub const BADGES: Text = text("Badges", "Abzeichen");
pub const REPAIRS: Text = text("Repairs", "Reparaturen");
pub const FIX_ENDS: Text = text(
    "Fill in missing heights at start and end",
    "Fehlende Höhen am Anfang und Ende ergänzen",
);
pub const FIX_JUMPS: Text = text("Level sudden height jumps", "Plötzliche Höhensprünge ausgleichen");
pub const CUT_BREAKS: Text = text("Cut out breaks over 5 minutes", "Pausen über 5 Minuten herausschneiden");
pub const SAVE: Text = text("Save track", "Tour speichern");
pub const SAVING: Text = text("Saving …", "Wird gespeichert …");
pub const CANCEL: Text = text("Not now", "Später");
pub const DATE_WRONG: Text = text(
    "Date and time: enter both, for example 2025-11-24 12:58.",
    "Datum und Uhrzeit: Trage beides ein, zum Beispiel 2025-11-24 12:58.",
);
pub const TITLE_LONG: Text = text(
    "The title is too long. Shorten it.",
    "Der Titel ist zu lang. Kürze ihn.",
);
pub const DESCRIPTION_LONG: Text = text(
    "The description is too long. Shorten it.",
    "Die Beschreibung ist zu lang. Kürze sie.",
);
pub const NOT_A_FRIEND: Text = text(
    "You can only add people from your friends list.",
    "Du kannst nur Leute von deiner Freundesliste dazunehmen.",
);
pub const SAVED: Text = text(
    "Your track is in. Seen by: {visibility}.",
    "Deine Tour ist drin. Zu sehen für: {visibility}.",
);
