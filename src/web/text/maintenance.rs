//! Words of the page that is shown when the instance is out of service.

use super::text;
use crate::web::lang::Text;

pub const H_BREAK: Text = text("A short break", "Kurze Pause");
pub const T_BREAK: Text = text(
    "The site is being worked on. Come back in a little while.",
    "An der Seite wird gearbeitet. Schau in einer Weile wieder vorbei.",
);
pub const H_UPDATE: Text = text("Waiting for an update", "Wartet auf eine Aktualisierung");
pub const T_UPDATE: Text = text(
    "The site comes back once its operator has brought the database up to date.",
    "Die Seite ist wieder da, sobald die Administration die Datenbank aktualisiert hat.",
);
pub const OPERATOR_UPDATE: Text = text(
    "For the operator: run fietsupdate status, then fietsupdate update.",
    "Für die Administration: fietsupdate status, dann fietsupdate update ausführen.",
);
pub const T_TROUBLE: Text = text(
    "The site can't reach its data right now. Come back in a little while.",
    "Die Seite kommt gerade nicht an ihre Daten. Schau in einer Weile wieder vorbei.",
);
pub const OPERATOR_TROUBLE: Text = text(
    "For the operator: the log says why; fietsupdate status looks at the database.",
    "Für die Administration: Der Grund steht im Log; fietsupdate status sieht die Datenbank an.",
);
pub const NOT_SAVED: Text = text(
    "What you just sent was not saved. Keep this page open and send it again later.",
    "Was du gerade gesendet hast, wurde nicht gespeichert. Lass diese Seite offen und sende es später noch einmal.",
);
pub const EVERY_MINUTE: Text = text("This page reloads every minute.", "Diese Seite lädt jede Minute neu.");
pub const EVERY_MINUTES: Text = text(
    "This page reloads every {n} minutes.",
    "Diese Seite lädt alle {n} Minuten neu.",
);
pub const EVERY_SECOND: Text = text("This page reloads every second.", "Diese Seite lädt jede Sekunde neu.");
pub const EVERY_SECONDS: Text = text(
    "This page reloads every {n} seconds.",
    "Diese Seite lädt alle {n} Sekunden neu.",
);
pub const RELOAD: Text = text("Reload now", "Jetzt neu laden");
pub const SINCE: Text = text("Since {when} (UTC)", "Seit {when} (UTC)");
