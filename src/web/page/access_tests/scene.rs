//! An instance with somebody for every way to stand to a track, and a track of each visibility with all that hangs
//! on it, made by the models' own functions.

use super::{CALLERS, Caller, Needs, Sample};
use crate::clock;
use crate::config::Mode;
use crate::db;
use crate::gpx::Circle;
use crate::model::friend_request::{self, Ends};
use crate::model::token;
use crate::model::track::{Fields, Kind, LocalTime, Visibility};
use crate::model::trackdir::{self, Added};
use crate::model::user::{self, NewUser};
use crate::model::{BadgeId, CommentId, TrackId, UserId, badge, bearer, comment, friend, person, track, upload, zone};
use crate::scratch::Scratch;
use crate::secret::PasswordHash;
use crate::spool::Spool;
use crate::tiles::trial::TileServer;
use crate::web::page::recording::maps::Draw;
use crate::web::page::visitor::{Got, Site};
use rusqlite::Connection;
use std::fs;
use std::time::Duration;

const RIDE: &[u8] = b"<gpx version=\"1.1\" creator=\"x\"><trk><name>Hill</name><trkseg>\
    <trkpt lat=\"48\" lon=\"7\"><ele>100</ele><time>2025-11-24T10:00:00Z</time></trkpt>\
    <trkpt lat=\"48.01\" lon=\"7\"><ele>150</ele><time>2025-11-24T10:05:00Z</time></trkpt>\
    </trkseg></trk></gpx>";

/// What stands for the placeholders of a pattern and of a form.
type Values = Vec<(&'static str, String)>;

/// The instance, of which the rows are tried on copies, and what is in it.
pub(super) struct Scene {
    site: Site,
    /// What the configuration of each copy names.
    _pages: Scratch,
    values: Values,
    /// Track, secret of its link and comment, in the order of the visibilities.
    tracks: Vec<(TrackId, String, CommentId)>,
    /// Names of accounts and their programs' tokens.
    programs: Vec<(&'static str, String)>,
}

impl Scene {
    pub(super) fn new() -> Scene {
        let pages = Scratch::new();
        let page = "title: About\nlink-name: About\nslug: about\nindex: 1\n\nUs\n";
        fs::write(pages.join("about.md"), page).unwrap();
        let layer = TileServer::new().layer("club", "good");
        let site = Site::with(&format!(
            "fietsboek.pages = {}\n{layer}fietsboek.tile_layer.club.access = restricted\n",
            pages.path().display()
        ));
        let mut db = db::open(&site.app.instance.config.database).unwrap();
        let change = db.transaction().unwrap();
        let users = add_users(&change, &site);
        let of = |name: &str| users.iter().find(|(known, _)| *known == name).unwrap().1;
        let (owner, tagged, stranger) = (of("owner"), of("tagged"), of("stranger"));
        for (one, other) in [("owner", "friend"), ("tagged", "friend-of-tagged"), ("owner", "tagged")] {
            friend::add(&change, of(one), of(other)).unwrap();
        }
        let badge = add_badge(&change);
        let add = |visibility| add_track(&change, &site, visibility, (owner, tagged, stranger), badge);
        let tracks = Visibility::ALL.map(add).into();
        friend::remove(&change, owner, tagged).unwrap();
        let token = |(name, id): &(_, _)| (*name, bearer::insert(&change, *id, "Watch", clock::now_wall()).unwrap());
        let programs = users.iter().map(token).collect();
        let values = add_rest(&change, owner, stranger, badge);
        change.commit().unwrap();
        draw_map(&db, &site, owner);
        Scene {
            site,
            _pages: pages,
            values,
            tracks,
            programs,
        }
    }

    /// A copy in which nothing was changed yet.
    pub(super) fn site(&self) -> Site {
        self.site.again()
    }

    /// A pattern or a field's value with the things of this instance in it.
    pub(super) fn put(&self, text: &str, visibility: Visibility) -> String {
        let (track, _, comment) = self.track(visibility);
        let mut text = text
            .replace("/track/{id}", &format!("/track/{track}"))
            .replace("{track}", &track.to_string())
            .replace("{comment}", &comment.to_string());
        for (placeholder, value) in &self.values {
            text = text.replace(placeholder, value);
        }
        assert!(
            !text.contains('{'),
            "{text}: add to `add_rest` what its placeholder stands for"
        );
        text
    }

    /// A form with the things of this instance in it.
    pub(super) fn fill<'a>(&self, form: &'a [(&str, &str)], visibility: Visibility) -> Vec<(&'a str, String)> {
        form.iter()
            .map(|(name, value)| (*name, self.put(value, visibility)))
            .collect()
    }

    fn track(&self, visibility: Visibility) -> &(TrackId, String, CommentId) {
        &self.tracks[Visibility::ALL.iter().position(|one| *one == visibility).unwrap()]
    }

    /// The answer to a row that is sent as its sample says.
    pub(super) fn ask(
        &self,
        site: &Site,
        caller: Caller,
        method: &str,
        pattern: &str,
        sample: &Sample,
        visibility: Visibility,
    ) -> Got {
        let (_, needs, _, form) = *sample;
        let form = self.fill(form, visibility);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let mut query = form_urlencoded::Serializer::new(String::new());
        if caller.has_link() {
            query.append_pair("secret", &self.track(visibility).1);
        }
        let is_safe = matches!(method, "GET" | "HEAD");
        if is_safe {
            query.extend_pairs(&form);
        }
        let target = format!("{}?{}", self.put(pattern, visibility), query.finish());
        let mut visitor = match caller.name() {
            Some(name) if needs != Needs::Token => site.logged_in(&address(name)),
            _ => site.stranger(),
        };
        if needs == Needs::Token {
            let token = self.programs.iter().find(|(name, _)| Some(*name) == caller.name());
            let header = token.map(|(_, token)| format!("Bearer {token}"));
            let header = [("Authorization", header.as_deref().unwrap_or("Bearer x"))];
            let body = if method == "POST" { RIDE } else { b"" };
            return visitor.ask(method, &target, &header, body);
        }
        match method {
            _ if is_safe => visitor.ask(method, &target, &[], b""),
            _ => visitor.post(&target, &form),
        }
    }
}

/// The heat map of a user.
fn draw_map(db: &Connection, site: &Site, user: UserId) {
    let draw = Draw {
        db,
        dir: &site.app.instance.dir,
        user,
        threads: 1,
        wait: Duration::ZERO,
        go_on: &|_| true,
    };
    draw.renew(Mode::Heatmap, true).unwrap();
}

const PHOTO: &str = "view.png";

pub(super) fn address(name: &str) -> String {
    format!("{name}@example.net")
}

/// An account of each name.
fn add_users(db: &Connection, site: &Site) -> Vec<(&'static str, UserId)> {
    let password = PasswordHash {
        key: Vec::new(),
        salt: vec![0; 32],
    };
    let add = |name| {
        let new = NewUser {
            name,
            email: &address(name),
            password: &password,
            is_admin: name == "administrator",
            is_verified: true,
        };
        (name, user::insert(db, &site.app.instance.dir, &new).unwrap())
    };
    let without_links = CALLERS.iter().filter(|caller| !caller.has_link());
    without_links.filter_map(|caller| caller.name()).map(add).collect()
}

fn add_badge(db: &Connection) -> BadgeId {
    let picture = badge::find_image(db, BadgeId(1)).unwrap().unwrap();
    badge::insert(db, "Everesting", &picture).unwrap()
}

/// A track with a photo, a badge, who is tagged and a comment.
fn add_track(
    db: &Connection,
    site: &Site,
    visibility: Visibility,
    (owner, tagged, author): (UserId, UserId, UserId),
    badge: BadgeId,
) -> (TrackId, String, CommentId) {
    let fields = Fields {
        title: Some("Hill".to_owned()),
        description: String::new(),
        date: LocalTime::EPOCH,
        visibility,
        kind: Kind::Recorded,
        transformers: "[]".to_owned(),
    };
    let id = track::insert(db, owner, &fields).unwrap();
    person::set(db, id, owner, &[tagged]).unwrap();
    badge::set(db, id, &[badge]).unwrap();
    let comment = comment::insert(db, id, author, clock::now_wall(), "", "Nice").unwrap();
    let dir = &site.app.instance.dir;
    let gpx = trackdir::compress(RIDE).unwrap();
    let mut photo = Spool::new(1 << 20);
    let picture = fs::read(dir.track_images(1).join("moodn_view.png")).unwrap();
    photo.append(&picture).unwrap();
    let created = trackdir::create(dir, id, &gpx, &gpx, &mut [Added::new(PHOTO, &mut photo)]);
    created.unwrap().keep();
    let secret = track::find(db, id).unwrap().unwrap().link_secret.unwrap();
    (id, secret, comment)
}

/// The owner's upload, the stranger's friend request and token, and what each placeholder stands for that is
/// not of a track.
fn add_rest(db: &Connection, owner: UserId, stranger: UserId, badge: BadgeId) -> Values {
    let now = clock::now_wall();
    let ends = Ends {
        sender: stranger,
        recipient: owner,
    };
    friend_request::ask(db, ends, now).unwrap();
    let request = friend_request::list_sent(db, stranger).unwrap()[0].id;
    let upload = upload::insert(db, owner, now, &upload::compress(RIDE).unwrap()).unwrap();
    let token = token::insert(db, stranger, token::Kind::ResetPassword, now).unwrap();
    let home = zone::Named {
        name: "Home".to_owned(),
        circle: Circle {
            lat: 0.0,
            lon: 0.0,
            radius: 500.0,
        },
    };
    zone::insert(db, owner, &home).unwrap();
    let zone = zone::list(db, owner).unwrap()[0].id;
    let program = bearer::list(db, owner).unwrap()[0].id;
    vec![
        ("/static/{name}", "/static/style.css".to_owned()),
        ("/images/{name}", format!("/images/{PHOTO}")),
        ("/upload/{id}", format!("/upload/{upload}")),
        ("/user/{id}", format!("/user/{owner}")),
        ("/tile/{provider}/{z}/{x}/{y}", "/tile/club/3/4/5".to_owned()),
        ("/badge/{id}", format!("/badge/{badge}")),
        ("{uuid}", token.uuid),
        ("{slug}", "about".to_owned()),
        ("{year}", "2025".to_owned()),
        ("{month}", "11".to_owned()),
        ("{map}/{z}/{x}/{y}", "heatmap/1/1/0".to_owned()),
        ("{request}", request.to_string()),
        ("{owner}", owner.to_string()),
        ("{zone}", zone.to_string()),
        ("{program}", program.to_string()),
        ("{upload}", upload.to_string()),
        ("{badge}", badge.to_string()),
    ]
}
