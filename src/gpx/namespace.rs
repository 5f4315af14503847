//! Namespaces and the prefixes that stand for them.
//!
//! Only checked, never resolved: to the original program an element is GPX's own by its bare name alone.

use super::reason::Reason;
use super::syntax::prefix_of;
use super::text;

/// Prefixes in force at one place; real files have a dozen.
const MOST: usize = 256;

/// The namespaces of GPX, without `http://` or `https://`; some writers add a slash.
const GPX: [&str; 4] = [
    "www.topografix.com/GPX/1/0",
    "www.topografix.com/GPX/1/1",
    "www.topografix.com/GPX/1/0/",
    "www.topografix.com/GPX/1/1/",
];

/// Whether the namespace is that of GPX 1.0 or 1.1.
pub(super) fn is_gpx(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://").or_else(|| uri.strip_prefix("https://"));
    rest.is_some_and(|rest| GPX.contains(&rest))
}

/// The namespace that the prefix `xml` has by itself, and that of declarations.
const OWN: [&str; 2] = ["http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"];

/// What needs no declaration.
const XML: Declared = Declared {
    depth: 0,
    prefix: "xml",
    uri: OWN[0],
    is_gpx: false,
};

/// The prefixes declared at a place in the document.
#[derive(Default)]
pub(super) struct Prefixes<'a> {
    declared: Vec<Declared<'a>>,
    /// Names of elements without attributes that were found good, and not GPX's own, under these declarations, the
    /// next to be replaced first: what a device adds to each point has the same few names thousands of times.
    good: [&'a str; 4],
}

#[derive(Clone, Copy)]
struct Declared<'a> {
    /// Of the element that declares it.
    depth: usize,
    prefix: &'a str,
    uri: &'a str,
    is_gpx: bool,
}

impl<'a> Prefixes<'a> {
    /// Takes in the declarations of an element and checks its prefixes; whether its own stands for GPX.
    pub fn enter(&mut self, depth: usize, name: &'a str, attributes: &[(&'a str, &'a str)]) -> Result<bool, Reason> {
        if attributes.is_empty() && !name.is_empty() && self.good.contains(&name) {
            return Ok(false);
        }
        for &(attribute, uri) in attributes {
            if let Some(prefix) = attribute.strip_prefix("xmlns:") {
                self.declare(depth, prefix, uri)?;
            } else if attribute == "xmlns" {
                check(uri)?;
            }
        }
        let is_gpx = match prefix_of(name)? {
            Some(prefix) => self.get(prefix)?.is_gpx,
            None => false,
        };
        if attributes.is_empty() {
            if !is_gpx {
                self.good.rotate_left(1);
                self.good[3] = name;
            }
            return Ok(is_gpx);
        }
        // Two prefixes of one namespace do not make two attributes of one.
        let mut known = Vec::new();
        for &(attribute, _) in attributes {
            let (Some(prefix), Some((_, local))) = (prefix_of(attribute)?, attribute.split_once(':')) else {
                continue;
            };
            if prefix == "xmlns" {
                continue;
            }
            let full = (self.get(prefix)?.uri, local);
            if known.contains(&full) {
                return Err(Reason::Malformed);
            }
            known.push(full);
        }
        Ok(is_gpx)
    }

    /// Forgets the declarations of an element that ends.
    pub fn leave(&mut self, depth: usize) {
        while self.declared.last().is_some_and(|last| last.depth >= depth) {
            self.declared.pop();
            self.good = Default::default();
        }
    }

    fn declare(&mut self, depth: usize, prefix: &'a str, uri: &'a str) -> Result<(), Reason> {
        if prefix == "xml" && uri == OWN[0] {
            return Ok(());
        }
        if uri.is_empty() || prefix == "xmlns" || prefix == "xml" {
            return Err(Reason::Malformed);
        }
        check(uri)?;
        if self.declared.len() == MOST {
            return Err(Reason::TooLarge);
        }
        let is_gpx = is_gpx(uri);
        self.good = Default::default();
        self.declared.push(Declared {
            depth,
            prefix,
            uri,
            is_gpx,
        });
        Ok(())
    }

    fn get(&self, prefix: &str) -> Result<Declared<'a>, Reason> {
        let found = self.declared.iter().rev().find(|known| known.prefix == prefix);
        match found {
            Some(&declared) => Ok(declared),
            None if prefix == "xml" => Ok(XML),
            None => Err(Reason::Prefix),
        }
    }
}

/// Refuses what the parser of the original program refuses: XML's own namespaces, and a brace in any.
fn check(uri: &str) -> Result<(), Reason> {
    let uri = text::unescape(uri);
    match OWN.contains(&uri.as_ref()) || uri.contains('}') {
        true => Err(Reason::Malformed),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_holds_inside_its_element_only() {
        let mut prefixes = Prefixes::default();
        prefixes.enter(1, "a:b", &[("xmlns:a", "u")]).unwrap();
        prefixes.enter(2, "c", &[("a:d", "")]).unwrap();
        prefixes.leave(2);
        prefixes.leave(1);
        assert_eq!(prefixes.enter(1, "a:b", &[]), Err(Reason::Prefix));
    }

    #[test]
    fn a_name_that_was_good_is_looked_at_again_when_its_prefix_means_something_else() {
        let gpx = "http://www.topografix.com/GPX/1/1";
        let mut prefixes = Prefixes::default();
        prefixes.enter(1, "gpx", &[("xmlns:a", "u")]).unwrap();
        for _ in 0..3 {
            assert_eq!(prefixes.enter(2, "a:b", &[]), Ok(false));
        }
        prefixes.enter(2, "c", &[("xmlns:a", gpx)]).unwrap();
        assert_eq!(prefixes.enter(3, "a:b", &[]), Ok(true));
        prefixes.leave(2);
        for _ in 0..2 {
            assert_eq!(prefixes.enter(2, "a:b", &[]), Ok(false));
        }
        prefixes.leave(1);
        assert_eq!(prefixes.enter(1, "a:b", &[]), Err(Reason::Prefix));
        assert_eq!(prefixes.enter(1, "", &[]), Err(Reason::Malformed));
    }

    #[test]
    fn namespaces_that_other_parsers_refuse_are_refused() {
        for bad in [
            &[("xmlns:a", "")][..],
            &[("xmlns:xml", "u")],
            &[("xmlns:xmlns", "u")],
            &[("xmlns", OWN[0])],
            &[("xmlns:a", "u&#125;")],
            &[("xmlns:a", "u"), ("xmlns:b", "u"), ("a:c", "1"), ("b:c", "2")],
        ] {
            let refused = Prefixes::default().enter(1, "gpx", bad);
            assert_eq!(refused, Err(Reason::Malformed), "{bad:?}");
        }
        let good = [("xml:lang", "de"), ("xmlns:xml", OWN[0])];
        assert_eq!(Prefixes::default().enter(1, "gpx", &good), Ok(false));
    }
}
