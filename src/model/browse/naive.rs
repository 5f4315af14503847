//! The list against its rules written down a second time, row by row: over instances made by chance every
//! viewer gets exactly the tracks that they may view and asked for, in the order and the pages asked for.

use super::*;
use crate::clock;
use crate::fold::fold;
use crate::model::access::{self, Viewer};
use crate::model::fixture;
use std::collections::BTreeSet;
use time::macros::date;

/// Numbers that look like chance and are the same in every run (Knuth's MMIX).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

struct Track {
    id: TrackId,
    owner: Option<i64>,
    visibility: &'static str,
    title: Option<&'static str>,
    date: Option<Date>,
    kind: Kind,
    length: Option<f64>,
    time: f64,
    tags: BTreeSet<&'static str>,
    people: BTreeSet<i64>,
    stars: BTreeSet<i64>,
}

/// An instance by chance, in plain values and in a database.
struct World {
    db: Connection,
    tracks: Vec<Track>,
    friends: BTreeSet<(i64, i64)>,
    days: &'static [Option<Date>],
    findings: Findings,
}

const USERS: i64 = 7;
/// Two people may have one name.
const NAMES: [&str; USERS as usize] = ["Ann", "bob", "BOB", "Çelik", "Strauß", "Émile", ""];
const TAGS: [&str; 7] = ["hike", "Hike", "ČEZ", "čez", "car", "Straße", "strasse"];
const TITLES: [Option<&str>; 6] = [
    None,
    Some("Über den Berg"),
    Some("ÜBER 100 %"),
    Some("car_pool"),
    Some("Lange Straße"),
    Some(""),
];
const VISIBILITIES: [&str; 7] = [
    "PRIVATE",
    "FRIENDS",
    "FRIENDS_TAGGED",
    "LOGGED_IN",
    "PUBLIC",
    "FOES",
    "public",
];
static DAYS: [Option<Date>; 4] = [
    None,
    Some(date!(2023 - 12 - 31)),
    Some(date!(2024 - 05 - 01)),
    Some(date!(1969 - 07 - 20)),
];

/// A world with tracks on some of the days.
fn world(dice: &mut Dice, tracks: usize, days: &'static [Option<Date>]) -> World {
    let db = fixture::empty();
    for (at, name) in NAMES.iter().enumerate() {
        let sql = "INSERT INTO users (id, name, email) VALUES (?1, ?2, ?1)";
        db.execute(sql, (at as i64 + 1, name)).unwrap();
    }
    let mut world = World {
        db,
        tracks: Vec::new(),
        friends: BTreeSet::new(),
        days,
        findings: Findings::default(),
    };
    for one in 1..=USERS {
        for other in one + 1..=USERS {
            if dice.once_in(3) {
                // Old instances have either in the first column.
                let pair = if dice.once_in(2) { (one, other) } else { (other, one) };
                let sql = "INSERT INTO friends_assoc (user_1_id, user_2_id) VALUES (?1, ?2)";
                world.db.execute(sql, pair).unwrap();
                world.friends.extend([(one, other), (other, one)]);
            }
        }
    }
    (0..tracks).for_each(|_| world.add_track(dice));
    world
}

impl World {
    fn add_track(&mut self, dice: &mut Dice) {
        let some = |most: usize, dice: &mut Dice| -> BTreeSet<i64> {
            (0..dice.below(most))
                .map(|_| dice.below(USERS as usize) as i64 + 1)
                .collect()
        };
        let (people, stars) = (some(4, dice), some(3, dice));
        let mut track = Track {
            id: TrackId(0),
            owner: match dice.below(9) {
                0 => None,
                // Whose account is gone.
                1 => Some(99),
                n => Some(n as i64 % USERS + 1),
            },
            visibility: dice.one(&VISIBILITIES),
            title: dice.one(&TITLES),
            date: dice.one(self.days),
            kind: dice.one(&[Kind::Recorded, Kind::Planned]),
            length: dice.one(&[None, Some(0.0), Some(999.5), Some(5000.0), Some(20_000.0)]),
            time: dice.below(3) as f64 * 100.0,
            tags: (0..dice.below(4)).map(|_| dice.one(&TAGS)).collect(),
            people,
            stars,
        };
        let date = track
            .date
            .map(|date| format!("{} 23:59:59.999999", clock::date_text(date)));
        let kind = if track.kind == Kind::Planned {
            "SYNTHETIC"
        } else {
            "ORGANIC"
        };
        let sql = "INSERT INTO tracks (owner_id, visibility, title, date_raw, type) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = (track.owner, track.visibility, track.title, date, kind);
        self.db.execute(sql, row).unwrap();
        track.id = TrackId(self.db.last_insert_rowid());
        if track.length.is_some() {
            let sql = "INSERT INTO track_cache (track_id, length, moving_time, stopped_time) VALUES (?1, ?2, ?3, 1.0)";
            self.db.execute(sql, (track.id, track.length, track.time)).unwrap();
        }
        for tag in &track.tags {
            let sql = "INSERT INTO tags (track_id, tag) VALUES (?1, ?2)";
            self.db.execute(sql, (track.id, tag)).unwrap();
        }
        for (table, users) in [
            ("track_people_assoc", &track.people),
            ("track_favourite_assoc", &track.stars),
        ] {
            for user in users {
                let sql = format!("INSERT INTO {table} (track_id, user_id) VALUES (?1, ?2)");
                self.db.execute(&sql, (track.id, user)).unwrap();
            }
        }
        self.tracks.push(track);
    }

    fn are_friends(&self, one: i64, other: i64) -> bool {
        self.friends.contains(&(one, other))
    }

    /// Who sees a track in lists, as the manual has it.
    fn is_listed(&self, viewer: Option<i64>, track: &Track) -> bool {
        let Some(me) = viewer else {
            return track.visibility == "PUBLIC";
        };
        let owner = track.owner.filter(|owner| *owner <= USERS);
        let of_friend = owner.is_some_and(|owner| self.are_friends(owner, me));
        let with_friend = owner.is_some() && track.people.iter().any(|person| self.are_friends(*person, me));
        track.owner == Some(me)
            || track.people.contains(&me)
            || match track.visibility {
                "PUBLIC" | "LOGGED_IN" => true,
                "FRIENDS" => of_friend,
                "FRIENDS_TAGGED" => of_friend || with_friend,
                _ => false,
            }
    }

    /// Whether a track is asked for.
    fn is_wanted(&self, query: &Query, track: &Track) -> bool {
        let me = query.viewer.map(|viewer| viewer.0);
        let day = track.date.unwrap_or(date!(1970 - 01 - 01));
        let in_it = |user: i64| track.owner == Some(user) || track.people.contains(&user);
        let named = |name: &String| (1..=USERS).any(|user| in_it(user) && fold(NAMES[user as usize - 1]) == fold(name));
        let searched = |text: &String| track.title.is_some_and(|title| fold(title).contains(&fold(text)));
        let personal = me.is_none_or(|me| {
            (!query.of_friends || track.owner.is_some_and(|owner| self.are_friends(owner, me)))
                && (!query.with_me || in_it(me))
                && query.favourite.is_none_or(|wanted| track.stars.contains(&me) == wanted)
        });
        personal
            && (!query.mine || track.owner == me)
            && query.search.iter().all(searched)
            && query
                .tags
                .iter()
                .all(|tag| track.tags.iter().any(|has| fold(has) == fold(tag)))
            && query.people.iter().all(named)
            && query
                .min_length
                .is_none_or(|least| track.length.is_some_and(|length| length >= least))
            && query
                .max_length
                .is_none_or(|most| track.length.is_some_and(|length| length <= most))
            && query.min_date.is_none_or(|first| day >= first)
            && query.max_date.is_none_or(|last| day <= last)
            && query.kind.is_none_or(|kind| track.kind == kind)
    }

    fn expected(&self, query: &Query) -> Vec<TrackId> {
        let viewer = query.viewer.map(|viewer| viewer.0);
        let is_asked = |track: &&Track| self.is_listed(viewer, track) && self.is_wanted(query, track);
        let mut tracks: Vec<&Track> = self.tracks.iter().filter(is_asked).collect();
        let length = |track: &Track| track.length.unwrap_or(0.0);
        let time = |track: &Track| track.length.map_or(0.0, |_| track.time + 1.0);
        let day = |track: &Track| track.date.unwrap_or(date!(1970 - 01 - 01));
        tracks.sort_by(|a, b| {
            let order = match query.order {
                Order::DateDesc | Order::DateAsc => day(a).cmp(&day(b)),
                Order::LengthDesc | Order::LengthAsc => length(a).total_cmp(&length(b)),
                Order::DurationDesc | Order::DurationAsc => time(a).total_cmp(&time(b)),
            };
            order.then(a.id.cmp(&b.id))
        });
        if matches!(query.order, Order::DateDesc | Order::LengthDesc | Order::DurationDesc) {
            tracks.reverse();
        }
        tracks.iter().map(|track| track.id).collect()
    }
}

fn question(dice: &mut Dice, viewer: Option<i64>) -> Query {
    let texts = |dice: &mut Dice, of: &[&str]| -> Vec<String> {
        let some = if dice.once_in(4) { 1 + dice.below(2) } else { 0 };
        (0..some)
            .map(|_| dice.one(of).to_owned())
            .filter(|text| !text.is_empty())
            .collect()
    };
    let orders: Vec<Order> = Order::all().collect();
    Query {
        viewer: viewer.map(UserId),
        order: dice.one(&orders),
        page: 1,
        search: dice
            .one(&[None, None, None, Some("über"), Some("%"), Some("CAR_"), Some("STRASS")])
            .map(str::to_owned),
        tags: texts(dice, &["HIKE", "čEZ", "car", "STRASSE", "none"]),
        people: texts(dice, &NAMES),
        min_length: dice.one(&[None, None, Some(0.0), Some(1000.0), Some(5000.0)]),
        max_length: dice.one(&[None, None, None, Some(-1.0), Some(5000.0)]),
        min_date: dice.one(&[None, None, Some(date!(1970 - 01 - 01)), Some(date!(2024 - 05 - 01))]),
        max_date: dice.one(&[None, None, Some(date!(2023 - 12 - 31)), Some(Date::MAX)]),
        kind: dice.one(&[None, None, Some(Kind::Recorded), Some(Kind::Planned)]),
        mine: dice.once_in(5),
        of_friends: dice.once_in(5),
        with_me: dice.once_in(5),
        favourite: dice.one(&[None, None, None, Some(true), Some(false)]),
    }
}

fn all_pages(world: &World, query: &Query) -> (Vec<TrackId>, u64) {
    let mut ids = Vec::new();
    for page in 1.. {
        let query = Query { page, ..query.clone() };
        let found = find_page(&world.db, &Findings::default(), &query).unwrap();
        if page == 1 {
            for _ in 0..2 {
                assert_eq!(find_page(&world.db, &world.findings, &query).unwrap(), found);
            }
            let first = list_first(&world.db, &query, PAGE_SIZE).unwrap();
            assert_eq!(first, found.cards);
        }
        ids.extend(found.cards.iter().map(|card| card.id));
        if found.cards.is_empty() {
            return (ids, found.total);
        }
    }
    unreachable!()
}

#[test]
fn every_list_is_what_its_rules_say() {
    let mut dice = Dice(11);
    let mut found = 0;
    for days in [&DAYS[..], &DAYS[1..], &DAYS[..], &DAYS[1..]] {
        let world = world(&mut dice, 70, days);
        for viewer in (0..=USERS).map(|user| (user > 0).then_some(user)) {
            for n in 0..40 {
                let query = match n {
                    0 => Query {
                        viewer: viewer.map(UserId),
                        ..Query::default()
                    },
                    _ => question(&mut dice, viewer),
                };
                let expected = world.expected(&query);
                let total = expected.len() as u64;
                found += u32::from(total > 0);
                assert_eq!(all_pages(&world, &query), (expected, total), "{query:?}");
            }
        }
    }
    assert!(found > 300, "only {found} lists held anything");
}

#[test]
fn a_list_shows_what_the_track_s_page_does_and_nothing_else() {
    let mut dice = Dice(23);
    let world = world(&mut dice, 150, &DAYS);
    for user in 0..=USERS {
        let id = (user > 0).then_some(UserId(user));
        let viewer = Viewer { id, is_admin: false };
        let query = Query {
            viewer: id,
            order: Order::DateAsc,
            ..Query::default()
        };
        let listed: BTreeSet<TrackId> = all_pages(&world, &query).0.into_iter().collect();
        for track in &world.tracks {
            let may = access::find(&world.db, &viewer, track.id, None).unwrap().unwrap();
            assert_eq!(may.view, listed.contains(&track.id), "{} for user {user}", track.id);
        }
    }
}

#[test]
fn indexes_change_no_answer() {
    for days in [&DAYS[..], &DAYS[1..]] {
        let mut dice = Dice(5);
        let world = world(&mut dice, 120, days);
        let questions: Vec<Query> = (0..60)
            .map(|n| question(&mut dice, (n % 8 > 0).then_some(n % 8)))
            .collect();
        let before: Vec<_> = questions.iter().map(|query| all_pages(&world, query)).collect();
        crate::db::add_indexes(&world.db).unwrap();
        crate::db::add_indexes(&world.db).unwrap();
        let after: Vec<_> = questions.iter().map(|query| all_pages(&world, query)).collect();
        assert_eq!(before, after);
    }
}
