//! The answer while the instance is out of service: 503, whatever was asked.
//!
//! It must work when nothing else does. It needs the notice and three things of the request; no
//! database, no session, no other file of the site, no cookie. The page carries its own style, since
//! every other address answers with this page too.

use std::borrow::Cow;
use std::sync::LazyLock;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::json;

use crate::clock;
use crate::instance::{Kind, Notice};
use crate::secret;
use crate::web::accept::{self, Wanted};
use crate::web::lang::{Lang, Offer, Text};
use crate::web::request::Method;
use crate::web::response::Response;
use crate::web::text::maintenance as words;

/// What the answer depends on besides the notice.
#[derive(Debug, Clone)]
pub struct Ask<'a> {
    /// The method: only a `GET` is reloaded, only others have sent something.
    pub method: &'a Method,
    /// The header `Accept`, every line of it.
    pub accept: Option<Cow<'a, str>>,
    /// The header `Accept-Language`; nothing else decides the language.
    pub accept_language: Option<Cow<'a, str>>,
}

/// The answer. `retry_after` is in seconds, at least 1.
pub fn answer(notice: &Notice, ask: Ask<'_>, offer: &Offer, retry_after: u32) -> Response {
    let lang = offer.accepted(ask.accept_language.as_deref());
    let response = match accept::choose(ask.accept.as_deref()) {
        Wanted::Html => {
            let page = page(lang, notice, ask.method, retry_after).into_string();
            Response::html(page).style_hash(STYLE_HASH.as_str())
        }
        Wanted::Json => problem(lang, notice, retry_after),
        Wanted::Text => Response::text(plain(lang, notice)),
    };
    response
        .with_status(503)
        .no_store()
        .header("Retry-After", retry_after.max(1).to_string())
        .header("Vary", "Accept, Accept-Language")
        .header("Content-Language", lang.tag())
        .header("Fietsboek-Maintenance", "1")
}

/// What a kind of break is called, what is said of it, and what the operator can do.
fn said(kind: Kind) -> (&'static Text, &'static Text, Option<&'static Text>) {
    match kind {
        Kind::Maintenance => (&words::H_BREAK, &words::T_BREAK, None),
        Kind::Update => (&words::H_UPDATE, &words::T_UPDATE, Some(&words::OPERATOR_UPDATE)),
        Kind::Trouble => (&words::H_BREAK, &words::T_TROUBLE, Some(&words::OPERATOR_TROUBLE)),
    }
}

/// RFC 9457; the reason is the detail.
fn problem(lang: Lang, notice: &Notice, retry_after: u32) -> Response {
    let (_, sentence, _) = said(notice.kind);
    let detail = if notice.reason.is_empty() {
        lang.text(sentence)
    } else {
        &notice.reason
    };
    let body = json!({
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "detail": detail,
        "retry_after": retry_after.max(1),
    });
    Response::bytes("application/problem+json", body.to_string().into_bytes())
}

fn plain(lang: Lang, notice: &Notice) -> String {
    let (heading, sentence, operator) = said(notice.kind);
    let mut text = format!("{}\n{}\n", lang.text(heading), lang.text(sentence));
    for more in [
        notice.reason.as_str(),
        operator.map_or("", |operator| lang.text(operator)),
    ] {
        if !more.is_empty() {
            text.push_str(&format!("\n{more}\n"));
        }
    }
    text
}

fn page(lang: Lang, notice: &Notice, method: &Method, retry_after: u32) -> Markup {
    let (heading, sentence, operator) = said(notice.kind);
    let only_looks = matches!(method, Method::Get | Method::Head);
    let retry_after = retry_after.max(1);
    html! {
        (DOCTYPE)
        html lang=(lang.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if only_looks { meta http-equiv="refresh" content=(retry_after); }
                title { (lang.text(heading)) " – Fietsboek" }
                link rel="icon" href="data:,";
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (drawing())
                    h1 { (lang.text(heading)) }
                    @if !only_looks { p.bad role="alert" { (lang.text(&words::NOT_SAVED)) } }
                    p { (lang.text(sentence)) }
                    @if !notice.reason.is_empty() { div.reason dir="auto" { (notice.reason) } }
                    @if let Some(operator) = operator { p { (lang.text(operator)) } }
                    @if only_looks {
                        p { (every(lang, retry_after)) " " a href="" { (lang.text(&words::RELOAD)) } }
                    }
                    p.small { (since(lang, notice)) "503" }
                }
            }
        }
    }
}

/// How often the page reloads, in the largest unit that is exact.
fn every(lang: Lang, seconds: u32) -> String {
    if seconds.is_multiple_of(60) {
        lang.plural(u64::from(seconds / 60), &words::EVERY_MINUTE, &words::EVERY_MINUTES)
    } else {
        lang.plural(u64::from(seconds), &words::EVERY_SECOND, &words::EVERY_SECONDS)
    }
}

fn since(lang: Lang, notice: &Notice) -> Markup {
    html! {
        @if let Some(since) = notice.since {
            time datetime=(clock::rfc3339(since)) {
                (lang.fill(&words::SINCE, &[("when", &lang.date_time_short(clock::wall(since)))]))
            }
            " · "
        }
    }
}

/// A line from a start triangle to a double circle, its second half still to come.
fn drawing() -> Markup {
    html! {
        svg viewBox="0 0 560 72" aria-hidden="true" {
            path.line d="M22 50 L34 28 L46 50 Z M46 40 C90 12 120 60 165 40 S240 14 280 36" {}
            path.rest d="M280 36 C320 58 360 20 410 34 S470 46 506 36" {}
            circle.line cx="524" cy="36" r="16" {}
            circle.line cx="524" cy="36" r="8" {}
        }
    }
}

const STYLE: &str = "\
:root{color-scheme:light dark;--page:#f5f6f3;--surface:#fff;--ink:#1a211e;--ink2:#4f5a54;--line:#d3d8d1;\
--accent:#0b5d6b;--course:#9c0f71;--bad:#a81e1e;--badsoft:#fbe5e2}\
@media(prefers-color-scheme:dark){:root{--page:#121615;--surface:#1b211f;--ink:#e8ece9;--ink2:#a9b4ae;\
--line:#333c38;--accent:#6cc4d0;--course:#ff7ac6;--bad:#ff9a91;--badsoft:#3d1614}}\
*{box-sizing:border-box}\
body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1.5rem 1rem;background:var(--page);\
color:var(--ink);font:1rem/1.5 -apple-system,Segoe UI,Roboto,Noto Sans,Cantarell,Ubuntu,Liberation Sans,\
system-ui,sans-serif}\
main{width:100%;max-width:35rem;overflow-wrap:anywhere}\
svg{display:block;width:100%;height:auto;fill:none;stroke-width:4;stroke-linecap:round;stroke-linejoin:round}\
.line{stroke:var(--course)}.rest{stroke:var(--ink2);stroke-dasharray:0 10}\
h1{font-size:1.75rem;line-height:1.2;margin:1.5rem 0 .75rem}\
p{margin:.75rem 0}\
.reason,.bad{background:var(--surface);border:1px solid var(--line);border-left:4px solid var(--course);\
border-radius:4px;padding:.75rem 1rem;margin:1rem 0}\
.reason{font-size:1.125rem;white-space:pre-wrap}\
.bad{background:var(--badsoft);border-color:var(--bad)}\
a{color:var(--accent);text-underline-offset:.2em}\
a:focus-visible{outline:3px solid var(--ink);outline-offset:2px;border-radius:2px}\
.small{color:var(--ink2);font-size:.875rem}";

static STYLE_HASH: LazyLock<String> = LazyLock::new(|| secret::base64(&secret::sha256(STYLE.as_bytes())));

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn notice(reason: &str) -> Notice {
        let since = Some(datetime!(2026-11-22 09:16:00 UTC));
        Notice {
            kind: Kind::Maintenance,
            reason: reason.to_owned(),
            since,
            stamp: None,
        }
    }

    fn ask<'a>(method: &'a Method, accept: Option<&'a str>, language: Option<&'a str>) -> Ask<'a> {
        Ask {
            method,
            accept: accept.map(Cow::Borrowed),
            accept_language: language.map(Cow::Borrowed),
        }
    }

    fn offer() -> Offer {
        Offer::new(&["en".to_owned(), "de".to_owned()], "en")
    }

    fn body(response: &Response) -> String {
        match &response.body {
            crate::web::response::Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            crate::web::response::Body::Spool(_) => panic!("the page is not in memory"),
        }
    }

    fn get(reason: &str) -> String {
        body(&answer(
            &notice(reason),
            ask(&Method::Get, Some("text/html"), None),
            &offer(),
            120,
        ))
    }

    #[test]
    fn every_header_of_the_contract_is_there_once_and_none_that_may_not() {
        for accept in ["text/html", "application/json", "text/plain"] {
            let answer = answer(&notice("r"), ask(&Method::Get, Some(accept), None), &offer(), 120);
            let head = String::from_utf8(answer.head_bytes(None)).unwrap();
            for line in [
                "HTTP/1.1 503 Service Unavailable",
                "Retry-After: 120",
                "Cache-Control: no-store",
                "Vary: Accept, Accept-Language",
                "Content-Language: en",
                "Fietsboek-Maintenance: 1",
                "X-Content-Type-Options: nosniff",
            ] {
                assert_eq!(head.matches(&format!("{line}\r\n")).count(), 1, "{accept}: {line}");
            }
            assert!(head.contains("\r\nContent-Security-Policy: "));
            assert!(!head.contains("Set-Cookie") && !head.contains("ETag") && !head.contains("Location"));
        }
    }

    #[test]
    fn retry_after_is_at_least_one_second() {
        let answer = answer(&notice(""), ask(&Method::Get, None, None), &offer(), 0);
        assert_eq!(answer.get_header("Retry-After"), Some("1"));
    }

    #[test]
    fn the_form_follows_accept() {
        for (accept, kind) in [
            (None, "text/html; charset=utf-8"),
            (Some("*/*"), "text/html; charset=utf-8"),
            (Some("text/html;q=0.5, application/json"), "application/problem+json"),
            (Some("application/problem+json"), "application/problem+json"),
            (Some("text/plain"), "text/plain; charset=utf-8"),
            (Some("image/png"), "text/plain; charset=utf-8"),
        ] {
            let answer = answer(&notice("r"), ask(&Method::Get, accept, None), &offer(), 120);
            assert_eq!(answer.get_header("Content-Type"), Some(kind), "{accept:?}");
        }
    }

    #[test]
    fn the_problem_is_that_of_rfc_9457() {
        let answer = answer(
            &notice("Back\nat noon"),
            ask(&Method::Get, Some("application/json"), None),
            &offer(),
            7,
        );
        let problem: serde_json::Value = serde_json::from_str(&body(&answer)).unwrap();
        assert_eq!(
            problem,
            json!({"type": "about:blank", "title": "Service Unavailable", "status": 503,
                   "detail": "Back\nat noon", "retry_after": 7})
        );
    }

    #[test]
    fn the_reason_is_escaped_and_keeps_its_line_breaks() {
        let page = get("<script>alert(1)</script>\n& back at \"18:00\"");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;\n&amp; back at "));
        assert!(!page.contains("<script"));
    }

    #[test]
    fn without_a_reason_there_is_no_empty_box() {
        assert!(!get("").contains("class=\"reason\""));
    }

    #[test]
    fn the_page_names_no_other_address_and_is_small() {
        let page = get("");
        assert!(page.len() < 8 * 1024, "{} bytes", page.len());
        for attribute in ["src=", "href=\"/", "href=\"http", "url(", "@import"] {
            assert!(!page.contains(attribute), "{attribute}");
        }
    }

    #[test]
    fn the_style_block_is_the_one_that_the_policy_allows() {
        let answer = answer(&notice(""), ask(&Method::Get, None, None), &offer(), 120);
        let page = body(&answer);
        let (_, rest) = page.split_once("<style>").unwrap();
        let (style, _) = rest.split_once("</style>").unwrap();
        let hash = secret::base64(&secret::sha256(style.as_bytes()));
        assert!(
            String::from_utf8(answer.head_bytes(None))
                .unwrap()
                .contains(&format!("'sha256-{hash}'"))
        );
    }

    #[test]
    fn only_a_get_reloads_and_others_learn_that_nothing_was_saved() {
        assert!(get("").contains("http-equiv=\"refresh\" content=\"120\"") && get("").contains("every 2 minutes"));
        for method in [Method::Post, Method::Other("PROPFIND".to_owned())] {
            let page = body(&answer(&notice(""), ask(&method, None, None), &offer(), 120));
            assert!(page.contains("was not saved") && !page.contains("refresh") && !page.contains("Reload"));
        }
    }

    #[test]
    fn head_is_asked_like_get() {
        let head = answer(&notice("r"), ask(&Method::Head, None, None), &offer(), 120);
        let get = answer(&notice("r"), ask(&Method::Get, None, None), &offer(), 120);
        assert_eq!(body(&head), body(&get));
    }

    #[test]
    fn german_is_spoken_to_those_who_ask_for_it() {
        let german = answer(
            &notice(""),
            ask(&Method::Get, None, Some("de-AT,en;q=0.5")),
            &offer(),
            60,
        );
        let page = body(&german);
        assert!(page.contains("lang=\"de\"") && page.contains("Kurze Pause") && page.contains("jede Minute"));
        assert!(page.contains("Seit 22. Nov. 2026, 09:16 (UTC)"));
        assert_eq!(german.get_header("Content-Language"), Some("de"));
    }

    #[test]
    fn an_outdated_database_says_what_the_operator_can_do() {
        let outdated = Notice {
            kind: Kind::Update,
            reason: String::new(),
            since: None,
            stamp: None,
        };
        for accept in ["text/html", "text/plain"] {
            let answer = answer(&outdated, ask(&Method::Get, Some(accept), None), &offer(), 120);
            assert!(body(&answer).contains("fietsupdate"), "{accept}");
        }
        assert!(!body(&answer(&outdated, ask(&Method::Get, None, None), &offer(), 1)).contains("Since"));
    }
}
