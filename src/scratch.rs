//! A temporary directory for tests, gone when it is dropped.

use std::path::{Path, PathBuf};

/// A directory of its own below the system's place for temporary files.
pub struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a new, empty one.
    pub fn new() -> Scratch {
        Scratch::below(&std::env::temp_dir()).unwrap()
    }

    /// One in memory, where the system has a disk there: for what is made and thrown away a hundred times.
    pub fn in_memory() -> Scratch {
        Scratch::below(Path::new("/dev/shm")).unwrap_or_else(|_| Scratch::new())
    }

    fn below(dir: &Path) -> std::io::Result<Scratch> {
        let name = format!(
            "fietsboek-test-{}",
            crate::secret::hex(&crate::secret::random::<8>().unwrap())
        );
        let path = dir.join(name);
        std::fs::create_dir(&path)?;
        Ok(Scratch { path })
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
