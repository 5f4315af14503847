//! Words of the frame around every page.

use super::text;
use crate::web::lang::Text;

pub const SKIP: Text = text("Skip to content", "Zum Inhalt");
pub const NAV: Text = text("Main", "Hauptmenü");
pub const HOME: Text = text("Home", "Start");
pub const EXPLORE: Text = text("Explore", "Entdecken");
pub const UPLOAD: Text = text("Upload", "Hochladen");
pub const LOG_IN: Text = text("Log in", "Anmelden");
pub const CREATE_ACCOUNT: Text = text("Create account", "Konto anlegen");
pub const LOG_OUT: Text = text("Log out", "Abmelden");
pub const ACCOUNT: Text = text("Account menu", "Kontomenü");
pub const PROFILE: Text = text("Your profile", "Dein Profil");
pub const YOUR_ACCOUNT: Text = text("Account", "Konto");
pub const ADMIN: Text = text("Administration", "Verwaltung");
pub const PAGES_OF_OURS: Text = text("About this site", "Über diese Seite");
pub const LANGUAGE: Text = text("Language", "Sprache");
pub const APPEARANCE: Text = text("Appearance", "Aussehen");
pub const SYSTEM: Text = text("System", "System");
pub const LIGHT: Text = text("Light", "Hell");
pub const DARK: Text = text("Dark", "Dunkel");
pub const SOURCE: Text = text("Source code (AGPL)", "Quelltext (AGPL)");
pub const CLOSE: Text = text("Close", "Schließen");
pub const KIND_OK: Text = text("Done:", "Erledigt:");
pub const KIND_INFO: Text = text("Note:", "Hinweis:");
pub const KIND_WARN: Text = text("Mind:", "Achtung:");
pub const KIND_BAD: Text = text("Problem:", "Problem:");
pub const FIRST: Text = text("First", "Erste");
pub const PREVIOUS: Text = text("Previous", "Zurück");
pub const NEXT: Text = text("Next", "Weiter");
pub const LAST: Text = text("Last", "Letzte");
pub const PAGES: Text = text("Pages", "Seiten");
pub const RANGE: Text = text("{from}–{to} of {n}", "{from}–{to} von {n}");
pub const SHOW: Text = text("Show", "Zeigen");
pub const HIDE: Text = text("Hide", "Verbergen");
pub const SHOW_PASSWORD: Text = text("Show password: {field}", "Passwort zeigen: {field}");
pub const HIDE_PASSWORD: Text = text("Hide password: {field}", "Passwort verbergen: {field}");
pub const REQUIRED: Text = text("(required)", "(nötig)");
pub const SUMMARY: (Text, Text) = (
    text("One thing needs another look", "Noch eine Angabe prüfen"),
    text("{n} things need another look", "Noch {n} Angaben prüfen"),
);
