//! Words of the list of all tracks one may see.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Explore", "Entdecken");
pub const SEARCH_LABEL: Text = text("Search titles", "Titel durchsuchen");
pub const SEARCH: Text = text("Search", "Suchen");
pub const FILTERS: Text = text("Filters", "Filter");
pub const FILTERS_N: Text = text("Filters ({n})", "Filter ({n})");
pub const WHAT: Text = text("What", "Was");
pub const HOW_FAR: Text = text("When and how far", "Wann und wie weit");
pub const WHOSE: Text = text("Whose", "Wessen");
pub const RECORDED: Text = text("Recorded", "Aufgezeichnet");
pub const PLANNED: Text = text("Planned", "Geplant");
pub const TAGS: Text = text("Tags", "Tags");
pub const TAGS_HINT: Text = text("All of several: hike && alps", "Mehrere zugleich: Wandern && Alpen");
pub const PEOPLE: Text = text("With", "Mit");
pub const PEOPLE_HINT: Text = text("Whole names: Ann && Bob", "Ganze Namen: Anna && Bernd");
pub const MIN_LENGTH: Text = text("From", "Ab");
pub const MAX_LENGTH: Text = text("Up to", "Bis");
pub const KM: Text = text("km", "km");
pub const MIN_DATE: Text = text("First day", "Erster Tag");
pub const MAX_DATE: Text = text("Last day", "Letzter Tag");
pub const ONLY_MINE: Text = text("Only mine", "Nur meine");
pub const ONLY_OF_FRIENDS: Text = text("Only my friends’", "Nur die meiner Freunde");
pub const ONLY_WITH_ME: Text = text("Only with me in them", "Nur mit mir dabei");
pub const FAVOURITES: Text = text("Favourites", "Favoriten");
pub const VIEWS: Text = text("How the tracks are shown", "Wie die Touren gezeigt werden");
pub const LIST: Text = text("List", "Liste");
pub const MAP: Text = text("Map", "Karte");
pub const ALL: Text = text("All tracks", "Alle Touren");
pub const SHOW: Text = text("Show", "Zeigen");
pub const ACTIVE: Text = text("Active filters", "Aktive Filter");
pub const REMOVE: Text = text("Remove filter: {text}", "Filter entfernen: {text}");
pub const CLEAR: Text = text("Clear all", "Alle entfernen");
pub const CHIP_SEARCH: Text = text("“{text}”", "„{text}“");
pub const CHIP_LONGER: Text = text("from {n} km", "ab {n} km");
pub const CHIP_SHORTER: Text = text("up to {n} km", "bis {n} km");
pub const CHIP_SINCE: Text = text("from {day}", "ab {day}");
pub const CHIP_UNTIL: Text = text("until {day}", "bis {day}");
pub const ONLY_RECORDED: Text = text("recorded", "aufgezeichnet");
pub const ONLY_PLANNED: Text = text("planned", "geplant");
pub const MINE: Text = text("mine", "meine");
pub const OF_FRIENDS: Text = text("my friends’", "von Freunden");
pub const WITH_ME: Text = text("with me", "mit mir");
pub const ONLY_FAVOURITES: Text = text("favourites", "Favoriten");
pub const NO_FAVOURITES: Text = text("without favourites", "ohne Favoriten");
pub const WRONG_LENGTH: Text = text(
    "Enter whole kilometres, for example 20.",
    "Trage ganze Kilometer ein, zum Beispiel 20.",
);
pub const WRONG_DAY: Text = text(
    "Enter a day, for example 2025-11-24.",
    "Trage einen Tag ein, zum Beispiel 2025-11-24.",
);
pub const WRONG_CHOICE: Text = text(
    "The address has a value for “{name}” that doesn’t exist. Choose again here.",
    "Die Adresse hat für „{name}“ einen Wert, den es nicht gibt. Wähle hier noch einmal.",
);
pub const TICK: Text = text("Tick {title} for the ZIP", "{title} für das ZIP ankreuzen");
pub const ZIP: Text = text("Download ticked as ZIP", "Angekreuzte als ZIP laden");
pub const TICKED: Text = text("{n} ticked", "{n} angekreuzt");
pub const UNTICK: Text = text("Clear", "Leeren");
pub const SORT: Text = text("Sort by", "Sortieren nach");
pub const GO: Text = text("Go", "Los");
pub const DATE_DESC: Text = text("Newest first", "Neueste zuerst");
pub const DATE_ASC: Text = text("Oldest first", "Älteste zuerst");
pub const LENGTH_DESC: Text = text("Longest first", "Längste zuerst");
pub const LENGTH_ASC: Text = text("Shortest first", "Kürzeste zuerst");
pub const DURATION_DESC: Text = text("Most time first", "Längste Zeit zuerst");
pub const DURATION_ASC: Text = text("Least time first", "Kürzeste Zeit zuerst");
pub const EMPTY: Text = text("Nothing to see here yet.", "Hier gibt es noch nichts zu sehen.");
pub const EMPTY_FILTERED: Text = text(
    "Nothing matches these filters. Remove one:",
    "Zu diesen Filtern passt nichts. Nimm einen weg:",
);
pub const LOG_IN: Text = text("Log in to see more", "Melde dich an, um mehr zu sehen");
pub const STAR: Text = text("Favourite: {title}", "Favorit: {title}");
