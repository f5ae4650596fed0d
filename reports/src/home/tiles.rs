//! The six tiles.

use chrono::{Datelike, Days, NaiveDate};
use serde::{Deserialize, Serialize};
use terms::{BillPeriod, Money, grouped};

use super::compare::Change;
use super::read::{Dates, Read, TownFigures};
use super::remitted;
use super::wan::{percent, wan};

/// One figure with all that a reader needs beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tile {
    /// Its name in addresses, such as `today`.
    pub key: String,
    /// 今日实收
    pub title: String,
    /// At the upper right: `13,206 笔`.
    pub aside: String,
    /// The figure: `312.46`, or `—` where there is none.
    pub value: String,
    /// `万元` or `%`.
    pub unit: String,
    /// The exact figure, to be shown on hover and copied: `3,124,612.34 元`.
    pub exact: String,
    /// Against an earlier figure.
    pub change: Option<Change>,
    /// One more word below, such as `已收未缴 1,214.65 万元`.
    pub note: String,
    /// A line of recent figures as points of a 66 × 20 drawing: `0.0,17.3 5.1,18.0`.
    pub spark: Option<String>,
    /// How the figure is counted. 口径
    pub meaning: String,
}

/// Days in the line of the first tile.
const SPARK_DAYS: u64 = 14;
/// Months in the line of the second.
const SPARK_MONTHS: u32 = 12;

pub(super) fn all(read: &Read, dates: &Dates) -> Vec<Tile> {
    let city = read.towns.values().fold(TownFigures::default(), add);
    vec![
        today(read, dates),
        month(read, dates),
        year(read, dates),
        rate(&city, dates),
        arrears(read, &city, dates),
        passed_on(read, dates),
    ]
}

fn add(a: TownFigures, b: &TownFigures) -> TownFigures {
    TownFigures {
        charged: a.charged + b.charged,
        settled: a.settled + b.settled,
        charged_before: a.charged_before + b.charged_before,
        settled_before: a.settled_before + b.settled_before,
        open: a.open + b.open,
        open_before: a.open_before + b.open_before,
        taken: a.taken + b.taken,
    }
}

const PAID: &str = "缴费净额：收到金额减找零，含滞纳金与预存，冲正已扣减；按收费日期统计，与收费统计日报表的实收合计、收入趋势各月、各镇街的本年实收同一口径。";

fn today(read: &Read, dates: &Dates) -> Tile {
    let now = read.paid(dates.today, dates.today);
    let before = read.paid(dates.yesterday, dates.yesterday).net;
    let days =
        (0..SPARK_DAYS).rev().filter_map(|back| dates.today.checked_sub_days(Days::new(back)));
    Tile {
        aside: format!("{} 笔", grouped(now.payments)),
        change: Some(Change::of(now.net, before, "比昨日")),
        spark: spark(&days.map(|day| read.paid(day, day).net).collect::<Vec<_>>()),
        meaning: format!("{PAID}笔数为收款笔数，不含冲正。昨日为全天。"),
        ..amount("today", "今日实收", now.net)
    }
}

fn month(read: &Read, dates: &Dates) -> Tile {
    let now = read.paid(dates.month.first_day(), dates.today);
    let before = read.paid(dates.month.back(12).first_day(), dates.year_ago).net;
    let whole = |period: BillPeriod| read.paid(period.first_day(), period.last_day()).net;
    let months: Vec<Money> =
        (0..SPARK_MONTHS).rev().map(|back| whole(dates.month.back(back))).collect();
    Tile {
        aside: if dates.today.day() == 1 {
            "1 日".to_owned()
        } else {
            format!("1–{} 日", dates.today.day())
        },
        change: Some(Change::of(now.net, before, "同比")),
        spark: spark(&months),
        meaning: format!("{PAID}同比为上年同月 1 日至 {} 日。", dates.year_ago.day()),
        ..amount("month", "本月实收", now.net)
    }
}

fn year(read: &Read, dates: &Dates) -> Tile {
    let now = read.paid(dates.year_start(), dates.today);
    let first = NaiveDate::from_ymd_opt(dates.year() - 1, 1, 1).unwrap_or(dates.year_ago);
    let before = read.paid(first, dates.year_ago).net;
    Tile {
        aside: format!("{} 笔", grouped(now.payments)),
        change: Some(Change::of(now.net, before, "同比")),
        note: format!("上年同期 {} 万元", wan(before)),
        meaning: format!("{PAID}自 1 月 1 日起；同比为上年 1 月 1 日至 {}。", dates.year_ago),
        ..amount("year", "本年累计", now.net)
    }
}

fn rate(city: &TownFigures, dates: &Dates) -> Tile {
    let now = percent(city.settled, city.charged, 2);
    let before = percent(city.settled_before, city.charged_before, 2);
    Tile {
        aside: format!("应收 {} 万元", wan(city.charged)),
        value: now.map_or_else(|| "—".to_owned(), |rate| rate.to_string()),
        unit: "%".to_owned(),
        exact: format!("{} ÷ {} 元", city.settled.grouped(), city.charged.grouped()),
        change: Some(Change::of_rate(now, before, "同比")),
        meaning: dates.rate_meaning(),
        ..amount("rate", "年度收缴率", Money::ZERO)
    }
}

fn arrears(read: &Read, city: &TownFigures, dates: &Dates) -> Tile {
    Tile {
        aside: format!("{} 户", grouped(read.owing)),
        change: Some(Change::of(city.open, city.open_before, "比上月末")),
        meaning: format!(
            "全部账务月份的应收减已销账的本金，未含滞纳金，含尚未到期的账单；户数为尚有未缴应收的缴费人。上月末为 {}。",
            dates.month_end()
        ),
        ..amount("arrears", "欠费余额", city.open)
    }
}

fn passed_on(read: &Read, dates: &Dates) -> Tile {
    let sum = |of: &dyn Fn(terms::FeeItem) -> Money| -> Money { remitted::nontax().map(of).sum() };
    let passed = sum(&|fee| remitted::remitted(read, fee));
    let held = sum(&|fee| remitted::held(read, fee));
    let behind = match remitted::towns_behind(read) {
        0 => String::new(),
        towns => format!(" · {towns} 镇街待缴"),
    };
    Tile {
        aside: "非税".to_owned(),
        note: format!("已收未缴 {} 万元{behind}", wan(held)),
        meaning: format!(
            "只计非税收入，不含水费与预存：{} 年所收污水处理费、垃圾处理费、累计加价（含滞纳金）中已登记上缴财政的金额；已收未缴为历年所收减历年已上缴，待缴镇街为上月末以前所收尚未缴清者，均与“上缴”同一口径。",
            dates.year()
        ),
        ..amount("remitted", "已上缴财政", passed)
    }
}

fn amount(key: &str, title: &str, amount: Money) -> Tile {
    Tile {
        key: key.to_owned(),
        title: title.to_owned(),
        aside: String::new(),
        value: wan(amount),
        unit: "万元".to_owned(),
        exact: format!("{} 元", amount.grouped()),
        change: None,
        note: String::new(),
        spark: None,
        meaning: String::new(),
    }
}

/// Points from left to right over 66, between 2 for the highest and 18 for the lowest; in tenths, without floats.
fn spark(figures: &[Money]) -> Option<String> {
    let (low, high) = (figures.iter().min()?.fen(), figures.iter().max()?.fen());
    let steps = i64::try_from(figures.len()).ok()?.checked_sub(1).filter(|steps| *steps > 0)?;
    if low == high {
        return None;
    }
    let tenths = |n: i64| format!("{}.{}", n / 10, n % 10);
    let point = |(i, figure): (i64, &Money)| {
        let down = i128::from(high - figure.fen()) * 160 / i128::from(high - low);
        format!("{},{}", tenths(i * 660 / steps), tenths(20 + i64::try_from(down).unwrap_or(0)))
    };
    Some((0..).zip(figures).map(point).collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spark_goes_from_left_to_right() {
        let figures = [100, 300, 200].map(Money::from_fen);
        assert_eq!(spark(&figures).as_deref(), Some("0.0,18.0 33.0,2.0 66.0,10.0"));
        assert_eq!(spark(&[Money::ZERO; 5]), None);
    }
}
