//! What a charge is for.

use serde::{Deserialize, Serialize};
use terms::UnknownWord;

/// What a charge is for. 应收类型
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeKind {
    /// Readings. 抄表账单
    Bill,
    /// Months that nobody read. 无抄表定额
    Fixed,
    /// Takes another charge back. 应收冲正
    Reversal,
}

impl ChargeKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[Self::Bill, Self::Fixed, Self::Reversal];

    /// The word used in SQL and Parquet.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::Fixed => "fixed",
            Self::Reversal => "reversal",
        }
    }

    /// The word that people read.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Bill => "抄表账单",
            Self::Fixed => "无抄表定额",
            Self::Reversal => "应收冲正",
        }
    }
}

impl std::str::FromStr for ChargeKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|kind| kind.code() == word).copied();
        known.ok_or_else(|| UnknownWord { list: "charge kind", word: word.to_owned() })
    }
}
