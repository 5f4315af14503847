//! The manual and the program say the same: every option, verb and setting of the tables stands in its
//! page, nothing else does, and the commands and settings that the pages show are understood.
//!
//! The pages are compared with the tables line by line, so an option is always written in one way:
//! `.It Fl c Ar FILE , Fl -config Ar FILE`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::path::Path;

use fietsboek::cli::opts::{Applet, COMMON, Opt, Takes, Verb};
use fietsboek::cli::typed;
use fietsboek::cli::verbs::APPLETS;
use fietsboek::config::Config;
use fietsboek::config::keys::{self, APP, KEYS, SERVER};
use fietsboek::config::kind::Kind;

const PAGES: [&str; 7] = [
    "fietsctl.1",
    "fietsboek.ini.5",
    "fietsboek-api.7",
    "fietsboek.7",
    "fietsboek-serve.8",
    "fietscron.8",
    "fietsupdate.8",
];

/// One line of a page and where it stands.
struct Line {
    section: String,
    subsection: String,
    /// Inside of a literal display, or on a display line of its own.
    literal: bool,
    text: String,
}

fn page(name: &str) -> Vec<Line> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("man").join(name);
    let text = fs::read_to_string(&path).unwrap_or_default();
    assert!(!text.is_empty(), "{} is not there", path.display());
    let (mut section, mut subsection, mut display) = (String::new(), String::new(), false);
    let mut lines = Vec::new();
    for raw in text.lines().filter(|line| !line.starts_with(".\\\"")) {
        if let Some(title) = raw.strip_prefix(".Sh ") {
            (section, subsection) = (title.to_owned(), String::new());
        } else if let Some(title) = raw.strip_prefix(".Ss ") {
            subsection = title.to_owned();
        } else if raw.starts_with(".Bd -literal") {
            display = true;
        } else if raw == ".Ed" {
            display = false;
        } else {
            let one = raw.strip_prefix(".Dl ");
            lines.push(Line {
                section: section.clone(),
                subsection: subsection.clone(),
                literal: display || one.is_some(),
                text: if display || one.is_some() {
                    plain(one.unwrap_or(raw))
                } else {
                    raw.to_owned()
                },
            });
        }
    }
    lines
}

/// A literal line as the reader sees it.
fn plain(line: &str) -> String {
    let pairs = [
        ("\\-", "-"),
        ("\\(aq", "'"),
        ("\\(ti", "~"),
        ("\\(ha", "^"),
        ("\\(ga", "`"),
        ("\\&", ""),
        ("\\e", "\\"),
    ];
    pairs
        .iter()
        .fold(line.to_owned(), |line, (code, letter)| line.replace(code, letter))
}

fn page_of(applet: &Applet) -> String {
    format!("{}.{}", applet.name, applet.section)
}

/// How a page writes an option.
fn item(opt: &Opt) -> String {
    let long = opt.long;
    match (opt.takes, opt.short) {
        (Takes::Nothing, None) => format!(".It Fl -{long}"),
        (Takes::Nothing, Some(short)) => format!(".It Fl {short} , Fl -{long}"),
        (Takes::YesNo, _) => format!(".It Fl -{long} , Fl -no-{long}"),
        (Takes::Value(word), None) => format!(".It Fl -{long} Ar {word}"),
        (Takes::Value(word), Some(short)) => format!(".It Fl {short} Ar {word} , Fl -{long} Ar {word}"),
        (Takes::MaybeValue(word), _) => format!(".It Fl -{long} Ns Op = Ns Ar {word}"),
    }
}

/// The items of a verb: its operands and its own options.
fn items(verb: &Verb) -> BTreeSet<String> {
    let operands = verb.operands.iter().map(|operand| format!(".It Ar {}", operand.name));
    operands.chain(verb.opts.iter().map(item)).collect()
}

/// The options and operands that a part of a page explains.
fn explained(lines: &[Line], section: &str, subsection: &str) -> BTreeSet<String> {
    let here = lines
        .iter()
        .filter(|line| line.section == section && line.subsection == subsection);
    let texts = here.map(|line| line.text.clone());
    texts
        .filter(|text| text.starts_with(".It Fl ") || text.starts_with(".It Ar "))
        .collect()
}

fn is_single(applet: &Applet) -> bool {
    applet.list_verbs().all(|verb| verb.path.is_empty())
}

#[test]
fn the_options_of_a_page_are_those_of_the_tool() {
    for applet in APPLETS {
        let mut expected: BTreeSet<String> = COMMON.iter().map(item).collect();
        for verb in applet.list_verbs().filter(|verb| verb.path.is_empty()) {
            expected.extend(items(verb));
        }
        assert_eq!(
            explained(&page(&page_of(applet)), "OPTIONS", ""),
            expected,
            "{}",
            applet.name
        );
    }
}

#[test]
fn the_verbs_of_a_page_are_those_of_the_tool_with_their_options() {
    for applet in APPLETS.into_iter().filter(|applet| !is_single(applet)) {
        let lines = page(&page_of(applet));
        let titles: BTreeSet<&str> = lines
            .iter()
            .filter(|line| line.section == "VERBS" && !line.subsection.is_empty())
            .map(|line| line.subsection.as_str())
            .collect();
        let paths: Vec<String> = applet.list_verbs().map(|verb| verb.path.join(" ")).collect();
        assert_eq!(titles, paths.iter().map(String::as_str).collect(), "{}", applet.name);
        for (verb, path) in applet.list_verbs().zip(&paths) {
            assert_eq!(explained(&lines, "VERBS", path), items(verb), "{} {path}", applet.name);
            let synopsis = lines.iter().filter(|line| line.section == "SYNOPSIS");
            let shown = synopsis.filter(|line| line.text == format!(".Cm {path}")).count();
            assert_eq!(shown, 1, "{} {path} in the synopsis", applet.name);
        }
    }
}

#[test]
fn no_page_names_an_option_that_its_tool_has_not() {
    for name in PAGES {
        let tool = APPLETS.into_iter().filter(|applet| page_of(applet) == name);
        let tools: Vec<&Applet> = if tool.clone().count() == 0 {
            APPLETS.to_vec()
        } else {
            tool.collect()
        };
        let own = tools
            .iter()
            .flat_map(|applet| applet.list_verbs())
            .flat_map(|verb| verb.opts);
        let mut known: BTreeSet<String> = own.chain(COMMON).flat_map(spellings).collect();
        if name == "fietsboek.7" {
            known.insert("-list".to_owned());
        }
        // Several letters behind one dash, as in `[-qv]`.
        known.insert("qv".to_owned());
        for line in page(name)
            .iter()
            .filter(|line| line.text.starts_with('.') && !line.literal)
        {
            let words: Vec<&str> = line.text.split_whitespace().collect();
            for pair in words.windows(2).filter(|pair| pair[0].trim_start_matches('.') == "Fl") {
                assert!(known.contains(pair[1]), "{name}: {}", line.text);
            }
        }
    }
}

fn spellings(opt: &Opt) -> Vec<String> {
    let mut all = vec![format!("-{}", opt.long)];
    all.extend(opt.short.map(String::from));
    if opt.takes == Takes::YesNo {
        all.push(format!("-no-{}", opt.long));
    }
    all
}

#[test]
fn the_settings_of_the_page_are_those_of_the_table() {
    let lines = page("fietsboek.ini.5");
    for (title, section) in [("APPLICATION KEYS", APP), ("SERVER KEYS", SERVER)] {
        let here = lines.iter().filter(|line| line.section == title);
        let named = here.filter_map(|line| line.text.strip_prefix(".It Cm ").or(line.text.strip_prefix(".Cm ")));
        let named: BTreeSet<&str> = named.filter_map(|rest| rest.split(' ').next()).collect();
        let known: BTreeSet<&str> = KEYS
            .iter()
            .filter(|key| key.section == section)
            .map(|key| key.name)
            .collect();
        assert_eq!(named, known, "[{section}]");
    }
}

#[test]
fn every_setting_is_explained_with_its_default() {
    let lines = page("fietsboek.ini.5");
    for key in KEYS.iter().filter(|key| key.kind != Kind::Ignored) {
        let title = if key.section == APP {
            "APPLICATION KEYS"
        } else {
            "SERVER KEYS"
        };
        let mut rest = lines
            .iter()
            .filter(|line| line.section == title)
            .skip_while(|line| line.text.strip_prefix(".It Cm ") != Some(key.name));
        assert!(rest.next().is_some(), "{} has no item", key.name);
        let body: Vec<&str> = rest
            .take_while(|line| !line.text.starts_with(".It ") && line.text != ".El")
            .map(|line| line.text.as_str())
            .collect();
        let body = body.join(" ");
        let said: &[String] = &match key.default {
            None => vec!["Required".to_owned()],
            Some("") => vec!["default none".to_owned(), "default empty".to_owned()],
            Some(default) => vec![format!("default {default}")],
        };
        assert!(
            said.iter().any(|text| body.contains(text)),
            "{}: {said:?} in {body:?}",
            key.name
        );
    }
}

#[test]
fn the_complete_examples_are_read_without_fault_or_warning() {
    let dir = std::env::temp_dir().join(format!("manual-pages-{}", std::process::id()));
    fs::create_dir_all(dir.join("data")).unwrap();
    let mut examples: Vec<String> = Vec::new();
    for line in page("fietsboek.ini.5")
        .iter()
        .filter(|line| line.section == "EXAMPLES" && line.literal)
    {
        match (line.text.as_str(), examples.last_mut()) {
            ("[app:main]", _) => examples.push("[app:main]\n".to_owned()),
            (text, Some(example)) if !text.starts_with(['$', '#']) && !text.starts_with("fietsctl:") => {
                example.push_str(&format!("{text}\n"));
            }
            _ => {}
        }
    }
    let mut outcomes = Vec::new();
    for example in &examples {
        fs::write(dir.join("t.ini"), example).unwrap();
        outcomes.push(Config::read(&dir.join("t.ini")).map(|config| config.warnings));
    }
    fs::remove_dir_all(&dir).unwrap();
    assert_eq!(outcomes, [Ok(Vec::new()), Ok(Vec::new())]);
}

#[test]
fn the_settings_that_the_tutorial_shows_are_known() {
    let mut section = String::new();
    let mut shown = 0;
    for line in page("fietsboek.7")
        .iter()
        .filter(|line| line.section == "REVERSE PROXY" && line.literal)
    {
        if let Some(name) = line.text.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.text.split_once(" = ") {
            assert!(keys::find_key(&section, key).is_some(), "[{section}] {key}");
            shown += 1;
        }
    }
    assert!(shown > 5);
}

#[test]
fn the_commands_that_the_pages_show_are_understood() {
    let mut tried = 0;
    for name in PAGES {
        for (applet, args) in list_commands(name) {
            let shown = format!("{name}: {} {}", applet.name, args.join(" "));
            if let Err(e) = typed::read(applet, args.iter().map(OsString::from)) {
                panic!("{shown}: {e}");
            }
            tried += 1;
        }
    }
    assert!(tried > 20, "only {tried}");
}

/// The calls of a tool in the literal lines of a page: behind a prompt, or in a script. What a tool
/// prints is none: its name ends with a colon there, or stands alone.
fn list_commands(name: &str) -> Vec<(&'static Applet, Vec<String>)> {
    let mut commands = Vec::new();
    let mut line = String::new();
    for part in page(name).iter().filter(|line| line.literal) {
        line.push_str(part.text.trim_start());
        if line.ends_with('\\') {
            line.pop();
            continue;
        }
        let words = words(&std::mem::take(&mut line));
        let call = words.iter().enumerate().find_map(|(at, word)| {
            let applet = APPLETS.into_iter().find(|applet| applet.name == word)?;
            let args = words[at + 1..].iter().take_while(|word| *word != "|");
            Some((applet, args.cloned().collect::<Vec<_>>()))
        });
        commands.extend(call.filter(|(_, args)| !args.is_empty()));
    }
    commands
}

/// The words of a simple command line, quotes removed.
fn words(line: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for letter in line.chars() {
        match letter {
            '"' | '\'' if quote.is_none_or(|open| open == letter) => {
                quote = if quote.is_none() { Some(letter) } else { None };
                word.get_or_insert_default();
            }
            ' ' if quote.is_none() => all.extend(word.take()),
            _ => word.get_or_insert_default().push(letter),
        }
    }
    all.extend(word);
    all
}

#[test]
fn every_page_names_itself_and_its_exit_codes() {
    for name in PAGES {
        let lines = page(name);
        let (stem, section) = name.rsplit_once('.').unwrap();
        let title = format!(".Dt {} {section}", stem.to_uppercase());
        assert!(lines.iter().any(|line| line.text == title), "{name}: {title}");
        // What is asked over HTTP does not exit.
        assert!(
            name == "fietsboek-api.7" || lines.iter().any(|line| line.section == "EXIT STATUS"),
            "{name} has no exit status"
        );
        assert!(
            lines.iter().any(|line| line.section == "SEE ALSO"),
            "{name} names no other page"
        );
    }
}

#[test]
fn every_page_that_is_named_is_there() {
    for name in PAGES {
        for line in page(name).iter().filter(|line| line.text.contains("Xr ")) {
            let rest = line.text.split_once("Xr ").unwrap().1;
            let mut words = rest.split(' ');
            let named = format!("{}.{}", words.next().unwrap(), words.next().unwrap());
            assert!(PAGES.contains(&named.as_str()), "{name}: {}", line.text);
        }
    }
}

#[test]
fn no_page_is_forgotten_here() {
    let man = Path::new(env!("CARGO_MANIFEST_DIR")).join("man");
    let names = fs::read_dir(man)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let is_page = |name: &String| name.ends_with(|letter: char| letter.is_ascii_digit());
    let found: BTreeSet<String> = names.filter(is_page).collect();
    assert_eq!(found, PAGES.map(str::to_owned).into());
}

#[test]
fn every_file_of_a_track_and_every_table_of_ours_is_told() {
    use fietsboek::datadir::{self, TRACK_BACKUP, TRACK_EDITION, TRACK_GPX, TRACK_IMAGES, TRACK_LINE, TRACK_LOCK};
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = fs::read_to_string(root.join("man/fietsboek.7")).unwrap();
    for name in [
        TRACK_GPX,
        TRACK_BACKUP,
        TRACK_IMAGES,
        TRACK_LINE,
        TRACK_LOCK,
        TRACK_EDITION,
    ] {
        assert!(told.contains(&format!("tracks/N/{name}")), "tracks/N/{name}");
    }
    for name in [datadir::MAINTENANCE, datadir::MAINTENANCE_META, datadir::VERSION] {
        assert!(told.contains(&format!(".It Pa {name}\n")), "{name}");
    }
    let mut tables = 0;
    for file in fs::read_dir(root.join("src/model")).unwrap() {
        let path = file.unwrap().path();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        for found in code.split("name: \"x_").skip(1) {
            let name = found.split('"').next().unwrap_or_default();
            assert!(
                told.contains(&format!(".It Li x_{name}\n")),
                "x_{name} of {}",
                path.display()
            );
            tables += 1;
        }
    }
    assert!(tables >= 4, "{tables}");
}
