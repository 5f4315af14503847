//! Words of the upload page.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Upload", "Hochladen");
pub const FILES: Text = text("GPX, FIT or TCX files", "GPX-, FIT- oder TCX-Dateien");
pub const DROP: Text = text(
    "Drop GPX, FIT or TCX files here, or choose them. Up to {size} each.",
    "Zieh GPX-, FIT- oder TCX-Dateien hierher oder wähle sie aus. Bis {size} je Datei.",
);
pub const SEND: Text = text("Upload", "Hochladen");
pub const SENDING: Text = text("Uploading …", "Wird hochgeladen …");
pub const NO_FILE: Text = text("Choose a file first.", "Wähle zuerst eine Datei aus.");
pub const UNREADABLE: Text = text(
    "We can't read {file}: {reason}. Export it again and retry.",
    "{file} lässt sich nicht lesen: {reason}. Exportiere die Datei neu und versuche es noch einmal.",
);
pub const NO_POINTS: Text = text(
    "{file} holds no recorded points, so there is nothing to draw.",
    "{file} enthält keine aufgezeichneten Punkte, es gibt also nichts zu zeichnen.",
);
pub const TOO_BIG: Text = text(
    "{file} is too big. Up to {size} each.",
    "{file} ist zu groß. Möglich sind {size} je Datei.",
);
pub const TAKEN: (Text, Text) = (
    text("One file is in.", "Eine Datei ist da."),
    text("{n} files are in.", "{n} Dateien sind da."),
);
pub const MORE_REFUSED: (Text, Text) = (
    text(
        "We can't read one more file.",
        "Noch eine Datei lässt sich nicht lesen.",
    ),
    text(
        "We can't read {n} more files.",
        "Noch {n} Dateien lassen sich nicht lesen.",
    ),
);
pub const ALREADY: Text = text(
    "You have this one already: {title}.",
    "Diese Tour hast du schon: {title}.",
);
pub const ANYWAY: Text = text("Upload anyway", "Trotzdem hochladen");
pub const WAITS_TOO: Text = text("a file that waits here", "eine Datei, die hier wartet");
pub const ROUTE: Text = text(
    "This file holds a route, not a recording. So it is set to Planned.",
    "Diese Datei enthält eine Route, keine Aufzeichnung. Deshalb steht sie auf Geplant.",
);
pub const QUEUED: Text = text("Waiting", "Wartet");
pub const READING: Text = text("Reading …", "Wird gelesen …");
pub const READY: Text = text("Ready", "Fertig");
pub const CANCEL: Text = text("Cancel", "Abbrechen");
pub const CLOSE: Text = text("Close", "Schließen");
pub const FAILED: Text = text(
    "{file} didn't get through. Choose it again.",
    "{file} ist nicht angekommen. Wähle die Datei noch einmal aus.",
);
pub const WAITING: (Text, Text) = (
    text("Waiting to be finished (1)", "Wartet auf dich (1)"),
    text("Waiting to be finished ({n})", "Wartet auf dich ({n})"),
);
pub const KEPT: Text = text("Kept for 24 hours.", "Bleibt 24 Stunden hier.");
pub const UNTIL: Text = text("until", "bis");
pub const UTC: Text = text("{time} (UTC)", "{time} (UTC)");
pub const FINISH: Text = text("Finish", "Fertigstellen");
pub const DISCARD: Text = text("Discard …", "Verwerfen …");
pub const DISCARD_TITLE: Text = text("Discard “{title}”?", "„{title}“ verwerfen?");
pub const DISCARD_TEXT: Text = text(
    "The uploaded file is removed here.",
    "Die hochgeladene Datei wird hier entfernt.",
);
pub const DISCARD_SURE: Text = text("Discard upload", "Upload verwerfen");
pub const DISCARDED: Text = text("The upload is discarded.", "Der Upload ist verworfen.");
pub const UNTITLED: Text = text("Upload of {time}", "Upload vom {time}");
pub const TICK: Text = text("Tick {title}", "{title} ankreuzen");
pub const SAVE_TICKED: Text = text("Save ticked as “Only me”", "Angekreuzte als „Nur ich“ speichern");
pub const SAVING: Text = text("Saving …", "Wird gespeichert …");
pub const DISCARD_TICKED: Text = text("Discard ticked …", "Angekreuzte verwerfen …");
pub const DISCARD_TICKED_TITLE: Text = text("Discard the ticked uploads?", "Die angekreuzten Uploads verwerfen?");
pub const DISCARD_TICKED_TEXT: Text = text(
    "The uploaded files are removed here.",
    "Die hochgeladenen Dateien werden hier entfernt.",
);
pub const DISCARD_TICKED_SURE: Text = text("Discard uploads", "Uploads verwerfen");
pub const DISCARDED_TICKED: (Text, Text) = (
    text("The upload is discarded.", "Der Upload ist verworfen."),
    text("{n} uploads are discarded.", "{n} Uploads sind verworfen."),
);
pub const SAVED_TICKED: (Text, Text) = (
    text(
        "Your track is in. Seen by: Only me.",
        "Deine Tour ist drin. Zu sehen für: Nur ich.",
    ),
    text(
        "{n} tracks are in. Seen by: Only me.",
        "{n} Touren sind drin. Zu sehen für: Nur ich.",
    ),
);
pub const STILL_WAITING: (Text, Text) = (
    text(
        "One upload still waits. Finish it by itself.",
        "Ein Upload wartet noch. Stelle ihn einzeln fertig.",
    ),
    text(
        "{n} uploads still wait. Save them again.",
        "{n} Uploads warten noch. Speichere sie noch einmal.",
    ),
);
pub const NONE_TICKED: Text = text(
    "Tick at least one upload first.",
    "Kreuze zuerst mindestens einen Upload an.",
);
