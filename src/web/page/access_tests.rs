//! Every row of the sitemap, asked for by everybody who can stand to its thing in another way, against the access
//! rules written down a second time. A row that the table below does not know fails: none escapes.

use crate::model::track::Visibility;
use crate::web::page::visitor::Site;
use crate::web::routes::{ROUTES, Route, Verb};
use scene::Scene;

mod headers;
mod plans;
mod scene;
mod tokens;

/// What a row asks of who comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// That visitors may make accounts.
    Registration,
    Login,
    /// To be logged in; who is not does not learn that there is such a layer.
    RestrictedTile,
    Admin,
    /// A program's token.
    Token,
    View,
    /// To see the track without the secret of its link.
    ViewUnaided,
    /// To see the track; who may not does not learn that it is there.
    Star,
    Comment,
    Edit,
    Delete,
    Unshare,
    DeleteComment,
    /// To be who uploaded, or an administrator.
    Upload,
    /// To be the user, or an administrator.
    Profile,
    /// To have sent the friend request; another's is as unknown.
    Sender,
    /// To have got the friend request; another's is as unknown.
    Recipient,
    /// That the program's token is one's own; another's is as unknown.
    OwnToken,
    /// That the privacy zone is one's own; another's is as unknown.
    OwnZone,
}

impl Needs {
    /// Whether the answer depends on a track.
    fn is_of_track(self) -> bool {
        matches!(
            self,
            View | ViewUnaided | Star | Comment | Edit | Delete | Unshare | DeleteComment
        )
    }
}

/// Method and pattern (`ANY`: all methods alike), what it needs, the status of its answer to who may, and the
/// form that it is sent, for `GET` the query. A form that is refused (400) is refused after the access rule.
type Sample = (&'static str, Needs, u16, &'static [(&'static str, &'static str)]);

use Needs::*;

const SAMPLES: &[Sample] = &[
    ("GET /static/{name}", Nothing, 200, &[]),
    ("ANY /", Nothing, 200, &[]),
    ("GET /login", Nothing, 200, &[]),
    ("POST /login", Nothing, 400, &[]),
    ("ANY /logout", Nothing, 302, &[]),
    ("GET /create-account", Registration, 200, &[]),
    ("POST /create-account", Registration, 400, &[]),
    ("GET /password-reset", Nothing, 200, &[]),
    ("POST /password-reset", Nothing, 400, &[]),
    ("GET /resend-verification", Nothing, 200, &[]),
    ("POST /resend-verification", Nothing, 400, &[]),
    ("GET /token/{uuid}", Nothing, 200, &[]),
    ("POST /token/{uuid}", Nothing, 400, &[]),
    ("GET /me", Login, 200, &[]),
    ("POST /me", Login, 400, &[]),
    (
        "POST /me/send-friend-request",
        Login,
        302,
        &[("friend-email", "carol@example.org")],
    ),
    ("POST /me/accept-friend", Recipient, 302, &[("request-id", "{request}")]),
    (
        "POST /me/decline-friend",
        Recipient,
        302,
        &[("request-id", "{request}")],
    ),
    ("POST /me/withdraw-friend", Sender, 302, &[("request-id", "{request}")]),
    ("POST /me/delete-friend", Login, 302, &[("friend-id", "{owner}")]),
    ("ANY /me/friends.json", Login, 200, &[]),
    ("GET /me/summary.json", Login, 200, &[]),
    ("POST /me/toggle-favourite", Star, 302, &[("track-id", "{track}")]),
    ("GET /me/make-token", Login, 200, &[]),
    ("POST /me/make-token", Login, 200, &[("token-name", "Watch")]),
    ("POST /me/revoke-token", OwnToken, 302, &[("token-id", "{program}")]),
    ("GET /me/zones", Login, 200, &[]),
    (
        "POST /me/zones",
        OwnZone,
        302,
        &[
            ("zone-id", "{zone}"),
            ("zone-name", "Home"),
            ("latitude", "48"),
            ("longitude", "7,5"),
            ("radius", "500"),
        ],
    ),
    ("POST /me/delete-zone", OwnZone, 302, &[("zone-id", "{zone}")]),
    ("POST /me/force-logout", Login, 302, &[]),
    ("GET /me/export", Login, 200, &[]),
    ("POST /me/delete", Login, 400, &[]),
    ("GET /api/tracks", Token, 200, &[]),
    ("POST /api/tracks", Token, 201, &[]),
    ("ANY /page/{slug}", Nothing, 200, &[]),
    ("ANY /tile/{provider}/{z}/{x}/{y}", RestrictedTile, 200, &[]),
    ("ANY /badge/{id}", Nothing, 200, &[]),
    ("GET /track/", Nothing, 200, &[]),
    ("GET /track/lines.json", Nothing, 200, &[]),
    ("GET /track/archive", ViewUnaided, 200, &[("track_id[]", "{track}")]),
    ("ANY /track/{id}", View, 200, &[]),
    ("ANY /track/{id}/gpx", View, 200, &[]),
    ("ANY /track/{id}/geojson", View, 200, &[]),
    ("GET /track/{id}/line.json", View, 200, &[]),
    ("ANY /track/{id}/preview", View, 200, &[]),
    ("ANY /track/{id}/images/{name}", View, 200, &[]),
    (
        "POST /track/{id}/comment",
        Comment,
        302,
        &[("title", ""), ("comment", "Well ridden")],
    ),
    ("POST /track/{id}/comment/{comment}/delete", DeleteComment, 302, &[]),
    ("GET /track/{id}/edit", Edit, 200, &[]),
    ("POST /track/{id}/edit", Edit, 400, &[]),
    ("POST /track/{id}/delete", Delete, 302, &[]),
    ("POST /track/{id}/invalidate-link", Unshare, 302, &[]),
    ("POST /markdown", Login, 200, &[("text", "*so*")]),
    ("GET /upload", Login, 200, &[]),
    ("POST /upload", Login, 302, &[]),
    ("POST /upload/save", Upload, 302, &[("upload[]", "{upload}")]),
    ("POST /upload/discard", Upload, 302, &[("upload[]", "{upload}")]),
    ("GET /upload/{id}", Upload, 200, &[]),
    ("POST /upload/{id}", Upload, 400, &[]),
    ("POST /upload/{id}/cancel", Upload, 302, &[]),
    ("ANY /upload/{id}/preview.gpx", Upload, 200, &[]),
    ("GET /upload/{id}/line.json", Upload, 200, &[]),
    ("GET /admin/", Admin, 200, &[]),
    ("GET /admin/badges/", Admin, 200, &[]),
    ("POST /admin/badges/add", Admin, 400, &[]),
    ("POST /admin/badges/edit", Admin, 400, &[]),
    (
        "POST /admin/badges/delete",
        Admin,
        302,
        &[("badge-delete-id", "{badge}")],
    ),
    ("GET /user/{id}/", Profile, 200, &[]),
    ("GET /user/{id}/lines.json", Profile, 200, &[]),
    ("GET /user/{id}/graphs", Profile, 200, &[]),
    ("GET /user/{id}/calendar/", Profile, 200, &[]),
    ("GET /user/{id}/calendar/{year}/{month}", Profile, 200, &[]),
    ("GET /user/{id}/tile/{map}/{z}/{x}/{y}", Profile, 200, &[]),
];

/// Who comes, by how they stand to the tracks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Anonymous,
    Owner,
    /// A friend of the owner.
    Friend,
    /// A friend of who is tagged, and not of the owner.
    FriendOfTagged,
    /// Tagged, and no friend of the owner (any more).
    Tagged,
    /// Who once wrote the comment, and sent the owner a friend request.
    Stranger,
    /// An administrator without tracks.
    Administrator,
    /// Nobody in particular, with the secret of the track's link.
    Link,
    /// The stranger, with the secret of the track's link.
    StrangerWithLink,
}

const CALLERS: [Caller; 9] = [
    Caller::Anonymous,
    Caller::Owner,
    Caller::Friend,
    Caller::FriendOfTagged,
    Caller::Tagged,
    Caller::Stranger,
    Caller::Administrator,
    Caller::Link,
    Caller::StrangerWithLink,
];

impl Caller {
    /// The name of the account; the address is made of it.
    fn name(self) -> Option<&'static str> {
        match self {
            Caller::Anonymous | Caller::Link => None,
            Caller::Owner => Some("owner"),
            Caller::Friend => Some("friend"),
            Caller::FriendOfTagged => Some("friend-of-tagged"),
            Caller::Tagged => Some("tagged"),
            Caller::Stranger | Caller::StrangerWithLink => Some("stranger"),
            Caller::Administrator => Some("administrator"),
        }
    }

    fn has_link(self) -> bool {
        matches!(self, Caller::Link | Caller::StrangerWithLink)
    }

    fn views_unaided(self, visibility: Visibility) -> bool {
        use Visibility::*;
        match self {
            Caller::Owner | Caller::Tagged | Caller::Administrator => true,
            Caller::Friend => visibility != Private,
            Caller::FriendOfTagged => matches!(visibility, Public | LoggedIn | FriendsTagged),
            Caller::Stranger | Caller::StrangerWithLink => matches!(visibility, Public | LoggedIn),
            Caller::Anonymous | Caller::Link => visibility == Public,
        }
    }

    /// The rules.
    fn may(self, needs: Needs, visibility: Visibility) -> bool {
        let (is_owner, is_admin) = (self == Caller::Owner, self == Caller::Administrator);
        let is_stranger = matches!(self, Caller::Stranger | Caller::StrangerWithLink);
        let views = self.views_unaided(visibility) || self.has_link();
        match needs {
            Nothing | Registration => true,
            Login | RestrictedTile | Token => self.name().is_some(),
            Admin => is_admin,
            View => views,
            ViewUnaided => self.views_unaided(visibility),
            Star => views && self.name().is_some(),
            Comment => self.views_unaided(visibility) && self.name().is_some(),
            Edit | Delete | Unshare | Upload | Profile => is_owner || is_admin,
            DeleteComment => is_owner || is_admin || is_stranger,
            Sender => is_stranger,
            Recipient | OwnToken | OwnZone => is_owner,
        }
    }

    /// The status of the answer to a row that is sent as its sample says.
    fn expected(self, sample: &Sample, visibility: Visibility) -> u16 {
        let (_, needs, allowed, _) = *sample;
        match needs {
            _ if self.may(needs, visibility) => allowed,
            Token => 401,
            RestrictedTile => 400,
            Star | OwnToken | OwnZone | Sender | Recipient if self.name().is_some() => 404,
            _ => 403,
        }
    }
}

/// Method and pattern of every row.
fn rows() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_row = |route: &'static Route| methods(route.verb).iter().map(|method| (*method, route.pattern));
    ROUTES.iter().flat_map(of_row)
}

fn methods(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::Get => &["GET", "HEAD"],
        Verb::Post => &["POST"],
        Verb::Any => &["GET", "HEAD", "POST"],
    }
}

/// The row's sample; `HEAD` has that of `GET`.
fn find_sample(method: &str, pattern: &str) -> &'static Sample {
    let method = if method == "HEAD" { "GET" } else { method };
    let keys = [format!("{method} {pattern}"), format!("ANY {pattern}")];
    let found = SAMPLES.iter().find(|sample| keys.iter().any(|key| key == sample.0));
    let advice = "add to SAMPLES what this route needs, the status of its answer to who may, and its form";
    found.unwrap_or_else(|| panic!("{}: {advice}", keys[0]))
}

#[test]
fn every_row_lets_in_exactly_who_may() {
    let scene = Scene::new();
    let mut site = scene.site();
    let mut wrong = Vec::new();
    for (method, pattern) in rows() {
        let sample = find_sample(method, pattern);
        let is_of_track = sample.1.is_of_track();
        assert!(
            is_of_track || !pattern.starts_with("/track/{id}"),
            "{pattern} shows a track"
        );
        let visibilities = if is_of_track {
            &Visibility::ALL[..]
        } else {
            &[Visibility::Private]
        };
        for (caller, visibility) in CALLERS.iter().flat_map(|c| visibilities.iter().map(|v| (*c, *v))) {
            let got = scene.ask(&site, caller, method, pattern, sample, visibility).status;
            let expected = caller.expected(sample, visibility);
            if got != expected {
                wrong.push(format!(
                    "{method} {pattern} by {caller:?}, {visibility:?}: {got} instead of {expected}"
                ));
            }
            // What this one changed is not there for the next.
            if sample.0.starts_with("POST") && got < 400 {
                site = scene.site();
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_sample_is_of_a_row() {
    let of_rows: Vec<_> = rows().map(|(method, pattern)| find_sample(method, pattern).0).collect();
    for sample in SAMPLES {
        assert!(of_rows.contains(&sample.0), "{} is no route any more", sample.0);
    }
}

#[test]
fn where_nobody_may_make_an_account_there_is_no_form_for_it() {
    let site = Site::closed();
    for (method, pattern) in rows().filter(|(method, pattern)| find_sample(method, pattern).1 == Registration) {
        for mut visitor in [
            site.stranger(),
            site.logged_in("alice@example.org"),
            site.logged_in("admin@example.org"),
        ] {
            let got = match method {
                "GET" | "HEAD" => visitor.ask(method, pattern, &[], b""),
                _ => visitor.post(pattern, &[]),
            };
            assert_eq!(got.status, 403, "{method} {pattern}");
        }
    }
}

#[test]
fn a_session_does_not_open_what_is_for_programs() {
    let site = Site::new();
    for (method, pattern) in rows().filter(|(method, pattern)| find_sample(method, pattern).1 == Token) {
        for email in ["alice@example.org", "admin@example.org"] {
            let got = site.logged_in(email).ask(method, pattern, &[], b"");
            assert_eq!(got.status, 401, "{method} {pattern}");
        }
    }
}
