//! `fietsctl track list`: one line a track, by id, and the sum of all.

use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::printable;
use crate::error::Result;
use crate::model::track::{self, Listed};
use crate::model::trackdir;
use crate::size;

/// What stands for a size when there is no directory, and for an owner when there is none.
const NONE: &str = "---";

pub(super) fn run(call: &Call) -> Result<()> {
    let held = open(&call.config()?)?;
    let mut rows = Vec::new();
    for track in track::list(&held.db)? {
        let size = trackdir::find_size(&held.dir, track.id)?;
        rows.push((track, size));
    }
    // A reader that is slow keeps nobody waiting.
    drop(held);
    for (track, size) in &rows {
        call.say(&printable::text(&line(track, *size)))?;
    }
    let total = rows.iter().filter_map(|(_, size)| *size).sum();
    call.say(&"-".repeat(80))?;
    call.say(&format!("Total: {} - {}", rows.len(), size::text(total)))
}

fn line(track: &Listed, bytes: Option<u64>) -> String {
    let owner = track.owner.as_ref();
    format!(
        "{:>4} - {:>10} - {} - {}",
        track.id.0,
        bytes.map_or_else(|| NONE.to_owned(), size::text),
        owner.map_or_else(|| NONE.to_owned(), |(name, email)| format!("{name} <{email}>")),
        track.title.as_deref().unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TrackId;

    #[test]
    fn ids_and_sizes_are_right_aligned_and_what_is_missing_is_marked() {
        let mut track = Listed {
            id: TrackId(7),
            owner: Some(("Bob Müller".into(), "a@b".into())),
            title: Some("Lake".into()),
        };
        assert_eq!(
            line(&track, Some(3 << 20)),
            "   7 -    3.0 MiB - Bob Müller <a@b> - Lake"
        );
        track = Listed {
            id: TrackId(12345),
            owner: None,
            title: None,
        };
        assert_eq!(line(&track, None), "12345 -        --- - --- - ");
    }
}
