//! From a path to the text of the INI file.
//!
//! Here ends everything that a file can be besides text: missing, a directory, endless, not UTF-8.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Error, Result};

/// No configuration is larger, in bytes; a device or a log named by mistake is.
const LARGEST: u64 = 1024 * 1024;

/// Reads the file as text, with a byte order mark removed and every line ended by `\n`.
///
/// Each failure is an [`Error::Config`].
pub fn read(path: &Path) -> Result<String> {
    let bytes = read_bytes(path)?;
    let name = path.display();
    if bytes.len() as u64 > LARGEST {
        return Err(Error::Config(format!(
            "cannot read {name}: it is larger than 1 MiB, which is no configuration"
        )));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        Error::Config(format!("{name}:{}: this line is not UTF-8", line_of(good)))
    })?;
    if let Some(at) = text.find('\0') {
        let line = line_of(&text.as_bytes()[..at]);
        return Err(Error::Config(format!("{name}:{line}: this line holds a NUL byte")));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n").replace('\r', "\n"))
}

fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| {
            let hint = match error.kind() {
                io::ErrorKind::NotFound => "; name the file with -c FILE",
                _ => "",
            };
            Error::Config(format!("cannot read {}: {}{hint}", path.display(), cause(&error)))
        })?;
    Ok(bytes)
}

/// The reason in lower case, where the system's own text is not.
pub fn cause(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is not a directory".to_owned(),
        _ => error.to_string().to_lowercase(),
    }
}

/// The number of the line that follows these bytes, whatever ends the lines.
fn line_of(before: &[u8]) -> usize {
    let ends = before
        .iter()
        .enumerate()
        .filter(|&(at, &byte)| byte == b'\n' || byte == b'\r' && before.get(at + 1) != Some(&b'\n'));
    ends.count() + 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    /// A file of its own for one test, removed by [`fs::remove_file`] at its end.
    fn written(name: &str, bytes: &[u8]) -> PathBuf {
        let path = std::env::temp_dir().join(format!("source-{name}-{}.ini", std::process::id()));
        fs::write(&path, bytes).unwrap();
        path
    }

    fn read_text(name: &str, bytes: &[u8]) -> Result<String> {
        let path = written(name, bytes);
        let text = read(&path);
        fs::remove_file(path).unwrap();
        text
    }

    #[test]
    fn a_missing_file_names_the_option() {
        let error = read(Path::new("/nowhere/fietsboek.ini")).unwrap_err();
        assert_eq!(error.exit_code(), 3);
        assert_eq!(
            error.text(),
            "cannot read /nowhere/fietsboek.ini: it does not exist; name the file with -c FILE"
        );
    }

    #[test]
    fn a_directory_is_told_as_such() {
        let dir = std::env::temp_dir();
        let error = read(&dir).unwrap_err();
        assert!(error.text().ends_with(": it is a directory"), "{error}");
    }

    #[test]
    fn an_endless_file_ends() {
        let error = read(Path::new("/dev/zero")).unwrap_err();
        assert!(error.text().contains("larger than 1 MiB"), "{error}");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_told_with_their_line() {
        let error = read_text("latin1", b"[app:main]\nx = 1\ny = caf\xe9\n").unwrap_err();
        assert!(error.text().ends_with(":3: this line is not UTF-8"), "{error}");
    }

    #[test]
    fn a_nul_byte_is_told_with_its_line() {
        let error = read_text("nul", b"[app:main]\r\nx = \0\n").unwrap_err();
        assert!(error.text().ends_with(":2: this line holds a NUL byte"), "{error}");
    }

    #[test]
    fn a_byte_order_mark_and_foreign_line_ends_are_removed() {
        let text = read_text("bom", b"\xef\xbb\xbf[a]\r\nx = 1\ry = 2\n").unwrap();
        assert_eq!(text, "[a]\nx = 1\ny = 2\n");
    }
}
