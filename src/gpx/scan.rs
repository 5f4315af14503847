//! Looks at one element of a file again: its children, their text.
//!
//! For what is asked of few elements (metadata, a changed point, a sensor), not for the reading of a file. What
//! comes in was found well-formed before.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::Event;

use super::text;

/// A child element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Child<'a> {
    /// As it stands in the text, prefix included.
    pub name: &'a str,
    /// The whole element, in bytes from the start of its parent.
    pub span: Range<usize>,
    /// What is between its tags; empty for `<name/>`.
    pub inner: Range<usize>,
}

/// The children of the element that the text begins with.
pub(super) fn children(element: &str) -> Vec<Child<'_>> {
    let mut reader = Reader::from_str(element);
    let mut found = Vec::new();
    let mut open: Option<Child> = None;
    let mut depth = 0;
    let mut before = 0;
    while let Ok(event) = reader.read_event() {
        let after = reader.buffer_position() as usize;
        match event {
            Event::Start(tag) => {
                depth += 1;
                if depth == 2 {
                    open = Some(Child {
                        name: &element[before + 1..before + 1 + tag.name().as_ref().len()],
                        span: before..after,
                        inner: after..after,
                    });
                }
            }
            Event::Empty(tag) if depth == 1 => found.push(Child {
                name: &element[before + 1..before + 1 + tag.name().as_ref().len()],
                span: before..after,
                inner: after..after,
            }),
            Event::End(_) => {
                depth -= 1;
                if depth == 1
                    && let Some(mut child) = open.take()
                {
                    child.span.end = after;
                    child.inner.end = before;
                    found.push(child);
                }
                if depth == 0 {
                    break;
                }
            }
            Event::Eof => break,
            _ => {}
        }
        before = after;
    }
    found
}

/// What stands before the first child of the element: references resolved, comments left out. None when empty.
pub(super) fn text_of(element: &str) -> Option<String> {
    let mut reader = Reader::from_str(element);
    let mut inside = false;
    let mut found = String::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) if !inside => inside = true,
            Ok(Event::Text(piece)) if inside => found.push_str(&piece),
            Ok(Event::CData(piece)) if inside => found.push_str(&piece),
            Ok(Event::GeneralRef(name)) if inside => found.extend(text::resolve(&name)),
            Ok(Event::Comment(_) | Event::PI(_)) => {}
            _ => break,
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The text of the first child of that name.
pub(super) fn child_text(element: &str, name: &str) -> Option<String> {
    let child = children(element).into_iter().find(|child| child.name == name)?;
    text_of(&element[child.span])
}

/// A name without its prefix.
pub(super) fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_with_their_places() {
        let element = "<a x='1'> <b><b>1</b></b><!-- <c/> --><c/><d:e>2</d:e></a>";
        let found = children(element);
        let names: Vec<&str> = found.iter().map(|child| child.name).collect();
        assert_eq!(names, ["b", "c", "d:e"]);
        assert_eq!(&element[found[0].inner.clone()], "<b>1</b>");
        assert_eq!(&element[found[1].span.clone()], "<c/>");
        assert_eq!(local(found[2].name), "e");
        assert!(children("<a/>").is_empty());
    }

    #[test]
    fn the_text_of_an_element_ends_at_its_first_child() {
        let element = "<n>a<!-- x -->&amp;<![CDATA[<b>]]><c/>d</n>";
        assert_eq!(text_of(element).as_deref(), Some("a&<b>"));
        assert_eq!(text_of("<n></n>"), None);
        assert_eq!(child_text("<p><n>x</n><n>y</n></p>", "n").as_deref(), Some("x"));
    }
}
