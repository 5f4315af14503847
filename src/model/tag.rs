//! Tags: words of the owner's choosing on a track. Capitals are kept, and do not matter.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{TrackId, UserId, column, query};
use crate::error::Result;
use crate::fold::{lower, sort_key};

/// The tags of a track in alphabetical order.
///
/// # Errors
/// What the database says.
pub fn list(db: &Connection, track: TrackId) -> Result<Vec<String>> {
    let sql = "SELECT tag FROM tags WHERE track_id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok(column::text(row, "tag")?.unwrap_or_default());
    Ok(sorted(query::list(db, "list a track's tags", sql, [track], read)?))
}

/// Every tag on a user's own tracks, once, in alphabetical order.
///
/// # Errors
/// What the database says.
pub fn list_of_owner(db: &Connection, owner: UserId) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT g.tag AS tag FROM tags g JOIN tracks t ON t.id = g.track_id WHERE t.owner_id = ?1";
    let read = |row: &rusqlite::Row<'_>| Ok(column::text(row, "tag")?.unwrap_or_default());
    Ok(sorted(query::list(db, "list a user's tags", sql, [owner], read)?))
}

/// Alphabetical order; accents and capitals decide between equals only.
pub(super) fn sorted(mut tags: Vec<String>) -> Vec<String> {
    tags.sort_by_cached_key(|tag| (sort_key(tag), tag.clone()));
    tags
}

/// Makes the tags of a track those that are wanted. One that is there in any capitalisation stays as
/// it is; one that is wanted twice is added once; an empty one is ignored. The caller holds the transaction.
///
/// # Errors
/// What the database says.
pub fn set(db: &Connection, track: TrackId, wanted: &[String]) -> Result<()> {
    let wanted: Vec<&str> = wanted
        .iter()
        .map(|tag| tag.trim())
        .filter(|tag| !tag.is_empty())
        .collect();
    let keep: BTreeSet<String> = wanted.iter().map(|tag| lower(tag)).collect();
    let mut there = BTreeSet::new();
    for tag in list(db, track)? {
        if keep.contains(&lower(&tag)) {
            there.insert(lower(&tag));
        } else {
            let sql = "DELETE FROM tags WHERE track_id = ?1 AND tag = ?2";
            query::run(db, "remove a tag", sql, (track, tag))?;
        }
    }
    for tag in wanted {
        if there.insert(lower(tag)) {
            let sql = "INSERT INTO tags (track_id, tag) VALUES (?1, ?2)";
            query::run(db, "add a tag", sql, (track, tag))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fixture::{self, ALICE};

    fn set_texts(db: &Connection, track: i64, tags: &[&str]) -> Vec<String> {
        let wanted: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        set(db, TrackId(track), &wanted).unwrap();
        list(db, TrackId(track)).unwrap()
    }

    #[test]
    fn the_tags_of_the_instance_are_listed() {
        let site = fixture::site();
        assert_eq!(list(&site.db, TrackId(1)).unwrap(), ["hike", "Slovenia"]);
        let all = list_of_owner(&site.db, ALICE).unwrap();
        assert_eq!(all, ["car", "hike", "long", "Slovenia"]);
    }

    #[test]
    fn a_tag_that_is_there_keeps_its_capitals() {
        let site = fixture::site();
        assert_eq!(set_texts(&site.db, 1, &["slovenia", "ČEZ", "čez"]), ["ČEZ", "Slovenia"]);
        assert_eq!(set_texts(&site.db, 1, &["čez", "HIKE"]), ["ČEZ", "HIKE"]);
    }

    #[test]
    fn an_empty_tag_is_ignored_and_none_removes_all() {
        let site = fixture::site();
        assert_eq!(set_texts(&site.db, 1, &["", " ", " a "]), ["a"]);
        assert!(set_texts(&site.db, 1, &[]).is_empty());
        assert_eq!(list(&site.db, TrackId(3)).unwrap(), ["hike", "long"]);
    }

    #[test]
    fn another_spelling_replaces_the_tag() {
        let site = fixture::site();
        assert_eq!(set_texts(&site.db, 1, &["Strasse"]), ["Strasse"]);
        assert_eq!(set_texts(&site.db, 1, &["Straße"]), ["Straße"]);
    }
}
