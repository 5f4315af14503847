//! The map layers: the built-in ones, the two providers, and those of the file.

use std::fmt;

use super::address;
use super::built_in::{BUILT_IN, BuiltIn, STAMEN_ATTRIBUTION, THUNDERFOREST_ATTRIBUTION};
use super::keys::{APP, TILE_LAYER, find_key, split_layer};
use super::notes::Notes;
use super::values::Values;

/// No provider has more, and two to this power still fits 32 bits.
pub const LARGEST_ZOOM: u8 = 30;

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

impl Layer {
    /// Whether a visitor may see it.
    pub fn is_for(&self, is_logged_in: bool) -> bool {
        self.access == Access::Public || is_logged_in
    }

    /// Scheme, host and port of its provider.
    pub fn origin(&self) -> &str {
        origin_of(&self.url)
    }
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

/// The effective layers: built-in ones, Thunderforest's, Stamen's, then the file's own, in its order.
pub fn list_layers(values: &Values, notes: &mut Notes) -> Vec<Layer> {
    let wanted = values.list("fietsboek.default_tile_layers", notes);
    let built_in = BUILT_IN.iter().filter(|layer| wanted.iter().any(|id| id == layer.id));
    let mut layers: Vec<Layer> = built_in.map(from_built_in).collect();
    layers.extend(list_thunderforest(values, notes));
    layers.extend(values.list("stamen.maps", notes).iter().map(|map| stamen(map)));
    for entry in values.list_entries() {
        match split_layer(&entry.key) {
            Some((id, None)) => {
                if layers.iter().any(|layer| layer.id == id) {
                    let text = "another layer has this id, so the tile proxy will not serve this one";
                    values.warn(&entry.key, text, notes);
                }
                layers.push(custom(id, values, notes));
            }
            Some((id, Some(_))) if find_key(APP, &entry.key).is_some() => {
                let parent = format!("{TILE_LAYER}{id}");
                if values.find_line(&parent).is_none() {
                    values.warn(&entry.key, format!("has no effect without {parent} = NAME"), notes);
                }
            }
            _ => {}
        }
    }
    layers
}

/// Scheme, host and port of an address.
pub fn origin_of(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

fn from_built_in(layer: &BuiltIn) -> Layer {
    Layer {
        id: layer.id.to_owned(),
        name: layer.name.to_owned(),
        kind: layer.kind,
        max_zoom: layer.max_zoom,
        url: layer.url.to_owned(),
        attribution: layer.attribution.to_owned(),
        access: Access::Public,
    }
}

/// They are on only with a key: without one the provider answers with a watermark or not at all.
fn list_thunderforest(values: &Values, notes: &mut Notes) -> Vec<Layer> {
    let access = read_access(values, "thunderforest.access", notes);
    let key = values.text("thunderforest.api_key", notes);
    let maps = values.list("thunderforest.maps", notes);
    if key.is_empty() {
        return Vec::new();
    }
    let layer = |map: &String| Layer {
        id: format!("tf-{map}"),
        name: format!("TF {}", title(map)),
        kind: LayerKind::Base,
        max_zoom: Some(22),
        url: format!("https://tile.thunderforest.com/{map}/{{z}}/{{x}}/{{y}}.png?apikey={key}"),
        attribution: THUNDERFOREST_ATTRIBUTION.to_owned(),
        access,
    };
    maps.iter().map(layer).collect()
}

fn stamen(map: &str) -> Layer {
    Layer {
        id: format!("stamen-{map}"),
        name: format!("Stamen {}", title(map)),
        kind: LayerKind::Base,
        max_zoom: Some(if map == "terrain" { 15 } else { 17 }),
        url: format!("https://stamen-tiles.a.ssl.fastly.net/{map}/{{z}}/{{x}}/{{y}}.png"),
        attribution: STAMEN_ATTRIBUTION.to_owned(),
        access: Access::Public,
    }
}

fn custom(id: &str, values: &Values, notes: &mut Notes) -> Layer {
    let key = |sub: &str| format!("{TILE_LAYER}{id}.{sub}");
    let name = values.text(&format!("{TILE_LAYER}{id}"), notes);
    let zoom: u8 = values.number(&key("zoom"), notes);
    let kind = match values.text(&key("type"), notes).as_str() {
        "overlay" => LayerKind::Overlay,
        _ => LayerKind::Base,
    };
    Layer {
        id: id.to_owned(),
        name: if name.is_empty() { id.to_owned() } else { name },
        kind,
        max_zoom: Some(zoom.min(LARGEST_ZOOM)),
        url: read_url(values, &key("url"), notes),
        attribution: values.text(&key("attribution"), notes),
        access: read_access(values, &key("access"), notes),
    }
}

fn read_url(values: &Values, name: &str, notes: &mut Notes) -> String {
    let url = percent_encoded(&values.text(name, notes));
    if url.is_empty() {
        return url;
    }
    if let Err(text) = address::parse_http(&url) {
        values.fault(name, text, notes);
    }
    for part in ["{x}", "{y}", "{z}"] {
        if !url.contains(part) {
            let text = format!("has no {part}, so each place of the map looks the same");
            values.warn(name, text, notes);
        }
    }
    if url.contains("{s}") {
        values.warn(name, "{s} is not supported; name one of the hosts", notes);
    }
    url
}

/// What no address holds but people write, as the original does it.
fn percent_encoded(url: &str) -> String {
    let pairs = [(" ", "%20"), ("\"", "%22"), ("<", "%3C"), (">", "%3E")];
    pairs
        .iter()
        .fold(url.to_owned(), |url, (letter, code)| url.replace(letter, code))
}

/// Whatever is not public is restricted: of the two mistakes the harmless one.
fn read_access(values: &Values, name: &str, notes: &mut Notes) -> Access {
    match values.text(name, notes).as_str() {
        "public" => Access::Public,
        _ => Access::Restricted,
    }
}

/// Each letter that follows no letter is a capital, all others are small.
fn title(text: &str) -> String {
    let mut follows_letter = false;
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if follows_letter {
            out.extend(letter.to_lowercase());
        } else {
            out.extend(letter.to_uppercase());
        }
        follows_letter = letter.is_alphabetic();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::trial::values;
    use super::*;
    use std::path::Path;

    /// The layers of an `[app:main]`, one line each, then the faults and the warnings.
    fn outline(text: &str) -> (Vec<String>, Vec<String>) {
        let mut notes = Notes::new(Path::new("t.ini"));
        let values = values(APP, text, &mut notes);
        let layers = list_layers(&values, &mut notes);
        let lines = layers.iter().map(|layer| {
            format!(
                "{} {:?} {:?} {:?} {:?}",
                layer.id, layer.name, layer.kind, layer.max_zoom, layer.access
            )
        });
        let mut told: Vec<String> = Vec::new();
        if let Err(error) = notes.check() {
            told.extend(error.text().lines().map(str::to_owned));
        }
        told.extend(notes.warnings());
        (lines.collect(), told)
    }

    fn ids(text: &str) -> Vec<String> {
        let (lines, told) = outline(text);
        assert_eq!(told, [""; 0]);
        lines
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn all_built_in_layers_are_offered_when_nothing_is_said_and_none_when_nothing_is_named() {
        assert_eq!(ids("").join(" "), super::super::built_in::ALL);
        assert_eq!(ids("fietsboek.default_tile_layers =\n"), [""; 0]);
    }

    #[test]
    fn built_in_layers_keep_their_order_and_unknown_ids_are_ignored() {
        assert_eq!(
            ids("fietsboek.default_tile_layers = hiking, osmde nothing osm\n"),
            ["osm", "osmde"]
        );
    }

    #[test]
    fn thunderforest_needs_a_key_and_keeps_the_order_of_the_file() {
        let maps = "fietsboek.default_tile_layers =\nthunderforest.maps = transport-dark cycle\n";
        assert_eq!(ids(maps), [""; 0]);
        let (lines, _) = outline(&format!("{maps}thunderforest.api_key = hush\n"));
        assert_eq!(
            lines[0],
            "tf-transport-dark \"TF Transport-Dark\" Base Some(22) Restricted"
        );
        assert_eq!(lines[1], "tf-cycle \"TF Cycle\" Base Some(22) Restricted");
    }

    #[test]
    fn the_provider_gets_the_key_and_the_debug_text_does_not() {
        let text = "fietsboek.default_tile_layers =\nthunderforest.maps = cycle\nthunderforest.api_key = hush\nthunderforest.access = public\n";
        let mut notes = Notes::new(Path::new("t.ini"));
        let layers = list_layers(&values(APP, text, &mut notes), &mut notes);
        assert_eq!(
            layers[0].url,
            "https://tile.thunderforest.com/cycle/{z}/{x}/{y}.png?apikey=hush"
        );
        assert_eq!(layers[0].access, Access::Public);
        assert!(!format!("{layers:?}").contains("hush"));
    }

    #[test]
    fn the_order_is_built_in_thunderforest_stamen_and_then_the_files_own() {
        let text = "fietsboek.tile_layer.b = B\nfietsboek.tile_layer.b.url = http://b/{x}/{y}/{z}\nfietsboek.tile_layer.a = A\n\
            fietsboek.tile_layer.a.url = http://a/{x}/{y}/{z}\nstamen.maps = watercolor terrain\nthunderforest.maps = outdoors\n\
            thunderforest.api_key = k\nfietsboek.default_tile_layers = osm\n";
        assert_eq!(
            ids(text),
            ["osm", "tf-outdoors", "stamen-watercolor", "stamen-terrain", "b", "a"]
        );
    }

    #[test]
    fn a_layer_of_ones_own_has_defaults() {
        let text = "fietsboek.default_tile_layers =\nfietsboek.tile_layer.x = My map\nfietsboek.tile_layer.x.url = http://m/{z}/{x}/{y}\n";
        let (lines, told) = outline(text);
        assert_eq!(lines, ["x \"My map\" Base Some(22) Public"]);
        assert_eq!(told, [""; 0]);
        let more = "fietsboek.tile_layer.x.type = overlay\nfietsboek.tile_layer.x.zoom = 99\nfietsboek.tile_layer.x.access = restricted\n";
        assert_eq!(
            outline(&format!("{text}{more}")).0,
            ["x \"My map\" Overlay Some(30) Restricted"]
        );
    }

    #[test]
    fn an_address_is_of_the_web_and_its_odd_letters_are_encoded() {
        let url = |url: &str| {
            let mut notes = Notes::new(Path::new("t.ini"));
            let text = format!("fietsboek.tile_layer.x = X\nfietsboek.tile_layer.x.url = {url}\n");
            let layers = list_layers(&values(APP, &text, &mut notes), &mut notes);
            let url = layers.last().map(|layer| layer.url.clone()).unwrap_or_default();
            (url, notes.check().is_ok(), notes.warnings().len())
        };
        let encoded = "https://h/%3Ca%20b%3E/{z}/{x}/{y}".to_owned();
        assert_eq!(url("https://h/<a b>/{z}/{x}/{y}"), (encoded, true, 0));
        assert_eq!(url("https://{s}.h/{z}/{x}").2, 2);
        for wrong in [
            "ftp://h/{x}{y}{z}",
            "//h/{x}{y}{z}",
            "javascript:{x}{y}{z}",
            "http://h:x/{x}{y}{z}",
        ] {
            assert!(!url(wrong).1, "{wrong}");
        }
    }

    #[test]
    fn wrong_sub_keys_are_faults_at_their_line() {
        let text = "fietsboek.tile_layer.x = X\nfietsboek.tile_layer.x.type = Base\nfietsboek.tile_layer.x.zoom =\nfietsboek.tile_layer.x.access = all\n";
        let (_, told) = outline(text);
        assert_eq!(
            told,
            [
                "t.ini:3: [app:main] fietsboek.tile_layer.x.type: \"Base\" is none of base, overlay",
                "t.ini:4: [app:main] fietsboek.tile_layer.x.zoom: \"\" is not a whole number from 0 to 255",
                "t.ini:5: [app:main] fietsboek.tile_layer.x.access: \"all\" is none of public, restricted",
                "t.ini: [app:main] fietsboek.tile_layer.x.url: is missing; it is its address with {x}, {y} and {z}",
            ]
        );
    }

    #[test]
    fn a_sub_key_without_its_layer_and_an_id_that_is_taken_are_warnings() {
        let (_, told) = outline("fietsboek.tile_layer.x.zoom = 3\n");
        assert_eq!(
            told,
            ["t.ini:2: [app:main] fietsboek.tile_layer.x.zoom: has no effect without fietsboek.tile_layer.x = NAME"]
        );
        let (_, told) = outline("fietsboek.tile_layer.osm = O\nfietsboek.tile_layer.osm.url = http://o/{x}{y}{z}\n");
        assert!(told[0].contains("another layer has this id"), "{told:?}");
    }
}
