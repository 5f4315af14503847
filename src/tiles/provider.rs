//! A provider of tiles, asked over HTTP within bounds of time and size. Only pictures are taken from it.

use std::fmt;
use std::io::Read;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use ureq::Agent;
use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::cache::Kept;
use super::lane::LANES;
use super::{Tile, now};
use crate::config::{Layer, origin_of};
use crate::picture::Kind;

/// No tile is larger, in bytes.
const LARGEST: u64 = 2 << 20;
/// A provider may send us so often to another address of its own.
const HOPS: usize = 3;
/// How long a connection that is not used is kept.
const IDLE: Duration = Duration::from_secs(2);
/// What providers know us by.
const NAME: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));

/// What a provider has answered.
#[derive(Debug)]
pub enum Fetched {
    /// A tile.
    Picture(Kept),
    /// What is kept is still right.
    Unchanged,
}

/// Why there is no tile.
#[derive(Debug)]
pub enum Failure {
    /// It took longer than allowed.
    Slow,
    /// No connection, or it broke off.
    Unreachable(String),
    /// An HTTP status that says that there is none.
    Status(u16),
    /// What came is no tile.
    NoPicture(&'static str),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Slow => out.write_str("no answer in time"),
            Failure::Unreachable(cause) => out.write_str(cause),
            Failure::Status(status) => write!(out, "status {status}"),
            Failure::NoPicture(cause) => out.write_str(cause),
        }
    }
}

/// The client; its connections are used again.
pub struct Provider {
    agent: OnceLock<Agent>,
    from: Option<String>,
    timeout: Duration,
}

impl Provider {
    /// Nothing is done before the first tile. `sender` is who can be written to about what this server does, and
    /// `timeout` how long a tile may take in all.
    pub fn new(sender: &str, timeout: Duration) -> Provider {
        let address = match sender.rsplit_once('<') {
            Some((_, address)) => address.trim_end().trim_end_matches('>'),
            None => sender,
        };
        let is_sendable = !address.is_empty() && address.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        Provider {
            agent: OnceLock::new(),
            from: is_sendable.then(|| address.to_owned()),
            timeout,
        }
    }

    /// Fetches what stands at an address; `known`: the tag of what is kept already.
    ///
    /// # Errors
    /// Why there is nothing.
    pub fn fetch(&self, url: &str, known: Option<&str>) -> Result<Fetched, Failure> {
        let until = Instant::now() + self.timeout;
        let mut url = url.to_owned();
        for _ in 0..=HOPS {
            match self.ask(&url, known, until)? {
                Answer::Fetched(fetched) => return Ok(fetched),
                Answer::Moved(location) => url = follow(&url, &location)?,
            }
        }
        Err(Failure::NoPicture("it sends us round and round"))
    }

    fn ask(&self, url: &str, known: Option<&str>, until: Instant) -> Result<Answer, Failure> {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Failure::Slow);
        }
        let agent = self.agent.get_or_init(agent);
        let mut request = agent.get(url).config().timeout_global(Some(left)).build();
        if let Some(from) = &self.from {
            request = request.header("From", from);
        }
        if let Some(tag) = known {
            request = request.header("If-None-Match", tag);
        }
        let mut answer = request.call().map_err(failure)?;
        let header = |name: &str| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let (status, etag, location) = (answer.status(), header("etag"), header("location"));
        match (status, location) {
            (StatusCode::OK, _) => {}
            (StatusCode::NOT_MODIFIED, _) if known.is_some() => return Ok(Answer::Fetched(Fetched::Unchanged)),
            (status, Some(location)) if status.is_redirection() => return Ok(Answer::Moved(location)),
            (status, _) => return Err(Failure::Status(status.as_u16())),
        }
        let length = header("content-length").and_then(|length| length.parse().ok());
        if length.is_some_and(|length: u64| length > LARGEST) {
            return Err(Failure::NoPicture("it is too large"));
        }
        let mut picture = Vec::new();
        let mut body = answer.body_mut().as_reader().take(LARGEST + 1);
        body.read_to_end(&mut picture).map_err(|e| failure(e.into()))?;
        let count = picture.len() as u64;
        match Kind::sniff(&picture) {
            _ if count > LARGEST => Err(Failure::NoPicture("it is too large")),
            _ if length.is_some_and(|length| length != count) => Err(Failure::Unreachable("it broke off".to_owned())),
            None => Err(Failure::NoPicture("it is no picture")),
            Some(_) => Ok(Answer::Fetched(Fetched::Picture(Kept {
                picture,
                etag,
                checked: now(),
            }))),
        }
    }
}

enum Answer {
    Fetched(Fetched),
    Moved(String),
}

/// Redirects are followed by [`follow`] alone, and nothing is unpacked.
fn agent() -> Agent {
    let tls = TlsConfig::builder().root_certs(trusted()).build();
    Agent::config_builder()
        .tls_config(tls)
        .user_agent(NAME)
        .accept("image/png, image/jpeg, image/webp, image/gif")
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .max_idle_connections(8 * LANES)
        .max_idle_connections_per_host(LANES)
        .max_idle_age(IDLE)
        .build()
        .new_agent()
}

/// Those that the system trusts; in a bare chroot those of Mozilla, which are built in.
fn trusted() -> RootCerts {
    let system = rustls_native_certs::load_native_certs().certs;
    match system.is_empty() {
        true => RootCerts::WebPki,
        false => {
            let certificates = system.iter().map(|der| Certificate::from_der(der).to_owned());
            RootCerts::from(certificates)
        }
    }
}

fn failure(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::Timeout(_) => Failure::Slow,
        ureq::Error::Io(e) if e.kind() == std::io::ErrorKind::TimedOut => Failure::Slow,
        // It comes out of a body wrapped.
        ureq::Error::Io(e) => match e.into_inner().map(|inner| inner.downcast::<ureq::Error>()) {
            Some(Ok(inner)) if matches!(*inner, ureq::Error::Timeout(_)) => Failure::Slow,
            Some(Ok(inner)) => Failure::Unreachable(inner.to_string()),
            Some(Err(inner)) => Failure::Unreachable(inner.to_string()),
            None => Failure::Unreachable("the connection broke off".to_owned()),
        },
        // Its text may name the address, and that a key.
        ureq::Error::BadUri(_) => Failure::NoPicture("its address is none"),
        other => Failure::Unreachable(other.to_string()),
    }
}

/// The address of a tile.
pub fn url_of(layer: &Layer, tile: Tile) -> String {
    layer
        .url
        .replace("{x}", &tile.x.to_string())
        .replace("{y}", &tile.y.to_string())
        .replace("{z}", &tile.z.to_string())
}

/// Where a provider sends us, if that is itself: it must not make this server ask others, least of all those that
/// only it can reach.
fn follow(url: &str, location: &str) -> Result<String, Failure> {
    let origin = origin_of(url);
    let next = match location {
        path if path.starts_with('/') && !path.starts_with("//") => format!("{origin}{path}"),
        other => other.to_owned(),
    };
    match origin_of(&next).eq_ignore_ascii_case(origin) {
        true => Ok(next),
        false => Err(Failure::NoPicture("it sends us to another host")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_origin_is_followed() {
        let follow = |to| follow("https://a.example/1/2/3.png?key=k", to).ok();
        assert_eq!(follow("/x").as_deref(), Some("https://a.example/x"));
        assert_eq!(follow("https://A.example/y").as_deref(), Some("https://A.example/y"));
        for elsewhere in [
            "//b.example/",
            "https://a.example@b.example/",
            "https://a.example.b/",
            "https://a.example:81/",
            "http://a.example/",
            "http://127.0.0.1/",
            "x",
            "",
        ] {
            assert_eq!(follow(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn the_sender_is_named_by_the_bare_address() {
        let from = |sender| Provider::new(sender, IDLE).from;
        assert_eq!(from("Jürgen <j@example.org>").as_deref(), Some("j@example.org"));
        assert_eq!(from("j@example.org").as_deref(), Some("j@example.org"));
        assert_eq!(from("jürgen"), None);
    }
}
