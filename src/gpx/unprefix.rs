//! GPX whose own elements carry a prefix (`<gpx:trk>`) or declare their namespace again, rewritten without that.
//!
//! No such element is GPX to the original program, which must be able to read what is stored.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::namespace;
use super::pass::reason_of;
use super::reason::ReadError;
use super::syntax;

/// The same text without the prefix of GPX's own elements.
///
/// # Errors
/// Where the text is not well-formed: without prefixes it might look as if it were.
pub(super) fn without_gpx_prefix(source: &str) -> Result<String, ReadError> {
    let mut reader = Reader::from_str(source);
    let mut out = String::with_capacity(source.len());
    let mut prefixes: Vec<&str> = Vec::new();
    let mut attributes = Vec::new();
    let (mut start, mut rooted) = (0, false);
    loop {
        let refuse = |reason| ReadError::at(reason, source, start);
        let event = reader.read_event();
        let event = event.map_err(|error| refuse(reason_of(&error, &source[start..])))?;
        let end = reader.buffer_position() as usize;
        let piece = &source[start..end];
        match event {
            Event::Start(ref tag) | Event::Empty(ref tag) => {
                let name = &piece[1..1 + tag.name().as_ref().len()];
                let close = if piece.ends_with("/>") { "/>" } else { ">" };
                let raw = &piece[1 + name.len()..piece.len() - close.len()];
                syntax::attributes(raw, &mut attributes).map_err(refuse)?;
                let own = attributes.iter().filter(|pair| is_gpx_prefix(pair));
                prefixes.extend(own.filter_map(|pair| pair.0.strip_prefix("xmlns:")));
                out.push('<');
                out.push_str(unprefixed(name, &prefixes));
                let again = |pair: &&(&str, &str)| pair.0 == "xmlns" && namespace::is_gpx(pair.1);
                match (rooted, attributes.iter().find(again)) {
                    (false, _) => push_root_attributes(&mut out, &attributes),
                    (true, None) => out.push_str(raw),
                    (true, Some(again)) => attributes
                        .iter()
                        .filter(|pair| *pair != again)
                        .for_each(|pair| push_attribute(&mut out, pair.0, pair.1)),
                }
                out.push_str(close);
                rooted = true;
            }
            Event::End(_) => {
                let name = piece[2..piece.len() - 1].trim_end();
                out.push_str("</");
                out.push_str(unprefixed(name, &prefixes));
                out.push('>');
            }
            Event::Eof => return Ok(out),
            _ => out.push_str(piece),
        }
        start = end;
    }
}

fn is_gpx_prefix(attribute: &(&str, &str)) -> bool {
    attribute.0.starts_with("xmlns:") && namespace::is_gpx(attribute.1)
}

fn unprefixed<'a>(name: &'a str, prefixes: &[&str]) -> &'a str {
    match name.split_once(':') {
        Some((prefix, local)) if prefixes.contains(&prefix) => local,
        _ => name,
    }
}

/// The root's attributes; the first prefix that means GPX becomes the default namespace unless there is one.
fn push_root_attributes(out: &mut String, attributes: &[(&str, &str)]) {
    let mut has_default = attributes.iter().any(|pair| pair.0 == "xmlns");
    for pair in attributes {
        let name = match is_gpx_prefix(pair) && !has_default {
            true => {
                has_default = true;
                "xmlns"
            }
            false => pair.0,
        };
        push_attribute(out, name, pair.1);
    }
}

/// An attribute whose value is escaped already.
fn push_attribute(out: &mut String, name: &str, value: &str) {
    let quote = if value.contains('"') { '\'' } else { '"' };
    out.push_str(&format!(" {name}={quote}{value}{quote}"));
}

#[cfg(test)]
mod tests {
    use crate::gpx::{Origin, read};

    #[test]
    fn prefixed_gpx_becomes_plain_gpx() {
        let prefixed = "<?xml version='1.0'?><g:gpx version='1.1' xmlns:g='http://www.topografix.com/GPX/1/1' xmlns:x='u'>\
             <g:trk><g:trkseg><g:trkpt lat='1' lon='2'><g:ele>3</g:ele><g:extensions><x:hr>4</x:hr></g:extensions></g:trkpt></g:trkseg></g:trk></g:gpx>";
        let gpx = read(prefixed.as_bytes(), Origin::Upload).unwrap();
        assert_eq!(gpx.points().len(), 1);
        assert_eq!(gpx.points()[0].elevation(), Some(3.0));
        assert!(
            gpx.text
                .contains("<gpx version=\"1.1\" xmlns=\"http://www.topografix.com/GPX/1/1\" xmlns:x=\"u\">")
        );
        assert!(gpx.text.contains("<x:hr>4</x:hr></extensions></trkpt>"));
    }

    #[test]
    fn a_namespace_declared_again_is_left_out_and_another_one_makes_an_element_foreign() {
        let space = "xmlns='http://www.topografix.com/GPX/1/1'";
        let file = format!(
            "<gpx version='1.1' {space}><trk {space} a='\"'><trkseg xmlns=''><trkpt lat='1' {space} lon='2'>\
             <ele xmlns='u'>5</ele><ele>6</ele><extensions><e xmlns='u'/></extensions></trkpt></trkseg></trk>\
             <trk xmlns='u'><trkseg><trkpt lat='1' lon='2'/></trkseg></trk></gpx>"
        );
        let gpx = read(file.as_bytes(), Origin::Upload).unwrap();
        assert_eq!((gpx.points().len(), gpx.tracks().len()), (1, 1));
        assert_eq!(gpx.points()[0].elevation(), Some(6.0));
        for piece in [
            "<trk a='\"'>",
            "<trkpt lat=\"1\" lon=\"2\">",
            "<ele xmlns='u'>5</ele>",
            "<e xmlns='u'/>",
        ] {
            assert!(gpx.text.contains(piece), "{piece} in {}", gpx.text);
        }
    }
}
