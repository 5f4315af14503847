//! Words of the pages that make an account, confirm its address, and give it a new password.

use super::text;
use crate::web::lang::Text;

pub const CREATE: Text = text("Create account", "Konto anlegen");
pub const NAME: Text = text("Name", "Name");
pub const NAME_HINT: Text = text("As others see you", "Wie andere dich sehen");
pub const EMAIL: Text = text("E-mail", "E-Mail");
pub const EMAIL_HINT: Text = text(
    "We send a link there to confirm it.",
    "Dorthin schicken wir einen Link zur Bestätigung.",
);
pub const PASSWORD: Text = text("Password", "Passwort");
pub const PASSWORD_HINT: Text = text("At least 8 characters", "Mindestens 8 Zeichen");
pub const REPEAT: Text = text("Repeat the password", "Passwort wiederholen");
pub const MADE: Text = text(
    "Almost there: open the link we sent to {mail} within 24 hours.",
    "Fast fertig: Öffne innerhalb von 24 Stunden den Link, den wir an {mail} geschickt haben.",
);
pub const HAVE_ONE: Text = text("You have an account? Log in", "Du hast schon ein Konto? Melde dich an");

pub const SHORT: Text = text("Use at least 8 characters.", "Nimm mindestens 8 Zeichen.");
pub const LONG: Text = text("Use at most {n} characters.", "Nimm höchstens {n} Zeichen.");
pub const DIFFERENT: Text = text(
    "The two entries differ. Type the second again.",
    "Die Eingaben sind verschieden. Tippe die zweite noch einmal.",
);
pub const NO_NAME: Text = text("Type a name.", "Gib einen Namen ein.");
pub const NO_EMAIL: Text = text("Type your e-mail address.", "Gib deine E-Mail-Adresse ein.");
pub const NOT_AN_EMAIL: Text = text(
    "That is no e-mail address. Check the spelling.",
    "Das ist keine E-Mail-Adresse. Prüfe die Schreibweise.",
);

pub const FORGOT: Text = text("Set a new password", "Neues Passwort setzen");
pub const FORGOT_LEAD: Text = text(
    "Type the address of your account. We send you a link to choose a new password.",
    "Gib die Adresse deines Kontos ein. Wir schicken dir einen Link, mit dem du ein neues Passwort wählst.",
);
pub const SEND: Text = text("Send link", "Link senden");
pub const RESET_ASKED: Text = text(
    "If {mail} has an account here, a link is on its way.",
    "Wenn es zu {mail} ein Konto gibt, ist ein Link unterwegs.",
);

pub const RESEND: Text = text("Confirm your address", "Adresse bestätigen");
pub const RESEND_LEAD: Text = text(
    "Our mail is missing? Type the address of your account, and we send it again.",
    "Unsere Mail fehlt? Gib die Adresse deines Kontos ein, dann schicken wir sie noch einmal.",
);
pub const RESEND_ASKED: Text = text(
    "If {mail} waits to be confirmed here, a link is on its way.",
    "Wenn {mail} hier noch zu bestätigen ist, ist ein Link unterwegs.",
);

pub const CHOOSE: Text = text("New password", "Neues Passwort");
pub const SAVE: Text = text("Save password", "Passwort speichern");
pub const PASSWORD_SET: Text = text(
    "Your new password is set. Log in with it; other devices are logged out.",
    "Dein neues Passwort gilt. Melde dich damit an; andere Geräte sind abgemeldet.",
);
pub const CONFIRMED: Text = text(
    "Your address is confirmed. Log in.",
    "Deine Adresse ist bestätigt. Melde dich an.",
);
pub const TOO_OLD: Text = text(
    "This link is older than 24 hours. Ask for a new one.",
    "Dieser Link ist älter als 24 Stunden. Fordere einen neuen an.",
);
