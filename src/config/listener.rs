//! Where the server listens and whom it believes: `[server:main]`.
//!
//! Host names are not looked up here: that is the server's, and may fail later.

use std::path::PathBuf;

/// The section `[server:main]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where connections are taken; at least one.
    pub listen: Vec<Listen>,
    /// The number of workers, at least 1.
    pub threads: usize,
    /// `http` or `https`: how the site is reached where no trusted proxy says otherwise.
    pub url_scheme: String,
    /// The path below which the site is mounted: empty, or with a slash at its start and none at its end.
    pub url_prefix: String,
    /// The proxy whose headers are believed.
    pub trusted_proxy: Option<TrustedProxy>,
    /// The largest body of a request, in bytes.
    pub max_request_body_size: u64,
}

/// One place where connections are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// A TCP port.
    Tcp {
        /// An address without brackets, a name (each address that it has is meant), or `*` (every address, IPv4 and IPv6).
        host: String,
        /// The port; 0: a free one.
        port: u16,
    },
    /// A socket in the file system.
    Unix {
        /// The socket, absolute.
        path: PathBuf,
        /// Its permission bits.
        perms: u32,
    },
}

/// The proxy whose headers are believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedProxy {
    /// The peer's address as text, `*` for any, `localhost` for the peer of a Unix socket.
    pub peer: String,
    /// How many proxies stand one behind the other, at least 1.
    pub count: usize,
    /// The headers that are believed, in lower case; at least one, `forwarded` only alone.
    pub headers: Vec<String>,
    /// Whether the other proxy headers are removed from requests.
    pub clear_untrusted: bool,
}
