//! Every row of the sitemap once more, for what its answer says to browsers and caches.

use super::scene::Scene;
use super::{Caller, Needs, find_sample, rows};
use crate::model::track::Visibility;
use crate::web::page::visitor::{Got, Site};

/// What every answer says, once.
const ALWAYS: [&str; 6] = [
    "X-Frame-Options: DENY",
    "X-Content-Type-Options: nosniff",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Referrer-Policy: ",
    "Content-Security-Policy: default-src 'none'; script-src 'self'; ",
];

/// What is wrong with the headers of an answer.
fn wrong(got: &Got, needs: Needs) -> Option<String> {
    let once = |line: &&&str| got.head.lines().filter(|head| head.starts_with(**line)).count() != 1;
    if let Some(line) = ALWAYS.iter().find(once) {
        return Some(format!("{line:?} is not said once"));
    }
    let policy = got.header("Content-Security-Policy");
    if policy.contains("unsafe") || !policy.contains("frame-ancestors 'none'") || !policy.contains("base-uri 'none'") {
        return Some(policy.to_owned());
    }
    if !matches!(got.header("Referrer-Policy"), "same-origin" | "no-referrer") {
        return Some(got.header("Referrer-Policy").to_owned());
    }
    // Whoever stands between keeps nothing that is not for everybody, and never a cookie.
    let kept = got.header("Cache-Control");
    let is_own = kept.contains("private") || kept == "no-store";
    let is_shared = kept.starts_with("public, max-age=") && needs == Needs::Nothing;
    if !is_own && (!is_shared || got.head.contains("Set-Cookie")) {
        return Some(format!("Cache-Control: {kept}"));
    }
    // What depends on who asks is not shown to the next one at the same browser. A map is no secret.
    let open = matches!(needs, Needs::Nothing | Needs::Registration | Needs::RestrictedTile);
    let depends = got.status == 200 && !open && kept != "no-store";
    let asked_again = kept.contains("no-cache") || kept.contains("max-age=0") || got.header("Vary").contains("Cookie");
    (depends && !asked_again).then(|| format!("kept as {kept} without Vary: Cookie"))
}

#[test]
fn every_row_protects_its_visitor_and_is_kept_by_nobody_who_may_not_see_it() {
    let scene = Scene::new();
    let mut site = scene.site();
    let mut found = Vec::new();
    for (method, pattern) in rows() {
        let sample = find_sample(method, pattern);
        for (caller, visibility) in [
            (Caller::Owner, Visibility::Private),
            (Caller::Link, Visibility::Private),
            (Caller::Anonymous, Visibility::Public),
            (Caller::Anonymous, Visibility::Private),
            (Caller::Administrator, Visibility::Friends),
        ] {
            let got = scene.ask(&site, caller, method, pattern, sample, visibility);
            if let Some(what) = wrong(&got, sample.1) {
                found.push(format!("{method} {pattern} by {caller:?} ({}): {what}", got.status));
            }
            if sample.0.starts_with("POST") && got.status < 400 {
                site = scene.site();
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn so_do_answers_to_who_has_it_already_parts_and_errors() {
    let site = Site::new();
    let mut alice = site.logged_in("alice@example.org");
    for (path, needs) in [
        ("/track/1/gpx", Needs::View),
        ("/track/1/images/moodn_view.png", Needs::View),
        ("/track/1/preview", Needs::View),
        ("/track/1/line.json", Needs::View),
        ("/badge/1", Needs::Nothing),
    ] {
        let first = alice.get(path);
        assert_eq!(first.status, 200, "{path}");
        let tag = first.header("ETag").to_owned();
        for (name, value, status) in [
            ("If-None-Match", tag.as_str(), 304),
            ("Range", "bytes=0-9", 206),
            ("Range", "bytes=99999999-", 416),
        ] {
            let got = alice.ask("GET", path, &[(name, value)], b"");
            assert_eq!(got.status, status, "{path} with {name}: {}", got.head);
            assert_eq!(wrong(&got, needs), None, "{path} with {name}: {}", got.head);
        }
    }
    for (method, path, status) in [
        ("GET", "/nothing", 404),
        ("GET", "/%ff", 400),
        ("BREW", "/track/", 404),
        ("POST", "/login", 400),
        ("GET", "/admin/", 403),
        ("GET", "/static/none.css", 404),
    ] {
        let got = alice.ask(method, path, &[], b"");
        assert_eq!(got.status, status, "{method} {path}");
        assert_eq!(wrong(&got, Needs::Login), None, "{method} {path}: {}", got.head);
    }
}
