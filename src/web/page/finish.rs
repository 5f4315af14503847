//! The form that makes a track of an upload: what was typed, what it means, what it looks like.
//!
//! A [`Draft`] is what stands in the form, as typed; [`Draft::check`] makes of it the fields of a track or
//! says what is wrong, each at its field. Making the track stands in `make`.

mod make;
mod view;

use super::upload::{self, duplicate, waiting};
use super::{answer, look, recording};
use crate::clock;
use crate::error::{Error, Result};
use crate::gpx::{Gpx, Transformer, timezone};
use crate::model::badge;
use crate::model::friend;
use crate::model::track::{Fields, Kind, LocalTime, Visibility};
use crate::model::upload::Upload;
use crate::model::{BadgeId, TrackId, UploadId, UserId, tag, waiting as known};
use crate::web::form::Form;
use crate::web::lang::{Lang, Text};
use crate::web::look::form::Wrong;
use crate::web::look::frame::{Page, Place};
use crate::web::response::Response;
use crate::web::text::finish as texts;
use crate::web::visit::Visit;
use std::str::FromStr;
use view::{Shown, view};

/// Characters of a title.
const LONGEST_TITLE: usize = 500;
/// Characters of a description.
const LONGEST_DESCRIPTION: usize = 100_000;
/// Fields for new tags.
const NEW_TAGS: usize = 3;

/// The form as it was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    title: String,
    date: String,
    date_tz: String,
    visibility: String,
    kind: String,
    description: String,
    tags: Vec<String>,
    people: Vec<UserId>,
    badges: Vec<BadgeId>,
    repairs: Vec<Transformer>,
}

/// `GET /upload/{id}`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let upload = upload::get(visit)?;
    let gpx = get_gpx(visit, upload.id)?;
    show(visit, upload, &gpx, &Draft::of(&gpx), &[])
}

/// `POST /upload/{id}`: the track, or the form again with what is wrong.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`; what the database and the disk say.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let upload = upload::get(visit)?;
    let gpx = get_gpx(visit, upload.id)?;
    let draft = Draft::read(&visit.form)?;
    let checked = draft.check(visit.lang)?;
    let mut wrong = checked.as_ref().err().cloned().unwrap_or_default();
    let friends = friend::list(visit.db()?, visit.get_user()?.id)?;
    if !draft
        .people
        .iter()
        .all(|person| friends.iter().any(|friend| friend.id == *person))
    {
        wrong.push(Wrong {
            field: "people",
            text: visit.lang.text(&texts::NOT_A_FRIEND).to_owned(),
        });
    }
    match checked {
        Ok(fields) if wrong.is_empty() => make::make(visit, upload.id, gpx, &draft, fields),
        _ => Ok(show(visit, upload, &gpx, &draft, &wrong)?.with_status(400)),
    }
}

/// Makes a track of an upload as the form would when nothing is changed in it; none when it cannot be read, or says
/// something of itself that the form refuses.
///
/// # Errors
/// What the database and the disk say; then nothing has changed.
pub(super) fn save_as_it_is(visit: &Visit, upload: &Upload) -> Result<Option<TrackId>> {
    let Some(gpx) = waiting::find_gpx(visit.db()?, upload.id)? else {
        return Ok(None);
    };
    let draft = Draft::of(&gpx);
    match draft.check(visit.lang)? {
        Ok(fields) => make::make_track(visit, upload.id, gpx, &draft, fields).map(Some),
        Err(_) => Ok(None),
    }
}

fn get_gpx(visit: &Visit, id: UploadId) -> Result<Gpx> {
    let found = waiting::find_gpx(visit.db()?, id)?;
    found.ok_or_else(|| Error::NotFound(format!("upload {id} holds no readable GPX")))
}

fn show(visit: &mut Visit, upload: Upload, gpx: &Gpx, draft: &Draft, wrong: &[Wrong]) -> Result<Response> {
    let user = visit.get_user()?.id;
    let db = visit.db()?;
    let (friends, badges, tags) = (friend::list(db, user)?, badge::list(db)?, tag::list_of_owner(db, user)?);
    let look = look(visit)?;
    let known = known::find(visit.db()?, upload.id)?;
    let about = known.unwrap_or_else(|| waiting::about(gpx, ""));
    let already = duplicate::find_before(visit.db()?, &visit.instance().dir, user, &about.points, upload.id)?;
    let waiting = waiting::shown(&upload, Some(about), already);
    let shown = Shown {
        id: upload.id,
        name: &waiting.name(&look),
        already: waiting.already.as_ref(),
        is_route: is_route(gpx),
        draft,
        wrong,
        friends: &friends,
        badges: &badges,
        known_tags: &tags,
        line: recording::line(gpx),
        profile: recording::profile(gpx),
        figures: recording::figures(gpx),
    };
    let content = view(&look, &shown);
    let page = Page::new(look.say(&texts::TITLE), Place::Upload);
    Ok(answer(visit, look, &page, content))
}

/// Whether the track is the file's route: then it was drawn and not recorded.
fn is_route(gpx: &Gpx) -> bool {
    let route = gpx.routes().iter().flat_map(|route| gpx.route_points(route));
    let places = |point: &crate::gpx::Point| (point.lat, point.lon);
    !gpx.points().is_empty() && gpx.points().iter().map(places).eq(route.map(places))
}

impl Draft {
    /// What the form begins with: the words of the file, else of its first track; its own time, else that
    /// of its first point, else now.
    fn of(gpx: &Gpx) -> Draft {
        let offset = timezone::guess(gpx);
        let time = gpx.metadata().time.or_else(|| gpx.figures().start);
        let wall = time.map_or_else(clock::now_wall, |time| recording::local(time, offset).wall);
        let of_track = || gpx.tracks().first().and_then(|track| track.desc.clone());
        Draft {
            title: waiting::title(gpx).unwrap_or_default(),
            date: format!(
                "{}T{}",
                clock::date_text(wall.date()),
                &clock::time_text(wall.time())[..5]
            ),
            date_tz: offset.to_string(),
            visibility: Visibility::Private.name().to_owned(),
            kind: if is_route(gpx) { Kind::Planned } else { Kind::Recorded }
                .name()
                .to_owned(),
            description: gpx
                .metadata()
                .desc
                .clone()
                .filter(|d| !d.trim().is_empty())
                .or_else(of_track)
                .unwrap_or_default(),
            ..Draft::default()
        }
    }

    /// What was sent. Ids that are no numbers, an unknown repair: the form is not ours.
    fn read(form: &Form) -> Result<Draft> {
        let text = |name: &str| form.find(name).unwrap_or_default().to_owned();
        let ticked = |one: &Transformer| form.find(&format!("transformer[{}]", one.identifier())) == Some("on");
        Ok(Draft {
            title: text("title"),
            date: form.get("date")?.to_owned(),
            date_tz: text("date-tz"),
            visibility: form.get("visibility")?.to_owned(),
            kind: form.get("type")?.to_owned(),
            description: form.find("description").unwrap_or_default().replace("\r\n", "\n"),
            tags: form
                .all("tag[]")
                .into_iter()
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(str::to_owned)
                .collect(),
            people: ids(form, "tagged-friend[]")?,
            badges: ids(form, "badge[]")?,
            repairs: Transformer::ALL.into_iter().filter(ticked).collect(),
        })
    }

    /// The fields of a track, or what is wrong at which field.
    ///
    /// # Errors
    /// `Invalid` for what no form of ours sends.
    fn check(&self, lang: Lang) -> Result<std::result::Result<Fields, Vec<Wrong>>> {
        let bad = |name: &str| Error::Invalid(format!("the field {name} has no value that it may have"));
        let visibility = Visibility::find(&self.visibility).ok_or_else(|| bad("visibility"))?;
        let kind = Kind::find(&self.kind).ok_or_else(|| bad("type"))?;
        let offset: i32 = if self.date_tz.is_empty() {
            0
        } else {
            self.date_tz.parse().map_err(|_| bad("date-tz"))?
        };
        if offset.abs() > 1439 {
            return Err(bad("date-tz"));
        }
        let mut wrong = Vec::new();
        let mut refuse = |field, text: &Text| {
            wrong.push(Wrong {
                field,
                text: lang.text(text).to_owned(),
            })
        };
        if self.title.chars().count() > LONGEST_TITLE {
            refuse("title", &texts::TITLE_LONG);
        }
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            refuse("description", &texts::DESCRIPTION_LONG);
        }
        let Some(wall) = clock::from_db(&self.date).filter(|_| self.date.trim().len() > 10) else {
            refuse("date", &texts::DATE_WRONG);
            return Ok(Err(wrong));
        };
        let fields = Fields {
            title: Some(self.title.trim().to_owned()),
            description: self.description.clone(),
            date: LocalTime { wall, offset },
            visibility,
            kind,
            transformers: String::from("[]"),
        };
        Ok(if wrong.is_empty() { Ok(fields) } else { Err(wrong) })
    }
}

fn ids<T: FromStr>(form: &Form, name: &str) -> Result<Vec<T>> {
    let sent = form.all(name).into_iter().filter(|value| !value.is_empty());
    let read = |value: &str| {
        value
            .parse()
            .map_err(|_| Error::Invalid(format!("a value of {name} is no number")))
    };
    sent.map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::Origin;
    use crate::model::friend::Friend;
    use crate::web::look::card::tests::LONG;
    use crate::web::look::look;

    fn sent(pairs: &[(&str, &str)]) -> Form {
        let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        Form {
            fields: pairs.iter().map(own).collect(),
            ..Form::default()
        }
    }

    const GOOD: [(&str, &str); 4] = [
        ("date", "2025-11-24T12:58"),
        ("date-tz", "60"),
        ("visibility", "FRIENDS"),
        ("type", "ORGANIC"),
    ];

    #[test]
    fn a_good_form_becomes_the_fields_of_a_track() {
        let mut pairs = GOOD.to_vec();
        pairs.extend([
            ("title", " Ride "),
            ("tag[]", ""),
            ("tag[]", " hike "),
            ("tagged-friend[]", "3"),
            ("transformer[remove-breaks]", "on"),
        ]);
        let draft = Draft::read(&sent(&pairs)).unwrap();
        assert_eq!(
            (draft.tags.clone(), draft.people.clone(), draft.repairs.clone()),
            (vec!["hike".into()], vec![UserId(3)], vec![Transformer::RemoveBreaks])
        );
        let fields = draft.check(Lang::En).unwrap().unwrap();
        assert_eq!(
            (fields.title.as_deref(), fields.visibility, fields.date.offset),
            (Some("Ride"), Visibility::Friends, 60)
        );
    }

    #[test]
    fn what_no_form_of_ours_sends_is_refused() {
        for bad in [
            ("visibility", "ALL"),
            ("type", "x"),
            ("date-tz", "1440"),
            ("date-tz", "x"),
        ] {
            let mut pairs = GOOD.to_vec();
            pairs.retain(|pair| pair.0 != bad.0);
            pairs.push(bad);
            assert!(Draft::read(&sent(&pairs)).unwrap().check(Lang::En).is_err(), "{bad:?}");
        }
        assert!(Draft::read(&sent(&[])).is_err());
        assert!(Draft::read(&sent(&[GOOD[0], GOOD[2], GOOD[3], ("badge[]", "x")])).is_err());
    }

    #[test]
    fn what_is_wrong_stands_at_its_field_and_the_rest_is_kept() {
        let mut draft = Draft::read(&sent(&GOOD)).unwrap();
        draft.title = LONG.repeat(5);
        draft.date = "2025-11-24".into();
        draft.tags = (0..5).map(|n| format!("<i>{n}</i>")).collect();
        let wrong = draft.check(Lang::De).unwrap().unwrap_err();
        assert_eq!(wrong.iter().map(|w| w.field).collect::<Vec<_>>(), ["title", "date"]);
        let gpx = crate::gpx::read(
            b"<gpx><trk><trkseg><trkpt lat=\"1\" lon=\"1\"/></trkseg></trk></gpx>",
            Origin::Upload,
        )
        .unwrap();
        let friend = Friend {
            id: UserId(3),
            name: "<b>Bob</b>".into(),
            email: "b@example.org".into(),
        };
        let shown = Shown {
            id: UploadId(9),
            name: LONG,
            already: None,
            is_route: true,
            draft: &draft,
            wrong: &wrong,
            friends: &[friend],
            badges: &[],
            known_tags: &["a\"b".into()],
            line: recording::line(&gpx),
            profile: recording::profile(&gpx),
            figures: recording::figures(&gpx),
        };
        let html = view(&look(Lang::De), &shown).into_string();
        assert!(
            !html.contains("<script") && !html.contains("<b>Bob") && !html.contains("<i>"),
            "{html}"
        );
        assert!(
            html.contains("Noch 2 Angaben prüfen") && html.contains("value=\"2025-11-24\""),
            "{html}"
        );
        assert!(
            html.contains("value=\"FRIENDS\" checked") && html.matches("name=\"tag[]\"").count() == 5,
            "{html}"
        );
        assert!(!html.contains("example.org"), "an address is nobody's business: {html}");
    }

    #[test]
    fn the_form_begins_with_the_words_of_the_file() {
        let text = "<gpx version=\"1.1\"><metadata><time>2024-05-01T10:00:00+02:00</time></metadata>\
            <trk><name> Hill </name><desc>steep</desc><trkseg><trkpt lat=\"1\" lon=\"1\"/></trkseg></trk></gpx>";
        let draft = Draft::of(&crate::gpx::read(text.as_bytes(), Origin::Upload).unwrap());
        assert_eq!((draft.title.as_str(), draft.description.as_str()), ("Hill", "steep"));
        assert_eq!(
            (draft.date.as_str(), draft.date_tz.as_str()),
            ("2024-05-01T10:00", "120")
        );
    }
}
