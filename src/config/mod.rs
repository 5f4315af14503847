//! The configuration: what the INI file says, checked and typed.
//!
//! One file is read once, at the start of a tool; what is wrong in it is told all at once, with the
//! line. Nothing here opens the database or a socket, and nothing here logs: the warnings are handed
//! to the caller, because the level of the log stands in the same file.

mod address;
mod built_in;
mod data_dir;
mod database;
mod email;
mod hittekaart;
mod ini;
mod interpolation;
pub mod keys;
pub mod kind;
mod layers;
mod limits;
mod listener;
mod logging;
mod notes;
mod own_address;
mod paste;
pub mod relocate;
mod source;
mod template;
#[cfg(test)]
mod trial;
mod values;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use ini::Ini;
use notes::Notes;
use values::{Values, absolute};

pub use email::{Email, Transport};
pub use hittekaart::{Hittekaart, Mode};
pub use layers::{Access, LARGEST_ZOOM, Layer, LayerKind, origin_of};
pub use limits::Limits;
pub use listener::{Listen, Server, TrustedProxy};
pub use template::{Template, template};

/// Everything the INI file decides.
#[derive(Clone, PartialEq, Eq)]
pub struct Config {
    /// The INI file, absolute.
    pub file: PathBuf,
    /// The directory of the INI file, absolute: what `%(here)s` stands for.
    pub here: PathBuf,
    /// The SQLite file, absolute (from `sqlalchemy.url`). It is not looked at here.
    pub database: PathBuf,
    /// The data directory, absolute. It was there when the file was read.
    pub data_dir: PathBuf,
    /// The master secret. Never printed.
    pub session_key: String,
    /// Whether visitors may make accounts for themselves.
    pub registration: bool,
    /// Whether photos may be added to tracks.
    pub image_uploads: bool,
    /// The languages on offer.
    pub locales: Vec<String>,
    /// The language when the visitor's own is not on offer.
    pub default_locale: String,
    /// Names of Python packages with more languages.
    pub language_packs: Vec<String>,
    /// Static pages: Markdown files, or directories of them; they need not exist.
    pub pages: Vec<PathBuf>,
    /// Whether every answer forbids to be cached.
    pub prevent_http_cache: bool,
    /// For how many seconds browsers are told to come by https alone; 0: they are not told.
    pub hsts: u32,
    /// Origins, besides the site's own, that may send forms.
    pub csrf_trusted_origins: Vec<String>,
    /// How mail is sent.
    pub email: Email,
    /// The map layers in the order in which they are offered.
    pub layers: Vec<Layer>,
    /// Whether map tiles go through this server.
    pub tile_proxy: bool,
    /// How long a provider may take for a tile.
    pub tile_timeout: Duration,
    /// The most that the tile cache may hold, in bytes.
    pub tile_cache_size: u64,
    /// The overlay maps.
    pub hittekaart: Hittekaart,
    /// What absolute links begin with, without a slash at its end; it includes the mount path.
    pub base_url: Option<String>,
    /// Where the source code of this program, as it runs here, can be had.
    pub source_url: Option<String>,
    /// What the maintenance answer names as `Retry-After`, in seconds, at least 1.
    pub retry_after: u32,
    /// Whether Markdown may show images of other sites.
    pub external_images: bool,
    /// The user, by name or number, that the server and fietscron become when root starts them; empty: none.
    pub user: String,
    /// Whether the kernel keeps other files and ports from them.
    pub confine: bool,
    /// Whether the front door of our own stands before the pool of workers.
    pub gate: bool,
    /// The bounds of the front door.
    pub limits: Limits,
    /// Where backups go and how many are kept.
    pub backup: Backup,
    /// Where the server listens.
    pub server: Server,
    /// The level that the INI file asks for.
    pub log_level: Option<log::LevelFilter>,
    /// What is odd but no fault, one line each, for the log.
    pub warnings: Vec<String>,
}

/// A session key of fewer characters may be guessed.
const SHORTEST_KEY: usize = 16;

/// Where backups go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The directory, absolute; none: the tool chooses.
    pub dir: Option<PathBuf>,
    /// How many are kept.
    pub keep: u32,
}

impl Config {
    /// Reads and checks the INI file.
    ///
    /// The data directory must exist and be a directory; the database is not looked at. Everything
    /// that is wrong comes together in one [`Error::Config`], a line each.
    pub fn read(path: &Path) -> Result<Config> {
        let text = source::read(path)?;
        Config::parse(path, &text)
    }

    /// Checks a text as the one of the INI file at this path.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub fn parse(path: &Path, text: &str) -> Result<Config> {
        let file = absolute(path);
        let here = file.parent().map(Path::to_path_buf).unwrap_or_default();
        let (Some(file_text), Some(here_text)) = (file.to_str(), here.to_str()) else {
            let text = format!(
                "the path of {} is not UTF-8, so %(here)s cannot be put in",
                file.display()
            );
            return Err(Error::Config(text));
        };
        let mut notes = Notes::new(path);
        let ini = Ini::parse(text, &mut notes);
        let app = paste::read_app(&ini, here_text, file_text, &mut notes);
        let server = paste::read_server(&ini, here_text, file_text, &mut notes);
        let config = Config::from_values(&ini, &app, &server, &mut notes);
        notes.check()?;
        Ok(Config {
            file,
            here,
            warnings: notes.warnings(),
            ..config
        })
    }

    /// Whether the master secret is so short that somebody may guess it.
    pub fn has_short_key(&self) -> bool {
        self.session_key.chars().count() < SHORTEST_KEY
    }

    fn from_values(ini: &Ini, app: &Values, server: &Values, notes: &mut Notes) -> Config {
        Config {
            file: PathBuf::new(),
            here: PathBuf::new(),
            database: database::find_database(app, notes),
            data_dir: data_dir::read_data_dir(app, notes),
            session_key: read_session_key(app, notes),
            registration: app.boolean("enable_account_registration", notes),
            image_uploads: app.boolean("fietsboek.enable_image_uploads", notes),
            locales: app.list("available_locales", notes),
            default_locale: app.text("pyramid.default_locale_name", notes),
            language_packs: read_language_packs(app, notes),
            pages: app.list("fietsboek.pages", notes).iter().map(absolute).collect(),
            prevent_http_cache: app.boolean("pyramid.prevent_http_cache", notes),
            hsts: app.number("fietsboek.hsts", notes),
            csrf_trusted_origins: app.list("pyramid.csrf_trusted_origins", notes),
            email: Email::read(app, notes),
            layers: layers::list_layers(app, notes),
            tile_proxy: !app.boolean("fietsboek.tile_proxy.disable", notes),
            tile_timeout: Duration::from_millis(app.number("fietsboek.tile_proxy.timeout", notes)),
            tile_cache_size: app.number("fietsboek.tile_cache.size", notes),
            hittekaart: Hittekaart::read(app, notes),
            base_url: own_address::find_base_url(app, notes),
            source_url: own_address::find_source_url(app, notes),
            retry_after: app.number("fietsboek.maintenance.retry_after", notes),
            external_images: app.boolean("fietsboek.external_images", notes),
            user: app.text("fietsboek.user", notes),
            confine: app.boolean("fietsboek.confine", notes),
            gate: app.boolean("fietsboek.gate", notes),
            limits: Limits::read(app, notes),
            backup: Backup {
                dir: app.find_path("fietsboek.backup.dir", notes),
                keep: app.number("fietsboek.backup.keep", notes),
            },
            server: Server::read(server, notes),
            log_level: logging::find_level(ini, notes),
            warnings: Vec::new(),
        }
    }
}

/// They are named for the original, which can have them.
fn read_language_packs(values: &Values, notes: &mut Notes) -> Vec<String> {
    let name = "fietsboek.language_packs";
    let packs = values.list(name, notes);
    if !packs.is_empty() {
        let text = "language packs are Python packages and cannot be loaded; only English and German are spoken";
        values.warn(name, text, notes);
    }
    packs
}

fn read_session_key(values: &Values, notes: &mut Notes) -> String {
    let key = values.exact_text("session_key", notes);
    if key == "<EDIT THIS>" {
        values.fault(
            "session_key",
            "is still the placeholder; write a long random text of your own",
            notes,
        );
    }
    key
}

impl fmt::Debug for Config {
    /// Leaves out the secrets, and what may hold one.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Config")
            .field("file", &self.file)
            .field("database", &self.database)
            .field("data_dir", &self.data_dir)
            .field("email", &self.email)
            .field("layers", &self.layers)
            .field("base_url", &self.base_url)
            .field("source_url", &self.source_url)
            .field("limits", &self.limits)
            .field("server", &self.server)
            .field("log_level", &self.log_level)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {

    use super::trial::{Dir, LEAST};
    use super::*;

    #[test]
    fn the_least_file_gives_the_defaults() {
        let dir = Dir::new("least");
        let config = dir.read(LEAST).unwrap();
        assert_eq!(config.file, dir.path().join("t.ini"));
        assert_eq!(config.here, dir.path());
        assert_eq!(config.database, dir.path().join("f.sqlite"));
        assert_eq!(config.data_dir, dir.path().join("data"));
        assert_eq!(config.session_key, "hush;x=1");
        assert!(!config.registration && config.image_uploads && config.tile_proxy && config.gate);
        assert!(!config.external_images && !config.prevent_http_cache);
        assert_eq!(
            (config.locales.join(" "), config.default_locale.as_str()),
            ("en de".to_owned(), "en")
        );
        assert_eq!(config.retry_after, 120);
        assert_eq!(
            (config.base_url, config.backup.dir, config.backup.keep),
            (None, None, 5)
        );
        assert_eq!(config.tile_cache_size, 512 << 20);
        assert_eq!((config.hittekaart.bin, config.hittekaart.threads), (None, 0));
        assert_eq!((config.log_level, config.warnings), (None, Vec::new()));
        assert_eq!(config.layers.len(), 8);
        let seconds = [10, 30, 60, 30, 120].map(Duration::from_secs);
        let limits = config.limits;
        let given = [
            limits.header_timeout,
            limits.body_timeout,
            limits.idle_timeout,
            limits.write_timeout,
            limits.answer_timeout,
        ];
        assert_eq!(given, seconds);
        assert_eq!((limits.max_connections, limits.max_header_size), (2048, 65536));
    }

    #[test]
    fn a_file_of_the_original_reads_without_a_warning() {
        let dir = Dir::new("production");
        let text = include_str!("../../tests/data/ini/fietsboek-0.11.ini");
        let config = dir.read(text).unwrap();
        assert_eq!(config.warnings, [""; 0]);
        assert_eq!(config.session_key, "Jb0K8fWl;v3#XwTq-not-a-secret");
        assert!(config.registration);
        assert_eq!(config.layers.len(), 1);
        assert_eq!(config.layers[0].id, "local");
        assert_eq!(config.layers[0].max_zoom, Some(18));
        assert_eq!((config.email.host.as_str(), config.email.port), ("localhost", 1025));
        let listen = Listen::Tcp {
            host: "127.0.0.1".to_owned(),
            port: 6543,
        };
        assert_eq!(config.server.listen, [listen]);
        assert_eq!(config.log_level, Some(log::LevelFilter::Info));
    }

    #[test]
    fn every_fault_is_told_at_once_with_its_line() {
        let dir = Dir::new("faults");
        let text = "[app:main]\nsqlalchemy.url = mysql://u:hush@h/d\nfietsboek.data_dir = %(here)s/nowhere\n\
            session_key = <EDIT THIS>\nenable_account_registration = maybe\nemail.smtp_url = http://hush\nloose hush\n\
            hittekaart.autogenerate = heatmap, tilehunter\nfietsboek.maintenance.retry_after = 0\nhittekaart.bin = %(oops)s\n\
            enable_account_registration = no\n[server:main]\nport = high\n";
        let expected = [
            "t.ini:2: [app:main] sqlalchemy.url: only SQLite is supported; write sqlite:///relative/path or sqlite:////absolute/path",
            "t.ini:3: [app:main] fietsboek.data_dir: cannot use nowhere: it does not exist; the data directory must be there",
            "t.ini:4: [app:main] session_key: is still the placeholder; write a long random text of your own",
            "t.ini:5: [app:main] enable_account_registration: \"maybe\" is neither yes nor no; write true or false",
            "t.ini:6: [app:main] email.smtp_url: has another scheme than debug, smtp, smtp+ssl or smtp+starttls",
            "t.ini:7: [app:main] this line is not a key and a value; it is written key = value",
            "t.ini:8: [app:main] hittekaart.autogenerate: \"heatmap,\" is none of heatmap, tilehunter",
            "t.ini:9: [app:main] fietsboek.maintenance.retry_after: \"0\" is not a whole number of seconds from 1 to 4294967295",
            "t.ini:10: [app:main] hittekaart.bin: %(oops)s is not defined; a percent sign itself is written %%",
            "t.ini:11: [app:main] enable_account_registration: the key stands twice, first in line 5; remove one",
            "t.ini:13: [server:main] port: \"high\" is not a whole number from 0 to 65535",
            "t.ini: [app:main] email.from: is missing; it is the sender of mail",
        ];
        assert_eq!(dir.faults(text), expected);
    }

    #[test]
    fn empty_required_values_are_faults() {
        let dir = Dir::new("empty");
        let faults = dir.faults(
            "[app:main]\nsqlalchemy.url =\nfietsboek.data_dir =\nsession_key =\nemail.from = a@b\nemail.smtp_url =\n",
        );
        let expected = [
            "t.ini:2: [app:main] sqlalchemy.url: is empty; it is the SQLite database",
            "t.ini:3: [app:main] fietsboek.data_dir: is empty; it is the data directory, which must exist",
            "t.ini:4: [app:main] session_key: is empty; it is the master secret",
            "t.ini:6: [app:main] email.smtp_url: is empty; it is how mail leaves",
        ];
        assert_eq!(faults, expected);
    }

    #[test]
    fn secrets_are_in_no_message_and_no_debug_text() {
        let dir = Dir::new("secrets");
        let config = dir
            .read(&format!(
                "{LEAST}email.password = hush\nthunderforest.api_key = hush\nthunderforest.maps = cycle\n"
            ))
            .unwrap();
        assert!(!format!("{config:?}").contains("hush"));
        let text = LEAST
            .replace("hush;x=1", "hush%(hush)s")
            .replace("debug://", "x://u:hush@h");
        let faults = dir.faults(&text).join("\n");
        assert!(faults.contains("session_key") && faults.contains("smtp_url"));
        assert!(!faults.contains("hush"), "{faults}");
    }

    #[test]
    fn language_packs_are_read_with_a_warning() {
        let dir = Dir::new("packs");
        let text = format!("{LEAST}fietsboek.language_packs = fietsboek_fr\n");
        let expected = "t.ini:8: [app:main] fietsboek.language_packs: language packs are Python packages and cannot \
            be loaded; only English and German are spoken";
        assert_eq!(dir.warnings(&text), [expected]);
        assert_eq!(dir.read(&text).unwrap().language_packs, ["fietsboek_fr"]);
        assert_eq!(dir.warnings(LEAST), [""; 0]);
    }

    #[test]
    fn our_own_keys_are_read() {
        let dir = Dir::new("own");
        let text = format!(
            "{LEAST}fietsboek.gate = off\nfietsboek.header_timeout = 1\nfietsboek.max_header_size = 32 KiB\n\
            fietsboek.backup.dir = %(here)s/b\nfietsboek.tile_cache.size = 1 GiB\nfietsboek.external_images = yes\n\
            fietsboek.pages = %(here)s/a.md\n  %(here)s/pages\nhittekaart.autogenerate = tilehunter heatmap tilehunter\n"
        );
        let config = dir.read(&text).unwrap();
        assert!(!config.gate && config.external_images);
        assert_eq!(config.limits.header_timeout, Duration::from_secs(1));
        assert_eq!(config.limits.max_header_size, 32768);
        assert_eq!(config.backup.dir, Some(dir.path().join("b")));
        assert_eq!(config.tile_cache_size, 1 << 30);
        assert_eq!(config.pages, [dir.path().join("a.md"), dir.path().join("pages")]);
        assert_eq!(config.hittekaart.autogenerate, [Mode::Tilehunter, Mode::Heatmap]);
    }

    #[test]
    fn odd_files_are_faults_and_never_a_panic() {
        let dir = Dir::new("odd");
        for text in [
            "",
            "[",
            "]",
            "=",
            "[a]\n[",
            "[app:main]\n%(",
            "\u{feff}",
            "[app:main]\nsession_key = %(session_key)s\n",
            "[[]]\n[a]]\n=:\n",
        ] {
            assert!(dir.read(text).is_err(), "{text:?}");
        }
    }
}
