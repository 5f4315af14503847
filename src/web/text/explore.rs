//! Words of the list of all tracks one may see.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Explore", "Entdecken");
pub const SEARCH_LABEL: Text = text("Search titles", "Titel durchsuchen");
pub const SEARCH: Text = text("Search", "Suchen");
pub const FILTERED: Text = text("Only a part is shown.", "Nur ein Teil wird gezeigt.");
pub const CLEAR: Text = text("Show all", "Alle zeigen");
pub const SORT: Text = text("Sort by", "Sortieren nach");
pub const GO: Text = text("Go", "Los");
pub const DATE_DESC: Text = text("Newest first", "Neueste zuerst");
pub const DATE_ASC: Text = text("Oldest first", "Älteste zuerst");
pub const LENGTH_DESC: Text = text("Longest first", "Längste zuerst");
pub const LENGTH_ASC: Text = text("Shortest first", "Kürzeste zuerst");
pub const DURATION_DESC: Text = text("Most time first", "Längste Zeit zuerst");
pub const DURATION_ASC: Text = text("Least time first", "Kürzeste Zeit zuerst");
pub const EMPTY: Text = text("Nothing to see here yet.", "Hier gibt es noch nichts zu sehen.");
pub const EMPTY_FILTERED: Text = text("Nothing matches these filters.", "Zu diesen Filtern passt nichts.");
pub const LOG_IN: Text = text("Log in to see more", "Melde dich an, um mehr zu sehen");
pub const STAR: Text = text("Favourite: {title}", "Favorit: {title}");
