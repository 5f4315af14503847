//! Reads an archive, and believes nothing of it.
//!
//! First comes the list, which is bounded. Then exactly the files of the list have to come, in its order, as plain
//! files of the size and with the checksum that it says, and nothing after them. So there is no path that was not
//! looked at, no link, no device, no file twice, and no byte is written that was not announced.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use flate2::read::MultiGzDecoder;
use tar::{Entries, EntryType};

use super::Step;
use super::manifest::{self, Entry, Manifest};
use crate::error::{Error, Result};
use crate::model::files::io;
use crate::secret::Hasher;

/// What gzip begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// So many noughts may follow the last file, bytes: tar fills its last record.
const LONGEST_END: usize = 1 << 20;

/// The longest name that stands in a block of its own, bytes.
const LONGEST_NAME: u64 = 4096;

/// An archive that is to be read.
pub struct Archive {
    path: PathBuf,
    file: File,
}

/// Gives where a file's bytes go; none: they are only looked at.
type Sink<'a> = &'a mut dyn FnMut(&Entry) -> Result<Option<File>>;

impl Archive {
    /// Opens one.
    ///
    /// # Errors
    /// `Failed` with the path and the cause.
    pub fn open(path: &Path) -> Result<Archive> {
        // Whoever opens a pipe to read waits for a writer.
        let meta = std::fs::metadata(path).map_err(|e| io("read", path, e))?;
        if !meta.is_file() {
            return Err(Error::Failed(format!("cannot read {}: it is no file", path.display())));
        }
        let file = File::open(path).map_err(|e| io("read", path, e))?;
        Ok(Archive {
            path: path.to_owned(),
            file,
        })
    }

    /// The bytes of the archive itself.
    pub fn size(&self) -> u64 {
        self.file.metadata().map_or(0, |meta| meta.len())
    }

    /// Reads all of it and writes nothing.
    ///
    /// # Errors
    /// `Failed` with the path and what is wrong.
    pub fn verify(&mut self, step: Step<'_>) -> Result<Manifest> {
        self.pass(&mut |_| Ok(None), step)
    }

    /// Reads all of it, again, and hands out the files.
    ///
    /// # Errors
    /// `Failed` with the path and what is wrong, also when it is not what it was; what `sink` says.
    pub fn unpack(&mut self, expected: &Manifest, sink: Sink<'_>, step: Step<'_>) -> Result<()> {
        match self.pass(sink, step)? == *expected {
            true => Ok(()),
            false => Err(self.fault("has changed meanwhile")),
        }
    }

    fn pass(&mut self, sink: Sink<'_>, step: Step<'_>) -> Result<Manifest> {
        let mut archive = tar::Archive::new(self.rewind()?);
        let manifest = {
            let mut entries = archive.entries().map_err(|e| self.foreign(&e.to_string()))?.raw(true);
            let manifest = self.read_list(&mut entries)?;
            let mut done = 0_u64;
            let all = manifest.size().max(1) as f64;
            for entry in &manifest.files {
                self.read_file(&mut entries, entry, sink, &mut |bytes| {
                    done = done.saturating_add(bytes);
                    step(done as f64 / all)
                })?;
            }
            match entries.next() {
                None => manifest,
                Some(Ok(_)) => {
                    return Err(self.fault("is no sound backup: something follows the last file of its list"));
                }
                Some(Err(e)) => return Err(self.broken(&e)),
            }
        };
        self.read_end(archive.into_inner())?;
        Ok(manifest)
    }

    fn rewind(&self) -> Result<Box<dyn Read>> {
        let begin = || {
            let mut file = self.file.try_clone()?;
            file.seek(SeekFrom::Start(0))?;
            let mut magic = Vec::new();
            Read::by_ref(&mut file)
                .take(GZIP.len() as u64)
                .read_to_end(&mut magic)?;
            file.seek(SeekFrom::Start(0))?;
            let bytes = BufReader::with_capacity(1 << 18, file);
            Ok::<Box<dyn Read>, io::Error>(match magic == GZIP {
                true => Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(bytes))),
                false => Box::new(bytes),
            })
        };
        begin().map_err(|e| io("read", &self.path, e))
    }

    fn read_list<R: Read>(&self, entries: &mut Entries<'_, R>) -> Result<Manifest> {
        let mut entry = match entries.next() {
            Some(Ok(entry)) => entry,
            Some(Err(e)) => return Err(self.foreign(&e.to_string())),
            None => return Err(self.foreign("it is empty")),
        };
        let size = entry.header().entry_size().unwrap_or(u64::MAX);
        if *entry.path_bytes() != *manifest::NAME.as_bytes() || entry.header().entry_type() != EntryType::Regular {
            return Err(self.foreign("it does not begin with its list"));
        }
        if size > manifest::LARGEST {
            return Err(self.foreign("its list is too large"));
        }
        let mut text = Vec::new();
        entry.read_to_end(&mut text).map_err(|e| self.broken(&e))?;
        if text.len() as u64 != size {
            return Err(self.short());
        }
        let text = String::from_utf8(text).map_err(|_| self.foreign("its list is no text"))?;
        Manifest::parse(&text).map_err(|e| self.foreign(e.text()))
    }

    fn read_file<R: Read>(
        &self,
        entries: &mut Entries<'_, R>,
        expected: &Entry,
        sink: Sink<'_>,
        step: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<()> {
        let path = &expected.path;
        let (mut entry, name) = self.next(entries, path)?;
        let kind = entry.header().entry_type();
        let shown = String::from_utf8_lossy(&name).escape_debug().to_string();
        if kind != EntryType::Regular {
            return Err(self.fault(&format!(
                "is no sound backup: {shown:?} is {} and no file",
                in_words(kind)
            )));
        }
        if name != path.as_bytes() {
            return Err(self.fault(&format!("is no sound backup: {shown:?} stands where {path} should")));
        }
        if entry.header().entry_size().ok() != Some(expected.size) {
            return Err(self.fault(&format!(
                "is no sound backup: {path} is not of the size that its list says"
            )));
        }
        // A time that no system can have is none.
        let changed = entry.header().mtime().unwrap_or(0).min(u64::from(u32::MAX));
        let mut out = sink(expected)?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 1 << 16];
        let mut left = expected.size;
        while left > 0 {
            let count = match entry.read(&mut buffer) {
                Ok(0) => return Err(self.short()),
                Ok(count) => count,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(self.broken(&e)),
            };
            hasher.update(&buffer[..count]);
            if let Some(file) = &mut out {
                file.write_all(&buffer[..count])
                    .map_err(|e| io("write", Path::new(path), e))?;
            }
            left = left.saturating_sub(count as u64);
            step(count as u64)?;
        }
        if let Some(file) = out {
            let set = file.set_modified(UNIX_EPOCH + Duration::from_secs(changed));
            set.map_err(|e| io("set the time of", Path::new(path), e))?;
        }
        match hasher.finish() == expected.sha256 {
            true => Ok(()),
            false => Err(self.fault(&format!("is damaged: {path} has another checksum than its list says"))),
        }
    }

    /// The next entry and its name, which may stand before it in a block of its own.
    fn next<'a, R: Read>(&self, entries: &mut Entries<'a, R>, path: &str) -> Result<(tar::Entry<'a, R>, Vec<u8>)> {
        let mut take = || match entries.next() {
            Some(Ok(entry)) => Ok(entry),
            Some(Err(e)) => Err(self.broken(&e)),
            None => Err(self.fault(&format!("is cut short: it ends before {path}"))),
        };
        let mut entry = take()?;
        if entry.header().entry_type() != EntryType::GNULongName {
            let name = entry.path_bytes().into_owned();
            return Ok((entry, name));
        }
        if entry.header().entry_size().unwrap_or(u64::MAX) > LONGEST_NAME {
            return Err(self.fault("is no sound backup: a name in it is too long"));
        }
        let mut name = Vec::new();
        entry.read_to_end(&mut name).map_err(|e| self.broken(&e))?;
        while name.last() == Some(&0) {
            name.pop();
        }
        Ok((take()?, name))
    }

    /// Reads what follows the last file: noughts, and the checksum of gzip.
    fn read_end(&self, mut rest: Box<dyn Read>) -> Result<()> {
        let mut buffer = vec![0; 1 << 16];
        let mut seen = 0;
        loop {
            match rest.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(count) => {
                    seen += count;
                    if seen > LONGEST_END || buffer[..count].iter().any(|byte| *byte != 0) {
                        return Err(self.fault("is no sound backup: something follows its end"));
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(self.broken(&e)),
            }
        }
    }

    fn fault(&self, what: &str) -> Error {
        Error::Failed(format!("{} {what}", self.path.display()))
    }

    fn foreign(&self, why: &str) -> Error {
        self.fault(&format!("is no backup that this program can restore: {why}"))
    }

    fn short(&self) -> Error {
        self.fault("is cut short: it ends in the middle of a file")
    }

    fn broken(&self, cause: &io::Error) -> Error {
        match cause.kind() {
            io::ErrorKind::UnexpectedEof => self.short(),
            _ => self.fault(&format!("is damaged: {cause}")),
        }
    }
}

fn in_words(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Symlink => "a symbolic link",
        EntryType::Link => "a hard link",
        EntryType::Char | EntryType::Block => "a device",
        EntryType::Directory => "a directory",
        EntryType::Fifo => "a FIFO",
        EntryType::GNUSparse => "a file with holes",
        _ => "something else",
    }
}
