//! Texts of users on a terminal: on one line, and without what a terminal obeys.

/// The text with a space for each control character.
pub fn text(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_name_cannot_move_the_cursor_or_begin_a_line() {
        assert_eq!(super::text("Ä\n\x1b[2J\u{9b}x\t"), "Ä  [2J x ");
    }
}
