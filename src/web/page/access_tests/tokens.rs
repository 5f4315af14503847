//! No page of another site can send a form for a visitor: it does not know the token.

use super::scene::{Scene, address};
use super::{Needs, find_sample, rows};
use crate::model::track::Visibility;
use crate::web::csrf;
use std::fs;
use std::path::Path;

const WRONG: &str = "10112233445566778899aabbccddeeff";

#[test]
fn no_form_counts_without_its_token() {
    let scene = Scene::new();
    let site = scene.site();
    let state = || {
        let config = &site.app.instance.config;
        let mut files = vec![(config.database.clone(), fs::read(&config.database).unwrap())];
        collect(&config.data_dir, &mut files);
        files.sort();
        files
    };
    let before = state();
    for (method, pattern) in rows() {
        let sample = find_sample(method, pattern);
        // What is for programs has no form.
        if method != "POST" || sample.1 == Needs::Token {
            continue;
        }
        let target = scene.put(pattern, Visibility::Public);
        for name in ["owner", "administrator", "stranger"] {
            for (header, field) in [("", None), ("", Some(WRONG)), (WRONG, None), (WRONG, Some(""))] {
                let mut form = scene.fill(sample.3, Visibility::Public);
                form.extend(field.map(|token| (csrf::NAME, token.to_owned())));
                let body = form_urlencoded::Serializer::new(String::new())
                    .extend_pairs(&form)
                    .finish();
                let headers = [
                    ("Content-Type", "application/x-www-form-urlencoded"),
                    ("X-CSRF-Token", header),
                ];
                let got = site
                    .logged_in(&address(name))
                    .ask("POST", &target, &headers, body.as_bytes());
                let may_not = sample.1 == Needs::Admin && name != "administrator";
                let expected = if may_not { 403 } else { 400 };
                assert_eq!(got.status, expected, "{target} by {name} with {header:?} and {field:?}");
            }
        }
    }
    assert!(before == state(), "something was changed");
}

/// Every file below a directory with its content.
fn collect(dir: &Path, files: &mut Vec<(std::path::PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            let content = fs::read(&path).unwrap();
            files.push((path, content));
        }
    }
}
