//! `fietsctl init`: a new instance in a directory.
//!
//! It is made whole or not at all: what stands there already is refused and not touched, and what was
//! made before a failure is removed again. The INI file comes last but for the check that reads it
//! back, so that whoever finds one finds an instance.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::call::Call;
use super::opts::{Operand, Opt, Takes, Verb};
use crate::config::{Config, Template, template};
use crate::datadir::DataDir;
use crate::error::{Error, Result};
use crate::{db, schema, secret};

/// Where a new server listens.
const DEFAULT_LISTEN: &str = "127.0.0.1:8080";

/// The rows of the tables.
pub const VERBS: &[Verb] = &[Verb {
    path: &["init"],
    about: "make a new instance: settings, database and data directory",
    operands: &[Operand {
        name: "DIR",
        required: false,
        help: "where it is made (default: the current directory)",
    }],
    opts: &[
        Opt {
            long: "url",
            short: None,
            takes: Takes::Value("URL"),
            help: "what visitors type (default: http://localhost and the port)",
        },
        Opt {
            long: "listen",
            short: None,
            takes: Takes::Value("HOST:PORT"),
            help: "where the server listens (default: 127.0.0.1:8080)",
        },
    ],
    run,
}];

/// The places of a new instance.
struct Places {
    dir: PathBuf,
    ini: PathBuf,
    database: PathBuf,
    data: PathBuf,
}

fn run(call: &Call) -> Result<()> {
    if call.named_config().is_some() {
        return Err(Error::Usage(
            "init writes the INI file itself: name its directory, without -c".to_owned(),
        ));
    }
    let dir = Path::new(call.operands().first().map_or(".", String::as_str));
    let listen = call.value("listen").unwrap_or(DEFAULT_LISTEN);
    let values = Template {
        session_key: secret::hex(&secret::random::<32>()?),
        base_url: call.value("url").map_or_else(|| local_url(listen), str::to_owned),
        email_from: "fietsboek@localhost".to_owned(),
        listen: listen.to_owned(),
    };
    let places = make(dir, &values)?;
    let ini = quoted(&places.ini);
    for path in [&places.ini, &places.database, &places.data] {
        call.say(&format!("made {}", path.display()))?;
    }
    call.say("next, an administrator's account and the server:")?;
    call.say(&format!("  fietsctl -c {ini} user add --admin"))?;
    call.say(&format!("  fietsboek-serve {ini}"))
}

fn local_url(listen: &str) -> String {
    match listen.rsplit_once(':') {
        Some((_, port)) => format!("http://localhost:{port}"),
        None => "http://localhost".to_owned(),
    }
}

/// Makes an instance. On failure all that was made is removed.
fn make(dir: &Path, values: &Template) -> Result<Places> {
    let dir = std::path::absolute(dir)
        .map_err(|e| Error::Failed(format!("cannot make an instance in {}: {e}", dir.display())))?;
    let places = Places {
        ini: dir.join("fietsboek.ini"),
        database: dir.join("fietsboek.sqlite"),
        data: dir.join("data"),
        dir,
    };
    refuse_what_stands_there(&places)?;
    let mut made = Made::default();
    made.directories(&places.dir)?;
    made.directory(&places.data)?;
    made.file(&DataDir::new(&places.data).version(), schema::VERSION)?;
    made.database(&places.database)?;
    made.file(&places.ini, &template(values))?;
    check(&places)?;
    made.keep();
    Ok(places)
}

fn refuse_what_stands_there(places: &Places) -> Result<()> {
    for path in [&places.ini, &places.database, &places.data] {
        match path.symlink_metadata() {
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(Error::Failed(format!("cannot look at {}: {e}", path.display()))),
            Ok(_) => {
                return Err(Error::Failed(format!(
                    "cannot make an instance in {}: {} is there already",
                    places.dir.display(),
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

/// Reads the new file back: it is checked by the rules that will be applied to it, and has to lead to
/// what was made.
fn check(places: &Places) -> Result<()> {
    let config = Config::read(&places.ini)?;
    db::open(&config.database).map_err(|e| {
        Error::Failed(format!(
            "the path {} cannot be written in an INI file: {e}",
            places.dir.display()
        ))
    })?;
    Ok(())
}

/// What was made so far; removed again, last things first, unless it is kept.
#[derive(Default)]
struct Made {
    paths: Vec<PathBuf>,
}

impl Made {
    /// A directory with all that are missing above it; one that is there is fine.
    fn directories(&mut self, path: &Path) -> Result<()> {
        let is_there = |path: &Path| path.symlink_metadata().is_ok();
        let missing: Vec<&Path> = path.ancestors().take_while(|path| !is_there(path)).collect();
        missing.into_iter().rev().try_for_each(|path| self.directory(path))
    }

    fn directory(&mut self, path: &Path) -> Result<()> {
        DirBuilder::new()
            .mode(0o700)
            .create(path)
            .map_err(|e| Error::Failed(format!("cannot make the directory {}: {e}", path.display())))?;
        self.paths.push(path.to_owned());
        Ok(())
    }

    fn file(&mut self, path: &Path, text: &str) -> Result<()> {
        let failed = |e: std::io::Error| Error::Failed(format!("cannot write {}: {e}", path.display()));
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)
            .map_err(failed)?;
        self.paths.push(path.to_owned());
        file.write_all(text.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)
    }

    fn database(&mut self, path: &Path) -> Result<()> {
        let failed = |e| db::failed(&format!("cannot make the database {}", path.display()), e);
        self.file(path, "")?;
        let mut database = db::open_any(path)?;
        let transaction = database.transaction().map_err(failed)?;
        schema::create(&transaction).map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    fn keep(mut self) {
        self.paths.clear();
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        for path in self.paths.iter().rev() {
            let removed = if path.is_dir() {
                fs::remove_dir(path)
            } else {
                fs::remove_file(path)
            };
            if let Err(e) = removed {
                log::warn!("cannot remove {} again: {e}", path.display());
            }
        }
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,@%".contains(c);
    if text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use std::os::unix::fs::PermissionsExt;

    fn values(listen: &str) -> Template {
        Template {
            session_key: "0123456789abcdef".to_owned(),
            base_url: local_url(listen),
            email_from: "a@b.example".to_owned(),
            listen: listen.to_owned(),
        }
    }

    #[test]
    fn a_new_instance_is_at_head_and_private() {
        let dir = Scratch::new();
        let places = make(&dir.join("a/b"), &values(DEFAULT_LISTEN)).unwrap();
        let config = Config::read(&places.ini).unwrap();
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert_eq!(config.base_url.as_deref(), Some("http://localhost:8080"));
        db::open(&config.database).unwrap();
        assert_eq!(fs::read_to_string(places.data.join("VERSION")).unwrap(), "v0.11.0");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&places.ini), mode(&places.database)), (0o600, 0o600));
        assert_eq!((mode(&places.data), mode(&dir.join("a"))), (0o700, 0o700));
    }

    #[test]
    fn a_failure_leaves_nothing_behind() {
        let dir = Scratch::new();
        assert!(matches!(
            make(&dir.join("a/b"), &values("nowhere:port")),
            Err(Error::Config(_))
        ));
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn whatever_stands_there_already_is_refused() {
        for name in ["fietsboek.ini", "fietsboek.sqlite", "data"] {
            let dir = Scratch::new();
            std::os::unix::fs::symlink("nowhere", dir.join(name)).unwrap();
            let error = make(dir.path(), &values(DEFAULT_LISTEN)).err().unwrap();
            assert!(error.text().contains(name), "{error}");
            assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
        }
    }

    #[test]
    fn a_path_is_quoted_for_the_shell_when_it_has_to_be() {
        assert_eq!(quoted(Path::new("/srv/fietsboek/f.ini")), "/srv/fietsboek/f.ini");
        assert_eq!(quoted(Path::new("/srv/my site's")), r"'/srv/my site'\''s'");
    }
}
