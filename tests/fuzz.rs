//! What strangers send, changed at random: nothing panics, nothing takes more than its share, and what must hold of
//! the outcome holds.
//!
//! `cargo test --test fuzz` replays the files below `tests/data`, those that once broke something among them, and a
//! few seconds of changed ones, the same each time. Longer, and different each time:
//!
//!     FUZZ_SECONDS=600 [FUZZ_ENTRY=gpx] [FUZZ_SEED=7] cargo test --release --test fuzz -- --nocapture
//!
//! for so many seconds each. An input that breaks something is kept below `target/fuzz`; mended, it belongs into
//! `tests/data/fuzz`, in the folder of its entry.

// Clippy's leave for tests covers test functions, not the files that they share.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "fuzz/dice.rs"]
mod dice;
#[path = "fuzz/entries.rs"]
mod entries;
#[path = "fuzz/pictures.rs"]
mod pictures;
#[path = "fuzz/requests.rs"]
mod requests;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "fuzz/tracks.rs"]
mod tracks;
#[path = "fuzz/words.rs"]
mod words;

use std::collections::HashSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::time::{Duration, Instant};

use dice::{Dice, mutate};
use entries::{ENTRIES, Entry};
pub use seeds::{LONGEST, data, files};

/// How many inputs `cargo test` makes for each entry, and for how long at most.
const FEW: usize = 1_500;
const SHORT: Duration = Duration::from_secs(4);
/// What an input may take: so much, and so much more for each of its bytes. A debug build on a busy machine is slow;
/// what is not linear is slower by orders of magnitude.
const TIME: Duration = Duration::from_secs(5);
const TIME_A_BYTE: Duration = Duration::from_micros(200);
const MEMORY: u64 = 96 << 20;
const MEMORY_A_BYTE: u64 = 2_000;
/// An input that is not through after so long never will be.
const HANGS: Duration = Duration::from_secs(60);
/// So many inputs are kept for being of a new kind.
const KEPT: usize = 4_000;

#[test]
fn what_once_broke_something_does_so_no_more() {
    for entry in ENTRIES {
        for input in files(&format!("fuzz/{}", entry.name), "") {
            feed(entry, &input, "kept");
        }
    }
}

#[test]
fn the_files_to_begin_with_are_read() {
    for entry in ENTRIES {
        let seeds = (entry.seeds)();
        assert!(!seeds.is_empty(), "{} has no files", entry.name);
        for input in &seeds {
            feed(entry, input, "seed");
        }
    }
}

#[test]
fn changed_files_break_nothing() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .map(|text| text.parse::<u64>().expect("a number"))
    };
    let only = std::env::var("FUZZ_ENTRY").ok();
    let entries = ENTRIES
        .iter()
        .filter(|entry| only.as_deref().is_none_or(|only| only == entry.name));
    let long = number("FUZZ_SECONDS").map(Duration::from_secs);
    let of_now = || {
        std::time::UNIX_EPOCH
            .elapsed()
            .map_or(1, |now| now.as_nanos() as u64 | 1)
    };
    let seed = number("FUZZ_SEED").unwrap_or_else(|| if long.is_some() { of_now() } else { 0x5eed });
    for entry in entries {
        let (rounds, kinds) = match long {
            Some(time) => campaign(entry, seed, usize::MAX, time),
            None => campaign(entry, seed, FEW, SHORT),
        };
        println!("{}: {rounds} inputs of {kinds} kinds, seed {seed}", entry.name);
    }
}

/// Feeds changed files until there were so many or the time is over. Answers how many, and of how many kinds.
fn campaign(entry: &Entry, seed: u64, rounds: usize, time: Duration) -> (usize, usize) {
    let mut dice = Dice(seed);
    let mut corpus = (entry.seeds)();
    corpus.extend(files(&format!("fuzz/{}", entry.name), ""));
    let mut kinds: HashSet<u64> = corpus.iter().map(|input| feed(entry, input, "seed")).collect();
    let until = Instant::now() + time;
    for round in 0..rounds {
        if Instant::now() > until {
            return (round, kinds.len());
        }
        // The smaller ones more often: they are quick.
        let most = 1 + dice.throw(corpus.len());
        let base = &corpus[dice.throw(most)];
        let other = &corpus[dice.throw(corpus.len())];
        let input = mutate(&mut dice, base, other, entry.words, LONGEST);
        if kinds.insert(feed(entry, &input, &seed.to_string())) && corpus.len() < KEPT {
            let place = corpus.partition_point(|kept| kept.len() <= input.len());
            corpus.insert(place, input);
        }
    }
    (rounds, kinds.len())
}

/// Feeds one input, and insists that it takes no more time and memory than its length allows.
fn feed(entry: &Entry, input: &[u8], from: &str) -> u64 {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    WATCH.call_once(|| drop(std::thread::spawn(watch)));
    let before = highest_memory();
    let started = Instant::now();
    *fed() = Some((started, entry.name, input.to_vec()));
    let outcome = catch_unwind(AssertUnwindSafe(|| (entry.run)(input)));
    let took = started.elapsed();
    *fed() = None;
    let kind = outcome.unwrap_or_else(|_| {
        let path = keep(entry.name, input);
        panic!(
            "{} ({from}) broke on {} bytes, kept in {}",
            entry.name,
            input.len(),
            path.display()
        );
    });
    let grown = highest_memory().saturating_sub(before);
    let length = input.len() as u64;
    let time = TIME + TIME_A_BYTE * input.len() as u32;
    if took > time || grown > MEMORY + MEMORY_A_BYTE * length {
        let path = keep(entry.name, input);
        panic!(
            "{} took {took:?} and {grown} bytes for {length}, kept in {}",
            entry.name,
            path.display()
        );
    }
    kind
}

/// The most memory that this process ever had, in bytes.
fn highest_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0) * 1024
}

fn keep(name: &str, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz").join(name);
    fs::create_dir_all(&folder).unwrap();
    let hash = fietsboek::secret::hex(&fietsboek::secret::sha256(input)[..6]);
    let path = folder.join(hash);
    fs::write(&path, input).unwrap();
    path
}

/// The input that is being fed, and since when. One at a time: what one takes must not be charged to another.
static FED: Mutex<Option<(Instant, &'static str, Vec<u8>)>> = Mutex::new(None);
static TURN: Mutex<()> = Mutex::new(());
static WATCH: Once = Once::new();

fn fed() -> MutexGuard<'static, Option<(Instant, &'static str, Vec<u8>)>> {
    FED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the process, with the input kept, when one is never through.
fn watch() {
    loop {
        std::thread::sleep(Duration::from_secs(1));
        if let Some((since, name, input)) = &*fed()
            && since.elapsed() > HANGS
        {
            eprintln!("{name} hangs, the input is kept in {}", keep(name, input).display());
            std::process::abort();
        }
    }
}
