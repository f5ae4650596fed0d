//! 滞纳金: counted at the moment of payment, never stored as a growing balance.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use terms::{FeeItem, Money, PayMethod};

/// How late payment of one fee is charged, from one day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateFeeRule {
    /// The fee that was paid late.
    pub fee_item: FeeItem,
    /// Holds for charges due on or after this day.
    pub valid_from: NaiveDate,
    /// Days after the due date that cost nothing.
    pub grace_days: i32,
    /// Part of the principal for each late day.
    pub rate_per_day: Decimal,
    /// The fee never exceeds this multiple of the principal (行政强制法 §45).
    pub cap_ratio: Decimal,
}

/// Every late-fee rule, loaded once and asked for every line.
#[derive(Debug, Clone, Default)]
pub struct LateFeeRules(Vec<LateFeeRule>);

impl LateFeeRules {
    /// The rules as they were read.
    pub(crate) const fn of(rules: Vec<LateFeeRule>) -> Self {
        Self(rules)
    }

    /// The rule for a fee that was due on `due_date`; none means that lateness costs nothing.
    pub fn find(&self, fee_item: FeeItem, due_date: NaiveDate) -> Option<&LateFeeRule> {
        let holds = |rule: &&LateFeeRule| rule.fee_item == fee_item && rule.valid_from <= due_date;
        self.0.iter().filter(holds).max_by_key(|rule| rule.valid_from)
    }
}

/// The late fee of each line of a charge that was due on `due_date` and is paid on `day`.
///
/// It is cut to the fen once for each fee, not for each tier: a line bears what the sum of its fee bears
/// with it, less what that sum bears without it.
pub fn late_fees(
    rules: &LateFeeRules,
    lines: impl IntoIterator<Item = (FeeItem, Money)>,
    due_date: NaiveDate,
    day: NaiveDate,
    method: PayMethod,
) -> Vec<Money> {
    let mut sums: BTreeMap<FeeItem, Money> = BTreeMap::new();
    let share = |(fee_item, amount)| {
        let Some(rule) = rules.find(fee_item, due_date) else { return Money::ZERO };
        let before = sums.entry(fee_item).or_default();
        let with = *before + amount;
        let without = std::mem::replace(before, with);
        let fee = |sum| rule.late_fee(sum, due_date, day, method);
        fee(with) - fee(without)
    };
    lines.into_iter().map(share).collect()
}

impl LateFeeRule {
    /// The days after the grace days, times the rate, cut to the fen and capped by the principal. Payments
    /// of the monthly bank file bear none, for the bank chooses the day.
    pub fn late_fee(
        &self,
        principal: Money,
        due_date: NaiveDate,
        day: NaiveDate,
        method: PayMethod,
    ) -> Money {
        let late_days = (day - due_date).num_days() - i64::from(self.grace_days);
        if late_days <= 0 || method == PayMethod::BatchWithhold {
            return Money::ZERO;
        }
        let ratio = (Decimal::from(late_days) * self.rate_per_day).min(self.cap_ratio);
        principal.share_rounded_down(ratio)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn lateness_costs_five_per_mille_a_day_up_to_the_principal() {
        let rule = LateFeeRule {
            fee_item: FeeItem::Water,
            valid_from: day("2020-01-01"),
            grace_days: 15,
            rate_per_day: Decimal::new(5, 3),
            cap_ratio: Decimal::ONE,
        };
        let due = day("2026-01-10");
        for (paid, principal, method, want) in [
            ("2026-01-25", 5848, PayMethod::Cash, "0.00"),
            ("2026-01-26", 5848, PayMethod::Cash, "0.29"),
            ("2026-03-06", 5848, PayMethod::Cash, "11.69"),
            ("2026-03-06", 5848, PayMethod::BatchWithhold, "0.00"),
            ("2027-03-06", 5848, PayMethod::Wechat, "58.48"),
            ("2026-01-01", 5848, PayMethod::Cash, "0.00"),
        ] {
            let fee = rule.late_fee(Money::from_fen(principal), due, day(paid), method);
            assert_eq!(fee.to_string(), want, "paid on {paid}");
        }
    }

    #[test]
    fn the_newest_rule_that_holds_is_taken() {
        let rule = |from: &str, fee_item| LateFeeRule {
            fee_item,
            valid_from: day(from),
            grace_days: 15,
            rate_per_day: Decimal::new(5, 3),
            cap_ratio: Decimal::ONE,
        };
        let rules = LateFeeRules(vec![
            rule("2020-01-01", FeeItem::Water),
            rule("2025-01-01", FeeItem::Water),
            rule("2020-01-01", FeeItem::Sewage),
        ]);
        let from = |fee, due| rules.find(fee, day(due)).map(|rule| rule.valid_from);
        assert_eq!(from(FeeItem::Water, "2024-12-31"), Some(day("2020-01-01")));
        assert_eq!(from(FeeItem::Water, "2025-01-01"), Some(day("2025-01-01")));
        assert_eq!(from(FeeItem::Sewage, "2026-01-01"), Some(day("2020-01-01")));
        assert_eq!(from(FeeItem::Garbage, "2026-01-01"), None);
        assert_eq!(from(FeeItem::Water, "2019-01-01"), None);
    }

    #[test]
    fn a_fee_of_two_tiers_is_cut_to_the_fen_once() {
        let rules = LateFeeRules(vec![LateFeeRule {
            fee_item: FeeItem::Water,
            valid_from: day("2016-01-01"),
            grace_days: 15,
            rate_per_day: Decimal::new(5, 3),
            cap_ratio: Decimal::ONE,
        }]);
        let lines = [(FeeItem::Water, 3784), (FeeItem::Sewage, 2565), (FeeItem::Water, 2064)];
        let lines = lines.map(|(fee, fen)| (fee, Money::from_fen(fen)));
        let shares = |paid| late_fees(&rules, lines, day("2026-01-10"), day(paid), PayMethod::Cash);
        let text = |fees: Vec<Money>| fees.iter().map(Money::to_string).collect::<Vec<_>>();
        assert_eq!(text(shares("2026-03-06")), ["7.56", "0.00", "4.13"]);
        assert_eq!(text(shares("2027-03-06")), ["37.84", "0.00", "20.64"]);
    }
}
