//! A pattern of days and times, understood as a whole.

use super::refusal::Refusal;
use super::word::{Case, Word};

/// One piece of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece {
    /// A format word; `bare` is what `FM` before it asks for: no blanks and no leading zeros.
    Word { word: Word, case: Case, bare: bool },
    /// Punctuation or a blank.
    Separator(char),
    /// Text to be copied.
    Literal(char),
}

/// A pattern of days and times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    /// The function that it was written for.
    pub(super) function: &'static str,
    /// As it was written.
    pub(super) text: String,
    /// What it says.
    pub(super) pieces: Vec<Piece>,
}

impl Template {
    /// Understands a pattern, or names the piece that is no format word.
    pub(super) fn parse(function: &'static str, text: &str) -> Result<Self, Refusal> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            rest = if first == '"' {
                quoted(rest, &mut pieces)
            } else if first.is_ascii_alphabetic() {
                word(rest, text, &mut pieces)
            } else if first == '%' || first == '\\' || follows_an_hour(first, rest, text) {
                None
            } else {
                let copied = first.is_ascii_digit() || !first.is_ascii();
                pieces.push(if copied { Piece::Literal(first) } else { Piece::Separator(first) });
                rest.get(first.len_utf8()..)
            }
            .ok_or_else(|| Refusal::of_moment(function, text, unknown(rest)))?;
        }
        if pieces.is_empty() {
            return Err(Refusal::of_use(function, text, "格式是空的"));
        }
        if pieces.windows(3).any(is_month_for_minute) {
            return Err(Refusal::of_use(function, text, "MM 是月，分钟要写 MI"));
        }
        Ok(Self { function, text: text.to_owned(), pieces })
    }

    /// The words, in order.
    pub(super) fn words(&self) -> impl Iterator<Item = Word> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Word { word, .. } => Some(*word),
            Piece::Separator(_) | Piece::Literal(_) => None,
        })
    }
}

/// Takes a text in double quotes and returns what follows it.
fn quoted<'a>(rest: &'a str, pieces: &mut Vec<Piece>) -> Option<&'a str> {
    let (inside, after) = rest.strip_prefix('"')?.split_once('"')?;
    if inside.contains('\\') {
        return None;
    }
    pieces.extend(inside.chars().map(Piece::Literal));
    Some(after)
}

/// Takes a format word, with its `FM` if it has one, and returns what follows it.
fn word<'a>(rest: &'a str, text: &str, pieces: &mut Vec<Piece>) -> Option<&'a str> {
    let unmarked = rest.strip_prefix("FM").or_else(|| rest.strip_prefix("fm"));
    let bare = unmarked.is_some();
    let spelled = unmarked.unwrap_or(rest);
    let (word, case, length) = Word::leading(spelled)?;
    let before = text.len().checked_sub(rest.len()).and_then(|at| text.get(..at))?;
    // `YYYYY` and `Yyyy` would be cut into words that nobody meant.
    let runs_on = |last: char| spelled.starts_with(|first: char| first.eq_ignore_ascii_case(&last));
    if !bare && before.ends_with(runs_on) {
        return None;
    }
    pieces.push(Piece::Word { word, case, bare });
    spelled.get(length..)
}

/// Whether the month stands where the minute is meant, as in `HH24:MM`.
fn is_month_for_minute(pieces: &[Piece]) -> bool {
    matches!(
        pieces,
        [
            Piece::Word { word: Word::Hour24 | Word::Hour12, .. },
            Piece::Separator(':'),
            Piece::Word { word: Word::Month, .. },
        ]
    )
}

/// Whether a digit stands right after `HH`, as in `HH23`.
fn follows_an_hour(first: char, rest: &str, text: &str) -> bool {
    let before = text.len().checked_sub(rest.len()).and_then(|at| text.get(..at)).unwrap_or("");
    first.is_ascii_digit() && (before.ends_with("HH") || before.ends_with("hh"))
}

/// The piece to name in a refusal: the run of letters, or the sign with the letter that belongs to it.
fn unknown(rest: &str) -> &str {
    let signs = rest.len() - rest.trim_start_matches(['%', '\\', '"']).len();
    let letters = rest.get(signs..).unwrap_or("");
    let run = letters.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(letters.len());
    let length = match (signs, run) {
        (0, 0) => 1,
        (0, run) => run,
        (signs, run) => signs + run.min(1),
    };
    rest.get(..length).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> String {
        Template::parse("to_char", text).unwrap_err().to_string()
    }

    #[test]
    fn names_the_piece_that_is_no_word() {
        assert_eq!(
            refused("%Y-%m"),
            "to_char 的格式“%Y-%m”看不懂：“%Y”不是格式词。请写 'YYYY-MM' 这样的格式\
            （可用 YYYY、MM、DD、HH24、MI、SS …），要照抄的字母和 % 放在双引号里"
        );
        for (pattern, piece) in [
            ("YYYY-DDTHH24", "THH"),
            ("YYYYth", "th"),
            ("YEAR", "EAR"),
            ("YYYYY", "Y"),
            ("Yyyy-Mm", "yyy"),
            ("Mm", "Mm"),
            ("HH23", "2"),
            ("FM-MM", "FM"),
            ("TMMonth", "TMMonth"),
            ("YYYY \"年", "\""),
            ("100%", "%"),
        ] {
            assert!(
                refused(pattern).contains(&format!("：“{piece}”")),
                "{pattern}: {}",
                refused(pattern)
            );
        }
    }

    #[test]
    fn a_month_is_no_minute() {
        let why = "to_char 的格式“yyyy-MM-dd HH:mm:ss”不能用：MM 是月，分钟要写 MI";
        assert_eq!(refused("yyyy-MM-dd HH:mm:ss"), why);
    }

    #[test]
    fn copies_what_is_quoted_and_what_is_not_ascii() {
        let template = Template::parse("to_char", "YYYY年\"T%\"-").unwrap();
        let copied: Vec<_> = template.pieces[1..].to_vec();
        assert_eq!(
            copied,
            [Piece::Literal('年'), Piece::Literal('T'), Piece::Literal('%'), Piece::Separator('-')]
        );
    }
}
