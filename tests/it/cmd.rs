//! Runs a tool and shows everything when it does not do what was expected.

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::site::Site;

/// The longest that anything is waited for.
pub const LIMIT: Duration = Duration::from_secs(30);

/// A tool with its arguments, not yet run. Its environment is neutral: PATH, HOME, TMPDIR, TZ=UTC and
/// LC_ALL=C, nothing else; its standard input is empty.
pub struct Cmd<'a> {
    site: &'a Site,
    command: Command,
    stdin: Vec<u8>,
}

impl<'a> Cmd<'a> {
    /// A tool by its name, in the directory of an instance.
    pub fn new(site: &'a Site, name: &str) -> Cmd<'a> {
        Cmd::program(site, site.program(name))
    }

    /// The binary at a path.
    pub fn program(site: &'a Site, program: PathBuf) -> Cmd<'a> {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", site.home())
            .env("TMPDIR", site.tmp())
            .env("TZ", "UTC")
            .env("LC_ALL", "C")
            .current_dir(site.dir());
        Cmd {
            site,
            command,
            stdin: Vec::new(),
        }
    }

    /// One more argument.
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Cmd<'a> {
        self.command.arg(arg);
        self
    }

    /// More arguments.
    pub fn args<T: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = T>) -> Cmd<'a> {
        self.command.args(args);
        self
    }

    /// A variable of the environment.
    pub fn env(mut self, name: &str, value: &str) -> Cmd<'a> {
        self.command.env(name, value);
        self
    }

    /// Another working directory.
    pub fn in_dir(mut self, dir: impl AsRef<Path>) -> Cmd<'a> {
        self.command.current_dir(dir);
        self
    }

    /// What stands on its standard input.
    pub fn stdin(mut self, text: impl Into<Vec<u8>>) -> Cmd<'a> {
        self.stdin = text.into();
        self
    }

    /// The bare command, for who wants to run it in another way.
    pub fn into_command(self) -> Command {
        self.command
    }

    /// Runs it to its end.
    pub fn run(self) -> Run {
        self.start().finish()
    }

    /// Starts it and lets it run beside the test.
    pub fn start(self) -> Running<'a> {
        let Cmd {
            site,
            mut command,
            stdin,
        } = self;
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let line = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|e| panic!("cannot run {line}: {e}"));
        let mut input = child.stdin.take().unwrap();
        // A tool that does not read its input closes it: no matter.
        std::thread::spawn(move || input.write_all(&stdin));
        Running {
            site,
            line,
            stdout: collect(child.stdout.take().unwrap()),
            stderr: collect(child.stderr.take().unwrap()),
            child,
        }
    }
}

/// A tool at work. Whoever starts one waits for its end.
pub struct Running<'a> {
    site: &'a Site,
    line: String,
    child: Child,
    stdout: JoinHandle<Vec<u8>>,
    stderr: JoinHandle<Vec<u8>>,
}

impl Running<'_> {
    /// Sends it a signal.
    pub fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Whether it is still at work.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub fn finish(mut self) -> Run {
        let began = Instant::now();
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code();
            }
            if began.elapsed() > LIMIT {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let text = |thread: JoinHandle<Vec<u8>>| String::from_utf8_lossy(&thread.join().unwrap()).into_owned();
        Run {
            line: self.line,
            code,
            stdout: text(self.stdout),
            stderr: text(self.stderr),
            files: self.site.files(),
        }
    }
}

fn collect(mut from: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        bytes
    })
}

/// How a tool ended. What is asserted about it panics with everything that is known.
#[derive(Debug)]
pub struct Run {
    line: String,
    /// The exit code; none when a signal ended it, or the limit.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about and logged.
    pub stderr: String,
    files: String,
}

impl Run {
    /// It ended with this exit code.
    #[track_caller]
    pub fn code(&self, expected: i32) -> &Run {
        self.check(self.code == Some(expected), &format!("exit code {expected}"))
    }

    /// It printed exactly this.
    #[track_caller]
    pub fn stdout(&self, expected: &str) -> &Run {
        self.check(self.stdout == expected, &format!("standard output {expected:?}"))
    }

    /// It complained with exactly this.
    #[track_caller]
    pub fn stderr(&self, expected: &str) -> &Run {
        self.check(self.stderr == expected, &format!("standard error {expected:?}"))
    }

    /// It printed this among other things.
    #[track_caller]
    pub fn says(&self, part: &str) -> &Run {
        self.check(self.stdout.contains(part), &format!("standard output with {part:?}"))
    }

    /// It complained with this among other things.
    #[track_caller]
    pub fn complains(&self, part: &str) -> &Run {
        self.check(self.stderr.contains(part), &format!("standard error with {part:?}"))
    }

    /// It printed nothing at all, neither here nor there.
    #[track_caller]
    pub fn silent(&self) -> &Run {
        self.stdout("").stderr("")
    }

    #[track_caller]
    fn check(&self, holds: bool, expected: &str) -> &Run {
        assert!(
            holds,
            "expected: {expected}\ncommand: {}\nexit code: {:?}\nstandard output:\n{}\nstandard error:\n{}\nfiles:\n{}",
            self.line, self.code, self.stdout, self.stderr, self.files
        );
        self
    }
}
