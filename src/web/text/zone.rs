//! Words of the privacy zones.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Privacy zones", "Privatzonen");
pub const BRIEF: Text = text(
    "Hide the places where your tracks begin and end, such as your home, from everyone else.",
    "Verbirg Orte, an denen deine Touren beginnen und enden, etwa dein Zuhause, vor allen anderen.",
);
pub const OPEN: Text = text("To the zones", "Zu den Zonen");

pub const WHAT: Text = text(
    "A privacy zone is a circle around a place of yours. Everyone else gets your tracks without the points inside: on \
     maps, in curves and pictures, in downloads. You and the administrators still see everything, and your files stay \
     as they are.",
    "Eine Privatzone ist ein Kreis um einen deiner Orte. Alle anderen bekommen deine Touren ohne die Punkte darin: auf \
     Karten, in Kurven und Bildern, in heruntergeladenen Dateien. Du und die Administration sehen weiter alles, und \
     deine Dateien bleiben, wie sie sind.",
);
pub const TO_KNOW: Text = text("Good to know", "Gut zu wissen");
pub const HOW: Text = text(
    "What is cut out is a larger circle, moved by chance, so that its middle doesn't point at your door. Better change a \
     zone than delete it and make it anew: it keeps its chance that way.",
    "Ausgeschnitten wird ein größerer Kreis, zufällig verschoben, damit seine Mitte nicht auf deine Tür zeigt. Ändere \
     eine Zone lieber, als sie zu löschen und neu anzulegen: So behält sie ihren Zufall.",
);
pub const LIMITS: Text = text(
    "Distance, climb and times are shown to others for the part that they see. Only sums count the whole way: those of \
     people whom you tagged, the order of a list and its filters. Titles, \
     descriptions and photos are shown as they are; a photo's own place is never passed on. Your zones don't apply to \
     tracks of others in which you are tagged: their owner decides.",
    "Länge, Anstieg und Zeiten zeigen wir anderen für den Teil, den sie sehen. Nur Summen zählen den ganzen Weg: die von \
     Leuten, die du markiert hast, die Reihenfolge einer Liste und ihre Filter. Titel, Beschreibungen und Fotos bleiben sichtbar; den Ort eines Fotos geben wir nie weiter. Für Touren \
     anderer, in denen du markiert bist, gelten deine Zonen nicht: Darüber entscheidet, wem sie gehören.",
);

pub const EMPTY: Text = text(
    "No zones yet: everyone who may see a track sees where it begins and ends.",
    "Noch keine Zonen: Wer eine Tour sehen darf, sieht auch, wo sie beginnt und endet.",
);
pub const WHERE: Text = text("{radius} m around {lat}, {lon}", "{radius} m um {lat}, {lon}");
pub const CHANGE: Text = text("Change", "Ändern");
pub const DELETE: Text = text("Delete …", "Löschen …");
pub const DELETE_TITLE: Text = text("Delete the zone {name}?", "Zone {name} löschen?");
pub const DELETE_TEXT: Text = text(
    "Everyone who may see your tracks sees the points in it again.",
    "Wer deine Touren sehen darf, sieht die Punkte darin wieder.",
);
pub const DELETE_SURE: Text = text("Delete zone", "Zone löschen");
pub const DELETED: Text = text("The zone is deleted.", "Die Zone ist gelöscht.");

pub const ADD_TITLE: Text = text("Add a zone", "Zone anlegen");
pub const CHANGE_TITLE: Text = text("Change the zone {name}", "Zone {name} ändern");
pub const NAME: Text = text("Name", "Name");
pub const NAME_HINT: Text = text("Only you see it.", "Den siehst nur du.");
pub const LAT: Text = text("Latitude", "Breite");
pub const LAT_HINT: Text = text(
    "In degrees, such as 48.1234; south is negative.",
    "In Grad, etwa 48,1234; Süden ist negativ.",
);
pub const LON: Text = text("Longitude", "Länge");
pub const LON_HINT: Text = text(
    "In degrees, such as 7.1234; west is negative.",
    "In Grad, etwa 7,1234; Westen ist negativ.",
);
pub const RADIUS: Text = text("Radius in metres", "Radius in Metern");
pub const RADIUS_HINT: Text = text(
    "From 50 to 5000. The larger, the less your place stands out.",
    "Von 50 bis 5000. Je größer, desto weniger fällt dein Ort auf.",
);
pub const ADD: Text = text("Add zone", "Zone anlegen");
pub const SAVE: Text = text("Save", "Speichern");
pub const INSTEAD: Text = text("Add another instead", "Stattdessen eine neue anlegen");
pub const SAVED: Text = text("Saved. It counts from now on.", "Gespeichert. Sie gilt ab sofort.");

pub const STARTS: Text = text("Where your tracks begin", "Wo deine Touren beginnen");
pub const STARTS_TEXT: Text = text(
    "Take one of these places as the centre.",
    "Nimm einen dieser Orte als Mittelpunkt.",
);
pub const START_OF: Text = text("Start of {title}", "Start von {title}");
pub const BEGIN_HERE: (Text, Text) = (text("one track", "eine Tour"), text("{n} tracks", "{n} Touren"));

pub const NAMELESS: Text = text("Give it a name first.", "Gib ihr erst einen Namen.");
pub const BAD_LAT: Text = text("Enter a number from -90 to 90.", "Gib eine Zahl von -90 bis 90 ein.");
pub const BAD_LON: Text = text(
    "Enter a number from -180 to 180.",
    "Gib eine Zahl von -180 bis 180 ein.",
);
pub const BAD_RADIUS: Text = text("Enter a number from 50 to 5000.", "Gib eine Zahl von 50 bis 5000 ein.");
pub const MANY: Text = text(
    "You have 20 zones already. Delete one first.",
    "Du hast schon 20 Zonen. Lösche erst eine.",
);
