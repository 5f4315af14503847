//! Who has the machine to itself, and what a measured time is worth on a machine that does other things too.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

static TURNS: RwLock<()> = RwLock::new(());

/// Nothing else of these tests runs until this is dropped.
pub fn alone() -> RwLockWriteGuard<'static, ()> {
    TURNS.write().unwrap_or_else(PoisonError::into_inner)
}

/// Others run beside, but none that measures.
pub fn beside() -> RwLockReadGuard<'static, ()> {
    TURNS.read().unwrap_or_else(PoisonError::into_inner)
}

/// How often the pulse beats.
const BEAT: Duration = Duration::from_millis(2);
/// The machine did something else when a beat comes later than this.
const LATE: Duration = Duration::from_millis(25);

/// Tells whether the machine let us run all the time: a thread that does nothing but wake up.
pub struct Pulse {
    late: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    pub fn start() -> Pulse {
        let (late, stop) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, stopped) = (Arc::clone(&late), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::SeqCst) {
                let begun = Instant::now();
                std::thread::sleep(BEAT);
                if begun.elapsed() > LATE {
                    counted.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Pulse {
            late,
            stop,
            thread: Some(thread),
        }
    }

    /// How long `work` took; none when the machine stood still meanwhile, whoever may have stopped it.
    pub fn time(&self, work: impl FnOnce()) -> Option<Duration> {
        let before = self.late.load(Ordering::SeqCst);
        let begun = Instant::now();
        work();
        let elapsed = begun.elapsed();
        // A beat that is late now is counted when it comes.
        std::thread::sleep(3 * BEAT);
        (self.late.load(Ordering::SeqCst) == before).then_some(elapsed)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
