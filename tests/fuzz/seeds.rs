//! The files to begin with.

use std::fs;
use std::path::{Path, PathBuf};

/// The longest input, in bytes.
pub const LONGEST: usize = 1 << 16;

/// A file of `tests/data`.
pub fn data(path: &str) -> PathBuf {
    let below = |root: &Path| root.join("tests/data").is_dir().then(|| root.join("tests/data"));
    // The guided harness is a crate of its own, below the project's.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().find_map(below);
    root.unwrap().join(path)
}

/// The files of a folder of `tests/data` with such an extension, the shortest first, none longer than an input.
pub fn files(folder: &str, extension: &str) -> Vec<Vec<u8>> {
    let found = fs::read_dir(data(folder))
        .into_iter()
        .flatten()
        .flatten()
        .map(|file| file.path());
    let wanted = found.filter(|path| extension.is_empty() || path.extension().is_some_and(|e| e == extension));
    let mut all: Vec<Vec<u8>> = wanted.map(|path| fs::read(path).unwrap()).collect();
    all.sort_by_key(|bytes| (bytes.len(), bytes.clone()));
    all.retain(|bytes| bytes.len() <= LONGEST);
    all
}
