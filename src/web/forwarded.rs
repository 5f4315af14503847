//! Where a request really comes from when a proxy stands in front (`trusted_proxy`).
//!
//! The rules are waitress's, which 0.11 is served by: only the configured peer is believed, only in
//! the configured headers, and only as many hops as there are proxies. Pure: headers in, origin out.

use crate::config::{Server, TrustedProxy};
use crate::error::{Error, Result};

/// Every header that a proxy may speak through.
const PROXY_HEADERS: [&str; 6] = [
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-forwarded-port",
    "x-forwarded-by",
    "forwarded",
];

/// How the visitor reached the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// `http` or `https`.
    pub scheme: String,
    /// The host with its port, unless it is the scheme's own.
    pub host: String,
    /// The visitor's address without a port.
    pub peer: String,
}

impl Origin {
    /// The origin when nothing that was sent can be used.
    pub fn plain(peer: &str, server: &Server) -> Origin {
        Origin {
            scheme: server.url_scheme.clone(),
            host: "localhost".to_string(),
            peer: peer.to_string(),
        }
    }
}

/// What the proxy said, before it is checked.
#[derive(Debug, Default)]
struct RawHop {
    peer: Option<String>,
    host: Option<String>,
    proto: Option<String>,
    port: Option<String>,
}

/// Works out the origin of a request and removes the proxy headers that are not to be believed.
///
/// Errors: a trusted proxy's header, or the host, cannot be understood.
pub fn apply(peer: &str, headers: &mut Vec<(String, String)>, server: &Server) -> Result<Origin> {
    let trusted = server.trusted_proxy.as_ref().filter(|proxy| trusts(proxy, peer));
    let hop = match trusted {
        Some(proxy) => read_hop(headers, proxy)?,
        None => RawHop::default(),
    };
    let clear = server.trusted_proxy.as_ref().is_none_or(|proxy| proxy.clear_untrusted);
    if clear {
        let believed = |name: &str| trusted.is_some_and(|proxy| proxy.headers.iter().any(|h| h == name));
        headers.retain(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !PROXY_HEADERS.contains(&name.as_str()) || believed(&name)
        });
    }
    let sent = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
    let sent = sent.map(|(_, value)| value.trim()).filter(|host| !host.is_empty());
    let scheme = match hop.proto {
        Some(proto) if proto == "http" || proto == "https" => proto,
        Some(_) => return Err(malformed("x-forwarded-proto")),
        None => server.url_scheme.clone(),
    };
    let mut host = hop.host.or(sent.map(str::to_string)).unwrap_or("localhost".to_string());
    if let Some(port) = hop.port {
        let name = host_name(&host).to_string();
        let own = if scheme == "https" { "443" } else { "80" };
        host = if port == own { name } else { format!("{name}:{port}") };
    }
    if !is_host(&host) {
        return Err(Error::Invalid("a host that cannot be understood".to_string()));
    }
    Ok(Origin {
        scheme,
        host,
        peer: hop.peer.unwrap_or_else(|| peer.to_string()),
    })
}

/// A host without its port; the brackets of an IPv6 address stay.
pub fn host_name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

/// The address inside the text of a socket address: `203.0.113.7:1234`, `[::1]:80`, `localhost`.
pub fn peer_name(peer: &str) -> &str {
    match peer.parse::<std::net::SocketAddr>() {
        Ok(_) => host_name(peer).trim_start_matches('[').trim_end_matches(']'),
        Err(_) => peer,
    }
}

fn trusts(proxy: &TrustedProxy, peer: &str) -> bool {
    proxy.peer == "*" || proxy.peer == peer
}

fn read_hop(headers: &[(String, String)], proxy: &TrustedProxy) -> Result<RawHop> {
    let joined = |name: &str| -> Option<String> {
        let believed = proxy.headers.iter().any(|h| h == name);
        let lines = headers.iter().filter(|(n, _)| believed && n.eq_ignore_ascii_case(name));
        let lines: Vec<&str> = lines.map(|(_, v)| v.as_str()).collect();
        (!lines.is_empty()).then(|| lines.join(","))
    };
    let nth = |name: &str, count: usize| -> Result<Option<String>> {
        joined(name).map(|text| hop(&text, count, name)).transpose()
    };
    if let Some(text) = joined("forwarded") {
        return read_forwarded(&hop_text(&text, proxy.count));
    }
    Ok(RawHop {
        peer: nth("x-forwarded-for", proxy.count)?.map(|text| peer_name(&text).to_string()),
        host: nth("x-forwarded-host", proxy.count)?,
        proto: nth("x-forwarded-proto", 1)?.map(|text| text.to_ascii_lowercase()),
        port: port(nth("x-forwarded-port", 1)?)?,
    })
}

/// The element that the outermost of `count` trusted proxies added.
fn hop_text(list: &str, count: usize) -> String {
    let hops: Vec<&str> = list.split(',').map(str::trim).collect();
    hops[hops.len().saturating_sub(count)].to_string()
}

fn hop(list: &str, count: usize, name: &str) -> Result<String> {
    unquote(&hop_text(list, count)).ok_or_else(|| malformed(name))
}

/// One element of `Forwarded` (RFC 7239).
fn read_forwarded(element: &str) -> Result<RawHop> {
    let mut hop = RawHop::default();
    for pair in element.split(';').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or_else(|| malformed("forwarded"))?;
        let value = unquote(value).ok_or_else(|| malformed("forwarded"))?;
        match name.to_ascii_lowercase().as_str() {
            "for" => {
                let bare = peer_name(&value);
                hop.peer = Some(bare.trim_start_matches('[').trim_end_matches(']').to_string());
            }
            "host" => hop.host = Some(value),
            "proto" => hop.proto = Some(value.to_ascii_lowercase()),
            _ => {}
        }
    }
    Ok(hop)
}

fn port(text: Option<String>) -> Result<Option<String>> {
    match text {
        Some(text) if text.parse::<u16>().is_err() => Err(malformed("x-forwarded-port")),
        text => Ok(text),
    }
}

/// Removes quotes; none: they are open, or the text is empty.
fn unquote(text: &str) -> Option<String> {
    let text = text.trim();
    let inner = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    (!inner.is_empty() && !inner.contains('"')).then(|| inner.to_string())
}

fn malformed(name: &str) -> Error {
    Error::Invalid(format!("cannot understand the header {name} of the trusted proxy"))
}

/// Whether a text can be a host with an optional port, so that it may stand in a `Location`.
fn is_host(host: &str) -> bool {
    let name = host_name(host);
    let port = host[name.len()..].trim_start_matches(':');
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_');
    let named = match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => !name.is_empty() && name.bytes().all(plain),
    };
    named && (port.is_empty() || port.parse::<u16>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::server;

    fn proxied(peer: &str, count: usize, headers: &[&str]) -> Server {
        let mut server = server("");
        server.trusted_proxy = Some(TrustedProxy {
            peer: peer.to_string(),
            count,
            headers: headers.iter().map(|h| h.to_string()).collect(),
            clear_untrusted: true,
        });
        server
    }

    fn run(server: &Server, peer: &str, headers: &[(&str, &str)]) -> Result<(String, usize)> {
        let mut all = vec![("Host".to_string(), "inner:8080".to_string())];
        all.extend(headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
        let origin = apply(peer, &mut all, server)?;
        Ok((format!("{} {} {}", origin.scheme, origin.host, origin.peer), all.len()))
    }

    #[test]
    fn nobody_is_believed_who_is_not_configured() {
        let headers = [
            ("X-Forwarded-Proto", "https"),
            ("Forwarded", "host=evil"),
            ("X-Other", "1"),
        ];
        let expected = ("http inner:8080 192.0.2.1".to_string(), 2);
        assert_eq!(run(&server(""), "192.0.2.1", &headers).unwrap(), expected);
        let other = proxied("10.0.0.1", 1, &["x-forwarded-proto"]);
        assert_eq!(run(&other, "192.0.2.1", &headers).unwrap(), expected);
    }

    #[test]
    fn headers_that_are_not_believed_may_be_kept() {
        let mut server = proxied("10.0.0.1", 1, &["x-forwarded-proto"]);
        let headers = [("X-Forwarded-Proto", "https"), ("Forwarded", "host=evil")];
        for (clear, expected) in [(true, 1), (false, 3)] {
            server.trusted_proxy.as_mut().unwrap().clear_untrusted = clear;
            let (origin, left) = run(&server, "192.0.2.1", &headers).unwrap();
            assert_eq!((origin.as_str(), left), ("http inner:8080 192.0.2.1", expected));
        }
    }

    #[test]
    fn the_trusted_proxy_is_believed_in_the_named_headers_alone() {
        let all = [
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-forwarded-for",
            "x-forwarded-port",
        ];
        let sent = [
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "evil.example, tours.example"),
            ("X-Forwarded-For", "198.51.100.1, 203.0.113.7"),
            ("X-Forwarded-Port", "8443"),
        ];
        for (names, count, expected) in [
            (&all[..1], 1, "https inner:8080 10.0.0.1"),
            (&all[..2], 1, "https tours.example 10.0.0.1"),
            (&all[..3], 1, "https tours.example 203.0.113.7"),
            (&all[..3], 2, "https evil.example 198.51.100.1"),
            (&all[..4], 1, "https tours.example:8443 203.0.113.7"),
            (&all[..4], 9, "https evil.example:8443 198.51.100.1"),
        ] {
            let server = proxied("10.0.0.1", count, names);
            assert_eq!(run(&server, "10.0.0.1", &sent).unwrap().0, expected);
        }
    }

    #[test]
    fn the_standard_header_is_understood() {
        let server = proxied("*", 1, &["forwarded"]);
        let sent = |value: &'static str| run(&server, "localhost", &[("Forwarded", value)]).map(|(text, _)| text);
        assert_eq!(
            sent("for=1.2.3.4, For=\"[2001:db8::1]:4711\";Proto=HTTPS;host=tours.example").unwrap(),
            "https tours.example 2001:db8::1"
        );
        assert_eq!(sent("for=192.0.2.43").unwrap(), "http inner:8080 192.0.2.43");
        for wrong in ["proto=gopher", "host", "host=\"a", "host=a b", "host=\"\""] {
            assert_eq!(sent(wrong).unwrap_err().status(), 400, "{wrong}");
        }
    }

    #[test]
    fn hosts_that_could_poison_a_redirect_are_refused() {
        for (host, good) in [
            ("tours.example", true),
            ("tours.example:8080", true),
            ("[::1]:80", true),
            ("[::1]", true),
            ("under_score", true),
            ("a/b", false),
            ("a@b", false),
            ("a:99999", false),
            ("a:b", false),
            ("a b", false),
            ("[::g]", false),
            ("", false),
            ("ü", false),
        ] {
            assert_eq!(is_host(host), good, "{host}");
        }
    }

    #[test]
    fn a_peer_loses_its_port() {
        for (peer, name) in [
            ("203.0.113.7:1234", "203.0.113.7"),
            ("[::1]:80", "::1"),
            ("localhost", "localhost"),
            ("::1", "::1"),
        ] {
            assert_eq!(peer_name(peer), name);
        }
    }
}
