//! Rows for the benches, the same in every run: tracks with figures, tags, people, comments and stars.

use rusqlite::{Connection, params};

/// Numbers that look like chance and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        // Knuth's MMIX; the upper bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(most)) as u32
    }
}

/// How much there is.
pub struct Size {
    /// Tracks.
    pub tracks: u32,
    /// Different tags.
    pub tags: u32,
    /// Accounts.
    pub people: u32,
    /// So many of the tracks, the first ones, are the second user's, and further ones by chance.
    pub diary: u32,
}

/// Fills the tables of a new database. The first user has up to fifty friends.
///
/// # Errors
/// What SQLite says.
pub fn fill(made: &mut Connection, size: &Size) -> rusqlite::Result<()> {
    let db = made.transaction()?;
    let mut dice = Dice(7);
    for n in 1..=size.people {
        let sql = "INSERT INTO users (id, name, email) VALUES (?1, ?2, ?2 || '@example.org')";
        db.execute(sql, params![n, format!("Person {n}")])?;
    }
    for friend in 2..=size.people.min(51) {
        db.execute(
            "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (1, ?1)",
            [friend],
        )?;
    }
    let text = "Through the woods and along the river, with a long rest on the hill. ".repeat(8);
    let visibilities = ["PRIVATE", "FRIENDS", "FRIENDS_TAGGED", "LOGGED_IN", "PUBLIC", "PUBLIC"];
    for n in 1..=size.tracks {
        let owner = if n <= size.diary {
            2
        } else {
            i64::from(dice.below(size.people)) + 1
        };
        let day = format!(
            "{}-{:02}-{:02} 0{}:30:00.000000",
            2012 + dice.below(14),
            1 + dice.below(12),
            1 + dice.below(28),
            dice.below(10)
        );
        let kind = if dice.below(8) == 0 { "SYNTHETIC" } else { "ORGANIC" };
        db.prepare_cached(
            "INSERT INTO tracks (id, owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'secret', 60, ?7, '[]')",
        )?
        .execute(params![n, owner, format!("Väg {n} over the hills"), text, day, visibilities[dice.below(6) as usize], kind])?;
        db.prepare_cached(
            "INSERT INTO track_cache (track_id, length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed,
             start_time_raw, end_time_raw, start_time_tz, end_time_tz) VALUES (?1, ?2, 500.0, 500.0, ?3, 600.0, 12.0, 5.0, ?4, ?4, 60, 60)",
        )?
        .execute(params![n, 1e3 * f64::from(dice.below(90)), f64::from(dice.below(20_000)), day])?;
        for _ in 0..dice.below(6) {
            let tag = dice.below(size.tags);
            let tag = if tag.is_multiple_of(2) {
                format!("tag {tag}")
            } else {
                format!("Tåg {tag}")
            };
            db.prepare_cached("INSERT OR IGNORE INTO tags (track_id, tag) VALUES (?1, ?2)")?
                .execute(params![n, tag])?;
        }
        for _ in 0..dice.below(5) {
            let sql = "INSERT OR IGNORE INTO track_people_assoc (track_id, user_id) VALUES (?1, ?2)";
            db.prepare_cached(sql)?
                .execute(params![n, dice.below(size.people) + 1])?;
        }
        if dice.below(4) == 0 {
            let sql = "INSERT INTO comments (author_id, track_id, date, title, text) VALUES (1, ?1, ?2, '', ?3)";
            db.prepare_cached(sql)?.execute(params![n, day, text])?;
            let sql = "INSERT INTO track_favourite_assoc (track_id, user_id) VALUES (?1, ?2)";
            db.prepare_cached(sql)?.execute(params![n, dice.below(3) + 1])?;
            let sql = "INSERT INTO image_metadata (track_id, image_name, description) VALUES (?1, 'a_b.jpg', '')";
            db.prepare_cached(sql)?.execute([n])?;
        }
    }
    db.commit()
}
