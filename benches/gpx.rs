//! What reading a GPX file and computing its figures costs, as ratios in one run: `cargo bench --bench gpx`.
//!
//! Beside it run the bare event loop of quick-xml over the same bytes, which is the least that anything on quick-xml
//! can take, and gpxpy, which is what Fietsboek 0.11 uses, when `GPXPY_PYTHON` names a Python that has it. In
//! alternating rounds; the median counts. Times are those of the processor, which other programs on the machine do
//! not spoil; absolute ones are those of this machine today.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use fietsboek::gpx::{Figures, Origin, read_vec};
use quick_xml::Reader;
use quick_xml::events::Event;
use rustix::time::{ClockId, clock_gettime};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// A long ride.
const SMALL: usize = 3_500;
/// As much as a file may hold.
const LARGE: usize = 1_000_000;
const MIB: f64 = 1024.0 * 1024.0;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, file] = arguments.as_slice()
        && mode == "--read"
    {
        return read_alone(Path::new(file));
    }
    let folder = std::env::temp_dir().join(format!("fietsboek-bench-gpx-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let outcome = measure(&folder);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn measure(folder: &Path) -> Outcome<()> {
    let small = file(SMALL)?;
    describe(SMALL, &small);
    compare(&small, 101)?;
    compare_with_gpxpy(folder, &small)?;

    let large = file(LARGE)?;
    describe(LARGE, &large);
    let own = compare(&large, 7)?;
    println!("  read and figured        {:9.2} s   (under 2)", own.as_secs_f64());
    report_memory(folder, &large)
}

fn describe(points: usize, file: &str) {
    println!("{points} points, {:.2} MiB", file.len() as f64 / MIB);
}

/// A file as a bicycle computer writes it: elevation, time, heart rate and cadence at each point.
fn file(points: usize) -> Outcome<String> {
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"bench\" \
         xmlns=\"http://www.topografix.com/GPX/1/1\" \
         xmlns:tpx=\"http://www.garmin.com/xmlschemas/TrackPointExtension/v1\"><trk><name>Ride</name><trkseg>\n",
    );
    for i in 0..points {
        let step = i as f64;
        let (lat, lon) = (48.0 + (step / 900.0).sin() / 5.0, 11.0 + step / 5e5);
        let height = 500.0 + 80.0 * (step / 150.0).sin();
        let (day, hour, minute, second) = (1 + i / 86_400, i / 3600 % 24, i / 60 % 60, i % 60);
        let (beats, turns) = (120 + i % 40, 70 + i % 25);
        writeln!(
            out,
            "<trkpt lat=\"{lat:.6}\" lon=\"{lon:.6}\"><ele>{height:.1}</ele>\
             <time>2024-05-{day:02}T{hour:02}:{minute:02}:{second:02}Z</time>\
             <extensions><tpx:hr>{beats}</tpx:hr><tpx:cad>{turns}</tpx:cad></extensions></trkpt>"
        )?;
    }
    out.push_str("</trkseg></trk></gpx>\n");
    Ok(out)
}

/// What is measured: bytes in, figures out; how long it took. That the file is let go of afterwards does not count.
fn read_and_figure(file: &str) -> Outcome<(Duration, Figures)> {
    let bytes = file.as_bytes().to_vec();
    let begin = processor_time()?;
    let gpx = read_vec(bytes, Origin::Upload)?;
    let figures = black_box(gpx.figures());
    Ok((processor_time()? - begin, figures))
}

/// Beside the bare event loop; the median of our own time.
fn compare(file: &str, rounds: usize) -> Outcome<Duration> {
    let (mut own, mut bare) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        own.push(read_and_figure(file)?.0);
        let begin = processor_time()?;
        let mut reader = Reader::from_str(file);
        while !matches!(black_box(reader.read_event()?), Event::Eof) {}
        bare.push(processor_time()? - begin);
    }
    let (own, bare) = (median(&mut own), median(&mut bare));
    let speed = |time: Duration| file.len() as f64 / MIB / time.as_secs_f64();
    println!("  quick-xml alone         {:9.0} MiB/s", speed(bare));
    println!(
        "  read and figured        {:9.0} MiB/s  ratio {:.2}  (at least 0.40)",
        speed(own),
        bare.as_secs_f64() / own.as_secs_f64()
    );
    Ok(own)
}

/// A round for every line that comes in: parses the file, computes the figures, says how long it took and the length.
const GPXPY: &str = "
import sys, time, gpxpy
text = open(sys.argv[1]).read()
for line in sys.stdin:
    begin = time.process_time()
    gpx = gpxpy.parse(text)
    length = gpx.length_3d()
    gpx.get_moving_data()
    gpx.get_uphill_downhill()
    print(time.process_time() - begin, length, flush=True)
";

fn compare_with_gpxpy(folder: &Path, file: &str) -> Outcome<()> {
    let Ok(python) = std::env::var("GPXPY_PYTHON") else {
        println!("  gpxpy: left out, GPXPY_PYTHON names no Python that has it");
        return Ok(());
    };
    let path = folder.join("small.gpx");
    std::fs::write(&path, file)?;
    let mut gpxpy = Gpxpy::start(&python, &path)?;
    let (mut own, mut times) = (Vec::new(), Vec::new());
    for _ in 0..21 {
        let (time, found) = gpxpy.round()?;
        times.push(time);
        let (time, figures) = read_and_figure(file)?;
        own.push(time);
        let length = figures.length;
        if (found - length).abs() > 1e-9 * length {
            return Err(format!("gpxpy finds {found} m, we find {length} m").into());
        }
    }
    let (own, time) = (median(&mut own).as_secs_f64(), median(&mut times).as_secs_f64());
    println!(
        "  gpxpy                   {:9.1} ms, here {:.2} ms  ratio {:.0}  (at least 30)",
        time * 1e3,
        own * 1e3,
        time / own
    );
    Ok(())
}

/// gpxpy in a process of its own, ended when dropped.
struct Gpxpy {
    child: Child,
    ask: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Gpxpy {
    fn start(python: &str, file: &Path) -> Outcome<Gpxpy> {
        let mut command = Command::new(python);
        command.arg("-c").arg(GPXPY).arg(file);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let ask = child.stdin.take().ok_or("no stdin")?;
        let answers = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        Ok(Gpxpy { child, ask, answers })
    }

    /// The time of a round, and the length in metres.
    fn round(&mut self) -> Outcome<(Duration, f64)> {
        self.ask.write_all(b"\n")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let (time, length) = line.trim().split_once(' ').ok_or("gpxpy does not answer")?;
        Ok((Duration::try_from_secs_f64(time.parse()?)?, length.parse()?))
    }
}

impl Drop for Gpxpy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The most memory that a process of its own ever had while it read the file, its bytes included.
fn report_memory(folder: &Path, file: &str) -> Outcome<()> {
    let path = folder.join("large.gpx");
    std::fs::write(&path, file)?;
    let output = Command::new(std::env::current_exe()?)
        .arg("--read")
        .arg(&path)
        .output()?;
    let peak: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    println!(
        "  memory at the most      {:9.0} MiB  ratio {:.2}  (under 3)",
        peak / MIB,
        peak / file.len() as f64
    );
    Ok(())
}

/// Reads that file and says the peak of the memory of this process in bytes.
fn read_alone(file: &Path) -> Outcome<()> {
    black_box(read_vec(std::fs::read(file)?, Origin::Upload)?.figures());
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: u64 = peak.ok_or("no VmHWM")?.trim().trim_end_matches(" kB").parse()?;
    println!("{}", kib * 1024);
    Ok(())
}

/// How long this thread has been computing.
fn processor_time() -> Outcome<Duration> {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Ok(Duration::new(time.tv_sec.try_into()?, time.tv_nsec.try_into()?))
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}
