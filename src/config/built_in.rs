//! The map layers that need no configuration, and what the two providers have.
//!
//! Ids, addresses and zooms are those of the original, so that links and caches stay right; the
//! credits are what the providers ask for.

use super::layers::LayerKind::{self, Base, Overlay};

/// A layer that everybody may see.
#[derive(Debug)]
pub struct BuiltIn {
    /// What stands in `/tile/ID/…` and in the configuration.
    pub id: &'static str,
    /// What the visitor reads.
    pub name: &'static str,
    /// Whether it is a ground or lies on one.
    pub kind: LayerKind,
    /// The largest zoom that the provider has.
    pub max_zoom: Option<u8>,
    /// The provider's address.
    pub url: &'static str,
    /// Who made it, as HTML.
    pub attribution: &'static str,
}

/// The ids of all of them, as the configuration would write it.
pub const ALL: &str = "osm satellite osmde opentopo topplusopen opensea hiking cycling";

const OSM: &str = r#"© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors"#;

/// The layers in the order in which they are offered.
pub const BUILT_IN: &[BuiltIn] = &[
    BuiltIn {
        id: "osm",
        name: "OSM",
        kind: Base,
        max_zoom: Some(19),
        url: "https://tile.openstreetmap.org/{z}/{x}/{y}.png",
        attribution: OSM,
    },
    BuiltIn {
        id: "satellite",
        name: "Satellit",
        kind: Base,
        max_zoom: Some(21),
        url: "https://server.arcgisonline.com/ArcGIS/rest/services/World_Imagery/MapServer/tile/{z}/{y}/{x}",
        attribution: r#"Imagery © <a href="https://www.esri.com/">Esri</a>, Maxar, Earthstar Geographics, GIS user community"#,
    },
    BuiltIn {
        id: "osmde",
        name: "OSMDE",
        kind: Base,
        max_zoom: Some(19),
        url: "https://tile.openstreetmap.de/tiles/osmde/{z}/{x}/{y}.png",
        attribution: OSM,
    },
    BuiltIn {
        id: "opentopo",
        name: "Open Topo",
        kind: Base,
        max_zoom: Some(17),
        url: "https://tile.opentopomap.org/{z}/{x}/{y}.png",
        attribution: r#"Data © <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors, SRTM; map © <a href="https://opentopomap.org/">OpenTopoMap</a> (<a href="https://creativecommons.org/licenses/by-sa/3.0/">CC-BY-SA</a>)"#,
    },
    BuiltIn {
        id: "topplusopen",
        name: "TopPlusOpen",
        kind: Base,
        max_zoom: Some(18),
        url: "https://sgx.geodatenzentrum.de/wmts_topplus_open/tile/1.0.0/web/default/WEBMERCATOR/{z}/{y}/{x}.png",
        attribution: r#"TopPlusOpen © <a href="https://www.bkg.bund.de/">BKG</a>, <a href="https://sgx.geodatenzentrum.de/web_public/Datenquellen_TopPlus_Open.pdf">data sources</a>"#,
    },
    BuiltIn {
        id: "opensea",
        name: "OpenSea",
        kind: Overlay,
        max_zoom: None,
        url: "https://tiles.openseamap.org/seamark/{z}/{x}/{y}.png",
        attribution: r#"© <a href="https://www.openseamap.org/">OpenSeaMap</a> contributors"#,
    },
    BuiltIn {
        id: "hiking",
        name: "Hiking",
        kind: Overlay,
        max_zoom: None,
        url: "https://tile.waymarkedtrails.org/hiking/{z}/{x}/{y}.png",
        attribution: r#"© <a href="https://hiking.waymarkedtrails.org/">Waymarked Trails</a> (<a href="https://creativecommons.org/licenses/by-sa/3.0/">CC-BY-SA 3.0</a>)"#,
    },
    BuiltIn {
        id: "cycling",
        name: "Cycling",
        kind: Overlay,
        max_zoom: None,
        url: "https://tile.waymarkedtrails.org/cycling/{z}/{x}/{y}.png",
        attribution: r#"© <a href="https://cycling.waymarkedtrails.org/">Waymarked Trails</a> (<a href="https://creativecommons.org/licenses/by-sa/3.0/">CC-BY-SA 3.0</a>)"#,
    },
];

/// Whom Thunderforest's layers are credited to.
pub const THUNDERFOREST_ATTRIBUTION: &str = r#"Map © <a href="https://www.thunderforest.com/">Thunderforest</a>, data © <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors"#;

/// Whom Stamen's layers are credited to.
pub const STAMEN_ATTRIBUTION: &str = r#"Map © <a href="https://stamen.com/">Stamen Design</a> (<a href="https://creativecommons.org/licenses/by/3.0/">CC BY 3.0</a>), data © <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors (ODbL, CC BY-SA)"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_names_every_layer_in_order() {
        let ids: Vec<&str> = BUILT_IN.iter().map(|layer| layer.id).collect();
        assert_eq!(ids.join(" "), ALL);
    }

    #[test]
    fn every_layer_has_its_placeholders_and_its_credits() {
        for layer in BUILT_IN {
            for part in ["{x}", "{y}", "{z}"] {
                assert!(layer.url.contains(part), "{}", layer.id);
            }
            assert!(layer.attribution.contains("<a href=\"https://"), "{}", layer.id);
        }
    }
}
