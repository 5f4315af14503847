//! The configuration: what the INI file says, checked and typed.
//!
//! One file is read once, at the start of a tool; what is wrong in it is told all at once, with the
//! line. Nothing here opens the database or a socket, and nothing here logs: the warnings are handed
//! to the caller, because the level of the log stands in the same file.

mod email;
mod ini;
mod interpolation;
mod layers;
mod listener;
mod notes;
mod source;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

pub use email::{Email, Transport};
pub use layers::{Access, Layer, LayerKind};
pub use listener::{Listen, Server, TrustedProxy};

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
