use super::*;
use crate::model::fixture::{self, ALICE, CAROL, Site};
use crate::model::overlay::{find, tiles};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// Recordings that are only lines; how often one was read.
#[derive(Default)]
struct Lines {
    lines: RefCell<BTreeMap<TrackId, Line>>,
    read: Cell<usize>,
}

impl Lines {
    fn set(&self, track: i64, north: f64) {
        let line = Line::new([(0..50).map(|n| (north + f64::from(n) / 1000.0, 7.8 + f64::from(n % 7) / 1000.0))]);
        self.lines.borrow_mut().insert(TrackId(track), line);
    }
}

impl Recordings for Lines {
    fn find_state(&self, track: TrackId) -> Option<String> {
        let lines = self.lines.borrow();
        lines
            .get(&track)
            .map(|line| format!("{:?}", line.to_bytes().first_chunk::<12>()))
    }

    fn find(&self, track: TrackId) -> Result<Option<Line>> {
        self.read.set(self.read.get() + 1);
        Ok(self.lines.borrow().get(&track).cloned())
    }
}

/// An instance in which Carol has the tracks 7 to 9.
fn site() -> (Site, Lines) {
    let site = fixture::site();
    let lines = Lines::default();
    for (track, north) in [(7, 48.0), (8, 48.02), (9, 48.0)] {
        let made = fixture::add_track(&site.db, Some(CAROL), "PRIVATE", "2026-11-24");
        assert_eq!(made, TrackId(track));
        lines.set(track, north);
    }
    (site, lines)
}

fn work_until<'a>(site: &'a Site, lines: &'a Lines, go_on: &'a dyn Fn(f64) -> bool) -> Work<'a> {
    Work {
        db: &site.db,
        dir: &site.dir,
        user: CAROL,
        recordings: lines,
        threads: 2,
        wait: Duration::ZERO,
        go_on,
    }
}

fn again(site: &Site, lines: &Lines, map: Map, whole: bool) -> Renewed {
    renew(&work_until(site, lines, &|_| true), map, whole).unwrap()
}

/// Everything in the file but what tells the recordings.
type Content = (Vec<(u8, u32, u32, Vec<u8>)>, Vec<(u8, u8)>, Vec<(i64, Vec<u8>)>);

fn content(site: &Site, map: Map) -> Content {
    let db = db::open_tiles(&map.path(&site.dir, CAROL)).unwrap();
    let mut tiles = db
        .prepare("SELECT zoom, x, y, data FROM tiles ORDER BY 1, 2, 3")
        .unwrap();
    let tiles = tiles.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)));
    let mut zooms = db.prepare("SELECT zoom, most FROM x_zooms ORDER BY 1").unwrap();
    let zooms = zooms.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    let mut tracks = db.prepare("SELECT track_id, shape FROM x_tracks ORDER BY 1").unwrap();
    let tracks = tracks.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
    (
        tiles.unwrap().map(std::result::Result::unwrap).collect(),
        zooms.unwrap().map(std::result::Result::unwrap).collect(),
        tracks.unwrap().map(std::result::Result::unwrap).collect(),
    )
}

/// Whether what grew step by step is what is drawn at once.
#[track_caller]
fn assert_as_if_whole(site: &Site, lines: &Lines, map: Map) {
    let grown = content(site, map);
    assert_eq!(again(site, lines, map, true), Renewed::Drawn);
    let whole = content(site, map);
    assert_eq!(grown.0.len(), whole.0.len());
    assert!(grown == whole);
}

#[test]
fn a_map_that_is_kept_up_to_date_is_the_one_that_is_drawn_at_once() {
    for map in Map::ALL {
        let (site, lines) = site();
        assert_eq!(again(&site, &lines, map, false), Renewed::Drawn);
        assert_eq!(again(&site, &lines, map, false), Renewed::Unchanged);
        assert_eq!(lines.read.get(), 3);
        // One comes.
        let next = fixture::add_track(&site.db, Some(CAROL), "PRIVATE", "2026-11-24");
        lines.set(next.0, 48.001);
        assert_eq!(again(&site, &lines, map, false), Renewed::Drawn);
        assert_eq!(lines.read.get(), 4);
        assert_as_if_whole(&site, &lines, map);
        // One is another, one goes, one becomes a plan.
        lines.set(8, 48.04);
        site.db.execute("DELETE FROM tracks WHERE id = 7", []).unwrap();
        site.db
            .execute("UPDATE tracks SET type = 'SYNTHETIC' WHERE id = 9", [])
            .unwrap();
        let read = lines.read.get();
        assert_eq!(again(&site, &lines, map, false), Renewed::Drawn);
        assert_eq!(lines.read.get(), read + 1);
        assert_as_if_whole(&site, &lines, map);
        assert_eq!(content(&site, map).2.len(), 2);
    }
}

#[test]
fn a_file_is_what_the_original_serves() {
    let (site, lines) = site();
    for map in Map::ALL {
        again(&site, &lines, map, false);
        let bytes = fs::read(map.path(&site.dir, CAROL)).unwrap();
        // In rollback mode: neither reading nor writing needs a write-ahead log.
        assert_eq!((&bytes[..15], &bytes[18..20]), (&b"SQLite format 3"[..], &[1, 1][..]));
        let zooms: std::collections::BTreeSet<u8> = content(&site, map).0.iter().map(|tile| tile.0).collect();
        assert_eq!(zooms, (0..=16).collect());
        let tile = tiles::find(&site.dir, CAROL, map, 0, (0, 0)).unwrap().unwrap();
        let image = image::load_from_memory_with_format(&tile, image::ImageFormat::Png).unwrap();
        assert_eq!((image.width(), image.height()), (256, 256));
        let (_, x, y, _) = *content(&site, map).0.last().unwrap();
        let near =
            (17..=24).map(|zoom: u8| tiles::find(&site.dir, CAROL, map, zoom, (x << (zoom - 16), y << (zoom - 16))));
        assert!(map == Map::Heat || near.flatten().flatten().count() == 8);
    }
    assert_eq!(fs::read_dir(site.dir.user(CAROL.0)).unwrap().count(), 2);
}

#[test]
fn a_file_of_another_program_is_drawn_anew() {
    let (site, lines) = site();
    fs::create_dir_all(site.dir.user(CAROL.0)).unwrap();
    fs::write(site.dir.user_heatmap(CAROL.0), "torn").unwrap();
    fs::write(site.dir.beside_map(&site.dir.user_heatmap(CAROL.0)), "left by a crash").unwrap();
    assert_eq!(again(&site, &lines, Map::Heat, false), Renewed::Drawn);
    assert!(!content(&site, Map::Heat).0.is_empty());
    assert_eq!(fs::read_dir(site.dir.user(CAROL.0)).unwrap().count(), 1);
}

#[test]
fn without_tracks_there_is_no_map() {
    let (site, lines) = site();
    again(&site, &lines, Map::Heat, false);
    assert!(find(&site.dir, CAROL, Map::Heat).is_some());
    site.db
        .execute("DELETE FROM tracks WHERE owner_id = ?1", [CAROL])
        .unwrap();
    assert_eq!(again(&site, &lines, Map::Heat, false), Renewed::Nothing);
    assert_eq!(find(&site.dir, CAROL, Map::Heat), None);
    // Nothing is made for whoever never had one.
    site.db.execute("DELETE FROM tracks", []).unwrap();
    let other = Work {
        user: ALICE,
        ..work_until(&site, &lines, &|_| true)
    };
    assert_eq!(renew(&other, Map::Heat, true), Ok(Renewed::Nothing));
    assert!(!site.dir.user(ALICE.0).exists());
}

#[test]
fn who_is_told_not_to_go_on_leaves_the_old_map() {
    let (site, lines) = site();
    again(&site, &lines, Map::Heat, false);
    let before = fs::read(site.dir.user_heatmap(CAROL.0)).unwrap();
    lines.set(7, 48.06);
    for looks in 0..20_u32 {
        let left = Cell::new(looks);
        let go_on = |_: f64| left.replace(left.get().saturating_sub(1)) > 0;
        let work = work_until(&site, &lines, &go_on);
        assert_eq!(renew(&work, Map::Heat, looks % 2 == 0), Ok(Renewed::Stopped));
        assert!(fs::read(site.dir.user_heatmap(CAROL.0)).unwrap() == before);
        assert_eq!(fs::read_dir(site.dir.user(CAROL.0)).unwrap().count(), 1);
    }
}

#[test]
fn how_much_is_done_only_grows() {
    let (site, lines) = site();
    for map in Map::ALL {
        let told = RefCell::new(vec![0.0]);
        let go_on = |share: f64| {
            told.borrow_mut().push(share);
            true
        };
        renew(&work_until(&site, &lines, &go_on), map, true).unwrap();
        let told = told.into_inner();
        assert!(
            told.len() > 10 && told.windows(2).all(|pair| pair[0] <= pair[1]),
            "{told:?}"
        );
        assert!(told.iter().all(|share| (0.0..=1.0).contains(share)));
    }
}
