//! The map layers: the built-in ones, the two providers, and those of the file.

use std::fmt;

/// A map that pages can show.
#[derive(Clone, PartialEq, Eq)]
pub struct Layer {
    /// What stands in `/tile/ID/…`.
    pub id: String,
    /// What the visitor reads.
    pub name: String,
    /// Whether it is a ground or lies on one.
    pub kind: LayerKind,
    /// The largest zoom that the provider has; none: not known.
    pub max_zoom: Option<u8>,
    /// The provider's address with `{x}`, `{y}` and `{z}`. It may hold a key: it is never printed.
    pub url: String,
    /// Who made it, as HTML.
    pub attribution: String,
    /// Who may see it.
    pub access: Access,
}

/// Whether a layer is a ground or lies on one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerKind {
    /// One of them is shown.
    Base,
    /// Any number of them lie on it.
    Overlay,
}

/// Who may see a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Whoever is logged in.
    Restricted,
}

impl fmt::Debug for Layer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Layer")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("kind", &self.kind)
            .field("max_zoom", &self.max_zoom)
            .field("access", &self.access)
            .finish_non_exhaustive()
    }
}
