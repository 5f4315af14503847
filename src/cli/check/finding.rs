//! What a check finds: plain data, told at the end, repaired before that where it can be.

use std::path::Path;

use crate::cli::colour::{Tone, paint};
use crate::cli::printable;
use crate::model::TrackId;
use crate::model::orphan::Orphan;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Something is wrong.
    Problem,
    /// Good to know, and nothing is wrong.
    Note,
    /// Something was wrong.
    Repaired,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Kind::Problem => "problem",
            Kind::Note => "note",
            Kind::Repaired => "repaired",
        }
    }
}

/// How it is put right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Repair {
    /// The figures of a track are computed from its recording.
    Measure(TrackId),
    /// A directory is moved to `stale/`.
    SetAside(Orphan),
    /// What no one needs any more is deleted, by its path.
    Remove(std::path::PathBuf),
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub kind: Kind,
    /// Where: `track 5`, a path, a key of the INI file.
    pub about: String,
    /// What it is.
    pub text: String,
    /// What to do about it; may be empty for a note.
    pub todo: String,
    pub repair: Option<Repair>,
}

impl Finding {
    /// One line.
    pub fn text(&self, colours: bool) -> String {
        let tone = match self.kind {
            Kind::Problem => Tone::Bad,
            Kind::Note => Tone::Key,
            Kind::Repaired => Tone::Good,
        };
        let mut line = format!(": {}: {}", self.about, self.text);
        if !self.todo.is_empty() {
            line += &format!("; {}", self.todo);
        }
        paint(colours, tone, self.kind.name()) + &printable::text(&line)
    }
}

/// Everything that was found, in the order in which it was.
#[derive(Debug, Default)]
pub(super) struct Findings {
    all: Vec<Finding>,
}

impl Findings {
    /// Adds something that is wrong, and what to do about it.
    pub fn problem(&mut self, about: impl Into<String>, text: impl Into<String>, todo: impl Into<String>) {
        self.add(Kind::Problem, about.into(), text.into(), todo.into(), None);
    }

    /// The same of something that `--repair` puts right; it need not be told.
    pub fn repairable(&mut self, about: impl Into<String>, text: impl Into<String>, repair: Repair) {
        let todo = "run the check with --repair".to_owned();
        self.add(Kind::Problem, about.into(), text.into(), todo, Some(repair));
    }

    /// Adds what is good to know.
    pub fn note(&mut self, about: impl Into<String>, text: impl Into<String>, todo: impl Into<String>) {
        self.add(Kind::Note, about.into(), text.into(), todo.into(), None);
    }

    fn add(&mut self, kind: Kind, about: String, text: String, todo: String, repair: Option<Repair>) {
        self.all.push(Finding {
            kind,
            about,
            text,
            todo,
            repair,
        });
    }

    pub fn list(&self) -> &[Finding] {
        &self.all
    }

    pub fn list_mut(&mut self) -> &mut [Finding] {
        &mut self.all
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.all.iter().filter(|finding| finding.kind == kind).count()
    }

    /// The last line.
    pub fn summary(&self) -> String {
        let mut text = match self.count(Kind::Problem) {
            0 => "no problems".to_owned(),
            1 => "1 problem".to_owned(),
            n => format!("{n} problems"),
        };
        match self.count(Kind::Note) {
            0 => {}
            1 => text += ", 1 note",
            n => text += &format!(", {n} notes"),
        }
        match self.count(Kind::Repaired) {
            0 => text,
            n => text + &format!(", {n} repaired"),
        }
    }

    /// The object of `--json`.
    pub fn json(&self, ini: &Path) -> String {
        let one = |finding: &Finding| {
            serde_json::json!({
                "kind": finding.kind.name(),
                "about": finding.about,
                "text": finding.text,
                "do": finding.todo,
                "repairable": finding.repair.is_some(),
            })
        };
        let findings: Vec<_> = self.all.iter().map(one).collect();
        serde_json::json!({
            "file": ini.display().to_string(),
            "problems": self.count(Kind::Problem),
            "notes": self.count(Kind::Note),
            "repaired": self.count(Kind::Repaired),
            "findings": findings,
        })
        .to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_line_with_what_to_do() {
        let mut findings = Findings::default();
        assert_eq!(findings.summary(), "no problems");
        findings.problem("track 5", "is\nodd", "look at it");
        findings.note("the mode", "is off", "");
        let lines: Vec<String> = findings.list().iter().map(|finding| finding.text(false)).collect();
        assert_eq!(
            lines,
            ["problem: track 5: is odd; look at it", "note: the mode: is off"]
        );
        assert_eq!(findings.summary(), "1 problem, 1 note");
    }

    #[test]
    fn what_is_repaired_is_no_problem_any_more() {
        let mut findings = Findings::default();
        findings.repairable("track 5", "has no figures", Repair::Measure(TrackId(5)));
        assert_eq!(findings.count(Kind::Problem), 1);
        let finding = &mut findings.list_mut()[0];
        finding.kind = Kind::Repaired;
        finding.todo = String::new();
        assert_eq!(findings.list()[0].text(false), "repaired: track 5: has no figures");
        assert_eq!(findings.summary(), "no problems, 1 repaired");
        let object: serde_json::Value = serde_json::from_str(&findings.json(Path::new("/f.ini"))).unwrap();
        assert_eq!(object["problems"], 0);
        assert_eq!(object["findings"][0]["kind"], "repaired");
    }
}
