//! How the database finds what the pages ask it for. Every row of the sitemap is asked for, and of each statement
//! that was run SQLite tells its plan: none may look at every row of a table that grows with the tracks.

use super::scene::Scene;
use super::{Caller, find_sample, rows};
use crate::db;
use crate::model::query::seen;
use crate::model::track::Visibility;
use crate::web::page::visitor::Site;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};

/// The tables with as many rows as there are tracks, or more.
const GROWING: [&str; 7] = [
    "tracks",
    "track_cache",
    "tags",
    "comments",
    "track_people_assoc",
    "track_favourite_assoc",
    "image_metadata",
];

/// A statement that may look at every row.
struct Allowed {
    /// A part of its text.
    sql: &'static str,
    /// The beginning of the step of its plan.
    step: &'static str,
    why: &'static str,
}

const ALLOWED: [Allowed; 7] = [
    Allowed {
        sql: "instr(fold(t.title), :search)",
        step: "SCAN t",
        why: "a part of a word is in no index",
    },
    Allowed {
        sql: "WITH chosen AS",
        step: "SCAN t USING COVERING INDEX x_tracks_date",
        why: "the list tells how many there are in all; the rows themselves are not read",
    },
    Allowed {
        sql: "SELECT count(*) AS total FROM tracks t",
        step: "SCAN t USING COVERING INDEX x_tracks_date",
        why: "the same for the pages behind the first",
    },
    Allowed {
        sql: "WHERE c.length IS NULL AND",
        step: "SCAN t USING COVERING INDEX x_tracks_date",
        why: "whether a track without figures is long enough is asked before the list is; the rows are not read",
    },
    Allowed {
        sql: "ORDER BY t.date_raw",
        step: "SCAN t USING COVERING INDEX x_tracks_date",
        why: "it ends when the page is full",
    },
    Allowed {
        sql: "(SELECT DISTINCT tag FROM tags)",
        step: "SCAN tags USING COVERING INDEX x_tags_tag",
        why: "SQLite folds no capitals; each spelling is folded once",
    },
    Allowed {
        sql: "(SELECT count(*) FROM tracks) AS tracks",
        step: "SCAN tracks USING COVERING INDEX x_tracks_list",
        why: "administrators are told how many there are",
    },
];

/// The list's filters, views and orders, which the samples do not ask for.
const LISTS: [&str; 20] = [
    "",
    "search-terms=hill",
    "tags=hike",
    "tags=hike&tags=bike",
    "tagged-person=owner",
    "min-length=1",
    "max-length=10",
    "min-date=2024-01-01",
    "max-date=2025-12-31",
    "type[]=ORGANIC",
    "type[]=SYNTHETIC",
    "show-only[]=mine",
    "show-only[]=friends&show-only[]=user-tagged",
    "favourite=true",
    "favourite=false",
    "sort=DATE_ASC",
    "sort=LENGTH_DESC",
    "sort=LENGTH_ASC",
    "sort=DURATION_DESC",
    "sort=DURATION_ASC",
];

/// Statements, and the steps of their plans that look at every row of a growing table.
#[derive(Default)]
struct Plans(BTreeMap<String, Vec<String>>);

impl Plans {
    /// Takes in what was run since, on this site.
    fn note(&mut self, site: &Site) {
        let new = seen::take().into_iter().filter(|sql| !self.0.contains_key(sql));
        let new: Vec<String> = new.collect();
        let db = db::open(&site.app.instance.config.database).unwrap();
        for sql in new {
            let looks = whole_looks(&db, &sql);
            self.0.insert(sql, looks);
        }
    }
}

fn fresh(scene: &Scene) -> Site {
    let site = scene.site();
    let db = db::open(&site.app.instance.config.database).unwrap();
    db::add_indexes(&db).unwrap();
    site
}

/// Asks for every row of the sitemap, as who owns the things and as others, and for the lists.
fn collect(scene: &Scene) -> Plans {
    let mut plans = Plans::default();
    let mut site = fresh(scene);
    seen::take();
    for (method, pattern) in rows() {
        let sample = find_sample(method, pattern);
        for caller in [
            Caller::Owner,
            Caller::Administrator,
            Caller::Stranger,
            Caller::Anonymous,
        ] {
            let got = scene.ask(&site, caller, method, pattern, sample, Visibility::FriendsTagged);
            plans.note(&site);
            if method == "POST" && got.status < 400 {
                site = fresh(scene);
            }
        }
    }
    for mut visitor in [site.stranger(), site.logged_in("owner@example.net")] {
        for (list, page) in LISTS
            .iter()
            .flat_map(|list| ["", "&page=2", "&view=map"].map(|page| (list, page)))
        {
            let status = visitor.get(&format!("/track/?{list}{page}")).status;
            assert_eq!(status, 200, "{list}{page}");
        }
        for target in ["/?view=summary", "/track/lines.json"] {
            assert_eq!(visitor.get(target).status, 200, "{target}");
        }
    }
    plans.note(&site);
    plans
}

/// The names by which a statement speaks of a table: its own and those that follow it, where one does.
fn names<'a>(sql: &'a str, table: &'a str) -> BTreeSet<&'a str> {
    let words: Vec<&str> = sql
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty() && *word != "AS")
        .collect();
    let named = words.windows(2).filter(|pair| pair[0] == table && pair[1] != "ON");
    named.map(|pair| pair[1]).chain([table]).collect()
}

/// The steps of a statement's plan that look at every row of a growing table.
fn whole_looks(db: &Connection, sql: &str) -> Vec<String> {
    let growing: BTreeSet<&str> = GROWING.iter().flat_map(|table| names(sql, table)).collect();
    let mut plan = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps: Vec<String> = plan
        .raw_query()
        .mapped(|row| row.get("detail"))
        .map(Result::unwrap)
        .collect();
    let looks = steps.into_iter().filter(|step| {
        let mut words = step.split(' ');
        let (how, name) = (words.next(), words.next());
        // An index that is made for the statement is made of every row.
        let is_whole = how == Some("SCAN") || step.contains("AUTOMATIC");
        is_whole && name.is_some_and(|name| growing.contains(name))
    });
    looks.collect()
}

#[test]
fn no_page_looks_at_every_row_of_a_table_that_grows() {
    let plans = collect(&Scene::new()).0;
    assert!(plans.len() > 100, "{} statements were seen", plans.len());
    let (mut wrong, mut used) = (Vec::new(), BTreeSet::new());
    for (sql, look) in plans
        .iter()
        .flat_map(|(sql, looks)| looks.iter().map(move |look| (sql, look)))
    {
        let allows = |allowed: &Allowed| sql.contains(allowed.sql) && look.starts_with(allowed.step);
        match ALLOWED.iter().position(allows) {
            Some(at) => drop(used.insert(at)),
            None => wrong.push(format!("{look}\n  {sql}")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (at, Allowed { sql, why, .. }) in ALLOWED.iter().enumerate() {
        assert!(used.contains(&at), "no statement with {sql} needs it any more: {why}");
    }
}

#[test]
fn a_look_at_every_row_is_seen() {
    let db = db::make_head().unwrap();
    db::add_indexes(&db).unwrap();
    for sql in [
        "SELECT title FROM tracks",
        "SELECT t.id FROM tracks AS t WHERE t.title = 'a'",
        "SELECT count(*) FROM users u LEFT JOIN tags g ON g.tag || '' = u.name",
        "DELETE FROM comments WHERE title = ''",
    ] {
        assert!(!whole_looks(&db, sql).is_empty(), "{sql}");
    }
    for sql in [
        "SELECT t.title FROM tracks t WHERE t.owner_id = 1",
        "SELECT name FROM users",
    ] {
        assert!(whole_looks(&db, sql).is_empty(), "{sql}");
    }
}
