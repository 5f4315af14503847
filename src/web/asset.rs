//! The files that pages need, inside the program: style, script, drawings.
//!
//! Each is known under a name with its hash, kept for a year, and under its plain name, kept for an
//! hour. A new program means new hashes; nothing ever has to be thrown away by hand.

use std::io::Write;
use std::sync::{LazyLock, OnceLock};

use crate::error::{Error, Result};
use crate::secret;
use crate::web::response::Response;
use crate::web::visit::Visit;

/// One file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
    /// Worth compressing.
    is_text: bool,
}

const ASSETS: &[Asset] = &[
    Asset {
        name: "style.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("static/style.css"),
        is_text: true,
    },
    Asset {
        name: "script.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("static/script.js"),
        is_text: true,
    },
    Asset {
        name: "form.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("static/form.js"),
        is_text: true,
    },
    Asset {
        name: "track.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: TRACK.as_bytes(),
        is_text: true,
    },
    Asset {
        name: "map.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: MAP.as_bytes(),
        is_text: true,
    },
    Asset {
        name: "icons.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("static/icons.svg"),
        is_text: true,
    },
    Asset {
        name: "favicon.svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("static/favicon.svg"),
        is_text: true,
    },
    Asset {
        name: "touch-icon.png",
        content_type: "image/png",
        bytes: include_bytes!("static/touch-icon.png"),
        is_text: false,
    },
];

/// The map's parts, in one module: one request, and no name of a part stands in another.
const MAP: &str = concat!(
    include_str!("static/map/plane.js"),
    include_str!("static/map/tiles.js"),
    include_str!("static/map/paint.js"),
    include_str!("static/map/moves.js"),
    include_str!("static/map/board.js"),
    include_str!("static/map/course.js"),
    include_str!("static/map/tracks.js"),
);

/// What the page of a track has besides its map.
const TRACK: &str = concat!(
    include_str!("static/track/photos.js"),
    include_str!("static/track/profile.js")
);

/// How long a file is kept under its plain name, in seconds, as in the original.
const PLAIN_NAME_KEPT: u32 = 3600;

/// The hashed names, in the order of [`ASSETS`].
static HASHED: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(hashed_name).collect());

/// The compressed files, made when first asked for, in the order of [`ASSETS`].
static COMPRESSED: [OnceLock<Option<Vec<u8>>>; ASSETS.len()] = [const { OnceLock::new() }; ASSETS.len()];

/// The path of a file, `/static/style-0123456789ab.css`; the mount prefix is not in it. A file that is
/// not there keeps its plain name.
pub fn path(name: &str) -> String {
    let at = ASSETS.iter().position(|asset| asset.name == name);
    let name = at.and_then(|at| HASHED.get(at)).map_or(name, String::as_str);
    format!("/static/{name}")
}

/// `GET /static/{name}`.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let name = visit.param("name")?;
    let brotli = accepts_brotli(&visit.request.header_list("accept-encoding").unwrap_or_default());
    find(name, brotli).ok_or_else(|| Error::NotFound(format!("no asset {}", name.escape_debug())))
}

fn find(name: &str, brotli: bool) -> Option<Response> {
    let plain = ASSETS.iter().position(|asset| asset.name == name);
    let at = plain.or_else(|| HASHED.iter().position(|hashed| hashed == name))?;
    let asset = &ASSETS[at];
    let compressed = COMPRESSED[at].get_or_init(|| asset.is_text.then(|| compress(asset.bytes)).flatten());
    let response = match compressed {
        Some(bytes) if brotli => Response::bytes(asset.content_type, bytes.as_slice()).header("Content-Encoding", "br"),
        _ => Response::bytes(asset.content_type, asset.bytes),
    };
    let response = match asset.is_text {
        true => response.header("Vary", "Accept-Encoding"),
        false => response,
    };
    Some(match plain {
        Some(_) => response.cache(PLAIN_NAME_KEPT, false),
        None => response.immutable(),
    })
}

fn hashed_name(asset: &Asset) -> String {
    let hash = secret::hex(&secret::sha256(asset.bytes)[..6]);
    match asset.name.rsplit_once('.') {
        Some((stem, extension)) => format!("{stem}-{hash}.{extension}"),
        None => format!("{}-{hash}", asset.name),
    }
}

/// Smaller than the file, or nothing.
fn compress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut out, 4096, 9, 18);
    writer.write_all(bytes).ok()?;
    drop(writer);
    (out.len() < bytes.len()).then_some(out)
}

/// Whether `br` is listed in `Accept-Encoding` and not refused.
fn accepts_brotli(header: &str) -> bool {
    header.split(',').any(|element| {
        let mut parts = element.split(';').map(str::trim);
        let name = parts.next().unwrap_or("");
        let refused = parts.any(|part| {
            let value = part.to_ascii_lowercase().replace(' ', "");
            value.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0))
        });
        name.eq_ignore_ascii_case("br") && !refused
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::response::Body;
    use std::collections::BTreeSet;
    use std::fs;
    use std::io::Read;
    use std::path::Path;

    fn bytes(response: &Response) -> &[u8] {
        match &response.body {
            Body::Bytes(bytes) => bytes,
            Body::Spool(_) => panic!("an asset in a spool"),
        }
    }

    #[test]
    fn a_hashed_name_is_kept_for_a_year_and_the_plain_one_for_an_hour() {
        let hashed = path("style.css");
        assert_eq!(hashed.len(), "/static/style-0123456789ab.css".len());
        let response = find(hashed.trim_start_matches("/static/"), false).unwrap();
        assert!(response.get_header("cache-control").unwrap().contains("31536000"));
        let response = find("style.css", false).unwrap();
        assert_eq!(response.get_header("cache-control"), Some("public, max-age=3600"));
        assert!(find("style-000000000000.css", false).is_none());
        assert!(find("../Cargo.toml", false).is_none());
    }

    #[test]
    fn what_is_compressed_is_the_same_file() {
        for asset in ASSETS.iter().filter(|asset| asset.is_text) {
            let response = find(asset.name, true).unwrap();
            if response.get_header("content-encoding").is_some() {
                let mut plain = Vec::new();
                brotli::Decompressor::new(bytes(&response), 4096)
                    .read_to_end(&mut plain)
                    .unwrap();
                assert_eq!(plain, asset.bytes, "{}", asset.name);
            }
            assert_eq!(bytes(&find(asset.name, false).unwrap()), asset.bytes);
        }
        assert_eq!(
            find("style.css", true).unwrap().get_header("content-encoding"),
            Some("br")
        );
        assert_eq!(
            find("touch-icon.png", true).unwrap().get_header("content-encoding"),
            None
        );
    }

    /// The classes that a style sheet's selectors name.
    fn classes(style: &str) -> BTreeSet<String> {
        let without_comments = style.split("*/").filter_map(|part| part.split("/*").next());
        let style: String = without_comments.collect();
        let selectors = style.split('{').filter_map(|chunk| chunk.rsplit('}').next());
        let named = selectors.flat_map(|selector| selector.split('.').skip(1));
        let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect();
        let names: BTreeSet<String> = named.map(name).collect();
        names
            .into_iter()
            .filter(|name| !name.starts_with(char::is_numeric))
            .collect()
    }

    /// Everything that pages are written in, without this file.
    fn sources(directory: &Path) -> String {
        let mut text = String::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let is_source = path.extension().is_some_and(|kind| kind == "rs" || kind == "js");
            if path.is_dir() {
                text += &sources(&path);
            } else if is_source && !path.ends_with("asset.rs") {
                text += &fs::read_to_string(path).unwrap();
            }
        }
        text
    }

    /// Whether pages give the class to an element: ` .name` in markup, or first or last in a string.
    fn is_given(sources: &str, class: &str) -> bool {
        sources.match_indices(class).any(|(at, _)| {
            let (before, after) = (&sources[..at], &sources[at + class.len()..]);
            let ends = !after.starts_with(|c: char| c.is_alphanumeric() || "-_(".contains(c));
            let begins = before.ends_with(" .") || before.ends_with('"');
            ends && (begins || (before.ends_with(' ') && after.starts_with('"')))
        })
    }

    #[test]
    fn every_class_of_the_style_sheet_is_given_by_some_page() {
        let sources = sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web"));
        let classes = classes(include_str!("static/style.css"));
        assert!(classes.len() > 100 && classes.contains("button"), "{classes:?}");
        let unused: Vec<_> = classes.iter().filter(|class| !is_given(&sources, class)).collect();
        assert!(unused.is_empty(), "no page uses {unused:?}");
    }

    #[test]
    fn the_script_of_every_page_is_small() {
        assert!(include_str!("static/script.js").len() <= 12 << 10);
    }

    #[test]
    fn compression_is_used_only_where_it_is_understood() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", true),
            ("BR;q=0.5", true),
            ("br;q=0", false),
            ("br; q=0.000", false),
            ("gzip", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(accepts_brotli(header), expected, "{header}");
        }
    }
}
