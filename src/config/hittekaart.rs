//! The overlay maps: the keys `hittekaart.*`.
//!
//! Only which are wanted; what draws them is not known here.

use std::path::PathBuf;

use super::notes::Notes;
use super::values::Values;

/// Which overlay maps are made, and with how much effort.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hittekaart {
    /// The program of that name, where one is configured.
    pub bin: Option<PathBuf>,
    /// The maps that fietscron makes without being asked.
    pub autogenerate: Vec<Mode>,
    /// The number of threads; 0 means all cores.
    pub threads: u32,
}

/// A kind of overlay map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Where somebody has been, and how often.
    Heatmap,
    /// Which tiles somebody has touched.
    Tilehunter,
}

impl Mode {
    /// Both.
    pub const ALL: [Mode; 2] = [Mode::Heatmap, Mode::Tilehunter];

    /// Its name in the INI file and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Heatmap => "heatmap",
            Mode::Tilehunter => "tilehunter",
        }
    }

    /// The kind of that name.
    pub fn find(name: &str) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl Hittekaart {
    /// Reads the keys `hittekaart.*`.
    pub fn read(values: &Values, notes: &mut Notes) -> Hittekaart {
        let bin = values.text("hittekaart.bin", notes);
        let maps = values.list("hittekaart.autogenerate", notes);
        let mut autogenerate = Vec::new();
        // Another name is noted where the list is read.
        for mode in maps.iter().filter_map(|map| Mode::find(map)) {
            if !autogenerate.contains(&mode) {
                autogenerate.push(mode);
            }
        }
        Hittekaart {
            // A bare name is looked for in PATH, so it must stay one.
            bin: (!bin.is_empty()).then(|| PathBuf::from(bin)),
            autogenerate,
            threads: values.number("hittekaart.threads", notes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::APP;
    use super::super::trial::values;
    use super::*;
    use std::path::Path;

    #[test]
    fn each_map_counts_once_in_the_order_of_the_file() {
        let mut notes = Notes::new(Path::new("t.ini"));
        let text = "hittekaart.autogenerate = tilehunter heatmap tilehunter\nhittekaart.bin = hittekaart\n";
        let read = Hittekaart::read(&values(APP, text, &mut notes), &mut notes);
        assert!(notes.check().is_ok());
        assert_eq!(read.autogenerate, [Mode::Tilehunter, Mode::Heatmap]);
        assert_eq!(read.bin, Some(PathBuf::from("hittekaart")));
    }
}
