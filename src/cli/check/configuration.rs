//! The INI file: what is no fault, and still does not do what its author means.

use super::finding::Findings;
use crate::config::{Config, Transport};

/// So many different letters a random text of that length has at least.
const FEWEST_LETTERS: usize = 8;

pub(super) fn check(config: &Config, findings: &mut Findings) {
    for warning in &config.warnings {
        findings.problem(
            "INI file",
            warning.as_str(),
            "put it right or remove it; see fietsboek.ini(5)",
        );
    }
    check_key(config, findings);
    check_mail(config, findings);
    check_address(config, findings);
}

fn check_key(config: &Config, findings: &mut Findings) {
    let key = config.session_key.as_str();
    let todo = "write a long random text; everybody has to log in again";
    let about = "session_key";
    let lower = key.to_lowercase();
    let mut letters: Vec<char> = key.chars().collect();
    let length = letters.len();
    letters.sort_unstable();
    letters.dedup();
    if config.has_short_key() {
        findings.problem(
            about,
            format!("is short: {length} letters, and who guesses it logs in as anybody"),
            todo,
        );
    } else if letters.len() < FEWEST_LETTERS
        || ["edit this", "changeme", "change me", "secret key", "itsaseekreet"]
            .iter()
            .any(|sample| lower.contains(sample))
    {
        findings.problem(
            about,
            "is a sample or no random text, and who guesses it logs in as anybody",
            todo,
        );
    }
}

fn check_mail(config: &Config, findings: &mut Findings) {
    match config.email.transport {
        Transport::Debug => findings.note(
            "email.smtp_url",
            "is debug: mail is printed in the log and not sent",
            "name a mail server, as in smtp+starttls://mail.example.org",
        ),
        _ if config.base_url.is_none() => findings.problem(
            "fietsboek.base_url",
            "is missing, so links in mails begin with what the visitor's browser calls the site, which can be forged",
            "write the address that visitors type",
        ),
        _ => {}
    }
}

/// Whether the site knows how visitors come to it.
fn check_address(config: &Config, findings: &mut Findings) {
    let Some(url) = &config.base_url else { return };
    let server = &config.server;
    let is_https = url.starts_with("https:");
    let told_by_proxy = server.trusted_proxy.as_ref().is_some_and(|proxy| {
        let headers = ["x-forwarded-proto", "forwarded"];
        proxy.headers.iter().any(|header| headers.contains(&header.as_str()))
    });
    match (is_https, server.url_scheme.as_str()) {
        (true, "http") if !told_by_proxy => findings.problem(
            "url_scheme",
            "is http and no proxy is trusted to say otherwise, but fietsboek.base_url is https: cookies go without \
             Secure, and forms can be refused",
            "write url_scheme = https in [server:main], or trust the proxy's x-forwarded-proto",
        ),
        (false, "https") => findings.problem(
            "url_scheme",
            "is https, but fietsboek.base_url is http: cookies are Secure, so browsers do not send them back and \
             nobody stays logged in",
            "make the two agree",
        ),
        _ => {}
    }
    let after_scheme = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
    let path = after_scheme.find('/').map_or("", |at| &after_scheme[at..]);
    if !server.url_prefix.is_empty() && path != server.url_prefix {
        findings.problem(
            "url_prefix",
            format!("is {}, but fietsboek.base_url ends with {path:?}", server.url_prefix),
            "make the two agree, or links in mails lead nowhere",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn found(lines: &str, server: &str) -> Vec<String> {
        let scratch = Scratch::new();
        std::fs::create_dir(scratch.join("data")).unwrap();
        let file = scratch.join("f.ini");
        let text = format!(
            "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/f.sqlite\nfietsboek.data_dir = %(here)s/data\n\
             email.from = a@b.c\n{lines}\n[server:main]\nuse = egg:waitress#main\n{server}\n"
        );
        std::fs::write(&file, text).unwrap();
        let mut findings = Findings::default();
        check(&Config::read(&file).unwrap(), &mut findings);
        findings.list().iter().map(|finding| finding.about.clone()).collect()
    }

    const KEY: &str = "session_key = f3w8FNop2#dk0cW,xx91\n";
    const MAIL: &str = "email.smtp_url = smtp://localhost\n";

    #[test]
    fn a_sound_file_has_nothing_to_tell() {
        let lines = format!("{KEY}{MAIL}fietsboek.base_url = https://a.example/b");
        for server in [
            "url_scheme = https\nurl_prefix = /b",
            "trusted_proxy = 127.0.0.1\ntrusted_proxy_headers = x-forwarded-proto",
        ] {
            assert!(found(&lines, server).is_empty(), "{server}");
        }
    }

    #[test]
    fn weak_keys_are_told() {
        for key in [
            "short",
            "aaaaaaaaaaaaaaaaaaaaaaaaaa",
            "please-EDIT THIS-text-here",
            "changeme-0123456789",
        ] {
            let lines = format!("session_key = {key}\n{MAIL}fietsboek.base_url = http://a");
            assert_eq!(found(&lines, ""), ["session_key"], "{key}");
        }
    }

    #[test]
    fn what_does_not_agree_is_told() {
        for (lines, server, expected) in [
            (format!("{KEY}{MAIL}"), "", &["fietsboek.base_url"][..]),
            (format!("{KEY}email.smtp_url = debug://x"), "", &["email.smtp_url"]),
            (
                format!("{KEY}{MAIL}fietsboek.base_url = https://a"),
                "",
                &["url_scheme"],
            ),
            (
                format!("{KEY}{MAIL}fietsboek.base_url = http://a"),
                "url_scheme = https\nurl_prefix = /b",
                &["url_scheme", "url_prefix"],
            ),
            (
                format!("{KEY}{MAIL}fietsboek.base_url = http://a\nfietsboek.gat = on"),
                "",
                &["INI file"],
            ),
        ] {
            assert_eq!(found(&lines, server), expected, "{lines} {server}");
        }
    }
}
