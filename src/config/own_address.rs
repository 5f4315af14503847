//! Addresses that the operator says of the site itself: what absolute links begin with
//! (`fietsboek.base_url`), and where its source code is (`fietsboek.source_url`).
//!
//! The first is written in the file because the request's Host is what a stranger sends.

use super::address;
use super::notes::Notes;
use super::values::Values;

/// What absolute links begin with, without a slash at its end; none when the key is absent or empty.
pub fn find_base_url(values: &Values, notes: &mut Notes) -> Option<String> {
    let key = "fietsboek.base_url";
    let url = find_http(key, values, notes)?;
    if address::parse_http(&url).is_ok_and(|address| address.rest.contains(['?', '#'])) {
        values.fault(key, "holds more than scheme, host, port and path", notes);
    }
    Some(url.trim_end_matches('/').to_owned())
}

/// Where the source code is; none when the key is absent or empty.
pub fn find_source_url(values: &Values, notes: &mut Notes) -> Option<String> {
    find_http("fietsboek.source_url", values, notes)
}

fn find_http(key: &str, values: &Values, notes: &mut Notes) -> Option<String> {
    let url = values.text(key, notes);
    if url.is_empty() {
        return None;
    }
    match address::parse_http(&url) {
        Err(text) => values.fault(key, text, notes),
        Ok(address) if address.user.is_some() => values.fault(key, "holds a user name", notes),
        Ok(_) => {}
    }
    Some(url)
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Dir, LEAST};

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
}
