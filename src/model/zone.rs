//! Privacy zones: places that a user named, near which nobody else sees the points of their tracks.
//!
//! Rows of our own (`x_zone`). Beside the circle that was named stands by how much the circle that hides it is
//! displaced ([`Shift`], where the geometry is told). A zone is of the owner of a track; whom it does not concern is
//! `access`'s to say. Nothing that is stored is changed by a zone: what others see is made each time by a [`Cut`],
//! so a zone that was added, changed or deleted counts from the next request on. Overlay maps of who is tagged are files;
//! they are asked for and drawn anew.

mod cut;

pub use cut::{Cut, Cuts, find, find_all, find_of_track};

use rusqlite::{Connection, Row, named_params};

use super::overlay::queue;
use super::own::Table;
use super::{UserId, ZoneId, query};
use crate::error::Result;
use crate::gpx::Circle;
use crate::gpx::circle::Shift;
use crate::secret;

const TABLE: Table = Table {
    name: "x_zone",
    of: "users",
    key: "user_id",
    columns: "name TEXT NOT NULL, lat REAL NOT NULL, lon REAL NOT NULL, radius REAL NOT NULL,
        east REAL NOT NULL, north REAL NOT NULL, reach REAL NOT NULL",
};

/// Zones of one user.
pub const MOST: usize = 20;
/// The least radius that may be named, metres.
pub const LEAST_RADIUS: f64 = 50.0;
/// The largest radius that may be named, metres.
pub const LARGEST_RADIUS: f64 = 5000.0;

/// A zone, as its user knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Zone {
    /// Its id.
    pub id: ZoneId,
    /// What its user calls it.
    pub name: String,
    /// The circle that was named.
    pub named: Circle,
    shift: Shift,
}

/// What a user says of a zone.
#[derive(Debug, Clone, PartialEq)]
pub struct Named {
    /// What it is called.
    pub name: String,
    /// Where it is, within the bounds above.
    pub circle: Circle,
}

const SELECT: &str = "SELECT id, name, lat, lon, radius, east, north, reach FROM x_zone";

/// What is no number is an error and no zone less: nothing is shown then.
fn read(row: &Row<'_>) -> rusqlite::Result<Zone> {
    Ok(Zone {
        id: row.get("id")?,
        name: row.get("name")?,
        named: Circle {
            lat: row.get("lat")?,
            lon: row.get("lon")?,
            radius: row.get("radius")?,
        },
        shift: Shift {
            east: row.get("east")?,
            north: row.get("north")?,
            reach: row.get("reach")?,
        },
    })
}

/// The zones of a user, in the order in which they were made.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, user: UserId) -> Result<Vec<Zone>> {
    if !TABLE.is_there(db)? {
        return Ok(Vec::new());
    }
    let sql = format!("{SELECT} WHERE user_id = ?1 ORDER BY id");
    query::list(db, "list a user's privacy zones", &sql, [user], read)
}

/// Makes a zone. The caller holds the transaction in which it counted them ([`MOST`]).
///
/// # Errors
/// What the database says; no random bytes.
pub fn insert(db: &Connection, user: UserId, new: &Named) -> Result<()> {
    TABLE.ensure_many(db)?;
    let sql = "INSERT INTO x_zone (user_id, name, lat, lon, radius, east, north, reach)
         VALUES (:user, :name, :lat, :lon, :radius, :east, :north, :reach)";
    let (Circle { lat, lon, radius }, shift) = (new.circle, Shift::draw(new.circle.radius, secret::random()?));
    let params = named_params! {
        ":user": user, ":name": new.name, ":lat": lat, ":lon": lon, ":radius": radius,
        ":east": shift.east, ":north": shift.north, ":reach": shift.reach,
    };
    query::run(db, "add a privacy zone", sql, params)?;
    ask_for_maps(db, user)
}

/// Changes a zone of a user, and tells whether it was there. The caller holds the transaction.
///
/// # Errors
/// What the database says; no random bytes.
pub fn update(db: &Connection, user: UserId, id: ZoneId, new: &Named) -> Result<bool> {
    let Some(old) = list(db, user)?.into_iter().find(|zone| zone.id == id) else {
        return Ok(false);
    };
    let sql = "UPDATE x_zone SET name = :name, lat = :lat, lon = :lon, radius = :radius,
            east = :east, north = :north, reach = :reach WHERE id = :id AND user_id = :user";
    let Circle { lat, lon, radius } = new.circle;
    let shift = old.shift.for_radius(radius, secret::random()?);
    let params = named_params! {
        ":id": id, ":user": user, ":name": new.name, ":lat": lat, ":lon": lon, ":radius": radius,
        ":east": shift.east, ":north": shift.north, ":reach": shift.reach,
    };
    query::run(db, "change a privacy zone", sql, params)?;
    ask_for_maps(db, user)?;
    Ok(true)
}

/// Deletes a zone of a user, and tells whether it was there. The caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn delete(db: &Connection, user: UserId, id: ZoneId) -> Result<bool> {
    if !TABLE.is_there(db)? {
        return Ok(false);
    }
    let sql = "DELETE FROM x_zone WHERE id = ?1 AND user_id = ?2";
    let was_there = query::run(db, "delete a privacy zone", sql, (id, user))? > 0;
    if was_there {
        ask_for_maps(db, user)?;
    }
    Ok(was_there)
}

/// Asks for the overlay maps of everybody who is tagged in a track of the user: another part of it is theirs to see.
fn ask_for_maps(db: &Connection, user: UserId) -> Result<()> {
    let sql = "SELECT DISTINCT p.user_id AS id FROM tracks t JOIN track_people_assoc p ON p.track_id = t.id
         WHERE t.owner_id = ?1 AND p.user_id IS NOT NULL";
    let tagged: Vec<UserId> = query::list(db, "list who is tagged by a user", sql, [user], |row| row.get("id"))?;
    tagged.into_iter().try_for_each(|person| queue::ask(db, person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::access::Viewer;
    use crate::model::fixture::{self, ADMIN, ALICE, BOB};

    const HOME: Circle = Circle {
        lat: 48.0,
        lon: 7.0,
        radius: 400.0,
    };

    fn named(circle: Circle) -> Named {
        Named {
            name: "Home".into(),
            circle,
        }
    }

    fn viewer(id: UserId) -> Viewer {
        Viewer {
            id: Some(id),
            is_admin: id == ADMIN,
        }
    }

    #[test]
    fn a_zone_is_its_user_s_and_counts_for_everyone_else() {
        let site = fixture::site();
        let db = &site.db;
        let everyone = [Viewer::ANONYMOUS, viewer(ALICE), viewer(BOB), viewer(ADMIN)];
        let cut_for = || everyone.map(|viewer| !find(db, &viewer, Some(ALICE)).unwrap().is_none());
        assert_eq!(cut_for(), [false; 4]);
        assert!(list(db, ALICE).unwrap().is_empty() && !delete(db, ALICE, ZoneId(1)).unwrap());
        assert!(!update(db, ALICE, ZoneId(1), &named(HOME)).unwrap());
        insert(db, ALICE, &named(HOME)).unwrap();
        assert_eq!(cut_for(), [true, false, true, false]);
        for owner in [None, Some(BOB)] {
            assert!(find(db, &Viewer::ANONYMOUS, owner).unwrap().is_none());
        }
        let [zone] = &list(db, ALICE).unwrap()[..] else {
            panic!()
        };
        assert_eq!((zone.name.as_str(), zone.named), ("Home", HOME));
        assert!(!delete(db, BOB, zone.id).unwrap() && !update(db, BOB, zone.id, &named(HOME)).unwrap());
        let cuts = find_all(db, &viewer(BOB), [Some(ALICE), None, Some(BOB), Some(ALICE)]).unwrap();
        assert!(!cuts.get(Some(ALICE)).unwrap().is_none() && cuts.get(None).unwrap().is_none());
        assert!(cuts.get(Some(ADMIN)).is_err());
        assert!(delete(db, ALICE, zone.id).unwrap());
        assert_eq!(cut_for(), [false; 4]);
    }

    #[test]
    fn every_change_keeps_the_place_covered_and_changes_the_tag() {
        let site = fixture::site();
        let cut = || find(&site.db, &Viewer::ANONYMOUS, Some(ALICE)).unwrap();
        assert_eq!(cut().tag(), None);
        insert(&site.db, ALICE, &named(HOME)).unwrap();
        let first = list(&site.db, ALICE).unwrap().remove(0);
        let mut tags = vec![cut().tag().unwrap()];
        let north = Circle { lat: 48.5, ..HOME };
        for circle in [
            north,
            Circle {
                radius: 5000.0,
                ..north
            },
            Circle { radius: 50.0, ..north },
        ] {
            assert!(update(&site.db, ALICE, first.id, &named(circle)).unwrap());
            let tag = cut().tag().unwrap();
            assert!(!tags.contains(&tag));
            tags.push(tag);
            let edge = circle.radius / 111_300.0;
            for lat in [circle.lat - edge, circle.lat, circle.lat + edge] {
                assert!(cut().hides(lat, circle.lon), "{lat}");
            }
            assert!(!cut().hides(48.0, 7.0));
        }
        let moved = Zone {
            named: north,
            ..first.clone()
        };
        assert_eq!(moved.shift, first.shift);
        // Saved again as it is, it is the same: nobody learns a second circle of the same place.
        let before = list(&site.db, ALICE).unwrap();
        update(&site.db, ALICE, first.id, &named(before[0].named)).unwrap();
        assert_eq!(list(&site.db, ALICE).unwrap(), before);
    }

    #[test]
    fn the_next_user_of_an_id_has_no_zone_of_the_last_and_a_damaged_one_shows_nothing() {
        let site = fixture::site();
        insert(&site.db, ALICE, &named(HOME)).unwrap();
        site.db.execute("UPDATE x_zone SET lat = 'here'", []).unwrap();
        assert!(find(&site.db, &Viewer::ANONYMOUS, Some(ALICE)).is_err());
        // The statement of the original, which knows nothing of the table.
        site.db.execute("DELETE FROM users WHERE id = 2", []).unwrap();
        site.db
            .execute("INSERT INTO users (id, name) VALUES (2, 'New')", [])
            .unwrap();
        assert!(list(&site.db, ALICE).unwrap().is_empty());
    }
}
