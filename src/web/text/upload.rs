//! Words of the upload page.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Upload", "Hochladen");
pub const FILES: Text = text("GPX files", "GPX-Dateien");
pub const DROP: Text = text(
    "Drop GPX files here, or choose them. Up to {size} in all.",
    "Zieh GPX-Dateien hierher oder wähle sie aus. Zusammen bis {size}.",
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
pub const TAKEN: (Text, Text) = (
    text("One file is in.", "Eine Datei ist da."),
    text("{n} files are in.", "{n} Dateien sind da."),
);
pub const WAITING: Text = text("Waiting to be finished", "Wartet auf dich");
pub const KEPT: Text = text("Kept for 24 hours.", "Bleibt 24 Stunden hier.");
pub const UPLOADED: Text = text("Uploaded {time} (UTC)", "Hochgeladen {time} (UTC)");
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
