//! For programs: tracks in and out as JSON, with a token in the place of a session (`web::program`).
//!
//! What a track is made of and how is the finishing form's own; here stands only another way to send it.
//! The manual page fietsboek-api(7) describes it.

use super::finish::{self, Source};
use super::form::photos::Photos;
use super::form::{Draft, Offer, Refusals, engraved};
use super::spool;
use super::upload::duplicate::{self, Already};
use super::upload::receive::{self, Refused};
use super::upload::{largest, waiting};
use crate::error::Result;
use crate::gpx;
use crate::model::card::{self, Card};
use crate::model::track::{Kind, Visibility};
use crate::model::{TrackId, trackdir};
use crate::web::form::{Form, FormFile};
use crate::web::lang::Text;
use crate::web::request::Request;
use crate::web::response::Response;
use crate::web::text::api as texts;
use crate::web::visit::Visit;
use serde_json::{Value, json};

/// Tracks in one answer, unless less are asked for.
const PAGE: i64 = 100;

/// `GET /api/tracks`: the tracks of whom the token belongs to, those made last first. `before` is an id, `limit` a
/// number; `next` in the answer is the address of what follows.
///
/// # Errors
/// What the database says.
pub fn list(visit: &mut Visit) -> Result<Response> {
    let numbers = number(visit, "before", i64::MAX).and_then(|before| Ok((before, number(visit, "limit", PAGE)?)));
    let (before, limit) = match numbers {
        Ok((before, limit)) => (before, usize::try_from(limit.min(PAGE)).unwrap_or(1)),
        Err(sentence) => return Ok(refusal(400, &sentence)),
    };
    let owner = visit.get_user()?.id;
    // One more than is shown tells whether there is more.
    let mut cards = card::list_owned(visit.db()?, owner, TrackId(before), limit + 1)?;
    let more = cards.len() > limit;
    cards.truncate(limit);
    let next = cards.last().filter(|_| more).map(|last| {
        let path = format!("/api/tracks?before={}&limit={limit}", last.id);
        visit.request.absolute(&path)
    });
    let tracks: Vec<Value> = cards.iter().map(|card| json_of(&visit.request, card)).collect();
    Ok(Response::json(&json!({ "tracks": tracks, "next": next })).no_store())
}

/// A parameter that is a number above 0, or the sentence that says so.
fn number(visit: &Visit, name: &str, default: i64) -> std::result::Result<i64, String> {
    let Some(text) = visit.request.query(name) else {
        return Ok(default);
    };
    let found = text.parse().ok().filter(|number| *number > 0);
    found.ok_or_else(|| visit.lang.fill(&texts::BAD_PAGE, &[("name", name)]))
}

/// A track as programs read it: metres, seconds, metres a second; null is what is not known.
pub(super) fn json_of(request: &Request, card: &Card) -> Value {
    let figures = &card.figures;
    json!({
        "id": card.id.0,
        "url": request.absolute(&format!("/track/{}", card.id)),
        "title": card.title,
        "date": engraved::time(card.date).format(),
        "visibility": card.visibility.name(),
        "type": card.kind.name(),
        "tags": card.tags,
        "people": card.people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>(),
        "length": figures.length,
        "uphill": figures.uphill,
        "downhill": figures.downhill,
        "moving_time": figures.moving_time,
        "stopped_time": figures.stopped_time,
        "max_speed": figures.max_speed,
        "avg_speed": figures.avg_speed,
    })
}

/// `POST /api/tracks`: one GPX, FIT or TCX file, as the body or in the field `gpx` of a form, becomes a track. The
/// fields `title`, `description`, `visibility`, `type` and `tag` (any number) say what the file does not; they may
/// stand in the address too. 201 with `id` and `url`; 409 with the `url` of what holds the same points, unless `force`
/// is sent.
///
/// # Errors
/// What the database and the disk say.
pub fn add(visit: &mut Visit) -> Result<Response> {
    let (form, file) = take(visit)?;
    let Some(file) = file else {
        return Ok(refusal(400, visit.lang.text(&texts::NO_FILE)));
    };
    let name = match waiting::plain_name(&file.name) {
        name if name.is_empty() => visit.lang.text(&texts::THIS_FILE).to_owned(),
        name => name,
    };
    let gpx = match receive::import(file)? {
        Ok(gpx) => gpx,
        Err(error) => {
            let Refused { status, sentence } = receive::refused(visit.lang, &name, error.reason, largest(visit));
            return Ok(refusal(status, &sentence));
        }
    };
    let (owner, request) = (visit.get_user()?.id, &visit.request);
    if !matches!(value(&form, request, "force"), Some(force) if !matches!(force, "" | "0")) {
        let points = gpx::fingerprint(&gpx);
        let already = duplicate::find(visit.db()?, &visit.instance().dir, owner, &gpx, &points)?;
        if let Some(already) = already {
            return Ok(told_already(visit, &already));
        }
    }
    let mut draft = Draft::of(&gpx);
    if let Err(sentence) = fill(&mut draft, visit, &form) {
        return Ok(refusal(400, &sentence));
    }
    let offer = Offer::read(visit.db()?, owner, Vec::new())?;
    let mut refusals = Refusals::default();
    let fields = draft.check(visit.lang, &offer, &mut refusals)?;
    let Some(fields) = fields.filter(|_| refusals.is_empty()) else {
        let sentences: Vec<&str> = refusals.wrong.iter().map(|wrong| wrong.text.as_str()).collect();
        return Ok(refusal(refusals.status(), &sentences.join(" ")));
    };
    let source = Source {
        backup: trackdir::compress(&gpx::write(&gpx))?,
        upload: None,
    };
    let id = finish::make_track(visit, source, gpx, &draft, &fields, Photos::default())?;
    let url = visit.request.absolute(&format!("/track/{id}"));
    Ok(Response::json(&json!({ "id": id.0, "url": url }))
        .with_status(201)
        .header("Location", url)
        .no_store())
}

/// The fields, and the file: of a form that in `gpx`, else the body itself.
fn take(visit: &mut Visit) -> Result<(Form, Option<FormFile>)> {
    let kind = visit.request.header("content-type").unwrap_or_default();
    if kind
        .trim_start()
        .to_ascii_lowercase()
        .starts_with("multipart/form-data")
    {
        let mut form = Form::read(&mut visit.request)?;
        let files = std::mem::take(&mut form.files);
        let file = files.into_iter().find(|file| file.field == "gpx");
        return Ok((form, file));
    }
    let file = FormFile {
        field: "gpx".to_owned(),
        name: String::new(),
        content_type: String::new(),
        data: std::mem::replace(&mut visit.request.body, spool()),
    };
    let is_there = !file.data.is_empty();
    Ok((Form::default(), Some(file).filter(|_| is_there)))
}

/// What is said under a name: in the form, or else in the address.
fn value<'a>(form: &'a Form, request: &'a Request, name: &str) -> Option<&'a str> {
    form.find(name).or_else(|| request.query(name))
}

/// Puts what was sent into the form as it would be filled in, or says which value cannot be.
fn fill(draft: &mut Draft, visit: &Visit, form: &Form) -> std::result::Result<(), String> {
    let sent = |name: &str| value(form, &visit.request, name).map(str::to_owned);
    if let Some(title) = sent("title") {
        draft.title = title;
    }
    if let Some(description) = sent("description") {
        draft.description = description.replace("\r\n", "\n");
    }
    let bad = |text: &Text, values: &[&str]| visit.lang.fill(text, &[("values", &values.join(", "))]);
    if let Some(visibility) = sent("visibility") {
        if Visibility::find(&visibility).is_none() {
            return Err(bad(&texts::BAD_VISIBILITY, &Visibility::ALL.map(Visibility::name)));
        }
        draft.visibility = visibility;
    }
    if let Some(kind) = sent("type") {
        if Kind::find(&kind).is_none() {
            let kinds = [Kind::Recorded, Kind::Planned].map(Kind::name);
            return Err(bad(&texts::BAD_TYPE, &kinds));
        }
        draft.kind = kind;
    }
    let tags = form.all("tag").into_iter().chain(visit.request.query_all("tag"));
    let tags = tags.map(str::trim).filter(|tag| !tag.is_empty());
    draft.tags = tags.map(str::to_owned).collect();
    Ok(())
}

fn told_already(visit: &Visit, already: &Already) -> Response {
    let (id, path) = match already {
        Already::Track(track) => (Some(track.id.0), format!("/track/{}", track.id)),
        Already::Upload(id) => (None, format!("/upload/{id}")),
    };
    let url = visit.request.absolute(&path);
    Response::json(&json!({ "message": visit.lang.text(&texts::ALREADY), "id": id, "url": url }))
        .with_status(409)
        .no_store()
}

fn refusal(status: u16, sentence: &str) -> Response {
    Response::json(&json!({ "message": sentence }))
        .with_status(status)
        .no_store()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bearer;
    use crate::web::page::visitor::{Got, Site, Visitor};

    const RIDE: &[u8] = b"<gpx version='1.1'><metadata><name>A hill</name></metadata><trk><trkseg>\
        <trkpt lat='1' lon='2'><time>2025-11-24T10:00:00Z</time></trkpt>\
        <trkpt lat='1.01' lon='2'><time>2025-11-24T10:05:00Z</time></trkpt></trkseg></trk></gpx>";

    fn token(site: &Site, user: i64) -> String {
        let db = crate::db::open(&site.app.instance.config.database).unwrap();
        let now = crate::clock::now_wall();
        let token = bearer::insert(&db, crate::model::UserId(user), "test", now).unwrap();
        format!("Bearer {token}")
    }

    /// A program has no cookies.
    fn program(site: &Site) -> Visitor<'_> {
        site.without_cookies()
    }

    fn add(site: &Site, token: &str, query: &str, body: &[u8]) -> Got {
        let headers = [("Authorization", token), ("Content-Type", "application/gpx+xml")];
        program(site).ask("POST", &format!("/api/tracks{query}"), &headers, body)
    }

    fn json_in(got: &Got) -> Value {
        assert_eq!(got.media_type, "application/json");
        serde_json::from_slice(&got.bytes).unwrap()
    }

    #[test]
    fn a_file_becomes_a_track_as_the_form_would_make_it() {
        let site = Site::new();
        let token = token(&site, 2);
        let got = add(
            &site,
            &token,
            "?title=Over+%3Cb%3E&visibility=PUBLIC&type=SYNTHETIC&tag=a&tag=A&tag=b&description=fine",
            RIDE,
        );
        assert_eq!(got.status, 201, "{}", got.text());
        let made = json_in(&got);
        assert_eq!(
            got.location,
            made["url"].as_str().unwrap().replace("http://site.example", "")
        );
        let path = format!("/track/{}", made["id"]);
        let page = site.stranger().get(&path).text();
        assert!(page.contains("Over &lt;b&gt;") && page.contains("fine"), "{page}");
        let gpx = site.stranger().get(&format!("{path}/gpx")).text();
        assert!(gpx.contains("Over &lt;b>") || gpx.contains("Over &lt;b&gt;"), "{gpx}");
        let all = json_in(&program(&site).ask("GET", "/api/tracks?limit=1", &[("Authorization", &token)], b""));
        let one = &all["tracks"][0];
        assert_eq!(
            (&one["id"], &one["visibility"], &one["type"]),
            (&made["id"], &json!("PUBLIC"), &json!("SYNTHETIC"))
        );
        assert_eq!(
            (&one["tags"], &one["date"]),
            (&json!(["a", "b"]), &json!("2025-11-24T10:00:00Z"))
        );
        assert!(one["length"].as_f64().unwrap() > 1000.0);
    }

    #[test]
    fn without_a_word_the_file_speaks_for_itself_and_nobody_else_sees_it() {
        let site = Site::new();
        let token = token(&site, 2);
        let made = json_in(&add(&site, &token, "", RIDE));
        let path = format!("/track/{}", made["id"]);
        assert!(site.logged_in("alice@example.org").get(&path).text().contains("A hill"));
        assert_eq!(site.logged_in("bob@example.org").get(&path).status, 403);
    }

    #[test]
    fn a_form_is_taken_too() {
        let site = Site::new();
        let token = token(&site, 2);
        let body = [
            b"--X\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nFormed\r\n--X\r\nContent-Disposition: form-data; name=\"gpx\"; filename=\"a.gpx\"\r\n\r\n",
            RIDE,
            b"\r\n--X--\r\n",
        ]
        .concat();
        let headers = [
            ("Authorization", token.as_str()),
            ("Content-Type", "multipart/form-data; boundary=X"),
        ];
        let got = program(&site).ask("POST", "/api/tracks", &headers, &body);
        assert_eq!(got.status, 201, "{}", got.text());
        let path = format!("/track/{}", json_in(&got)["id"]);
        assert!(site.logged_in("alice@example.org").get(&path).text().contains("Formed"));
    }

    #[test]
    fn the_same_points_are_told_and_taken_by_force() {
        let site = Site::new();
        let token = token(&site, 2);
        let first = json_in(&add(&site, &token, "", RIDE));
        let got = add(&site, &token, "?force=0", RIDE);
        assert_eq!((got.status, &json_in(&got)["url"]), (409, &first["url"]));
        assert_eq!(add(&site, &token, "?force=1", RIDE).status, 201);
        let of_bob = self::token(&site, 3);
        assert_eq!(add(&site, &of_bob, "", RIDE).status, 201, "it is new to Bob");
    }

    #[test]
    fn what_cannot_be_is_told_and_leaves_nothing() {
        let site = Site::new();
        let token = token(&site, 2);
        let long = format!("?title={}", "x".repeat(600));
        for (query, body, status) in [
            ("", &b""[..], 400),
            ("", b"no file", 415),
            ("", b"<gpx><trk/></gpx>", 400),
            ("?visibility=EVERYBODY", RIDE, 400),
            ("?type=", RIDE, 400),
            (&long, RIDE, 400),
        ] {
            let got = add(&site, &token, query, body);
            assert_eq!(got.status, status, "{query}: {}", got.text());
            assert!(!json_in(&got)["message"].as_str().unwrap().is_empty());
        }
        let all = json_in(&program(&site).ask("GET", "/api/tracks", &[("Authorization", &token)], b""));
        assert_eq!(all["tracks"].as_array().unwrap().len(), 3, "only those that Alice had");
    }

    #[test]
    fn the_list_comes_in_pages_and_holds_only_one_s_own() {
        let site = Site::new();
        let token = token(&site, 2);
        let mut ids = Vec::new();
        let mut target = "/api/tracks?limit=2".to_owned();
        while !target.is_empty() {
            let page = json_in(&program(&site).ask("GET", &target, &[("Authorization", &token)], b""));
            ids.extend(
                page["tracks"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|track| track["id"].as_i64().unwrap()),
            );
            let next = page["next"].as_str().unwrap_or_default();
            target = next.find("/api").map_or(String::new(), |at| next[at..].to_owned());
        }
        assert_eq!(ids, [3, 2, 1]);
        for bad in ["limit=0", "limit=x", "before=-1"] {
            let got = program(&site).ask("GET", &format!("/api/tracks?{bad}"), &[("Authorization", &token)], b"");
            assert_eq!(got.status, 400, "{bad}");
        }
    }

    #[test]
    fn only_a_token_opens() {
        let site = Site::new();
        let good = token(&site, 2);
        for header in ["", "Bearer fietsboek_wrong", "Basic YTpi", &good[..good.len() - 1]] {
            for method in ["GET", "POST"] {
                let got = program(&site).ask(method, "/api/tracks", &[("Authorization", header)], RIDE);
                assert_eq!(got.status, 401, "{method} {header}");
                assert!(got.header("WWW-Authenticate").starts_with("Bearer"), "{}", got.head);
            }
        }
        assert_eq!(
            site.logged_in("alice@example.org").get("/api/tracks").status,
            401,
            "a session is no token"
        );
        assert_eq!(
            add(&site, &token(&site, 4), "", RIDE).status,
            401,
            "Carol's address is not verified"
        );
        // A token opens nothing but the pages for programs.
        assert_eq!(
            program(&site)
                .ask("GET", "/me", &[("Authorization", &good)], b"")
                .status,
            403
        );
    }

    #[test]
    fn out_of_a_browser_the_form_s_token_is_needed() {
        let site = Site::new();
        let good = token(&site, 2);
        let mut alice = site.logged_in("alice@example.org");
        assert_eq!(
            alice
                .ask("POST", "/api/tracks", &[("Authorization", &good)], RIDE)
                .status,
            400
        );
        let headers = [
            ("Authorization", good.as_str()),
            ("X-CSRF-Token", "00112233445566778899aabbccddeeff"),
        ];
        assert_eq!(alice.ask("POST", "/api/tracks", &headers, RIDE).status, 201);
    }
}
