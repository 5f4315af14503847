//! The data directory, as far as the configuration looks at it: that it is there.

use std::fs;
use std::path::PathBuf;

use super::notes::Notes;
use super::source;
use super::values::Values;

/// The data directory, absolute; a fault when it is not there or no directory.
pub fn read_data_dir(values: &Values, notes: &mut Notes) -> PathBuf {
    let name = "fietsboek.data_dir";
    let Some(path) = values.find_path(name, notes) else {
        return PathBuf::new();
    };
    let shown = path.display();
    match fs::metadata(&path) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => values.fault(name, format!("cannot use {shown}: it is not a directory"), notes),
        Err(error) => {
            let text = format!(
                "cannot use {shown}: {}; the data directory must be there",
                source::cause(&error)
            );
            values.fault(name, text, notes);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::super::trial::{Dir, LEAST};

    #[test]
    fn a_data_directory_that_is_missing_or_a_file_is_a_fault() {
        let dir = Dir::new("data-dir");
        let faults = dir.faults(&LEAST.replace("s/data", "s/nowhere"));
        let expected = "t.ini:4: [app:main] fietsboek.data_dir: cannot use nowhere: it does not exist; the data directory must be there";
        assert_eq!(faults, [expected]);
        let faults = dir.faults(&LEAST.replace("s/data", "s/t.ini"));
        let expected = "t.ini:4: [app:main] fietsboek.data_dir: cannot use t.ini: it is not a directory";
        assert_eq!(faults, [expected]);
    }

    #[test]
    fn a_link_to_a_directory_will_do() {
        let dir = Dir::new("data-link");
        std::os::unix::fs::symlink(dir.path().join("data"), dir.path().join("link")).unwrap();
        let config = dir.read(&LEAST.replace("s/data", "s/link")).unwrap();
        assert_eq!(config.data_dir, dir.path().join("link"));
    }
}
