//! The tables: every tool with its verbs.
//!
//! A verb's row stands in the file of the verb; here they are put together, in the order of the help.

use super::opts::{Applet, Chatter};
use super::{
    backup, check, completions, cron, init, maintenance_mode, restore, serve, swap_back, track, update, user, version,
};

/// Every tool, in the order of `fietsboek --list`.
pub static APPLETS: [&Applet; 4] = [&SERVE, &CTL, &CRON, &UPDATE];

/// Serves the site.
pub static SERVE: Applet = Applet {
    name: "fietsboek-serve",
    short: "serve",
    section: 8,
    about: "serves the site",
    chatter: Chatter::Talkative,
    verbs: &[serve::VERBS],
};

/// The administrator's tool.
pub static CTL: Applet = Applet {
    name: "fietsctl",
    short: "ctl",
    section: 1,
    about: "administers an instance",
    chatter: Chatter::AsConfigured,
    verbs: &[
        backup::VERBS,
        check::VERBS,
        completions::VERBS,
        init::VERBS,
        maintenance_mode::VERBS,
        restore::VERBS,
        swap_back::VERBS,
        track::VERBS,
        user::VERBS,
        version::VERBS,
    ],
};

/// What cron calls.
pub static CRON: Applet = Applet {
    name: "fietscron",
    short: "cron",
    section: 8,
    about: "does what has to be done regularly",
    chatter: Chatter::Terse,
    verbs: &[cron::VERBS],
};

/// Brings an instance to another version.
pub static UPDATE: Applet = Applet {
    name: "fietsupdate",
    short: "update",
    section: 8,
    about: "brings the data of an instance to this version",
    chatter: Chatter::AsConfigured,
    verbs: &[update::VERBS],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::opts::{COMMON, Opt, Takes};
    use std::collections::BTreeSet;

    #[test]
    fn no_verb_stands_twice_and_none_is_the_beginning_of_another() {
        for applet in APPLETS {
            let verbs: Vec<_> = applet.list_verbs().collect();
            for (at, one) in verbs.iter().enumerate() {
                for other in &verbs[at + 1..] {
                    let clash = one.path.starts_with(other.path) || other.path.starts_with(one.path);
                    assert!(!clash, "{} {:?} {:?}", applet.name, one.path, other.path);
                }
            }
        }
    }

    #[test]
    fn no_option_stands_twice_for_one_verb() {
        for applet in APPLETS {
            for verb in applet.list_verbs() {
                let mut seen = BTreeSet::new();
                for opt in COMMON.iter().chain(verb.opts) {
                    for name in list_names(opt) {
                        assert!(seen.insert(name.clone()), "{:?} {name}", verb.path);
                    }
                }
            }
        }
    }

    fn list_names(opt: &Opt) -> Vec<String> {
        let mut names = vec![format!("--{}", opt.long)];
        names.extend(opt.short.map(|letter| format!("-{letter}")));
        if opt.takes == Takes::YesNo {
            names.push(format!("--no-{}", opt.long));
        }
        names
    }

    #[test]
    fn required_operands_come_first_and_texts_are_no_sentences() {
        for verb in APPLETS.iter().flat_map(|applet| applet.list_verbs()) {
            assert!(
                verb.operands.is_sorted_by_key(|operand| !operand.required),
                "{:?}",
                verb.path
            );
            let operands = verb.operands.iter().map(|operand| operand.help);
            for text in verb.opts.iter().map(|opt| opt.help).chain(operands).chain([verb.about]) {
                assert!(
                    !text.is_empty() && !text.ends_with('.') && !text.contains('\n'),
                    "{text:?}"
                );
            }
        }
    }

    /// What Fietsboek 0.11 takes, verb by verb with every option; its own tool for developers (`fietsupdate revision`) alone
    /// is not there.
    const OF_THE_ORIGINAL: [&str; 26] = [
        "fietsctl --version",
        "fietsctl -h",
        "fietsctl user --help",
        "fietsctl user add -c FILE --email A --name N --password P --admin",
        "fietsctl user del --config FILE -i 1 -f",
        "fietsctl user del -c FILE --id 1 --force",
        "fietsctl user del -c FILE -e A",
        "fietsctl user del -c FILE --email A",
        "fietsctl user list -c FILE",
        "fietsctl user passwd -c FILE --password P -i 1",
        "fietsctl user passwd -c FILE -e A",
        "fietsctl user modify -c FILE --admin --verified --set-email B -e A",
        "fietsctl user modify -c FILE --no-admin --no-verified -i 1",
        "fietsctl user hittekaart -c FILE --mode heatmap --mode tilehunter -i 1",
        "fietsctl user hittekaart -c FILE --delete -e A",
        "fietsctl track list -c FILE",
        "fietsctl track del -c FILE -f -i 1",
        "fietsctl track del -c FILE --force --id 1",
        "fietsctl maintenance-mode -c FILE --disable",
        "fietsctl maintenance-mode -c FILE REASON",
        "fietsctl version",
        "fietscron -c FILE",
        "fietsupdate status -c FILE",
        "fietsupdate update -c FILE -f VERSION",
        "fietsupdate downgrade -c FILE --force VERSION",
        "fietsupdate help update",
    ];

    #[test]
    fn every_command_line_of_the_original_is_understood() {
        for line in OF_THE_ORIGINAL {
            let mut words = line.split(' ').map(std::ffi::OsString::from);
            let name = words.next().unwrap();
            let applet = APPLETS.into_iter().find(|applet| name == *applet.name).unwrap();
            if let Err(e) = crate::cli::typed::read(applet, words) {
                panic!("{line}: {e}");
            }
        }
    }
}
