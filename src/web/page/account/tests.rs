//! Accounts as a visitor meets them, on a copy of the instance of the original.

use crate::model::mail::{self, Mail};
use crate::model::user::{self, User};
use crate::web::page::visitor::{Got, Site, Visitor};
use crate::{clock, db};
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::io::Write as _;

fn database(site: &Site) -> Connection {
    db::open(&site.app.instance.config.database).unwrap()
}

/// Everything that waits to be sent, first written first.
fn letters(site: &Site) -> Vec<Mail> {
    let db = database(site);
    std::iter::from_fn(|| {
        let mail = mail::take(&db, clock::now_wall()).unwrap()?;
        mail::delete(&db, &mail).unwrap();
        Some(mail)
    })
    .collect()
}

fn find(site: &Site, email: &str) -> Option<User> {
    user::find_by_email(&database(site), email).unwrap()
}

/// The path of the link in a letter.
fn link(mail: &Mail) -> String {
    let line = mail.body.lines().find(|line| line.contains("/token/")).unwrap();
    line.split_once("site.example").unwrap().1.to_owned()
}

fn count(site: &Site, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    database(site).query_row(&sql, [], |row| row.get(0)).unwrap()
}

const NEW: [(&str, &str); 4] = [
    ("email", "zoe@example.org"),
    ("name", "Zoë"),
    ("password", "zoe-password-1"),
    ("repeat-password", "zoe-password-1"),
];

fn register(visitor: &mut Visitor, changes: &[(&str, &str)]) -> String {
    let mut fields: Vec<(&str, &str)> = changes.to_vec();
    fields.extend(NEW.iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name)));
    visitor.post("/create-account", &fields).location
}

/// Lets every token be so old.
fn age(site: &Site, hours: i64) {
    let then = clock::to_db(clock::wall(clock::now() - time::Duration::hours(hours)));
    database(site).execute("UPDATE tokens SET date = ?1", [then]).unwrap();
}

#[test]
fn an_account_is_made_confirmed_and_used() {
    let site = Site::new();
    let mut visitor = site.stranger();
    assert_eq!(register(&mut visitor, &[("name", " Zoë\u{7}\r\n")]), "/login");
    let text = visitor.get("/login").text();
    assert!(
        text.contains("Almost there: open the link we sent to zoe@example.org"),
        "{text}"
    );
    let zoe = find(&site, "zoe@example.org").unwrap();
    assert!(!zoe.is_verified && !zoe.is_admin && zoe.name == "Zoë");
    let letters = letters(&site);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].recipient, "zoe@example.org");
    assert!(letters[0].body.contains("http://site.example/\n") && !letters[0].body.contains("Zoë"));
    let log_in = [("email", "zoe@example.org"), ("password", "zoe-password-1")];
    assert_eq!(visitor.post("/login", &log_in).location, "/login");
    assert!(visitor.get("/login").text().contains("isn't confirmed yet"));
    let link = link(&letters[0]);
    // A mail scanner looks whether there is something.
    let head = visitor.ask("HEAD", &link, &[], b"");
    assert_eq!((head.status, head.location.as_str()), (302, "/login"));
    assert!(!find(&site, "zoe@example.org").unwrap().is_verified);
    let got = visitor.get(&link);
    assert_eq!(
        (got.location.as_str(), got.header("Referrer-Policy")),
        ("/login", "no-referrer")
    );
    assert_eq!(got.header("Cache-Control"), "no-store");
    assert!(visitor.get("/login").text().contains("Your address is confirmed."));
    assert!(find(&site, "zoe@example.org").unwrap().is_verified);
    let again = visitor.get(&link);
    assert_eq!(again.status, 404, "used once");
    let text = again.text();
    assert!(
        text.contains("This link is of no use any more") && !text.contains("the track was deleted"),
        "{text}"
    );
    for way in ["/login", "/password-reset", "/resend-verification"] {
        assert!(text.contains(&format!("href=\"{way}\"")), "{way}: {text}");
    }
    assert_eq!(visitor.post("/login", &log_in).location, "/");
}

#[test]
fn where_registration_is_closed_there_is_no_form_and_no_link_to_it() {
    let site = Site::with("");
    assert!(site.stranger().get("/login").text().contains("/create-account"));
    assert!(site.stranger().get("/").text().contains("/create-account"));
    let site = Site::closed();
    let mut visitor = site.stranger();
    assert_eq!(visitor.get("/create-account").status, 403);
    assert_eq!(visitor.post("/create-account", &NEW).status, 403);
    assert_eq!(
        visitor.ask("POST", "/create-account", &[], b"").status,
        403,
        "before the form's token"
    );
    for page in ["/login", "/"] {
        assert!(!visitor.get(page).text().contains("/create-account"));
    }
    assert_eq!(find(&site, "zoe@example.org").map(|user| user.id), None);
}

#[test]
fn what_is_wrong_stands_at_its_field_and_what_was_typed_stays() {
    let site = Site::new();
    let long = "x".repeat(101);
    let longest = format!("{}@example.org", "x".repeat(300));
    for (field, value, told) in [
        ("repeat-password", "another-password", "The two entries differ."),
        ("password", "short", "The two entries differ."),
        ("name", "  ", "Type a name."),
        ("name", &long, "at most 100 characters"),
        ("email", "", "Type your e-mail address."),
        ("email", "zoe", "That is no e-mail address."),
        ("email", "zoe@example.org\r\nBcc: a@b", "That is no e-mail address."),
        ("email", &longest, "That is no e-mail address."),
    ] {
        let mut visitor = site.stranger();
        assert_eq!(
            register(&mut visitor, &[(field, value)]),
            "/create-account",
            "{field}: {value:.40}"
        );
        let text = visitor.get("/create-account").text();
        assert!(text.contains(told), "{told}\n{text}");
        assert!(
            !text.contains("zoe-password") && !text.contains("another-password"),
            "{text}"
        );
        assert!(field == "name" || text.contains("value=\"Zoë\""), "{text}");
        assert!(!visitor.get("/create-account").text().contains(told), "told once");
    }
    let mut visitor = site.stranger();
    register(
        &mut visitor,
        &[
            ("password", "ü234567"),
            ("repeat-password", "ü234567"),
            ("name", ""),
            ("email", ""),
        ],
    );
    let text = visitor.get("/create-account").text();
    let at = |told: &str| text.find(told).unwrap();
    assert!(at("3 things need another look") < at("at least 8 characters"), "{text}");
    assert!(at("at least 8 characters") < at("Type a name.") && at("Type a name.") < at("Type your e-mail"));
    assert!(!site.stranger().get("/password-reset").text().contains("Type a name."));
    assert_eq!(count(&site, "users"), 4);
    let lacking = visitor.post("/create-account", &NEW[..3]);
    assert_eq!(lacking.status, 400);
}

#[test]
fn a_taken_address_gets_a_letter_and_nobody_else_learns_of_it() {
    let site = Site::new();
    let mut told = Vec::new();
    for email in ["ALICE@Example.ORG", "new@example.org"] {
        let mut visitor = site.stranger();
        assert_eq!(register(&mut visitor, &[("email", email)]), "/login");
        told.push(visitor.get("/login").text().replace(email, "…"));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!(count(&site, "users"), 5);
    let letters = letters(&site);
    assert_eq!(letters[0].recipient, "alice@example.org", "as it stands in the account");
    assert!(letters[0].body.contains("tried to make an account") && letters[1].body.contains("to confirm"));
    assert!(
        find(&site, "alice@example.org")
            .unwrap()
            .password
            .accepts("alice-password-1")
            .unwrap()
    );
    let mut owner = site.stranger();
    assert!(owner.get(&link(&letters[0])).text().contains("New password"));
}

#[test]
fn a_forgotten_password_is_replaced_and_every_device_logged_out() {
    let site = Site::new();
    let mut device = site.logged_in("alice@example.org");
    let mut visitor = site.stranger();
    assert_eq!(
        visitor
            .post("/password-reset", &[("email", " Alice@example.org ")])
            .location,
        "/password-reset"
    );
    let text = visitor.get("/password-reset").text();
    assert!(text.contains("If Alice@example.org has an account here"), "{text}");
    visitor.post("/password-reset", &[("email", "alice@example.org")]);
    let letters = letters(&site);
    let (first, second) = (link(&letters[0]), link(&letters[1]));
    let got = visitor.get(&first);
    assert_eq!((got.status, got.header("Referrer-Policy")), (200, "no-referrer"));
    assert_eq!(visitor.ask("HEAD", &first, &[], b"").status, 200);
    let fields = |one, two| [("password", one), ("repeat-password", two)];
    assert_eq!(
        visitor
            .post(&first, &fields("new-password-1", "new-password-2"))
            .location,
        first
    );
    let text = visitor.get(&first).text();
    assert!(
        text.contains("The two entries differ.") && !text.contains("new-password-1"),
        "{text}"
    );
    assert_eq!(visitor.post(&first, &fields("short", "short")).location, first);
    assert!(visitor.get(&first).text().contains("Use at least 8 characters."));
    assert_eq!(visitor.post(&first, &[]).status, 400);
    assert_eq!(visitor.ask("PUT", &first, &[], b"").status, 400, "no token of the form");
    assert_eq!(device.get("/upload").status, 200);
    assert_eq!(
        visitor
            .post(&first, &fields("new-password-1", "new-password-1"))
            .location,
        "/login"
    );
    assert!(visitor.get("/login").text().contains("Your new password is set."));
    assert_eq!(device.get("/upload").status, 403);
    for used in [&first, &second] {
        assert_eq!(visitor.get(used).status, 404);
        assert_eq!(
            visitor.post(used, &fields("other-password", "other-password")).status,
            404
        );
    }
    let log_in = [("email", "alice@example.org"), ("password", "new-password-1")];
    assert_eq!(visitor.post("/login", &log_in).location, "/");
}

#[test]
fn a_new_password_by_mail_confirms_the_address_too() {
    let site = Site::new();
    let mut visitor = site.stranger();
    visitor.post("/password-reset", &[("email", "carol@example.org")]);
    let fields = [("password", "new-password-1"), ("repeat-password", "new-password-1")];
    visitor.post(&link(&letters(&site)[0]), &fields);
    assert!(find(&site, "carol@example.org").unwrap().is_verified);
}

#[test]
fn asking_for_a_letter_tells_nothing_and_only_who_waits_gets_one() {
    let site = Site::new();
    let before = count(&site, "tokens");
    for (path, email, letter) in [
        ("/password-reset", "nobody@example.org", false),
        ("/password-reset", "bob@example.org", true),
        ("/resend-verification", "nobody@example.org", false),
        ("/resend-verification", "bob@example.org", false),
        ("/resend-verification", "carol@example.org", true),
    ] {
        let mut visitor = site.stranger();
        assert_eq!(visitor.post(path, &[("email", email)]).location, path);
        let text = visitor.get(path).text();
        assert!(text.contains("a link is on its way"), "{text}");
        let sent: Vec<String> = letters(&site).into_iter().map(|mail| mail.recipient).collect();
        assert_eq!(sent, if letter { vec![email] } else { vec![] }, "{path} {email}");
    }
    assert_eq!(count(&site, "tokens"), before + 2, "nothing is left of the others");
    let mut visitor = site.stranger();
    assert_eq!(
        visitor.post("/password-reset", &[("email", "x")]).location,
        "/password-reset"
    );
    assert!(
        visitor
            .get("/password-reset")
            .text()
            .contains("That is no e-mail address.")
    );
    assert_eq!(visitor.post("/password-reset", &[]).status, 400);
}

#[test]
fn nobody_s_letter_box_is_flooded() {
    let site = Site::new();
    let mut visitor = site.stranger();
    for _ in 0..8 {
        assert_eq!(
            visitor.post("/password-reset", &[("email", "bob@example.org")]).status,
            302
        );
    }
    assert_eq!(letters(&site).len(), 5);
    age(&site, 2);
    visitor.post("/password-reset", &[("email", "bob@example.org")]);
    assert_eq!(letters(&site).len(), 1);
}

#[test]
fn an_old_link_says_so_and_an_unknown_one_is_not_found() {
    let site = Site::new();
    let mut visitor = site.stranger();
    for (path, email) in [
        ("/password-reset", "bob@example.org"),
        ("/resend-verification", "carol@example.org"),
    ] {
        visitor.post(path, &[("email", email)]);
    }
    let letters = letters(&site);
    age(&site, 25);
    for letter in &letters {
        let got = visitor.get(&link(letter));
        assert_eq!(
            (got.location.as_str(), got.header("Referrer-Policy")),
            ("/", "no-referrer")
        );
        assert!(visitor.get("/").text().contains("This link is older than 24 hours."));
    }
    let fields = [("password", "new-password-1"), ("repeat-password", "new-password-1")];
    assert_eq!(visitor.post(&link(&letters[0]), &fields).location, "/");
    assert!(
        find(&site, "bob@example.org")
            .unwrap()
            .password
            .accepts("bob-password-1")
            .unwrap()
    );
    assert!(!find(&site, "carol@example.org").unwrap().is_verified);
    for unknown in ["/token/x", "/token/00000000-0000-4000-8000-000000000000", "/token/%00"] {
        assert_eq!(visitor.get(unknown).status, 404, "{unknown}");
    }
}

#[test]
fn links_lead_where_the_operator_says_whatever_host_was_asked_for() {
    let site = Site::with("fietsboek.base_url = https://rides.example.org/below/\n");
    let mut visitor = site.stranger();
    visitor.post("/password-reset", &[("email", "bob@example.org")]);
    let body = &letters(&site)[0].body;
    assert!(
        body.contains("https://rides.example.org/below/token/") && !body.contains("site.example"),
        "{body}"
    );
    assert!(
        body.lines().any(|line| line == "https://rides.example.org/below/"),
        "{body}"
    );
}

#[test]
fn a_german_visitor_gets_a_german_letter() {
    let site = Site::new();
    let mut visitor = site.stranger();
    let mut body = Vec::new();
    write!(
        body,
        "csrf_token=00112233445566778899aabbccddeeff&email=bob%40example.org"
    )
    .unwrap();
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept-Language", "de"),
    ];
    assert_eq!(visitor.ask("POST", "/password-reset", &headers, &body).status, 302);
    let letters = letters(&site);
    assert_eq!(letters[0].subject, "Setze ein neues Passwort");
    assert!(letters[0].body.contains("Öffne innerhalb von 24 Stunden diesen Link"));
}

#[test]
fn too_many_wrong_passwords_are_slowed_and_another_address_is_not() {
    let site = Site::new();
    let mut visitor = site.stranger();
    let wrong = [
        ("email", "nobody@example.org"),
        ("password", "x"),
        ("remember-me", "on"),
        ("back", "/track/"),
    ];
    for _ in 0..10 {
        assert_eq!(visitor.post("/login", &wrong).location, "/login");
    }
    let got = visitor.post("/login", &wrong);
    assert_eq!((got.status, got.header("Cache-Control")), (429, "no-store"));
    let wait: u64 = got.header("Retry-After").parse().unwrap();
    assert!((1..=180).contains(&wait), "{wait}");
    let text = got.text();
    assert!(
        text.contains("Too many attempts. Wait 3 minutes, then try again."),
        "{text}"
    );
    assert!(
        text.contains("value=\"nobody@example.org\"") && text.contains("value=\"/track/\""),
        "{text}"
    );
    let right = [("email", "alice@example.org"), ("password", "alice-password-1")];
    assert_eq!(visitor.post("/login", &right).location, "/");
}

#[test]
fn every_password_that_is_typed_can_be_looked_at() {
    let site = Site::new();
    let mut visitor = site.stranger();
    visitor.post("/password-reset", &[("email", "bob@example.org")]);
    let reset = link(&letters(&site)[0]);
    let mut alice = site.logged_in("alice@example.org");
    let pages = [
        (1, visitor.get("/login")),
        (2, visitor.get("/create-account")),
        (2, visitor.get(&reset)),
        (3, alice.get("/me")),
    ];
    for (fields, page) in pages {
        let text = page.text();
        assert_eq!(text.matches("type=\"password\"").count(), fields, "{text}");
        let switches = text.matches("data-show=\"Show\" data-hide=\"Hide\"").count();
        assert_eq!(switches, fields, "{text}");
        let names = text.split("data-show-name=\"Show password: ").skip(1);
        let names: BTreeSet<&str> = names.filter_map(|rest| rest.split('"').next()).collect();
        assert_eq!(names.len(), fields, "each switch is called after its field: {names:?}");
    }
}

/// What a 429 must say; gives the text.
fn slowed(got: &Got) -> String {
    assert_eq!((got.status, got.header("Cache-Control")), (429, "no-store"));
    let wait: u64 = got.header("Retry-After").parse().unwrap();
    assert!((1..=360).contains(&wait), "{wait}");
    got.text()
}

#[test]
fn who_registers_or_asks_for_many_mails_is_slowed_and_another_client_is_not() {
    let site = Site::new();
    let mut visitor = site.stranger().at("192.0.2.1");
    for number in 0..4 {
        let email = format!("new{number}@example.org");
        assert_eq!(register(&mut visitor, &[("email", &email)]), "/login");
    }
    for number in 0..3 {
        for path in ["/password-reset", "/resend-verification"] {
            let email = format!("nobody{number}@example.org");
            assert_eq!(visitor.post(path, &[("email", &email)]).location, path);
        }
    }
    visitor.get("/login"); // The messages so far are shown there.
    let before = (count(&site, "users"), count(&site, "tokens"), letters(&site).len());
    assert_eq!((before.0, before.2), (8, 4));
    // Nobody who is slowed learns whether the address has an account, and nothing is written.
    let mut told = Vec::new();
    for email in ["fresh@example.org", "alice@example.org"] {
        let fields = [("email", email), NEW[1], NEW[2], NEW[3]];
        let text = slowed(&visitor.post("/create-account", &fields));
        assert!(
            text.contains("Too many attempts. Wait 6 minutes, then try again."),
            "{text}"
        );
        assert!(
            text.contains("value=\"Zoë\"") && !text.contains("zoe-password"),
            "{text}"
        );
        told.push(text.replace(email, "…"));
        for path in ["/password-reset", "/resend-verification"] {
            told.push(slowed(&visitor.post(path, &[("email", email)])).replace(email, "…"));
        }
    }
    assert_eq!(told[..3], told[3..]);
    let after = (count(&site, "users"), count(&site, "tokens"), letters(&site).len());
    assert_eq!(after, (8, before.1, 0));
    // What is wrong with the form is said first, and costs nothing.
    assert_eq!(register(&mut visitor, &[("email", "x")]), "/create-account");
    let mut other = site.stranger().at("192.0.2.2");
    assert_eq!(register(&mut other, &[]), "/login");
}

#[test]
fn one_address_is_asked_mail_for_ten_times_whoever_asks_and_the_machine_itself_is_no_client() {
    let site = Site::new();
    for path in ["/password-reset", "/resend-verification"].repeat(5) {
        let email = [("email", "Nobody@example.org")];
        assert_eq!(site.stranger().post(path, &email).location, path);
    }
    let german = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept-Language", "de"),
    ];
    let body = b"csrf_token=00112233445566778899aabbccddeeff&email=nobody%40example.org";
    let mut elsewhere = site.stranger().at("192.0.2.1");
    let text = slowed(&elsewhere.ask("POST", "/password-reset", &german, body));
    assert!(text.contains("Zu viele Versuche. Warte 6 Minuten"), "{text}");
    let other = [("email", "somebody@example.org")];
    assert_eq!(site.stranger().post("/password-reset", &other).status, 302);
    // Log-ins are counted for themselves.
    let right = [("email", "alice@example.org"), ("password", "alice-password-1")];
    assert_eq!(elsewhere.post("/login", &right).location, "/");
}

#[test]
fn whatever_is_typed_the_form_comes_back() {
    let site = Site::new();
    // The longest forms that a cookie may have to hold: four bytes a character, and six once it is written as JSON.
    let (name, email) = ("\u{10ffff}".repeat(300), "\u{1}".repeat(300));
    let mut visitor = site.stranger();
    assert_eq!(
        register(&mut visitor, &[("name", &name), ("email", &email)]),
        "/create-account"
    );
    let page = visitor.get("/create-account").text();
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 2, "{page}");
}
