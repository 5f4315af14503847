//! What the maintenance mode costs, as ratios in one run: `cargo bench --bench maintenance`.
//!
//! The server is driven beside a bare tiny_http loop that looks at the same file and sends as many
//! bytes, in alternating rounds; the median of the rounds' ratios counts. Absolute times are those of this machine today, and
//! those of a machine that is busy with something else say little: a figure that fails is worth a second run.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fietsboek::config::Config;
use fietsboek::instance::Instance;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const ROUNDS: usize = 21;
const ROUND: Duration = Duration::from_millis(400);
const CONNECTIONS: usize = 8;
const BINARY: &str = env!("CARGO_BIN_EXE_fietsboek");
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, flag, size] = arguments.as_slice()
        && mode == "--bare"
    {
        return serve_bare(Path::new(flag), size.parse()?);
    }
    let site = std::env::temp_dir().join(format!("fietsboek-bench-{}", std::process::id()));
    let outcome = measure(&site);
    std::fs::remove_dir_all(&site)?;
    outcome
}

fn measure(site: &Path) -> Outcome<()> {
    run(&["ctl", "init", text(site)?])?;
    let ini = site.join("fietsboek.ini");
    let listen_anywhere = |gate: &str| -> Outcome<PathBuf> {
        let read = std::fs::read_to_string(&ini)?;
        let lines = read.lines().map(|line| match line {
            l if l.starts_with("listen") => "listen = 127.0.0.1:0",
            l if l.starts_with("use = egg:fietsboek") => gate,
            l => l,
        });
        let file = site.join(format!("{}.ini", gate.len()));
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n"))?;
        Ok(file)
    };
    let through_the_gate = listen_anywhere("fietsboek.gate = on")?;
    let bare_pool = listen_anywhere("fietsboek.gate = off")?;
    report_small_things(&through_the_gate)?;

    run(&["ctl", "maintenance-mode", "-c", text(&ini)?, "Back at noon"])?;
    let (on, off) = (Server::start(&through_the_gate)?, Server::start(&bare_pool)?);
    let size = Client::connect(off.address())?.ask()?;
    let bare = Server::start_bare(&site.join("data/MAINTENANCE"), size)?;
    let mut rates = [Vec::new(), Vec::new(), Vec::new()];
    for round in 0..ROUNDS {
        for turn in 0..rates.len() {
            // Each is the first as often as the others.
            let at = (round + turn) % rates.len();
            rates[at].push(drive([&bare, &off, &on][at].address())?);
        }
    }
    println!(
        "the 503 answer, {size} bytes, {CONNECTIONS} connections, {ROUNDS} rounds of {} ms",
        ROUND.as_millis()
    );
    let [bare, off, on] = rates;
    println!("{:28} {:9.0} /s", "  bare tiny_http", median(&mut bare.clone()));
    report_at_least("  gate off", &off, &bare, 0.95);
    report_at_least("  gate on", &on, &bare, 0.45);
    Ok(())
}

fn report_small_things(ini: &Path) -> Outcome<()> {
    let instance = Instance::new(Config::read(ini)?);
    let mut looks: Vec<f64> = (0..2_000).map(|_| time_looks(&instance)).collect();
    report_below("one look at the flag", median(&mut looks), "µs", 3.0);

    let mut commands: Vec<f64> = (0..30)
        .map(|_| {
            let begin = Instant::now();
            run(&["ctl", "maintenance-mode", "-c", text(ini)?, "--check"])?;
            Ok(begin.elapsed().as_secs_f64() * 1e3)
        })
        .collect::<Outcome<_>>()?;
    report_below("fietsctl maintenance-mode", median(&mut commands), "ms", 10.0);

    let mut starts = Vec::new();
    for _ in 0..10 {
        let begin = Instant::now();
        let server = Server::start(ini)?;
        Client::connect(server.address())?.ask()?;
        starts.push(begin.elapsed().as_secs_f64() * 1e3);
    }
    report_below("start to first answer", median(&mut starts), "ms", 50.0);

    let server = Server::start(ini)?;
    let mut client = Client::connect(server.address())?;
    client.ask()?;
    report_below("resident when idle", server.resident_at_rest()?, "MiB", 12.0);
    for _ in 0..1000 {
        client.ask()?;
    }
    report_below("  after 1,000 pages", server.resident_at_rest()?, "MiB", 12.0);
    let size = std::fs::metadata(BINARY)?.len() as f64 / MIB;
    report_below("binary", size, "MiB", 8.0);
    Ok(())
}

/// Microseconds for one look, over so few that as a rule nothing else comes between them.
fn time_looks(instance: &Instance) -> f64 {
    let looks = 100;
    let begin = Instant::now();
    for _ in 0..looks {
        std::hint::black_box(instance.look());
    }
    begin.elapsed().as_secs_f64() * 1e6 / f64::from(looks)
}

fn report_below(what: &str, value: f64, unit: &str, limit: f64) {
    let verdict = if value < limit { "pass" } else { "FAIL" };
    println!("{what:28} {value:9.2} {unit:3} under {limit}: {verdict}");
}

fn report_at_least(what: &str, rates: &[f64], bare: &[f64], limit: f64) {
    let mut ratios: Vec<f64> = rates.iter().zip(bare).map(|(rate, bare)| rate / bare).collect();
    let (rate, ratio) = (median(&mut rates.to_vec()), median(&mut ratios));
    let verdict = if ratio >= limit { "pass" } else { "FAIL" };
    println!("{what:28} {rate:9.0} /s  ratio {ratio:.2}, at least {limit}: {verdict}");
}

/// Requests a second over [`CONNECTIONS`] kept connections.
fn drive(address: &str) -> Outcome<f64> {
    let stop = Arc::new(AtomicBool::new(false));
    let answered = Arc::new(AtomicU64::new(0));
    let mut drivers = Vec::new();
    for _ in 0..CONNECTIONS {
        // One after the other, each with an answer: tiny_http strands what arrives together.
        let mut client = Client::connect(address)?;
        client.ask()?;
        let (stop, answered) = (Arc::clone(&stop), Arc::clone(&answered));
        drivers.push(std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) && client.ask().is_ok() {
                answered.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    answered.store(0, Ordering::Relaxed);
    let begin = Instant::now();
    std::thread::sleep(ROUND);
    let rate = answered.load(Ordering::Relaxed) as f64 / begin.elapsed().as_secs_f64();
    stop.store(true, Ordering::Relaxed);
    drivers
        .into_iter()
        .try_for_each(|driver| driver.join())
        .map_err(|_| "a driver panicked")?;
    Ok(rate)
}

/// One kept connection.
struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Client {
    fn connect(address: &str) -> Outcome<Client> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Client {
            stream,
            buffer: vec![0; 64 * 1024],
        })
    }

    /// Asks for a page and reads the whole answer; its size in bytes.
    fn ask(&mut self) -> Outcome<usize> {
        self.stream
            .write_all(b"GET /track/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n\r\n")?;
        let mut filled = 0;
        loop {
            let got = self.stream.read(&mut self.buffer[filled..])?;
            if got == 0 {
                return Err("the connection was closed".into());
            }
            filled += got;
            if let Some(size) = whole(&self.buffer[..filled])
                && filled >= size
            {
                return Ok(size);
            }
        }
    }
}

/// The size of the answer that these bytes begin, once its head is there.
fn whole(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).ok()?;
    let length = text.lines().find_map(|line| line.strip_prefix("Content-Length: "))?;
    Some(head + length.parse::<usize>().ok()?)
}

/// A server in a process of its own, ended when dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(ini: &Path) -> Outcome<Server> {
        Server::read_address(Command::new(BINARY).args(["serve", "-q", text(ini)?]))
    }

    fn start_bare(flag: &Path, size: usize) -> Outcome<Server> {
        Server::read_address(Command::new(std::env::current_exe()?).args(["--bare", text(flag)?, &size.to_string()]))
    }

    fn read_address(command: &mut Command) -> Outcome<Server> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut said = String::new();
        let mut stdout = child.stdout.take().ok_or("no stdout")?;
        let mut byte = [0];
        while !said.ends_with('\n') && stdout.read(&mut byte)? == 1 {
            said.push(char::from(byte[0]));
        }
        let address = said.trim().rsplit('/').next().unwrap_or_default().to_owned();
        Ok(Server { child, address })
    }

    fn address(&self) -> &str {
        &self.address
    }

    /// Resident memory in MiB, a moment after the last request.
    fn resident_at_rest(&self) -> Outcome<f64> {
        std::thread::sleep(Duration::from_millis(300));
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .ok_or("no VmRSS")?;
        Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bare loop to compare with: look at the file, send so many bytes in one write.
fn serve_bare(flag: &Path, size: usize) -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    rustix::net::sockopt::set_tcp_nodelay(&listener, true)?;
    println!("listening on http://{}", listener.local_addr()?);
    let server = Arc::new(tiny_http::Server::from_listener(listener, None).map_err(|e| e.to_string())?);
    let head = "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/html\r\nContent-Length: ";
    let length = size - head.len() - 8;
    let answer = format!("{head}{length:04}\r\n\r\n{}", "x".repeat(length)).into_bytes();
    let workers: Vec<_> = (0..4)
        .map(|_| {
            let (server, flag, answer) = (Arc::clone(&server), flag.to_owned(), answer.clone());
            std::thread::spawn(move || {
                while let Ok(request) = server.recv() {
                    if flag.symlink_metadata().is_ok() {
                        let mut writer = request.into_writer();
                        let _ = writer.write_all(&answer).and_then(|()| writer.flush());
                    }
                }
            })
        })
        .collect();
    workers
        .into_iter()
        .try_for_each(|worker| worker.join())
        .map_err(|_| "a worker panicked")?;
    Ok(())
}

fn run(arguments: &[&str]) -> Outcome<()> {
    let ended = Command::new(BINARY).args(arguments).stdout(Stdio::null()).status()?;
    if ended.success() {
        Ok(())
    } else {
        Err(format!("fietsboek {arguments:?}: {ended}").into())
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn text(path: &Path) -> Outcome<&str> {
    path.to_str().ok_or_else(|| "a path that is not UTF-8".into())
}
