//! The tools on a terminal: passwords are not shown, and the terminal is as before afterwards.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use fietsboek::db;
use fietsboek::maintenance::barrier;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::process::{Pid, Signal};
use rustix::pty::OpenptFlags;
use rustix::termios::LocalModes;

use super::cmd::{Cmd, LIMIT};
use super::site::Site;

/// A terminal: what is typed goes in on one side, what is shown comes out there.
struct Terminal {
    keyboard: File,
    screen: String,
    device: PathBuf,
}

impl Terminal {
    fn new() -> Terminal {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let keyboard = rustix::pty::openpt(flags).unwrap();
        rustix::pty::grantpt(&keyboard).unwrap();
        rustix::pty::unlockpt(&keyboard).unwrap();
        let device = rustix::pty::ptsname(&keyboard, Vec::new()).unwrap();
        Terminal {
            keyboard: keyboard.into(),
            screen: String::new(),
            device: device.into_string().unwrap().into(),
        }
    }

    fn device(&self) -> OwnedFd {
        File::options()
            .read(true)
            .write(true)
            .open(&self.device)
            .unwrap()
            .into()
    }

    /// Whether what is typed is shown.
    fn echoes(&self) -> bool {
        let modes = rustix::termios::tcgetattr(self.device()).unwrap().local_modes;
        modes.contains(LocalModes::ECHO)
    }

    /// Runs a tool with the terminal as all of its standard files.
    fn run(&self, cmd: Cmd<'_>) -> Child {
        cmd.into_command()
            .stdin(Stdio::from(self.device()))
            .stdout(Stdio::from(self.device()))
            .stderr(Stdio::from(self.device()))
            .spawn()
            .unwrap()
    }

    /// Waits until a text is on the screen, and takes it and all before it off.
    fn wait_for(&mut self, text: &str) -> String {
        let began = Instant::now();
        loop {
            if let Some(at) = self.screen.find(text) {
                let rest = self.screen.split_off(at + text.len());
                return std::mem::replace(&mut self.screen, rest);
            }
            assert!(began.elapsed() < LIMIT, "waited for {text:?}; shown: {:?}", self.screen);
            self.read();
        }
    }

    /// All that is still shown within a moment.
    fn rest(&mut self) -> String {
        while self.read() {}
        std::mem::take(&mut self.screen)
    }

    fn read(&mut self) -> bool {
        let mut fds = [PollFd::new(&self.keyboard, PollFlags::IN)];
        let moment = Timespec::try_from(Duration::from_millis(200)).unwrap();
        if rustix::event::poll(&mut fds, Some(&moment)).unwrap() == 0 {
            return false;
        }
        let mut bytes = [0; 4096];
        // EIO: nobody has the other side open any more.
        let length = self.keyboard.read(&mut bytes).unwrap_or(0);
        self.screen.push_str(&String::from_utf8_lossy(&bytes[..length]));
        length > 0
    }

    fn type_in(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }
}

fn wait(mut child: Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        if began.elapsed() > LIMIT {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_password_is_not_shown_and_the_terminal_shows_again_afterwards() {
    let site = Site::new();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["user", "add", "--email", "a@b"]));
    terminal.wait_for("Name: ");
    assert!(terminal.echoes());
    terminal.type_in("Anna\n");
    terminal.wait_for("Anna\r\nPassword: ");
    assert!(!terminal.echoes());
    terminal.type_in("open sesame\n");
    assert_eq!(
        terminal.wait_for("Repeat for confirmation: "),
        "\r\nRepeat for confirmation: "
    );
    terminal.type_in("open sesame\n");
    assert_eq!(terminal.wait_for("1\r\n"), "\r\n1\r\n");
    assert_eq!(wait(child), Some(0));
    assert!(terminal.echoes());
    assert!(!terminal.rest().contains("sesame"));
}

#[test]
fn an_interrupt_at_the_password_puts_the_terminal_right() {
    for signal in [Signal::INT, Signal::TERM] {
        let site = Site::fixture();
        let mut terminal = Terminal::new();
        let child = terminal.run(site.ctl(["user", "passwd", "-i", "2"]));
        terminal.wait_for("Password: ");
        assert!(!terminal.echoes());
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        assert_eq!(wait(child), Some(1));
        assert!(terminal.echoes());
        assert_eq!(terminal.rest(), "\r\nAborted!\r\n");
    }
}

#[test]
fn the_end_of_the_input_at_the_password_puts_the_terminal_right() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["user", "passwd", "-i", "2"]));
    terminal.wait_for("Password: ");
    terminal.type_in("\x04");
    assert_eq!(wait(child), Some(1));
    assert!(terminal.echoes());
    assert_eq!(terminal.rest(), "\r\nAborted!\r\n");
}

#[test]
fn an_answer_that_is_shown_is_not_shown_twice() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["track", "del", "-i", "4"]));
    terminal.wait_for("[y/N]: ");
    terminal.type_in("y\n");
    assert_eq!(wait(child), Some(0));
    assert_eq!(terminal.rest(), "y\r\nTrack deleted\r\n");
}

#[test]
fn an_interrupt_at_a_question_aborts() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["user", "del", "-i", "3"]));
    assert!(terminal.wait_for("[y/N]: ").starts_with("Bob\r\nbob@example.org\r\n"));
    rustix::process::kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(wait(child), Some(1));
    assert_eq!(terminal.rest(), "\r\nAborted!\r\n");
}

#[test]
fn nobody_is_kept_out_while_the_administrator_thinks_and_what_changed_meanwhile_is_seen() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["user", "del", "-i", "3"]));
    terminal.wait_for("[y/N]: ");
    drop(barrier::hold_alone(&site.data(), Duration::ZERO).unwrap());
    let db = db::open(&site.database()).unwrap();
    db.execute("UPDATE users SET name = 'Bobby' WHERE id = 3", []).unwrap();
    terminal.type_in("y\n");
    assert_eq!(wait(child), Some(1));
    assert!(terminal.rest().contains("was changed meanwhile; nothing was deleted"));
    let users: i64 = db
        .query_row("SELECT count(*) FROM users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(users, 4);
}

#[test]
fn whoever_sends_the_output_elsewhere_is_asked_all_the_same() {
    let site = Site::new();
    let mut terminal = Terminal::new();
    let mut child = site
        .ctl(["user", "add", "--email", "a@b", "--password", "x"])
        .into_command()
        .stdin(Stdio::from(terminal.device()))
        .stderr(Stdio::from(terminal.device()))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    terminal.wait_for("Name: ");
    terminal.type_in("Anna\n");
    let mut stdout = child.stdout.take().unwrap();
    assert_eq!(wait(child), Some(0));
    let mut printed = String::new();
    stdout.read_to_string(&mut printed).unwrap();
    assert_eq!(printed, "1\n");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let plain = "[av] 1 - admin@example.org";
    let shown = |terminal: &mut Terminal, cmd| {
        let child = terminal.run(cmd);
        let text = terminal.wait_for("Carol");
        assert_eq!(wait(child), Some(0));
        text
    };
    let text = shown(&mut terminal, site.ctl(["user", "list"]));
    assert!(text.contains("\x1b[33ma\x1b[0m") && !text.contains(plain), "{text:?}");
    let text = shown(&mut terminal, site.ctl(["user", "list"]).env("NO_COLOR", "1"));
    assert!(text.contains(plain) && !text.contains('\x1b'), "{text:?}");
}

#[test]
fn a_bar_shows_how_far_a_map_is_and_goes() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    let child = terminal.run(site.ctl(["user", "hittekaart", "-i", "3"]));
    let shown = terminal.wait_for("Generated heatmap");
    assert_eq!(wait(child), Some(0));
    assert!(
        shown.contains("#") && shown.contains(" %") && shown.contains("\r\x1b[K"),
        "{shown:?}"
    );
    let child = terminal.run(site.ctl(["user", "hittekaart", "-i", "3", "-q"]));
    assert!(!terminal.wait_for("Generated heatmap").contains('#'));
    assert_eq!(wait(child), Some(0));
}

#[test]
fn the_bar_of_an_import_makes_way_for_what_failed() {
    let site = Site::fixture();
    let mut terminal = Terminal::new();
    std::fs::write(site.path("good.gpx"), super::whole::RIDE).unwrap();
    std::fs::write(site.path("bad.gpx"), "no").unwrap();
    let import = |terminal: &Terminal, quiet: &str| {
        let named = [
            "track",
            "import",
            "-u",
            "alice@example.org",
            "-j",
            "1",
            quiet,
            "bad.gpx",
            "good.gpx",
        ];
        terminal.run(site.ctl(named))
    };
    let child = import(&terminal, "-v");
    let shown = terminal.wait_for("imported 1, already there 0, failed 1");
    assert_eq!(wait(child), Some(1));
    assert!(
        shown.contains("bad.gpx: it is not xml\r\n") && shown.contains(" 50 %"),
        "{shown:?}"
    );
    assert!(
        shown.ends_with("\r\x1b[Kimported 1, already there 0, failed 1"),
        "{shown:?}"
    );
    let child = import(&terminal, "-q");
    assert!(!terminal.wait_for("already there 1").contains('#'));
    assert_eq!(wait(child), Some(1));
}
