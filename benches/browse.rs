//! What lists cost, as ratios in one run: `cargo bench --bench browse`.
//!
//! An instance of 20,000 tracks, 5,000 tags and 300 people is made, and each page of its list is measured
//! beside the barest look at every row, a count of the titles, and beside the page without filters. The
//! median of the processor's time counts. Absolute times are those of this machine today.

use std::path::Path;
use std::time::Duration;

use fietsboek::db::Findings;
use fietsboek::model::browse::{self, Order, Query};
use fietsboek::model::track::Kind;
use fietsboek::model::{UserId, summary};
use fietsboek::{db, schema};
use rusqlite::Connection;
use time::macros::date;
use world::Size;

mod world;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const TRACKS: u32 = 20_000;
const TAGS: u32 = 5_000;
const PEOPLE: u32 = 300;
const ROUNDS: usize = 15;

/// Who looks: somebody with fifty friends.
const VIEWER: UserId = UserId(1);
/// Whose diary is read: they own 2,000 tracks.
const DIARIST: UserId = UserId(2);
const DIARY: u32 = 2_000;

fn main() -> Outcome<()> {
    let dir = std::env::temp_dir().join(format!("fietsboek-bench-{}", std::process::id()));
    std::fs::create_dir(&dir)?;
    let outcome = measure(&dir.join("fietsboek.sqlite"));
    std::fs::remove_dir_all(&dir)?;
    outcome
}

type Filter = fn(&mut Query);

const LISTS: [(&str, Filter); 12] = [
    ("the first page", |_| {}),
    ("page 500", |q| q.page = 500),
    ("longest first", |q| q.order = Order::LengthDesc),
    ("of nobody", |q| q.viewer = None),
    ("a part of a title", |q| q.search = Some("väg 17".into())),
    ("a tag", |q| q.tags = vec!["TAG 42".into()]),
    ("two tags", |q| q.tags = vec!["tag 42".into(), "Tåg 1337".into()]),
    ("a person", |q| q.people = vec!["person 7".into()]),
    ("20 km to 30 km", |q| {
        (q.min_length, q.max_length) = (Some(20e3), Some(30e3))
    }),
    ("a month", |q| {
        (q.min_date, q.max_date) = (Some(date!(2020 - 05 - 01)), Some(date!(2020 - 05 - 31)))
    }),
    ("planned ones of friends", |q| {
        (q.kind, q.of_friends) = (Some(Kind::Planned), true)
    }),
    ("favourites", |q| q.favourite = Some(true)),
];

fn measure(path: &Path) -> Outcome<()> {
    let mut made = Connection::open(path)?;
    schema::create(&made)?;
    let size = Size {
        tracks: TRACKS,
        tags: TAGS,
        people: PEOPLE,
        diary: DIARY,
    };
    world::fill(&mut made, &size)?;
    drop(made);
    let db = db::open(path)?;
    report(&db, "without our indexes")?;
    db::add_indexes(&db)?;
    report(&db, "with our indexes")
}

fn report(db: &Connection, how: &str) -> Outcome<()> {
    println!("\n{TRACKS} tracks, {how}");
    let bare = median(|| {
        db.prepare_cached("SELECT count(title) FROM tracks")?
            .query_row([], |row| row.get::<_, i64>(0))
            .map_err(Into::into)
    })?;
    let line = |what: &str, time: Duration, all: Duration| {
        let ratio = |of: Duration| time.as_secs_f64() / of.as_secs_f64();
        println!(
            "{what:26} {:7.2} ms {:8.1} x a bare look {:6.2} x the first page",
            time.as_secs_f64() * 1e3,
            ratio(bare),
            ratio(all)
        );
    };
    let mut all = None;
    for (what, set) in LISTS {
        let mut query = Query {
            viewer: Some(VIEWER),
            ..Query::default()
        };
        set(&mut query);
        let time = median(|| Ok(browse::find_page(db, &Findings::default(), &query)?))?;
        line(what, time, *all.get_or_insert(time));
    }
    let diary = median(|| {
        let years = summary::find(db, DIARIST)?.years;
        let newest = years.iter().rev().take(3);
        let months: Vec<_> = newest
            .flat_map(|year| year.months.iter().map(|month| (year.year, month.0)))
            .collect();
        Ok(summary::list_tracks(db, DIARIST, DIARIST, &months, 400)?)
    })?;
    line("a diary of 2,000", diary, all.unwrap_or(diary));
    Ok(())
}

/// What the processor has spent on this thread: other work of the machine does not count.
fn clock() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec.unsigned_abs() as u32)
}

fn median<T>(mut once: impl FnMut() -> Outcome<T>) -> Outcome<Duration> {
    once()?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = clock();
        std::hint::black_box(once()?);
        times.push(clock().saturating_sub(begun));
    }
    times.sort();
    Ok(times[ROUNDS / 2])
}
