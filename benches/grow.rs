//! How pages grow with the instance: `cargo bench --bench grow`, or `cargo bench --bench grow -- 1000` for one size.
//!
//! Instances of 1,000, 10,000 and 100,000 tracks, with 10, 100 and 1,000 people, are made, and every page is made by
//! the site itself, without a socket. What the processor has spent on it counts; the plot is `benches/growth.svg`. The
//! tracks have rows and no files: what reads a track's points is measured by `gpx` and `heat`. Before each page something
//! is written, so that nothing found for an earlier one counts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fietsboek::config::Config;
use fietsboek::instance::Instance;
use fietsboek::model::{UserId, user};
use fietsboek::spool::Spool;
use fietsboek::web::app::App;
use fietsboek::web::request::{Method, RawHead, Request};
use fietsboek::web::response::Body;
use fietsboek::web::routes::{ERROR_PAGE, ROUTES};
use fietsboek::web::session::{COOKIE, Key, Session};
use fietsboek::{clock, db};
use world::Size;

mod plot;
mod world;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const SIZES: [u32; 3] = [1_000, 10_000, 100_000];
const ROUNDS: usize = 40;
/// The diary that does not grow with the instance.
const DIARY: u32 = 500;
/// What no page may need, ms.
const LIMIT: f64 = 50.0;

/// Who asks.
#[derive(Clone, Copy, PartialEq)]
enum Who {
    Nobody,
    /// An administrator with up to fifty friends.
    Viewer,
    /// The user of the diary.
    Diarist,
}

use Who::{Diarist, Nobody, Viewer};

/// Name, who asks, and for what; `{last}` is the last page of the list.
const PAGES: [(&str, Who, &str); 30] = [
    ("welcome", Nobody, "/"),
    ("home", Diarist, "/"),
    ("list, nobody", Nobody, "/track/"),
    ("list", Viewer, "/track/"),
    ("list, last page", Viewer, "/track/?page={last}"),
    ("list, oldest first", Viewer, "/track/?sort=DATE_ASC"),
    ("list, longest first", Viewer, "/track/?sort=LENGTH_DESC"),
    ("list, shortest first", Viewer, "/track/?sort=LENGTH_ASC"),
    ("list, most time first", Viewer, "/track/?sort=DURATION_DESC"),
    ("list, least time first", Viewer, "/track/?sort=DURATION_ASC"),
    ("list, a word", Viewer, "/track/?search-terms=v%C3%A4g+17"),
    ("list, a tag", Viewer, "/track/?tags=TAG+42"),
    ("list, two tags", Viewer, "/track/?tags=tag+42&tags=T%C3%A5g+37"),
    ("list, a person", Viewer, "/track/?tagged-person=person+7"),
    ("list, 20 to 30 km", Viewer, "/track/?min-length=20&max-length=30"),
    (
        "list, a month",
        Viewer,
        "/track/?min-date=2020-05-01&max-date=2020-05-31",
    ),
    ("list, planned", Viewer, "/track/?type[]=SYNTHETIC"),
    ("list, own", Viewer, "/track/?show-only[]=mine"),
    ("list, friends'", Viewer, "/track/?show-only[]=friends"),
    ("list, with oneself", Viewer, "/track/?show-only[]=user-tagged"),
    ("list, with a star", Viewer, "/track/?favourite=true"),
    ("list, without one", Viewer, "/track/?favourite=false"),
    ("track", Viewer, "/track/17"),
    ("profile", Diarist, "/user/2/"),
    ("graphs", Diarist, "/user/2/graphs"),
    ("calendar", Diarist, "/user/2/calendar/"),
    ("a month of it", Diarist, "/user/2/calendar/2020/5"),
    ("summary.json", Diarist, "/me/summary.json"),
    ("settings", Viewer, "/me"),
    ("administration", Viewer, "/admin/"),
];

/// What was measured of a page at one size.
#[derive(Clone, Copy)]
struct Cost {
    /// ms.
    median: f64,
    /// ms.
    p95: f64,
    bytes: usize,
}

fn main() -> Outcome<()> {
    let named: Vec<u32> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if named.is_empty() { SIZES.to_vec() } else { named };
    let mut columns = Vec::new();
    for tracks in &sizes {
        let dir = std::env::temp_dir().join(format!("fietsboek-grow-{}-{tracks}", std::process::id()));
        let measured = measure(&dir, *tracks);
        std::fs::remove_dir_all(&dir)?;
        columns.push(measured?);
    }
    report(&sizes, &columns);
    if sizes == SIZES {
        let series: Vec<(&str, Vec<f64>)> = PAGES
            .iter()
            .enumerate()
            .map(|(at, page)| (page.0, columns.iter().map(|column| column[at].p95).collect()))
            .collect();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/growth.svg");
        std::fs::write(file, plot::draw(&sizes, &series, LIMIT))?;
    }
    Ok(())
}

fn report(sizes: &[u32], columns: &[Vec<Cost>]) {
    print!("{:24}", "ms, median and p95");
    sizes.iter().for_each(|tracks| print!("{tracks:>18}"));
    println!("   growth    KiB");
    for (at, (name, ..)) in PAGES.iter().enumerate() {
        print!("{name:24}");
        columns
            .iter()
            .for_each(|column| print!("{:9.2}{:9.2}", column[at].median, column[at].p95));
        if let [first, .., last] = columns {
            let verdict = if last[at].p95 < LIMIT { "" } else { "  FAIL" };
            let growth = last[at].median / first[at].median;
            print!("{growth:8.1} x {:6.1}{verdict}", last[at].bytes as f64 / 1024.0);
        }
        println!();
    }
}

fn measure(dir: &Path, tracks: u32) -> Outcome<Vec<Cost>> {
    let made = std::process::Command::new(env!("CARGO_BIN_EXE_fietsboek"))
        .args(["ctl", "init"])
        .arg(dir)
        .output()?;
    if !made.status.success() {
        return Err(String::from_utf8_lossy(&made.stderr).into());
    }
    let config = Config::read(&dir.join("fietsboek.ini"))?;
    let mut rows = db::open(&config.database)?;
    let size = Size {
        tracks,
        tags: tracks / 20,
        people: tracks / 100,
        diary: DIARY.min(tracks / 2),
    };
    world::fill(&mut rows, &size)?;
    user::set_admin(&rows, UserId(1), true)?;
    db::add_indexes(&rows)?;
    let key = Key::new(&config.session_key);
    let cookies = [cookie(&rows, &key, UserId(1))?, cookie(&rows, &key, UserId(2))?];
    let site = Site {
        rows,
        app: App::new(Arc::new(Instance::new(config)), ROUTES, ERROR_PAGE),
        cookies,
    };
    let last = site.last_page()?;
    let pages = PAGES.map(|(_, who, target)| (who, target.replace("{last}", &last.to_string())));
    let costs = pages.iter().map(|(who, target)| site.cost(*who, target)).collect();
    println!("{tracks} tracks: {} of memory", resident()?);
    costs
}

fn cookie(rows: &rusqlite::Connection, key: &Key, id: UserId) -> Outcome<String> {
    let now = clock::now().unix_timestamp();
    let mut session = Session::read(None, key, now);
    session.set_identity(&user::find(rows, id)?.ok_or("no user")?.identity());
    let value = session.write(key, now)?.ok_or("no session")?;
    Ok(format!("{COOKIE}={value}"))
}

/// What the process has in memory, as the kernel tells it.
fn resident() -> Outcome<String> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    Ok(line.unwrap_or_default().trim().to_owned())
}

struct Site {
    /// Another connection than those of the site.
    rows: rusqlite::Connection,
    app: App,
    cookies: [String; 2],
}

impl Site {
    fn ask(&self, who: Who, target: &str) -> Outcome<String> {
        let mut headers = vec![("Accept".to_owned(), "text/html".to_owned())];
        match who {
            Nobody => {}
            Viewer => headers.push(("Cookie".to_owned(), self.cookies[0].clone())),
            Diarist => headers.push(("Cookie".to_owned(), self.cookies[1].clone())),
        }
        let head = RawHead {
            method: Method::Get,
            target: target.to_owned(),
            headers,
            peer: "127.0.0.1".to_owned(),
        };
        let instance = &self.app.instance;
        let request = Request::new(head, Spool::new(1 << 20), &instance.config.server);
        let entry = instance.enter().map_err(|_| "out of service")?;
        let response = self.app.answer(entry, request).complete();
        match response.body {
            Body::Bytes(bytes) if response.status == 200 => Ok(String::from_utf8(bytes.into_owned())?),
            _ => Err(format!("{target}: {}", response.status).into()),
        }
    }

    /// The number of the last page of the list, as its first page links to it.
    fn last_page(&self) -> Outcome<u32> {
        let html = self.ask(Viewer, "/track/")?;
        let numbers = html.split("page=").skip(1);
        let number = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok();
        numbers
            .filter_map(number)
            .max()
            .ok_or_else(|| "the list has one page".into())
    }

    fn cost(&self, who: Who, target: &str) -> Outcome<Cost> {
        let bytes = self.ask(who, target)?.len();
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            self.rows.execute("UPDATE users SET name = name WHERE id = 1", [])?;
            let begun = clock_of_thread();
            std::hint::black_box(self.ask(who, target)?);
            times.push(clock_of_thread().saturating_sub(begun));
        }
        times.sort();
        let ms = |at: usize| times[at].as_secs_f64() * 1e3;
        Ok(Cost {
            median: ms(ROUNDS / 2),
            p95: ms(ROUNDS * 95 / 100),
            bytes,
        })
    }
}

/// What the processor has spent on this thread: other work of the machine does not count.
fn clock_of_thread() -> Duration {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(spent.tv_sec.unsigned_abs(), spent.tv_nsec.unsigned_abs() as u32)
}
