//! The way through the site, with routes of the tests' own.

use super::*;
use crate::maintenance::switch;
use crate::spool::Spool;
use crate::web::request::RawHead;
use crate::web::response::Body;
use crate::web::routes::{ROUTES, Verb};
use crate::web::session::Kind;
use crate::web::trial::Trial;

const TOKEN: &str = "00112233445566778899aabbccddeeff";

fn name(visit: &mut Visit) -> Result<Response> {
    let name = visit
        .user
        .as_ref()
        .map_or("nobody", |user| user.email.as_str())
        .to_string();
    Ok(Response::text(name))
}

fn field(visit: &mut Visit) -> Result<Response> {
    Ok(Response::text(visit.form.get("a")?))
}

fn form(visit: &mut Visit) -> Result<Response> {
    Ok(Response::text(visit.csrf_token()?))
}

fn log_in(visit: &mut Visit) -> Result<Response> {
    let user = user::find_by_email(visit.db()?, "user@example.org")?.unwrap();
    visit.log_in(user, true);
    visit.flash(Kind::Ok, "welcome");
    Ok(visit.redirect("/"))
}

fn log_out(visit: &mut Visit) -> Result<Response> {
    visit.log_out();
    Ok(visit.redirect("/"))
}

fn shared(visit: &mut Visit) -> Result<Response> {
    visit.flash(Kind::Ok, "x");
    Ok(Response::text("").cache(60, false))
}

fn thing(visit: &mut Visit) -> Result<Response> {
    Ok(Response::text(visit.id::<i64>("id")?.to_string()))
}

fn broken(_: &mut Visit) -> Result<Response> {
    Err(Error::Failed("cannot read /secret/path".to_string()))
}

fn panics(_: &mut Visit) -> Result<Response> {
    panic!("a handler's own fault")
}

const fn row(verb: Verb, pattern: &'static str, who: Who, handler: routes::Handler) -> Route {
    Route {
        verb,
        pattern,
        who,
        handler,
    }
}

const SOME: &[Route] = &[
    row(Verb::Any, "/", Who::Public, name),
    row(Verb::Get, "/form", Who::Public, form),
    row(Verb::Post, "/field", Who::User, field),
    row(Verb::Any, "/open", Who::Public, field),
    row(Verb::Get, "/in", Who::Public, log_in),
    row(Verb::Get, "/out", Who::Public, log_out),
    row(Verb::Get, "/admin", Who::Admin, name),
    row(Verb::Get, "/shared", Who::Public, shared),
    row(Verb::Get, "/thing/{id}", Who::Public, thing),
    row(Verb::Get, "/broken", Who::Public, broken),
    row(Verb::Get, "/panics", Who::Public, panics),
    row(Verb::Get, "/static/{name}", Who::Asset, crate::web::asset::show),
];

fn ask(app: &App, method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Response {
    let mut all = vec![("Host".to_string(), "site.example".to_string())];
    all.extend(headers.iter().map(|(n, v)| (n.to_string(), v.to_string())));
    let raw = RawHead {
        method: Method::new(method),
        target: target.to_string(),
        headers: all,
        peer: "127.0.0.1".to_string(),
    };
    let mut spool = Spool::new(1 << 20);
    spool.append(body.as_bytes()).unwrap();
    let request = Request::new(raw, spool, &app.instance.config.server);
    app.answer(app.instance.enter().unwrap(), request)
}

fn text(response: &Response) -> String {
    match &response.body {
        Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
        Body::Spool(_) => panic!("not in memory"),
    }
}

fn head(response: &Response) -> String {
    String::from_utf8(response.head_bytes(None)).unwrap()
}

fn app(trial: &Trial) -> App {
    App::new(Arc::clone(&trial.instance), SOME, None)
}

fn session(user: &User) -> String {
    let now = clock::now().unix_timestamp();
    let key = session::Key::new("k");
    let mut session = Session::read(None, &key, now);
    session.set_identity(&user.identity());
    format!("session={}", session.write(&key, now).unwrap().unwrap())
}

fn remembered(user: &User) -> String {
    format!(
        "auth_tkt={}",
        remember::ticket(&user.identity(), &remember::Key::new("k"), 1)
    )
}

#[test]
fn who_is_logged_in_is_told_by_the_session_or_else_by_the_remembered_ticket() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    let mut stale = trial.user.clone();
    stale.session_secret = vec![0; 32];
    for (cookie, expected) in [
        (String::new(), "nobody"),
        (session(&trial.user), "user@example.org"),
        (remembered(&trial.user), "user@example.org"),
        (
            format!("{}; {}", session(&trial.admin), remembered(&trial.user)),
            "admin@example.org",
        ),
        (session(&stale), "nobody"),
        (format!("{}; {}", session(&stale), remembered(&trial.user)), "nobody"),
        (remembered(&stale), "nobody"),
    ] {
        assert_eq!(text(&ask(&app, "GET", "/", &[("Cookie", &cookie)], "")), expected);
    }
}

#[test]
fn who_may_is_asked_before_the_token() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    let user = session(&trial.user);
    let with_token = format!("{user}; csrf_token={TOKEN}");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let body = format!("a=b&csrf_token={TOKEN}");
    for (cookie, body, status) in [
        ("", "", 403),
        (&user, "", 400),
        (&with_token, "a=b", 400),
        (&with_token, &body, 200),
        (&with_token, &body[4..], 400),
    ] {
        let response = ask(&app, "POST", "/field", &[("Cookie", cookie), form], body);
        assert_eq!(response.status, status, "{cookie} {body}");
    }
    let header = [("Cookie", with_token.as_str()), form, ("X-CSRF-Token", TOKEN)];
    assert_eq!(text(&ask(&app, "POST", "/field", &header, "a=x")), "x");
    assert_eq!(ask(&app, "DELETE", "/open", &[], "").status, 400);
    assert_eq!(ask(&app, "OPTIONS", "/", &[], "").status, 200);
    assert_eq!(ask(&app, "GET", "/admin", &[("Cookie", &user)], "").status, 403);
    let admin = session(&trial.admin);
    assert_eq!(ask(&app, "GET", "/admin", &[("Cookie", &admin)], "").status, 200);
}

#[test]
fn every_route_that_is_not_public_refuses_an_anonymous_visitor() {
    let trial = Trial::new("", "");
    for routes in [SOME, ROUTES] {
        let app = App::new(Arc::clone(&trial.instance), routes, routes::ERROR_PAGE);
        for route in routes
            .iter()
            .filter(|route| matches!(route.who, Who::User | Who::Admin))
        {
            let methods: &[&str] = match route.verb {
                Verb::Get => &["GET", "HEAD"],
                Verb::Post => &["POST"],
                Verb::Any => &["GET", "POST", "DELETE"],
            };
            let target = route.pattern.replace(['{', '}'], "");
            for method in methods {
                assert_eq!(ask(&app, method, &target, &[], "").status, 403, "{method} {target}");
            }
        }
    }
}

#[test]
fn logging_in_and_out_is_told_to_the_browser() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    let response = ask(&app, "GET", "/in", &[], "");
    let lines = head(&response);
    assert_eq!(response.get_header("location"), Some("http://site.example/"));
    assert!(lines.contains("Set-Cookie: session=") && lines.contains("Set-Cookie: auth_tkt="));
    let sent = lines
        .lines()
        .find_map(|line| line.strip_prefix("Set-Cookie: session="))
        .unwrap();
    assert!(sent.ends_with("; Path=/; HttpOnly; SameSite=Lax"));
    let cookie = format!("session={}", sent.split(';').next().unwrap());
    assert_eq!(
        text(&ask(&app, "GET", "/", &[("Cookie", &cookie)], "")),
        "user@example.org"
    );
    let out = head(&ask(&app, "GET", "/out", &[("Cookie", &cookie)], ""));
    assert_eq!(out.matches("Set-Cookie: auth_tkt=; ").count(), 2);
    assert_eq!(out.matches("Domain=site.example; Max-Age=0").count(), 1);
    let sent = out
        .lines()
        .find_map(|line| line.strip_prefix("Set-Cookie: session="))
        .unwrap();
    let cookie = format!("session={}", sent.split(';').next().unwrap());
    assert_eq!(text(&ask(&app, "GET", "/", &[("Cookie", &cookie)], "")), "nobody");
}

#[test]
fn a_form_gets_a_token_once() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    let response = ask(&app, "GET", "/form", &[], "");
    let token = text(&response);
    assert!(head(&response).contains(&format!("Set-Cookie: csrf_token={token}; Path=/; SameSite=Lax\r\n")));
    let cookie = format!("csrf_token={token}");
    let again = ask(&app, "GET", "/form", &[("Cookie", &cookie)], "");
    assert_eq!(text(&again), token);
    assert!(!head(&again).contains("Set-Cookie"));
}

#[test]
fn an_answer_that_anybody_may_keep_sets_no_cookie() {
    let trial = Trial::new("", "");
    assert!(!head(&ask(&app(&trial), "GET", "/shared", &[], "")).contains("Set-Cookie"));
}

#[test]
fn errors_and_panics_are_answers_that_tell_nothing() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    for (target, status) in [
        ("/nowhere", 404),
        ("/field", 404),
        ("/thing/7", 200),
        ("/thing/x", 404),
        ("/thing/%ff", 400),
        ("/broken", 500),
        ("/panics", 500),
        ("/static/nothing.css", 404),
        ("/static/style.css", 200),
    ] {
        let response = ask(&app, "GET", target, &[("Accept", "application/json")], "");
        assert_eq!(response.status, status, "{target}");
        assert!(!text(&response).contains("secret") && !text(&response).contains("own fault"));
        if status >= 400 {
            assert_eq!(response.get_header("cache-control"), Some("no-store"), "{target}");
        }
    }
    assert_eq!(
        text(&ask(&app, "GET", "/", &[], "")),
        "nobody",
        "after a panic all goes on"
    );
}

#[test]
fn without_a_database_there_is_a_503_and_the_assets() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    std::fs::remove_file(trial.dir.join("db.sqlite")).unwrap();
    for target in ["/", "/nowhere", "/thing/7"] {
        let response = ask(&app, "GET", target, &[], "");
        assert_eq!(response.status, 503, "{target}");
        assert!(response.get_header("retry-after").is_some());
        assert!(!head(&response).contains("Set-Cookie"));
    }
    assert_eq!(ask(&app, "GET", "/static/style.css", &[], "").status, 200);
}

#[test]
fn an_outdated_database_says_what_to_do() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    let db = rusqlite::Connection::open(trial.dir.join("db.sqlite")).unwrap();
    db.execute("UPDATE alembic_version SET version_num = 'x'", []).unwrap();
    let response = ask(&app, "GET", "/", &[], "");
    assert_eq!(response.status, 503);
    assert!(text(&response).contains("fietsupdate"));
}

#[test]
fn the_entry_is_given_up_with_the_answer() {
    let trial = Trial::new("", "");
    let app = app(&trial);
    ask(&app, "GET", "/panics", &[], "");
    ask(&app, "GET", "/", &[], "");
    switch::enable(&trial.instance.dir, "").unwrap();
    trial.instance.watch().unwrap();
    let wait = std::time::Duration::from_secs(2);
    crate::maintenance::barrier::hold_alone(trial.instance.dir.path(), wait).unwrap();
}

#[test]
fn where_it_is_configured_nothing_may_be_kept() {
    let trial = Trial::new("pyramid.prevent_http_cache = true", "");
    let response = ask(&app(&trial), "GET", "/static/style.css", &[], "");
    assert_eq!(response.get_header("cache-control"), Some("no-store"));
}

#[test]
fn a_link_chooses_the_language_on_any_page() {
    let trial = Trial::new("", "url_prefix = /tours");
    let app = app(&trial);
    let response = ask(&app, "GET", "/tours/nowhere?lang=de", &[], "");
    assert_eq!(
        response.get_header("location"),
        Some("http://site.example/tours/nowhere")
    );
    assert!(
        response
            .get_header("set-cookie")
            .unwrap()
            .starts_with("fietsboek_locale=de; Path=/tours;")
    );
    assert_eq!(
        ask(&app, "GET", "/thing/7", &[], "").status,
        200,
        "the proxy may have taken the prefix away"
    );
    let german = ask(&app, "GET", "/tours/x", &[("Cookie", "fietsboek_locale=de")], "");
    assert!(text(&german).contains("Hier ist nichts"));
}
