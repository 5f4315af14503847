//! The configuration: what the INI file says, checked and typed.
//!
//! One file is read once, at the start of a tool; what is wrong in it is told all at once, with the
//! line. Nothing here opens the database or a socket, and nothing here logs: the warnings are handed
//! to the caller, because the level of the log stands in the same file.

mod address;
mod built_in;
mod database;
mod email;
mod ini;
mod interpolation;
pub mod keys;
pub mod kind;
mod layers;
mod listener;
mod logging;
pub mod nearest;
mod notes;
mod paste;
mod source;
mod template;
mod values;

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Result};
use ini::Ini;
use notes::Notes;
use values::{Values, absolute};

pub use email::{Email, Transport};
pub use layers::{Access, Layer, LayerKind};
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
    /// Origins, besides the site's own, that may send forms.
    pub csrf_trusted_origins: Vec<String>,
    /// How mail is sent.
    pub email: Email,
    /// The map layers in the order in which they are offered.
    pub layers: Vec<Layer>,
    /// Whether map tiles go through this server.
    pub tile_proxy: bool,
    /// The most that the tile cache may hold, in bytes.
    pub tile_cache_size: u64,
    /// The overlay maps.
    pub hittekaart: Hittekaart,
    /// What absolute links begin with, without a slash at its end; it includes the mount path.
    pub base_url: Option<String>,
    /// What the maintenance answer names as `Retry-After`, in seconds, at least 1.
    pub retry_after: u32,
    /// Whether Markdown may show images of other sites.
    pub external_images: bool,
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

/// Which overlay maps are made, and with how much effort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hittekaart {
    /// The program of that name, where one is configured.
    pub bin: Option<PathBuf>,
    /// The maps that fietscron makes without being asked.
    pub autogenerate: Vec<Mode>,
    /// The number of threads; 0 means all cores.
    pub threads: u32,
}

/// A kind of overlay map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Where somebody has been, and how often.
    Heatmap,
    /// Which tiles somebody has touched.
    Tilehunter,
}

/// The bounds within which the front door reads and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte of a request to the end of its head.
    pub header_timeout: Duration,
    /// The longest silence within a body.
    pub body_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// The longest silence of a client that takes its answer.
    pub write_timeout: Duration,
    /// From the complete request to its answer.
    pub answer_timeout: Duration,
    /// The number of connections at the same time.
    pub max_connections: u32,
    /// The largest head of a request, in bytes.
    pub max_header_size: u64,
}

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

    fn parse(path: &Path, text: &str) -> Result<Config> {
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

    fn from_values(ini: &Ini, app: &Values, server: &Values, notes: &mut Notes) -> Config {
        Config {
            file: PathBuf::new(),
            here: PathBuf::new(),
            database: database::find_database(app, notes),
            data_dir: read_data_dir(app, notes),
            session_key: read_session_key(app, notes),
            registration: app.boolean("enable_account_registration", notes),
            image_uploads: app.boolean("fietsboek.enable_image_uploads", notes),
            locales: app.list("available_locales", notes),
            default_locale: app.text("pyramid.default_locale_name", notes),
            language_packs: app.list("fietsboek.language_packs", notes),
            pages: app.list("fietsboek.pages", notes).iter().map(absolute).collect(),
            prevent_http_cache: app.boolean("pyramid.prevent_http_cache", notes),
            csrf_trusted_origins: app.list("pyramid.csrf_trusted_origins", notes),
            email: Email::read(app, notes),
            layers: layers::list_layers(app, notes),
            tile_proxy: !app.boolean("fietsboek.tile_proxy.disable", notes),
            tile_cache_size: app.number("fietsboek.tile_cache.size", notes),
            hittekaart: Hittekaart::read(app, notes),
            base_url: find_base_url(app, notes),
            retry_after: app.number("fietsboek.maintenance.retry_after", notes),
            external_images: app.boolean("fietsboek.external_images", notes),
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

impl Hittekaart {
    fn read(values: &Values, notes: &mut Notes) -> Hittekaart {
        let bin = values.text("hittekaart.bin", notes);
        let maps = values.list("hittekaart.autogenerate", notes);
        let mut autogenerate = Vec::new();
        for map in &maps {
            let mode = match map.as_str() {
                "heatmap" => Mode::Heatmap,
                _ => Mode::Tilehunter,
            };
            if !autogenerate.contains(&mode) {
                autogenerate.push(mode);
            }
        }
        Hittekaart {
            // A bare name is looked for in PATH, so it must stay one.
            bin: (!bin.is_empty()).then(|| PathBuf::from(bin)),
            autogenerate,
            threads: values.number("hittekaart.threads", notes),
        }
    }
}

impl Limits {
    fn read(values: &Values, notes: &mut Notes) -> Limits {
        Limits {
            header_timeout: values.seconds("fietsboek.header_timeout", notes),
            body_timeout: values.seconds("fietsboek.body_timeout", notes),
            idle_timeout: values.seconds("fietsboek.idle_timeout", notes),
            write_timeout: values.seconds("fietsboek.write_timeout", notes),
            answer_timeout: values.seconds("fietsboek.answer_timeout", notes),
            max_connections: values.number("fietsboek.max_connections", notes),
            max_header_size: values.number("fietsboek.max_header_size", notes),
        }
    }
}

fn read_data_dir(values: &Values, notes: &mut Notes) -> PathBuf {
    let name = "fietsboek.data_dir";
    let Some(path) = values.find_path(name, notes) else {
        return PathBuf::new();
    };
    let shown = path.display();
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => values.fault(name, format!("cannot use {shown}: it is not a directory"), notes),
        Err(error) => {
            let text = format!(
                "cannot use {shown}: {}; the data directory must be there",
                source::cause(&error)
            );
            values.fault(name, text, notes);
        }
    }
    path
}

fn read_session_key(values: &Values, notes: &mut Notes) -> String {
    let key = values.text("session_key", notes);
    if key == "<EDIT THIS>" {
        values.fault(
            "session_key",
            "is still the placeholder; write a long random text of your own",
            notes,
        );
    }
    key
}

fn find_base_url(values: &Values, notes: &mut Notes) -> Option<String> {
    let url = values.text("fietsboek.base_url", notes);
    if url.is_empty() {
        return None;
    }
    match address::parse_http(&url) {
        Err(text) => values.fault("fietsboek.base_url", text, notes),
        Ok(address) if address.user.is_some() || address.rest.contains(['?', '#']) => {
            let text = "holds more than scheme, host, port and path";
            values.fault("fietsboek.base_url", text, notes);
        }
        Ok(_) => {}
    }
    Some(url.trim_end_matches('/').to_owned())
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
            .field("limits", &self.limits)
            .field("server", &self.server)
            .field("log_level", &self.log_level)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::interpolation::Scope;
    use super::*;

    /// The values of one section that consists of these lines, the first of them being line 2.
    pub fn values(section: &'static str, lines: &str, notes: &mut Notes) -> Values {
        let ini = Ini::parse(&format!("[{section}]\n{lines}"), notes);
        let scope = Scope {
            section: ini.find_section(section).unwrap(),
            defaults: None,
            here: "/here",
            file: "/here/t.ini",
        };
        Values::expand(section, scope, notes)
    }

    /// A directory for one test with a data directory in it, removed at its end.
    pub struct Dir(PathBuf);

    impl Dir {
        pub fn new(name: &str) -> Dir {
            let path = std::env::temp_dir().join(format!("config-{name}-{}", std::process::id()));
            fs::create_dir_all(path.join("data")).unwrap();
            Dir(path)
        }

        pub fn path(&self) -> &Path {
            &self.0
        }

        /// Writes and reads `t.ini`.
        pub fn read(&self, text: &str) -> Result<Config> {
            let file = self.0.join("t.ini");
            fs::write(&file, text).unwrap();
            Config::read(&file)
        }

        /// What is wrong with `t.ini`, a line each, without the directory before its name.
        fn faults(&self, text: &str) -> Vec<String> {
            let error = self.read(text).unwrap_err();
            assert_eq!(error.exit_code(), 3);
            let dir = format!("{}/", self.0.display());
            error.text().lines().map(|line| line.replace(&dir, "")).collect()
        }

        /// The warnings about `t.ini`, likewise.
        fn warnings(&self, text: &str) -> Vec<String> {
            let dir = format!("{}/", self.0.display());
            let config = self.read(text).unwrap();
            config.warnings.iter().map(|line| line.replace(&dir, "")).collect()
        }
    }

    impl Drop for Dir {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    /// The least that a file must hold, in seven lines.
    const LEAST: &str = "[app:main]\nuse = egg:fietsboek\nsqlalchemy.url = sqlite:///%(here)s/f.sqlite\n\
        fietsboek.data_dir = %(here)s/data\nsession_key = hush;x=1\nemail.from = a@b\nemail.smtp_url = debug://\n";

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
    fn a_missing_application_is_one_fault() {
        let dir = Dir::new("no-app");
        let faults = dir.faults("[app:mian]\nsession_key = x\n");
        assert_eq!(
            faults,
            ["t.ini: [app:main] the section is missing; all settings of the site stand in it"]
        );
    }

    #[test]
    fn a_data_directory_that_is_a_file_is_a_fault() {
        let dir = Dir::new("data-file");
        let faults = dir.faults(&LEAST.replace("s/data", "s/t.ini"));
        assert_eq!(
            faults,
            ["t.ini:4: [app:main] fietsboek.data_dir: cannot use t.ini: it is not a directory"]
        );
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
    fn unknown_keys_are_warnings_that_name_the_nearest_one() {
        let dir = Dir::new("unknown");
        let text = format!(
            "{LEAST}fietsboek.data_dri = x\nsomething.else = y\npyramid.includes =\n[server:main]\nuse = egg:waitress\nbacklog = 9\nthread = 1\n[sever:main]\n[uwsgi]\n"
        );
        let expected = [
            "t.ini:8: [app:main] fietsboek.data_dri: the key is unknown and has no effect; fietsboek.data_dir is perhaps meant",
            "t.ini:9: [app:main] something.else: the key is unknown and has no effect",
            "t.ini:14: [server:main] thread: the key is unknown and has no effect; threads is perhaps meant",
        ];
        assert_eq!(dir.warnings(&text), expected);
    }

    #[test]
    fn a_misspelt_listener_is_a_warning() {
        let dir = Dir::new("misspelt");
        let text = format!("{LEAST}[sever:main]\nport = 1\n");
        assert_eq!(
            dir.warnings(&text),
            ["t.ini:8: [sever:main] the section is unknown and has no effect; [server:main] is perhaps meant"]
        );
    }

    #[test]
    fn the_listener_of_another_server_is_a_warning_and_the_default() {
        let dir = Dir::new("gunicorn");
        let text = format!("{LEAST}[server:main]\nuse = egg:gunicorn#main\nport = x\nworkers = 3\n");
        let config = dir.read(&text).unwrap();
        assert_eq!(config.warnings.len(), 1);
        let listen = Listen::Tcp {
            host: "0.0.0.0".to_owned(),
            port: 8080,
        };
        assert_eq!(config.server.listen, [listen]);
    }

    #[test]
    fn settings_that_stand_elsewhere_are_refused_not_overlooked() {
        let dir = Dir::new("elsewhere");
        for lines in [
            "[pipeline:main]\npipeline = f app\n",
            "[composite:main]\nuse = egg:Paste#urlmap\n",
            "[server:main]\nuse = config:other.ini\n",
        ] {
            assert_eq!(dir.faults(&format!("{LEAST}{lines}")).len(), 1, "{lines}");
        }
        assert_eq!(dir.faults(&LEAST.replace("egg:fietsboek", "config:other.ini")).len(), 1);
        assert_eq!(
            dir.warnings(&LEAST.replace("egg:fietsboek", "egg:fietsboek#main")),
            [""; 0]
        );
    }

    #[test]
    fn values_of_the_default_section_serve_only_names_and_get() {
        let dir = Dir::new("default");
        let text = format!(
            "[DEFAULT]\nroot = %(here)s\nenable_account_registration = true\n{}",
            LEAST.replace("%(here)s", "%(root)s")
        );
        let config = dir.read(&text).unwrap();
        assert!(!config.registration);
        assert_eq!(config.database, dir.path().join("f.sqlite"));
        let got = format!("{text}get email.username = root\nset who = joe\nget email.password = who\n");
        let config = dir.read(&got).unwrap();
        assert_eq!(config.email.username, dir.path().to_str().unwrap());
        assert_eq!(config.email.password, "joe");
        let nobody = dir.faults(&format!("{LEAST}get email.username = nobody\n"));
        assert_eq!(
            nobody,
            ["t.ini:8: [app:main] email.username: get names a value that [DEFAULT] does not hold"]
        );
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
    fn the_base_url_loses_its_last_slash_and_is_http() {
        let dir = Dir::new("base");
        let url = |url| {
            dir.read(&format!("{LEAST}fietsboek.base_url = {url}\n"))
                .map(|config| config.base_url)
        };
        assert_eq!(
            url("https://a.example/rides/"),
            Ok(Some("https://a.example/rides".to_owned()))
        );
        assert_eq!(url(""), Ok(None));
        for wrong in [
            "a.example",
            "ftp://a",
            "https://",
            "https://a?b",
            "https://u@a",
            "https://a b",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
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
    fn lists_do_not_take_an_endless_time_and_odd_files_do_not_panic() {
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
