//! Where the server listens and whom it believes: `[server:main]`.
//!
//! Host names are not looked up here: that is the server's, and may fail later.

use std::path::PathBuf;

use super::address;
use super::notes::Notes;
use super::values::Values;

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

/// The headers of proxies that can be believed; `forwarded` excludes the others.
const PROXY_HEADERS: &[&str] = &[
    "forwarded",
    "x-forwarded-by",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
];

impl Server {
    /// Reads `[server:main]`; without any keys it is the default, port 8080 of every IPv4 address.
    pub fn read(values: &Values, notes: &mut Notes) -> Server {
        Server {
            listen: list_listen(values, notes),
            threads: values.number("threads", notes),
            url_scheme: values.text("url_scheme", notes),
            url_prefix: read_prefix(values, notes),
            trusted_proxy: find_trusted_proxy(values, notes),
            max_request_body_size: values.number("max_request_body_size", notes),
        }
    }
}

fn list_listen(values: &Values, notes: &mut Notes) -> Vec<Listen> {
    tell_conflicts(values, notes);
    let port: u16 = values.number("port", notes);
    let perms: u32 = values.number("unix_socket_perms", notes);
    if values.find_line("unix_socket").is_some() {
        let Some(path) = values.find_path("unix_socket", notes) else {
            values.fault("unix_socket", "is empty; it is the path of a socket", notes);
            return Vec::new();
        };
        return vec![Listen::Unix { path, perms }];
    }
    if values.find_line("listen").is_none() {
        let host = values.text("host", notes);
        return match check_host(&host) {
            Ok(host) => vec![Listen::Tcp { host, port }],
            Err(text) => {
                values.fault("host", text, notes);
                Vec::new()
            }
        };
    }
    let entries = values.list("listen", notes);
    if entries.is_empty() {
        values.fault("listen", "is empty; write host:port", notes);
    }
    let mut listen = Vec::new();
    for entry in &entries {
        match parse_listen(entry, port) {
            Ok(place) if listen.contains(&place) => {
                values.warn("listen", format!("{entry:?} stands twice"), notes);
            }
            Ok(place) => listen.push(place),
            Err(text) => values.fault("listen", format!("{entry:?} {text}"), notes),
        }
    }
    listen
}

fn tell_conflicts(values: &Values, notes: &mut Notes) {
    const CONFLICTS: &[(&str, &str)] = &[
        ("listen", "host"),
        ("listen", "port"),
        ("unix_socket", "listen"),
        ("unix_socket", "host"),
        ("unix_socket", "port"),
    ];
    for (one, other) in CONFLICTS {
        if values.find_line(one).is_some() && values.find_line(other).is_some() {
            values.fault(one, format!("cannot stand beside {other}; remove one"), notes);
        }
    }
}

fn parse_listen(entry: &str, usual_port: u16) -> Result<Listen, String> {
    let (host, port) = address::split_port(entry)?;
    if entry.ends_with(':') {
        return Err("has a colon but no port".to_owned());
    }
    Ok(Listen::Tcp {
        host: check_host(host)?,
        port: port.unwrap_or(usual_port),
    })
}

/// An address, with or without brackets, a name or `*`.
fn check_host(host: &str) -> Result<String, String> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let is_ipv6 = bare.parse::<std::net::Ipv6Addr>().is_ok() || bare.contains('%');
    let is_name = !bare.is_empty()
        && bare
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if bare == "*" || is_name || is_ipv6 {
        return Ok(bare.to_owned());
    }
    Err("names no host; write an address, a name or *".to_owned())
}

/// One slash at the start and none at the end, or nothing at all.
fn read_prefix(values: &Values, notes: &mut Notes) -> String {
    let text = values.text("url_prefix", notes);
    if text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control() || "?#\"<>\\%".contains(letter))
    {
        values.fault("url_prefix", format!("{text:?} is no path; it is written /path"), notes);
    }
    match text.trim_matches('/') {
        "" => String::new(),
        path => format!("/{path}"),
    }
}

fn find_trusted_proxy(values: &Values, notes: &mut Notes) -> Option<TrustedProxy> {
    let peer = values.text("trusted_proxy", notes);
    let count = values.number("trusted_proxy_count", notes);
    let headers: Vec<String> = values
        .list("trusted_proxy_headers", notes)
        .iter()
        .map(|header| header.to_ascii_lowercase())
        .collect();
    let clear_untrusted = values.boolean("clear_untrusted_proxy_headers", notes);
    for header in &headers {
        if !PROXY_HEADERS.contains(&header.as_str()) {
            let text = format!("{header:?} is none of {}", PROXY_HEADERS.join(", "));
            values.fault("trusted_proxy_headers", text, notes);
        }
    }
    if headers.len() > 1 && headers.iter().any(|header| header == "forwarded") {
        let text = "forwarded cannot stand beside the x-forwarded names; remove one or the other";
        values.fault("trusted_proxy_headers", text, notes);
    }
    if peer.is_empty() {
        for name in ["trusted_proxy_count", "trusted_proxy_headers"] {
            if values.find_line(name).is_some() {
                values.fault(
                    name,
                    "has no meaning without trusted_proxy; name the proxy or remove this",
                    notes,
                );
            }
        }
        return None;
    }
    let headers = match headers.is_empty() {
        true => vec!["x-forwarded-proto".to_owned()],
        false => headers,
    };
    Some(TrustedProxy {
        peer,
        count,
        headers,
        clear_untrusted,
    })
}

#[cfg(test)]
mod tests {
    use super::super::keys::SERVER;
    use super::super::trial::values;
    use super::*;
    use std::path::Path;

    fn read(text: &str) -> (Server, String) {
        let mut notes = Notes::new(Path::new("t.ini"));
        let values = values(SERVER, text, &mut notes);
        let server = Server::read(&values, &mut notes);
        let faults = notes.check().err().map(|error| error.text().to_owned());
        (server, faults.unwrap_or_default())
    }

    fn sound(text: &str) -> Server {
        let (server, faults) = read(text);
        assert_eq!(faults, "");
        server
    }

    fn tcp(host: &str, port: u16) -> Listen {
        Listen::Tcp {
            host: host.to_owned(),
            port,
        }
    }

    #[test]
    fn the_default_is_port_8080_of_every_ipv4_address() {
        let server = sound("");
        assert_eq!(server.listen, [tcp("0.0.0.0", 8080)]);
        assert_eq!(
            (server.threads, server.url_scheme.as_str(), server.url_prefix.as_str()),
            (4, "http", "")
        );
        assert_eq!((server.trusted_proxy, server.max_request_body_size), (None, 1 << 30));
    }

    #[test]
    fn listen_takes_names_addresses_and_stars_with_and_without_a_port() {
        let server = sound("listen = localhost:80 *:0\n  [::1]:81 [::] 10.0.0.1\n");
        let expected = [
            tcp("localhost", 80),
            tcp("*", 0),
            tcp("::1", 81),
            tcp("::", 8080),
            tcp("10.0.0.1", 8080),
        ];
        assert_eq!(server.listen, expected);
    }

    #[test]
    fn host_and_port_stand_alone_or_together() {
        assert_eq!(sound("host = ::1\n").listen, [tcp("::1", 8080)]);
        assert_eq!(sound("port = 81\n").listen, [tcp("0.0.0.0", 81)]);
        assert_eq!(sound("host = [::1]\nport = 81\n").listen, [tcp("::1", 81)]);
    }

    #[test]
    fn a_unix_socket_is_private_unless_said_otherwise() {
        let path = std::path::PathBuf::from("/run/f.sock");
        assert_eq!(
            sound("unix_socket = /run/f.sock\n").listen,
            [Listen::Unix {
                path: path.clone(),
                perms: 0o600
            }]
        );
        let shared = sound("unix_socket = /run/f.sock\nunix_socket_perms = 660\n");
        assert_eq!(shared.listen, [Listen::Unix { path, perms: 0o660 }]);
    }

    #[test]
    fn two_ways_to_say_where_are_a_fault() {
        for text in [
            "listen = a:1\nhost = b\n",
            "listen = a:1\nport = 1\n",
            "unix_socket = /s\nlisten = a:1\n",
            "unix_socket = /s\nhost = a\n",
            "unix_socket = /s\nport = 1\n",
        ] {
            assert!(read(text).1.contains("cannot stand beside"), "{text}");
        }
    }

    #[test]
    fn wrong_places_are_faults() {
        for text in [
            "listen =\n",
            "listen = ::1\n",
            "listen = a:http\n",
            "listen = a:\n",
            "listen = :80\n",
            "listen = a:65536\n",
            "listen = a:1,\n",
            "listen = [::1\n",
            "port = x\n",
            "host =\n",
            "unix_socket =\n",
            "unix_socket = /s\nunix_socket_perms = 888\n",
            "threads = 0\n",
            "url_scheme = gopher\n",
            "url_prefix = /a?b\n",
            "max_request_body_size = much\n",
        ] {
            assert!(read(text).1.starts_with("t.ini:"), "{text}");
        }
    }

    #[test]
    fn the_prefix_has_one_slash_at_its_start() {
        for (text, prefix) in [("", ""), ("/", ""), ("a", "/a"), ("//a/b//", "/a/b")] {
            assert_eq!(sound(&format!("url_prefix = {text}\n")).url_prefix, prefix);
        }
    }

    #[test]
    fn a_trusted_proxy_has_defaults_and_its_headers_are_lower_case() {
        let proxy = sound("trusted_proxy = 127.0.0.1\n").trusted_proxy.unwrap();
        assert_eq!(
            (proxy.peer.as_str(), proxy.count, proxy.clear_untrusted),
            ("127.0.0.1", 1, true)
        );
        assert_eq!(proxy.headers, ["x-forwarded-proto"]);
        let text = "trusted_proxy = *\ntrusted_proxy_count = 2\ntrusted_proxy_headers = X-Forwarded-For x-forwarded-host\nclear_untrusted_proxy_headers = no\n";
        let proxy = sound(text).trusted_proxy.unwrap();
        assert_eq!(
            (proxy.peer.as_str(), proxy.count, proxy.clear_untrusted),
            ("*", 2, false)
        );
        assert_eq!(proxy.headers, ["x-forwarded-for", "x-forwarded-host"]);
        let empty = sound("trusted_proxy = *\ntrusted_proxy_headers =\n")
            .trusted_proxy
            .unwrap();
        assert_eq!(empty.headers, ["x-forwarded-proto"]);
    }

    #[test]
    fn proxy_settings_that_contradict_themselves_are_faults() {
        for text in [
            "trusted_proxy_count = 1\n",
            "trusted_proxy_headers = forwarded\n",
            "trusted_proxy = *\ntrusted_proxy_headers = forwarded x-forwarded-for\n",
            "trusted_proxy = *\ntrusted_proxy_headers = x-real-ip\n",
            "trusted_proxy = *\ntrusted_proxy_count = 0\n",
        ] {
            assert!(read(text).1.starts_with("t.ini:"), "{text}");
        }
    }
}
