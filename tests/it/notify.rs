//! What the service manager hears of the server.

use std::os::unix::net::UnixDatagram;
use std::time::Duration;

use rustix::process::Signal;

use super::cmd::LIMIT;
use super::server::Server;
use super::site::Site;

fn manager(site: &Site) -> UnixDatagram {
    let socket = UnixDatagram::bind(site.tmp().join("notify")).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

fn hear(socket: &UnixDatagram) -> Option<String> {
    let mut text = [0; 256];
    let length = socket.recv(&mut text).ok()?;
    Some(String::from_utf8_lossy(&text[..length]).into_owned())
}

fn serve<'a>(site: &'a Site, watchdog: &str) -> Server<'a> {
    let path = site.tmp().join("notify");
    let tool = site
        .tool("fietsboek-serve")
        .env("NOTIFY_SOCKET", path.to_str().unwrap());
    Server::start_with(site, tool.env("WATCHDOG_USEC", watchdog))
}

#[test]
fn it_hears_when_the_server_listens_and_when_it_stops() {
    let site = Site::new();
    let socket = manager(&site);
    let mut server = serve(&site, "");
    assert_eq!(hear(&socket).as_deref(), Some("READY=1"));
    server.get("/");
    server.signal(Signal::TERM);
    assert_eq!(hear(&socket).as_deref(), Some("STOPPING=1"));
    assert_eq!(server.wait(), Some(0));
}

#[test]
fn it_hears_again_and_again_that_the_server_lives_and_no_more_when_it_does_not() {
    let site = Site::new();
    let socket = manager(&site);
    let server = serve(&site, "2000000");
    assert_eq!(hear(&socket).as_deref(), Some("READY=1"));
    for _ in 0..3 {
        assert_eq!(hear(&socket).as_deref(), Some("WATCHDOG=1"));
    }
    // The mode is no fault.
    site.ctl(["maintenance-mode", "Back at noon"]).run().code(0);
    for _ in 0..2 {
        assert_eq!(hear(&socket).as_deref(), Some("WATCHDOG=1"));
    }
    server.signal(Signal::STOP);
    socket.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    // One may be on its way.
    assert!(hear(&socket).is_none() || hear(&socket).is_none());
    server.signal(Signal::CONT);
}

#[test]
fn a_manager_that_is_gone_is_no_fault() {
    let site = Site::new();
    let server = serve(&site, "1000000");
    assert_eq!(server.get("/").status, 200);
}
