//! ^C, noticed instead of suffered, while there is something to put back first.
//!
//! As long as an [`Interrupt`] lives, SIGINT, SIGTERM and SIGQUIT only make it readable; afterwards
//! they do what they always do. One lives at a time. SIGHUP is left alone: under nohup it is meant to be ignored, and a
//! terminal that is gone is seen as the end of input.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use signal_hook::SigId;
use signal_hook::consts::{SIGINT, SIGQUIT, SIGTERM};

use crate::error::{Error, Result};

/// The signals that are noticed.
const SIGNALS: [i32; 3] = [SIGINT, SIGTERM, SIGQUIT];

/// Whether the signals do what they always do. Static, because a handler once set stays: it asks here.
static PASSED: AtomicBool = AtomicBool::new(true);

/// Notices signals while it lives.
#[derive(Debug)]
pub struct Interrupt {
    wakes: UnixStream,
    handlers: Vec<SigId>,
}

impl Interrupt {
    /// Begins to notice.
    ///
    /// # Errors
    /// What the system says.
    pub fn catch() -> Result<Interrupt> {
        let failed = |e: std::io::Error| Error::Failed(format!("cannot catch signals: {e}"));
        let (wakes, writer) = UnixStream::pair().map_err(failed)?;
        let mut interrupt = Interrupt {
            wakes,
            handlers: Vec::new(),
        };
        PASSED.store(false, Ordering::SeqCst);
        for signal in SIGNALS {
            let writer = OwnedFd::from(writer.try_clone().map_err(failed)?);
            let handler = signal_hook::low_level::pipe::register(signal, writer).map_err(failed)?;
            interrupt.handlers.push(handler);
            signal_hook::flag::register_conditional_default(signal, &PASSED).map_err(failed)?;
        }
        Ok(interrupt)
    }

    /// Waits for a signal; tells whether one came within the time.
    pub fn wait(&self, time: Duration) -> bool {
        let mut fds = [PollFd::new(&self.wakes, PollFlags::IN)];
        let time = Timespec::try_from(time).ok();
        // An error is no signal: poll also ends early when the process goes on after ^Z.
        matches!(rustix::event::poll(&mut fds, time.as_ref()), Ok(n) if n > 0)
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
        PASSED.store(true, Ordering::SeqCst);
        self.handlers.drain(..).for_each(|handler| {
            signal_hook::low_level::unregister(handler);
        });
    }
}
