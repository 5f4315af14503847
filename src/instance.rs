//! An open instance: the one way in to its data, for the server and for the tools.
//!
//! The server enters for each request ([`Instance::enter`]) and leaves when its answer is made. What
//! it keeps open between requests, pooled connections, keeps the lock with it; a watcher closes them
//! as soon as the flag is on, so that a drain never waits for an idle server. The tools hold the lock
//! from their first touch to their end, whatever the flag says ([`Held::open`]).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::{Connection, InterruptHandle, MAIN_DB};
use time::OffsetDateTime;

use crate::config::Config;
use crate::datadir::DataDir;
use crate::db::{self, Findings};
use crate::error::{Error, Result};
use crate::maintenance::barrier::{self, FileId, Pass};
use crate::maintenance::flag::{self, Flag, Sighting, Stamp};

/// How long a tool waits for somebody who is alone with the data.
pub const TOOL_WAIT: Duration = Duration::from_secs(10);

/// How often the watcher looks at the flag when no request does.
const WATCH: Duration = Duration::from_millis(200);

/// How long what runs already may go on once the flag is on.
const GRACE: Duration = Duration::from_secs(10);

/// Why the instance is out of service, as a visitor may know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What kind of break it is.
    pub kind: Kind,
    /// The administrator's reason, printable; empty if there is none.
    pub reason: String,
    /// Since when.
    pub since: Option<OffsetDateTime>,
    /// By what it is known again, as [`Instance::glance`] tells it.
    pub stamp: Option<Stamp>,
}

/// The kinds of break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The maintenance mode is on, or it cannot be told that it is off.
    Maintenance,
    /// The database waits for `fietsupdate`.
    Update,
    /// The database cannot be used at present.
    Trouble,
}

impl Notice {
    /// The notice that an error means, if it is one that takes the instance out of service.
    pub fn of(error: &Error) -> Option<Notice> {
        let kind = match error {
            Error::Outdated(_) => Kind::Update,
            Error::Busy(_) | Error::Unavailable(_) => Kind::Trouble,
            _ => return None,
        };
        Some(Notice {
            kind,
            reason: String::new(),
            since: None,
            stamp: None,
        })
    }
}

/// An instance in service, shared by all threads of a server.
pub struct Instance {
    /// What the INI file says.
    pub config: Config,
    /// Where the data is.
    pub dir: DataDir,
    pool: Mutex<Vec<Handle>>,
    at_work: Mutex<BTreeMap<u64, InterruptHandle>>,
    next_entry: AtomicU64,
    /// Whether the log was told that the mode is on: to be looked at, and to be changed.
    noticed: AtomicBool,
    told: Mutex<bool>,
    /// Who entered before this number has to end. Those who come when the mode is off again have higher ones.
    cut_below: AtomicU64,
}

/// An open database with the identity of its file, and what was found in it.
struct Open {
    db: Connection,
    file: FileId,
    findings: Findings,
}

/// An open database, and the lock under which it was opened. The fields are dropped in this order: closed first,
/// unlocked afterwards.
struct Handle {
    open: Open,
    pass: Pass,
}

impl Open {
    /// Checks the schema, if anything has changed since it was last found right.
    fn check(&self, path: &Path) -> Result<()> {
        const RIGHT: &str = "the schema is right";
        let failed = |e| db::failed(&format!("read the database {}", path.display()), e);
        let state = self.findings.look(&self.db).map_err(failed)?;
        if self.findings.find::<()>(state, RIGHT).is_none() {
            db::check(&self.db, path)?;
            self.findings.keep(state, RIGHT.to_owned(), ());
        }
        Ok(())
    }
}

impl Instance {
    /// An instance as its configuration describes it. Nothing is opened yet.
    pub fn new(config: Config) -> Instance {
        Instance {
            dir: DataDir::new(&config.data_dir),
            config,
            pool: Mutex::new(Vec::new()),
            at_work: Mutex::new(BTreeMap::new()),
            next_entry: AtomicU64::new(0),
            noticed: AtomicBool::new(false),
            told: Mutex::new(false),
            cut_below: AtomicU64::new(0),
        }
    }

    /// Looks at the flag: a notice when the instance is out of service. Nothing else is touched, and nothing else
    /// looked at: whether there is anything to work in is asked by whoever enters.
    pub fn look(&self) -> Option<Notice> {
        self.notice(flag::look(self.dir.path()))
    }

    /// Looks at the flag for whoever has just answered: with the stamp of a notice the instance is out of service for
    /// the reason of that notice; with any other, or none, [`Instance::look`] has to tell.
    pub fn glance(&self) -> Option<Stamp> {
        flag::glance(self.dir.path())
    }

    /// Enters the barrier: until the entry is dropped, nobody is alone with the data.
    ///
    /// # Errors
    /// The notice, when the instance is out of service.
    pub fn enter(&self) -> std::result::Result<Entry<'_>, Notice> {
        let closed = |flag| self.notice(flag).unwrap_or(UNTOLD);
        let seen = barrier::first_look(self.dir.path()).map_err(closed)?;
        let id = self.next_entry.fetch_add(1, Ordering::Relaxed);
        // A pooled handle has held its lock since before this look: it needs no second one.
        if let Some(Handle { open, pass }) = self.take_pooled(seen.id()) {
            let mut entry = Entry {
                instance: self,
                id,
                open: None,
                pass: Some(pass),
            };
            entry.adopt(open);
            return Ok(entry);
        }
        let pass = barrier::enter(seen, self.dir.path()).map_err(closed)?;
        Ok(Entry {
            instance: self,
            id,
            open: None,
            pass: Some(pass),
        })
    }

    /// Starts the watcher: it notices the flag also with no request coming, closes what is pooled,
    /// and cuts what goes on for too long. It ends when the instance is dropped.
    pub fn watch(self: &Arc<Instance>) -> std::io::Result<()> {
        let watched = Arc::downgrade(self);
        let look = move || {
            let mut on_since: Option<Instant> = None;
            while let Some(instance) = watched.upgrade() {
                // Before the look: who comes after it may come because the mode went off.
                let entered = instance.next_entry.load(Ordering::Relaxed);
                let on = instance.notice(flag::look_to_work(instance.dir.path())).is_some();
                on_since = if on {
                    on_since.or_else(|| Some(Instant::now()))
                } else {
                    None
                };
                instance.keep_watch(on_since, entered);
                drop(instance);
                std::thread::sleep(WATCH);
            }
        };
        std::thread::Builder::new()
            .name("watcher".to_owned())
            .spawn(look)
            .map(drop)
    }

    fn keep_watch(&self, on_since: Option<Instant>, entered: u64) {
        if on_since.is_some() || !self.pool_is_current() {
            locked(&self.pool).clear();
        }
        if on_since.is_some_and(|since| since.elapsed() >= GRACE) {
            self.cut_below.store(entered, Ordering::Relaxed);
            let at_work = locked(&self.at_work);
            at_work.range(..entered).for_each(|(_, handle)| handle.interrupt());
        }
    }

    /// Whether what is pooled is what the paths name; an instance that was moved away is let go.
    fn pool_is_current(&self) -> bool {
        let database = find_id(&self.config.database);
        locked(&self.pool)
            .iter()
            .all(|handle| handle.pass.names(self.dir.path()) && database == Some(handle.open.file))
    }

    fn take_pooled(&self, dir: FileId) -> Option<Handle> {
        let database = find_id(&self.config.database);
        loop {
            let handle = locked(&self.pool).pop()?;
            if handle.pass.id() == dir && Some(handle.open.file) == database {
                return Some(handle);
            }
        }
    }

    fn pool(&self, handle: Handle) {
        let mut pool = locked(&self.pool);
        if pool.len() < self.config.server.threads {
            pool.push(handle);
        }
    }

    /// Whether the log has still to be told that the mode is on, or off. It is looked at again, one thread after
    /// the other: what was seen may be out of date by now, and would be told as a change that never was. Somebody
    /// who is alone with the data is no mode that is on: request by request that would come and go.
    fn is_news(&self, on: bool) -> bool {
        if self.noticed.load(Ordering::Relaxed) == on {
            return false;
        }
        let mut noticed = locked(&self.told);
        let is_on = flag::look_to_work(self.dir.path()) != Flag::Off;
        if is_on != on || *noticed == on {
            return false;
        }
        *noticed = on;
        self.noticed.store(on, Ordering::Relaxed);
        true
    }

    /// What a flag means to a visitor; logs the first sight of a mode that is on, and of its end.
    fn notice(&self, flag: Flag) -> Option<Notice> {
        if flag == Flag::Off {
            if self.is_news(false) {
                log::warn!("maintenance mode is off");
            }
            return None;
        }
        if self.is_news(true) {
            let text = crate::maintenance::reason::one_line(flag.in_words());
            log::warn!("maintenance mode is on ({}): {text}", self.dir.maintenance().display());
        }
        let Flag::On(Sighting {
            reason, since, stamp, ..
        }) = flag
        else {
            return Some(UNTOLD);
        };
        Some(Notice {
            kind: Kind::Maintenance,
            reason,
            since,
            stamp,
        })
    }
}

/// What a visitor learns when it cannot be told that the mode is off.
const UNTOLD: Notice = Notice {
    kind: Kind::Maintenance,
    reason: String::new(),
    since: None,
    stamp: None,
};

/// One request's stay behind the barrier.
pub struct Entry<'a> {
    instance: &'a Instance,
    id: u64,
    open: Option<Open>,
    pass: Option<Pass>,
}

impl Entry<'_> {
    /// The instance that was entered.
    pub fn instance(&self) -> &Instance {
        self.instance
    }

    /// The database, opened or taken over at the first call; its schema is checked then, also that
    /// of a pooled connection, whose file somebody may have migrated in the meantime. One that is opened
    /// just now goes through `mend` first, which completes what a crash may have left; when that fails it is not used.
    ///
    /// # Errors
    /// As [`db::open`]; those of `mend`.
    pub fn open_db(&mut self, mend: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
        let path = &self.instance.config.database;
        if let Some(open) = &self.open {
            return open.check(path);
        }
        let before = find_id(path);
        let db = db::open(path)?;
        // Another file of that name by now: pooled under the wrong identity it would be kept for good.
        let file = before
            .filter(|_| before == find_id(path))
            .ok_or_else(|| Error::Unavailable(format!("the database {} was moved just now", path.display())))?;
        mend(&db)?;
        self.adopt(Open {
            db,
            file,
            findings: Findings::default(),
        });
        Ok(())
    }

    /// The open database.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the mode has been on for so long that what still runs has to end,
    /// [`Error::Failed`] when [`Entry::open_db`] was not called before.
    pub fn db(&self) -> Result<&Connection> {
        if self.id < self.instance.cut_below.load(Ordering::Relaxed) {
            let seconds = GRACE.as_secs();
            return Err(Error::Unavailable(format!(
                "a request was cut short: the maintenance mode is on for {seconds} s"
            )));
        }
        Ok(&self.open()?.db)
    }

    /// What was found in the open database.
    ///
    /// # Errors
    /// [`Error::Failed`] when [`Entry::open_db`] was not called before.
    pub fn findings(&self) -> Result<&Findings> {
        Ok(&self.open()?.findings)
    }

    fn open(&self) -> Result<&Open> {
        let not_open = || Error::Failed("the database is not open".to_owned());
        self.open.as_ref().ok_or_else(not_open)
    }

    fn adopt(&mut self, open: Open) {
        locked(&self.instance.at_work).insert(self.id, open.db.get_interrupt_handle());
        self.open = Some(open);
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        locked(&self.instance.at_work).remove(&self.id);
        let (Some(open), Some(pass)) = (self.open.take(), self.pass.take()) else {
            return;
        };
        // A transaction that was left open is not for the next one, nor is anything once the flag is on. What could
        // only be read when it was opened would stay so.
        if open.db.is_autocommit() && pass.is_off() && !open.db.is_readonly(MAIN_DB).unwrap_or(true) {
            self.instance.pool(Handle { open, pass });
        } else {
            drop(open);
            drop(pass);
        }
    }
}

/// What a tool holds from its first touch of the data to its end.
pub struct Held {
    /// The open database.
    pub db: Connection,
    /// Where the data is.
    pub dir: DataDir,
    _pass: Pass,
}

impl Held {
    /// Takes the lock shared, whatever the flag says, and opens the database.
    ///
    /// # Errors
    /// [`Error::Busy`] when somebody is alone with the data for ten seconds; as [`db::open`].
    pub fn open(config: &Config) -> Result<Held> {
        let pass = hold(&config.data_dir)?;
        Ok(Held {
            db: db::open(&config.database)?,
            dir: DataDir::new(&config.data_dir),
            _pass: pass,
        })
    }
}

/// Takes the lock shared as a tool does, and says who is in the way when it cannot be had.
///
/// # Errors
/// As [`Held::open`].
pub fn hold(data_dir: &Path) -> Result<Pass> {
    barrier::hold(data_dir, TOOL_WAIT).map_err(|e| match e {
        Error::Busy(text) => Error::Busy(format!("{text}; held by {}", barrier::name_holders(data_dir))),
        other => other,
    })
}

fn find_id(path: &Path) -> Option<FileId> {
    rustix::fs::stat(path).ok().map(|stat| barrier::file_id(&stat))
}

/// A mutex whose holder panicked still guards data that is whole: each use is one step.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
