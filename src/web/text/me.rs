//! Words of the personal area.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Account", "Konto");
pub const SECTIONS: Text = text("Sections", "Abschnitte");
pub const YOU: Text = text("You", "Du");
pub const FRIENDS: Text = text("Friends", "Freunde");
pub const PROGRAMS: Text = text("Access for programs", "Zugang für Programme");
pub const DEVICES: Text = text("Devices", "Geräte");
pub const DATA: Text = text("Your data", "Deine Daten");

pub const NEW_PASSWORD: Text = text("New password", "Neues Passwort");
pub const PASSWORD_HINT: Text = text(
    "Leave it empty to keep the old one. At least 8 characters; a new one logs out your other devices.",
    "Lass es leer, um das alte zu behalten. Mindestens 8 Zeichen; ein neues meldet deine anderen Geräte ab.",
);
pub const REPEAT: Text = text("Repeat the new password", "Neues Passwort wiederholen");
pub const SAVE: Text = text("Save", "Speichern");
pub const SAVING: Text = text("Saving …", "Wird gespeichert …");
pub const SAVED: Text = text("Saved.", "Gespeichert.");
pub const SAVED_PASSWORD: Text = text(
    "Saved. Your new password is set; your other devices are logged out.",
    "Gespeichert. Dein neues Passwort gilt; deine anderen Geräte sind abgemeldet.",
);

pub const RECEIVED: Text = text("Wants to be your friend", "Möchte mit dir befreundet sein");
pub const SENT: Text = text("You asked", "Du hast gefragt");
pub const SINCE: Text = text("since {date}", "seit {date}");
pub const NAMELESS: Text = text("Someone without a name", "Jemand ohne Namen");
pub const ACCEPT: Text = text("Accept", "Annehmen");
pub const DECLINE: Text = text("Decline", "Ablehnen");
pub const WITHDRAW: Text = text("Withdraw", "Zurückziehen");
pub const NO_FRIENDS: Text = text(
    "Friends can be added to your tracks, and they see those that are for friends.",
    "Freunde kannst du zu deinen Touren dazunehmen, und sie sehen die, die für Freunde sind.",
);
pub const FRIEND_EMAIL: Text = text("E-mail of a friend", "E-Mail eines Freundes");
pub const FRIEND_HINT: Text = text(
    "As they use it to log in here. Friends see each other's address.",
    "Die, mit der sie oder er sich hier anmeldet. Freunde sehen gegenseitig ihre Adresse.",
);
pub const ASK: Text = text("Ask", "Fragen");
pub const ASKED: Text = text("Asked {name}.", "{name} ist gefragt.");
pub const NOBODY: Text = text(
    "Nobody here uses {mail}. Check the spelling.",
    "Niemand hier nutzt {mail}. Prüfe die Schreibweise.",
);
pub const ONESELF: Text = text(
    "That is you. Enter the address of somebody else.",
    "Das bist du. Gib die Adresse von jemand anderem ein.",
);
pub const NOW_FRIENDS: Text = text(
    "You and {name} are friends now.",
    "Du und {name} seid jetzt befreundet.",
);
pub const ALREADY_FRIENDS: Text = text("{name} is your friend already.", "Du und {name} seid schon befreundet.");
pub const ALREADY_ASKED: Text = text(
    "You have asked {name} already. Wait for the answer.",
    "Du hast {name} schon gefragt. Warte auf die Antwort.",
);
pub const DECLINED: Text = text("Declined; {name} isn't told.", "Abgelehnt; {name} erfährt es nicht.");
pub const WITHDRAWN: Text = text("Request withdrawn.", "Anfrage zurückgezogen.");
pub const ENDED: Text = text(
    "You and {name} are no longer friends.",
    "Du und {name} seid nicht mehr befreundet.",
);
pub const REMOVE: Text = text("Remove …", "Entfernen …");
pub const REMOVE_TITLE: Text = text("Remove {name} as a friend?", "{name} als Freund entfernen?");
pub const REMOVE_TEXT: Text = text(
    "You no longer see each other's tracks for friends. Tracks that you are in together stay.",
    "Ihr seht die Touren für Freunde nicht mehr gegenseitig. Gemeinsame Touren bleiben.",
);
pub const REMOVE_SURE: Text = text("Remove friend", "Freund entfernen");

pub const PROGRAMS_TEXT: Text = text(
    "With a token a program uploads tracks in your name and lists them, without your password.",
    "Mit einem Token lädt ein Programm Touren in deinem Namen hoch und listet sie auf, ohne dein Passwort.",
);
pub const TOKEN_NAME: Text = text("Name of the program", "Name des Programms");
pub const TOKEN_HINT: Text = text(
    "So that you know later which one to revoke.",
    "Damit du später weißt, welches du widerrufen willst.",
);
pub const TOKEN_NAMELESS: Text = text("Give it a name first.", "Gib ihm erst einen Namen.");
pub const TOKENS_MANY: Text = text(
    "You have 50 tokens already. Revoke one first.",
    "Du hast schon 50 Token. Widerrufe erst eins.",
);
pub const MAKE: Text = text("Make token", "Token anlegen");
pub const COPY_NOW: Text = text(
    "Copy this token now. We won't show it again.",
    "Kopiere dieses Token jetzt. Wir zeigen es nicht noch einmal.",
);
pub const COPY: Text = text("Copy token", "Token kopieren");
pub const MADE: Text = text("made on {date}", "angelegt am {date}");
pub const USED: Text = text("last used on {date}", "zuletzt benutzt am {date}");
pub const NEVER_USED: Text = text("never used", "nie benutzt");
pub const REVOKE: Text = text("Revoke …", "Widerrufen …");
pub const REVOKE_TITLE: Text = text("Revoke the token of {name}?", "Token von {name} widerrufen?");
pub const REVOKE_TEXT: Text = text(
    "The program can do nothing in your name any more. What it uploaded stays.",
    "Das Programm kann nichts mehr in deinem Namen tun. Was es hochgeladen hat, bleibt.",
);
pub const REVOKE_SURE: Text = text("Revoke token", "Token widerrufen");
pub const REVOKED: Text = text("The token is revoked.", "Das Token ist widerrufen.");

pub const DEVICES_TEXT: Text = text(
    "Lost a device, or stayed logged in somewhere? Programs with a token are not meant here.",
    "Ein Gerät verloren oder irgendwo angemeldet geblieben? Programme mit Token sind hier nicht gemeint.",
);
pub const LOG_OUT: Text = text("Log out everywhere …", "Überall abmelden …");
pub const LOG_OUT_TITLE: Text = text("Log out everywhere?", "Überall abmelden?");
pub const LOG_OUT_TEXT: Text = text(
    "Every device has to log in again, this one included.",
    "Auf jedem Gerät musst du dich neu anmelden, auch auf diesem.",
);
pub const LOG_OUT_SURE: Text = text("Log out", "Abmelden");
pub const LOGGED_OUT: Text = text("You are logged out everywhere.", "Du bist überall abgemeldet.");

pub const EXPORT_TEXT: Text = text(
    "One ZIP file with your tracks, photos and everything else that is stored about you.",
    "Eine ZIP-Datei mit deinen Touren, Fotos und allem anderen, was über dich gespeichert ist.",
);
pub const EXPORT: Text = text("Download everything", "Alles laden");
pub const LEAVE_TEXT: Text = text(
    "If you delete your account, your tracks, photos and comments go with it.",
    "Löschst du dein Konto, gehen deine Touren, Fotos und Kommentare mit.",
);
pub const PASSWORD: Text = text("Your password", "Dein Passwort");
pub const LAST_ADMIN: Text = text(
    "You are the only administrator: make somebody else one first (fietsctl user modify), then you can leave.",
    "Nur du verwaltest diese Seite: Mach zuerst jemand anderen zum Administrator (fietsctl user modify), dann kannst du gehen.",
);
pub const PASSWORD_WRONG: Text = text(
    "The password isn't right. Nothing was deleted.",
    "Das Passwort stimmt nicht. Es wurde nichts gelöscht.",
);
pub const DELETE: Text = text("Delete account …", "Konto löschen …");
pub const DELETE_TITLE: Text = text("Delete your account?", "Dein Konto löschen?");
pub const DELETE_TEXT: Text = text(
    "All your tracks, photos, comments and friendships go. This can't be undone.",
    "Alle deine Touren, Fotos, Kommentare und Freundschaften gehen. Das lässt sich nicht rückgängig machen.",
);
pub const DELETE_SURE: Text = text("Delete account", "Konto löschen");
pub const GONE: Text = text("Your account is deleted.", "Dein Konto ist gelöscht.");
