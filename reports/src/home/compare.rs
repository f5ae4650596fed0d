//! A figure beside an earlier one.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use terms::Money;

use super::wan::percent;

/// The way a figure went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// ▲
    Up,
    /// ▼
    Down,
    /// Neither.
    Flat,
}

/// How a figure changed against an earlier one over equal days. 同比、环比
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The way it went.
    pub direction: Direction,
    /// Such as `4.2% 比昨日`, or `— 同比` where there is nothing to compare with.
    pub text: String,
    /// The earlier figure, exact.
    pub before: String,
}

impl Change {
    /// Of an amount, in percent of the earlier one.
    pub(super) fn of(now: Money, before: Money, against: &str) -> Self {
        // A base of nothing, or below nothing, gives no percentage that means anything.
        let change = if before > Money::ZERO { percent(now - before, before, 1) } else { None };
        let text = change.map_or_else(
            || format!("— {against}"),
            |change| format!("{}% {against}", change.abs()),
        );
        Self { direction: direction(change), text, before: format!("{} 元", before.grouped()) }
    }

    /// Of a rate, in points.
    pub(super) fn of_rate(now: Option<Decimal>, before: Option<Decimal>, against: &str) -> Self {
        let change = now.zip(before).map(|(now, before)| now - before);
        let text = change.map_or_else(
            || format!("— {against}"),
            |change| format!("{} 点 {against}", change.abs()),
        );
        Self {
            direction: direction(change),
            text,
            before: before.map_or_else(|| "—".to_owned(), |rate| format!("{rate}%")),
        }
    }
}

fn direction(change: Option<Decimal>) -> Direction {
    match change {
        Some(change) if change > Decimal::ZERO => Direction::Up,
        Some(change) if change < Decimal::ZERO => Direction::Down,
        _ => Direction::Flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_of_nothing_is_not_compared() {
        let yuan = |n: i64| Money::from_fen(n * 100);
        assert_eq!(Change::of(yuan(1042), yuan(1000), "比昨日").text, "4.2% 比昨日");
        assert_eq!(Change::of(yuan(900), yuan(1000), "同比").direction, Direction::Down);
        for base in [0, -5] {
            assert_eq!(Change::of(yuan(10), yuan(base), "同比").text, "— 同比");
        }
    }
}
