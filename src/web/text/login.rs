//! Words of the log-in page and of logging out.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Log in", "Anmelden");
pub const EMAIL: Text = text("E-mail", "E-Mail");
pub const PASSWORD: Text = text("Password", "Passwort");
pub const SHOW: Text = text("Show", "Zeigen");
pub const HIDE: Text = text("Hide", "Verbergen");
pub const REMEMBER: Text = text(
    "Keep me logged in on this device",
    "Auf diesem Gerät angemeldet bleiben",
);
pub const SEND: Text = text("Log in", "Anmelden");
pub const FAILED: Text = text(
    "E-mail or password isn't right. Check both and try again.",
    "E-Mail oder Passwort stimmt nicht. Prüfe beides und versuche es noch einmal.",
);
pub const NOT_CONFIRMED: Text = text(
    "Your address isn't confirmed yet. Open the link in our mail.",
    "Deine Adresse ist noch nicht bestätigt. Öffne den Link in unserer Mail.",
);
pub const HELLO: Text = text("Good to see you, {name}.", "Schön, dass du da bist, {name}.");
pub const GOODBYE: Text = text("You are logged out.", "Du bist abgemeldet.");
