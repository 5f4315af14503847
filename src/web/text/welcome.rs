//! Words of the welcome page.

use super::text;
use crate::web::lang::Text;

pub const TITLE: Text = text("Rides and hikes, kept well", "Deine Touren, gut aufgehoben");
pub const LEAD: Text = text(
    "Upload what you recorded, look at it again, share it with the people you like.",
    "Lade hoch, was du aufgezeichnet hast, sieh es dir wieder an und teile es, mit wem du magst.",
);
pub const NEWEST: Text = text("Newest public tracks", "Neueste öffentliche Touren");
pub const ALL: Text = text("All tracks", "Alle Touren");
