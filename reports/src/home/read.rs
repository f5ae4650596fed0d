//! The statements of the homepage: six, run side by side at one position.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, Months, NaiveDate};
use terms::{BillPeriod, FeeItem, Money, ReceiptType, TownId};
use warehouse::{Answer, Param, Person, Pinned, WarehouseError};

use crate::ReportError;

/// Months of the trend; as many as a year before them serve as its ghost.
pub(super) const TREND_MONTHS: u32 = 24;

/// The days and periods that the homepage speaks of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dates {
    pub(super) today: NaiveDate,
    pub(super) yesterday: NaiveDate,
    /// The same day of last year; the last day of a month answers to the last day.
    pub(super) year_ago: NaiveDate,
    pub(super) month: BillPeriod,
}

impl Dates {
    pub(super) fn of(today: NaiveDate) -> Self {
        let month = BillPeriod::of(today);
        let clamped = today.checked_sub_months(Months::new(12)).unwrap_or(today);
        let year_ago = if today == month.last_day() { month.back(12).last_day() } else { clamped };
        Self {
            today,
            yesterday: today.checked_sub_days(Days::new(1)).unwrap_or(today),
            year_ago,
            month,
        }
    }

    pub(super) fn year(&self) -> i32 {
        self.today.year()
    }

    /// First and last bill period of this year so far.
    fn this_year(&self) -> (i32, i32) {
        (self.year() * 100 + 1, self.month.number())
    }

    pub(super) fn year_start(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(self.year(), 1, 1).unwrap_or(self.today)
    }

    /// The last day of last month.
    pub(super) fn month_end(&self) -> NaiveDate {
        self.month.previous().last_day()
    }

    pub(super) fn rate_meaning(&self) -> String {
        let (first, last) = (BillPeriod::of(self.year_start()), self.month);
        format!(
            "收缴率 = 账务月份 {first} 至 {last} 的应收中已销账的本金 ÷ 同期应收；不含滞纳金与预存。同比为上年同期账务月份截至同一日的收缴率，变动为与上年同期名次之差。本年实收为缴费净额，含滞纳金与预存，冲正已扣减，各镇街之和即本年累计。"
        )
    }

    fn bound(&self) -> Vec<(&'static str, Param)> {
        let (first, last) = self.this_year();
        let period = |yyyymm: i32| Param::Int(yyyymm.into());
        vec![
            ("first_day", Param::Day(self.month.back(TREND_MONTHS + 11).first_day())),
            ("today", Param::Day(self.today)),
            ("this_first", period(first)),
            ("this_last", period(last)),
            ("last_first", period(first - 100)),
            ("last_last", period(last - 100)),
            ("year_ago", Param::Day(self.year_ago)),
            ("year_start", Param::Day(self.year_start())),
            ("month_end", Param::Day(self.month_end())),
        ]
    }
}

/// All that the homepage is made of.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// Payments by business day.
    pub(super) days: BTreeMap<NaiveDate, Day>,
    /// What the money was used for, by business month.
    pub(super) months: BTreeMap<BillPeriod, Used>,
    pub(super) towns: BTreeMap<TownId, TownFigures>,
    /// Remitted for months of this year.
    pub(super) remitted: BTreeMap<FeeItem, Money>,
    /// Non-tax money of all years, by whose it is.
    pub(super) owned: BTreeMap<Owned, Held>,
    /// Accounts that owe.
    pub(super) owing: i64,
    /// Accounts that are open.
    pub(super) accounts: i64,
}

#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Day {
    pub(super) payments: i64,
    pub(super) net: Money,
}

/// What money was used for; all of it together is what was taken.
#[derive(Debug, Default, Clone)]
pub(super) struct Used {
    /// Fees with their late fees.
    pub(super) fees: BTreeMap<FeeItem, Money>,
    /// Stored, less what was taken out: below nothing where more went out. 预存
    pub(super) prepaid: Money,
}

impl Used {
    /// 水费, 污水处理费, 垃圾处理费, 累计加价.
    pub(super) fn by_fee(&self) -> [Money; 4] {
        [FeeItem::Water, FeeItem::Sewage, FeeItem::Garbage, FeeItem::Overquota]
            .map(|fee| self.fees.get(&fee).copied().unwrap_or_default())
    }

    /// All of it. 实收
    pub(super) fn total(&self) -> Money {
        self.fees.values().copied().sum::<Money>() + self.prepaid
    }
}

/// Charges and what was settled of them, in one town.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct TownFigures {
    /// Charged in this year's bill periods.
    pub(super) charged: Money,
    /// Settled of that.
    pub(super) settled: Money,
    /// Charged in last year's periods up to the same day.
    pub(super) charged_before: Money,
    /// Settled of that up to the same day.
    pub(super) settled_before: Money,
    /// Still open of all charges.
    pub(super) open: Money,
    /// Was open at the end of last month.
    pub(super) open_before: Money,
    /// Taken this year, net of reversals; with late fees, and with what was stored. 实收
    pub(super) taken: Money,
}

/// Whose money it is: what a town takes of a fee for an owner.
pub(super) type Owned = (TownId, Option<i32>, FeeItem);

/// Non-tax money with its late fees, and what of it was passed on.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Held {
    /// Taken.
    pub(super) taken: Money,
    /// Taken by the end of last month.
    pub(super) taken_before: Money,
    /// Passed on.
    pub(super) passed_on: Money,
}

/// Runs the statements side by side.
pub(super) async fn all(pinned: &Pinned, who: &Person, dates: &Dates) -> Result<Read, ReportError> {
    let bound = dates.bound();
    let ask = async |sql: &str| {
        // A statement is given the parameters that it names, and no others.
        let named: Vec<_> =
            bound.iter().filter(|(name, _)| sql.contains(&format!("${name}"))).cloned().collect();
        pinned.query(who, sql, &named).await
    };
    let (paid, used, charged, settled, remitted, owing) = tokio::try_join!(
        ask(include_str!("paid.sql")),
        ask(include_str!("used_by_day.sql")),
        ask(include_str!("charged_by_town.sql")),
        ask(include_str!("settled_by_town.sql")),
        ask(include_str!("remitted.sql")),
        ask(include_str!("accounts.sql")),
    )?;
    let mut read = Read::default();
    read.add_paid(&paid)?;
    read.add_used(&used)?;
    read.add_charged(&charged)?;
    read.add_settled(&settled)?;
    read.add_remitted(&remitted)?;
    for row in owing.rows() {
        (read.accounts, read.owing) =
            (row.int("accounts")?.unwrap_or(0), row.int("owing")?.unwrap_or(0));
    }
    Ok(read)
}

impl Read {
    /// Payments of the days from `first` to `last`, both counted.
    pub(super) fn paid(&self, first: NaiveDate, last: NaiveDate) -> Day {
        self.days.range(first..=last).fold(Day::default(), |sum, (_, day)| Day {
            payments: sum.payments + day.payments,
            net: sum.net + day.net,
        })
    }

    fn add_paid(&mut self, answer: &Answer) -> Result<(), WarehouseError> {
        for row in answer.rows() {
            let net = row.money("net")?;
            if let Some(day) = row.day("account_date")? {
                let payments = row.int("payments")?.unwrap_or(0);
                self.days.insert(day, Day { payments, net });
            } else if let Some(town) = row.id("town_id")? {
                self.towns.entry(TownId(town)).or_default().taken += net;
            }
        }
        Ok(())
    }

    fn add_used(&mut self, answer: &Answer) -> Result<(), WarehouseError> {
        for row in answer.rows() {
            let Some(day) = row.day("account_date")? else { continue };
            let amount = row.money("amount")?;
            let used = self.months.entry(BillPeriod::of(day)).or_default();
            match row.text("used_for")? {
                Some("prepaid") => used.prepaid += amount,
                code => *used.fees.entry(fee(code)?).or_default() += amount,
            }
        }
        Ok(())
    }

    fn add_charged(&mut self, answer: &Answer) -> Result<(), WarehouseError> {
        for row in answer.rows() {
            let Some(town) = row.id("town_id")? else { continue };
            let figures = self.towns.entry(TownId(town)).or_default();
            figures.charged += row.money("this_year")?;
            figures.charged_before += row.money("last_year")?;
            figures.open += row.money("ever")?;
            figures.open_before += row.money("ever_before")?;
        }
        Ok(())
    }

    fn add_settled(&mut self, answer: &Answer) -> Result<(), WarehouseError> {
        for row in answer.rows() {
            let Some(town) = row.id("town_id")? else { continue };
            let figures = self.towns.entry(TownId(town)).or_default();
            figures.settled += row.money("this_year")?;
            figures.settled_before += row.money("last_year")?;
            figures.open -= row.money("ever")?;
            figures.open_before -= row.money("ever_before")?;
            let fee = fee(row.text("fee_item")?)?;
            if fee.document() == ReceiptType::NonTax {
                let held = self.owned.entry((TownId(town), row.id("owner_id")?, fee)).or_default();
                held.taken += row.money("taken")?;
                held.taken_before += row.money("taken_before")?;
            }
        }
        Ok(())
    }

    fn add_remitted(&mut self, answer: &Answer) -> Result<(), WarehouseError> {
        for row in answer.rows() {
            let Some(town) = row.id("town_id")? else { continue };
            let fee = fee(row.text("fee_item")?)?;
            *self.remitted.entry(fee).or_default() += row.money("this_year")?;
            let held = self.owned.entry((TownId(town), row.id("owner_id")?, fee)).or_default();
            held.passed_on += row.money("ever")?;
        }
        Ok(())
    }
}

/// The fee of a code. One that we do not know is an error: left out, the parts would not make the whole.
fn fee(code: Option<&str>) -> Result<FeeItem, WarehouseError> {
    let unknown =
        || WarehouseError::Shape { column: "fee_item".to_owned(), wanted: "收费项目" };
    code.and_then(|code| code.parse().ok()).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_compared_over_equal_days() {
        for (today, want) in [
            ("2026-11-24", "2025-11-24"),
            ("2024-02-29", "2023-02-28"),
            ("2025-02-28", "2024-02-29"),
            ("2026-01-01", "2025-01-01"),
        ] {
            assert_eq!(Dates::of(today.parse().unwrap()).year_ago.to_string(), want, "{today}");
        }
    }
}
