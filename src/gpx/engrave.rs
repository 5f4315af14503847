//! Puts the title, description, owner and date of a track into its file, and takes the names of tracks out.
//!
//! What else stands in the metadata (links, keywords, the author's address) stays.

use std::ops::Range;

use super::model::{Gpx, Layout, Metadata, Span};
use super::scan;
use super::text;
use super::write::{Edit, tag_end};

/// Behind these the time does not belong, by the schema.
const BEHIND_TIME: [&str; 3] = ["keywords", "bounds", "extensions"];

/// Replaces the metadata: an empty text becomes an empty element, an absent one removes the element.
pub fn engrave(gpx: &mut Gpx, metadata: &Metadata) {
    gpx.metadata = metadata.clone();
    gpx.engraved = true;
    for track in &mut gpx.tracks {
        track.name = None;
        track.desc = None;
    }
}

/// What comes behind the root's start tag, and all other edits.
pub(super) fn edits(gpx: &Gpx) -> (String, Vec<Edit>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut head = String::new();
    match (gpx.layout, gpx.metadata_element) {
        (Layout::V11, Some(span)) => edits.push(Edit {
            with: metadata_element(&gpx.text[span.range()], &gpx.metadata, &cuts_in(gpx, span)),
            span: span.range(),
        }),
        (Layout::V11, None) => {
            head.push_str("\n  ");
            head.push_str(&metadata_element("<metadata/>", &gpx.metadata, &[]));
        }
        (Layout::V10, _) => {
            let metadata = &gpx.metadata;
            push_element(&mut head, "  ", "name", metadata.name.as_deref());
            push_element(&mut head, "  ", "desc", metadata.desc.as_deref());
            push_element(&mut head, "  ", "author", metadata.author.as_deref());
            let mut time = String::new();
            push_element(&mut time, "  ", "time", formatted(metadata).as_deref());
            match gpx.head_end == gpx.root.end {
                true => head.push_str(&time),
                false => edits.push(Edit {
                    span: gpx.head_end as usize..gpx.head_end as usize,
                    with: time,
                }),
            }
        }
    }
    edits.extend(gpx.labels.iter().map(|span| Edit {
        span: span.range(),
        with: String::new(),
    }));
    (head, edits)
}

/// What is left out of that element anyway, from its start.
fn cuts_in(gpx: &Gpx, element: Span) -> Vec<Range<usize>> {
    let inside = |cut: &&Span| cut.start > element.start && cut.end < element.end;
    let from_start = |cut: &Span| {
        let range = cut.range();
        range.start - element.start as usize..range.end - element.start as usize
    };
    gpx.cuts.iter().filter(inside).map(from_start).collect()
}

fn formatted(metadata: &Metadata) -> Option<String> {
    metadata.time.map(|time| time.format())
}

fn push_element(out: &mut String, indent: &str, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        let value = text::escape(value);
        out.push_str(&format!("\n{indent}<{name}>{value}</{name}>"));
    }
}

/// The `metadata` element with the new values in place of the old ones.
fn metadata_element(old: &str, metadata: &Metadata, unreadable: &[Range<usize>]) -> String {
    let children = scan::children(old);
    let start = tag_end(old);
    let mut out = open_tag(&old[..start]);
    push_element(&mut out, "    ", "name", metadata.name.as_deref());
    push_element(&mut out, "    ", "desc", metadata.desc.as_deref());
    let author = children.iter().find(|child| child.name == "author");
    let author = author.map(|child| &old[child.span.clone()]);
    out.push_str(&author_element(author, metadata.author.as_deref()));
    let mut time = String::new();
    push_element(&mut time, "    ", "time", formatted(metadata).as_deref());
    let end = match old[..start].ends_with("/>") {
        true => start,
        false => old.rfind("</").unwrap_or(start),
    };
    let cut = ["name", "desc", "author", "time"];
    let is_unreadable = |child: &scan::Child| {
        let found = unreadable.binary_search_by_key(&child.span.start, |span| span.start);
        found.is_ok()
    };
    let cuts: Vec<Range<usize>> = children
        .iter()
        .filter(|child| cut.contains(&child.name) || is_unreadable(child))
        .map(|child| child.span.clone())
        .collect();
    let behind = children.iter().find(|child| BEHIND_TIME.contains(&child.name));
    let middle = behind.map_or(end, |child| child.span.start);
    let before = without(old, start..middle, &cuts);
    out.push_str(before.trim_end());
    out.push_str(&time);
    let after = without(old, middle..end, &cuts);
    if !after.trim().is_empty() {
        out.push_str("\n    ");
        out.push_str(after.trim());
    }
    out.push_str("\n  </metadata>");
    out
}

/// The author with another name; the address and the link stay.
fn author_element(old: Option<&str>, name: Option<&str>) -> String {
    let mut out = String::new();
    let rest = old.map(|old| {
        let names: Vec<Range<usize>> = scan::children(old)
            .into_iter()
            .filter(|child| child.name == "name")
            .map(|child| child.span)
            .collect();
        let start = tag_end(old);
        let end = old.rfind("</").unwrap_or(start).max(start);
        without(old, start..end, &names)
    });
    let rest = rest.as_deref().unwrap_or("").trim();
    if name.is_none() && rest.is_empty() {
        return out;
    }
    out.push_str("\n    ");
    out.push_str(&open_tag(old.map_or("<author>", |old| &old[..tag_end(old)])));
    push_element(&mut out, "      ", "name", name);
    if !rest.is_empty() {
        out.push_str("\n      ");
        out.push_str(rest);
    }
    out.push_str("\n    </author>");
    out
}

/// A start tag; one that closed itself is opened.
fn open_tag(tag: &str) -> String {
    let inner = tag.trim_end_matches('>').trim_end_matches('/');
    format!("{}>", inner.trim_end())
}

/// A part of the text without some pieces and the white space behind each.
fn without(text: &str, part: Range<usize>, cuts: &[Range<usize>]) -> String {
    let mut out = String::new();
    let mut at = part.start;
    let inside = |cut: &&Range<usize>| cut.start >= part.start && cut.end <= part.end;
    for cut in cuts.iter().filter(inside) {
        out.push_str(&text[at..cut.start]);
        let rest = &text[cut.end..part.end];
        at = part.end - rest.trim_start().len();
    }
    out.push_str(&text[at..part.end]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, Time, read, write};

    fn new() -> Metadata {
        Metadata {
            name: Some("Tom & <Jerry>".to_owned()),
            desc: Some(String::new()),
            author: Some("Åsa".to_owned()),
            time: Some(Time::zoned(1_714_557_600_000_000, 120)),
        }
    }

    fn engraved(file: &str) -> String {
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        engrave(&mut gpx, &new());
        let once = write(&gpx);
        let mut again = read(&once, Origin::Upload).unwrap();
        let metadata = Metadata { desc: None, ..new() };
        assert_eq!(*again.metadata(), metadata, "{}", String::from_utf8_lossy(&once));
        assert!(again.tracks().iter().all(|track| track.name.is_none()));
        engrave(&mut again, &new());
        assert_eq!(
            String::from_utf8_lossy(&write(&again))
                .split_whitespace()
                .collect::<String>(),
            String::from_utf8_lossy(&once).split_whitespace().collect::<String>()
        );
        String::from_utf8(once).unwrap()
    }

    #[test]
    fn the_metadata_of_1_1_is_replaced_and_the_rest_of_it_stays() {
        let out = engraved(
            "<gpx version=\"1.1\"><metadata a='b'><name>old</name><author><name>o</name><email id='a' domain='b'/></author>\
             <link href='c'/><keywords>k</keywords></metadata><trk><name>x</name><desc>y</desc><type>z</type></trk></gpx>",
        );
        let flat: String = out.lines().map(str::trim_start).collect();
        assert!(
            flat.contains(
                "<metadata a='b'><name>Tom &amp; &lt;Jerry&gt;</name><desc></desc>\
                 <author><name>Åsa</name><email id='a' domain='b'/></author>\
                 <link href='c'/><time>2024-05-01T12:00:00+02:00</time><keywords>k</keywords></metadata>"
            ),
            "{flat}"
        );
        assert!(flat.contains("<trk><type>z</type></trk>"), "{flat}");
    }

    #[test]
    fn metadata_is_made_where_there_is_none() {
        for file in [
            "<gpx version='1.1'/>",
            "<gpx version='1.1'></gpx>",
            "<gpx version='1.1'><metadata/></gpx>",
            "<gpx version='1.1'><metadata ></metadata ></gpx>",
            "<gpx/>",
            "<gpx><trk/></gpx>",
        ] {
            let out = engraved(file);
            assert!(out.contains("Åsa"), "{out}");
        }
    }

    #[test]
    fn in_1_0_the_metadata_stands_below_the_root() {
        let out = engraved(
            "<gpx version=\"1.0\"><name>a</name><author>b</author><email>c</email><time>2020-01-01T00:00:00Z</time>\
             <keywords>k</keywords><wpt lat='1' lon='2'><name>w</name></wpt><trk><name>d</name></trk></gpx>",
        );
        let flat: String = out.lines().map(str::trim_start).collect();
        assert!(
            flat.ends_with(
                "<name>Tom &amp; &lt;Jerry&gt;</name><desc></desc><author>Åsa</author><email>c</email>\
                 <time>2024-05-01T12:00:00+02:00</time><keywords>k</keywords>\
                 <wpt lat='1' lon='2'><name>w</name></wpt><trk></trk></gpx>"
            ),
            "{flat}"
        );
    }

    #[test]
    fn absent_values_remove_the_elements() {
        let file = "<gpx version='1.1'><metadata><name>a</name><author><name>b</name></author><time>2020-01-01T00:00:00Z</time></metadata></gpx>";
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        engrave(&mut gpx, &Metadata::default());
        let out = String::from_utf8(write(&gpx)).unwrap();
        assert!(!out.contains("<name>") && !out.contains("<author>") && !out.contains("<time>"));
    }
}
