//! What bringing many recordings in at once costs: `cargo bench --bench import`.
//!
//! 10,000 files of 1,000 points are imported into a new instance by `fietsctl track import`, in a process of its own
//! whose time and highest memory are told; then once more, when all of them are there; then 1,000 into another, which
//! is compared with gpxpy, which is what Fietsboek 0.11 uses, in a loop over the same files, when `GPXPY_PYTHON` names a
//! Python that has it. The files stand where `TMPDIR` says, on a disk if that is to count.

#[path = "dice.rs"]
mod dice;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fietsboek::cli;
use fietsboek::cli::verbs::CTL;

use dice::Dice;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const FILES: u32 = 10_000;
const FEW: u32 = 1_000;
const POINTS: u32 = 1_000;
const USER: &str = "rider@example.org";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, site, files] = arguments.as_slice()
        && mode == "--import"
    {
        return import(Path::new(site), Path::new(files));
    }
    let folder = std::env::temp_dir().join(format!("fietsboek-bench-import-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let outcome = measure(&folder);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn measure(folder: &Path) -> Outcome<()> {
    let (many, few) = (folder.join("many"), folder.join("few"));
    write_files(&many, FILES)?;
    write_files(&few, FEW)?;
    let site = new_site(folder, "first")?;
    println!("{FILES} files of {POINTS} points");
    import_apart(&site, &many)?;
    println!("the same once more");
    import_apart(&site, &many)?;
    let site = new_site(folder, "second")?;
    println!("{FEW} files of {POINTS} points");
    let own = import_apart(&site, &few)?;
    compare_with_gpxpy(folder, &few, own)
}

fn new_site(folder: &Path, name: &str) -> Outcome<std::path::PathBuf> {
    let site = folder.join(name);
    ctl(&["init".into(), site.clone().into()])?;
    let config = site.join("fietsboek.ini");
    let account = ["-c".into(), config.into(), "user".into(), "add".into()];
    let about = ["--email", USER, "--name", "Rider", "--password", "a-long-password"].map(OsString::from);
    ctl(&[&account[..], &about[..]].concat())?;
    Ok(site)
}

fn ctl(arguments: &[OsString]) -> Outcome<()> {
    match cli::run(&CTL, arguments.to_vec()) {
        0 => Ok(()),
        code => Err(format!("fietsctl {arguments:?} ends with {code}").into()),
    }
}

fn import_apart(site: &Path, files: &Path) -> Outcome<Duration> {
    let begun = Instant::now();
    let ended = Command::new(std::env::current_exe()?)
        .arg("--import")
        .arg(site)
        .arg(files)
        .status()?;
    match ended.success() {
        true => Ok(begun.elapsed()),
        false => Err("the import failed".into()),
    }
}

/// Imports a directory, and tells what it took.
fn import(site: &Path, files: &Path) -> Outcome<()> {
    let begun = Instant::now();
    let verb = ["-q", "track", "import", "--user", USER].map(OsString::from);
    let config = ["-c".into(), site.join("fietsboek.ini").into(), files.into()];
    ctl(&[&verb[..], &config[..]].concat())?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    let peak = peak.unwrap_or_default();
    println!("  {:.1} s, {peak}", begun.elapsed().as_secs_f64());
    Ok(())
}

/// What Fietsboek 0.11 does with a file, without its database: reads it, takes its figures, writes it and packs what
/// came and what is stored.
const GPXPY: &str = "
import os, sys, time, brotli, gpxpy
begin = time.monotonic()
for name in os.listdir(sys.argv[1]):
    text = open(os.path.join(sys.argv[1], name)).read()
    gpx = gpxpy.parse(text)
    gpx.length_3d()
    gpx.get_moving_data()
    gpx.get_uphill_downhill()
    for text in (text, gpx.to_xml()):
        brotli.compress(text.encode(), quality=4)
print(time.monotonic() - begin)
";

fn compare_with_gpxpy(folder: &Path, files: &Path, own: Duration) -> Outcome<()> {
    let Ok(python) = std::env::var("GPXPY_PYTHON") else {
        println!("  gpxpy: left out, GPXPY_PYTHON names no Python that has it");
        return Ok(());
    };
    let output = Command::new(python)
        .arg("-c")
        .arg(GPXPY)
        .arg(files)
        .current_dir(folder)
        .output()?;
    let time: f64 = String::from_utf8(output.stdout)?.trim().parse()?;
    println!(
        "  gpxpy in a loop {time:.1} s  ratio {:.0}  (at least 20)",
        time / own.as_secs_f64()
    );
    Ok(())
}

fn write_files(folder: &Path, count: u32) -> Outcome<()> {
    std::fs::create_dir(folder)?;
    for file in 0..count {
        std::fs::write(folder.join(format!("{file:05}.gpx")), recording(file)?)?;
    }
    Ok(())
}

fn recording(file: u32) -> Outcome<String> {
    let mut gpx = String::from("<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"bench\"><trk><trkseg>\n");
    let mut dice = Dice(u64::from(file) + 1);
    let (mut lat, mut lon, mut height) = (48.0 + dice.roll(), 7.85 + dice.roll(), 300.0);
    let (year, month, day) = (2000 + file / 336, 1 + file / 28 % 12, 1 + file % 28);
    for n in 0..POINTS {
        lat += dice.roll() * 9e-5;
        lon += dice.roll() * 13e-5;
        height += dice.roll();
        let (hour, minute, second) = (8 + n / 3600, n / 60 % 60, n % 60);
        writeln!(
            gpx,
            "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"><ele>{height:.1}</ele>\
             <time>{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z</time></trkpt>"
        )?;
    }
    gpx.push_str("</trkseg></trk></gpx>\n");
    Ok(gpx)
}
