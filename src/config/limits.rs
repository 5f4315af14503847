//! The bounds of the front door: the keys about times and sizes of requests.
//!
//! What is done when one is passed is not known here.

use std::time::Duration;

use super::notes::Notes;
use super::values::Values;

/// The bounds within which the front door reads and answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte of a request to the end of its head.
    pub header_timeout: Duration,
    /// The longest silence within a body.
    pub body_timeout: Duration,
    /// How long a connection may wait for its next request.
    pub idle_timeout: Duration,
    /// The longest silence of a client that takes its answer.
    pub write_timeout: Duration,
    /// From the complete request to its answer.
    pub answer_timeout: Duration,
    /// The number of connections at the same time.
    pub max_connections: u32,
    /// The largest head of a request, in bytes.
    pub max_header_size: u64,
}

impl Limits {
    /// Reads the keys of the front door.
    pub fn read(values: &Values, notes: &mut Notes) -> Limits {
        Limits {
            header_timeout: values.seconds("fietsboek.header_timeout", notes),
            body_timeout: values.seconds("fietsboek.body_timeout", notes),
            idle_timeout: values.seconds("fietsboek.idle_timeout", notes),
            write_timeout: values.seconds("fietsboek.write_timeout", notes),
            answer_timeout: values.seconds("fietsboek.answer_timeout", notes),
            max_connections: values.number("fietsboek.max_connections", notes),
            max_header_size: values.number("fietsboek.max_header_size", notes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::APP;
    use super::super::trial::values;
    use super::*;
    use std::path::Path;

    fn read(text: &str) -> (Limits, bool) {
        let mut notes = Notes::new(Path::new("t.ini"));
        let limits = Limits::read(&values(APP, text, &mut notes), &mut notes);
        (limits, notes.check().is_ok())
    }

    #[test]
    fn times_are_seconds_and_sizes_may_have_a_unit() {
        let (limits, sound) = read("fietsboek.header_timeout = 1\nfietsboek.max_header_size = 32 KiB\n");
        assert!(sound);
        assert_eq!(limits.header_timeout, Duration::from_secs(1));
        assert_eq!(limits.max_header_size, 32768);
    }

    #[test]
    fn nothing_can_be_unbounded() {
        for text in [
            "fietsboek.body_timeout = 0\n",
            "fietsboek.idle_timeout = -1\n",
            "fietsboek.write_timeout =\n",
            "fietsboek.max_connections = 0\n",
            "fietsboek.max_header_size = 4 GiB\n",
        ] {
            assert!(!read(text).1, "{text}");
        }
    }
}
