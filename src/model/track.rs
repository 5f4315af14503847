//! Tracks: the row, and what it means. The files beside it are `trackdir`'s, who may see it is
//! `access`'s, what is measured on it is in `figures`.

use std::fmt;

use rusqlite::{Connection, Row, named_params};
use time::macros::datetime;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::overlay::queue;
use super::removal::Removal;
use super::{TrackId, UserId, column, query};
use crate::clock;
use crate::crash::{self, Point};
use crate::error::Result;
use crate::secret;

/// Who may see a track besides its owner and the people tagged in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// Nobody else.
    Private,
    /// The owner's friends.
    Friends,
    /// The owner's friends, and those of everyone tagged.
    FriendsTagged,
    /// Everyone with an account.
    LoggedIn,
    /// Everyone.
    Public,
}

impl Visibility {
    /// From the narrowest to the widest.
    pub const ALL: [Visibility; 5] = [
        Visibility::Private,
        Visibility::Friends,
        Visibility::FriendsTagged,
        Visibility::LoggedIn,
        Visibility::Public,
    ];

    /// The name as it is stored and as forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Visibility::Private => "PRIVATE",
            Visibility::Friends => "FRIENDS",
            Visibility::FriendsTagged => "FRIENDS_TAGGED",
            Visibility::LoggedIn => "LOGGED_IN",
            Visibility::Public => "PUBLIC",
        }
    }

    /// The visibility of a name.
    pub fn find(name: &str) -> Option<Visibility> {
        Visibility::ALL.into_iter().find(|visibility| visibility.name() == name)
    }

    /// What is stored; a name that is not known protects most.
    pub(super) fn stored(name: Option<String>) -> Visibility {
        name.and_then(|name| Visibility::find(&name))
            .unwrap_or(Visibility::Private)
    }
}

/// Whether a track was ridden or only drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Recorded on the way; its times mean something. Stored as `ORGANIC`.
    Recorded,
    /// Planned; its times mean nothing. Stored as `SYNTHETIC`.
    Planned,
}

impl Kind {
    /// The name as it is stored and as forms send it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Recorded => "ORGANIC",
            Kind::Planned => "SYNTHETIC",
        }
    }

    /// The kind of a name.
    pub fn find(name: &str) -> Option<Kind> {
        [Kind::Recorded, Kind::Planned]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// What is stored; a name that is not known is from before there were kinds.
    pub(super) fn stored(name: Option<String>) -> Kind {
        name.and_then(|name| Kind::find(&name)).unwrap_or(Kind::Recorded)
    }
}

/// The wall clock at a track's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// What the clock shows.
    pub wall: PrimitiveDateTime,
    /// Its offset from UTC, minutes.
    pub offset: i32,
}

impl LocalTime {
    /// The Unix epoch, which stands for a date that is absent or cannot be read.
    pub const EPOCH: LocalTime = LocalTime {
        wall: datetime!(1970-01-01 0:00),
        offset: 0,
    };

    /// The instant.
    pub fn instant(self) -> OffsetDateTime {
        let utc = self.wall.assume_utc();
        let offset = time::Duration::minutes(self.offset.into());
        utc.checked_sub(offset).unwrap_or(utc)
    }
}

/// What the form of a track sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fields {
    /// Absent when untitled.
    pub title: Option<String>,
    /// Markdown.
    pub description: String,
    /// When it was, at its place.
    pub date: LocalTime,
    /// Who may see it.
    pub visibility: Visibility,
    /// Recorded or planned.
    pub kind: Kind,
    /// What was done to the uploaded points: a JSON array of `[identifier, {parameters}]`, `[]` for nothing.
    pub transformers: String,
}

/// A track's row.
#[derive(Clone, PartialEq, Eq)]
pub struct Track {
    /// Its id, and the name of its directory.
    pub id: TrackId,
    /// Absent in damaged instances.
    pub owner: Option<UserId>,
    /// Who has it may view the track. Never shown but to the owner.
    pub link_secret: Option<String>,
    /// What the form sets.
    pub fields: Fields,
}

impl fmt::Debug for Track {
    /// Leaves out what is secret.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Track")
            .field("id", &self.id)
            .field("owner", &self.owner)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// A track as `fietsctl track list` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: TrackId,
    /// The owner's name and address, when there is an owner.
    pub owner: Option<(String, String)>,
    /// Absent when untitled.
    pub title: Option<String>,
}

pub(super) fn read_title(row: &Row<'_>) -> rusqlite::Result<Option<String>> {
    Ok(column::text(row, "title")?.filter(|title| !title.is_empty()))
}

pub(super) fn read_date(row: &Row<'_>) -> rusqlite::Result<LocalTime> {
    let offset = column::minutes(row, "date_tz")?.unwrap_or(0);
    let wall = column::wall(row, "date_raw")?;
    Ok(wall.map_or(LocalTime::EPOCH, |wall| LocalTime { wall, offset }))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Track> {
    Ok(Track {
        id: row.get("id")?,
        owner: column::int(row, "owner_id")?.map(UserId),
        link_secret: column::text(row, "link_secret")?,
        fields: Fields {
            title: read_title(row)?,
            description: column::text(row, "description")?.unwrap_or_default(),
            date: read_date(row)?,
            visibility: Visibility::stored(column::text(row, "visibility")?),
            kind: Kind::stored(column::text(row, "type")?),
            transformers: column::text(row, "transformers")?.unwrap_or_else(|| "[]".into()),
        },
    })
}

/// The track with an id. Whether the visitor may see it is asked of `access`.
///
/// # Errors
/// What the database says.
pub fn find(db: &Connection, id: TrackId) -> Result<Option<Track>> {
    let sql = "SELECT id, owner_id, title, description, date_raw, date_tz, visibility, link_secret, type, transformers
         FROM tracks WHERE id = ?1";
    query::find(db, "read a track", sql, [id], read)
}

/// All tracks by id, as `fietsctl` names them.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection) -> Result<Vec<Listed>> {
    let sql = "SELECT t.id AS id, u.id AS owner, u.name AS name, u.email AS email, t.title AS title
         FROM tracks t LEFT JOIN users u ON u.id = t.owner_id ORDER BY t.id";
    query::list(db, "list the tracks", sql, [], |row| {
        let text = |name: &str| column::text(row, name).map(Option::unwrap_or_default);
        let owned = column::int(row, "owner")?.is_some();
        Ok(Listed {
            id: row.get("id")?,
            owner: if owned {
                Some((text("name")?, text("email")?))
            } else {
                None
            },
            title: read_title(row)?,
        })
    })
}

/// How many tracks a user owns.
///
/// # Errors
/// What the database says.
pub fn count_owned(db: &Connection, owner: UserId) -> Result<usize> {
    let sql = "SELECT count(*) FROM tracks WHERE owner_id = ?1";
    let count = query::find(db, "count a user's tracks", sql, [owner], |row| row.get::<_, i64>(0))?;
    Ok(count.and_then(|count| count.try_into().ok()).unwrap_or(0))
}

/// Adds the row of a track, with a fresh link secret. The caller holds the (immediate) transaction,
/// writes the files next (`trackdir::create`) and commits last: a crash leaves stray files, never a row without them.
///
/// # Errors
/// What the database says.
pub fn insert(db: &Connection, owner: UserId, fields: &Fields) -> Result<TrackId> {
    query::run(
        db,
        "add a track",
        "INSERT INTO tracks (owner_id, title, description, date_raw, date_tz, visibility, link_secret, type, transformers)
         VALUES (:owner, :title, :description, :date, :offset, :visibility, :secret, :kind, :transformers)",
        named_params! {
            ":owner": owner,
            ":title": fields.title,
            ":description": fields.description,
            ":date": clock::to_db(fields.date.wall),
            ":offset": fields.date.offset,
            ":visibility": fields.visibility.name(),
            ":secret": new_secret()?,
            ":kind": fields.kind.name(),
            ":transformers": fields.transformers,
        },
    )?;
    let id = TrackId(db.last_insert_rowid());
    queue::ask(db, owner)?;
    Ok(id)
}

/// Sets what the form of a track sets.
///
/// # Errors
/// What the database says.
pub fn update(db: &Connection, id: TrackId, fields: &Fields) -> Result<()> {
    query::run(
        db,
        "change a track",
        "UPDATE tracks SET title = :title, description = :description, date_raw = :date, date_tz = :offset,
            visibility = :visibility, type = :kind, transformers = :transformers
         WHERE id = :id",
        named_params! {
            ":id": id,
            ":title": fields.title,
            ":description": fields.description,
            ":date": clock::to_db(fields.date.wall),
            ":offset": fields.date.offset,
            ":visibility": fields.visibility.name(),
            ":kind": fields.kind.name(),
            ":transformers": fields.transformers,
        },
    )?;
    queue::ask_for_track(db, id)
}

/// Gives a track another link secret; what was shared by the old one is shared no more.
///
/// # Errors
/// What the database says, `Failed` when the system has no random bytes.
pub fn renew_secret(db: &Connection, id: TrackId) -> Result<()> {
    let sql = "UPDATE tracks SET link_secret = ?2 WHERE id = ?1";
    query::run(db, "replace a link secret", sql, (id, new_secret()?)).map(drop)
}

fn new_secret() -> Result<String> {
    Ok(secret::base64url(&secret::random::<20>()?))
}

/// What goes with a track, the row itself last.
const BELONGINGS: [&str; 8] = [
    "DELETE FROM track_cache WHERE track_id = ?1",
    "DELETE FROM tags WHERE track_id = ?1",
    "DELETE FROM comments WHERE track_id = ?1",
    "DELETE FROM image_metadata WHERE track_id = ?1",
    "DELETE FROM track_people_assoc WHERE track_id = ?1",
    "DELETE FROM track_badge_assoc WHERE track_id = ?1",
    "DELETE FROM track_favourite_assoc WHERE track_id = ?1",
    "DELETE FROM tracks WHERE id = ?1",
];

/// Deletes a track with everything that belongs to it. The caller holds the transaction, commits it,
/// with [`Removal::mark`] just before, and then calls `files` on that. A crash before the commit leaves everything as it was; after it, stray files.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, id: TrackId) -> Result<Removal> {
    queue::ask_for_track(db, id)?;
    for sql in BELONGINGS {
        query::run(db, "delete a track", sql, [id])?;
    }
    crash::point(Point::DeleteWritten);
    Ok(Removal {
        tracks: vec![id],
        users: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE, BOB};

    fn fields() -> Fields {
        Fields {
            title: Some("Čez <prelaz>".into()),
            description: "**so**".into(),
            date: LocalTime {
                wall: datetime!(2026-11-22 9:16),
                offset: -90,
            },
            visibility: Visibility::FriendsTagged,
            kind: Kind::Planned,
            transformers: r#"[["fix-null-elevation", {}]]"#.into(),
        }
    }

    #[test]
    fn the_tracks_of_the_instance_are_read() {
        let site = fixture::site();
        let track = find(&site.db, TrackId(3)).unwrap().unwrap();
        assert_eq!(track.owner, Some(ALICE));
        assert_eq!(track.link_secret.as_deref(), Some("1kk0ryTQ8q1dPNPFy3Hfeee8nQc"));
        assert_eq!(track.fields.title.as_deref(), Some("Korita"));
        assert_eq!(track.fields.date.wall, datetime!(2010-10-04 5:13));
        assert_eq!(track.fields.transformers, r#"[["fix-null-elevation", {}]]"#);
        let all = list(&site.db).unwrap();
        assert_eq!(all.len(), 6);
        assert_eq!(all[5].owner, Some(("Bob".into(), "bob@example.org".into())));
        assert_eq!(all[5].title.as_deref(), Some("No times (planned)"));
    }

    #[test]
    fn a_new_track_is_what_was_asked_for_with_a_secret_of_its_own() {
        let site = fixture::site();
        let one = insert(&site.db, BOB, &fields()).unwrap();
        let two = insert(&site.db, BOB, &fields()).unwrap();
        let (one, two) = (
            find(&site.db, one).unwrap().unwrap(),
            find(&site.db, two).unwrap().unwrap(),
        );
        assert_eq!((one.owner, &one.fields), (Some(BOB), &fields()));
        assert_eq!(one.fields.date.instant(), datetime!(2026-11-22 10:46 UTC));
        assert_eq!(one.link_secret.as_ref().map(String::len), Some(27));
        assert_ne!(one.link_secret, two.link_secret);
        let stored: (String, String) = site
            .db
            .query_row("SELECT date_raw, type FROM tracks WHERE id = ?1", [one.id], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(stored, ("2026-11-22 09:16:00.000000".into(), "SYNTHETIC".into()));
    }

    #[test]
    fn an_update_changes_what_the_form_sets_and_nothing_else() {
        let site = fixture::site();
        let before = find(&site.db, TrackId(1)).unwrap().unwrap();
        update(&site.db, TrackId(1), &fields()).unwrap();
        let after = find(&site.db, TrackId(1)).unwrap().unwrap();
        assert_eq!(after.fields, fields());
        assert_eq!((after.owner, after.link_secret), (before.owner, before.link_secret));
    }

    #[test]
    fn a_damaged_row_is_read_as_what_protects() {
        let db = fixture::empty();
        db.execute_batch(
            "INSERT INTO tracks (id) VALUES (1);
             INSERT INTO tracks (id, owner_id, title, visibility, type, date_raw, date_tz)
             VALUES (2, 99, '', 'EVERYBODY', 'FLOWN', 'yesterday', 99999);",
        )
        .unwrap();
        for id in [1, 2] {
            let fields = find(&db, TrackId(id)).unwrap().unwrap().fields;
            assert_eq!((fields.title, fields.description), (None, String::new()));
            assert_eq!((fields.visibility, fields.kind), (Visibility::Private, Kind::Recorded));
            assert_eq!((fields.date, fields.transformers.as_str()), (LocalTime::EPOCH, "[]"));
        }
        assert_eq!(list(&db).unwrap()[1].owner, None);
    }

    #[test]
    fn a_deleted_track_leaves_nothing_behind() {
        let site = fixture::site();
        delete(&site.db, TrackId(1))
            .unwrap()
            .mark(&site.dir)
            .files(&site.db)
            .unwrap();
        for table in [
            "track_cache",
            "tags",
            "comments",
            "image_metadata",
            "track_people_assoc",
            "track_badge_assoc",
            "track_favourite_assoc",
        ] {
            let sql = format!("SELECT count(*) FROM {table} WHERE track_id = 1");
            let left: i64 = site.db.query_row(&sql, [], |row| row.get(0)).unwrap();
            assert_eq!(left, 0, "{table}");
        }
        assert_eq!(find(&site.db, TrackId(1)).unwrap(), None);
        assert!(!site.dir.track(1).exists() && site.dir.track(2).exists());
    }
}
