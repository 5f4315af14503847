//! Words of a track's page: stage, figures, actions, photos, comments.

use super::text;
use crate::web::lang::Text;

pub const THROUGH_LINK: Text = text(
    "You are looking at this through a private link.",
    "Du siehst diese Tour über einen privaten Link.",
);
pub const AND_MORE: Text = text("and {n} more", "und {n} weitere");
pub const NO_TIMES: Text = text(
    "No times in this file, so there is no duration or speed.",
    "Die Datei enthält keine Zeiten, deshalb fehlen Dauer und Tempo.",
);
pub const CUT: Text = text(
    "Near places that its owner keeps private, this track is not shown. The figures are those of the part that you see.",
    "In der Nähe privater Orte der Besitzerin oder des Besitzers wird diese Tour nicht gezeigt. Die Zahlen gelten für den Teil, der zu sehen ist.",
);
pub const DOTTED: Text = text(
    "Others don't see the parts that are dotted on the map.",
    "Andere sehen nicht, was auf der Karte gepunktet ist.",
);
pub const SEE_AS_OTHERS: Text = text("See as others", "Ansehen wie andere");
pub const AS_OTHERS: Text = text(
    "You see this track as others do, without what your privacy zones hide.",
    "Du siehst diese Tour wie andere, ohne das, was deine Privatzonen verbergen.",
);
pub const AS_OWNER: Text = text("Back to your own view", "Zurück zu deiner Ansicht");
pub const NO_HEIGHTS: Text = text(
    "No heights in this file, so there is no profile.",
    "Die Datei enthält keine Höhen, deshalb fehlt das Profil.",
);
pub const NO_RECORDING: Text = text(
    "The recording can't be read, so there is no profile.",
    "Die Aufzeichnung lässt sich nicht lesen, deshalb fehlt das Profil.",
);
pub const ODD_SPEEDS: Text = text("These speeds look wrong.", "Diese Geschwindigkeiten wirken falsch.");
pub const DOWNLOAD: Text = text("Download GPX", "GPX laden");
pub const STAR: Text = text("Favourite", "Favorit");
pub const SHARE: Text = text("Share", "Teilen");
pub const SHARE_TEXT: Text = text(
    "Anyone with this link sees the track, even without an account.",
    "Wer diesen Link hat, sieht die Tour, auch ohne Konto.",
);
pub const SEEN_BY: Text = text("Without it: {visibility}.", "Ohne ihn: {visibility}.");
pub const LINK: Text = text("Private link", "Privater Link");
pub const COPY: Text = text("Copy link", "Link kopieren");
pub const COPIED: Text = text("Copied", "Kopiert");
pub const REPLACE_LINK: Text = text("Replace the link …", "Link ersetzen …");
pub const REPLACE_TITLE: Text = text("Replace the link?", "Link ersetzen?");
pub const REPLACE_TEXT: Text = text(
    "There will be a new link. Whoever has the old one can't use it any more.",
    "Es gibt dann einen neuen Link. Wer den alten hat, kann ihn nicht mehr benutzen.",
);
pub const REPLACE_SURE: Text = text("Replace link", "Link ersetzen");
pub const LINK_REPLACED: Text = text(
    "There is a new private link. The old one is useless now.",
    "Es gibt einen neuen privaten Link. Der alte gilt nicht mehr.",
);
pub const EDIT: Text = text("Edit", "Bearbeiten");
pub const ADD_PHOTOS: Text = text("Add photos", "Fotos hinzufügen");
pub const MAY_REPAIR: Text = text("A repair may help.", "Vielleicht hilft eine Reparatur.");
pub const MORE: Text = text("More", "Mehr");
pub const DELETE: Text = text("Delete …", "Löschen …");
pub const DELETE_TITLE: Text = text("Delete “{title}”?", "„{title}“ löschen?");
pub const DELETE_TEXT: Text = text(
    "Its photos, comments and the GPX file go too. This can't be undone.",
    "Fotos, Kommentare und GPX-Datei gehen mit. Das lässt sich nicht rückgängig machen.",
);
pub const DELETE_SURE: Text = text("Delete track", "Tour löschen");
pub const KEEP: Text = text("Keep", "Behalten");
pub const AS_ADMIN: Text = text("As administrator", "Als Administration");
pub const DELETED: Text = text("“{title}” is deleted.", "„{title}“ ist gelöscht.");
pub const ACTIONS: Text = text("Actions", "Aktionen");
pub const FIGURES: Text = text("Figures", "Zahlen");
pub const ALL_FIGURES: Text = text("All figures", "Alle Zahlen");
pub const DESCRIPTION: Text = text("Description", "Beschreibung");
pub const PHOTOS: Text = text("Photos", "Fotos");
pub const PHOTO_N: Text = text("Photo {n} of {all}", "Foto {n} von {all}");
pub const TAGS: Text = text("Tags", "Tags");
pub const BADGES: Text = text("Badges", "Abzeichen");
pub const COMMENTS: Text = text("Comments", "Kommentare");
pub const NO_COMMENTS: Text = text("No comments yet.", "Noch keine Kommentare.");
pub const LOG_IN_TO_COMMENT: Text = text("Log in to comment", "Melde dich an, um zu kommentieren");
pub const SOMEONE: Text = text("Someone who left", "Jemand, der gegangen ist");
pub const COMMENT_TITLE: Text = text("Title", "Titel");
pub const COMMENT_TEXT: Text = text("Your comment", "Dein Kommentar");
pub const COMMENT_HINT: Text = text("Markdown works here.", "Markdown geht hier.");
pub const POST: Text = text("Post comment", "Kommentar senden");
pub const COMMENT_EMPTY: Text = text("Write something first.", "Schreibe erst etwas.");
pub const COMMENT_LONG: Text = text("That is too long. Shorten it.", "Das ist zu lang. Kürze es.");
pub const COMMENTED: Text = text("Your comment is in.", "Dein Kommentar ist drin.");
pub const COMMENT_DELETE_TITLE: Text = text("Delete this comment?", "Diesen Kommentar löschen?");
pub const COMMENT_DELETE_TEXT: Text = text("This can't be undone.", "Das lässt sich nicht rückgängig machen.");
pub const COMMENT_DELETE_SURE: Text = text("Delete comment", "Kommentar löschen");
pub const COMMENT_DELETED: Text = text("The comment is deleted.", "Der Kommentar ist gelöscht.");
pub const STARRED: Text = text("Now one of your favourites.", "Jetzt einer deiner Favoriten.");
pub const UNSTARRED: Text = text("No longer a favourite.", "Kein Favorit mehr.");
