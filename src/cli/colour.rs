//! Colours on a terminal, and never anywhere else.
//!
//! `NO_COLOR` (<https://no-color.org>) and a terminal that calls itself `dumb` turn them off. What is
//! piped is plain, so that scripts read what they always read.

use std::io::IsTerminal;

/// What a piece of text stands for; the colour follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// What gives somebody power: the mark of an administrator.
    Power,
    /// What is in order.
    Good,
    /// What is not.
    Bad,
    /// A heading or an id: what the eye looks for.
    Key,
}

impl Tone {
    fn code(self) -> &'static str {
        match self {
            Tone::Power => "33",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Key => "1",
        }
    }
}

/// Whether there are colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    on: bool,
}

impl Colour {
    /// For standard output as it is.
    pub fn of_stdout() -> Colour {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let wanted = set("NO_COLOR").is_none() && set("TERM").is_none_or(|term| term != "dumb");
        Colour {
            on: wanted && std::io::stdout().is_terminal(),
        }
    }

    /// The text, in its colour where there are any.
    pub fn paint(self, tone: Tone, text: &str) -> String {
        if self.on {
            format!("\x1b[{}m{text}\x1b[0m", tone.code())
        } else {
            text.to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colours_the_text_is_left_as_it_is() {
        assert_eq!(Colour { on: false }.paint(Tone::Power, "a"), "a");
    }

    #[test]
    fn a_coloured_text_ends_its_colour() {
        assert_eq!(Colour { on: true }.paint(Tone::Power, "a"), "\x1b[33ma\x1b[0m");
    }
}
