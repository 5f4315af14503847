//! The maintenance mode, whom it holds for, and whether the regular work is done.

use std::path::Path;

use time::Duration;

use super::finding::Findings;
use crate::clock;
use crate::config::Config;
use crate::datadir::DataDir;
use crate::maintenance::barrier::file_id;
use crate::maintenance::flag::{self, Flag};
use crate::maintenance::{holders, own, reason};
use crate::model::last_run;

/// How long fietscron may be silent.
const SILENCE: Duration = Duration::hours(25);

/// File systems of other machines, by their number in statfs(2): NFS, SMB, CIFS, SMB 2, 9P, Ceph, AFS, Lustre, OCFS2,
/// GFS2, and FUSE, behind which sshfs stands.
const NETWORK: [(i128, &str); 11] = [
    (0x6969, "NFS"),
    (0x517b, "SMB"),
    (0xff53_4d42, "CIFS"),
    (0xfe53_4d42, "SMB"),
    (0x0102_1997, "9P"),
    (0x00c3_6400, "Ceph"),
    (0x5346_414f, "AFS"),
    (0x0bd0_0bd0, "Lustre"),
    (0x7461_636f, "OCFS2"),
    (0x0116_1970, "GFS2"),
    (0x6573_5546, "FUSE"),
];

pub(super) fn check(config: &Config, dir: &DataDir, findings: &mut Findings) {
    let about = "maintenance mode";
    match flag::look(dir.path()) {
        Flag::Off => findings.note(about, "is off", ""),
        Flag::On(seen) => {
            let since = seen
                .since
                .map(clock::rfc3339)
                .unwrap_or_else(|| "an unknown time".to_owned());
            let text = format!("is on since {since}: {}", reason::one_line(&seen.reason));
            let todo = format!(
                "visitors get 503 until: fietsctl -c {} maintenance-mode --disable",
                config.file.display()
            );
            findings.note(about, text, todo);
        }
        Flag::Unclear(cause) => findings.problem(
            about,
            format!("it cannot be told whether it is off: {cause}"),
            "visitors get 503 until it can",
        ),
    }
    if let Some(found) = own::find_abandoned(dir) {
        let text = format!(
            "was switched on by {} (process {}), which was killed",
            found.tool, found.pid
        );
        findings.problem(about, text, "run it again; see fietsupdate status");
    }
    tell_limits(config, dir, findings);
    tell_last_run(dir, findings);
}

/// Where the mode promises nothing.
fn tell_limits(config: &Config, dir: &DataDir, findings: &mut Findings) {
    if let Ok(system) = rustix::fs::statfs(dir.path()) {
        let number = i128::from(system.f_type);
        if let Some((_, name)) = NETWORK.iter().find(|(known, _)| *known == number) {
            let text = format!("{} is on a network file system ({name})", dir.path().display());
            let todo = "the maintenance mode cannot wait for other machines: stop everything there first";
            findings.note("maintenance mode", text, todo);
        }
    }
    let ids = [config.database.as_path(), dir.path()].map(|path| rustix::fs::stat(path).map(|stat| file_id(&stat)));
    let [Ok(database), Ok(data)] = ids else { return };
    for stranger in holders::list_strangers(database, data, Path::new("/proc")) {
        let text = format!("{stranger} has the database open and knows nothing of the lock");
        let todo =
            "the maintenance mode cannot wait for it, nor for a Fietsboek 0.11: stop it before you rely on --wait";
        findings.note("maintenance mode", text, todo);
    }
}

fn tell_last_run(dir: &DataDir, findings: &mut Findings) {
    let todo = "let cron call it every ten minutes or so; see fietscron(8)";
    match last_run::find(dir) {
        None => findings.note("fietscron", "has never come to its end here", todo),
        Some(at) if clock::now() - at > SILENCE => {
            let text = format!("has last come to its end at {}", clock::rfc3339(at));
            findings.problem("fietscron", text, todo);
        }
        Some(_) => {}
    }
}
