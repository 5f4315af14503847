//! Updates and restores that were cut short, and what they left. Who holds the lock knows that none is at work: each of
//! them is alone with the data.

use super::finding::{Findings, Repair};
use crate::backup::over;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::update::{version, work};

pub(super) fn check(config: &Config, dir: &DataDir, findings: &mut Findings) {
    let ini = config.file.display();
    let is_update_decided = work::is_decided(config);
    if is_update_decided {
        let text = "is decided and not complete: it was cut short";
        findings.problem("update", text, format!("complete it: fietsupdate -c {ini} update"));
    } else if work::is_cut_short(config) {
        let text = "was cut short before it changed anything, and has left what it had prepared";
        findings.note("update", text, "the next fietsupdate update removes it");
    }
    // What is decided needs it.
    if let Some(path) = version::find_left(dir).filter(|_| !is_update_decided) {
        let text = "was left by an update that was cut short and is of no use";
        findings.repairable(path.display().to_string(), text, Repair::Remove(path));
    }
    if over::is_decided(config) {
        let text = "is decided and not complete: it was cut short";
        findings.problem(
            "restore",
            text,
            format!("complete it: fietsctl -c {ini} restore --resume"),
        );
        return;
    }
    for path in over::list_remains(config) {
        let text = "was left by a restore that was cut short and is of no use";
        findings.repairable(path.display().to_string(), text, Repair::Remove(path));
    }
}
