//! What the loader of the original makes of the sections: which is the application, which the
//! server, and what they take from elsewhere.
//!
//! Pipelines, composites and `use = config:` are refused instead of half followed: the keys that
//! count would stand in a place that is not read.

use super::ini::{Ini, Section};
use super::interpolation::Scope;
use super::keys::{self, APP, SERVER};
use super::notes::Notes;
use super::values::Values;
use crate::nearest::find_nearest;

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

#[cfg(test)]
mod tests {
    use super::super::Listen;
    use super::super::trial::{Dir, LEAST};

    #[test]
    fn unknown_keys_are_warnings_that_name_the_nearest_one() {
        let dir = Dir::new("unknown");
        let text = format!(
            "{LEAST}fietsboek.data_dri = x\nsomething.else = y\npyramid.includes =\n[server:main]\nuse = egg:waitress\nbacklog = 9\nthread = 1\n[sever:main]\n[uwsgi]\n"
        );
        let expected = [
            "t.ini:8: [app:main] fietsboek.data_dri: the key is unknown and has no effect; fietsboek.data_dir is perhaps meant",
            "t.ini:9: [app:main] something.else: the key is unknown and has no effect",
            "t.ini:14: [server:main] thread: the key is unknown and has no effect; threads is perhaps meant",
        ];
        assert_eq!(dir.warnings(&text), expected);
    }

    #[test]
    fn a_misspelt_listener_is_a_warning() {
        let dir = Dir::new("misspelt");
        let text = format!("{LEAST}[sever:main]\nport = 1\n");
        assert_eq!(
            dir.warnings(&text),
            ["t.ini:8: [sever:main] the section is unknown and has no effect; [server:main] is perhaps meant"]
        );
    }

    #[test]
    fn the_listener_of_another_server_is_a_warning_and_the_default() {
        let dir = Dir::new("gunicorn");
        let text = format!("{LEAST}[server:main]\nuse = egg:gunicorn#main\nport = x\nworkers = 3\n");
        let config = dir.read(&text).unwrap();
        assert_eq!(config.warnings.len(), 1);
        let listen = Listen::Tcp {
            host: "0.0.0.0".to_owned(),
            port: 8080,
        };
        assert_eq!(config.server.listen, [listen]);
    }

    #[test]
    fn settings_that_stand_elsewhere_are_refused_not_overlooked() {
        let dir = Dir::new("elsewhere");
        for lines in [
            "[pipeline:main]\npipeline = f app\n",
            "[composite:main]\nuse = egg:Paste#urlmap\n",
            "[server:main]\nuse = config:other.ini\n",
        ] {
            assert_eq!(dir.faults(&format!("{LEAST}{lines}")).len(), 1, "{lines}");
        }
        assert_eq!(dir.faults(&LEAST.replace("egg:fietsboek", "config:other.ini")).len(), 1);
        assert_eq!(
            dir.warnings(&LEAST.replace("egg:fietsboek", "egg:fietsboek#main")),
            [""; 0]
        );
    }

    #[test]
    fn values_of_the_default_section_serve_only_names_and_get() {
        let dir = Dir::new("default");
        let text = format!(
            "[DEFAULT]\nroot = %(here)s\nenable_account_registration = true\n{}",
            LEAST.replace("%(here)s", "%(root)s")
        );
        let config = dir.read(&text).unwrap();
        assert!(!config.registration);
        assert_eq!(config.database, dir.path().join("f.sqlite"));
        let got = format!("{text}get email.username = root\nset who = joe\nget email.password = who\n");
        let config = dir.read(&got).unwrap();
        assert_eq!(config.email.username, dir.path().to_str().unwrap());
        assert_eq!(config.email.password, "joe");
        let nobody = dir.faults(&format!("{LEAST}get email.username = nobody\n"));
        assert_eq!(
            nobody,
            ["t.ini:8: [app:main] email.username: get names a value that [DEFAULT] does not hold"]
        );
    }

    #[test]
    fn a_missing_application_is_one_fault() {
        let dir = Dir::new("no-app");
        let faults = dir.faults("[app:mian]\nsession_key = x\n");
        assert_eq!(
            faults,
            ["t.ini: [app:main] the section is missing; all settings of the site stand in it"]
        );
    }
}
