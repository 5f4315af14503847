//! Many tracks on one map: a coarse line of each with what it is called, in one answer.
//!
//! The lines are the stored ones. Those that are not stored yet are made, as many as one request has patience for;
//! how many are left is told, and whoever asks again gets more of them.

use super::explore::asked::Asked;
use super::user::Subject;
use super::{geometry, look, recording, viewer};
use crate::error::{Error, Result};
use crate::model::browse::{self, Order, Query};
use crate::model::card::Card;
use crate::model::track::Kind;
use crate::web::look::{Look, card, figure};
use crate::web::response::Response;
use crate::web::text::map as words;
use crate::web::visit::Visit;
use serde_json::json;

/// Tracks on one map.
const MOST: u64 = 2000;

/// `GET /track/lines.json`: the tracks that Explore lists for the same parameters.
///
/// # Errors
/// `Invalid` for a parameter that is none; what the database and the disk say.
pub fn of_list(visit: &mut Visit) -> Result<Response> {
    let asked = Asked::read(visit.lang, &visit.request.query);
    if let Some(wrong) = asked.wrong.first() {
        return Err(Error::Invalid(format!("the parameter {} cannot be read", wrong.field)));
    }
    let viewer = visit.user.as_ref().map(|user| user.id);
    answer(visit, &Query { viewer, ..asked.query })
}

/// `GET /user/{id}/lines.json`: the recorded tracks that somebody's profile counts.
///
/// # Errors
/// As [`Subject::find`]; what the database and the disk say.
pub fn of_user(visit: &mut Visit) -> Result<Response> {
    let subject = Subject::find(visit)?;
    let query = Query {
        viewer: Some(subject.id()),
        kind: Some(Kind::Recorded),
        with_me: true,
        ..Query::default()
    };
    answer(visit, &query)
}

fn answer(visit: &mut Visit, query: &Query) -> Result<Response> {
    let look = look(visit)?;
    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let newest = Query {
        order: Order::DateDesc,
        ..query.clone()
    };
    let mut found = browse::find_first(db, &newest, MOST)?;
    recording::seen::cut(db, dir, &viewer(visit), found.cards.iter_mut().collect())?;
    let lines = recording::lines(db, dir, &viewer(visit), found.cards.iter())?;
    let shown = found.cards.iter().filter_map(|card| Some((card, lines.get(&card.id)?)));
    let tracks = shown.map(|(card, line)| {
        json!({
            "id": card.id.0,
            "title": card::title(&look, card),
            "about": about(&look, card),
            "planned": card.kind == Kind::Planned,
            "line": geometry::of_stored(line),
            "ends": line.ends,
        })
    });
    let more = (found.total > MOST).then(|| {
        let [shown, all] = [MOST, found.total].map(|number| look.lang.whole(i64::try_from(number).unwrap_or(i64::MAX)));
        look.lang.fill(&words::CAPPED, &[("shown", &shown), ("all", &all)])
    });
    let value = json!({
        "tracks": tracks.collect::<Vec<_>>(),
        "left": found.cards.len() - lines.len(),
        "more": more,
    });
    Ok(geometry::answer(&visit.request, &value)?.header("Vary", "Accept-Language, Cookie"))
}

/// Day and figures in one line.
fn about(look: &Look, card: &Card) -> String {
    let day = look.lang.date_short(card.date.wall.date());
    match figure::line_text(look, &card.figures, card.kind) {
        figures if figures.is_empty() => day,
        figures => format!("{day} · {figures}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::{Got, Site};
    use serde_json::Value;

    const BOB: &str = "bob@example.org";

    fn ids(got: &Got) -> Vec<i64> {
        assert_eq!(got.status, 200, "{}", got.text());
        let value: Value = serde_json::from_slice(&got.bytes).unwrap();
        let tracks = value["tracks"].as_array().unwrap().iter();
        tracks.map(|track| track["id"].as_i64().unwrap()).collect()
    }

    #[test]
    fn the_map_shows_what_the_list_does_and_nothing_else() {
        let site = Site::new();
        assert_eq!(ids(&site.stranger().get("/track/lines.json")), [1, 5]);
        let mut bob = site.logged_in(BOB);
        assert_eq!(ids(&bob.get("/track/lines.json")), [6, 2, 1, 5, 4]);
        assert_eq!(
            ids(&bob.get("/track/lines.json?show-only[]=friends&sort=LENGTH_ASC")),
            [2, 1]
        );
        assert_eq!(bob.get("/track/lines.json?min-length=far").status, 400);
        let got = bob.get("/track/lines.json?search-terms=Korita");
        assert!(ids(&got).is_empty(), "a track that Bob may not see");
    }

    #[test]
    fn a_line_is_coarse_and_its_name_is_text() {
        let site = Site::new();
        let got = site.stranger().get("/track/lines.json");
        let value: Value = serde_json::from_slice(&got.bytes).unwrap();
        let track = &value["tracks"][0];
        let points: usize = track["line"]
            .as_array()
            .unwrap()
            .iter()
            .map(|piece| piece[0].as_array().unwrap().len())
            .sum();
        assert!((2..=60).contains(&points), "{points}");
        assert!(track["title"].as_str().unwrap().starts_with("Mojstrovka"), "{track}");
        assert!(track["about"].as_str().unwrap().contains("3.0"), "{track}");
        assert_eq!((&value["left"], &value["more"]), (&0.into(), &Value::Null));
    }

    #[test]
    fn a_profile_s_map_is_for_them_and_administrators() {
        let site = Site::new();
        assert_eq!(ids(&site.logged_in(BOB).get("/user/3/lines.json")), [1, 5, 4]);
        assert_eq!(
            ids(&site.logged_in("admin@example.org").get("/user/3/lines.json")),
            [1, 5, 4]
        );
        assert_eq!(
            site.logged_in("alice@example.org").get("/user/3/lines.json").status,
            403
        );
        assert_eq!(site.stranger().get("/user/3/lines.json").status, 403);
    }
}
