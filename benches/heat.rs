//! What drawing a user's overlay maps costs: `cargo bench --bench heat`.
//!
//! 1,000 tracks of 3,500 points, 10 m apart, all from one place: two in five along one of ten ways, as somebody goes
//! to work, the others each on a way of its own. Both maps are drawn of the stored recordings in a process of their
//! own, whose time and highest memory are told; then a track is added to them.

#[path = "dice.rs"]
mod dice;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fietsboek::config::Mode;
use fietsboek::datadir::DataDir;
use fietsboek::model::overlay::renew::Renewed;
use fietsboek::model::{UserId, trackdir};
use fietsboek::web::page::recording::maps::Draw;
use fietsboek::{db, schema};
use rusqlite::Connection;

use dice::Dice;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const TRACKS: u32 = 1_000;
const POINTS: u32 = 3_500;
const WAYS: u32 = 10;
const USER: UserId = UserId(1);

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, mode, folder] = arguments.as_slice()
        && mode == "--draw"
    {
        return draw(Path::new(folder));
    }
    let folder = std::env::temp_dir().join(format!("fietsboek-bench-heat-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let outcome = measure(&folder);
    std::fs::remove_dir_all(&folder)?;
    outcome
}

fn measure(folder: &Path) -> Outcome<()> {
    let database = Connection::open(folder.join("db.sqlite"))?;
    schema::create(&database)?;
    database.execute("INSERT INTO users (id, name) VALUES (?1, 'Rider')", [USER])?;
    for track in 1..=TRACKS {
        add(folder, &database, track)?;
    }
    println!("{TRACKS} tracks of {POINTS} points: the maps drawn whole");
    draw_apart(folder)?;
    add(folder, &database, TRACKS + 1)?;
    println!("one more track");
    draw_apart(folder)?;
    database.execute("DELETE FROM tracks WHERE id = 5", [])?;
    println!("one less");
    draw_apart(folder)
}

fn draw_apart(folder: &Path) -> Outcome<()> {
    let ended = Command::new(std::env::current_exe()?)
        .arg("--draw")
        .arg(folder)
        .status()?;
    if ended.success() {
        Ok(())
    } else {
        Err("drawing failed".into())
    }
}

/// Brings both maps up to date, and tells what it took.
fn draw(folder: &Path) -> Outcome<()> {
    let (database, dir) = (db::open(&folder.join("db.sqlite"))?, DataDir::new(folder));
    for mode in Mode::ALL {
        let begun = Instant::now();
        let read = std::cell::Cell::new(Duration::ZERO);
        let work = Draw {
            db: &database,
            dir: &dir,
            user: USER,
            threads: 2,
            wait: Duration::ZERO,
            go_on: &|share| {
                if share < 0.4 {
                    read.set(begun.elapsed());
                }
                true
            },
        };
        let drawn = work.renew(mode, false).map_err(|e| e.to_string())?;
        if drawn != Renewed::Drawn {
            return Err(format!("{drawn:?}").into());
        }
        let path = match mode {
            Mode::Heatmap => dir.user_heatmap(USER.0),
            Mode::Tilehunter => dir.user_tilehunt(USER.0),
        };
        let size = std::fs::metadata(&path)?.len() as f64 / f64::from(1 << 20);
        let tiles: i64 = Connection::open(&path)?.query_row("SELECT count(*) FROM tiles", [], |row| row.get(0))?;
        println!(
            "  {:10} {:6.2} s, {:5.2} s of it until the recordings are read; {tiles} tiles, {size:.1} MiB",
            mode.name(),
            begun.elapsed().as_secs_f64(),
            read.get().as_secs_f64()
        );
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap_or_default();
    println!("  {peak}");
    Ok(())
}

fn add(folder: &Path, database: &Connection, track: u32) -> Outcome<()> {
    database.execute(
        "INSERT INTO tracks (id, owner_id, type) VALUES (?1, ?2, 'ORGANIC')",
        (track, USER),
    )?;
    let dir = DataDir::new(folder);
    std::fs::create_dir_all(dir.track(track.into()))?;
    let packed = trackdir::compress(recording(track)?.as_bytes()).map_err(|e| e.to_string())?;
    std::fs::write(dir.track_gpx(track.into()), packed)?;
    Ok(())
}

fn recording(track: u32) -> Outcome<String> {
    let mut gpx = String::from("<?xml version=\"1.0\"?>\n<gpx version=\"1.1\" creator=\"bench\"><trk><trkseg>\n");
    let is_usual = track % 5 < 2;
    let mut way = Dice(u64::from(if is_usual { track % WAYS } else { track + 100 }));
    let mut noise = Dice(u64::from(track) + 10_000);
    let (mut lat, mut lon) = (48.0, 7.85);
    let mut heading = way.roll() * std::f64::consts::PI;
    for n in 0..POINTS {
        heading += way.roll() * 0.08;
        // Ten metres, and three of them error.
        lat += 9e-5 * heading.cos();
        lon += 13e-5 * heading.sin();
        let (north, east) = (noise.roll() * 2.7e-5, noise.roll() * 4e-5);
        let (hour, minute, second) = (8 + n / 3600, n / 60 % 60, n % 60);
        writeln!(
            gpx,
            "<trkpt lat=\"{:.7}\" lon=\"{:.7}\"><ele>{:.1}</ele><time>2026-05-01T{hour:02}:{minute:02}:{second:02}Z</time></trkpt>",
            lat + north,
            lon + east,
            300.0 + f64::from(n % 400)
        )?;
    }
    gpx.push_str("</trkseg></trk></gpx>\n");
    Ok(gpx)
}
