//! 收入趋势: twenty-four months of what was taken, by fee and 预存, and the year before each.

use serde::{Deserialize, Serialize};
use terms::{BillPeriod, Money};

use super::read::{Dates, Read, TREND_MONTHS};

/// One month of the trend, yuan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Such as 2026-11.
    pub period: BillPeriod,
    /// On the axis: `4月`, and for January `2026年`.
    pub label: String,
    /// 水费, 污水处理费, 垃圾处理费, 累计加价, each with its late fee, in the order of [`terms::FeeItem::ALL`].
    pub fees: [Money; 4],
    /// Stored, less what was taken out; below nothing where more went out. 预存
    pub prepaid: Money,
    /// What was taken: the fees and what was stored. 实收
    pub total: Money,
    /// The total of the same month a year before; none where nothing was taken. 上年同期
    pub last_year: Option<Money>,
    /// False for the running month.
    pub complete: bool,
}

pub(super) fn months(read: &Read, dates: &Dates) -> Vec<Month> {
    (0..TREND_MONTHS).rev().map(|back| month(read, dates, dates.month.back(back))).collect()
}

fn month(read: &Read, dates: &Dates, period: BillPeriod) -> Month {
    let used = |period: BillPeriod| read.months.get(&period).cloned().unwrap_or_default();
    let these = used(period);
    let last_year = used(period.back(12)).total();
    let (year, month) = (period.number() / 100, period.number() % 100);
    Month {
        period,
        label: if month == 1 { format!("{year}年") } else { format!("{month}月") },
        fees: these.by_fee(),
        prepaid: these.prepaid,
        total: these.total(),
        last_year: (last_year != Money::ZERO).then_some(last_year),
        complete: period < dates.month || dates.today == period.last_day(),
    }
}

#[cfg(test)]
mod tests {
    use terms::FeeItem;

    use super::super::read::Used;
    use super::*;

    #[test]
    fn a_month_is_the_sum_of_its_parts_even_where_more_was_taken_out_than_stored() {
        let dates = Dates::of("2026-11-24".parse().unwrap());
        let mut read = Read::default();
        let fees = [(FeeItem::Water, 700), (FeeItem::Garbage, 200)];
        let fees = fees.map(|(fee, fen)| (fee, Money::from_fen(fen))).into();
        let this = Used { fees, prepaid: Money::from_fen(-1_500) };
        let before = Used { prepaid: Money::from_fen(40), ..Used::default() };
        read.months.insert(dates.month, this);
        read.months.insert(dates.month.back(12), before);
        let months = months(&read, &dates);
        let last = months.last().unwrap();
        assert_eq!(last.fees.map(Money::fen), [700, 0, 200, 0]);
        assert_eq!((last.prepaid.fen(), last.total.fen()), (-1_500, -600));
        assert_eq!(last.last_year.map(Money::fen), Some(40));
        assert_eq!(months[11].total.fen(), 40);
    }
}
