//! What a process takes of the machine, out of `/proc`.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Resource, getrlimit, setrlimit};

use super::server::Server;

/// Threads, descriptors and memory of a server.
#[derive(Debug, Clone, Copy)]
pub struct Figures {
    pub threads: usize,
    pub descriptors: usize,
    /// Resident memory, in KiB.
    pub memory: u64,
}

impl Figures {
    /// The figures of a server that has opened all that it keeps: a database connection for each who works.
    pub fn warm(server: &Server<'_>) -> Figures {
        for _ in 0..3 {
            std::thread::scope(|scope| {
                (0..20).for_each(|_| drop(scope.spawn(|| server.get("/login").status(200).status)));
            });
        }
        std::thread::sleep(Duration::from_millis(100));
        Figures::of(server)
    }

    pub fn of(server: &Server<'_>) -> Figures {
        let threads = fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
        // How many database connections are kept open depends on how many were needed at once.
        let is_kept = |link: &String| ["fietsboek.sqlite", "/site/data"].iter().any(|end| link.ends_with(end));
        Figures {
            threads: threads.count(),
            descriptors: links(server).iter().filter(|link| !is_kept(link)).count(),
            memory: memory(server, "VmRSS:"),
        }
    }

    /// Waits until no more threads and descriptors are taken than before, 15 s at most.
    #[track_caller]
    pub fn await_as_before(server: &Server<'_>, before: Figures) -> Figures {
        let until = Instant::now() + Duration::from_secs(15);
        loop {
            let now = Figures::of(server);
            if now.threads <= before.threads && now.descriptors <= before.descriptors {
                return now;
            }
            assert!(
                Instant::now() < until,
                "{before:?} has become {now:?}\n{}",
                server.show()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// One of the lines about memory in `/proc/PID/status`, in KiB.
fn memory(server: &Server<'_>, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let value = status.lines().find_map(|found| found.strip_prefix(line)).unwrap();
    value.trim().trim_end_matches(" kB").parse().unwrap()
}

/// What it takes of addresses, in KiB.
pub fn address_space(server: &Server<'_>) -> u64 {
    memory(server, "VmSize:")
}

/// The most memory that it ever had, in KiB.
pub fn most_memory(server: &Server<'_>) -> u64 {
    memory(server, "VmHWM:")
}

/// Forgets the most that it ever had: from now on it is counted anew.
pub fn forget_most_memory(server: &Server<'_>) {
    fs::write(format!("/proc/{}/clear_refs", server.pid()), "5").unwrap();
}

/// What the descriptors of a server lead to.
fn links(server: &Server<'_>) -> Vec<String> {
    let entries = fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap();
    let links = entries.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    links.map(|link| link.to_string_lossy().into_owned()).collect()
}

/// The temporary files that a server has open; they have no names.
pub fn open_temporary_files(server: &Server<'_>) -> usize {
    let links = links(server);
    links.iter().filter(|link| link.ends_with(" (deleted)")).count()
}

/// Lets this process, and the servers that it starts, have so many descriptors.
pub fn allow_descriptors(wanted: u64) {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_some_and(|soft| soft < wanted) {
        limit.current = Some(wanted);
        setrlimit(Resource::Nofile, limit).expect("this test needs a hard limit of 8192 open files (ulimit -Hn)");
    }
}
