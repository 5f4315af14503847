//! Words of the mails. Nothing that a stranger typed stands in one: it would reach who never asked for it.

use super::text;
use crate::web::lang::Text;

pub const VERIFY_SUBJECT: Text = text("Confirm your e-mail address", "Bestätige deine E-Mail-Adresse");
pub const VERIFY: Text = text(
    "Hello,\n\nsomebody, probably you, made an account with this address at\n{site}\n\n\
     Open this link within 24 hours to confirm the address:\n{link}\n\n\
     If it wasn't you, do nothing: without the link nobody can use the account.\n",
    "Hallo,\n\njemand, wahrscheinlich du, hat mit dieser Adresse ein Konto angelegt bei\n{site}\n\n\
     Öffne innerhalb von 24 Stunden diesen Link, um die Adresse zu bestätigen:\n{link}\n\n\
     Wenn du das nicht warst, tu nichts: Ohne den Link kann niemand das Konto benutzen.\n",
);
pub const RESET_SUBJECT: Text = text("Set a new password", "Setze ein neues Passwort");
pub const RESET: Text = text(
    "Hello,\n\nsomebody, probably you, asked for a new password for your account at\n{site}\n\n\
     Open this link within 24 hours to choose one:\n{link}\n\n\
     If it wasn't you, do nothing: your password stays as it is.\n",
    "Hallo,\n\njemand, wahrscheinlich du, möchte ein neues Passwort für dein Konto bei\n{site}\n\n\
     Öffne innerhalb von 24 Stunden diesen Link, um eines zu wählen:\n{link}\n\n\
     Wenn du das nicht warst, tu nichts: Dein Passwort bleibt, wie es ist.\n",
);
pub const TAKEN_SUBJECT: Text = text("You have an account already", "Du hast schon ein Konto");
pub const TAKEN: Text = text(
    "Hello,\n\nsomebody, probably you, tried to make an account with this address at\n{site}\n\n\
     There is one already. If you don't know its password, open this link within 24 hours to choose a new one:\n{link}\n\n\
     If it wasn't you, do nothing: nothing has changed.\n",
    "Hallo,\n\njemand, wahrscheinlich du, wollte mit dieser Adresse ein Konto anlegen bei\n{site}\n\n\
     Es gibt schon eines. Wenn du das Passwort nicht weißt, öffne innerhalb von 24 Stunden diesen Link, um ein neues zu wählen:\n{link}\n\n\
     Wenn du das nicht warst, tu nichts: Es hat sich nichts geändert.\n",
);
