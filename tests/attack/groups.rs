//! A control group that gives little memory, or few processes: what needs more is refused, and the server lives.
//!
//! Whether there are control groups is for the kernel and the container: where there are none these tests fail and
//! say so.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::figures::Figures;
use super::scarce::{ask, gzip, layer, limited, recording, share};
use super::site::Site;
use super::turn;
use super::visitor::Visitor;
use super::whole::RIDE;

/// Where the kernel has them.
const TOP: &str = "/sys/fs/cgroup";

/// A group of a controller, of either version; to be dropped after those who are in it have ended.
struct Group {
    place: PathBuf,
    is_second: bool,
}

impl Group {
    fn new(controller: &str) -> Group {
        let is_second = Path::new(TOP).join("cgroup.controllers").exists();
        let top = match is_second {
            true => PathBuf::from(TOP),
            false => Path::new(TOP).join(controller),
        };
        let give = |what: &Path, given: std::io::Result<()>| {
            if let Err(e) = given {
                panic!(
                    "the kernel gives no control group for {controller} here: {}: {e}",
                    what.display()
                );
            }
        };
        if is_second {
            let control = top.join("cgroup.subtree_control");
            give(&control, fs::write(&control, format!("+{controller}")));
        }
        let place = top.join(format!("fietsboek-test-{}-{controller}", std::process::id()));
        give(&place, fs::create_dir(&place));
        Group { place, is_second }
    }

    fn set(&self, second: &str, first: &str, value: u64) {
        let file = self.place.join(if self.is_second { second } else { first });
        fs::write(&file, value.to_string()).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    }

    /// What a shell says to enter.
    fn enter(&self) -> String {
        format!("echo $$ >{}", self.place.join("cgroup.procs").display())
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.place);
    }
}

#[test]
#[ignore = "needs control groups of the kernel, and root"]
fn in_a_group_without_memory_what_takes_much_is_refused_and_the_rest_goes_on() {
    let _turn = turn::beside();
    let group = Group::new("memory");
    group.set("memory.max", "memory.limit_in_bytes", 64 << 20);
    let site = Site::fixture();
    let mut server = limited(&site, &group.enter());
    let jar = Visitor::alice(&server).leave();
    Figures::warm(&server);
    let mut alice = Visitor::back(&server, &jar);
    let large = recording(16 << 20);
    let bomb = gzip(&vec![b' '; 200 << 20]);
    for round in 0..3 {
        for (name, content) in [("large.gpx", &large), ("bomb.gpx.gz", &bomb)] {
            let reply = alice.upload(&[(name, content)]);
            assert_eq!(
                reply.status,
                503,
                "{round}: {name}: {}\n{}",
                reply.text(),
                server.show()
            );
            assert!(reply.text().contains("was not saved"), "{}", reply.text());
        }
        let small = alice.upload(&[("ride.gpx", RIDE)]);
        assert_eq!(small.status, 302, "{round}: {}", small.text());
    }
    let middling = recording(2 << 20);
    share(&server, || {
        Visitor::back(&server, &jar).upload(&[("a.gpx", &middling)]).status
    });
    group.set("memory.max", "memory.limit_in_bytes", 2 << 30);
    let reply = Visitor::back(&server, &jar).upload(&[("a.gpx", &middling)]);
    assert_eq!(reply.status, 302, "{}", reply.text());
    assert!(server.is_running());
}

#[test]
#[ignore = "needs control groups of the kernel, and root"]
fn in_a_group_without_another_thread_pages_go_on_and_what_needs_one_is_refused() {
    let _turn = turn::beside();
    let group = Group::new("pids");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Site::new();
    site.edit_ini("[app:main]", &layer(&silent));
    let mut server = limited(&site, &group.enter());
    assert_eq!(ask(&server, Duration::from_secs(10)), Some(200));
    group.set("pids.max", "pids.max", 1);
    let reply = server.get("/tile/silent/3/1/2");
    assert_eq!(reply.status(503).header("Retry-After"), Some("5"), "{}", server.show());
    for _ in 0..50 {
        assert_eq!(ask(&server, Duration::from_secs(5)), Some(200));
    }
    group.set("pids.max", "pids.max", 4000);
    let reply = server.get("/tile/silent/3/1/2");
    assert_ne!(reply.header("Retry-After"), Some("5"), "{reply:?}");
    assert!(server.is_running());
}
