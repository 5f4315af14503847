//! What one may not see looks like what is not there: the same status, headers and words, now and on the next page,
//! and as much work. That a track is there which one may not see is told (403, not 404), as in the original.

use super::visitor::{Got, Site, Visitor};
use crate::model::query;
use crate::secret;

const ALICE: &str = "alice@example.org";
const BOB: &str = "bob@example.org";
const CAROL: &str = "carol@example.org";
const NOBODY: &str = "nobody@example.org";
/// What opens nothing.
const NO_SECRET: &str = "nothing-that-opens-anything";

/// An instance in which Carol has not confirmed her address, and Alice asked her for friendship.
fn site() -> Site {
    let site = Site::new();
    let db = crate::db::open(&site.app.instance.config.database).unwrap();
    let done = db
        .execute("UPDATE users SET is_verified = 0 WHERE email = ?1", [CAROL])
        .unwrap();
    assert_eq!(done, 1);
    db.execute("DELETE FROM friend_requests", []).unwrap();
    let sql = "INSERT INTO friend_requests (sender_id, recipient_id, date)
        SELECT s.id, r.id, '2026-01-01 00:00:00.000000' FROM users s, users r WHERE s.email = ?1 AND r.email = ?2";
    assert_eq!(db.execute(sql, [ALICE, CAROL]).unwrap(), 1);
    site
}

fn request_id(site: &Site) -> String {
    let db = crate::db::open(&site.app.instance.config.database).unwrap();
    let id: i64 = db
        .query_row("SELECT id FROM friend_requests", [], |row| row.get(0))
        .unwrap();
    id.to_string()
}

/// An answer without what differs from one to the next all the same: its second, what cookies hold, what was typed.
fn bare(got: &Got, typed: &[&str]) -> String {
    let mut text = String::new();
    for line in got.head.lines() {
        let kept = match line.split_once('=') {
            _ if line.starts_with("Date: ") || line.starts_with("Content-Length: ") => continue,
            Some((cookie, _)) if line.starts_with("Set-Cookie: ") => cookie,
            _ => line,
        };
        text.push_str(kept);
        text.push('\n');
    }
    text.push_str(&got.text());
    for word in typed.iter().filter(|word| !word.is_empty()) {
        text = text.replace(word, "…");
        text = text.replace(
            &form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>(),
            "…",
        );
    }
    text
}

/// The answer and the page after it.
fn all_of(visitor: &mut Visitor, got: &Got, typed: &[&str]) -> String {
    let next = match got.location.as_str() {
        "" => String::new(),
        location => bare(&visitor.get(location), typed),
    };
    format!("{}\n\n{next}", bare(got, typed))
}

/// Who sends a form, and to whom the words differ.
type Form<'a> = (&'a str, &'a [(&'a str, &'a str)]);

/// Sends each of the forms on a copy of its own; all must be answered alike.
#[track_caller]
fn assert_alike(site: &Site, who: Option<&str>, forms: &[Form]) {
    let mut answers = Vec::new();
    for (path, fields) in forms {
        let copy = site.again();
        let mut visitor = match who {
            Some(email) => copy.logged_in(email),
            None => copy.stranger(),
        };
        let got = visitor.post(path, fields);
        let typed: Vec<&str> = fields
            .iter()
            .map(|(_, value)| *value)
            .filter(|value| value.contains('@'))
            .collect();
        answers.push((path, fields, all_of(&mut visitor, &got, &typed)));
    }
    for (path, fields, answer) in &answers[1..] {
        assert!(
            *answer == answers[0].2,
            "{path} {fields:?}:\n{answer}\n\ninstead of\n{}",
            answers[0].2
        );
    }
}

#[test]
fn who_logs_in_learns_of_no_account() {
    let login = |email| [("email", email), ("password", "wrong-password-1")];
    let (alice, carol, nobody) = (login(ALICE), login(CAROL), login(NOBODY));
    assert_alike(
        &site(),
        None,
        &[("/login", &nobody), ("/login", &alice), ("/login", &carol)],
    );
}

#[test]
fn who_asks_for_a_letter_learns_of_no_account() {
    for path in ["/password-reset", "/resend-verification"] {
        let forms = [NOBODY, ALICE, CAROL].map(|email| [("email", email)]);
        let forms: Vec<Form> = forms.iter().map(|form| (path, &form[..])).collect();
        assert_alike(&site(), None, &forms);
    }
}

#[test]
fn who_registers_learns_of_no_account() {
    let new = |email| {
        [
            ("email", email),
            ("name", "Zoe"),
            ("password", "zoe-password-1"),
            ("repeat-password", "zoe-password-1"),
        ]
    };
    let (free, taken, waiting) = (new(NOBODY), new(ALICE), new(CAROL));
    assert_alike(&site(), None, &[(PATH, &free), (PATH, &taken), (PATH, &waiting)]);
}

#[test]
fn friends_of_others_are_nobody_s_business() {
    let site = site();
    let there = request_id(&site);
    for path in ["/me/accept-friend", "/me/decline-friend", "/me/withdraw-friend"] {
        let (other, none) = ([("request-id", there.as_str())], [("request-id", "4711")]);
        assert_alike(&site, Some(BOB), &[(path, &none), (path, &other)]);
    }
    let path = "/me/delete-friend";
    let db = crate::db::open(&site.app.instance.config.database).unwrap();
    db.execute("DELETE FROM friends_assoc", []).unwrap();
    let id = |email: &str| {
        let user = crate::model::user::find_by_email(&db, email).unwrap().unwrap();
        user.id.to_string()
    };
    let (carol, none) = (id(CAROL), "4711".to_owned());
    assert_alike(
        &site,
        Some(BOB),
        &[
            (path, &[("friend-id", none.as_str())]),
            (path, &[("friend-id", carol.as_str())]),
        ],
    );
}

#[test]
fn a_star_for_what_is_hidden_is_one_for_what_is_not_there() {
    let site = site();
    let path = "/me/toggle-favourite";
    assert_alike(
        &site,
        Some(BOB),
        &[(path, &[("track-id", "4711")]), (path, &[("track-id", "3")])],
    );
}

#[test]
fn a_wrong_secret_is_no_better_than_none() {
    let site = site();
    let db = crate::db::open(&site.app.instance.config.database).unwrap();
    let secret = |id: i64| -> String {
        db.query_row("SELECT link_secret FROM tracks WHERE id = ?1", [id], |row| row.get(0))
            .unwrap()
    };
    let (right, of_other) = (secret(3), secret(1));
    let almost = format!("{}x", &right[..right.len() - 1]);
    for below in ["", "/gpx", "/geojson", "/line.json", "/preview"] {
        let ask = |secret: &str| {
            let got = site.stranger().get(&format!("/track/3{below}?secret={secret}"));
            bare(&got, &[secret])
        };
        assert!(ask(&right).starts_with("HTTP/1.1 200"));
        for wrong in [&almost, &of_other, &right[1..], "None"] {
            assert_eq!(ask(wrong), ask(NO_SECRET), "{below} {wrong}");
        }
        let without = site.stranger().get(&format!("/track/3{below}"));
        assert_eq!(without.status, 403);
    }
    // No secret of a link counts for the archive.
    let archive = |secret: &str| {
        let got = site
            .stranger()
            .get(&format!("/track/archive?track_id[]=3&secret={secret}"));
        bare(&got, &[secret])
    };
    assert_eq!(archive(&right), archive(NO_SECRET));
    assert!(archive(NO_SECRET).starts_with("HTTP/1.1 403"));
}

#[test]
fn a_token_that_is_not_there_is_like_any_text() {
    let site = site();
    let ask = |token: &str| bare(&site.stranger().get(&format!("/token/{token}")), &[token]);
    assert!(ask(NO_SECRET).starts_with("HTTP/1.1 404"));
    assert_eq!(ask("0b5f0b5f-0b5f-4b5f-8b5f-0b5f0b5f0b5f"), ask(NO_SECRET));
    let program = |token: &str| {
        let header = format!("Bearer {token}");
        bare(
            &site
                .stranger()
                .ask("GET", "/api/tracks", &[("Authorization", &header)], b""),
            &[],
        )
    };
    assert!(program("x").starts_with("HTTP/1.1 401"));
    assert_eq!(
        program("fietsboek_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        program("x")
    );
}

/// How many passwords are hashed, which takes longer than all else together, and how many statements are run.
fn work_of(site: &Site, path: &str, fields: &[(&str, &str)]) -> (usize, usize) {
    let copy = site.again();
    let mut visitor = copy.stranger();
    let before = (secret::hashed(), query::counted());
    visitor.post(path, fields);
    (secret::hashed() - before.0, query::counted() - before.1)
}

#[test]
fn neither_does_the_work_tell() {
    let site = site();
    let wrong = |email| vec![("email", email), ("password", "wrong-password-1")];
    let new = |email| {
        let password = [("password", "zoe-password-1"), ("repeat-password", "zoe-password-1")];
        [[("email", email), ("name", "Zoe")], password].concat()
    };
    let letter = |email| vec![("email", email)];
    for known in [ALICE, CAROL] {
        assert_eq!(
            work_of(&site, "/login", &wrong(known)),
            work_of(&site, "/login", &wrong(NOBODY))
        );
        let (taken, free) = (work_of(&site, PATH, &new(known)), work_of(&site, PATH, &new(NOBODY)));
        assert_eq!((taken.0, free.0), (1, 1), "a password is hashed");
        assert!(taken.1.abs_diff(free.1) <= 1, "{taken:?} {free:?}");
        for path in ["/password-reset", "/resend-verification"] {
            let (some, none) = (
                work_of(&site, path, &letter(known)),
                work_of(&site, path, &letter(NOBODY)),
            );
            assert_eq!((some.0, none.0), (0, 0));
            assert!(some.1.abs_diff(none.1) <= 1, "{path}: {some:?} {none:?}");
        }
    }
}

const PATH: &str = "/create-account";
