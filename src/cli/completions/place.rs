//! What may stand where on a command line, as all three scripts need it.

use crate::cli::opts::{Applet, COMMON, Operand, Opt, Takes};
use crate::update::chain;

/// A place on a command line: behind a tool, and behind the first, second… word of a verb.
pub(super) struct Place {
    /// The tool's name and the words of the verb so far.
    pub(super) words: Vec<&'static str>,
    /// The words that may follow, with what they do.
    pub(super) next: Vec<(&'static str, String)>,
    /// The options that may stand here.
    pub(super) opts: Vec<&'static Opt>,
    /// What else may stand here, in order.
    pub(super) operands: &'static [Operand],
}

impl Place {
    /// The words in one, as the scripts name the place.
    pub(super) fn key(&self) -> String {
        self.words.join(" ")
    }
}

/// What may stand in the place of a word in capitals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Values {
    /// Something that cannot be told beforehand.
    Free,
    /// The name of a file.
    Files,
    /// The name of a directory.
    Dirs,
    /// One of these.
    Words(Vec<&'static str>),
}

impl Values {
    /// By the word that stands for the value in the help.
    pub(super) fn of(word: &'static str, applet: &'static Applet) -> Values {
        match word.trim_end_matches("...") {
            "FILE" | "ARCHIVE" => Values::Files,
            "DIR" => Values::Dirs,
            "VERSION" => Values::Words(chain::UPDATES.iter().map(|update| update.id).collect()),
            "VERB" => Values::Words(list_next(applet, &[]).into_iter().map(|(word, _)| word).collect()),
            words if words.contains('|') => Values::Words(words.split('|').collect()),
            _ => Values::Free,
        }
    }

    /// As bash and fish have it in their tables: the words, or what kind they are.
    pub(super) fn in_words(&self) -> String {
        match self {
            Values::Free => String::new(),
            Values::Files => "@files".to_owned(),
            Values::Dirs => "@dirs".to_owned(),
            Values::Words(words) => words.join(" "),
        }
    }
}

/// Every place of a tool; that behind its name comes first.
pub(super) fn list(applet: &'static Applet) -> Vec<Place> {
    let mut paths: Vec<&[&'static str]> = vec![&[]];
    for verb in applet.list_verbs() {
        let beginnings = (1..=verb.path.len()).map(|length| &verb.path[..length]);
        for path in beginnings {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
    }
    paths.into_iter().map(|path| place(applet, path)).collect()
}

fn place(applet: &'static Applet, path: &[&'static str]) -> Place {
    let verb = applet.list_verbs().find(|verb| verb.path == path);
    let own = verb.map_or(&[][..], |verb| verb.opts);
    Place {
        words: [&[applet.name], path].concat(),
        next: list_next(applet, path),
        opts: own.iter().chain(COMMON).collect(),
        operands: verb.map_or(&[], |verb| verb.operands),
    }
}

fn list_next(applet: &'static Applet, path: &[&'static str]) -> Vec<(&'static str, String)> {
    let mut next: Vec<(&'static str, String)> = Vec::new();
    for verb in applet.list_verbs().filter(|verb| verb.path.starts_with(path)) {
        let Some(word) = verb.path.get(path.len()) else {
            continue;
        };
        let is_group = verb.path.len() > path.len() + 1;
        match next.iter_mut().find(|(known, _)| known == word) {
            // A group is told by its verbs.
            Some((_, about)) => *about = format!("{about}, {}", verb.path[path.len() + 1..].join(" ")),
            None if is_group => next.push((word, verb.path[path.len() + 1..].join(" "))),
            None => next.push((word, verb.about.to_owned())),
        }
    }
    next
}

/// How an option is typed: `-c`, `--config`, `--no-admin`.
pub(super) fn spellings(opt: &Opt) -> Vec<String> {
    let mut all: Vec<String> = opt.short.map(|letter| format!("-{letter}")).into_iter().collect();
    all.push(format!("--{}", opt.long));
    if opt.takes == Takes::YesNo {
        all.push(format!("--no-{}", opt.long));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::verbs::{APPLETS, CTL, SERVE, UPDATE};

    #[test]
    fn a_group_of_verbs_is_a_place_of_its_own() {
        let places = list(&CTL);
        let group = places.iter().find(|place| place.key() == "fietsctl user").unwrap();
        assert!(
            group
                .next
                .iter()
                .any(|(word, about)| *word == "add" && !about.is_empty())
        );
        assert!(group.operands.is_empty());
        let (_, about) = places[0].next.iter().find(|(word, _)| *word == "user").unwrap();
        assert!(about.starts_with("add, del"), "{about}");
        let serve = &list(&SERVE)[0];
        assert!(serve.next.is_empty() && serve.operands.len() == 1);
    }

    #[test]
    fn values_are_told_by_their_word() {
        assert_eq!(Values::of("FILE", &CTL), Values::Files);
        assert_eq!(Values::of("FILE...", &CTL), Values::Files);
        assert_eq!(Values::of("DIR", &CTL), Values::Dirs);
        assert_eq!(Values::of("a|b", &CTL), Values::Words(vec!["a", "b"]));
        assert_eq!(Values::of("REASON", &CTL), Values::Free);
        assert!(Values::of("VERSION", &UPDATE).in_words().contains("v0.11.0"));
        assert!(Values::of("VERB", &UPDATE).in_words().starts_with("status update"));
    }

    #[test]
    fn no_word_of_the_tables_needs_more_than_quotes() {
        for place in APPLETS.into_iter().flat_map(list) {
            let texts = place.next.iter().flat_map(|(word, about)| [*word, about.as_str()]);
            for text in texts.chain(place.opts.iter().map(|opt| opt.help)) {
                assert!(!text.contains(['\n', '\\', '`']), "{text}");
            }
        }
    }
}
