//! What a process may still do once it has started: as little as it needs.
//!
//! A server that was taken over by what a stranger sent can then read no other file of the machine, connect to
//! nothing but map and mail servers, run no program, and leaves no memory on the disk. All of it is done before the
//! first thread: what is asked for here counts for the thread that asks and those it makes.

mod account;
mod confine;

use rustix::process::{Resource, Rlimit, setrlimit};

use crate::config::Config;
use crate::error::Result;

/// Gives up what a tool that has read its configuration and bound its sockets does not need any more: the rights of
/// root, and every file and port but its own. What the kernel cannot do is told in the log, and is no error.
///
/// `told`: how loudly root is told that it should be somebody else; what is run by cron mails every warning.
///
/// # Errors
/// `Config` when the user of the INI file is not known, `Failed` when its rights cannot be taken on.
pub fn enter(config: &Config, told: log::Level) -> Result<()> {
    account::take_on(&config.user, told)?;
    // Large bodies wait there and the private socket stands there, and a rule can only name what is there; an empty
    // root directory has none. Where it cannot be made either, whoever needs it says so.
    let _ = std::fs::create_dir_all(std::env::temp_dir());
    if let Err(e) = rustix::thread::set_no_new_privs(true) {
        log::info!("programs with more rights than this process can still be run by it: {e}");
    }
    match config.confine {
        true => confine::confine(config),
        false => log::info!("this process is not confined, as the INI file says"),
    }
    Ok(())
}

/// What is in memory, passwords and keys among it, is not written to the disk when a tool crashes.
pub fn forbid_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    // Neither can fail for lack of rights, and a tool that cannot do it works all the same.
    let _ = setrlimit(Resource::Core, none);
    // The limit does not count where a program takes the dump; that there is nothing in it does.
    let _ = std::fs::write("/proc/self/coredump_filter", "0");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crash_leaves_nothing_behind() {
        forbid_dumps();
        assert_eq!(rustix::process::getrlimit(Resource::Core).current, Some(0));
        let filter = std::fs::read_to_string("/proc/self/coredump_filter");
        assert_eq!(filter.map_or(0, |text| text.trim().trim_start_matches('0').len()), 0);
    }
}
