//! Capitals and small letters one by one, as the C library of PostgreSQL has them under `C.UTF-8`: a letter that would
//! become two, as `ß`, stays what it is.

use std::sync::LazyLock;

use regex_syntax::Parser;
use regex_syntax::hir::{Class, HirKind};

/// The capital of a letter.
pub(crate) fn upper(letter: char) -> char {
    let mut all = letter.to_uppercase();
    match (all.next(), all.next()) {
        (Some(one), None) => one,
        _ => letter,
    }
}

/// The small letter of a capital.
pub(crate) fn lower(letter: char) -> char {
    // Of the one letter that becomes two the second is its dot.
    letter.to_lowercase().next().unwrap_or(letter)
}

/// The letters that a letter stands for where case says nothing: its small one and its capital, in that order. What
/// is neither, as `ǅ`, is not among them.
pub(crate) fn both(letter: char) -> (char, Option<char>) {
    let (small, capital) = (lower(letter), upper(letter));
    (small, (small != capital).then_some(capital))
}

/// Every word with a capital: what is neither letter nor digit parts words, and `①` is neither.
pub(crate) fn initcap(text: &str) -> String {
    let mut inside = false;
    let each = text.chars().map(|letter| {
        let new = if inside { lower(letter) } else { upper(letter) };
        inside = letter.is_alphabetic() || is_digit(letter);
        new
    });
    each.collect()
}

/// True for a digit of whatever script; `²` and `①` are none.
fn is_digit(letter: char) -> bool {
    static DIGITS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
        let known = Parser::new().parse(r"\p{Nd}").map(|parsed| parsed.into_kind());
        let Ok(HirKind::Class(Class::Unicode(class))) = known else { return Vec::new() };
        class.iter().map(|part| (part.start(), part.end())).collect()
    });
    if letter.is_ascii() {
        return letter.is_ascii_digit();
    }
    letter.is_numeric() && DIGITS.iter().any(|(first, last)| (*first..=*last).contains(&letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of PostgreSQL 15 under `C.UTF-8`.
    #[test]
    fn letters_stay_one() {
        assert_eq!("éßﬁж".chars().map(upper).collect::<String>(), "ÉßﬁЖ");
        assert_eq!("İÉЖ".chars().map(lower).collect::<String>(), "iéж");
        assert_eq!(initcap("élan ßx ﬁx a-bC"), "Élan ßx ﬁx A-Bc");
        assert_eq!(initcap("①b ²b 1b １b ⅷb ٣b ªb 東b _b"), "①B ²B 1b １b Ⅷb ٣b ªb 東b _B");
        assert_eq!(both('ſ'), ('ſ', Some('S')));
        assert_eq!(both('ǅ'), ('ǆ', Some('Ǆ')));
        assert_eq!(both('东'), ('东', None));
    }
}
