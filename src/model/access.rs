//! Who may do what with a track: the one rule, and the same rule for lists.
//!
//! [`allowed`] decides about one track; [`LISTED`] is the condition by which lists choose their rows.
//! They differ in two points only, both on purpose: an administrator's rights and a link's secret open
//! a track but put none into a list. A test compares the two over every case.
//! No other file decides who may see a track.

use rusqlite::{Connection, named_params};

use super::track::Visibility;
use super::user::User;
use super::{TrackId, UserId, column, query};
use crate::error::Result;
use crate::secret;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    /// Absent when nobody is logged in.
    pub id: Option<UserId>,
    /// May do everything; means nothing without an id.
    pub is_admin: bool,
}

impl Viewer {
    /// Somebody who is not logged in.
    pub const ANONYMOUS: Viewer = Viewer {
        id: None,
        is_admin: false,
    };
}

impl From<&User> for Viewer {
    fn from(user: &User) -> Viewer {
        Viewer {
            id: Some(user.id),
            is_admin: user.is_admin,
        }
    }
}

impl From<Option<&User>> for Viewer {
    fn from(user: Option<&User>) -> Viewer {
        user.map_or(Viewer::ANONYMOUS, Viewer::from)
    }
}

/// What the rule needs to know of a track and of how the viewer stands to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackFacts {
    /// Absent also when the account is gone.
    pub owner: Option<UserId>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Who has it may view the track; absent, nothing matches it.
    pub link_secret: Option<String>,
    /// The viewer is tagged in it.
    pub is_tagged: bool,
    /// The viewer is a friend of the owner.
    pub knows_owner: bool,
    /// The viewer is a friend of somebody who is tagged in it.
    pub knows_tagged: bool,
}

/// What may be done with a track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permissions {
    /// See it, with its GPX, preview, photos and comments.
    pub view: bool,
    /// Write a comment.
    pub comment: bool,
    /// Change it.
    pub edit: bool,
    /// Delete it.
    pub delete: bool,
    /// Replace its link secret.
    pub unshare: bool,
}

impl Permissions {
    /// Nothing at all.
    pub const NONE: Permissions = Permissions {
        view: false,
        comment: false,
        edit: false,
        delete: false,
        unshare: false,
    };
    /// Everything.
    pub const ALL: Permissions = Permissions {
        view: true,
        comment: true,
        edit: true,
        delete: true,
        unshare: true,
    };
    const VIEW: Permissions = Permissions {
        view: true,
        ..Permissions::NONE
    };
    const COMMENT: Permissions = Permissions {
        comment: true,
        ..Permissions::VIEW
    };
}

/// The rule. `secret` is what the request carries in its query; it lets view and no more.
pub fn allowed(viewer: &Viewer, track: &TrackFacts, secret: Option<&str>) -> Permissions {
    let by_link = match (secret, &track.link_secret) {
        (Some(given), Some(known)) if secret::same(given.as_bytes(), known.as_bytes()) => Permissions::VIEW,
        _ => Permissions::NONE,
    };
    let Some(id) = viewer.id else {
        return if track.visibility == Visibility::Public {
            Permissions::VIEW
        } else {
            by_link
        };
    };
    if viewer.is_admin || track.owner == Some(id) {
        return Permissions::ALL;
    }
    // Without an owner there are no friends of the owner, and nobody who chose that tagged people's may see it.
    let owned = track.owner.is_some();
    let among = match track.visibility {
        Visibility::Public | Visibility::LoggedIn => true,
        Visibility::Friends => owned && track.knows_owner,
        Visibility::FriendsTagged => owned && (track.knows_owner || track.knows_tagged),
        Visibility::Private => false,
    };
    if track.is_tagged || among {
        Permissions::COMMENT
    } else {
        by_link
    }
}

/// The friends of `:viewer`, in whichever column they stand.
macro_rules! friends {
    () => {
        "(SELECT user_2_id FROM friends_assoc WHERE user_1_id = :viewer
          UNION SELECT user_1_id FROM friends_assoc WHERE user_2_id = :viewer)"
    };
}

/// The same as SQL text, for the statements of other nouns.
pub(super) const FRIENDS: &str = friends!();

/// The condition that chooses the tracks `t` that `:viewer` (NULL: nobody is logged in) gets to see in lists.
pub(super) const LISTED: &str = concat!(
    "(t.visibility = 'PUBLIC'
      OR (t.visibility = 'LOGGED_IN' AND :viewer IS NOT NULL)
      OR t.owner_id = :viewer
      OR t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :viewer)
      OR (t.visibility IN ('FRIENDS', 'FRIENDS_TAGGED')
          AND t.owner_id IN (SELECT id FROM users)
          AND (t.owner_id IN ",
    friends!(),
    " OR (t.visibility = 'FRIENDS_TAGGED'
                AND t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id IN ",
    friends!(),
    ")))))"
);

const FACTS: &str = concat!(
    "SELECT u.id AS owner, t.visibility AS visibility, t.link_secret AS link_secret,
        EXISTS (SELECT 1 FROM track_people_assoc p WHERE p.track_id = t.id AND p.user_id = :viewer) AS is_tagged,
        u.id IN ",
    friends!(),
    " AS knows_owner,
        EXISTS (SELECT 1 FROM track_people_assoc p WHERE p.track_id = t.id AND p.user_id IN ",
    friends!(),
    ") AS knows_tagged
     FROM tracks t LEFT JOIN users u ON u.id = t.owner_id WHERE t.id = :track"
);

/// What [`allowed`] needs to know, in one statement; absent when there is no such track.
///
/// # Errors
/// What the database says.
pub fn find_facts(db: &Connection, viewer: &Viewer, track: TrackId) -> Result<Option<TrackFacts>> {
    let params = named_params! { ":viewer": viewer.id, ":track": track };
    query::find(db, "look who may see a track", FACTS, params, |row| {
        Ok(TrackFacts {
            owner: column::int(row, "owner")?.map(UserId),
            visibility: Visibility::stored(column::text(row, "visibility")?),
            link_secret: column::text(row, "link_secret")?,
            is_tagged: column::flag(row, "is_tagged")?,
            knows_owner: column::flag(row, "knows_owner")?,
            knows_tagged: column::flag(row, "knows_tagged")?,
        })
    })
}

/// What a viewer may do with a track; absent when there is no such track.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, viewer: &Viewer, track: TrackId, secret: Option<&str>) -> Result<Option<Permissions>> {
    Ok(find_facts(db, viewer, track)?.map(|facts| allowed(viewer, &facts, secret)))
}
