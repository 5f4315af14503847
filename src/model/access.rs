//! Who may do what with a track: the one rule, and the same rule for lists.
//!
//! [`allowed`] decides about one track; `listed` is the condition by which lists choose their rows.
//! They differ in two points only, both on purpose: an administrator's rights and a link's secret open
//! a track but put none into a list. A test compares the two over every case.
//! No other file decides who may see a track.

use std::fmt;

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
#[derive(Clone, PartialEq, Eq)]
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

impl fmt::Debug for TrackFacts {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("TrackFacts")
            .field("owner", &self.owner)
            .field("visibility", &self.visibility)
            .field("is_tagged", &self.is_tagged)
            .field("knows_owner", &self.knows_owner)
            .field("knows_tagged", &self.knows_tagged)
            .finish_non_exhaustive()
    }
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
    if viewer.id.is_none() {
        return if track.visibility == Visibility::Public {
            Permissions::VIEW
        } else {
            by_link
        };
    }
    if sees_whole(viewer, track.owner) {
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

/// Whether somebody sees a track with the points in its owner's privacy zones: the owner and administrators, and
/// nobody else that may see it.
pub fn sees_whole(viewer: &Viewer, owner: Option<UserId>) -> bool {
    viewer.id.is_some() && (viewer.is_admin || owner == viewer.id)
}

/// The friends of `:viewer`, in whichever column they stand.
pub(super) const FRIENDS: &str = "(SELECT user_2_id FROM friends_assoc WHERE user_1_id = :viewer
    UNION SELECT user_1_id FROM friends_assoc WHERE user_2_id = :viewer)";

/// The condition that chooses the tracks `t` that make up the diary of `:user`: those that they own or took part in.
pub(super) const OF_USER: &str =
    "(t.owner_id = :user OR t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :user))";

/// The condition that chooses the tracks `t` that `:viewer` gets to see in lists.
pub(super) fn listed(viewer: Option<UserId>) -> String {
    if viewer.is_none() {
        return "t.visibility = 'PUBLIC'".into();
    }
    format!(
        "(t.visibility IN ('PUBLIC', 'LOGGED_IN')
          OR t.owner_id = :viewer
          OR t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :viewer)
          OR (t.visibility IN ('FRIENDS', 'FRIENDS_TAGGED')
              AND t.owner_id IN (SELECT id FROM users)
              AND (t.owner_id IN {FRIENDS}
                   OR (t.visibility = 'FRIENDS_TAGGED'
                       AND t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id IN {FRIENDS})))))"
    )
}

/// Asks for pairs of friends by their key and not for all friends, as the lists do.
const FACTS: &str = "SELECT u.id AS owner, t.visibility AS visibility, t.link_secret AS link_secret,
        EXISTS (SELECT 1 FROM track_people_assoc p WHERE p.track_id = t.id AND p.user_id = :viewer) AS is_tagged,
        EXISTS (SELECT 1 FROM friends_assoc f WHERE f.user_1_id = :viewer AND f.user_2_id = u.id)
        OR EXISTS (SELECT 1 FROM friends_assoc f WHERE f.user_1_id = u.id AND f.user_2_id = :viewer) AS knows_owner,
        EXISTS (SELECT 1 FROM track_people_assoc p JOIN friends_assoc f
            ON f.user_1_id = :viewer AND f.user_2_id = p.user_id WHERE p.track_id = t.id)
        OR EXISTS (SELECT 1 FROM track_people_assoc p JOIN friends_assoc f
            ON f.user_1_id = p.user_id AND f.user_2_id = :viewer WHERE p.track_id = t.id) AS knows_tagged
     FROM tracks t LEFT JOIN users u ON u.id = t.owner_id WHERE t.id = :track";

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ADMIN, ALICE, BOB, CAROL};

    const SECRET: &str = "secret";

    fn viewer(id: UserId) -> Viewer {
        Viewer {
            id: Some(id),
            is_admin: false,
        }
    }

    fn facts(visibility: Visibility) -> TrackFacts {
        TrackFacts {
            owner: Some(ALICE),
            visibility,
            link_secret: Some(SECRET.into()),
            is_tagged: false,
            knows_owner: false,
            knows_tagged: false,
        }
    }

    fn listed(db: &Connection, viewer: &Viewer) -> Vec<i64> {
        let condition = super::listed(viewer.id);
        let sql = format!("SELECT t.id FROM tracks t WHERE {condition} AND :viewer IS :viewer ORDER BY t.id");
        let params = named_params! { ":viewer": viewer.id };
        query::list(db, "list", &sql, params, |row| row.get(0)).unwrap()
    }

    /// The rules as the manual tells them, written a second time and differently.
    fn may_view(viewer: Option<UserId>, is_admin: bool, track: &TrackFacts) -> bool {
        use Visibility::*;
        let friends_count = track.owner.is_some();
        match (viewer, track.visibility) {
            (_, Public) => true,
            (None, _) => false,
            (Some(id), visibility) => {
                let shared = match visibility {
                    LoggedIn => true,
                    Friends => friends_count && track.knows_owner,
                    FriendsTagged => friends_count && (track.knows_owner || track.knows_tagged),
                    _ => false,
                };
                is_admin || track.owner == Some(id) || track.is_tagged || shared
            }
        }
    }

    #[test]
    fn every_case_is_decided_by_the_rule() {
        let bits = [false, true];
        for visibility in Visibility::ALL {
            for case in 0..64_u32 {
                let bit = |n: u32| case & (1 << n) != 0;
                let track = TrackFacts {
                    owner: bit(0).then_some(if bit(1) { BOB } else { ALICE }),
                    is_tagged: bit(2),
                    knows_owner: bit(3),
                    knows_tagged: bit(4),
                    ..facts(visibility)
                };
                for id in [None, Some(BOB)] {
                    for is_admin in bits {
                        let asking = Viewer { id, is_admin };
                        let permissions = allowed(&asking, &track, None);
                        assert_eq!(permissions.view, may_view(id, is_admin, &track), "{asking:?} {track:?}");
                        assert_eq!(permissions.comment, permissions.view && id.is_some());
                        let all = id.is_some() && (is_admin || track.owner == id);
                        assert_eq!([permissions.edit, permissions.delete, permissions.unshare], [all; 3]);
                    }
                }
            }
        }
    }

    #[test]
    fn a_link_lets_view_and_no_more() {
        let track = facts(Visibility::Private);
        for asking in [Viewer::ANONYMOUS, viewer(BOB)] {
            assert_eq!(allowed(&asking, &track, Some(SECRET)), Permissions::VIEW);
            for wrong in [None, Some(""), Some("None"), Some("secre"), Some("secret ")] {
                assert_eq!(allowed(&asking, &track, wrong), Permissions::NONE, "{wrong:?}");
            }
        }
        assert_eq!(allowed(&viewer(ALICE), &track, Some("wrong")), Permissions::ALL);
        let public = facts(Visibility::Public);
        assert_eq!(allowed(&viewer(BOB), &public, Some(SECRET)), Permissions::COMMENT);
    }

    #[test]
    fn nothing_matches_a_secret_that_is_not_there() {
        let track = TrackFacts {
            link_secret: None,
            ..facts(Visibility::Private)
        };
        for given in [None, Some(""), Some("None"), Some("NULL")] {
            assert_eq!(allowed(&Viewer::ANONYMOUS, &track, given), Permissions::NONE);
        }
    }

    #[test]
    fn each_user_of_the_instance_sees_exactly_what_they_may() {
        let site = fixture::site();
        for (asking, ids) in [
            (Viewer::ANONYMOUS, vec![1, 5]),
            (viewer(ALICE), vec![1, 2, 3, 4, 5, 6]),
            (viewer(BOB), vec![1, 2, 4, 5, 6]),
            (viewer(CAROL), vec![1, 4, 5]),
        ] {
            let view = |id: &i64| find(&site.db, &asking, TrackId(*id), None).unwrap().unwrap().view;
            assert_eq!((1..=6).filter(view).collect::<Vec<_>>(), ids, "{asking:?}");
            assert_eq!(listed(&site.db, &asking), ids, "{asking:?}");
        }
        let admin = Viewer {
            id: Some(ADMIN),
            is_admin: true,
        };
        assert_eq!(
            find(&site.db, &admin, TrackId(3), None).unwrap(),
            Some(Permissions::ALL)
        );
        assert_eq!(listed(&site.db, &admin), [1, 4, 5]);
        assert_eq!(find(&site.db, &admin, TrackId(99), None).unwrap(), None);
    }

    /// Tracks of every owner (also none, and one who is gone), visibility (also unknown and absent) and
    /// set of tagged people, in every circle of friends around the viewer, stored in either column.
    #[test]
    fn lists_hold_exactly_what_the_rule_lets_view() {
        let db = fixture::empty();
        let users = ["owner", "viewer", "c", "d"].map(|name| fixture::add_user(&db, name));
        let names = Visibility::ALL.map(Visibility::name);
        for visibility in names.into_iter().chain(["FOES", "public"]) {
            for owner in [None, Some(UserId(99)), Some(users[0])] {
                for tagged in 0..8 {
                    let track = fixture::add_track(&db, owner, visibility, "2024-05-01");
                    let of_set = |n: &usize| tagged & (1 << (n - 1)) != 0;
                    (1..4)
                        .filter(of_set)
                        .for_each(|n| fixture::tag_person(&db, track, users[n]));
                }
            }
        }
        db.execute("INSERT INTO tracks (link_secret) VALUES (NULL)", [])
            .unwrap();
        let all: Vec<TrackId> = query::list(&db, "list", "SELECT id FROM tracks", [], |row| row.get(0)).unwrap();
        let pairs = [(0, 1), (2, 1), (1, 3), (0, 2)];
        for circle in 0..16 {
            db.execute("DELETE FROM friends_assoc", []).unwrap();
            for (_, (one, other)) in pairs.into_iter().enumerate().filter(|(n, _)| circle & (1 << n) != 0) {
                let sql = "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (?1, ?2)";
                db.execute(sql, (users[one], users[other])).unwrap();
            }
            for asking in [viewer(users[0]), viewer(users[1]), Viewer::ANONYMOUS] {
                let may = |id: &&TrackId| find(&db, &asking, **id, None).unwrap().unwrap().view;
                let viewable: Vec<i64> = all.iter().filter(may).map(|id| id.0).collect();
                assert_eq!(listed(&db, &asking), viewable, "{asking:?} in circle {circle:04b}");
            }
        }
    }
}
