//! Colours, where the call wants them: on a terminal, and never in what is piped.

/// What a piece of text stands for; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What gives somebody power: the mark of an administrator.
    Power,
    /// What is in order.
    Good,
    /// What is not.
    Bad,
    /// What the eye looks for: an id, a heading.
    Key,
}

impl Tone {
    /// The number in the terminal's escape sequence (ECMA-48, SGR).
    fn code(self) -> u8 {
        match self {
            Tone::Power => 33,
            Tone::Good => 32,
            Tone::Bad => 31,
            Tone::Key => 1,
        }
    }
}

/// The text, in its colour if there are any.
pub fn paint(colours: bool, tone: Tone, text: &str) -> String {
    if colours {
        format!("\x1b[{}m{text}\x1b[0m", tone.code())
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_the_text_is_left_as_it_is() {
        assert_eq!(paint(false, Tone::Power, "a"), "a");
    }

    #[test]
    fn a_coloured_text_ends_its_colour() {
        assert_eq!(paint(true, Tone::Power, "a"), "\x1b[33ma\x1b[0m");
    }
}
