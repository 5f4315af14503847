//! The threads of an import, and what flows between them.
//!
//! As many threads as there are cores read, measure and pack; more, who only wait for the disk, write the files; one
//! writes the database. Between them little waits, so the memory does not grow with the number of files.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::known::Known;
use super::source::Item;
use super::work::{Outcome, Settings, prepare};
use super::write::Writer;
use crate::datadir::DataDir;
use crate::error::Result;
use crate::web::page::make::{Ready, Waiting};

/// Threads that wait for the disk: a journalling file system makes many files durable in the time of one.
const STAGERS: usize = 8;
/// Tracks in one transaction at the most: others who write wait that long.
const BATCH: usize = 100;
/// How long a track waits for others to come into its transaction.
const PATIENCE: Duration = Duration::from_millis(300);
/// How often it is looked whether to go on.
const TICK: Duration = Duration::from_millis(100);

/// What is done with the files.
pub struct Work<'a> {
    /// The files.
    pub items: &'a [Item],
    /// What is the same for all.
    pub settings: &'a Settings,
    /// What the owner has.
    pub known: &'a Known,
    /// Where the data is.
    pub dir: &'a DataDir,
    /// Threads that read.
    pub jobs: usize,
}

/// How it went.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Tracks that were made.
    pub imported: usize,
    /// Files whose points the owner has.
    pub already: usize,
    /// Files that could not be imported.
    pub failed: usize,
}

impl Tally {
    /// Files that are through.
    pub fn done(self) -> usize {
        self.imported + self.already + self.failed
    }
}

/// Whoever looks on.
pub trait Watch {
    /// A file could not be imported.
    fn failed(&self, name: &str, why: &str);
    /// So many are through.
    fn done(&self, tally: Tally);
    /// Whether to go on; asked between files.
    ///
    /// # Errors
    /// Why not.
    fn go_on(&self) -> Result<()>;
}

enum News {
    Staged(Box<Waiting>),
    Already,
    Refused(usize, String),
    /// A file would become a track, if anything were written.
    Would,
    /// The instance cannot be written.
    Broken(crate::error::Error),
}

/// Imports the files. Without a writer nothing is written: it is only told what would be.
///
/// # Errors
/// What the database and the disk of the instance say, and what [`Watch::go_on`] says; the tally holds what was done
/// before, and that stays.
pub fn run(work: &Work<'_>, mut writer: Option<Writer<'_>>, watch: &dyn Watch, tally: &mut Tally) -> Result<()> {
    let (stop, next) = (AtomicBool::new(false), AtomicUsize::new(0));
    let is_dry = writer.is_none();
    std::thread::scope(|scope| {
        let news = start(scope, work, is_dry, &stop, &next);
        let outcome = collect(work, &news, &mut writer, watch, tally);
        // Whoever waits to tell something learns that nobody listens, and ends.
        stop.store(true, Ordering::Relaxed);
        drop(news);
        outcome
    })
}

fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: &'scope Work<'_>,
    is_dry: bool,
    stop: &'scope AtomicBool,
    next: &'scope AtomicUsize,
) -> Receiver<News> {
    let (tell, news) = sync_channel(BATCH);
    let (hand_on, ready) = sync_channel::<Box<Ready>>(STAGERS);
    let ready = Arc::new(Mutex::new(ready));
    for _ in 0..work.jobs {
        let (tell, hand_on) = (tell.clone(), hand_on.clone());
        scope.spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = work.items.get(at) else { return };
                let told = match prepare(item, work.settings, work.known) {
                    Ok(Outcome::Ready(_)) if is_dry => tell.send(News::Would).is_ok(),
                    Ok(Outcome::Ready(track)) => hand_on.send(track).is_ok(),
                    Ok(Outcome::Already) => tell.send(News::Already).is_ok(),
                    Ok(Outcome::Refused(why)) => tell.send(News::Refused(at, why)).is_ok(),
                    Err(e) => tell.send(News::Broken(e)).is_ok(),
                };
                if !told {
                    return;
                }
            }
        });
    }
    for _ in 0..STAGERS {
        let (tell, ready) = (tell.clone(), Arc::clone(&ready));
        scope.spawn(move || stage(work.dir, &ready, &tell));
    }
    news
}

fn stage(dir: &DataDir, ready: &Mutex<Receiver<Box<Ready>>>, tell: &SyncSender<News>) {
    loop {
        let received = ready.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(track) = received else { return };
        let told = match track.stage(dir) {
            Ok(staged) => tell.send(News::Staged(Box::new(staged))),
            Err(e) => tell.send(News::Broken(e)),
        };
        if told.is_err() {
            return;
        }
    }
}

fn collect(
    work: &Work<'_>,
    news: &Receiver<News>,
    writer: &mut Option<Writer<'_>>,
    watch: &dyn Watch,
    tally: &mut Tally,
) -> Result<()> {
    let mut batch: Vec<Waiting> = Vec::new();
    let mut since = Instant::now();
    let mut write = |batch: &mut Vec<Waiting>, tally: &mut Tally| -> Result<()> {
        let tracks = std::mem::take(batch);
        let count = tracks.len();
        if let Some(writer) = writer.as_mut() {
            let already = writer.write(tracks)?;
            tally.already += already;
            tally.imported += count - already;
        }
        Ok(())
    };
    loop {
        let received = news.recv_timeout(TICK);
        if batch.is_empty() {
            since = Instant::now();
        }
        match received {
            Ok(News::Staged(track)) => batch.push(*track),
            Ok(News::Already) => tally.already += 1,
            Ok(News::Would) => tally.imported += 1,
            Ok(News::Refused(at, why)) => {
                tally.failed += 1;
                watch.failed(work.items.get(at).map_or("", |item| item.name.as_str()), &why);
            }
            Ok(News::Broken(e)) => return Err(e),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                write(&mut batch, tally)?;
                watch.done(*tally);
                return Ok(());
            }
        }
        if batch.len() >= BATCH || (!batch.is_empty() && since.elapsed() > PATIENCE) {
            write(&mut batch, tally)?;
        }
        watch.done(*tally);
        if let Err(stopped) = watch.go_on() {
            // What is durable already is not thrown away.
            write(&mut batch, tally)?;
            return Err(stopped);
        }
    }
}
