//! Tells the service manager how the server is, as sd_notify(3) describes it: a datagram to the socket that
//! `NOTIFY_SOCKET` names. Without that variable nothing is done, and what cannot be told is no error: the manager draws
//! its own conclusions.

use std::env;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use rustix::net::{AddressFamily, SendFlags, SocketAddrUnix, SocketFlags, SocketType, sendto, socket_with};

/// The server listens.
pub const READY: &str = "READY=1";
/// The server finishes what it has in hand, and ends.
pub const STOPPING: &str = "STOPPING=1";
/// The server is alive.
pub const ALIVE: &str = "WATCHDOG=1";

/// Tells the manager, if there is one.
pub fn tell(state: &str) {
    if let Some(name) = env::var_os("NOTIFY_SOCKET")
        && let Err(e) = send(&name, state)
    {
        log::debug!("cannot tell the service manager {state}: {e}");
    }
}

/// Sends to a socket by its path, or in the abstract namespace when the name begins with `@`.
fn send(name: &OsStr, state: &str) -> rustix::io::Result<()> {
    let address = match name.as_bytes() {
        [b'@', rest @ ..] => SocketAddrUnix::new_abstract_name(rest)?,
        path => SocketAddrUnix::new(path)?,
    };
    let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None)?;
    // A manager that does not read must not hold the server up.
    sendto(
        &socket,
        state.as_bytes(),
        SendFlags::DONTWAIT | SendFlags::NOSIGNAL,
        &address,
    )
    .map(drop)
}

/// How often the manager wants to hear that the server is alive; none: it does not, or it asks another process.
pub fn watchdog() -> Option<Duration> {
    let number = |name: &str| env::var(name).ok()?.parse::<u64>().ok();
    wanted(number("WATCHDOG_USEC"), number("WATCHDOG_PID"), std::process::id())
}

fn wanted(microseconds: Option<u64>, of: Option<u64>, us: u32) -> Option<Duration> {
    let is_for_us = of.is_none_or(|pid| pid == u64::from(us));
    let time = microseconds.filter(|time| *time > 0).filter(|_| is_for_us)?;
    Some(Duration::from_micros(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use rustix::net::{RecvFlags, bind, recv};
    use std::ffi::OsString;

    #[track_caller]
    fn arrives(name: &OsStr, address: &SocketAddrUnix) {
        let heard = socket_with(AddressFamily::UNIX, SocketType::DGRAM, SocketFlags::CLOEXEC, None).unwrap();
        bind(&heard, address).unwrap();
        send(name, READY).unwrap();
        let mut text = [0; 64];
        let (length, _) = recv(&heard, &mut text, RecvFlags::DONTWAIT).unwrap();
        assert_eq!(&text[..length], b"READY=1");
    }

    #[test]
    fn a_socket_is_a_path_or_an_abstract_name() {
        let dir = Scratch::new();
        let path = dir.join("notify");
        arrives(path.as_os_str(), &SocketAddrUnix::new(&path).unwrap());
        let name = format!("fietsboek-notify-{}", std::process::id());
        let address = SocketAddrUnix::new_abstract_name(name.as_bytes()).unwrap();
        arrives(&OsString::from(format!("@{name}")), &address);
        assert!(send(dir.join("nobody").as_os_str(), READY).is_err());
    }

    #[test]
    fn the_watchdog_is_wanted_from_us_or_from_nobody_named() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(wanted(Some(1_000_000), None, 7), second);
        assert_eq!(wanted(Some(1_000_000), Some(7), 7), second);
        assert_eq!(wanted(Some(1_000_000), Some(8), 7), None);
        assert_eq!(wanted(Some(0), None, 7), None);
        assert_eq!(wanted(None, None, 7), None);
    }
}
