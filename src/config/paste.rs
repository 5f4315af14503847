//! What the loader of the original makes of the sections: which is the application, which the
//! server, and what they take from elsewhere.
//!
//! Pipelines, composites and `use = config:` are refused instead of half followed: the keys that
//! count would stand in a place that is not read.

use super::ini::{Ini, Section};
use super::interpolation::Scope;
use super::keys::{self, APP, SERVER};
use super::nearest::find_nearest;
use super::notes::Notes;
use super::values::Values;

/// Sections that stand for an application made of several.
const COMPOSED: &[&str] = &["pipeline:main", "composite:main", "composit:main", "filter-app:main"];

/// Sections that have a meaning for us or for the original, to find misspelt ones.
const KNOWN: &[&str] = &[
    APP,
    SERVER,
    "DEFAULT",
    "alembic",
    "loggers",
    "handlers",
    "formatters",
    "logger_root",
    "logger_fietsboek",
];

/// The keys of `[app:main]`; without that section, a fault and none.
pub fn read_app(ini: &Ini, here: &str, file: &str, notes: &mut Notes) -> Values {
    tell_odd_sections(ini, notes);
    let Some(section) = ini.find_section(APP) else {
        notes.fault(
            None,
            APP,
            "",
            "the section is missing; all settings of the site stand in it",
        );
        return Values::absent(APP);
    };
    if let Some(entry) = section.find_entry("use") {
        if is_elsewhere(&entry.value) {
            let text = "keys of another file or section are not read; write them into this section";
            notes.fault(Some(entry.line), APP, "use", text);
        } else if !is_egg(&entry.value, "fietsboek") {
            let text = "names another application; the section is read as Fietsboek's all the same";
            notes.warn(Some(entry.line), APP, "use", text);
        }
    }
    if let Some(entry) = section.find_entry("filter-with") {
        notes.warn(Some(entry.line), APP, "filter-with", "filters have no effect here");
    }
    let values = Values::expand(APP, scope(ini, section, here, file), notes);
    tell_unknown_keys(APP, &values, notes);
    values
}

/// The keys of `[server:main]`; none when it is missing or another server's.
pub fn read_server(ini: &Ini, here: &str, file: &str, notes: &mut Notes) -> Values {
    let Some(section) = ini.find_section(SERVER) else {
        return Values::empty(SERVER);
    };
    if let Some(entry) = section.find_entry("use") {
        if is_elsewhere(&entry.value) {
            let text = "keys of another file or section are not read; write them into this section";
            notes.fault(Some(entry.line), SERVER, "use", text);
            return Values::empty(SERVER);
        }
        if !is_egg(&entry.value, "waitress") {
            let text = "another server's section has no effect, so the site listens on 0.0.0.0:8080; \
                        write egg:waitress#main and listen = host:port";
            notes.warn(Some(entry.line), SERVER, "use", text);
            return Values::empty(SERVER);
        }
    }
    let values = Values::expand(SERVER, scope(ini, section, here, file), notes);
    tell_unknown_keys(SERVER, &values, notes);
    values
}

fn scope<'a>(ini: &'a Ini, section: &'a Section, here: &'a str, file: &'a str) -> Scope<'a> {
    Scope {
        section,
        defaults: ini.find_section("DEFAULT"),
        here,
        file,
    }
}

/// `config:FILE`, or the bare name of another section.
fn is_elsewhere(value: &str) -> bool {
    match value.split_once(':') {
        Some((scheme, _)) => scheme.trim().eq_ignore_ascii_case("config"),
        None => true,
    }
}

fn is_egg(value: &str, package: &str) -> bool {
    let rest = value.trim().strip_prefix("egg:").unwrap_or_default();
    rest.split('#')
        .next()
        .is_some_and(|name| name.trim().eq_ignore_ascii_case(package))
}

fn tell_odd_sections(ini: &Ini, notes: &mut Notes) {
    for section in ini.list_sections() {
        let name = section.name.as_str();
        if COMPOSED.contains(&name) {
            let text = "pipelines and composed applications are not supported; write the settings into [app:main]";
            notes.fault(Some(section.line), name, "", text);
        } else if !KNOWN.contains(&name)
            && let Some(meant) = find_nearest(name, KNOWN.iter().copied())
            && ini.find_section(meant).is_none()
        {
            let text = format!("the section is unknown and has no effect; [{meant}] is perhaps meant");
            notes.warn(Some(section.line), name, "", text);
        }
    }
}

fn tell_unknown_keys(section: &str, values: &Values, notes: &mut Notes) {
    for entry in values.list_entries() {
        let key = entry.key.as_str();
        let is_loaders = section == APP && matches!(key, "filter-with" | "require");
        if is_loaders || keys::find_key(section, key).is_some() {
            continue;
        }
        let text = match keys::find_nearest_key(section, key) {
            Some(meant) => {
                format!("the key is unknown and has no effect; {meant} is perhaps meant")
            }
            None => "the key is unknown and has no effect".to_owned(),
        };
        notes.warn(Some(entry.line), section, key, text);
    }
}
