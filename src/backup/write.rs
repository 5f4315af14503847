//! Makes an archive.
//!
//! It is written beside its place under a name that begins with a dot, read back, made durable, and only then gets
//! its name, which nothing may have. Each file is read twice: for the list, which comes first, and for the archive.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use rustix::fs::{CWD, FlockOperation, RenameFlags};
use rustix::io::Errno;
use tar::{Builder, Header};

use super::manifest::{self, Entry, Manifest};
use super::read::Archive;
use super::{INI, Step};
use crate::clock;
use crate::crash::{self, Point};
use crate::error::{Error, Result};
use crate::model::files::{io, name_of, sync_dir};
use crate::model::snapshot::Snapshot;
use crate::model::space;
use crate::ownership;
use crate::secret::Hasher;

/// Shares of the work: the list, the archive; the rest is reading back.
const LISTED: f64 = 0.3;
const WRITTEN: f64 = 0.7;

/// A file for an archive that is not whole yet; gone when it is dropped.
pub struct Target {
    place: PathBuf,
    part: PathBuf,
    file: File,
}

impl Target {
    /// Begins one. Nothing may be in its place.
    ///
    /// # Errors
    /// `Failed` with the path and the cause; `Busy` when it is being made just now.
    pub fn begin(place: &Path) -> Result<Target> {
        let place = std::path::absolute(place).map_err(|e| io("write", place, e))?;
        let name = name_of(&place);
        if place.symlink_metadata().is_ok() {
            return Err(Error::Failed(format!(
                "{} is there already; name a file that is not, or remove it",
                place.display()
            )));
        }
        let part = place.with_file_name(format!(".{name}.part"));
        let mut options = File::options();
        let opened = options.read(true).write(true).create(true).mode(0o600);
        let flags = rustix::fs::OFlags::NOFOLLOW.bits() as i32;
        let file = opened
            .custom_flags(flags)
            .open(&part)
            .map_err(|e| io("write", &place, e))?;
        match rustix::fs::flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => {
                return Err(Error::Busy(format!(
                    "another backup is being written to {}",
                    place.display()
                )));
            }
            locked => locked.map_err(|e| io("lock", &part, e.into()))?,
        }
        let target = Target { place, part, file };
        // What a killed run has left there.
        target.file.set_len(0).map_err(|e| io("write", &target.part, e))?;
        let private = target.file.set_permissions(fs::Permissions::from_mode(0o600));
        private.map_err(|e| io("write", &target.part, e))?;
        ownership::follow(&target.file, &target.part);
        Ok(target)
    }

    /// Writes the archive of a snapshot, reads it back, and gives it its name. Gzipped, if the name says so.
    ///
    /// # Errors
    /// `Failed` with the path and the cause; then nothing is left.
    pub fn write(self, ini: &[u8], version: &str, snapshot: &Snapshot, step: Step<'_>) -> Result<(Manifest, u64)> {
        let mut manifest = Manifest {
            made: clock::rfc3339(clock::now()),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            version: version.to_owned(),
            tracks: snapshot.census.tracks,
            users: snapshot.census.people,
            files: vec![Entry::of(INI, &mut &ini[..])?],
        };
        let all = snapshot.files.len().max(1) as f64;
        for (at, path) in snapshot.files.iter().enumerate() {
            step(LISTED * at as f64 / all)?;
            let mut file = open(snapshot, path)?;
            manifest.files.push(Entry::of(&path.to_string_lossy(), &mut file)?);
        }
        space::require(&self.part, manifest.size(), "write the backup")?;
        // Also refused by whoever reads it back; said here, it names the file.
        Manifest::parse(&manifest.text())?;
        let written = self.fill(&manifest, ini, snapshot, step);
        written.map_err(|e| match e {
            Fault::Disk(e) => io("write the backup", &self.place, e),
            Fault::Ours(e) => e,
        })?;
        crash::point(Point::BackupWritten);
        let mut archive = Archive::open(&self.part)?;
        let read = archive.verify(&mut |share| step(WRITTEN + (1.0 - WRITTEN) * share))?;
        if read != manifest {
            return Err(Error::Failed(
                "the backup does not read back as it was written".to_owned(),
            ));
        }
        let size = self.file.metadata().map_or(0, |meta| meta.len());
        self.place()?;
        Ok((manifest, size))
    }

    fn fill(
        &self,
        manifest: &Manifest,
        ini: &[u8],
        snapshot: &Snapshot,
        step: Step<'_>,
    ) -> std::result::Result<(), Fault> {
        let name = name_of(&self.place);
        let file = BufWriter::with_capacity(1 << 18, &self.file);
        let mut file = match name.ends_with(".gz") || name.ends_with(".tgz") {
            true => pack(GzEncoder::new(file, Compression::fast()), manifest, ini, snapshot, step)?.finish()?,
            false => pack(file, manifest, ini, snapshot, step)?,
        };
        file.flush()?;
        Ok(self.file.sync_all()?)
    }

    /// Nothing is overwritten, whoever was quicker.
    fn place(&self) -> Result<()> {
        let placed = match rustix::fs::renameat_with(CWD, &self.part, CWD, &self.place, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::hard_link(&self.part, &self.place),
            renamed => renamed.map_err(io::Error::from),
        };
        placed.map_err(|e| io("name the backup", &self.place, e))?;
        sync_dir(self.place.parent().unwrap_or(&self.place))
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // Once it has its name, nothing is found here.
        let _ = fs::remove_file(&self.part);
    }
}

/// Who failed: the file that is written, or what has an error of its own.
enum Fault {
    Disk(io::Error),
    Ours(Error),
}

impl From<io::Error> for Fault {
    fn from(e: io::Error) -> Fault {
        Fault::Disk(e)
    }
}

impl From<Error> for Fault {
    fn from(e: Error) -> Fault {
        Fault::Ours(e)
    }
}

impl Entry {
    fn of(path: &str, from: &mut dyn Read) -> Result<Entry> {
        let mut hasher = Hasher::new();
        let size = io::copy(from, &mut hasher).map_err(|e| io("read", Path::new(path), e))?;
        Ok(Entry {
            sha256: hasher.finish(),
            size,
            path: path.to_owned(),
        })
    }
}

fn open(snapshot: &Snapshot, path: &Path) -> Result<BufReader<File>> {
    let file = File::open(snapshot.path().join(path)).map_err(|e| io("read", path, e))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

/// Writes the archive itself.
fn pack<W: Write>(
    out: W,
    manifest: &Manifest,
    ini: &[u8],
    snapshot: &Snapshot,
    step: Step<'_>,
) -> std::result::Result<W, Fault> {
    let mut tar = Builder::new(out);
    let list = manifest.text();
    add(&mut tar, manifest::NAME, list.len() as u64, 0, &mut list.as_bytes())?;
    let all = manifest.files.len() as f64;
    for (at, entry) in manifest.files.iter().enumerate() {
        step(LISTED + (WRITTEN - LISTED) * at as f64 / all)?;
        if entry.path == INI {
            add(&mut tar, INI, entry.size, 0, &mut &ini[..])?;
            continue;
        }
        let mut file = open(snapshot, Path::new(&entry.path))?;
        let changed = file.get_ref().metadata().map_or(0, |meta| meta.mtime());
        add(
            &mut tar,
            &entry.path,
            entry.size,
            u64::try_from(changed).unwrap_or(0),
            &mut file,
        )?;
    }
    Ok(tar.into_inner()?)
}

/// Adds a plain file of so many bytes. One that has become another in the meantime is found when it is read back.
fn add<W: Write>(tar: &mut Builder<W>, path: &str, size: u64, changed: u64, from: &mut dyn Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(changed);
    tar.append_data(&mut header, path, from.take(size))
}
