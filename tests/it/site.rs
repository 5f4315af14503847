//! An instance of its own for each test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::cmd::Cmd;

/// Every name that the binary answers to.
pub const NAMES: [&str; 5] = ["fietsboek", "fietsboek-serve", "fietsctl", "fietscron", "fietsupdate"];

/// A temporary directory with `bin/` (the binary under all its names), `home/`, `tmp/`, and in
/// `site/` what an administrator would have: `fietsboek.ini`, `fietsboek.sqlite`, `data/`. It is gone
/// when it is dropped.
pub struct Site {
    root: PathBuf,
    ini: &'static str,
}

impl Site {
    /// No instance yet, only a place for one.
    pub fn empty() -> Site {
        let random = fietsboek::secret::hex(&fietsboek::secret::random::<6>().unwrap());
        let root = std::env::temp_dir().join(format!("fietsboek-it-{random}"));
        for dir in ["", "bin", "home", "tmp", "site"] {
            fs::create_dir(root.join(dir)).unwrap();
        }
        for name in NAMES {
            std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_fietsboek"), root.join("bin").join(name)).unwrap();
        }
        Site {
            root,
            ini: "fietsboek.ini",
        }
    }

    /// A new instance, as `fietsctl init` makes it; a server on it takes a free port.
    pub fn new() -> Site {
        let site = Site::empty();
        site.cmd("fietsctl")
            .args(["init", "--listen", "127.0.0.1:0"])
            .run()
            .code(0);
        site
    }

    /// A copy of the instance that Fietsboek 0.11 made; a server on it takes a free port.
    pub fn fixture() -> Site {
        let mut site = Site::empty();
        site.ini = "production.ini";
        let origin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fietsboek-0.11");
        copy(&origin, &site.dir());
        site.edit_ini("listen = 127.0.0.1:6543", "listen = 127.0.0.1:0");
        site
    }

    /// A copy of the instance that Fietsboek 0.5 made; a server on it takes a free port.
    pub fn of_v0_5() -> Site {
        let mut site = Site::empty();
        site.ini = "production.ini";
        let origin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/fietsboek-0.5");
        copy(&origin, &site.dir());
        site.edit_ini("listen = 127.0.0.1:6543", "listen = 127.0.0.1:0");
        site
    }

    /// The directory of the instance, where commands run.
    pub fn dir(&self) -> PathBuf {
        self.root.join("site")
    }

    /// A path in the directory of the instance.
    pub fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.dir().join(name)
    }

    /// The INI file.
    pub fn ini(&self) -> PathBuf {
        self.path(self.ini)
    }

    /// The database.
    pub fn database(&self) -> PathBuf {
        self.path("fietsboek.sqlite")
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    /// The switch of the maintenance mode.
    pub fn flag(&self) -> PathBuf {
        self.data().join("MAINTENANCE")
    }

    /// The directory that stands in for the system's temporary one.
    pub fn tmp(&self) -> PathBuf {
        self.root.join("tmp")
    }

    /// The home directory of whoever runs the commands.
    pub fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The binary under one of its names.
    pub fn program(&self, name: &str) -> PathBuf {
        self.root.join("bin").join(name)
    }

    /// Replaces a text that must be in the INI file.
    pub fn edit_ini(&self, from: &str, to: &str) {
        let text = fs::read_to_string(self.ini()).unwrap();
        assert!(text.contains(from), "{from:?} is not in the INI file:\n{text}");
        fs::write(self.ini(), text.replace(from, to)).unwrap();
    }

    /// A tool in the directory of the instance, without any argument.
    pub fn cmd(&self, name: &str) -> Cmd<'_> {
        Cmd::new(self, name)
    }

    /// A tool that is told the INI file.
    pub fn tool(&self, name: &str) -> Cmd<'_> {
        self.cmd(name).arg("-c").arg(self.ini)
    }

    /// `fietsctl -c INI …`.
    pub fn ctl<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Cmd<'_> {
        self.tool("fietsctl").args(args)
    }

    /// Every file below the directory of the instance with its size, content and time of change: two
    /// of these are equal when nothing was touched.
    pub fn snapshot(&self) -> BTreeMap<PathBuf, (u64, i128, Vec<u8>)> {
        let mut found = BTreeMap::new();
        list(&self.dir(), &mut found);
        found
    }

    /// The names of all that stands below the directory of the instance, one a line.
    pub fn files(&self) -> String {
        let below = |path: &PathBuf| path.strip_prefix(self.dir()).unwrap_or(path).display().to_string();
        let names: Vec<_> = self
            .snapshot()
            .iter()
            .map(|(path, (size, _, _))| format!("  {} ({size} bytes)", below(path)))
            .collect();
        names.join("\n")
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn list(dir: &Path, found: &mut BTreeMap<PathBuf, (u64, i128, Vec<u8>)>) {
    use std::os::unix::fs::MetadataExt;
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(meta) = path.symlink_metadata() else { continue };
        let changed = i128::from(meta.mtime()) * 1_000_000_000 + i128::from(meta.mtime_nsec());
        let bytes = match meta.is_file() {
            true => fs::read(&path).unwrap_or_default(),
            false => Vec::new(),
        };
        if meta.is_dir() {
            list(&path, found);
        }
        found.insert(path, (meta.len(), changed, bytes));
    }
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = (entry.as_ref().unwrap().path(), to.join(entry.unwrap().file_name()));
        if from.is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&from, &to);
        } else {
            // The bytes alone: a read-only checkout makes no read-only copy.
            fs::write(&to, fs::read(&from).unwrap()).unwrap();
        }
    }
}
