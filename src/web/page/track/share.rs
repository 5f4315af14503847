//! The panel with a track's private link, for its owner, and the link's replacement.

use super::Access;
use crate::error::{Error, Result};
use crate::model::track::{self, Visibility};
use crate::model::{TrackId, failed};
use crate::web::look::Look;
use crate::web::look::icon;
use crate::web::look::panel::{Sure, panel, sure};
use crate::web::page::begin;
use crate::web::response::Response;
use crate::web::session::Kind;
use crate::web::text::{figure as words, track as texts};
use crate::web::visit::Visit;
use maud::{Markup, html};

/// `POST /track/{id}/invalidate-link`: another secret; who has the old link has nothing.
///
/// # Errors
/// `NotFound`, `Forbidden`; what the database says.
pub fn replace(visit: &mut Visit) -> Result<Response> {
    let access = Access::to_view(visit, None)?;
    let (id, what) = (access.track.id, "replace a private link");
    if !access.may.unshare {
        return Err(Error::Forbidden(format!(
            "the link of track {id} may not be replaced by this visitor"
        )));
    }
    let change = begin(visit.db()?, what)?;
    track::renew_secret(&change, id)?;
    change.commit().map_err(|e| failed(what, e))?;
    visit.flash(Kind::Ok, visit.lang.text(&texts::LINK_REPLACED));
    Ok(visit.redirect(&format!("/track/{id}")))
}

/// The panel: what the link does, the link, who may see the track without it, and the way to another link.
pub fn share(look: &Look, id: TrackId, visibility: Visibility, link: &str) -> Markup {
    let seen_by = look.say(match visibility {
        Visibility::Private => &words::ONLY_ME,
        Visibility::Friends => &words::FRIENDS,
        Visibility::FriendsTagged => &words::FRIENDS_TAGGED,
        Visibility::LoggedIn => &words::LOGGED_IN,
        Visibility::Public => &words::PUBLIC,
    });
    let replacement = Sure {
        heading: look.say(&texts::REPLACE_TITLE),
        consequence: &texts::REPLACE_TEXT,
        button: &texts::REPLACE_SURE,
        action: look.path(&format!("/track/{id}/invalidate-link")),
    };
    let content = html! {
        h2 { (look.say(&texts::SHARE)) }
        p { (look.say(&texts::SHARE_TEXT)) }
        div .field {
            label for="share-link" { (look.say(&texts::LINK)) }
            input #share-link .mono type="text" readonly value=(link)
                data-copy=(look.say(&texts::COPY)) data-copied=(look.say(&texts::COPIED));
        }
        p .hint { (look.lang.fill(&texts::SEEN_BY, &[("visibility", seen_by)])) }
        (sure(look, &texts::REPLACE_LINK, icon::SHARE, &replacement))
    };
    panel(look, icon::SHARE, look.say(&texts::SHARE), content)
}
