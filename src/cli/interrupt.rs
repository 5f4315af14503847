//! ^C, noticed instead of suffered, while there is something to put back first.
//!
//! As long as an [`Interrupt`] lives, SIGINT, SIGTERM and SIGQUIT only make it readable; afterwards
//! they do what they always do. SIGHUP is left alone: under nohup it is meant to be ignored, and a
//! terminal that is gone is seen as the end of input.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};

use crate::error::{Error, Result};

/// The signals that are noticed.
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGQUIT];

/// Notices signals while it lives.
#[derive(Debug)]
pub struct Interrupt {
    wakes: UnixStream,
    /// Whether the signals do again what they always do.
    passed: Arc<AtomicBool>,
}

impl Interrupt {
    /// Begins to notice.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> Result<Interrupt> {
        let failed = |e: std::io::Error| Error::Failed(format!("cannot catch signals: {e}"));
        let (wakes, writer) = UnixStream::pair().map_err(failed)?;
        let passed = Arc::new(AtomicBool::new(false));
        for signal in SIGNALS {
            let writer = OwnedFd::from(writer.try_clone().map_err(failed)?);
            signal_hook::low_level::pipe::register(signal, writer).map_err(failed)?;
            signal_hook::flag::register_conditional_default(signal, Arc::clone(&passed)).map_err(failed)?;
        }
        Ok(Interrupt { wakes, passed })
    }

    /// Whether a signal has come.
    pub fn is_seen(&self) -> bool {
        let mut fds = [PollFd::new(&self.wakes, PollFlags::IN)];
        matches!(rustix::event::poll(&mut fds, Some(&Timespec::default())), Ok(n) if n > 0)
    }

    /// Waits for a signal; tells whether one came within the time.
    pub fn wait(&self, time: Duration) -> bool {
        let mut fds = [PollFd::new(&self.wakes, PollFlags::IN)];
        let time = Timespec::try_from(time).ok();
        !matches!(rustix::event::poll(&mut fds, time.as_ref()), Ok(0))
    }

    /// Waits until a file can be read or has ended; false when a signal came before.
    ///
    /// # Errors
    /// What the system says.
    pub fn wait_for(&self, input: BorrowedFd<'_>) -> std::result::Result<bool, Errno> {
        loop {
            let mut fds = [
                PollFd::from_borrowed_fd(self.wakes.as_fd(), PollFlags::IN),
                PollFd::from_borrowed_fd(input, PollFlags::IN),
            ];
            match rustix::event::poll(&mut fds, None) {
                Err(Errno::INTR) => {}
                Err(e) => return Err(e),
                Ok(_) if !fds[0].revents().is_empty() => return Ok(false),
                Ok(_) => return Ok(true),
            }
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        self.passed.store(true, Ordering::SeqCst);
    }
}
