//! What is refused when no front door stands before the workers (`fietsboek.gate = off`).
//!
//! The HTTP library lets through what no honest client sends and what proxies disagree about. Here is
//! what can still be seen of it after parsing; limits of size and time are then the proxy's.

/// Whether a request is to be refused as malformed. `version` is the one after `HTTP/`.
pub fn is_malformed<'a>(version: (u8, u8), target: &str, headers: impl Iterator<Item = (&'a str, &'a str)>) -> bool {
    let (mut hosts, mut lengths) = (0, 0);
    let mut wrong = version.0 != 1 || !(target.starts_with('/') || target == "*") || has_control(target);
    for (name, value) in headers {
        wrong |= name.is_empty() || !name.bytes().all(is_token) || has_control(&value.replace('\t', " "));
        match name.to_ascii_lowercase().as_str() {
            "host" => hosts += 1,
            "content-length" => {
                lengths += 1;
                wrong |= value.is_empty() || value.len() > 15 || !value.bytes().all(|b| b.is_ascii_digit());
            }
            // A truncated chunked body cannot be told from a whole one here.
            "transfer-encoding" => wrong = true,
            "connection" => wrong |= value.to_ascii_lowercase().contains("upgrade"),
            _ => {}
        }
    }
    wrong || lengths > 1 || hosts > 1 || (hosts == 0 && version == (1, 1))
}

fn has_control(text: &str) -> bool {
    !text.bytes().all(|b| matches!(b, b' '..=b'~'))
}

/// RFC 9110, 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_proxies_disagree_about_is_refused() {
        let host = ("Host", "a");
        for (version, target, headers, malformed) in [
            ((1, 1), "/a?b", vec![host], false),
            ((1, 0), "/", vec![], false),
            ((1, 1), "*", vec![host], false),
            ((1, 1), "/", vec![host, ("Content-Length", "5"), ("X", "a\tb")], false),
            ((0, 9), "/", vec![], true),
            ((1, 1), "/", vec![], true),
            ((1, 1), "/", vec![host, host], true),
            ((1, 1), "http://a/", vec![host], true),
            ((1, 1), "a:80", vec![host], true),
            ((1, 1), "/\u{1}", vec![host], true),
            ((1, 1), "/", vec![host, ("X", "a\nb")], true),
            ((1, 1), "/", vec![host, ("X y", "a")], true),
            ((1, 1), "/", vec![host, ("", "a")], true),
            (
                (1, 1),
                "/",
                vec![host, ("Content-Length", "5"), ("content-length", "5")],
                true,
            ),
            ((1, 1), "/", vec![host, ("Content-Length", "+5")], true),
            ((1, 1), "/", vec![host, ("Content-Length", "5, 5")], true),
            ((1, 1), "/", vec![host, ("Content-Length", "")], true),
            ((1, 1), "/", vec![host, ("Content-Length", "9999999999999999")], true),
            ((1, 1), "/", vec![host, ("Transfer-Encoding", "chunked")], true),
            ((1, 1), "/", vec![host, ("Connection", "keep-alive, Upgrade")], true),
        ] {
            assert_eq!(
                is_malformed(version, target, headers.iter().copied()),
                malformed,
                "{version:?} {target} {headers:?}"
            );
        }
    }
}
