//! Edits against each other, against a deletion, and on a disk that takes no more.

use std::fs;

use super::server::Server;
use super::site::Site;
use super::visitor::Visitor;
use super::whole::{PHOTO, RIDE, edit, finish, form, is_gone, state, upload};

#[test]
fn two_edits_at_once_do_not_mix() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut visitors = [Visitor::alice(&server), Visitor::alice(&server)];
    let titles = ["Left", "Right"];
    for round in 0..5 {
        std::thread::scope(|scope| {
            for (visitor, title) in visitors.iter_mut().zip(titles) {
                scope.spawn(move || edit(visitor, title).unwrap().status(302).status);
            }
        });
        let now = state(&site, 1);
        // The photo of the earlier edit stays, with its words; everything else is of the later one.
        let words = now
            .lines()
            .filter(|line| !line.contains("new.png"))
            .collect::<Vec<_>>()
            .join("\n");
        assert!(
            words.contains("Left") != words.contains("Right"),
            "round {round}: {now}"
        );
    }
    assert_eq!(fs::read_dir(site.data().join("staging")).unwrap().count(), 0);
}

#[test]
fn an_edit_and_a_deletion_at_once_leave_nothing() {
    for round in 0..5 {
        let site = Site::fixture();
        let server = Server::start(&site);
        let (mut one, mut two) = (Visitor::alice(&server), Visitor::alice(&server));
        std::thread::scope(|scope| {
            scope.spawn(move || {
                let status = edit(&mut one, "New").unwrap().status;
                assert!([302, 404].contains(&status), "{status}");
            });
            scope.spawn(move || two.send("/track/1/delete", &[], &[]).unwrap().status(302).status);
        });
        assert!(is_gone(&site, 1), "round {round}: {}", site.files());
        assert_eq!(
            fs::read_dir(site.data().join("staging")).map_or(0, Iterator::count),
            0,
            "round {round}"
        );
    }
}

/// A server that can write no file beyond so many bytes: to it the disk is full there.
fn cramped(site: &Site, bytes: usize) -> Server<'_> {
    let script = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" -c \"$1\"", bytes / 512);
    let shell = super::cmd::Cmd::program(site, "/bin/sh".into());
    let shell = shell
        .args(["-c", &script])
        .arg(site.program("fietsboek-serve"))
        .arg(site.ini());
    Server::start_with(site, shell)
}

/// Points that do not pack well.
fn noise(points: u32) -> Vec<u8> {
    let mut seed = 1_u64;
    let mut random = move || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        seed >> 33
    };
    let place = |value: u64| format!("{}.{:09}", value % 80, value % 1_000_000_007);
    let points: String = (0..points)
        .map(|_| format!("<trkpt lat=\"{}\" lon=\"{}\"/>", place(random()), place(random())))
        .collect();
    format!("<gpx><trk><trkseg>{points}</trkseg></trk></gpx>").into_bytes()
}

#[test]
fn on_a_full_disk_an_edit_changes_nothing_and_leaves_nothing() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let jar = Visitor::alice(&server).leave();
    drop(server);
    let before = state(&site, 1);
    let long = noise(1000);
    // It needs the head alone to be taken for a photo.
    let large = [PHOTO, &vec![7; 40_000]].concat();
    let server = cramped(&site, 8 << 10);
    let mut alice = Visitor::back(&server, &jar);
    for (what, files) in [
        ("the recording", vec![("gpx", "long.gpx", &long[..])]),
        ("a photo", vec![("image[]", "large.png", &large[..])]),
        ("the rows", vec![("gpx", "ride.gpx", RIDE)]),
        ("the rows alone", vec![]),
    ] {
        let got = alice.send("/track/1/edit", &form("New"), &files).unwrap();
        assert!([503, 507].contains(&got.status), "{what}: {}", got.status);
        assert_eq!(state(&site, 1), before, "{what}");
        assert_eq!(
            fs::read_dir(site.data().join("staging")).map_or(0, Iterator::count),
            0,
            "{what}"
        );
    }
    drop(server);
    let server = Server::start(&site);
    let mut alice = Visitor::back(&server, &jar);
    alice.get("/track/1").status(200);
    edit(&mut alice, "New").unwrap().status(302);
}

#[test]
fn on_a_full_disk_an_upload_stays_an_upload() {
    let site = Site::fixture();
    let server = Server::start(&site);
    let mut alice = Visitor::alice(&server);
    let reply = alice.upload(&[("long.gpx", &noise(4000))]);
    let (long, small) = (alice.location(&reply), upload(&mut alice));
    let jar = alice.leave();
    drop(server);
    for (limit, form) in [(8 << 10, &small), (96 << 10, &long)] {
        let server = cramped(&site, limit);
        let got = finish(&mut Visitor::back(&server, &jar), form, "New").unwrap();
        assert!([503, 507].contains(&got.status), "{limit}: {}", got.status);
        assert!(is_gone(&site, 7), "{limit}: {}", site.files());
        drop(server);
        let server = Server::start(&site);
        Visitor::back(&server, &jar).get(form).status(200);
    }
    let server = Server::start(&site);
    finish(&mut Visitor::back(&server, &jar), &long, "New")
        .unwrap()
        .status(302);
}
