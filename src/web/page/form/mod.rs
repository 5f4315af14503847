//! The one form of a track: it finishes an upload, and it changes a track that is there.
//!
//! A [`Draft`] is what stands in the form, as typed; [`Draft::check`] makes of it the fields of a track or
//! says what is wrong, each at its field. What comes of it stands with the handlers: `finish`, `track::edit`.

pub mod engraved;
pub(super) mod photos;
pub(super) mod view;

use super::recording;
use super::upload::waiting;
use crate::clock;
use crate::error::{Error, Result};
use crate::gpx::{Gpx, Transformer, timezone};
use crate::model::badge::{self, Badge};
use crate::model::friend;
use crate::model::person::{self, Person};
use crate::model::photo_place::Choice;
use crate::model::track::{Fields, Kind, LocalTime, Visibility};
use crate::model::{BadgeId, UserId, tag};
use crate::web::form::Form;
use crate::web::lang::{Lang, Text};
use crate::web::look::form::Wrong;
use crate::web::text::form as texts;
use rusqlite::Connection;
use std::str::FromStr;
use time::PrimitiveDateTime;

/// Characters of a title.
const LONGEST_TITLE: usize = 500;
/// Characters of a description.
const LONGEST_DESCRIPTION: usize = 100_000;
/// Characters of a tag.
const LONGEST_TAG: usize = 200;

/// The form as it was typed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Draft {
    /// Absent when blank: the date stands in its place then.
    pub title: String,
    /// The wall clock, as the control for date and time writes it.
    pub date: String,
    /// Its offset from UTC, minutes.
    pub date_tz: String,
    /// The name of a [`Visibility`].
    pub visibility: String,
    /// The name of a [`Kind`].
    pub kind: String,
    /// Markdown.
    pub description: String,
    /// Trimmed, none empty.
    pub tags: Vec<String>,
    /// Who is tagged.
    pub people: Vec<UserId>,
    /// Which badges it has.
    pub badges: Vec<BadgeId>,
    /// What is done to the points.
    pub repairs: Vec<Transformer>,
    /// What is said about photos: by a file name about one that is there, by a number about a new one.
    pub captions: Vec<(String, String)>,
    /// Where photos stand on the map, by their names.
    pub places: Vec<(String, Choice)>,
    /// The photos that are to go, by their names.
    pub deleted: Vec<String>,
    /// Whether photos were chosen, which no page can put back into its form.
    pub had_photos: bool,
    /// Whether another recording was chosen.
    pub had_recording: bool,
}

/// What the form offers to choose from.
pub struct Offer {
    /// Who may be tagged, by name.
    pub people: Vec<Person>,
    /// All badges.
    pub badges: Vec<Badge>,
    /// The tags that the visitor uses.
    pub tags: Vec<String>,
}

impl Offer {
    /// What a user may choose; `tagged` are in the track already and may stay, friends or not.
    ///
    /// # Errors
    /// What the database says.
    pub fn read(db: &Connection, user: UserId, tagged: Vec<Person>) -> Result<Offer> {
        let mut people = tagged;
        for friend in friend::list(db, user)? {
            if people.iter().all(|person| person.id != friend.id) {
                people.push(Person {
                    id: friend.id,
                    name: friend.name,
                });
            }
        }
        person::sort(&mut people);
        Ok(Offer {
            people,
            badges: badge::list(db)?,
            tags: tag::list_of_owner(db, user)?,
        })
    }
}

/// What is wrong with a sent form, and by which status it is told.
#[derive(Debug, Default)]
pub struct Refusals {
    /// Each at its field.
    pub wrong: Vec<Wrong>,
    status: Option<u16>,
}

impl Refusals {
    /// Something is wrong at a field.
    pub fn add(&mut self, field: &'static str, text: impl Into<String>, status: u16) {
        self.status = match self.status {
            None => Some(status),
            Some(other) if other == status => Some(status),
            Some(_) => Some(400),
        };
        self.wrong.push(Wrong {
            field,
            text: text.into(),
        });
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.wrong.is_empty()
    }

    /// The status that fits everything: 400 where several things are wrong in several ways.
    pub fn status(&self) -> u16 {
        self.status.unwrap_or(200)
    }
}

/// A wall clock as the control for date and time takes it; seconds only where there are some.
pub fn date_text(wall: PrimitiveDateTime) -> String {
    let (date, time) = (clock::date_text(wall.date()), clock::time_text(wall.time()));
    let shown = if wall.second() == 0 { 5 } else { 8 };
    format!("{date}T{}", time.get(..shown).unwrap_or(&time))
}

/// Whether the track is the file's route: then it was drawn and not recorded.
pub(super) fn is_route(gpx: &Gpx) -> bool {
    let route = gpx.routes().iter().flat_map(|route| gpx.route_points(route));
    let places = |point: &crate::gpx::Point| (point.lat, point.lon);
    !gpx.points().is_empty() && gpx.points().iter().map(places).eq(route.map(places))
}

impl Draft {
    /// What the form begins with: the words of the file, else of its first track; its own time, else that
    /// of its first point, else now.
    pub fn of(gpx: &Gpx) -> Draft {
        let offset = timezone::guess(gpx);
        let time = gpx.metadata().time.or_else(|| gpx.start());
        let wall = time.map_or_else(clock::now_wall, |time| recording::local(time, offset).wall);
        let of_track = || gpx.tracks().first().and_then(|track| track.desc.clone());
        Draft {
            title: waiting::title(gpx).unwrap_or_default(),
            date: date_text(wall),
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

    /// What was sent. A field that every form sends and this one does not, ids that are no numbers: the form is
    /// not ours, and what it leaves out must not be taken for empty.
    pub(super) fn read(form: &Form) -> Result<Draft> {
        let ticked = |one: &Transformer| form.find(&format!("transformer[{}]", one.identifier())) == Some("on");
        let sent = |field: &str| form.files.iter().any(|file| is_field(&file.field, field));
        Ok(Draft {
            title: readable(form.get("title")?),
            date: form.get("date")?.to_owned(),
            date_tz: form.get("date-tz")?.to_owned(),
            visibility: form.get("visibility")?.to_owned(),
            kind: form.get("type")?.to_owned(),
            description: readable(&form.get("description")?.replace("\r\n", "\n")),
            tags: form
                .all("tag[]")
                .into_iter()
                .map(|tag| readable(tag).trim().to_owned())
                .filter(|tag| !tag.is_empty())
                .collect(),
            people: ids(form, "tagged-friend[]")?,
            badges: ids(form, "badge[]")?,
            repairs: Transformer::ALL.into_iter().filter(ticked).collect(),
            captions: photos::read_captions(form),
            places: photos::read_places(form),
            deleted: form.all("delete-image[]").into_iter().map(str::to_owned).collect(),
            had_photos: sent("image"),
            had_recording: sent("gpx"),
        })
    }

    /// The fields of a track; none when something is wrong.
    ///
    /// # Errors
    /// `Invalid` for what no form of ours sends.
    pub fn check(&self, lang: Lang, offer: &Offer, refusals: &mut Refusals) -> Result<Option<Fields>> {
        let bad = |name: &str| Error::Invalid(format!("the field {name} has no value that it may have"));
        let visibility = Visibility::find(&self.visibility).ok_or_else(|| bad("visibility"))?;
        let kind = Kind::find(&self.kind).ok_or_else(|| bad("type"))?;
        let offset = self.date_tz.parse().ok().filter(|offset: &i32| offset.abs() <= 1439);
        let offset = offset.ok_or_else(|| bad("date-tz"))?;
        let known = |id: &BadgeId| offer.badges.iter().any(|badge| badge.id == *id);
        if !self.badges.iter().all(known) {
            return Err(bad("badge[]"));
        }
        let mut refuse = |field, text: &Text| refusals.add(field, lang.text(text), 400);
        if self.title.chars().count() > LONGEST_TITLE {
            refuse("title", &texts::TITLE_LONG);
        }
        let wall = clock::from_db(&self.date).filter(|_| self.date.trim().len() > 10);
        if wall.is_none() {
            refuse("date", &texts::DATE_WRONG);
        }
        let may_be_tagged = |id: &UserId| offer.people.iter().any(|person| person.id == *id);
        if !self.people.iter().all(may_be_tagged) {
            refuse("people", &texts::NOT_A_FRIEND);
        }
        if self.tags.iter().any(|tag| tag.chars().count() > LONGEST_TAG) {
            refuse("tags", &texts::TAG_LONG);
        }
        if self.description.chars().count() > LONGEST_DESCRIPTION {
            refuse("description", &texts::DESCRIPTION_LONG);
        }
        Ok(wall.filter(|_| refusals.is_empty()).map(|wall| Fields {
            title: Some(self.title.trim().to_owned()),
            description: self.description.clone(),
            date: LocalTime { wall, offset },
            visibility,
            kind,
            transformers: engraved::stored(&self.repairs),
        }))
    }
}

/// Whether a file control is one of that name, plain or numbered: `image[]`, `image[3]`.
fn is_field(control: &str, name: &str) -> bool {
    control
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || (rest.starts_with('[') && rest.ends_with(']')))
}

/// A text without what XML cannot hold: the original writes it into the file all the same, which nobody can read then.
pub fn readable(text: &str) -> String {
    let stays = |c: &char| matches!(c, '\n' | '\t') || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    text.chars().filter(stays).collect()
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
    use super::photos::Shown as Photos;
    use super::view::{Drawn, Purpose, Shown, view};
    use super::*;
    use crate::gpx::Origin;
    use crate::model::UploadId;
    use crate::web::look::card::tests::LONG;
    use crate::web::look::look;

    fn sent(pairs: &[(&str, &str)]) -> Form {
        let own = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        Form {
            fields: pairs.iter().map(own).collect(),
            ..Form::default()
        }
    }

    fn offer() -> Offer {
        Offer {
            people: vec![Person {
                id: UserId(3),
                name: "<b>Bob</b>".into(),
            }],
            badges: Vec::new(),
            tags: vec!["a\"b".into()],
        }
    }

    const GOOD: [(&str, &str); 6] = [
        ("title", ""),
        ("description", ""),
        ("date", "2025-11-24T12:58"),
        ("date-tz", "60"),
        ("visibility", "FRIENDS"),
        ("type", "ORGANIC"),
    ];

    #[test]
    fn a_good_form_becomes_the_fields_of_a_track() {
        let mut pairs = GOOD.to_vec();
        pairs[0].1 = " Ri\u{0}d\u{1b}e\u{ffff} ";
        pairs.extend([
            ("tag[]", ""),
            ("tag[]", " hi\u{7}ke "),
            ("tag[]", "\u{0}"),
            ("tagged-friend[]", "3"),
            ("transformer[remove-breaks]", "on"),
        ]);
        let draft = Draft::read(&sent(&pairs)).unwrap();
        assert_eq!(
            (draft.tags.clone(), draft.people.clone(), draft.repairs.clone()),
            (vec!["hike".into()], vec![UserId(3)], vec![Transformer::RemoveBreaks])
        );
        let fields = draft
            .check(Lang::En, &offer(), &mut Refusals::default())
            .unwrap()
            .unwrap();
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
            ("date-tz", ""),
        ] {
            let mut pairs = GOOD.to_vec();
            pairs.retain(|pair| pair.0 != bad.0);
            pairs.push(bad);
            let draft = Draft::read(&sent(&pairs)).unwrap();
            assert!(
                draft.check(Lang::En, &offer(), &mut Refusals::default()).is_err(),
                "{bad:?}"
            );
        }
        for lacking in GOOD {
            let mut pairs = GOOD.to_vec();
            pairs.retain(|pair| *pair != lacking);
            assert!(Draft::read(&sent(&pairs)).is_err(), "without {}", lacking.0);
        }
        for bad in [("badge[]", "x"), ("tagged-friend[]", "1.5")] {
            let mut pairs = GOOD.to_vec();
            pairs.push(bad);
            assert!(Draft::read(&sent(&pairs)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_wrong_stands_at_its_field_and_the_rest_is_kept() {
        let mut draft = Draft::read(&sent(&GOOD)).unwrap();
        draft.title = LONG.repeat(5);
        draft.date = "2025-11-24".into();
        draft.tags = (0..5).map(|n| format!("<i>{n}</i>")).collect();
        let mut refusals = Refusals::default();
        assert!(draft.check(Lang::De, &offer(), &mut refusals).unwrap().is_none());
        assert_eq!(refusals.status(), 400);
        assert_eq!(
            refusals.wrong.iter().map(|w| w.field).collect::<Vec<_>>(),
            ["title", "date"]
        );
        let gpx = crate::gpx::read(
            b"<gpx><trk><trkseg><trkpt lat=\"1\" lon=\"1\"/></trkseg></trk></gpx>",
            Origin::Upload,
        )
        .unwrap();
        let shown = Shown {
            purpose: Purpose::Finish(UploadId(9), LONG),
            draft: &draft,
            refusals: &refusals,
            offer: &offer(),
            photos: Photos {
                existing: None,
                may_add: true,
            },
            drawn: Some(Drawn::of(&gpx)),
            layers: serde_json::Value::Null,
            notices: Vec::new(),
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
    }

    #[test]
    fn things_that_are_wrong_in_several_ways_are_told_by_400() {
        let mut refusals = Refusals::default();
        assert_eq!(refusals.status(), 200);
        refusals.add("photos", "x", 415);
        refusals.add("photos", "x", 415);
        assert_eq!(refusals.status(), 415);
        refusals.add("date", "x", 400);
        refusals.add("photos", "x", 415);
        assert_eq!(refusals.status(), 400);
    }

    #[test]
    fn seconds_are_shown_where_there_are_some() {
        use time::macros::datetime;
        assert_eq!(date_text(datetime!(2025-11-24 12:58)), "2025-11-24T12:58");
        assert_eq!(date_text(datetime!(2025-11-24 12:58:07.25)), "2025-11-24T12:58:07");
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
