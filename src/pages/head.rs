//! The head of a page: keys with values, before the words.
//!
//! The dialect is that of Python-Markdown's meta-data, which pages are written for.

/// Keys in lower case, each with its values in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Head(Vec<(String, Vec<String>)>);

impl Head {
    /// Takes the head off a text; what is left are the words.
    pub fn read(text: &str) -> (Head, &str) {
        let mut head = Head::default();
        let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
        if let Some((_, after)) = next_line(rest).filter(|(line, _)| line.starts_with("---")) {
            rest = after;
        }
        while let Some((line, after)) = next_line(rest) {
            if line.trim().is_empty() || line.starts_with("---") || line.starts_with("...") {
                return (head, after);
            }
            match (key_and_value(line), more(line), head.0.last_mut()) {
                (Some((key, value)), _, _) => head.add(&key.to_ascii_lowercase(), value),
                (None, Some(value), Some((_, values))) => values.push(value.to_owned()),
                // No line of a head: the words begin.
                _ => return (head, rest),
            }
            rest = after;
        }
        (head, rest)
    }

    fn add(&mut self, key: &str, value: &str) {
        match self.0.iter().position(|(known, _)| known == key) {
            // What follows belongs to the key that was written last.
            Some(at) => {
                let mut entry = self.0.remove(at);
                entry.1.push(value.to_owned());
                self.0.push(entry);
            }
            None => self.0.push((key.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Every value of a key.
    pub fn all(&self, key: &str) -> &[String] {
        let found = self.0.iter().find(|(known, _)| known == key);
        found.map_or(&[], |(_, values)| values)
    }

    /// The first value of a key.
    pub fn find(&self, key: &str) -> Option<&str> {
        self.all(key).first().map(String::as_str)
    }

    /// The first value of a key that a page must have.
    ///
    /// # Errors
    /// What to tell the operator.
    pub fn get(&self, key: &str) -> Result<String, String> {
        let value = self.find(key).filter(|value| !value.is_empty());
        value.map(str::to_owned).ok_or_else(|| format!("its {key} is missing"))
    }
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    let (line, rest) = text.split_once('\n').unwrap_or((text, ""));
    Some((line.strip_suffix('\r').unwrap_or(line), rest))
}

/// `key: value`, at most three spaces before it.
fn key_and_value(line: &str) -> Option<(&str, &str)> {
    let trimmed = line.trim_start_matches(' ');
    let (key, value) = trimmed.split_once(':')?;
    let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    (line.len() - trimmed.len() <= 3 && is_key).then_some((key, value.trim()))
}

/// A further value, at least four spaces before it.
fn more(line: &str) -> Option<&str> {
    line.strip_prefix("    ").map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<(String, String)>, &str) {
        let (head, words) = Head::read(text);
        (
            head.0
                .into_iter()
                .map(|(key, values)| (key, values.join("|")))
                .collect(),
            words,
        )
    }

    #[test]
    fn heads_are_read_as_the_original_reads_them() {
        for (text, expected, words) in [
            ("title: A\nslug: b\n\nWords\n", "title=A slug=b", "Words\n"),
            ("---\nTitle: A\n---\nWords", "title=A", "Words"),
            ("--- #\r\ntitle:A: b\r\n...\r\nWords\r\n", "title=A: b", "Words\r\n"),
            ("locale: de\n    en \n     fr\n\nWords", "locale=de|en|fr", "Words"),
            ("a: 1\nb: 2\nA: 3\n    4\n\n", "b=2 a=1|3|4", ""),
            ("   a: 1\n    b: 2\n\nWords", "a=1|b: 2", "Words"),
            ("    b: 2\nWords", "", "    b: 2\nWords"),
            (
                "a: 1\nWords: of wisdom begin\nNo key here: none\n",
                "a=1 words=of wisdom begin",
                "No key here: none\n",
            ),
            ("a:\n\nWords", "a=", "Words"),
            ("\nWords", "", "Words"),
            ("\u{feff}a: 1\n\nWords", "a=1", "Words"),
            ("---a: 1\nb: 2\n....\nWords", "b=2", "Words"),
            ("Ä: 1\nWords", "", "Ä: 1\nWords"),
            ("a: 1", "a=1", ""),
            ("", "", ""),
        ] {
            let (head, rest) = read(text);
            let head: Vec<String> = head.into_iter().map(|(key, value)| format!("{key}={value}")).collect();
            assert_eq!((head.join(" ").as_str(), rest), (expected, words), "{text:?}");
        }
    }

    #[test]
    fn the_first_value_counts_where_one_is_needed() {
        let (head, _) = Head::read("title: A\n    B\nslug:\n");
        assert_eq!(head.get("title").unwrap(), "A");
        assert_eq!(head.get("slug").unwrap_err(), "its slug is missing");
        assert_eq!(head.all("locale"), [""; 0]);
    }
}
