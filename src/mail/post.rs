//! The queue is worked through: by a thread of the server as soon as a mail is written down, and by fietscron.
//!
//! The thread enters the barrier to take a mail and to say what became of it, never while it talks to the mail
//! server. While the maintenance mode is on it takes none.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use super::send;
use crate::clock;
use crate::config::Email;
use crate::error::Result;
use crate::instance::Instance;
use crate::model::mail::{self, Mail};
use crate::model::swap;

/// How often the thread looks while a mail waits to be tried again.
const LOOK: Duration = Duration::from_secs(60);
/// How soon it tries again what the maintenance mode or a locked database kept it from.
const KEPT: Duration = Duration::from_secs(1);

/// What wakes the thread; it is rung after the commit.
#[derive(Clone, Default)]
pub struct Bell(Arc<(Mutex<bool>, Condvar)>);

impl Bell {
    /// A mail was written down.
    pub fn ring(&self) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.1.notify_one();
    }

    /// Until it rings, or for so long.
    fn wait(&self, most: Option<Duration>) {
        let rung = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rung = match most {
            None => self
                .0
                .1
                .wait_while(rung, |rung| !*rung)
                .unwrap_or_else(PoisonError::into_inner),
            Some(most) => {
                let waited = self.0.1.wait_timeout_while(rung, most, |rung| !*rung);
                waited.unwrap_or_else(PoisonError::into_inner).0
            }
        };
        *rung = false;
    }
}

/// Starts the thread. It ends with the process; what it had in hand then is tried again later.
///
/// # Errors
/// When no thread can be had.
pub fn start(instance: Arc<Instance>, bell: Bell) -> std::io::Result<()> {
    let work = move || {
        loop {
            // A panic costs its mail some minutes, never the thread.
            let pause = match catch_unwind(AssertUnwindSafe(|| empty(&instance))) {
                Ok(Ok(false)) => None,
                Ok(Ok(true)) => Some(LOOK),
                Ok(Err(Kept)) => Some(KEPT),
                Err(_) => {
                    log::error!("whoever sends mail panicked; it goes on in {} s", LOOK.as_secs());
                    Some(LOOK)
                }
            };
            bell.wait(pause);
        }
    };
    thread::Builder::new().name("post".to_owned()).spawn(work).map(drop)
}

/// The database could not be used just now; why is told by whoever serves requests.
struct Kept;

/// Sends what is due, one mail after the other; says whether any is left for later.
fn empty(instance: &Instance) -> std::result::Result<bool, Kept> {
    loop {
        let taken = inside(instance, |db| mail::take(db, clock::now_wall()))?;
        let Some(mail) = taken else {
            return inside(instance, mail::any);
        };
        let settled = try_to_send(&instance.config.email, &mail);
        while inside(instance, |db| settled.write(db, &mail)).is_err() {
            thread::sleep(KEPT);
        }
    }
}

/// Does something with the database, inside the barrier.
fn inside<T>(instance: &Instance, work: impl FnOnce(&Connection) -> Result<T>) -> std::result::Result<T, Kept> {
    let mut entry = instance.enter().map_err(|_| Kept)?;
    let opened = entry.open_db(|db| swap::finish_pending(db, &instance.dir));
    let done = opened.and_then(|()| work(entry.db()?));
    done.map_err(|e| {
        log::debug!("the mails that wait cannot be reached: {e}");
        Kept
    })
}

/// What became of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It is sent, or given up.
    Done,
    /// It is tried again.
    Later,
}

impl Settled {
    fn write(self, db: &Connection, mail: &Mail) -> Result<()> {
        match self {
            Settled::Done => mail::delete(db, mail),
            Settled::Later => mail::put_off(db, mail, clock::now_wall()),
        }
    }
}

/// Sends a mail that was taken, and tells the log when that fails. What is in it never stands there.
fn try_to_send(email: &Email, mail: &Mail) -> Settled {
    let Mail {
        message_id, recipient, ..
    } = mail;
    if clock::now_wall() > mail.useful_until {
        log::error!("the mail {message_id} to {recipient} is given up: its link is valid no more");
        return Settled::Done;
    }
    match send(email, mail) {
        Ok(()) => {
            log::info!("the mail {message_id} is sent");
            Settled::Done
        }
        Err(failure) if failure.for_good => {
            log::error!("the mail {message_id} to {recipient} is given up: {}", failure.text);
            Settled::Done
        }
        Err(failure) => {
            log::warn!(
                "the mail {message_id} waits, it could not be sent (try {}): {}",
                mail.tries,
                failure.text
            );
            Settled::Later
        }
    }
}

/// Tries to send one mail that is due, for who has the database open anyway; none: there is no such mail.
///
/// # Errors
/// What the database says. That a mail cannot be sent is told to the log.
pub fn send_one(db: &Connection, email: &Email) -> Result<Option<Settled>> {
    let Some(mail) = mail::take(db, clock::now_wall())? else {
        return Ok(None);
    };
    let settled = try_to_send(email, &mail);
    settled.write(db, &mail)?;
    Ok(Some(settled))
}
