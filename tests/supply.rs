//! What the program is made of: few crates, each with a reason, and no code that the compiler does not vouch for.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The most crates that are named in `Cargo.toml`.
const MOST: usize = 36;

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// The keys below `[dependencies]`.
fn crates() -> BTreeSet<String> {
    let manifest = text("Cargo.toml");
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap();
    let lines = section.lines().take_while(|line| !line.starts_with('['));
    let names = lines.filter_map(|line| line.split_once(" = ").map(|(name, _)| name.to_owned()));
    names.collect()
}

#[test]
fn every_crate_has_its_reason_and_there_are_few() {
    let readme = text("README.md");
    let table = readme.split("\n| crate | job | why this one |\n").nth(1).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    let mut explained = BTreeSet::new();
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(cells.len() == 3 && cells.iter().all(|cell| !cell.is_empty()), "{row}");
        explained.extend(cells[0].split(", ").map(str::to_owned));
    }
    assert_eq!(crates(), explained);
    assert!(explained.len() <= MOST, "{} crates", explained.len());
}

#[test]
fn the_compiler_forbids_what_it_cannot_check() {
    assert!(text("Cargo.toml").contains("\nunsafe_code = \"forbid\"\n"));
}

#[test]
fn every_crate_comes_from_the_registry_with_its_checksum() {
    let lock = text("Cargo.lock");
    for package in lock.split("[[package]]\n").skip(1) {
        let is_ours = package.starts_with("name = \"fietsboek\"\n");
        let source = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
        assert!(
            is_ours || (package.contains(source) && package.contains("checksum = ")),
            "{package}"
        );
    }
}
