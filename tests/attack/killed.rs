//! A server that is killed again and again, at any moment, while four clients upload, edit, comment and delete.
//!
//! What was acknowledged is there afterwards, what was not is there whole or not at all, and `fietsctl check`
//! finds nothing. Where exactly it is killed is decided by chance here; `tests/it/crash.rs` goes through the steps.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use rusqlite::Connection;
use rustix::process::Signal;

use super::dice::Dice;
use super::server::Server;
use super::site::Site;
use super::turn;
use super::visitor::{Jar, Visitor};
use super::whole::{FILES, db, form, state};

/// `KILLS=200 cargo test --test attack killed` tries it more often.
const KILLS: u64 = 20;
/// The longest that a server lives, in milliseconds.
const LIFE: usize = 400;
/// Tracks that a client has at most.
const MOST_TRACKS: usize = 4;

/// A track that was acknowledged: its title stands in all that is stored of it, and nowhere else.
#[derive(Debug, Clone)]
struct Track {
    id: i64,
    title: String,
    comments: Vec<String>,
}

/// What was asked for and not acknowledged.
#[derive(Debug)]
enum Pending {
    Made(String),
    Edited { id: i64, old: String, new: String },
    Commented { title: String, text: String },
    Deleted(String),
}

/// Somebody who remembers what was acknowledged.
struct Client {
    number: usize,
    jar: Jar,
    dice: Dice,
    made: usize,
    tracks: Vec<Track>,
    pending: Option<Pending>,
}

impl Client {
    /// A word that nobody has used.
    fn word(&mut self) -> String {
        self.made += 1;
        format!("Gen{}x{}", self.number, self.made)
    }

    /// Does one thing after the other until there is no answer.
    fn work(&mut self, server: &Server<'_>) {
        let mut visitor = Visitor::back(server, &self.jar);
        while self.act(&mut visitor).is_some() {}
    }

    /// None when there was no answer.
    fn act(&mut self, visitor: &mut Visitor<'_>) -> Option<()> {
        let has_room = self.tracks.len() < MOST_TRACKS;
        match self.dice.roll(8) {
            _ if self.tracks.is_empty() => self.make(visitor),
            0..=2 if has_room => self.make(visitor),
            0..=3 => self.delete(visitor),
            4 | 5 => self.edit(visitor),
            _ => self.comment(visitor),
        }
    }

    fn make(&mut self, visitor: &mut Visitor<'_>) -> Option<()> {
        let reply = visitor.send("/upload", &[], &FILES[..1])?;
        let path = visitor.location(&reply);
        let title = self.word();
        self.pending = Some(Pending::Made(title.clone()));
        let reply = visitor.send(&path, &form(&title), &FILES[1..])?;
        let id = visitor.location(&reply).rsplit('/').next()?.parse().unwrap();
        self.pending = None;
        self.tracks.push(Track {
            id,
            title,
            comments: Vec::new(),
        });
        Some(())
    }

    fn edit(&mut self, visitor: &mut Visitor<'_>) -> Option<()> {
        let at = self.dice.roll(self.tracks.len());
        let new = self.word();
        let Track { id, title, .. } = self.tracks[at].clone();
        self.pending = Some(Pending::Edited {
            id,
            old: title,
            new: new.clone(),
        });
        let files = if self.dice.chance(50) { &FILES[..1] } else { &[] };
        visitor
            .send(&format!("/track/{id}/edit"), &form(&new), files)?
            .status(302);
        self.pending = None;
        self.tracks[at].title = new;
        Some(())
    }

    fn comment(&mut self, visitor: &mut Visitor<'_>) -> Option<()> {
        let at = self.dice.roll(self.tracks.len());
        let text = self.word();
        let Track { id, title, .. } = self.tracks[at].clone();
        self.pending = Some(Pending::Commented {
            title,
            text: text.clone(),
        });
        let fields = [("title", ""), ("comment", &text)];
        visitor.send(&format!("/track/{id}/comment"), &fields, &[])?.status(302);
        self.pending = None;
        self.tracks[at].comments.push(text);
        Some(())
    }

    fn delete(&mut self, visitor: &mut Visitor<'_>) -> Option<()> {
        let track = self.tracks.remove(self.dice.roll(self.tracks.len()));
        self.pending = Some(Pending::Deleted(track.title.clone()));
        self.tracks.push(track);
        let id = self.tracks.last()?.id;
        visitor.send(&format!("/track/{id}/delete"), &[], &[])?.status(302);
        self.pending = None;
        self.tracks.pop();
        Some(())
    }

    /// What became of that which was not acknowledged: either is right.
    fn settle(&mut self, db: &Connection) {
        match self.pending.take() {
            Some(Pending::Made(title)) => self.tracks.extend(find(db, &title).map(|id| Track {
                id,
                title,
                comments: Vec::new(),
            })),
            Some(Pending::Edited { id, old, new }) if find(db, &new) == Some(id) => {
                let track = self.tracks.iter_mut().find(|track| track.title == old);
                track.unwrap().title = new;
            }
            Some(Pending::Deleted(title)) if find(db, &title).is_none() => {
                self.tracks.retain(|track| track.title != title);
            }
            Some(Pending::Commented { title, text }) => {
                let track = self.tracks.iter_mut().find(|track| track.title == title).unwrap();
                if comments(db, track.id).contains(&text) {
                    track.comments.push(text);
                }
            }
            Some(Pending::Edited { .. } | Pending::Deleted(_)) | None => {}
        }
    }

    /// Everything that was acknowledged is there, and whole.
    fn check(&self, site: &Site, db: &Connection, kill: u64) {
        for Track {
            id,
            title,
            comments: own,
        } in &self.tracks
        {
            assert_eq!(find(db, title), Some(*id), "kill {kill}: {title} is lost");
            let stored = state(site, *id);
            let words: Vec<&str> = stored
                .lines()
                // What was said of the photo when it came stays: an edit says nothing of it.
                .filter(|line| !line.starts_with("new.png |"))
                .flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric()))
                .filter(|word| word.starts_with("Gen"))
                .collect();
            // Title, description, tag, and name and description in the recording.
            assert!(words.len() >= 5, "kill {kill}: {stored}");
            assert!(words.iter().all(|word| word == title), "kill {kill}: {title}: {stored}");
            assert!(stored.contains("new.png"), "kill {kill}: {title}: {stored}");
            assert_eq!(&comments(db, *id), own, "kill {kill}: {title}");
        }
    }
}

fn find(db: &Connection, title: &str) -> Option<i64> {
    let mut rows = db.prepare("SELECT id FROM tracks WHERE title = ?1").unwrap();
    let ids: Vec<i64> = rows
        .query_map([title], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(ids.len() < 2, "{title} is there {} times", ids.len());
    ids.first().copied()
}

fn comments(db: &Connection, id: i64) -> Vec<String> {
    let mut rows = db
        .prepare("SELECT text FROM comments WHERE track_id = ?1 ORDER BY id")
        .unwrap();
    rows.query_map([id], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

/// Titles of ours in the database.
fn count(db: &Connection) -> i64 {
    let sql = "SELECT count(*) FROM tracks WHERE title LIKE 'Gen%'";
    db.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Nothing is wrong and nothing is worth telling, before fietscron has cleared away what the deaths left and afterwards.
fn assert_sound(site: &Site) {
    let finds_nothing = || {
        let run = site.ctl(["check"]).run();
        // Notes of the configuration are those of the instance as it came.
        let data = site.data();
        let is_finding = |line: &str| line.starts_with("problem: ") || line.contains(&*data.to_string_lossy());
        assert!(!run.stdout.lines().any(is_finding), "{run:?}");
        run.code(0).says("no problems");
    };
    finds_nothing();
    site.tool("fietscron").run().code(0);
    finds_nothing();
    let places = std::fs::read_dir(site.data().join("tracks")).unwrap().count();
    let rows: i64 = db(site)
        .query_row("SELECT count(*) FROM tracks", [], |row| row.get(0))
        .unwrap();
    assert_eq!(places as i64, rows);
}

#[test]
fn what_was_acknowledged_outlives_any_death_and_what_was_not_is_whole_or_absent() {
    let _turn = turn::beside();
    let kills = std::env::var("KILLS")
        .ok()
        .and_then(|kills| kills.parse().ok())
        .unwrap_or(KILLS);
    let site = Site::fixture();
    // `fietsctl check` looks at that too.
    std::fs::set_permissions(site.dir(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let server = Server::start(&site);
    let jars = [("alice", "alice-password-1"), ("bob", "bob-password-1")]
        .map(|(name, password)| Visitor::log_in(&server, &format!("{name}@example.org"), password).leave());
    drop(server);
    let mut clients: Vec<Client> = (0..4)
        .map(|number| Client {
            number,
            jar: jars[number % 2].clone(),
            dice: Dice::new(number as u64 + 1),
            made: 0,
            tracks: Vec::new(),
            pending: None,
        })
        .collect();
    let mut dice = Dice::new(20_261_124);
    for kill in 0..kills {
        let mut server = Server::start(&site);
        std::thread::scope(|scope| {
            for client in &mut clients {
                let server = &server;
                scope.spawn(move || client.work(server));
            }
            std::thread::sleep(Duration::from_millis(10 + dice.roll(LIFE) as u64));
            server.signal(Signal::KILL);
        });
        assert_eq!(server.wait(), None);
        drop(server);
        // The first request completes what the last one left.
        let server = Server::start(&site);
        server.get("/track/").status(200);
        drop(server);
        let db = db(&site);
        clients.iter_mut().for_each(|client| client.settle(&db));
        clients.iter().for_each(|client| client.check(&site, &db, kill));
        assert_eq!(
            count(&db),
            clients.iter().map(|client| client.tracks.len() as i64).sum::<i64>(),
            "kill {kill}"
        );
        drop(db);
        if kill % 10 == 9 || kill + 1 == kills {
            assert_sound(&site);
        }
    }
    let done: usize = clients.iter().map(|client| client.made).sum();
    println!("{kills} kills, {done} changes asked for");
    assert!(done as u64 > kills, "{done} changes in {kills} lives");
}
