//! Tiles from a server on this machine that can be slow, wrong, huge, dead, cut short and elsewhere.

use super::trial::{PICTURE, TileServer};
use super::*;
use crate::config::Config;
use crate::maintenance::switch;
use crate::scratch::Scratch;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

const TILE: Tile = Tile { z: 5, x: 7, y: 9 };
const BUILT_IN_OFF: &str = "fietsboek.default_tile_layers =\n";

/// An instance that has a data directory and no more: tiles need no database.
struct Trial {
    instance: Arc<Instance>,
    _dir: Scratch,
}

impl Trial {
    fn new(lines: &str) -> Trial {
        let dir = Scratch::new();
        fs::create_dir(dir.join("data")).unwrap();
        fs::write(dir.join("data/VERSION"), "").unwrap();
        let ini = format!(
            "[app:main]\nsqlalchemy.url = sqlite:///%(here)s/db.sqlite\nfietsboek.data_dir = %(here)s/data\n\
             session_key = k\nemail.from = Bob <a@b.c>\nemail.smtp_url = debug://x\n{lines}\n[server:main]\n"
        );
        fs::write(dir.join("f.ini"), ini).unwrap();
        let config = Config::read(&dir.join("f.ini")).unwrap();
        Trial {
            instance: Arc::new(Instance::new(config)),
            _dir: dir,
        }
    }
}

struct Scene {
    server: TileServer,
    trial: Trial,
    tiles: Arc<Tiles>,
}

impl Scene {
    /// With a layer for each thing that the server does.
    fn new(what: &[&str]) -> Scene {
        let server = TileServer::new();
        let layers: String = what.iter().map(|what| server.layer(what, what)).collect();
        let trial = Trial::new(&format!("{BUILT_IN_OFF}{layers}fietsboek.tile_proxy.timeout = 500"));
        let tiles = Arc::new(Tiles::new(Arc::clone(&trial.instance)));
        Scene { server, trial, tiles }
    }

    fn layer(&self, id: &str) -> &Layer {
        let layers = &self.trial.instance.config.layers;
        layers.iter().find(|layer| layer.id == id).unwrap()
    }

    fn fetch(&self, id: &str) -> Outcome {
        self.tiles.reserve().unwrap().fetch(self.layer(id), TILE)
    }

    fn is_kept(&self, id: &str) -> bool {
        let entry = self.trial.instance.enter().unwrap();
        self.tiles.find(&entry, self.layer(id), TILE).is_some()
    }

    /// As if the tile had been kept so many days ago.
    fn age(&self, id: &str, days: i64) {
        let key = key(self.layer(id), TILE);
        let kept = cache::find(&self.trial.instance.dir, &key).unwrap().unwrap();
        let aged = Kept {
            checked: now() - days * 24 * 3600,
            ..kept
        };
        cache::keep(&self.trial.instance.dir, &key, &aged, 1 << 20).unwrap();
    }
}

fn picture() -> Outcome {
    Outcome::Picture(PICTURE.to_vec())
}

#[test]
fn a_tile_is_fetched_once_and_kept_and_the_provider_learns_who_asks() {
    let scene = Scene::new(&["good"]);
    assert!(!scene.is_kept("good"));
    assert_eq!(scene.fetch("good"), picture());
    assert!(scene.is_kept("good"));
    assert_eq!(scene.fetch("good"), picture());
    let heads = scene.server.heads("good");
    assert_eq!(heads.len(), 1);
    let head = heads[0].to_ascii_lowercase();
    assert!(head.starts_with("get /good/5/7/9 http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\nuser-agent: fietsboek/") && head.contains("\r\nfrom: a@b.c\r\n"));
    assert!(!head.contains("cookie") && !head.contains("referer"));
}

#[test]
fn ten_who_want_one_tile_make_one_request() {
    let scene = Scene::new(&["lazy"]);
    thread::scope(|scope| {
        let all: Vec<_> = (0..10).map(|_| scope.spawn(|| scene.fetch("lazy"))).collect();
        for one in all {
            assert_eq!(one.join().unwrap(), picture());
        }
    });
    assert_eq!(scene.server.heads("lazy").len(), 1);
    assert_eq!(scene.tiles.in_hand.load(Ordering::SeqCst), 0);
}

#[test]
fn an_old_tile_is_asked_for_only_if_it_has_changed() {
    let scene = Scene::new(&["tag"]);
    assert_eq!(scene.fetch("tag"), picture());
    scene.age("tag", 8);
    assert!(!scene.is_kept("tag"));
    assert_eq!(scene.fetch("tag"), picture());
    assert!(scene.is_kept("tag"));
    let heads = scene.server.heads("tag");
    assert_eq!(heads.len(), 2);
    assert!(heads[1].to_ascii_lowercase().contains("if-none-match: \"t\""));
}

#[test]
fn an_old_tile_is_better_than_none() {
    let scene = Scene::new(&["good", "dead", "html"]);
    scene.fetch("good");
    let kept = cache::find(&scene.trial.instance.dir, &key(scene.layer("good"), TILE))
        .unwrap()
        .unwrap();
    for id in ["dead", "html"] {
        let key = key(scene.layer(id), TILE);
        cache::keep(&scene.trial.instance.dir, &key, &kept, 1 << 20).unwrap();
        scene.age(id, 30);
        assert_eq!(scene.fetch(id), picture(), "{id}");
        assert!(!scene.is_kept(id), "{id} is fresh");
    }
}

#[test]
fn what_is_no_whole_picture_is_neither_passed_on_nor_kept() {
    let wrong = ["html", "huge", "endless", "short", "hangup", "away", "round"];
    let scene = Scene::new(&wrong);
    for id in wrong {
        let before = Instant::now();
        assert_eq!(scene.fetch(id), Outcome::Broken, "{id}");
        assert!(before.elapsed() < Duration::from_secs(5) && !scene.is_kept(id), "{id}");
    }
    // Nobody was sent to another host.
    assert_eq!(scene.server.heads("good").len(), 0);
}

#[test]
fn a_redirect_within_the_host_is_followed_and_an_error_is_told() {
    let scene = Scene::new(&["home", "missing", "failing"]);
    assert_eq!(scene.fetch("home"), picture());
    assert_eq!(scene.fetch("missing"), Outcome::Refused(404));
    assert_eq!(scene.fetch("failing"), Outcome::Refused(500));
    assert!(!scene.is_kept("missing") && !scene.is_kept("failing"));
}

#[test]
fn a_provider_that_is_silent_or_drips_costs_no_more_than_the_time_and_is_left_alone_in_the_end() {
    let scene = Scene::new(&["dead", "drip"]);
    for id in ["dead", "drip"] {
        let before = Instant::now();
        assert_eq!(scene.fetch(id), Outcome::Slow, "{id}");
        let took = before.elapsed();
        assert!(
            took >= Duration::from_millis(400) && took < Duration::from_secs(5),
            "{id}: {took:?}"
        );
    }
    for _ in 0..10 {
        scene.tiles.trouble.add("dead");
    }
    let asked = scene.server.heads("dead").len();
    assert_eq!(scene.fetch("dead"), Outcome::Slow);
    assert_eq!(scene.server.heads("dead").len(), asked);
}

#[test]
fn a_provider_that_cannot_be_reached_is_broken_and_counts() {
    let trial = Trial::new("fietsboek.tile_layer.x = X\nfietsboek.tile_layer.x.url = http://127.0.0.1:1/{x}/{y}/{z}");
    let tiles = Arc::new(Tiles::new(Arc::clone(&trial.instance)));
    let layer = trial.instance.config.layers.last().unwrap();
    for _ in 0..11 {
        assert_eq!(tiles.reserve().unwrap().fetch(layer, TILE), Outcome::Broken);
    }
    assert_eq!(tiles.reserve().unwrap().fetch(layer, TILE), Outcome::Slow);
}

#[test]
fn while_the_maintenance_mode_is_on_nobody_is_asked_and_nothing_kept() {
    let scene = Scene::new(&["good", "lazy"]);
    thread::scope(|scope| {
        let running = scope.spawn(|| scene.fetch("lazy"));
        while scene.server.heads("lazy").is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        switch::enable(&scene.trial.instance.dir, "").unwrap();
        running.join().unwrap();
    });
    assert_eq!(scene.fetch("good"), Outcome::Closed);
    assert!(scene.server.heads("good").is_empty() && !scene.trial.instance.dir.tile_cache().exists());
}

#[test]
fn there_are_so_many_seats_and_no_more() {
    let scene = Scene::new(&["good"]);
    let seats: Vec<_> = (0..MOST).map(|_| scene.tiles.reserve().unwrap()).collect();
    assert!(scene.tiles.reserve().is_none());
    drop(seats);
    assert!(scene.tiles.reserve().is_some());
}

#[test]
fn a_tile_lies_within_the_map_and_the_zooms_of_its_layer() {
    let scene = Scene::new(&["good"]);
    let layer = Layer {
        max_zoom: Some(19),
        ..scene.layer("good").clone()
    };
    let is_one = |z, x, y| Tile::new(&layer, z, x, y).is_some();
    assert!(is_one(0, 0, 0) && is_one(19, (1 << 19) - 1, 0));
    assert!(!is_one(0, 1, 0) && !is_one(19, 0, 1 << 19) && !is_one(20, 0, 0));
    assert!(!is_one(u64::MAX, 0, 0) && !is_one(5, u64::MAX, u64::MAX));
    let unknown = Layer {
        max_zoom: None,
        ..layer
    };
    assert!(Tile::new(&unknown, 30, (1 << 30) - 1, 0).is_some() && Tile::new(&unknown, 31, 0, 0).is_none());
}
