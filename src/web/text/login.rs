//! Words of the log-in page and of logging out.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Log in", "Anmelden");
pub const EMAIL: Text = text("E-mail", "E-Mail");
pub const PASSWORD: Text = text("Password", "Passwort");
pub const REMEMBER: Text = text(
    "Keep me logged in on this device",
    "Auf diesem Gerät angemeldet bleiben",
);
pub const SEND: Text = text("Log in", "Anmelden");
pub const FAILED: Text = text(
    "E-mail or password isn't right. Try again or set a new password.",
    "E-Mail oder Passwort stimmt nicht. Versuche es noch einmal oder setze ein neues Passwort.",
);
pub const NOT_CONFIRMED: Text = text(
    "Your address isn't confirmed yet. Open the link in our mail, or have it sent again.",
    "Deine Adresse ist noch nicht bestätigt. Öffne den Link in unserer Mail oder lass sie dir noch einmal schicken.",
);
pub const TOO_MANY: (Text, Text) = (
    text(
        "Too many attempts. Wait a minute, then try again.",
        "Zu viele Versuche. Warte eine Minute, dann geht es wieder.",
    ),
    text(
        "Too many attempts. Wait {n} minutes, then try again.",
        "Zu viele Versuche. Warte {n} Minuten, dann geht es wieder.",
    ),
);
pub const FORGOT: Text = text("Forgot your password?", "Passwort vergessen?");
pub const MISSING: Text = text("Confirmation mail missing?", "Bestätigungsmail fehlt?");
pub const NEW: Text = text("New here? Create an account", "Neu hier? Leg ein Konto an");
pub const HELLO: Text = text("Good to see you, {name}.", "Schön, dass du da bist, {name}.");
pub const GOODBYE: Text = text("You are logged out.", "Du bist abgemeldet.");
