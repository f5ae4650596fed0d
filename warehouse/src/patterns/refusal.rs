//! The words in which a pattern or a text is refused.

use std::fmt;

/// Why a pattern or a text is not taken, in the words of its reader.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal(String);

impl Refusal {
    /// A sentence of its own.
    pub(super) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A pattern of days and times with a piece that is no format word.
    pub(super) fn of_moment(function: &str, pattern: &str, piece: &str) -> Self {
        Self(format!(
            "{function} 的格式“{pattern}”看不懂：“{piece}”不是格式词。请写 'YYYY-MM' 这样的格式\
            （可用 YYYY、MM、DD、HH24、MI、SS …），要照抄的字母和 % 放在双引号里"
        ))
    }

    /// A pattern of numbers with a piece that is no format word.
    pub(super) fn of_figure(function: &str, pattern: &str, piece: &str) -> Self {
        Self(format!(
            "{function} 的数字格式“{pattern}”看不懂：“{piece}”不能写在这里。请写 'FM999,990.00' 这样的格式\
            （可用 9 0 . , D G FM S MI），要照抄的文字放在双引号里"
        ))
    }

    /// A pattern that is understood but cannot serve here.
    pub(super) fn of_use(function: &str, pattern: &str, why: &str) -> Self {
        Self(format!("{function} 的格式“{pattern}”不能用：{why}"))
    }

    /// A text that does not fit its pattern.
    pub(super) fn of_text(function: &str, text: &str, pattern: &str, why: &str) -> Self {
        Self(format!("{function} 读不懂“{text}”（格式“{pattern}”）：{why}"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}
