//! Tells an English sentence again: a pattern with holes, and what is said of what stands in them.

use super::plain;

/// A pattern, `{}` for each hole, and the Chinese sentence.
pub(super) type Phrase = (&'static str, fn(&[&str]) -> String);

/// The sentence of the first pattern that a text holds.
pub(super) fn tell(phrases: &[Phrase], text: &str) -> Option<String> {
    phrases.iter().find_map(|(pattern, say)| {
        let said = say(&holes(pattern, text)?);
        plain::is_fit(&said).then_some(said)
    })
}

/// What stands in the holes; the last one reaches to the end of its line.
pub(super) fn holes<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = pattern.split("{}");
    let start = pieces.next()?;
    let mut rest = text.get(text.find(start)? + start.len()..)?;
    let mut found = Vec::new();
    for piece in pieces {
        let end = if piece.is_empty() {
            rest.find('\n').unwrap_or(rest.len())
        } else {
            rest.find(piece)?
        };
        found.push(rest.get(..end)?);
        rest = rest.get(end + piece.len()..)?;
    }
    Some(found)
}

/// A text that somebody wrote, of a length that fits into a sentence.
pub(super) fn clipped(text: &str) -> String {
    const LETTERS: usize = 40;
    let text = text.trim();
    if text.chars().count() <= LETTERS {
        return text.to_owned();
    }
    text.chars().take(LETTERS).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holes_are_filled() {
        assert_eq!(holes("a '{}' b {}", "x a 'one' b two\nthree"), Some(vec!["one", "two"]));
        assert_eq!(holes("a {} c", "a b"), None);
        assert_eq!(holes("no hole", "there is no hole here"), Some(vec![]));
    }
}
