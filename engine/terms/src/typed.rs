//! What people type.

/// Full-width letters, digits and signs become plain ones, and blanks at the ends go.
pub fn half_width(typed: &str) -> String {
    typed.chars().map(half).collect::<String>().trim().to_owned()
}

/// The plain form of a letter, where it is a full-width one.
pub(crate) fn half(letter: char) -> char {
    match letter {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(letter) - 0xfee0).expect("half width"),
        '\u{3000}' | '\u{a0}' => ' ',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_plain_however_it_is_typed() {
        for typed in [
            "0769-22801234转8",
            "０７６９－２２８０１２３４转８",
            "\u{3000}０769-22801234转8\u{a0}",
        ] {
            assert_eq!(half_width(typed), "0769-22801234转8");
        }
    }
}
