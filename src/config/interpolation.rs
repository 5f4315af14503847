//! `%(name)s` in values: what it stands for, and `%%` for a percent sign.
//!
//! Only `[app:main]` and `[server:main]` are expanded; the logging sections hold `%(message)s` and
//! the like, which is not ours.

use super::ini::Section;

/// The deepest nesting of names, as the original has it; a name that means itself ends here.
const DEEPEST: usize = 10;

/// The longest value that expansion may make, in bytes.
const LONGEST: usize = 64 * 1024;

/// The names that a value may use, the nearest first.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// The section that the value stands in.
    pub section: &'a Section,
    /// `[DEFAULT]`.
    pub defaults: Option<&'a Section>,
    /// The directory of the file, absolute.
    pub here: &'a str,
    /// The file, absolute.
    pub file: &'a str,
}

/// Why a value cannot be expanded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// A percent sign that begins nothing.
    Percent,
    /// A name that nothing defines.
    Name(String),
    /// Names that lead to one another without end, or a value beyond all measure.
    Endless,
}

impl Broken {
    /// The operator's text; where the value is a secret, without any part of it.
    pub fn text(&self, secret: bool) -> String {
        match self {
            Broken::Name(name) if !secret => {
                format!("%({name})s is not defined; a percent sign itself is written %%")
            }
            Broken::Name(_) => "it uses a name that is not defined; a percent sign itself is written %%".to_owned(),
            Broken::Percent => "a percent sign stands alone; it is written %%".to_owned(),
            Broken::Endless => "its %(…)s lead to one another without end".to_owned(),
        }
    }
}

impl Scope<'_> {
    /// The value with everything put in.
    pub fn expand(&self, value: &str) -> Result<String, Broken> {
        let mut out = String::new();
        self.expand_into(value, 1, &mut out)?;
        Ok(out)
    }

    fn expand_into(&self, value: &str, depth: usize, out: &mut String) -> Result<(), Broken> {
        if depth > DEEPEST {
            return Err(Broken::Endless);
        }
        let mut rest = value;
        while let Some(at) = rest.find('%') {
            out.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            if let Some(after) = rest.strip_prefix('%') {
                out.push('%');
                rest = after;
                continue;
            }
            let (name, after) = rest
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .and_then(|(name, after)| Some((name, after.strip_prefix('s')?)))
                .ok_or(Broken::Percent)?;
            self.put(name, depth, out)?;
            rest = after;
        }
        out.push_str(rest);
        if out.len() > LONGEST {
            return Err(Broken::Endless);
        }
        Ok(())
    }

    fn put(&self, name: &str, depth: usize, out: &mut String) -> Result<(), Broken> {
        let sections = [Some(self.section), self.defaults];
        let entry = sections.iter().flatten().find_map(|section| section.find_entry(name));
        match (entry, name) {
            (Some(entry), _) => self.expand_into(&entry.value, depth + 1, out)?,
            // Paths are put in as they are: a percent sign in one is no escape.
            (None, "here") => out.push_str(self.here),
            (None, "__file__") => out.push_str(self.file),
            (None, _) => return Err(Broken::Name(name.to_owned())),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::ini::Ini;
    use super::super::notes::Notes;
    use super::*;
    use std::path::Path;

    const FILE: &str = "[DEFAULT]\nbase = /srv\nname = outer\n[a]\nname = inner\ndeep = %(base)s/%(name)s\nself = %(self)s\n\
        d0 = xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\nd1 = %(d0)s%(d0)s%(d0)s%(d0)s%(d0)s%(d0)s%(d0)s%(d0)s\n\
        d2 = %(d1)s%(d1)s%(d1)s%(d1)s%(d1)s%(d1)s%(d1)s%(d1)s\nd3 = %(d2)s%(d2)s%(d2)s%(d2)s%(d2)s%(d2)s%(d2)s%(d2)s\n\
        d4 = %(d3)s%(d3)s%(d3)s%(d3)s%(d3)s%(d3)s%(d3)s%(d3)s\n";

    fn expand(value: &str) -> Result<String, Broken> {
        let mut notes = Notes::new(Path::new("t.ini"));
        let ini = Ini::parse(FILE, &mut notes);
        let scope = Scope {
            section: ini.find_section("a").unwrap(),
            defaults: ini.find_section("DEFAULT"),
            here: "/in%st",
            file: "/in%st/t.ini",
        };
        scope.expand(value)
    }

    #[test]
    fn names_come_from_the_section_then_the_defaults_then_the_file_itself() {
        assert_eq!(expand("%(name)s %(base)s").unwrap(), "inner /srv");
        assert_eq!(expand("%(deep)s").unwrap(), "/srv/inner");
        assert_eq!(expand("%(here)s|%(__file__)s").unwrap(), "/in%st|/in%st/t.ini");
    }

    #[test]
    fn a_doubled_percent_sign_is_one() {
        assert_eq!(expand("100%% %%(here)s").unwrap(), "100% %(here)s");
    }

    #[test]
    fn a_percent_sign_that_begins_nothing_is_a_fault() {
        for value in ["100%", "%d", "%(here)", "%(here", "%(here)d"] {
            assert_eq!(expand(value), Err(Broken::Percent), "{value}");
        }
    }

    #[test]
    fn an_undefined_name_is_told_but_not_out_of_a_secret() {
        let broken = expand("%(nobody)s").unwrap_err();
        assert!(broken.text(false).contains("%(nobody)s"));
        assert!(!broken.text(true).contains("nobody"));
    }

    #[test]
    fn names_that_lead_in_a_circle_or_grow_without_measure_end() {
        assert_eq!(expand("%(self)s"), Err(Broken::Endless));
        assert_eq!(expand("%(d4)s"), Err(Broken::Endless));
    }
}
