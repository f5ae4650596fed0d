//! Why somebody does what stays on the books.

use std::fmt;

use serde::Serialize;

/// Why somebody does what stays on the books: some words, and not too many. 原因
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    /// The longest that is kept.
    pub const MAX_CHARS: usize = 200;

    /// The words that somebody typed, without the blanks around them; none where nothing was said, or too much.
    pub fn of(typed: &str) -> Option<Self> {
        let words = typed.trim();
        let fits = !words.is_empty() && words.chars().count() <= Self::MAX_CHARS;
        fits.then(|| Self(words.to_owned()))
    }

    /// The words.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_says_something_and_fits_its_column() {
        assert_eq!(Reason::of(" 抄表录错\n").unwrap().as_str(), "抄表录错");
        assert_eq!(Reason::of(&"错".repeat(200)).unwrap().to_string(), "错".repeat(200));
        for wrong in [String::new(), " \u{3000}".to_owned(), "错".repeat(201)] {
            assert_eq!(Reason::of(&wrong), None);
        }
    }
}
