//! The entries of `tests/fuzz/entries.rs` once more, fed by libFuzzer, which sees what code an input reaches. `run`
//! beside this builds and starts it.
//!
//! `FUZZ_ENTRY` names the entry. `FUZZ_FOLDER` is a folder into which its seeds (`seeds/`) and the words that mean
//! something to its reader (`words`, as libFuzzer's dictionaries are written) are put before it begins.

#![no_main]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../entries.rs"]
mod entries;
#[path = "../pictures.rs"]
mod pictures;
#[path = "../requests.rs"]
mod requests;
#[path = "../seeds.rs"]
mod seeds;
#[path = "../tracks.rs"]
mod tracks;
#[path = "../words.rs"]
mod words;

use std::fmt::Write;
use std::path::Path;
use std::sync::OnceLock;
use std::{env, fs};

use entries::{ENTRIES, Entry};
use libfuzzer_sys::fuzz_target;
pub use seeds::{LONGEST, data, files};

static ENTRY: OnceLock<&Entry> = OnceLock::new();

fuzz_target!(init: begin(), |input: &[u8]| {
    (ENTRY.get().unwrap().run)(input);
});

fn begin() {
    let name = env::var("FUZZ_ENTRY").expect("FUZZ_ENTRY names an entry");
    let entry = ENTRIES.iter().find(|entry| entry.name == name);
    let entry = *ENTRY.get_or_init(|| entry.expect("an entry of tests/fuzz/entries.rs"));
    let Ok(folder) = env::var("FUZZ_FOLDER") else {
        return;
    };
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("seeds")).unwrap();
    let kept = files(&format!("fuzz/{name}"), "");
    for (number, seed) in (entry.seeds)().iter().chain(&kept).enumerate() {
        fs::write(folder.join(format!("seeds/{number:03}")), seed).unwrap();
    }
    fs::write(folder.join("words"), dictionary(entry.words)).unwrap();
}

/// One quoted word a line, bytes that are not plain as `\xHH`.
fn dictionary(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words.iter().filter(|word| !word.is_empty()) {
        text.push('"');
        for byte in word.bytes() {
            match byte {
                b'"' | b'\\' => write!(text, "\\{}", char::from(byte)).unwrap(),
                b' '..=b'~' => text.push(char::from(byte)),
                _ => write!(text, "\\x{byte:02x}").unwrap(),
            }
        }
        text.push_str("\"\n");
    }
    text
}
