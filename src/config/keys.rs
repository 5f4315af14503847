//! Every key that the program knows, as one table.
//!
//! A row feeds the reading (default and bounds), the warning about unknown keys and the check of
//! fietsboek.ini(5). A key that is not here cannot be read.

use super::kind::Kind::{
    self, Bool, Choice, Choices, Flag, Ignored, Integer, List, Octal, Path, Paths, Seconds, Secret, Size, Text, Url,
};

/// The section of the application.
pub const APP: &str = "app:main";

/// The section of the listener.
pub const SERVER: &str = "server:main";

/// What every key of a tile layer begins with; its id and, after a dot, the sub-key follow.
pub const TILE_LAYER: &str = "fietsboek.tile_layer.";

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The section, without brackets.
    pub section: &'static str,
    /// The name; `ID` stands for the id of a tile layer.
    pub name: &'static str,
    /// What the value is.
    pub kind: Kind,
    /// The value when the key is absent; none: the key is required.
    pub default: Option<&'static str>,
    /// What it decides, in one line.
    pub meaning: &'static str,
}

const fn app(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key {
        section: APP,
        name,
        kind,
        default: Some(default),
        meaning,
    }
}

const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key {
        section: APP,
        name,
        kind,
        default: None,
        meaning,
    }
}

const fn server(name: &'static str, kind: Kind, default: &'static str, meaning: &'static str) -> Key {
    Key {
        section: SERVER,
        name,
        kind,
        default: Some(default),
        meaning,
    }
}

const fn ignored(section: &'static str, name: &'static str) -> Key {
    Key {
        section,
        name,
        kind: Ignored,
        default: Some(""),
        meaning: "accepted, without effect",
    }
}

const ACCESS: Kind = Choice(&["public", "restricted"]);
const COUNT: Kind = Integer(0, u32::MAX as u64);
const DAY: Kind = Seconds(1, 86_400);
const BYTES: Kind = Size(0, u64::MAX);

/// The table. The order is that of the manual.
#[rustfmt::skip]
pub const KEYS: &[Key] = &[
    required("sqlalchemy.url", Url, "the SQLite database"),
    required("fietsboek.data_dir", Path, "the data directory, which must exist"),
    required("session_key", Secret, "the master secret"),
    app("redis.url", Ignored, "", "accepted, without effect"),
    app("fietsboek.base_url", Url, "", "what absolute links begin with"),
    app("fietsboek.source_url", Url, "", "where the source code can be had"),
    app("enable_account_registration", Bool, "false", "whether visitors may make accounts"),
    app("fietsboek.enable_image_uploads", Bool, "true", "whether photos may be added to tracks"),
    app("available_locales", List, "en de", "the languages on offer"),
    app("pyramid.default_locale_name", Text, "en", "the language when no other fits"),
    app("fietsboek.language_packs", List, "", "packages with more languages"),
    app("fietsboek.pages", Paths, "", "static pages in Markdown, files or directories"),
    app("pyramid.prevent_http_cache", Flag, "false", "whether no answer may be cached"),
    app("pyramid.csrf_trusted_origins", List, "", "other origins that may send forms"),
    app("fietsboek.hsts", Seconds(0, u32::MAX as u64), "0", "how long browsers come by https alone"),
    app("fietsboek.external_images", Bool, "false", "whether Markdown may show images of other sites"),
    required("email.from", Text, "the sender of mail"),
    required("email.smtp_url", Url, "how mail leaves"),
    app("email.username", Text, "", "the account at the mail server"),
    app("email.password", Secret, "", "its password"),
    app("fietsboek.default_tile_layers", List, super::built_in::ALL, "the built-in layers on offer"),
    app("fietsboek.tile_layer.ID", Text, "", "a layer of one's own: its name"),
    required("fietsboek.tile_layer.ID.url", Url, "its address with {x}, {y} and {z}"),
    app("fietsboek.tile_layer.ID.type", Choice(&["base", "overlay"]), "base", "a ground, or on top of one"),
    app("fietsboek.tile_layer.ID.zoom", Integer(0, 255), "22", "its largest zoom"),
    app("fietsboek.tile_layer.ID.attribution", Text, "", "who made it, as HTML"),
    app("fietsboek.tile_layer.ID.access", ACCESS, "public", "who may see it"),
    app("thunderforest.api_key", Secret, "", "the key that switches Thunderforest's layers on"),
    app("thunderforest.maps", List, "", "Thunderforest's maps"),
    app("thunderforest.access", ACCESS, "restricted", "who may see them"),
    app("stamen.maps", Choices(&["toner", "terrain", "watercolor"]), "", "Stamen's maps"),
    app("fietsboek.tile_proxy.disable", Bool, "false", "whether browsers fetch tiles by themselves"),
    app("fietsboek.tile_proxy.timeout", Integer(100, 60_000), "1500", "the time for a tile, in milliseconds"),
    app("fietsboek.tile_cache.size", BYTES, "512 MiB", "the most that the tile cache may hold"),
    app("hittekaart.bin", Path, "", "the program hittekaart"),
    app("hittekaart.autogenerate", Choices(&["heatmap", "tilehunter"]), "", "the overlay maps that fietscron makes"),
    app("hittekaart.threads", Integer(0, 4096), "0", "threads for them; 0 means all cores"),
    app("fietsboek.maintenance.retry_after", Seconds(1, u32::MAX as u64), "120", "when to try again during maintenance"),
    app("fietsboek.backup.dir", Path, "", "where backups go"),
    app("fietsboek.backup.keep", COUNT, "5", "how many backups are kept"),
    app("fietsboek.user", Text, "", "the user that the server becomes when root starts it"),
    app("fietsboek.confine", Bool, "on", "whether the kernel keeps other files from the server"),
    app("fietsboek.gate", Bool, "on", "whether the front door buffers requests"),
    app("fietsboek.header_timeout", DAY, "10", "the time for a request's head"),
    app("fietsboek.body_timeout", DAY, "30", "the longest silence within a body"),
    app("fietsboek.idle_timeout", DAY, "60", "how long a connection may wait"),
    app("fietsboek.write_timeout", DAY, "30", "the longest silence while an answer is taken"),
    app("fietsboek.answer_timeout", DAY, "120", "the time for an answer to be made"),
    app("fietsboek.max_connections", Integer(1, 65_535), "2048", "connections at the same time"),
    app("fietsboek.max_header_size", Size(1024, 16 << 20), "65536", "the largest head of a request"),
    ignored(APP, "pyramid.debug_all"),
    ignored(APP, "pyramid.debug_authorization"),
    ignored(APP, "pyramid.debug_notfound"),
    ignored(APP, "pyramid.debug_routematch"),
    ignored(APP, "pyramid.includes"),
    ignored(APP, "pyramid.prevent_cachebust"),
    ignored(APP, "pyramid.reload_all"),
    ignored(APP, "pyramid.reload_assets"),
    ignored(APP, "pyramid.reload_resources"),
    ignored(APP, "pyramid.reload_templates"),
    ignored(APP, "pyramid.tweens"),
    ignored(APP, "retry.attempts"),
    server("listen", List, "", "where connections are taken"),
    server("host", Text, "0.0.0.0", "the address, where listen is absent"),
    server("port", Integer(0, 65_535), "8080", "the port, where listen is absent"),
    server("unix_socket", Path, "", "a socket in the file system instead"),
    server("unix_socket_perms", Octal, "600", "its permissions"),
    server("threads", Integer(1, 1024), "4", "the number of workers"),
    server("url_scheme", Choice(&["http", "https"]), "http", "how the site is reached"),
    server("url_prefix", Text, "", "the path below which the site is mounted"),
    server("trusted_proxy", Text, "", "the proxy whose headers are believed"),
    server("trusted_proxy_count", Integer(1, 1000), "1", "proxies one behind the other"),
    server("trusted_proxy_headers", List, "x-forwarded-proto", "the headers that are believed"),
    server("clear_untrusted_proxy_headers", Bool, "true", "whether other proxy headers are removed"),
    server("max_request_body_size", BYTES, "1073741824", "the largest body of a request"),
    ignored(SERVER, "asyncore_loop_timeout"),
    ignored(SERVER, "asyncore_use_poll"),
    ignored(SERVER, "backlog"),
    ignored(SERVER, "channel_request_lookahead"),
    ignored(SERVER, "channel_timeout"),
    ignored(SERVER, "cleanup_interval"),
    ignored(SERVER, "connection_limit"),
    ignored(SERVER, "expose_tracebacks"),
    ignored(SERVER, "ident"),
    ignored(SERVER, "inbuf_overflow"),
    ignored(SERVER, "ipv4"),
    ignored(SERVER, "ipv6"),
    ignored(SERVER, "log_socket_errors"),
    ignored(SERVER, "log_untrusted_proxy_headers"),
    ignored(SERVER, "max_request_header_size"),
    ignored(SERVER, "outbuf_high_watermark"),
    ignored(SERVER, "outbuf_overflow"),
    ignored(SERVER, "recv_bytes"),
    ignored(SERVER, "send_bytes"),
    ignored(SERVER, "server_name"),
    ignored(SERVER, "sockets"),
];

/// The row of a key as it stands in the file.
pub fn find_key(section: &str, name: &str) -> Option<&'static Key> {
    let pattern = pattern_of(name);
    KEYS.iter().find(|key| key.section == section && key.name == pattern)
}

/// The known name that an unknown one was meant to be, where one is near.
pub fn find_nearest_key(section: &str, name: &str) -> Option<String> {
    let pattern = pattern_of(name);
    let names = KEYS.iter().filter(|key| key.section == section).map(|key| key.name);
    let nearest = crate::nearest::find_nearest(&pattern, names)?;
    match split_layer(name) {
        Some((id, _)) => Some(nearest.replacen("ID", id, 1)),
        None => Some(nearest.to_owned()),
    }
}

/// The id and the sub-key, where a key belongs to a tile layer.
pub fn split_layer(name: &str) -> Option<(&str, Option<&str>)> {
    let rest = name.strip_prefix(TILE_LAYER)?;
    let (id, sub) = match rest.split_once('.') {
        Some((id, sub)) => (id, Some(sub)),
        None => (rest, None),
    };
    let is_id = !id.is_empty()
        && id
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    is_id.then_some((id, sub))
}

fn pattern_of(name: &str) -> String {
    match split_layer(name) {
        Some((_, None)) => format!("{TILE_LAYER}ID"),
        Some((_, Some(sub))) => format!("{TILE_LAYER}ID.{sub}"),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_key_stands_twice_in_the_table() {
        let mut seen = HashSet::new();
        for key in KEYS {
            assert!(seen.insert((key.section, key.name)), "{}", key.name);
        }
    }

    #[test]
    fn every_default_is_a_value_that_the_key_allows() {
        for key in KEYS {
            let default = key.default.unwrap_or_default();
            if key.default.is_some() {
                assert_eq!(key.kind.check(default), Ok(()), "{}", key.name);
            }
        }
    }

    #[test]
    fn keys_of_our_own_have_the_prefix_and_are_optional() {
        let keys = KEYS.iter().filter(|key| key.section == APP && key.default.is_none());
        let required: Vec<&str> = keys.map(|key| key.name).collect();
        let expected = [
            "sqlalchemy.url",
            "fietsboek.data_dir",
            "session_key",
            "email.from",
            "email.smtp_url",
            "fietsboek.tile_layer.ID.url",
        ];
        assert_eq!(required, expected);
    }

    #[test]
    fn the_keys_of_a_tile_layer_are_found_under_any_id() {
        let zoom = find_key(APP, "fietsboek.tile_layer.my-map_2.zoom").unwrap();
        assert_eq!(zoom.name, "fietsboek.tile_layer.ID.zoom");
        assert!(find_key(APP, "fietsboek.tile_layer.é").is_none());
        assert!(find_key(APP, "fietsboek.tile_layer.a.zoom.x").is_none());
        assert!(find_key(SERVER, "session_key").is_none());
    }

    #[test]
    fn a_misspelt_key_finds_the_one_that_was_meant() {
        let nearest = |name| find_nearest_key(APP, name).unwrap_or_default();
        assert_eq!(nearest("fietsboek.session_key"), "session_key");
        assert_eq!(nearest("fietsboek.datadir"), "fietsboek.data_dir");
        assert_eq!(
            nearest("fietsboek.tile_layer.mine.atribution"),
            "fietsboek.tile_layer.mine.attribution"
        );
        assert_eq!(nearest("something.else.entirely"), "");
    }
}
