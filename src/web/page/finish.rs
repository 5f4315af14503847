//! Finishing an upload: its form, and the track that is made of it, files and rows as one operation.
//!
//! Everything that takes time (repairs, figures, packing) comes before the transaction; within it the rows
//! are written and the directory is moved to its place just before the commit. Whatever fails, neither
//! row nor directory is left, and the upload stays.

use super::form::photos::{self, Photos};
use super::form::view::{Drawn, Purpose, Shown, view};
use super::form::{Draft, Offer, Refusals, is_route};
use super::make::Ready;
use super::upload::{self, duplicate, waiting};
use super::{answer, begin, layers, look, recording};
use crate::error::{Error, Result};
use crate::gpx::Gpx;
use crate::model::track::{Fields, Visibility};
use crate::model::upload::{self as upload_row, Upload};
use crate::model::{TrackId, UploadId, failed, trackdir, waiting as known};
use crate::web::look::frame::{Page, Place};
use crate::web::look::message::notice;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{figure as words, form as texts, upload as upload_texts};
use crate::web::visit::Visit;
use maud::html;

/// `GET /upload/{id}`.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn form(visit: &mut Visit) -> Result<Response> {
    let upload = upload::get(visit)?;
    let gpx = get_gpx(visit, upload.id)?;
    let offer = Offer::read(visit.db()?, visit.get_user()?.id, Vec::new())?;
    show(visit, &upload, &gpx, &offer, &Draft::of(&gpx), &Refusals::default())
}

/// `POST /upload/{id}`: the track, or the form again with what is wrong.
///
/// # Errors
/// `NotFound`, `Forbidden`, `Invalid`; what the database and the disk say.
pub fn save(visit: &mut Visit) -> Result<Response> {
    let upload = upload::get(visit)?;
    let gpx = get_gpx(visit, upload.id)?;
    let offer = Offer::read(visit.db()?, visit.get_user()?.id, Vec::new())?;
    let draft = Draft::read(&visit.form)?;
    let (lang, may_add, mut refusals) = (visit.lang, visit.config().image_uploads, Refusals::default());
    let fields = draft.check(lang, &offer, &mut refusals)?;
    let photos = photos::take(&mut visit.form, &draft, &[], may_add, lang, &mut refusals)?;
    match fields.filter(|_| refusals.is_empty()) {
        Some(fields) => make(visit, &upload, gpx, &draft, &fields, photos),
        None => Ok(show(visit, &upload, &gpx, &offer, &draft, &refusals)?.with_status(refusals.status())),
    }
}

fn get_gpx(visit: &Visit, id: UploadId) -> Result<Gpx> {
    let found = waiting::find_gpx(visit.db()?, id)?;
    found.ok_or_else(|| Error::NotFound(format!("upload {id} holds no readable GPX")))
}

fn show(
    visit: &mut Visit,
    upload: &Upload,
    gpx: &Gpx,
    offer: &Offer,
    draft: &Draft,
    refusals: &Refusals,
) -> Result<Response> {
    let (user, may_add) = (visit.get_user()?.id, visit.config().image_uploads);
    let look = look(visit)?;
    let known = known::find(visit.db()?, upload.id)?;
    let about = known.unwrap_or_else(|| waiting::about(gpx, ""));
    let already = duplicate::find_before(visit.db()?, &visit.instance().dir, user, &about.points, upload.id)?;
    let waiting = waiting::shown(upload, Some(about), already);
    let already = waiting
        .already
        .as_ref()
        .map(|already| notice(&look, Kind::Warn, already.sentence(&look)));
    let route = is_route(gpx).then(|| notice(&look, Kind::Info, html! { (look.say(&upload_texts::ROUTE)) }));
    let shown = Shown {
        purpose: Purpose::Finish(upload.id, &waiting.name(&look)),
        draft,
        refusals,
        offer,
        photos: photos::Shown {
            existing: None,
            may_add,
        },
        drawn: Some(Drawn::of(gpx)),
        layers: layers(visit),
        notices: already.into_iter().chain(route).collect(),
    };
    let content = view(&look, &shown);
    let mut page = Page::new(look.say(&texts::TITLE), Place::Upload);
    page.script = Some("form.js");
    page.map = true;
    Ok(answer(visit, look, &page, content))
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
    let offer = Offer::read(visit.db()?, visit.get_user()?.id, Vec::new())?;
    match draft.check(visit.lang, &offer, &mut Refusals::default())? {
        Some(fields) => {
            let source = Source::of_upload(visit, upload)?;
            make_track(visit, source, gpx, &draft, &fields, Photos::default()).map(Some)
        }
        None => Ok(None),
    }
}

/// Makes the track and leads to it.
fn make(
    visit: &mut Visit,
    from: &Upload,
    gpx: Gpx,
    draft: &Draft,
    fields: &Fields,
    photos: Photos,
) -> Result<Response> {
    let id = make_track(visit, Source::of_upload(visit, from)?, gpx, draft, fields, photos)?;
    let seen_by = visit.lang.text(match fields.visibility {
        Visibility::Private => &words::ONLY_ME,
        Visibility::Friends => &words::FRIENDS,
        Visibility::FriendsTagged => &words::FRIENDS_TAGGED,
        Visibility::LoggedIn => &words::LOGGED_IN,
        Visibility::Public => &words::PUBLIC,
    });
    let told = match fields.visibility {
        Visibility::Private if !draft.people.is_empty() => &texts::SAVED_WITH,
        _ => &texts::SAVED,
    };
    visit.flash(Kind::Ok, visit.lang.fill(told, &[("visibility", seen_by)]));
    Ok(visit.redirect(&format!("/track/{id}")))
}

/// Where a track comes from.
pub(super) struct Source<'a> {
    /// The recording as it came, as it is kept beside the current file: Brotli-compressed.
    pub backup: Vec<u8>,
    /// The upload that goes when the track is made.
    pub upload: Option<&'a Upload>,
}

impl<'a> Source<'a> {
    /// An upload; its bytes are kept as they are, packed another way.
    fn of_upload(visit: &Visit, upload: &'a Upload) -> Result<Source<'a>> {
        let id = upload.id;
        let packed = upload_row::find_gpx(visit.db()?, id)?;
        let packed = packed.ok_or_else(|| Error::NotFound(format!("no upload {id}")))?;
        Ok(Source {
            backup: trackdir::compress_from(|packer| upload_row::unpack(&packed, recording::LARGEST, packer))?,
            upload: Some(upload),
        })
    }
}

/// Makes the track.
///
/// # Errors
/// `NotFound` when another request has made it of the upload meanwhile, or thrown the upload away; what the
/// database and the disk say; then nothing has changed.
pub(super) fn make_track(
    visit: &Visit,
    source: Source<'_>,
    gpx: Gpx,
    draft: &Draft,
    fields: &Fields,
    mut photos: Photos,
) -> Result<TrackId> {
    let user = visit.get_user()?;
    let Source { backup, upload } = source;
    let ready = Ready::new(gpx, backup, draft, fields.clone(), &user.name)?;

    let (db, dir) = (visit.db()?, &visit.instance().dir);
    let what = "make a track";
    let change = begin(db, what)?;
    if let Some(gone) = upload
        && !upload_row::delete(&change, gone)?
    {
        return Err(Error::NotFound(format!(
            "upload {} was finished or discarded meanwhile",
            gone.id
        )));
    }
    let id = ready.insert(&change, user.id)?;
    photos.store(&change, id)?;
    let files = ready.create(dir, id, &mut photos.added())?;
    change.commit().map_err(|e| failed(what, e))?;
    files.keep();
    ready.store_line(dir, id);
    visit.painter.ask(id);
    Ok(id)
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    const RIDE: &[u8] = b"<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
        <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
        <trkpt lat=\"48.01\" lon=\"7\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
        </trkseg></trk></gpx>";

    const SENT: [(&str, &str); 9] = [
        ("title", "A <hill> & more"),
        ("date", "2025-11-24T11:00"),
        ("date-tz", "60"),
        ("visibility", "PUBLIC"),
        ("type", "ORGANIC"),
        ("tag[]", "Hike"),
        ("tag[]", "hike"),
        ("tagged-friend[]", "3"),
        ("description", "fine"),
    ];

    #[test]
    fn a_file_becomes_a_track() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let form = alice.send_files("/upload", &[("hill.gpx", RIDE)]).location;
        assert!(form.starts_with("/upload/"), "{form}");
        assert!(alice.get(&form).text().contains("value=\"Hill\""));
        assert_eq!(
            alice.get(&format!("{form}/preview.gpx")).media_type,
            "application/gpx+xml"
        );
        assert_eq!(site.logged_in("bob@example.org").get(&form).status, 403);
        let track = alice.post(&form, &SENT).location;
        let text = site.stranger().get(&track).text();
        assert!(
            text.contains("A &lt;hill&gt; &amp; more") && text.contains("with Bob"),
            "{text}"
        );
        assert_eq!(
            text.matches("tags=Hike").count() + text.matches("tags=hike").count(),
            1,
            "{text}"
        );
        assert_eq!(alice.get(&form).status, 404);
        let gpx = site.stranger().get(&format!("{track}/gpx")).text();
        assert!(
            gpx.contains("A &lt;hill&gt; &amp; more") && gpx.contains("2025-11-24T11:00:00+01:00"),
            "{gpx}"
        );
        let id = track.rsplit('/').next().unwrap().parse().unwrap();
        assert!(site.app.instance.dir.track_line(id).exists());
    }

    #[test]
    fn a_wrong_form_changes_nothing_and_comes_back_filled() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let form = alice.send_files("/upload", &[("hill.gpx", RIDE)]).location;
        let mut sent = SENT;
        sent[1].1 = "soon";
        sent[7].1 = "1";
        let got = alice.post(&form, &sent);
        assert_eq!(got.status, 400);
        let text = got.text();
        assert!(
            text.contains("2 things need another look") && text.contains("from your friends list"),
            "{text}"
        );
        assert!(text.contains("A &lt;hill&gt; &amp; more"), "{text}");
        assert_eq!(alice.get(&form).status, 200);
        assert_eq!(alice.post(&form, &[("title", "x")]).status, 400);
    }

    #[test]
    fn several_files_stay_and_bad_ones_are_told_by_name() {
        let site = Site::new();
        let mut alice = site.logged_in("alice@example.org");
        let got = alice.send_files("/upload", &[("a.gpx", RIDE), ("b.gpx", RIDE), ("<i>.gpx", b"no")]);
        assert_eq!(got.location, "/");
        let text = alice.get("/").text();
        assert!(
            text.contains("2 files are in.") && text.contains("&lt;i&gt;.gpx"),
            "{text}"
        );
        assert!(alice.send_files("/upload", &[]).location == "/upload");
        assert!(alice.get("/upload").text().contains("Choose a file first."));
    }
}
