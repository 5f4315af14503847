//! What chooses the rows of the list of all tracks: conditions of fixed text, and their parameters.
//!
//! Only the conditions that are asked for stand in the statement, since each costs its time in every
//! row; nothing from outside becomes part of it. Sets (tags, people, friends) are sought once, not once a row.

use rusqlite::ToSql;
use rusqlite::types::Value;

use super::access::{self, FRIENDS};
use super::browse::Query;
use super::query;
use super::track::Kind;
use crate::clock;
use crate::fold::fold;

/// A condition on `tracks t` and `track_cache c`, and what its parameters stand for.
#[derive(Debug, Clone, Default)]
pub(super) struct Filter {
    conditions: Vec<String>,
    params: Vec<(&'static str, Value)>,
}

/// Tracks that have all of the tags. Folding costs more than the rest of it: each spelling is folded once.
const TAGS: &str = "t.id IN (
    WITH spellings AS MATERIALIZED (SELECT DISTINCT tag FROM tags),
      spelt AS MATERIALIZED
      (SELECT tag, fold(tag) AS word FROM spellings WHERE fold(tag) IN (SELECT value FROM json_each(:tags)))
    SELECT g.track_id FROM spelt s CROSS JOIN tags g ON g.tag = s.tag
    GROUP BY g.track_id HAVING count(DISTINCT s.word) = json_array_length(:tags))";

/// Tracks with everybody of these names in them, as the owner or tagged. Several people may have one name.
const PEOPLE: &str = "t.id IN (
    WITH named AS MATERIALIZED
      (SELECT id, fold(name) AS name FROM users WHERE fold(name) IN (SELECT value FROM json_each(:people)))
    SELECT track FROM (
        SELECT o.id AS track, n.name AS name FROM named n CROSS JOIN tracks o ON o.owner_id = n.id
        UNION ALL
        SELECT p.track_id AS track, n.name AS name FROM named n CROSS JOIN track_people_assoc p ON p.user_id = n.id)
    GROUP BY track HAVING count(DISTINCT name) = json_array_length(:people))";

/// Tracks with the viewer in them.
const WITH_ME: &str =
    "(t.owner_id = :viewer OR t.id IN (SELECT track_id FROM track_people_assoc WHERE user_id = :viewer))";

const STARRED: &str = "t.id IN (SELECT track_id FROM track_favourite_assoc WHERE user_id = :viewer)";

/// What is compared with a day; a track without a date counts as of the epoch.
const DATE: &str = "coalesce(t.date_raw, '1970-01-01')";

impl Filter {
    /// Everything that is asked for but the length.
    pub(super) fn without_length(query: &Query) -> Filter {
        let mut filter = Filter::default();
        filter.conditions.push(access::listed(query.viewer));
        if let Some(viewer) = query.viewer {
            filter.params.push((":viewer", viewer.0.into()));
        }
        filter.title_and_words(query);
        filter.kind_and_days(query);
        filter.whose(query);
        filter
    }

    /// Everything that is asked for.
    pub(super) fn of(query: &Query) -> Filter {
        let mut filter = Filter::without_length(query);
        if let Some(metres) = query.min_length {
            filter.with("c.length >= :min_length", ":min_length", metres);
        }
        if let Some(metres) = query.max_length {
            filter.with("c.length <= :max_length", ":max_length", metres);
        }
        filter
    }

    fn title_and_words(&mut self, query: &Query) {
        let search = query.search.as_deref().map(|text| fold(text.trim()));
        if let Some(text) = search.filter(|text| !text.is_empty()) {
            self.with("instr(fold(t.title), :search) > 0", ":search", text);
        }
        for (texts, condition, name) in [(&query.tags, TAGS, ":tags"), (&query.people, PEOPLE, ":people")] {
            let mut folded: Vec<String> = texts.iter().map(|text| fold(text.trim())).collect();
            folded.retain(|text| !text.is_empty());
            folded.sort();
            folded.dedup();
            if !folded.is_empty() {
                self.with(condition, name, query::json_texts(folded));
            }
        }
    }

    fn kind_and_days(&mut self, query: &Query) {
        match query.kind {
            Some(Kind::Planned) => self.conditions.push("t.type IS 'SYNTHETIC'".into()),
            Some(Kind::Recorded) => self.conditions.push("t.type IS NOT 'SYNTHETIC'".into()),
            None => {}
        }
        if let Some(day) = query.min_date {
            self.with(&format!("{DATE} >= :min_date"), ":min_date", clock::date_text(day));
        }
        // The last day of all has none after it, and needs none.
        if let Some(next) = query.max_date.and_then(time::Date::next_day) {
            self.with(&format!("{DATE} < :end_date"), ":end_date", clock::date_text(next));
        }
    }

    fn whose(&mut self, query: &Query) {
        if query.viewer.is_none() {
            // Nobody's own are those that nobody owns; the others mean nothing.
            if query.mine {
                self.conditions.push("t.owner_id IS NULL".into());
            }
            return;
        }
        if query.mine {
            self.conditions.push("t.owner_id = :viewer".into());
        }
        if query.of_friends {
            self.conditions.push(format!("t.owner_id IN {FRIENDS}"));
        }
        if query.with_me {
            self.conditions.push(WITH_ME.into());
        }
        match query.favourite {
            Some(true) => self.conditions.push(STARRED.into()),
            Some(false) => self.conditions.push(format!("NOT {STARRED}")),
            None => {}
        }
    }

    fn with(&mut self, condition: &str, name: &'static str, value: impl Into<Value>) {
        self.conditions.push(condition.to_owned());
        self.params.push((name, value.into()));
    }

    /// One more parameter, for the rest of the statement.
    pub(super) fn param(mut self, name: &'static str, value: impl Into<Value>) -> Filter {
        self.params.push((name, value.into()));
        self
    }

    /// The condition as it stands behind `WHERE`.
    pub(super) fn sql(&self) -> String {
        self.conditions.join("\n AND ")
    }

    /// The parameters as a statement takes them.
    pub(super) fn params(&self) -> Vec<(&'static str, &dyn ToSql)> {
        self.params
            .iter()
            .map(|(name, value)| (*name, value as &dyn ToSql))
            .collect()
    }
}
