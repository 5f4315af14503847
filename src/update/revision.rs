//! The changes of the database between two versions of Fietsboek, as plain data.
//!
//! Names and types are the original's to the letter: a database that was made here is one that it made.

/// One state of the tables, and the ways to it and from it.
#[derive(Debug)]
pub struct Revision {
    /// alembic's id.
    pub id: &'static str,
    /// From the state before to this one.
    pub up: &'static [Step],
    /// From this one to the state before. Below the fourth nothing goes: `initial` is the first update.
    pub down: &'static [Step],
}

/// A part of a change.
#[derive(Debug)]
pub enum Step {
    /// Statements.
    Sql(&'static str),
    /// A column (table, name, type) is added, unless it is there: on an old SQLite the original left some.
    Add(&'static str, &'static str, &'static str),
    /// A column (table, name) is dropped.
    Drop(&'static str, &'static str),
    /// Every user gets 32 random bytes.
    Secrets,
}

use Step::{Add, Drop, Secrets, Sql};

/// Every state, oldest first.
pub const REVISIONS: [Revision; 9] = [
    Revision {
        id: "1b4b1c179e5a",
        up: &[Sql(include_str!("first.sql"))],
        down: &[],
    },
    Revision {
        id: "c89d9bdbfa68",
        up: &[
            Sql("ALTER TABLE track_cache RENAME COLUMN start_time TO start_time_raw;
                 ALTER TABLE track_cache RENAME COLUMN end_time TO end_time_raw;"),
            Add("track_cache", "start_time_tz", "INTEGER"),
            Add("track_cache", "end_time_tz", "INTEGER"),
            Sql("ALTER TABLE tracks RENAME COLUMN date TO date_raw"),
            Add("tracks", "date_tz", "INTEGER"),
            Sql("UPDATE tracks SET date_tz = 0; UPDATE track_cache SET start_time_tz = 0, end_time_tz = 0;"),
        ],
        down: &[],
    },
    Revision {
        id: "091ce24409fe",
        up: &[Sql("CREATE TABLE image_metadata (
            id INTEGER NOT NULL,
            track_id INTEGER NOT NULL,
            image_name TEXT NOT NULL,
            description TEXT,
            CONSTRAINT pk_image_metadata PRIMARY KEY (id),
            CONSTRAINT fk_image_metadata_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id),
            CONSTRAINT uq_image_metadata_track_id UNIQUE (track_id, image_name)
        )")],
        down: &[],
    },
    Revision {
        id: "d085998b49ca",
        up: &[
            Add("tracks", "type", "VARCHAR(9)"),
            Sql("UPDATE tracks SET type = 'ORGANIC'"),
        ],
        down: &[],
    },
    Revision {
        id: "c939800af428",
        up: &[Drop("tracks", "gpx")],
        down: &[Add("tracks", "gpx", "BLOB")],
    },
    Revision {
        id: "3149aa2d0114",
        up: &[
            Add("tracks", "transformers", "JSON"),
            Sql("UPDATE tracks SET transformers = '[]'"),
        ],
        down: &[Drop("tracks", "transformers")],
    },
    Revision {
        id: "8f4e4eae5eb2",
        up: &[Sql("CREATE TABLE track_favourite_assoc (
            track_id INTEGER NOT NULL,
            user_id INTEGER NOT NULL,
            CONSTRAINT pk_track_favourite_assoc PRIMARY KEY (track_id, user_id),
            CONSTRAINT fk_track_favourite_assoc_track_id_tracks FOREIGN KEY(track_id) REFERENCES tracks (id),
            CONSTRAINT fk_track_favourite_assoc_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
        )")],
        down: &[Sql("DROP TABLE track_favourite_assoc")],
    },
    Revision {
        id: "4566843039d6",
        up: &[Add("users", "session_secret", "BLOB"), Secrets],
        down: &[Drop("users", "session_secret")],
    },
    Revision {
        id: "2ebe1bf66430",
        up: &[
            Add("tracks", "transformers_text", "TEXT"),
            Sql("UPDATE tracks SET transformers_text = transformers"),
            Drop("tracks", "transformers"),
            Sql("ALTER TABLE tracks RENAME COLUMN transformers_text TO transformers"),
        ],
        down: &[
            Add("tracks", "transformers_json", "JSON"),
            Sql("UPDATE tracks SET transformers_json = transformers"),
            Drop("tracks", "transformers"),
            Sql("ALTER TABLE tracks RENAME COLUMN transformers_json TO transformers"),
        ],
    },
];

/// The place of a revision in the line.
pub fn find(id: &str) -> Option<usize> {
    REVISIONS.iter().position(|revision| revision.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;

    #[test]
    fn the_line_is_that_by_which_schemas_are_told_apart() {
        let ids: Vec<&str> = REVISIONS.iter().map(|revision| revision.id).collect();
        let known: Vec<&str> = schema::OLDER.iter().copied().chain([schema::HEAD]).collect();
        assert_eq!(ids, known);
    }
}
