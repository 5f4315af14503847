//! Words of the pages that say what went wrong.

use super::text;
use crate::web::lang::Text;

pub const H_400: Text = text("That request didn't work", "Diese Anfrage hat nicht geklappt");
pub const T_400: Text = text(
    "Something in it isn't right. Go back and try again.",
    "Etwas daran stimmt nicht. Geh zurück und versuche es noch einmal.",
);
pub const STALE: Text = text(
    "This form was open too long. Reload it and send it again.",
    "Das Formular war zu lange offen. Lade es neu und sende es noch einmal.",
);
pub const H_403_OUT: Text = text("You need to log in for this", "Dafür musst du angemeldet sein");
pub const T_403_OUT: Text = text("Log in to see this.", "Melde dich an, um das zu sehen.");
pub const H_403: Text = text("This isn't shared with you", "Das ist nicht mit dir geteilt");
pub const T_403: Text = text(
    "Ask the owner for a link.",
    "Bitte die Besitzerin oder den Besitzer um einen Link.",
);
pub const H_404: Text = text("Nothing here", "Hier ist nichts");
pub const T_404: Text = text(
    "The address may have a typo, or the track was deleted.",
    "Vielleicht ist die Adresse vertippt oder die Tour gelöscht.",
);
pub const H_404_LINK: Text = text("This link is of no use any more", "Dieser Link gilt nicht mehr");
pub const T_404_LINK: Text = text(
    "A link in our mails works once, for 24 hours. If you have used it, log in; if not, ask for a new one.",
    "Ein Link in unseren Mails gilt einmal und 24 Stunden lang. Hast du ihn benutzt, melde dich an; wenn nicht, fordere einen neuen an.",
);
pub const H_413: Text = text("That file is too big", "Diese Datei ist zu groß");
pub const T_413: Text = text(
    "At most {size} can be sent at once.",
    "Auf einmal gehen höchstens {size}.",
);
pub const BACK_TO_UPLOAD: Text = text("Back to upload", "Zurück zum Hochladen");
pub const H_500: Text = text("Something broke on our side", "Bei uns ist etwas kaputtgegangen");
pub const T_500: Text = text(
    "Try again; if it stays, tell the operator this number: {id}",
    "Versuche es noch einmal; wenn es bleibt, nenne der Administration diese Nummer: {id}",
);
pub const H_507: Text = text("Nothing was saved", "Es wurde nichts gespeichert");
pub const T_507: Text = text(
    "Nothing can be stored here at the moment. Try again later; if it stays, tell the operator this number: {id}",
    "Hier kann gerade nichts gespeichert werden. Versuche es später noch einmal; wenn es bleibt, nenne der Administration diese Nummer: {id}",
);
pub const AGAIN: Text = text("Try again", "Noch einmal");
