//! Numbers that name a paper outside the house.

use super::typed::half;

/// The number of a card slip, a cheque or a voucher, as it is kept and compared: however it was typed, scanned or pasted,
/// one paper has one number. 凭证号
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlipNumber(String);

impl SlipNumber {
    /// What somebody typed: half width, in capitals, without what writes nothing.
    pub fn of(typed: &str) -> Self {
        let seen = typed.chars().filter(|letter| writes_something(*letter));
        Self(seen.map(|letter| half(letter).to_ascii_uppercase()).collect())
    }

    /// A letter that no such number has, for it may look like another: all but capitals, figures and signs, Han and 〇〔〕.
    pub fn odd(&self) -> Option<char> {
        self.0.chars().find(|letter| {
            !matches!(*letter, '!'..='`' | '{'..='~' | '〇' | '〔' | '〕' | '\u{4e00}'..='\u{9fff}')
        })
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn writes_something(letter: char) -> bool {
    let is_hidden = matches!(
        letter,
        '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    !(is_hidden || letter.is_whitespace() || letter.is_control())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paper_has_one_number_however_it_is_written() {
        for typed in
            ["SLIP-9", " slip-9 ", "ＳＬＩＰ－９\u{3000}", "SL IP-9\u{200b}", "\u{202e}Slip-９"]
        {
            assert_eq!(SlipNumber::of(typed).as_str(), "SLIP-9", "{typed:?}");
            assert_eq!(SlipNumber::of(typed).odd(), None, "{typed:?}");
        }
        assert_eq!(SlipNumber::of("银付字〔2026〕12号").odd(), None);
        assert_eq!(SlipNumber::of("\u{200b} \u{feff}").as_str(), "");
        // A Cyrillic Р, a ligature, a circled figure.
        for (typed, odd) in [("SLIР-9", 'Р'), ("ﬁ9", 'ﬁ'), ("SLIP-⑨", '⑨')] {
            assert_eq!(SlipNumber::of(typed).odd(), Some(odd));
        }
    }
}
