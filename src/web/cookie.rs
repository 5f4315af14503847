//! Cookies: the request's header taken apart, one for the response put together (RFC 6265).
//!
//! Values are written as they are: everything that this site sets is base64, hexadecimal or a plain
//! word. Quoted values are understood because the original's library quotes.

use std::fmt;

use crate::web::request::Request;

/// A cookie to be set.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// The path below which it is sent.
    pub path: String,
    /// The domain; none: this host alone.
    pub domain: Option<String>,
    /// How long it is kept, in seconds; none: until the browser closes; 0: it is deleted.
    pub max_age: Option<u32>,
    /// Whether scripts may not read it.
    pub http_only: bool,
    /// Whether it is sent over https alone.
    pub secure: bool,
}

impl fmt::Debug for Cookie {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Cookie")
            .field("name", &self.name)
            .field("path", &self.path)
            .field("domain", &self.domain)
            .field("max_age", &self.max_age)
            .field("http_only", &self.http_only)
            .field("secure", &self.secure)
            .finish_non_exhaustive()
    }
}

impl Cookie {
    /// A cookie for the whole site that scripts cannot read, `Secure` when the visitor came by https.
    pub fn new(request: &Request, name: &'static str, value: impl Into<String>) -> Cookie {
        let path = if request.prefix.is_empty() {
            "/"
        } else {
            &request.prefix
        };
        Cookie {
            name,
            value: value.into(),
            path: path.to_string(),
            domain: None,
            max_age: None,
            http_only: true,
            secure: request.scheme == "https",
        }
    }

    /// The value of the `Set-Cookie` header.
    pub fn header_value(&self) -> String {
        let mut text = format!("{}={}; Path={}", self.name, self.value, self.path);
        if let Some(domain) = &self.domain {
            text.push_str("; Domain=");
            text.push_str(domain);
        }
        if let Some(seconds) = self.max_age {
            text.push_str(&format!("; Max-Age={seconds}"));
        }
        if self.max_age == Some(0) {
            text.push_str("; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        }
        if self.http_only {
            text.push_str("; HttpOnly");
        }
        if self.secure {
            text.push_str("; Secure");
        }
        text + "; SameSite=Lax"
    }
}

/// The value of the first cookie of a name in a `Cookie` header. The first one is the one with the
/// longest path, which browsers send first.
pub fn find(header: &str, name: &str) -> Option<String> {
    header.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| unquote(value.trim()))
    })
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')) else {
        return value.to_string();
    };
    let mut text = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let octal = after.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match (octal, after.chars().next()) {
            (Some(byte), _) if byte.is_ascii() => {
                text.push(char::from(byte));
                rest = &after[3..];
            }
            (_, Some(escaped)) => {
                text.push(escaped);
                rest = &after[escaped.len_utf8()..];
            }
            (_, None) => rest = after,
        }
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::request::tests::request;

    #[test]
    fn a_header_is_taken_apart() {
        let header = r#"a=1;b = two ; c="x\054y\"z"; d=; broken; a=2; e=p=q"#;
        let value = |name| find(header, name);
        assert_eq!(value("a").as_deref(), Some("1"));
        assert_eq!(value("b").as_deref(), Some("two"));
        assert_eq!(value("c").as_deref(), Some("x,y\"z"));
        assert_eq!(value("d").as_deref(), Some(""));
        assert_eq!(value("e").as_deref(), Some("p=q"));
        assert_eq!(value("broken"), None);
    }

    #[test]
    fn odd_quotes_do_no_harm() {
        for (sent, read) in [
            (r#"a="\""#, "\\"),
            (r#"a="#, ""),
            (r#"a=""#, "\""),
            ("a=\"\\ü\"", "ü"),
            (r#"a="\377""#, "377"),
        ] {
            let value = find(sent, "a").unwrap();
            assert!(value == read || value.is_empty(), "{sent}: {value}");
        }
    }

    #[test]
    fn a_cookie_is_written_for_the_site_alone() {
        let plain = request("GET", "/", &[], "");
        assert_eq!(
            Cookie::new(&plain, "session", "v").header_value(),
            "session=v; Path=/; HttpOnly; SameSite=Lax"
        );
        let mounted = request("GET", "/tours/", &[], "/tours");
        let mut cookie = Cookie::new(&mounted, "auth_tkt", "");
        cookie.domain = Some("site.example".to_string());
        cookie.max_age = Some(0);
        cookie.secure = true;
        assert_eq!(
            cookie.header_value(),
            "auth_tkt=; Path=/tours; Domain=site.example; Max-Age=0; \
             Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Secure; SameSite=Lax"
        );
    }
}
