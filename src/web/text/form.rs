//! Words of the form of a track.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Finish your track", "Tour fertigstellen");
pub const EDIT_TITLE: Text = text("Edit track", "Tour bearbeiten");
pub const NAME: Text = text("Title", "Titel");
pub const MAP: Text = text("The recording on a map", "Die Aufzeichnung auf einer Karte");
pub const DATE: Text = text("Date and time", "Datum und Uhrzeit");
pub const DATE_HINT: Text = text("Local time of the tour", "Ortszeit der Tour");
pub const WHO: Text = text("Who may see it?", "Wer darf die Tour sehen?");
pub const WHO_HINT: Text = text(
    "People you add and people with the private link always see it.",
    "Wen du dazunimmst oder wer den privaten Link hat, sieht die Tour immer.",
);
pub const PEOPLE: Text = text("With whom?", "Mit wem?");
pub const FILTER_PEOPLE: Text = text("Filter the names", "Namen filtern");
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
pub const CHIPS_HINT: Text = text(
    "Enter or a comma adds a tag.",
    "Enter oder ein Komma fügt einen Tag hinzu.",
);
pub const ADD_TAG: Text = text("New tag", "Neuer Tag");
pub const REMOVE_TAG: Text = text("Remove tag {tag}", "Tag {tag} entfernen");
pub const DESCRIPTION: Text = text("Description", "Beschreibung");
pub const MARKDOWN: Text = text("Markdown works here.", "Markdown geht hier.");
pub const PREVIEW: Text = text("Preview", "Vorschau");
pub const NO_PREVIEW: Text = text(
    "Couldn't load the preview. Try again.",
    "Die Vorschau lässt sich nicht laden. Versuche es noch einmal.",
);
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
pub const LATER: Text = text("Not now", "Später");
pub const SAVE_EDIT: Text = text("Save", "Speichern");
pub const CANCEL: Text = text("Cancel", "Abbrechen");
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
pub const TAG_LONG: Text = text("A tag is too long. Shorten it.", "Ein Tag ist zu lang. Kürze ihn.");
pub const PHOTOS: Text = text("Photos", "Fotos");
pub const PHOTOS_HINT: Text = text(
    "Others don't get the place stored in your photos. On the map a photo stands at the nearest point of the track.",
    "Andere bekommen den Ort nicht, der in deinen Fotos steckt. Auf der Karte steht ein Foto am nächsten Punkt der Tour.",
);
pub const ADD_PHOTOS: Text = text("Add photos", "Fotos hinzufügen");
pub const PHOTO_KINDS: Text = text(
    "JPEG, PNG, WebP or GIF, several at once.",
    "JPEG, PNG, WebP oder GIF, auch mehrere auf einmal.",
);
pub const CHOOSE_AGAIN: Text = text("Choose the files again.", "Wähle die Dateien noch einmal aus.");
pub const NO_PHOTOS: Text = text(
    "Photos can't be added on this site at present.",
    "Fotos können hier zurzeit nicht hinzugefügt werden.",
);
pub const CAPTION_OF: Text = text("Caption for {file}", "Bildunterschrift für {file}");
pub const CAPTION_LONG: Text = text(
    "A caption is too long. Shorten it.",
    "Eine Bildunterschrift ist zu lang. Kürze sie.",
);
pub const PLACE: Text = text("Place on the map", "Ort auf der Karte");
pub const PLACE_PHOTO: Text = text("from the photo", "aus dem Foto");
pub const PLACE_TIME: Text = text("by its time", "nach der Uhrzeit");
pub const PLACE_NOWHERE: Text = text("none", "keiner");
pub const DELETE_PHOTO: Text = text("Delete this photo", "Dieses Foto löschen");
pub const REPLACE: Text = text("Replace the recording", "Aufzeichnung ersetzen");
pub const REPLACE_HINT: Text = text(
    "GPX, FIT or TCX. Title, photos and comments stay. Without a file the recording stays as it is.",
    "GPX, FIT oder TCX. Titel, Fotos und Kommentare bleiben. Ohne Datei bleibt die Aufzeichnung, wie sie ist.",
);
pub const NO_ORIGINAL: Text = text(
    "The file you uploaded can't be read any more, so repairs can't change. Replace the recording.",
    "Die hochgeladene Datei lässt sich nicht mehr lesen, deshalb lassen sich Reparaturen nicht ändern. Ersetze die Aufzeichnung.",
);
pub const BUSY: Text = text(
    "This track is being changed elsewhere right now. Nothing was saved: wait a moment, then save again.",
    "Diese Tour wird gerade an anderer Stelle geändert. Nichts wurde gespeichert: Warte kurz und speichere dann noch einmal.",
);
pub const EDITED: Text = text("Saved.", "Gespeichert.");
pub const RESTORED: Text = text(
    "The recording was damaged. It is made anew from the file you uploaded.",
    "Die Aufzeichnung war beschädigt. Sie ist aus der hochgeladenen Datei neu gemacht.",
);
pub const SAVED: Text = text(
    "Your track is in. Seen by: {visibility}.",
    "Deine Tour ist drin. Zu sehen für: {visibility}.",
);
pub const SAVED_WITH: Text = text(
    "Your track is in. Seen by: {visibility} – and whoever you added.",
    "Deine Tour ist drin. Zu sehen für: {visibility} – und wen du dazugenommen hast.",
);
