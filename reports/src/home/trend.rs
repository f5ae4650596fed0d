//! 收入趋势: twenty-four months by fee, and the year before each.

use serde::{Deserialize, Serialize};
use terms::{BillPeriod, FeeItem, Money};

use super::read::{Dates, Read, TREND_MONTHS};

/// One month of the trend, yuan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    /// Such as 2026-11.
    pub period: BillPeriod,
    /// On the axis: `4月`, and for January `2026年`.
    pub label: String,
    /// 水费, 污水处理费, 垃圾处理费, 累计加价, in the order of [`FeeItem::ALL`].
    pub fees: [Money; 4],
    /// Their sum.
    pub total: Money,
    /// The sum of the same month a year before; none where nothing was taken. 上年同期
    pub last_year: Option<Money>,
    /// False for the running month.
    pub complete: bool,
}

pub(super) fn months(read: &Read, dates: &Dates) -> Vec<Month> {
    (0..TREND_MONTHS).rev().map(|back| month(read, dates, dates.month.back(back))).collect()
}

fn month(read: &Read, dates: &Dates, period: BillPeriod) -> Month {
    let fee = |period: BillPeriod, fee: FeeItem| {
        read.months.get(&period).and_then(|fees| fees.get(&fee)).copied().unwrap_or_default()
    };
    let fees = |period| {
        [FeeItem::Water, FeeItem::Sewage, FeeItem::Garbage, FeeItem::Overquota]
            .map(|item| fee(period, item))
    };
    let these = fees(period);
    let last_year: Money = fees(period.back(12)).into_iter().sum();
    let (year, month) = (period.number() / 100, period.number() % 100);
    Month {
        period,
        label: if month == 1 { format!("{year}年") } else { format!("{month}月") },
        fees: these,
        total: these.into_iter().sum(),
        last_year: (last_year != Money::ZERO).then_some(last_year),
        complete: period < dates.month || dates.today == period.last_day(),
    }
}
