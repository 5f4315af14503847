//! The figures of tracks as those see them to whom a part is hidden, so that a list need not read recordings. They are
//! made again where they are missing or of another state.

use std::collections::HashMap;

use rusqlite::{Connection, named_params};

use super::figures::{self, Figures};
use super::own::Table;
use super::{TrackId, column, query};
use crate::clock;
use crate::error::Result;

const TABLE: Table = Table {
    name: "x_cut_figures",
    of: "tracks",
    key: "track_id",
    columns: "state TEXT NOT NULL, length REAL, uphill REAL, downhill REAL, moving_time REAL, stopped_time REAL,
        max_speed REAL, avg_speed REAL, start_time_raw TEXT, start_time_tz INTEGER, end_time_raw TEXT,
        end_time_tz INTEGER",
};

/// What is known of tracks: the state of recording and zones that it was measured in, and the figures; none of them
/// where nothing is hidden.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, tracks: &[TrackId]) -> Result<HashMap<TrackId, (String, Figures)>> {
    if !TABLE.is_there(db)? {
        return Ok(HashMap::new());
    }
    let sql = "SELECT c.* FROM json_each(?1) w JOIN x_cut_figures c ON c.track_id = w.value";
    let ids = query::json_ids(tracks.iter().map(|id| id.0));
    let rows = query::list(db, "read the figures of cut tracks", sql, [ids], |row| {
        let state = column::text(row, "state")?.unwrap_or_default();
        Ok((row.get("track_id")?, (state, figures::read(row)?)))
    })?;
    Ok(rows.into_iter().collect())
}

/// Keeps the figures of a track; of one that was deleted meanwhile nothing.
///
/// # Errors
/// What the database says.
pub fn set(db: &Connection, track: TrackId, state: &str, figures: &Figures) -> Result<()> {
    TABLE.ensure(db)?;
    let sql = "INSERT OR REPLACE INTO x_cut_figures (track_id, state, length, uphill, downhill, moving_time,
            stopped_time, max_speed, avg_speed, start_time_raw, start_time_tz, end_time_raw, end_time_tz)
         SELECT :track, :state, :length, :uphill, :downhill, :moving_time, :stopped_time, :max_speed, :avg_speed,
            :start, :start_tz, :end, :end_tz
         WHERE EXISTS (SELECT 1 FROM tracks WHERE id = :track)";
    let params = named_params! {
        ":track": track, ":state": state, ":length": figures.length, ":uphill": figures.uphill,
        ":downhill": figures.downhill, ":moving_time": figures.moving_time, ":stopped_time": figures.stopped_time,
        ":max_speed": figures.max_speed, ":avg_speed": figures.avg_speed,
        ":start": figures.start.map(|at| clock::to_db(at.wall)), ":start_tz": figures.start.map(|at| at.offset),
        ":end": figures.end.map(|at| clock::to_db(at.wall)), ":end_tz": figures.end.map(|at| at.offset),
    };
    query::run(db, "store the figures of a cut track", sql, params).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture;

    #[test]
    fn they_come_back_as_they_were_and_go_with_their_track() {
        let site = fixture::site();
        let (db, id) = (&site.db, TrackId(1));
        assert!(list(db, &[id]).unwrap().is_empty());
        let whole = figures::find(db, id).unwrap().unwrap();
        for (state, figures) in [("a", Figures::default()), ("b", whole)] {
            set(db, id, state, &figures).unwrap();
            let found = list(db, &[id, TrackId(2)]).unwrap();
            assert_eq!(found, HashMap::from([(id, (state.to_owned(), figures))]));
        }
        set(db, TrackId(99), "a", &whole).unwrap();
        db.execute("DELETE FROM tracks WHERE id = 1", []).unwrap();
        assert!(list(db, &[id, TrackId(99)]).unwrap().is_empty());
    }
}
