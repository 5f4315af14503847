//! What an export says about its recordings in a table beside them: Strava's `activities.csv`, komoot's and our own.
//!
//! Any table counts that has a column which names a file and one which names a title. What is said of a file that is
//! not there is of no use, and said nowhere.

use std::collections::HashMap;

use crate::cli::csv;
use crate::model::track::Kind;

/// The column of the file's path, from the table's folder.
const FILE: &[&str] = &[
    "filename",
    "file name",
    "route filename",
    "file",
    "gpx",
    "gpx file",
    "dateiname",
    "datei",
];
const TITLE: &[&str] = &[
    "activity name",
    "route name",
    "name",
    "title",
    "tour name",
    "name der aktivität",
    "titel",
];
const DESCRIPTION: &[&str] = &[
    "activity description",
    "description",
    "beschreibung der aktivität",
    "aktivitätsbeschreibung",
    "beschreibung",
];
/// These two are of our own tables alone.
const KIND: &[&str] = &["kind"];
const TAGS: &[&str] = &["tags"];

/// What is said about a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words {
    /// What it is called.
    pub title: Option<String>,
    /// What else is said.
    pub description: Option<String>,
    /// Recorded or planned.
    pub kind: Option<Kind>,
    /// Its tags.
    pub tags: Vec<String>,
}

/// What the tables say, by the paths of the recordings.
#[derive(Debug, Default)]
pub struct Tables {
    said: HashMap<String, Words>,
}

impl Tables {
    /// Adds a table that stands at a path; one that names no files adds nothing.
    pub fn add(&mut self, path: &str, bytes: &[u8]) {
        let text = csv::decode(bytes);
        let mut rows = csv::read(&text);
        let Some(head) = rows.next() else { return };
        let head: Vec<String> = head.iter().map(|name| name.trim().to_lowercase()).collect();
        let column = |names: &[&str]| {
            let mut found = names.iter().filter_map(|name| head.iter().position(|one| one == name));
            found.next()
        };
        let (Some(file), Some(title)) = (column(FILE), column(TITLE)) else {
            return;
        };
        let (description, kind, tags) = (column(DESCRIPTION), column(KIND), column(TAGS));
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for row in rows {
            let cell = |at: Option<usize>| {
                let text = at.and_then(|at| row.get(at)).map(|text| text.trim().to_owned());
                text.filter(|text| !text.is_empty())
            };
            let Some(file) = cell(Some(file)) else { continue };
            let words = Words {
                title: cell(Some(title)),
                description: cell(description),
                kind: cell(kind).and_then(|name| Kind::find(&name)),
                tags: cell(tags).map_or_else(Vec::new, |tags| tags.lines().map(str::to_owned).collect()),
            };
            let file = match folder {
                "" => file,
                folder => format!("{folder}/{file}"),
            };
            self.said.insert(key(&file), words);
        }
    }

    /// What is said about the recording at a path.
    pub fn find(&self, path: &str) -> Option<&Words> {
        self.said.get(&key(path))
    }
}

/// A path in one spelling. Some unpack the files and leave the table as it is.
fn key(path: &str) -> String {
    let path = path.replace('\\', "/");
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let path = parts.collect::<Vec<_>>().join("/");
    path.strip_suffix(".gz").unwrap_or(&path).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_strava_names_titles_and_descriptions() {
        let mut tables = Tables::default();
        let text = "Activity ID,Activity Date,Activity Name,Activity Type,Activity Description,Elapsed Time,Filename\n\
            1,\"Jan 1, 2020, 8:00:00 AM\",\"Up, \"\"down\"\"\",Ride,\"two\nlines\",5,activities/1.gpx.gz\n\
            2,\"Jan 2, 2020\",Indoor,Ride,,5,\n3,,,Run,,5,activities\\3.fit.gz\n";
        tables.add("export_1/activities.csv", text.as_bytes());
        let one = tables.find("export_1/activities/1.gpx").unwrap();
        assert_eq!(
            (one.title.as_deref(), one.description.as_deref()),
            (Some("Up, \"down\""), Some("two\nlines"))
        );
        assert_eq!(tables.find("export_1/activities/1.gpx.gz"), Some(one));
        assert_eq!(tables.find("export_1/activities/3.fit.gz"), Some(&Words::default()));
        assert!(tables.find("activities/1.gpx").is_none());
    }

    #[test]
    fn other_tables_name_their_columns_in_their_way_or_are_none() {
        let mut tables = Tables::default();
        tables.add(
            "tours.csv",
            "ID;NAME;Date;File\n7;Rund um den See;2024;./a.gpx\n".as_bytes(),
        );
        tables.add("de.csv", "Dateiname,Name der Aktivität\nb.gpx,Über\n".as_bytes());
        tables.add("shoes.csv", b"Name,Brand\nc.gpx,x\n");
        tables.add(
            "own.csv",
            b"Filename,Activity Name,Kind,Tags\nd.gpx,D,SYNTHETIC,\"a\nb, c\"\n",
        );
        tables.add("empty.csv", b"");
        assert_eq!(tables.find("a.gpx").unwrap().title.as_deref(), Some("Rund um den See"));
        assert_eq!(tables.find("b.gpx").unwrap().title.as_deref(), Some("Über"));
        assert_eq!(tables.find("c.gpx"), None);
        let own = tables.find("d.gpx").unwrap();
        assert_eq!(
            (own.kind, &own.tags[..]),
            (Some(Kind::Planned), &["a".into(), "b, c".into()][..])
        );
    }
}
