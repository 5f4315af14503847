//! The operator's own pages (`fietsboek.pages`): Markdown files with a head, read once at the start.
//!
//! What they hold is the operator's, so it is not sanitised; the policy sent with every page keeps scripts from
//! running. A file that cannot be understood keeps the server from starting; one that is not there does not. Who
//! gets to see a page, visitor for visitor, is decided here; how it is shown is not known.

mod head;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use regex_lite::Regex;

use crate::error::{Error, Result};
use crate::markdown;
use head::Head;

/// A page.
#[derive(Debug, Clone)]
pub struct Page {
    /// What stands above it and in the browser's title.
    pub title: String,
    /// What the menu calls it.
    pub link_name: String,
    /// Its address: `/page/<slug>`, or the home page of those who are not logged in when it is `/`.
    pub slug: String,
    /// Its words as HTML; headings begin at `h2`.
    pub html: String,
    /// Before the menu's own entries when negative, behind them when positive, in no menu when 0.
    pub index: i64,
    locales: Vec<Regex>,
    audience: Audience,
}

/// Who is shown a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Audience {
    Everyone,
    LoggedIn,
    LoggedOut,
}

/// All of them, in the order of their index, alike ones in the order in which they were found.
#[derive(Debug, Clone, Default)]
pub struct Pages(Vec<Page>);

/// Whoever asks for a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader<'a> {
    /// The name of their language, `de`.
    pub locale: &'a str,
    /// Whether they are logged in.
    pub is_logged_in: bool,
}

impl Pages {
    /// Reads the pages at these paths: files, and the `*.md` in directories by their names. What is not there is
    /// left out.
    ///
    /// # Errors
    /// `Config` for every page that cannot be read or understood, a line each with its path.
    pub fn read(paths: &[PathBuf]) -> Result<Pages> {
        let (mut pages, mut faults) = (Vec::new(), Vec::new());
        for file in paths
            .iter()
            .flat_map(|path| files(path, &mut faults))
            .collect::<Vec<_>>()
        {
            match read(&file) {
                Ok(page) => pages.extend(page),
                Err(why) => faults.push(format!("cannot use the page {}: {why}", file.display())),
            }
        }
        if !faults.is_empty() {
            return Err(Error::Config(faults.join("\n")));
        }
        pages.sort_by_key(|page| page.index);
        Ok(Pages(pages))
    }

    /// The page of a slug that is meant for a reader, the first of several.
    pub fn find(&self, slug: &str, reader: Reader) -> Option<&Page> {
        self.0.iter().find(|page| page.slug == slug && page.is_for(reader))
    }

    /// The pages that a reader finds in the menu, in its order; of those with one slug the one that [`Pages::find`]
    /// gives.
    pub fn menu<'a>(&'a self, reader: Reader<'a>) -> impl Iterator<Item = &'a Page> {
        let shown = self.0.iter().filter(|page| page.index != 0);
        shown.filter(move |page| {
            self.find(&page.slug, reader)
                .is_some_and(|first| std::ptr::eq(first, *page))
        })
    }
}

impl Page {
    /// Where it stands, without the site's prefix.
    pub fn path(&self) -> String {
        if self.slug == "/" {
            return "/".to_owned();
        }
        format!("/page/{}", encoded(&self.slug))
    }

    fn is_for(&self, reader: Reader) -> bool {
        let invited = match self.audience {
            Audience::Everyone => true,
            Audience::LoggedIn => reader.is_logged_in,
            Audience::LoggedOut => !reader.is_logged_in,
        };
        invited && (self.locales.is_empty() || self.locales.iter().any(|locale| locale.is_match(reader.locale)))
    }

    fn parse(text: &str) -> std::result::Result<Page, String> {
        let (head, words) = Head::read(text);
        let slug = head.get("slug")?;
        let index = head.find("index").unwrap_or("0");
        Ok(Page {
            title: head.get("title")?,
            link_name: head.get("link-name")?,
            slug,
            html: markdown::page_to_html(words),
            index: index
                .parse()
                .map_err(|_| format!("the index {index:?} is no whole number"))?,
            locales: head
                .all("locale")
                .iter()
                .map(|locale| locale_pattern(locale))
                .collect::<std::result::Result<_, _>>()?,
            audience: audience(head.find("show-to").unwrap_or("everyone"))?,
        })
    }
}

fn audience(text: &str) -> std::result::Result<Audience, String> {
    match text.to_ascii_lowercase().as_str() {
        "everyone" => Ok(Audience::Everyone),
        "logged-in" => Ok(Audience::LoggedIn),
        "logged-out" => Ok(Audience::LoggedOut),
        _ => Err(format!("show-to {text:?} is none of everyone, logged-in, logged-out")),
    }
}

/// A pattern that is looked for at the start of a locale's name.
fn locale_pattern(text: &str) -> std::result::Result<Regex, String> {
    Regex::new(&format!("^(?:{text})")).map_err(|e| format!("the locale {text:?} is no regular expression: {e}"))
}

fn encoded(slug: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    slug.bytes()
        .map(|byte| {
            if plain(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}

fn files(path: &Path, faults: &mut Vec<String>) -> Vec<PathBuf> {
    if !path.is_dir() {
        return vec![path.to_owned()];
    }
    let entries = fs::read_dir(path).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
    let entries = entries.unwrap_or_else(|e| {
        faults.push(format!("cannot list the pages in {}: {e}", path.display()));
        Vec::new()
    });
    let paths = entries.into_iter().map(|entry| entry.path());
    let mut pages: Vec<PathBuf> = paths
        .filter(|path| path.extension().is_some_and(|end| end == "md") && !path.is_dir())
        .collect();
    pages.sort();
    pages
}

/// The page in a file; absent when there is none.
fn read(file: &Path) -> std::result::Result<Option<Page>, String> {
    match fs::read_to_string(file) {
        Ok(text) => Page::parse(&text).map(Some),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    const OUT: Reader = Reader {
        locale: "en",
        is_logged_in: false,
    };
    const IN_DE: Reader = Reader {
        locale: "de_AT",
        is_logged_in: true,
    };

    fn pages(files: &[(&str, &str)]) -> Result<Pages> {
        let dir = Scratch::new();
        for (name, head) in files {
            let text = format!("title: {name}\nlink-name: {name}\n{head}\n\n# Words of {name}\n");
            fs::write(dir.join(name), text).unwrap();
        }
        fs::create_dir(dir.join("folder.md")).unwrap();
        Pages::read(&[dir.path().to_owned(), dir.join("nowhere")])
    }

    fn menu(pages: &Pages, reader: Reader) -> Vec<String> {
        pages.menu(reader).map(|page| page.link_name.clone()).collect()
    }

    #[test]
    fn the_first_page_of_a_slug_that_is_meant_for_the_reader_is_shown() {
        let pages = pages(&[
            ("a.md", "slug: about\nindex: 2"),
            ("b.md", "slug: about\nlocale: fr\n    de\nindex: 1"),
            ("c.md", "slug: in\nshow-to: Logged-In\nindex: -1"),
            ("d.md", "slug: out\nshow-to: logged-out\nindex: -1"),
            ("e.md", "slug: hidden"),
            ("f.txt", "slug: text"),
        ])
        .unwrap();
        let title = |slug, reader| pages.find(slug, reader).map(|page| page.title.as_str());
        assert_eq!(
            (title("about", OUT), title("about", IN_DE)),
            (Some("a.md"), Some("b.md"))
        );
        assert_eq!((title("in", OUT), title("in", IN_DE)), (None, Some("c.md")));
        assert_eq!((title("out", OUT), title("out", IN_DE)), (Some("d.md"), None));
        assert_eq!((title("hidden", OUT), title("text", OUT)), (Some("e.md"), None));
        assert_eq!(menu(&pages, OUT), ["d.md", "a.md"]);
        assert_eq!(menu(&pages, IN_DE), ["c.md", "b.md"]);
    }

    #[test]
    fn a_locale_is_matched_at_its_start() {
        let pages = pages(&[("a.md", "slug: a\nlocale: e|d"), ("b.md", "slug: b\nlocale: n")]).unwrap();
        assert!(pages.find("a", OUT).is_some() && pages.find("a", IN_DE).is_some());
        assert!(pages.find("b", OUT).is_none());
    }

    #[test]
    fn every_faulty_page_is_named() {
        let error = pages(&[
            ("a.md", ""),
            ("b.md", "slug: b\nindex: first"),
            ("c.md", "slug: c\nlocale: ("),
            ("d.md", "slug: d\nshow-to: nobody"),
            ("e.md", "slug: e"),
        ])
        .unwrap_err();
        assert_eq!(error.exit_code(), 3);
        let lines: Vec<&str> = error.text().lines().collect();
        for (line, file, why) in [
            (0, "/a.md", "slug is missing"),
            (1, "/b.md", "\"first\" is no whole number"),
            (2, "/c.md", "no regular expression"),
            (3, "/d.md", "\"nobody\" is none of"),
        ] {
            assert!(lines[line].contains(file) && lines[line].contains(why), "{lines:?}");
        }
        assert!(!error.text().contains("e.md"), "{lines:?}");
    }

    #[test]
    fn a_page_in_another_encoding_is_named() {
        let dir = Scratch::new();
        fs::write(dir.join("a.md"), b"title: \xe4\n").unwrap();
        let error = Pages::read(&[dir.join("a.md")]).unwrap_err();
        assert!(error.text().contains("a.md") && error.exit_code() == 3, "{error}");
    }

    #[test]
    fn the_address_is_that_of_the_slug() {
        let pages = pages(&[("a.md", "slug: /"), ("b.md", "slug: über uns")]).unwrap();
        assert_eq!(pages.find("/", OUT).unwrap().path(), "/");
        assert_eq!(pages.find("über uns", OUT).unwrap().path(), "/page/%C3%BCber%20uns");
    }
}
