//! The request target and the host: what a client may write there, and the one form that is passed on.
//!
//! Everything becomes origin form (`/path?query`), so that what stands behind has one thing to parse.
//! Pure. Rules: RFC 9112, section 3.2. Nothing here decides what a path means.

/// A target that can be passed on.
#[derive(Debug, PartialEq, Eq)]
pub struct Target {
    /// Origin form, `*`, or the authority form of CONNECT; visible ASCII only.
    pub path: Vec<u8>,
    /// The host, when the target named one: it goes before the header's.
    pub host: Option<Vec<u8>>,
}

/// Reads the target of a request with this method. `None`: it is malformed. CONNECT passes as it is:
/// nobody here connects, but what is answered to it is not decided here either.
pub fn read_target(method: &[u8], raw: &[u8]) -> Option<Target> {
    if method == b"CONNECT" {
        return (raw.contains(&b':') && is_host(raw)).then(|| Target {
            path: raw.to_vec(),
            host: None,
        });
    }
    let (host, path) = match raw {
        [b'/', ..] => (None, raw),
        b"*" if method == b"OPTIONS" => (None, raw),
        _ => {
            let (host, path) = split_absolute(raw)?;
            (Some(host.to_vec()), path)
        }
    };
    Some(Target {
        path: clean(path),
        host,
    })
}

/// The host and the rest of `http://host/path?query`.
fn split_absolute(raw: &[u8]) -> Option<(&[u8], &[u8])> {
    let scheme_end = raw.windows(3).position(|at| at == b"://")?;
    let scheme = &raw[..scheme_end];
    if !scheme.eq_ignore_ascii_case(b"http") && !scheme.eq_ignore_ascii_case(b"https") {
        return None;
    }
    let rest = &raw[scheme_end + 3..];
    let end = rest.iter().position(|byte| b"/?#".contains(byte));
    let (host, path) = rest.split_at(end.unwrap_or(rest.len()));
    (!host.is_empty() && is_host(host)).then_some((host, path))
}

/// The path with its leading `/`, without a fragment (no request has one; some clients send theirs),
/// and with what is not ASCII percent-encoded as a browser would have.
fn clean(path: &[u8]) -> Vec<u8> {
    let mut clean = Vec::with_capacity(path.len() + 1);
    if !matches!(path, [b'/' | b'*', ..]) {
        clean.push(b'/');
    }
    for &byte in path.iter().take_while(|byte| **byte != b'#') {
        if byte.is_ascii() {
            clean.push(byte);
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            clean.push(b'%');
            clean.push(DIGITS[usize::from(byte >> 4)]);
            clean.push(DIGITS[usize::from(byte & 15)]);
        }
    }
    clean
}

/// True for what may stand in a `Host` header: a name or an address, and a port (RFC 3986, 3.2).
/// Empty is allowed. Links are built from it, so nothing that ends a host in a URL may pass.
pub fn is_host(host: &[u8]) -> bool {
    host.iter()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(method: &str, raw: &str) -> Option<(String, Option<String>)> {
        let text = |bytes| String::from_utf8(bytes).expect("ascii");
        read_target(method.as_bytes(), raw.as_bytes()).map(|target| (text(target.path), target.host.map(text)))
    }

    #[test]
    fn origin_form_passes_as_it_is() {
        for path in ["/", "/a/../b?c=d&e", "//x", "/a|b\"c{", "/%00"] {
            assert_eq!(read("GET", path), Some((path.into(), None)));
        }
    }

    #[test]
    fn absolute_form_becomes_origin_form_and_names_the_host() {
        for (raw, path, host) in [
            ("http://a.example/b?c", "/b?c", "a.example"),
            ("HTTPS://[::1]:8080", "/", "[::1]:8080"),
            ("http://a?b", "/?b", "a"),
            ("http://a#b", "/", "a"),
        ] {
            assert_eq!(read("GET", raw), Some((path.into(), Some(host.into()))));
        }
    }

    #[test]
    fn other_forms_are_malformed() {
        for (method, raw) in [
            ("GET", "*"),
            ("GET", "a/b"),
            ("GET", "ftp://a/b"),
            ("GET", "http:///b"),
            ("GET", "http://user@a/b"),
            ("GET", "a.example:443"),
            ("CONNECT", "a.example"),
            ("CONNECT", "a.example:443/b"),
            ("CONNECT", "/"),
        ] {
            assert_eq!(read(method, raw), None, "{method} {raw}");
        }
        assert_eq!(read("CONNECT", "a.example:443"), Some(("a.example:443".into(), None)));
        assert_eq!(read("OPTIONS", "*"), Some(("*".into(), None)));
    }

    #[test]
    fn what_is_not_ascii_is_percent_encoded_and_a_fragment_goes() {
        assert_eq!(read("GET", "/ä?ö#ü"), Some(("/%C3%A4?%C3%B6".into(), None)));
    }

    #[test]
    fn a_host_holds_nothing_that_would_end_it_in_a_link() {
        for host in ["", "a.example:80", "[::1]:80", "xn--a", "a_b"] {
            assert!(is_host(host.as_bytes()), "{host}");
        }
        for host in ["a/b", "a@b", "a b", "a\"b", "a#b", "a?b", "ä", "a\\b", "<a>"] {
            assert!(!is_host(host.as_bytes()), "{host}");
        }
    }
}
