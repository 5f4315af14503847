//! Privacy zones: the list, and one form that adds a zone or changes the one that the address names.

mod starts;
mod view;

use super::plain;
use crate::error::{Error, Result};
use crate::gpx::Circle;
use crate::model::zone::{self, LARGEST_RADIUS, LEAST_RADIUS, MOST, Named, Zone};
use crate::model::{TrackId, ZoneId, failed};
use crate::web::form::Form;
use crate::web::lang::Lang;
use crate::web::look::Look;
use crate::web::look::form::Wrong;
use crate::web::look::frame::{Page, Place};
use crate::web::page::account::{LONGEST_NAME, too_long};
use crate::web::page::{answer, begin, look};
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::zone as texts;
use crate::web::visit::Visit;
use maud::{Markup, html};
use view::view;

const ID: &str = "zone-id";
const NAME: &str = "zone-name";
const LAT: &str = "latitude";
const LON: &str = "longitude";
const RADIUS: &str = "radius";

/// What a new zone begins with, metres.
const USUAL_RADIUS: &str = "500";

/// What stands in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Draft {
    /// Absent for a new zone.
    id: Option<ZoneId>,
    name: String,
    lat: String,
    lon: String,
    radius: String,
}

impl Draft {
    fn of(zone: &Zone) -> Draft {
        Draft {
            id: Some(zone.id),
            name: zone.name.clone(),
            lat: zone.named.lat.to_string(),
            lon: zone.named.lon.to_string(),
            radius: zone.named.radius.to_string(),
        }
    }

    fn read(form: &Form) -> Result<Draft> {
        let text = |name| form.get(name).map(|text| text.trim().to_owned());
        let id = form.find(ID).filter(|id| !id.is_empty());
        Ok(Draft {
            id: id.map(str::parse).transpose()?,
            name: plain(form.get(NAME)?),
            lat: text(LAT)?,
            lon: text(LON)?,
            radius: text(RADIUS)?,
        })
    }

    /// What it says, or what is wrong with it.
    fn check(&self, lang: Lang) -> std::result::Result<Named, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut refuse = |field, text: &str| {
            let text = text.to_owned();
            wrong.push(Wrong { field, text });
        };
        match self.name.chars().count() {
            0 => refuse(NAME, lang.text(&texts::NAMELESS)),
            length if length > LONGEST_NAME => refuse(NAME, &too_long(lang, LONGEST_NAME)),
            _ => {}
        }
        let lat = number(&self.lat, -90.0, 90.0);
        let lon = number(&self.lon, -180.0, 180.0);
        let radius = number(&self.radius, LEAST_RADIUS, LARGEST_RADIUS);
        for (number, field, text) in [
            (lat, LAT, &texts::BAD_LAT),
            (lon, LON, &texts::BAD_LON),
            (radius, RADIUS, &texts::BAD_RADIUS),
        ] {
            if number.is_none() {
                refuse(field, lang.text(text));
            }
        }
        match (lat, lon, radius) {
            (Some(lat), Some(lon), Some(radius)) if wrong.is_empty() => Ok(Named {
                name: self.name.clone(),
                circle: Circle { lat, lon, radius },
            }),
            _ => Err(wrong),
        }
    }
}

/// A number as people write it, with a point or a comma, within bounds.
fn number(text: &str, least: f64, most: f64) -> Option<f64> {
    let number: f64 = text.replace(',', ".").parse().ok()?;
    (least..=most).contains(&number).then_some(number)
}

/// `GET /me/zones`; with `zone` an id, to change that one; with `track` an id, to take its start as the centre.
///
/// # Errors
/// `Invalid`, `NotFound` for what is none of the visitor's; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let (db, user) = (visit.db()?, visit.get_user()?.id);
    let draft = match (visit.request.query("zone"), visit.request.query("track")) {
        (Some(id), _) => {
            let id: ZoneId = id.parse()?;
            let found = zone::list(db, user)?.into_iter().find(|zone| zone.id == id);
            Draft::of(&found.ok_or_else(|| unknown(id))?)
        }
        (None, Some(id)) => {
            let id: TrackId = id.parse()?;
            let start = starts::find_of(db, &visit.instance().dir, user, id)?;
            let (lat, lon) = start.ok_or_else(|| Error::NotFound(format!("user {user} has no track {id}")))?;
            Draft {
                lat: lat.to_string(),
                lon: lon.to_string(),
                radius: USUAL_RADIUS.to_owned(),
                ..Draft::default()
            }
        }
        (None, None) => Draft {
            radius: USUAL_RADIUS.to_owned(),
            ..Draft::default()
        },
    };
    show_with(visit, &draft, &[])
}

fn unknown(id: ZoneId) -> Error {
    Error::NotFound(format!("the visitor has no privacy zone {id}"))
}

fn show_with(visit: &mut Visit, draft: &Draft, wrong: &[Wrong]) -> Result<Response> {
    let (db, user) = (visit.db()?, visit.get_user()?.id);
    let zones = zone::list(db, user)?;
    let starts = starts::list(db, &visit.instance().dir, user)?;
    let look = look(visit)?;
    let content = view(&look, &zones, &starts, draft, wrong);
    let page = Page::new(look.say(&texts::TITLE), Place::Elsewhere);
    Ok(answer(visit, look, &page, content).no_store())
}

/// `POST /me/zones`: a new zone, or with `zone-id` a changed one; the form again with what is wrong (400).
///
/// # Errors
/// `Invalid` when the form is not ours; `NotFound` for a zone that is none of the visitor's; what the database says.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let draft = Draft::read(&visit.form)?;
    let (user, what) = (visit.get_user()?.id, "save a privacy zone");
    let wrong = match draft.check(visit.lang) {
        Err(wrong) => wrong,
        Ok(named) => {
            let change = begin(visit.db()?, what)?;
            let saved = match draft.id {
                Some(id) if !zone::update(&change, user, id, &named)? => return Err(unknown(id)),
                Some(_) => true,
                None if zone::list(&change, user)?.len() >= MOST => false,
                None => {
                    zone::insert(&change, user, &named)?;
                    true
                }
            };
            change.commit().map_err(|e| failed(what, e))?;
            if saved {
                visit.flash(Kind::Ok, visit.lang.text(&texts::SAVED));
                return Ok(visit.redirect("/me/zones"));
            }
            vec![Wrong {
                field: NAME,
                text: visit.lang.text(&texts::MANY).to_owned(),
            }]
        }
    };
    Ok(show_with(visit, &draft, &wrong)?.with_status(400))
}

/// `POST /me/delete-zone`.
///
/// # Errors
/// `Invalid` when the form is not ours; `NotFound` for a zone that is none of the visitor's; what the database says.
pub fn delete(visit: &mut Visit) -> Result<Response> {
    let id: ZoneId = visit.form.get(ID)?.parse()?;
    let (user, what) = (visit.get_user()?.id, "delete a privacy zone");
    let change = begin(visit.db()?, what)?;
    if !zone::delete(&change, user, id)? {
        return Err(unknown(id));
    }
    change.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::DELETED));
    Ok(visit.redirect("/me/zones"))
}

/// The way to the page, on that of the account.
pub(super) fn section(look: &Look) -> Markup {
    html! {
        p .narrow { (look.say(&texts::BRIEF)) }
        p .buttons { a .button href=(look.path("/me/zones")) { (look.say(&texts::OPEN)) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::page::visitor::Site;

    const ALICE: &str = "alice@example.org";

    fn home<'a>() -> [(&'a str, &'a str); 4] {
        [(NAME, "<i>Home"), (LAT, "48,25"), (LON, "-7.5"), (RADIUS, "400")]
    }

    #[test]
    fn a_zone_is_added_changed_and_deleted() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        let page = alice.get("/me/zones");
        assert_eq!(page.header("Cache-Control"), "no-store");
        assert!(page.text().contains("No zones yet") && page.text().contains("Add a zone"));
        assert_eq!(alice.post("/me/zones", &home()).location, "/me/zones");
        let text = alice.get("/me/zones").text();
        assert!(
            text.contains("&lt;i&gt;Home") && text.contains("400 m around 48.2500, "),
            "{text}"
        );
        let text = alice.get("/me/zones?zone=1").text();
        assert!(
            text.contains("value=\"48.25\"") && text.contains("value=\"-7.5\""),
            "{text}"
        );
        let mut changed = home().to_vec();
        changed.extend([(ID, "1")]);
        changed[3].1 = "5000";
        assert_eq!(alice.post("/me/zones", &changed).location, "/me/zones");
        assert!(alice.get("/me/zones").text().contains("m around 48.2500"));
        assert!(alice.get("/me/zones?zone=1").text().contains("value=\"5000\""));
        let mut bob = site.logged_in("bob@example.org");
        assert_eq!(bob.get("/me/zones?zone=1").status, 404);
        assert_eq!(bob.post("/me/zones", &changed).status, 404);
        assert_eq!(bob.post("/me/delete-zone", &[(ID, "1")]).status, 404);
        assert_eq!(alice.post("/me/delete-zone", &[(ID, "1")]).location, "/me/zones");
        assert!(alice.get("/me/zones").text().contains("No zones yet"));
    }

    #[test]
    fn what_cannot_be_is_told_at_its_field_and_nothing_is_saved() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        for (at, value, told) in [
            (0, " \u{0} ", "Give it a name"),
            (0, &*"x".repeat(101), "at most 100"),
            (1, "90.01", "from -90 to 90"),
            (1, "nan", "from -90 to 90"),
            (1, "", "from -90 to 90"),
            (2, "inf", "from -180 to 180"),
            (2, "7.5 E", "from -180 to 180"),
            (3, "49", "from 50 to 5000"),
            (3, "5001", "from 50 to 5000"),
        ] {
            let mut form = home();
            form[at].1 = value;
            let got = alice.post("/me/zones", &form);
            assert_eq!(got.status, 400, "{value}");
            assert!(
                got.text().contains(told) && got.text().contains("No zones yet"),
                "{value}"
            );
        }
        assert_eq!(alice.post("/me/zones", &home()[..3]).status, 400);
        assert_eq!(alice.get("/me/zones?zone=x").status, 400);
    }

    #[test]
    fn there_are_only_so_many() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        for _ in 0..MOST {
            assert_eq!(alice.post("/me/zones", &home()).status, 302);
        }
        let got = alice.post("/me/zones", &home());
        assert!(got.status == 400 && got.text().contains("Delete one first."));
        // One that is there can be changed all the same.
        let mut changed = home().to_vec();
        changed.extend([(ID, "1")]);
        assert_eq!(alice.post("/me/zones", &changed).status, 302);
    }

    #[test]
    fn the_start_of_a_track_of_one_s_own_can_be_the_centre() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        alice.get("/");
        let text = alice.get("/me/zones").text();
        assert!(text.contains("/me/zones?track="), "{text}");
        let start = alice.get("/me/zones?track=1").text();
        assert!(
            start.contains("value=\"500\"") && !start.contains("name=\"latitude\" required"),
            "{start}"
        );
        assert_eq!(site.logged_in("bob@example.org").get("/me/zones?track=3").status, 404);
        assert_eq!(
            alice.get("/me/zones?track=5").status,
            404,
            "it is an administrator's or another's"
        );
    }

    #[test]
    fn the_export_has_the_zones() {
        let site = Site::new();
        let mut alice = site.logged_in(ALICE);
        alice.post("/me/zones", &home());
        let got = alice.get("/me/export");
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&got.bytes)).unwrap();
        let about: serde_json::Value = serde_json::from_reader(archive.by_name("account.json").unwrap()).unwrap();
        let expected = serde_json::json!([{"name": "<i>Home", "latitude": 48.25, "longitude": -7.5, "radius": 400.0}]);
        assert_eq!(about["privacy_zones"], expected);
    }
}
