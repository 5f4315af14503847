//! Photos in the form: those that are there, with what is said about them, and new ones.
//!
//! The controls are named as the original names them: `image[<n>]` with `image-description[<n>]` is a new photo
//! with its words, `image-description[<name>]` are words about one that is there, `delete-image[]` names one that
//! goes. `image[]` may hold several; the first of them is number 0.

use super::{Draft, Refusals, is_field};
use crate::error::{Error, Result};
use crate::memory;
use crate::model::TrackId;
use crate::model::image::{self, Photo};
use crate::model::photo_place::{self, Choice};
use crate::model::rendition::SMALL;
use crate::model::trackdir::Added;
use crate::picture::{self, Kind, LARGEST_FILE, Refused};
use crate::spool::Spool;
use crate::web::form::{Form, FormFile};
use crate::web::lang::{Lang, Text};
use crate::web::look::form::tick;
use crate::web::look::icon::{self, icon};
use crate::web::look::{Look, sized};
use crate::web::page::track::photos::escaped;
use crate::web::page::upload::waiting::plain_name;
use crate::web::text::{form as texts, photo};
use maud::{Markup, html};
use rusqlite::Connection;
use std::io::Read;

/// Characters of what is said about a photo.
const LONGEST_CAPTION: usize = 5_000;
/// Characters of a file's name in a sentence.
const NAME_SHOWN: usize = 80;

/// What a form does to the photos of a track.
#[derive(Default)]
pub struct Photos {
    new: Vec<NewPhoto>,
    /// Names and words, where they are other ones.
    said: Vec<(String, String)>,
    /// Names and places.
    placed: Vec<(String, Choice)>,
    removed: Vec<String>,
}

struct NewPhoto {
    name: String,
    caption: String,
    content: Spool,
}

/// The words about photos, by the name or number in the brackets.
pub fn read_captions(form: &Form) -> Vec<(String, String)> {
    let fields = form.fields.iter();
    let named = fields.filter_map(|(field, text)| {
        let name = field.strip_prefix("image-description[")?.strip_suffix(']')?;
        Some((name.to_owned(), text.trim().to_owned()))
    });
    named.collect()
}

/// Where photos stand on the map, by the names in the brackets.
pub fn read_places(form: &Form) -> Vec<(String, Choice)> {
    let fields = form.fields.iter();
    let placed = fields.filter_map(|(field, text)| {
        let name = field.strip_prefix("image-place[")?.strip_suffix(']')?;
        Some((name.to_owned(), Choice::find(text)?))
    });
    placed.collect()
}

impl Draft {
    fn place(&self, of: &str) -> Choice {
        self.places
            .iter()
            .find(|(name, _)| name == of)
            .map_or_else(Choice::default, |(_, choice)| *choice)
    }

    fn caption(&self, of: &str) -> Option<&str> {
        self.captions
            .iter()
            .find(|(name, _)| name == of)
            .map(|(_, text)| text.as_str())
    }
}

/// Takes the photos out of a form, or says at the control what is wrong with which. To delete what is gone is
/// no fault; words about what is no photo of the track are nothing.
///
/// # Errors
/// What the disk says.
pub fn take(
    form: &mut Form,
    draft: &Draft,
    existing: &[Photo],
    may_add: bool,
    lang: Lang,
    refusals: &mut Refusals,
) -> Result<Photos> {
    if draft
        .captions
        .iter()
        .any(|(_, text)| text.chars().count() > LONGEST_CAPTION)
    {
        refusals.add("photos", lang.text(&texts::CAPTION_LONG), 400);
    }
    let stays = existing.iter().filter(|photo| !draft.deleted.contains(&photo.name));
    let said = |photo: &Photo| {
        let text = draft.caption(&photo.name).filter(|text| *text != photo.description)?;
        Some((photo.name.clone(), text.to_owned()))
    };
    let mut photos = Photos {
        new: Vec::new(),
        said: stays.clone().filter_map(said).collect(),
        // A form that says nothing of places changes none.
        placed: stays
            .filter(|photo| draft.places.iter().any(|(name, _)| *name == photo.name))
            .map(|photo| (photo.name.clone(), draft.place(&photo.name)))
            .collect(),
        // Also what has no file any more: its words go.
        removed: draft.deleted.clone(),
    };
    let (sent, rest) = std::mem::take(&mut form.files)
        .into_iter()
        .partition(|file| is_field(&file.field, "image"));
    form.files = rest;
    let sent: Vec<FormFile> = sent;
    for (number, mut file) in sent.into_iter().filter(|_| may_add).enumerate() {
        match check(&mut file)? {
            Ok(kind) => photos.new.push(NewPhoto {
                name: image::new_name(&file.name, kind)?,
                caption: draft.caption(&key(&file.field, number)).unwrap_or_default().to_owned(),
                content: file.data,
            }),
            Err(why) => {
                let name: String = plain_name(&file.name).chars().take(NAME_SHOWN).collect();
                refusals.add(
                    "photos",
                    lang.fill(photo::refused(why), &[("file", &name)]),
                    status(why),
                );
            }
        }
    }
    Ok(photos)
}

/// Under which number the words about a new photo stand: that in its control's name, else its place.
fn key(field: &str, place: usize) -> String {
    let number = field.trim_start_matches("image").trim_matches(['[', ']']);
    if number.is_empty() {
        place.to_string()
    } else {
        number.to_owned()
    }
}

fn check(file: &mut FormFile) -> Result<std::result::Result<Kind, Refused>> {
    if file.data.len() > LARGEST_FILE {
        return Ok(Err(Refused::TooLarge));
    }
    // The file, what it is without what it tells, and the head of its decoder.
    let length = usize::try_from(file.data.len()).unwrap_or(usize::MAX);
    let _share = memory::share(length.saturating_mul(3), "look at a photo")?;
    let mut bytes = Vec::with_capacity(usize::try_from(file.data.len()).unwrap_or(0));
    file.data.rewind();
    file.data
        .read_to_end(&mut bytes)
        .map_err(|e| Error::Failed(format!("cannot read a sent photo: {e}")))?;
    Ok(picture::check(&bytes))
}

fn status(why: Refused) -> u16 {
    match why {
        Refused::NotAPicture => 415,
        Refused::TooLarge => 413,
        Refused::Broken => 400,
    }
}

impl Photos {
    /// The new ones, to be written.
    pub fn added(&mut self) -> Vec<Added<'_>> {
        let new = self.new.iter_mut();
        new.map(|photo| Added::new(photo.name.as_str(), &mut photo.content))
            .collect()
    }

    /// The names of those that go.
    pub fn removed(&self) -> &[String] {
        &self.removed
    }

    /// Changes the rows. The caller holds the transaction.
    ///
    /// # Errors
    /// What the database says.
    pub fn store(&self, db: &Connection, track: TrackId) -> Result<()> {
        for name in &self.removed {
            image::forget(db, track, name)?;
            photo_place::choose(db, track, name, Choice::default())?;
        }
        for (name, choice) in &self.placed {
            photo_place::choose(db, track, name, *choice)?;
        }
        let new = self.new.iter().map(|photo| (&photo.name, &photo.caption));
        for (name, text) in self.said.iter().map(|(name, text)| (name, text)).chain(new) {
            image::describe(db, track, name, text)?;
        }
        Ok(())
    }
}

/// What the section shows.
pub struct Shown<'a> {
    /// The track with its photos; none for one that is not there yet.
    pub existing: Option<(TrackId, &'a [Photo])>,
    /// Whether new ones are taken.
    pub may_add: bool,
}

/// The part of the form.
pub fn section(look: &Look, draft: &Draft, shown: &Shown, refusals: &Refusals) -> Markup {
    let wrong: Vec<&str> = refusals
        .wrong
        .iter()
        .filter(|w| w.field == "photos")
        .map(|w| w.text.as_str())
        .collect();
    html! {
        fieldset .field #photos .wrong[!wrong.is_empty()] {
            legend { (look.say(&texts::PHOTOS)) }
            p .hint { (look.say(&texts::PHOTOS_HINT)) }
            @if let Some((track, photos)) = shown.existing {
                ul .pictures { @for (n, photo) in photos.iter().enumerate() { li { (row(look, draft, track, n, photo)) } } }
            }
            @if shown.may_add {
                label for="new-photos" { (look.say(&texts::ADD_PHOTOS)) }
                p .hint #new-photos-hint {
                    @if draft.had_photos { (look.say(&texts::CHOOSE_AGAIN)) } @else { (look.say(&texts::PHOTO_KINDS)) }
                }
                input #new-photos type="file" name="image[]" multiple accept="image/jpeg,image/png,image/webp,image/gif"
                    aria-describedby="new-photos-hint" data-caption=(look.say(&texts::CAPTION_OF));
                @for (number, text) in new_captions(draft) {
                    input type="hidden" name={ "image-description[" (number) "]" } value=(text);
                }
            } @else { p { (look.say(&texts::NO_PHOTOS)) } }
            @for text in wrong { p .error { (icon(look, icon::WARN)) span { (text) } } }
        }
    }
}

/// What was typed about photos that have to be chosen again; a script puts it back when they are.
fn new_captions(draft: &Draft) -> impl Iterator<Item = &(String, String)> {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    draft
        .captions
        .iter()
        .filter(move |(name, text)| draft.had_photos && is_number(name) && !text.is_empty())
}

fn row(look: &Look, draft: &Draft, track: TrackId, n: usize, photo: &Photo) -> Markup {
    let id = format!("caption-{n}");
    let address = look.path(&format!("/track/{track}/images/{}?size=480", escaped(&photo.name)));
    let text = draft.caption(&photo.name).unwrap_or(&photo.description);
    html! {
        img src=(sized(&address, SMALL.name)) width="96" height="96" loading="lazy" alt="";
        div .what {
            label for=(id) { (look.lang.fill(&texts::CAPTION_OF, &[("file", &photo.name)])) }
            input #(id) type="text" name={ "image-description[" (photo.name) "]" } value=(text) dir="auto";
            label for={ "place-" (n) } { (look.say(&texts::PLACE)) }
            select #{ "place-" (n) } name={ "image-place[" (photo.name) "]" } {
                @for choice in Choice::ALL {
                    option value=(choice.name()) selected[choice == draft.place(&photo.name)] { (look.say(place_text(choice))) }
                }
            }
            (tick("delete-image[]", &photo.name, draft.deleted.contains(&photo.name), html! { (look.say(&texts::DELETE_PHOTO)) }))
        }
    }
}

fn place_text(choice: Choice) -> &'static Text {
    match choice {
        Choice::Photo => &texts::PLACE_PHOTO,
        Choice::Time => &texts::PLACE_TIME,
        Choice::Nowhere => &texts::PLACE_NOWHERE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(field: &str, name: &str, bytes: &[u8]) -> FormFile {
        let mut data = Spool::new(1 << 16);
        data.append(bytes).unwrap();
        FormFile {
            field: field.to_owned(),
            name: name.to_owned(),
            content_type: String::new(),
            data,
        }
    }

    fn existing() -> Vec<Photo> {
        let photo = |name: &str, description: &str| Photo {
            name: name.to_owned(),
            description: description.to_owned(),
        };
        vec![photo("aaaaa_one.png", "One"), photo("bbbbb_two.png", "Two")]
    }

    const PNG: &[u8] = include_bytes!("../../../../tests/data/fietsboek-0.11/data/tracks/1/images/moodn_view.png");

    #[test]
    fn both_ways_of_sending_photos_are_understood_with_their_words() {
        for (fields, words) in [
            (["image[]", "image[]"], ["0", "1"]),
            (["image[7]", "image[9]"], ["7", "9"]),
        ] {
            let mut form = Form {
                files: vec![
                    sent(fields[0], "a.png", PNG),
                    sent("gpx", "x.gpx", b""),
                    sent(fields[1], "b.png", PNG),
                ],
                ..Form::default()
            };
            for (number, text) in words.iter().zip([" first ", "second"]) {
                form.fields
                    .push((format!("image-description[{number}]"), text.to_owned()));
            }
            let draft = Draft {
                captions: read_captions(&form),
                ..Draft::default()
            };
            let mut refusals = Refusals::default();
            let photos = take(&mut form, &draft, &[], true, Lang::En, &mut refusals).unwrap();
            let captions: Vec<_> = photos.new.iter().map(|photo| photo.caption.as_str()).collect();
            assert_eq!((captions, refusals.is_empty()), (vec!["first", "second"], true));
            assert_eq!(form.files.len(), 1, "the recording stays");
        }
    }

    #[test]
    fn what_is_no_photo_is_told_by_name_and_what_is_gone_is_nothing() {
        let mut form = Form {
            files: vec![
                sent("image[]", "/tmp/<i>.svg", b"<svg onload=x>"),
                sent("image[1]", "a.png", &PNG[..40]),
            ],
            ..Form::default()
        };
        let draft = Draft {
            deleted: vec!["aaaaa_one.png".into(), "gone.png".into(), "../track.gpx.br".into()],
            captions: vec![
                ("aaaaa_one.png".into(), "still".into()),
                ("bbbbb_two.png".into(), "Two!".into()),
                ("gone.png".into(), "x".into()),
            ],
            ..Draft::default()
        };
        let mut refusals = Refusals::default();
        let photos = take(&mut form, &draft, &existing(), true, Lang::En, &mut refusals).unwrap();
        assert_eq!(photos.removed, draft.deleted);
        assert_eq!(photos.said, [("bbbbb_two.png".to_owned(), "Two!".to_owned())]);
        assert!(
            refusals.wrong[0].text.starts_with("<i>.svg isn't a picture"),
            "{refusals:?}"
        );
        assert_eq!((refusals.wrong.len(), refusals.status()), (2, 400));
    }

    #[test]
    fn where_no_photos_are_taken_those_that_come_are_left_out() {
        let mut form = Form {
            files: vec![sent("image[]", "a.png", PNG), sent("image[1]", "b.html", b"<html>")],
            ..Form::default()
        };
        let mut refusals = Refusals::default();
        let photos = take(
            &mut form,
            &Draft::default(),
            &existing(),
            false,
            Lang::En,
            &mut refusals,
        )
        .unwrap();
        assert!(photos.new.is_empty() && refusals.is_empty());
    }
}
