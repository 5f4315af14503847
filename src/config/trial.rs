//! What the tests of the configuration need: a directory with an INI file, and the values of a few lines.

use std::fs;
use std::path::{Path, PathBuf};

use super::Config;
use super::ini::Ini;
use super::interpolation::Scope;
use super::notes::Notes;
use super::values::Values;
use crate::error::Result;

/// The values of one section that consists of these lines, the first of them being line 2.
pub fn values(section: &'static str, lines: &str, notes: &mut Notes) -> Values {
    let ini = Ini::parse(&format!("[{section}]\n{lines}"), notes);
    let scope = Scope {
        section: ini.find_section(section).unwrap(),
        defaults: None,
        here: "/here",
        file: "/here/t.ini",
    };
    Values::expand(section, scope, notes)
}

/// A directory for one test with a data directory in it, removed at its end.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new(name: &str) -> Dir {
        let path = std::env::temp_dir().join(format!("config-{name}-{}", std::process::id()));
        fs::create_dir_all(path.join("data")).unwrap();
        Dir(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes and reads `t.ini`.
    pub fn read(&self, text: &str) -> Result<Config> {
        let file = self.0.join("t.ini");
        fs::write(&file, text).unwrap();
        Config::read(&file)
    }

    /// What is wrong with `t.ini`, a line each, without the directory before its name.
    pub fn faults(&self, text: &str) -> Vec<String> {
        let error = self.read(text).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        let dir = format!("{}/", self.0.display());
        error.text().lines().map(|line| line.replace(&dir, "")).collect()
    }

    /// The warnings about `t.ini`, likewise.
    pub fn warnings(&self, text: &str) -> Vec<String> {
        let dir = format!("{}/", self.0.display());
        let config = self.read(text).unwrap();
        config.warnings.iter().map(|line| line.replace(&dir, "")).collect()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// The least that a file must hold, in seven lines.
pub const LEAST: &str = "[app:main]\nuse = egg:fietsboek\nsqlalchemy.url = sqlite:///%(here)s/f.sqlite\n\
    fietsboek.data_dir = %(here)s/data\nsession_key = hush;x=1\nemail.from = a@b\nemail.smtp_url = debug://\n";
