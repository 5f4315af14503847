//! A disk that is full at every write in turn, and one that may only be read: an error page that says so, nothing
//! half, and all goes on once there is room, without a restart.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Resource;

use super::server::{Reply, Server};
use super::site::Site;
use super::turn;
use super::visitor::Visitor;
use super::whole::{FILES, edit, form, is_gone, state};

/// What somebody does that is written down somewhere.
type Deed = (&'static str, fn(&mut Visitor<'_>) -> Option<Reply>);

fn post(visitor: &mut Visitor<'_>, path: &str, fields: &[(&str, &str)]) -> Option<Reply> {
    visitor.send(path, fields, &[])
}

const DEEDS: [Deed; 12] = [
    ("upload", |v| v.send("/upload", &[], &FILES[..1])),
    ("edit", |v| edit(v, "New")),
    ("edit words", |v| post(v, "/track/1/edit", &form("Newer"))),
    ("comment", |v| {
        post(v, "/track/1/comment", &[("title", ""), ("comment", "Nice")])
    }),
    ("favourite", |v| post(v, "/me/toggle-favourite", &[("track-id", "1")])),
    ("token", |v| post(v, "/me/make-token", &[("token-name", "Watch")])),
    ("name", |v| {
        post(
            v,
            "/me",
            &[("name", "Alice B."), ("password", ""), ("repeat-password", "")],
        )
    }),
    ("share", |v| post(v, "/track/1/invalidate-link", &[])),
    ("reset", |v| post(v, "/password-reset", &[("email", "bob@example.org")])),
    ("photo", |v| Some(v.get("/track/1/images/moodn_view.png?size=480"))),
    ("lists", |v| Some(v.get("/track/"))),
    ("page", |v| Some(v.get("/track/1"))),
];

/// What stands on a page that nothing was saved.
fn tells_of_it(reply: &Reply) -> bool {
    let page = reply.text();
    ["nothing was saved", "Nothing was saved", "was not saved"]
        .iter()
        .any(|words| page.contains(words))
}

/// Everybody does everything; what fails says so, and leaves things as they were. The number of failures.
fn do_all(site: &Site, server: &Server<'_>, visitor: &mut Visitor<'_>, when: &str) -> usize {
    let mut failures = 0;
    for (what, deed) in DEEDS {
        let before = state(site, 1);
        let reply = deed(visitor).unwrap_or_else(|| panic!("{when}: {what}: no answer\n{}", server.show()));
        match reply.status {
            // After ten mails that were asked for there is one every six minutes.
            200 | 302 | 429 => {}
            503 | 507 => {
                failures += 1;
                assert!(tells_of_it(&reply), "{when}: {what}: {}", reply.text());
                assert_eq!(state(site, 1), before, "{when}: {what}");
            }
            other => panic!("{when}: {what}: {other}: {}\n{}", reply.text(), server.show()),
        }
        let staged = fs::read_dir(site.data().join("staging")).map_or(0, Iterator::count);
        assert_eq!(staged, 0, "{when}: {what}");
    }
    failures
}

/// All is well again, without a restart.
fn assert_recovered(site: &Site, visitor: &mut Visitor<'_>) {
    edit(visitor, "After").unwrap().status(302);
    assert!(state(site, 1).contains("After"));
    let reply = visitor.send("/upload", &[], &FILES[..1]).unwrap();
    let path = visitor.location(&reply);
    visitor.send(&path, &form("Last"), &FILES[1..]).unwrap().status(302);
    fs::set_permissions(site.dir(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    site.ctl(["check"]).run().code(0).says("no problems");
}

/// Works for every user on every machine: no file may grow beyond so many bytes.
#[test]
fn when_no_file_may_grow_every_write_fails_readably() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let mut failures = 0;
    for bytes in [
        0, 100, 512, 1024, 2048, 4096, 8192, 12_000, 20_000, 40_000, 80_000, 120_000, 160_000,
    ] {
        server.limit(Resource::Fsize, Some(bytes));
        failures += do_all(&site, &server, &mut alice, &format!("{bytes} bytes"));
    }
    assert!(failures > 30, "{failures}");
    // Everything that is needed for the mode is a name.
    let script = "ulimit -f 0; exec \"$0\" -c \"$1\" maintenance-mode 'Back at noon'";
    let shell = super::cmd::Cmd::program(&site, "/bin/sh".into()).args(["-c", script]);
    let run = shell.arg(site.program("fietsctl")).arg(site.ini()).run();
    run.code(0).complains("warning");
    assert_eq!(server.get("/").status, 503);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    server.limit(Resource::Fsize, None);
    assert_recovered(&site, &mut alice);
}

fn mount(options: &str, at: &Path) {
    let status = Command::new("mount")
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(at)
        .status();
    assert!(status.unwrap().success(), "cannot mount at {}", at.display());
}

/// A small file system in the place of a directory, with what is in the directory; gone when it is dropped.
struct Small<'a>(&'a Path);

impl<'a> Small<'a> {
    fn at(dir: &'a Path, size: &str) -> Small<'a> {
        let aside = dir.with_extension("aside");
        fs::rename(dir, &aside).unwrap();
        fs::create_dir(dir).unwrap();
        mount(&format!("mode=700,size={size}"), dir);
        let small = Small(dir);
        let copied = Command::new("cp")
            .arg("-a")
            .arg(aside.join("."))
            .arg(dir)
            .status()
            .unwrap();
        assert!(copied.success());
        fs::remove_dir_all(aside).unwrap();
        small
    }

    fn fill_path(&self) -> std::path::PathBuf {
        self.0.join("fill")
    }

    /// Takes all the room but so many bytes.
    fn leave(&self, bytes: u64) {
        let _ = fs::remove_file(self.fill_path());
        let free = rustix::fs::statvfs(self.0).unwrap();
        let size = (free.f_bavail * free.f_frsize).saturating_sub(bytes);
        let file = fs::File::create(self.fill_path()).unwrap();
        rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, size.max(1)).unwrap();
    }

    fn remount(&self, how: &str) {
        let status = Command::new("mount")
            .args(["-o", &format!("remount,{how}")])
            .arg(self.0)
            .status();
        assert!(status.unwrap().success());
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
#[ignore = "mounts file systems, for which one has to be root: cargo test --test attack -- --ignored"]
fn on_a_full_disk_every_write_fails_readably_and_the_mode_goes_on() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let dir = site.dir();
    let small = Small::at(&dir, "8m");
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let mut failures = 0;
    for pages in (0..24).chain([32, 48, 64]) {
        small.leave(pages * 4096);
        failures += do_all(&site, &server, &mut alice, &format!("{pages} pages free"));
    }
    assert!(failures > 30, "{failures}");
    small.leave(0);
    let run = site.ctl(["maintenance-mode", "Back at noon"]).run();
    run.code(0).complains("warning");
    assert_eq!(server.get("/").status, 503);
    site.ctl(["maintenance-mode", "--disable"]).run().code(0);
    fs::remove_file(small.fill_path()).unwrap();
    assert_recovered(&site, &mut alice);
}

#[test]
#[ignore = "mounts file systems, for which one has to be root: cargo test --test attack -- --ignored"]
fn without_room_for_what_waits_large_bodies_are_refused_and_small_ones_served() {
    let _turn = turn::beside();
    let site = Site::fixture();
    let tmp = site.tmp();
    let small = Small::at(&tmp, "4m");
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    small.leave(0);
    let large = [&b"<gpx>"[..], &vec![b' '; 3 << 20], b"</gpx>"].concat();
    for _ in 0..3 {
        let reply = alice.send("/upload", &[], &[("gpx", "large.gpx", &large)]);
        assert!(
            matches!(reply.map(|reply| reply.status), Some(503 | 507)),
            "{}",
            server.show()
        );
        edit(&mut alice, "New").unwrap().status(302);
    }
    assert!(is_gone(&site, 7));
    fs::remove_file(small.fill_path()).unwrap();
    assert_recovered(&site, &mut alice);
}

#[test]
#[ignore = "mounts file systems, for which one has to be root: cargo test --test attack -- --ignored"]
fn what_may_only_be_read_is_shown_and_every_change_is_refused_readably() {
    let _turn = turn::beside();
    let show = |visitor: &mut Visitor<'_>| {
        for path in [
            "/",
            "/track/",
            "/track/1",
            "/track/2/gpx",
            "/me",
            "/track/1/images/moodn_view.png?size=480",
        ] {
            visitor.get(path).status(200);
        }
    };
    // The data directory alone, while the server runs.
    let site = Site::fixture();
    let data = site.data();
    let small = Small::at(&data, "8m");
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    small.remount("ro");
    let failures = do_all(&site, &server, &mut alice, "read-only files");
    assert!(failures >= 2, "{failures}");
    show(&mut alice);
    small.remount("rw");
    assert_recovered(&site, &mut alice);
    drop((server, small));
    // Everything, from the start.
    let site = Site::fixture();
    let dir = site.dir();
    let small = Small::at(&dir, "8m");
    let server = Server::start(&site);
    let jar = Visitor::alice(&server).leave();
    drop(server);
    small.remount("ro");
    let server = Server::start(&site);
    let mut alice = Visitor::back(&server, &jar);
    let failures = do_all(&site, &server, &mut alice, "read-only");
    assert!(failures >= 8, "{failures}");
    show(&mut alice);
    small.remount("rw");
    assert_recovered(&site, &mut alice);
}
