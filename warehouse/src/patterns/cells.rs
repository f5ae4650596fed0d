//! A pattern of numbers, understood as a whole: `[text][FM][S|MI]9,990[.00][S|MI][text]`.

use super::refusal::Refusal;

/// One place of the whole part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cell {
    /// `9`: a digit, blank before the first.
    Nine,
    /// `0`: a digit, and zeros from here on.
    Zero,
    /// `,` or `G`: a comma between digits.
    Group,
}

/// Where the sign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// No word for it: a minus before the first digit, a blank for a plus.
    Unsaid,
    /// `S` in front: plus or minus before the first digit.
    Before,
    /// `S` behind: plus or minus after the number.
    After,
    /// `MI` in front: minus or blank at the head.
    MinusBefore,
    /// `MI` behind: minus or blank after the number.
    MinusAfter,
}

/// A pattern of numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    /// The function that it was written for.
    pub(super) function: &'static str,
    /// As it was written.
    pub(super) text: String,
    /// Text copied in front.
    pub(super) prefix: String,
    /// `FM`: no blanks, and no zeros at the end that nobody asked for.
    pub(super) bare: bool,
    /// Where the sign stands.
    pub(super) sign: Sign,
    /// The places before the point.
    pub(super) whole: Vec<Cell>,
    /// The places after the point; true where a zero is asked for.
    pub(super) fraction: Vec<bool>,
    /// Text copied behind.
    pub(super) suffix: String,
}

/// The digits that our decimals hold.
const MOST_DIGITS: usize = 38;

impl Cells {
    /// Understands a pattern, or names the piece that is no format word.
    pub(super) fn parse(function: &'static str, text: &str) -> Result<Self, Refusal> {
        let mut rest = text;
        let mut prefix = copied(&mut rest);
        let bare = taken(&mut rest, &["FM", "fm"]);
        prefix += &copied(&mut rest);
        let mut sign = sign(&mut rest, Sign::Before, Sign::MinusBefore);
        let whole = whole(&mut rest);
        let fraction = fraction(&mut rest);
        if sign == Sign::Unsaid {
            sign = self::sign(&mut rest, Sign::After, Sign::MinusAfter);
        }
        let suffix = copied(&mut rest);
        if let Some(first) = rest.chars().next() {
            let run = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
            let piece = rest.get(..run.max(first.len_utf8())).unwrap_or(rest);
            return Err(Refusal::of_figure(function, text, piece));
        }
        let cells =
            Self { function, text: text.to_owned(), prefix, bare, sign, whole, fraction, suffix };
        cells.checked()
    }

    /// How many digits may stand before the point.
    pub(super) fn whole_digits(&self) -> usize {
        self.whole.iter().filter(|cell| **cell != Cell::Group).count()
    }

    fn checked(self) -> Result<Self, Refusal> {
        let why = if self.whole_digits() == 0 {
            "小数点前面至少要有一位（9 或 0）"
        } else if self.whole.first() == Some(&Cell::Group)
            || self.whole.last() == Some(&Cell::Group)
        {
            "千分位逗号要在数字中间"
        } else if self.whole_digits() + self.fraction.len() > MOST_DIGITS {
            "最多 38 位"
        } else {
            return Ok(self);
        };
        Err(Refusal::of_use(self.function, &self.text, why))
    }
}

/// Takes one of the spellings.
fn taken(rest: &mut &str, spellings: &[&str]) -> bool {
    let after = spellings.iter().find_map(|spelling| rest.strip_prefix(spelling));
    *rest = after.unwrap_or(rest);
    after.is_some()
}

/// Takes the text that is to be copied: quoted, blank, or not ASCII.
fn copied(rest: &mut &str) -> String {
    let mut text = String::new();
    while let Some(first) = rest.chars().next() {
        let after = match first {
            '"' => match rest.get(1..).and_then(|inside| inside.split_once('"')) {
                Some((inside, after)) if !inside.contains('\\') => {
                    text += inside;
                    after
                }
                _ => break,
            },
            ' ' => {
                text.push(first);
                rest.get(1..).unwrap_or("")
            }
            first if !first.is_ascii() => {
                text.push(first);
                rest.get(first.len_utf8()..).unwrap_or("")
            }
            _ => break,
        };
        *rest = after;
    }
    text
}

fn sign(rest: &mut &str, plus_or_minus: Sign, minus: Sign) -> Sign {
    // `SG` is a word of its own, and none of ours.
    if !rest.starts_with("SG") && !rest.starts_with("sg") && taken(rest, &["S", "s"]) {
        plus_or_minus
    } else if taken(rest, &["MI", "mi"]) {
        minus
    } else {
        Sign::Unsaid
    }
}

fn whole(rest: &mut &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    loop {
        cells.push(if taken(rest, &["9"]) {
            Cell::Nine
        } else if taken(rest, &["0"]) {
            Cell::Zero
        } else if taken(rest, &[",", "G", "g"]) {
            Cell::Group
        } else {
            return cells;
        });
    }
}

/// Takes the point and the places after it; a point alone is left, and refused with the rest.
fn fraction(rest: &mut &str) -> Vec<bool> {
    let Some(after) = rest.strip_prefix(['.', 'D', 'd']) else { return Vec::new() };
    let places: Vec<bool> =
        after.chars().map_while(|c| matches!(c, '0' | '9').then_some(c == '0')).collect();
    if let Some(behind) = after.get(places.len()..).filter(|_| !places.is_empty()) {
        *rest = behind;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Cells::parse("to_char", text).unwrap_err().to_string()
    }

    #[test]
    fn names_the_piece_that_is_no_word() {
        assert_eq!(
            refused("L999"),
            "to_char 的数字格式“L999”看不懂：“L”不能写在这里。请写 'FM999,990.00' 这样的格式\
            （可用 9 0 . , D G FM S MI），要照抄的文字放在双引号里"
        );
        for (pattern, piece) in
            [("999PR", "PR"), ("999%", "%"), ("99V9", "V"), ("999.", "."), ("9.9EEEE", "EEEE")]
        {
            assert!(refused(pattern).contains(&format!("：“{piece}”")), "{pattern}");
        }
        assert!(refused(".99").contains("至少要有一位"));
        assert!(refused("9,").contains("逗号"));
        assert!(refused("").contains("至少要有一位"));
    }
}
