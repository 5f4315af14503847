//! The personal area: who one is here, one's friends, the programs that come in one's name, one's devices and
//! data. One section of the page a file, with what its forms do.

pub mod account;
pub mod devices;
pub mod export;
pub mod friends;
pub mod leave;
pub mod programs;
pub mod zones;

use super::draft::Draft;
use super::{answer, look, recording};
use crate::error::Result;
use crate::model::bearer::{self, Bearer};
use crate::model::friend::{self, Friend};
use crate::model::friend_request::{self, FriendRequest};
use crate::model::user::User;
use crate::model::{figures, summary};
use crate::web::lang::Text;
use crate::web::look::Look;
use crate::web::look::form::{Field, input};
use crate::web::look::frame::{Page, Place, page_head};
use crate::web::response::Response;
use crate::web::text::{me as texts, zone as zone_texts};
use crate::web::visit::Visit;
use maud::{Markup, html};
use serde_json::{Map, Value, json};

const PATH: &str = "/me";

/// `GET /me`.
///
/// # Errors
/// What the database says.
pub fn show(visit: &mut Visit) -> Result<Response> {
    show_with(visit, None)
}

/// The page; `token` was made just now, and is shown this once.
fn show_with(visit: &mut Visit, token: Option<&str>) -> Result<Response> {
    let draft = Draft::take(visit, PATH, &FIELDS);
    let look = look(visit)?;
    let (db, user) = (visit.db()?, visit.get_user()?);
    let shown = Shown {
        user,
        received: friend_request::list_received(db, user.id)?,
        sent: friend_request::list_sent(db, user.id)?,
        friends: friend::list(db, user.id)?,
        bearers: bearer::list(db, user.id)?,
        token,
        draft: &draft,
    };
    let content = view(&look, &shown);
    let page = Page::new(look.say(&texts::TITLE), Place::Elsewhere);
    Ok(answer(visit, look, &page, content))
}

/// `GET /me/summary.json`: the distance of recorded tracks in metres, by year and month, as 0.11 tells it.
///
/// # Errors
/// What the database says.
pub fn summary(visit: &mut Visit) -> Result<Response> {
    let (db, dir, user) = (visit.db()?, &visit.instance().dir, visit.get_user()?.id);
    recording::measure_some(db, dir, &figures::list_missing_of(db, user)?);
    let mut years = Map::new();
    for ((year, month), length) in summary::list_lengths(db, user)? {
        let months = years.entry(year.to_string()).or_insert_with(|| json!({}));
        months[u8::from(month).to_string()] = json!(length);
    }
    Ok(Response::json(&Value::Object(years)).cache(0, true))
}

/// Everything that the page shows.
struct Shown<'a> {
    user: &'a User,
    received: Vec<FriendRequest>,
    sent: Vec<FriendRequest>,
    friends: Vec<Friend>,
    bearers: Vec<Bearer>,
    token: Option<&'a str>,
    draft: &'a Draft,
}

/// The fields that something may be wrong with.
const FIELDS: [&str; 6] = [
    account::NAME,
    account::PASSWORD,
    account::REPEAT,
    friends::EMAIL,
    programs::NAME,
    leave::PASSWORD,
];

/// Back to the page, with what is left of a form that failed.
fn send_back(visit: &mut Visit, draft: Draft) -> Response {
    // The page is long: what is wrong is told at its field, which may be far below.
    let at = draft
        .wrong
        .first()
        .map_or(String::new(), |wrong| format!("#{}", wrong.field));
    draft.leave(visit, PATH);
    visit.redirect(&format!("{PATH}{at}"))
}

fn view(look: &Look, shown: &Shown) -> Markup {
    let sections = [
        ("you", &texts::YOU, account::section(look, shown)),
        ("friends", &texts::FRIENDS, friends::section(look, shown)),
        ("zones", &zone_texts::TITLE, zones::section(look)),
        ("programs", &texts::PROGRAMS, programs::section(look, shown)),
        ("devices", &texts::DEVICES, devices::section(look)),
        ("data", &texts::DATA, leave::section(look, shown)),
    ];
    html! {
        (page_head(html! { h1 { (look.say(&texts::TITLE)) } }, None, None))
        @if let Some(token) = shown.token { (programs::made(look, token)) }
        div .me {
            nav aria-label=(look.say(&texts::SECTIONS)) { ul {
                @for (id, title, _) in &sections { li { a href={ "#" (id) } { (look.say(title)) } } }
            } }
            div {
                @for (id, title, content) in &sections {
                    section id=(id) { h2 { (look.say(title)) } (content) }
                }
            }
        }
    }
}

/// An input of the page, with what is wrong with it.
fn line(look: &Look, shown: &Shown, name: &'static str, label: &Text, hint: Option<&Text>, kind: Line) -> Markup {
    let words = Field {
        name,
        label: look.say(label),
        hint: hint.map(|hint| look.say(hint)),
        required: kind.required,
        wrong: &shown.draft.wrong,
    };
    input(look, &words, kind.kind, kind.value, kind.complete)
}

/// A name on one line.
fn plain(name: &str) -> String {
    let line: String = name.chars().filter(|c| !c.is_control()).collect();
    line.trim().to_owned()
}

/// What kind of input it is.
struct Line<'a> {
    kind: &'a str,
    value: &'a str,
    complete: Option<&'a str>,
    required: bool,
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    #[test]
    fn the_personal_area_is_for_those_logged_in() {
        let site = Site::new();
        for path in ["/me", "/me/zones", "/me/friends.json", "/me/summary.json", "/me/export"] {
            assert_eq!(site.stranger().get(path).status, 403, "{path}");
        }
        let text = site.logged_in("alice@example.org").get("/me").text();
        for part in [
            "id=\"you\"",
            "id=\"friends\"",
            "id=\"zones\"",
            "id=\"programs\"",
            "id=\"devices\"",
            "id=\"data\"",
        ] {
            assert!(text.contains(part), "{part}");
        }
        assert!(text.contains("href=\"/user/2/\"") && text.contains("href=\"/me\"") && !text.contains("/admin/"));
        assert!(
            site.logged_in("admin@example.org")
                .get("/me")
                .text()
                .contains("href=\"/admin/\"")
        );
    }

    #[test]
    fn distances_are_told_by_year_and_month() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let got = alice.get("/me/summary.json");
        let value: serde_json::Value = serde_json::from_slice(&got.bytes).unwrap();
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let sql = "SELECT substr(date_raw, 1, 4), CAST(substr(date_raw, 6, 2) AS INTEGER), total(length)
             FROM tracks JOIN track_cache ON track_id = id
             WHERE type = 'ORGANIC' AND (owner_id = 2 OR id IN (SELECT track_id FROM track_people_assoc WHERE user_id = 2))
             GROUP BY 1, 2";
        let mut rows = 0;
        let mut statement = db.prepare(sql).unwrap();
        let mut found = statement.query([]).unwrap();
        while let Some(row) = found.next().unwrap() {
            let (year, month): (String, i64) = (row.get(0).unwrap(), row.get(1).unwrap());
            let told = value[&year][month.to_string()].as_f64().unwrap();
            assert!(
                (told - row.get::<_, f64>(2).unwrap()).abs() < 1e-6,
                "{year}-{month}: {told}"
            );
            rows += 1;
        }
        let told: usize = value
            .as_object()
            .unwrap()
            .values()
            .map(|year| year.as_object().unwrap().len())
            .sum();
        assert!(rows > 0 && told == rows, "{value}");
    }
}
