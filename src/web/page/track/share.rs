//! The panel with a track's private link, for its owner.

use crate::model::track::Visibility;
use crate::web::look::Look;
use crate::web::look::icon;
use crate::web::look::panel::panel;
use crate::web::text::{figure as words, track as texts};
use maud::{Markup, html};

/// The panel: what the link does, the link, who may see the track without it.
pub fn share(look: &Look, visibility: Visibility, link: &str) -> Markup {
    let seen_by = look.say(match visibility {
        Visibility::Private => &words::ONLY_ME,
        Visibility::Friends => &words::FRIENDS,
        Visibility::FriendsTagged => &words::FRIENDS_TAGGED,
        Visibility::LoggedIn => &words::LOGGED_IN,
        Visibility::Public => &words::PUBLIC,
    });
    let content = html! {
        h2 { (look.say(&texts::SHARE)) }
        p { (look.say(&texts::SHARE_TEXT)) }
        div .field {
            label for="share-link" { (look.say(&texts::LINK)) }
            input #share-link .mono type="text" readonly value=(link)
                data-copy=(look.say(&texts::COPY)) data-copied=(look.say(&texts::COPIED));
        }
        p .hint { (look.lang.fill(&texts::SEEN_BY, &[("visibility", seen_by)])) }
    };
    panel(look, icon::SHARE, look.say(&texts::SHARE), content)
}
