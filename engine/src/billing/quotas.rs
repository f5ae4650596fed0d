//! 定额 of the accounts of a chunk, month by month.

use std::collections::HashMap;

use rust_decimal::Decimal;
use terms::{AccountId, BillPeriod, Span, Volume};

/// The planned months of accounts.
#[derive(Debug, Default)]
pub(super) struct Quotas(HashMap<i64, Vec<(BillPeriod, Volume)>>);

impl Quotas {
    pub(super) fn add(&mut self, account: i64, month: BillPeriod, quota: Volume) {
        self.0.entry(account).or_default().push((month, quota));
    }

    /// The quota of all months of a span; None where none of them is planned.
    pub(super) fn of(&self, account: AccountId, span: Span) -> Option<Volume> {
        let of_span = |(month, _): &&(BillPeriod, Volume)| span.holds(*month);
        let planned = || self.0.get(&account.0).into_iter().flatten().filter(of_span);
        let months = planned().count();
        (months > 0).then(|| quota_of(span, planned().map(|(_, quota)| *quota).sum(), months))
    }
}

/// A month without a plan of its own has the mean of the planned ones.
fn quota_of(span: Span, planned: Volume, planned_months: usize) -> Volume {
    let months = Decimal::from(span.months());
    Volume::rounded(planned.figure() * months / Decimal::from(planned_months))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_without_a_plan_has_the_mean_of_the_others() {
        let month = |text: &str| text.parse::<BillPeriod>().unwrap();
        let (since, upto) = (month("2026-08"), month("2026-11"));
        let span = Span::new(since.last_day(), upto.last_day(), since, upto);
        for (planned, months, want) in [(18_000, 3, "18000"), (12_000, 2, "18000"), (10, 3, "10")] {
            let quota = quota_of(span, Volume::m3(planned), months);
            assert_eq!(quota, want.parse().unwrap(), "{planned} in {months} months");
        }
        assert_eq!(quota_of(span, Volume::m3(100), 9), "33.333".parse().unwrap());
    }
}
