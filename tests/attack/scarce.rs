//! Too little of what the system gives: descriptors, threads, memory.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Resource;

use super::cmd::Cmd;
use super::figures::{Figures, address_space, allow_descriptors};
use super::server::{Reply, Server};
use super::site::Site;
use super::turn;
use super::visitor::Visitor;
use super::whole::RIDE;

/// A server that the shell has set limits for first.
pub(super) fn limited<'a>(site: &'a Site, limits: &str) -> Server<'a> {
    let script = format!("{limits}; exec \"$0\" -c \"$1\"");
    let shell = Cmd::program(site, "/bin/sh".into()).args(["-c", &script]);
    Server::start_with(site, shell.arg(site.program("fietsboek-serve")).arg(site.ini()))
}

/// One request, that may fail.
pub(super) fn ask(server: &Server<'_>, patience: Duration) -> Option<u16> {
    let mut stream = TcpStream::connect_timeout(&server.address(), patience).ok()?;
    stream.set_read_timeout(Some(patience)).unwrap();
    let request = b"GET /login HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    Reply::read(&answer, "GET").map(|reply| reply.status)
}

#[test]
fn out_of_descriptors_it_lives_and_answers_soon_after_the_crowd_has_left() {
    let _turn = turn::alone();
    allow_descriptors(8192);
    // Without the gate accepting has to begin anew for every sixty of those who wait in line.
    for (gate, rounds, patience) in [("on", 5, 2), ("off", 1, 6)] {
        let patience = Duration::from_secs(patience);
        let site = Site::new();
        site.edit_ini("[app:main]", &format!("[app:main]\nfietsboek.gate = {gate}"));
        let mut server = limited(&site, "ulimit -n 64");
        assert_eq!(ask(&server, Duration::from_secs(10)), Some(200), "{gate}");
        for round in 0..rounds {
            let mut crowd: Vec<TcpStream> = (0..200).map(|_| server.connect()).collect();
            for stream in &mut crowd {
                // Some were cut already.
                let _ = stream.write_all(b"GET /login HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            std::thread::sleep(Duration::from_millis(500));
            assert!(server.is_running(), "{gate}: {}", server.show());
            drop(crowd);
            let left = Instant::now();
            while ask(&server, Duration::from_secs(1)) != Some(200) {
                assert!(left.elapsed() < patience, "{gate}, round {round}\n{}", server.show());
            }
            assert!(left.elapsed() < patience, "{gate}, round {round}: {:?}", left.elapsed());
        }
        if gate == "off" {
            server.await_log("connections are accepted anew after an error of the system");
        }
    }
}

/// A layer of map tiles whose provider does not answer.
pub(super) fn layer(silent: &TcpListener) -> String {
    let address = silent.local_addr().unwrap();
    format!(
        "[app:main]\nfietsboek.tile_layer.silent = Silent\n\
        fietsboek.tile_layer.silent.url = http://{address}/{{z}}/{{x}}/{{y}}.png\n\
        fietsboek.tile_layer.silent.access = public\n"
    )
}

/// Who may be denied threads: root may always have them.
struct Somebody<'a> {
    site: &'a Site,
    /// A number that nobody else has, for its threads are counted; none: we are not root.
    user: Option<u32>,
}

impl<'a> Somebody<'a> {
    fn owning(site: &'a Site) -> Somebody<'a> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = 1_000_000 + 10 * std::process::id() + NEXT.fetch_add(1, Ordering::SeqCst);
        let user = rustix::process::geteuid().is_root().then_some(number);
        if let Some(user) = user {
            give(&site.dir(), user);
            give(&site.tmp(), user);
        }
        Somebody { site, user }
    }

    /// A program that they run.
    fn run(&self, program: &Path) -> Cmd<'a> {
        let Some(user) = self.user else {
            return Cmd::program(self.site, program.into());
        };
        let number = user.to_string();
        let setpriv = Cmd::program(self.site, "setpriv".into());
        let setpriv = setpriv.args(["--reuid", &number, "--regid", &number, "--clear-groups"]);
        setpriv.arg(program)
    }

    fn serve(&self) -> Server<'a> {
        // A copy, because they may not reach where it stands.
        let program = self.site.dir().join("fietsboek-serve");
        std::fs::copy(self.site.program("fietsboek-serve"), &program).unwrap();
        Server::start_with(self.site, self.run(&program).arg("-c").arg(self.site.ini()))
    }

    /// Lets a server of theirs have so many threads from now on.
    fn limit_threads(&self, server: &Server<'_>, most: u32) {
        let pid = server.pid().to_string();
        let prlimit = self.run(Path::new("prlimit"));
        prlimit.args(["--pid", &pid, &format!("--nproc={most}:")]).run().code(0);
    }
}

fn give(path: &Path, user: u32) {
    std::os::unix::fs::lchown(path, Some(user), Some(user)).unwrap();
    for entry in std::fs::read_dir(path).into_iter().flatten() {
        give(&entry.unwrap().path(), user);
    }
}

#[test]
fn without_another_thread_pages_go_on_and_what_needs_one_is_refused() {
    let _turn = turn::beside();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let site = Site::new();
    site.edit_ini("[app:main]", &layer(&silent));
    let somebody = Somebody::owning(&site);
    let mut server = somebody.serve();
    assert_eq!(ask(&server, Duration::from_secs(10)), Some(200));
    somebody.limit_threads(&server, 1);
    let begun = Instant::now();
    let reply = server.get("/tile/silent/3/1/2");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    assert_eq!(reply.status(503).header("Retry-After"), Some("5"), "{}", server.show());
    server.await_log("no thread can be had");
    for _ in 0..50 {
        assert_eq!(ask(&server, Duration::from_secs(5)), Some(200));
    }
    somebody.limit_threads(&server, 4000);
    let reply = server.get("/tile/silent/3/1/2");
    assert_eq!(
        reply.header("Retry-After").filter(|seconds| *seconds == "5"),
        None,
        "{reply:?}"
    );
    assert!(server.is_running());
}

#[test]
fn without_another_thread_and_without_the_gate_it_lives_and_accepts_anew() {
    let _turn = turn::beside();
    let site = Site::new();
    site.edit_ini("[app:main]", "[app:main]\nfietsboek.gate = off");
    let somebody = Somebody::owning(&site);
    let mut server = somebody.serve();
    assert_eq!(ask(&server, Duration::from_secs(10)), Some(200));
    somebody.limit_threads(&server, 1);
    let crowd: Vec<TcpStream> = (0..30)
        .map(|_| {
            // Those who come together are queued behind the threads that wait already.
            std::thread::sleep(Duration::from_millis(20));
            server.connect()
        })
        .collect();
    std::thread::sleep(Duration::from_secs(1));
    assert!(server.is_running(), "{}", server.show());
    drop(crowd);
    somebody.limit_threads(&server, 4000);
    let begun = Instant::now();
    while ask(&server, Duration::from_secs(1)) != Some(200) {
        assert!(begun.elapsed() < Duration::from_secs(5), "{}", server.show());
    }
    server.await_log("connections are accepted anew after an error of the system");
    assert_eq!(ask(&server, Duration::from_secs(1)), Some(200));
    assert!(server.is_running());
}

/// A recording of about so many bytes.
pub(super) fn recording(size: usize) -> Vec<u8> {
    let point = "<trkpt lat=\"48.123456\" lon=\"7.123456\"></trkpt>";
    let points = point.repeat(size / point.len());
    format!("<gpx version=\"1.1\"><trk><name>Long</name><trkseg>{points}</trkseg></trk></gpx>").into_bytes()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// Several uploads at once share what memory there is: each succeeds or is refused, and pages go on.
pub(super) fn share(server: &Server<'_>, upload: impl Fn() -> u16 + Sync) {
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let sent: Vec<_> = (0..6).map(|_| scope.spawn(&upload)).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(
        statuses.iter().all(|status| [302, 503].contains(status)),
        "{statuses:?}"
    );
    for _ in 0..20 {
        assert_eq!(ask(server, Duration::from_secs(10)), Some(200));
    }
}

#[test]
fn without_memory_what_takes_much_is_refused_and_the_rest_goes_on() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let mut server = Server::start(&site);
    let jar = Visitor::alice(&server).leave();
    Figures::warm(&server);
    server.limit(Resource::As, Some((address_space(&server) + 60 * 1024) * 1024));
    let mut alice = Visitor::back(&server, &jar);
    let large = recording(16 << 20);
    // One that unpacks to far more than it is, and one that says that it is small.
    let bomb = gzip(&vec![b' '; 200 << 20]);
    let mut modest = gzip(&vec![b' '; 4 << 20]).repeat(50);
    modest.extend(gzip(b" "));
    for (name, content) in [
        ("large.gpx", &large),
        ("bomb.gpx.gz", &bomb),
        ("modest.gpx.gz", &modest),
    ] {
        let reply = alice.upload(&[(name, content)]);
        assert_eq!(reply.status, 503, "{name}: {}\n{}", reply.text(), server.show());
        assert!(reply.text().contains("was not saved"), "{}", reply.text());
    }
    server.await_log("of memory, which are not there");
    let small = alice.upload(&[("ride.gpx", RIDE)]);
    assert_eq!(small.status, 302, "{}", small.text());
    let middling = recording(2 << 20);
    share(&server, || {
        Visitor::back(&server, &jar).upload(&[("a.gpx", &middling)]).status
    });
    server.limit(Resource::As, None);
    assert_eq!(Visitor::back(&server, &jar).upload(&[("a.gpx", &middling)]).status, 302);
    assert!(server.is_running());
}
