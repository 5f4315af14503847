//! A track: its page and what stands below its address.
//!
//! Access is asked once, by [`Access::to_view`], before anything of the track is read.

pub mod comments;
pub mod delete;
mod drawn;
pub mod edit;
mod exact;
pub mod geojson;
pub mod gpx;
pub mod line;
pub mod photos;
pub mod preview;
pub mod share;
mod spots;
mod stage;
mod view;

use super::recording;
use super::{answer, layers, look, viewer};
use crate::error::{Error, Result};
use crate::markdown;
use crate::model::access::{self, Permissions};
use crate::model::preview::is_stored as is_picture_stored;
use crate::model::track::{self, Track, Visibility};
use crate::model::zone::{self, Cut};
use crate::model::{TrackId, badge, comment, favourite, figures, image, person, tag, user};
use crate::web::look::frame::{Page, Place, Preview};
use crate::web::look::{Look, figure};
use crate::web::response::Response;
use crate::web::text::figure as words;
use crate::web::visit::Visit;
use comments::Draft;
pub use drawn::{Drawings, MOST_DRAWN};
use view::{Shown, Viewer};

/// A track that the visitor may see.
pub(super) struct Access {
    /// The track.
    pub track: Track,
    /// What they may do with it.
    pub may: Permissions,
    /// Whether it is the secret of the link alone that lets them in.
    pub through_link: bool,
    /// Whether the owner wants to see what others do.
    pub as_other: bool,
}

impl Access {
    /// The track of the path, if the visitor may see it.
    ///
    /// # Errors
    /// `NotFound`, `Forbidden`; what the database says.
    pub fn to_view(visit: &Visit, secret: Option<&str>) -> Result<Access> {
        let id: TrackId = visit.id("id")?;
        let (db, viewer) = (visit.db()?, viewer(visit));
        let missing = || Error::NotFound(format!("no track {id}"));
        let facts = access::find_facts(db, &viewer, id)?.ok_or_else(missing)?;
        let may = access::allowed(&viewer, &facts, secret);
        if !may.view {
            return Err(Error::Forbidden(format!("track {id} may not be seen by this visitor")));
        }
        let track = track::find(db, id)?.ok_or_else(missing)?;
        let is_owner = track.owner.is_some() && track.owner == viewer.id;
        let as_other = is_owner && visit.request.query(AS) == Some(OTHER);
        let only_view = Permissions {
            view: true,
            ..Permissions::NONE
        };
        Ok(Access {
            track,
            may: if as_other { only_view } else { may },
            through_link: !access::allowed(&viewer, &facts, None).view,
            as_other,
        })
    }
}

impl Access {
    /// Whether it is the visitor's own.
    pub fn is_owner(&self, visit: &Visit) -> bool {
        !self.as_other && self.track.owner.is_some() && self.track.owner == visit.user.as_ref().map(|user| user.id)
    }

    /// What is taken out of its points for this visitor.
    ///
    /// # Errors
    /// What the database says.
    pub fn cut(&self, visit: &Visit) -> Result<Cut> {
        match self.as_other {
            true => self.cut_of_others(visit),
            false => zone::find(visit.db()?, &viewer(visit), self.track.owner),
        }
    }

    /// What is taken out of them for those to whom the owner is a stranger.
    ///
    /// # Errors
    /// What the database says.
    pub fn cut_of_others(&self, visit: &Visit) -> Result<Cut> {
        zone::find(visit.db()?, &access::Viewer::ANONYMOUS, self.track.owner)
    }
}

/// The parameter, and its value, by which owners see their tracks as others do.
const AS: &str = "as";
const OTHER: &str = "other";

/// The secret of a private link, when the address has one.
pub(super) fn secret_of(visit: &Visit) -> Option<String> {
    visit
        .request
        .query("secret")
        .filter(|secret| !secret.is_empty())
        .map(str::to_owned)
}

/// The path of something below a track, with the secret.
pub(super) fn below(id: TrackId, what: &str, secret: Option<&str>) -> String {
    with_secret(&format!("/track/{id}{what}"), secret)
}

/// A path with the secret, if there is one.
fn with_secret(path: &str, secret: Option<&str>) -> String {
    match secret {
        Some(secret) => {
            let query = form_urlencoded::Serializer::new(String::new())
                .append_pair("secret", secret)
                .finish();
            format!("{path}?{query}")
        }
        None => path.to_owned(),
    }
}

/// `/track/{id}`, any method.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database and the disk say.
pub fn show(visit: &mut Visit) -> Result<Response> {
    let secret = secret_of(visit);
    let access = Access::to_view(visit, secret.as_deref())?;
    show_with(visit, access, secret, &Draft::default())
}

fn show_with(visit: &mut Visit, access: Access, secret: Option<String>, draft: &Draft) -> Result<Response> {
    let shown = read(visit, access, secret)?;
    let look = look(visit)?;
    let name = shown.name(&look);
    let public = shown.visibility == Visibility::Public && !shown.as_other;
    let page = Page {
        indexed: public && shown.secret.is_none(),
        preview: (public || shown.secret.is_some()).then(|| preview(visit, &look, &shown)),
        script: Some("track.js"),
        map: true,
        ..Page::new(&name, Place::Elsewhere)
    };
    let content = view::view(&look, &shown, draft);
    Ok(answer(visit, look, &page, content))
}

/// How a link to the track looks elsewhere: figures and day, never names or words of people.
fn preview(visit: &Visit, look: &Look, shown: &Shown) -> Preview {
    let day = look.lang.date(shown.date.wall.date());
    let figures = figure::line_text(look, &shown.figures, shown.kind);
    Preview {
        description: if figures.is_empty() {
            day
        } else {
            format!("{figures} · {day}")
        },
        picture: visit
            .request
            .absolute(&below(shown.id, "/preview", shown.secret.as_deref())),
        alt: look.lang.fill(&words::MAP_OF, &[("title", &shown.name(look))]),
        canonical: shown.address.clone(),
    }
}

/// Reads everything that the page shows.
fn read(visit: &Visit, access: Access, secret: Option<String>) -> Result<Shown> {
    let (db, dir, external) = (visit.db()?, &visit.instance().dir, visit.config().external_images);
    let (cut, is_owner) = (access.cut(visit)?, access.is_owner(visit));
    let of_others = is_owner.then(|| access.cut_of_others(visit)).transpose()?;
    let Access {
        track,
        may,
        through_link,
        as_other,
    } = access;
    let id = track.id;
    let viewer = visit.user.as_ref().map(|user| user.id).filter(|_| !as_other);
    let has_picture = cut.is_none() && is_picture_stored(dir, id);
    let stored = figures::find(db, id)?.unwrap_or_default();
    let of = drawn::Of {
        id,
        cut,
        of_others,
        kind: track.fields.kind,
        offset: track.fields.date.offset,
        is_unmeasured: !stored.are_complete(),
        lang: visit.lang,
    };
    let drawn = drawn::find(dir, of, visit.drawings)?;
    // What is missing in the row comes from the recording, as in the original, and is not stored here.
    let counted = stored.or(drawn.as_ref().and_then(|drawn| drawn.whole).unwrap_or_default());
    let shortened = drawn.as_ref().and_then(|drawn| drawn.shortened);
    let owner = track.owner.map(|owner| user::find(db, owner)).transpose()?.flatten();
    let rendered = |comment: comment::Comment| {
        let html = markdown::to_html(&comment.text, external);
        (comment, html)
    };
    let link = track.link_secret.as_deref().filter(|_| is_owner);
    Ok(Shown {
        id,
        kind: track.fields.kind,
        date: match &shortened {
            Some(seen) => recording::seen::date(track.fields.date, &counted, seen),
            None => track.fields.date,
        },
        visibility: track.fields.visibility,
        owner: owner.map(|user| person::Person {
            id: user.id,
            name: user.name,
        }),
        people: person::list(db, id)?,
        is_cut: shortened.is_some(),
        figures: shortened.unwrap_or(counted),
        description: markdown::to_html(&track.fields.description, external),
        title: track.fields.title,
        tags: tag::list(db, id)?,
        badges: badge::list_of_track(db, id)?,
        photos: image::list(db, dir, id)?,
        comments: comment::list(db, id)?.into_iter().map(rendered).collect(),
        is_favourite: viewer
            .map(|user| favourite::is(db, id, user))
            .transpose()?
            .unwrap_or(false),
        address: visit.request.absolute(&below(id, "", None)),
        hides_from_others: drawn.as_ref().is_some_and(|drawn| drawn.hides_from_others),
        drawn,
        layers: layers(visit),
        as_other,
        has_picture,
        viewer: Viewer { id: viewer, is_owner },
        may,
        through_link,
        share: link.map(|secret| visit.request.absolute(&below(id, "", Some(secret)))),
        secret,
    })
}

#[cfg(test)]
mod tests {
    use crate::web::page::visitor::Site;

    const ALICE: &str = "alice@example.org";
    const BOB: &str = "bob@example.org";

    #[test]
    fn everybody_sees_exactly_what_they_may() {
        let site = Site::new();
        let mut visitors = [
            site.stranger(),
            site.logged_in(ALICE),
            site.logged_in(BOB),
            site.logged_in("admin@example.org"),
        ];
        let expected = [
            (1, [200, 200, 200, 200]),
            (2, [403, 200, 200, 200]),
            (3, [403, 200, 403, 200]),
            (4, [403, 200, 200, 200]),
            (5, [200, 200, 200, 200]),
            (6, [403, 200, 200, 200]),
            (99, [404, 404, 404, 404]),
        ];
        for (id, statuses) in expected {
            for below in ["", "/gpx", "/preview"] {
                let path = format!("/track/{id}{below}");
                let got = visitors.each_mut().map(|visitor| visitor.get(&path).status);
                assert_eq!(got, statuses, "{path}");
            }
        }
        assert_eq!(visitors[2].get("/track/3/images/x.png").status, 403);
    }

    #[test]
    fn a_private_link_lets_in_and_is_carried_on() {
        let site = Site::new();
        let page = site.logged_in(ALICE).get("/track/3").text();
        let start = page.find("/track/3?secret=").unwrap();
        let link: String = page[start..].chars().take_while(|c| *c != '"').collect();
        let got = site.stranger().get(&link);
        let text = got.text();
        assert_eq!(got.status, 200);
        assert!(
            text.contains("through a private link") && text.contains("noindex"),
            "{text}"
        );
        let secret = link.split_once('=').unwrap().1;
        for below in ["gpx", "preview"] {
            assert!(text.contains(&format!("/track/3/{below}?secret={secret}")), "{below}");
            assert_eq!(
                site.stranger().get(&format!("/track/3/{below}?secret={secret}")).status,
                200
            );
        }
        assert!(!text.contains("share-link") && !text.contains("<textarea"), "{text}");
        assert_eq!(site.stranger().get("/track/3?secret=None").status, 403);
        assert_eq!(
            site.logged_in(BOB)
                .post(&format!("/track/3/comment?secret={secret}"), &[("comment", "x")])
                .status,
            403
        );
    }

    #[test]
    fn nobody_s_address_stands_in_a_page_that_others_see() {
        let site = Site::new();
        for text in [
            site.stranger().get("/track/1").text(),
            site.stranger().get("/track/").text(),
        ] {
            assert!(!text.contains("@example.org"), "{text}");
        }
        assert!(!site.logged_in(BOB).get("/track/1").text().contains(ALICE));
    }

    #[test]
    fn a_comment_is_written_once_and_never_empty() {
        let site = Site::new();
        let mut bob = site.logged_in(BOB);
        let got = bob.post("/track/1/comment", &[("title", "Hm"), ("comment", "  ")]);
        assert_eq!(got.status, 400);
        assert!(got.text().contains("Write something first.") && got.text().contains("value=\"Hm\""));
        let got = bob.post(
            "/track/1/comment",
            &[("title", "<i>"), ("comment", "**fine** <script>x</script>")],
        );
        assert_eq!((got.status, got.location.as_str()), (302, "/track/1"));
        let text = bob.get("/track/1").text();
        assert!(text.contains("&lt;i&gt;") && text.contains("<strong>fine</strong>") && !text.contains("<script>x"));
        assert_eq!(
            site.stranger().post("/track/1/comment", &[("comment", "x")]).status,
            403
        );
    }

    #[test]
    fn a_deleted_track_is_gone_with_its_files() {
        let site = Site::new();
        let dir = site.app.instance.dir.track(1);
        assert_eq!(site.logged_in(BOB).post("/track/1/delete", &[]).status, 403);
        assert!(dir.exists());
        let mut alice = site.logged_in(ALICE);
        assert_eq!(alice.get("/track/1/delete").status, 404);
        assert_eq!(alice.post("/track/1/delete", &[]).status, 302);
        assert!(!dir.exists());
        assert!(alice.get("/").text().contains("is deleted."));
        assert_eq!(alice.get("/track/1").status, 404);
    }

    #[test]
    fn a_track_without_a_stored_picture_is_drawn() {
        let site = Site::new();
        std::fs::remove_file(site.app.instance.dir.track_preview(1)).unwrap();
        for size in ["", "?size=600"] {
            let got = site.stranger().get(&format!("/track/1/preview{size}"));
            assert_eq!(got.media_type, "image/svg+xml");
        }
    }

    #[test]
    fn a_dense_screen_gets_a_picture_of_its_own_where_one_is_stored() {
        let site = Site::new();
        let dir = &site.app.instance.dir;
        let usual = std::fs::read(dir.track_preview(1)).unwrap();
        let mut stranger = site.stranger();
        assert_eq!(stranger.get("/track/1/preview?size=600").bytes, usual);
        std::fs::write(dir.track_preview_dense(1), b"GIF89a").unwrap();
        assert_eq!(stranger.get("/track/1/preview").bytes, usual);
        let got = stranger.get("/track/1/preview?size=600");
        assert_eq!(got.bytes, b"GIF89a");
        assert_eq!(got.header("Cache-Control"), "private, max-age=3600");
        let known = [("If-None-Match", got.header("ETag"))];
        assert_eq!(
            stranger.ask("GET", "/track/1/preview?size=600", &known, b"").status,
            304
        );
        assert_eq!(stranger.ask("GET", "/track/1/preview", &known, b"").status, 200);
        for size in ["300", "2", "", "600x"] {
            assert_eq!(
                stranger.get(&format!("/track/1/preview?size={size}")).status,
                404,
                "{size}"
            );
        }
        let page = stranger.get("/track/1").text();
        assert!(page.contains("srcset=\"/track/1/preview?size=600 2x\""), "{page}");
        assert_eq!(stranger.get("/track/3/preview?size=600").status, 403);
    }
}
