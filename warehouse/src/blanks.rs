//! The blanks that PostgreSQL passes over around a value: those that `isspace()` of C knows. Every other blank of
//! Unicode, such as the wide one of Chinese, is a letter to it, and no part of a number or a day; Rust and Arrow would
//! pass over it.

/// The blanks, for `trim_matches` and its like.
pub(crate) const BLANKS: [char; 6] = [' ', '\t', '\n', '\u{b}', '\u{c}', '\r'];

/// A value without the blanks around it.
pub(crate) fn unpadded(text: &str) -> &str {
    text.trim_matches(BLANKS)
}

/// True for a text with a blank that is a letter to PostgreSQL.
pub(crate) fn has_other_blanks(text: &str) -> bool {
    text.contains(|letter: char| letter.is_whitespace() && !BLANKS.contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_blank_is_a_letter() {
        assert_eq!(unpadded(" \t\n\u{b}\u{c}\r1 2\r"), "1 2");
        assert_eq!(unpadded(" \u{3000}1\u{a0} "), "\u{3000}1\u{a0}");
        assert!(has_other_blanks("2026-11-30\u{3000}"));
        assert!(has_other_blanks("1\u{a0}"));
        assert!(!has_other_blanks(" 2026-11-30\t10:00\u{b}"));
    }
}
