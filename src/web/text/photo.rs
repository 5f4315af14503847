//! Words about photos: why one is not taken, and the viewer.

use super::text;
use crate::picture::Refused;
use crate::web::lang::Text;

/// The words for a refusal; `{file}` is the name the visitor's file has.
pub fn refused(refused: Refused) -> &'static Text {
    match refused {
        Refused::NotAPicture => &NOT_A_PICTURE,
        Refused::TooLarge => &TOO_LARGE,
        Refused::Broken => &BROKEN,
    }
}

const NOT_A_PICTURE: Text = text(
    "{file} isn't a picture we can show. Use JPEG, PNG, WebP or GIF.",
    "{file} ist kein Bild, das wir zeigen können. Nimm JPEG, PNG, WebP oder GIF.",
);
const TOO_LARGE: Text = text(
    "{file} is too big. Use a picture of at most 100 megapixels and 64 MB.",
    "{file} ist zu groß. Nimm ein Bild mit höchstens 100 Megapixeln und 64 MB.",
);
const BROKEN: Text = text(
    "{file} is damaged. Export it again and retry.",
    "{file} ist beschädigt. Exportiere das Bild neu und versuche es noch einmal.",
);

pub const N_OF: Text = text("{n} of {all}", "{n} von {all}");
pub const OPEN_ORIGINAL: Text = text("Open original", "Original öffnen");
