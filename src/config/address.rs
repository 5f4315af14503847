//! An address `scheme://host:port/…`, as far as the configuration must understand one.
//!
//! No message of this file repeats the address: it may hold a password.

/// The parts of an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address<'a> {
    /// What stands before the colon, in lower case.
    pub scheme: String,
    /// What stands before an `@`.
    pub user: Option<&'a str>,
    /// The host, without brackets; may be empty.
    pub host: &'a str,
    /// The port, where one is named.
    pub port: Option<u16>,
    /// What follows: path, query, fragment.
    pub rest: &'a str,
}

/// Takes an address apart, or says what is wrong with it.
pub fn parse(text: &str) -> Result<Address<'_>, String> {
    if text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control() || "<>\"\\".contains(letter))
    {
        return Err("holds a character that no address holds".to_owned());
    }
    let (scheme, rest) = text
        .split_once(':')
        .ok_or("has no scheme; it is written scheme://host")?;
    let sound = scheme
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    if !sound || !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err("has no scheme; it is written scheme://host".to_owned());
    }
    let (authority, rest) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len())),
        None => ("", rest),
    };
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    let (host, port) = split_port(place)?;
    Ok(Address {
        scheme: scheme.to_ascii_lowercase(),
        user,
        host,
        port,
        rest,
    })
}

/// Like [`parse`], for what a browser can open: `http` or `https` and a host.
pub fn parse_http(text: &str) -> Result<Address<'_>, String> {
    let address = parse(text)?;
    if !matches!(address.scheme.as_str(), "http" | "https") || address.host.is_empty() {
        return Err("is no address; it is written https://host/path or http://host/path".to_owned());
    }
    Ok(address)
}

/// Host and port out of `host`, `host:port`, `[v6]` or `[v6]:port`; the brackets are taken off.
pub fn split_port(place: &str) -> Result<(&str, Option<u16>), String> {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']').ok_or("has no closing bracket")?;
            match after {
                "" => (host, None),
                _ => (
                    host,
                    Some(after.strip_prefix(':').ok_or("is not written [address]:port")?),
                ),
            }
        }
        None => match place.rsplit_once(':') {
            Some((host, _)) if host.contains(':') => {
                return Err("holds an IPv6 address without brackets; it is written [address]:port".to_owned());
            }
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    match port {
        None | Some("") => Ok((host, None)),
        Some(port) => parse_port(port).map(|port| (host, Some(port))),
    }
}

fn parse_port(text: &str) -> Result<u16, String> {
    Some(text)
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| "has a port that is not a number from 0 to 65535".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_apart() {
        let address = parse("SMTP+SSL://joe:p@ss@[::1]:465/x?y").unwrap();
        assert_eq!(address.scheme, "smtp+ssl");
        assert_eq!(address.user, Some("joe:p@ss"));
        assert_eq!((address.host, address.port, address.rest), ("::1", Some(465), "/x?y"));
        let bare = parse("debug://").unwrap();
        assert_eq!((bare.host, bare.port, bare.rest), ("", None, ""));
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "",
            "secret",
            "://secret",
            "1a://secret",
            "http://secret x",
            "http://secret:99999",
            "http://[secret",
            "http://secret:+1",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn a_browser_needs_http_and_a_host() {
        assert!(parse_http("https://maps.example/{z}").is_ok());
        for text in [
            "http:host",
            "https:///path",
            "ftp://host",
            "//host",
            "javascript:alert(1)",
        ] {
            assert!(parse_http(text).is_err(), "{text}");
        }
    }
}
