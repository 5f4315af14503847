//! `fietsctl user hittekaart`: draws overlay maps of a user's tracks, or deletes them.

use std::time::Duration;

use super::Selector;
use crate::cli::call::Call;
use crate::cli::open::open;
use crate::cli::printable;
use crate::cli::progress::Bar;
use crate::config::Mode;
use crate::error::{Error, Result};
use crate::model::overlay;
use crate::web::page::recording::maps::{self, Draw};

/// How long fietscron is waited for when it draws the same maps.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn run(call: &Call) -> Result<()> {
    let selector = Selector::of(call)?;
    let modes = modes(&call.values("mode"))?;
    let config = call.config()?;
    let held = open(&config)?;
    let user = selector.get(&held.db)?;
    if call.flag("delete") {
        let delete = |mode| overlay::delete(&held.dir, user.id, maps::map(mode), PATIENCE);
        return modes.into_iter().try_for_each(delete);
    }
    call.say(&printable::text(&format!(
        "Generating overlay maps for {}...",
        user.name
    )))?;
    for mode in modes {
        let bar = Bar::new(!call.is_quiet());
        let draw = Draw {
            db: &held.db,
            dir: &held.dir,
            user: user.id,
            threads: config.hittekaart.threads,
            wait: PATIENCE,
            go_on: &|share| {
                bar.set(share);
                true
            },
        };
        let drawn = draw.renew(mode, true);
        drop(bar);
        drawn?;
        call.say(&format!("Generated {}", mode.name()))?;
    }
    Ok(())
}

/// The maps that are named, each once; the heat map when none is.
fn modes(names: &[&str]) -> Result<Vec<Mode>> {
    let mut modes = Vec::new();
    for name in names {
        let mode = Mode::find(name)
            .ok_or_else(|| Error::Usage(format!("--mode takes heatmap or tilehunter, not {name:?}")))?;
        if !modes.contains(&mode) {
            modes.push(mode);
        }
    }
    if modes.is_empty() {
        modes.push(Mode::Heatmap);
    }
    Ok(modes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_map_is_drawn_once_in_the_order_given() {
        assert_eq!(modes(&[]), Ok(vec![Mode::Heatmap]));
        let named = modes(&["tilehunter", "heatmap", "tilehunter"]);
        assert_eq!(named, Ok(vec![Mode::Tilehunter, Mode::Heatmap]));
        assert!(matches!(modes(&["heat"]), Err(Error::Usage(_))));
    }
}
