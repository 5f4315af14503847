//! How much of the time and memory of this machine a stranger's text may take.

use pulldown_cmark::{Event, Parser};

/// A parser's events with a bound on how deep they nest and how much raw HTML there is: the HTML
/// parser behind takes time with the square of the depth, and this text comes from strangers.
pub(super) struct Bounded<'a> {
    events: Parser<'a>,
    depth: usize,
    raw: usize,
    max_raw: usize,
}

/// Elements within each other; further ones are left out, what is in them stays.
const MAX_DEPTH: usize = 64;
/// Raw tags of a text; further ones stand there as text.
pub(super) const MAX_RAW: usize = 250;

impl<'a> Bounded<'a> {
    pub(super) fn new(events: Parser<'a>, max_raw: usize) -> Bounded<'a> {
        Bounded {
            events,
            depth: 0,
            raw: 0,
            max_raw,
        }
    }
}

impl<'a> Iterator for Bounded<'a> {
    type Item = Event<'a>;

    fn next(&mut self) -> Option<Event<'a>> {
        loop {
            match self.events.next()? {
                Event::Start(tag) => {
                    self.depth += 1;
                    if self.depth <= MAX_DEPTH {
                        return Some(Event::Start(tag));
                    }
                }
                Event::End(tag) => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth < MAX_DEPTH {
                        return Some(Event::End(tag));
                    }
                }
                Event::Html(text) | Event::InlineHtml(text) => {
                    self.raw += text.matches('<').count();
                    return Some(if self.raw > self.max_raw {
                        Event::Text(text)
                    } else {
                        Event::Html(text)
                    });
                }
                other => return Some(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::markdown::to_html;

    #[test]
    fn deep_nesting_ends_in_time() {
        for source in [
            ">".repeat(100_000) + " x",
            "<b>".repeat(50_000) + "x",
            "[".repeat(50_000) + "x",
        ] {
            let begun = std::time::Instant::now();
            assert!(to_html(&source, false).contains('x'));
            assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
        }
    }

    #[test]
    fn nothing_small_becomes_large() {
        let open: String = (0..240).map(|n| format!("<b title={n}>")).collect();
        for source in [
            open.clone() + &"\n\nx".repeat(12_000),
            open.clone() + &"\n- x\n\n  y\n".repeat(5_000),
            open.clone() + &"\n> x\n\n".repeat(10_000),
            "- ".to_owned() + &open + &"\n- y".repeat(9_000),
            "> ".to_owned() + &open + &"\n\n> y\n\n<!-- -->".repeat(400),
            format!("<ul><li>{}{}", &open[..open.len() / 2], "<li>x".repeat(120)),
            open + &"<p>x".repeat(9_000),
            "<i title=1><b title=2><p>".repeat(160),
            "* ".repeat(5_000) + "x",
            "x\n".repeat(25_000),
            "*a_ ".repeat(12_000),
            "![](".repeat(12_000),
            "&amp;".repeat(10_000),
            "[a]: x\n\n".to_owned() + &"[a]".repeat(16_000),
        ] {
            let begun = std::time::Instant::now();
            let html = to_html(&source, false);
            let start: String = source.chars().take(40).collect();
            assert!(
                html.len() < source.len() * 12 + (20 << 10),
                "{start} became {} bytes",
                html.len()
            );
            assert!(begun.elapsed().as_secs() < 10, "{start} took {:?}", begun.elapsed());
        }
    }
}
