//! Writes a file: its text as it was read, with the corrections put in.
//!
//! What nobody changed is not touched, so nothing that was read is lost. Always UTF-8, without document type,
//! of version 1.0 or 1.1, so that the original program can read it.

use super::engrave;
use super::field;
use super::model::{Gpx, Layout};
use super::number;
use super::point::Point;
use super::remake;
use super::scan;
use super::syntax;
use super::text;

pub(super) const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
/// Named as the creator of a file that does not name one, as the schema demands.
pub(super) const CREATOR: &str = "Fietsboek";

/// A piece of the text and what is written in its place.
pub(super) struct Edit {
    pub span: std::ops::Range<usize>,
    pub with: String,
}

/// The bytes of the file as it is now.
pub fn write(gpx: &Gpx) -> Vec<u8> {
    if gpx.is_cut {
        return remake::remake(gpx);
    }
    let edits = edits(gpx);
    let mut output = Output {
        text: &gpx.text,
        at: gpx.body as usize,
        out: String::with_capacity(gpx.text.len() + DECLARATION.len() + 512),
    };
    output.out.push_str(DECLARATION);
    output.skip_space();
    let mut edits = edits.iter().peekable();
    for point in changed_points(gpx) {
        while let Some(edit) = edits.next_if(|edit| edit.span.start < point.span().start) {
            output.edit(edit);
        }
        output.copy_to(point.span().start);
        push_point(&mut output.out, &gpx.text[point.span()], point);
        output.at = point.span().end;
    }
    for edit in edits {
        output.edit(edit);
    }
    output.copy_to(gpx.text.len());
    if !output.out.ends_with('\n') {
        output.out.push('\n');
    }
    output.out.into_bytes()
}

/// All edits but those of points, in the order of the text.
fn edits(gpx: &Gpx) -> Vec<Edit> {
    let mut edits = Vec::new();
    let root = root_tag(&gpx.text[gpx.root.range()], gpx.layout);
    let mut edit = Edit {
        span: gpx.root.range(),
        with: root,
    };
    let (head, tail) = match gpx.engraved {
        true => engrave::edits(gpx),
        false => (String::new(), Vec::new()),
    };
    match edit.with.strip_suffix("/>") {
        Some(start) if !head.is_empty() => {
            let (name, ..) = split_tag(&edit.with);
            edit.with = format!("{start}>{head}\n</{name}>");
        }
        _ => edit.with.push_str(&head),
    }
    edits.push(edit);
    edits.extend(tail);
    edits.extend(gpx.cuts.iter().map(|span| Edit {
        span: span.range(),
        with: String::new(),
    }));
    // Stable: what is inserted at a place comes before what is cut from there on.
    edits.sort_by_key(|edit| edit.span.start);
    edits
}

/// The points whose elements are written anew, in the order of the text.
fn changed_points(gpx: &Gpx) -> Vec<&Point> {
    let all = [&gpx.points, &gpx.route_points, &gpx.waypoints];
    let changed = all.into_iter().flatten().filter(|point| point.is_changed());
    let mut points: Vec<&Point> = changed.collect();
    points.sort_by_key(|point| point.span().start);
    points
}

struct Output<'a> {
    text: &'a str,
    /// What is before this place has been dealt with.
    at: usize,
    out: String,
}

impl Output<'_> {
    fn copy_to(&mut self, end: usize) {
        if end > self.at {
            self.out.push_str(&self.text[self.at..end]);
            self.at = end;
        }
    }

    fn edit(&mut self, edit: &Edit) {
        // Inside of what was written anew already.
        if edit.with.is_empty() && edit.span.end < self.at {
            return;
        }
        self.copy_to(edit.span.start);
        self.out.push_str(&edit.with);
        self.at = self.at.max(edit.span.end);
        // Where an element went, its line goes too.
        if edit.with.is_empty() && self.out.ends_with([' ', '\t', '\n', '\r', '>']) {
            self.skip_space();
        }
    }

    fn skip_space(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }
}

/// The root's start tag with a version that can be read, and with what the schema demands besides.
fn root_tag(tag: &str, layout: Layout) -> String {
    let (name, raw, close) = split_tag(tag);
    let mut attributes = Vec::new();
    if name != "gpx" || syntax::attributes(raw, &mut attributes).is_err() {
        return tag.to_owned();
    }
    let number = match layout {
        Layout::V10 => "1.0",
        Layout::V11 => "1.1",
    };
    let namespace = format!("http://www.topografix.com/GPX/{}", number.replace('.', "/"));
    let wanted = [("version", number), ("creator", CREATOR), ("xmlns", namespace.as_str())];
    let is_there = |&(name, wanted): &(&str, &str)| {
        let found = attributes.iter().find(|pair| pair.0 == name);
        found.is_some_and(|pair| is_good(*pair, wanted))
    };
    if wanted.iter().all(is_there) && has_plain_namespace(raw) {
        return tag.to_owned();
    }
    let mut out = format!("<{name}");
    for &pair in wanted.iter().filter(|pair| !is_there(pair)) {
        push_attribute(&mut out, pair.0, pair.1);
    }
    for &(name, value) in &attributes {
        let wanted = wanted.iter().find(|pair| pair.0 == name);
        if wanted.is_none_or(|wanted| is_good((name, value), wanted.1)) {
            push_attribute(&mut out, name, &text::unescape(value));
        }
    }
    out.push_str(close);
    out
}

/// Whether an attribute of the root can stay beside what is wanted there.
fn is_good((name, value): (&str, &str), wanted: &str) -> bool {
    match name {
        "version" => value == wanted,
        "xmlns" => !value.is_empty() && !value.contains(['"', '\'']),
        _ => true,
    }
}

/// Whether the default namespace is written so that the original program, which cuts it out of the text, finds it.
fn has_plain_namespace(raw: &str) -> bool {
    raw.match_indices("xmlns=").any(|(at, found)| {
        let quoted = raw[at + found.len()..].starts_with(['"', '\'']);
        quoted && raw[..at].ends_with([' ', '\t', '\r', '\n'])
    })
}

fn push_attribute(out: &mut String, name: &str, value: &str) {
    out.push(' ');
    out.push_str(name);
    out.push_str("=\"");
    out.push_str(&text::escape(value));
    out.push('"');
}

/// Name, attributes and end (`>` or `/>`) of a start tag.
fn split_tag(tag: &str) -> (&str, &str, &str) {
    let close = if tag.ends_with("/>") { "/>" } else { ">" };
    let inner = &tag[1..tag.len() - close.len()];
    let end = inner.find([' ', '\t', '\r', '\n']).unwrap_or(inner.len());
    (&inner[..end], &inner[end..], close)
}

/// A point's element with its elevation, time and coordinates as they are now.
fn push_point(out: &mut String, element: &str, point: &Point) {
    let children = scan::children(element);
    let tag_end = tag_end(element);
    let (name, raw, close) = split_tag(&element[..tag_end]);
    let start = format!("<{name}");
    out.push_str(&start);
    match point.is_unusual() {
        true => push_coordinates(out, raw, point),
        false => out.push_str(raw),
    }
    out.push('>');
    let child = |name: &str| children.iter().find(|child| child.name == name);
    let elevation = point.elevation().filter(|_| point.elevation_changed());
    let elevation = elevation.map(|value| format!("<ele>{}</ele>", number::format(value)));
    let time = point.time().filter(|_| point.time_changed());
    let time = time.map(|time| format!("<time>{}</time>", time.format()));
    let mut edits: Vec<Edit> = Vec::new();
    for (name, with) in [("ele", elevation), ("time", time)] {
        let Some(with) = with else { continue };
        // The elevation is the first child by the schema; there is no new time without an old one.
        let span = child(name).map_or(tag_end..tag_end, |child| child.span.clone());
        edits.push(Edit { span, with });
    }
    if point.is_unusual() {
        edits.extend(unreadable(element, &children));
    }
    edits.sort_by_key(|edit| edit.span.start);
    let mut at = tag_end;
    for edit in &edits {
        out.push_str(&element[at..edit.span.start]);
        out.push_str(&edit.with);
        at = edit.span.end;
    }
    out.push_str(&element[at..]);
    if close == "/>" {
        out.push_str("</");
        out.push_str(name);
        out.push('>');
    }
}

/// Takes out the fields that the original program could not read.
fn unreadable<'a>(element: &'a str, children: &'a [scan::Child<'a>]) -> impl Iterator<Item = Edit> + 'a {
    let is_bad = |child: &&scan::Child| {
        let kind = field::find(child.name);
        let text = scan::text_of(&element[child.span.clone()]);
        matches!((kind, text), (Some(kind), Some(text)) if !field::is_readable(kind, &text))
    };
    children.iter().filter(is_bad).map(|child| Edit {
        span: child.span.clone(),
        with: String::new(),
    })
}

/// Behind the `>` of the start tag that the text begins with.
pub(super) fn tag_end(element: &str) -> usize {
    let mut quote = None;
    for (at, byte) in element.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    element.len()
}

fn push_coordinates(out: &mut String, raw: &str, point: &Point) {
    let mut attributes = Vec::new();
    if syntax::attributes(raw, &mut attributes).is_err() {
        return out.push_str(raw);
    }
    for (name, value) in attributes {
        match name {
            "lat" => push_attribute(out, name, &number::format(point.lat)),
            "lon" => push_attribute(out, name, &number::format(point.lon)),
            _ => push_attribute(out, name, &text::unescape(value)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpx::{Origin, Transformer, read, transform};

    fn written(file: &str) -> String {
        let gpx = read(file.as_bytes(), Origin::Stored).unwrap();
        String::from_utf8(write(&gpx)).unwrap()
    }

    #[test]
    fn a_sound_file_is_written_as_it_was_read() {
        let file = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><?b c?><gpx xmlns=\"http://www.topografix.com/GPX/1/1\" version='1.1' creator=\"x\">\
            <odd a='&quot;'>x<![CDATA[<y>]]></odd> </gpx>\n";
        assert_eq!(written(file), file);
    }

    #[test]
    fn the_root_gets_what_the_schema_demands() {
        assert_eq!(
            written("<gpx version=\"2.0\" a='&lt;\"'></gpx>"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.0\" creator=\"Fietsboek\" \
             xmlns=\"http://www.topografix.com/GPX/1/0\" a=\"&lt;&quot;\"></gpx>\n"
        );
    }

    #[test]
    fn an_empty_root_is_closed_by_its_own_name() {
        for root in ["gpx", "Tr"] {
            let mut gpx = read(format!("<{root}/>").as_bytes(), Origin::Stored).unwrap();
            engrave::engrave(&mut gpx, &crate::gpx::Metadata::default());
            assert!(read(&write(&gpx), Origin::Stored).is_ok(), "{root}");
        }
    }

    #[test]
    fn the_default_namespace_is_written_so_that_the_original_finds_it() {
        let end = "creator=\"c\"></gpx>\n";
        for space in ["xmlns = 'u'", "xmlns= 'u'", "xmlns=\"it's\"", "xmlns=''"] {
            let out = written(&format!("<gpx version='1.1' {space} creator='c'></gpx>"));
            let uri = if space.ends_with("'u'") {
                "u"
            } else {
                "http://www.topografix.com/GPX/1/1"
            };
            assert!(out.contains(&format!(" xmlns=\"{uri}\"")), "{out}");
            assert!(out.ends_with(end) && out.matches("xmlns").count() == 1, "{out}");
        }
    }

    #[test]
    fn a_document_type_is_left_out() {
        let out = written("<!DOCTYPE gpx [<!ENTITY a \"b\">]>\n<gpx/>");
        assert!(out.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx "));
        assert!(!out.contains("ENTITY"));
    }

    #[test]
    fn changed_points_keep_what_else_they_hold() {
        let file = "<gpx><trk><trkseg><trkpt lat='50' lon='8' x='1>2'/>\n\
            <trkpt lat='50.0001' lon='8'><name>n</name><ele/><x/></trkpt>\
            <trkpt lat='50.0002' lon='8'><!-- c --><time>2024-05-01T10:00:00Z</time><ele>1e2</ele></trkpt>\
            <trkpt lat=' 50.0003' lon='+8.0'><ele>100</ele></trkpt></trkseg></trk></gpx>";
        let mut gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        transform::apply(&mut gpx, &[Transformer::FixNullElevation]);
        let out = String::from_utf8(write(&gpx)).unwrap();
        for piece in [
            "<trkpt lat='50' lon='8' x='1>2'><ele>100.0</ele></trkpt>\n",
            "<trkpt lat='50.0001' lon='8'><name>n</name><ele>100.0</ele><x/></trkpt>",
            "<!-- c --><time>2024-05-01T10:00:00Z</time><ele>100.0</ele></trkpt>",
            "<trkpt lat=\"50.0003\" lon=\"8.0\"><ele>100.0</ele></trkpt>",
        ] {
            assert!(out.contains(piece), "{piece} in {out}");
        }
    }
}
