//! A temporary directory for tests, gone when it is dropped.

use std::path::{Path, PathBuf};

/// A directory of its own below the system's place for temporary files.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a new, empty one.
    pub fn new() -> Scratch {
        let name = format!(
            "fietsboek-test-{}",
            crate::secret::hex(&crate::secret::random::<8>().unwrap())
        );
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).unwrap();
        Scratch { path }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
