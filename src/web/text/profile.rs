//! Words of the profile: overview, calendar, graphs.

use super::text;
use crate::web::lang::Text;

pub const AS_LIST: Text = text("The same as a list", "Dieselben als Liste");
pub const PARTS: Text = text("Parts of the profile", "Teile des Profils");
pub const OVERVIEW: Text = text("Overview", "Überblick");
pub const CALENDAR: Text = text("Calendar", "Kalender");
pub const GRAPHS: Text = text("Graphs", "Diagramme");
pub const AS_ADMIN: Text = text(
    "You are looking at {name}'s profile as administrator.",
    "Du siehst das Profil von {name} mit den Rechten der Verwaltung.",
);
pub const YEARS: Text = text("Years", "Jahre");
pub const ALL: Text = text("All", "Alle");
pub const TRACKS: Text = text("Tracks", "Touren");
pub const AVERAGE_LENGTH: Text = text("Average distance", "mittlere Länge");
pub const AVERAGE_TIME: Text = text("Average time", "mittlere Zeit");
pub const AVERAGE_SPEED: Text = text("Average speed", "mittleres Tempo");
pub const RECORDS: Text = text("Records", "Rekorde");
pub const LONGEST: Text = text("Longest distance", "längste Strecke");
pub const SHORTEST: Text = text("Shortest distance", "kürzeste Strecke");
pub const LONGEST_TIME: Text = text("Longest time", "längste Zeit");
pub const SHORTEST_TIME: Text = text("Shortest time", "kürzeste Zeit");
pub const NONE: Text = text("No recorded tracks yet.", "Noch keine aufgezeichneten Touren.");
pub const NONE_IN: Text = text(
    "No recorded tracks in {year}.",
    "Keine aufgezeichneten Touren in {year}.",
);
pub const NO_RECORDS: Text = text(
    "Nothing was measured on these tracks yet.",
    "An diesen Touren ist noch nichts gemessen.",
);

pub const MAPS: Text = text("Maps", "Karten");
pub const HEAT_LAYER: Text = text("Heat map", "Heatmap");
pub const TILES_LAYER: Text = text("Tiles reached", "Erreichte Kacheln");
pub const HEAT_MAP: Text = text(
    "Heat map: where these tracks lead, and how often. Drawn on {date}.",
    "Heatmap: wo diese Touren entlangführen, und wie oft. Gezeichnet am {date}.",
);
pub const TILES: Text = text(
    "Tiles: which tiles of the map these tracks have reached. Drawn on {date}.",
    "Kacheln: welche Kacheln der Karte diese Touren erreicht haben. Gezeichnet am {date}.",
);

pub const NONE_IN_MONTH: Text = text("No tracks in this month.", "Keine Touren in diesem Monat.");
pub const OF_MONTH: Text = text("Tracks of the month", "Touren des Monats");
pub const MONTHS: Text = text("Other months", "Andere Monate");
pub const MORE: (Text, Text) = (
    text("and {n} more", "und {n} weitere"),
    text("and {n} more", "und {n} weitere"),
);
pub const STRIP: Text = text(
    "The days of {year}: {n} with tracks, {sum} in all.",
    "Die Tage von {year}: {n} mit Touren, zusammen {sum}.",
);
pub const DAY: Text = text("{day}: {n}", "{day}: {n}");
pub const LEGEND: Text = text("Kilometres of a day", "Kilometer am Tag");
pub const NO_KM: Text = text("0", "0");
pub const UP_TO: Text = text("up to {n}", "bis {n}");
pub const OVER: Text = text("more", "mehr");

pub const MEASURE: Text = text("What is shown", "Was gezeigt wird");
pub const STEP: Text = text("Time steps", "Zeitschritte");
pub const MONTH: Text = text("Month", "Monat");
pub const WEEK: Text = text("Week", "Woche");
pub const YEAR: Text = text("Year", "Jahr");
pub const WEEK_OF: Text = text("Week {n}", "Woche {n}");
pub const BAR: Text = text("{period}: {value}, {tracks}", "{period}: {value}, {tracks}");
pub const SUM: Text = text("{year}: {sum}", "{year}: {sum}");
pub const SUMMARY: Text = text(
    "{measure} in {year}: {sum}. Most in {best}: {value}.",
    "{measure}, {year}: {sum}. Am meisten in {best}: {value}.",
);
pub const LONGEST_TRACK: Text = text("Longest", "Längste");
